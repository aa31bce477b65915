/*
 * password_spi.c
 *	  set_password() and verify_password().
 *
 * Whatever goes wrong in them, the server's log does not get the statement: the
 * password stands in it.
 */
#include "schema/admin.h"
#include "schema/config.h"
#include "schema/new_password.h"
#include "schema/tables.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

static ms_hash_cost
current_cost(void)
{
	const ms_settings *settings = ms_settings_get();
	ms_hash_cost cost = {(size_t) settings->argon2_memory, (size_t) settings->argon2_iterations};

	return cost;
}

static const ms_scheme *
scheme_of(const char *name)
{
	return ms_scheme_find(ms_span_of_text(name));
}

/* ------------------------------------------------------------- set_password() */

static void
require_length(ms_span plaintext)
{
	int			length = pg_mbstrlen_with_len(plaintext.data, (int) plaintext.len);
	int32		least = ms_settings_get()->password_min_length;

	if (length < least)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("the password is too short"),
				 errdetail("It has %d characters; password_min_length of settings is %d.", length, least),
				 errhint("Several words make one that is long and can be remembered.")));
}

const ms_scheme *
ms_new_password_scheme(const char *name)
{
	const ms_scheme *scheme = scheme_of(name != NULL ? name : ms_settings_get()->password_scheme);

	if (!ms_scheme_is_written(scheme))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("set_password() makes no hash of the scheme \"%s\"", name),
				 errhint("It makes ARGON2ID, BLF-CRYPT, SHA512-CRYPT and SCRAM-SHA-256; "
						 "a hash that another program has made goes into mailstack.users by UPDATE.")));
	return scheme;
}

/* With the rights of the caller, and by the rules of the table. */
static void
store(const char *email, const char *hash)
{
	static ms_statement update = {
		"UPDATE mailstack.users SET password = mailstack.mail_password($2)"
		" WHERE email OPERATOR(mailstack.=) mailstack.mail_key($1)", 2, NULL
	};
	const char *args[] = {email, hash};

	SPI_connect();
	ms_statement_run(&update, args);
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no user \"%s\"", email),
				 errhint("INSERT INTO mailstack.users(email) VALUES (%s)", quote_literal_cstr(email))));
	SPI_finish();
}

char *
ms_hash_new_password(ms_span plaintext, const ms_scheme *scheme)
{
	ms_hash_cost cost = current_cost();

	require_length(plaintext);
	return ms_password_hash(plaintext, scheme, &cost);
}

PG_FUNCTION_INFO_V1(ms_set_password);
Datum
ms_set_password(PG_FUNCTION_ARGS)
{
	MemoryContext context = CurrentMemoryContext;
	const char *volatile written = NULL;

	PG_TRY();
	{
		const ms_scheme *scheme = ms_new_password_scheme(PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)));
		ms_key_view email;

		ms_refuse_null(fcinfo, 0, "email");
		ms_refuse_null(fcinfo, 1, "password");
		email = MS_GETARG_KEY(0);
		store(ms_key_to_cstring(&email), ms_hash_new_password(MS_GETARG_SPAN(1), scheme));
		written = scheme->name;
	}
	PG_CATCH();
	{
		ms_rethrow_without_statement(context);
	}
	PG_END_TRY();
	PG_RETURN_TEXT_P(cstring_to_text(written));
}

/* ---------------------------------------------------------- verify_password() */

/* What is stored for the user, and the name; false where there is no such user, or no password. */
static bool
read_password(Datum key, const char **hash, const char **user)
{
	ms_scan		scan;
	ms_span		stored;
	bool		found = ms_scan_begin(&scan, MS_USERS, key, GetActiveSnapshot()) &&
		ms_scan_span_or_null(&scan, MS_USERS_PASSWORD, &stored);

	if (found)
	{
		ms_key_view email = ms_scan_key(&scan, MS_USERS_EMAIL);

		*hash = pnstrdup(stored.data, stored.len);
		*user = ms_key_to_cstring(&email);
	}
	ms_scan_end(&scan);
	return found;
}

static ms_password
parse_stored(const char *hash)
{
	ms_password password;
	ms_fault	fault;

	if (!ms_password_parse(ms_span_of_text(hash), &password, &fault))
		elog(ERROR, "a stored password does not parse");
	return password;
}

/* A test counts these: exactly one in each call. */
static bool
compare_usual(const ms_password *password, ms_span plaintext, const char *user)
{
	ereport(DEBUG1, (errmsg_internal("verify_password() computes one hash of the scheme %s", password->scheme->name)));
	return ms_password_matches(password, plaintext, ms_span_of_text(user));
}

/*
 * Each call computes one hash of password_scheme of settings: the user's own,
 * if it is of that scheme, or else one that is nobody's.  So the time it takes
 * does not tell whether there is such a user, once all have that scheme.
 */
static bool
verify(Datum key, ms_span plaintext)
{
	const ms_scheme *usual = scheme_of(ms_settings_get()->password_scheme);
	ms_hash_cost cost = current_cost();
	const char *hash = NULL;
	const char *user = "";
	bool		known = read_password(key, &hash, &user);
	ms_password nobody = parse_stored(ms_password_of_nobody(usual, &cost));
	ms_password password = known ? parse_stored(hash) : nobody;

	/* It takes too long, and no backend can be stopped in it. */
	if (ms_password_exceeds(&password, NULL))
	{
		known = false;
		password = nobody;
	}
	if (password.scheme == usual)
		return compare_usual(&password, plaintext, user) && known;
	(void) compare_usual(&nobody, plaintext, "");
	return ms_password_matches(&password, plaintext, ms_span_of_text(user));
}

PG_FUNCTION_INFO_V1(ms_verify_password);
Datum
ms_verify_password(PG_FUNCTION_ARGS)
{
	MemoryContext context = CurrentMemoryContext;
	volatile bool matches = false;

	PG_TRY();
	{
		matches = verify(PointerGetDatum(MS_GETARG_VARLENA(0)), MS_GETARG_SPAN(1));
	}
	PG_CATCH();
	{
		ms_rethrow_without_statement(context);
	}
	PG_END_TRY();
	PG_RETURN_BOOL(matches);
}
