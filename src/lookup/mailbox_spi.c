/*
 * mailbox_spi.c
 *	  The questions about a mailbox itself, and about a recipient in a relay
 *	  domain.
 */
#include "lookup/resolve.h"

static void
append_span(StringInfo out, ms_span s)
{
	appendBinaryStringInfo(out, s.data, (int) s.len);
}

/*
 * The row of the user that the address belongs to: no mailbox has a name with a
 * detail, so that it is the one of the base.
 */
static const ms_scan *
find_active_user(ms_question *question)
{
	const ms_scan *user = ms_find_user(&question->reader, &question->hosted, ms_question_base(question));
	ms_quota	unused;

	if (user == NULL)
		return ms_find_user_behind(&question->reader, &question->hosted, ms_question_local(question),
								   question->split, &unused);
	return ms_scan_bool(user, MS_USERS_ACTIVE) ? user : NULL;
}

bool
ms_answer_virtual_mailbox_maps(ms_question *question, StringInfo out)
{
	const ms_scan *user = find_active_user(question);

	if (user == NULL)
		return false;
	append_span(out, ms_scan_span(user, MS_USERS_MAILDIR));
	append_span(out, ms_scan_span(user, MS_USERS_MAIL_SUBDIRECTORY));
	return true;
}

static bool
answer_number(ms_question *question, int attribute, StringInfo out)
{
	const ms_scan *user = find_active_user(question);

	if (user == NULL)
		return false;
	appendStringInfo(out, "%d", ms_scan_int32(user, attribute));
	return true;
}

bool
ms_answer_virtual_uid_maps(ms_question *question, StringInfo out)
{
	return answer_number(question, MS_USERS_UID, out);
}

bool
ms_answer_virtual_gid_maps(ms_question *question, StringInfo out)
{
	return answer_number(question, MS_USERS_GID, out);
}

/* What keeps mail out: smtpd answers 550 or 450 with the reason at RCPT. */
static const struct
{
	const char *refuse;
	const char *defer;
}			told[] = {
	/* transport(5): mail that is in the queue bounces or waits, too */
	[MS_TOLD_BY_TRANSPORT] = {"error:5.2.1", "retry:4.2.1"},
	/* access(5) */
	[MS_TOLD_BY_REPLY] = {"550 5.2.1", "450 4.2.1"},
};

bool
ms_append_receive(StringInfo out, ms_told how, ms_receive receive, const char *reason)
{
	if (receive == MS_RECEIVE_ACCEPT)
		return false;
	if (receive == MS_RECEIVE_REFUSE)
		appendStringInfo(out, "%s %s", told[how].refuse, reason != NULL ? reason : "does not take mail");
	else
		appendStringInfo(out, "%s %s", told[how].defer, reason != NULL ? reason : "does not take mail for now");
	return true;
}

bool
ms_append_receive_of_user(StringInfo out, ms_told how, const ms_scan *user)
{
	ms_receive	receive = ms_receive_of(ms_scan_span(user, MS_USERS_RECEIVE));
	ms_span		reason;
	bool		has_reason = ms_scan_span_or_null(user, MS_USERS_RECEIVE_REASON, &reason);

	return ms_append_receive(out, how, receive, has_reason ? pnstrdup(reason.data, reason.len) : NULL);
}

/* That of the user, or that of the domain; the domain's also for an address that nobody has. */
static bool
append_transport(ms_question *question, const ms_hosted *hosted, StringInfo out)
{
	const ms_scan *user = NULL;

	if (ms_append_receive(out, MS_TOLD_BY_TRANSPORT, hosted->receive, hosted->receive_reason))
		return true;
	if (hosted->transport == NULL)
		return false;
	if (question->key.class == MS_KEY_ADDRESS)
		user = ms_find_user(&question->reader, hosted, ms_question_base(question));
	if (user == NULL || !ms_append_receive_of_user(out, MS_TOLD_BY_TRANSPORT, user))
		append_span(out, ms_transport_of(user, hosted).transport);
	return true;
}

/* A mirror has that of the domain that it mirrors. */
bool
ms_answer_transport_maps(ms_question *question, StringInfo out)
{
	ms_hosted	mirrored;

	return append_transport(question, &question->hosted, out) ||
		(ms_find_mirrored(&question->reader, &question->hosted, &mirrored) && mirrored.active &&
		 append_transport(question, &mirrored, out));
}

static bool
is_relay_recipient(ms_question *question, ms_key_class class, ms_span local)
{
	struct varlena *key = ms_key_build(class, ms_hosted_name(&question->hosted), local);

	return ms_read(&question->reader, MS_RELAY_RECIPIENTS, key) != NULL;
}

bool
ms_answer_relay_recipient_maps(ms_question *question, StringInfo out)
{
	ms_span		local = ms_question_local(question);
	ms_span		base = ms_question_base(question);

	if (question->hosted.class != MS_RELAY ||
		!(is_relay_recipient(question, MS_KEY_ADDRESS, local) ||
		  (base.len < local.len && is_relay_recipient(question, MS_KEY_ADDRESS, base)) ||
		  is_relay_recipient(question, MS_KEY_CATCHALL, MS_NO_SPAN)))
		return false;
	appendStringInfoString(out, ms_address_to_cstring(local, ms_hosted_name(&question->hosted)));
	return true;
}
