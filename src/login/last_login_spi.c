/*
 * last_login_spi.c
 *	  What Dovecot's last_login plugin tells of logins.
 *
 * Its dict writes "INSERT ... ON CONFLICT ... DO UPDATE", for which its role
 * needs rights to read as well.  So it writes to a table that has no rows, and
 * a trigger takes them from there.
 */
#include "schema/config.h"

#include "utils/rel.h"

#include "schema/login.h"

/* Attribute numbers, in the order of 1_tables.sql */
enum
{
	USERNAME = 1, SERVICE, APP_PASSWORD, LAST_ACCESS
};

/*
 * A user or an app password that was deleted or renamed meanwhile is passed
 * over: the rows are locked before the foreign keys look for them, the user's
 * first as a cascade does, so that they are there then or not found here.  A
 * time to come, which would stay for ever, is now, and one that is no time raises nothing.
 */
static ms_statement take = {
	"WITH main AS (SELECT u.email, NULL::text AS name FROM mailstack.users u"
	"               WHERE u.email OPERATOR(mailstack.=) $1::mailstack.mail_key AND $3 = 'main' FOR KEY SHARE),"
	" app AS (SELECT u.email, a.name FROM mailstack.users u"
	"           JOIN mailstack.app_passwords a ON a.email OPERATOR(mailstack.=) u.email AND a.name = $3"
	"          WHERE u.email OPERATOR(mailstack.=) $1::mailstack.mail_key FOR KEY SHARE)"
	" INSERT INTO mailstack.last_logins AS l (email, service, app_password, last_access)"
	" SELECT k.email, $2, k.name, pg_catalog.to_timestamp(greatest(0, least($4::bigint, pg_catalog.floor(extract(epoch FROM pg_catalog.now())))))"
	"   FROM (SELECT * FROM main UNION ALL SELECT * FROM app) k"
	" ON CONFLICT ON CONSTRAINT last_logins_key DO UPDATE"
	"    SET last_access = greatest(l.last_access, excluded.last_access)", 4, NULL
};

/* What is sieve at the login is managesieve by then. */
static const char *
our_name(const char *service)
{
	ms_span		name = ms_login_service(ms_span_of_text(service));

	return name.len > 0 ? pnstrdup(name.data, name.len) : service;
}

PG_FUNCTION_INFO_V1(ms_take_last_login);
Datum
ms_take_last_login(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "take_last_login", MS_BEFORE_ROW, "dovecot_last_login");
	HeapTuple	row = ms_trigger_row(trigger);
	const char *args[4];
	int			i;

	for (i = USERNAME; i <= LAST_ACCESS; i++)
	{
		args[i - 1] = ms_row_text(trigger, row, i);
		if (args[i - 1] == NULL)
			return PointerGetDatum(row);	/* the server's own message for it is clear enough */
	}
	args[SERVICE - 1] = our_name(args[SERVICE - 1]);
	SPI_connect();
	ms_statement_run(&take, args);
	SPI_finish();
	return PointerGetDatum(NULL);
}
