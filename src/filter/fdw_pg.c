/*
 * fdw_pg.c
 *	  The foreign table dovecot_sieve: rows that are computed from the values
 *	  that are asked for.
 *
 * Pigeonhole's dict can ask only "SELECT column FROM table WHERE column =
 * 'value' AND ...".  Such a question of a view would be planned as a join of
 * all that a script is made of, and whoever may ask it could read all scripts;
 * this table has a row for whoever is named, and none else.
 */
#include "base/base.h"

#include "access/htup_details.h"
#include "catalog/pg_operator.h"
#include "executor/executor.h"
#include "foreign/fdwapi.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "filter/served.h"

/* The columns, in the order of filter.sql. */
enum
{
	USERNAME = 1, SCRIPT_NAME, ID, SCRIPT, COLUMNS = SCRIPT
};

/* -------------------------------------------------------------------- plan */

static void
get_size(PlannerInfo *root pg_attribute_unused(), RelOptInfo *rel, Oid table pg_attribute_unused())
{
	rel->rows = 1;
}

static void
get_paths(PlannerInfo *root, RelOptInfo *rel, Oid table pg_attribute_unused())
{
	add_path(rel, (Path *) ms_create_foreignscan_path(root, rel, 1, 0, 1));
}

/* The column of this table that a clause compares with what does not depend on it, and with what; 0: it does not. */
static AttrNumber
asked_column(Expr *clause, Index rel, Expr **value)
{
	OpExpr	   *op = (OpExpr *) clause;
	Node	   *sides[2];
	int			i;

	if (!IsA(clause, OpExpr) || op->opno != TextEqualOperator)
		return 0;
	sides[0] = linitial(op->args);
	sides[1] = lsecond(op->args);
	for (i = 0; i < 2; i++)
	{
		Var		   *var = (Var *) sides[i];

		*value = (Expr *) sides[1 - i];
		if (IsA(var, Var) && var->varno == (int) rel && var->varlevelsup == 0 && var->varattno > 0 &&
			!contain_var_clause((Node *) *value) && !contain_volatile_functions((Node *) *value))
			return var->varattno;
	}
	return 0;
}

/* fdw_exprs: the values; fdw_private: the columns that they are to be equal to.  All clauses are checked again. */
static ForeignScan *
get_plan(PlannerInfo *root pg_attribute_unused(), RelOptInfo *rel, Oid table pg_attribute_unused(),
		 ForeignPath *path pg_attribute_unused(), List *tlist, List *clauses, Plan *outer)
{
	List	   *checked = extract_actual_clauses(clauses, false);
	List	   *values = NIL;
	List	   *columns = NIL;
	ListCell   *cell;

	foreach(cell, checked)
	{
		Expr	   *value;
		AttrNumber	column = asked_column(lfirst(cell), rel->relid, &value);

		if (column == 0)
			continue;
		values = lappend(values, value);
		columns = lappend_int(columns, column);
	}
	return make_foreignscan(tlist, checked, rel->relid, values, columns, NIL, NIL, outer);
}

/* ----------------------------------------------------------------- execution */

typedef struct scan_state
{
	List	   *values;			/* of ExprState *, */
	List	   *columns;		/* and of the numbers of their columns */
	bool		done;
} scan_state;

static void
begin_scan(ForeignScanState *node, int flags pg_attribute_unused())
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	scan_state *state = palloc0(sizeof(scan_state));

	state->values = ExecInitExprList(plan->fdw_exprs, &node->ss.ps);
	state->columns = plan->fdw_private;
	node->fdw_state = state;
}

/* The values that are asked for; false where one is NULL, which nothing equals. */
static bool
asked_values(ForeignScanState *node, const scan_state *state, text *asked[COLUMNS + 1])
{
	ListCell   *value;
	ListCell   *column;

	forboth(value, state->values, column, state->columns)
	{
		bool		isnull;
		Datum		datum = ExecEvalExprSwitchContext(lfirst(value), node->ss.ps.ps_ExprContext, &isnull);

		if (isnull)
			return false;
		asked[lfirst_int(column)] = DatumGetTextPP(datum);
	}
	return true;
}

static ms_span
span_of(text *t)
{
	return ms_varlena_span((struct varlena *) t);
}

/* The row for a user and a name, or for a user and an id. */
static bool
find_row(text *asked[COLUMNS + 1], Datum values[COLUMNS])
{
	ms_served	served;
	size_t		name_len;

	if (asked[USERNAME] == NULL || (asked[SCRIPT_NAME] == NULL && asked[ID] == NULL))
		return false;
	if (asked[SCRIPT_NAME] != NULL
		? !ms_sieve_served(span_of(asked[USERNAME]), span_of(asked[SCRIPT_NAME]), &served)
		: !ms_sieve_served_by_id(span_of(asked[USERNAME]), span_of(asked[ID]), &served))
		return false;
	name_len = strrchr(served.id, '.') - served.id;
	values[USERNAME - 1] = PointerGetDatum(asked[USERNAME]);
	values[SCRIPT_NAME - 1] = PointerGetDatum(cstring_to_text_with_len(served.id, (int) name_len));
	values[ID - 1] = CStringGetTextDatum(served.id);
	values[SCRIPT - 1] = served.script;
	return true;
}

static TupleTableSlot *
iterate_scan(ForeignScanState *node)
{
	scan_state *state = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	text	   *asked[COLUMNS + 1] = {NULL};

	ExecClearTuple(slot);
	if (state->done)
		return slot;
	state->done = true;
	if (asked_values(node, state, asked) && find_row(asked, slot->tts_values))
	{
		memset(slot->tts_isnull, false, COLUMNS * sizeof(bool));
		ExecStoreVirtualTuple(slot);
	}
	return slot;
}

static void
rescan(ForeignScanState *node)
{
	((scan_state *) node->fdw_state)->done = false;
}

static void
end_scan(ForeignScanState *node pg_attribute_unused())
{
}

PG_FUNCTION_INFO_V1(ms_computed_handler);
Datum
ms_computed_handler(PG_FUNCTION_ARGS)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	(void) fcinfo;
	routine->GetForeignRelSize = get_size;
	routine->GetForeignPaths = get_paths;
	routine->GetForeignPlan = get_plan;
	routine->BeginForeignScan = begin_scan;
	routine->IterateForeignScan = iterate_scan;
	routine->ReScanForeignScan = rescan;
	routine->EndForeignScan = end_scan;
	PG_RETURN_POINTER(routine);
}
