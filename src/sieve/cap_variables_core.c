/*
 * cap_variables_core.c
 *	  Variables: RFC 5229; and the characters of encoded-character: RFC 5228,
 *	  section 2.4.2.4.
 */
#include "sieve/capabilities.h"

/* Pigeonhole's limits. */
#define MAX_NAME 64
#define MAX_VARIABLES 255
#define LAST_MATCH 32

static inline bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
ms_sieve_is_variable_name(ms_span name)
{
	size_t		i;

	for (i = 0; i < name.len; i++)
	{
		if (!is_letter(name.data[i]) && (i == 0 || !is_digit(name.data[i])))
			return false;
	}
	return name.len > 0 && name.len <= MAX_NAME;
}

/* ---------------------------------------------------- what the script has used */

static bool
is_among(const ms_sieve_name *names, ms_span name)
{
	size_t		i;

	for (; names != NULL; names = names->next)
	{
		if (names->name.len != name.len)
			continue;
		for (i = 0; i < name.len; i++)
		{
			if ((names->name.data[i] | 0x20) != (name.data[i] | 0x20))
				break;
		}
		if (i == name.len)
			return true;
	}
	return false;
}

static void
add(ms_sieve_validator *v, ms_sieve_name **names, ms_span name)
{
	ms_sieve_name *new = ms_sieve_alloc(v->arena, sizeof(ms_sieve_name));

	new->name = name;
	new->next = *names;
	*names = new;
}

/* Says so of the first that is one too many, and adds none of them. */
static void
add_limited(ms_sieve_validator *v, ms_sieve_name **names, size_t *count, ms_span name, size_t offset)
{
	if (++*count <= MAX_VARIABLES)
		add(v, names, name);
	else if (*count == MAX_VARIABLES + 1)
		ms_sieve_say(v, MS_SIEVE_VARIABLES_TOO_MANY, offset, name, MS_NO_SPAN);
}

/* A name that is not known yet is a local variable from now on. */
static void
use(ms_sieve_validator *v, ms_span name, size_t offset)
{
	if (!is_among(v->globals, name) && !is_among(v->locals, name))
		add_limited(v, &v->locals, &v->variables, name, offset);
}

void
ms_sieve_declare_global(ms_sieve_validator *v, const ms_sieve_string *string)
{
	if (is_among(v->locals, string->value))
		ms_sieve_say(v, MS_SIEVE_VARIABLE_LOCAL, string->offset, string->value, MS_NO_SPAN);
	else if (!is_among(v->globals, string->value))
		add_limited(v, &v->globals, &v->global_variables, string->value, string->offset);
}

/* ------------------------------------------------------------- ${variables} */

/* An identifier or a number from there on; its end, or the same place where there is none. */
static size_t
skip_name(ms_span text, size_t at)
{
	size_t		start = at;

	if (at < text.len && is_digit(text.data[at]))
	{
		while (at < text.len && is_digit(text.data[at]))
			at++;
		return at;
	}
	while (at < text.len && (is_letter(text.data[at]) || is_digit(text.data[at])))
		at++;
	return at - start <= MAX_NAME ? at : start;
}

/* What stands between ${ and }, from at on: its length, 0 where it is no name. */
static size_t
reference_len(ms_span text, size_t at)
{
	size_t		i = at;

	for (;;)
	{
		size_t		end = skip_name(text, i);

		if (end == i)
			return 0;
		i = end;
		if (i < text.len && text.data[i] == '}')
			return i - at;
		if (i >= text.len || text.data[i] != '.')
			return 0;
		/* A number has no parts. */
		if (is_digit(text.data[at]))
			return 0;
		i++;
	}
}

static bool
is_match_in_range(ms_span number)
{
	unsigned	value = 0;
	size_t		i;

	for (i = 0; i < number.len; i++)
	{
		value = value * 10 + (number.data[i] - '0');
		if (value > LAST_MATCH)
			return false;
	}
	return true;
}

/* What stands before the first dot; all of it where there is none. */
static ms_span
name_space(ms_span name)
{
	const char *dot = memchr(name.data, '.', name.len);

	return dot == NULL ? name : ms_span_of(name.data, dot - name.data);
}

/* A name with a dot: global.name, or env.name. */
static void
check_namespace(ms_sieve_validator *v, ms_span name, size_t offset, bool assigned)
{
	ms_span		space = name_space(name);
	ms_span		inner = ms_span_from(name, space.len + 1);
	bool		environment = ms_sieve_is(space, "env") && ms_sieve_has(v, ms_sieve_dovecot_environment.name);

	if (environment && !is_digit(inner.data[0]))
	{
		if (assigned)
			ms_sieve_say(v, MS_SIEVE_VARIABLE_READ_ONLY, offset, name, MS_NO_SPAN);
	}
	else if (!ms_sieve_is(space, "global") || !ms_sieve_has(v, ms_sieve_include.name) ||
			 !ms_sieve_is_variable_name(inner))
		ms_sieve_say(v, MS_SIEVE_VARIABLE_NAMESPACE, offset, name, MS_NO_SPAN);
}

static void
check_reference(ms_sieve_validator *v, ms_span name, size_t offset)
{
	if (is_digit(name.data[0]))
	{
		if (!is_match_in_range(name))
			ms_sieve_say(v, MS_SIEVE_MATCH_INDEX, offset, name, MS_NO_SPAN);
	}
	else if (memchr(name.data, '.', name.len) != NULL)
		check_namespace(v, name, offset, false);
	else
		use(v, name, offset);
}

void
ms_sieve_find_variables(ms_sieve_validator *v, ms_sieve_string *string)
{
	ms_span		text = string->value;
	size_t		i;
	size_t		len;

	if (text.len < 4 || memchr(text.data, '$', text.len) == NULL || !ms_sieve_has(v, ms_sieve_variables.name))
		return;
	for (i = 0; i + 3 < text.len; i++)
	{
		if (text.data[i] != '$' || text.data[i + 1] != '{')
			continue;
		len = reference_len(text, i + 2);
		if (len == 0)
			continue;
		string->varies = true;
		check_reference(v, ms_span_of(text.data + i + 2, len), string->offset);
		i += 2 + len;
	}
}

/* ------------------------------------------------------------------ the names */

void
ms_sieve_check_variable(ms_sieve_validator *v, const ms_sieve_string *string)
{
	ms_span		name = string->value;

	if (ms_sieve_is_variable_name(name))
		use(v, name, string->offset);
	else if (name.len > 0 && skip_name(name, 0) == name.len && is_digit(name.data[0]))
		ms_sieve_say(v, MS_SIEVE_VARIABLE_MATCH, string->offset, name, MS_NO_SPAN);
	else if (name_space(name).len + 1 < name.len && ms_sieve_is_variable_name(name_space(name)))
		check_namespace(v, name, string->offset, true);
	else
		ms_sieve_say(v, MS_SIEVE_VARIABLE_NAME, string->offset, name, MS_NO_SPAN);
}

static void
check_set(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	(void) node;
	ms_sieve_check_variable(v, first->strings);
}

static void
check_string(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	ms_sieve_check_match(v, node, first->next);
}

static const ms_sieve_command commands[] = {
	{"set", MS_SIEVE_COMMAND, MS_TAKES_MODIFIERS, "RS", "set [:lower|:upper] [:lowerfirst|:upperfirst] [:quotewildcard] [:length] \"name\" \"value\";", MS_SIEVE_NO_TEST, false, check_set},
	{"string", MS_SIEVE_TEST, MS_TAKES_MATCH, "LL", "string [:is|:contains|:matches] [\"source\", ...] [\"key\", ...]", MS_SIEVE_NO_TEST, false, check_string},
	{0}
};

/* Of each precedence there may be one. */
static const ms_sieve_tag tags[] = {
	{"lower", MS_TAKES_MODIFIERS, "", "modifier 40", NULL},
	{"upper", MS_TAKES_MODIFIERS, "", "modifier 40", NULL},
	{"lowerfirst", MS_TAKES_MODIFIERS, "", "modifier 30", NULL},
	{"upperfirst", MS_TAKES_MODIFIERS, "", "modifier 30", NULL},
	{"quotewildcard", MS_TAKES_MODIFIERS, "", "modifier 20", NULL},
	{"length", MS_TAKES_MODIFIERS, "", "modifier 10", NULL},
	{0}
};

const ms_sieve_capability ms_sieve_variables = {"variables", true, commands, tags, NULL};

/* --------------------------------------------------------- encoded-character */

const ms_sieve_capability ms_sieve_encoded_character = {"encoded-character", true, NULL, NULL, NULL};

static int
hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Writes a character as UTF-8; returns its length. */
static size_t
put_unicode(char *out, unsigned long c)
{
	if (c < 0x80)
	{
		out[0] = (char) c;
		return 1;
	}
	if (c < 0x800)
	{
		out[0] = (char) (0xC0 | c >> 6);
		out[1] = (char) (0x80 | (c & 0x3F));
		return 2;
	}
	if (c < 0x10000)
	{
		out[0] = (char) (0xE0 | c >> 12);
		out[1] = (char) (0x80 | (c >> 6 & 0x3F));
		out[2] = (char) (0x80 | (c & 0x3F));
		return 3;
	}
	out[0] = (char) (0xF0 | c >> 18);
	out[1] = (char) (0x80 | (c >> 12 & 0x3F));
	out[2] = (char) (0x80 | (c >> 6 & 0x3F));
	out[3] = (char) (0x80 | (c & 0x3F));
	return 4;
}

static bool
begins(ms_span text, size_t at, const char *lower)
{
	size_t		len = strlen(lower);

	return text.len - at >= len && ms_sieve_is(ms_span_of(text.data + at, len), lower);
}

/* A character whose number does not exist is left out. */
static size_t
put_character(ms_sieve_validator *v, const ms_sieve_string *string, ms_span digits, bool unicode,
			  unsigned long c, char *out)
{
	if (!unicode)
	{
		out[0] = (char) c;
		return 1;
	}
	if (c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF))
		return put_unicode(out, c);
	ms_sieve_say(v, MS_SIEVE_UNICODE, string->offset, digits, MS_NO_SPAN);
	return 0;
}

/*
 * What stands at "${hex:" or "${unicode:" in text: its length, with what it
 * means in out; 0 where it is nothing of the kind.
 */
static size_t
decode(ms_sieve_validator *v, const ms_sieve_string *string, ms_span text, size_t at, char *out, size_t *len)
{
	bool		unicode = begins(text, at, "${unicode:");
	size_t		longest = unicode ? 16 : 2;
	size_t		i = at + strlen(unicode ? "${unicode:" : "${hex:");

	if (!unicode && !begins(text, at, "${hex:"))
		return 0;
	for (;;)
	{
		size_t		start;
		unsigned long c = 0;

		while (i < text.len && is_blank(text.data[i]))
			i++;
		if (i < text.len && text.data[i] == '}')
			return i + 1 - at;
		start = i;
		for (; i < text.len && i - start < longest && hex_digit(text.data[i]) >= 0; i++)
			c = c > 0x10FFFF ? c : c << 4 | hex_digit(text.data[i]);
		if (i == start || i >= text.len || !(is_blank(text.data[i]) || text.data[i] == '}'))
			return 0;
		*len += put_character(v, string, ms_span_of(text.data + start, i - start), unicode, c, out + *len);
	}
}

void
ms_sieve_decode_characters(ms_sieve_validator *v, ms_sieve_string *string)
{
	ms_span		text = string->value;
	char	   *out;
	size_t		len = 0;
	size_t		i = 0;

	if (text.len < 7 || memchr(text.data, '$', text.len) == NULL || !ms_sieve_has(v, ms_sieve_encoded_character.name))
		return;
	/* What is decoded is never longer than how it is written. */
	out = ms_sieve_alloc(v->arena, text.len);
	while (i < text.len)
	{
		size_t		before = len;
		size_t		used = text.data[i] == '$' ? decode(v, string, text, i, out, &len) : 0;

		if (used == 0)
		{
			len = before;
			out[len++] = text.data[i++];
		}
		i += used;
	}
	string->value = ms_span_of(out, len);
}
