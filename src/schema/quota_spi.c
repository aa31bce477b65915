/*
 * quota_spi.c
 *	  Rule 8: what the users of a domain are allotted together is no more than
 *	  its pool.
 *
 * The sum is taken anew by each statement that could raise it, once for each
 * domain, rather than kept in a counter that could go wrong.  Whoever adds to
 * it holds the domain's row, so that writers of one domain come one after the
 * other, each seeing what those before it have committed, at any isolation
 * level.  A domain without a pool is not locked.
 */
#include "schema/quota.h"

#include "common/int.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/rel.h"

ms_quota
ms_quota_of_domain(const ms_scan *domain)
{
	ms_quota	quota = {
		ms_scan_int64(domain, MS_DOMAINS_QUOTA_BYTES, 0),
		ms_scan_int64(domain, MS_DOMAINS_QUOTA_MESSAGES, 0)
	};

	return quota;
}

ms_quota
ms_quota_of_user(const ms_scan *user, ms_quota of_domain)
{
	ms_quota	quota = {
		ms_scan_int64(user, MS_USERS_QUOTA_BYTES, of_domain.bytes),
		ms_scan_int64(user, MS_USERS_QUOTA_MESSAGES, of_domain.messages)
	};

	return quota;
}

char *
ms_bytes_in_words(int64 bytes)
{
	char	   *rounded = text_to_cstring(DatumGetTextPP(DirectFunctionCall1(pg_size_pretty, Int64GetDatum(bytes))));

	return strstr(rounded, "bytes") != NULL ? rounded : psprintf("%s (" INT64_FORMAT " bytes)", rounded, bytes);
}

void
ms_check_quota(const TriggerData *trigger, HeapTuple row, AttrNumber column, int64 least,
			   const char *what, const ms_key_view *key)
{
	bool		isnull;
	int64		value = DatumGetInt64(ms_row_get(trigger, row, column, &isnull));

	if (isnull || value >= least)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("%s " INT64_FORMAT " of %s \"%s\" is no quota",
					NameStr(TupleDescAttr(RelationGetDescr(trigger->tg_relation), column - 1)->attname),
					value, what, ms_key_to_cstring(key)),
			 least > 0
			 ? errdetail("It is at least 1; NULL means that there is no limit.")
			 : errdetail("It is at least 1; NULL means that of the domain, and 0 that there is no limit."),
			 errhint("pg_size_bytes('5 GB') says a size in bytes.")));
}

/* -------------------------------------------------------------------- the pool */

typedef struct pool
{
	const ms_key_view *domain;
	int64		bytes;
	ms_quota	quota;			/* of a user who has none of his own */
} pool;

/* What is allotted of it; 0 of somebody means that he has no quota. */
typedef struct allotment
{
	int64		sum;			/* or the greatest number there is, */
	bool		overflown;		/* where it is more */
	struct varlena *without;	/* the first user who has none, or NULL */
	int64		to_one;			/* to the user in question */
} allotment;

static void
allot(allotment *all, const ms_scan *user, const pool *p, const ms_key_view *one)
{
	int64		bytes = ms_quota_of_user(user, p->quota).bytes;
	ms_key_view email = ms_scan_key(user, MS_USERS_EMAIL);

	if (one != NULL && ms_span_equal(email.key, one->key))
		all->to_one = bytes;
	if (bytes == 0 && (all->without == NULL || ms_span_compare(email.key, ms_key_view_of(all->without).key) < 0))
		all->without = ms_key_build(MS_KEY_ADDRESS, email.domain, email.local);
	if (all->overflown || pg_add_s64_overflow(all->sum, bytes, &all->sum))
	{
		all->sum = PG_INT64_MAX;
		all->overflown = true;
	}
}

/* To all users of the domain, the new rows of this statement among them. */
static allotment
allotted(const pool *p, const ms_key_view *one)
{
	Datum		key = PointerGetDatum(ms_key_build_domain(p->domain->domain));
	allotment	all = {0};
	ms_scan		scan;
	bool		found;

	for (found = ms_scan_begin(&scan, MS_USERS_BY_DOMAIN, key, ms_rule_snapshot()); found;
		 found = ms_scan_next(&scan))
		allot(&all, &scan, p, one);
	ms_scan_end(&scan);
	return all;
}

/* Whoever may read no users is told of nobody but the one that he has written. */
static void
refuse_without(const TriggerData *trigger, const pool *p, const ms_key_view *user)
{
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 user != NULL
			 ? errmsg("user \"%s\" has no quota, in a domain that has a quota pool", ms_key_to_cstring(user))
			 : errmsg("a user of domain \"%s\", which has a quota pool, has no quota", ms_key_to_cstring(p->domain)),
			 errdetail("quota_pool_bytes of domain \"%s\" is %s, to be shared out among its users; one without quota_bytes could use up all of it.",
					   ms_key_to_cstring(p->domain), ms_bytes_in_words(p->bytes)),
			 errhint("Set quota_bytes of the user, or that of the domain, which all have who have none of their own."),
			 errtable(trigger->tg_relation)));
}

static void
refuse_overdraft(const TriggerData *trigger, const pool *p, const allotment *all, const ms_key_view *one)
{
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("quota pool of domain \"%s\" would be overdrawn", ms_key_to_cstring(p->domain)),
			 one != NULL
			 ? errdetail("quota_pool_bytes is %s; with %s for \"%s\", its users would be allotted %s.",
						 ms_bytes_in_words(p->bytes), ms_bytes_in_words(all->to_one), ms_key_to_cstring(one),
						 ms_bytes_in_words(all->sum))
			 : errdetail("quota_pool_bytes would be %s; its users would be allotted %s.",
						 ms_bytes_in_words(p->bytes), ms_bytes_in_words(all->sum)),
			 errhint("Give less in users.quota_bytes, or in quota_bytes of the domain, or raise quota_pool_bytes; mailstack.domain_usage shows all three."),
			 errtable(trigger->tg_relation)));
}

static void
check(const TriggerData *trigger, const pool *p, const ms_key_view *one)
{
	allotment	all = allotted(p, one);

	if (all.without != NULL && one != NULL && all.to_one == 0)
		refuse_without(trigger, p, one);
	if (all.without != NULL)
	{
		ms_key_view first = ms_key_view_of(all.without);

		refuse_without(trigger, p, ms_may_name_rows(ms_table_oid(MS_USERS)) ? &first : NULL);
	}
	if (all.overflown || all.sum > p->bytes)
		refuse_overdraft(trigger, p, &all, one);
}

void
ms_pool_check_user(const TriggerData *trigger, const ms_scan *domain, const ms_key_view *email)
{
	bool		isnull;
	Datum		key = ms_scan_get(domain, MS_DOMAINS_DOMAIN, &isnull);
	ms_key_view view = ms_scan_key(domain, MS_DOMAINS_DOMAIN);
	ms_scan		locked;

	if (ms_scan_int64(domain, MS_DOMAINS_QUOTA_POOL_BYTES, 0) == 0)
		return;
	/* As it is when those before us have ended. */
	if (ms_scan_lock(&locked, MS_DOMAINS, key, LockTupleNoKeyExclusive))
	{
		pool		p = {
			&view, ms_scan_int64(&locked, MS_DOMAINS_QUOTA_POOL_BYTES, 0), ms_quota_of_domain(&locked)
		};

		if (p.bytes != 0)
			check(trigger, &p, email);
	}
	ms_scan_end(&locked);
}

static int64
int64_or_zero(const TriggerData *trigger, HeapTuple row, AttrNumber column)
{
	bool		isnull;
	Datum		value = ms_row_get(trigger, row, column, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

static bool
has_changed(const TriggerData *trigger, HeapTuple row, AttrNumber column)
{
	return int64_or_zero(trigger, row, column) != int64_or_zero(trigger, trigger->tg_trigtuple, column);
}

void
ms_pool_check_domain(const TriggerData *trigger, HeapTuple row, const ms_key_view *domain)
{
	pool		p = {
		domain, int64_or_zero(trigger, row, MS_DOMAINS_QUOTA_POOL_BYTES),
		{int64_or_zero(trigger, row, MS_DOMAINS_QUOTA_BYTES), 0}
	};

	if (!TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) || p.bytes == 0 ||
		!(has_changed(trigger, row, MS_DOMAINS_QUOTA_POOL_BYTES) || has_changed(trigger, row, MS_DOMAINS_QUOTA_BYTES)))
		return;

	/*
	 * Users that other transactions are adding are waited for: they hold the
	 * row's key.  (The server has waited already, since it takes the generated
	 * columns for changed keys; it need not.)
	 */
	(void) ms_lock_row(trigger->tg_relation, trigger->tg_trigtuple, LockTupleExclusive);
	check(trigger, &p, NULL);
}
