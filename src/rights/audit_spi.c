/*
 * audit_spi.c
 *	  The table audit: what a statement has changed, row by row, or as one
 *	  number where it is more rows than settings.audit_rows.
 *
 * A bulk load costs what the server takes to keep its transition table, and no
 * look at the rows.  There is no switch: whoever may change settings can make
 * the record short, which is recorded, but not stop it.  A delegated
 * administrator is one of those whom it watches, and could hide one row among
 * many others: of him it has every row.
 */
#include "rights/audit.h"

#include "access/relation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/relcache.h"

#include "rights/rows.h"
#include "schema/config.h"
#include "schema/delegates.h"
#include "schema/tables.h"
#include "sieve/script.h"

static ms_statement add = {
	"INSERT INTO mailstack.audit (role, action, table_name, domain, key, row_count, old_values, new_values)"
	" VALUES ($1::name, $2, $3::name, $4::mailstack.mail_domain, $5, $6::bigint, $7::jsonb, $8::jsonb)", 8, NULL
};

void
ms_audit_write(const ms_audit_row *row)
{
	/* Who is asking, not the owner as whom this may run. */
	const char *args[8] = {
		GetUserNameFromId(GetOuterUserId(), false), row->action, row->table, row->domain, row->key, row->count,
		row->old_values, row->new_values
	};

	ms_statement_run(&add, args);
}

/* --------------------------------------------------------------- the columns */

/* How a column is written. */
typedef enum column_kind
{
	LEFT_OUT,					/* dropped, or computed from others */
	SECRET,						/* its scheme alone */
	SCRIPT,						/* its sieve_id() alone */
	BARE,						/* a number or a boolean */
	TIME,						/* as ISO 8601 has it, whatever the session would show */
	QUOTED						/* anything else, by its text */
} column_kind;

typedef struct columns
{
	TupleDesc	desc;
	column_kind *kinds;
	Oid		   *outputs;
	Bitmapset  *key;			/* of the primary or a unique key; offset by FirstLowInvalidHeapAttributeNumber */
	AttrNumber	domain;			/* the column that tells the domain; 0: none does */
} columns;

static column_kind
kind_of(Form_pg_attribute attribute, Oid secret, Oid script)
{
	Oid			base = getBaseType(attribute->atttypid);

	if (attribute->attisdropped || attribute->attgenerated != '\0')
		return LEFT_OUT;
	if (base == secret)
		return SECRET;
	if (base == script)
		return SCRIPT;
	switch (base)
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return BARE;
		case TIMESTAMPTZOID:
			return TIME;
		default:
			return QUOTED;
	}
}

/* The column named domain; else the first of the primary key, where it is a key of ours. */
static AttrNumber
domain_column(Relation rel, const Bitmapset *key)
{
	AttrNumber	column = get_attnum(RelationGetRelid(rel), "domain");

	if (column <= 0)
		column = bms_next_member(key, -1) + FirstLowInvalidHeapAttributeNumber;
	if (column > 0 && getBaseType(TupleDescAttr(RelationGetDescr(rel), column - 1)->atttypid) == ms_type_oid("mail_key"))
		return column;
	return 0;
}

static columns
columns_of(Relation rel)
{
	Oid			secret = ms_type_oid("mail_password");
	Oid			script = ms_type_oid("sieve_script");
	columns		c;
	bool		unused;
	int			i;

	c.desc = RelationGetDescr(rel);
	c.kinds = palloc(c.desc->natts * sizeof(column_kind));
	c.outputs = palloc0(c.desc->natts * sizeof(Oid));
	c.key = RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_PRIMARY_KEY);
	if (bms_is_empty(c.key))
		c.key = RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_KEY);
	c.domain = domain_column(rel, c.key);
	for (i = 0; i < c.desc->natts; i++)
	{
		c.kinds[i] = kind_of(TupleDescAttr(c.desc, i), secret, script);
		if (!TupleDescAttr(c.desc, i)->attisdropped)
			getTypeOutputInfo(TupleDescAttr(c.desc, i)->atttypid, &c.outputs[i], &unused);
	}
	return c;
}

/* --------------------------------------------------------------- one row */

/* A mail_password begins with its {SCHEME}. */
static const char *
scheme_of(const char *secret)
{
	return pnstrdup(secret, strcspn(secret, "}") + 1);
}

/* A script is its author's business; its id says which one it was to whoever has it. */
static const char *
id_of(const char *script)
{
	char	   *id = palloc(MS_SIEVE_ID_DIGITS + 1);

	ms_sieve_id(ms_span_of_text(script), id);
	return id;
}

static void
append_value(StringInfo json, const columns *c, int i, TupleTableSlot *slot)
{
	bool		isnull;
	Datum		value = ms_slot_get(slot, i + 1, &isnull);
	char	   *text;

	appendStringInfoString(json, json->len == 0 ? "{" : ", ");
	escape_json(json, NameStr(TupleDescAttr(c->desc, i)->attname));
	appendStringInfoString(json, ": ");
	if (isnull)
	{
		appendStringInfoString(json, "null");
		return;
	}
	text = c->kinds[i] == TIME ? JsonEncodeDateTime(palloc(MAXDATELEN + 1), value, TIMESTAMPTZOID, NULL)
		: OidOutputFunctionCall(c->outputs[i], value);
	if (c->kinds[i] == SECRET)
		escape_json(json, scheme_of(text));
	else if (c->kinds[i] == SCRIPT)
		escape_json(json, id_of(text));
	else if (c->kinds[i] == QUOTED || c->kinds[i] == TIME)
		escape_json(json, text);
	else if (TupleDescAttr(c->desc, i)->atttypid == BOOLOID)
		appendStringInfoString(json, DatumGetBool(value) ? "true" : "false");
	else
		appendStringInfoString(json, text);
}

/* The changed columns of one form of a row; where there is but one form, all that are not NULL. */
static const char *
values_of(const columns *c, const ms_rows *rows, TupleTableSlot *slot)
{
	bool		both = rows->old_slot != NULL && rows->new_slot != NULL;
	StringInfoData json;
	int			i;

	if (slot == NULL)
		return NULL;
	initStringInfo(&json);
	for (i = 0; i < c->desc->natts; i++)
	{
		if (c->kinds[i] == LEFT_OUT || (both ? ms_rows_same(rows, i + 1) : slot_attisnull(slot, i + 1)))
			continue;
		append_value(&json, c, i, slot);
	}
	if (json.len == 0)
		return NULL;
	appendStringInfoChar(&json, '}');
	return json.data;
}

static const char *
key_of(const columns *c, TupleTableSlot *slot)
{
	StringInfoData text;
	int			member = -1;

	initStringInfo(&text);
	while ((member = bms_next_member(c->key, member)) >= 0)
	{
		AttrNumber	column = member + FirstLowInvalidHeapAttributeNumber;
		bool		isnull;
		Datum		value = ms_slot_get(slot, column, &isnull);

		if (!isnull)
			appendStringInfo(&text, "%s%s", text.len > 0 ? " " : "",
							 OidOutputFunctionCall(c->outputs[column - 1], value));
	}
	return text.data;
}

static const char *
domain_of(const columns *c, TupleTableSlot *slot)
{
	ms_span		domain = c->domain == 0 ? MS_NO_SPAN : ms_slot_domain(slot, c->domain);

	return domain.len == 0 ? NULL : pnstrdup(domain.data, domain.len);
}

static void
write_rows(const TriggerData *trigger, ms_audit_row *row)
{
	columns		c = columns_of(trigger->tg_relation);
	MemoryContext one = AllocSetContextCreate(CurrentMemoryContext, "mailstack audit", ALLOCSET_SMALL_SIZES);
	MemoryContext caller;
	ms_rows		rows;

	ms_rows_begin(&rows, trigger);
	caller = MemoryContextSwitchTo(one);
	while (ms_rows_next(&rows))
	{
		TupleTableSlot *last = rows.new_slot != NULL ? rows.new_slot : rows.old_slot;

		row->old_values = values_of(&c, &rows, rows.old_slot);
		row->new_values = values_of(&c, &rows, rows.new_slot);
		row->key = key_of(&c, last);
		row->domain = domain_of(&c, last);
		if (row->old_values != NULL || row->new_values != NULL)
			ms_audit_write(row);
		MemoryContextReset(one);
	}
	MemoryContextSwitchTo(caller);
	ms_rows_end(&rows);
}

static bool
is_changed(const columns *c, const ms_rows *rows)
{
	int			i;

	for (i = 0; i < c->desc->natts; i++)
	{
		if (c->kinds[i] != LEFT_OUT && !ms_rows_same(rows, i + 1))
			return true;
	}
	return false;
}

/* How many rows of an UPDATE are not what they were. */
static int64
count_changed(const TriggerData *trigger)
{
	columns		c = columns_of(trigger->tg_relation);
	int64		n = 0;
	ms_rows		rows;

	ms_rows_begin(&rows, trigger);
	while (ms_rows_next(&rows))
		n += is_changed(&c, &rows);
	ms_rows_end(&rows);
	return n;
}

/* How many rows the record has as a number alone; 0: it has each. */
static int64
too_many(const TriggerData *trigger)
{
	int64		most = ms_settings_get()->audit_rows;
	int64		count = ms_rows_count(trigger);

	if (count <= most || ms_is_delegate(GetOuterUserId()))
		return 0;
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		count = count_changed(trigger);
	return count <= most ? 0 : count;
}

static const char *
action_of(const TriggerData *trigger)
{
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		return "INSERT";
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		return "UPDATE";
	return TRIGGER_FIRED_BY_DELETE(trigger->tg_event) ? "DELETE" : "TRUNCATE";
}

/* AFTER each statement, with the transition tables that it can have */
PG_FUNCTION_INFO_V1(ms_audit_changes);
Datum
ms_audit_changes(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_statement_trigger(fcinfo, "audit_changes");
	ms_audit_row row = {.action = action_of(trigger), .table = RelationGetRelationName(trigger->tg_relation)};
	bool		is_truncate = TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event);
	int64		count;

	if (ms_rows_count(trigger) == 0 && !is_truncate)
		return PointerGetDatum(NULL);
	count = too_many(trigger);
	SPI_connect();
	if (count > 0)
		row.count = psprintf(INT64_FORMAT, count);
	if (count > 0 || is_truncate)
		ms_audit_write(&row);
	else
		write_rows(trigger, &row);
	SPI_finish();
	return PointerGetDatum(NULL);
}
