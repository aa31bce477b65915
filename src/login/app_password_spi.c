/*
 * app_password_spi.c
 *	  create_app_password() and set_app_password().
 *
 * Both store with the rights of the caller, and by the rules of the table.
 */
#include "schema/admin.h"
#include "schema/config.h"
#include "schema/new_password.h"
#include "schema/tables.h"

#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Five bits each, and none that is taken for another when it is read aloud or typed. */
static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";

#define GROUP 5
#define LEAST_GROUPS 4			/* 100 bits, which nobody guesses from any hash */

StaticAssertDecl(sizeof(letters) - 1 == 32, "an octet has to fall on each letter as often");

/* What app_passwords is to hold beside the hash, as text; NULL for NULL. */
typedef struct given
{
	char	   *email;
	char	   *name;
	char	   *services;
	char	   *allow_nets;
	char	   *expires;
} given;

static char *
argument_text(FunctionCallInfo fcinfo, int n)
{
	Oid			output;
	bool		is_varlena;

	if (PG_ARGISNULL(n))
		return NULL;
	getTypeOutputInfo(get_fn_expr_argtype(fcinfo->flinfo, n), &output, &is_varlena);
	return OidOutputFunctionCall(output, PG_GETARG_DATUM(n));
}

/* The arguments from the third one on are the same for both functions, after skip of its own. */
static given
arguments(FunctionCallInfo fcinfo, int skip)
{
	ms_key_view email;
	given		g;

	ms_refuse_null(fcinfo, 0, "email");
	ms_refuse_null(fcinfo, 1, "name");
	email = MS_GETARG_KEY(0);
	g.email = ms_key_to_cstring(&email);
	g.name = text_to_cstring(PG_GETARG_TEXT_PP(1));
	g.services = argument_text(fcinfo, 2 + skip);
	g.allow_nets = argument_text(fcinfo, 3 + skip);
	g.expires = argument_text(fcinfo, 4 + skip);
	return g;
}

static void
insert(const given *g, const char *hash)
{
	static ms_statement statement = {
		"INSERT INTO mailstack.app_passwords(email, name, password, services, allow_nets, expires)"
		" VALUES ($1::mailstack.mail_key, $2, mailstack.mail_password($3), $4::text[], $5::cidr[], $6::timestamptz)", 6, NULL
	};
	const char *args[] = {g->email, g->name, hash, g->services, g->allow_nets, g->expires};

	ms_statement_run(&statement, args);
}

/* ------------------------------------------------------- create_app_password() */

/* As many groups as password_min_length wants, joined by hyphens. */
static char *
random_password(void)
{
	size_t		least = (size_t) ms_settings_get()->password_min_length;
	size_t		groups = Max(LEAST_GROUPS, least / (GROUP + 1) + 1);
	uint8	   *octets = palloc(groups * GROUP);
	char	   *password = palloc(groups * (GROUP + 1));
	size_t		i;

	if (!pg_strong_random(octets, groups * GROUP))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate a random password")));
	for (i = 0; i < groups * (GROUP + 1); i++)
		password[i] = i % (GROUP + 1) == GROUP ? '-' : letters[octets[i - i / (GROUP + 1)] & 31];
	password[i - 1] = '\0';
	explicit_bzero(octets, groups * GROUP);
	return password;
}

/* The table's own message would not say how to go on. */
static void
refuse_taken(const given *g)
{
	static ms_statement find = {
		"SELECT FROM mailstack.app_passwords a WHERE a.email OPERATOR(mailstack.=) $1::mailstack.mail_key AND a.name = $2", 2, NULL
	};
	const char *args[] = {g->email, g->name};

	ms_statement_run(&find, args);
	if (SPI_processed > 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("user \"%s\" has an app password \"%s\" already", g->email, g->name),
				 errhint("Take another name, or DELETE it first: whatever has it logs in no more.")));
}

static Datum
create_app_password(FunctionCallInfo fcinfo)
{
	given		g = arguments(fcinfo, 0);
	char	   *password = random_password();
	char	   *hash = ms_hash_new_password(ms_span_of_text(password), ms_new_password_scheme(NULL));
	Datum		result;

	SPI_connect();
	refuse_taken(&g);
	insert(&g, hash);
	SPI_finish();
	result = CStringGetTextDatum(password);
	explicit_bzero(password, strlen(password));
	return result;
}

PG_FUNCTION_INFO_V1(ms_create_app_password);
Datum
ms_create_app_password(PG_FUNCTION_ARGS)
{
	MemoryContext context = CurrentMemoryContext;
	volatile Datum result = (Datum) 0;

	PG_TRY();
	{
		result = create_app_password(fcinfo);
	}
	PG_CATCH();
	{
		ms_rethrow_without_context(context);
	}
	PG_END_TRY();
	PG_RETURN_DATUM(result);
}

/* ---------------------------------------------------------- set_app_password() */

/* What is not given stays as it is. */
static bool
update(const given *g, const char *hash)
{
	static ms_statement statement = {
		"UPDATE mailstack.app_passwords a SET password = mailstack.mail_password($3),"
		" services = coalesce($4::text[], a.services), allow_nets = coalesce($5::cidr[], a.allow_nets),"
		" expires = coalesce($6::timestamptz, a.expires)"
		" WHERE a.email OPERATOR(mailstack.=) $1::mailstack.mail_key AND a.name = $2", 6, NULL
	};
	const char *args[] = {g->email, g->name, hash, g->services, g->allow_nets, g->expires};

	ms_statement_run(&statement, args);
	return SPI_processed > 0;
}

static void
set_app_password(FunctionCallInfo fcinfo)
{
	given		g = arguments(fcinfo, 1);
	char	   *hash;

	ms_refuse_null(fcinfo, 2, "password");
	hash = ms_hash_new_password(MS_GETARG_SPAN(2), ms_new_password_scheme(NULL));
	SPI_connect();
	if (!update(&g, hash))
		insert(&g, hash);
	SPI_finish();
}

PG_FUNCTION_INFO_V1(ms_set_app_password);
Datum
ms_set_app_password(PG_FUNCTION_ARGS)
{
	MemoryContext context = CurrentMemoryContext;

	PG_TRY();
	{
		set_app_password(fcinfo);
	}
	PG_CATCH();
	{
		ms_rethrow_without_statement(context);
	}
	PG_END_TRY();
	PG_RETURN_VOID();
}
