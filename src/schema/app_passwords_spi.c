/*
 * app_passwords_spi.c
 *	  The table app_passwords: the checks of its rows, and which passdb block of
 *	  Dovecot asks for each.
 *
 * Dovecot compares one hash for each passdb that it has, so that a user has at
 * most one app password for each of those in dovecot.conf.  It keeps its slot
 * as long as it is there.
 */
#include "schema/tables.h"

#include "utils/builtins.h"
#include "utils/rel.h"

#include "schema/rules.h"
#include "schema/trigger.h"

#define NAME_MAX_OCTETS 100		/* as in 1_tables.sql */

/*
 * What the CHECK of the table says, in words; and without showing a part of the
 * row, which holds a hash.
 */
static void
check_name(const TriggerData *trigger, ms_span name)
{
	bool		is_line = name.len > 0 && name.len <= NAME_MAX_OCTETS;
	size_t		i;

	for (i = 0; i < name.len; i++)
		is_line = is_line && (unsigned char) name.data[i] >= ' ' && name.data[i] != 0x7f && name.data[i] != '/';
	if (!is_line || ms_span_is(name, "main"))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("\"%.*s\" is no name for an app password", (int) name.len, name.data),
				 errdetail("A name has 1 to %d octets, no control character and no slash; \"main\" is what the main password is called.",
						   NAME_MAX_OCTETS),
				 errhint("Name the program or the device that it is for."),
				 errtable(trigger->tg_relation)));
}

static void
check_slot(const TriggerData *trigger, int slot)
{
	if (slot < 1 || slot > MS_APP_PASSWORD_SLOTS)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("there is no slot %d", slot),
				 errdetail("dovecot.conf has a passdb block for each of the slots 1 to %d.", MS_APP_PASSWORD_SLOTS),
				 errhint("Leave it out: a free one is found."),
				 errtable(trigger->tg_relation)));
}

static void
refuse_user(const TriggerData *trigger, const ms_key_view *email)
{
	ereport(ERROR,
			(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			 errmsg("user \"%s\" is not there", ms_key_to_cstring(email)),
			 errdetail("An app password is a user's; an alias logs in nowhere."),
			 errhint("SELECT email FROM mailstack.users lists those that are."),
			 errtable(trigger->tg_relation)));
}

static void
refuse_slot(const TriggerData *trigger, const ms_key_view *email)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("user \"%s\" has %d app passwords already", ms_key_to_cstring(email), MS_APP_PASSWORD_SLOTS),
			 errdetail("Each needs a passdb block of dovecot.conf, which has as many. Those that have expired count, too."),
			 errhint("DELETE one: mailstack.app_password_usage shows which have expired, and when each was last used."),
			 errtable(trigger->tg_relation)));
}

/* The lowest slot that the user has free, or 0. */
static int
free_slot(Datum email)
{
	ms_scan		scan;
	bool		found;
	unsigned	used = 0;
	int			slot;

	for (found = ms_scan_begin(&scan, MS_APP_PASSWORDS, email, ms_rule_snapshot()); found; found = ms_scan_next(&scan))
	{
		bool		isnull;

		used |= 1u << DatumGetInt16(ms_scan_get(&scan, MS_APP_PASSWORDS_SLOT, &isnull));
	}
	ms_scan_end(&scan);
	for (slot = 1; slot <= MS_APP_PASSWORD_SLOTS; slot++)
	{
		if ((used & (1u << slot)) == 0)
			return slot;
	}
	return 0;
}

/* One session after the other for each user, whose row is locked. */
static HeapTuple
give_slot(const TriggerData *trigger, HeapTuple row, const ms_key_view *email)
{
	bool		isnull;
	Datum		key = ms_row_get(trigger, row, MS_APP_PASSWORDS_EMAIL, &isnull);
	ms_scan		user;
	int			slot;

	if (!ms_scan_lock(&user, MS_USERS, key, LockTupleNoKeyExclusive))
		refuse_user(trigger, email);
	ms_scan_end(&user);
	slot = free_slot(key);
	if (slot == 0)
		refuse_slot(trigger, email);
	return ms_row_set(trigger, row, MS_APP_PASSWORDS_SLOT, Int16GetDatum(slot));
}

PG_FUNCTION_INFO_V1(ms_app_passwords_before);
Datum
ms_app_passwords_before(PG_FUNCTION_ARGS)
{
	static const ms_login_columns columns = {
		.services = MS_APP_PASSWORDS_SERVICES,
		.allow_nets = MS_APP_PASSWORDS_ALLOW_NETS
	};
	static const ms_password_rule password = {MS_APP_PASSWORDS_PASSWORD, "an app password", "create_app_password"};
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "app_passwords_before", MS_BEFORE_ROW, "app_passwords");
	HeapTuple	row = ms_trigger_row(trigger);
	ms_key_view email;
	bool		isnull;

	/* The server's own message for a NULL in a key is clear enough. */
	if (ms_row_is_null(trigger, row, MS_APP_PASSWORDS_EMAIL))
		return PointerGetDatum(row);
	row = ms_canonicalize_key(trigger, row, MS_APP_PASSWORDS_EMAIL);
	email = ms_row_key(trigger, row, MS_APP_PASSWORDS_EMAIL);
	ms_check_password(trigger, row, &password, &email, NULL);
	row = ms_check_login(trigger, row, &columns, "an app password of user", &email);
	if (!ms_row_is_null(trigger, row, MS_APP_PASSWORDS_NAME))
		check_name(trigger, ms_row_span(trigger, row, MS_APP_PASSWORDS_NAME));
	if (ms_row_is_null(trigger, row, MS_APP_PASSWORDS_SLOT))
		row = give_slot(trigger, row, &email);
	else
		check_slot(trigger, DatumGetInt16(ms_row_get(trigger, row, MS_APP_PASSWORDS_SLOT, &isnull)));
	return PointerGetDatum(row);
}
