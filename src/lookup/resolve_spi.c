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

#include "utils/snapmgr.h"

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
	ms_span		local;
	ms_span		detail;
	bool		by_mirror;		/* asked by the name of a domain that mirrors this one */
} candidate;

typedef enum mailbox_state
{
	NO_MAILBOX,
	SUSPENDED,					/* or relocated, or delivered by error(8): mail is to be refused */
	DEFERRED,					/* delivered by retry: refused for now at RCPT, but queued for a list */
	FORWARDS,					/* with an alias of its name it keeps no copy */
	KEEPS_COPY
} mailbox_state;

static ms_span
delimiters(void)
{
	const char *delimiter = ms_settings_get()->recipient_delimiter;

	return ms_span_of(delimiter, strlen(delimiter));
}

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
		appendStringInfoString(out, ", ");
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
read_mailbox(const ms_scan *scan, const ms_hosted *hosted)
{
	ms_span		transport = ms_span_of(hosted->transport, strlen(hosted->transport));

	(void) ms_scan_span_or_null(scan, MS_USERS_TRANSPORT, &transport);
	if (!ms_scan_bool(scan, MS_USERS_ACTIVE) || is_service(transport, "error"))
		return SUSPENDED;
	if (is_service(transport, "retry"))
		return DEFERRED;
	return ms_scan_bool(scan, MS_USERS_KEEP_COPY) ? KEEPS_COPY : FORWARDS;
}

static mailbox_state
find_mailbox(const ms_hosted *hosted, ms_span local)
{
	struct varlena *email;
	mailbox_state state = NO_MAILBOX;
	ms_scan		scan;

	if (hosted->class == MS_RELAY)
		return NO_MAILBOX;
	email = ms_key_build(MS_KEY_ADDRESS, ms_hosted_name(hosted), local);
	if (ms_has_row(MS_RELOCATED, email))
		return SUSPENDED;
	if (hosted->class == MS_VIRTUAL_ALIAS)
		return NO_MAILBOX;
	if (ms_scan_begin(&scan, MS_USERS, PointerGetDatum(email), GetActiveSnapshot()))
		state = read_mailbox(&scan, hosted);
	ms_scan_end(&scan);
	return state;
}

/* The domain that a domain mirrors, active or not. */
static bool
find_mirrored(const ms_hosted *hosted, ms_hosted *out)
{
	return hosted->mirrored != NULL &&
		ms_find_hosted(ms_key_view_of(hosted->mirrored).domain, out);
}

/* ------------------------------------------------------------- destinations */

/* A destination, and the domain where its mailbox would be, if that is hosted here. */
typedef struct destination
{
	ms_key_view address;
	bool		is_hosted;
	ms_hosted	hosted;			/* of a mirror: the domain that it mirrors */
} destination;

static void
read_destination(const ms_scan *scan, const candidate *c, destination *d)
{
	ms_hosted	mirrored;

	d->address = ms_scan_key(scan, MS_ALIASES_EMAIL);
	d->is_hosted = true;
	if (ms_span_equal(d->address.domain, ms_hosted_name(c->hosted)))
		d->hosted = *c->hosted;
	else
		d->is_hosted = ms_find_hosted(d->address.domain, &d->hosted);
	if (d->is_hosted && d->hosted.active && find_mirrored(&d->hosted, &mirrored) &&
		!ms_has_row(MS_ALIASES, ms_key_build(MS_KEY_ADDRESS, d->address.domain, d->address.local)))
		d->hosted = mirrored;
}

/* The mailbox of that name, or the one that it is a sub-address of. */
static mailbox_state
find_mailbox_or_base(const ms_hosted *hosted, ms_span *local)
{
	mailbox_state mailbox = find_mailbox(hosted, *local);
	size_t		split = ms_local_part_split(*local, delimiters());

	if (mailbox != NO_MAILBOX || split == local->len)
		return mailbox;
	local->len = split;
	return find_mailbox(hosted, *local);
}

/*
 * Whether a destination hosted here would be refused if it were asked itself;
 * handing mail on to it would end in a bounce to the sender.
 */
static bool
is_refused(const destination *d)
{
	ms_span		local = d->address.local;

	return d->is_hosted &&
		(!d->hosted.active || find_mailbox_or_base(&d->hosted, &local) == SUSPENDED);
}

/* Whether the destination is the alias itself, be it by the name of a mirror. */
static bool
is_itself(const destination *d, const candidate *c, ms_key_class class)
{
	return class == MS_KEY_ADDRESS && d->is_hosted &&
		ms_span_equal(ms_hosted_name(&d->hosted), ms_hosted_name(c->hosted)) &&
		ms_span_equal(d->address.local, c->local);
}

static void
append_destination(const destination *d, bool propagate, const candidate *c, StringInfo out)
{
	bool		has_detail = ms_local_part_split(d->address.local, delimiters()) < d->address.local.len;

	propagate = propagate || (d->is_hosted && d->hosted.class != MS_RELAY);
	append_address(out, d->address.typed, propagate && !has_detail ? c->detail : nothing,
				   d->address.domain);
}

/*
 * Appends the active destinations of an alias.  A destination equal to the
 * alias itself is left to the caller, as *keeps_copy.  Returns whether the
 * alias has any row at all.
 */
static bool
append_destinations(ms_key_class class, const candidate *c, StringInfo out, bool *keeps_copy)
{
	struct varlena *alias = ms_key_build(class, ms_hosted_name(c->hosted), c->local);
	ms_scan		scan;
	bool		found;
	bool		any = false;

	for (found = ms_scan_begin(&scan, MS_ALIASES, PointerGetDatum(alias), GetActiveSnapshot());
		 found; found = ms_scan_next(&scan))
	{
		destination d;

		any = true;
		if (!ms_scan_bool(&scan, MS_ALIASES_ACTIVE))
			continue;
		read_destination(&scan, c, &d);
		if (is_itself(&d, c, class))
			*keeps_copy = true;
		else if (!is_refused(&d))
			append_destination(&d, ms_scan_bool(&scan, MS_ALIASES_PROPAGATE_DETAIL), c, out);
	}
	ms_scan_end(&scan);
	return any;
}

/* -------------------------------------------------------------------- steps */

/* An alias of that name, or a mailbox, or both. */
static step_result
try_address(const candidate *c, StringInfo out)
{
	mailbox_state mailbox = find_mailbox(c->hosted, c->local);
	bool		keeps_copy = mailbox == KEEPS_COPY;
	bool		is_alias;

	/* A mirror has no transport that could make smtpd say "later": the mail waits in the queue. */
	if (mailbox == SUSPENDED || (mailbox == DEFERRED && !c->by_mirror))
		return REFUSED;
	is_alias = append_destinations(MS_KEY_ADDRESS, c, out, &keeps_copy);
	if (mailbox != NO_MAILBOX && (keeps_copy || out->len == 0))
		append_address(out, c->local, c->detail, ms_hosted_name(c->hosted));
	if (out->len > 0)
		return ANSWERED;
	return is_alias ? REFUSED : NOT_THERE;
}

static step_result
try_catchall(const ms_hosted *hosted, StringInfo out)
{
	candidate	c = {hosted, nothing, nothing, false};
	bool		unused = false;

	if (!append_destinations(MS_KEY_CATCHALL, &c, out, &unused))
		return NOT_THERE;
	return out->len > 0 ? ANSWERED : REFUSED;
}

/*
 * The address in one domain, then what it is a sub-address of: also where an
 * alias of the whole name has nowhere to go, since smtpd asks for the base
 * itself next and cannot be told to refuse.
 */
static step_result
try_domain(const ms_question *question, const ms_hosted *hosted, StringInfo out)
{
	ms_span		local = ms_span_of(question->key.local, question->key.local_len);
	candidate	c = {hosted, local, nothing, hosted != &question->hosted};
	step_result whole = try_address(&c, out);
	step_result base;

	if (whole == ANSWERED || question->split == local.len)
		return whole;
	c.local.len = question->split;
	c.detail = ms_span_from(local, question->split);
	base = try_address(&c, out);
	return base == NOT_THERE ? whole : base;
}

bool
ms_resolve_alias(const ms_question *question, StringInfo out)
{
	const ms_hosted *hosted = &question->hosted;
	ms_hosted	mirrored;
	bool		mirrors = find_mirrored(hosted, &mirrored);
	step_result result;

	if (hosted->class == MS_RELAY)
		return false;
	result = try_domain(question, hosted, out);
	if (result == NOT_THERE && mirrors)
		result = mirrored.active ? try_domain(question, &mirrored, out) : REFUSED;
	if (result == NOT_THERE)
		result = try_catchall(hosted, out);
	if (result == NOT_THERE && mirrors)
		result = try_catchall(&mirrored, out);
	return result == ANSWERED;
}

/* ---------------------------------------------------------------- relocated */

static bool
append_new_address(const ms_hosted *hosted, ms_span local, StringInfo out)
{
	struct varlena *email = ms_key_build(MS_KEY_ADDRESS, ms_hosted_name(hosted), local);
	ms_scan		scan;

	if (ms_scan_begin(&scan, MS_RELOCATED, PointerGetDatum(email), GetActiveSnapshot()))
	{
		ms_key_view new = ms_scan_key(&scan, MS_RELOCATED_NEW_EMAIL);

		append_address(out, new.typed, nothing, new.domain);
	}
	ms_scan_end(&scan);
	return out->len > 0;
}

static bool
append_new_address_or_base(const ms_question *question, const ms_hosted *hosted, StringInfo out)
{
	ms_span		local = ms_span_of(question->key.local, question->key.local_len);
	ms_span		base = ms_span_of(local.data, question->split);

	return append_new_address(hosted, local, out) ||
		(base.len < local.len && append_new_address(hosted, base, out));
}

bool
ms_resolve_relocated(const ms_question *question, StringInfo out)
{
	ms_hosted	mirrored;

	if (question->hosted.class == MS_RELAY)
		return false;
	return append_new_address_or_base(question, &question->hosted, out) ||
		(find_mirrored(&question->hosted, &mirrored) &&
		 append_new_address_or_base(question, &mirrored, out));
}

/* ------------------------------------------------------------------ senders */

/* The login name of the mailbox that the address belongs to, if it is an active one. */
static void
append_login(const ms_hosted *hosted, ms_span local, StringInfo out)
{
	mailbox_state mailbox = find_mailbox_or_base(hosted, &local);

	if (hosted->active && mailbox != NO_MAILBOX && mailbox != SUSPENDED)
		append_address(out, local, nothing, ms_hosted_name(hosted));
}

/* The mailboxes among the destinations of an alias; whether there is such an alias. */
static bool
append_logins_of_alias(const ms_hosted *hosted, ms_span local, StringInfo out)
{
	candidate	c = {hosted, local, nothing, false};
	struct varlena *alias = ms_key_build(MS_KEY_ADDRESS, ms_hosted_name(hosted), local);
	ms_scan		scan;
	bool		found;
	bool		any = false;

	for (found = ms_scan_begin(&scan, MS_ALIASES, PointerGetDatum(alias), GetActiveSnapshot());
		 found; found = ms_scan_next(&scan))
	{
		destination d;

		any = true;
		if (!ms_scan_bool(&scan, MS_ALIASES_ACTIVE))
			continue;
		read_destination(&scan, &c, &d);
		if (d.is_hosted && !is_itself(&d, &c, MS_KEY_ADDRESS))
			append_login(&d.hosted, d.address.local, out);
	}
	ms_scan_end(&scan);
	return any;
}

/* Those of the address, and of an alias of the whole name or of the base; whether there is any. */
static bool
append_logins(const ms_question *question, const ms_hosted *hosted, StringInfo out)
{
	ms_span		local = ms_span_of(question->key.local, question->key.local_len);
	ms_span		base = ms_span_of(local.data, question->split);

	append_login(hosted, local, out);
	return append_logins_of_alias(hosted, local, out) ||
		(base.len < local.len && append_logins_of_alias(hosted, base, out)) || out->len > 0;
}

bool
ms_resolve_sender(const ms_question *question, StringInfo out)
{
	ms_hosted	mirrored;

	if (question->hosted.class != MS_RELAY &&
		!append_logins(question, &question->hosted, out) &&
		find_mirrored(&question->hosted, &mirrored))
		(void) append_logins(question, &mirrored, out);
	return out->len > 0;
}
