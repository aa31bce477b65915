/*
 * account_spi.c
 *	  Who logs in, and whether he may.
 */
#include "lookup/account.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/inet.h"
#include "utils/timestamp.h"

#include "schema/login.h"

/* Whether a column services of a row leaves out the service. */
static bool
leaves_out(const ms_scan *row, int attribute, ms_span service)
{
	bool		all;
	Datum		services = ms_scan_get(row, attribute, &all);

	return service.len > 0 && !all && !ms_services_have(services, service);
}

static ms_login
check_services(const ms_hosted *hosted, const ms_scan *user, ms_span service)
{
	if (service.len > 0 && hosted->services != NULL &&
		!ms_services_have(PointerGetDatum(hosted->services), service))
		return MS_LOGIN_NOT_IN_DOMAIN;
	return leaves_out(user, MS_USERS_SERVICES, service) ? MS_LOGIN_NOT_FOR_USER : MS_LOGIN_ALLOWED;
}

ms_login
ms_find_login(ms_reader *reader, const ms_key *key, ms_span service, ms_hosted *hosted, const ms_scan **user)
{
	*user = NULL;
	if (!ms_find_hosted(reader, ms_span_of(key->domain, key->domain_len), hosted))
		return MS_LOGIN_NO_DOMAIN;
	if (!hosted->active)
		return MS_LOGIN_DOMAIN_INACTIVE;
	*user = ms_find_user(reader, hosted, ms_span_of(key->local, key->local_len));
	if (*user == NULL)
		return MS_LOGIN_NO_USER;
	if (!ms_scan_bool(*user, MS_USERS_ACTIVE))
		return MS_LOGIN_USER_INACTIVE;
	return check_services(hosted, *user, service);
}

const ms_scan *
ms_read_app_password(ms_reader *reader, const ms_scan *user, int slot)
{
	bool		isnull;
	Datum		email = ms_scan_get(user, MS_USERS_EMAIL, &isnull);
	const ms_scan *row;

	for (row = ms_read(reader, MS_APP_PASSWORDS, DatumGetPointer(email)); row != NULL;
		 row = ms_read_next(reader, MS_APP_PASSWORDS))
	{
		if (DatumGetInt16(ms_scan_get(row, MS_APP_PASSWORDS_SLOT, &isnull)) == slot)
			return row;
	}
	return NULL;
}

ms_app_login
ms_app_password_login(const ms_scan *row, ms_span service)
{
	bool		never;
	Datum		expires = ms_scan_get(row, MS_APP_PASSWORDS_EXPIRES, &never);

	if (!never && DatumGetTimestampTz(expires) <= GetCurrentStatementStartTimestamp())
		return MS_APP_EXPIRED;
	return leaves_out(row, MS_APP_PASSWORDS_SERVICES, service) ? MS_APP_NOT_FOR_SERVICE : MS_APP_ALLOWED;
}

ms_networks
ms_networks_of(const ms_scan *row, int attribute)
{
	ms_networks result = {0};
	Datum		array = ms_scan_get(row, attribute, &result.everywhere);

	if (!result.everywhere)
		deconstruct_array(DatumGetArrayTypeP(array), CIDROID, -1, false, TYPALIGN_INT, &result.nets, NULL, &result.n);
	return result;
}

/* Whether an address or a network lies in one of the networks, as that function understands it. */
static bool
lies_in(Datum address, const ms_networks *networks, PGFunction in)
{
	int			i;

	for (i = 0; i < networks->n; i++)
	{
		if (DatumGetBool(DirectFunctionCall2(in, address, networks->nets[i])))
			return true;
	}
	return false;
}

/* Those of one list that lie in a network of the other. */
static void
add_inner(ms_networks *result, const ms_networks *of, const ms_networks *others, PGFunction in)
{
	int			i;

	for (i = 0; i < of->n; i++)
	{
		if (lies_in(of->nets[i], others, in))
			result->nets[result->n++] = of->nets[i];
	}
}

/* Two networks lie one in the other, or apart. */
ms_networks
ms_networks_of_app_password(const ms_scan *row, const ms_scan *user)
{
	ms_networks own = ms_networks_of(row, MS_APP_PASSWORDS_ALLOW_NETS);
	ms_networks users = ms_networks_of(user, MS_USERS_ALLOW_NETS);
	ms_networks result = {0};

	if (own.everywhere || users.everywhere)
		return own.everywhere ? users : own;
	result.nets = palloc((own.n + users.n) * sizeof(Datum));
	add_inner(&result, &own, &users, network_subeq);
	add_inner(&result, &users, &own, network_sub);
	return result;
}

bool
ms_networks_hold(const ms_networks *networks, Datum address)
{
	return networks->everywhere || lies_in(address, networks, network_subeq);
}

char *
ms_networks_text(const ms_networks *networks)
{
	StringInfoData out;
	int			i;

	if (networks->everywhere)
		return NULL;
	initStringInfo(&out);
	for (i = 0; i < networks->n; i++)
		appendStringInfo(&out, "%s%s", i > 0 ? "," : "",
						 DatumGetCString(DirectFunctionCall1(cidr_out, networks->nets[i])));
	return out.data;
}
