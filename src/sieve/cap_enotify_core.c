/*
 * cap_enotify_core.c
 *	  notify: RFC 5435; its method mailto: RFC 5436, of RFC 6068.
 */
#include "sieve/capabilities.h"

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What may stand in a mailto URI without a percent sign. */
static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c != '\0' && strchr("!$'()*+,-.:;@_~", c) != NULL);
}

/*
 * Reads characters up to one of ends, %41 as A; refuses those of refused that
 * are not written so.  *len is how many went to out.
 */
static bool
read_part(ms_span uri, size_t *at, const char *ends, const char *refused, char *out, size_t *len)
{
	*len = 0;
	for (; *at < uri.len; ++*at)
	{
		char		c = uri.data[*at];

		if (c == '\0')
			return false;
		if (strchr(ends, c) != NULL)
			return true;
		if (c == '%')
		{
			if (uri.len - *at < 3 || hex_digit(uri.data[*at + 1]) < 0 || hex_digit(uri.data[*at + 2]) < 0)
				return false;
			c = (char) (hex_digit(uri.data[*at + 1]) << 4 | hex_digit(uri.data[*at + 2]));
			*at += 2;
			if (c == '\0')
				return false;
		}
		else if ((!is_plain(c) && c != '=') || strchr(refused, c) != NULL)
			return false;
		out[(*len)++] = c;
	}
	return true;
}

/* Addresses with commas between them. */
static bool
are_addresses(ms_span list)
{
	bool		several;
	size_t		i;
	size_t		start = 0;

	for (i = 0; i <= list.len; i++)
	{
		if (i < list.len && list.data[i] != ',')
			continue;
		if (!ms_sieve_is_address(ms_span_of(list.data + start, i - start), &several))
			return false;
		start = i + 1;
	}
	return true;
}

/* One line, with no control characters. */
static bool
is_header_body(ms_span body)
{
	size_t		i;

	for (i = 0; i < body.len; i++)
	{
		if ((unsigned char) body.data[i] < ' ' && body.data[i] != '\t')
			return false;
	}
	return true;
}

/* One name=value behind the question mark. */
static bool
read_field(ms_span uri, size_t *at, char *out)
{
	size_t		name_len;
	size_t		len;
	ms_span		name;
	ms_span		body;

	if (!read_part(uri, at, "=", "", out, &name_len))
		return false;
	name = ms_span_of(out, name_len);
	if (!ms_sieve_is_header_name(name))
		return false;
	*at += *at < uri.len;
	if (!read_part(uri, at, "&", "", out + name_len, &len))
		return false;
	*at += *at < uri.len;
	body = ms_span_of(out + name_len, len);
	if (ms_sieve_is(name, "body"))
		return true;
	if (ms_sieve_is(name, "to") || ms_sieve_is(name, "cc"))
		return is_header_body(body) && are_addresses(body);
	return is_header_body(body);
}

/* What stands behind "mailto:". */
static bool
is_mailto(ms_sieve_arena *arena, ms_span uri)
{
	char	   *out = ms_sieve_alloc(arena, uri.len + 1);
	size_t		at = 0;
	size_t		len;

	if (uri.len > 0 && uri.data[0] != '?')
	{
		if (!read_part(uri, &at, "?", ":;,=", out, &len) || !are_addresses(ms_span_of(out, len)))
			return false;
	}
	at += at < uri.len;
	while (at < uri.len)
	{
		if (!read_field(uri, &at, out))
			return false;
	}
	return true;
}

#define MAILTO "mailto:"

static void
check_method(ms_sieve_validator *v, const ms_sieve_string *method)
{
	size_t		scheme = strlen(MAILTO);

	if (method->varies)
		return;
	if (method->value.len < scheme || !ms_sieve_is(ms_span_of(method->value.data, scheme), MAILTO))
		ms_sieve_say(v, MS_SIEVE_NOTIFY_METHOD, method->offset, method->value, MS_NO_SPAN);
	else if (!is_mailto(v->arena, ms_span_from(method->value, scheme)))
		ms_sieve_say(v, MS_SIEVE_MAILTO, method->offset, method->value, MS_NO_SPAN);
}

static void
check_notify(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	const ms_sieve_argument *from = ms_sieve_tag_of(node, "from");

	check_method(v, first->strings);
	/* What an address is, the method says. */
	if (from != NULL && !first->strings->varies)
		ms_sieve_check_address(v, from->next->strings, ":from");
}

static void
check_importance(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *tag,
				 const ms_sieve_argument *parameter)
{
	ms_span		value = parameter->strings->value;

	(void) node;
	(void) tag;
	if (value.len != 1 || value.data[0] < '1' || value.data[0] > '3')
		ms_sieve_say(v, MS_SIEVE_IMPORTANCE, parameter->offset, value, MS_NO_SPAN);
}

/* name=value, the name in small letters, digits and the like. */
static bool
is_option(ms_span option)
{
	const char *equals = option.len > 0 ? memchr(option.data, '=', option.len) : NULL;
	size_t		i;

	if (equals == NULL || equals == option.data)
		return false;
	for (i = 0; option.data + i < equals; i++)
	{
		char		c = option.data[i];
		bool		letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (!letter && (i == 0 || (c != '.' && c != '-' && c != '_')))
			return false;
	}
	return true;
}

static void
check_options(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *tag,
			  const ms_sieve_argument *parameter)
{
	const ms_sieve_string *option;

	(void) node;
	for (option = parameter->strings; option != NULL; option = option->next)
	{
		if (!option->varies && !is_option(option->value))
			ms_sieve_say(v, MS_SIEVE_NOTIFY_OPTION, option->offset, option->value, MS_NO_SPAN);
	}
	ms_sieve_say(v, MS_SIEVE_NOTIFY_OPTIONS, tag->offset, MS_NO_SPAN, MS_NO_SPAN);
}

static void
check_capability(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	ms_sieve_check_match(v, node, first->next->next);
}

static const ms_sieve_command commands[] = {
	{"notify", MS_SIEVE_COMMAND, MS_TAKES_NOTIFY, "S", "notify [:from \"address\"] [:importance \"1\"|\"2\"|\"3\"] [:message \"text\"] \"mailto:address\";", MS_SIEVE_NO_TEST, false, check_notify},
	{"valid_notify_method", MS_SIEVE_TEST, 0, "L", "valid_notify_method [\"uri\", ...]", MS_SIEVE_NO_TEST, false, NULL},
	{"notify_method_capability", MS_SIEVE_TEST, MS_TAKES_MATCH, "SSL", "notify_method_capability \"uri\" \"capability\" [\"key\", ...]", MS_SIEVE_NO_TEST, false, check_capability},
	{0}
};

static const ms_sieve_tag tags[] = {
	{"from", MS_TAKES_NOTIFY, "S", NULL, NULL},
	{"importance", MS_TAKES_NOTIFY, "R", NULL, check_importance},
	{"options", MS_TAKES_NOTIFY, "L", NULL, check_options},
	{"message", MS_TAKES_NOTIFY, "S", NULL, NULL},
	{"encodeurl", MS_TAKES_MODIFIERS, "", "modifier 15", NULL},
	{0}
};

const ms_sieve_capability ms_sieve_enotify = {"enotify", true, commands, tags, NULL};
