/*
 * owner_spi.c
 *	  Users, domains and all as owners of filters and scripts.
 */
#include "filter/owner.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "filter/served.h"
#include "lookup/resolve.h"
#include "schema/admin.h"
#include "schema/config.h"
#include "schema/delegates.h"
#include "transport/transport.h"

/* One session after the other for each user, whose filters are limited together. */
static void
lock_user(const TriggerData *trigger, Datum key, const ms_key_view *email, const char *what)
{
	ms_scan		user;
	bool		found = ms_scan_lock(&user, MS_USERS, key, LockTupleNoKeyExclusive);

	ms_scan_end(&user);
	if (!found)
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("user \"%s\" is not there", ms_key_to_cstring(email)),
				 errdetail("What is %s of a user is done when mail comes to a mailbox; an alias has none.", what),
				 errhint("SELECT email FROM mailstack.users lists those that are."),
				 errtable(trigger->tg_relation)));
}

/* An error about rows of a domain would tell a delegated administrator of them; row-level security comes later. */
static void
require_administered(ms_span domain)
{
	if (!ms_may_administer_domain(GetOuterUserId(), domain, ms_rule_snapshot()))
		ms_refuse_domain(domain);
}

HeapTuple
ms_set_owner(const TriggerData *trigger, HeapTuple row, const ms_owner_columns *columns, const char *what)
{
	ms_key_view email;
	bool		isnull;

	if (ms_row_is_null(trigger, row, columns->email))
	{
		if (!ms_row_is_null(trigger, row, columns->domain))
			require_administered(ms_row_key(trigger, row, columns->domain).domain);
		return row;
	}
	row = ms_canonicalize_key(trigger, row, columns->email);
	email = ms_row_key(trigger, row, columns->email);
	require_administered(email.domain);
	if (!ms_restoring())
		lock_user(trigger, ms_row_get(trigger, row, columns->email, &isnull), &email, what);
	return ms_row_set(trigger, row, columns->domain, PointerGetDatum(ms_key_build_domain(email.domain)));
}

struct varlena *
ms_owner_of(const TriggerData *trigger, HeapTuple row, const ms_owner_columns *columns)
{
	AttrNumber	column = ms_row_is_null(trigger, row, columns->email) ? columns->domain : columns->email;
	bool		isnull;

	if (ms_row_is_null(trigger, row, column))
		return ms_owner_all();
	return (struct varlena *) DatumGetPointer(ms_row_get(trigger, row, column, &isnull));
}

/* ------------------------------------------------------------------- notices */

/* Whether the transport is of the service virtual. */
static bool
is_virtual(ms_span transport)
{
	transport.len = ms_transport_service_len(transport);
	return ms_span_is(transport, "virtual");
}

static bool
delivered_by_virtual(ms_reader *reader, const struct varlena *owner)
{
	ms_key_view view = ms_key_view_of(owner);
	const ms_scan *user = NULL;
	ms_hosted	hosted;

	if (view.domain.len == 0 || !ms_find_hosted(reader, view.domain, &hosted))
		return false;
	if (view.class == MS_KEY_ADDRESS && (user = ms_find_user(reader, &hosted, view.local)) == NULL)
		return false;
	return is_virtual(ms_transport_of(user, &hosted).transport);
}

void
ms_notice_no_sieve(const struct varlena *owner, const char *what)
{
	ms_reader	reader;
	ms_key_view view = ms_key_view_of(owner);
	bool		in_vain;

	ms_reader_begin(&reader, RegisterSnapshot(ms_rule_snapshot()));
	in_vain = delivered_by_virtual(&reader, owner);
	ms_reader_end(&reader);
	UnregisterSnapshot(reader.snapshot);
	if (in_vain)
		ereport(NOTICE,
				(errmsg("%s of \"%s\" does nothing as long as virtual delivers the mail", what, ms_key_to_cstring(&view)),
				 errdetail("virtual(8) of Postfix runs no Sieve; Dovecot's LDA and LMTP do."),
				 errhint("SELECT * FROM mailstack.switch_transport(%s, 'dovecot')",
						 quote_literal_cstr(ms_key_to_cstring(&view)))));
}

/* ------------------------------------------------------------------ by its name */

struct varlena *
ms_owner_all(void)
{
	return ms_key_from_text(ms_span_of_text(MS_OWNER_ALL));
}

struct varlena *
ms_owner_named(ms_span name)
{
	struct varlena *key = ms_key_from_text(name);
	ms_key_class class = ms_key_view_of(key).class;

	if (class != MS_KEY_ADDRESS && class != MS_KEY_DOMAIN && !ms_span_is(name, MS_OWNER_ALL))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%.*s\" owns no filters and no scripts", (int) name.len, name.data),
				 errhint("The owner is a user, by the address; a domain; or * for all users of all domains.")));
	return key;
}

/* The columns email and domain of an owner. */
PG_FUNCTION_INFO_V1(ms_sieve_owner);
Datum
ms_sieve_owner(PG_FUNCTION_ARGS)
{
	Datum		values[2];
	bool		nulls[2];
	TupleDesc	desc;
	struct varlena *key;
	ms_key_class class;

	ms_refuse_null(fcinfo, 0, "owner");
	key = ms_owner_named(MS_GETARG_SPAN(0));
	class = ms_key_view_of(key).class;
	values[0] = values[1] = PointerGetDatum(key);
	nulls[0] = class != MS_KEY_ADDRESS;
	nulls[1] = class != MS_KEY_DOMAIN;
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "sieve_owner returns a row");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}
