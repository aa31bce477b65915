/*
 * strict_ops_pg.c
 *	  Comparison and hash of the types of strict_type.h: those of bytea.
 *
 * The SQL functions could be of LANGUAGE internal, but then the server looks
 * for the name among all of its own, one after the other, each time that it
 * sets up a call: it was a quarter of the time of a COPY.
 */
#include "base/strict_type.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(ms_strict_eq);
Datum
ms_strict_eq(PG_FUNCTION_ARGS)
{
	return byteaeq(fcinfo);
}

PG_FUNCTION_INFO_V1(ms_strict_ne);
Datum
ms_strict_ne(PG_FUNCTION_ARGS)
{
	return byteane(fcinfo);
}

PG_FUNCTION_INFO_V1(ms_strict_lt);
Datum
ms_strict_lt(PG_FUNCTION_ARGS)
{
	return bytealt(fcinfo);
}

PG_FUNCTION_INFO_V1(ms_strict_le);
Datum
ms_strict_le(PG_FUNCTION_ARGS)
{
	return byteale(fcinfo);
}

PG_FUNCTION_INFO_V1(ms_strict_ge);
Datum
ms_strict_ge(PG_FUNCTION_ARGS)
{
	return byteage(fcinfo);
}

PG_FUNCTION_INFO_V1(ms_strict_gt);
Datum
ms_strict_gt(PG_FUNCTION_ARGS)
{
	return byteagt(fcinfo);
}

PG_FUNCTION_INFO_V1(ms_strict_cmp);
Datum
ms_strict_cmp(PG_FUNCTION_ARGS)
{
	return byteacmp(fcinfo);
}

PG_FUNCTION_INFO_V1(ms_strict_hash);
Datum
ms_strict_hash(PG_FUNCTION_ARGS)
{
	return hashvarlena(fcinfo);
}

PG_FUNCTION_INFO_V1(ms_strict_hash_extended);
Datum
ms_strict_hash_extended(PG_FUNCTION_ARGS)
{
	return hashvarlenaextended(fcinfo);
}
