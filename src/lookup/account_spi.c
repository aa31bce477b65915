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

char *
ms_networks(const ms_scan *row, int attribute)
{
	bool		isnull;
	Datum		array = ms_scan_get(row, attribute, &isnull);
	StringInfoData out;
	Datum	   *nets;
	int			n;
	int			i;

	if (isnull)
		return NULL;
	deconstruct_array(DatumGetArrayTypeP(array), CIDROID, -1, false, TYPALIGN_INT, &nets, NULL, &n);
	initStringInfo(&out);
	for (i = 0; i < n; i++)
		appendStringInfo(&out, "%s%s", i > 0 ? "," : "",
						 DatumGetCString(DirectFunctionCall1(cidr_out, nets[i])));
	return out.data;
}
