/*
 * login_pg.c
 *	  What domains, users and app passwords say of logins: services, networks,
 *	  and why there is none.
 */
#include "schema/login.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "schema/rules.h"

#define REASON_MAX 200			/* as in 1_tables.sql */

static const char *const services[] = {"imap", "pop3", "submission", "sieve", "lmtp"};

/* Names that daemons have for some of them. */
static const struct
{
	const char *name;
	const char *service;
}			other_names[] = {
	{"smtp", "submission"},		/* Postfix asks so, whatever its own service is called */
	{"smtps", "submission"},
	{"submissions", "submission"},
	{"managesieve", "sieve"},
	{"imaps", "imap"},
	{"pop3s", "pop3"},
	{"doveadm", ""},
};

ms_span
ms_login_service(ms_span name)
{
	size_t		i;

	for (i = 0; i < lengthof(other_names); i++)
	{
		if (ms_span_is(name, other_names[i].name))
			return ms_span_of_text(other_names[i].service);
	}
	return name;
}

static bool
is_service(ms_span word)
{
	size_t		i;

	for (i = 0; i < lengthof(services); i++)
	{
		if (ms_span_is(word, services[i]))
			return true;
	}
	return false;
}

/* The elements of an array of text; a NULL among them is an empty span. */
static int
words_of(Datum array, ms_span **words)
{
	Datum	   *values;
	bool	   *nulls;
	int			n;
	int			i;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &n);
	*words = palloc(n * sizeof(ms_span));
	for (i = 0; i < n; i++)
		(*words)[i] = nulls[i] ? MS_NO_SPAN : ms_varlena_span((struct varlena *) DatumGetPointer(values[i]));
	return n;
}

bool
ms_services_have(Datum array, ms_span service)
{
	ms_span    *words;
	int			n = words_of(array, &words);

	while (--n >= 0)
	{
		if (ms_span_equal(words[n], service))
			return true;
	}
	return false;
}

/* ------------------------------------------------------------------- checks */

static void
refuse_service(const TriggerData *trigger, ms_span word, const char *what)
{
	ms_span		meant = ms_login_service(word);

	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("service \"%.*s\" of %s is unknown", (int) word.len, word.data, what),
			 errdetail("Services that one logs in to are imap, pop3, submission, sieve and lmtp."),
			 is_service(meant) ? errhint("Did you mean \"%.*s\"?", (int) meant.len, meant.data) :
			 errhint("NULL allows all, and an empty array none."),
			 errtable(trigger->tg_relation)));
}

static void
check_services(const TriggerData *trigger, HeapTuple row, AttrNumber column, const char *what)
{
	bool		isnull;
	ms_span    *words;
	int			n = words_of(ms_row_get(trigger, row, column, &isnull), &words);
	int			i;

	for (i = 0; i < n; i++)
	{
		if (!is_service(words[i]))
			refuse_service(trigger, words[i], what);
	}
}

static void
check_allow_nets(const TriggerData *trigger, HeapTuple row, AttrNumber column, const char *what)
{
	bool		isnull;
	ArrayType  *nets = DatumGetArrayTypeP(ms_row_get(trigger, row, column, &isnull));

	if (ArrayGetNItems(ARR_NDIM(nets), ARR_DIMS(nets)) > 0 && !array_contains_nulls(nets))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("allow_nets of %s names no network", what),
			 errdetail("Dovecot would not know what to make of it."),
			 errhint("NULL allows logins from everywhere; '{}' of services allows none at all."),
			 errtable(trigger->tg_relation)));
}

static void
check_reason(const TriggerData *trigger, ms_span reason, const char *what)
{
	size_t		i;
	bool		is_line = reason.len > 0 && reason.len <= REASON_MAX;

	for (i = 0; i < reason.len; i++)
		is_line = is_line && (unsigned char) reason.data[i] >= ' ' && reason.data[i] != 0x7f;
	if (!is_line)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("suspended_reason of %s is not one line", what),
				 errdetail("It has 1 to %d octets, and no control characters.", REASON_MAX),
				 errhint("NULL says nothing."),
				 errtable(trigger->tg_relation)));
}

/* Whether the statement itself gives a reason, rather than leaving the one that was there. */
static bool
gives_reason(const TriggerData *trigger, HeapTuple row, AttrNumber reason)
{
	return TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ||
		!ms_span_equal(ms_row_span(trigger, row, reason), ms_row_span(trigger, trigger->tg_trigtuple, reason));
}

static HeapTuple
check_suspension(const TriggerData *trigger, HeapTuple row, AttrNumber active, AttrNumber reason, const char *what)
{
	bool		isnull;
	bool		is_active = DatumGetBool(ms_row_get(trigger, row, active, &isnull));

	check_reason(trigger, ms_row_span(trigger, row, reason), what);
	if (!is_active)
		return row;
	if (gives_reason(trigger, row, reason))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("%s is not suspended, but has a suspended_reason", what),
				 errhint("SET active = false, suspended_reason = '...'"),
				 errtable(trigger->tg_relation)));
	return ms_row_clear(trigger, row, reason);
}

static bool
is_given(const TriggerData *trigger, HeapTuple row, AttrNumber column)
{
	return column != 0 && !ms_row_is_null(trigger, row, column);
}

HeapTuple
ms_check_login(const TriggerData *trigger, HeapTuple row, const ms_login_columns *columns,
			   const char *what, const ms_key_view *key)
{
	bool		has_reason = is_given(trigger, row, columns->suspended_reason);
	bool		has_services = is_given(trigger, row, columns->services);
	bool		has_nets = is_given(trigger, row, columns->allow_nets);
	char	   *name;

	/* What a load of many rows has. */
	if (!has_reason && !has_services && !has_nets)
		return row;
	name = psprintf("%s \"%s\"", what, ms_key_to_cstring(key));
	if (has_services)
		check_services(trigger, row, columns->services, name);
	if (has_nets)
		check_allow_nets(trigger, row, columns->allow_nets, name);
	return has_reason ? check_suspension(trigger, row, columns->active, columns->suspended_reason, name) : row;
}
