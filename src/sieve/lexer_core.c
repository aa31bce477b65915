/*
 * lexer_core.c
 *	  The tokens of lexer.h.
 */
#include "sieve/lexer.h"

static inline bool
is_letter(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static inline bool
is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* -1 at the end of the script. */
static inline int
peek(const ms_sieve_lexer *lexer)
{
	return lexer->at < lexer->in.len ? (unsigned char) lexer->in.data[lexer->at] : -1;
}

/* What follows cannot be read, so it is as if the script ended here. */
static void
fail(ms_sieve_lexer *lexer, ms_sieve_token *token, ms_sieve_code code, size_t offset)
{
	lexer->fault = code;
	lexer->fault_offset = offset;
	lexer->at = lexer->in.len;
	token->kind = MS_TOKEN_END;
}

static void
hash_comment(ms_sieve_lexer *lexer, ms_sieve_token *token)
{
	int			c;

	token->kind = MS_TOKEN_HASH_COMMENT;
	while ((c = peek(lexer)) != '\n' && c != -1)
	{
		if (c == '\0')
		{
			fail(lexer, token, MS_SIEVE_NUL, lexer->at);
			return;
		}
		lexer->at++;
	}
}

static void
bracket_comment(ms_sieve_lexer *lexer, ms_sieve_token *token)
{
	int			c;

	token->kind = MS_TOKEN_BRACKET_COMMENT;
	lexer->at += 2;
	for (; (c = peek(lexer)) != -1; lexer->at++)
	{
		if (c == '\0')
		{
			fail(lexer, token, MS_SIEVE_NUL, lexer->at);
			return;
		}
		if (c == '*' && lexer->at + 1 < lexer->in.len && lexer->in.data[lexer->at + 1] == '/')
		{
			lexer->at += 2;
			return;
		}
	}
	fail(lexer, token, MS_SIEVE_COMMENT_OPEN, token->offset);
}

/* Of the octets of a string: a NUL, or a CR that no LF follows. */
static bool
is_refused_octet(ms_sieve_lexer *lexer, ms_sieve_token *token, int c)
{
	if (c == '\0')
		fail(lexer, token, MS_SIEVE_NUL, lexer->at);
	else if (c == '\r' && (lexer->at + 1 >= lexer->in.len || lexer->in.data[lexer->at + 1] != '\n'))
		fail(lexer, token, MS_SIEVE_STRAY_CR, lexer->at);
	else
		return false;
	return true;
}

static void
quoted(ms_sieve_lexer *lexer, ms_sieve_token *token)
{
	int			c;

	token->kind = MS_TOKEN_QUOTED;
	lexer->at++;
	while ((c = peek(lexer)) != '"')
	{
		if (c == '\\')
		{
			lexer->at++;
			c = peek(lexer);
		}
		if (c == -1)
		{
			fail(lexer, token, MS_SIEVE_STRING_OPEN, token->offset);
			return;
		}
		if (is_refused_octet(lexer, token, c))
			return;
		lexer->at++;
	}
	lexer->at++;
}

/* Whether the line that begins here is the dot that ends a text; leaves lexer->at behind it. */
static bool
skip_final_dot(ms_sieve_lexer *lexer)
{
	const char *p = lexer->in.data + lexer->at;
	size_t		left = lexer->in.len - lexer->at;

	if (left >= 2 && p[0] == '.' && p[1] == '\n')
		lexer->at += 2;
	else if (left >= 3 && p[0] == '.' && p[1] == '\r' && p[2] == '\n')
		lexer->at += 3;
	else
		return false;
	return true;
}

/* What may stand between text: and the end of its line. */
static bool
text_heading(ms_sieve_lexer *lexer, ms_sieve_token *token)
{
	while (peek(lexer) == ' ' || peek(lexer) == '\t')
		lexer->at++;
	if (peek(lexer) == '\r')
		lexer->at++;
	if (peek(lexer) == '#')
	{
		hash_comment(lexer, token);
		if (lexer->fault != MS_SIEVE_NONE)
			return false;
	}
	if (peek(lexer) == '\n')
		return true;
	fail(lexer, token, peek(lexer) == -1 ? MS_SIEVE_TEXT_OPEN : MS_SIEVE_TEXT_HEADING,
		 peek(lexer) == -1 ? token->offset : lexer->at);
	return false;
}

/* lexer->at is behind "text:". */
static void
text(ms_sieve_lexer *lexer, ms_sieve_token *token)
{
	int			c;

	if (!text_heading(lexer, token))
		return;
	token->kind = MS_TOKEN_TEXT;
	lexer->at++;
	while (!skip_final_dot(lexer))
	{
		while ((c = peek(lexer)) != '\n')
		{
			if (c == -1)
			{
				fail(lexer, token, MS_SIEVE_TEXT_OPEN, token->offset);
				return;
			}
			if (is_refused_octet(lexer, token, c))
				return;
			lexer->at++;
		}
		lexer->at++;
	}
}

static int
shift_of_unit(int c)
{
	switch (c)
	{
		case 'k':
		case 'K':
			return 10;
		case 'm':
		case 'M':
			return 20;
		case 'g':
		case 'G':
			return 30;
		default:
			return 0;
	}
}

static void
number(ms_sieve_lexer *lexer, ms_sieve_token *token)
{
	uint64_t	value = 0;
	bool		overflow = false;
	int			shift;

	token->kind = MS_TOKEN_NUMBER;
	for (; is_digit(peek(lexer)); lexer->at++)
	{
		unsigned	digit = peek(lexer) - '0';

		overflow |= value > (UINT64_MAX - digit) / 10;
		value = value * 10 + digit;
	}
	shift = shift_of_unit(peek(lexer));
	if (shift > 0)
		lexer->at++;
	if (overflow || value > UINT64_MAX >> shift)
		fail(lexer, token, MS_SIEVE_NUMBER_TOO_LARGE, token->offset);
	token->number = value << shift;
}

static void
identifier(ms_sieve_lexer *lexer, ms_sieve_token *token)
{
	bool		is_tag = peek(lexer) == ':';
	size_t		start = lexer->at + is_tag;

	token->kind = is_tag ? MS_TOKEN_TAG : MS_TOKEN_IDENTIFIER;
	lexer->at += is_tag;
	while (is_letter(peek(lexer)) || is_digit(peek(lexer)))
		lexer->at++;
	if (lexer->at - start > MS_SIEVE_MAX_IDENTIFIER)
		fail(lexer, token, MS_SIEVE_IDENTIFIER_TOO_LONG, token->offset);
	else if (!is_tag && peek(lexer) == ':' &&
			 ms_sieve_is(ms_span_of(lexer->in.data + start, lexer->at - start), "text"))
	{
		lexer->at++;
		text(lexer, token);
	}
}

static void
scan(ms_sieve_lexer *lexer, ms_sieve_token *token)
{
	int			c = peek(lexer);
	int			after = lexer->at + 1 < lexer->in.len ? (unsigned char) lexer->in.data[lexer->at + 1] : -1;

	if (c == -1)
		token->kind = MS_TOKEN_END;
	else if (c == '#')
		hash_comment(lexer, token);
	else if (c == '/' && after == '*')
		bracket_comment(lexer, token);
	else if (c == '"')
		quoted(lexer, token);
	else if (is_digit(c))
		number(lexer, token);
	else if (is_letter(c) || (c == ':' && is_letter(after)))
		identifier(lexer, token);
	else
	{
		token->kind = MS_TOKEN_OTHER;
		token->punctuation = (char) c;
		lexer->at++;
	}
}

static inline bool
is_space(int c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void
ms_sieve_next(ms_sieve_lexer *lexer, ms_sieve_token *token)
{
	do
	{
		while (is_space(peek(lexer)))
			lexer->at++;
		token->punctuation = '\0';
		token->number = 0;
		token->offset = lexer->at;
		scan(lexer, token);
		token->end = lexer->at;
	} while (!lexer->comments &&
			 (token->kind == MS_TOKEN_HASH_COMMENT || token->kind == MS_TOKEN_BRACKET_COMMENT));
}

ms_span
ms_sieve_token_name(const ms_sieve_lexer *lexer, const ms_sieve_token *token)
{
	size_t		start = token->offset + (token->kind == MS_TOKEN_TAG);

	return ms_span_of(lexer->in.data + start, token->end - start);
}

/* ---------------------------------------------------------- what strings mean */

/* Where the lines of a text begin. */
static ms_span
text_lines(ms_span token)
{
	const char *newline = memchr(token.data, '\n', token.len);

	return ms_span_from(token, newline + 1 - token.data);
}

static ms_span
decode_text(ms_sieve_arena *arena, ms_span lines)
{
	/* An LF may become CR LF. */
	char	   *out = ms_sieve_alloc(arena, 2 * lines.len);
	size_t		len = 0;
	size_t		i = 0;

	while (!(lines.data[i] == '.' && (lines.data[i + 1] == '\n' || lines.data[i + 1] == '\r')))
	{
		if (lines.data[i] == '.' && lines.data[i + 1] == '.')
			i++;
		for (; lines.data[i] != '\n'; i++)
		{
			if (lines.data[i] != '\r')
				out[len++] = lines.data[i];
		}
		i++;
		out[len++] = '\r';
		out[len++] = '\n';
	}
	return ms_span_of(out, len);
}

static ms_span
decode_quoted(ms_sieve_arena *arena, ms_span inside)
{
	char	   *out = ms_sieve_alloc(arena, 2 * inside.len);
	size_t		len = 0;
	size_t		i;

	for (i = 0; i < inside.len; i++)
	{
		if (inside.data[i] == '\\')
			i++;
		if (inside.data[i] == '\n')
			out[len++] = '\r';
		if (inside.data[i] != '\r')
			out[len++] = inside.data[i];
	}
	return ms_span_of(out, len);
}

/* Most strings need no copy. */
static bool
is_plain(ms_span inside)
{
	size_t		i;

	for (i = 0; i < inside.len; i++)
	{
		if (inside.data[i] == '\\' || inside.data[i] == '\n')
			return false;
	}
	return true;
}

ms_span
ms_sieve_token_value(ms_sieve_arena *arena, const ms_sieve_lexer *lexer, const ms_sieve_token *token)
{
	ms_span		source = ms_span_of(lexer->in.data + token->offset, token->end - token->offset);
	ms_span		inside;

	if (token->kind == MS_TOKEN_TEXT)
		return decode_text(arena, text_lines(source));
	inside = ms_span_of(source.data + 1, source.len - 2);
	return is_plain(inside) ? inside : decode_quoted(arena, inside);
}

bool
ms_sieve_is(ms_span name, const char *lower)
{
	size_t		i;

	for (i = 0; i < name.len; i++)
	{
		char		c = name.data[i];

		if (c >= 'A' && c <= 'Z')
			c += 'a' - 'A';
		if (c != lower[i] || c == '\0')
			return false;
	}
	return lower[i] == '\0';
}
