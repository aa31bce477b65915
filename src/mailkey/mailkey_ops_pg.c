/*
 * mailkey_ops_pg.c
 *	  Order, equality and hash of mail_key: those of the canonical key.
 */
#include "mailkey/mailkey_datum.h"

#include "common/hashfn.h"

static int
compare(const struct varlena *a, const struct varlena *b)
{
	return ms_span_compare(ms_key_view_of(a).key, ms_key_view_of(b).key);
}

#define COMPARE_ARGS() compare(PG_GETARG_VARLENA_PP(0), PG_GETARG_VARLENA_PP(1))

PG_FUNCTION_INFO_V1(ms_mail_key_cmp);
Datum
ms_mail_key_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(COMPARE_ARGS());
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

PG_FUNCTION_INFO_V1(ms_mail_key_eq);
Datum
ms_mail_key_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ms_span_equal(MS_GETARG_KEY(0).key, MS_GETARG_KEY(1).key));
}

PG_FUNCTION_INFO_V1(ms_mail_key_ne);
Datum
ms_mail_key_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!ms_span_equal(MS_GETARG_KEY(0).key, MS_GETARG_KEY(1).key));
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

PG_FUNCTION_INFO_V1(ms_mail_key_hash);
Datum
ms_mail_key_hash(PG_FUNCTION_ARGS)
{
	ms_span		key = MS_GETARG_KEY(0).key;

	PG_RETURN_DATUM(hash_any((const unsigned char *) key.data, (int) key.len));
}

PG_FUNCTION_INFO_V1(ms_mail_key_hash_extended);
Datum
ms_mail_key_hash_extended(PG_FUNCTION_ARGS)
{
	ms_span		key = MS_GETARG_KEY(0).key;

	PG_RETURN_DATUM(hash_any_extended((const unsigned char *) key.data, (int) key.len,
									  PG_GETARG_INT64(1)));
}
