/*
 * explain_log_spi.c
 *	  explain_log(): what a line of a log comes to, with what the tables say now
 *	  of the address in it.
 */
#include "lookup/resolve.h"

#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"

#include "explain/log_line.h"
#include "route/explain.h"
#include "route/way.h"
#include "schema/delegates.h"

/* No daemon writes longer lines. */
#define LINE_MAX_READ 8192

typedef struct explanation
{
	ms_question question;		/* its reader is open */
	ms_captures captures;
	ms_span		address;		/* of the captures; empty where there is none */
	const char *mend;			/* what makes it take mail, in words for: */
	ms_captures found;			/* the address and the domain where it was found */
} explanation;

/* What makes an address take mail, for each reason why it does not. */
static const char *const mends[] = {
	[MS_NOT_REFUSED] = "Nothing has to be done now.",
	[MS_NO_SUCH_ADDRESS] = "INSERT INTO mailstack.users(email) VALUES ('{address}') makes a mailbox,"
	" INSERT INTO mailstack.aliases(alias, email) VALUES ('{address}', ...) an alias.",
	[MS_DOMAIN_INACTIVE] = "UPDATE mailstack.domains SET active = true WHERE domain::text = '{domain}';",
	[MS_DOMAIN_REFUSES] = "UPDATE mailstack.domains SET receive = 'accept' WHERE domain::text = '{domain}';",
	[MS_USER_INACTIVE] = "UPDATE mailstack.users SET active = true WHERE email::text = '{address}';",
	[MS_USER_REFUSES] = "UPDATE mailstack.users SET receive = 'accept' WHERE email::text = '{address}';",
	[MS_TRANSPORT_ERROR] = "UPDATE mailstack.users SET transport = NULL WHERE email::text = '{address}';"
	" or SELECT * FROM mailstack.switch_transport('{domain}', transport); whichever is error.",
	[MS_MOVED] = "DELETE FROM mailstack.relocated WHERE email::text = '{address}'; if that is no longer so.",
	[MS_NO_DESTINATION] = "All destinations of {address} are switched off, or take no mail themselves.",
	[MS_ROW_INACTIVE] = "UPDATE mailstack.aliases SET active = true WHERE alias::text = '{address}';",
	[MS_ROW_EXPIRED] = "UPDATE mailstack.aliases SET expires = NULL WHERE alias::text = '{address}';",
	[MS_DOMAIN_DEFERS] = "UPDATE mailstack.domains SET receive = 'accept' WHERE domain::text = '{domain}';",
	[MS_USER_DEFERS] = "UPDATE mailstack.users SET receive = 'accept' WHERE email::text = '{address}';",
	[MS_TRANSPORT_RETRY] = "UPDATE mailstack.users SET transport = NULL WHERE email::text = '{address}';"
	" or SELECT * FROM mailstack.switch_transport('{domain}', transport); whichever is retry.",
};
#define MEND_NOT_HOSTED "INSERT INTO mailstack.domains(domain) VALUES ('{domain}') hosts the domain, if it is ours."
#define MEND_RELAY "INSERT INTO mailstack.relay_recipients(recipient) VALUES ('{address}');"
#define MEND_ALIAS_DOMAIN "INSERT INTO mailstack.aliases(alias, email) VALUES ('{address}', ...) makes an alias."

/* What stands behind the last @. */
static ms_span
domain_of(ms_span address)
{
	size_t		at = address.len;

	while (at > 0 && address.data[at - 1] != '@')
		at--;
	return ms_span_from(address, at);
}

/* Within a literal of SQL, quotes are doubled. */
static void
append_value(StringInfo out, ms_span value, bool in_quotes)
{
	size_t		i;

	for (i = 0; i < value.len; i++)
	{
		if (in_quotes && value.data[i] == '\'')
			appendStringInfoChar(out, '\'');
		appendStringInfoChar(out, value.data[i]);
	}
}

/* ------------------------------------------------------ what the tables say now */

static void
keep_verdict(const ms_way_step *step, void *arg)
{
	StringInfo	out = arg;

	if (step->kind == MS_WAY_ACCEPTED)
		appendStringInfoString(out, "Now its mail is taken.");
	if (step->kind == MS_WAY_DEFERRED || step->kind == MS_WAY_REFUSED)
		appendStringInfo(out, "Now it is %s: %s.", step->kind == MS_WAY_REFUSED ? "refused" : "deferred",
						 step->reason != NULL ? step->reason : step->reply);
	if (step->kind == MS_WAY_NO_ADDRESS)
		appendStringInfoString(out, "It is no address.");
}

static void
append_route(StringInfo out, explanation *e)
{
	if (ms_is_delegate(GetUserId()))
		appendStringInfoString(out, "route() says what becomes of it now.");
	else
		(void) ms_way_of_address(&e->question, e->address, keep_verdict, out);
}

static void
set_mend(explanation *e, const char *words, ms_span address, ms_span domain)
{
	ms_captures found = {2, {{ms_span_of_text("address"), address}, {ms_span_of_text("domain"), domain}}};

	e->mend = words;
	e->found = found;
}

/* The name by which an address was found; that of a catch-all has no local part. */
static char *
found_name(const ms_step *step)
{
	ms_span		domain = ms_hosted_name(&step->hosted);

	if (step->found_by == MS_BY_CATCHALL)
		return psprintf("@%.*s", (int) domain.len, domain.data);
	return ms_address_to_cstring(step->local, domain);
}

static void
mend_hosted(explanation *e, const ms_hosted *hosted, ms_span local)
{
	ms_step		step;
	const char *words;

	if (!hosted->active)
	{
		set_mend(e, mends[MS_DOMAIN_INACTIVE], e->address, ms_hosted_name(hosted));
		return;
	}
	ms_resolve(&e->question.reader, hosted, local, ms_local_part_split(local, ms_settings_delimiters()), MS_AS_IT_IS, &step);
	words = mends[step.refusal];
	if (step.refusal == MS_NO_SUCH_ADDRESS)
	{
		if (hosted->class == MS_RELAY)
			words = MEND_RELAY;
		else if (hosted->class == MS_VIRTUAL_ALIAS || hosted->mirrored != NULL)
			words = MEND_ALIAS_DOMAIN;
		step.local = local;
		step.hosted = *hosted;
	}
	set_mend(e, words, ms_span_of_text(found_name(&step)), ms_hosted_name(&step.hosted));
}

/* Looks for what makes the address take mail. */
static void
find_mend(explanation *e)
{
	ms_key	   *key = palloc(sizeof(ms_key));
	ms_fault	unused;
	ms_hosted	hosted;

	if (!ms_address_parse(e->address, key, &unused))
		set_mend(e, "The sender has to correct it.", e->address, domain_of(e->address));
	else if (ms_is_delegate(GetUserId()))
		set_mend(e, "Do what route() says.", e->address, domain_of(e->address));
	else if (ms_find_hosted(&e->question.reader, ms_span_of(key->domain, key->domain_len), &hosted))
		mend_hosted(e, &hosted, ms_span_of(key->local, key->local_len));
	else
		set_mend(e, MEND_NOT_HOSTED, e->address, ms_span_of(key->domain, key->domain_len));
}

/* -------------------------------------------------------------------- the words */

static void
append_words(StringInfo out, const char *words, explanation *e, const ms_captures *captures)
{
	ms_piece	piece;

	while (ms_piece_next(&words, &piece))
	{
		ms_span		value = ms_captures_find(captures, piece.gap);

		appendBinaryStringInfo(out, piece.text.data, piece.text.len);
		if (!piece.has_gap)
			break;
		if (ms_span_is(piece.gap, "route"))
			append_route(out, e);
		else if (ms_span_is(piece.gap, "mend"))
			append_words(out, e->mend, e, &e->found);
		else if (ms_span_is(piece.gap, "mailbox"))
			value = ms_captures_find(&e->found, ms_span_of_text("address"));
		else if (value.len == 0 && ms_span_is(piece.gap, "domain"))
			value = domain_of(e->address);
		append_value(out, value, piece.text.len > 0 && piece.text.data[piece.text.len - 1] == '\'');
	}
}

static Datum
words_datum(const char *words, explanation *e, bool *isnull)
{
	StringInfoData out;

	initStringInfo(&out);
	append_words(&out, words, e, &e->captures);
	return ms_readable_text(out.data, isnull);
}

/* What of a text may be a line: its begin, without what ends it. */
static ms_span
line_of(ms_span text)
{
	if (text.len > LINE_MAX_READ)
		text.len = pg_mbcliplen(text.data, text.len, LINE_MAX_READ);
	while (text.len > 0 && strchr("\r\n \t", text.data[text.len - 1]) != NULL)
		text.len--;
	return text;
}

static void
put_problem(ReturnSetInfo *set, const ms_log_problem *problem, explanation *e)
{
	Datum		values[3];
	bool		nulls[3];

	e->address = ms_captures_find(&e->captures, ms_span_of_text("address"));
	find_mend(e);
	values[0] = ms_readable_text(problem->name, &nulls[0]);
	values[1] = words_datum(problem->meaning, e, &nulls[1]);
	values[2] = words_datum(problem->remedy, e, &nulls[2]);
	tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
}

PG_FUNCTION_INFO_V1(ms_explain_log);
Datum
ms_explain_log(PG_FUNCTION_ARGS)
{
	explanation e;
	const ms_log_problem *problem;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	problem = ms_log_problem_of(line_of(MS_GETARG_SPAN(0)), &e.captures);
	if (problem == NULL)
		return (Datum) 0;
	ms_reader_begin(&e.question.reader, GetActiveSnapshot());
	put_problem((ReturnSetInfo *) fcinfo->resultinfo, problem, &e);
	ms_reader_end(&e.question.reader);
	return (Datum) 0;
}
