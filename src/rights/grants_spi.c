/*
 * grants_spi.c
 *	  grant_postfix(), grant_dovecot(), grant_runner(), grant_admin() and what
 *	  takes them back.
 *
 * What each gives is read from the catalog: a lookup is known by its name, a
 * table of a delegated administrator by its policy, a secret by its type.  So a
 * revoke finds what a grant gave, and a grant after an upgrade what is new.
 */
#include "base/base.h"

#include "catalog/namespace.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_namespace.h"
#include "commands/dbcommands.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/syscache.h"

#include "mailkey/mailkey_datum.h"
#include "rights/audit.h"
#include "schema/admin.h"
#include "schema/config.h"
#include "schema/tables.h"

/* Of the role that has the name now; a row of one that is gone has another. */
#define OID_NOW "to_regrole(quote_ident(role))::oid"

/* Of the schema's locks: two grants at once would change the same row of a catalog. */
#define GRANT_LOCK 4

/* --------------------------------------------------------- what is granted */

/*
 * Each answers with one privilege a row, as GRANT wants it.  A daemon's lookups
 * are functions and tables that begin with its name.
 */
static ms_statement daemon_privileges = {
	"SELECT format('EXECUTE ON FUNCTION %s', oid::regprocedure) FROM pg_proc"
	" WHERE pronamespace = 'mailstack'::regnamespace AND starts_with(proname, $1 || '_')"
	"  AND prorettype <> 'trigger'::regtype"
	" UNION ALL SELECT format('SELECT, INSERT, UPDATE, DELETE ON TABLE %s', oid::regclass) FROM pg_class"
	" WHERE relnamespace = 'mailstack'::regnamespace AND relkind IN ('r', 'v') AND starts_with(relname, $1 || '_')"
	" UNION ALL SELECT format('SELECT ON TABLE %s', oid::regclass) FROM pg_class"
	" WHERE relnamespace = 'mailstack'::regnamespace AND relkind = 'f' AND starts_with(relname, $1 || '_')"
	" ORDER BY 1", 1, NULL
};

/* What an administrator may not write, though he may the rest of the row. */
#define OURS_TO_WRITE "'{uid,gid,maildir,mail_subdirectory,created,slot}'::name[]"
/* What he may write of the domain that he was given. */
#define HIS_OF_DOMAINS "'{receive,receive_reason,transport,staged_transport,staged_share}'::name[]"

/* What no administrator writes of a domain: the operator's limits on it. */
#define OURS_OF_DOMAINS "'{quota_bytes,quota_messages,quota_pool_bytes}'::name[]"

/*
 * $1: whether for all domains, which may also be made and deleted.  The views
 * ask for the rights to what they show, too (security_invoker); one that looks
 * at secrets would refuse him.
 */
static ms_statement admin_privileges = {
	"WITH delegated AS (SELECT c.oid, c.relname, bool_or(p.polname = 'delegated') AS writable"
	"  FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
	"  WHERE c.relnamespace = 'mailstack'::regnamespace AND p.polname IN ('delegated', 'delegated_to_read')"
	"  GROUP BY c.oid),"
	" col AS (SELECT d.*, quote_ident(a.attname) AS name, a.attnum,"
	"   d.writable AND a.attgenerated = '' AND a.attidentity = '' AND a.attname <> ALL (" OURS_TO_WRITE ")"
	"    AND (d.relname <> 'domains' OR a.attname <> ALL (" OURS_OF_DOMAINS ")) AS his,"
	"   a.attname = ANY (" HIS_OF_DOMAINS ") AS his_of_domains,"
	"   a.atttypid = ANY ('{mailstack.mail_password,mailstack.sieve_script}'::regtype[]) AS secret"
	"  FROM delegated d JOIN pg_attribute a ON a.attrelid = d.oid AND a.attnum > 0 AND NOT a.attisdropped),"
	" may AS (SELECT oid, relname, writable,"
	"   string_agg(name, ', ' ORDER BY attnum) FILTER (WHERE NOT secret) AS readable,"
	"   bool_or(secret) AS has_secret,"
	"   string_agg(name, ', ' ORDER BY attnum) FILTER (WHERE his AND ($1::boolean OR relname <> 'domains' OR his_of_domains))"
	"    AS changeable,"
	"   $1::boolean OR relname <> 'domains' AS whole_rows"
	"  FROM col GROUP BY oid, relname, writable)"
	" SELECT format('SELECT%s ON TABLE %s', CASE WHEN has_secret THEN ' (' || readable || ')' END, oid::regclass) FROM may"
	" UNION ALL SELECT format('UPDATE (%s) ON TABLE %s', changeable, oid::regclass) FROM may WHERE writable"
	" UNION ALL SELECT format('INSERT (%s), DELETE ON TABLE %s', changeable, oid::regclass) FROM may WHERE writable AND whole_rows"
	" UNION ALL SELECT format('SELECT ON TABLE mailstack.%I', name) FROM unnest('{settings,transport_services}'::name[]) AS name"
	" UNION ALL SELECT format('SELECT%s ON TABLE %s',"
	"   CASE WHEN pg_relation_is_updatable(c.oid, false) <> 0 THEN ', INSERT, UPDATE, DELETE' END, c.oid::regclass) FROM pg_class c"
	"  WHERE relnamespace = 'mailstack'::regnamespace AND relkind = 'v' AND 'security_invoker=true' = ANY (reloptions)"
	"   AND NOT EXISTS (SELECT FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid"
	"    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND d.refclassid = 'pg_class'::regclass"
	"    WHERE r.ev_class = c.oid AND a.atttypid = 'mailstack.mail_password'::regtype)"
	" UNION ALL SELECT format('EXECUTE ON FUNCTION %s', oid::regprocedure) FROM pg_proc"
	"  WHERE pronamespace = 'mailstack'::regnamespace AND proname = ANY ('{administered_domains,route,explain_login,set_password,"
	"create_app_password,set_app_password,preview_transport,switch_transport,revert_transport,"
"file_spam,file_from,file_list,forward,discard_from,vacation,list_filters,activate_sieve_script}'::name[])"
	" ORDER BY 1", 1, NULL
};

/* Whether a role has any right to something in the schema, the schema itself left out. */
static const char *const has_rights =
	"SELECT 'yes' FROM pg_proc, aclexplode(proacl)"
	" WHERE pronamespace = 'mailstack'::regnamespace AND grantee = $1::regrole"
	" UNION ALL SELECT 'yes' FROM pg_class, aclexplode(relacl)"
	" WHERE relnamespace = 'mailstack'::regnamespace AND grantee = $1::regrole"
	" UNION ALL SELECT 'yes' FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(attacl)"
	" WHERE c.relnamespace = 'mailstack'::regnamespace AND grantee = $1::regrole LIMIT 1";

static void
execute(const char *statement)
{
	if (SPI_execute(statement, false, 0) < 0)
		elog(ERROR, "could not execute \"%s\"", statement);
}

/* The privileges that a statement answers with, each given to a role or taken from it. */
static void
change_each(ms_statement *privileges, const char *argument, const char *role, bool grant)
{
	SPITupleTable *table;
	uint64		n;
	uint64		i;

	ms_statement_run(privileges, &argument);
	table = SPI_tuptable;
	n = SPI_processed;
	for (i = 0; i < n; i++)
		execute(psprintf(grant ? "GRANT %s TO %s" : "REVOKE %s FROM %s",
						 SPI_getvalue(table->vals[i], table->tupdesc, 1), quote_identifier(role)));
}

/* To be able to name things. */
static void
change_usage(const char *role, bool grant)
{
	if (grant)
		execute(psprintf("GRANT USAGE ON SCHEMA mailstack TO %s", quote_identifier(role)));
	else if (ms_config_first(has_rights, quote_identifier(role)) == NULL)
		execute(psprintf("REVOKE USAGE ON SCHEMA mailstack FROM %s", quote_identifier(role)));
}

/* ---------------------------------------------------------------- time limits */

static const char *const limits[] = {"statement_timeout", "lock_timeout", "idle_session_timeout"};

/* As ALTER ROLE ... SET has it, which would raise. */
static bool
may_alter(Oid role)
{
	if (superuser_arg(role))
		return superuser();
	return role == GetUserId() || ms_manages_role(GetUserId(), role);
}

/*
 * In this database alone.  An owner who may not change that role is told how
 * somebody else can.
 */
static void
change_limits(Oid oid, const char *role, const char *database, bool grant)
{
	bool		may = may_alter(oid);
	size_t		i;

	for (i = 0; i < lengthof(limits); i++)
	{
		char	   *statement = psprintf(grant ? "ALTER ROLE %s IN DATABASE %s SET %s = 0"
										 : "ALTER ROLE %s IN DATABASE %s RESET %s",
										 quote_identifier(role), quote_identifier(database), limits[i]);

		if (may)
			execute(statement);
		else
			ereport(WARNING,
					(errmsg("%s of role \"%s\" stays as it is, since you may not change that role", limits[i], role),
					 errhint("%s;", statement)));
	}
}

/* ------------------------------------------------------------------ the role */

static char *
role_argument(FunctionCallInfo fcinfo)
{
	Oid			role;
	char	   *name;

	ms_refuse_null(fcinfo, 0, "role");
	role = PG_GETARG_OID(0);
	if (!OidIsValid(role))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rights to mailstack are not given to PUBLIC"),
				 errhint("Give them to a role of its own.")));
	name = GetUserNameFromId(role, true);
	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("there is no role with OID %u", role)));
	return name;
}

static Oid
owner_of_schema(void)
{
	HeapTuple	tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(get_namespace_oid("mailstack", false)));
	Oid			owner = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;

	ReleaseSysCache(tuple);
	return owner;
}

/*
 * $1: the role; $2: 'admin' or a daemon.  What else it, PUBLIC or a role that it
 * is a member of was given of our tables; asked when it has not what we give.
 * Of no concern is what a daemon's tables are for, and what makes another role
 * a delegated administrator: to be a member of several is no accident.
 */
static ms_statement other_rights = {
	"WITH acl AS (SELECT relname COLLATE \"C\" AS object, (aclexplode(relacl)).* FROM pg_class WHERE relnamespace = 'mailstack'::regnamespace"
	"  UNION ALL SELECT relname || CASE WHEN atttypid = 'mailstack.mail_password'::regtype THEN '.' || attname ELSE '' END,"
	"   (aclexplode(attacl)).* FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
	"  WHERE relnamespace = 'mailstack'::regnamespace),"
	" given AS (SELECT grantee, privilege_type || ' on ' || string_agg(DISTINCT object, ', ' ORDER BY object) AS what FROM acl"
	"  WHERE (grantee = 0 OR pg_has_role($1::name, grantee, 'MEMBER'))"
	"  AND CASE WHEN $2 = 'admin' THEN grantee = to_regrole(quote_ident($1))"
	"   OR NOT EXISTS (SELECT FROM mailstack.domain_admins WHERE role_oid = grantee AND role_oid = " OID_NOW ")"
	"   ELSE NOT starts_with(object, 'dovecot_') END"
	"  GROUP BY grantee, privilege_type"
	"  UNION ALL SELECT oid, 'all tables' FROM pg_roles"
	"  WHERE rolname IN ('pg_read_all_data', 'pg_write_all_data') AND pg_has_role($1::name, oid, 'MEMBER'))"
	" SELECT string_agg(format('Granted to %s: %s.', CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee) END, what),"
	"  ' ' ORDER BY grantee = 0, pg_get_userbyid(grantee) COLLATE \"C\", what) FROM given", 2, NULL
};

static const char *
what_it_is(Oid role)
{
	return superuser_arg(role) ? "is a superuser"
		: has_privs_of_role(role, owner_of_schema()) ? "owns mailstack"
		: has_bypassrls_privilege(role) ? "has BYPASSRLS" : NULL;
}

/* Inside SPI_connect() */
static void
warn_of_more(Oid role, const char *name, const char *rights)
{
	const char *args[2] = {name, rights};
	const char *because = what_it_is(role);
	char	   *others = NULL;

	if (because == NULL)
	{
		ms_statement_run(&other_rights, args);
		others = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	}
	if (because != NULL || others != NULL)
		ereport(WARNING,
				(errmsg("role \"%s\" %s, and can do more than this grants", name,
						because != NULL ? because : "has other rights to tables of mailstack"),
				 others != NULL ? errdetail("%s", others) : 0,
				 errhint("Give the rights to a role that can do nothing else.")));
}

static void
record(const char *what, const char *role, const char *domain, bool grant)
{
	StringInfoData json;
	ms_audit_row row = {.action = grant ? "GRANT" : "REVOKE"};

	initStringInfo(&json);
	appendStringInfoString(&json, "{\"rights\": ");
	escape_json(&json, what);
	appendStringInfoChar(&json, '}');
	row.key = role;
	row.domain = domain;
	if (grant)
		row.new_values = json.data;
	else
		row.old_values = json.data;
	ms_audit_write(&row);
}

static void
begin(void)
{
	LockDatabaseObject(NamespaceRelationId, get_namespace_oid("mailstack", false), GRANT_LOCK, ExclusiveLock);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
}

/* ------------------------------------------------------------------- daemons */

static Datum
change_daemon(FunctionCallInfo fcinfo, const char *daemon, bool grant)
{
	char	   *role = role_argument(fcinfo);
	char	   *database = get_database_name(MyDatabaseId);

	begin();
	change_each(&daemon_privileges, daemon, role, grant);
	if (grant)
		warn_of_more(PG_GETARG_OID(0), role, daemon);
	change_usage(role, grant);
	change_limits(PG_GETARG_OID(0), role, database, grant);
	record(daemon, role, NULL, grant);
	SPI_finish();
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(ms_grant_postfix);
Datum
ms_grant_postfix(PG_FUNCTION_ARGS)
{
	return change_daemon(fcinfo, "postfix", true);
}

PG_FUNCTION_INFO_V1(ms_grant_dovecot);
Datum
ms_grant_dovecot(PG_FUNCTION_ARGS)
{
	return change_daemon(fcinfo, "dovecot", true);
}

PG_FUNCTION_INFO_V1(ms_grant_runner);
Datum
ms_grant_runner(PG_FUNCTION_ARGS)
{
	return change_daemon(fcinfo, "runner", true);
}

PG_FUNCTION_INFO_V1(ms_revoke_postfix);
Datum
ms_revoke_postfix(PG_FUNCTION_ARGS)
{
	return change_daemon(fcinfo, "postfix", false);
}

PG_FUNCTION_INFO_V1(ms_revoke_dovecot);
Datum
ms_revoke_dovecot(PG_FUNCTION_ARGS)
{
	return change_daemon(fcinfo, "dovecot", false);
}

PG_FUNCTION_INFO_V1(ms_revoke_runner);
Datum
ms_revoke_runner(PG_FUNCTION_ARGS)
{
	return change_daemon(fcinfo, "runner", false);
}

/* ------------------------------------------------------------ administrators */

static ms_statement add_domain = {
	"INSERT INTO mailstack.domain_admins (role, role_oid, domain)"
	" SELECT role, " OID_NOW ", $2::mailstack.mail_domain FROM (VALUES ($1::name)) AS v(role)"
	" ON CONFLICT DO NOTHING", 2, NULL
};
static ms_statement remove_leftovers = {
	"WITH gone AS (DELETE FROM mailstack.domain_admins WHERE role = $1::name AND role_oid IS DISTINCT FROM " OID_NOW " RETURNING domain)"
	" SELECT string_agg(coalesce(domain::text, 'all domains'), ', ' ORDER BY domain) FROM gone", 1, NULL
};
static ms_statement remove_domain = {
	"DELETE FROM mailstack.domain_admins WHERE role = $1::name"
	" AND ($2 IS NULL OR domain OPERATOR(mailstack.=) $2)", 2, NULL
};
static const char *const kept_domains =
	"SELECT bool_or(domain IS NULL)::text FROM mailstack.domain_admins"
	" WHERE role = $1::name AND role_oid = " OID_NOW " HAVING count(*) > 0";

static char *
domain_argument(FunctionCallInfo fcinfo)
{
	ms_key_view view;

	if (PG_ARGISNULL(1))
		return NULL;
	view = MS_GETARG_KEY(1);
	return ms_key_to_cstring(&view);
}

static void
require_hosted(FunctionCallInfo fcinfo, const char *domain)
{
	ms_scan		scan;
	bool		found;

	if (domain == NULL)
		return;
	found = ms_scan_begin(&scan, MS_DOMAINS, PG_GETARG_DATUM(1), ms_rule_snapshot());
	ms_scan_end(&scan);
	if (!found)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("domain \"%s\" is not hosted here", domain),
				 errhint("INSERT INTO mailstack.domains(domain) VALUES ('%s')", domain)));
}

/* The rights that follow from the rows of domain_admins, and no others: fewer rows may mean fewer. */
static void
set_admin_privileges(Oid oid, const char *role, bool grant)
{
	char	   *everything = ms_config_first(kept_domains, role);

	change_each(&admin_privileges, "true", role, false);
	if (grant)
		warn_of_more(oid, role, "admin");
	if (everything != NULL)
		change_each(&admin_privileges, everything, role, true);
	change_usage(role, everything != NULL);
}

/* A new role gets nothing that was granted to another of its name. */
static void
forget_namesake(const char *role)
{
	char	   *domains;

	ms_statement_run(&remove_leftovers, &role);
	domains = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	if (domains != NULL)
		ereport(NOTICE,
				(errmsg("what was granted to another role \"%s\" is no longer in mailstack.domain_admins", role),
				 errdetail("It was for: %s.", domains),
				 errhint("grant_admin() grants it to this one.")));
}

static Datum
change_admin(FunctionCallInfo fcinfo, bool grant)
{
	const char *args[2] = {role_argument(fcinfo), domain_argument(fcinfo)};

	if (grant)
		require_hosted(fcinfo, args[1]);
	begin();
	if (grant)
		forget_namesake(args[0]);
	ms_statement_run(grant ? &add_domain : &remove_domain, args);
	set_admin_privileges(PG_GETARG_OID(0), args[0], grant);
	record("admin", args[0], args[1], grant);
	SPI_finish();
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(ms_grant_admin);
Datum
ms_grant_admin(PG_FUNCTION_ARGS)
{
	return change_admin(fcinfo, true);
}

PG_FUNCTION_INFO_V1(ms_revoke_admin);
Datum
ms_revoke_admin(PG_FUNCTION_ARGS)
{
	return change_admin(fcinfo, false);
}
