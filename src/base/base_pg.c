/*
 * base_pg.c
 *	  The module's magic, and faults as the server's errors.
 */
#include "base/base.h"

#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"

PG_MODULE_MAGIC;

void		_PG_init(void);

/* Loaded by the first CREATE FUNCTION of the script, so this is what CREATE EXTENSION says. */
void
_PG_init(void)
{
	if (process_shared_preload_libraries_in_progress)
	{
		ms_clock_preload();
		return;
	}
	if (GetDatabaseEncoding() != PG_UTF8)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("mailstack needs a database with the encoding UTF8"),
				 errdetail("The encoding of this database is %s.", GetDatabaseEncodingName()),
				 errhint("CREATE DATABASE mail TEMPLATE template0 ENCODING 'UTF8'")));
}

/* Characters up to the fault, counted from 1; the input may not be valid UTF-8. */
static int
character_position(ms_span input, size_t offset)
{
	int			position = 1;
	size_t		i;

	for (i = 0; i < offset && i < input.len; i++)
		position += (input.data[i] & 0xC0) != 0x80;
	return position;
}

char *
ms_fault_in_words(ms_span input, const ms_fault *fault)
{
	char	   *rule = psprintf(ms_fault_rule(fault->code), fault->actual, fault->allowed);

	return psprintf("At character %d: %s", character_position(input, fault->offset), rule);
}

void
ms_report_fault(struct Node *escontext, const char *type_name,
				ms_span input, const ms_fault *fault)
{
	/* A hostile megabyte does not belong into a log line. */
	int			shown = pg_mbcliplen(input.data, (int) input.len, 400);
	const char *ellipsis = shown < (int) input.len ? "..." : "";
	const char *hint = ms_fault_hint(fault->code);

	ereturn(escontext,,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%.*s%s\"",
					type_name, shown, input.data, ellipsis),
			 errdetail("%s", ms_fault_in_words(input, fault)),
			 hint != NULL ? errhint("%s", hint) : 0));
}

void
ms_report_secret_fault(struct Node *escontext, const char *type_name,
					   ms_span input, const ms_fault *fault)
{
	const char *hint = ms_fault_hint(fault->code);

	ereturn(escontext,,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s", type_name),
			 errdetail("%s", ms_fault_in_words(input, fault)),
			 hint != NULL ? errhint("%s", hint) : 0,
			 errhidestmt(true), errhidecontext(true)));
}

ms_span
ms_recv_versioned(StringInfo buf, const char *type_name)
{
	int			version = pq_getmsgbyte(buf);
	int			nbytes;
	char	   *text;

	if (version != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("unsupported version %d of the binary form of type %s", version, type_name),
				 errdetail("This server knows version 1.")));
	text = pq_getmsgtext(buf, buf->len - buf->cursor, &nbytes);
	return ms_span_of(text, nbytes);
}

bytea *
ms_send_versioned(const char *text)
{
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, 1);
	pq_sendtext(&buf, text, strlen(text));
	return pq_endtypsend(&buf);
}
