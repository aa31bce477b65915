/*
 * changes_spi.c
 *	  transport_changes, the log of transports: written by triggers of domains
 *	  and users, whoever changes them.
 *
 * These run with the rights of the extension's owner: whoever may switch may
 * not write the log freely.
 */
#include "schema/tables.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "schema/config.h"
#include "schema/switch.h"
#include "schema/trigger.h"

static ms_statement add = {
	"INSERT INTO mailstack.transport_changes (domain, email, from_transport, from_staged, from_share,"
	" to_transport, to_staged, to_share, changed_by, reverts)"
	" VALUES ($1::mailstack.mail_domain, $2::mailstack.mail_address,"
	" $3::mailstack.mail_transport, $4::mailstack.mail_transport, $5::real,"
	" $6::mailstack.mail_transport, $7::mailstack.mail_transport, $8::real, $9::name, $10::bigint)", 10, NULL
};
static ms_statement rename_domain = {
	"UPDATE mailstack.transport_changes SET domain = $2::mailstack.mail_domain"
	" WHERE domain OPERATOR(mailstack.=) $1 AND email IS NULL", 2, NULL
};
static ms_statement rename_user = {
	"UPDATE mailstack.transport_changes SET domain = mailstack.address_domain($2::mailstack.mail_key),"
	" email = $2::mailstack.mail_address"
	" WHERE domain OPERATOR(mailstack.=) mailstack.address_domain($1::mailstack.mail_key)"
	" AND email OPERATOR(mailstack.=) $1", 2, NULL
};

/* What tells how mail is delivered; a user's row has the first alone. */
typedef struct columns
{
	AttrNumber	transport;
	AttrNumber	staged;
	AttrNumber	share;
} columns;

static const columns of_domain = {
	MS_DOMAINS_TRANSPORT, MS_DOMAINS_STAGED_TRANSPORT, MS_DOMAINS_STAGED_SHARE
};
static const columns of_user = {MS_USERS_TRANSPORT, 0, 0};

static void
read_columns(const TriggerData *trigger, HeapTuple row, const columns *which, const char **values)
{
	values[0] = ms_row_text(trigger, row, which->transport);
	values[1] = which->staged == 0 ? NULL : ms_row_text(trigger, row, which->staged);
	values[2] = which->share == 0 ? NULL : ms_row_text(trigger, row, which->share);
}

static bool
is_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Logs a row whose key is now an address of a domain, or the domain itself with email NULL. */
static void
log_change(const TriggerData *trigger, const columns *which, const char *domain, const char *email)
{
	int64		reverts = ms_switch_reverts();
	const char *args[10] = {domain, email};

	read_columns(trigger, trigger->tg_trigtuple, which, args + 2);
	read_columns(trigger, trigger->tg_newtuple, which, args + 5);
	if (is_same(args[2], args[5]) && is_same(args[3], args[6]) && is_same(args[4], args[7]))
		return;
	/* Who is asking, not the owner as whom this function runs. */
	args[8] = GetUserNameFromId(GetOuterUserId(), false);
	args[9] = reverts == 0 ? NULL : psprintf(INT64_FORMAT, reverts);
	ms_statement_run(&add, args);
}

/* What is renamed takes its log along. */
static void
log_rename(const TriggerData *trigger, AttrNumber key, ms_statement *rename)
{
	const char *args[2];

	args[0] = ms_row_text(trigger, trigger->tg_trigtuple, key);
	args[1] = ms_row_text(trigger, trigger->tg_newtuple, key);
	if (!is_same(args[0], args[1]))
		ms_statement_run(rename, args);
}

/* AFTER UPDATE, when the transport, the stage or the name has changed. */
PG_FUNCTION_INFO_V1(ms_domains_log_transport);
Datum
ms_domains_log_transport(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "domains_log_transport", MS_AFTER_ROW, "domains");

	SPI_connect();
	log_rename(trigger, MS_DOMAINS_DOMAIN, &rename_domain);
	log_change(trigger, &of_domain, ms_row_text(trigger, trigger->tg_newtuple, MS_DOMAINS_DOMAIN), NULL);
	SPI_finish();
	return PointerGetDatum(NULL);
}

/* AFTER UPDATE, when the transport or the name has changed. */
PG_FUNCTION_INFO_V1(ms_users_log_transport);
Datum
ms_users_log_transport(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "users_log_transport", MS_AFTER_ROW, "users");
	ms_key_view email = ms_row_key(trigger, trigger->tg_newtuple, MS_USERS_EMAIL);

	SPI_connect();
	log_rename(trigger, MS_USERS_EMAIL, &rename_user);
	log_change(trigger, &of_user, pnstrdup(email.domain.data, email.domain.len), ms_key_to_cstring(&email));
	SPI_finish();
	return PointerGetDatum(NULL);
}
