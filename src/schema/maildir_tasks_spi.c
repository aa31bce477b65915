/*
 * maildir_tasks_spi.c
 *	  The outbox of mailstack-runner, written by triggers in the transaction
 *	  that gives a maildir or takes it away.
 *
 * Who listens to the channel is woken by the commit; the runner also looks by
 * itself, so that a notification that is lost costs a minute.
 */
#include "schema/maildir_tasks.h"

#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "commands/async.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/builtins.h"

#include "schema/config.h"
#include "schema/tables.h"

#define CHANNEL "mailstack_maildirs"

/* A number of our own among the locks of the schema. */
#define MAILDIR_LOCK 5

static ms_statement create_each = {
	"INSERT INTO mailstack.maildir_tasks (action, maildir, uid, gid, email)"
	" SELECT 'create', maildir, uid, gid, email FROM new_rows", 0, NULL
};
static ms_statement give_up_one = {
	"INSERT INTO mailstack.maildir_tasks (action, maildir, target, uid, gid, email)"
	" VALUES ($1, $2::mailstack.maildir_path, $3::mailstack.maildir_path, $4::integer, $5::integer, $6::mailstack.mail_address)", 6, NULL
};
/* Also what has to be done first, of homes that he had in between; not what is nobody's any more. */
static ms_statement chown_tasks = {
	"WITH RECURSIVE homes AS (SELECT $3::mailstack.maildir_path AS maildir"
	" UNION SELECT t.maildir FROM mailstack.maildir_tasks t JOIN homes h ON t.target OPERATOR(mailstack.=) h.maildir"
	" WHERE t.done_at IS NULL AND t.action = 'move')"
	" UPDATE mailstack.maildir_tasks t SET uid = $1::integer, gid = $2::integer FROM homes h"
	" WHERE t.done_at IS NULL AND (t.action IN ('move', 'sweep', 'purge', 'take') AND t.target OPERATOR(mailstack.=) h.maildir"
	" OR t.action = 'create' AND t.maildir OPERATOR(mailstack.=) h.maildir)", 3, NULL
};
static ms_statement give_up_all = {
	"INSERT INTO mailstack.maildir_tasks (action, maildir, uid, gid, email)"
	" SELECT 'retire', maildir, uid, gid, email FROM mailstack.users", 0, NULL
};

/*
 * A released maildir may be another's in a moment.  What was on its way there
 * stays where it is, and is kept like one whose user is gone.
 */
#define END_TASKS \
	"UPDATE mailstack.maildir_tasks t SET done_at = clock_timestamp(), result = 'released: nothing more is done'" \
	" WHERE done_at IS NULL AND action IN ('sweep', 'retire', 'purge')"
#define FORGET_TARGET \
	"UPDATE mailstack.maildir_tasks t SET target = NULL, action = CASE WHEN action IN ('move', 'sweep') THEN 'retire' ELSE action END" \
	" WHERE done_at IS NULL AND action IN ('move', 'sweep', 'purge', 'take') AND target IS NOT NULL"
#define RELEASED "EXISTS (SELECT FROM old_rows o WHERE o.maildir OPERATOR(mailstack.=) "

static ms_statement end_tasks = {END_TASKS " AND " RELEASED "t.maildir)", 0, NULL};
static ms_statement forget_target = {FORGET_TARGET " AND " RELEASED "t.target)", 0, NULL};
static ms_statement end_all_tasks = {END_TASKS, 0, NULL};
static ms_statement forget_all_targets = {FORGET_TARGET, 0, NULL};

/*
 * Who got one next that is still to be moved would have his mail moved to the
 * one who had it; and who got one that is being taken away would miss what is
 * on its way.
 */
#define IN_USE \
	"SELECT t.maildir, t.target, t.id, t.action FROM mailstack.maildir_tasks t" \
	" WHERE t.done_at IS NULL AND t.action IN ('move', 'take')"

static ms_statement in_use = {IN_USE " AND " RELEASED "t.maildir)", 0, NULL};
static ms_statement any_in_use = {IN_USE, 0, NULL};

static ms_statement count_days_anew = {
	"UPDATE mailstack.maildir_tasks t SET due = coalesce(r.retired_at + make_interval(days => $1::integer), 'infinity')"
	" FROM mailstack.retired_maildirs r"
	" WHERE t.done_at IS NULL AND t.action IN ('purge', 'take') AND r.maildir OPERATOR(mailstack.=) t.maildir", 1, NULL
};

/* With what the statement of the trigger has changed, where there is a trigger. */
static void
begin(const TriggerData *trigger)
{
	SPI_connect();
	if (trigger != NULL && SPI_register_trigger_data((TriggerData *) trigger) < 0)
		elog(ERROR, "SPI_register_trigger_data failed");
}

static void
run(const TriggerData *trigger, ms_statement *statement, const char *const *args)
{
	begin(trigger);
	ms_statement_run(statement, args);
	SPI_finish();
}

static bool
has_runner(void)
{
	return ms_settings_get()->maildir_runner;
}

static void
write_tasks(const TriggerData *trigger, ms_statement *statement, const char *const *args)
{
	run(trigger, statement, args);
	Async_Notify(CHANNEL, "");
}

/* AFTER INSERT, for each statement */
PG_FUNCTION_INFO_V1(ms_users_create_maildirs);
Datum
ms_users_create_maildirs(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_statement_trigger(fcinfo, "users_create_maildirs");

	if (has_runner())
		write_tasks(trigger, &create_each, NULL);
	return PointerGetDatum(NULL);
}

void
ms_maildir_given_up(const TriggerData *trigger)
{
	HeapTuple	old = trigger->tg_trigtuple;
	bool		moves = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
	HeapTuple	owner = moves ? trigger->tg_newtuple : old;
	const char *args[6];

	if (!has_runner())
		return;
	args[0] = moves ? "move" : "retire";
	args[1] = ms_row_text(trigger, old, MS_USERS_MAILDIR);
	args[2] = moves ? ms_row_text(trigger, trigger->tg_newtuple, MS_USERS_MAILDIR) : NULL;
	args[3] = ms_row_text(trigger, owner, MS_USERS_UID);
	args[4] = ms_row_text(trigger, owner, MS_USERS_GID);
	args[5] = ms_row_text(trigger, old, MS_USERS_EMAIL);
	write_tasks(NULL, &give_up_one, args);
}

void
ms_maildirs_given_up(void)
{
	if (has_runner())
		write_tasks(NULL, &give_up_all, NULL);
}

/* AFTER UPDATE of uid or gid: also of what was written while there was a runner */
PG_FUNCTION_INFO_V1(ms_users_chown_tasks);
Datum
ms_users_chown_tasks(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "users_chown_tasks", MS_AFTER_ROW, "users");
	const char *args[3];

	args[0] = ms_row_text(trigger, trigger->tg_newtuple, MS_USERS_UID);
	args[1] = ms_row_text(trigger, trigger->tg_newtuple, MS_USERS_GID);
	args[2] = ms_row_text(trigger, trigger->tg_trigtuple, MS_USERS_MAILDIR);
	run(NULL, &chown_tasks, args);
	return PointerGetDatum(NULL);
}

static void
refuse_while_moved(const TriggerData *trigger, const char *maildir, const char *target)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_IN_USE),
			 errmsg("maildir \"%s\" is not released while it is still to be moved", maildir),
			 errdetail("mailstack-runner is to move it to \"%s\": see mailstack.maildir_tasks.", target),
			 errhint("Let the runner do that first. If it was moved by hand: UPDATE mailstack.maildir_tasks SET done_at = now() WHERE maildir::text = %s AND action = 'move'.",
					 quote_literal_cstr(maildir)),
			 errtable(trigger->tg_relation)));
}

static void
refuse_while_taken(const TriggerData *trigger, const char *maildir, const char *id)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_IN_USE),
			 errmsg("maildir \"%s\" is not released while it is being deleted", maildir),
			 errdetail("mailstack-runner has begun to take it away, and releases it when that is done: see mailstack.maildir_tasks."),
			 errhint("Let the runner do that. If its mail is needed, stop the runner, move back what is in \".mailstack-purged-%s\" beside the maildir, and UPDATE mailstack.maildir_tasks SET done_at = now() WHERE id = %s.",
					 id, id),
			 errtable(trigger->tg_relation)));
}

static const char *
found(int column)
{
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);
}

static void
require_unused(const TriggerData *trigger, ms_statement *statement)
{
	begin(trigger);
	ms_statement_run(statement, NULL);
	if (SPI_processed > 0 && strcmp(found(4), "move") == 0)
		refuse_while_moved(trigger, found(1), found(2));
	else if (SPI_processed > 0)
		refuse_while_taken(trigger, found(1), found(3));
	SPI_finish();
}

/* AFTER DELETE, with its rows, or TRUNCATE, for each statement: also of what was written while there was a runner */
PG_FUNCTION_INFO_V1(ms_released_maildirs);
Datum
ms_released_maildirs(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_statement_trigger(fcinfo, "released_maildirs");
	bool		all = TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event);

	require_unused(trigger, all ? &any_in_use : &in_use);
	run(trigger, all ? &forget_all_targets : &forget_target, NULL);
	run(trigger, all ? &end_all_tasks : &end_tasks, NULL);
	return PointerGetDatum(NULL);
}

/* An advisory lock could be taken, and kept, by whoever may connect. */
PG_FUNCTION_INFO_V1(ms_lock_maildirs);
Datum
ms_lock_maildirs(PG_FUNCTION_ARGS)
{
	LOCKTAG		tag;

	(void) fcinfo;
	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, NamespaceRelationId, get_namespace_oid("mailstack", false), MAILDIR_LOCK);
	PG_RETURN_BOOL(LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL);
}

/* AFTER UPDATE of retired_days */
PG_FUNCTION_INFO_V1(ms_purge_days_changed);
Datum
ms_purge_days_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "purge_days_changed", MS_AFTER_ROW, "settings");
	const char *args[1];

	args[0] = ms_row_text(trigger, trigger->tg_newtuple, MS_SETTINGS_RETIRED_DAYS);
	write_tasks(NULL, &count_days_anew, args);
	return PointerGetDatum(NULL);
}
