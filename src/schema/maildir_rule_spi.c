/*
 * maildir_rule_spi.c
 *	  Rule 4: no maildir inside another.
 *
 * The row is in the table already when this looks, and it looks at everything
 * that is committed or in progress, as an exclusion constraint does: of two
 * sessions that add nested paths at once, at least one sees the other's row,
 * and waits for its transaction to end.
 *
 * In byte order all paths below "a/" follow it at once.  In a set where none
 * is nested, what contains a new path is therefore its nearest predecessor,
 * and what it contains its nearest successor.  Rows that other transactions are
 * adding may be about to be refused, and those that they are deleting may be
 * followed by one that was added in their place, so these are looked at and
 * stepped over; the first row beyond them is certain.
 */
#include "schema/trigger.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "catalog/pg_index.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "maildir/maildir.h"

typedef struct maildir_column
{
	Relation	rel;
	Relation	index;
	AttrNumber	column;
	Datum		value;
	ms_span		path;
} maildir_column;

static bool
is_ordered_on(Oid index, AttrNumber column)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	Form_pg_index form = (Form_pg_index) GETSTRUCT(tuple);
	bool		fits = form->indisunique && form->indisvalid && form->indisready &&
		form->indnkeyatts == 1 && form->indkey.values[0] == column && heap_attisnull(tuple, Anum_pg_index_indpred, NULL);

	ReleaseSysCache(tuple);
	return fits;
}

/* The unique index on the column, a btree since no other kind can be unique. */
static Relation
open_index(const TriggerData *trigger, AttrNumber column)
{
	Relation	rel = trigger->tg_relation;
	ListCell   *cell;

	foreach(cell, RelationGetIndexList(rel))
	{
		if (is_ordered_on(lfirst_oid(cell), column))
			return index_open(lfirst_oid(cell), AccessShareLock);
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("trigger \"%s\": table \"%s\" has no unique index on column \"%s\"",
					trigger->tg_trigger->tgname, RelationGetRelationName(rel),
					trigger->tg_trigger->tgargs[0]),
			 errhint("Add one: without it, two rows can have one maildir, and every check would read the whole table.")));
	return NULL;
}

static void
refuse(const TriggerData *trigger, ms_span path, ms_span other)
{
	bool		inside = ms_maildir_contains(other, path);

	ereport(ERROR,
			(errcode(ERRCODE_EXCLUSION_VIOLATION),
			 errmsg("maildir \"%.*s\" in table \"%s\" %s another",
					(int) path.len, path.data, RelationGetRelationName(trigger->tg_relation),
					inside ? "lies inside" : "contains"),
			 ms_may_name_rows(RelationGetRelid(trigger->tg_relation))
			 ? errdetail("There is a row with the maildir \"%.*s\"; mail in one would show up as folders of the other.",
						 (int) other.len, other.data)
			 : errdetail("Mail in one would show up as folders of the other."),
			 errhint("Give a maildir that is neither above nor below it."),
			 errtable(trigger->tg_relation)));
}

/*
 * Looks at the neighbours in one direction.  Returns the transaction to wait
 * for before looking again, or InvalidTransactionId when all is well.
 */
static TransactionId
look(const TriggerData *trigger, const maildir_column *m, StrategyNumber strategy, ScanDirection direction)
{
	SnapshotData dirty;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	TransactionId wait_for = InvalidTransactionId;
	Oid			type = m->index->rd_opcintype[0];
	Oid			op = get_opfamily_member(m->index->rd_opfamily[0], type, type, strategy);

	InitDirtySnapshot(dirty);
	ScanKeyInit(&key, m->column, strategy, get_opcode(op), m->value);
	scan = systable_beginscan_ordered(m->rel, m->index, &dirty, 1, &key);
	while ((tuple = systable_getnext_ordered(scan, direction)) != NULL)
	{
		bool		isnull;
		Datum		value = heap_getattr(tuple, m->column, RelationGetDescr(m->rel), &isnull);
		ms_span		other;

		if (isnull)
			break;
		other = ms_varlena_span((struct varlena *) PG_DETOAST_DATUM_PACKED(value));
		if (ms_maildir_contains(other, m->path) || ms_maildir_contains(m->path, other))
		{
			wait_for = TransactionIdIsValid(dirty.xmin) ? dirty.xmin : dirty.xmax;
			if (!TransactionIdIsValid(wait_for))
				refuse(trigger, m->path, other);
			break;
		}
		if (!TransactionIdIsValid(dirty.xmin) && !TransactionIdIsValid(dirty.xmax))
			break;
	}
	systable_endscan_ordered(scan);
	return wait_for;
}

static void
check_nesting(const TriggerData *trigger, const maildir_column *m)
{
	for (;;)
	{
		TransactionId wait_for = look(trigger, m, BTLessStrategyNumber, BackwardScanDirection);

		if (!TransactionIdIsValid(wait_for))
			wait_for = look(trigger, m, BTGreaterStrategyNumber, ForwardScanDirection);
		if (!TransactionIdIsValid(wait_for))
			return;
		XactLockTableWait(wait_for, m->rel, &ms_trigger_row(trigger)->t_self, XLTW_RecheckExclusionConstr);
	}
}

PG_FUNCTION_INFO_V1(ms_check_maildir);
Datum
ms_check_maildir(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_trigger_data(fcinfo, "check_maildir", MS_AFTER_ROW, 1);
	HeapTuple	row = ms_trigger_row(trigger);
	maildir_column m;
	bool		isnull;

	m.rel = trigger->tg_relation;
	m.column = ms_trigger_column(trigger, trigger->tg_trigger->tgargs[0]);
	if (!ms_column_is(trigger, m.column, "mailstack.maildir_path"))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("trigger \"%s\": column \"%s\" of table \"%s\" is not of type maildir_path",
						trigger->tg_trigger->tgname, trigger->tg_trigger->tgargs[0],
						RelationGetRelationName(m.rel)),
				 errhint("Make it mailstack.maildir_path: its order is the same under every collation.")));
	m.value = ms_row_get(trigger, row, m.column, &isnull);
	if (isnull || TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		return PointerGetDatum(NULL);
	m.path = ms_varlena_span((struct varlena *) DatumGetPointer(m.value));
	m.index = open_index(trigger, m.column);
	check_nesting(trigger, &m);
	index_close(m.index, AccessShareLock);
	return PointerGetDatum(NULL);
}
