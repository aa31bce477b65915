/*
 * reply_spi.c
 *	  What Postfix makes of an address by what the lookups tell it.
 */
#include "route/reply.h"

#include "transport/transport.h"

/* Postfix's default of a transport without a nexthop. */
static const char undeliverable[] = "Address is undeliverable";

ms_objection
ms_smtpd_objects_to(ms_span local)
{
	size_t		i;

	if (local.len > 0 && local.data[0] == '-')
		return MS_BEGINS_WITH_HYPHEN;
	for (i = 0; i < local.len; i++)
	{
		if (strchr("@!%", local.data[i]) != NULL)
			return MS_LOOKS_ROUTED;
	}
	return MS_NO_OBJECTION;
}

/* Postfix asks for the address and, where that is not found, for what it is a sub-address of. */
static bool
finds(ms_question *question, ms_answer answer, StringInfo out)
{
	size_t		whole = question->key.local_len;
	bool		found = answer(question, out);

	if (!found && question->split < whole)
	{
		question->key.local_len = question->split;
		found = answer(question, out);
		question->key.local_len = whole;
	}
	return found;
}

static bool
is_known(ms_question *question, ms_answer answer)
{
	StringInfoData unused;

	initStringInfo(&unused);
	return finds(question, answer, &unused);
}

bool
ms_is_service(const char *transport, const char *service)
{
	size_t		len = ms_transport_service_len(ms_span_of_text(transport));

	return strlen(service) == len && memcmp(transport, service, len) == 0;
}

const char *
ms_nexthop(const char *transport)
{
	const char *colon = strchr(transport, ':');

	return colon != NULL && colon[1] != '\0' ? colon + 1 : NULL;
}

void
ms_postfix_transport(ms_question *question, StringInfo out)
{
	StringInfoData moved_to;

	initStringInfo(&moved_to);
	if (finds(question, ms_answer_relocated_maps, &moved_to))
		appendStringInfo(out, "error:5.1.6 User has moved to %s", moved_to.data);
	else if (ms_postfix_class(&question->hosted) == MS_VIRTUAL_ALIAS)
		appendStringInfoString(out, "error:5.1.1 User unknown in virtual alias table");
	else
		(void) finds(question, ms_answer_transport_maps, out);
}

/* The length of an enhanced status code (RFC 3463) that a text begins with, or 0. */
static size_t
status_code_len(const char *text)
{
	size_t		len = 0;
	int			part;

	if (strchr("245", text[0]) == NULL)
		return 0;
	for (part = 0; part < 3; part++)
	{
		size_t		digits = strspn(text + len, "0123456789");

		if (digits < 1 || digits > (part == 0 ? 1 : 3))
			return 0;
		len += digits;
		if (part < 2 && text[len++] != '.')
			return 0;
	}
	return text[len] == '\0' || text[len] == ' ' ? len : 0;
}

/* A reply with the words of a nexthop of error or retry; the class of its status code is that of the reply. */
static void
append_nexthop(StringInfo out, const char *code, const char *transport, const char *address)
{
	const char *nexthop = ms_nexthop(transport);
	const char *words = nexthop != NULL ? nexthop : undeliverable;
	size_t		status_len = status_code_len(words);
	const char *status = status_len > 0 ? words : "5.1.1";

	appendStringInfo(out, "%s %c%.*s <%s>: Recipient address rejected:", code, code[0],
					 (int) (status_len > 0 ? status_len : 5) - 1, status + 1, address);
	words += status_len;
	words += strspn(words, " ");
	if (*words != '\0')
		appendStringInfo(out, " %s", words);
}

static ms_verdict
refuse_unknown(StringInfo out, const char *address, const char *table)
{
	appendStringInfo(out, "550 5.1.1 <%s>: Recipient address rejected: User unknown in %s table", address, table);
	return MS_REFUSED;
}

/*
 * What check_recipient_access says: a code, a status code and words, if it is a
 * refusal.  A restriction class asks about the sender, who is not known here.
 */
static ms_verdict
reply_by_access(ms_question *question, const char *address, StringInfo out)
{
	StringInfoData access;
	const char *words;

	initStringInfo(&access);
	if (!ms_answer_check_recipient_access(question, &access) ||
		(access.data[0] != '4' && access.data[0] != '5'))
		return MS_ACCEPTED;
	words = access.data + strcspn(access.data, " ");
	words += strspn(words, " ");
	words += strcspn(words, " ");
	appendStringInfo(out, "%.*s <%s>: Recipient address rejected:%s", (int) (words - access.data), access.data,
					 address, words);
	return access.data[0] == '4' ? MS_DEFERRED : MS_REFUSED;
}

static ms_verdict
reply_about(ms_question *question, const char *address, StringInfo out)
{
	StringInfoData transport;
	ms_verdict	by_access = reply_by_access(question, address, out);

	if (by_access != MS_ACCEPTED)
		return by_access;
	if (is_known(question, ms_answer_virtual_alias_maps))
		return MS_ACCEPTED;
	initStringInfo(&transport);
	ms_postfix_transport(question, &transport);
	if (ms_is_service(transport.data, "error"))
	{
		append_nexthop(out, "550", transport.data, address);
		return MS_REFUSED;
	}
	if (ms_is_service(transport.data, "retry"))
	{
		append_nexthop(out, "450", transport.data, address);
		return MS_DEFERRED;
	}
	if (question->hosted.class == MS_RELAY && !is_known(question, ms_answer_relay_recipient_maps))
		return refuse_unknown(out, address, "relay recipient");
	if (question->hosted.class != MS_RELAY && !is_known(question, ms_answer_virtual_mailbox_maps))
		return refuse_unknown(out, address, "virtual mailbox");
	return MS_ACCEPTED;
}

ms_verdict
ms_smtpd_reply(ms_question *question, ms_span local, ms_span domain, StringInfo out)
{
	char	   *address = psprintf("%.*s@%.*s", (int) local.len, local.data, (int) domain.len, domain.data);
	ms_objection objection = ms_smtpd_objects_to(local);
	ms_verdict	verdict;

	if (objection == MS_BEGINS_WITH_HYPHEN)
	{
		appendStringInfoString(out, "501 5.1.3 Bad recipient address syntax");
		return MS_REFUSED;
	}
	if (question == NULL || objection == MS_LOOKS_ROUTED)
	{
		appendStringInfo(out, "554 5.7.1 <%s>: Relay access denied", address);
		return MS_REFUSED;
	}
	verdict = reply_about(question, address, out);
	if (verdict == MS_ACCEPTED)
		appendStringInfoString(out, "250 2.1.5 Ok");
	return verdict;
}
