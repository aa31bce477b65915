/*
 * users_spi.c
 *	  The tables users, aliases and relay_recipients: rules 1, 2, 4 and 5 for
 *	  their rows.
 */
#include "schema/tables.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "schema/rules.h"
#include "schema/services.h"
#include "schema/trigger.h"

#define VIRTUAL_MAILBOX ms_span_of("virtual_mailbox", 15)

/* ------------------------------------------------------------ rule 1: domain */

static bool
class_is_one_of(const TriggerData *trigger, ms_span class)
{
	int			i;

	for (i = 1; i < trigger->tg_trigger->tgnargs; i++)
	{
		const char *arg = trigger->tg_trigger->tgargs[i];

		if (ms_span_equal(class, ms_span_of(arg, strlen(arg))))
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
	char	   *hint = psprintf("UPDATE mailstack.domains SET class = '%s' WHERE domain = '%s', if the domain really is that.",
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
	const char *table = RelationGetRelationName(trigger->tg_relation);
	AttrNumber	column = ms_trigger_column(trigger, trigger->tg_trigger->tgargs[0]);
	HeapTuple	row = ms_trigger_row(trigger);
	struct varlena *domain;
	ms_key_view view;
	ms_scan		scan;
	bool		isnull;
	Datum		value = ms_row_get(trigger, row, column, &isnull);

	if (isnull)
		return PointerGetDatum(NULL);
	view = ms_key_view_of((struct varlena *) DatumGetPointer(value));
	domain = ms_key_build(MS_KEY_DOMAIN, view.domain, ms_span_of("", 0));
	if (!ms_scan_begin(&scan, MS_DOMAINS, PointerGetDatum(domain), ms_rule_snapshot()))
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("domain \"%.*s\" is not hosted here", (int) view.domain.len, view.domain.data),
				 errdetail("It is the domain of \"%s\" in table \"%s\".", ms_key_to_cstring(&view), table),
				 errhint("INSERT INTO mailstack.domains(domain) VALUES ('%.*s')",
						 (int) view.domain.len, view.domain.data),
				 errtable(trigger->tg_relation)));
	if (!class_is_one_of(trigger, ms_scan_span(&scan, MS_DOMAINS_CLASS)))
		refuse_class(trigger, &scan, &view);
	ms_scan_end(&scan);
	return PointerGetDatum(NULL);
}

/* --------------------------------------------------- rule 2: one namespace */

/*
 * A mailbox whose name holds the delimiter would be a sub-address of another:
 * Postfix's pipe and Dovecot's LMTP cut the detail off and would deliver there.
 */
static void
refuse_detail(const char *email, const ms_key_view *view, size_t split)
{
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("mailbox \"%s\" would be a sub-address", email),
			 errdetail("recipient_delimiter is \"%s\", so that the LDA and LMTP deliver its mail to \"%s\".",
					   ms_settings_get()->recipient_delimiter,
					   ms_address_to_cstring(ms_span_of(view->local.data, split), view->domain)),
			 errhint("Make it an alias: aliases may hold the delimiter.")));
}

static void
check_email(const TriggerData *trigger, HeapTuple row, const char *email)
{
	const char *delimiter = ms_settings_get()->recipient_delimiter;
	ms_key_view view = ms_row_key(trigger, row, MS_USERS_EMAIL);
	size_t		split = ms_local_part_split(view.local, ms_span_of(delimiter, strlen(delimiter)));

	if (split < view.local.len)
		refuse_detail(email, &view, split);
}

/* ----------------------------------------------------------------- defaults */

static struct varlena *
domain_of(const TriggerData *trigger, HeapTuple row)
{
	ms_key_view view = ms_row_key(trigger, row, MS_USERS_EMAIL);

	return ms_key_build(MS_KEY_DOMAIN, view.domain, ms_span_of("", 0));
}

/* uid and gid: those of the domain; where it is not there, require_domain says so soon. */
static HeapTuple
set_ids(const TriggerData *trigger, HeapTuple row)
{
	const ms_settings *settings = ms_settings_get();
	int32		uid = settings->uid;
	int32		gid = settings->gid;
	ms_scan		scan;

	if (!ms_row_is_null(trigger, row, MS_USERS_UID) && !ms_row_is_null(trigger, row, MS_USERS_GID))
		return row;
	if (ms_scan_begin(&scan, MS_DOMAINS, PointerGetDatum(domain_of(trigger, row)), ms_rule_snapshot()))
	{
		uid = ms_scan_int32(&scan, MS_DOMAINS_UID);
		gid = ms_scan_int32(&scan, MS_DOMAINS_GID);
	}
	ms_scan_end(&scan);
	if (ms_row_is_null(trigger, row, MS_USERS_UID))
		row = ms_row_set(trigger, row, MS_USERS_UID, Int32GetDatum(uid));
	if (ms_row_is_null(trigger, row, MS_USERS_GID))
		row = ms_row_set(trigger, row, MS_USERS_GID, Int32GetDatum(gid));
	return row;
}

static HeapTuple
set_paths(const TriggerData *trigger, HeapTuple row, const char *email)
{
	ms_span		maildir;

	if (ms_row_is_null(trigger, row, MS_USERS_MAIL_SUBDIRECTORY))
		row = ms_row_set_text(trigger, row, MS_USERS_MAIL_SUBDIRECTORY,
							  ms_settings_get()->mail_subdirectory);
	else
		row = ms_canonicalize_subdirectory(trigger, row, MS_USERS_MAIL_SUBDIRECTORY);
	row = ms_fill_maildir(trigger, row, MS_USERS_MAILDIR, MS_USERS_EMAIL);
	maildir = ms_row_span(trigger, row, MS_USERS_MAILDIR);
	if (maildir.len > 0 && maildir.data[0] == '/')
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("maildir \"%.*s\" of user \"%s\" is absolute",
						(int) maildir.len, maildir.data, email),
				 errdetail("It is relative to mail_root, which is \"%s\".", ms_settings_get()->mail_root),
				 errhint("Leave out what mail_root says already.")));
	return row;
}

/* --------------------------------------------------- rule 5: own transport */

static void
check_own_transport(const TriggerData *trigger, HeapTuple row, const char *email)
{
	ms_span		transport = ms_row_span(trigger, row, MS_USERS_TRANSPORT);
	ms_service	service;

	if (ms_row_is_null(trigger, row, MS_USERS_TRANSPORT))
		return;
	service = ms_service_find(transport, VIRTUAL_MAILBOX, false);
	ms_service_require(&service, transport, VIRTUAL_MAILBOX, psprintf("user \"%s\"", email));
}

PG_FUNCTION_INFO_V1(ms_users_before);
Datum
ms_users_before(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "users_before", MS_BEFORE_ROW, "users");
	HeapTuple	row = ms_canonicalize_column(trigger, ms_trigger_row(trigger), MS_USERS_EMAIL);
	char	   *email = ms_row_text(trigger, row, MS_USERS_EMAIL);

	if (email == NULL)
		return PointerGetDatum(row);
	check_email(trigger, row, email);
	row = set_ids(trigger, row);
	row = set_paths(trigger, row, email);
	ms_check_ids(ms_row_int32(trigger, row, MS_USERS_UID),
				 ms_row_int32(trigger, row, MS_USERS_GID), psprintf("user \"%s\"", email));
	check_own_transport(trigger, row, email);
	return PointerGetDatum(row);
}

/*
 * AFTER INSERT OR UPDATE: the service that delivers for the user can run as its
 * uid.  The domain is locked against a switch meanwhile, as the foreign key
 * does on INSERT.
 */
PG_FUNCTION_INFO_V1(ms_users_uid);
Datum
ms_users_uid(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "users_uid", MS_AFTER_ROW, "users");
	HeapTuple	row = ms_trigger_row(trigger);
	int32		uid = ms_row_int32(trigger, row, MS_USERS_UID);
	ms_span		transport = ms_row_span(trigger, row, MS_USERS_TRANSPORT);
	ms_service	service = {false, false, false, 0};
	ms_scan		scan;

	if (ms_scan_lock(&scan, MS_DOMAINS, PointerGetDatum(domain_of(trigger, row)), LockTupleKeyShare))
	{
		if (transport.len == 0)
			transport = ms_scan_span(&scan, MS_DOMAINS_TRANSPORT);
		if (transport.len > 0)
			service = ms_service_find(transport, VIRTUAL_MAILBOX, true);
		if (service.has_runs_as && service.runs_as != uid)
			ereport(ERROR,
					(errcode(ERRCODE_CHECK_VIOLATION),
					 errmsg("transport \"%.*s\" cannot deliver for user \"%s\"",
							(int) transport.len, transport.data, ms_row_text(trigger, row, MS_USERS_EMAIL)),
					 errdetail("Its service runs as uid %d; the user's uid is %d.", service.runs_as, uid),
					 errhint("Leave the uid out, or give the user a transport that takes any uid, such as lmtp."),
					 errtable(trigger->tg_relation)));
	}
	ms_scan_end(&scan);
	return PointerGetDatum(NULL);
}
