/*
 * rows_pg.c
 *	  The rows that a statement has changed, from its transition tables.
 */
#include "rights/rows.h"

#include "utils/datum.h"
#include "utils/rel.h"

int64
ms_rows_count(const TriggerData *trigger)
{
	Tuplestorestate *any = trigger->tg_newtable != NULL ? trigger->tg_newtable : trigger->tg_oldtable;

	return any == NULL ? 0 : tuplestore_tuple_count(any);
}

static TupleTableSlot *
start(Tuplestorestate *table, const TriggerData *trigger)
{
	if (table == NULL)
		return NULL;
	tuplestore_select_read_pointer(table, 0);
	tuplestore_rescan(table);
	return MakeSingleTupleTableSlot(RelationGetDescr(trigger->tg_relation), &TTSOpsMinimalTuple);
}

void
ms_rows_begin(ms_rows *rows, const TriggerData *trigger)
{
	rows->olds = trigger->tg_oldtable;
	rows->news = trigger->tg_newtable;
	rows->old_slot = start(rows->olds, trigger);
	rows->new_slot = start(rows->news, trigger);
}

bool
ms_rows_next(ms_rows *rows)
{
	bool		more = false;

	if (rows->olds != NULL)
		more = tuplestore_gettupleslot(rows->olds, true, false, rows->old_slot);
	if (rows->news != NULL)
		more = tuplestore_gettupleslot(rows->news, true, false, rows->new_slot);
	return more;
}

void
ms_rows_end(ms_rows *rows)
{
	if (rows->old_slot != NULL)
		ExecDropSingleTupleTableSlot(rows->old_slot);
	if (rows->new_slot != NULL)
		ExecDropSingleTupleTableSlot(rows->new_slot);
}

Datum
ms_slot_get(TupleTableSlot *slot, AttrNumber column, bool *isnull)
{
	Datum		value = slot_getattr(slot, column, isnull);

	if (!*isnull && TupleDescAttr(slot->tts_tupleDescriptor, column - 1)->attlen == -1)
		value = PointerGetDatum(PG_DETOAST_DATUM_PACKED(value));
	return value;
}

bool
ms_rows_same(const ms_rows *rows, AttrNumber column)
{
	Form_pg_attribute attribute = TupleDescAttr(rows->old_slot->tts_tupleDescriptor, column - 1);
	bool		old_null;
	bool		new_null;
	Datum		old_value = slot_getattr(rows->old_slot, column, &old_null);
	Datum		new_value = slot_getattr(rows->new_slot, column, &new_null);

	if (old_null || new_null)
		return old_null && new_null;
	return datum_image_eq(old_value, new_value, attribute->attbyval, attribute->attlen);
}

ms_span
ms_slot_domain(TupleTableSlot *slot, AttrNumber column)
{
	bool		isnull;
	Datum		value = ms_slot_get(slot, column, &isnull);

	if (isnull)
		return MS_NO_SPAN;
	return ms_key_view_of((struct varlena *) DatumGetPointer(value)).domain;
}
