/*
 * quota.h
 *	  How much mail a user may have, and what the users of a domain may have
 *	  together.
 */
#ifndef MS_QUOTA_H
#define MS_QUOTA_H

#include "schema/tables.h"
#include "schema/trigger.h"

/* 0: as much as he likes. */
typedef struct ms_quota
{
	int64		bytes;
	int64		messages;
} ms_quota;

/* What a domain's row says for users who have no quota of their own. */
extern ms_quota ms_quota_of_domain(const ms_scan *domain);

/* What holds for a user: his own, be it 0, or that of the domain. */
extern ms_quota ms_quota_of_user(const ms_scan *user, ms_quota of_domain);

/* A number of bytes, rounded and in full, for messages: "5120 MB (5368709120 bytes)". */
extern char *ms_bytes_in_words(int64 bytes);

/*
 * Raises 23514 where a column with a quota holds less than least.  what and key
 * name the row, for example: user "bob@example.com".
 */
extern void ms_check_quota(const TriggerData *trigger, HeapTuple row, AttrNumber column, int64 least,
						   const char *what, const ms_key_view *key);

/*
 * Rule 8, for a user who has been written, and all others of the domain: raises
 * 23514 where the domain has a pool and it is overdrawn, or one of them has no
 * quota.  domain is the row, locked against a change of its key; one with a
 * pool is locked against other writers of its users, to the end of the
 * transaction.
 */
extern void ms_pool_check_user(const TriggerData *trigger, const ms_scan *domain, const ms_key_view *email);

/* The same for a row of domains that is about to be changed. */
extern void ms_pool_check_domain(const TriggerData *trigger, HeapTuple row, const ms_key_view *domain);

#endif							/* MS_QUOTA_H */
