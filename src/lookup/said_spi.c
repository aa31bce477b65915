/*
 * said_spi.c
 *	  What the operator has said of an address or of all of a domain: who gets
 *	  copies, and through which host its mail leaves.
 */
#include "lookup/resolve.h"

static const ms_scan *
find_by(ms_question *question, ms_access access, ms_key_class class, const ms_hosted *hosted, ms_span local)
{
	return ms_read(&question->reader, access, ms_key_build(class, ms_hosted_name(hosted), local));
}

static const ms_scan *
find_address(ms_question *question, ms_access access, const ms_hosted *hosted)
{
	ms_span		local = ms_question_local(question);
	ms_span		base = ms_question_base(question);
	const ms_scan *row = find_by(question, access, MS_KEY_ADDRESS, hosted, local);

	if (row == NULL && base.len < local.len)
		row = find_by(question, access, MS_KEY_ADDRESS, hosted, base);
	return row;
}

/* In the order of the resolver: the address, its base, either where it is mirrored, then @domain there and here. */
static const ms_scan *
find_said(ms_question *question, ms_access access)
{
	const ms_hosted *hosted = &question->hosted;
	ms_hosted	mirrored;
	bool		mirrors;
	const ms_scan *row = find_address(question, access, hosted);

	if (row != NULL)
		return row;
	mirrors = ms_find_mirrored(&question->reader, hosted, &mirrored);
	if (mirrors)
		row = find_address(question, access, &mirrored);
	if (row == NULL)
		row = find_by(question, access, MS_KEY_CATCHALL, hosted, MS_NO_SPAN);
	if (row == NULL && mirrors)
		row = find_by(question, access, MS_KEY_CATCHALL, &mirrored, MS_NO_SPAN);
	return row;
}

static bool
answer_address(ms_question *question, ms_access access, StringInfo out)
{
	const ms_scan *row = find_said(question, access);
	ms_key_view to;

	if (row == NULL)
		return false;
	to = ms_scan_key(row, MS_SAID_VALUE);
	ms_append_address(out, to.typed, to.domain);
	return true;
}

bool
ms_answer_recipient_bcc_maps(ms_question *question, StringInfo out)
{
	return answer_address(question, MS_RECIPIENT_BCC, out);
}

bool
ms_answer_sender_bcc_maps(ms_question *question, StringInfo out)
{
	return answer_address(question, MS_SENDER_BCC, out);
}

bool
ms_answer_sender_dependent_relayhost_maps(ms_question *question, StringInfo out)
{
	const ms_scan *row = find_said(question, MS_SENDER_RELAYHOSTS);
	ms_span		relayhost;

	if (row == NULL)
		return false;
	relayhost = ms_scan_span(row, MS_SAID_VALUE);
	appendBinaryStringInfo(out, relayhost.data, (int) relayhost.len);
	return true;
}
