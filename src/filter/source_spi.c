/*
 * source_spi.c
 *	  What an operator is shown of filters, and what stands behind his words.
 */
#include "filter/served.h"

#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "schema/admin.h"
#include "sieve/sieve.h"

/* Of a script that compiles, so that it has a layout. */
static text *
formatted(ms_span script)
{
	size_t		len = ms_sieve_format(script, NULL, 0);
	text	   *result = palloc(VARHDRSZ + len);

	(void) ms_sieve_format(script, VARDATA(result), len);
	SET_VARSIZE(result, VARHDRSZ + len);
	return result;
}

PG_FUNCTION_INFO_V1(ms_sieve_source);
Datum
ms_sieve_source(PG_FUNCTION_ARGS)
{
	ms_reader	reader;
	ms_span		name;
	ms_span		script;
	struct varlena *owner;

	ms_refuse_null(fcinfo, 0, "owner");
	name = MS_GETARG_SPAN(0);
	owner = ms_owner_named(name);
	ms_reader_begin(&reader, GetActiveSnapshot());
	script = ms_filters_script_for(&reader, owner);
	ms_reader_end(&reader);
	if (script.len == 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(formatted(script));
}

/* A domain may be given without the @ of the column. */
PG_FUNCTION_INFO_V1(ms_filter_sender);
Datum
ms_filter_sender(PG_FUNCTION_ARGS)
{
	ms_span		name = MS_GETARG_SPAN(0);
	struct varlena *key = ms_key_from_text(name);
	ms_key_view view = ms_key_view_of(key);

	if (view.class == MS_KEY_DOMAIN)
		key = ms_key_build(MS_KEY_CATCHALL, view.domain, MS_NO_SPAN);
	else if (view.class != MS_KEY_ADDRESS && view.class != MS_KEY_CATCHALL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%.*s\" is no sender", (int) name.len, name.data),
				 errhint("Give an address, or a domain for all of its addresses.")));
	PG_RETURN_POINTER(key);
}
