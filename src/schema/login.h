/*
 * login.h
 *	  The services that one logs in to: the columns services of domains, users
 *	  and app_passwords.
 */
#ifndef MS_LOGIN_H
#define MS_LOGIN_H

#include "base/base.h"

/*
 * A service by the name that our columns have for it: Postfix asks for smtp and
 * means submission.  Empty for those that nobody is kept from: doveadm, which
 * an operator tries a password with.
 */
extern ms_span ms_login_service(ms_span name);

/* Whether an array of text, not NULL, has the service, by our name for it. */
extern bool ms_services_have(Datum array, ms_span service);

#endif							/* MS_LOGIN_H */
