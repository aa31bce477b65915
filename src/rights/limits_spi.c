/*
 * limits_spi.c
 *	  The limits of delegated administrators, and what they administer.
 *
 * Row-level security says in which domains; these say how much.  They hold
 * whoever's rows there are, and however many sessions add some at once: each
 * locks the domain before it counts.  Who is no delegate is asked nothing.
 */
#include "schema/delegates.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "rights/rows.h"
#include "schema/memo.h"
#include "schema/tables.h"

/* A table with a limit for the number of its rows in a domain. */
typedef struct limited
{
	const char *name;
	AttrNumber	domain;
	ms_access	by_domain;
	size_t		limit;			/* in ms_delegation */
} limited;

static const limited limited_tables[] = {
	{"users", MS_USERS_DOMAIN, MS_USERS_BY_DOMAIN, offsetof(ms_delegation, max_users)},
	{"aliases", MS_ALIASES_DOMAIN, MS_ALIASES_BY_DOMAIN, offsetof(ms_delegation, max_aliases)},
};

static const limited *
limited_table(const TriggerData *trigger)
{
	bool		is_users = strcmp(RelationGetRelationName(trigger->tg_relation), "users") == 0;

	return &limited_tables[is_users ? 0 : 1];
}

static int32
limit_in(const ms_delegation *row, const limited *table)
{
	return *(const int32 *) ((const char *) row + table->limit);
}

/* The rows of the domain, but no more than are asked for; negative: all. */
static int64
count_rows(const limited *table, ms_span domain, int64 enough, Snapshot snapshot)
{
	int64		n = 0;
	ms_scan		scan;
	bool		found;

	for (found = ms_scan_begin(&scan, table->by_domain, PointerGetDatum(ms_key_build_domain(domain)), snapshot);
		 found && n != enough; found = ms_scan_next(&scan))
		n++;
	ms_scan_end(&scan);
	return n;
}

/* The highest limit of several that a role has by its memberships; -1 for none. */
static int32
highest_limit(const ms_delegations *all, ms_span domain, const limited *table)
{
	const ms_delegation *row = NULL;
	int32		highest = 0;

	while ((row = ms_delegation_next(all, domain, row)) != NULL)
	{
		if (limit_in(row, table) < 0)
			return -1;
		highest = Max(highest, limit_in(row, table));
	}
	return highest;
}

static void
lock_domain(ms_span domain)
{
	ms_scan		scan;

	(void) ms_scan_lock(&scan, MS_DOMAINS, PointerGetDatum(ms_key_build_domain(domain)), LockTupleNoKeyExclusive);
	ms_scan_end(&scan);
}

static void
check_limit(const ms_delegations *all, ms_span domain, const limited *table)
{
	int32		limit = highest_limit(all, domain, table);

	if (limit < 0)
		return;
	lock_domain(domain);
	if (count_rows(table, domain, (int64) limit + 1, ms_rule_snapshot()) > limit)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("domain \"%.*s\" has reached max_%s, which is %d", (int) domain.len, domain.data, table->name, limit),
				 errdetail("It is your limit there, in mailstack.domain_admins."),
				 errhint("Delete some, or ask whoever granted the domain for more.")));
}

/* AFTER INSERT, and AFTER UPDATE for rows that have come from another domain */
PG_FUNCTION_INFO_V1(ms_delegated_limits);
Datum
ms_delegated_limits(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_statement_trigger(fcinfo, "delegated_limits");
	const limited *table = limited_table(trigger);
	ms_delegations *all;
	ms_memo    *seen;
	ms_rows		rows;

	if (!ms_is_delegate(GetUserId()))
		return PointerGetDatum(NULL);
	all = ms_delegations_of(GetUserId(), ms_rule_snapshot());
	seen = ms_memo_create(CurrentMemoryContext);
	ms_rows_begin(&rows, trigger);
	while (ms_rows_next(&rows))
	{
		ms_span		domain = ms_slot_domain(rows.new_slot, table->domain);

		if (ms_memo_find(seen, domain) != NULL ||
			(rows.old_slot != NULL && ms_rows_same(&rows, table->domain)))
			continue;
		check_limit(all, domain, table);
		(void) ms_memo_put(seen, domain, FirstCommandId);
	}
	ms_rows_end(&rows);
	return PointerGetDatum(NULL);
}

/* ---------------------------------------------------------------- transports */

static bool
lists_transport(Datum transports, ms_span transport)
{
	ArrayType  *array = DatumGetArrayTypeP(transports);
	Datum	   *values;
	int			n;
	int			i;

	deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_INT, &values, NULL, &n);
	for (i = 0; i < n; i++)
	{
		if (ms_span_equal(ms_varlena_span(PG_DETOAST_DATUM_PACKED(values[i])), transport))
			return true;
	}
	return false;
}

static bool
may_use_transport(const ms_delegations *all, ms_span domain, ms_span transport)
{
	const ms_delegation *row = NULL;

	while ((row = ms_delegation_next(all, domain, row)) != NULL)
	{
		if (lists_transport(row->transports, transport))
			return true;
	}
	return false;
}

/* What a new domain gets where no transport is given. */
static bool
is_default_transport(const TriggerData *trigger, ms_span transport)
{
	const ms_settings *settings = ms_settings_get();

	return TRIGGER_FIRED_BY_INSERT(trigger->tg_event) &&
		strcmp(RelationGetRelationName(trigger->tg_relation), "domains") == 0 &&
		(ms_span_is(transport, settings->virtual_transport) ||
		 ms_span_is(transport, settings->relay_transport));
}

static bool
is_same(const TriggerData *trigger, AttrNumber column)
{
	return TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) &&
		ms_span_equal(ms_row_span(trigger, trigger->tg_trigtuple, column),
					  ms_row_span(trigger, trigger->tg_newtuple, column));
}

/* of_domain: whether it comes to be used because the user has none of his own */
static void
require_transport(const TriggerData *trigger, const ms_delegations *all, ms_span transport, bool of_domain)
{
	ms_key_view key = ms_row_key(trigger, ms_trigger_row(trigger), 1);

	if (transport.len == 0 || is_default_transport(trigger, transport) ||
		may_use_transport(all, key.domain, transport))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("you may not give \"%s\" the transport \"%.*s\"",
					ms_key_to_cstring(&key), (int) transport.len, transport.data),
			 of_domain
			 ? errdetail("It is that of the domain, and is not among the transports that mailstack.domain_admins allows you.")
			 : errdetail("It is not among the transports that mailstack.domain_admins allows you."),
			 errhint("SELECT * FROM mailstack.administered_domains() shows which are.")));
}

static float4
share_of(const TriggerData *trigger, HeapTuple row)
{
	bool		isnull;
	Datum		share = ms_row_get(trigger, row, MS_DOMAINS_STAGED_SHARE, &isnull);

	return isnull ? 0 : DatumGetFloat4(share);
}

/* Whoever moves users from one of the two to the other, by the share, chooses the other. */
static void
check_domain(const TriggerData *trigger, const ms_delegations *all)
{
	bool		is_new = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	HeapTuple	row = ms_trigger_row(trigger);
	float4		before = is_new ? 0 : share_of(trigger, trigger->tg_trigtuple);
	float4		after = share_of(trigger, row);

	if (is_new || !is_same(trigger, MS_DOMAINS_TRANSPORT) || after < before)
		require_transport(trigger, all, ms_row_span(trigger, row, MS_DOMAINS_TRANSPORT), false);
	if (is_new || !is_same(trigger, MS_DOMAINS_STAGED_TRANSPORT) || after != before)
		require_transport(trigger, all, ms_row_span(trigger, row, MS_DOMAINS_STAGED_TRANSPORT), false);
}

/* Who loses a transport of his own gets that of the domain, or of its stage. */
static void
check_domain_of_user(const TriggerData *trigger, const ms_delegations *all)
{
	ms_key_view email = ms_row_key(trigger, ms_trigger_row(trigger), MS_USERS_EMAIL);
	ms_span		transport;
	ms_scan		scan;

	if (ms_scan_begin(&scan, MS_DOMAINS, PointerGetDatum(ms_key_build_domain(email.domain)), ms_rule_snapshot()))
	{
		if (ms_scan_span_or_null(&scan, MS_DOMAINS_TRANSPORT, &transport))
			require_transport(trigger, all, transport, true);
		if (ms_scan_span_or_null(&scan, MS_DOMAINS_STAGED_TRANSPORT, &transport))
			require_transport(trigger, all, transport, true);
	}
	ms_scan_end(&scan);
}

static void
check_user(const TriggerData *trigger, const ms_delegations *all)
{
	ms_span		transport = ms_row_span(trigger, ms_trigger_row(trigger), MS_USERS_TRANSPORT);

	if (transport.len > 0)
		require_transport(trigger, all, transport, false);
	else if (!is_same(trigger, MS_USERS_TRANSPORT))
		check_domain_of_user(trigger, all);
}

/* AFTER INSERT OR UPDATE where a choice of a transport is made: by it, by its share, or by moving a user who has one. */
PG_FUNCTION_INFO_V1(ms_delegated_transport);
Datum
ms_delegated_transport(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "delegated_transport", MS_AFTER_ROW, NULL);
	ms_delegations *all;

	if (!ms_is_delegate(GetUserId()))
		return PointerGetDatum(NULL);
	all = ms_delegations_of(GetUserId(), ms_rule_snapshot());
	if (strcmp(RelationGetRelationName(trigger->tg_relation), "users") == 0)
		check_user(trigger, all);
	else
		check_domain(trigger, all);
	return PointerGetDatum(NULL);
}

/* ------------------------------------------------------ what one administers */

static void
put_count(Datum *value, bool *isnull, const limited *table, ms_span domain)
{
	*isnull = domain.len == 0;
	if (!*isnull)
		*value = Int64GetDatum(count_rows(table, domain, -1, GetActiveSnapshot()));
}

static void
put_limit(Datum *value, bool *isnull, int32 limit)
{
	*isnull = limit < 0;
	*value = Int32GetDatum(limit);
}

PG_FUNCTION_INFO_V1(ms_administered_domains);
Datum
ms_administered_domains(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *set = (ReturnSetInfo *) fcinfo->resultinfo;
	ms_delegations *all;
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	all = ms_delegations_of(GetUserId(), GetActiveSnapshot());
	for (i = 0; i < all->n; i++)
	{
		const ms_delegation *row = &all->rows[i];
		Datum		values[7];
		bool		nulls[7] = {false};

		values[0] = NameGetDatum(&row->role);
		values[1] = row->domain.len > 0 ? PointerGetDatum(ms_key_build_domain(row->domain)) : (Datum) 0;
		nulls[1] = row->domain.len == 0;
		put_count(&values[2], &nulls[2], &limited_tables[0], row->domain);
		put_limit(&values[3], &nulls[3], row->max_users);
		put_count(&values[4], &nulls[4], &limited_tables[1], row->domain);
		put_limit(&values[5], &nulls[5], row->max_aliases);
		values[6] = row->transports;
		tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
	}
	return (Datum) 0;
}
