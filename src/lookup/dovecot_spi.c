/*
 * dovecot_spi.c
 *	  The questions of Dovecot's SQL passdb and userdb, their columns named as
 *	  Dovecot wants them.
 *
 * passdb's userdb_ columns and userdb's answer are made from one struct, so
 * that what prefetch carries is what userdb says.
 */
#include "lookup/resolve.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

typedef struct account
{
	char	   *user;
	char	   *password;		/* NULL where there is none */
	char	   *home;
	char	   *mail;
	int32		uid;
	int32		gid;
} account;

static char *
join(const char *prefix, ms_span rest)
{
	return psprintf("%s%.*s", prefix, (int) rest.len, rest.data);
}

static void
read_account(const ms_scan *scan, account *a)
{
	ms_key_view email = ms_scan_key(scan, MS_USERS_EMAIL);
	ms_span		password;

	a->user = ms_key_to_cstring(&email);
	a->password = NULL;
	if (ms_scan_span_or_null(scan, MS_USERS_PASSWORD, &password))
		a->password = pnstrdup(password.data, password.len);
	a->home = join(ms_settings_get()->mail_root, ms_scan_span(scan, MS_USERS_MAILDIR));
	a->mail = join("maildir:~/", ms_scan_span(scan, MS_USERS_MAIL_SUBDIRECTORY));
	a->uid = ms_scan_int32(scan, MS_USERS_UID);
	a->gid = ms_scan_int32(scan, MS_USERS_GID);
}

/* For whom Dovecot asks. */
typedef enum asked_for
{
	ASKED_FOR_LOGIN,			/* exactly that name: a login is no sub-address and no alias */
	ASKED_FOR_DELIVERY			/* also a name that has become an alias while mail for it was in the queue */
} asked_for;

static const ms_scan *
find_active_user(ms_reader *reader, const ms_hosted *hosted, ms_span local, asked_for what)
{
	const ms_scan *user = ms_find_user(reader, hosted, local);

	if (user == NULL && what == ASKED_FOR_DELIVERY)
		return ms_find_user_behind(reader, hosted, local, local.len);
	return user != NULL && ms_scan_bool(user, MS_USERS_ACTIVE) ? user : NULL;
}

/* Reads the account where its domain and itself are active. */
static bool
read_active_account(ms_reader *reader, const ms_key *key, asked_for what, account *a)
{
	ms_hosted	hosted;
	const ms_scan *user;

	if (!ms_find_hosted(reader, ms_span_of(key->domain, key->domain_len), &hosted) || !hosted.active)
		return false;
	user = find_active_user(reader, &hosted, ms_span_of(key->local, key->local_len), what);
	if (user == NULL)
		return false;
	read_account(user, a);
	return true;
}

static bool
find_account(FunctionCallInfo fcinfo, asked_for what, account *a)
{
	ms_reader	reader;
	ms_key		key;
	ms_fault	unused;
	bool		found;

	if (PG_ARGISNULL(0) || !ms_address_parse(MS_GETARG_SPAN(0), &key, &unused))
		return false;
	ms_reader_begin(&reader, GetActiveSnapshot());
	found = read_active_account(&reader, &key, what, a);
	ms_reader_end(&reader);
	return found && ms_client_can_read(a->user, strlen(a->user)) &&
		ms_client_can_read(a->home, strlen(a->home)) && ms_client_can_read(a->mail, strlen(a->mail));
}

static void
put_row(FunctionCallInfo fcinfo, Datum *values)
{
	static bool nulls[6] = {false};
	ReturnSetInfo *set = (ReturnSetInfo *) fcinfo->resultinfo;

	tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
}

PG_FUNCTION_INFO_V1(ms_dovecot_passdb);
Datum
ms_dovecot_passdb(PG_FUNCTION_ARGS)
{
	account		a;
	Datum		values[6];

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (find_account(fcinfo, ASKED_FOR_LOGIN, &a) && a.password != NULL &&
		ms_client_can_read(a.password, strlen(a.password)))
	{
		values[0] = CStringGetTextDatum(a.user);
		values[1] = CStringGetTextDatum(a.password);
		values[2] = CStringGetTextDatum(a.home);
		values[3] = Int32GetDatum(a.uid);
		values[4] = Int32GetDatum(a.gid);
		values[5] = CStringGetTextDatum(a.mail);
		put_row(fcinfo, values);
	}
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(ms_dovecot_userdb);
Datum
ms_dovecot_userdb(PG_FUNCTION_ARGS)
{
	account		a;
	Datum		values[4];

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (find_account(fcinfo, ASKED_FOR_DELIVERY, &a))
	{
		values[0] = CStringGetTextDatum(a.home);
		values[1] = Int32GetDatum(a.uid);
		values[2] = Int32GetDatum(a.gid);
		values[3] = CStringGetTextDatum(a.mail);
		put_row(fcinfo, values);
	}
	return (Datum) 0;
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
		Datum		value;

		if (!ms_scan_bool(&users, MS_USERS_ACTIVE) ||
			!domain_is_active(&reader, email.domain, last, &last_len, &last_active))
			continue;
		user = ms_key_to_cstring(&email);
		if (ms_client_can_read(user, strlen(user)))
		{
			value = CStringGetTextDatum(user);
			put_row(fcinfo, &value);
			pfree(DatumGetPointer(value));
		}
		pfree(user);
	}
	ms_scan_end(&users);
	ms_reader_end(&reader);
	return (Datum) 0;
}
