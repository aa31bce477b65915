/*
 * list_slots_spi.c
 *	  The table list_senders: which of main.cf's restriction classes asks about
 *	  the senders of a list.
 *
 * Postfix asks about a sender without saying which list it is for, so that
 * there has to be a class, with a map of its own, for each set of senders, and
 * main.cf has a fixed number of them.  A list keeps its slot while it can: one
 * that moves could be asked about in the wrong one meanwhile.
 */
#include "schema/tables.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "schema/trigger.h"

/* As many as in 1_tables.sql and main.cf. */
#define SLOTS "16"

/*
 * What of list_slots has to change: the list, its slot (NULL: there is none
 * left, or the list is gone), and whether it is gone, is new, is somebody here.
 * Of the sets that claim one slot it is kept by that of more lists.
 */
static const char changes_query[] =
"WITH sets AS (SELECT l.list::text AS list, string_agg(l.sender::text, ',' ORDER BY l.sender::text COLLATE \"C\") AS senders"
"                FROM mailstack.list_senders l GROUP BY l.list::text),"
" claims AS (SELECT s.slot, sets.senders, count(*) AS lists"
"              FROM mailstack.list_slots s JOIN sets ON sets.list = s.list::text GROUP BY s.slot, sets.senders),"
" held AS (SELECT DISTINCT ON (slot) slot, senders FROM claims ORDER BY slot, lists DESC, senders COLLATE \"C\"),"
" kept AS (SELECT senders, min(slot) AS slot FROM held GROUP BY senders),"
" new AS (SELECT senders, row_number() OVER (ORDER BY senders COLLATE \"C\") AS n"
"           FROM (SELECT senders FROM sets EXCEPT SELECT senders FROM kept) e),"
" free AS (SELECT slot, row_number() OVER (ORDER BY slot) AS n"
"            FROM generate_series(1, " SLOTS ") slot WHERE slot NOT IN (SELECT slot FROM kept)),"
" wanted AS (SELECT sets.list, kept.slot FROM sets JOIN kept USING (senders)"
"            UNION ALL"
"            SELECT sets.list, free.slot FROM sets JOIN new USING (senders) LEFT JOIN free USING (n))"
" SELECT coalesce(w.list, s.list::text), w.slot, w.list IS NULL, s.list IS NULL,"
"        EXISTS (SELECT FROM mailstack.aliases a WHERE a.alias OPERATOR(mailstack.=) w.list::mailstack.mail_key)"
"        OR EXISTS (SELECT FROM mailstack.users u WHERE u.email OPERATOR(mailstack.=) w.list::mailstack.mail_key)"
"   FROM wanted w FULL JOIN mailstack.list_slots s ON s.list::text = w.list"
"  WHERE w.slot IS DISTINCT FROM s.slot OR w.slot IS NULL"
"  ORDER BY 1";

static void
refuse_unknown(const char *list)
{
	ereport(ERROR,
			(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			 errmsg("list \"%s\" is not there", list),
			 errdetail("No alias and no mailbox has that name, so that nothing would be restricted."),
			 errhint("Insert the alias first.")));
}

static void
refuse_set(const char *list)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("list \"%s\" needs a slot of its own, and all " SLOTS " are used", list),
			 errdetail("Each different set of senders takes one of the restriction classes list_senders_1 to list_senders_" SLOTS " of main.cf; lists with the same senders share one."),
			 errhint("Give it the senders of another list, or a whole domain: @example.com.")));
}

static bool
is_true(HeapTuple row, TupleDesc desc, int column)
{
	bool		isnull;

	return DatumGetBool(SPI_getbinval(row, desc, column, &isnull));
}

static void
change(HeapTuple row, TupleDesc desc)
{
	char	   *list = SPI_getvalue(row, desc, 1);
	char	   *slot = SPI_getvalue(row, desc, 2);
	Oid			types[2] = {TEXTOID, TEXTOID};
	Datum		values[2] = {CStringGetTextDatum(list), (Datum) 0};

	if (is_true(row, desc, 3))
	{
		SPI_execute_with_args("DELETE FROM mailstack.list_slots WHERE list::text = $1", 1, types, values, NULL, false, 0);
		return;
	}
	if (is_true(row, desc, 4) && !is_true(row, desc, 5))
		refuse_unknown(list);
	if (slot == NULL)
		refuse_set(list);
	values[1] = CStringGetTextDatum(slot);
	SPI_execute_with_args("INSERT INTO mailstack.list_slots (list, slot)"
						  " VALUES ($1::mailstack.mail_address, $2::smallint)"
						  " ON CONFLICT (list) DO UPDATE SET slot = excluded.slot", 2, types, values, NULL, false, 0);
}

/*
 * AFTER any change, for each statement.  One session after the other, each by
 * what is committed by then; runs with the rights of the extension's owner,
 * since whoever may change list_senders may not give out slots.
 */
PG_FUNCTION_INFO_V1(ms_list_senders_slots);
Datum
ms_list_senders_slots(PG_FUNCTION_ARGS)
{
	SPITupleTable *changes;
	uint64		i;

	(void) ms_own_statement_trigger(fcinfo, "list_senders_slots");
	LockRelationOid(ms_table_oid(MS_LIST_SLOTS), ShareRowExclusiveLock);
	SPI_connect();
	PushActiveSnapshot(ms_rule_snapshot());
	SPI_execute(changes_query, true, 0);
	PopActiveSnapshot();
	changes = SPI_tuptable;
	for (i = 0; i < changes->numvals; i++)
		change(changes->vals[i], changes->tupdesc);
	SPI_finish();
	return PointerGetDatum(NULL);
}
