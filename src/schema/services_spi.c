/*
 * services_spi.c
 *	  The table transport_services, and the part of rule 5 that reads it.
 */
#include "schema/services.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "schema/config.h"
#include "schema/tables.h"
#include "schema/trigger.h"
#include "transport/transport.h"

static bool
array_has(Datum array, ms_span element)
{
	Datum	   *values;
	int			n;
	int			i;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &values, NULL, &n);
	for (i = 0; i < n; i++)
	{
		if (ms_span_equal(ms_varlena_span((struct varlena *) DatumGetPointer(values[i])), element))
			return true;
	}
	return false;
}

static void
read_service(const ms_scan *scan, ms_span class, ms_service *service)
{
	bool		isnull;
	Datum		runs_as = ms_scan_get(scan, MS_SERVICES_RUNS_AS, &isnull);

	service->known = true;
	service->has_runs_as = !isnull;
	service->runs_as = DatumGetInt32(runs_as);
	service->serves = array_has(ms_scan_get(scan, MS_SERVICES_CLASSES, &isnull), class);
}

ms_service
ms_service_find(ms_span transport, ms_span class, bool lock)
{
	ms_service	service = {false, false, false, 0};
	text	   *name = cstring_to_text_with_len(transport.data, ms_transport_service_len(transport));
	ms_scan		scan;

	bool		found;

	found = lock ? ms_scan_lock(&scan, MS_SERVICES, PointerGetDatum(name), LockTupleKeyShare)
		: ms_scan_begin(&scan, MS_SERVICES, PointerGetDatum(name), ms_rule_snapshot());
	if (found)
		read_service(&scan, class, &service);
	ms_scan_end(&scan);
	return service;
}

/* What an operator who typed an unknown name most likely meant, and what there is. */
static char *
suggestion(ms_span name, ms_span class)
{
	ms_scan		scan;
	StringInfoData known;
	char	   *alike = NULL;
	bool		found;

	initStringInfo(&known);
	for (found = ms_scan_begin_all(&scan, MS_SERVICES, ms_rule_snapshot()); found;
		 found = ms_scan_next(&scan))
	{
		ms_span		service = ms_scan_span(&scan, MS_SERVICES_SERVICE);
		ms_service	row;

		read_service(&scan, class, &row);
		if (!row.serves)
			continue;
		if (service.len == name.len && pg_strncasecmp(service.data, name.data, name.len) == 0)
			alike = pnstrdup(service.data, service.len);
		appendStringInfo(&known, "%s%.*s", known.len > 0 ? ", " : "", (int) service.len, service.data);
	}
	ms_scan_end(&scan);
	if (alike != NULL)
		return psprintf("Did you mean \"%s\"? Service names keep their letter case.", alike);
	return psprintf("Known for class %.*s: %s. A service of your own in master.cf is made known by INSERT INTO mailstack.transport_services(service, classes).",
					(int) class.len, class.data, known.data);
}

void
ms_service_require(const ms_service *service, ms_span transport, ms_span class, const char *whose)
{
	ms_span		name = ms_span_of(transport.data, ms_transport_service_len(transport));

	if (!service->known)
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("transport \"%.*s\" of %s names an unknown service",
						(int) transport.len, transport.data, whose),
				 errdetail("transport_services has no service \"%.*s\"; Postfix would accept mail for it and defer it for ever.",
						   (int) name.len, name.data),
				 errhint("%s", suggestion(name, class))));
	if (!service->serves)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("transport \"%.*s\" of %s does not fit its class",
						(int) transport.len, transport.data, whose),
				 errdetail("Service \"%.*s\" does not deliver for domains of class %.*s.",
						   (int) name.len, name.data, (int) class.len, class.data),
				 errhint("%s", suggestion(name, class))));
}

/* --------------------------------------------------------------- triggers */

/* What the CHECKs of the table say, in words. */
static void
check_service(const TriggerData *trigger, HeapTuple row)
{
	ms_span		name = ms_row_span(trigger, row, MS_SERVICES_SERVICE);
	char		canonical[MS_TRANSPORT_MAX];
	size_t		len;
	ms_fault	fault;

	if (!ms_transport_parse(name, canonical, sizeof(canonical), &len, &fault))
		ms_report_fault(NULL, "mail_transport", name, &fault);
	if (memchr(name.data, ':', name.len) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("service \"%.*s\" holds a colon", (int) name.len, name.data),
				 errdetail("What follows a colon in a transport is the nexthop."),
				 errhint("Give the name as it stands in the first column of master.cf.")));
}

/* BEFORE INSERT OR UPDATE: a preloaded service keeps its name; a dump restores over it. */
PG_FUNCTION_INFO_V1(ms_transport_services_before);
Datum
ms_transport_services_before(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "transport_services_before", MS_BEFORE_ROW, "transport_services");
	HeapTuple	row = ms_trigger_row(trigger);
	bool		isnull;
	bool		preloaded;

	if (!ms_row_is_null(trigger, row, MS_SERVICES_SERVICE))
		check_service(trigger, row);
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		return PointerGetDatum(ms_config_replaced(trigger, MS_SERVICES_SERVICE) ? NULL : row);

	/* Waits for transactions that are about to use the service: AFTER sees what they made of it. */
	(void) ms_lock_row(trigger->tg_relation, trigger->tg_trigtuple, LockTupleExclusive);
	preloaded = DatumGetBool(ms_row_get(trigger, trigger->tg_trigtuple, MS_SERVICES_PRELOADED, &isnull));
	if (preloaded && !ms_span_equal(ms_row_span(trigger, row, MS_SERVICES_SERVICE),
									ms_row_span(trigger, trigger->tg_trigtuple, MS_SERVICES_SERVICE)))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("service \"%s\" came with mailstack and keeps its name",
						ms_row_text(trigger, trigger->tg_trigtuple, MS_SERVICES_SERVICE)),
				 errhint("INSERT a service of the other name.")));
	return PointerGetDatum(ms_row_set(trigger, row, MS_SERVICES_PRELOADED, BoolGetDatum(preloaded)));
}

/* AFTER UPDATE: what the service delivers for still has to fit. */
PG_FUNCTION_INFO_V1(ms_transport_services_after);
Datum
ms_transport_services_after(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "transport_services_after", MS_AFTER_ROW, "transport_services");
	HeapTuple	row = ms_trigger_row(trigger);
	char	   *service = ms_row_text(trigger, row, MS_SERVICES_SERVICE);
	char	   *user;
	char	   *domain;

	/* And for those that add users to a domain that it delivers for. */
	ms_config_run("SELECT FROM mailstack.domains WHERE transport_service = $1 OR staged_transport_service = $1"
				  " FOR UPDATE", service);
	domain = ms_config_first(
		"SELECT d.domain FROM mailstack.domains d, mailstack.transport_services s"
		" WHERE s.service = $1 AND (d.transport_service = $1 OR d.staged_transport_service = $1)"
		" AND NOT d.class = ANY (s.classes) ORDER BY 1 LIMIT 1", service);
	if (domain != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("service \"%s\" is in use for a class that it would no longer serve", service),
				 errdetail("It is the transport of domain \"%s\".", domain),
				 errhint("Switch the domain to another transport first.")));
	domain = ms_config_first(
		"SELECT d.domain FROM mailstack.domains d, mailstack.transport_services s"
		" WHERE s.service = $1 AND (d.transport_service = $1 OR d.staged_transport_service = $1)"
		" AND d.class = 'virtual_mailbox' AND d.uid <> s.runs_as ORDER BY 1 LIMIT 1", service);
	user = ms_config_first(
		"SELECT u.email FROM mailstack.users u JOIN mailstack.domains d ON d.domain OPERATOR(mailstack.=) u.domain,"
		" mailstack.transport_services s"
		" WHERE s.service = $1 AND (coalesce(u.transport_service, d.transport_service) = $1"
		" OR u.transport_service IS NULL AND d.staged_transport_service = $1)"
		" AND u.uid <> s.runs_as ORDER BY 1 LIMIT 1", service);
	if (domain != NULL || user != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("service \"%s\" cannot run as another uid than it delivers for", service),
				 errdetail("It is the transport of %s \"%s\", which has another uid.",
						   user != NULL ? "user" : "domain", user != NULL ? user : domain),
				 errhint("Switch to another transport, change the service, then the uid, and switch back.")));
	return PointerGetDatum(NULL);
}

/* AFTER DELETE */
PG_FUNCTION_INFO_V1(ms_transport_services_delete);
Datum
ms_transport_services_delete(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "transport_services_delete", MS_AFTER_ROW, "transport_services");
	HeapTuple	row = ms_trigger_row(trigger);
	char	   *service = ms_row_text(trigger, row, MS_SERVICES_SERVICE);
	char	   *user;
	bool		isnull;

	if (DatumGetBool(ms_row_get(trigger, row, MS_SERVICES_PRELOADED, &isnull)))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("service \"%s\" came with mailstack and is not deleted", service),
				 errdetail("A dump restored would bring it back."),
				 errhint("Give it no classes instead: UPDATE mailstack.transport_services SET classes = '{}' WHERE service = '%s'", service)));
	user = ms_config_first("SELECT domain::text FROM mailstack.domains"
						   " WHERE transport_service = $1 OR staged_transport_service = $1"
						   " UNION ALL SELECT email::text FROM mailstack.users WHERE transport_service = $1"
						   " ORDER BY 1 LIMIT 1", service);
	if (user != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("service \"%s\" is in use", service),
				 errdetail("It is the transport of \"%s\".", user),
				 errhint("Switch to another transport first.")));
	return PointerGetDatum(NULL);
}
