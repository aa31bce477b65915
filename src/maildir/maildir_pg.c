/*
 * maildir_pg.c
 *	  maildir_path's input and output, and the path of a home.
 */
#include "base/strict_type.h"

#include "maildir/maildir.h"
#include "utils/builtins.h"

static const ms_strict_type maildir_path = {"maildir_path", MS_MAILDIR_MAX, ms_maildir_parse};

static text *
span_to_text(ms_span s)
{
	return cstring_to_text_with_len(s.data, (int) s.len);
}

PG_FUNCTION_INFO_V1(ms_maildir_path_in);
Datum
ms_maildir_path_in(PG_FUNCTION_ARGS)
{
	return ms_strict_in(fcinfo, &maildir_path);
}

PG_FUNCTION_INFO_V1(ms_maildir_path_from_text);
Datum
ms_maildir_path_from_text(PG_FUNCTION_ARGS)
{
	return ms_strict_from_text(fcinfo, &maildir_path);
}

PG_FUNCTION_INFO_V1(ms_maildir_path_recv);
Datum
ms_maildir_path_recv(PG_FUNCTION_ARGS)
{
	return ms_strict_recv(fcinfo, &maildir_path);
}

PG_FUNCTION_INFO_V1(ms_maildir_path_out);
Datum
ms_maildir_path_out(PG_FUNCTION_ARGS)
{
	return ms_strict_out(fcinfo);
}

PG_FUNCTION_INFO_V1(ms_maildir_path_to_text);
Datum
ms_maildir_path_to_text(PG_FUNCTION_ARGS)
{
	return ms_strict_to_text(fcinfo);
}

PG_FUNCTION_INFO_V1(ms_maildir_path_send);
Datum
ms_maildir_path_send(PG_FUNCTION_ARGS)
{
	return ms_strict_send(fcinfo);
}

PG_FUNCTION_INFO_V1(ms_to_maildir_path);
Datum
ms_to_maildir_path(PG_FUNCTION_ARGS)
{
	return ms_strict_or_null(fcinfo, &maildir_path);
}

PG_FUNCTION_INFO_V1(ms_maildir_may_nest_sql);
Datum
ms_maildir_may_nest_sql(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ms_maildir_may_nest(MS_GETARG_SPAN(0)));
}

/* -------------------------------------------------------------------- homes */

static void
refuse_root(ms_span root)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the mail root must be an absolute path: \"%.*s\"", (int) root.len, root.data),
			 errdetail("Dovecot refuses a relative home."),
			 errhint("Begin it with a slash, as in /home/mail/.")));
}

PG_FUNCTION_INFO_V1(ms_home_path);
Datum
ms_home_path(PG_FUNCTION_ARGS)
{
	ms_span		root = MS_GETARG_SPAN(0);
	ms_span		path = MS_GETARG_SPAN(1);
	StringInfoData home;

	if (root.len == 0 || root.data[0] != '/')
		refuse_root(root);
	if (path.data[0] == '/')
		PG_RETURN_TEXT_P(span_to_text(path));
	while (root.len > 0 && root.data[root.len - 1] == '/')
		root.len--;
	initStringInfo(&home);
	appendBinaryStringInfo(&home, root.data, (int) root.len);
	appendStringInfoChar(&home, '/');
	appendBinaryStringInfo(&home, path.data, (int) path.len);
	PG_RETURN_TEXT_P(span_to_text(ms_span_of(home.data, home.len)));
}
