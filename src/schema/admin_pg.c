/*
 * admin_pg.c
 *	  What the functions that an operator calls have in common.
 */
#include "schema/admin.h"

#include "access/htup_details.h"
#include "funcapi.h"

void
ms_refuse_null(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the %s is NULL", name)));
}

static ErrorData *
caught_error(MemoryContext context)
{
	ErrorData  *error;

	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	FlushErrorState();
	error->context = NULL;
	return error;
}

void
ms_rethrow_without_context(MemoryContext context)
{
	ReThrowError(caught_error(context));
}

void
ms_rethrow_without_statement(MemoryContext context)
{
	ErrorData  *error = caught_error(context);

	error->hide_stmt = true;
	ReThrowError(error);
}

Datum
ms_result_row(FunctionCallInfo fcinfo, char **columns)
{
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(BuildTupleFromCStrings(TupleDescGetAttInMetadata(desc), columns));
}
