/*
 * usage_spi.c
 *	  The table dovecot_quota, which Dovecot's quota dict writes and which keeps
 *	  nothing: usage has what was written.
 */
#include "schema/config.h"

#include "schema/tables.h"

enum
{
	DOVECOT_QUOTA_USERNAME = 1, DOVECOT_QUOTA_BYTES, DOVECOT_QUOTA_MESSAGES
};

/* What is left out, NULL, stays as it was. */
#define NEW_VALUES \
	"bytes = greatest(coalesce($2::bigint, u.bytes), 0), messages = greatest(coalesce($3::bigint, u.messages), 0)"
#define IS_NEWS \
	"(u.bytes <> coalesce($2::bigint, u.bytes) OR u.messages <> coalesce($3::bigint, u.messages))"

/* The same again is not written again. */
static ms_statement change = {
	.query = "UPDATE mailstack.usage AS u SET " NEW_VALUES ", changed = now()"
	" WHERE u.email OPERATOR(mailstack.=) $1::mailstack.mail_key AND " IS_NEWS,
	.nargs = 3
};

/* A user who is being deleted is waited for, and is nobody then: the foreign key would raise. */
static ms_statement add = {
	.query = "INSERT INTO mailstack.usage AS u (email, bytes, messages)"
	" SELECT f.email, greatest($2::bigint, 0), greatest($3::bigint, 0)"
	" FROM (SELECT email FROM mailstack.users WHERE email OPERATOR(mailstack.=) $1::mailstack.mail_key FOR KEY SHARE) f"
	" ON CONFLICT (email) DO UPDATE SET " NEW_VALUES ", changed = now() WHERE " IS_NEWS,
	.nargs = 3
};

static bool
is_known(const char *username)
{
	struct varlena *key = ms_key_from_text(ms_span_of_text(username));
	ms_scan		scan;
	bool		found = ms_scan_begin(&scan, MS_USAGE, PointerGetDatum(key), ms_rule_snapshot());

	ms_scan_end(&scan);
	return found;
}

/*
 * BEFORE INSERT, for each row, whatever statement it comes with: since the row
 * goes no further, none conflicts with it.  Runs with the rights of the
 * extension's owner, so that Dovecot's role needs none on usage.
 */
PG_FUNCTION_INFO_V1(ms_keep_usage);
Datum
ms_keep_usage(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "keep_usage", MS_BEFORE_ROW, "dovecot_quota");
	HeapTuple	row = ms_trigger_row(trigger);
	const char *args[3] = {
		ms_row_text(trigger, row, DOVECOT_QUOTA_USERNAME),
		ms_row_text(trigger, row, DOVECOT_QUOTA_BYTES),
		ms_row_text(trigger, row, DOVECOT_QUOTA_MESSAGES)
	};

	if (args[0] != NULL)
	{
		SPI_connect();
		/* As long as there is the row, there is the user. */
		ms_statement_run(is_known(args[0]) ? &change : &add, args);
		SPI_finish();
	}
	return PointerGetDatum(NULL);
}
