/*
 * maildir_rule_spi.c
 *	  Rule 4: no maildir inside another.
 *
 * The row is in the table already when this looks, and it looks at everything
 * that is committed or in progress, as an exclusion constraint does: of two
 * sessions that add nested paths at once, at least one sees the other's row,
 * and waits for its transaction to end.
 *
 * What would contain a path are the directories above it, each asked for by
 * name; what it would contain is one range of the index, since in the order of
 * octets all that begins with "a/" lies between "a/" and "a0".
 *
 * Most paths are two components, and such paths cannot nest in one another.
 * Where the table has a partial index of the others, a two-component path
 * "a/b/" looks only there, and once for all rows of a statement below "a/".
 *
 * Of our own users, what is in retired_maildirs is as good as another's: looked
 * for last, after whoever is giving a maildir up has been waited for.
 */
#include "schema/trigger.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_index.h"
#include "nodes/primnodes.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "maildir/maildir.h"
#include "schema/memo.h"
#include "schema/retired.h"
#include "schema/tables.h"

/* What a statement has to know of the trigger's table. */
typedef struct maildir_state
{
	AttrNumber	column;
	Oid			all;			/* the unique index on the column */
	Oid			may_nest;		/* that of all but two-component paths, or InvalidOid */
	ms_memo    *clear;			/* directories with nothing in may_nest */
	ms_memo    *retired;		/* directories, and whether anything at, above or below them is; NULL: not our users */
} maildir_state;

/* The row at hand. */
typedef struct maildir_row
{
	const TriggerData *trigger;
	HeapTuple	tuple;
	AttrNumber	column;
	ms_span		path;
} maildir_row;

/* ------------------------------------------------------------ the two indexes */

/* Whether the index is a btree whose predicate is maildir_may_nest(column) and nothing else. */
static bool
leaves_out_what_cannot_nest(Oid index, AttrNumber column)
{
	Relation	rel = index_open(index, AccessShareLock);
	List	   *predicate = RelationGetIndexPredicate(rel);
	FuncExpr   *call = list_length(predicate) == 1 ? linitial(predicate) : NULL;
	bool		is_btree = rel->rd_rel->relam == BTREE_AM_OID;
	Var		   *argument;
	char	   *name;

	index_close(rel, AccessShareLock);
	if (!is_btree || call == NULL || !IsA(call, FuncExpr) || list_length(call->args) != 1)
		return false;
	argument = linitial(call->args);
	name = get_func_name(call->funcid);
	return IsA(argument, Var) && argument->varattno == column && name != NULL &&
		strcmp(name, "maildir_may_nest") == 0 &&
		get_func_namespace(call->funcid) == get_namespace_oid("mailstack", false);
}

/* Notes the index where it is one of the two; a unique one is a btree, since no other kind can be. */
static void
note_index(maildir_state *state, Oid index)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	Form_pg_index form = (Form_pg_index) GETSTRUCT(tuple);
	bool		partial = !heap_attisnull(tuple, Anum_pg_index_indpred, NULL);
	bool		unique = form->indisunique;
	bool		fits = form->indisvalid && form->indisready && form->indnkeyatts == 1 &&
		form->indkey.values[0] == state->column;

	ReleaseSysCache(tuple);
	if (fits && unique && !partial)
		state->all = index;
	if (fits && partial && leaves_out_what_cannot_nest(index, state->column))
		state->may_nest = index;
}

static void
find_indexes(maildir_state *state, const TriggerData *trigger)
{
	Relation	rel = trigger->tg_relation;
	List	   *indexes = RelationGetIndexList(rel);
	ListCell   *cell;

	foreach(cell, indexes)
		note_index(state, lfirst_oid(cell));
	list_free(indexes);
	if (!OidIsValid(state->all))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("trigger \"%s\": table \"%s\" has no unique index on column \"%s\"",
						trigger->tg_trigger->tgname, RelationGetRelationName(rel),
						trigger->tg_trigger->tgargs[0]),
				 errhint("Add one: without it, two rows can have one maildir, and every check would read the whole table.")));
}

/* ------------------------------------------------------------------- looking */

static void
refuse(const maildir_row *row, ms_span other)
{
	Relation	rel = row->trigger->tg_relation;
	ms_span		path = row->path;
	bool		inside = ms_maildir_contains(other, path);

	ereport(ERROR,
			(errcode(ERRCODE_EXCLUSION_VIOLATION),
			 errmsg("maildir \"%.*s\" in table \"%s\" %s another",
					(int) path.len, path.data, RelationGetRelationName(rel),
					inside ? "lies inside" : "contains"),
			 ms_may_name_rows(RelationGetRelid(rel))
			 ? errdetail("There is a row with the maildir \"%.*s\"; mail in one would show up as folders of the other.",
						 (int) other.len, other.data)
			 : errdetail("Mail in one would show up as folders of the other."),
			 errhint("Give a maildir that is neither above nor below it."),
			 errtable(rel)));
}

/* A bound of a scan: the path itself, or what follows all paths below it. */
static Datum
bound(ms_span path, bool past)
{
	text	   *value = cstring_to_text_with_len(path.data, (int) path.len);

	if (past)
		VARDATA(value)[path.len - 1] = '/' + 1;
	return PointerGetDatum(value);
}

static void
init_key(ScanKey key, Relation index, AttrNumber column, StrategyNumber strategy, Datum value)
{
	Oid			type = index->rd_opcintype[0];
	Oid			op = get_opfamily_member(index->rd_opfamily[0], type, type, strategy);

	ScanKeyInit(key, column, strategy, get_opcode(op), value);
}

/*
 * Whether the index has a row from the path on (from: at it, or after it) that
 * lies in that directory.  *other is the row's path, and *wait_for the
 * transaction that has yet to decide about the row.
 */
static bool
look(const maildir_row *row, Relation index, StrategyNumber from, ms_span path,
	 ms_span *other, TransactionId *wait_for)
{
	Relation	rel = row->trigger->tg_relation;
	SnapshotData dirty;
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	InitDirtySnapshot(dirty);
	init_key(&keys[0], index, row->column, from, bound(path, false));
	init_key(&keys[1], index, row->column, BTLessStrategyNumber, bound(path, true));
	scan = systable_beginscan_ordered(rel, index, &dirty, from == BTEqualStrategyNumber ? 1 : 2, keys);
	tuple = systable_getnext_ordered(scan, ForwardScanDirection);
	if (tuple != NULL)
	{
		bool		isnull;
		Datum		value = heap_getattr(tuple, row->column, RelationGetDescr(rel), &isnull);

		*other = ms_varlena_span((struct varlena *) PG_DETOAST_DATUM_COPY(value));
		*wait_for = TransactionIdIsValid(dirty.xmin) ? dirty.xmin : dirty.xmax;
	}
	systable_endscan_ordered(scan);
	return tuple != NULL;
}

/* The same for all that the row's path would nest with. */
static bool
look_for_nested(const maildir_row *row, Relation index, ms_span *other, TransactionId *wait_for)
{
	ms_span		above = ms_maildir_parent(row->path);

	for (; above.len > 0; above = ms_maildir_parent(above))
	{
		if (look(row, index, BTEqualStrategyNumber, above, other, wait_for))
			return true;
	}
	return look(row, index, BTGreaterStrategyNumber, row->path, other, wait_for);
}

static void
check_nesting(const maildir_row *row, Relation index)
{
	ms_span		other;
	TransactionId wait_for;

	while (look_for_nested(row, index, &other, &wait_for))
	{
		if (!TransactionIdIsValid(wait_for))
			refuse(row, other);
		XactLockTableWait(wait_for, row->trigger->tg_relation, &row->tuple->t_self,
						  XLTW_RecheckExclusionConstr);
	}
}

/* Whether nothing but two-component paths lies below the directory; remembers it where it is so. */
static bool
is_clear(const maildir_state *state, const maildir_row *row, Relation index, ms_span directory)
{
	CommandId	now = ms_memo_now();
	ms_span		other;
	TransactionId wait_for;

	if (look(row, index, BTGreaterEqualStrategyNumber, directory, &other, &wait_for))
		return false;
	(void) ms_memo_put(state->clear, directory, now);
	return true;
}

/*
 * After all others: see the top of retired_spi.c.  The directory holds all that
 * the path could nest with; the empty one holds everything.
 */
static void
check_retired(const maildir_state *state, const maildir_row *row, ms_span directory)
{
	ms_memo_entry *known = ms_memo_find(state->retired, directory);

	if (known == NULL || !ms_memo_covers(known, row->tuple))
	{
		CommandId	now = ms_memo_now();
		bool		any = directory.len > 0 ? ms_retired_near(directory) : ms_retired_any();

		known = ms_memo_put(state->retired, directory, now);
		known->flag = any;
	}
	if (known->flag)
		ms_retired_refuse(row->trigger, row->path);
}

static void
check_two_components(const maildir_state *state, const maildir_row *row)
{
	ms_span		directory = ms_maildir_parent(row->path);
	const ms_memo_entry *known = ms_memo_find(state->clear, directory);

	if (known == NULL || !ms_memo_covers(known, row->tuple))
	{
		Relation	index = index_open(state->may_nest, AccessShareLock);

		if (!is_clear(state, row, index, directory))
			check_nesting(row, index);
		index_close(index, AccessShareLock);
	}
	if (state->retired != NULL)
		check_retired(state, row, directory);
}

static void
check_any(const maildir_state *state, const maildir_row *row)
{
	Relation	index = index_open(state->all, AccessShareLock);

	check_nesting(row, index);
	index_close(index, AccessShareLock);
	if (state->retired != NULL)
		check_retired(state, row, MS_NO_SPAN);
}

/* ---------------------------------------------------------------- the trigger */

static maildir_state *
begin(FunctionCallInfo fcinfo)
{
	TriggerData *trigger = ms_trigger_data(fcinfo, "check_maildir", MS_AFTER_ROW, 1);
	maildir_state *state = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(maildir_state));

	state->column = ms_trigger_column(trigger, trigger->tg_trigger->tgargs[0]);
	if (!ms_column_is(trigger, state->column, "mailstack.maildir_path"))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("trigger \"%s\": column \"%s\" of table \"%s\" is not of type maildir_path",
						trigger->tg_trigger->tgname, trigger->tg_trigger->tgargs[0],
						RelationGetRelationName(trigger->tg_relation)),
				 errhint("Make it mailstack.maildir_path: its order is the same under every collation.")));
	find_indexes(state, trigger);
	state->clear = ms_memo_create(fcinfo->flinfo->fn_mcxt);
	if (RelationGetRelid(trigger->tg_relation) == ms_table_oid(MS_USERS))
		state->retired = ms_memo_create(fcinfo->flinfo->fn_mcxt);
	return state;
}

PG_FUNCTION_INFO_V1(ms_check_maildir);
Datum
ms_check_maildir(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	maildir_state *state = fcinfo->flinfo->fn_extra;
	maildir_row row;
	bool		isnull;
	Datum		value;

	if (state == NULL)
		fcinfo->flinfo->fn_extra = state = begin(fcinfo);
	row.trigger = trigger;
	row.tuple = ms_trigger_row(trigger);
	row.column = state->column;
	value = ms_row_get(trigger, row.tuple, state->column, &isnull);
	if (isnull || TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		return PointerGetDatum(NULL);
	row.path = ms_varlena_span((struct varlena *) DatumGetPointer(value));
	if (OidIsValid(state->may_nest) && !ms_maildir_may_nest(row.path))
		check_two_components(state, &row);
	else
		check_any(state, &row);
	return PointerGetDatum(NULL);
}
