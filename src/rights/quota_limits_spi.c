/*
 * quota_limits_spi.c
 *	  How much a delegated administrator may give a user.
 *
 * In a domain with a pool the pool says so, of bytes (rule 8).  Else he gives
 * less than the domain's default, which is the operator's, but not more and no
 * freedom from it.  What a user has from the operator stays his.
 */
#include "schema/delegates.h"

#include "miscadmin.h"
#include "utils/rel.h"

#include "schema/quota.h"

typedef struct measure
{
	const char *name;			/* of the column, in both tables */
	AttrNumber	of_user;
	AttrNumber	of_domain;
	bool		by_pool;		/* a pool is the limit, where there is one */
} measure;

static const measure measures[] = {
	{"quota_bytes", MS_USERS_QUOTA_BYTES, MS_DOMAINS_QUOTA_BYTES, true},
	{"quota_messages", MS_USERS_QUOTA_MESSAGES, MS_DOMAINS_QUOTA_MESSAGES, false},
};

/* More than any number is 0, which is no limit; false for NULL. */
static bool
quota_in(const TriggerData *trigger, HeapTuple row, AttrNumber column, int64 *out)
{
	bool		isnull;
	Datum		value = ms_row_get(trigger, row, column, &isnull);

	if (!isnull)
		*out = DatumGetInt64(value) == 0 ? PG_INT64_MAX : DatumGetInt64(value);
	return !isnull;
}

/* Whether he had as much before, in the same domain. */
static bool
had_it(const TriggerData *trigger, AttrNumber column, int64 quota)
{
	int64		before;

	return TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) &&
		ms_span_equal(ms_row_key(trigger, trigger->tg_trigtuple, MS_USERS_DOMAIN).key,
					  ms_row_key(trigger, trigger->tg_newtuple, MS_USERS_DOMAIN).key) &&
		quota_in(trigger, trigger->tg_trigtuple, column, &before) && quota <= before;
}

static char *
in_words(const measure *m, int64 quota)
{
	if (quota == PG_INT64_MAX)
		return pstrdup("0, which is no limit");
	return m->by_pool ? ms_bytes_in_words(quota) : psprintf(INT64_FORMAT, quota);
}

static void
check(const TriggerData *trigger, const measure *m, const ms_scan *domain)
{
	HeapTuple	row = ms_trigger_row(trigger);
	ms_key_view email = ms_row_key(trigger, row, MS_USERS_EMAIL);
	int64		most = ms_scan_int64(domain, m->of_domain, 0);
	int64		quota;

	if (most == 0 || (m->by_pool && ms_scan_int64(domain, MS_DOMAINS_QUOTA_POOL_BYTES, 0) != 0) ||
		!quota_in(trigger, row, m->of_user, &quota) || quota <= most || had_it(trigger, m->of_user, quota))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("you may not give \"%s\" more %s than its domain has by default", ms_key_to_cstring(&email), m->name),
			 errdetail("It would be %s; %s of domain \"%.*s\" is %s.", in_words(m, quota), m->name,
					   (int) email.domain.len, email.domain.data, in_words(m, most)),
			 m->by_pool
			 ? errhint("Give less, or ask whoever granted the domain for a pool to share out (domains.quota_pool_bytes).")
			 : errhint("Give less, or ask whoever granted the domain for more."),
			 errtable(trigger->tg_relation)));
}

/* AFTER INSERT OR UPDATE of users where one has a quota of his own */
PG_FUNCTION_INFO_V1(ms_delegated_quota);
Datum
ms_delegated_quota(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "delegated_quota", MS_AFTER_ROW, "users");
	ms_key_view email = ms_row_key(trigger, ms_trigger_row(trigger), MS_USERS_EMAIL);
	ms_scan		domain;
	size_t		i;

	if (!ms_is_delegate(GetUserId()))
		return PointerGetDatum(NULL);
	if (ms_scan_begin(&domain, MS_DOMAINS,
					  PointerGetDatum(ms_key_build_domain(email.domain)), ms_rule_snapshot()))
	{
		for (i = 0; i < lengthof(measures); i++)
			check(trigger, &measures[i], &domain);
	}
	ms_scan_end(&domain);
	return PointerGetDatum(NULL);
}
