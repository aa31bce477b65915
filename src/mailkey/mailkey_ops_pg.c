/*
 * mailkey_ops_pg.c
 *	  Order, equality and hash of mail_key: those of the canonical key.
 */
#include "mailkey/mailkey_datum.h"

#include "base/compare.h"
#include "utils/sortsupport.h"

#define COMPARE_ARGS() ms_compare(MS_GETARG_DATUM(0), MS_GETARG_DATUM(1), ms_stored_key)
#define EQUAL_ARGS() ms_equal(MS_GETARG_DATUM(0), MS_GETARG_DATUM(1), ms_stored_key)
#define HASH_ARG(seed) ms_hash_of(MS_GETARG_DATUM(0), seed, ms_stored_key)

PG_FUNCTION_INFO_V1(ms_mail_key_eq);
Datum
ms_mail_key_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(EQUAL_ARGS());
}

PG_FUNCTION_INFO_V1(ms_mail_key_ne);
Datum
ms_mail_key_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!EQUAL_ARGS());
}

PG_FUNCTION_INFO_V1(ms_mail_key_lt);
Datum
ms_mail_key_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(COMPARE_ARGS() < 0);
}

PG_FUNCTION_INFO_V1(ms_mail_key_le);
Datum
ms_mail_key_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(COMPARE_ARGS() <= 0);
}

PG_FUNCTION_INFO_V1(ms_mail_key_ge);
Datum
ms_mail_key_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(COMPARE_ARGS() >= 0);
}

PG_FUNCTION_INFO_V1(ms_mail_key_gt);
Datum
ms_mail_key_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(COMPARE_ARGS() > 0);
}

PG_FUNCTION_INFO_V1(ms_mail_key_cmp);
Datum
ms_mail_key_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(COMPARE_ARGS());
}

PG_FUNCTION_INFO_V1(ms_mail_key_hash);
Datum
ms_mail_key_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT32((uint32) HASH_ARG(0));
}

PG_FUNCTION_INFO_V1(ms_mail_key_hash_extended);
Datum
ms_mail_key_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT64(HASH_ARG(PG_GETARG_INT64(1)));
}

static int
compare_sorted(Datum a, Datum b, SortSupport unused)
{
	(void) unused;
	return ms_compare(a, b, ms_stored_key);
}

/*
 * No abbreviated keys: they would save an eighth where there are many domains,
 * and cost a quarter within one, whose keys all begin alike.
 */
PG_FUNCTION_INFO_V1(ms_mail_key_sortsupport);
Datum
ms_mail_key_sortsupport(PG_FUNCTION_ARGS)
{
	SortSupport sort = (SortSupport) PG_GETARG_POINTER(0);

	sort->comparator = compare_sorted;
	PG_RETURN_VOID();
}
