/*
 * domains_spi.c
 *	  The table domains: rules 1, 5 and 6 for it.
 */
#include "schema/tables.h"

#include "access/htup_details.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "schema/quota.h"
#include "schema/rules.h"
#include "schema/services.h"
#include "schema/trigger.h"

#define VIRTUAL_MAILBOX ms_span_of_text("virtual_mailbox")
#define VIRTUAL_ALIAS ms_span_of_text("virtual_alias")
#define RELAY ms_span_of_text("relay")

void
ms_check_ids(int32 uid, int32 gid, const char *what, const ms_key_view *key)
{
	const ms_settings *settings = ms_settings_get();

	if (uid < settings->first_valid_uid)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("uid %d of %s \"%s\" is too low", uid, what, ms_key_to_cstring(key)),
				 errdetail("first_valid_uid is %d.", settings->first_valid_uid),
				 errhint("Give another uid, or lower first_valid_uid in mailstack.settings and in Dovecot.")));
	if (gid < settings->first_valid_gid)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("gid %d of %s \"%s\" is too low", gid, what, ms_key_to_cstring(key)),
				 errdetail("first_valid_gid is %d.", settings->first_valid_gid),
				 errhint("Give another gid, or lower first_valid_gid in mailstack.settings and in Dovecot.")));
}

/* ----------------------------------------------------------------- defaults */

static HeapTuple
set_default(const TriggerData *trigger, HeapTuple row, AttrNumber column, Datum value)
{
	if (!ms_row_is_null(trigger, row, column))
		return row;
	return ms_row_set(trigger, row, column, value);
}

/* Whether the statement itself gives a transport, rather than leaving the one that was there. */
static bool
gives_transport(const TriggerData *trigger, HeapTuple row)
{
	ms_span		transport = ms_row_span(trigger, row, MS_DOMAINS_TRANSPORT);

	return transport.len > 0 &&
		(TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ||
		 !ms_span_equal(transport, ms_row_span(trigger, trigger->tg_trigtuple, MS_DOMAINS_TRANSPORT)));
}

/* A new class that the old transport does not serve: the one that goes with the class is meant. */
static bool
keeps_unfit_transport(const TriggerData *trigger, HeapTuple row)
{
	ms_span		transport = ms_row_span(trigger, row, MS_DOMAINS_TRANSPORT);
	ms_span		class = ms_row_span(trigger, row, MS_DOMAINS_CLASS);

	return !gives_transport(trigger, row) &&
		!ms_span_equal(ms_row_span(trigger, trigger->tg_trigtuple, MS_DOMAINS_CLASS), class) &&
		!ms_service_find(transport, class, false).serves;
}

static HeapTuple
set_transport(const TriggerData *trigger, HeapTuple row, ms_span class)
{
	const ms_settings *settings = ms_settings_get();
	int			columns[1] = {MS_DOMAINS_TRANSPORT};
	Datum		values[1] = {(Datum) 0};
	bool		nulls[1] = {true};

	if (ms_span_equal(class, VIRTUAL_ALIAS) && gives_transport(trigger, row))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("domain \"%s\" of class virtual_alias has no transport",
						ms_row_text(trigger, row, MS_DOMAINS_DOMAIN)),
				 errdetail("Its mail is delivered where its aliases lead, or in the domain that it mirrors."),
				 errhint("Leave the transport out, or make the domain virtual_mailbox.")));
	if (ms_span_equal(class, VIRTUAL_ALIAS))
		return heap_modify_tuple_by_cols(row, RelationGetDescr(trigger->tg_relation),
										 1, columns, values, nulls);
	if (!ms_row_is_null(trigger, row, MS_DOMAINS_TRANSPORT) && !keeps_unfit_transport(trigger, row))
		return row;
	return ms_row_set_text(trigger, row, MS_DOMAINS_TRANSPORT,
						   ms_span_equal(class, RELAY) ? settings->relay_transport :
						   settings->virtual_transport);
}

/* ------------------------------------------------------- the staged transport */

/* Whether two rows have the same stage, or both none. */
static bool
same_stage(const TriggerData *trigger, HeapTuple a, HeapTuple b)
{
	bool		a_isnull;
	bool		b_isnull;
	Datum		a_share = ms_row_get(trigger, a, MS_DOMAINS_STAGED_SHARE, &a_isnull);
	Datum		b_share = ms_row_get(trigger, b, MS_DOMAINS_STAGED_SHARE, &b_isnull);

	return a_isnull == b_isnull && (a_isnull || DatumGetFloat4(a_share) == DatumGetFloat4(b_share)) &&
		ms_span_equal(ms_row_span(trigger, a, MS_DOMAINS_STAGED_TRANSPORT),
					  ms_row_span(trigger, b, MS_DOMAINS_STAGED_TRANSPORT));
}

/* What the CHECKs of the table say, in words. */
static void
check_stage(const TriggerData *trigger, HeapTuple row, ms_span class, const char *domain)
{
	ms_span		staged = ms_row_span(trigger, row, MS_DOMAINS_STAGED_TRANSPORT);
	bool		isnull;
	float4		share = DatumGetFloat4(ms_row_get(trigger, row, MS_DOMAINS_STAGED_SHARE, &isnull));

	if (isnull || staged.len == 0)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("domain \"%s\" has half a stage", domain),
				 errdetail("staged_transport and staged_share are given both, or neither."),
				 errhint("switch_transport('%s', transport, share) sets them.", domain)));
	if (!ms_span_equal(class, VIRTUAL_MAILBOX))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("domain \"%s\" of class %.*s cannot be switched in stages",
						domain, (int) class.len, class.data),
				 errdetail("A share is one of the users of a virtual_mailbox domain."),
				 errhint("Switch it as a whole.")));
	if (!(share > 0 && share < 1))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("staged_share %g of domain \"%s\" is no share", share, domain),
				 errdetail("It lies between 0 and 1."),
				 errhint("To switch the whole domain, set transport; to end the stage, set staged_transport and staged_share to NULL.")));
	if (ms_span_equal(staged, ms_row_span(trigger, row, MS_DOMAINS_TRANSPORT)))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("domain \"%s\" cannot be staged to \"%.*s\"", domain, (int) staged.len, staged.data),
				 errdetail("That is its transport already."),
				 errhint("To end the stage: switch_transport('%s', '%.*s')", domain, (int) staged.len, staged.data)));
}

/*
 * A stage ends where the statement says nothing about it and gives the domain
 * another transport, so that "UPDATE transports" switches all users, or a class
 * that has no users.
 */
static HeapTuple
set_stage(const TriggerData *trigger, HeapTuple row, ms_span class)
{
	int			columns[2] = {MS_DOMAINS_STAGED_TRANSPORT, MS_DOMAINS_STAGED_SHARE};
	Datum		values[2] = {(Datum) 0, (Datum) 0};
	bool		nulls[2] = {true, true};

	if (ms_row_is_null(trigger, row, MS_DOMAINS_STAGED_TRANSPORT) &&
		ms_row_is_null(trigger, row, MS_DOMAINS_STAGED_SHARE))
		return row;
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) && same_stage(trigger, trigger->tg_trigtuple, row) &&
		(gives_transport(trigger, row) || !ms_span_equal(class, VIRTUAL_MAILBOX)))
		return heap_modify_tuple_by_cols(row, RelationGetDescr(trigger->tg_relation),
										 2, columns, values, nulls);
	check_stage(trigger, row, class, ms_row_text(trigger, row, MS_DOMAINS_DOMAIN));
	return row;
}

static void
check_class(const TriggerData *trigger, HeapTuple row)
{
	ms_span		class = ms_row_span(trigger, row, MS_DOMAINS_CLASS);

	if (!ms_span_equal(class, VIRTUAL_MAILBOX) && !ms_span_equal(class, VIRTUAL_ALIAS) &&
		!ms_span_equal(class, RELAY))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("class \"%.*s\" is unknown", (int) class.len, class.data),
				 errdetail("A domain is of class virtual_mailbox, virtual_alias or relay."),
				 errhint("See Postfix's ADDRESS_CLASS_README; local domains are Postfix's own business.")));
}

static HeapTuple
set_defaults(const TriggerData *trigger, HeapTuple row)
{
	const ms_settings *settings = ms_settings_get();
	bool		mirrors = !ms_row_is_null(trigger, row, MS_DOMAINS_ALIAS_OF);

	row = set_default(trigger, row, MS_DOMAINS_CLASS,
					  PointerGetDatum(cstring_to_text(mirrors ? "virtual_alias" : "virtual_mailbox")));
	check_class(trigger, row);
	row = set_default(trigger, row, MS_DOMAINS_UID, Int32GetDatum(settings->uid));
	row = set_default(trigger, row, MS_DOMAINS_GID, Int32GetDatum(settings->gid));
	row = set_transport(trigger, row, ms_row_span(trigger, row, MS_DOMAINS_CLASS));
	return set_stage(trigger, row, ms_row_span(trigger, row, MS_DOMAINS_CLASS));
}

/* ------------------------------------------------------- rule 1: mirrors */

static void
refuse_mirror(const char *domain, const char *of, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			 errmsg("domain \"%s\" cannot mirror \"%s\"", domain, of),
			 errdetail("%s", detail),
			 errhint("alias_of names a virtual_mailbox or virtual_alias domain that mirrors none.")));
}

static void
check_mirror(const TriggerData *trigger, HeapTuple row, const char *domain)
{
	char	   *of = ms_row_text(trigger, row, MS_DOMAINS_ALIAS_OF);
	ms_scan		scan;
	bool		isnull;

	if (of == NULL)
		return;
	if (!ms_span_equal(ms_row_span(trigger, row, MS_DOMAINS_CLASS), VIRTUAL_ALIAS))
		refuse_mirror(domain, of, "A domain that mirrors another is of class virtual_alias.");
	if (strcmp(domain, of) == 0)
		refuse_mirror(domain, of, "It would mirror itself.");
	if (ms_scan_begin(&scan, MS_DOMAINS, ms_row_get(trigger, row, MS_DOMAINS_ALIAS_OF, &isnull),
					  ms_rule_snapshot()))
	{
		ms_span		beyond;

		if (ms_scan_span_or_null(&scan, MS_DOMAINS_ALIAS_OF, &beyond))
			refuse_mirror(domain, of, "That one mirrors another itself, and mirrors do not chain.");
		if (ms_span_equal(ms_scan_span(&scan, MS_DOMAINS_CLASS), RELAY))
			refuse_mirror(domain, of, "That one is of class relay: its addresses are not known here.");
	}
	ms_scan_end(&scan);
}

/* ------------------------------------------- rule 2: one name for Postfix */

/* Two domains that Postfix folds to one name could not be told apart by its lookups. */
static void
check_postfix_key(const TriggerData *trigger, HeapTuple row, const char *domain)
{
	ms_key_view view = ms_row_key(trigger, row, MS_DOMAINS_DOMAIN);
	char		folded[MS_DOMAIN_MAX];
	size_t		len = ms_domain_postfix_key(view.domain, folded);
	struct varlena *key = ms_key_build_domain(ms_span_of(folded, len));
	ms_scan		scan;

	if (ms_scan_begin(&scan, MS_DOMAINS_BY_POSTFIX_KEY, PointerGetDatum(key), ms_rule_snapshot()))
	{
		ms_key_view other = ms_scan_key(&scan, MS_DOMAINS_DOMAIN);

		/* The same domain again, or the row that this UPDATE replaces, is the primary key's business. */
		if (!ms_span_equal(other.key, view.key) &&
			!ItemPointerEquals(&scan.tuple->t_self, &trigger->tg_trigtuple->t_self))
			ereport(ERROR,
					(errcode(ERRCODE_UNIQUE_VIOLATION),
					 errmsg("domain \"%s\" cannot be told from \"%s\"", domain, ms_key_to_cstring(&other)),
					 errdetail("Postfix folds case before it looks up, and asks for both as \"%.*s\".",
							   (int) len, folded),
					 errhint("Host one of them, and let the other be elsewhere.")));
	}
	ms_scan_end(&scan);
}

/* ---------------------------------------------------- rule 5: the transport */

/* A user of the domain without a transport of its own whose uid is another, or NULL. */
static char *
user_with_other_uid(Datum domain, int32 uid)
{
	static const StrategyNumber sides[] = {BTLessStrategyNumber, BTGreaterStrategyNumber};
	char	   *result = NULL;
	int			i;

	for (i = 0; i < 2 && result == NULL; i++)
	{
		ms_scan		scan;
		bool		found = ms_scan_users_by_uid(&scan, domain, sides[i], uid, ms_rule_snapshot());

		for (; found && result == NULL; found = ms_scan_next(&scan))
		{
			ms_span		own;

			if (!ms_scan_span_or_null(&scan, MS_USERS_TRANSPORT, &own))
			{
				ms_key_view email = ms_scan_key(&scan, MS_USERS_EMAIL);

				result = ms_key_to_cstring(&email);
			}
		}
		ms_scan_end(&scan);
	}
	return result;
}

static void
check_uid(const TriggerData *trigger, HeapTuple row, ms_span transport, int32 runs_as, const char *domain)
{
	int32		uid = ms_row_int32(trigger, row, MS_DOMAINS_UID);
	bool		isnull;
	char	   *user;

	if (uid != runs_as)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("transport \"%.*s\" cannot deliver for domain \"%s\"",
						(int) transport.len, transport.data, domain),
				 errdetail("Its service runs as uid %d; the domain's uid is %d.", runs_as, uid),
				 errhint("Set uid of the domain in the same UPDATE, or runs_as in mailstack.transport_services to what master.cf says.")));
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		return;
	user = user_with_other_uid(ms_row_get(trigger, row, MS_DOMAINS_DOMAIN, &isnull), runs_as);
	if (user != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("transport \"%.*s\" cannot deliver for domain \"%s\"",
						(int) transport.len, transport.data, domain),
				 ms_may_name_rows(ms_table_oid(MS_USERS))
				 ? errdetail("Its service runs as uid %d; user \"%s\" has another uid.", runs_as, user)
				 : errdetail("Its service runs as uid %d; a user of the domain has another uid.", runs_as),
				 errhint("preview_transport() counts them. Use a transport that takes any uid, such as lmtp, or give those users one of their own.")));
}

/* Returns whether the service of a column's transport runs as one uid, so that the users matter. */
static bool
check_transport(const TriggerData *trigger, HeapTuple row, AttrNumber column, const char *domain)
{
	ms_span		transport = ms_row_span(trigger, row, column);
	ms_span		class = ms_row_span(trigger, row, MS_DOMAINS_CLASS);
	ms_service	service;

	if (transport.len == 0)
		return false;
	service = ms_service_find(transport, class, false);
	ms_service_require(&service, transport, class, psprintf("domain \"%s\"", domain));
	if (!service.has_runs_as || !ms_span_equal(class, VIRTUAL_MAILBOX))
		return false;
	check_uid(trigger, row, transport, service.runs_as, domain);
	return true;
}

/*
 * The same of both.  A staged transport has to fit all users, for those that
 * are not chosen now are to follow.
 */
static bool
check_transports(const TriggerData *trigger, HeapTuple row, const char *domain)
{
	bool		users_matter = check_transport(trigger, row, MS_DOMAINS_TRANSPORT, domain);

	return check_transport(trigger, row, MS_DOMAINS_STAGED_TRANSPORT, domain) || users_matter;
}

PG_FUNCTION_INFO_V1(ms_domains_before);
Datum
ms_domains_before(PG_FUNCTION_ARGS)
{
	static const ms_login_columns login = {
		.active = MS_DOMAINS_ACTIVE,
		.suspended_reason = MS_DOMAINS_SUSPENDED_REASON,
		.services = MS_DOMAINS_SERVICES
	};
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "domains_before", MS_BEFORE_ROW, "domains");
	HeapTuple	row = set_defaults(trigger, ms_trigger_row(trigger));
	ms_key_view view;
	char	   *domain;

	/* The server's own message for a NULL in a key is clear enough. */
	if (ms_row_is_null(trigger, row, MS_DOMAINS_DOMAIN))
		return PointerGetDatum(row);
	view = ms_row_key(trigger, row, MS_DOMAINS_DOMAIN);
	domain = ms_key_to_cstring(&view);
	ms_check_ids(ms_row_int32(trigger, row, MS_DOMAINS_UID),
				 ms_row_int32(trigger, row, MS_DOMAINS_GID), "domain", &view);
	ms_check_receive(trigger, row, MS_DOMAINS_RECEIVE, MS_DOMAINS_RECEIVE_REASON, "domain", &view);
	row = ms_check_login(trigger, row, &login, "domain", &view);
	ms_check_quota(trigger, row, MS_DOMAINS_QUOTA_BYTES, 1, "domain", &view);
	ms_check_quota(trigger, row, MS_DOMAINS_QUOTA_MESSAGES, 1, "domain", &view);
	ms_check_quota(trigger, row, MS_DOMAINS_QUOTA_POOL_BYTES, 1, "domain", &view);
	check_postfix_key(trigger, row, domain);
	check_mirror(trigger, row, domain);
	ms_pool_check_domain(trigger, row, &view);

	/*
	 * Users that other transactions are adding are waited for, and looked at
	 * once more: an UPDATE that leaves the key alone would not wait for them.
	 */
	if (check_transports(trigger, row, domain) && TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) &&
		ms_lock_row(trigger->tg_relation, trigger->tg_trigtuple, LockTupleExclusive))
		(void) check_transports(trigger, row, domain);
	return PointerGetDatum(row);
}

/*
 * AFTER INSERT OR UPDATE, when the foreign key has locked the service: a
 * change of the service that was committed in between is seen here.
 */
PG_FUNCTION_INFO_V1(ms_domains_transport);
Datum
ms_domains_transport(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "domains_transport", MS_AFTER_ROW, "domains");
	HeapTuple	row = ms_trigger_row(trigger);

	(void) check_transports(trigger, row, ms_row_text(trigger, row, MS_DOMAINS_DOMAIN));
	return PointerGetDatum(NULL);
}

/*
 * AFTER INSERT OR UPDATE with an alias_of: what a foreign key to mirror_target
 * would do.  One from a table of an extension to itself would make pg_dump
 * warn at every dump that it may not be restorable.
 */
PG_FUNCTION_INFO_V1(ms_domains_mirror);
Datum
ms_domains_mirror(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "domains_mirror", MS_AFTER_ROW, "domains");
	HeapTuple	row = ms_trigger_row(trigger);
	char	   *domain = ms_row_text(trigger, row, MS_DOMAINS_DOMAIN);
	char	   *of = ms_row_text(trigger, row, MS_DOMAINS_ALIAS_OF);
	ms_scan		scan;
	bool		isnull;

	if (of == NULL)
		return PointerGetDatum(NULL);
	if (!ms_scan_lock(&scan, MS_DOMAINS, ms_row_get(trigger, row, MS_DOMAINS_ALIAS_OF, &isnull),
					  LockTupleKeyShare))
		refuse_mirror(domain, of, "That one is not hosted here.");
	ms_scan_end(&scan);
	check_mirror(trigger, row, domain);
	return PointerGetDatum(NULL);
}

/* --------------------------------------------------- rule 6: domains in use */

typedef struct dependent
{
	AttrNumber	role;			/* the generated column that its foreign key points at */
	ms_access	access;
	AttrNumber	name;			/* the column of the dependent row to be shown */
	const char *what;
	const char *needs;
} dependent;

static const dependent dependents[] = {
	{MS_DOMAINS_MAILBOX_DOMAIN, MS_USERS_BY_DOMAIN, MS_USERS_EMAIL,
	"User", "class virtual_mailbox"},
	{MS_DOMAINS_ALIAS_DOMAIN, MS_ALIASES_BY_DOMAIN, MS_ALIASES_ALIAS,
	"Alias", "class virtual_mailbox or virtual_alias"},
	{MS_DOMAINS_DOMAIN, MS_SENDER_LOGINS_BY_DOMAIN, MS_SENDER_LOGINS_SENDER,
	"Sender", "hosted"},
	{MS_DOMAINS_DOMAIN, MS_RECIPIENT_BCC_BY_DOMAIN, MS_SAID_OF_ADDRESS,
	"Recipient with a copy", "hosted"},
	{MS_DOMAINS_DOMAIN, MS_SENDER_BCC_BY_DOMAIN, MS_SAID_OF_ADDRESS,
	"Sender with a copy", "hosted"},
	{MS_DOMAINS_DOMAIN, MS_SENDER_RELAYHOSTS_BY_DOMAIN, MS_SAID_OF_ADDRESS,
	"Sender with a relayhost", "hosted"},
	{MS_DOMAINS_ALIAS_DOMAIN, MS_LIST_SENDERS_BY_DOMAIN, MS_LIST_SENDERS_LIST,
	"List", "class virtual_mailbox or virtual_alias"},
	{MS_DOMAINS_RELAY_DOMAIN, MS_RELAY_RECIPIENTS_BY_DOMAIN, MS_RELAY_RECIPIENTS_RECIPIENT,
	"Relay recipient", "class relay"},
	{MS_DOMAINS_MAILBOX_DOMAIN, MS_FILTERS_BY_DOMAIN, MS_FILTERS_OWNER,
	"A filter of", "class virtual_mailbox"},
	{MS_DOMAINS_MAILBOX_DOMAIN, MS_SIEVE_SCRIPTS_BY_DOMAIN, MS_SIEVE_SCRIPTS_OWNER,
	"A Sieve script of", "class virtual_mailbox"},
	{MS_DOMAINS_MIRROR_TARGET, MS_DOMAINS_BY_ALIAS_OF, MS_DOMAINS_DOMAIN,
	"Mirror", "a virtual_mailbox or virtual_alias domain that mirrors none"},
};

static bool
still_has_role(Datum domain, AttrNumber role, Snapshot snapshot)
{
	ms_scan		scan;
	ms_span		unused;
	bool		found = ms_scan_begin(&scan, MS_DOMAINS, domain, snapshot);
	bool		result = found && ms_scan_span_or_null(&scan, role, &unused);

	ms_scan_end(&scan);
	return result;
}

static char *
first_dependent(const dependent *d, Datum domain, Snapshot snapshot)
{
	ms_scan		scan;
	char	   *result = NULL;

	if (ms_scan_begin(&scan, d->access, domain, snapshot))
	{
		ms_key_view key = ms_scan_key(&scan, d->name);

		result = ms_key_to_cstring(&key);
	}
	ms_scan_end(&scan);
	return result;
}

/* AFTER UPDATE OR DELETE, deferrable as the foreign keys are whose message it improves. */
PG_FUNCTION_INFO_V1(ms_domains_in_use);
Datum
ms_domains_in_use(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "domains_in_use", MS_AFTER_ROW, "domains");
	HeapTuple	old = trigger->tg_trigtuple;
	bool		isnull;
	Datum		domain = ms_row_get(trigger, old, MS_DOMAINS_DOMAIN, &isnull);
	size_t		i;

	for (i = 0; i < lengthof(dependents); i++)
	{
		const dependent *d = &dependents[i];
		char	   *name;

		if (ms_row_is_null(trigger, old, d->role) ||
			still_has_role(domain, d->role, ms_rule_snapshot()))
			continue;
		name = first_dependent(d, domain, ms_rule_snapshot());
		if (name != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
					 errmsg("domain \"%s\" is in use", ms_row_text(trigger, old, MS_DOMAINS_DOMAIN)),
					 ms_may_name_rows(ms_table_oid(d->access))
					 ? errdetail("%s \"%s\" needs it as %s.", d->what, name, d->needs)
					 : errdetail("It is needed as %s.", d->needs),
					 errhint("Delete or move what is in the domain first."),
					 errtable(trigger->tg_relation)));
	}
	return PointerGetDatum(NULL);
}
