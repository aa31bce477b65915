/*
 * switch_spi.c
 *	  Switching the transport of a domain, of a share of its users, or of one
 *	  user: preview, switch, revert.
 *
 * A switch is an UPDATE of one row of domains or users; the triggers there keep
 * the rules and the log, so that a plain UPDATE does the same.
 */
#include "base/base.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "mailkey/mailkey_datum.h"
#include "schema/admin.h"
#include "schema/config.h"
#include "schema/switch.h"

/* The change that the switch under way takes back; 0 while it takes back none. */
static int64 reverting = 0;

int64
ms_switch_reverts(void)
{
	return reverting;
}

/* How mail is delivered: what the table says, as text. */
typedef struct delivery
{
	char	   *transport;		/* of a user: his own, or NULL */
	char	   *staged;			/* of a domain: while there is a stage, else NULL; so is share */
	char	   *share;
} delivery;

/* --------------------------------------------------------------- statements */

static ms_statement lock_domain = {
	"SELECT transport, staged_transport, staged_share, alias_of FROM mailstack.domains"
	" WHERE domain OPERATOR(mailstack.=) $1 FOR NO KEY UPDATE", 1, NULL
};
static ms_statement lock_user = {
	"SELECT transport, NULL, NULL FROM mailstack.users"
	" WHERE email OPERATOR(mailstack.=) $1 FOR NO KEY UPDATE", 1, NULL
};
static ms_statement update_domain = {
	"UPDATE mailstack.domains SET transport = $2::mailstack.mail_transport,"
	" staged_transport = $3::mailstack.mail_transport, staged_share = $4::real"
	" WHERE domain OPERATOR(mailstack.=) $1", 4, NULL
};
static ms_statement update_user = {
	"UPDATE mailstack.users SET transport = $2::mailstack.mail_transport"
	" WHERE email OPERATOR(mailstack.=) $1", 2, NULL
};

/*
 * The change to be taken back.  Open is one that takes back none and has not
 * been taken back: a revert takes back all from the one that it names on.  Of
 * the open ones, the last; but where it only raises the share of a stage, to
 * the whole maybe, the one that began the stage.  Transports hold no blanks, so
 * that one text tells how mail was delivered before and after.
 *
 * A row that was deleted and made anew has the log of its former life, which
 * does not count: the log has to have led to what there is now.
 */
#define FIND_CHANGE(row, now, condition) \
	"WITH change AS (SELECT c.*," \
	"   concat_ws(' ', c.from_transport, c.from_staged, c.from_share) AS before," \
	"   concat_ws(' ', c.to_transport, c.to_staged, c.to_share) AS after," \
	"   min(c.reverts) OVER (ORDER BY c.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS taken," \
	"   " now " AS now" \
	"  FROM " row " JOIN mailstack.transport_changes c ON " condition " AND c.changed_at >= o.created)," \
	" open AS (SELECT *, last_value(after) OVER all_open = now AS led_here," \
	"   lag(after) OVER (ORDER BY id) = before AND from_staged::text = coalesce(to_staged, to_transport)::text" \
	"    AND (to_staged IS NULL OR from_transport::text = to_transport::text) AS goes_on" \
	"  FROM change WHERE reverts IS NULL AND (taken IS NULL OR taken > id)" \
	"  WINDOW all_open AS (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING))" \
	" SELECT from_transport, from_staged, from_share, id FROM open" \
	" WHERE led_here AND goes_on IS NOT TRUE ORDER BY id DESC LIMIT 1"

static ms_statement find_change_of_domain = {
	FIND_CHANGE("mailstack.domains o", "concat_ws(' ', o.transport, o.staged_transport, o.staged_share)",
				"o.domain OPERATOR(mailstack.=) $1 AND c.domain OPERATOR(mailstack.=) o.domain AND c.email IS NULL"),
	1, NULL
};
static ms_statement find_change_of_user = {
	FIND_CHANGE("mailstack.users o", "concat_ws(' ', o.transport)",
				"o.email OPERATOR(mailstack.=) $1 AND c.domain OPERATOR(mailstack.=) o.domain"
				" AND c.email OPERATOR(mailstack.=) o.email"),
	1, NULL
};

#define IN_SHARE "($3 IS NULL OR mailstack.address_share(u.email) < $3::real)"

#define COUNT_USERS(key, moves) \
	"SELECT count(*)," \
	" count(*) FILTER (WHERE " moves " AND " IN_SHARE ")," \
	" count(*) FILTER (WHERE NOT (" moves "))," \
	" count(*) FILTER (WHERE " moves " AND u.uid <> s.runs_as)," \
	" count(*) FILTER (WHERE " moves " AND " IN_SHARE " AND s.service = 'lmtp' AND (octet_length(u.email::text) <> length(u.email::text)" \
	"  OR strpos('.' || u.domain::text, '.xn--') > 0))" \
	" FROM mailstack.users u LEFT JOIN mailstack.transport_services s" \
	" ON s.service = split_part($2, ':', 1)" \
	" WHERE u." key " OPERATOR(mailstack.=) $1"

static ms_statement count_users = {COUNT_USERS("domain", "u.transport IS NULL"), 3, NULL};
static ms_statement count_user = {COUNT_USERS("email", "true"), 3, NULL};

/* What is switched, and the statements for it. */
typedef struct target
{
	bool		is_user;
	char	   *name;
	ms_statement *lock;
	ms_statement *update;
	ms_statement *find_change;
	ms_statement *count;
} target;

/* The answer is in SPI_tuptable. */
static void
run(ms_statement *statement, const target *t, const delivery *d)
{
	const char *args[4] = {t->name};

	if (d != NULL)
	{
		args[1] = d->transport;
		args[2] = d->staged;
		args[3] = d->share;
	}
	ms_statement_run(statement, args);
}

/* A column of the first row of the answer, in the caller's memory; NULL for NULL. */
static char *
answer(int column, MemoryContext caller)
{
	char	   *value = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);

	return value == NULL ? NULL : MemoryContextStrdup(caller, value);
}

static delivery
answered_delivery(MemoryContext caller)
{
	delivery	d = {answer(1, caller), answer(2, caller), answer(3, caller)};

	return d;
}

/* ---------------------------------------------------------------- arguments */

/* Neither a domain nor an address: says what is wrong with what it looks like. */
static void
refuse_target(const char *name)
{
	ms_span		text = ms_span_of_text(name);
	bool		is_address = strchr(name, '@') != NULL;
	ms_key		key;
	ms_fault	fault;

	if (!(is_address ? ms_address_parse(text, &key, &fault) : ms_domain_parse(text, &key, &fault)))
		ms_report_fault(NULL, is_address ? "mail_address" : "mail_domain", text, &fault);
}

static target
target_argument(FunctionCallInfo fcinfo)
{
	target		t = {false, NULL, &lock_domain, &update_domain, &find_change_of_domain, &count_users};
	ms_key_view view;

	ms_refuse_null(fcinfo, 0, "target");
	view = MS_GETARG_KEY(0);
	t.name = ms_key_to_cstring(&view);
	if (view.class == MS_KEY_ADDRESS)
	{
		target		user = {true, t.name, &lock_user, &update_user, &find_change_of_user, &count_user};

		return user;
	}
	if (view.class != MS_KEY_DOMAIN)
		refuse_target(t.name);
	return t;
}

/* A transport's stored bytes are its text.  NULL gives a user back that of the domain. */
static char *
transport_argument(FunctionCallInfo fcinfo, const target *t)
{
	ms_span		s;

	if (t->is_user && PG_ARGISNULL(1))
		return NULL;
	ms_refuse_null(fcinfo, 1, "transport");
	s = MS_GETARG_SPAN(1);
	return pnstrdup(s.data, s.len);
}

/* As text; NULL for the whole domain, which a share of 1 is, too. */
static char *
share_argument(FunctionCallInfo fcinfo, const target *t)
{
	float4		share;
	char	   *text;

	if (PG_ARGISNULL(2))
		return NULL;
	share = PG_GETARG_FLOAT4(2);
	text = DatumGetCString(DirectFunctionCall1(float4out, Float4GetDatum(share)));
	if (t->is_user)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is one user, who has no share of %s", t->name, text),
				 errhint("Leave the share out, or name the domain.")));
	if (!(share > 0 && share <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s is no share of a domain's users", text),
				 errdetail("A share lies above 0, and is 1 for all of them."),
				 errhint("Ten percent are 0.1. revert_transport() takes a share back.")));
	return share < 1 ? text : NULL;
}

/* ------------------------------------------------------------------- switch */

static void
refuse_no_transport(const target *t, const char *mirrored)
{
	if (mirrored != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("domain \"%s\" has no transport", t->name),
				 errdetail("It mirrors \"%s\": its mail is delivered there.", mirrored),
				 errhint("Switch \"%s\".", mirrored)));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("domain \"%s\" has no transport", t->name),
			 errdetail("It is of class virtual_alias: its mail is delivered where its aliases lead."),
			 errhint("Switch the domains of the destinations.")));
}

/*
 * How the target is delivered, and its row locked, so that of two switches at
 * once the second sees what the first has made.
 */
static delivery
lock_target(const target *t, MemoryContext caller)
{
	delivery	d;

	run(t->lock, t, NULL);
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 t->is_user ? errmsg("there is no user \"%s\"", t->name)
				 : errmsg("domain \"%s\" is not hosted here", t->name),
				 t->is_user ? errhint("SELECT email FROM mailstack.users lists those that are.")
				 : errhint("SELECT domain FROM mailstack.domains lists those that are.")));
	d = answered_delivery(caller);
	if (!t->is_user && d.transport == NULL)
		refuse_no_transport(t, answer(4, caller));
	return d;
}

static bool
is_same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
is_same(const delivery *a, const delivery *b)
{
	return is_same_text(a->transport, b->transport) && is_same_text(a->staged, b->staged) &&
		is_same_text(a->share, b->share);
}

/* What a switch to a transport, of a share or of all, makes of what there is. */
static delivery
wanted(const delivery *from, char *transport, char *share)
{
	delivery	whole = {transport, NULL, NULL};
	delivery	stage = {from->transport, transport, share};

	if (share == NULL || (from->staged == NULL && strcmp(from->transport, transport) == 0))
		return whole;
	return stage;
}

/* Makes the switch; false where there is nothing to change. */
static bool
switch_to(const target *t, const delivery *from, const delivery *to)
{
	MemoryContext context = CurrentMemoryContext;

	if (is_same(from, to))
		return false;
	PG_TRY();
	{
		run(t->update, t, to);
	}
	PG_CATCH();
	{
		ms_rethrow_without_context(context);
	}
	PG_END_TRY();
	return true;
}

/* ------------------------------------------------------------------ results */

/* Of a domain on its way, the transport that it goes to. */
static char *
headed_for(const delivery *d)
{
	return d->staged != NULL ? d->staged : d->transport;
}

static void
notice_unchanged(const target *t, const delivery *d)
{
	if (t->is_user && d->transport == NULL)
		ereport(NOTICE,
				(errmsg("user \"%s\" has no transport of its own already", t->name)));
	else if (t->is_user)
		ereport(NOTICE,
				(errmsg("user \"%s\" is delivered by \"%s\" already", t->name, d->transport)));
	else if (d->staged != NULL)
		ereport(NOTICE,
				(errmsg("a share of %s of domain \"%s\" is delivered by \"%s\" already", d->share, t->name, d->staged)));
	else
		ereport(NOTICE,
				(errmsg("domain \"%s\" is delivered by \"%s\" already", t->name, d->transport)));
}

/* What an operator may not have meant. */
static void
notice_way_back(const target *t, const delivery *from, const delivery *to)
{
	if (t->is_user && to->transport == NULL)
		ereport(NOTICE,
				(errmsg("user \"%s\" is delivered as its domain says again", t->name)));
	if (from->share != NULL && to->share != NULL && is_same_text(from->staged, to->staged) &&
		strtof(to->share, NULL) < strtof(from->share, NULL))
		ereport(NOTICE,
				(errmsg("the share of domain \"%s\" goes down from %s to %s", t->name, from->share, to->share),
				 errdetail("Who is in between is delivered by \"%s\" again.", to->transport)));
}

static Datum
switched(FunctionCallInfo fcinfo, const target *t, const delivery *from, const delivery *to, bool changed)
{
	char	   *columns[4] = {headed_for(from), headed_for(to), to->share, changed ? "t" : "f"};

	if (changed)
		notice_way_back(t, from, to);
	else
		notice_unchanged(t, to);
	return ms_result_row(fcinfo, columns);
}

PG_FUNCTION_INFO_V1(ms_switch_transport);
Datum
ms_switch_transport(PG_FUNCTION_ARGS)
{
	target		t = target_argument(fcinfo);
	char	   *transport = transport_argument(fcinfo, &t);
	char	   *share = share_argument(fcinfo, &t);
	MemoryContext caller = CurrentMemoryContext;
	delivery	from;
	delivery	to;
	bool		changed;

	SPI_connect();
	from = lock_target(&t, caller);
	to = wanted(&from, transport, share);
	changed = switch_to(&t, &from, &to);
	SPI_finish();
	return switched(fcinfo, &t, &from, &to, changed);
}

/* ------------------------------------------------------------------- revert */

/* The change to be taken back, and how mail was delivered before it. */
static int64
find_change(const target *t, MemoryContext caller, delivery *before)
{
	run(t->find_change, t, NULL);
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no change of the transport of %s \"%s\" to take back",
						t->is_user ? "user" : "domain", t->name),
				 errhint("SELECT * FROM mailstack.transport_changes shows what there was.")));
	*before = answered_delivery(caller);
	if (!t->is_user && before->transport == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the last change of domain \"%s\" was one of its class", t->name),
				 errhint("Change the class back by UPDATE mailstack.domains.")));
	return strtoll(answer(4, caller), NULL, 10);
}

PG_FUNCTION_INFO_V1(ms_revert_transport);
Datum
ms_revert_transport(PG_FUNCTION_ARGS)
{
	target		t = target_argument(fcinfo);
	MemoryContext caller = CurrentMemoryContext;
	delivery	from;
	delivery	to;
	bool		changed = false;
	int64		change;

	SPI_connect();
	from = lock_target(&t, caller);
	change = find_change(&t, caller, &to);
	PG_TRY();
	{
		reverting = change;
		changed = switch_to(&t, &from, &to);
	}
	PG_FINALLY();
	{
		reverting = 0;
	}
	PG_END_TRY();
	SPI_finish();
	return switched(fcinfo, &t, &from, &to, changed);
}

/* ------------------------------------------------------------------ preview */

/*
 * Makes the switch in a subtransaction that is always rolled back, and returns
 * what refused it, or NULL.
 */
static char *
try_switch(const target *t, const delivery *from, const delivery *to)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	char	   *volatile problem = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		(void) switch_to(t, from, to);
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

/* No reason to refuse it: it may be another LMTP server than Dovecot, or one that was built otherwise. */
static void
warn_of_smtputf8(const target *t, const char *transport, const char *users)
{
	if (strcmp(users, "0") == 0)
		return;
	ereport(WARNING,
			(t->is_user ? errmsg("user \"%s\" has an address with letters beyond ASCII", t->name)
			 : errmsg_plural("%s user of domain \"%s\" has an address with letters beyond ASCII",
							 "%s users of domain \"%s\" have addresses with letters beyond ASCII",
							 strtoul(users, NULL, 10), users, t->name),
			 errdetail("Mail to an address in such letters goes back to its sender where \"%s\" leads to Dovecot,"
					   " whose LMTP, as Debian builds it, has no SMTPUTF8.", transport),
			 errhint("Postfix's virtual and Dovecot's LDA (dovecot) deliver it.")));
}

PG_FUNCTION_INFO_V1(ms_preview_transport);
Datum
ms_preview_transport(PG_FUNCTION_ARGS)
{
	target		t = target_argument(fcinfo);
	char	   *transport = transport_argument(fcinfo, &t);
	char	   *share = share_argument(fcinfo, &t);
	MemoryContext caller = CurrentMemoryContext;
	delivery	counted = {transport, share, NULL};
	delivery	from;
	delivery	to;
	char	   *problem;
	char	   *columns[7];
	int			i;

	SPI_connect();
	from = lock_target(&t, caller);
	to = wanted(&from, transport, share);
	problem = try_switch(&t, &from, &to);
	run(t.count, &t, &counted);
	columns[0] = headed_for(&from);
	columns[1] = transport;
	for (i = 0; i < 4; i++)
		columns[2 + i] = answer(1 + i, caller);
	if (transport != NULL)
		warn_of_smtputf8(&t, transport, answer(5, caller));
	columns[6] = problem == NULL ? NULL : MemoryContextStrdup(caller, problem);
	SPI_finish();
	return ms_result_row(fcinfo, columns);
}
