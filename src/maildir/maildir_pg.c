/*
 * maildir_pg.c
 *	  maildir_path's input and output, and the path of a home.
 *
 * A stored maildir_path is a varlena that holds its canonical text and nothing
 * else: it compares and hashes as bytea does, with the server's own functions.
 */
#include "base/base.h"

#include "maildir/maildir.h"
#include "utils/builtins.h"

static text *
span_to_text(ms_span s)
{
	return cstring_to_text_with_len(s.data, (int) s.len);
}

/* Returns NULL after a soft error. */
static text *
parse(ms_span in, struct Node *escontext)
{
	char		path[MS_MAILDIR_MAX];
	size_t		len;
	ms_fault	fault;

	if (ms_maildir_parse(in, path, sizeof(path), &len, &fault))
		return span_to_text(ms_span_of(path, len));
	ms_report_fault(escontext, "maildir_path", in, &fault);
	return NULL;
}

PG_FUNCTION_INFO_V1(ms_maildir_path_in);
Datum
ms_maildir_path_in(PG_FUNCTION_ARGS)
{
	const char *path = PG_GETARG_CSTRING(0);

	PG_RETURN_TEXT_P(parse(ms_span_of(path, strlen(path)), fcinfo->context));
}

PG_FUNCTION_INFO_V1(ms_maildir_path_from_text);
Datum
ms_maildir_path_from_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(parse(MS_GETARG_SPAN(0), fcinfo->context));
}

PG_FUNCTION_INFO_V1(ms_maildir_path_recv);
Datum
ms_maildir_path_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(parse(ms_recv_versioned((StringInfo) PG_GETARG_POINTER(0), "maildir_path"),
						   NULL));
}

PG_FUNCTION_INFO_V1(ms_maildir_path_out);
Datum
ms_maildir_path_out(PG_FUNCTION_ARGS)
{
	ms_span		path = MS_GETARG_SPAN(0);

	PG_RETURN_CSTRING(pnstrdup(path.data, path.len));
}

PG_FUNCTION_INFO_V1(ms_maildir_path_to_text);
Datum
ms_maildir_path_to_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(span_to_text(MS_GETARG_SPAN(0)));
}

PG_FUNCTION_INFO_V1(ms_maildir_path_send);
Datum
ms_maildir_path_send(PG_FUNCTION_ARGS)
{
	ms_span		path = MS_GETARG_SPAN(0);

	PG_RETURN_BYTEA_P(ms_send_versioned(pnstrdup(path.data, path.len)));
}

PG_FUNCTION_INFO_V1(ms_to_maildir_path);
Datum
ms_to_maildir_path(PG_FUNCTION_ARGS)
{
	char		path[MS_MAILDIR_MAX];
	size_t		len;
	ms_fault	unused;

	if (!ms_maildir_parse(MS_GETARG_SPAN(0), path, sizeof(path), &len, &unused))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(span_to_text(ms_span_of(path, len)));
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
