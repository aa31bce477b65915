/*
 * way_spi.c
 *	  Follows mail for an address to its ends.
 *
 * Whatever is said of where it goes is the resolver's step, and whatever is
 * said of how it is delivered is a lookup's answer.
 */
#include "route/way.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "base/unicode.h"
#include "route/graph.h"

/* A list of so many, with as many that are left out, is told; then it is enough. */
#define MAX_TOLD (3 * MS_EXPANSION_LIMIT)

typedef struct way
{
	ms_question *question;
	ms_way_function function;
	void	   *arg;
	List	   *path;			/* of char *: what has led here */
	int			told;
	int			ends;
	bool		full;
} way;

static char *
string_of(ms_span s)
{
	return s.len > 0 ? pnstrdup(s.data, s.len) : NULL;
}

static ms_way_step
make_step(ms_way_kind kind, int depth, char *address)
{
	ms_way_step step;

	memset(&step, 0, sizeof(step));
	step.kind = kind;
	step.depth = depth;
	step.address = address;
	return step;
}

/* What is told of addresses beyond the limits is that. */
static void
tell(way *w, ms_way_step *step)
{
	if (w->full)
		return;
	w->told++;
	w->ends += ms_way_ends(step->kind);
	if (w->ends > MS_EXPANSION_LIMIT || w->told > MAX_TOLD)
	{
		w->full = true;
		*step = make_step(MS_WAY_LIMIT, step->depth, step->address);
		step->reason = psprintf("more than is followed: Postfix expands an address to %d at most, and answers 451 to a message that has more",
								MS_EXPANSION_LIMIT);
	}
	w->function(step, w->arg);
}

char *
ms_refusal_in_words(ms_refusal refusal, ms_span domain)
{
	static const char *const words[] = {
		[MS_NOT_REFUSED] = NULL,
		[MS_NO_SUCH_ADDRESS] = "no mailbox, alias, role address or catch-all of %.*s is for it",
		[MS_DOMAIN_INACTIVE] = "domain %.*s is switched off: active = false",
		[MS_DOMAIN_REFUSES] = "domain %.*s takes no mail: receive = refuse",
		[MS_USER_INACTIVE] = "the user is suspended: active = false",
		[MS_USER_REFUSES] = "the user takes no mail: receive = refuse",
		[MS_TRANSPORT_ERROR] = "its transport is error",
		[MS_MOVED] = "it has moved: relocated",
		[MS_NO_DESTINATION] = "none of its destinations takes mail",
		[MS_ROW_INACTIVE] = "switched off: active = false",
		[MS_ROW_EXPIRED] = "expired",
		[MS_DOMAIN_DEFERS] = "domain %.*s takes no mail for now: receive = defer",
		[MS_USER_DEFERS] = "the user takes no mail for now: receive = defer",
		[MS_TRANSPORT_RETRY] = "its transport is retry",
	};

	if (words[refusal] == NULL)
		return NULL;
	return psprintf(words[refusal], (int) domain.len, domain.data);
}

char *
ms_suspension_in_words(ms_reader *reader, ms_refusal refusal, const ms_hosted *hosted, ms_span local)
{
	char	   *words = ms_refusal_in_words(refusal, ms_hosted_name(hosted));
	const char *reason = NULL;

	if (refusal == MS_DOMAIN_INACTIVE)
		reason = hosted->suspended_reason;
	if (refusal == MS_USER_INACTIVE)
	{
		ms_span		base = ms_span_of(local.data, ms_local_part_split(local, ms_settings_delimiters()));
		const ms_scan *user = ms_find_user(reader, hosted, base);
		ms_span		text;

		if (user != NULL && ms_scan_span_or_null(user, MS_USERS_SUSPENDED_REASON, &text))
			reason = pnstrdup(text.data, text.len);
	}
	return reason != NULL ? psprintf("%s (%s)", words, reason) : words;
}

/* --------------------------------------------------------------------- ends */

static const ms_scan *
find_user(const ms_question *question)
{
	return ms_find_user((ms_reader *) &question->reader, &question->hosted, ms_question_base(question));
}

/* Why mail goes by the transport that transport_maps answers: its order, once more, in words. */
static char *
transport_in_words(const ms_question *question, const ms_scan *user)
{
	const ms_hosted *hosted = &question->hosted;
	ms_span		domain = ms_hosted_name(hosted);

	if (hosted->receive != MS_RECEIVE_ACCEPT)
		return ms_refusal_in_words(hosted->receive == MS_RECEIVE_DEFER ? MS_DOMAIN_DEFERS : MS_DOMAIN_REFUSES, domain);
	if (user != NULL && ms_receive_of(ms_scan_span(user, MS_USERS_RECEIVE)) == MS_RECEIVE_DEFER)
		return ms_refusal_in_words(MS_USER_DEFERS, domain);
	if (user != NULL && ms_receive_of(ms_scan_span(user, MS_USERS_RECEIVE)) == MS_RECEIVE_REFUSE)
		return ms_refusal_in_words(MS_USER_REFUSES, domain);
	switch (ms_transport_of(user, hosted).source)
	{
		case MS_TRANSPORT_OF_USER:
			return pstrdup("transport of the user");
		case MS_TRANSPORT_STAGED:
			return psprintf("staged transport of domain %.*s, for a share of %g of its users",
							(int) domain.len, domain.data, hosted->staged_share);
		case MS_TRANSPORT_OF_DOMAIN:
			break;
	}
	return psprintf("transport of domain %.*s", (int) domain.len, domain.data);
}

static void
read_mailbox(ms_way_step *step, const ms_scan *user)
{
	ms_span		maildir = ms_scan_span(user, MS_USERS_MAILDIR);
	ms_span		inside = ms_scan_span(user, MS_USERS_MAIL_SUBDIRECTORY);

	step->home = psprintf("%s%.*s", ms_settings_get()->mail_root, (int) maildir.len, maildir.data);
	step->uid = ms_scan_int32(user, MS_USERS_UID);
	step->gid = ms_scan_int32(user, MS_USERS_GID);
	step->mail = psprintf("maildir:~/%.*s", (int) inside.len, inside.data);
}

/* What the service of its transport does with mail for an address. */
static void
end_by_service(const ms_question *question, ms_way_step *step)
{
	const ms_scan *user = find_user(question);

	step->reason = transport_in_words(question, user);
	if (ms_is_service(step->transport, "error"))
	{
		step->kind = MS_WAY_BOUNCES;
		if (ms_nexthop(step->transport) != NULL)
			step->reason = pstrdup(ms_nexthop(step->transport));
		return;
	}
	if (user != NULL)
		read_mailbox(step, user);
	if (ms_is_service(step->transport, "retry"))
		step->kind = MS_WAY_WAITS;
	else if (ms_is_service(step->transport, "discard"))
		step->kind = MS_WAY_DISCARDED;
	else if (question->hosted.class == MS_RELAY)
		step->kind = MS_WAY_RELAYED;
	else if (user != NULL && ms_scan_bool(user, MS_USERS_ACTIVE))
		step->kind = MS_WAY_MAILBOX;
	else
	{
		step->kind = MS_WAY_BOUNCES;
		step->reason = pstrdup("there is no mailbox of that name, or its user is suspended");
	}
}

/* Mail comes to an address that is expanded no more; note, where there is one, says what else to know. */
static void
tell_end(way *w, int depth, char *address, ms_span detail, const char *note)
{
	ms_question *question = w->question;
	ms_way_step step = make_step(MS_WAY_FOREIGN, depth, address);
	StringInfoData transport;

	step.detail = string_of(detail);
	if (!ms_question_read(question, ms_span_of_text(address), MS_ASKED_AS(MS_KEY_ADDRESS)))
		step.reason = pstrdup("not hosted here: default_transport of Postfix");
	else
	{
		initStringInfo(&transport);
		ms_postfix_transport(question, &transport);
		step.transport = transport.data;
		end_by_service(question, &step);
	}
	if (address[0] == '-')
	{
		step.kind = MS_WAY_BOUNCES;
		step.reason = pstrdup("it begins with a hyphen, which Postfix delivers to nobody (allow_min_user)");
	}
	if (note != NULL)
		step.reason = psprintf("%s; %s", step.reason, note);
	tell(w, &step);
}

/* --------------------------------------------------------------------- hops */

static char *
name_of_row(const ms_step *step)
{
	ms_span		domain = ms_hosted_name(&step->hosted);

	if (step->found_by == MS_BY_ROLE)
		return NULL;
	if (step->found_by == MS_BY_CATCHALL)
		return psprintf("@%.*s", (int) domain.len, domain.data);
	return ms_address_to_cstring(step->local, domain);
}

static const char *
how_found(const ms_step *step)
{
	switch (step->found_by)
	{
		case MS_BY_BASE:
			return "the address without its detail";
		case MS_BY_ROLE:
			return "a role address: mail for it goes to postmaster_address of settings";
		case MS_BY_CATCHALL:
			return "the catch-all";
		default:
			return "the whole address";
	}
}

static void
tell_alias(way *w, const ms_step *found, int depth, char *address, const char *note)
{
	ms_way_step step = make_step(MS_WAY_ALIAS, depth, address);
	ms_span		domain = ms_hosted_name(&found->hosted);

	step.domain = string_of(domain);
	step.detail = string_of(found->detail);
	step.alias = name_of_row(found);
	step.reason = pstrdup(how_found(found));
	if (found->by_mirror)
		step.reason = psprintf("%s, in the mirrored domain %.*s", step.reason, (int) domain.len, domain.data);
	if (note != NULL)
		step.reason = psprintf("%s; %s", step.reason, note);
	tell(w, &step);
}

static void
tell_left_out(way *w, const ms_hop *hop, int depth, char *address)
{
	ms_way_step step = make_step(MS_WAY_LEFT_OUT, depth, address);

	step.detail = string_of(hop->detail);
	if (hop->is_hosted)
		step.domain = string_of(ms_hosted_name(&hop->hosted));
	step.reason = hop->is_hosted ?
		ms_suspension_in_words(&w->question->reader, hop->refusal, &hop->hosted, hop->address.local) :
		ms_refusal_in_words(hop->refusal, hop->address.domain);
	if (hop->relocated)
		step.reason = psprintf("a new address that is not told: %s", step.reason);
	tell(w, &step);
}

/* What to know of a hop that does not get the detail of the address. */
static const char *
lost_detail(const ms_step *step, const ms_hop *hop)
{
	if (step->detail.len == 0 || hop->detail.len > 0)
		return NULL;
	if (ms_local_part_split(hop->address.local, ms_settings_delimiters()) < hop->address.local.len)
		return "with a detail of its own";
	return "without the detail: propagate_detail = false";
}

static void follow(way *w, const ms_hosted *hosted, ms_span local, int depth);

static void
tell_hop(way *w, const ms_step *step, const ms_hop *hop, int depth)
{
	char		joined[MS_LOCAL_PART_MAX];
	ms_hosted	hosted;
	char	   *address = ms_address_to_cstring(ms_hop_local(hop, joined), hop->address.domain);

	if (ms_is_for_good(hop->refusal))
		tell_left_out(w, hop, depth, address);
	else if (!hop->is_hosted || hop->hosted.class == MS_RELAY ||
			 !ms_find_hosted(&w->question->reader, hop->address.domain, &hosted))
		tell_end(w, depth, address, hop->detail, lost_detail(step, hop));
	else
	{
		ms_span		local = ms_hop_local_key(hop, joined);

		follow(w, &hosted, ms_span_of(pnstrdup(local.data, local.len), local.len), depth);
	}
}

static void
tell_hops(way *w, const ms_step *step, int depth)
{
	ListCell   *cell;

	foreach(cell, step->hops)
	{
		if (w->full)
			return;
		tell_hop(w, step, lfirst(cell), depth);
	}
}

/* -------------------------------------------------------------------- steps */

static bool
has_other_ends(const ms_step *step)
{
	ListCell   *cell;

	foreach(cell, step->hops)
	{
		if (!ms_is_for_good(((const ms_hop *) lfirst(cell))->refusal))
			return true;
	}
	return false;
}

/* How full the mailbox of the name is, where it has reached its quota; NULL where it has not. */
static char *
full_in_words(way *w, const ms_step *step)
{
	StringInfoData words;
	ms_usage	usage;

	if (!step->delivered || !ms_mailbox_is_full(&w->question->reader, step, &usage))
		return NULL;
	initStringInfo(&words);
	appendStringInfoString(&words, "the mailbox is full:");
	if (step->quota.bytes != 0)
		appendStringInfo(&words, " %s of %s", ms_bytes_in_words(usage.bytes), ms_bytes_in_words(step->quota.bytes));
	if (step->quota.messages != 0)
		appendStringInfo(&words, "%s " INT64_FORMAT " of " INT64_FORMAT " messages", step->quota.bytes != 0 ? "," : "",
						 usage.messages, step->quota.messages);
	return words.data;
}

static const char *
both_notes(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a != NULL ? a : b;
	return psprintf("%s; %s", a, b);
}

/* Why mail for an alias is in the mailbox of its name, too. */
static const char *
why_kept(const ms_step *step)
{
	if (!step->is_alias)
		return NULL;
	if (step->names_itself)
		return "the alias leads to itself, too";
	return has_other_ends(step) ? "keep_copy = true" : "no destination of the alias takes mail";
}

/* The mailbox of the name, which the mail may pass by. */
static void
tell_mailbox(way *w, const ms_step *found, int depth)
{
	ms_span		whole = ms_span_of(found->local.data, found->local.len + found->detail.len);
	char	   *address = ms_address_to_cstring(whole, ms_hosted_name(&found->hosted));
	ms_way_step step = make_step(MS_WAY_LEFT_OUT, depth, address);

	if (found->delivered)
	{
		tell_end(w, depth, address, found->detail, both_notes(why_kept(found), full_in_words(w, found)));
		return;
	}
	step.reason = pstrdup("the mailbox of the name: keep_copy = false");
	tell(w, &step);
}

static void
tell_passed(way *w, const ms_step *step, int depth, char *address)
{
	ListCell   *cell;

	foreach(cell, step->passed)
	{
		const ms_step *passed = lfirst(cell);

		tell_alias(w, passed, depth, address,
				   passed->moved_to != NULL ? "it has moved, but who it is a sub-address of takes the mail" :
				   "it leads nowhere, and is as if it were not there");
		tell_hops(w, passed, depth + 1);
	}
}

static void
tell_step(way *w, const ms_step *step, int depth, char *address)
{
	bool		refused_itself = step->refusal != MS_NOT_REFUSED && step->refusal != MS_NO_DESTINATION;

	tell_passed(w, step, depth, address);
	if (refused_itself)
		return;
	if (step->is_alias || step->hops != NIL)
	{
		tell_alias(w, step, depth, address, NULL);
		tell_hops(w, step, depth + 1);
	}
	if (step->is_mailbox)
		tell_mailbox(w, step, step->is_alias ? depth + 1 : depth);
}

/* An address that leads back to itself: no rule lets it come about, but an edited dump may have it. */
static bool
is_loop(way *w, int depth, char *address)
{
	ListCell   *cell;
	ms_way_step step = make_step(MS_WAY_LOOP, depth, address);

	foreach(cell, w->path)
	{
		if (strcmp(lfirst(cell), address) == 0)
		{
			step.reason = pstrdup("a loop, which is followed no further: Postfix answers 451 to a message for it");
			tell(w, &step);
			return true;
		}
	}
	return false;
}

/* Where mail goes that has come to a hosted address. */
static void
follow(way *w, const ms_hosted *hosted, ms_span local, int depth)
{
	char	   *address = ms_address_to_cstring(local, ms_hosted_name(hosted));
	size_t		split = ms_local_part_split(local, ms_settings_delimiters());
	ms_step		step;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (is_loop(w, depth, address))
		return;
	w->path = lappend(w->path, address);
	ms_resolve(&w->question->reader, hosted, local, split, MS_TO_EXPLAIN, &step);
	tell_step(w, &step, depth, address);
	/* It was accepted, so that this is for later to say. */
	if (step.refusal != MS_NOT_REFUSED)
		tell_end(w, depth, address, ms_span_from(local, split), NULL);
	w->path = list_delete_last(w->path);
}

/* ------------------------------------------------------------ the beginning */

static char *
class_in_words(const ms_hosted *hosted)
{
	static const char *const classes[] = {"virtual_mailbox", "virtual_alias", "relay"};
	ms_span		mirrored;

	if (hosted->mirrored == NULL)
		return psprintf("of class %s", classes[hosted->class]);
	mirrored = ms_key_view_of(hosted->mirrored).domain;
	return psprintf("a mirror of %.*s", (int) mirrored.len, mirrored.data);
}

/* What the domain was taken for, where that is not plain to see. */
static char *
domain_in_words(ms_span typed, const ms_hosted *hosted)
{
	ms_span		stored = ms_hosted_name(hosted);
	char		unicode[MS_UNICODE_MAX];
	size_t		len;
	char	   *words = psprintf("domain %.*s, %s", (int) stored.len, stored.data, class_in_words(hosted));

	if (ms_idna_to_unicode(stored, unicode, sizeof(unicode), &len) && !ms_span_equal(stored, ms_span_of(unicode, len)))
		words = psprintf("%s, in Unicode %.*s", words, (int) len, unicode);
	if (typed.len != stored.len || pg_strncasecmp(typed.data, stored.data, stored.len) != 0)
		words = psprintf("%s, typed as %.*s", words, (int) typed.len, typed.data);
	return words;
}

/* An address and what is known of it at the outset. */
typedef struct beginning
{
	ms_key		key;
	size_t		split;
	ms_span		typed_domain;
	bool		is_hosted;
	ms_hosted	hosted;
	char	   *address;		/* in canonical form */
} beginning;

static bool
read_beginning(way *w, ms_span text, beginning *b)
{
	ms_key	   *key = &b->key;
	ms_fault	fault;
	ms_way_step step = make_step(MS_WAY_NO_ADDRESS, 0, NULL);
	size_t		at = text.len;

	if (!ms_address_parse(text, key, &fault))
	{
		step.address = pnstrdup(text.data, pg_mbcliplen(text.data, (int) text.len, 400));
		step.reason = ms_fault_in_words(text, &fault);
		tell(w, &step);
		return false;
	}
	while (at > 0 && text.data[at - 1] != '@')
		at--;
	b->typed_domain = ms_span_from(text, at);
	b->split = ms_local_part_split(ms_span_of(key->local, key->local_len), ms_settings_delimiters());
	b->is_hosted = ms_find_hosted(&w->question->reader, ms_span_of(key->domain, key->domain_len), &b->hosted);
	b->address = ms_address_to_cstring(ms_span_of(key->local, key->local_len),
									   b->is_hosted ? ms_hosted_name(&b->hosted) : ms_span_of(key->domain, key->domain_len));
	return true;
}

static void
tell_beginning(way *w, const beginning *b)
{
	ms_way_step step = make_step(MS_WAY_ADDRESS, 0, b->address);

	if (b->is_hosted && b->hosted.class == MS_RELAY)
		step.reason = domain_in_words(b->typed_domain, &b->hosted);
	else if (b->is_hosted)
	{
		step.detail = string_of(ms_span_of(b->key.local + b->split, b->key.local_len - b->split));
		step.reason = domain_in_words(b->typed_domain, &b->hosted);
	}
	else
		step.reason = psprintf("domain %.*s is not hosted here", (int) b->key.domain_len, b->key.domain);
	tell(w, &step);
}

/* Why the sender is told what he is told; NULL where mail is taken. */
static char *
verdict_in_words(way *w, const beginning *b, ms_verdict verdict, const ms_step *step)
{
	ms_span		local = ms_span_of(b->key.local, b->key.local_len);
	ms_objection objection = ms_smtpd_objects_to(local);

	if (objection == MS_BEGINS_WITH_HYPHEN)
		return pstrdup("it begins with a hyphen, which Postfix takes from nobody (allow_min_user)");
	if (!b->is_hosted)
		return pstrdup("its domain is not hosted here");
	if (!b->hosted.active)
		return ms_suspension_in_words(&w->question->reader, MS_DOMAIN_INACTIVE, &b->hosted, local);
	if (objection == MS_LOOKS_ROUTED)
		return pstrdup("Postfix takes @, % and ! in a local part for a way to somewhere else (allow_untrusted_routing)");
	/* The resolver is asked about what is refused. */
	if (verdict == MS_ACCEPTED || step->hosted.domain == NULL)
		return NULL;
	if (step->refusal == MS_NO_SUCH_ADDRESS && b->hosted.class == MS_RELAY)
		return pstrdup("relay_recipients has neither it nor all of its domain");
	if (step->refusal == MS_NOT_REFUSED && step->hops == NIL && full_in_words(w, step) != NULL)
		return full_in_words(w, step);
	if (step->refusal == MS_NOT_REFUSED)
		return pstrdup(verdict == MS_DEFERRED ? "whoever it leads to takes no mail for now" : "whoever it leads to takes no mail");
	return ms_suspension_in_words(&w->question->reader, step->refusal, &step->hosted, step->local);
}

static bool
is_ascii(ms_span s)
{
	size_t		i;

	for (i = 0; i < s.len; i++)
	{
		if (s.data[i] & 0x80)
			return false;
	}
	return true;
}

static void
tell_verdict(way *w, const beginning *b, ms_span text, ms_verdict verdict, const ms_step *found, char *reply)
{
	static const ms_way_kind kinds[] = {
		[MS_ACCEPTED] = MS_WAY_ACCEPTED, [MS_DEFERRED] = MS_WAY_DEFERRED, [MS_REFUSED] = MS_WAY_REFUSED
	};
	static const char latin1[] = "Postfix before 3.8 asks in LATIN1, and would not find it";
	ms_way_step step = make_step(kinds[verdict], 0, b->address);

	step.reply = reply;
	if (found->hosted.domain != NULL)
		step.domain = string_of(ms_hosted_name(&found->hosted));
	step.reason = verdict_in_words(w, b, verdict, found);
	if (!is_ascii(text))
		step.reason = step.reason == NULL ? pstrdup(latin1) : psprintf("%s; %s", step.reason, latin1);
	/* Not a copy of mail: it is told whatever came before. */
	w->function(&step, w->arg);
}

/* What the resolver says of an address that is hosted here, and what comes of it. */
static void
tell_middle(way *w, const beginning *b, ms_verdict verdict, ms_step *step)
{
	ms_span		local = ms_span_of(b->key.local, b->key.local_len);

	memset(step, 0, sizeof(*step));
	if (!b->is_hosted || !b->hosted.active || ms_smtpd_objects_to(local) != MS_NO_OBJECTION)
		return;
	if (verdict == MS_ACCEPTED && b->hosted.class != MS_RELAY)
	{
		follow(w, &b->hosted, local, 0);
		return;
	}
	if (verdict == MS_ACCEPTED)
	{
		tell_end(w, 0, b->address, MS_NO_SPAN, NULL);
		return;
	}
	ms_resolve(&w->question->reader, &b->hosted, local, b->split, MS_TO_EXPLAIN, step);
	tell_step(w, step, 0, b->address);
}

ms_verdict
ms_way_of_address(ms_question *question, ms_span text, ms_way_function function, void *arg)
{
	way			w = {question, function, arg, NIL, 0, 0, false};
	beginning	b;
	ms_step		found;
	ms_span		local;
	ms_verdict	verdict;
	bool		is_question;
	StringInfoData reply;

	if (!read_beginning(&w, text, &b))
		return MS_REFUSED;
	initStringInfo(&reply);
	tell_beginning(&w, &b);
	is_question = ms_question_read(question, text, MS_ASKED_AS(MS_KEY_ADDRESS));
	local = b.key.typed_len > 0 ? ms_span_of(b.key.typed, b.key.typed_len) : ms_span_of(b.key.local, b.key.local_len);
	verdict = ms_smtpd_reply(is_question ? question : NULL, local, b.typed_domain, &reply);
	tell_middle(&w, &b, verdict, &found);
	tell_verdict(&w, &b, text, verdict, &found, reply.data);
	return verdict;
}

ms_verdict
ms_way_of_catchall(ms_question *question, const ms_hosted *hosted, ms_way_function function, void *arg)
{
	way			w = {question, function, arg, NIL, 0, 0, false};
	ms_step		step;

	ms_resolve_catchall(&question->reader, hosted, MS_TO_EXPLAIN, &step);
	tell_step(&w, &step, 0, name_of_row(&step));
	return step.refusal == MS_NOT_REFUSED ? MS_ACCEPTED : MS_REFUSED;
}
