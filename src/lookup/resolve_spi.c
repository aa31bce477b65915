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
} candidate;

typedef enum mailbox_state
{
	NO_MAILBOX,
	TAKES_NO_MAIL,				/* suspended, or delivered by error or retry */
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
refuses(ms_span transport)
{
	ms_span		service = ms_span_of(transport.data, ms_transport_service_len(transport));

	return ms_span_equal(service, ms_span_of("error", 5)) ||
		ms_span_equal(service, ms_span_of("retry", 5));
}

static mailbox_state
read_mailbox(const ms_scan *scan, const ms_hosted *hosted)
{
	ms_span		transport = ms_span_of(hosted->transport, strlen(hosted->transport));

	(void) ms_scan_span_or_null(scan, MS_USERS_TRANSPORT, &transport);
	if (!ms_scan_bool(scan, MS_USERS_ACTIVE) || refuses(transport))
		return TAKES_NO_MAIL;
	return ms_scan_bool(scan, MS_USERS_KEEP_COPY) ? KEEPS_COPY : FORWARDS;
}

static mailbox_state
find_mailbox(const ms_hosted *hosted, ms_span local)
{
	struct varlena *email;
	mailbox_state state = NO_MAILBOX;
	ms_scan		scan;

	if (hosted->class != MS_VIRTUAL_MAILBOX)
		return NO_MAILBOX;
	email = ms_key_build(MS_KEY_ADDRESS, ms_hosted_name(hosted), local);
	if (ms_scan_begin(&scan, MS_USERS, PointerGetDatum(email), GetActiveSnapshot()))
		state = read_mailbox(&scan, hosted);
	ms_scan_end(&scan);
	return state;
}

/* ------------------------------------------------------------- destinations */

/*
 * Whether a destination hosted here would be refused if it were asked itself;
 * handing mail on to it would end in a bounce to the sender.
 */
static bool
takes_no_mail(const ms_hosted *hosted, ms_span local)
{
	mailbox_state mailbox;
	size_t		split = ms_local_part_split(local, delimiters());

	if (!hosted->active)
		return true;
	mailbox = find_mailbox(hosted, local);
	if (mailbox == NO_MAILBOX && split < local.len)
		mailbox = find_mailbox(hosted, ms_span_of(local.data, split));
	return mailbox == TAKES_NO_MAIL;
}

/* Appends one destination, with the detail where it gets it. */
static void
append_destination(const ms_key_view *destination, bool propagate, const candidate *c, StringInfo out)
{
	bool		same_domain = ms_span_equal(destination->domain, ms_hosted_name(c->hosted));
	ms_hosted	found;
	const ms_hosted *hosted = c->hosted;
	bool		has_detail = ms_local_part_split(destination->local, delimiters()) < destination->local.len;

	if (!same_domain)
		hosted = ms_find_hosted(destination->domain, &found) ? &found : NULL;
	if (hosted != NULL && takes_no_mail(hosted, destination->local))
		return;
	propagate = propagate || (hosted != NULL && hosted->class != MS_RELAY);
	append_address(out, destination->typed, propagate && !has_detail ? c->detail : nothing,
				   destination->domain);
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
	ms_span		alias_key = ms_key_view_of(alias).key;
	ms_scan		scan;
	bool		found;
	bool		any = false;

	for (found = ms_scan_begin(&scan, MS_ALIASES, PointerGetDatum(alias), GetActiveSnapshot());
		 found; found = ms_scan_next(&scan))
	{
		ms_key_view destination;

		any = true;
		if (!ms_scan_bool(&scan, MS_ALIASES_ACTIVE))
			continue;
		destination = ms_scan_key(&scan, MS_ALIASES_EMAIL);
		if (ms_span_equal(destination.key, alias_key))
			*keeps_copy = true;
		else
			append_destination(&destination, ms_scan_bool(&scan, MS_ALIASES_PROPAGATE_DETAIL), c, out);
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

	if (mailbox == TAKES_NO_MAIL)
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
	candidate	c = {hosted, nothing, nothing};
	bool		unused = false;

	if (!append_destinations(MS_KEY_CATCHALL, &c, out, &unused))
		return NOT_THERE;
	return out->len > 0 ? ANSWERED : REFUSED;
}

/* The address in one domain, then what it is a sub-address of. */
static step_result
try_domain(const ms_question *question, const ms_hosted *hosted, StringInfo out)
{
	ms_span		local = ms_span_of(question->key.local, question->key.local_len);
	candidate	c = {hosted, local, nothing};
	step_result result = try_address(&c, out);

	if (result == NOT_THERE && question->split < local.len)
	{
		c.local.len = question->split;
		c.detail = ms_span_from(local, question->split);
		result = try_address(&c, out);
	}
	return result;
}

/* The domain that a domain mirrors, where it is active. */
static bool
find_mirrored(const ms_hosted *hosted, ms_hosted *out)
{
	return hosted->mirrored != NULL &&
		ms_find_hosted(ms_key_view_of(hosted->mirrored).domain, out) && out->active;
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
		result = try_domain(question, &mirrored, out);
	if (result == NOT_THERE)
		result = try_catchall(hosted, out);
	if (result == NOT_THERE && mirrors)
		result = try_catchall(&mirrored, out);
	return result == ANSWERED;
}

/* ------------------------------------------------------------------ senders */

/* The login name of the mailbox of that address, if it is an active one. */
static void
append_login(const ms_hosted *hosted, ms_span local, StringInfo out)
{
	mailbox_state mailbox = find_mailbox(hosted, local);

	if (mailbox == FORWARDS || mailbox == KEEPS_COPY)
		append_address(out, local, nothing, ms_hosted_name(hosted));
}

/* The mailboxes among the destinations of an alias; whether there is such an alias. */
static bool
append_logins_of_alias(const ms_hosted *hosted, ms_span local, StringInfo out)
{
	struct varlena *alias = ms_key_build(MS_KEY_ADDRESS, ms_hosted_name(hosted), local);
	ms_span		alias_key = ms_key_view_of(alias).key;
	ms_scan		scan;
	bool		found;
	bool		any = false;

	for (found = ms_scan_begin(&scan, MS_ALIASES, PointerGetDatum(alias), GetActiveSnapshot());
		 found; found = ms_scan_next(&scan))
	{
		ms_key_view destination = ms_scan_key(&scan, MS_ALIASES_EMAIL);
		ms_hosted	there;

		any = true;
		if (ms_scan_bool(&scan, MS_ALIASES_ACTIVE) && !ms_span_equal(destination.key, alias_key) &&
			ms_find_hosted(destination.domain, &there) && there.active)
			append_login(&there, destination.local, out);
	}
	ms_scan_end(&scan);
	return any;
}

/* Those of the address itself, then of what it is a sub-address of; whether there is either. */
static bool
append_logins(const ms_question *question, const ms_hosted *hosted, StringInfo out)
{
	ms_span		local = ms_span_of(question->key.local, question->key.local_len);

	for (;;)
	{
		append_login(hosted, local, out);
		if (append_logins_of_alias(hosted, local, out) || out->len > 0)
			return true;
		if (local.len == question->split)
			return false;
		local.len = question->split;
	}
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
