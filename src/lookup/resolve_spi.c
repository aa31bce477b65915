/*
 * resolve_spi.c
 *	  Where mail for an address goes.  One order, in one place:
 *
 *	exact alias > mailbox > base of a sub-address > mirrored domain > catch-all
 *
 * An address that is there but must be refused ends the search with no answer:
 * smtpd accepts a recipient as soon as the alias map answers anything, before
 * it looks at the mailbox or at a transport of error or retry.
 */
#include "lookup/lookup.h"

#include "nodes/pg_list.h"
#include "utils/builtins.h"

#include "transport/transport.h"

static const ms_span nothing = {"", 0};

typedef enum step_result
{
	NOT_THERE,					/* go on to the next step */
	REFUSED,					/* there, but to be refused: end without an answer */
	ANSWERED
} step_result;

/* One address as a step looks for it: local without the detail, the detail with its delimiter. */
typedef struct candidate
{
	const ms_hosted *hosted;
	ms_key_class class;			/* MS_KEY_CATCHALL: local and detail are empty */
	ms_span		local;
	ms_span		detail;
	bool		by_mirror;		/* asked by the name of a domain that mirrors this one */
} candidate;

typedef enum mailbox_state
{
	NO_MAILBOX,
	SUSPENDED,					/* or delivered by error(8): mail is to be refused */
	DEFERRED,					/* delivered by retry: refused for now at RCPT, but queued for a list */
	FORWARDS,					/* with an alias of its name it keeps no copy */
	KEEPS_COPY
} mailbox_state;

/* One row of an alias, and the domain where its mailbox would be, if that is hosted here. */
typedef struct destination
{
	ms_key_view address;
	bool		propagate;
	bool		is_hosted;
	ms_hosted	hosted;			/* of a mirror: the domain that it mirrors */
} destination;

/* The rows of an alias. */
typedef struct alias
{
	bool		is_there;
	destination *moved_to;		/* the new address of a relocated one, or NULL */
	List	   *destinations;	/* the active ones */
} alias;

static void
append_address(StringInfo out, ms_span local, ms_span detail, ms_span domain)
{
	char		joined[2 * MS_LOCAL_PART_MAX];
	char		written[2 * sizeof(joined) + 2];
	size_t		len;

	/* A local part that is too long with the detail would be nobody's: better without. */
	if (local.len + detail.len > MS_LOCAL_PART_MAX)
		detail.len = 0;
	memcpy(joined, local.data, local.len);
	memcpy(joined + local.len, detail.data, detail.len);
	len = ms_local_part_write(ms_span_of(joined, local.len + detail.len), written);
	if (out->len > 0)
		appendBinaryStringInfo(out, ", ", 2);
	appendBinaryStringInfo(out, written, (int) len);
	appendStringInfoChar(out, '@');
	appendBinaryStringInfo(out, domain.data, (int) domain.len);
}

/* ---------------------------------------------------------------- mailboxes */

static bool
is_service(ms_span transport, const char *service)
{
	return ms_span_equal(ms_span_of(transport.data, ms_transport_service_len(transport)),
						 ms_span_of(service, strlen(service)));
}

static mailbox_state
read_mailbox(const ms_scan *user, const ms_hosted *hosted)
{
	ms_span		transport = ms_span_of(hosted->transport, strlen(hosted->transport));

	(void) ms_scan_span_or_null(user, MS_USERS_TRANSPORT, &transport);
	if (!ms_scan_bool(user, MS_USERS_ACTIVE) || is_service(transport, "error"))
		return SUSPENDED;
	if (is_service(transport, "retry"))
		return DEFERRED;
	return ms_scan_bool(user, MS_USERS_KEEP_COPY) ? KEEPS_COPY : FORWARDS;
}

static mailbox_state
find_mailbox(ms_reader *reader, const ms_hosted *hosted, ms_span local)
{
	const ms_scan *user = ms_find_user(reader, hosted, local);

	return user == NULL ? NO_MAILBOX : read_mailbox(user, hosted);
}

/* ------------------------------------------------------------------ aliases */

static destination *
read_destination(const ms_scan *row)
{
	destination *d = palloc(sizeof(destination));
	ms_span		stored = ms_scan_span(row, MS_ALIASES_EMAIL);

	/* The row goes when the next is read. */
	d->address = ms_key_view_of((struct varlena *) cstring_to_text_with_len(stored.data, (int) stored.len));
	d->propagate = ms_scan_bool(row, MS_ALIASES_PROPAGATE_DETAIL);
	return d;
}

/* An index gives the rows in any order; an answer has one. */
static int
by_address(const ListCell *a, const ListCell *b)
{
	return ms_span_compare(((destination *) lfirst(a))->address.key,
						   ((destination *) lfirst(b))->address.key);
}

static alias
find_alias(ms_reader *reader, ms_key_class class, const ms_hosted *hosted, ms_span local)
{
	struct varlena *key = ms_key_build(class, ms_hosted_name(hosted), local);
	alias		found = {false, NULL, NIL};
	const ms_scan *row;

	for (row = ms_read(reader, MS_ALIASES, key); row != NULL; row = ms_read_next(reader, MS_ALIASES))
	{
		found.is_there = true;
		if (!ms_scan_bool(row, MS_ALIASES_ACTIVE))
			continue;
		if (ms_scan_bool(row, MS_ALIASES_RELOCATED))
			found.moved_to = read_destination(row);
		else
			found.destinations = lappend(found.destinations, read_destination(row));
	}
	if (list_length(found.destinations) > 1)
		list_sort(found.destinations, by_address);
	return found;
}

static bool
is_alias(ms_reader *reader, ms_span domain, ms_span local)
{
	return ms_read(reader, MS_ALIASES, ms_key_build(MS_KEY_ADDRESS, domain, local)) != NULL;
}

static bool
has_moved(ms_reader *reader, const ms_hosted *hosted, ms_span local)
{
	return find_alias(reader, MS_KEY_ADDRESS, hosted, local).moved_to != NULL;
}

/* What hosts the destination of an alias of a domain. */
static void
locate(ms_reader *reader, const ms_hosted *alias_hosted, destination *d)
{
	ms_hosted	mirrored;

	d->is_hosted = true;
	if (ms_span_equal(d->address.domain, ms_hosted_name(alias_hosted)))
		d->hosted = *alias_hosted;
	else
		d->is_hosted = ms_find_hosted(reader, d->address.domain, &d->hosted);
	if (d->is_hosted && d->hosted.active && d->hosted.mirrored != NULL &&
		!is_alias(reader, d->address.domain, d->address.local) &&
		ms_find_mirrored(reader, &d->hosted, &mirrored))
		d->hosted = mirrored;
}

/*
 * Whether a destination hosted here would be refused if it were asked itself;
 * handing mail on to it would end in a bounce to the sender.
 */
static bool
is_refused(ms_reader *reader, const destination *d)
{
	ms_span		local = d->address.local;
	ms_span		base = ms_span_of(local.data, ms_local_part_split(local, ms_settings_delimiters()));

	if (!d->is_hosted || d->hosted.class == MS_RELAY)
		return d->is_hosted && !d->hosted.active;
	return !d->hosted.active ||
		find_mailbox(reader, &d->hosted, base) == SUSPENDED ||
		has_moved(reader, &d->hosted, local) ||
		(base.len < local.len && has_moved(reader, &d->hosted, base));
}

/* Whether the destination is the alias itself, be it by the name of a mirror. */
static bool
is_itself(const destination *d, const candidate *c)
{
	return c->class == MS_KEY_ADDRESS && d->is_hosted &&
		ms_span_equal(ms_hosted_name(&d->hosted), ms_hosted_name(c->hosted)) &&
		ms_span_equal(d->address.local, c->local);
}

static void
append_destination(const destination *d, const candidate *c, StringInfo out)
{
	ms_span		local = d->address.local;
	bool		has_detail = ms_local_part_split(local, ms_settings_delimiters()) < local.len;
	bool		propagate = d->propagate || (d->is_hosted && d->hosted.class != MS_RELAY);

	append_address(out, d->address.typed, propagate && !has_detail ? c->detail : nothing,
				   d->address.domain);
}

/*
 * Appends the active destinations of an alias.  A destination equal to the
 * alias itself is left to the caller, as *keeps_copy.
 */
static void
append_destinations(ms_reader *reader, const alias *a, const candidate *c, StringInfo out,
					bool *keeps_copy)
{
	ListCell   *cell;

	foreach(cell, a->destinations)
	{
		destination *d = lfirst(cell);

		locate(reader, c->hosted, d);
		if (is_itself(d, c))
			*keeps_copy = true;
		else if (!is_refused(reader, d))
			append_destination(d, c, out);
	}
}

/* -------------------------------------------------------------------- steps */

/* An alias of that name, or a mailbox, or both; no mailbox has a name with a detail. */
static step_result
try_address(ms_reader *reader, const candidate *c, bool can_be_mailbox, StringInfo out)
{
	alias		a = find_alias(reader, c->class, c->hosted, c->local);
	mailbox_state mailbox = NO_MAILBOX;
	bool		keeps_copy;

	if (a.moved_to != NULL)
		return REFUSED;
	if (can_be_mailbox)
		mailbox = find_mailbox(reader, c->hosted, c->local);
	/* A mirror has no transport that could make smtpd say "later": the mail waits in the queue. */
	if (mailbox == SUSPENDED || (mailbox == DEFERRED && !c->by_mirror))
		return REFUSED;
	keeps_copy = mailbox == KEEPS_COPY;
	append_destinations(reader, &a, c, out, &keeps_copy);
	if (mailbox != NO_MAILBOX && (keeps_copy || out->len == 0))
		append_address(out, c->local, c->detail, ms_hosted_name(c->hosted));
	if (out->len > 0)
		return ANSWERED;
	return a.is_there ? REFUSED : NOT_THERE;
}

static step_result
try_catchall(ms_reader *reader, const ms_hosted *hosted, StringInfo out)
{
	candidate	c = {hosted, MS_KEY_CATCHALL, nothing, nothing, false};

	return try_address(reader, &c, false, out);
}

/*
 * The address in one domain, then what it is a sub-address of: also where an
 * alias of the whole name has nowhere to go, since smtpd asks for the base
 * itself next and cannot be told to refuse.
 */
static step_result
try_domain(ms_question *question, const ms_hosted *hosted, StringInfo out)
{
	ms_span		local = ms_question_local(question);
	bool		has_detail = question->split < local.len;
	candidate	c = {hosted, MS_KEY_ADDRESS, local, nothing, hosted != &question->hosted};
	step_result whole = try_address(&question->reader, &c, !has_detail, out);
	step_result base;

	if (whole == ANSWERED || !has_detail)
		return whole;
	c.local = ms_question_base(question);
	c.detail = ms_span_from(local, question->split);
	base = try_address(&question->reader, &c, true, out);
	return base == NOT_THERE ? whole : base;
}

bool
ms_answer_virtual_alias_maps(ms_question *question, StringInfo out)
{
	ms_reader  *reader = &question->reader;
	const ms_hosted *hosted = &question->hosted;
	ms_hosted	mirrored;
	bool		mirrors;
	step_result result;

	if (hosted->class == MS_RELAY)
		return false;
	mirrors = ms_find_mirrored(reader, hosted, &mirrored);
	result = try_domain(question, hosted, out);
	if (result == NOT_THERE && mirrors)
		result = mirrored.active ? try_domain(question, &mirrored, out) : REFUSED;
	if (result == NOT_THERE)
		result = try_catchall(reader, hosted, out);
	if (result == NOT_THERE && mirrors)
		result = try_catchall(reader, &mirrored, out);
	return result == ANSWERED;
}

/* ---------------------------------------------------------------- relocated */

static bool
append_new_address(ms_reader *reader, const ms_hosted *hosted, ms_span local, StringInfo out)
{
	const destination *to = find_alias(reader, MS_KEY_ADDRESS, hosted, local).moved_to;

	if (to != NULL)
		append_address(out, to->address.typed, nothing, to->address.domain);
	return to != NULL;
}

static bool
append_new_address_or_base(ms_question *question, const ms_hosted *hosted, StringInfo out)
{
	ms_span		local = ms_question_local(question);
	ms_span		base = ms_question_base(question);

	return append_new_address(&question->reader, hosted, local, out) ||
		(base.len < local.len && append_new_address(&question->reader, hosted, base, out));
}

bool
ms_answer_relocated_maps(ms_question *question, StringInfo out)
{
	ms_hosted	mirrored;

	if (question->hosted.class == MS_RELAY)
		return false;
	return append_new_address_or_base(question, &question->hosted, out) ||
		(ms_find_mirrored(&question->reader, &question->hosted, &mirrored) &&
		 append_new_address_or_base(question, &mirrored, out));
}

/* ------------------------------------------------------------------ senders */

/* The login name of the mailbox that an address or sub-address belongs to, if it is an active one. */
static void
append_login(ms_reader *reader, const ms_hosted *hosted, ms_span local, StringInfo out)
{
	mailbox_state mailbox;

	local.len = ms_local_part_split(local, ms_settings_delimiters());
	mailbox = hosted->active ? find_mailbox(reader, hosted, local) : NO_MAILBOX;
	if (mailbox != NO_MAILBOX && mailbox != SUSPENDED && !has_moved(reader, hosted, local))
		append_address(out, local, nothing, ms_hosted_name(hosted));
}

/* The mailboxes among the destinations of an alias; whether there is such an alias. */
static bool
append_logins_of_alias(ms_reader *reader, const ms_hosted *hosted, ms_span local, StringInfo out)
{
	candidate	c = {hosted, MS_KEY_ADDRESS, local, nothing, false};
	alias		a = find_alias(reader, MS_KEY_ADDRESS, hosted, local);
	ListCell   *cell;

	foreach(cell, a.destinations)
	{
		destination *d = lfirst(cell);

		locate(reader, hosted, d);
		if (d->is_hosted && !is_itself(d, &c))
			append_login(reader, &d->hosted, d->address.local, out);
	}
	return a.is_there;
}

/* Those of the address, and of an alias of the whole name or of the base; whether there is any. */
static bool
append_logins(ms_question *question, const ms_hosted *hosted, StringInfo out)
{
	ms_span		local = ms_question_local(question);
	ms_span		base = ms_question_base(question);

	append_login(&question->reader, hosted, local, out);
	return append_logins_of_alias(&question->reader, hosted, local, out) ||
		(base.len < local.len && append_logins_of_alias(&question->reader, hosted, base, out)) ||
		out->len > 0;
}

bool
ms_answer_smtpd_sender_login_maps(ms_question *question, StringInfo out)
{
	ms_hosted	mirrored;

	if (question->hosted.class != MS_RELAY &&
		!append_logins(question, &question->hosted, out) &&
		ms_find_mirrored(&question->reader, &question->hosted, &mirrored))
		(void) append_logins(question, &mirrored, out);
	return out->len > 0;
}
