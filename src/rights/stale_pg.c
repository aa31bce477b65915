/*
 * stale_pg.c
 *	  NOTIFY of what has made Dovecot's auth cache stale.
 */
#include "rights/rows.h"

#include "commands/async.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#define CHANNEL "mailstack_auth"
#define EVERYBODY "*"

/* A statement that concerns more users flushes the whole cache. */
#define NAMED_USERS 100

/* Whether a column is none of those that the trigger's arguments leave out, and is no computed one. */
static bool
matters(const TriggerData *trigger, Form_pg_attribute attribute)
{
	int			i;

	if (attribute->attisdropped || attribute->attgenerated != '\0')
		return false;
	for (i = 0; i < trigger->tg_trigger->tgnargs; i++)
	{
		if (strcmp(trigger->tg_trigger->tgargs[i], NameStr(attribute->attname)) == 0)
			return false;
	}
	return true;
}

static bool
is_stale(const TriggerData *trigger, const ms_rows *rows)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	int			i;

	if (rows->old_slot == NULL || rows->new_slot == NULL)
		return true;
	for (i = 0; i < desc->natts; i++)
	{
		if (matters(trigger, TupleDescAttr(desc, i)) && !ms_rows_same(rows, i + 1))
			return true;
	}
	return false;
}

/* The user of one form of the row. */
static void
notify_user(TupleTableSlot *slot, AttrNumber email)
{
	bool		isnull;
	ms_key_view user;

	if (slot == NULL)
		return;
	user = ms_key_view_of((struct varlena *) DatumGetPointer(ms_slot_get(slot, email, &isnull)));
	Async_Notify(CHANNEL, ms_address_to_cstring(user.local, user.domain));
}

/* AFTER each statement, with the transition tables that it can have; users are named by a column email. */
PG_FUNCTION_INFO_V1(ms_notify_auth);
Datum
ms_notify_auth(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_statement_trigger(fcinfo, "notify_auth");
	AttrNumber	email = get_attnum(RelationGetRelid(trigger->tg_relation), "email");
	bool		everybody = email <= 0 || ms_rows_count(trigger) > NAMED_USERS;
	bool		stale = TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event);
	ms_rows		rows;

	ms_rows_begin(&rows, trigger);
	while (!(stale && everybody) && ms_rows_next(&rows))
	{
		if (!is_stale(trigger, &rows))
			continue;
		stale = true;
		if (everybody)
			break;
		notify_user(rows.old_slot, email);
		notify_user(rows.new_slot, email);
	}
	ms_rows_end(&rows);
	if (stale && (everybody || TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event)))
		Async_Notify(CHANNEL, EVERYBODY);
	return PointerGetDatum(NULL);
}
