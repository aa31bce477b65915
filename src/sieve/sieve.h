/*
 * sieve.h
 *	  A Sieve script (RFC 5228): parsed, checked and formatted.
 *
 * The pipeline is that of a compiler without its last stage: lexer_core.c makes
 * tokens, parse_core.c a tree, validate_core.c holds the tree against what the
 * capabilities define, of which each has its place in a cap_*_core.c.  What is
 * wrong is collected, so that an author sees all of it at once.
 *
 * Nothing here allocates but from the arena it is handed, and nothing of a
 * result outlives the arena or the input.
 */
#ifndef MS_SIEVE_H
#define MS_SIEVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "sieve/problem.h"

/* The limits of Pigeonhole, which compiles no script beyond them. */
#define MS_SIEVE_MAX_SIZE 1048576
#define MS_SIEVE_MAX_STRING 1048576
#define MS_SIEVE_MAX_IDENTIFIER 32
#define MS_SIEVE_MAX_NESTING 32
#define MS_SIEVE_MAX_ARGUMENTS 32

/* More than that tells an author nothing. */
#define MS_SIEVE_MAX_PROBLEMS 100

/* Memory in pieces from the caller, who frees them all at once; more() does not return NULL. */
typedef struct ms_sieve_arena
{
	void	   *(*more) (void *context, size_t size);
	void	   *context;
	char	   *free;
	size_t		left;
} ms_sieve_arena;

/* Zeroed, and aligned for anything. */
extern void *ms_sieve_alloc(ms_sieve_arena *arena, size_t size);

/* ---------------------------------------------------------------- the tree */

typedef struct ms_sieve_string
{
	ms_span		value;			/* without quotes, escapes and dots; a line ends in CR LF */
	size_t		offset;
	bool		varies;			/* a variable stands in it, so what it holds is not known */
	struct ms_sieve_string *next;
} ms_sieve_string;

typedef enum ms_sieve_argument_kind
{
	MS_SIEVE_TAG,
	MS_SIEVE_NUMBER,
	MS_SIEVE_STRING,
	MS_SIEVE_LIST
} ms_sieve_argument_kind;

typedef struct ms_sieve_argument
{
	ms_sieve_argument_kind kind;
	size_t		offset;
	ms_span		name;			/* of a tag, without its colon */
	uint64_t	number;
	ms_sieve_string *strings;	/* of a string, which is one, or a list */
	struct ms_sieve_argument *next;
} ms_sieve_argument;

/* A command or a test. */
typedef struct ms_sieve_node
{
	ms_span		name;
	size_t		offset;
	bool		is_test;
	bool		broken;			/* something of it is missing, which has been said */
	bool		has_test_list;	/* its tests stand in parentheses */
	bool		has_block;
	ms_sieve_argument *arguments;
	struct ms_sieve_node *tests;
	struct ms_sieve_node *commands;
	struct ms_sieve_node *next;
	struct ms_sieve_node *previous;
	struct ms_sieve_node *parent;	/* NULL for a command at top level */
	const struct ms_sieve_command *command; /* what validate_core.c takes it for */
} ms_sieve_node;

/* ------------------------------------------------------------ what is wrong */

typedef struct ms_sieve_problem
{
	ms_sieve_code code;
	size_t		offset;			/* bytes from the start of the script */
	ms_span		args[3];		/* what its sentences name */
	struct ms_sieve_problem *next;
} ms_sieve_problem;

/* In the order of the script. */
typedef struct ms_sieve_problems
{
	ms_sieve_problem *first;
	size_t		count;
	size_t		errors;			/* the others are warnings */
} ms_sieve_problems;

/* Octets of the longest message or hint, with its NUL. */
#define MS_SIEVE_MAX_MESSAGE 1024

/* Whether it is a reason to refuse the script. */
extern bool ms_sieve_is_error(const ms_sieve_problem *problem);

/* Both write a sentence into out; ms_sieve_hint returns false where there is nothing to say. */
extern void ms_sieve_message(const ms_sieve_problem *problem, char out[MS_SIEVE_MAX_MESSAGE]);
extern bool ms_sieve_hint(const ms_sieve_problem *problem, char out[MS_SIEVE_MAX_MESSAGE]);

/* Both counted from 1, the column in characters. */
extern void ms_sieve_position(ms_span in, size_t offset, size_t *line, size_t *column);

/* ------------------------------------------------------------- the pipeline */

/* The commands at top level, of what could be parsed; adds what is wrong to problems. */
extern ms_sieve_node *ms_sieve_parse(ms_sieve_arena *arena, ms_span in, ms_sieve_problems *problems);

/*
 * Parses and validates.  extensions is what Pigeonhole's setting
 * sieve_extensions holds, "+editheader -regex", or empty for its default.
 */
extern ms_sieve_node *ms_sieve_check(ms_sieve_arena *arena, ms_span in, ms_span extensions,
									 ms_sieve_problems *problems);

/*
 * Writes a script without errors anew: one command a line, indented, the
 * tokens and comments as they are.  out holds cap octets; returns how many the
 * result has, which may be more, and then was not written whole.
 */
extern size_t ms_sieve_format(ms_span in, char *out, size_t cap);

/* Whether both are the same but for the case of identifiers, and for where they stand. */
extern bool ms_sieve_same(const ms_sieve_node *a, const ms_sieve_node *b);

/* Letter case apart, as Sieve compares identifiers. */
extern bool ms_sieve_is(ms_span name, const char *lower);

#endif							/* MS_SIEVE_H */
