/*
 * dovecot_spi.c
 *	  The questions of Dovecot's SQL passdb and userdb, their columns named as
 *	  Dovecot wants them.
 *
 * passdb's userdb_ columns and userdb's answer are put by one function, so that
 * what prefetch carries is what userdb says.
 */
#include "lookup/account.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "lookup/resolve.h"
#include "schema/login.h"

typedef struct account
{
	char	   *user;
	char	   *password;		/* this and the next two only of a login */
	char	   *allow_nets;		/* NULL for everywhere */
	char	   *app_password;	/* the name of the one that it is, NULL for the main one */
	char	   *home;
	char	   *mail;			/* maildir:PATH */
	int32		uid;
	int32		gid;
	ms_quota	quota;
} account;

#define MAIL_DRIVER "maildir:"

static char *
string_of(ms_span text)
{
	return pnstrdup(text.data, text.len);
}

static bool
client_can_read(const char *text)
{
	return ms_client_can_read(text, strlen(text));
}

/* Of every login and every delivery: printf takes three times as long. */
static char *
join(const char *prefix, ms_span rest)
{
	size_t		len = strlen(prefix);
	char	   *result = palloc(len + rest.len + 1);

	memcpy(result, prefix, len);
	memcpy(result + len, rest.data, rest.len);
	result[len + rest.len] = '\0';
	return result;
}

static void
read_account(const ms_scan *scan, account *a)
{
	ms_key_view email = ms_scan_key(scan, MS_USERS_EMAIL);

	a->user = ms_key_to_cstring(&email);
	a->home = join(ms_settings_get()->mail_root, ms_scan_span(scan, MS_USERS_MAILDIR));
	a->mail = join(MAIL_DRIVER "~/", ms_scan_span(scan, MS_USERS_MAIL_SUBDIRECTORY));
	a->uid = ms_scan_int32(scan, MS_USERS_UID);
	a->gid = ms_scan_int32(scan, MS_USERS_GID);
}

/* ------------------------------------------------------------------- logins */

/* What is asked for beside the name. */
typedef struct login
{
	ms_span		service;		/* by our name; empty where it is not said */
	int			slot;			/* of an app password, or 0 for the main one */
} login;

static bool
read_main_password(const ms_scan *user, const login *asked, account *a)
{
	ms_networks networks = {.everywhere = true};
	ms_span		password;

	if (!ms_scan_span_or_null(user, MS_USERS_PASSWORD, &password))
		return false;
	if (ms_comes_from_network(asked->service))
		networks = ms_networks_of(user, MS_USERS_ALLOW_NETS);
	a->password = string_of(password);
	a->app_password = NULL;
	a->allow_nets = ms_networks_text(&networks);
	return true;
}

/* The one in a slot. */
static bool
read_app_password(ms_reader *reader, const ms_scan *user, const login *asked, account *a)
{
	const ms_scan *row = ms_read_app_password(reader, user, asked->slot);
	ms_networks networks = {.everywhere = true};

	if (row == NULL || ms_app_password_login(row, asked->service) != MS_APP_ALLOWED)
		return false;
	if (ms_comes_from_network(asked->service))
		networks = ms_networks_of_app_password(row, user);
	/* From nowhere: Dovecot takes no empty list. */
	if (!networks.everywhere && networks.n == 0)
		return false;
	a->password = string_of(ms_scan_span(row, MS_APP_PASSWORDS_PASSWORD));
	a->app_password = string_of(ms_scan_span(row, MS_APP_PASSWORDS_NAME));
	a->allow_nets = ms_networks_text(&networks);
	return true;
}

static bool
find_login(ms_reader *reader, const ms_key *key, const login *asked, account *a)
{
	ms_hosted	hosted;
	const ms_scan *user;

	if (ms_find_login(reader, key, asked->service, &hosted, &user) != MS_LOGIN_ALLOWED)
		return false;
	read_account(user, a);
	a->quota = ms_quota_of_user(user, hosted.quota);
	return asked->slot > 0 ? read_app_password(reader, user, asked, a) : read_main_password(user, asked, a);
}

/* --------------------------------------------------------------- deliveries */

/* Also of a name that has become an alias while mail for it was in the queue. */
static const ms_scan *
find_active_user(ms_reader *reader, const ms_hosted *hosted, ms_span local, ms_quota *quota)
{
	const ms_scan *user = ms_find_user(reader, hosted, local);

	if (user == NULL)
		return ms_find_user_behind(reader, hosted, local, local.len, quota);
	if (!ms_scan_bool(user, MS_USERS_ACTIVE))
		return NULL;
	*quota = ms_quota_of_user(user, hosted->quota);
	return user;
}

/* Reads the account where its domain and itself are active. */
static bool
find_recipient(ms_reader *reader, const ms_key *key, account *a)
{
	ms_hosted	hosted;
	const ms_scan *user;

	if (!ms_find_hosted(reader, ms_span_of(key->domain, key->domain_len), &hosted) || !hosted.active)
		return false;
	user = find_active_user(reader, &hosted, ms_span_of(key->local, key->local_len), &a->quota);
	if (user == NULL)
		return false;
	read_account(user, a);
	return true;
}

/* ------------------------------------------------------------------ answers */

/* For a login, or where that is NULL, for a delivery. */
static bool
find_account(FunctionCallInfo fcinfo, const login *asked, account *a)
{
	ms_reader	reader;
	ms_key		key;
	ms_fault	unused;
	bool		found;

	if (PG_ARGISNULL(0) || !ms_address_parse(MS_GETARG_SPAN(0), &key, &unused))
		return false;
	ms_reader_begin(&reader, GetActiveSnapshot());
	found = asked != NULL ? find_login(&reader, &key, asked, a) : find_recipient(&reader, &key, a);
	ms_reader_end(&reader);
	return found && client_can_read(a->user) && client_can_read(a->home) && client_can_read(a->mail);
}

/* Of a row that is answered: its columns, in order. */
typedef struct columns
{
	int			n;
	Datum		values[10];
	bool		nulls[10];
} columns;

static void
put_text(columns *c, const char *value)
{
	c->nulls[c->n] = value == NULL;
	c->values[c->n++] = value != NULL ? CStringGetTextDatum(value) : (Datum) 0;
}

static void
put_int32(columns *c, int32 value)
{
	c->nulls[c->n] = false;
	c->values[c->n++] = Int32GetDatum(value);
}

/* No limit is no field, to Dovecot. */
static void
put_limit(columns *c, int64 value)
{
	c->nulls[c->n] = value == 0;
	c->values[c->n++] = Int64GetDatum(value);
}

/* What is said otherwise: every column costs each lookup, so that none is answered for another release. */
typedef enum release
{
	DOVECOT_2_3,
	DOVECOT_2_4
} release;

static char *
quota_rule(ms_quota quota)
{
	char	   *rule = palloc(sizeof("*:bytes=:messages=") + MAXINT8LEN + MAXINT8LEN);
	char	   *p = stpcpy(rule, "*:bytes=");

	p += pg_lltoa(quota.bytes, p);
	p = stpcpy(p, ":messages=");
	(void) pg_lltoa(quota.messages, p);
	return rule;
}

static void
put_quota(columns *c, ms_quota quota, release asks)
{
	bool		has_quota = quota.bytes != 0 || quota.messages != 0;

	if (asks == DOVECOT_2_4)
	{
		put_limit(c, quota.bytes);
		put_limit(c, quota.messages);
	}
	else						/* in quota_rule, 0 is no limit */
		put_text(c, has_quota ? quota_rule(quota) : NULL);
}

static void
put_userdb(columns *c, const account *a, release asks)
{
	put_text(c, a->home);
	put_int32(c, a->uid);
	put_int32(c, a->gid);
	/* 2.4 knows no mail: mail_driver is a matter of its configuration, and mail_path of ours. */
	put_text(c, asks == DOVECOT_2_4 ? a->mail + strlen(MAIL_DRIVER) : a->mail);
	put_quota(c, a->quota, asks);
}

static void
put_row(FunctionCallInfo fcinfo, columns *c)
{
	ReturnSetInfo *set = (ReturnSetInfo *) fcinfo->resultinfo;

	tuplestore_putvalues(set->setResult, set->setDesc, c->values, c->nulls);
}

/* In the order of dovecot_password, and of dovecot_app_password, which has one column more. */
static Datum
answer_passdb(FunctionCallInfo fcinfo, int slot, release asks)
{
	login		asked = {MS_NO_SPAN, slot};
	account		a;
	columns		c = {0};

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (!PG_ARGISNULL(1))
		asked.service = ms_login_service(MS_GETARG_SPAN(1));
	if (!find_account(fcinfo, &asked, &a) || !client_can_read(a.password) ||
		(a.app_password != NULL && !client_can_read(a.app_password)))
		return (Datum) 0;
	put_text(&c, a.user);
	put_text(&c, a.password);
	put_userdb(&c, &a, asks);
	put_text(&c, a.allow_nets);
	if (slot > 0)
		put_text(&c, a.app_password);
	put_row(fcinfo, &c);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(ms_dovecot_passdb);
Datum
ms_dovecot_passdb(PG_FUNCTION_ARGS)
{
	return answer_passdb(fcinfo, 0, DOVECOT_2_3);
}

PG_FUNCTION_INFO_V1(ms_dovecot_passdb_2_4);
Datum
ms_dovecot_passdb_2_4(PG_FUNCTION_ARGS)
{
	return answer_passdb(fcinfo, 0, DOVECOT_2_4);
}

/* A slot that cannot be is one that nothing is in. */
static int
asked_slot(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(2) || PG_GETARG_INT32(2) <= 0 ? MS_APP_PASSWORD_SLOTS + 1 : PG_GETARG_INT32(2);
}

PG_FUNCTION_INFO_V1(ms_dovecot_app_passdb);
Datum
ms_dovecot_app_passdb(PG_FUNCTION_ARGS)
{
	return answer_passdb(fcinfo, asked_slot(fcinfo), DOVECOT_2_3);
}

PG_FUNCTION_INFO_V1(ms_dovecot_app_passdb_2_4);
Datum
ms_dovecot_app_passdb_2_4(PG_FUNCTION_ARGS)
{
	return answer_passdb(fcinfo, asked_slot(fcinfo), DOVECOT_2_4);
}

static Datum
answer_userdb(FunctionCallInfo fcinfo, release asks)
{
	account		a;
	columns		c = {0};

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (find_account(fcinfo, NULL, &a))
	{
		put_userdb(&c, &a, asks);
		put_row(fcinfo, &c);
	}
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(ms_dovecot_userdb);
Datum
ms_dovecot_userdb(PG_FUNCTION_ARGS)
{
	return answer_userdb(fcinfo, DOVECOT_2_3);
}

PG_FUNCTION_INFO_V1(ms_dovecot_userdb_2_4);
Datum
ms_dovecot_userdb_2_4(PG_FUNCTION_ARGS)
{
	return answer_userdb(fcinfo, DOVECOT_2_4);
}

/* Whether the domain of a user is active; asked again only where the domain changes. */
static bool
domain_is_active(ms_reader *reader, ms_span domain, char *last, size_t *last_len, bool *last_active)
{
	ms_hosted	hosted;

	if (!ms_span_equal(domain, ms_span_of(last, *last_len)))
	{
		*last_active = ms_find_hosted(reader, domain, &hosted) && hosted.active;
		memcpy(last, domain.data, domain.len);
		*last_len = domain.len;
	}
	return *last_active;
}

PG_FUNCTION_INFO_V1(ms_dovecot_iterate);
Datum
ms_dovecot_iterate(PG_FUNCTION_ARGS)
{
	ms_reader	reader;
	ms_scan		users;
	bool		found;
	char		last[MS_DOMAIN_MAX];
	size_t		last_len = 0;
	bool		last_active = false;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	ms_reader_begin(&reader, GetActiveSnapshot());
	for (found = ms_scan_begin_all(&users, MS_USERS, reader.snapshot); found;
		 found = ms_scan_next(&users))
	{
		ms_key_view email = ms_scan_key(&users, MS_USERS_EMAIL);
		char	   *user;
		columns		c = {0};

		if (!ms_scan_bool(&users, MS_USERS_ACTIVE) ||
			!domain_is_active(&reader, email.domain, last, &last_len, &last_active))
			continue;
		user = ms_key_to_cstring(&email);
		if (ms_client_can_read(user, strlen(user)))
		{
			put_text(&c, user);
			put_row(fcinfo, &c);
			pfree(DatumGetPointer(c.values[0]));
		}
		pfree(user);
	}
	ms_scan_end(&users);
	ms_reader_end(&reader);
	return (Datum) 0;
}
