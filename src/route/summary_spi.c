/*
 * summary_spi.c
 *	  route_domain(): what becomes of mail for each address of a domain, and what
 *	  is odd about it.
 *
 * The addresses come in order from two indexes at once, and each is followed as
 * route() follows it; so the cost is that of the addresses there are.
 */
#include "route/way.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "route/explain.h"
#include "route/graph.h"

/* So many ends of an address are named, and the others counted. */
#define NAMED 3

typedef struct summary
{
	ReturnSetInfo *set;
	Snapshot	snapshot;
	ms_hosted	hosted;			/* the domain in question */
	bool		is_mirror;
	ms_hosted	mirrored;
	MemoryContext scratch;		/* of one address */
} summary;

/* What is known of one address. */
typedef struct entry
{
	char	   *address;
	const char *kind;
	int			ends;
	int			left_out;
	int			bouncing;
	bool		has_ends;		/* a loop or a limit ends without an end */
	char	   *reply;			/* what a sender is told, where he is told anything but yes */
	StringInfoData leads_to;
	StringInfoData left_out_words;
	StringInfoData odd;
} entry;

static void
add(StringInfo list, const char *separator, const char *words)
{
	if (list->len > 0)
		appendStringInfoString(list, separator);
	appendStringInfoString(list, words);
}

static entry
make_entry(char *address, const char *kind)
{
	entry		e;

	memset(&e, 0, sizeof(e));
	e.address = address;
	e.kind = kind;
	initStringInfo(&e.leads_to);
	initStringInfo(&e.left_out_words);
	initStringInfo(&e.odd);
	return e;
}

static void
put_entry(const summary *s, entry *e)
{
	Datum		values[4];
	bool		nulls[4];

	if (e->ends > NAMED)
		appendStringInfo(&e->leads_to, " and %d more", e->ends - NAMED);
	values[0] = ms_readable_text(e->address, &nulls[0]);
	values[1] = ms_readable_text(e->kind, &nulls[1]);
	values[2] = ms_readable_text(e->leads_to.len > 0 ? e->leads_to.data : NULL, &nulls[2]);
	values[3] = ms_readable_text(e->odd.len > 0 ? e->odd.data : NULL, &nulls[3]);
	tuplestore_putvalues(s->set->setResult, s->set->setDesc, values, nulls);
}

/* -------------------------------------------------------------- its own way */

static void
note_end(entry *e, const ms_way_step *step)
{
	static const char *const marks[] = {
		[MS_WAY_MAILBOX] = "", [MS_WAY_RELAYED] = " (relayed)", [MS_WAY_FOREIGN] = " (not hosted here)",
		[MS_WAY_WAITS] = " (waits)", [MS_WAY_DISCARDED] = " (discarded)", [MS_WAY_BOUNCES] = " (bounces)"
	};

	e->bouncing += step->kind == MS_WAY_BOUNCES;
	if (++e->ends <= NAMED)
		add(&e->leads_to, ", ", psprintf("%s%s", step->address, marks[step->kind]));
}

static void
note_step(const ms_way_step *step, void *arg)
{
	entry	   *e = arg;

	if (ms_way_ends(step->kind))
		note_end(e, step);
	else if (step->kind == MS_WAY_LEFT_OUT)
	{
		if (++e->left_out <= NAMED)
			add(&e->left_out_words, ", ", psprintf("%s (%s)", step->address, step->reason));
	}
	else if (step->kind == MS_WAY_LOOP || step->kind == MS_WAY_LIMIT)
		add(&e->odd, "; ", step->reason);
	else if (step->kind == MS_WAY_DEFERRED || step->kind == MS_WAY_REFUSED)
	{
		e->reply = step->reply;
		/* Where it would have gone does not matter then. */
		resetStringInfo(&e->leads_to);
		e->ends = 0;
		add(&e->leads_to, ", ", step->reply);
		if (step->reason != NULL)
			add(&e->odd, "; ", step->reason);
	}
}

static void
judge_ends(entry *e)
{
	if (e->bouncing > 0)
		add(&e->odd, "; ", "mail is accepted and comes back to the sender");
	if (e->left_out > 0)
		add(&e->odd, "; ", psprintf("left out: %s%s", e->left_out_words.data,
									e->left_out > NAMED ? psprintf(" and %d more", e->left_out - NAMED) : ""));
}

/* ---------------------------------------------------------- what else is odd */

/* A name in the domain, as the resolver finds it when nothing is asked but what there is. */
static ms_step
resolve_name(ms_question *question, const ms_hosted *hosted, ms_span local)
{
	ms_step		step;

	ms_resolve(&question->reader, hosted, local, ms_local_part_split(local, ms_settings_delimiters()),
			   MS_AS_IF_ALL_TOOK_MAIL, &step);
	return step;
}

static bool
has_a_row(const ms_step *step)
{
	return step->refusal != MS_NO_SUCH_ADDRESS &&
		(step->found_by == MS_BY_NAME || step->found_by == MS_BY_BASE);
}

/* A user who takes no mail is left out of the aliases that lead to him. */
static void
judge_user(ms_question *question, const summary *s, entry *e, ms_span local)
{
	const ms_scan *user = ms_find_user(&question->reader, &s->hosted, local);
	ms_key_view key = {.class = MS_KEY_ADDRESS, .local = local, .domain = ms_hosted_name(&s->hosted)};
	char	   *leading;
	bool		others;

	if (user == NULL ||
		(ms_scan_bool(user, MS_USERS_ACTIVE) && ms_receive_of(ms_scan_span(user, MS_USERS_RECEIVE)) == MS_RECEIVE_ACCEPT))
		return;
	leading = ms_graph_leading_to(&question->reader, key, NULL, &others);
	if (leading != NULL)
		add(&e->odd, "; ", psprintf("aliases lead to it: %s", leading));
}

static void
judge_alias(ms_question *question, const summary *s, entry *e, ms_span local)
{
	size_t		split = ms_local_part_split(local, ms_settings_delimiters());
	ms_step		step;

	if (split < local.len)
	{
		step = resolve_name(question, &s->hosted, ms_span_of(local.data, split));
		if (!has_a_row(&step))
			add(&e->odd, "; ", psprintf("nothing is named %.*s: this is a sub-address of nobody", (int) split, local.data));
	}
	if (s->is_mirror)
	{
		step = resolve_name(question, &s->mirrored, local);
		if (has_a_row(&step))
			add(&e->odd, "; ", psprintf("it hides %s", ms_address_to_cstring(local, ms_hosted_name(&s->mirrored))));
	}
}

/* ------------------------------------------------------------------ one address */

static void
put_address(const summary *s, ms_span local, const char *kind, bool is_user, bool is_alias)
{
	MemoryContext caller = MemoryContextSwitchTo(s->scratch);
	ms_question question;
	entry		e = make_entry(ms_address_to_cstring(local, ms_hosted_name(&s->hosted)), kind);

	ms_reader_begin(&question.reader, s->snapshot);
	(void) ms_way_of_address(&question, ms_span_of_text(e.address), note_step, &e);
	judge_ends(&e);
	if (is_user)
		judge_user(&question, s, &e, local);
	if (is_alias)
		judge_alias(&question, s, &e, local);
	put_entry(s, &e);
	ms_reader_end(&question.reader);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(s->scratch);
}

static void
put_catchall(const summary *s, const ms_hosted *of, const char *kind)
{
	MemoryContext caller = MemoryContextSwitchTo(s->scratch);
	ms_span		domain = ms_hosted_name(&s->hosted);
	ms_question question;
	entry		e = make_entry(psprintf("@%.*s", (int) domain.len, domain.data), kind);

	ms_reader_begin(&question.reader, s->snapshot);
	if (ms_way_of_catchall(&question, of, note_step, &e) == MS_ACCEPTED)
		add(&e.odd, "; ", "it takes mail for every name that nobody has: senders do not learn of their typos");
	else
		add(&e.odd, "; ", ms_refusal_in_words(MS_NO_DESTINATION, domain));
	judge_ends(&e);
	put_entry(s, &e);
	ms_reader_end(&question.reader);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(s->scratch);
}

/* ---------------------------------------------------------------- all addresses */

/* The keys of a table that are in a domain, in order. */
typedef struct stream
{
	ms_scan		scan;
	int			attribute;
	ms_span		domain;
	bool		found;
} stream;

static void
settle(stream *t)
{
	t->found = t->found && ms_span_equal(ms_scan_key(&t->scan, t->attribute).domain, t->domain);
}

static void
begin_stream(stream *t, ms_access access, int attribute, ms_span domain, Snapshot snapshot)
{
	struct varlena *from = ms_key_build(MS_KEY_CATCHALL, domain, MS_NO_SPAN);

	t->attribute = attribute;
	t->domain = domain;
	t->found = ms_scan_begin_between(&t->scan, access, PointerGetDatum(from), (Datum) 0, snapshot);
	settle(t);
}

/* Steps past the rows of a key. */
static void
pass_key(stream *t, ms_span key)
{
	while (t->found && ms_span_equal(ms_scan_key(&t->scan, t->attribute).key, key))
	{
		t->found = ms_scan_next(&t->scan);
		settle(t);
	}
}

static const char *
kind_in_words(const summary *s, const ms_hosted *of, ms_key_view key, bool is_user, bool is_alias)
{
	const char *kind = is_user ? (is_alias ? "mailbox and alias" : "mailbox") : "alias";

	if (key.class == MS_KEY_CATCHALL)
		kind = "catch-all";
	else if (!is_user && ms_local_part_split(key.local, ms_settings_delimiters()) < key.local.len)
		kind = "sub-address alias";
	return of == &s->hosted ? kind : psprintf("mirrored %s", kind);
}

/* Whether a mirror has an alias of its own with the name of one that it mirrors. */
static bool
is_hidden(const summary *s, ms_key_view key)
{
	struct varlena *own = ms_key_build(key.class, ms_hosted_name(&s->hosted), key.local);
	ms_scan		scan;
	bool		hidden = ms_scan_begin(&scan, MS_ALIASES, PointerGetDatum(own), s->snapshot);

	ms_scan_end(&scan);
	return hidden;
}

static void
put_key(const summary *s, const ms_hosted *of, ms_key_view key, bool is_user, bool is_alias)
{
	const char *kind = kind_in_words(s, of, key, is_user, is_alias);

	if (of != &s->hosted && is_hidden(s, key))
		return;
	if (key.class == MS_KEY_CATCHALL)
		put_catchall(s, of, kind);
	else
		put_address(s, key.local, kind, is_user && of == &s->hosted, is_alias && of == &s->hosted);
}

/* Users and aliases of a domain, which is the one in question or the one that it mirrors. */
static void
put_names_of(const summary *s, const ms_hosted *of)
{
	stream		users;
	stream		aliases;

	begin_stream(&users, MS_USERS_IN_ORDER, MS_USERS_EMAIL, ms_hosted_name(of), s->snapshot);
	begin_stream(&aliases, MS_ALIASES_IN_ORDER, MS_ALIASES_ALIAS, ms_hosted_name(of), s->snapshot);
	while (users.found || aliases.found)
	{
		int			order = !users.found ? 1 : !aliases.found ? -1 :
			ms_span_compare(ms_scan_key(&users.scan, MS_USERS_EMAIL).key, ms_scan_key(&aliases.scan, MS_ALIASES_ALIAS).key);
		ms_key_view next = order <= 0 ? ms_scan_key(&users.scan, MS_USERS_EMAIL) : ms_scan_key(&aliases.scan, MS_ALIASES_ALIAS);
		struct varlena *key = ms_key_build(next.class, next.domain, next.local);

		CHECK_FOR_INTERRUPTS();
		put_key(s, of, ms_key_view_of(key), order <= 0, order >= 0);
		pass_key(&users, ms_key_view_of(key).key);
		pass_key(&aliases, ms_key_view_of(key).key);
		pfree(key);
	}
	ms_scan_end(&users.scan);
	ms_scan_end(&aliases.scan);
}

static void
put_relay_recipients(const summary *s)
{
	stream		recipients;

	begin_stream(&recipients, MS_RELAY_RECIPIENTS_IN_ORDER, MS_RELAY_RECIPIENTS_RECIPIENT,
				 ms_hosted_name(&s->hosted), s->snapshot);
	while (recipients.found)
	{
		ms_key_view next = ms_scan_key(&recipients.scan, MS_RELAY_RECIPIENTS_RECIPIENT);
		struct varlena *key = ms_key_build(next.class, next.domain, next.local);
		ms_key_view view = ms_key_view_of(key);
		entry		e;

		if (view.class == MS_KEY_ADDRESS)
			put_address(s, view.local, "relay recipient", false, false);
		else
		{
			e = make_entry(psprintf("@%.*s", (int) view.domain.len, view.domain.data), "relay recipients");
			add(&e.leads_to, "", s->hosted.transport);
			add(&e.odd, "", "every address is taken, and what the next host refuses comes back to the sender");
			put_entry(s, &e);
		}
		pass_key(&recipients, view.key);
		pfree(key);
	}
	ms_scan_end(&recipients.scan);
}

/* Those that have no row of their own, and so lead to the postmaster. */
static void
put_roles(const summary *s)
{
	const ms_settings *settings = ms_settings_get();
	int			i;

	for (i = 0; i < settings->nroles; i++)
	{
		ms_question question;
		ms_step		step;

		ms_reader_begin(&question.reader, s->snapshot);
		step = resolve_name(&question, &s->hosted, settings->roles[i]);
		ms_reader_end(&question.reader);
		if (step.found_by == MS_BY_ROLE)
			put_address(s, settings->roles[i], "role address", false, false);
	}
}

static void
put_mirrors(const summary *s)
{
	ms_reader	reader;
	const ms_scan *row;

	ms_reader_begin(&reader, s->snapshot);
	for (row = ms_read(&reader, MS_DOMAINS_BY_ALIAS_OF, s->hosted.domain); row != NULL;
		 row = ms_read_next(&reader, MS_DOMAINS_BY_ALIAS_OF))
	{
		ms_span		domain = ms_scan_key(row, MS_DOMAINS_DOMAIN).domain;
		entry		e = make_entry(pnstrdup(domain.data, domain.len), "mirror");

		if (!ms_scan_bool(row, MS_DOMAINS_ACTIVE))
			add(&e.odd, "", ms_refusal_in_words(MS_DOMAIN_INACTIVE, domain));
		put_entry(s, &e);
	}
	ms_reader_end(&reader);
}

/* The domain itself. */
static void
put_domain(const summary *s)
{
	static const char *const classes[] = {"virtual_mailbox", "virtual_alias", "relay"};
	const ms_hosted *hosted = &s->hosted;
	ms_span		domain = ms_hosted_name(hosted);
	entry		e = make_entry(pnstrdup(domain.data, domain.len), classes[hosted->class]);

	if (hosted->transport != NULL)
		add(&e.leads_to, "", hosted->transport);
	if (s->is_mirror)
	{
		ms_span		mirrored = ms_hosted_name(&s->mirrored);

		add(&e.leads_to, "", psprintf("mirrors %.*s", (int) mirrored.len, mirrored.data));
		if (!s->mirrored.active)
			add(&e.odd, "; ", ms_refusal_in_words(MS_DOMAIN_INACTIVE, mirrored));
	}
	if (!hosted->active)
		add(&e.odd, "; ", ms_refusal_in_words(MS_DOMAIN_INACTIVE, domain));
	if (hosted->receive != MS_RECEIVE_ACCEPT)
		add(&e.odd, "; ", ms_refusal_in_words(hosted->receive == MS_RECEIVE_DEFER ? MS_DOMAIN_DEFERS : MS_DOMAIN_REFUSES, domain));
	put_entry(s, &e);
}

static void
put_all(const summary *s)
{
	put_domain(s);
	put_mirrors(s);
	if (s->hosted.class == MS_RELAY)
	{
		put_relay_recipients(s);
		return;
	}
	put_names_of(s, &s->hosted);
	if (s->is_mirror)
		put_names_of(s, &s->mirrored);
	put_roles(s);
}

/* A text that is no domain of ours. */
static void
put_nothing(const summary *s, ms_span text, const ms_fault *fault)
{
	entry		e = make_entry(pnstrdup(text.data, text.len), fault != NULL ? "no domain" : "not hosted");

	if (fault != NULL)
		add(&e.odd, "", ms_fault_in_words(text, fault));
	put_entry(s, &e);
}

static bool
find_domain(summary *s, ms_span domain)
{
	ms_reader	reader;
	bool		found;

	ms_reader_begin(&reader, s->snapshot);
	found = ms_find_hosted(&reader, domain, &s->hosted);
	s->is_mirror = found && ms_find_mirrored(&reader, &s->hosted, &s->mirrored);
	ms_reader_end(&reader);
	return found;
}

PG_FUNCTION_INFO_V1(ms_route_domain);
Datum
ms_route_domain(PG_FUNCTION_ARGS)
{
	ms_span		text = MS_GETARG_SPAN(0);
	summary		s;
	ms_key		key;
	ms_fault	fault;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	s.set = (ReturnSetInfo *) fcinfo->resultinfo;
	s.snapshot = GetActiveSnapshot();
	s.scratch = AllocSetContextCreate(CurrentMemoryContext, "mailstack address", ALLOCSET_DEFAULT_SIZES);
	if (!ms_domain_parse(text, &key, &fault))
		put_nothing(&s, text, &fault);
	else if (!find_domain(&s, ms_span_of(key.domain, key.domain_len)))
		put_nothing(&s, text, NULL);
	else
		put_all(&s);
	MemoryContextDelete(s.scratch);
	return (Datum) 0;
}
