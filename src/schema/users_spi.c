/*
 * users_spi.c
 *	  The tables users, aliases and relay_recipients: rules 1, 2, 4 and 5 for
 *	  their rows.
 */
#include "schema/tables.h"

#include "access/htup_details.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "schema/memo.h"
#include "schema/quota.h"
#include "schema/rules.h"
#include "schema/services.h"
#include "schema/trigger.h"

#define VIRTUAL_MAILBOX ms_span_of_text("virtual_mailbox")

/* ------------------------------------------------------------ rule 1: domain */

static bool
class_is_one_of(const TriggerData *trigger, ms_span class)
{
	int			i;

	for (i = 1; i < trigger->tg_trigger->tgnargs; i++)
	{
		const char *arg = trigger->tg_trigger->tgargs[i];

		if (ms_span_is(class, arg))
			return true;
	}
	return false;
}

static void
refuse_class(const TriggerData *trigger, const ms_scan *domain, const ms_key_view *key)
{
	char	  **classes = trigger->tg_trigger->tgargs + 1;
	bool		isnull;
	char	   *class = text_to_cstring(DatumGetTextPP(ms_scan_get(domain, MS_DOMAINS_CLASS, &isnull)));
	char	   *name = pnstrdup(key->domain.data, key->domain.len);
	char	   *hint = psprintf("UPDATE mailstack.domains SET class = '%s' WHERE domain::text = '%s', if the domain really is that.",
								classes[0], name);

	(void) ms_scan_get(domain, MS_DOMAINS_ALIAS_OF, &isnull);
	if (!isnull)
	{
		ms_key_view mirrored = ms_scan_key(domain, MS_DOMAINS_ALIAS_OF);

		hint = psprintf("The domain mirrors \"%s\": what is there has an address here, too.",
						ms_key_to_cstring(&mirrored));
	}
	ereport(ERROR,
			(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			 errmsg("domain \"%s\" is of class %s", name, class),
			 errdetail("\"%s\" in table \"%s\" needs class %s%s%s.", ms_key_to_cstring(key),
					   RelationGetRelationName(trigger->tg_relation), classes[0],
					   trigger->tg_trigger->tgnargs > 2 ? " or " : "",
					   trigger->tg_trigger->tgnargs > 2 ? classes[1] : ""),
			 errhint("%s", hint),
			 errtable(trigger->tg_relation)));
}

/* Whether the domain was found, in one of the classes that the trigger names. */
static bool
is_hosted(const TriggerData *trigger, bool found, const ms_scan *domain)
{
	return found && class_is_one_of(trigger, ms_scan_span(domain, MS_DOMAINS_CLASS));
}

static void
refuse_domain(const TriggerData *trigger, bool found, const ms_scan *domain, const ms_key_view *key)
{
	if (found)
		refuse_class(trigger, domain, key);
	ereport(ERROR,
			(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			 errmsg("domain \"%.*s\" is not hosted here", (int) key->domain.len, key->domain.data),
			 errdetail("It is the domain of \"%s\" in table \"%s\".", ms_key_to_cstring(key),
					   RelationGetRelationName(trigger->tg_relation)),
			 errhint("INSERT INTO mailstack.domains(domain) VALUES ('%.*s')",
					 (int) key->domain.len, key->domain.data),
			 errtable(trigger->tg_relation)));
}

static Datum
domain_of(const ms_key_view *key)
{
	return PointerGetDatum(ms_key_build_domain(key->domain));
}

/*
 * AFTER INSERT OR UPDATE, deferrable: arguments are a column and the classes
 * that the domain in it may have.  Fires just before the foreign key that says
 * the same, for the sake of the message.
 */
PG_FUNCTION_INFO_V1(ms_require_domain);
Datum
ms_require_domain(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "require_domain", MS_AFTER_ROW, NULL);
	HeapTuple	row = ms_trigger_row(trigger);
	AttrNumber	column = ms_trigger_column(trigger, trigger->tg_trigger->tgargs[0]);
	ms_key_view key;
	ms_scan		scan;
	bool		found;

	if (ms_row_is_null(trigger, row, column))
		return PointerGetDatum(NULL);
	key = ms_row_key(trigger, row, column);
	found = ms_scan_begin(&scan, MS_DOMAINS, domain_of(&key), ms_rule_snapshot());
	if (!is_hosted(trigger, found, &scan) && ms_trigger_row_is_current(trigger))
		refuse_domain(trigger, found, &scan, &key);
	ms_scan_end(&scan);
	return PointerGetDatum(NULL);
}

/* --------------------------------------------------- rule 2: one namespace */

/*
 * A mailbox whose name holds the delimiter would be a sub-address of another:
 * Postfix's pipe and Dovecot's LMTP cut the detail off and would deliver there.
 */
static void
refuse_detail(const ms_key_view *email, size_t split)
{
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("mailbox \"%s\" would be a sub-address", ms_key_to_cstring(email)),
			 errdetail("recipient_delimiter is \"%s\", so that the LDA and LMTP deliver its mail to \"%s\".",
					   ms_settings_get()->recipient_delimiter,
					   ms_address_to_cstring(ms_span_of(email->local.data, split), email->domain)),
			 errhint("Make it an alias: aliases may hold the delimiter.")));
}

static void
check_email(const ms_key_view *email)
{
	const char *delimiter = ms_settings_get()->recipient_delimiter;
	size_t		split = ms_local_part_split(email->local, ms_span_of_text(delimiter));

	if (split < email->local.len)
		refuse_detail(email, split);
}

/* ----------------------------------------------------------------- defaults */

/*
 * The uid and gid of the domain; where it is not there, users_domain says so
 * soon.  A statement asks once for each domain.
 */
static void
domain_ids(ms_memo *memo, const ms_key_view *email, int32 *uid, int32 *gid)
{
	const ms_memo_entry *known = ms_memo_find(memo, email->domain);
	ms_scan		scan;

	*uid = known != NULL ? known->uid : ms_settings_get()->uid;
	*gid = known != NULL ? known->gid : ms_settings_get()->gid;
	if (known != NULL)
		return;
	if (ms_scan_begin(&scan, MS_DOMAINS, domain_of(email), ms_rule_snapshot()))
	{
		ms_memo_entry *entry = ms_memo_put(memo, email->domain, FirstCommandId);

		*uid = entry->uid = ms_scan_int32(&scan, MS_DOMAINS_UID);
		*gid = entry->gid = ms_scan_int32(&scan, MS_DOMAINS_GID);
	}
	ms_scan_end(&scan);
}

/* The columns that a row leaves to us. */
typedef struct defaults
{
	int			n;
	int			columns[4];
	Datum		values[4];
} defaults;

static void
add_default(defaults *d, int column, Datum value)
{
	d->columns[d->n] = column;
	d->values[d->n++] = value;
}

/* The ids that the user gets, given or not. */
static void
complete_ids(defaults *d, const TriggerData *trigger, HeapTuple row, const ms_key_view *email,
			 ms_memo *memo, int32 *uid, int32 *gid)
{
	bool		has_uid = !ms_row_is_null(trigger, row, MS_USERS_UID);
	bool		has_gid = !ms_row_is_null(trigger, row, MS_USERS_GID);

	if (!has_uid || !has_gid)
		domain_ids(memo, email, uid, gid);
	if (has_uid)
		*uid = ms_row_int32(trigger, row, MS_USERS_UID);
	else
		add_default(d, MS_USERS_UID, Int32GetDatum(*uid));
	if (has_gid)
		*gid = ms_row_int32(trigger, row, MS_USERS_GID);
	else
		add_default(d, MS_USERS_GID, Int32GetDatum(*gid));
}

static void
complete_paths(defaults *d, const TriggerData *trigger, HeapTuple row, const ms_key_view *email)
{
	if (ms_row_is_null(trigger, row, MS_USERS_MAIL_SUBDIRECTORY))
		add_default(d, MS_USERS_MAIL_SUBDIRECTORY, CStringGetTextDatum(ms_settings_get()->mail_subdirectory));
	if (ms_row_is_null(trigger, row, MS_USERS_MAILDIR))
		add_default(d, MS_USERS_MAILDIR, ms_maildir_of_key(email));
}

/* All in one copy of the row. */
static HeapTuple
set_defaults(const TriggerData *trigger, HeapTuple row, defaults *d)
{
	bool		nulls[lengthof(d->columns)] = {false};

	return heap_modify_tuple_by_cols(row, RelationGetDescr(trigger->tg_relation),
									 d->n, d->columns, d->values, nulls);
}

/* ------------------------------------------------------ the checks of one row */

static void
check_relative(const TriggerData *trigger, HeapTuple row, const ms_key_view *email)
{
	ms_span		maildir = ms_row_span(trigger, row, MS_USERS_MAILDIR);

	if (maildir.len > 0 && maildir.data[0] == '/')
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("maildir \"%.*s\" of user \"%s\" is absolute",
						(int) maildir.len, maildir.data, ms_key_to_cstring(email)),
				 errdetail("It is relative to mail_root, which is \"%s\".", ms_settings_get()->mail_root),
				 errhint("Leave out what mail_root says already.")));
}

/* Rule 5, for a transport of the user's own */
static void
check_own_transport(const TriggerData *trigger, HeapTuple row, const ms_key_view *email)
{
	ms_span		transport = ms_row_span(trigger, row, MS_USERS_TRANSPORT);
	ms_service	service;

	if (transport.len == 0)
		return;
	service = ms_service_find(transport, VIRTUAL_MAILBOX, false);
	ms_service_require(&service, transport, VIRTUAL_MAILBOX,
					   psprintf("user \"%s\"", ms_key_to_cstring(email)));
}

/*
 * The memo of one of the triggers of users; where there is none yet, the
 * trigger is called for the first time and its calling contract checked.
 */
static ms_memo *
memo_of(FunctionCallInfo fcinfo, const char *function, ms_trigger_timing timing)
{
	if (fcinfo->flinfo->fn_extra == NULL)
	{
		(void) ms_own_trigger_data(fcinfo, function, timing, "users");
		fcinfo->flinfo->fn_extra = ms_memo_create(fcinfo->flinfo->fn_mcxt);
	}
	return fcinfo->flinfo->fn_extra;
}

PG_FUNCTION_INFO_V1(ms_users_before);
Datum
ms_users_before(PG_FUNCTION_ARGS)
{
	static const ms_login_columns login = {
		.active = MS_USERS_ACTIVE,
		.suspended_reason = MS_USERS_SUSPENDED_REASON,
		.services = MS_USERS_SERVICES,
		.allow_nets = MS_USERS_ALLOW_NETS
	};
	static const ms_password_rule password = {MS_USERS_PASSWORD, "the password", "set_password"};
	ms_memo    *memo = memo_of(fcinfo, "users_before", MS_BEFORE_ROW);
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	HeapTuple	row = ms_trigger_row(trigger);
	defaults	d = {0};
	ms_key_view email;
	int32		uid;
	int32		gid;

	/* The server's own message for a NULL in a key is clear enough. */
	if (ms_row_is_null(trigger, row, MS_USERS_EMAIL))
		return PointerGetDatum(row);
	row = ms_canonicalize_key(trigger, row, MS_USERS_EMAIL);
	row = ms_canonicalize_subdirectory(trigger, row, MS_USERS_MAIL_SUBDIRECTORY);
	email = ms_row_key(trigger, row, MS_USERS_EMAIL);
	check_email(&email);
	complete_ids(&d, trigger, row, &email, memo, &uid, &gid);
	complete_paths(&d, trigger, row, &email);
	check_relative(trigger, row, &email);
	ms_check_ids(uid, gid, "user", &email);
	check_own_transport(trigger, row, &email);
	ms_check_password(trigger, row, &password, &email, memo);
	ms_check_receive(trigger, row, MS_USERS_RECEIVE, MS_USERS_RECEIVE_REASON, "user", &email);
	row = ms_check_login(trigger, row, &login, "user", &email);
	ms_check_quota(trigger, row, MS_USERS_QUOTA_BYTES, 0, "user", &email);
	ms_check_quota(trigger, row, MS_USERS_QUOTA_MESSAGES, 0, "user", &email);
	return PointerGetDatum(d.n > 0 ? set_defaults(trigger, row, &d) : row);
}

/* --------------------------------------------------- rules 1, 5 and 8: domain */

static void
refuse_uid(const TriggerData *trigger, ms_span transport, int32 runs_as, int32 uid, const ms_key_view *email)
{
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("transport \"%.*s\" cannot deliver for user \"%s\"",
					(int) transport.len, transport.data, ms_key_to_cstring(email)),
			 errdetail("Its service runs as uid %d; the user's uid is %d.", runs_as, uid),
			 errhint("Leave the uid out, or give the user a transport that takes any uid, such as lmtp."),
			 errtable(trigger->tg_relation)));
}

/*
 * Raises unless the transport's service, which is locked against a change, can
 * run as the user's uid; returns the one that it runs as, or 0 for any.
 */
static int32
check_uid(const TriggerData *trigger, HeapTuple row, const ms_key_view *email, ms_span transport)
{
	int32		uid = ms_row_int32(trigger, row, MS_USERS_UID);
	ms_service	service = ms_service_find(transport, VIRTUAL_MAILBOX, true);

	if (!service.has_runs_as)
		return 0;
	if (service.runs_as != uid)
		refuse_uid(trigger, transport, service.runs_as, uid, email);
	return service.runs_as;
}

/* Without a transport of his own, a user may be delivered by either of the domain's: now, or by a larger share. */
static int32
check_uid_for_domain(const TriggerData *trigger, HeapTuple row, const ms_key_view *email, const ms_scan *domain)
{
	int32		runs_as = check_uid(trigger, row, email, ms_scan_span(domain, MS_DOMAINS_TRANSPORT));
	ms_span		staged;
	int32		staged_runs_as = 0;

	if (ms_scan_span_or_null(domain, MS_DOMAINS_STAGED_TRANSPORT, &staged))
		staged_runs_as = check_uid(trigger, row, email, staged);
	return staged_runs_as != 0 ? staged_runs_as : runs_as;
}

/*
 * Looks at the domain, its pool, and the service that delivers for the user:
 * domain and service are locked, as the foreign key locks the domain, so that a
 * switch or a change of the service waits for this row and finds it.
 */
static void
check_domain(const TriggerData *trigger, HeapTuple row, const ms_key_view *email, ms_memo *memo)
{
	CommandId	now = ms_memo_now();
	ms_span		transport = ms_row_span(trigger, row, MS_USERS_TRANSPORT);
	ms_scan		scan;
	bool		found = ms_scan_lock(&scan, MS_DOMAINS, domain_of(email), LockTupleKeyShare);
	int32		runs_as;
	ms_memo_entry *entry;

	if (!is_hosted(trigger, found, &scan))
		refuse_domain(trigger, found, &scan, email);
	runs_as = transport.len > 0 ? check_uid(trigger, row, email, transport) :
		check_uid_for_domain(trigger, row, email, &scan);
	ms_pool_check_user(trigger, &scan, email);
	ms_scan_end(&scan);
	entry = ms_memo_put(memo, email->domain, now);
	entry->flag = transport.len == 0;	/* whether uid is what the domain's service runs as */
	entry->uid = runs_as;
}

/*
 * AFTER INSERT OR UPDATE, deferrable: the domain is hosted here, in a class of
 * the trigger's arguments, the service that delivers can run as the user's uid,
 * and the pool of the domain is not overdrawn.  Fires just before the foreign
 * key that says the first, for the sake of the message.  A statement looks once
 * at each domain.
 */
PG_FUNCTION_INFO_V1(ms_users_domain);
Datum
ms_users_domain(PG_FUNCTION_ARGS)
{
	ms_memo    *memo = memo_of(fcinfo, "users_domain", MS_AFTER_ROW);
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	HeapTuple	row = ms_trigger_row(trigger);
	ms_key_view email = ms_row_key(trigger, row, MS_USERS_EMAIL);
	ms_span		transport = ms_row_span(trigger, row, MS_USERS_TRANSPORT);
	const ms_memo_entry *known = ms_memo_find(memo, email.domain);

	bool		is_covered = known != NULL && ms_memo_covers(known, row);

	if (is_covered && transport.len > 0)
		(void) check_uid(trigger, row, &email, transport);
	else if (!is_covered || !known->flag ||
			 (known->uid != 0 && known->uid != ms_row_int32(trigger, row, MS_USERS_UID)))
		check_domain(trigger, row, &email, memo);
	return PointerGetDatum(NULL);
}
