/*
 * restore_pg.c
 *	  Standing aside while a dump is loaded.
 *
 * pg_restore with several jobs loads our tables in any order, each in a
 * transaction of its own, users before their domains; the tables and their
 * foreign keys are there already, since CREATE EXTENSION made them.  What is
 * loaded was valid when it was dumped.  So while pg_dump's script or pg_restore
 * is at work, known by the settings that it begins with, and as the owner, who
 * could disable the triggers as well, a COPY runs under
 * session_replication_role = replica: neither our triggers nor the foreign
 * keys' fire, save those that are ENABLE ALWAYS.  check_rules() finds what a
 * dump that was edited by hand has broken.
 */
#include "schema/config.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "tcop/pquery.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/portal.h"
#include "utils/rel.h"
#include "utils/rls.h"

/* Whether the statement under way is one for which this file has changed the role. */
static bool standing_aside = false;

bool
ms_restoring(void)
{
	return SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA;
}

static void
set_replication_role(const char *role)
{
	(void) set_config_option("session_replication_role", role, PGC_SUSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
}

/*
 * What pg_dump writes at the top of a script, and pg_restore sets in each of
 * its sessions.  Only for COPY, so that what is typed into a session in which a
 * script was loaded before is under the rules again.
 */
static bool
is_dump_being_loaded(Relation rel)
{
	return ActivePortal != NULL && ActivePortal->commandTag == CMDTAG_COPY &&
		!row_security && !check_function_bodies && namespace_search_path[0] == '\0' &&
		object_ownercheck(RelationRelationId, RelationGetRelid(rel), GetUserId());
}

PG_FUNCTION_INFO_V1(ms_restore_begin);
Datum
ms_restore_begin(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_statement_trigger(fcinfo, "restore_begin");

	standing_aside = !ms_restoring() && is_dump_being_loaded(trigger->tg_relation);
	if (standing_aside)
		set_replication_role("replica");
	return PointerGetDatum(NULL);
}

PG_FUNCTION_INFO_V1(ms_restore_end);
Datum
ms_restore_end(PG_FUNCTION_ARGS)
{
	(void) ms_own_statement_trigger(fcinfo, "restore_end");
	if (standing_aside)
		set_replication_role("origin");
	standing_aside = false;
	return PointerGetDatum(NULL);
}
