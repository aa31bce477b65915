/*
 * postfix_pg.c
 *	  The questions of Postfix, each named after the main.cf parameter whose
 *	  pgsql: map asks it (postconf(5), pgsql_table(5)).
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
key_row(FunctionCallInfo fcinfo, const struct varlena *key)
{
	ms_key_view view = ms_key_view_of(key);
	char	   *text = ms_key_to_cstring(&view);

	return one_row(fcinfo, text, strlen(text));
}

/* ------------------------------------------------------------------ domains */

static Datum
domain_of_class(FunctionCallInfo fcinfo, ms_class class)
{
	ms_question question;

	if (row_was_returned(fcinfo) ||
		!ms_ask(MS_GETARG_SPAN(0), MS_KEY_DOMAIN, &question) || question.hosted.class != class)
		return no_row(fcinfo);
	return key_row(fcinfo, question.hosted.domain);
}

PG_FUNCTION_INFO_V1(ms_postfix_virtual_mailbox_domains);
Datum
ms_postfix_virtual_mailbox_domains(PG_FUNCTION_ARGS)
{
	return domain_of_class(fcinfo, MS_VIRTUAL_MAILBOX);
}

PG_FUNCTION_INFO_V1(ms_postfix_virtual_alias_domains);
Datum
ms_postfix_virtual_alias_domains(PG_FUNCTION_ARGS)
{
	return domain_of_class(fcinfo, MS_VIRTUAL_ALIAS);
}

PG_FUNCTION_INFO_V1(ms_postfix_relay_domains);
Datum
ms_postfix_relay_domains(PG_FUNCTION_ARGS)
{
	return domain_of_class(fcinfo, MS_RELAY);
}

/* ---------------------------------------------------------------- mailboxes */

/* Opens the row of the active user that the address belongs to. */
static bool
find_active_user(FunctionCallInfo fcinfo, ms_question *question, ms_scan *scan)
{
	if (row_was_returned(fcinfo) ||
		!ms_ask(MS_GETARG_SPAN(0), MS_KEY_ADDRESS, question) ||
		question->hosted.class != MS_VIRTUAL_MAILBOX)
		return false;
	if (ms_find_user(question, scan) && ms_scan_bool(scan, MS_USERS_ACTIVE))
		return true;
	ms_scan_end(scan);
	return false;
}

PG_FUNCTION_INFO_V1(ms_postfix_virtual_mailbox_maps);
Datum
ms_postfix_virtual_mailbox_maps(PG_FUNCTION_ARGS)
{
	ms_question question;
	ms_scan		scan;
	ms_span		maildir;
	ms_span		subdirectory;
	StringInfoData path;

	if (!find_active_user(fcinfo, &question, &scan))
		return no_row(fcinfo);
	maildir = ms_scan_span(&scan, MS_USERS_MAILDIR);
	subdirectory = ms_scan_span(&scan, MS_USERS_MAIL_SUBDIRECTORY);
	initStringInfo(&path);
	appendBinaryStringInfo(&path, maildir.data, (int) maildir.len);
	appendBinaryStringInfo(&path, subdirectory.data, (int) subdirectory.len);
	ms_scan_end(&scan);
	return one_row(fcinfo, path.data, path.len);
}

static Datum
user_number(FunctionCallInfo fcinfo, int attribute)
{
	ms_question question;
	ms_scan		scan;
	char	   *number;

	if (!find_active_user(fcinfo, &question, &scan))
		return no_row(fcinfo);
	number = psprintf("%d", ms_scan_int32(&scan, attribute));
	ms_scan_end(&scan);
	return one_row(fcinfo, number, strlen(number));
}

PG_FUNCTION_INFO_V1(ms_postfix_virtual_uid_maps);
Datum
ms_postfix_virtual_uid_maps(PG_FUNCTION_ARGS)
{
	return user_number(fcinfo, MS_USERS_UID);
}

PG_FUNCTION_INFO_V1(ms_postfix_virtual_gid_maps);
Datum
ms_postfix_virtual_gid_maps(PG_FUNCTION_ARGS)
{
	return user_number(fcinfo, MS_USERS_GID);
}

/* ------------------------------------------------------------------ aliases */

typedef bool (*resolver) (const ms_question *question, StringInfo out);

static Datum
resolved(FunctionCallInfo fcinfo, resolver resolve)
{
	ms_question question;
	StringInfoData out;

	if (row_was_returned(fcinfo) || !ms_ask(MS_GETARG_SPAN(0), MS_KEY_ADDRESS, &question))
		return no_row(fcinfo);
	initStringInfo(&out);
	if (!resolve(&question, &out))
		return no_row(fcinfo);
	return one_row(fcinfo, out.data, out.len);
}

PG_FUNCTION_INFO_V1(ms_postfix_virtual_alias_maps);
Datum
ms_postfix_virtual_alias_maps(PG_FUNCTION_ARGS)
{
	return resolved(fcinfo, ms_resolve_alias);
}

PG_FUNCTION_INFO_V1(ms_postfix_smtpd_sender_login_maps);
Datum
ms_postfix_smtpd_sender_login_maps(PG_FUNCTION_ARGS)
{
	return resolved(fcinfo, ms_resolve_sender);
}

PG_FUNCTION_INFO_V1(ms_postfix_relocated_maps);
Datum
ms_postfix_relocated_maps(PG_FUNCTION_ARGS)
{
	return resolved(fcinfo, ms_resolve_relocated);
}

/* ---------------------------------------------------------------- transport */

/* A user's own transport, or that of the domain; the latter also for an address that nobody has. */
PG_FUNCTION_INFO_V1(ms_postfix_transport_maps);
Datum
ms_postfix_transport_maps(PG_FUNCTION_ARGS)
{
	ms_span		key = MS_GETARG_SPAN(0);
	ms_question question;
	ms_scan		scan;
	ms_span		own;
	char	   *transport;

	if (row_was_returned(fcinfo) ||
		(!ms_ask(key, MS_KEY_ADDRESS, &question) && !ms_ask(key, MS_KEY_DOMAIN, &question)))
		return no_row(fcinfo);
	transport = question.hosted.transport;
	if (question.key.class == MS_KEY_ADDRESS && question.hosted.class == MS_VIRTUAL_MAILBOX)
	{
		if (ms_find_user(&question, &scan) && ms_scan_span_or_null(&scan, MS_USERS_TRANSPORT, &own))
			transport = pnstrdup(own.data, own.len);
		ms_scan_end(&scan);
	}
	if (transport == NULL)
		return no_row(fcinfo);
	return one_row(fcinfo, transport, strlen(transport));
}

/* -------------------------------------------------------------------- relay */

static bool
is_relay_recipient(ms_key_class class, ms_span domain, ms_span local)
{
	return ms_has_row(MS_RELAY_RECIPIENTS, ms_key_build(class, domain, local));
}

PG_FUNCTION_INFO_V1(ms_postfix_relay_recipient_maps);
Datum
ms_postfix_relay_recipient_maps(PG_FUNCTION_ARGS)
{
	ms_question question;
	ms_span		domain;
	ms_span		local;
	ms_span		base;

	if (row_was_returned(fcinfo) ||
		!ms_ask(MS_GETARG_SPAN(0), MS_KEY_ADDRESS, &question) || question.hosted.class != MS_RELAY)
		return no_row(fcinfo);
	domain = ms_hosted_name(&question.hosted);
	local = ms_span_of(question.key.local, question.key.local_len);
	base = ms_span_of(local.data, question.split);
	if (is_relay_recipient(MS_KEY_ADDRESS, domain, local) ||
		(base.len < local.len && is_relay_recipient(MS_KEY_ADDRESS, domain, base)) ||
		is_relay_recipient(MS_KEY_CATCHALL, domain, ms_span_of("", 0)))
		return key_row(fcinfo, ms_key_build(MS_KEY_ADDRESS, domain, local));
	return no_row(fcinfo);
}
