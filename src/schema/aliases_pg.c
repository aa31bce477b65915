/*
 * aliases_pg.c
 *	  The table aliases: what one row says by itself.
 */
#include "schema/tables.h"

#include "access/htup_details.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "schema/trigger.h"

static bool
row_bool(const TriggerData *trigger, HeapTuple row, AttrNumber column)
{
	bool		isnull;
	Datum		value = ms_row_get(trigger, row, column, &isnull);

	return !isnull && DatumGetBool(value);
}

static void
check_relocated(const TriggerData *trigger, HeapTuple row)
{
	ms_key_view alias = ms_row_key(trigger, row, MS_ALIASES_ALIAS);

	if (alias.class == MS_KEY_CATCHALL)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("catch-all \"%s\" cannot be relocated", ms_key_to_cstring(&alias)),
				 errdetail("relocated(5) names the new address of one that has moved; those of a domain have one each."),
				 errhint("Insert a row for each address, or lead the catch-all to where the mail is wanted: relocated = false."),
				 errtable(trigger->tg_relation)));
	if (!ms_row_is_null(trigger, row, MS_ALIASES_EMAIL) &&
		ms_span_equal(alias.key, ms_row_key(trigger, row, MS_ALIASES_EMAIL).key))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("address \"%s\" cannot be relocated to itself", ms_key_to_cstring(&alias)),
				 errdetail("Its senders would be told to write to the address that refuses them."),
				 errhint("Give the new address; a user who takes no mail has receive = 'refuse'."),
				 errtable(trigger->tg_relation)));
}

/* A row that has expired is stored all the same: it may come from another table. */
static void
notice_expired(const TriggerData *trigger, HeapTuple row)
{
	bool		never;
	Datum		expires = ms_row_get(trigger, row, MS_ALIASES_EXPIRES, &never);

	if (!never && DatumGetTimestampTz(expires) <= GetCurrentStatementStartTimestamp())
	{
		ms_key_view alias = ms_row_key(trigger, row, MS_ALIASES_ALIAS);

		ereport(NOTICE,
				(errmsg("alias \"%s\" has expired before it began", ms_key_to_cstring(&alias)),
				 errdetail("expires is %s.", timestamptz_to_str(DatumGetTimestampTz(expires))),
				 errhint("It counts as switched off. NULL never expires.")));
	}
}

PG_FUNCTION_INFO_V1(ms_aliases_before);
Datum
ms_aliases_before(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "aliases_before", MS_BEFORE_ROW, "aliases");
	HeapTuple	row = ms_trigger_row(trigger);

	/* The server's own message for a NULL in a key is clear enough. */
	if (ms_row_is_null(trigger, row, MS_ALIASES_ALIAS))
		return PointerGetDatum(row);
	row = ms_canonicalize_key(trigger, row, MS_ALIASES_ALIAS);
	if (row_bool(trigger, row, MS_ALIASES_RELOCATED))
		check_relocated(trigger, row);
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		notice_expired(trigger, row);
	return PointerGetDatum(row);
}
