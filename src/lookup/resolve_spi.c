/*
 * resolve_spi.c
 *	  Where mail for an address goes.  One order, in one place:
 *
 *	exact alias > mailbox > base of a sub-address > mirrored domain > catch-all
 *
 * An address that is there but must be refused ends the search with no answer:
 * smtpd accepts a recipient as soon as the alias map answers anything.
 */
#include "lookup/lookup.h"

#include "utils/snapmgr.h"

typedef enum step_result
{
	NOT_THERE,					/* go on to the next step */
	REFUSED,					/* there, but to be refused: end without an answer */
	ANSWERED
} step_result;

/* One address as a step looks for it: local without the detail, the detail with its delimiter. */
typedef struct candidate
{
	ms_span		domain;
	ms_span		local;
	ms_span		detail;
	bool		has_mailboxes;	/* the class of the domain lets it have users */
} candidate;

typedef enum mailbox_state
{
	NO_MAILBOX,
	SUSPENDED,
	FORWARDS,					/* active; with an alias it keeps no copy */
	KEEPS_COPY
} mailbox_state;

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

static mailbox_state
find_mailbox(const candidate *c)
{
	struct varlena *email;
	mailbox_state state = NO_MAILBOX;
	ms_scan		scan;

	if (!c->has_mailboxes)
		return NO_MAILBOX;
	email = ms_key_build(MS_KEY_ADDRESS, c->domain, c->local);
	if (ms_scan_begin(&scan, MS_USERS, PointerGetDatum(email), GetActiveSnapshot()))
	{
		if (!ms_scan_bool(&scan, MS_USERS_ACTIVE))
			state = SUSPENDED;
		else
			state = ms_scan_bool(&scan, MS_USERS_KEEP_COPY) ? KEEPS_COPY : FORWARDS;
	}
	ms_scan_end(&scan);
	return state;
}

static bool
is_hosted_mail_domain(ms_span domain, const candidate *c)
{
	ms_hosted	hosted;

	return ms_span_equal(domain, c->domain) ||
		(ms_find_hosted(domain, &hosted) && hosted.class != MS_RELAY);
}

/* The detail that a destination gets: none where it has one of its own. */
static ms_span
detail_for(const ms_key_view *destination, bool propagate, const candidate *c)
{
	const char *delimiter = ms_settings_get()->recipient_delimiter;
	ms_span		none = {"", 0};

	if (c->detail.len == 0 ||
		ms_local_part_split(destination->local, ms_span_of(delimiter, strlen(delimiter))) < destination->local.len)
		return none;
	if (propagate || is_hosted_mail_domain(destination->domain, c))
		return c->detail;
	return none;
}

/*
 * Appends the active destinations of an alias.  A destination equal to the
 * alias itself is left to the caller, as *keeps_copy.  Returns whether the
 * alias has any row at all.
 */
static bool
append_destinations(ms_key_class class, const candidate *c, StringInfo out, bool *keeps_copy)
{
	struct varlena *alias = ms_key_build(class, c->domain, c->local);
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
			append_address(out, destination.typed,
						   detail_for(&destination, ms_scan_bool(&scan, MS_ALIASES_PROPAGATE_DETAIL), c),
						   destination.domain);
	}
	ms_scan_end(&scan);
	return any;
}

/* An alias of that name, or a mailbox, or both. */
static step_result
try_address(const candidate *c, StringInfo out)
{
	mailbox_state mailbox = find_mailbox(c);
	bool		keeps_copy = mailbox == KEEPS_COPY;
	bool		is_alias;

	if (mailbox == SUSPENDED)
		return REFUSED;
	is_alias = append_destinations(MS_KEY_ADDRESS, c, out, &keeps_copy);
	if (mailbox != NO_MAILBOX && (keeps_copy || out->len == 0))
		append_address(out, c->local, c->detail, c->domain);
	if (out->len > 0)
		return ANSWERED;
	return is_alias ? REFUSED : NOT_THERE;
}

static step_result
try_catchall(ms_span domain, StringInfo out)
{
	candidate	c = {domain, {"", 0}, {"", 0}, false};
	bool		unused = false;

	if (!append_destinations(MS_KEY_CATCHALL, &c, out, &unused))
		return NOT_THERE;
	return out->len > 0 ? ANSWERED : REFUSED;
}

/* The address in one domain, then what it is a sub-address of. */
static step_result
try_domain(const ms_question *question, ms_span domain, bool has_mailboxes, StringInfo out)
{
	ms_span		local = ms_span_of(question->key.local, question->key.local_len);
	candidate	c = {domain, local, {"", 0}, has_mailboxes};
	step_result result = try_address(&c, out);

	if (result == NOT_THERE && question->split < local.len)
	{
		c.local.len = question->split;
		c.detail = ms_span_from(local, question->split);
		result = try_address(&c, out);
	}
	return result;
}

bool
ms_resolve_alias(const ms_question *question, StringInfo out)
{
	const ms_hosted *hosted = &question->hosted;
	ms_span		domain = ms_key_view_of(hosted->domain).domain;
	ms_hosted	mirrored;
	bool		mirrors;
	step_result result;

	if (hosted->class == MS_RELAY)
		return false;
	result = try_domain(question, domain, hosted->class == MS_VIRTUAL_MAILBOX, out);
	if (result != NOT_THERE)
		return result == ANSWERED;
	mirrors = hosted->mirrored != NULL &&
		ms_find_hosted(ms_key_view_of(hosted->mirrored).domain, &mirrored);
	if (mirrors)
		result = try_domain(question, ms_key_view_of(mirrored.domain).domain,
							mirrored.class == MS_VIRTUAL_MAILBOX, out);
	if (result == NOT_THERE)
		result = try_catchall(domain, out);
	if (result == NOT_THERE && mirrors)
		result = try_catchall(ms_key_view_of(mirrored.domain).domain, out);
	return result == ANSWERED;
}

/* ------------------------------------------------------------------ senders */

/* The login name of the mailbox that an address belongs to, if it is an active one. */
static void
append_login(ms_span domain, ms_span local, StringInfo out)
{
	candidate	c = {domain, local, {"", 0}, true};
	mailbox_state mailbox = find_mailbox(&c);

	if (mailbox == FORWARDS || mailbox == KEEPS_COPY)
		append_address(out, local, c.detail, domain);
}

/* The mailboxes among the destinations of an alias. */
static bool
append_logins_of_alias(ms_span domain, ms_span local, StringInfo out)
{
	struct varlena *alias = ms_key_build(MS_KEY_ADDRESS, domain, local);
	ms_span		alias_key = ms_key_view_of(alias).key;
	ms_scan		scan;
	bool		found;
	bool		any = false;

	for (found = ms_scan_begin(&scan, MS_ALIASES, PointerGetDatum(alias), GetActiveSnapshot());
		 found; found = ms_scan_next(&scan))
	{
		ms_key_view destination = ms_scan_key(&scan, MS_ALIASES_EMAIL);

		any = true;
		if (ms_scan_bool(&scan, MS_ALIASES_ACTIVE) && !ms_span_equal(destination.key, alias_key))
			append_login(destination.domain, destination.local, out);
	}
	ms_scan_end(&scan);
	return any;
}

/* The mailbox of the address, and those that an alias of the same name leads to. */
static bool
append_logins(ms_span domain, ms_span local, StringInfo out)
{
	append_login(domain, local, out);
	return append_logins_of_alias(domain, local, out) || out->len > 0;
}

bool
ms_resolve_sender(const ms_question *question, StringInfo out)
{
	ms_span		local = ms_span_of(question->key.local, question->key.local_len);
	ms_span		base = ms_span_of(local.data, question->split);
	ms_hosted	hosted = question->hosted;
	ms_span		domain = ms_key_view_of(hosted.domain).domain;

	if (hosted.class == MS_RELAY)
		return false;
	if (append_logins(domain, local, out) ||
		(base.len < local.len && append_logins(domain, base, out)))
		return out->len > 0;
	if (hosted.mirrored == NULL ||
		!ms_find_hosted(ms_key_view_of(hosted.mirrored).domain, &hosted))
		return false;
	domain = ms_key_view_of(hosted.domain).domain;
	if (!append_logins(domain, local, out) && base.len < local.len)
		(void) append_logins(domain, base, out);
	return out->len > 0;
}
