/*
 * account.h
 *	  Who logs in, and whether he may: what Dovecot's passdb and userdb answer
 *	  and explain_login() tells.
 */
#ifndef MS_ACCOUNT_H
#define MS_ACCOUNT_H

#include "lookup/lookup.h"

typedef enum ms_login
{
	MS_LOGIN_ALLOWED,
	MS_LOGIN_NO_DOMAIN,
	MS_LOGIN_DOMAIN_INACTIVE,
	MS_LOGIN_NO_USER,
	MS_LOGIN_USER_INACTIVE,
	MS_LOGIN_NOT_IN_DOMAIN,		/* domains.services has not the service */
	MS_LOGIN_NOT_FOR_USER		/* nor have users.services */
} ms_login;

/*
 * Looks for the user of exactly that name, for a login is no sub-address and no
 * alias, and whether he may use a service (by our name; empty: not asked).
 * hosted and user (NULL where there is none) are as far as it came.
 */
extern ms_login ms_find_login(ms_reader *reader, const ms_key *key, ms_span service,
							  ms_hosted *hosted, const ms_scan **user);

/* The app password of a user in a slot, or NULL; good until the next is read. */
extern const ms_scan *ms_read_app_password(ms_reader *reader, const ms_scan *user, int slot);

typedef enum ms_app_login
{
	MS_APP_ALLOWED,
	MS_APP_EXPIRED,
	MS_APP_NOT_FOR_SERVICE
} ms_app_login;

/* Whether the app password of a row is good for a service of that name now. */
extern ms_app_login ms_app_password_login(const ms_scan *row, ms_span service);

/*
 * Whether who asks for a service comes from somewhere: an operator at doveadm
 * does not, nor does LMTP, which asks of whom it has mail for.
 */
static inline bool
ms_comes_from_network(ms_span service)
{
	return service.len > 0 && !ms_span_is(service, "lmtp");
}

/* From where a password is good. */
typedef struct ms_networks
{
	bool		everywhere;
	int			n;
	Datum	   *nets;			/* cidr */
} ms_networks;

/* Those of a column allow_nets, of which NULL is everywhere. */
extern ms_networks ms_networks_of(const ms_scan *row, int attribute);

/* Those of an app password: what both its own and the user's networks hold, which may be nothing. */
extern ms_networks ms_networks_of_app_password(const ms_scan *row, const ms_scan *user);

/* Whether they hold an address. */
extern bool ms_networks_hold(const ms_networks *networks, Datum address);

/* As Dovecot's allow_nets has them; NULL for everywhere. */
extern char *ms_networks_text(const ms_networks *networks);

#endif							/* MS_ACCOUNT_H */
