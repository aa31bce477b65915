/*
 * explain_spi.c
 *	  route(): why mail for an address goes where it goes.
 */
#include "route/way.h"

#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "route/explain.h"
#include "schema/delegates.h"

static const char *const kinds[] = {
	[MS_WAY_NO_ADDRESS] = "no address",
	[MS_WAY_ADDRESS] = "address",
	[MS_WAY_ALIAS] = "alias",
	[MS_WAY_LEFT_OUT] = "left out",
	[MS_WAY_MAILBOX] = "mailbox",
	[MS_WAY_RELAYED] = "relayed",
	[MS_WAY_FOREIGN] = "foreign",
	[MS_WAY_WAITS] = "waits",
	[MS_WAY_DISCARDED] = "discarded",
	[MS_WAY_BOUNCES] = "bounces",
	[MS_WAY_LOOP] = "loop",
	[MS_WAY_LIMIT] = "limit",
	[MS_WAY_ACCEPTED] = "accepted",
	[MS_WAY_DEFERRED] = "deferred",
	[MS_WAY_REFUSED] = "refused",
};

Datum
ms_readable_text(const char *text, bool *isnull)
{
	StringInfoData out;

	*isnull = text == NULL;
	if (text == NULL)
		return (Datum) 0;
	if (ms_client_can_read(text, strlen(text)))
		return CStringGetTextDatum(text);
	initStringInfo(&out);
	for (; *text != '\0'; text += pg_utf_mblen((const unsigned char *) text))
	{
		if ((*text & 0x80) == 0)
			appendStringInfoChar(&out, *text);
		else
			appendStringInfo(&out, "<U+%04X>", (unsigned) utf8_to_unicode((const unsigned char *) text));
	}
	return PointerGetDatum(cstring_to_text_with_len(out.data, out.len));
}

/* Who asks, and what is told. */
typedef struct telling
{
	ReturnSetInfo *set;
	const ms_delegations *may_see;
	int			elsewhere;		/* the depth at which the way has left the domains of a delegate; INT_MAX: it has not */
	const char *address;		/* the one that it left for; NULL: none yet */
} telling;

/* In the order of route_step in 3_explain.sql. */
static void
put_step(const telling *to, const ms_way_step *step, const char *kind)
{
	bool		is_mailbox = step->home != NULL;
	Datum		values[12];
	bool		nulls[12] = {false};

	values[0] = Int32GetDatum(step->depth);
	values[1] = ms_readable_text(step->address, &nulls[1]);
	values[2] = CStringGetTextDatum(kind);
	values[3] = ms_readable_text(step->detail, &nulls[3]);
	values[4] = ms_readable_text(step->alias, &nulls[4]);
	values[5] = ms_readable_text(step->transport, &nulls[5]);
	values[6] = ms_readable_text(step->home, &nulls[6]);
	values[7] = Int32GetDatum(step->uid);
	values[8] = Int32GetDatum(step->gid);
	values[9] = ms_readable_text(step->mail, &nulls[9]);
	values[10] = ms_readable_text(step->reply, &nulls[10]);
	values[11] = ms_readable_text(step->reason, &nulls[11]);
	nulls[7] = nulls[8] = !is_mailbox;
	tuplestore_putvalues(to->set->setResult, to->set->setDesc, values, nulls);
}

/* Whether the caller may see the rows that say so, which by a mirror are not those of the address's domain. */
static bool
may_see_rows(const telling *to, const ms_way_step *step)
{
	return step->domain == NULL || ms_delegations_cover(to->may_see, ms_span_of_text(step->domain));
}

/* Whether the caller may see what is said of the step's address. */
static bool
may_see(const telling *to, const ms_way_step *step)
{
	ms_key_view key;

	if (!may_see_rows(to, step))
		return false;
	if (to->may_see->everything || step->address == NULL || step->kind == MS_WAY_FOREIGN)
		return true;
	key = ms_key_view_of(ms_key_from_text(ms_span_of_text(step->address)));
	return ms_delegations_cover(to->may_see, key.domain);
}

/*
 * A delegated administrator is told where mail leaves his domains for another
 * domain of this server, and not what becomes of it there.
 */
static void
tell_step(const ms_way_step *step, void *arg)
{
	telling    *to = arg;
	bool		is_verdict = step->kind >= MS_WAY_ACCEPTED;
	ms_way_step told = {.kind = step->kind, .depth = step->depth, .address = step->address};

	if (!is_verdict && step->depth > to->elsewhere)
		return;
	if (!is_verdict && !may_see(to, step))
	{
		if (to->elsewhere != step->depth || to->address == NULL || strcmp(to->address, step->address) != 0)
			put_step(to, &told, "elsewhere");
		to->elsewhere = step->depth;
		to->address = pstrdup(step->address);
		return;
	}
	told = *step;
	if (is_verdict && (to->address != NULL || !may_see_rows(to, step)))
		told.reason = NULL;
	if (!is_verdict)
		to->elsewhere = INT_MAX;
	put_step(to, &told, kinds[step->kind]);
}

/* A question about a domain that the caller does not administer is refused. */
static void
require_address(const telling *to, const char *address)
{
	ms_key_view key;

	if (to->may_see->everything)
		return;
	key = ms_key_view_of(ms_key_from_text(ms_span_of_text(address)));
	if (!ms_delegations_cover(to->may_see, key.domain))
		ms_refuse_domain(key.domain);
}

PG_FUNCTION_INFO_V1(ms_route);
Datum
ms_route(PG_FUNCTION_ARGS)
{
	ms_question question;
	telling		to = {(ReturnSetInfo *) fcinfo->resultinfo, NULL, INT_MAX, NULL};
	char	   *address = text_to_cstring(PG_GETARG_TEXT_PP(0));

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	to.may_see = ms_delegations_of(GetUserId(), GetActiveSnapshot());
	require_address(&to, address);
	ms_reader_begin(&question.reader, GetActiveSnapshot());
	(void) ms_way_of_address(&question, MS_GETARG_SPAN(0), tell_step, &to);
	ms_reader_end(&question.reader);
	return (Datum) 0;
}
