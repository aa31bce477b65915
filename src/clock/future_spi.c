/*
 * future_spi.c
 *	  rows_from_the_future(): what is said to have happened later than now.
 */
#include "base/base.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/*
 * Taken from the catalog, so that no table of another room is left out.  Only
 * an expiry, and when something is due, are meant to come.
 */
#define COLUMNS \
	"SELECT c.relname, a.attname," \
	" format('SELECT count(*), max(%2$I) FROM mailstack.%1$I WHERE %2$I > $1', c.relname, a.attname)" \
	" FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped" \
	" WHERE c.relnamespace = 'mailstack'::regnamespace AND c.relkind = 'r'" \
	" AND a.atttypid = 'timestamptz'::regtype AND a.attname <> ALL ('{due,expires}') ORDER BY c.relname, a.attnum"

static void
look_into_column(ReturnSetInfo *result, HeapTuple column, TupleDesc desc, Datum now)
{
	Oid			types[1] = {TIMESTAMPTZOID};
	char	   *query = SPI_getvalue(column, desc, 3);
	Datum		values[4];
	bool		nulls[4] = {false};

	SPI_execute_with_args(query, 1, types, &now, NULL, true, 1);
	values[0] = SPI_getbinval(column, desc, 1, &nulls[0]);
	values[1] = SPI_getbinval(column, desc, 2, &nulls[1]);
	values[2] = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &nulls[2]);
	values[3] = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &nulls[3]);
	if (DatumGetInt64(values[2]) > 0)
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	SPI_freetuptable(SPI_tuptable);
}

PG_FUNCTION_INFO_V1(ms_rows_from_the_future);
Datum
ms_rows_from_the_future(PG_FUNCTION_ARGS)
{
	Datum		now = TimestampTzGetDatum(GetCurrentTimestamp());
	SPITupleTable *columns;
	uint64		i;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	SPI_execute(COLUMNS, true, 0);
	columns = SPI_tuptable;
	for (i = 0; i < columns->numvals; i++)
		look_into_column((ReturnSetInfo *) fcinfo->resultinfo, columns->vals[i], columns->tupdesc, now);
	SPI_finish();
	return (Datum) 0;
}
