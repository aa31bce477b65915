/*
 * delegates_spi.c
 *	  The table domain_admins, as row-level security and our functions ask it.
 */
#include "schema/delegates.h"

#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "schema/tables.h"

/* The function whose execution marks a delegate, and its owner, who owns the tables, too. */
static Oid
marker(Oid *owner)
{
	oidvector  *none = buildoidvector(NULL, 0);
	HeapTuple	tuple = SearchSysCache3(PROCNAMEARGSNSP, CStringGetDatum("administered_domains"),
										PointerGetDatum(none),
										ObjectIdGetDatum(get_namespace_oid("mailstack", false)));
	Oid			result;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "function mailstack.administered_domains() is missing");
	result = ((Form_pg_proc) GETSTRUCT(tuple))->oid;
	*owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;
	ReleaseSysCache(tuple);
	return result;
}

bool
ms_is_delegate(Oid role)
{
	Oid			owner;
	Oid			function;

	if (superuser_arg(role) || has_bypassrls_privilege(role))
		return false;
	function = marker(&owner);
	return !has_privs_of_role(role, owner) &&
		object_aclcheck(ProcedureRelationId, function, role, ACL_EXECUTE) == ACLCHECK_OK;
}

/* ------------------------------------------------------------------- reading */

/* A row of a role that is gone does not speak of another that has its name now. */
static bool
speaks_of(const ms_scan *scan, Oid role)
{
	bool		isnull;
	Datum		name = ms_scan_get(scan, MS_DOMAIN_ADMINS_ROLE, &isnull);
	Datum		oid = ms_scan_get(scan, MS_DOMAIN_ADMINS_ROLE_OID, &isnull);
	Oid			named = get_role_oid(NameStr(*DatumGetName(name)), true);

	return OidIsValid(named) && !isnull && DatumGetObjectId(oid) == named && has_privs_of_role(role, named);
}

static int32
limit_of(const ms_scan *scan, AttrNumber column)
{
	bool		isnull;
	Datum		value = ms_scan_get(scan, column, &isnull);

	return isnull ? -1 : DatumGetInt32(value);
}

static ms_delegation
delegation_of(const ms_scan *scan)
{
	ms_delegation row;
	bool		isnull;
	bool		no;
	Datum		domain = ms_scan_get(scan, MS_DOMAIN_ADMINS_DOMAIN, &isnull);

	row.domain = MS_NO_SPAN;
	row.role = *DatumGetName(ms_scan_get(scan, MS_DOMAIN_ADMINS_ROLE, &no));
	row.max_users = limit_of(scan, MS_DOMAIN_ADMINS_MAX_USERS);
	row.max_aliases = limit_of(scan, MS_DOMAIN_ADMINS_MAX_ALIASES);
	row.transports = PointerGetDatum(DatumGetArrayTypePCopy(ms_scan_get(scan, MS_DOMAIN_ADMINS_TRANSPORTS, &no)));
	if (!isnull)
	{
		ms_key_view view = ms_key_view_of((struct varlena *) PG_DETOAST_DATUM_COPY(domain));

		row.domain = view.domain;
	}
	return row;
}

static int
compare_rows(const void *a, const void *b)
{
	return ms_span_compare(((const ms_delegation *) a)->domain, ((const ms_delegation *) b)->domain);
}

static void
add_row(ms_delegations *all, ms_delegation row)
{
	if (all->n == all->allocated)
	{
		all->allocated = Max(8, 2 * all->allocated);
		all->rows = all->rows == NULL ? palloc(all->allocated * sizeof(ms_delegation))
			: repalloc_huge(all->rows, all->allocated * sizeof(ms_delegation));
	}
	all->rows[all->n++] = row;
}

ms_delegations *
ms_delegations_of(Oid role, Snapshot snapshot)
{
	ms_delegations *all = palloc0(sizeof(ms_delegations));
	ms_scan		scan;
	bool		found;

	all->everything = !ms_is_delegate(role);
	if (all->everything)
		return all;
	for (found = ms_scan_begin_all(&scan, MS_DOMAIN_ADMINS, snapshot); found; found = ms_scan_next(&scan))
	{
		if (speaks_of(&scan, role))
			add_row(all, delegation_of(&scan));
	}
	ms_scan_end(&scan);
	if (all->n > 1)
		qsort(all->rows, all->n, sizeof(ms_delegation), compare_rows);
	return all;
}

/* -------------------------------------------------------------------- asking */

/* The first row whose domain is not before the one asked for. */
static int
first_of(const ms_delegations *all, ms_span domain)
{
	int			low = 0;
	int			high = all->n;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (ms_span_compare(all->rows[middle].domain, domain) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const ms_delegation *
ms_delegation_next(const ms_delegations *all, ms_span domain, const ms_delegation *previous)
{
	int			next = previous == NULL ? 0 : (int) (previous - all->rows) + 1;

	if (next < all->n && all->rows[next].domain.len == 0)
		return &all->rows[next];
	if (previous == NULL || previous->domain.len == 0)
		next = first_of(all, domain);
	if (domain.len > 0 && next < all->n && ms_span_equal(all->rows[next].domain, domain))
		return &all->rows[next];
	return NULL;
}

bool
ms_delegations_cover(const ms_delegations *all, ms_span domain)
{
	return all->everything || ms_delegation_next(all, domain, NULL) != NULL;
}

bool
ms_may_administer_domain(Oid role, ms_span domain, Snapshot snapshot)
{
	return ms_delegations_cover(ms_delegations_of(role, snapshot), domain);
}

bool
ms_may_administer_key(Oid role, const char *key, Snapshot snapshot)
{
	ms_key_view view = ms_key_view_of(ms_key_from_text(ms_span_of_text(key)));

	return ms_may_administer_domain(role, view.domain, snapshot);
}

void
ms_refuse_domain(ms_span domain)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("domain \"%.*s\" is not one that you administer", (int) domain.len, domain.data),
			 errhint("SELECT * FROM mailstack.administered_domains() shows which are.")));
}

void
ms_require_administered(ms_span domain)
{
	if (!ms_may_administer_domain(GetUserId(), domain, GetActiveSnapshot()))
		ms_refuse_domain(domain);
}

/* A statement reads domain_admins once. */
PG_FUNCTION_INFO_V1(ms_may_administer);
Datum
ms_may_administer(PG_FUNCTION_ARGS)
{
	if (fcinfo->flinfo->fn_extra == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		fcinfo->flinfo->fn_extra = ms_delegations_of(GetUserId(), GetActiveSnapshot());
		MemoryContextSwitchTo(caller);
	}
	if (PG_ARGISNULL(0))
		PG_RETURN_BOOL(ms_delegations_cover(fcinfo->flinfo->fn_extra, MS_NO_SPAN));
	PG_RETURN_BOOL(ms_delegations_cover(fcinfo->flinfo->fn_extra, MS_GETARG_KEY(0).domain));
}
