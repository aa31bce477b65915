/*
 * fuzz_sieve.c
 *	  Laws of Sieve scripts.
 *
 * The input is a script, and before its first newline what Pigeonhole's setting
 * sieve_extensions would hold.
 */
#include "sieve/sieve.h"

#include "fuzz.h"
#include "pieces.h"

/* Every problem says something about a place in the script, and they are in its order. */
static void
check_problems(ms_span in, const ms_sieve_problems *problems)
{
	const ms_sieve_problem *problem;
	size_t		offset = 0;
	size_t		count = 0;
	size_t		errors = 0;

	for (problem = problems->first; problem != NULL; problem = problem->next)
	{
		char		text[MS_SIEVE_MAX_MESSAGE];
		size_t		line;
		size_t		column;

		LAW(problem->offset >= offset && problem->offset <= in.len);
		offset = problem->offset;
		ms_sieve_message(problem, text);
		LAW(text[0] != '\0' && strchr(text, '\n') == NULL);
		LAW(!ms_sieve_hint(problem, text) || text[0] != '\0');
		ms_sieve_position(in, problem->offset, &line, &column);
		LAW(line >= 1 && column >= 1);
		errors += ms_sieve_is_error(problem);
		count++;
	}
	LAW(count == problems->count || (count == MS_SIEVE_MAX_PROBLEMS && problems->count > count));
	LAW(errors == problems->errors || problems->count > count);
}

/* Into memory of exactly the size that is needed, or one octet less; to be freed. */
static ms_span
format(ms_span in)
{
	size_t		len = ms_sieve_format(in, NULL, 0);
	char	   *out = malloc(len > 0 ? len : 1);

	if (len > 0)
		LAW(ms_sieve_format(in, out, len - 1) == len);
	LAW(ms_sieve_format(in, out, len) == len);
	return ms_span_of(out, len);
}

/* Formatting changes neither what a script means nor what is formatted. */
static void
check_format(ms_sieve_arena *arena, ms_span in, ms_span extensions)
{
	ms_sieve_problems problems = {0};
	ms_span		once = format(in);
	ms_span		twice = format(once);

	LAW(ms_span_equal(once, twice));
	LAW(ms_sieve_same(ms_sieve_parse(arena, in, &problems), ms_sieve_parse(arena, once, &problems)));
	ms_sieve_check(arena, once, extensions, &problems);
	LAW(problems.errors == 0);
	free_copy(twice);
	free_copy(once);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ms_span		all = ms_span_of((const char *) data, size);
	ms_span		extensions;
	ms_span		script;
	ms_sieve_arena arena = {.more = more};
	ms_sieve_problems problems = {0};

	if (!divide(all, '\n', &extensions, &script))
		return -1;
	script = exact_copy(script);
	extensions = exact_copy(extensions);
	ms_sieve_check(&arena, script, extensions, &problems);
	check_problems(script, &problems);
	if (problems.errors == 0)
		check_format(&arena, script, extensions);
	free_copy(script);
	free_copy(extensions);
	free_pieces();
	return 0;
}
