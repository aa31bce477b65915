/*
 * rows.h
 *	  The rows that a statement has changed, one after the other: what the
 *	  statement triggers of this room look at.
 *
 * The server writes the old and the new form of a row to the two transition
 * tables at once, so that they are read side by side.
 */
#ifndef MS_ROWS_H
#define MS_ROWS_H

#include "schema/trigger.h"

#include "executor/tuptable.h"
#include "utils/tuplestore.h"

typedef struct ms_rows
{
	Tuplestorestate *olds;		/* NULL where there are none */
	Tuplestorestate *news;
	TupleTableSlot *old_slot;	/* the row at hand */
	TupleTableSlot *new_slot;
} ms_rows;

/* How many rows there are. */
extern int64 ms_rows_count(const TriggerData *trigger);

/* Before the first; the tables are shared with other triggers, and read from the start. */
extern void ms_rows_begin(ms_rows *rows, const TriggerData *trigger);
extern bool ms_rows_next(ms_rows *rows);
extern void ms_rows_end(ms_rows *rows);

/* A column of one form of the row; a varlena is detoasted. */
extern Datum ms_slot_get(TupleTableSlot *slot, AttrNumber column, bool *isnull);

/* Whether a column is the same in both. */
extern bool ms_rows_same(const ms_rows *rows, AttrNumber column);

/* The domain in a column that holds a key; empty where it is NULL. */
extern ms_span ms_slot_domain(TupleTableSlot *slot, AttrNumber column);

#endif							/* MS_ROWS_H */
