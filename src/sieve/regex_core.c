/*
 * regex_core.c
 *	  Whether a regular expression is one: the extended ones of POSIX, as glibc
 *	  compiles them.
 *
 * Only the syntax is looked at.  To compile it would take memory and time that
 * its author can make as large as he likes.
 */
#include "sieve/grammar.h"

/* glibc's RE_DUP_MAX. */
#define MAX_REPEAT 0x7FFF

/* Nobody nests groups like that who means well; regcomp(3) recurses. */
#define MAX_GROUPS 100

/* A group that is open, or all of the expression. */
typedef struct group
{
	int			number;
	unsigned	before;			/* groups that a back reference in each of its branches may mean */
	unsigned	branches;		/* and after it, those of all its branches as well */
} group;

typedef struct reader
{
	ms_span		in;
	size_t		at;
	int			open;			/* groups */
	int			groups;			/* that have begun */
	unsigned	closed;			/* a bit for each that a back reference may mean here */
	bool		atom;			/* whether there is something here to repeat */
	group		stack[MAX_GROUPS + 1];
} reader;

static inline int
peek_at(const reader *r, size_t ahead)
{
	return r->at + ahead < r->in.len ? (unsigned char) r->in.data[r->at + ahead] : -1;
}

static bool
is_class_name(ms_span name)
{
	static const char *const names[] = {
		"alpha", "upper", "lower", "digit", "xdigit", "space", "print", "punct", "alnum", "graph",
		"cntrl", "blank"
	};
	size_t		i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		if (ms_span_is(name, names[i]))
			return true;
	}
	return false;
}

/*
 * One member of a bracket expression: [:class:], [.x.], [=x=] or a character,
 * whose value goes to *value, or -1 where it cannot be the end of a range.
 */
static bool
read_member(reader *r, int *value)
{
	int			kind = peek_at(r, 1);
	size_t		end = r->at + 2;

	*value = peek_at(r, 0);
	if (*value != '[' || (kind != ':' && kind != '.' && kind != '='))
	{
		r->at++;
		return *value != -1;
	}
	while (end + 1 < r->in.len && !(r->in.data[end] == kind && r->in.data[end + 1] == ']'))
		end++;
	if (end + 1 >= r->in.len)
		return false;
	*value = kind == '.' && end == r->at + 3 ? (unsigned char) r->in.data[r->at + 2] : -1;
	if (kind == ':' && !is_class_name(ms_span_of(r->in.data + r->at + 2, end - r->at - 2)))
		return false;
	/* A name of several letters is a collating element, which the C locale has none of. */
	if (kind != ':' && end != r->at + 3)
		return false;
	r->at = end + 2;
	return true;
}

/* At the opening bracket. */
static bool
read_bracket(reader *r)
{
	bool		first = true;
	int			from;
	int			to;

	r->at++;
	if (peek_at(r, 0) == '^')
		r->at++;
	for (; first || peek_at(r, 0) != ']'; first = false)
	{
		/* Past the beginning a hyphen is a range's, or the last. */
		if (!first && peek_at(r, 0) == '-' && peek_at(r, 1) != ']')
			return false;
		if (!read_member(r, &from))
			return false;
		if (peek_at(r, 0) != '-' || peek_at(r, 1) == ']' || peek_at(r, 1) == -1)
			continue;
		r->at++;
		if (!read_member(r, &to) || from == -1 || to == -1 || from > to)
			return false;
	}
	r->at++;
	return true;
}

/* Digits; -1 where there are none, and more than MAX_REPEAT where there are too many. */
static int
read_number(reader *r)
{
	int			value = -1;

	for (; peek_at(r, 0) >= '0' && peek_at(r, 0) <= '9'; r->at++)
	{
		value = (value == -1 ? 0 : value) * 10 + peek_at(r, 0) - '0';
		if (value > MAX_REPEAT)
			value = MAX_REPEAT + 1;
	}
	return value;
}

/* At the opening brace of {2}, {2,}, {,2}, {2,3} or {,}. */
static bool
read_interval(reader *r)
{
	int			from;
	int			to;

	r->at++;
	from = read_number(r);
	to = from;
	if (peek_at(r, 0) == ',')
	{
		r->at++;
		to = read_number(r);
		if (to == -1)
			to = MAX_REPEAT;
	}
	if (peek_at(r, 0) != '}' || to == -1 || from > to || to > MAX_REPEAT)
		return false;
	r->at++;
	return true;
}

static bool
read_repeat(reader *r)
{
	if (!r->atom)
		return false;
	if (peek_at(r, 0) == '{')
		return read_interval(r);
	r->at++;
	return true;
}

static bool
read_escape(reader *r)
{
	int			c = peek_at(r, 1);

	if (c == -1 || (c >= '1' && c <= '9' && !(r->closed >> (c - '0') & 1)))
		return false;
	r->at += 2;
	/* Places between letters cannot be repeated. */
	r->atom = strchr("bB<>`'", c) == NULL || c == '\0';
	return true;
}

static bool
open_group(reader *r)
{
	r->at++;
	r->atom = false;
	if (r->open == MAX_GROUPS)
		return false;
	r->stack[++r->open] = (group) {++r->groups, r->closed, r->closed};
	return true;
}

/* With none open a parenthesis is a letter like others. */
static bool
close_group(reader *r)
{
	r->at++;
	r->atom = true;
	if (r->open == 0)
		return true;
	r->closed |= r->stack[r->open].branches;
	if (r->stack[r->open].number <= 9)
		r->closed |= 1u << r->stack[r->open].number;
	r->open--;
	return true;
}

static bool
next_branch(reader *r)
{
	r->at++;
	r->atom = false;
	r->stack[r->open].branches |= r->closed;
	r->closed = r->stack[r->open].before;
	return true;
}

static bool
read_one(reader *r)
{
	switch (peek_at(r, 0))
	{
		case '\\':
			return read_escape(r);
		case '[':
			r->atom = true;
			return read_bracket(r);
		case '*':
		case '+':
		case '?':
		case '{':
			return read_repeat(r);
		case '(':
			return open_group(r);
		case ')':
			return close_group(r);
		case '|':
			return next_branch(r);
		case '^':
		case '$':
			r->atom = false;
			r->at++;
			return true;
		default:
			r->atom = true;
			r->at++;
			return true;
	}
}

bool
ms_sieve_is_regex(ms_span text)
{
	reader		r = {.in = text};

	/* regcomp(3) takes a string that ends in NUL. */
	if (text.len > 0 && memchr(text.data, '\0', text.len) != NULL)
		r.in.len = (const char *) memchr(text.data, '\0', text.len) - text.data;
	while (r.at < r.in.len)
	{
		if (!read_one(&r))
			return false;
	}
	return r.open == 0;
}

void
ms_sieve_check_regex(ms_sieve_validator *v, const ms_sieve_string *string)
{
	if (!ms_sieve_is_regex(string->value))
		ms_sieve_say(v, MS_SIEVE_REGEX, string->offset, string->value, MS_NO_SPAN);
}
