/*
 * config_spi.c
 *	  The table settings, and what it shares with transport_services.
 */
#include "schema/config.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "maildir/maildir.h"
#include "password/password.h"
#include "schema/services.h"
#include "schema/tables.h"

bool
ms_config_replaced(const TriggerData *trigger, AttrNumber key)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	Oid		   *types = palloc(desc->natts * sizeof(Oid));
	Datum	   *values = palloc(desc->natts * sizeof(Datum));
	char	   *nulls = palloc(desc->natts);
	StringInfoData sql;
	bool		replaced;
	int			i;

	if (!ms_restoring())
		return false;
	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE mailstack.%s SET ",
					 quote_identifier(RelationGetRelationName(trigger->tg_relation)));
	for (i = 0; i < desc->natts; i++)
	{
		bool		isnull;

		Form_pg_attribute attribute = TupleDescAttr(desc, i);

		types[i] = attribute->attisdropped ? TEXTOID : attribute->atttypid;
		values[i] = ms_row_get(trigger, ms_trigger_row(trigger), i + 1, &isnull);
		nulls[i] = isnull ? 'n' : ' ';
		if (!attribute->attisdropped && attribute->attgenerated == '\0')
			appendStringInfo(&sql, "%s%s = $%d", i > 0 ? ", " : "",
							 quote_identifier(NameStr(attribute->attname)), i + 1);
	}
	appendStringInfo(&sql, " WHERE %s = $%d",
					 quote_identifier(NameStr(TupleDescAttr(desc, key - 1)->attname)), key);
	SPI_connect();
	SPI_execute_with_args(sql.data, desc->natts, types, values, nulls, false, 0);
	replaced = SPI_processed > 0;
	SPI_finish();
	return replaced;
}

void
ms_statement_run(ms_statement *statement, const char *const *args)
{
	Oid			types[FUNC_MAX_ARGS];
	Datum		values[FUNC_MAX_ARGS];
	char		nulls[FUNC_MAX_ARGS];
	int			i;

	for (i = 0; i < statement->nargs; i++)
	{
		types[i] = TEXTOID;
		values[i] = args[i] != NULL ? CStringGetTextDatum(args[i]) : (Datum) 0;
		nulls[i] = args[i] != NULL ? ' ' : 'n';
	}
	if (statement->plan == NULL)
	{
		SPIPlanPtr	plan = SPI_prepare_cursor(statement->query, statement->nargs, types, CURSOR_OPT_GENERIC_PLAN);

		SPI_keepplan(plan);
		statement->plan = plan;
	}
	SPI_execute_plan(statement->plan, values, nulls, false, 0);
}

char *
ms_config_first(const char *query, const char *parameter)
{
	MemoryContext caller = CurrentMemoryContext;
	char	   *result = NULL;
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {parameter != NULL ? CStringGetTextDatum(parameter) : (Datum) 0};

	SPI_connect();
	PushActiveSnapshot(ms_rule_snapshot());
	SPI_execute_with_args(query, parameter != NULL ? 1 : 0, types, values, NULL, true, 1);
	PopActiveSnapshot();
	if (SPI_processed > 0)
		result = MemoryContextStrdup(caller, SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1));
	SPI_finish();
	return result;
}

void
ms_config_run(const char *query, const char *parameter)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {CStringGetTextDatum(parameter)};

	SPI_connect();
	SPI_execute_with_args(query, 1, types, values, NULL, false, 0);
	SPI_finish();
}

/* --------------------------------------------------------------- settings */

static void
require_setting_transport(const TriggerData *trigger, HeapTuple row, AttrNumber column,
						  const char *class, const char *whose)
{
	ms_span		transport = ms_row_span(trigger, row, column);
	ms_span		class_span = ms_span_of_text(class);
	ms_service	service = ms_service_find(transport, class_span, false);

	ms_service_require(&service, transport, class_span, whose);
}

static void
refuse_floor(const char *setting, int32 floor, const char *whose)
{
	if (whose != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("%s cannot become %d", setting, floor),
				 errdetail("%s has a lower one.", whose),
				 errhint("Change it there first.")));
}

/*
 * The rows that a changed setting is checked against: their writers are waited
 * for, and those that come later see the new setting.
 */
static void
lock_out_writers(void)
{
	LockRelationOid(ms_table_oid(MS_DOMAINS), ShareRowExclusiveLock);
	LockRelationOid(ms_table_oid(MS_USERS), ShareRowExclusiveLock);
}

static bool
has_changed(const TriggerData *trigger, HeapTuple row, AttrNumber column)
{
	return !TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ||
		strcmp(ms_row_text(trigger, trigger->tg_trigtuple, column), ms_row_text(trigger, row, column)) != 0;
}

static void
check_floors(const TriggerData *trigger, HeapTuple row)
{
	int32		uid = ms_row_int32(trigger, row, MS_SETTINGS_FIRST_VALID_UID);
	int32		gid = ms_row_int32(trigger, row, MS_SETTINGS_FIRST_VALID_GID);

	refuse_floor("first_valid_uid", uid,
				 ms_config_first("SELECT 'Domain ' || domain::text FROM mailstack.domains WHERE uid < $1::integer"
								 " UNION ALL SELECT 'User ' || email::text FROM mailstack.users WHERE uid < $1::integer"
								 " ORDER BY 1 LIMIT 1", psprintf("%d", uid)));
	refuse_floor("first_valid_gid", gid,
				 ms_config_first("SELECT 'Domain ' || domain::text FROM mailstack.domains WHERE gid < $1::integer"
								 " UNION ALL SELECT 'User ' || email::text FROM mailstack.users WHERE gid < $1::integer"
								 " ORDER BY 1 LIMIT 1", psprintf("%d", gid)));
}

static void
check_delimiter(const TriggerData *trigger, HeapTuple row)
{
	char	   *delimiter = ms_row_text(trigger, row, MS_SETTINGS_RECIPIENT_DELIMITER);
	char	   *user = ms_config_first("SELECT email::text FROM mailstack.users"
									   " WHERE mailstack.address_detail(email, $1) IS NOT NULL ORDER BY 1 LIMIT 1",
									   delimiter);

	if (user != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("recipient_delimiter cannot become \"%s\"", delimiter),
				 errdetail("The mailbox \"%s\" would be a sub-address of another.", user),
				 errhint("Rename the mailbox first, or make the address an alias.")));
}

static void
refuse_setting(bool wrong, const char *message, const char *detail, const char *hint)
{
	if (wrong)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("%s", message), errdetail("%s", detail), errhint("%s", hint)));
}

static int32
strength_of(const char *scheme)
{
	const ms_scheme *found = ms_scheme_find(ms_span_of_text(scheme));

	return ms_scheme_is_stored(found) ? (int32) found->strength : -1;
}

/* A setting that set_password() could not live with would be noticed when somebody wants a new password. */
static void
check_password_scheme(const char *scheme, const char *lowest)
{
	refuse_setting(!ms_scheme_is_written(ms_scheme_find(ms_span_of_text(scheme))),
				   psprintf("password_scheme \"%s\" is none that set_password() writes", scheme),
				   "It makes hashes of the schemes ARGON2ID, BLF-CRYPT, SHA512-CRYPT and SCRAM-SHA-256.",
				   "ARGON2ID is the default.");
	refuse_setting(lowest != NULL && strength_of(lowest) < 0,
				   psprintf("password_lowest_scheme \"%s\" is no scheme whose hashes are stored", lowest),
				   "password_strength() has an order of the schemes.",
				   "NULL lets all of them be stored, and warns of those that are broken.");
	refuse_setting(lowest != NULL && strength_of(scheme) < strength_of(lowest),
				   psprintf("password_scheme %s is below password_lowest_scheme %s", scheme, lowest),
				   "What set_password() makes would be refused.",
				   "Change both in one UPDATE.");
}

static void
check_bounds(const TriggerData *trigger, HeapTuple row, AttrNumber column, const char *setting,
			 int32 least, int32 most, const char *why)
{
	int32		value = ms_row_int32(trigger, row, column);

	refuse_setting(value < least || value > most,
				   psprintf("%s cannot become %d", setting, value),
				   psprintf("It is from %d to %d.", least, most), why);
}

/* The name of a scheme as Dovecot writes it. */
static HeapTuple
canonicalize_scheme(const TriggerData *trigger, HeapTuple row, AttrNumber column)
{
	return ms_row_set_text(trigger, row, column, ms_scheme_find(ms_row_span(trigger, row, column))->name);
}

static HeapTuple
check_password_settings(const TriggerData *trigger, HeapTuple row)
{
	bool		all = ms_row_is_null(trigger, row, MS_SETTINGS_PASSWORD_LOWEST_SCHEME);

	check_password_scheme(ms_row_text(trigger, row, MS_SETTINGS_PASSWORD_SCHEME),
						  all ? NULL : ms_row_text(trigger, row, MS_SETTINGS_PASSWORD_LOWEST_SCHEME));
	check_bounds(trigger, row, MS_SETTINGS_PASSWORD_MIN_LENGTH, "password_min_length", 1, 128,
				 "Longer ones can be used at any setting.");
	check_bounds(trigger, row, MS_SETTINGS_ARGON2_MEMORY, "argon2_memory", 1024, 1048576,
				 "It is in KiB; each login takes as much of Dovecot's auth.");
	check_bounds(trigger, row, MS_SETTINGS_ARGON2_ITERATIONS, "argon2_iterations", 1, 100,
				 "Each login takes as many passes over argon2_memory.");
	refuse_setting((int64) ms_row_int32(trigger, row, MS_SETTINGS_ARGON2_MEMORY) *
				   ms_row_int32(trigger, row, MS_SETTINGS_ARGON2_ITERATIONS) > 4194304,
				   "argon2_memory times argon2_iterations is above 4194304",
				   "A hash of that cost would be refused: logins wait while it is computed.",
				   "19456 and 2 are OWASP's.");
	row = canonicalize_scheme(trigger, row, MS_SETTINGS_PASSWORD_SCHEME);
	return all ? row : canonicalize_scheme(trigger, row, MS_SETTINGS_PASSWORD_LOWEST_SCHEME);
}

static void
check_system_name(const TriggerData *trigger, HeapTuple row, AttrNumber column, const char *setting)
{
	const char *name = ms_row_text(trigger, row, column);
	size_t		len = strlen(name);

	refuse_setting(len < 1 || len > 32 || strchr("-.0123456789", name[0]) != NULL ||
				   strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") != len,
				   psprintf("%s cannot become \"%s\"", setting, name),
				   "It is a name of /etc/passwd or /etc/group, of letters, digits and _.- alone.",
				   "Postfix and Dovecot want the name of the user and of the group; uid and gid are the numbers.");
}

/* What the CHECKs of the table say, in words. */
static void
check_values(const TriggerData *trigger, HeapTuple row)
{
	char	   *root = ms_row_text(trigger, row, MS_SETTINGS_MAIL_ROOT);
	char	   *delimiter = ms_row_text(trigger, row, MS_SETTINGS_RECIPIENT_DELIMITER);

	refuse_setting(root[0] != '/', psprintf("mail_root \"%s\" is not absolute", root),
				   "Homes are made from it, and Dovecot refuses a relative home.",
				   "Begin it with a slash, as in /home/mail/.");
	refuse_setting(delimiter[strspn(delimiter, "-!#$%&*+./=?^_`{|}~")] != '\0',
				   psprintf("recipient_delimiter \"%s\" cannot divide an address", delimiter),
				   "Each of its characters has to be one that may stand in a local part, and no letter or digit.",
				   "Postfix and Dovecot know + and -; empty means that there are no sub-addresses.");
	refuse_setting(ms_row_int32(trigger, row, MS_SETTINGS_UID) < ms_row_int32(trigger, row, MS_SETTINGS_FIRST_VALID_UID),
				   "uid is below first_valid_uid",
				   "New domains would get a uid that they may not have.",
				   "Change both in one UPDATE.");
	refuse_setting(ms_row_int32(trigger, row, MS_SETTINGS_GID) < ms_row_int32(trigger, row, MS_SETTINGS_FIRST_VALID_GID),
				   "gid is below first_valid_gid",
				   "New domains would get a gid that they may not have.",
				   "Change both in one UPDATE.");
	refuse_setting(ms_row_int32(trigger, row, MS_SETTINGS_FIRST_VALID_UID) <= 0 ||
				   ms_row_int32(trigger, row, MS_SETTINGS_FIRST_VALID_GID) <= 0,
				   "first_valid_uid and first_valid_gid are above 0",
				   "Mail is never stored as root: Postfix and Dovecot refuse it.",
				   "Dovecot's defaults are 500 and 1.");
	check_system_name(trigger, row, MS_SETTINGS_MAIL_USER, "mail_user");
	check_system_name(trigger, row, MS_SETTINGS_MAIL_GROUP, "mail_group");
}

HeapTuple
ms_canonicalize_subdirectory(const TriggerData *trigger, HeapTuple row, AttrNumber column)
{
	ms_span		given = ms_row_span(trigger, row, column);
	char		path[MS_MAILDIR_MAX];
	size_t		len;
	ms_fault	fault;

	if (given.len == 0)
		return row;
	if (given.data[0] == '/')
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("mail_subdirectory \"%.*s\" is absolute", (int) given.len, given.data),
				 errhint("It is a directory in the home, for example Maildir/, or empty for the home itself.")));
	if (memchr(given.data, ':', given.len) != NULL || memchr(given.data, '%', given.len) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("mail_subdirectory \"%.*s\" holds a colon or a percent sign",
						(int) given.len, given.data),
				 errdetail("Dovecot's mail location, which it becomes part of, gives both a meaning of their own.")));
	if (!ms_maildir_parse(given, path, sizeof(path), &len, &fault))
		ms_report_fault(NULL, "maildir_path", given, &fault);
	if (ms_span_equal(given, ms_span_of(path, len)))
		return row;
	return ms_row_set_text(trigger, row, column, pnstrdup(path, len));
}

PG_FUNCTION_INFO_V1(ms_settings_before);
Datum
ms_settings_before(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "settings_before", MS_BEFORE_ROW, "settings");
	HeapTuple	row = ms_trigger_row(trigger);

	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event) &&
		ms_config_replaced(trigger, MS_SETTINGS_SINGLETON))
		return PointerGetDatum(NULL);
	if (ms_restoring())
		return PointerGetDatum(row);
	check_values(trigger, row);
	row = check_password_settings(trigger, row);
	row = ms_canonicalize_subdirectory(trigger, row, MS_SETTINGS_MAIL_SUBDIRECTORY);
	require_setting_transport(trigger, row, MS_SETTINGS_VIRTUAL_TRANSPORT, "virtual_mailbox",
							  "setting virtual_transport");
	require_setting_transport(trigger, row, MS_SETTINGS_RELAY_TRANSPORT, "relay",
							  "setting relay_transport");
	if (has_changed(trigger, row, MS_SETTINGS_FIRST_VALID_UID) ||
		has_changed(trigger, row, MS_SETTINGS_FIRST_VALID_GID) ||
		has_changed(trigger, row, MS_SETTINGS_RECIPIENT_DELIMITER))
	{
		lock_out_writers();
		check_floors(trigger, row);
		check_delimiter(trigger, row);
	}
	return PointerGetDatum(row);
}

/* AFTER any change */
PG_FUNCTION_INFO_V1(ms_settings_after);
Datum
ms_settings_after(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "settings_after", MS_AFTER_ROW, "settings");

	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("the row of settings is not deleted"),
				 errhint("Change it by UPDATE; column = DEFAULT brings a default back.")));
	ms_settings_changed(trigger->tg_relation);
	return PointerGetDatum(NULL);
}

/* BEFORE TRUNCATE, for each statement, on the tables that came with rows */
PG_FUNCTION_INFO_V1(ms_refuse_truncate);
Datum
ms_refuse_truncate(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_statement_trigger(fcinfo, "refuse_truncate");

	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("table \"%s\" is not truncated", RelationGetRelationName(trigger->tg_relation)),
			 errdetail("Rows that came with mailstack are in it."),
			 errhint("Delete the rows of your own.")));
	return PointerGetDatum(NULL);
}
