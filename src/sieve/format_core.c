/*
 * format_core.c
 *	  A script laid out anew.
 *
 * It goes token by token, and changes what stands between them: so the meaning
 * stays, and so do comments.  Words are written in lower case.  What stands
 * before a token follows from it, from the token before it, and from whether
 * the author had begun a new line there: that is the same in the result, and
 * so to format it again changes nothing.
 */
#include "sieve/grammar.h"
#include "sieve/lexer.h"

#define INDENT 4
#define WIDTH 80

typedef struct writer
{
	char	   *out;
	size_t		cap;
	size_t		len;
	size_t		column;
	ms_sieve_lexer lexer;
	ms_sieve_token token;
	ms_sieve_token previous;	/* END before the first */
	size_t		blocks;			/* that are open */
	size_t		lists;			/* parentheses and brackets that are open */
	uint64_t	wide;			/* whether each has one entry a line, the innermost lowest */
	bool		in_command;		/* past the first token of one */
} writer;

static void
put(writer *w, char c)
{
	if (w->len < w->cap)
		w->out[w->len] = c;
	w->len++;
	w->column = c == '\n' ? 0 : w->column + 1;
}

static inline bool
is(const ms_sieve_token *token, const char *punctuation)
{
	return token->kind == MS_TOKEN_OTHER && token->punctuation != '\0' &&
		strchr(punctuation, token->punctuation) != NULL;
}

static inline bool
is_comment(const ms_sieve_token *token)
{
	return token->kind == MS_TOKEN_HASH_COMMENT || token->kind == MS_TOKEN_BRACKET_COMMENT;
}

static ms_span
source(const writer *w, const ms_sieve_token *token)
{
	return ms_span_of(w->lexer.in.data + token->offset, token->end - token->offset);
}

/* How many lines end between the token before and this one: 2 stands for more. */
static int
lines_before(const writer *w)
{
	size_t		i;
	int			lines = 0;

	for (i = w->previous.end; i < w->token.offset && lines < 2; i++)
		lines += w->lexer.in.data[i] == '\n';
	return lines;
}

/* ------------------------------------------------------------- wide or on one line */

/*
 * Whether the list that the token opens has room on this line: neither a
 * comment in it nor a text, and no more octets than fit.
 */
static bool
fits(const writer *w)
{
	ms_sieve_lexer lexer = w->lexer;
	ms_sieve_token token;
	size_t		column = w->column;
	int			depth = 1;

	while (depth > 0 && column < WIDTH)
	{
		ms_sieve_next(&lexer, &token);
		if (token.kind == MS_TOKEN_END || token.kind == MS_TOKEN_TEXT || is_comment(&token))
			return false;
		depth += is(&token, "([");
		depth -= is(&token, ")]");
		column += token.end - token.offset + !is(&token, ",)];");
	}
	return column < WIDTH;
}

static void
open_list(writer *w)
{
	w->wide = w->wide << 1 | !fits(w);
	w->lists++;
}

static void
close_list(writer *w)
{
	w->wide >>= 1;
	w->lists -= w->lists > 0;
}

static inline bool
is_wide(const writer *w)
{
	return w->lists > 0 && (w->wide & 1);
}

/* -------------------------------------------------------------- between tokens */

static void
new_line(writer *w, bool blank)
{
	size_t		indent = w->blocks;
	uint64_t	wide = w->wide;
	size_t		i;

	if (w->column > 0)
		put(w, '\n');
	if (blank)
		put(w, '\n');
	for (; wide != 0; wide >>= 1)
		indent += wide & 1;
	/* What goes on on the next line is indented, unless the lists do so. */
	if (w->in_command && indent == w->blocks && !is(&w->token, ")];"))
		indent++;
	for (i = 0; i < indent * INDENT; i++)
		put(w, ' ');
}

static bool
is_else(const writer *w)
{
	ms_span		word = source(w, &w->token);

	return w->token.kind == MS_TOKEN_IDENTIFIER && (ms_sieve_is(word, "else") || ms_sieve_is(word, "elsif"));
}

/* A comment stays on the line of what it stands behind, or begins one. */
static void
separate_comment(writer *w)
{
	int			lines = lines_before(w);

	if (lines > 0 || w->previous.kind == MS_TOKEN_TEXT)
		new_line(w, lines > 1 && !w->in_command && !is(&w->previous, "{"));
	else
		put(w, ' ');
}

/* Between two tokens of one command. */
static void
separate_within(writer *w)
{
	bool		after_line = w->previous.kind == MS_TOKEN_TEXT || w->previous.kind == MS_TOKEN_HASH_COMMENT ||
		(w->previous.kind == MS_TOKEN_BRACKET_COMMENT && lines_before(w) > 0);

	if (after_line || (is_wide(w) && is(&w->previous, "([,")))
		new_line(w, false);
	else if (!is(&w->token, ";,)]") && !is(&w->previous, "(["))
		put(w, ' ');
}

/* Before the first token of a command, and before a closing brace. */
static void
separate_commands(writer *w)
{
	if (is(&w->previous, "}") && is_else(w))
		put(w, ' ');
	else
		new_line(w, lines_before(w) > 1 && !is(&w->previous, "{") && !is(&w->token, "}"));
}

static void
separate(writer *w)
{
	bool		was_wide = is_wide(w);

	if (is(&w->token, "}"))
		w->blocks -= w->blocks > 0;
	if (is(&w->token, ")]"))
		close_list(w);
	if (w->len == 0)
		return;
	if (is_comment(&w->token))
		separate_comment(w);
	else if (!w->in_command)
		separate_commands(w);
	else if (was_wide && is(&w->token, ")]"))
		new_line(w, false);
	else
		separate_within(w);
}

/* ---------------------------------------------------------------------- tokens */

/* Lines end in LF; a comment has no blanks at its end. */
static void
put_token(writer *w)
{
	ms_span		text = source(w, &w->token);
	bool		word = w->token.kind == MS_TOKEN_IDENTIFIER || w->token.kind == MS_TOKEN_TAG;
	bool		hash = w->token.kind == MS_TOKEN_HASH_COMMENT;
	size_t		i;

	while (hash && text.len > 0 && strchr(" \t\r", text.data[text.len - 1]) != NULL)
		text.len--;
	for (i = 0; i < text.len; i++)
	{
		char		c = text.data[i];

		if (c == '\r')
			continue;
		put(w, word && c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
	}
}

static void
put_and_follow(writer *w)
{
	bool		opens = is(&w->token, "([");
	bool		ends = is(&w->token, ";{}");

	put_token(w);
	if (opens)
		open_list(w);
	w->blocks += is(&w->token, "{");
	if (!is_comment(&w->token))
		w->in_command = !ends;
}

size_t
ms_sieve_format(ms_span in, char *out, size_t cap)
{
	writer		w = {.out = out, .cap = cap, .lexer = {.in = in, .comments = true}};

	for (ms_sieve_next(&w.lexer, &w.token); w.token.kind != MS_TOKEN_END; ms_sieve_next(&w.lexer, &w.token))
	{
		separate(&w);
		put_and_follow(&w);
		w.previous = w.token;
	}
	if (w.column > 0)
		put(&w, '\n');
	return w.len;
}
