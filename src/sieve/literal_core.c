/*
 * literal_core.c
 *	  What strings hold: addresses (RFC 5322, section 3.4, as Pigeonhole reads
 *	  it) and names of headers.
 */
#include "sieve/grammar.h"

/* Header names: RFC 5322, section 3.6.8. */
bool
ms_sieve_is_header_name(ms_span name)
{
	size_t		i;

	for (i = 0; i < name.len; i++)
	{
		if (name.data[i] <= ' ' || name.data[i] > '~' || name.data[i] == ':')
			return false;
	}
	return name.len > 0;
}

void
ms_sieve_check_header_names(ms_sieve_validator *v, const ms_sieve_argument *names)
{
	const ms_sieve_string *name;

	for (name = names->strings; name != NULL; name = name->next)
	{
		if (!name->varies && !ms_sieve_is_header_name(name->value))
			ms_sieve_say(v, MS_SIEVE_HEADER_NAME, name->offset, name->value, MS_NO_SPAN);
	}
}

/* ---------------------------------------------------------------- addresses */

typedef struct reader
{
	ms_span		in;
	size_t		at;
} reader;

static inline int
peek(const reader *r)
{
	return r->at < r->in.len ? (unsigned char) r->in.data[r->at] : -1;
}

static bool
is_atext(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c > 0 && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* Blanks and comments, which nest; false where a comment does not end. */
static bool
skip_blanks(reader *r)
{
	int			depth = 0;

	for (;; r->at++)
	{
		int			c = peek(r);

		if (c == '(')
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (c == '\\' && depth > 0)
			r->at++;
		else if (c == -1 || (depth == 0 && c != ' ' && c != '\t' && c != '\r' && c != '\n'))
			return depth == 0;
	}
}

/* Behind its closing quote; false where there is none, or what it holds is not allowed. */
static bool
skip_quoted(reader *r, bool ascii)
{
	int			c;

	for (r->at++; (c = peek(r)) != '"'; r->at++)
	{
		if (c == '\\')
		{
			r->at++;
			c = peek(r);
		}
		if (c == -1 || (ascii && c >= 0x80))
			return false;
	}
	r->at++;
	return true;
}

static bool
skip_local_part(reader *r)
{
	size_t		start = r->at;

	if (peek(r) == '"')
		return skip_quoted(r, true) && r->at > start + 2;
	while (is_atext(peek(r)) || peek(r) == '.')
		r->at++;
	return r->at > start;
}

static bool
skip_domain_literal(reader *r)
{
	while (peek(r) != ']')
	{
		if (peek(r) == -1)
			return false;
		r->at++;
	}
	r->at++;
	return true;
}

/* Labels of any letters, none empty. */
static bool
skip_domain(reader *r)
{
	if (peek(r) == '[')
		return skip_domain_literal(r);
	for (;; r->at++)
	{
		size_t		label = r->at;

		while (is_atext(peek(r)) || peek(r) >= 0x80)
			r->at++;
		if (r->at == label)
			return false;
		if (peek(r) != '.')
			return true;
	}
}

static bool
skip_address(reader *r)
{
	if (!skip_blanks(r) || !skip_local_part(r) || !skip_blanks(r) || peek(r) != '@')
		return false;
	r->at++;
	return skip_blanks(r) && skip_domain(r) && skip_blanks(r);
}

/* The name before an address in angle brackets. */
static bool
skip_phrase(reader *r)
{
	int			c;

	for (;;)
	{
		if (!skip_blanks(r))
			return false;
		c = peek(r);
		if (c == '"')
		{
			if (!skip_quoted(r, false))
				return false;
		}
		else if (is_atext(c) || c == '.' || c >= 0x80)
			r->at++;
		else
			return true;
	}
}

static bool
is_named_address(ms_span text)
{
	reader		r = {text, 0};

	if (!skip_phrase(&r) || peek(&r) != '<')
		return false;
	r.at++;
	if (!skip_address(&r) || peek(&r) != '>')
		return false;
	r.at++;
	return skip_blanks(&r) && r.at == text.len;
}

/* Whether there are two @ with something between them that divides addresses. */
static bool
holds_several(ms_span text)
{
	const char *first = text.len > 0 ? memchr(text.data, '@', text.len) : NULL;
	size_t		i;
	bool		divided = false;

	for (i = first == NULL ? text.len : (size_t) (first + 1 - text.data); i < text.len; i++)
	{
		divided |= text.data[i] == ',' || text.data[i] == ';';
		if (text.data[i] == '@' && divided)
			return true;
	}
	return false;
}

bool
ms_sieve_is_address(ms_span text, bool *several)
{
	reader		r = {text, 0};

	*several = false;
	if ((skip_address(&r) && r.at == text.len) || is_named_address(text))
		return true;
	*several = holds_several(text);
	return false;
}

void
ms_sieve_check_address(ms_sieve_validator *v, const ms_sieve_string *string, const char *what)
{
	bool		several;

	if (string->varies || ms_sieve_is_address(string->value, &several))
		return;
	ms_sieve_say(v, several ? MS_SIEVE_ADDRESSES : MS_SIEVE_ADDRESS, string->offset, string->value,
				 ms_span_of_text(what));
}
