/*
 * retired_spi.c
 *	  The table retired_maildirs: what a user no longer has is given to nobody
 *	  until an operator has deleted the row.
 *
 * Who takes a maildir looks here last, when rule 4 has waited for whoever is
 * about to give it up, and sees all that is committed by then.
 */
#include "schema/retired.h"

#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "maildir/maildir.h"
#include "schema/config.h"
#include "schema/delegates.h"
#include "schema/maildir_tasks.h"
#include "schema/tables.h"

/* ------------------------------------------------------------------- looking */

/* The first retired maildir from one path on, up to another. */
static bool
find_between(ms_scan *scan, ms_span first, ms_span last)
{
	return ms_scan_begin_between(scan, MS_RETIRED_MAILDIRS,
								 PointerGetDatum(cstring_to_text_with_len(first.data, (int) first.len)),
								 PointerGetDatum(cstring_to_text_with_len(last.data, (int) last.len)),
								 ms_rule_snapshot());
}

/* In the order of octets all that begins with "a/" lies between "a/" and "a0". */
static bool
find_inside(ms_scan *scan, ms_span path)
{
	char	   *past = pnstrdup(path.data, path.len);

	past[path.len - 1] = '/' + 1;
	return find_between(scan, path, ms_span_of(past, path.len));
}

/* The scan is to be ended in any case. */
static bool
find_near(ms_scan *scan, ms_span path)
{
	ms_span		above;

	for (above = ms_maildir_parent(path); above.len > 0; above = ms_maildir_parent(above))
	{
		if (find_between(scan, above, above))
			return true;
		ms_scan_end(scan);
	}
	return find_inside(scan, path);
}

bool
ms_retired_any(void)
{
	ms_scan		scan;
	bool		found = ms_scan_begin_all(&scan, MS_RETIRED_MAILDIRS, ms_rule_snapshot());

	ms_scan_end(&scan);
	return found;
}

bool
ms_retired_near(ms_span path)
{
	ms_scan		scan;
	bool		found = find_near(&scan, path);

	ms_scan_end(&scan);
	return found;
}

static void
refuse(const TriggerData *trigger, ms_span path, const ms_scan *retired)
{
	ms_span		other = ms_scan_span(retired, MS_RETIRED_MAILDIR);
	ms_key_view email = ms_scan_key(retired, MS_RETIRED_EMAIL);
	bool		may_name = ms_may_name_rows(ms_table_oid(MS_RETIRED_MAILDIRS));

	ereport(ERROR,
			(errcode(ERRCODE_EXCLUSION_VIOLATION),
			 errmsg("maildir \"%.*s\" in table \"%s\" %s", (int) path.len, path.data,
					RelationGetRelationName(trigger->tg_relation),
					ms_span_equal(path, other) ? "is retired" :
					ms_maildir_contains(other, path) ? "lies inside a retired one" : "contains a retired one"),
			 may_name
			 ? errdetail("\"%.*s\" was that of \"%s\", whose mail may still be there.",
						 (int) other.len, other.data, ms_key_to_cstring(&email))
			 : errdetail("Mail of who had it may still be there."),
			 may_name
			 ? errhint("Give another maildir. If it is gone from the disk, or if the same person is to have it again: DELETE FROM mailstack.retired_maildirs WHERE maildir::text = %s.",
					   quote_literal_cstr(pnstrdup(other.data, other.len)))
			 : ms_is_delegate(GetOuterUserId())
			 ? errhint("Take another address, or ask whoever granted you the domain to release the maildir: it is in mailstack.retired_maildirs.")
			 : errhint("Give another maildir, or ask somebody who may read mailstack.retired_maildirs."),
			 errtable(trigger->tg_relation)));
}

void
ms_retired_refuse(const TriggerData *trigger, ms_span path)
{
	ms_scan		scan;

	if (find_near(&scan, path))
		refuse(trigger, path, &scan);
	ms_scan_end(&scan);
}

/* ------------------------------------------------------------------ retiring */

static char *
caller(void)
{
	/* Who is asking, not the owner as whom these functions run. */
	return GetUserNameFromId(GetOuterUserId(), false);
}

#define RETIRE "INSERT INTO mailstack.retired_maildirs (maildir, email, retired_by) "
#define AGAIN \
	" ON CONFLICT (maildir) DO UPDATE SET email = excluded.email," \
	" retired_at = excluded.retired_at, retired_by = excluded.retired_by"

static ms_statement retire_one = {
	RETIRE "VALUES ($1::mailstack.maildir_path, $2::mailstack.mail_address, $3::pg_catalog.name)" AGAIN, 3, NULL
};
static ms_statement retire_all = {
	RETIRE "SELECT maildir, email, $1::pg_catalog.name FROM mailstack.users" AGAIN, 1, NULL
};

static void
run(ms_statement *statement, const char *const *args)
{
	SPI_connect();
	ms_statement_run(statement, args);
	SPI_finish();
}

/* A user who moves within his old maildir, or to one that contains it, has it still. */
static bool
keeps_maildir(const TriggerData *trigger, ms_span old)
{
	ms_span		new;

	if (!TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		return false;
	new = ms_row_span(trigger, trigger->tg_newtuple, MS_USERS_MAILDIR);
	return ms_maildir_contains(old, new) || ms_maildir_contains(new, old);
}

/* AFTER DELETE, and AFTER UPDATE of the maildir */
PG_FUNCTION_INFO_V1(ms_users_retire);
Datum
ms_users_retire(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "users_retire", MS_AFTER_ROW, "users");
	HeapTuple	old = trigger->tg_trigtuple;
	const char *args[3];

	ms_maildir_given_up(trigger);
	if (keeps_maildir(trigger, ms_row_span(trigger, old, MS_USERS_MAILDIR)))
		return PointerGetDatum(NULL);
	args[0] = ms_row_text(trigger, old, MS_USERS_MAILDIR);
	args[1] = ms_row_text(trigger, old, MS_USERS_EMAIL);
	args[2] = caller();
	run(&retire_one, args);
	return PointerGetDatum(NULL);
}

/* BEFORE TRUNCATE, while the users are there */
PG_FUNCTION_INFO_V1(ms_truncated_users_retire);
Datum
ms_truncated_users_retire(PG_FUNCTION_ARGS)
{
	const char *args[1];

	(void) ms_own_statement_trigger(fcinfo, "truncated_users_retire");
	ms_maildirs_given_up();
	args[0] = caller();
	run(&retire_all, args);
	return PointerGetDatum(NULL);
}
