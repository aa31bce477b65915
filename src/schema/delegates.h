/*
 * delegates.h
 *	  Delegated administrators: whether a role sees and changes only the domains
 *	  that domain_admins names.
 *
 * A delegate is known by the right to execute administered_domains(), which
 * grant_admin() gives, and not by the rows: where these are gone, the role is
 * left with no domain and not with all.  For the owner of the extension, a
 * superuser, or a role with BYPASSRLS nothing of this holds, as row-level
 * security does not.
 */
#ifndef MS_DELEGATES_H
#define MS_DELEGATES_H

#include "base/base.h"

#include "utils/snapshot.h"

#include "mailkey/mailkey_datum.h"

extern bool ms_is_delegate(Oid role);

/* A row of domain_admins: NULL limits are -1, domain is empty for all domains. */
typedef struct ms_delegation
{
	ms_span		domain;
	NameData	role;
	int32		max_users;
	int32		max_aliases;
	Datum		transports;		/* an array of text-like values, detoasted */
} ms_delegation;

/* What a role administers. */
typedef struct ms_delegations
{
	bool		everything;		/* it is no delegate */
	int			n;
	int			allocated;
	ms_delegation *rows;		/* ordered by domain, those for all domains first */
} ms_delegations;

/* Reads them, into the current memory context. */
extern ms_delegations *ms_delegations_of(Oid role, Snapshot snapshot);

/*
 * The rows that speak of a domain, one after the other: previous is NULL at
 * first.  NULL where there is no more.
 */
extern const ms_delegation *ms_delegation_next(const ms_delegations *all, ms_span domain,
											   const ms_delegation *previous);

/* Whether the role may see and change what is in the domain, as far as this decides. */
extern bool ms_delegations_cover(const ms_delegations *all, ms_span domain);
extern bool ms_may_administer_domain(Oid role, ms_span domain, Snapshot snapshot);

/* The same for the domain of an address or of any other key, as text. */
extern bool ms_may_administer_key(Oid role, const char *key, Snapshot snapshot);

/* For functions that read the tables directly: raises 42501 where the caller may not see the domain. */
extern void ms_require_administered(ms_span domain);
pg_noreturn extern void ms_refuse_domain(ms_span domain);

#endif							/* MS_DELEGATES_H */
