/*
 * test_log_line.c
 *	  Lines of logs: shapes, what they capture, and that the words of each
 *	  problem ask for nothing else.
 */
#include "explain/log_line.h"

#include <stdlib.h>

#include "tap.h"

static ms_span
span_of(const char *text)
{
	return ms_span_of_text(text);
}

/* In memory of exactly the right size, so that the sanitizer sees more than that. */
static bool
fits(const char *shape, const char *text, ms_captures *captures)
{
	static char *line;

	free(line);
	line = malloc(strlen(text));
	memcpy(line, text, strlen(text));
	return ms_shape_fits(shape, ms_span_of(line, strlen(text)), captures);
}

static bool
captures(const char *shape, const char *line, const char *name, const char *value)
{
	ms_captures found;

	return fits(shape, line, &found) && ms_span_equal(ms_captures_find(&found, span_of(name)), span_of(value));
}

static void
test_shapes(void)
{
	ms_captures found;

	ok(fits("b", "abc", &found) && !fits("d", "abc", &found), "a text stands somewhere in the line");
	ok(fits("a{}c", "abc", &found) && !fits("c{}a", "abc", &found), "texts stand in their order");
	ok(!fits("aa{}a", "aa", &found) && !fits("abc", "ab", &found), "and do not overlap, nor end behind the line");
	ok(fits("a{}b", "ab", &found) && !fits("<{x}>", "<>", &found), "a gap without a name may be empty, one with a name not");
	ok(!fits("a: {x}", "a: ", &found) && !fits("a", "", &found), "nor at the end of the line");
}

static void
test_captures(void)
{
	ok(captures("<{x}>", "a <b> c", "x", "b"), "between two texts");
	ok(captures("a: {x}", "a: b c", "x", "b c"), "up to the end");
	ok(captures("<{x}>: no", "<a> <b>: no", "x", "b"), "as short as can be");
	ok(captures("<{x}> {}no", "<a> <b> no", "x", "a"), "from the first place that fits");
	ok(captures(" {x}-{y};", "a b c-d e;", "x", "c"), "the word before");
	ok(captures(" {x}-{y};", "a b c-d e;", "y", "d e"), "one behind the other");
	ok(captures("<{x}>", "<a>", "y", ""), "nothing for another name");
}

/* Whether it is made of {address}. */
static bool
is_derived(ms_span name)
{
	return ms_span_equal(name, span_of("domain")) || ms_span_equal(name, span_of("route")) ||
		ms_span_equal(name, span_of("mend")) || ms_span_equal(name, span_of("mailbox"));
}

/* The name of a gap that words have and a shape cannot fill; or nothing. */
static ms_span
left_open(const char *words, const char *shape)
{
	ms_piece	wanted;
	ms_piece	piece;

	while (ms_piece_next(&words, &wanted))
	{
		const char *rest = shape;
		ms_span		name = wanted.gap;
		bool		has = !wanted.has_gap;

		if (is_derived(name))
			name = span_of("address");
		while (!has && ms_piece_next(&rest, &piece))
			has = ms_span_equal(piece.gap, name);
		if (!has)
			return wanted.gap;
	}
	return span_of("");
}

/* In memory of exactly the right size, so that the sanitizer sees more than that. */
static const ms_log_problem *
problem_of(const char *text, size_t len)
{
	char	   *line = malloc(len);
	ms_captures found;
	const ms_log_problem *problem;

	memcpy(line, text, len);
	problem = ms_log_problem_of(ms_span_of(line, len), &found);
	free(line);
	return problem;
}

/* A line of the shape, its texts and in each gap x; every begin of it is tried as well. */
static const ms_log_problem *
problem_of_its_own(const char *shape)
{
	char		line[1024] = "";
	size_t		len;
	ms_piece	piece;

	while (ms_piece_next(&shape, &piece))
	{
		strncat(line, piece.text.data, piece.text.len);
		if (piece.has_gap)
			strcat(line, "x");
	}
	for (len = 0; len < strlen(line); len++)
		(void) problem_of(line, len);
	return problem_of(line, strlen(line));
}

static void
test_problems(void)
{
	const ms_log_problem *problem;
	int			i;

	for (problem = ms_log_problems; problem->name != NULL; problem++)
	{
		ok(problem->shapes[0] != NULL && problem->meaning != NULL && problem->remedy != NULL, "%s is complete", problem->name);
		for (i = 0; i < MS_LOG_SHAPES && problem->shapes[i] != NULL; i++)
		{
			const char *shape = problem->shapes[i];

			ok(shape[0] != '{' && left_open(problem->meaning, shape).len == 0 && left_open(problem->remedy, shape).len == 0, "words for: %s", shape);
			ok(problem_of_its_own(shape) == problem, "nothing before takes: %s", shape);
		}
	}
}

int
main(void)
{
	test_shapes();
	test_captures();
	test_problems();
	return done();
}
