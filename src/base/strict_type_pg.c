/*
 * strict_type_pg.c
 *	  The functions of strict_type.h.
 */
#include "base/strict_type.h"

#include "utils/builtins.h"

/* NULL after a fault, which is reported unless the caller takes it. */
static text *
parse(ms_span in, const ms_strict_type *type, ms_fault *fault)
{
	size_t		cap = Min(in.len + 1, type->max);
	text	   *result = palloc(VARHDRSZ + cap);
	size_t		len;

	if (!type->parse(in, VARDATA(result), cap, &len, fault))
	{
		pfree(result);
		return NULL;
	}
	SET_VARSIZE(result, VARHDRSZ + len);
	return result;
}

static Datum
parse_or_report(ms_span in, const ms_strict_type *type, struct Node *escontext)
{
	ms_fault	fault;
	text	   *result = parse(in, type, &fault);

	if (result == NULL)
		ms_report_fault(escontext, type->name, in, &fault);
	return PointerGetDatum(result);
}

Datum
ms_strict_in(FunctionCallInfo fcinfo, const ms_strict_type *type)
{
	const char *in = PG_GETARG_CSTRING(0);

	return parse_or_report(ms_span_of_text(in), type, fcinfo->context);
}

Datum
ms_strict_from_text(FunctionCallInfo fcinfo, const ms_strict_type *type)
{
	return parse_or_report(MS_GETARG_SPAN(0), type, fcinfo->context);
}

Datum
ms_strict_recv(FunctionCallInfo fcinfo, const ms_strict_type *type)
{
	return parse_or_report(ms_recv_versioned((StringInfo) PG_GETARG_POINTER(0), type->name),
						   type, NULL);
}

Datum
ms_strict_out(FunctionCallInfo fcinfo)
{
	ms_span		s = MS_GETARG_SPAN(0);

	PG_RETURN_CSTRING(pnstrdup(s.data, s.len));
}

Datum
ms_strict_to_text(FunctionCallInfo fcinfo)
{
	ms_span		s = MS_GETARG_SPAN(0);

	PG_RETURN_TEXT_P(cstring_to_text_with_len(s.data, (int) s.len));
}

Datum
ms_strict_send(FunctionCallInfo fcinfo)
{
	ms_span		s = MS_GETARG_SPAN(0);

	PG_RETURN_BYTEA_P(ms_send_versioned(pnstrdup(s.data, s.len)));
}

Datum
ms_strict_or_null(FunctionCallInfo fcinfo, const ms_strict_type *type)
{
	ms_fault	unused;
	text	   *result = parse(MS_GETARG_SPAN(0), type, &unused);

	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(result);
}
