/*
 * log_line.h
 *	  Known problems, as the lines of Postfix's and Dovecot's logs that tell of
 *	  them, and what is to be said of each.
 *
 * Shapes and words are written alike: text with gaps.  {name} is a gap with a
 * name, which a shape fills from the line and words get their values from; {} in
 * a shape is anything at all.
 */
#ifndef MS_LOG_LINE_H
#define MS_LOG_LINE_H

#include "base/span.h"

/* Text up to the next gap, or up to the end. */
typedef struct ms_piece
{
	ms_span		text;
	bool		has_gap;
	ms_span		gap;			/* its name, empty for {} */
} ms_piece;

/* Takes one from the begin of rest; false at the end. */
extern bool ms_piece_next(const char **rest, ms_piece *piece);

#define MS_LOG_CAPTURES 4

/* What stood in the named gaps: parts of the line. */
typedef struct ms_captures
{
	int			n;
	struct
	{
		ms_span		name;
		ms_span		value;
	}			all[MS_LOG_CAPTURES];
} ms_captures;

/* The value of that name; empty where there is none. */
extern ms_span ms_captures_find(const ms_captures *captures, ms_span name);

/*
 * Whether the texts of a shape stand in the line, one after the other, and
 * something in each named gap.  A gap is as short as can be.  A shape begins with
 * text.
 */
extern bool ms_shape_fits(const char *shape, ms_span line, ms_captures *captures);

#define MS_LOG_SHAPES 6

/*
 * Beside what its shapes capture, words have {domain}, that of {address}, {route},
 * what becomes of mail for it now, {mend}, what to do where that is refused, and
 * {mailbox}, by which of its names it was found.
 */
typedef struct ms_log_problem
{
	const char *name;
	const char *meaning;
	const char *remedy;
	const char *shapes[MS_LOG_SHAPES];
} ms_log_problem;

/* All of them, the more specific first; ends with one that has no name. */
extern const ms_log_problem ms_log_problems[];

/* The first that the line fits; NULL where it tells of nothing known, or of what another server or a milter has to say. */
extern const ms_log_problem *ms_log_problem_of(ms_span line, ms_captures *captures);

#endif							/* MS_LOG_LINE_H */
