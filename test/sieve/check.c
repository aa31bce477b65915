/*
 * check.c
 *	  What mailstack's check says about each of the files that are named, for
 *	  test/sieve/run to hold against sievec.
 *
 *	  check [-x EXTENSIONS] FILE...
 *
 * Prints a line for each: "ok" or "refused", the file, and the first error.
 * For an accepted script it checks the laws of the formatter, too.
 */
#include <stdio.h>
#include <stdlib.h>

#include "sieve/sieve.h"

#define MANY 4096

static void *pieces[MANY];
static size_t piece_count;

static void *
more(void *context, size_t size)
{
	(void) context;
	if (piece_count == MANY)
		abort();
	return pieces[piece_count++] = malloc(size);
}

static void
free_all(void)
{
	while (piece_count > 0)
		free(pieces[--piece_count]);
}

static ms_span
read_file(const char *name)
{
	static char text[2 * MS_SIEVE_MAX_SIZE];
	FILE	   *file = fopen(name, "rb");
	size_t		len;

	if (file == NULL)
	{
		perror(name);
		exit(2);
	}
	len = fread(text, 1, sizeof(text), file);
	fclose(file);
	return ms_span_of(text, len);
}

static ms_span
format(ms_span in)
{
	size_t		len = ms_sieve_format(in, NULL, 0);
	char	   *out = malloc(len + 1);

	ms_sieve_format(in, out, len);
	return ms_span_of(out, len);
}

/* NULL, or the law that is broken. */
static const char *
broken_law(ms_sieve_arena *arena, ms_span in)
{
	ms_sieve_problems problems = {0};
	ms_span		once = format(in);
	ms_span		twice = format(once);
	const char *broken = NULL;

	if (!ms_span_equal(once, twice))
		broken = "formatting again changes it";
	else if (!ms_sieve_same(ms_sieve_parse(arena, in, &problems), ms_sieve_parse(arena, once, &problems)) ||
			 problems.errors > 0)
		broken = "formatting changes what it means";
	free((char *) once.data);
	free((char *) twice.data);
	return broken;
}

static void
print_first_error(ms_span in, const ms_sieve_problems *problems)
{
	const ms_sieve_problem *problem = problems->first;
	char		message[MS_SIEVE_MAX_MESSAGE];
	size_t		line;
	size_t		column;

	while (!ms_sieve_is_error(problem))
		problem = problem->next;
	ms_sieve_message(problem, message);
	ms_sieve_position(in, problem->offset, &line, &column);
	printf("\t%zu:%zu: %s", line, column, message);
}

static void
check(const char *name, ms_span extensions)
{
	ms_sieve_arena arena = {.more = more};
	ms_sieve_problems problems = {0};
	ms_span		in = read_file(name);
	const char *law;

	ms_sieve_check(&arena, in, extensions, &problems);
	law = problems.errors == 0 ? broken_law(&arena, in) : NULL;
	printf("%s\t%s", law != NULL ? "broken" : problems.errors > 0 ? "refused" : "ok", name);
	if (law != NULL)
		printf("\t%s", law);
	else if (problems.errors > 0)
		print_first_error(in, &problems);
	putchar('\n');
	free_all();
}

int
main(int argc, char **argv)
{
	ms_span		extensions = MS_NO_SPAN;
	int			i = 1;

	if (argc > 2 && strcmp(argv[1], "-x") == 0)
	{
		extensions = ms_span_of_text(argv[2]);
		i = 3;
	}
	for (; i < argc; i++)
		check(argv[i], extensions);
	return 0;
}
