/*
 * check_spi.c
 *	  Rule 3 at COMMIT: the triggers that check what a change of aliases, users,
 *	  domains or settings touches.
 *
 * Two transactions that each add half of a loop see nothing wrong, each on its
 * own.  So checks are made one transaction after the other, by a lock that is
 * held to the end, and look at what is committed by then, whatever the
 * isolation level.
 */
#include "route/graph.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "schema/delegates.h"
#include "schema/trigger.h"

/* Of the schema's locks, the one that nobody else uses. */
#define CHECK_LOCK 3

/*
 * What the checks of a transaction have found out so far, while it changes
 * nothing; the context goes with the transaction.
 */
static struct
{
	MemoryContext context;
	ms_graph   *graph;
	CommandId	command;
	SubTransactionId subtransaction;
}			memory;

static void
forget(void *arg pg_attribute_unused())
{
	memory.context = NULL;
}

static MemoryContext
make_memory(void)
{
	MemoryContext context = AllocSetContextCreate(TopTransactionContext, "mailstack rule 3",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContextCallback *callback = MemoryContextAlloc(context, sizeof(MemoryContextCallback));

	callback->func = forget;
	callback->arg = NULL;
	MemoryContextRegisterResetCallback(context, callback);
	return context;
}

static ms_graph *
remembered_graph(void)
{
	MemoryContext caller;

	if (memory.context != NULL && memory.command == GetCurrentCommandId(false) &&
		memory.subtransaction == GetCurrentSubTransactionId())
		return memory.graph;
	if (memory.context != NULL)
		MemoryContextDelete(memory.context);
	memory.context = make_memory();
	memory.command = GetCurrentCommandId(false);
	memory.subtransaction = GetCurrentSubTransactionId();
	caller = MemoryContextSwitchTo(memory.context);
	memory.graph = ms_graph_make();
	MemoryContextSwitchTo(caller);
	return memory.graph;
}

/* ------------------------------------------------------------------ messages */

static void
raise_nowhere(const ms_graph_fault *fault)
{
	if (fault->forwarded)
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("\"%s\" would forward to \"%s\", which is not there", fault->alias, fault->destination),
				 errdetail("The domain is hosted here, and no mailbox and no alias has that name."),
				 errhint("Add one in the same transaction, or switch the filter off: active = false.")));
	ereport(ERROR,
			(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			 errmsg("alias \"%s\" leads to \"%s\", which is not there", fault->alias, fault->destination),
			 errdetail("The domain is hosted here, and no mailbox and no alias has that name."),
			 errhint("Add one in the same transaction: aliases are checked at its end.")));
}

/*
 * A user or an alias that is gone; leading: what leads to it, where it may be
 * told; others: and what may not be told.
 */
static void
raise_needed(const char *kind, ms_key_view key, const char *leading, bool others)
{
	const char *suspend = strcmp(kind, "user") == 0 ?
		" A user who is only to be locked out is suspended: active = false." : "";

	if (others)
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("%s \"%s\" is needed by aliases", kind, ms_key_to_cstring(&key)),
				 leading != NULL
				 ? errdetail("What leads to it: %s, and aliases of domains that you do not administer.", leading)
				 : errdetail("Aliases of domains that you do not administer lead to it."),
				 errhint("Ask whoever granted you the domain to lead those elsewhere.%s", suspend)));
	ereport(ERROR,
			(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			 errmsg("%s \"%s\" is needed by aliases", kind, ms_key_to_cstring(&key)),
			 leading != NULL
			 ? errdetail("What leads to it: %s.", leading)
			 : errdetail("They would lead to nothing."),
			 errhint("Delete them or lead them elsewhere in the same transaction.%s", suspend)));
}

static void
raise_limit(const ms_graph_fault *fault)
{
	if (fault->code == MS_GRAPH_TOO_MANY)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("alias \"%s\" would lead to more than %d addresses", fault->alias, MS_EXPANSION_LIMIT),
				 errdetail("Postfix expands no more (virtual_alias_expansion_limit), and would defer mail for it."),
				 errhint("Let a mailing list manager send to so many.")));
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("alias \"%s\" would lead through more than %d aliases", fault->alias, MS_RECURSION_LIMIT),
			 errdetail("Postfix follows no more (virtual_alias_recursion_limit), and would defer mail for it."),
			 errhint("Let it lead to the mailboxes themselves.")));
}

static void
raise_loop(const ms_graph_fault *fault)
{
	if (fault->forwarded)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("mail for \"%s\" would come back by what is forwarded", fault->alias),
				 ms_may_name_rows(ms_table_oid(MS_ALIASES)) ? errdetail("%s", fault->path) : 0,
				 errhint("Forward elsewhere, or switch off one of these filters or aliases: active = false.")));
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("alias \"%s\" would be a loop", fault->alias),
			 ms_may_name_rows(ms_table_oid(MS_ALIASES)) ? errdetail("%s", fault->path) : 0,
			 errhint("Delete one of these aliases, lead it elsewhere, or switch it off: active = false.")));
}

/* Whoever may not read aliases is told that there is one, and not which. */
static void
raise_untold(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			 errmsg("an alias would be a loop, or lead to nothing or to too many"),
			 errhint("Ask somebody who may read mailstack.aliases.")));
}

/* A delegated administrator is told of the aliases of his own domains. */
static bool
may_name_alias(const char *alias)
{
	Oid			role = GetOuterUserId();

	return ms_may_name_rows(ms_table_oid(MS_ALIASES)) ||
		(ms_is_delegate(role) && ms_may_administer_key(role, alias, ms_rule_snapshot()));
}

static void
raise_fault(const ms_graph_fault *fault)
{
	if (!may_name_alias(fault->alias))
		raise_untold();
	switch (fault->code)
	{
		case MS_GRAPH_LOOP:
			raise_loop(fault);
			break;
		case MS_GRAPH_NOWHERE:
			raise_nowhere(fault);
			break;
		case MS_GRAPH_TOO_MANY:
		case MS_GRAPH_TOO_DEEP:
			raise_limit(fault);
			break;
	}
}

/*
 * What leads to a key, in words, as far as whoever asks may read it; others:
 * there is more, which a delegated administrator may not.
 */
static char *
leading_in_words(ms_reader *reader, ms_key_view key, bool *others)
{
	Oid			role = GetOuterUserId();

	*others = false;
	if (ms_may_name_rows(ms_table_oid(MS_ALIASES)))
		return ms_graph_leading_to(reader, key, NULL, others);
	if (!ms_is_delegate(role))
		return NULL;
	return ms_graph_leading_to(reader, key, ms_delegations_of(role, ms_rule_snapshot()), others);
}

/* -------------------------------------------------------------------- checks */

/* One check: of an alias, of what leads to an address, or of what leads into a domain. */
typedef bool (*check_function) (ms_graph *graph, ms_key_view key, ms_graph_fault *fault);

static bool
check_into(ms_graph *graph, ms_key_view key, ms_graph_fault *fault)
{
	return ms_graph_check_leading_into(graph, key.domain, fault);
}

static void
one_at_a_time(void)
{
	LockDatabaseObject(NamespaceRelationId, get_namespace_oid("mailstack", false), CHECK_LOCK,
					   ExclusiveLock);
}

/* kind: "user" or "alias" where the key is one that may be gone, else NULL. */
static void
check(check_function function, ms_key_view key, const char *kind)
{
	ms_reader	reader;
	ms_graph   *graph;
	ms_graph_fault fault;
	bool		others;

	one_at_a_time();
	ms_reader_begin(&reader, RegisterSnapshot(ms_rule_snapshot()));
	graph = remembered_graph();
	ms_graph_read_by(graph, &reader);
	if (!function(graph, key, &fault))
	{
		if (kind != NULL && fault.code == MS_GRAPH_NOWHERE)
		{
			char	   *leading = leading_in_words(&reader, key, &others);

			raise_needed(kind, key, leading, others);
		}
		raise_fault(&fault);
	}
	ms_reader_end(&reader);
	UnregisterSnapshot(reader.snapshot);
}

static bool
row_key_changed(const TriggerData *trigger, AttrNumber column)
{
	return TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) &&
		!ms_span_equal(ms_row_key(trigger, trigger->tg_trigtuple, column).key,
					   ms_row_key(trigger, trigger->tg_newtuple, column).key);
}

/* AFTER INSERT OR UPDATE OR DELETE, at COMMIT */
PG_FUNCTION_INFO_V1(ms_aliases_lead_somewhere);
Datum
ms_aliases_lead_somewhere(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "aliases_lead_somewhere", MS_AFTER_ROW, "aliases");
	ms_key_view alias = ms_row_key(trigger, ms_trigger_row(trigger), MS_ALIASES_ALIAS);

	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
	{
		check(ms_graph_check_leading_to, alias, "alias");
		return PointerGetDatum(NULL);
	}
	check(ms_graph_check, alias, NULL);
	check(ms_graph_check_leading_to, alias, NULL);
	if (row_key_changed(trigger, MS_ALIASES_ALIAS))
		check(ms_graph_check_leading_to, ms_row_key(trigger, trigger->tg_trigtuple, MS_ALIASES_ALIAS), "alias");
	return PointerGetDatum(NULL);
}

/* AFTER INSERT OR UPDATE of a filter that forwards, at COMMIT */
PG_FUNCTION_INFO_V1(ms_filters_lead_somewhere);
Datum
ms_filters_lead_somewhere(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "filters_lead_somewhere", MS_AFTER_ROW, "filters");

	if (ms_trigger_row_is_current(trigger))
	{
		ms_key_view email = ms_row_key(trigger, ms_trigger_row(trigger), MS_FILTERS_EMAIL);

		check(ms_graph_check, email, NULL);
		check(ms_graph_check_leading_to, email, NULL);
	}
	return PointerGetDatum(NULL);
}

/* AFTER DELETE, and AFTER UPDATE of the address, at COMMIT */
PG_FUNCTION_INFO_V1(ms_users_are_led_to);
Datum
ms_users_are_led_to(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "users_are_led_to", MS_AFTER_ROW, "users");

	check(ms_graph_check_leading_to, ms_row_key(trigger, trigger->tg_trigtuple, MS_USERS_EMAIL), "user");
	return PointerGetDatum(NULL);
}

/* AFTER INSERT, and AFTER UPDATE of what a domain is, at COMMIT */
PG_FUNCTION_INFO_V1(ms_domains_are_led_into);
Datum
ms_domains_are_led_into(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "domains_are_led_into", MS_AFTER_ROW, "domains");
	ms_key_view domain = ms_row_key(trigger, ms_trigger_row(trigger), MS_DOMAINS_DOMAIN);

	check(check_into, domain, NULL);
	return PointerGetDatum(NULL);
}

/* --------------------------------------------------------- who takes no mail */

/*
 * AFTER UPDATE of what a user takes, at once: no refusal, for an operator must
 * be able to suspend anybody, but what he should know.
 */
PG_FUNCTION_INFO_V1(ms_users_take_no_mail);
Datum
ms_users_take_no_mail(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "users_take_no_mail", MS_AFTER_ROW, "users");
	ms_key_view email = ms_row_key(trigger, ms_trigger_row(trigger), MS_USERS_EMAIL);
	ms_reader	reader;
	char	   *leading;
	bool		others;

	ms_reader_begin(&reader, RegisterSnapshot(ms_rule_snapshot()));
	leading = leading_in_words(&reader, email, &others);
	ms_reader_end(&reader);
	UnregisterSnapshot(reader.snapshot);
	if (leading != NULL)
		ereport(NOTICE,
				(errmsg("aliases lead to \"%s\", who takes no mail now", ms_key_to_cstring(&email)),
				 errdetail("%s", leading),
				 errhint("One that leads nowhere else is refused. Where mail is deferred, the copy of a list waits in the queue for days.")));
	return PointerGetDatum(NULL);
}

/* -------------------------------------------------------------- all aliases */

/* Calls function for each fault there is, in the order of aliases. */
static void
check_all(void (*function) (const ms_graph_fault *fault, void *arg), void *arg, Snapshot snapshot)
{
	ms_reader	reader;
	ms_graph   *graph = ms_graph_make();
	Datum		first = PointerGetDatum(ms_key_build(MS_KEY_OTHER, MS_NO_SPAN, MS_NO_SPAN));
	ms_scan		aliases;
	bool		found;

	ms_reader_begin(&reader, snapshot);
	ms_graph_read_by(graph, &reader);
	for (found = ms_scan_begin_between(&aliases, MS_ALIASES_IN_ORDER, first, (Datum) 0, snapshot); found;
		 found = ms_scan_next(&aliases))
	{
		ms_graph_fault fault;

		if (!ms_graph_check(graph, ms_scan_key(&aliases, MS_ALIASES_ALIAS), &fault))
			function(&fault, arg);
	}
	ms_scan_end(&aliases);
	for (found = ms_scan_begin_filled(&aliases, MS_FILTERS_BY_DESTINATION, snapshot); found;
		 found = ms_scan_next(&aliases))
	{
		ms_graph_fault fault;

		if (ms_scan_bool(&aliases, MS_FILTERS_ACTIVE) &&
			!ms_graph_check(graph, ms_scan_key(&aliases, MS_FILTERS_EMAIL), &fault))
			function(&fault, arg);
	}
	ms_scan_end(&aliases);
	ms_reader_end(&reader);
}

static void
raise_any(const ms_graph_fault *fault, void *arg pg_attribute_unused())
{
	raise_fault(fault);
}

static void
refuse_any(void)
{
	Snapshot	snapshot;

	one_at_a_time();
	snapshot = RegisterSnapshot(ms_rule_snapshot());
	check_all(raise_any, NULL, snapshot);
	UnregisterSnapshot(snapshot);
}

/* AFTER UPDATE of the settings that aliases are read by, at COMMIT */
PG_FUNCTION_INFO_V1(ms_settings_lead_somewhere);
Datum
ms_settings_lead_somewhere(PG_FUNCTION_ARGS)
{
	(void) ms_own_trigger_data(fcinfo, "settings_lead_somewhere", MS_AFTER_ROW, "settings");
	refuse_any();
	return PointerGetDatum(NULL);
}

/* AFTER TRUNCATE of users: what is left of aliases leads somewhere. */
PG_FUNCTION_INFO_V1(ms_truncated_users_are_led_to);
Datum
ms_truncated_users_are_led_to(PG_FUNCTION_ARGS)
{
	(void) ms_own_statement_trigger(fcinfo, "truncated_users_are_led_to");
	refuse_any();
	return PointerGetDatum(NULL);
}

static void
list_fault(const ms_graph_fault *fault, void *arg)
{
	static const char *const problems[] = {
		[MS_GRAPH_LOOP] = "it is a loop: %s",
		[MS_GRAPH_NOWHERE] = "it leads to %s, which is neither a mailbox nor an alias",
		[MS_GRAPH_TOO_MANY] = "it leads to more addresses than Postfix expands",
		[MS_GRAPH_TOO_DEEP] = "it leads through more aliases than Postfix follows",
	};
	ReturnSetInfo *set = arg;
	Datum		values[2];
	bool		nulls[2] = {false, false};
	StringInfoData problem;

	initStringInfo(&problem);
	if (fault->code == MS_GRAPH_LOOP || fault->code == MS_GRAPH_NOWHERE)
		appendStringInfo(&problem, problems[fault->code],
						 fault->code == MS_GRAPH_LOOP ? fault->path : fault->destination);
	else
		appendStringInfoString(&problem, problems[fault->code]);
	values[0] = CStringGetTextDatum(fault->alias);
	values[1] = CStringGetTextDatum(problem.data);
	tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
}

PG_FUNCTION_INFO_V1(ms_check_aliases);
Datum
ms_check_aliases(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, 0);
	check_all(list_fault, fcinfo->resultinfo, GetActiveSnapshot());
	return (Datum) 0;
}
