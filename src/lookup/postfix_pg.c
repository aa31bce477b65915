/*
 * postfix_pg.c
 *	  The questions of Postfix, each named after the main.cf parameter or the
 *	  restriction whose pgsql: map asks it (postconf(5), pgsql_table(5)).
 */
#include "lookup/lookup.h"

#include "catalog/namespace.h"
#include "mb/pg_wchar.h"
#include "executor/executor.h"
#include "nodes/execnodes.h"
#include "utils/builtins.h"

static bool
is_ascii(const char *text, size_t len)
{
	size_t		i;

	for (i = 0; i < len; i++)
	{
		if (text[i] & 0x80)
			return false;
	}
	return true;
}

bool
ms_client_can_read(const char *text, size_t len)
{
	int			client = pg_get_client_encoding();
	Oid			conversion;
	char	   *buffer;
	int			size;

	if (client == PG_UTF8 || client == PG_SQL_ASCII || is_ascii(text, len))
		return true;
	conversion = FindDefaultConversionProc(PG_UTF8, client);
	if (!OidIsValid(conversion))
		return false;
	size = (int) len * MAX_CONVERSION_GROWTH + 1;
	buffer = palloc(size);
	return pg_do_encoding_conversion_buf(conversion, PG_UTF8, client, (unsigned char *) text,
										 (int) len, (unsigned char *) buffer, size, true) == (int) len;
}

/*
 * A set of at most one row, by the protocol of one value per call: the first
 * call returns the row and leaves a mark, the second takes the mark away and
 * ends the set.  "No" ends it at once, so that no NULL is ever sent.
 */
static void
forget_row(Datum flinfo)
{
	((FmgrInfo *) DatumGetPointer(flinfo))->fn_extra = NULL;
}

static Datum
no_row(FunctionCallInfo fcinfo)
{
	((ReturnSetInfo *) fcinfo->resultinfo)->isDone = ExprEndResult;
	PG_RETURN_NULL();
}

static Datum
one_row(FunctionCallInfo fcinfo, const char *text, size_t len)
{
	ReturnSetInfo *set = (ReturnSetInfo *) fcinfo->resultinfo;

	if (!ms_client_can_read(text, len))
		return no_row(fcinfo);
	set->isDone = ExprMultipleResult;
	fcinfo->flinfo->fn_extra = fcinfo->flinfo;
	/* A caller that does not come back for the end, under LIMIT say, starts anew later. */
	RegisterExprContextCallback(set->econtext, forget_row, PointerGetDatum(fcinfo->flinfo));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(text, (int) len));
}

/* Whether this call is for the end of the set. */
static bool
row_was_returned(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *set = (ReturnSetInfo *) fcinfo->resultinfo;

	if (set == NULL || !IsA(set, ReturnSetInfo))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("set-valued function called in context that cannot accept a set")));
	if (fcinfo->flinfo->fn_extra == NULL)
		return false;
	UnregisterExprContextCallback(set->econtext, forget_row, PointerGetDatum(fcinfo->flinfo));
	fcinfo->flinfo->fn_extra = NULL;
	return true;
}

static Datum
answer(FunctionCallInfo fcinfo, int classes, ms_answer find)
{
	StringInfoData out;

	if (row_was_returned(fcinfo))
		return no_row(fcinfo);
	initStringInfo(&out);
	if (!ms_ask(MS_GETARG_SPAN(0), classes, find, &out))
		return no_row(fcinfo);
	return one_row(fcinfo, out.data, out.len);
}

/* ------------------------------------------------------------------ domains */

static bool
answer_class(ms_question *question, StringInfo out, ms_class class)
{
	ms_span		name = ms_hosted_name(&question->hosted);

	if (ms_postfix_class(&question->hosted) != class)
		return false;
	appendBinaryStringInfo(out, name.data, (int) name.len);
	return true;
}

static bool
is_virtual_mailbox(ms_question *question, StringInfo out)
{
	return answer_class(question, out, MS_VIRTUAL_MAILBOX);
}

static bool
is_virtual_alias(ms_question *question, StringInfo out)
{
	return answer_class(question, out, MS_VIRTUAL_ALIAS);
}

static bool
is_relay(ms_question *question, StringInfo out)
{
	return answer_class(question, out, MS_RELAY);
}

PG_FUNCTION_INFO_V1(ms_postfix_virtual_mailbox_domains);
Datum
ms_postfix_virtual_mailbox_domains(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, MS_ASKED_AS(MS_KEY_DOMAIN), is_virtual_mailbox);
}

PG_FUNCTION_INFO_V1(ms_postfix_virtual_alias_domains);
Datum
ms_postfix_virtual_alias_domains(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, MS_ASKED_AS(MS_KEY_DOMAIN), is_virtual_alias);
}

PG_FUNCTION_INFO_V1(ms_postfix_relay_domains);
Datum
ms_postfix_relay_domains(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, MS_ASKED_AS(MS_KEY_DOMAIN), is_relay);
}

/* ---------------------------------------------------------------- addresses */

PG_FUNCTION_INFO_V1(ms_postfix_virtual_mailbox_maps);
Datum
ms_postfix_virtual_mailbox_maps(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, MS_ASKED_AS(MS_KEY_ADDRESS), ms_answer_virtual_mailbox_maps);
}

PG_FUNCTION_INFO_V1(ms_postfix_virtual_uid_maps);
Datum
ms_postfix_virtual_uid_maps(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, MS_ASKED_AS(MS_KEY_ADDRESS), ms_answer_virtual_uid_maps);
}

PG_FUNCTION_INFO_V1(ms_postfix_virtual_gid_maps);
Datum
ms_postfix_virtual_gid_maps(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, MS_ASKED_AS(MS_KEY_ADDRESS), ms_answer_virtual_gid_maps);
}

PG_FUNCTION_INFO_V1(ms_postfix_virtual_alias_maps);
Datum
ms_postfix_virtual_alias_maps(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, MS_ASKED_AS(MS_KEY_ADDRESS), ms_answer_virtual_alias_maps);
}

PG_FUNCTION_INFO_V1(ms_postfix_smtpd_sender_login_maps);
Datum
ms_postfix_smtpd_sender_login_maps(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, MS_ASKED_AS(MS_KEY_ADDRESS), ms_answer_smtpd_sender_login_maps);
}

PG_FUNCTION_INFO_V1(ms_postfix_check_recipient_access);
Datum
ms_postfix_check_recipient_access(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, MS_ASKED_AS(MS_KEY_ADDRESS), ms_answer_check_recipient_access);
}

PG_FUNCTION_INFO_V1(ms_postfix_recipient_bcc_maps);
Datum
ms_postfix_recipient_bcc_maps(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, MS_ASKED_AS(MS_KEY_ADDRESS), ms_answer_recipient_bcc_maps);
}

PG_FUNCTION_INFO_V1(ms_postfix_sender_bcc_maps);
Datum
ms_postfix_sender_bcc_maps(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, MS_ASKED_AS(MS_KEY_ADDRESS), ms_answer_sender_bcc_maps);
}

PG_FUNCTION_INFO_V1(ms_postfix_sender_dependent_relayhost_maps);
Datum
ms_postfix_sender_dependent_relayhost_maps(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, MS_ASKED_AS(MS_KEY_ADDRESS), ms_answer_sender_dependent_relayhost_maps);
}

PG_FUNCTION_INFO_V1(ms_postfix_list_senders);
Datum
ms_postfix_list_senders(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	if (row_was_returned(fcinfo))
		return no_row(fcinfo);
	initStringInfo(&out);
	if (!ms_ask_list_senders(MS_GETARG_SPAN(0), &out))
		return no_row(fcinfo);
	return one_row(fcinfo, out.data, out.len);
}

PG_FUNCTION_INFO_V1(ms_postfix_check_sasl_access);
Datum
ms_postfix_check_sasl_access(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, MS_ASKED_AS(MS_KEY_ADDRESS), ms_answer_check_sasl_access);
}

PG_FUNCTION_INFO_V1(ms_postfix_relocated_maps);
Datum
ms_postfix_relocated_maps(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, MS_ASKED_AS(MS_KEY_ADDRESS), ms_answer_relocated_maps);
}

PG_FUNCTION_INFO_V1(ms_postfix_relay_recipient_maps);
Datum
ms_postfix_relay_recipient_maps(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, MS_ASKED_AS(MS_KEY_ADDRESS), ms_answer_relay_recipient_maps);
}

PG_FUNCTION_INFO_V1(ms_postfix_transport_maps);
Datum
ms_postfix_transport_maps(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, MS_ASKED_AS(MS_KEY_ADDRESS) | MS_ASKED_AS(MS_KEY_DOMAIN),
				  ms_answer_transport_maps);
}
