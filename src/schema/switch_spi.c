/*
 * switch_spi.c
 *	  Switching a domain's transport: preview, switch, revert.
 *
 * A switch is an UPDATE of one row of domains; the triggers there keep the
 * rules and the log, so that a plain UPDATE does the same.
 */
#include "base/base.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "mailkey/mailkey_datum.h"
#include "schema/config.h"
#include "schema/switch.h"

/* The change that the switch under way takes back; 0 while it takes back none. */
static int64 reverting = 0;

int64
ms_switch_reverts(void)
{
	return reverting;
}

static ms_statement lock_row = {
	"SELECT transport, alias_of FROM mailstack.domains"
	" WHERE domain OPERATOR(mailstack.=) $1 FOR NO KEY UPDATE", 1, NULL
};
static ms_statement update_row = {
	"UPDATE mailstack.domains SET transport = $2::mailstack.mail_transport"
	" WHERE domain OPERATOR(mailstack.=) $1", 2, NULL
};
static ms_statement find_last_change = {
	"SELECT c.id, c.from_transport, c.to_transport FROM mailstack.transport_changes c"
	" WHERE c.domain OPERATOR(mailstack.=) $1 AND c.reverts IS NULL"
	" AND NOT EXISTS (SELECT FROM mailstack.transport_changes r WHERE r.reverts = c.id)"
	" ORDER BY c.id DESC LIMIT 1", 1, NULL
};
static ms_statement count_users = {
	"SELECT count(*), count(*) FILTER (WHERE u.transport IS NOT NULL),"
	" count(*) FILTER (WHERE u.transport IS NULL AND u.uid <> s.runs_as)"
	" FROM mailstack.users u LEFT JOIN mailstack.transport_services s"
	" ON s.service = split_part($2, ':', 1)"
	" WHERE u.domain OPERATOR(mailstack.=) $1", 2, NULL
};

/* The answer is in SPI_tuptable. */
static void
run(ms_statement *statement, const char *domain, const char *transport)
{
	const char *args[2] = {domain, transport};

	ms_statement_run(statement, args);
}

/* A column of the first row of the answer; NULL for NULL. */
static char *
answer(int column)
{
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);
}

/* A NULL, from a typing error in a script say, must not look like a switch that was made. */
static void
refuse_null(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the %s is NULL", name)));
}

static char *
domain_argument(FunctionCallInfo fcinfo)
{
	ms_key_view view;

	refuse_null(fcinfo, 0, "domain");
	view = MS_GETARG_KEY(0);
	return ms_key_to_cstring(&view);
}

/* A transport's stored bytes are its text. */
static char *
transport_argument(FunctionCallInfo fcinfo)
{
	ms_span		s;

	refuse_null(fcinfo, 1, "transport");
	s = MS_GETARG_SPAN(1);
	return pnstrdup(s.data, s.len);
}

/*
 * The transport of a domain, and its row locked, so that of two switches at
 * once the second sees what the first has made.
 */
static char *
lock_domain(const char *domain)
{
	char	   *transport;
	char	   *mirrored;

	run(&lock_row, domain, NULL);
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("domain \"%s\" is not hosted here", domain),
				 errhint("SELECT domain FROM mailstack.domains lists those that are.")));
	transport = answer(1);
	mirrored = answer(2);
	if (transport == NULL && mirrored != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("domain \"%s\" has no transport", domain),
				 errdetail("It mirrors \"%s\": its mail is delivered there.", mirrored),
				 errhint("Switch \"%s\".", mirrored)));
	if (transport == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("domain \"%s\" has no transport", domain),
				 errdetail("It is of class virtual_alias: its mail is delivered where its aliases lead."),
				 errhint("Switch the domains of the destinations.")));
	return transport;
}

/* The statement of ours that a rule refused says nothing to the operator. */
static void
rethrow_without_context(MemoryContext context)
{
	ErrorData  *error;

	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	FlushErrorState();
	error->context = NULL;
	ReThrowError(error);
}

/* Makes the switch; false where there is nothing to change. */
static bool
switch_to(const char *domain, const char *from, const char *to)
{
	MemoryContext context = CurrentMemoryContext;

	if (strcmp(from, to) == 0)
		return false;
	PG_TRY();
	{
		run(&update_row, domain, to);
	}
	PG_CATCH();
	{
		rethrow_without_context(context);
	}
	PG_END_TRY();
	return true;
}

/* The result row, from the text of its columns; NULL for NULL. */
static Datum
result_row(FunctionCallInfo fcinfo, char **columns)
{
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(BuildTupleFromCStrings(TupleDescGetAttInMetadata(desc), columns));
}

static Datum
switched(FunctionCallInfo fcinfo, const char *domain, char *from, char *to, bool changed)
{
	char	   *columns[3] = {from, to, changed ? "t" : "f"};

	if (!changed)
		ereport(NOTICE,
				(errmsg("domain \"%s\" is delivered by \"%s\" already", domain, to)));
	return result_row(fcinfo, columns);
}

PG_FUNCTION_INFO_V1(ms_switch_transport);
Datum
ms_switch_transport(PG_FUNCTION_ARGS)
{
	char	   *domain = domain_argument(fcinfo);
	char	   *to = transport_argument(fcinfo);
	MemoryContext caller = CurrentMemoryContext;
	char	   *from;
	bool		changed;

	SPI_connect();
	from = MemoryContextStrdup(caller, lock_domain(domain));
	changed = switch_to(domain, from, to);
	SPI_finish();
	return switched(fcinfo, domain, from, to, changed);
}

/*
 * The last change that has neither been taken back nor takes one back.  It has
 * to have led to the transport that there is: a domain that was deleted and
 * made anew has the log of its former life.
 */
static int64
last_change(const char *domain, const char *transport, MemoryContext caller, char **to)
{
	char	   *before;

	run(&find_last_change, domain, NULL);
	if (SPI_processed == 0 || answer(3) == NULL || strcmp(answer(3), transport) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no change of the transport of domain \"%s\" to take back", domain),
				 errhint("SELECT * FROM mailstack.transport_changes shows what there was.")));
	before = answer(2);
	if (before == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the last change of domain \"%s\" was one of its class", domain),
				 errhint("Change the class back by UPDATE mailstack.domains.")));
	*to = MemoryContextStrdup(caller, before);
	return strtoll(answer(1), NULL, 10);
}

PG_FUNCTION_INFO_V1(ms_revert_transport);
Datum
ms_revert_transport(PG_FUNCTION_ARGS)
{
	char	   *domain = domain_argument(fcinfo);
	MemoryContext caller = CurrentMemoryContext;
	char	   *from;
	char	   *to;
	bool		changed = false;
	int64		change;

	SPI_connect();
	from = MemoryContextStrdup(caller, lock_domain(domain));
	change = last_change(domain, from, caller, &to);
	PG_TRY();
	{
		reverting = change;
		changed = switch_to(domain, from, to);
	}
	PG_FINALLY();
	{
		reverting = 0;
	}
	PG_END_TRY();
	SPI_finish();
	return switched(fcinfo, domain, from, to, changed);
}

/* ------------------------------------------------------------------ preview */

/*
 * Makes the switch in a subtransaction that is always rolled back, and returns
 * what refused it, or NULL.
 */
static char *
try_switch(const char *domain, const char *from, const char *to)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	char	   *volatile problem = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		(void) switch_to(domain, from, to);
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();

		/* Only a rule is a problem of the switch; a cancel, say, is not. */
		if (ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION)
			ReThrowError(error);
		problem = error->detail == NULL ? error->message :
			psprintf("%s: %s", error->message, error->detail);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return problem;
}

PG_FUNCTION_INFO_V1(ms_preview_transport);
Datum
ms_preview_transport(PG_FUNCTION_ARGS)
{
	char	   *domain = domain_argument(fcinfo);
	char	   *to = transport_argument(fcinfo);
	MemoryContext caller = CurrentMemoryContext;
	char	   *columns[6];
	int			i;

	SPI_connect();
	columns[0] = lock_domain(domain);
	columns[1] = to;
	columns[5] = try_switch(domain, columns[0], to);
	run(&count_users, domain, to);
	for (i = 0; i < 3; i++)
		columns[2 + i] = answer(1 + i);
	for (i = 0; i < 6; i++)
		columns[i] = columns[i] == NULL ? NULL : MemoryContextStrdup(caller, columns[i]);
	SPI_finish();
	return result_row(fcinfo, columns);
}
