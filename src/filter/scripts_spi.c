/*
 * scripts_spi.c
 *	  The table sieve_scripts: the checks of a row, and which script is the
 *	  active one.
 */
#include "filter/owner.h"

#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "filter/served.h"
#include "schema/admin.h"
#include "schema/config.h"

#define NAME_MAX_OCTETS 128		/* as in 1_tables.sql */

static const ms_owner_columns owner = {MS_SIEVE_SCRIPTS_EMAIL, MS_SIEVE_SCRIPTS_DOMAIN};

static bool
is_name(ms_span name)
{
	static const char *const reserved[] = {"all", "domain", "filters", "active"};
	size_t		i;

	for (i = 0; i < name.len; i++)
	{
		if ((unsigned char) name.data[i] < ' ' || name.data[i] == 0x7f || name.data[i] == '/')
			return false;
	}
	for (i = 0; i < lengthof(reserved); i++)
	{
		if (ms_span_is(name, reserved[i]))
			return false;
	}
	return name.len > 0 && name.len <= NAME_MAX_OCTETS;
}

static void
check_name(const TriggerData *trigger, HeapTuple row)
{
	ms_span		name = ms_row_span(trigger, row, MS_SIEVE_SCRIPTS_NAME);

	if (!ms_row_is_null(trigger, row, MS_SIEVE_SCRIPTS_NAME) && !is_name(name))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("\"%.*s\" is no name for a script", (int) name.len, name.data),
				 errdetail("A name has 1 to %d octets, no control character and no slash; \"all\", \"domain\", \"filters\" and \"active\" are what Dovecot asks for.",
						   NAME_MAX_OCTETS),
				 errtable(trigger->tg_relation)));
}

static bool
is_active(const TriggerData *trigger, HeapTuple row)
{
	bool		isnull;
	Datum		active = ms_row_get(trigger, row, MS_SIEVE_SCRIPTS_ACTIVE, &isnull);

	return !isnull && DatumGetBool(active);
}

/* What the unique index says, with the way out. */
static void
check_no_other_active(const TriggerData *trigger, HeapTuple row)
{
	struct varlena *key = ms_owner_of(trigger, row, &owner);
	ms_reader	reader;
	const ms_scan *other;

	ms_reader_begin(&reader, RegisterSnapshot(ms_rule_snapshot()));
	for (other = ms_read(&reader, MS_SIEVE_SCRIPTS, key); other != NULL; other = ms_read_next(&reader, MS_SIEVE_SCRIPTS))
	{
		ms_span		name = ms_scan_span(other, MS_SIEVE_SCRIPTS_NAME);
		ms_key_view view = ms_key_view_of(key);

		if (ms_scan_bool(other, MS_SIEVE_SCRIPTS_ACTIVE))
			ereport(ERROR,
					(errcode(ERRCODE_UNIQUE_VIOLATION),
					 errmsg("\"%.*s\" is the active script of \"%s\"", (int) name.len, name.data, ms_key_to_cstring(&view)),
					 errdetail("One runs at a time."),
					 errhint("INSERT with active = false, and then SELECT mailstack.activate_sieve_script(%s, %s)",
							 quote_literal_cstr(ms_key_to_cstring(&view)),
							 quote_literal_cstr(ms_row_text(trigger, row, MS_SIEVE_SCRIPTS_NAME))),
					 errtable(trigger->tg_relation)));
	}
	ms_reader_end(&reader);
	UnregisterSnapshot(reader.snapshot);
}

/* What is stored and does not run is not what its author thinks. */
static void
notice_not_run(const TriggerData *trigger, HeapTuple row)
{
	struct varlena *key = ms_owner_of(trigger, row, &owner);
	ms_key_view view = ms_key_view_of(key);

	if (view.class == MS_KEY_ADDRESS && !ms_settings_get()->sieve_in_database)
		ereport(NOTICE,
				(errmsg("the script of \"%s\" is stored, and does not run", ms_key_to_cstring(&view)),
				 errdetail("By settings.sieve_personal a user's own script is a file in the home, which ManageSieve writes."),
				 errhint("UPDATE mailstack.settings SET sieve_personal = 'database', and dovecot.conf with it; or give the user filters, which run before that file.")));
	else
		ms_notice_no_sieve(key, "the script");
}

/* When the text was written, not when another was made the active one. */
static HeapTuple
note_change(const TriggerData *trigger, HeapTuple row)
{
	if (ms_span_equal(ms_row_span(trigger, trigger->tg_trigtuple, MS_SIEVE_SCRIPTS_SCRIPT),
					  ms_row_span(trigger, row, MS_SIEVE_SCRIPTS_SCRIPT)))
		return row;
	return ms_row_set(trigger, row, MS_SIEVE_SCRIPTS_CHANGED, TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()));
}

PG_FUNCTION_INFO_V1(ms_sieve_scripts_before);
Datum
ms_sieve_scripts_before(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "sieve_scripts_before", MS_BEFORE_ROW, "sieve_scripts");
	HeapTuple	row = ms_set_owner(trigger, ms_trigger_row(trigger), &owner, "a script");
	bool		was_active = false;

	check_name(trigger, row);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
	{
		was_active = is_active(trigger, trigger->tg_trigtuple);
		row = note_change(trigger, row);
	}
	if (is_active(trigger, row) && !was_active && !ms_restoring())
	{
		check_no_other_active(trigger, row);
		notice_not_run(trigger, row);
	}
	return PointerGetDatum(row);
}

/* ------------------------------------------------------------------ activation */

static ms_statement deactivate = {
	"UPDATE mailstack.sieve_scripts SET active = false WHERE active AND owner OPERATOR(mailstack.=) $1::mailstack.mail_key"
	" AND name IS DISTINCT FROM $2", 2, NULL
};
static ms_statement activate = {
	"UPDATE mailstack.sieve_scripts SET active = true WHERE owner OPERATOR(mailstack.=) $1::mailstack.mail_key AND name = $2"
	" RETURNING id", 2, NULL
};

static void
run_activation(const char *const *args)
{
	SPI_connect();
	ms_statement_run(&deactivate, args);
	if (args[1] != NULL)
	{
		ms_statement_run(&activate, args);
		if (SPI_processed == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"%s\" has no script \"%s\"", args[0], args[1]),
					 errhint("SELECT name, active FROM mailstack.sieve_scripts WHERE owner::text = %s", quote_literal_cstr(args[0]))));
	}
	SPI_finish();
}

PG_FUNCTION_INFO_V1(ms_activate_sieve_script);
Datum
ms_activate_sieve_script(PG_FUNCTION_ARGS)
{
	MemoryContext context = CurrentMemoryContext;
	const char *args[2];

	ms_refuse_null(fcinfo, 0, "owner");
	args[0] = text_to_cstring(PG_GETARG_TEXT_PP(0));
	args[1] = PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));
	PG_TRY();
	{
		run_activation(args);
	}
	PG_CATCH();
	{
		ms_rethrow_without_context(context);
	}
	PG_END_TRY();
	PG_RETURN_VOID();
}
