/*
 * sieve_pg.c
 *	  sieve_script's input and output, and what is asked of a script.
 *
 * A stored value is the text as its author wrote it.
 */
#include "base/strict_type.h"

#include <sodium.h>

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "sieve/script.h"
#include "sieve/sieve.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#define TYPE_NAME "sieve_script"

/* Like Pigeonhole's sieve_extensions, for the same reason: "+editheader -regex". */
#define EXTENSIONS "mailstack.sieve_extensions"

/* Octets of a line that a DETAIL shows. */
#define SHOWN 200

typedef struct checked
{
	MemoryContext context;		/* that holds all the rest, to be deleted */
	ms_sieve_node *script;
	ms_sieve_problems problems;
} checked;

static void *
more(void *context, size_t size)
{
	return MemoryContextAlloc((MemoryContext) context, size);
}

static ms_sieve_arena
arena_in(MemoryContext context)
{
	return (ms_sieve_arena) {.more = more, .context = context};
}

static MemoryContext
new_context(void)
{
	return AllocSetContextCreate(CurrentMemoryContext, "sieve script", ALLOCSET_DEFAULT_SIZES);
}

static ms_span
extensions(void)
{
	const char *setting = GetConfigOption(EXTENSIONS, true, false);

	return setting == NULL ? MS_NO_SPAN : ms_span_of_text(setting);
}

static checked
check(ms_span in)
{
	checked		c = {.context = new_context()};
	ms_sieve_arena arena = arena_in(c.context);

	c.script = ms_sieve_check(&arena, in, extensions(), &c.problems);
	return c;
}

/* ---------------------------------------------------------------- refusals */

static const ms_sieve_problem *
first_error(const checked *c)
{
	const ms_sieve_problem *problem = c->problems.first;

	while (problem != NULL && !ms_sieve_is_error(problem))
		problem = problem->next;
	/* A hundred warnings may have come before it, and filled the list. */
	return problem != NULL ? problem : c->problems.first;
}

/* The line of the script that the offset lies in, without what is in no line of a log. */
static char *
line_at(ms_span in, size_t offset)
{
	size_t		start = Min(offset, in.len);
	size_t		end;
	char	   *line;
	char	   *p;

	while (start > 0 && in.data[start - 1] != '\n')
		start--;
	for (end = start; end < in.len && in.data[end] != '\n';)
		end++;
	line = pnstrdup(in.data + start, pg_mbcliplen(in.data + start, (int) (end - start), SHOWN));
	for (p = line; *p != '\0'; p++)
	{
		if ((unsigned char) *p < ' ')
			*p = ' ';
	}
	return line;
}

static char *
detail(ms_span in, const ms_sieve_problem *problem, size_t errors, size_t line)
{
	char		message[MS_SIEVE_MAX_MESSAGE];
	StringInfoData text;

	ms_sieve_message(problem, message);
	initStringInfo(&text);
	appendStringInfo(&text, "%s\nLine %zu: %s", message, line, line_at(in, problem->offset));
	if (errors > 1)
		appendStringInfo(&text, "\nIt is the first of %zu errors: sieve_check() lists them all.", errors);
	return text.data;
}

/* Returns only where the caller of the input function wants no error to be raised. */
static void
report(struct Node *escontext, ms_span in, const checked *c)
{
	const ms_sieve_problem *problem = first_error(c);
	char	   *hint = palloc(MS_SIEVE_MAX_MESSAGE);
	bool		has_hint = ms_sieve_hint(problem, hint);
	size_t		line;
	size_t		column;

	ms_sieve_position(in, problem->offset, &line, &column);
	ereturn(escontext,,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: line %zu, column %zu", TYPE_NAME, line, column),
			 errdetail("%s", detail(in, problem, c->problems.errors, line)),
			 has_hint ? errhint("%s", hint) : 0));
}

/* ------------------------------------------------------------ input and output */

static Datum
parse_or_report(ms_span in, struct Node *escontext)
{
	checked		c = check(in);
	text	   *result = NULL;

	if (c.problems.errors > 0)
		report(escontext, in, &c);
	else
		result = cstring_to_text_with_len(in.data, (int) in.len);
	MemoryContextDelete(c.context);
	return PointerGetDatum(result);
}

PG_FUNCTION_INFO_V1(ms_sieve_script_in);
Datum
ms_sieve_script_in(PG_FUNCTION_ARGS)
{
	const char *in = PG_GETARG_CSTRING(0);

	return parse_or_report(ms_span_of_text(in), fcinfo->context);
}

PG_FUNCTION_INFO_V1(ms_sieve_script_from_text);
Datum
ms_sieve_script_from_text(PG_FUNCTION_ARGS)
{
	return parse_or_report(MS_GETARG_SPAN(0), fcinfo->context);
}

PG_FUNCTION_INFO_V1(ms_sieve_script_recv);
Datum
ms_sieve_script_recv(PG_FUNCTION_ARGS)
{
	return parse_or_report(ms_recv_versioned((StringInfo) PG_GETARG_POINTER(0), TYPE_NAME), NULL);
}

PG_FUNCTION_INFO_V1(ms_sieve_script_out);
Datum
ms_sieve_script_out(PG_FUNCTION_ARGS)
{
	return ms_strict_out(fcinfo);
}

PG_FUNCTION_INFO_V1(ms_sieve_script_to_text);
Datum
ms_sieve_script_to_text(PG_FUNCTION_ARGS)
{
	return ms_strict_to_text(fcinfo);
}

PG_FUNCTION_INFO_V1(ms_sieve_script_send);
Datum
ms_sieve_script_send(PG_FUNCTION_ARGS)
{
	return ms_strict_send(fcinfo);
}

PG_FUNCTION_INFO_V1(ms_to_sieve_script);
Datum
ms_to_sieve_script(PG_FUNCTION_ARGS)
{
	ms_span		in = MS_GETARG_SPAN(0);
	checked		c = check(in);
	bool		valid = c.problems.errors == 0;

	MemoryContextDelete(c.context);
	if (!valid)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(in.data, (int) in.len));
}

/* -------------------------------------------------------------------- questions */

static Datum
hint_or_null(const ms_sieve_problem *problem, bool *is_null)
{
	char		hint[MS_SIEVE_MAX_MESSAGE];

	*is_null = !ms_sieve_hint(problem, hint);
	return *is_null ? (Datum) 0 : CStringGetTextDatum(hint);
}

PG_FUNCTION_INFO_V1(ms_sieve_check_sql);
Datum
ms_sieve_check_sql(PG_FUNCTION_ARGS)
{
	ms_span		in = MS_GETARG_SPAN(0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const ms_sieve_problem *problem;
	checked		c;

	InitMaterializedSRF(fcinfo, 0);
	c = check(in);
	for (problem = c.problems.first; problem != NULL; problem = problem->next)
	{
		char		message[MS_SIEVE_MAX_MESSAGE];
		size_t		line;
		size_t		column;
		Datum		values[5];
		bool		nulls[5] = {false};

		ms_sieve_message(problem, message);
		ms_sieve_position(in, problem->offset, &line, &column);
		values[0] = CStringGetTextDatum(ms_sieve_is_error(problem) ? "error" : "warning");
		values[1] = Int32GetDatum((int32) line);
		values[2] = Int32GetDatum((int32) column);
		values[3] = CStringGetTextDatum(message);
		values[4] = hint_or_null(problem, &nulls[4]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	MemoryContextDelete(c.context);
	return (Datum) 0;
}

/* Whether it is there already: a script may require a capability twice. */
static bool
is_among(const Datum *names, int count, ms_span name)
{
	int			i;

	for (i = 0; i < count; i++)
	{
		if (ms_span_equal(ms_varlena_span((struct varlena *) DatumGetPointer(names[i])), name))
			return true;
	}
	return false;
}

static ArrayType *
required(const ms_sieve_node *node)
{
	int			count = 0;
	int			room = 8;
	Datum	   *names = palloc(room * sizeof(Datum));
	const ms_sieve_string *string;

	for (; node != NULL && ms_sieve_is(node->name, "require"); node = node->next)
	{
		for (string = node->arguments->strings; string != NULL; string = string->next)
		{
			if (is_among(names, count, string->value))
				continue;
			if (count == room)
				names = repalloc(names, (room *= 2) * sizeof(Datum));
			names[count++] = PointerGetDatum(cstring_to_text_with_len(string->value.data, (int) string->value.len));
		}
	}
	return construct_array(names, count, TEXTOID, -1, false, TYPALIGN_INT);
}

PG_FUNCTION_INFO_V1(ms_sieve_requires);
Datum
ms_sieve_requires(PG_FUNCTION_ARGS)
{
	MemoryContext context = new_context();
	ms_sieve_arena arena = arena_in(context);
	ms_sieve_problems problems = {0};
	ArrayType  *result = required(ms_sieve_parse(&arena, MS_GETARG_SPAN(0), &problems));

	MemoryContextDelete(context);
	PG_RETURN_ARRAYTYPE_P(result);
}

PG_FUNCTION_INFO_V1(ms_sieve_format_sql);
Datum
ms_sieve_format_sql(PG_FUNCTION_ARGS)
{
	ms_span		in = MS_GETARG_SPAN(0);
	size_t		len = ms_sieve_format(in, NULL, 0);
	text	   *result;

	if (len > MS_SIEVE_MAX_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the formatted script would have %zu octets", len),
				 errdetail("Pigeonhole compiles scripts of up to %d.", MS_SIEVE_MAX_SIZE)));
	result = palloc(VARHDRSZ + len);
	ms_sieve_format(in, VARDATA(result), len);
	SET_VARSIZE(result, VARHDRSZ + len);
	PG_RETURN_TEXT_P(result);
}

/* --------------------------------------------------------- for other rooms, too */

/* No key and no state: BLAKE2b needs no sodium_init(). */
void
ms_sieve_id(ms_span script, char out[MS_SIEVE_ID_DIGITS + 1])
{
	unsigned char hash[MS_SIEVE_ID_DIGITS / 2];

	crypto_generichash(hash, sizeof(hash), (const unsigned char *) script.data, script.len, NULL, 0);
	sodium_bin2hex(out, MS_SIEVE_ID_DIGITS + 1, hash, sizeof(hash));
}

PG_FUNCTION_INFO_V1(ms_sieve_id_sql);
Datum
ms_sieve_id_sql(PG_FUNCTION_ARGS)
{
	char		id[MS_SIEVE_ID_DIGITS + 1];

	ms_sieve_id(MS_GETARG_SPAN(0), id);
	PG_RETURN_TEXT_P(cstring_to_text(id));
}

char *
ms_sieve_refusal(ms_span script)
{
	checked		c = check(script);
	char	   *words = NULL;

	if (c.problems.errors > 0)
	{
		const ms_sieve_problem *problem = first_error(&c);
		size_t		line;
		size_t		column;

		ms_sieve_position(script, problem->offset, &line, &column);
		words = detail(script, problem, 1, line);
	}
	MemoryContextDelete(c.context);
	return words;
}
