/*
 * strict_ops_pg.c
 *	  Comparison and hash of the types of strict_type.h: those of their octets.
 */
#include "base/compare.h"
#include "base/strict_type.h"

static inline ms_span
whole(ms_span stored)
{
	return stored;
}

#define COMPARE_ARGS() ms_compare(MS_GETARG_DATUM(0), MS_GETARG_DATUM(1), whole)
#define EQUAL_ARGS() ms_equal(MS_GETARG_DATUM(0), MS_GETARG_DATUM(1), whole)
#define HASH_ARG(seed) ms_hash_of(MS_GETARG_DATUM(0), seed, whole)

PG_FUNCTION_INFO_V1(ms_strict_eq);
Datum
ms_strict_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(EQUAL_ARGS());
}

PG_FUNCTION_INFO_V1(ms_strict_ne);
Datum
ms_strict_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!EQUAL_ARGS());
}

PG_FUNCTION_INFO_V1(ms_strict_lt);
Datum
ms_strict_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(COMPARE_ARGS() < 0);
}

PG_FUNCTION_INFO_V1(ms_strict_le);
Datum
ms_strict_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(COMPARE_ARGS() <= 0);
}

PG_FUNCTION_INFO_V1(ms_strict_ge);
Datum
ms_strict_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(COMPARE_ARGS() >= 0);
}

PG_FUNCTION_INFO_V1(ms_strict_gt);
Datum
ms_strict_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(COMPARE_ARGS() > 0);
}

PG_FUNCTION_INFO_V1(ms_strict_cmp);
Datum
ms_strict_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(COMPARE_ARGS());
}

PG_FUNCTION_INFO_V1(ms_strict_hash);
Datum
ms_strict_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT32((uint32) HASH_ARG(0));
}

PG_FUNCTION_INFO_V1(ms_strict_hash_extended);
Datum
ms_strict_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT64(HASH_ARG(PG_GETARG_INT64(1)));
}
