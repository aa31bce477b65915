/*
 * trigger_pg.c
 *	  The trigger functions that serve anybody's tables, and what all share.
 */
#include "schema/trigger.h"

#include "access/htup_details.h"
#include "access/tableam.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "maildir/maildir.h"
#include "schema/delegates.h"

static TriggerData *
trigger_called(FunctionCallInfo fcinfo, const char *function)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by a trigger", function)));
	return (TriggerData *) fcinfo->context;
}

TriggerData *
ms_trigger_data(FunctionCallInfo fcinfo, const char *function, ms_trigger_timing timing, int min_args)
{
	TriggerData *trigger = trigger_called(fcinfo, function);
	const char *wanted = timing == MS_BEFORE_ROW ? "BEFORE INSERT OR UPDATE" : "AFTER";
	bool		fits;

	fits = TRIGGER_FIRED_FOR_ROW(trigger->tg_event) &&
		(timing == MS_BEFORE_ROW
		 ? TRIGGER_FIRED_BEFORE(trigger->tg_event) && !TRIGGER_FIRED_BY_DELETE(trigger->tg_event)
		 : TRIGGER_FIRED_AFTER(trigger->tg_event));
	if (!fits)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" on \"%s\" is declared for the wrong event",
						trigger->tg_trigger->tgname, RelationGetRelationName(trigger->tg_relation)),
				 errhint("Declare it %s ... FOR EACH ROW EXECUTE FUNCTION mailstack.%s(...).",
						 wanted, function)));
	if (trigger->tg_trigger->tgnargs < min_args)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" on \"%s\" gives function \"%s\" too few columns",
						trigger->tg_trigger->tgname, RelationGetRelationName(trigger->tg_relation),
						function),
				 errdetail("It gives %d; %d are needed.", trigger->tg_trigger->tgnargs, min_args)));
	return trigger;
}

static void
require_own_table(const TriggerData *trigger, const char *function, const char *table)
{
	const char *name = RelationGetRelationName(trigger->tg_relation);

	if (RelationGetNamespace(trigger->tg_relation) != get_namespace_oid("mailstack", false) ||
		(table != NULL && strcmp(name, table) != 0))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" is not made for table \"%s\"", function, name),
				 errhint("canonicalize_address, build_maildir and check_maildir serve any table.")));
}

TriggerData *
ms_own_trigger_data(FunctionCallInfo fcinfo, const char *function, ms_trigger_timing timing,
					const char *table)
{
	TriggerData *trigger = ms_trigger_data(fcinfo, function, timing, 0);

	require_own_table(trigger, function, table);
	return trigger;
}

TriggerData *
ms_own_statement_trigger(FunctionCallInfo fcinfo, const char *function)
{
	TriggerData *trigger = trigger_called(fcinfo, function);

	require_own_table(trigger, function, NULL);
	return trigger;
}

HeapTuple
ms_trigger_row(const TriggerData *trigger)
{
	return TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
}

bool
ms_trigger_row_is_current(const TriggerData *trigger)
{
	return table_tuple_satisfies_snapshot(trigger->tg_relation,
										  TRIGGER_FIRED_BY_UPDATE(trigger->tg_event)
										  ? trigger->tg_newslot : trigger->tg_trigslot, SnapshotSelf);
}

AttrNumber
ms_trigger_column(const TriggerData *trigger, const char *name)
{
	AttrNumber	column = get_attnum(RelationGetRelid(trigger->tg_relation), name);

	if (column <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("trigger \"%s\": table \"%s\" has no column \"%s\"",
						trigger->tg_trigger->tgname,
						RelationGetRelationName(trigger->tg_relation), name)));
	return column;
}

static Form_pg_attribute
attribute_of(const TriggerData *trigger, AttrNumber column)
{
	return TupleDescAttr(RelationGetDescr(trigger->tg_relation), column - 1);
}

Datum
ms_row_get(const TriggerData *trigger, HeapTuple row, AttrNumber column, bool *isnull)
{
	Datum		value = heap_getattr(row, column, RelationGetDescr(trigger->tg_relation), isnull);

	if (!*isnull && attribute_of(trigger, column)->attlen == -1)
		value = PointerGetDatum(PG_DETOAST_DATUM_PACKED(value));
	return value;
}

int32
ms_row_int32(const TriggerData *trigger, HeapTuple row, AttrNumber column)
{
	bool		isnull;

	return DatumGetInt32(ms_row_get(trigger, row, column, &isnull));
}

bool
ms_row_is_null(const TriggerData *trigger, HeapTuple row, AttrNumber column)
{
	return heap_attisnull(row, column, RelationGetDescr(trigger->tg_relation));
}

ms_span
ms_row_span(const TriggerData *trigger, HeapTuple row, AttrNumber column)
{
	bool		isnull;
	Datum		value = ms_row_get(trigger, row, column, &isnull);

	if (isnull)
		return MS_NO_SPAN;
	return ms_varlena_span((struct varlena *) DatumGetPointer(value));
}

ms_key_view
ms_row_key(const TriggerData *trigger, HeapTuple row, AttrNumber column)
{
	bool		isnull;

	return ms_key_view_of((struct varlena *)
						  DatumGetPointer(ms_row_get(trigger, row, column, &isnull)));
}

HeapTuple
ms_row_set(const TriggerData *trigger, HeapTuple row, AttrNumber column, Datum value)
{
	int			columns[1] = {column};
	bool		nulls[1] = {false};

	return heap_modify_tuple_by_cols(row, RelationGetDescr(trigger->tg_relation),
									 1, columns, &value, nulls);
}

HeapTuple
ms_row_clear(const TriggerData *trigger, HeapTuple row, AttrNumber column)
{
	int			columns[1] = {column};
	Datum		values[1] = {(Datum) 0};
	bool		nulls[1] = {true};

	return heap_modify_tuple_by_cols(row, RelationGetDescr(trigger->tg_relation),
									 1, columns, values, nulls);
}

HeapTuple
ms_row_set_text(const TriggerData *trigger, HeapTuple row, AttrNumber column, const char *value)
{
	Form_pg_attribute attribute = attribute_of(trigger, column);
	Oid			input;
	Oid			param;

	getTypeInputInfo(attribute->atttypid, &input, &param);
	return ms_row_set(trigger, row, column,
					  OidInputFunctionCall(input, pstrdup(value), param, attribute->atttypmod));
}

char *
ms_row_text(const TriggerData *trigger, HeapTuple row, AttrNumber column)
{
	bool		isnull;
	Datum		value = ms_row_get(trigger, row, column, &isnull);
	Oid			output;
	bool		is_varlena;

	if (isnull)
		return NULL;
	getTypeOutputInfo(attribute_of(trigger, column)->atttypid, &output, &is_varlena);
	return OidOutputFunctionCall(output, value);
}

bool
ms_column_is_text(const TriggerData *trigger, AttrNumber column)
{
	Oid			type = getBaseType(attribute_of(trigger, column)->atttypid);

	return type == TEXTOID || type == VARCHAROID;
}

bool
ms_column_is(const TriggerData *trigger, AttrNumber column, const char *type_name)
{
	return strcmp(format_type_extended(getBaseType(attribute_of(trigger, column)->atttypid), -1,
									   FORMAT_TYPE_FORCE_QUALIFY), type_name) == 0;
}

bool
ms_may_name_rows(Oid relation)
{
	return pg_class_aclcheck(relation, GetOuterUserId(), ACL_SELECT) == ACLCHECK_OK && !ms_is_delegate(GetOuterUserId());
}

static void
refuse_column_type(const TriggerData *trigger, AttrNumber column, const char *wanted)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("trigger \"%s\": column \"%s\" of table \"%s\" is of the wrong type",
					trigger->tg_trigger->tgname, NameStr(attribute_of(trigger, column)->attname),
					RelationGetRelationName(trigger->tg_relation)),
			 errhint("Make it %s.", wanted)));
}

static HeapTuple
canonicalize_text(const TriggerData *trigger, HeapTuple row, AttrNumber column, ms_span text)
{
	ms_key		key;
	ms_fault	fault;
	char	   *canonical;

	if (!ms_address_parse(text, &key, &fault))
		ms_report_fault(NULL, "mail_address", text, &fault);
	canonical = ms_address_to_cstring(ms_span_of(key.local, key.local_len),
									  ms_span_of(key.domain, key.domain_len));
	if (ms_span_is(text, canonical))
		return row;
	return ms_row_set_text(trigger, row, column, canonical);
}

HeapTuple
ms_canonicalize_column(const TriggerData *trigger, HeapTuple row, AttrNumber column)
{
	if (ms_row_is_null(trigger, row, column))
		return row;
	if (ms_column_is_text(trigger, column))
		return canonicalize_text(trigger, row, column, ms_row_span(trigger, row, column));
	return ms_canonicalize_key(trigger, row, column);
}

HeapTuple
ms_canonicalize_key(const TriggerData *trigger, HeapTuple row, AttrNumber column)
{
	ms_key_view view = ms_row_key(trigger, row, column);

	if (view.typed.data == view.local.data)
		return row;
	return ms_row_set(trigger, row, column,
					  PointerGetDatum(ms_key_build(view.class, view.domain, view.local)));
}

/* The address in a column of text or of one of our types, as a canonical key. */
static bool
address_in(const TriggerData *trigger, HeapTuple row, AttrNumber column, ms_key *key)
{
	char	   *text = ms_row_text(trigger, row, column);
	ms_fault	fault;

	if (text == NULL)
		return false;
	if (!ms_address_parse(ms_span_of_text(text), key, &fault))
		ms_report_fault(NULL, "mail_address", ms_span_of_text(text), &fault);
	return true;
}

static HeapTuple
canonicalize_text_path(const TriggerData *trigger, HeapTuple row, AttrNumber column, ms_span text)
{
	char		path[MS_MAILDIR_MAX];
	size_t		len;
	ms_fault	fault;

	if (!ms_maildir_parse(text, path, sizeof(path), &len, &fault))
		ms_report_fault(NULL, "maildir_path", text, &fault);
	if (ms_span_equal(text, ms_span_of(path, len)))
		return row;
	return ms_row_set_text(trigger, row, column, pnstrdup(path, len));
}

/* Writes the path of a valid address and returns its length. */
static size_t
maildir_of(ms_span domain, ms_span local, char path[MS_MAILDIR_MAX])
{
	size_t		len;
	ms_fault	fault;

	if (!ms_maildir_for_address(domain, local, path, MS_MAILDIR_MAX, &len, &fault))
		elog(ERROR, "a valid address made an invalid maildir");
	return len;
}

Datum
ms_maildir_of_key(const ms_key_view *address)
{
	char		path[MS_MAILDIR_MAX];
	size_t		len = maildir_of(address->domain, address->local, path);

	return PointerGetDatum(cstring_to_text_with_len(path, (int) len));
}

HeapTuple
ms_fill_maildir(const TriggerData *trigger, HeapTuple row, AttrNumber maildir, AttrNumber email)
{
	char		path[MS_MAILDIR_MAX];
	size_t		len;
	ms_key		key;

	if (!ms_row_is_null(trigger, row, maildir))
	{
		if (ms_column_is_text(trigger, maildir))
			return canonicalize_text_path(trigger, row, maildir, ms_row_span(trigger, row, maildir));
		return row;
	}
	if (!address_in(trigger, row, email, &key))
		return row;
	len = maildir_of(ms_span_of(key.domain, key.domain_len), ms_span_of(key.local, key.local_len), path);
	return ms_row_set_text(trigger, row, maildir, pnstrdup(path, len));
}

PG_FUNCTION_INFO_V1(ms_canonicalize_address);
Datum
ms_canonicalize_address(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_trigger_data(fcinfo, "canonicalize_address", MS_BEFORE_ROW, 1);
	HeapTuple	row = ms_trigger_row(trigger);
	int			i;

	for (i = 0; i < trigger->tg_trigger->tgnargs; i++)
	{
		AttrNumber	column = ms_trigger_column(trigger, trigger->tg_trigger->tgargs[i]);

		if (!ms_column_is_text(trigger, column) && !ms_column_is(trigger, column, "mailstack.mail_key"))
			refuse_column_type(trigger, column, "text, varchar, mail_key or a domain over one of them");
		row = ms_canonicalize_column(trigger, row, column);
	}
	return PointerGetDatum(row);
}

PG_FUNCTION_INFO_V1(ms_build_maildir);
Datum
ms_build_maildir(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_trigger_data(fcinfo, "build_maildir", MS_BEFORE_ROW, 2);
	AttrNumber	maildir = ms_trigger_column(trigger, trigger->tg_trigger->tgargs[0]);
	AttrNumber	email = ms_trigger_column(trigger, trigger->tg_trigger->tgargs[1]);

	if (!ms_column_is_text(trigger, maildir) && !ms_column_is(trigger, maildir, "mailstack.maildir_path"))
		refuse_column_type(trigger, maildir, "text, varchar or maildir_path");
	return PointerGetDatum(ms_fill_maildir(trigger, ms_trigger_row(trigger), maildir, email));
}
