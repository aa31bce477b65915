/*
 * log_line_core.c
 *	  Whether a line of a log has a shape.
 */
#include "explain/log_line.h"

bool
ms_piece_next(const char **rest, ms_piece *piece)
{
	const char *begin = *rest;
	const char *open = begin + strcspn(begin, "{");
	const char *close = open + strcspn(open, "}");

	if (*begin == '\0')
		return false;
	piece->text = ms_span_of(begin, open - begin);
	piece->has_gap = *close != '\0';
	piece->gap = piece->has_gap ? ms_span_of(open + 1, close - open - 1) : MS_NO_SPAN;
	*rest = piece->has_gap ? close + 1 : close;
	return true;
}

ms_span
ms_captures_find(const ms_captures *captures, ms_span name)
{
	int			i;

	for (i = 0; i < captures->n; i++)
	{
		if (ms_span_equal(captures->all[i].name, name))
			return captures->all[i].value;
	}
	return MS_NO_SPAN;
}

static bool
stands_at(ms_span line, size_t at, ms_span text)
{
	return line.len - at >= text.len && memcmp(line.data + at, text.data, text.len) == 0;
}

/* The first place of the text that is not before *at; nearly all of a log fits no shape, so first octets are looked for at once. */
static bool
find_first(ms_span line, ms_span text, size_t *at)
{
	const char *end = line.data + line.len;
	const char *p = line.data + *at;

	if (text.len == 0)
		return true;
	while ((p = memchr(p, text.data[0], end - p)) != NULL)
	{
		*at = p - line.data;
		if (stands_at(line, *at, text))
			return true;
		p++;
	}
	return false;
}

/* The last place of a text that stands at begin, and ends no later than end. */
static size_t
find_last(ms_span line, ms_span text, size_t begin, size_t end)
{
	size_t		at = end - text.len;

	while (at > begin && !stands_at(line, at, text))
		at--;
	return at;
}

static bool
capture(ms_captures *captures, ms_span name, ms_span value)
{
	if (value.len == 0)
		return false;
	captures->all[captures->n].name = name;
	captures->all[captures->n].value = value;
	captures->n++;
	return true;
}

bool
ms_shape_fits(const char *shape, ms_span line, ms_captures *captures)
{
	ms_piece	piece;
	ms_piece	before = {.has_gap = true, .gap = {"", 0}};
	bool		before_can_move = false;	/* to a later place, since nothing named lies in front of it */
	size_t		before_at = 0;
	size_t		at;

	captures->n = 0;
	before.text = MS_NO_SPAN;
	while (ms_piece_next(&shape, &piece))
	{
		at = before_at + before.text.len;
		if (!find_first(line, piece.text, &at))
			return false;
		if (before.gap.len > 0)
		{
			if (before_can_move)
				before_at = find_last(line, before.text, before_at, at);
			before_at += before.text.len;
			if (!capture(captures, before.gap, ms_span_of(line.data + before_at, at - before_at)))
				return false;
		}
		before_can_move = before.gap.len == 0;
		before = piece;
		before_at = at;
	}
	before_at += before.text.len;
	return before.gap.len == 0 || capture(captures, before.gap, ms_span_from(line, before_at));
}

/*
 * What another server has answered is in its words, which may be those that
 * Postfix has for its own tables.
 */
static bool
tells_of_another(ms_span line)
{
	ms_captures none;

	return ms_shape_fits("/smtp[{}]: {} said: ", line, &none) || ms_shape_fits("milter-reject: ", line, &none);
}

const ms_log_problem *
ms_log_problem_of(ms_span line, ms_captures *captures)
{
	const ms_log_problem *problem;
	int			i;

	if (tells_of_another(line))
		return NULL;
	for (problem = ms_log_problems; problem->name != NULL; problem++)
	{
		for (i = 0; i < MS_LOG_SHAPES && problem->shapes[i] != NULL; i++)
		{
			if (ms_shape_fits(problem->shapes[i], line, captures))
				return problem;
		}
	}
	return NULL;
}
