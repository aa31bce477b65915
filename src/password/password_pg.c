/*
 * password_pg.c
 *	  mail_password's input, output and accessors.
 */
#include "base/strict_type.h"

#include "password/password.h"
#include "utils/builtins.h"

#define TYPE_NAME "mail_password"

/* Of what is taken without a scheme, only this could be something else. */
static void
warn_of_guess(void)
{
	ereport(WARNING,
			(errmsg("a password of 32 hexadecimal digits is taken for {PLAIN-MD5}"),
			 errdetail("It has no scheme. md5() makes such hashes, and whoever gets one has the password soon."),
			 errhint("Write the scheme before the hash, or better store another: set_password() makes it."),
			 errhidestmt(true), errhidecontext(true)));
}

/* NULL after a fault. */
static text *
parse(ms_span in, ms_fault *fault)
{
	ms_password password;
	text	   *result;

	if (!ms_password_parse(in, &password, fault))
		return NULL;
	if (password.guessed)
		warn_of_guess();
	result = palloc(VARHDRSZ + MS_PASSWORD_MAX);
	SET_VARSIZE(result, VARHDRSZ + ms_password_write(&password, VARDATA(result)));
	return result;
}

static Datum
parse_or_report(ms_span in, struct Node *escontext)
{
	ms_fault	fault;
	text	   *result = parse(in, &fault);

	if (result == NULL)
		ms_report_secret_fault(escontext, TYPE_NAME, in, &fault);
	return PointerGetDatum(result);
}

PG_FUNCTION_INFO_V1(ms_mail_password_in);
Datum
ms_mail_password_in(PG_FUNCTION_ARGS)
{
	const char *in = PG_GETARG_CSTRING(0);

	return parse_or_report(ms_span_of_text(in), fcinfo->context);
}

PG_FUNCTION_INFO_V1(ms_mail_password_from_text);
Datum
ms_mail_password_from_text(PG_FUNCTION_ARGS)
{
	return parse_or_report(MS_GETARG_SPAN(0), fcinfo->context);
}

PG_FUNCTION_INFO_V1(ms_mail_password_recv);
Datum
ms_mail_password_recv(PG_FUNCTION_ARGS)
{
	return parse_or_report(ms_recv_versioned((StringInfo) PG_GETARG_POINTER(0), TYPE_NAME), NULL);
}

PG_FUNCTION_INFO_V1(ms_to_mail_password);
Datum
ms_to_mail_password(PG_FUNCTION_ARGS)
{
	ms_fault	unused;
	text	   *result = parse(MS_GETARG_SPAN(0), &unused);

	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(result);
}

PG_FUNCTION_INFO_V1(ms_mail_password_out);
Datum
ms_mail_password_out(PG_FUNCTION_ARGS)
{
	return ms_strict_out(fcinfo);
}

PG_FUNCTION_INFO_V1(ms_mail_password_to_text);
Datum
ms_mail_password_to_text(PG_FUNCTION_ARGS)
{
	return ms_strict_to_text(fcinfo);
}

PG_FUNCTION_INFO_V1(ms_mail_password_send);
Datum
ms_mail_password_send(PG_FUNCTION_ARGS)
{
	return ms_strict_send(fcinfo);
}

/* ---------------------------------------------------------------- accessors */

/* A stored value parses. */
static ms_password
stored(ms_span in)
{
	ms_password password;
	ms_fault	fault;

	if (!ms_password_parse(in, &password, &fault))
		elog(ERROR, "a stored password does not parse");
	return password;
}

PG_FUNCTION_INFO_V1(ms_password_scheme);
Datum
ms_password_scheme(PG_FUNCTION_ARGS)
{
	ms_password password = stored(MS_GETARG_SPAN(0));

	PG_RETURN_TEXT_P(cstring_to_text(password.scheme->name));
}

PG_FUNCTION_INFO_V1(ms_password_weakness_sql);
Datum
ms_password_weakness_sql(PG_FUNCTION_ARGS)
{
	ms_password password = stored(MS_GETARG_SPAN(0));
	const char *weakness = ms_password_weakness(&password);

	if (weakness == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(weakness));
}

PG_FUNCTION_INFO_V1(ms_password_strength);
Datum
ms_password_strength(PG_FUNCTION_ARGS)
{
	ms_password password = stored(MS_GETARG_SPAN(0));

	PG_RETURN_INT32(password.method->strength);
}

PG_FUNCTION_INFO_V1(ms_scheme_strength);
Datum
ms_scheme_strength(PG_FUNCTION_ARGS)
{
	const ms_scheme *scheme = ms_scheme_find(MS_GETARG_SPAN(0));

	if (!ms_scheme_is_stored(scheme))
		PG_RETURN_NULL();
	PG_RETURN_INT32(scheme->strength);
}
