/*
 * explain_login_spi.c
 *	  explain_login(): why a login would fail, or with what it goes.
 *
 * It takes the steps of dovecot_passdb() and dovecot_app_passdb() by the same
 * functions, and tells each.
 */
#include "lookup/account.h"

#include <ctype.h>

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inet.h"
#include "utils/snapmgr.h"

#include "lookup/resolve.h"
#include "password/password.h"
#include "route/explain.h"
#include "schema/login.h"
#include "schema/new_password.h"
#include "schema/delegates.h"

/* What Dovecot's own auth_username_chars has besides letters and digits. */
#define USERNAME_CHARS ".-_@"

typedef struct explanation
{
	ReturnSetInfo *set;
	ms_reader	reader;
	ms_key		key;
	char	   *asked;			/* the name of the login, as it was given */
	char	   *service;		/* the service, as it was given, or NULL */
	ms_span		our_service;	/* by our name; empty where nobody is kept from it */
	inet	   *remote;			/* or NULL */
	ms_hosted	hosted;
	const ms_scan *user;
	StringInfoData with;		/* the passwords that it goes with */
} explanation;

/* In the order of login_step in explain_login.sql. */
static void
tell(explanation *e, const char *step, bool answer, const char *why, const char *hint)
{
	Datum		values[4];
	bool		nulls[4] = {false};

	values[0] = CStringGetTextDatum(step);
	values[1] = CStringGetTextDatum(answer ? "yes" : "no");
	values[2] = ms_readable_text(why, &nulls[2]);
	values[3] = ms_readable_text(hint, &nulls[3]);
	tuplestore_putvalues(e->set->setResult, e->set->setDesc, values, nulls);
}

static char *
domain_name(const explanation *e)
{
	ms_span		name = ms_hosted_name(&e->hosted);

	return pnstrdup(name.data, name.len);
}

/* "is suspended: active = false", and the reason where one is given. */
static char *
suspension(const char *what, const char *reason)
{
	return reason == NULL ? psprintf("%s is suspended: active = false", what) :
		psprintf("%s is suspended: %s", what, reason);
}

/* ------------------------------------------------------------- who is no user */

/* The addresses that an alias of the name leads to; NULL where there is none. */
static char *
destinations(explanation *e, ms_span local)
{
	StringInfoData out;
	List	   *keys = NIL;
	ListCell   *cell;
	const ms_scan *row;

	for (row = ms_read(&e->reader, MS_ALIASES, ms_key_build(MS_KEY_ADDRESS, ms_hosted_name(&e->hosted), local));
		 row != NULL; row = ms_read_next(&e->reader, MS_ALIASES))
	{
		ms_key_view email = ms_scan_key(row, MS_ALIASES_EMAIL);

		keys = lappend(keys, ms_key_build(MS_KEY_ADDRESS, email.domain, email.local));
	}
	if (keys == NIL)
		return NULL;
	ms_sort_keys(keys);
	initStringInfo(&out);
	foreach(cell, keys)
	{
		ms_key_view email = ms_key_view_of(lfirst(cell));

		ms_append_address(&out, email.local, email.domain);
	}
	return out.data;
}

/* The name without the detail, where it has one and a user has that. */
static char *
user_of_sub_address(explanation *e, ms_span local)
{
	size_t		split = ms_local_part_split(local, ms_settings_delimiters());
	ms_span		base = ms_span_of(local.data, split);

	if (split == local.len || ms_find_user(&e->reader, &e->hosted, base) == NULL)
		return NULL;
	return ms_address_to_cstring(base, ms_hosted_name(&e->hosted));
}

/* The user of the name in the mirrored domain, for whom may see that. */
static char *
mirrored_user(explanation *e, const ms_hosted *mirrored, ms_span local)
{
	if (!ms_may_administer_domain(GetUserId(), ms_hosted_name(mirrored), GetActiveSnapshot()) ||
		ms_find_user(&e->reader, mirrored, local) == NULL)
		return NULL;
	return ms_address_to_cstring(local, ms_hosted_name(mirrored));
}

static void
tell_no_user(explanation *e)
{
	ms_span		local = ms_span_of(e->key.local, e->key.local_len);
	char	   *leads_to = destinations(e, local);
	char	   *base = user_of_sub_address(e, local);
	ms_hosted	mirrored;
	char	   *namesake;

	if (leads_to != NULL)
		tell(e, "user", false, psprintf("it is an alias of %s, and an alias logs in nowhere", leads_to),
			 "Log in as the user who gets its mail.");
	else if (base != NULL)
		tell(e, "user", false, "it is a sub-address, and a sub-address logs in nowhere", psprintf("Log in as %s.", base));
	else if (ms_find_mirrored(&e->reader, &e->hosted, &mirrored))
	{
		namesake = mirrored_user(e, &mirrored, local);
		tell(e, "user", false, psprintf("domain %s is a mirror, which has no users", domain_name(e)),
			 namesake == NULL ? NULL : psprintf("Log in as %s.", namesake));
	}
	else if (e->hosted.class != MS_VIRTUAL_MAILBOX)
		tell(e, "user", false, psprintf("domain %s has no users: its class is not virtual_mailbox", domain_name(e)), NULL);
	else
		tell(e, "user", false, "there is no user of that name", "INSERT INTO mailstack.users(email) makes one.");
}

/* ------------------------------------------------------------------- services */

static char *
words(Datum array)
{
	return OidOutputFunctionCall(F_ARRAY_OUT, array);
}

static void
tell_service_refused(explanation *e, const char *table, const char *key, Datum services)
{
	tell(e, "service", false, psprintf("%s.services has not %.*s: %s", table,
									   (int) e->our_service.len, e->our_service.data, words(services)),
		 psprintf("UPDATE mailstack.%s, if %s may.", table, key));
}

/* What is said of services: by the domain, and by the user. */
static void
tell_services(explanation *e)
{
	bool		all;
	Datum		of_user = ms_scan_get(e->user, MS_USERS_SERVICES, &all);
	StringInfoData why;

	initStringInfo(&why);
	if (e->hosted.services == NULL && all)
		appendStringInfoString(&why, "all services");
	if (e->hosted.services != NULL)
		appendStringInfo(&why, "services of the domain: %s", words(PointerGetDatum(e->hosted.services)));
	if (!all)
		appendStringInfo(&why, "%sservices of the user: %s", why.len > 0 ? "; " : "", words(of_user));
	tell(e, "service", true, why.data, NULL);
}

/* ------------------------------------------------------------------ passwords */

/* Whether networks let in who asks; where it is not said from where, they do if anybody gets in. */
static bool
is_in_networks(const explanation *e, const ms_networks *networks)
{
	return e->remote != NULL ? ms_networks_hold(networks, InetPGetDatum(e->remote)) : networks->n > 0;
}

/* Whether networks matter: where no service is said, it may be one of those where they do. */
static bool
asks_from_network(const explanation *e)
{
	return e->service == NULL || ms_comes_from_network(e->our_service);
}

static void
add_to_sum(explanation *e, const char *name)
{
	if (e->with.len > 0)
		appendStringInfoString(&e->with, ", ");
	if (name != NULL)
		appendStringInfo(&e->with, "app password \"%s\"", name);
	else
		appendStringInfoString(&e->with, "the main password");
}

/*
 * What an operator should know of a hash that Dovecot 2.3 takes: it may be older
 * than the rule that would refuse it, and Dovecot 2.4 has a rule of its own.
 */
static const char *
weakness(const ms_scan *row, int attribute)
{
	const char *lowest = ms_settings_get()->password_lowest_scheme;
	ms_password password;
	ms_fault	unused;

	if (!ms_password_parse(ms_scan_span(row, attribute), &password, &unused))
		return NULL;
	if (ms_password_exceeds(&password, NULL))
		return psprintf("Its hash, of %s, takes so long to compute that the logins of others wait: store another.",
						password.method->name);
	if (ms_password_is_too_weak(&password))
		return psprintf("Its scheme, %s, is below password_lowest_scheme, %s, and was stored before that was set.",
						password.method->name, lowest);
	if (password.method->strength == MS_STRENGTH_BROKEN)
		return psprintf("Its scheme, %s, is broken; Dovecot 2.4 may refuse it (auth_allow_weak_schemes).", password.method->name);
	return NULL;
}

/* A password of a row: columns of it, and its name where it is an app password. */
typedef struct credential
{
	const char *step;
	const char *name;
	const ms_scan *row;
	int			password;
	ms_networks networks;
	const char *services;		/* in words, or NULL for all */
} credential;

/* One that is good for the service: whether it is from there, and what else to know of it. */
static void
tell_password(explanation *e, const credential *c)
{
	char	   *nets = asks_from_network(e) ? ms_networks_text(&c->networks) : NULL;
	bool		is_in = nets == NULL || is_in_networks(e, &c->networks);
	StringInfoData why;

	initStringInfo(&why);
	if (c->name != NULL)
		appendStringInfo(&why, "\"%s\": ", c->name);
	if (c->services != NULL)
		appendStringInfo(&why, "for %s, ", c->services);
	if (nets == NULL)
		appendStringInfoString(&why, "from everywhere");
	else if (nets[0] == '\0')
		appendStringInfoString(&why, "from nowhere: its networks and the user's have none in common");
	else
		appendStringInfo(&why, "%sfrom %s", is_in ? "" : "only ", nets);
	if (is_in)
		add_to_sum(e, c->name);
	tell(e, c->step, is_in, why.data, is_in ? weakness(c->row, c->password) : c->name != NULL ?
		 "allow_nets of the app password and of the user say so; NULL is everywhere." :
		 "allow_nets says so; NULL is everywhere.");
}

static void
tell_main_password(explanation *e)
{
	credential	c = {"password", NULL, e->user, MS_USERS_PASSWORD, ms_networks_of(e->user, MS_USERS_ALLOW_NETS), NULL};
	ms_span		unused;

	if (ms_scan_span_or_null(e->user, MS_USERS_PASSWORD, &unused))
		tell_password(e, &c);
	else
		tell(e, "password", false, "the user has none", "set_password() gives one.");
}

static void
tell_app_password(explanation *e, const ms_scan *row)
{
	ms_span		text = ms_scan_span(row, MS_APP_PASSWORDS_NAME);
	char	   *name = pnstrdup(text.data, text.len);
	bool		all;
	Datum		services = ms_scan_get(row, MS_APP_PASSWORDS_SERVICES, &all);
	credential	c = {"app password", name, row, MS_APP_PASSWORDS_PASSWORD, ms_networks_of_app_password(row, e->user), NULL};

	switch (ms_app_password_login(row, e->our_service))
	{
		case MS_APP_EXPIRED:
			tell(e, "app password", false, psprintf("\"%s\": expired", name),
				 "create_app_password() makes another, or set expires.");
			break;
		case MS_APP_NOT_FOR_SERVICE:
			tell(e, "app password", false, psprintf("\"%s\": only for %s", name, words(services)), NULL);
			break;
		case MS_APP_ALLOWED:
			c.services = all ? NULL : words(services);
			tell_password(e, &c);
	}
}

/* In the order in which Dovecot asks for them. */
static void
tell_app_passwords(explanation *e)
{
	int			slot;

	for (slot = 1; slot <= MS_APP_PASSWORD_SLOTS; slot++)
	{
		const ms_scan *row = ms_read_app_password(&e->reader, e->user, slot);

		if (row != NULL)
			tell_app_password(e, row);
	}
}

/* ------------------------------------------------------------------ the steps */

/* What Dovecot refuses before it asks, unless its configuration has been changed. */
static char *
strange_characters(const explanation *e)
{
	const char *p;

	for (p = e->asked; *p != '\0'; p++)
	{
		if ((*p & 0x80) != 0 || (!isalnum((unsigned char) *p) && strchr(USERNAME_CHARS, *p) == NULL))
			return psprintf("Dovecot refuses \"%.*s\" in a name, unless its auth_username_chars has it.",
							pg_mblen(p), p);
	}
	return NULL;
}

/* The steps up to the passwords; whether it comes to them. */
static bool
tell_login(explanation *e, ms_login login)
{
	bool		isnull;
	ms_span		reason;

	if (login == MS_LOGIN_NO_DOMAIN || login == MS_LOGIN_DOMAIN_INACTIVE)
	{
		tell(e, "domain", false, login == MS_LOGIN_NO_DOMAIN ?
			 psprintf("domain %.*s is not hosted here", (int) e->key.domain_len, e->key.domain) :
			 suspension(psprintf("domain %s", domain_name(e)), e->hosted.suspended_reason),
			 login == MS_LOGIN_NO_DOMAIN ? NULL :
			 psprintf("UPDATE mailstack.domains SET active = true WHERE domain::text = '%s'", domain_name(e)));
		return false;
	}
	tell(e, "domain", true, domain_name(e), NULL);
	if (login == MS_LOGIN_NO_USER)
	{
		tell_no_user(e);
		return false;
	}
	if (login == MS_LOGIN_USER_INACTIVE)
	{
		bool		has_reason = ms_scan_span_or_null(e->user, MS_USERS_SUSPENDED_REASON, &reason);
		ms_key_view email = ms_scan_key(e->user, MS_USERS_EMAIL);

		tell(e, "user", false, suspension("the user", has_reason ? pnstrdup(reason.data, reason.len) : NULL),
			 psprintf("UPDATE mailstack.users SET active = true WHERE email::text = %s",
					  quote_literal_cstr(ms_key_to_cstring(&email))));
		return false;
	}
	tell(e, "user", true, e->asked, strange_characters(e));
	if (login == MS_LOGIN_NOT_IN_DOMAIN)
		tell_service_refused(e, "domains", "its users", PointerGetDatum(e->hosted.services));
	else if (login == MS_LOGIN_NOT_FOR_USER)
		tell_service_refused(e, "users", "the user", ms_scan_get(e->user, MS_USERS_SERVICES, &isnull));
	else
		tell_services(e);
	return login == MS_LOGIN_ALLOWED;
}

static void
explain(explanation *e)
{
	ms_span		asked = ms_span_of_text(e->asked);
	ms_fault	fault;

	if (!ms_address_parse(asked, &e->key, &fault))
	{
		tell(e, "address", false, ms_fault_in_words(asked, &fault), "A login is the whole address.");
		tell(e, "login", false, "it is no address", NULL);
		return;
	}
	ms_require_administered(ms_span_of(e->key.domain, e->key.domain_len));
	if (!tell_login(e, ms_find_login(&e->reader, &e->key, e->our_service, &e->hosted, &e->user)))
	{
		tell(e, "login", false, "whatever the password", NULL);
		return;
	}
	tell_main_password(e);
	tell_app_passwords(e);
	if (e->with.len > 0)
		tell(e, "login", true, psprintf("with %s", e->with.data), NULL);
	else
		tell(e, "login", false, "no password is good for it", NULL);
}

PG_FUNCTION_INFO_V1(ms_explain_login);
Datum
ms_explain_login(PG_FUNCTION_ARGS)
{
	explanation e;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	memset(&e, 0, sizeof(e));
	e.set = (ReturnSetInfo *) fcinfo->resultinfo;
	e.asked = text_to_cstring(PG_GETARG_TEXT_PP(0));
	e.service = PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (e.service != NULL)
		e.our_service = ms_login_service(ms_span_of_text(e.service));
	e.remote = PG_ARGISNULL(2) ? NULL : PG_GETARG_INET_PP(2);
	initStringInfo(&e.with);
	ms_reader_begin(&e.reader, GetActiveSnapshot());
	explain(&e);
	ms_reader_end(&e.reader);
	return (Datum) 0;
}
