/*
 * cap_editheader_core.c
 *	  editheader: RFC 5293.
 */
#include "sieve/capabilities.h"

static void
check_field_name(ms_sieve_validator *v, const ms_sieve_string *name)
{
	for (; name != NULL; name = name->next)
	{
		if (!name->varies && !ms_sieve_is_header_name(name->value))
			ms_sieve_say(v, MS_SIEVE_FIELD_NAME, name->offset, name->value, MS_NO_SPAN);
	}
}

static bool
is_field_value(ms_span value)
{
	size_t		i;

	for (i = 0; i < value.len; i++)
	{
		unsigned char c = value.data[i];

		if (c < ' ' && c != '\t' && c != '\r' && c != '\n')
			return false;
	}
	return true;
}

static void
check_addheader(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	const ms_sieve_string *value = first->next->strings;

	(void) node;
	check_field_name(v, first->strings);
	if (!value->varies && !is_field_value(value->value))
		ms_sieve_say(v, MS_SIEVE_FIELD_VALUE, value->offset, value->value, MS_NO_SPAN);
}

static void
check_deleteheader(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	ms_span		name = first->strings->value;

	check_field_name(v, first->strings);
	if (ms_sieve_is(name, "received") || ms_sieve_is(name, "auto-submitted"))
		ms_sieve_say(v, MS_SIEVE_FIELD_KEPT, first->offset, name, MS_NO_SPAN);
	ms_sieve_check_match(v, node, first->next);
}

static const ms_sieve_command commands[] = {
	{"addheader", MS_SIEVE_COMMAND, MS_TAKES_ADD, "SS", "addheader [:last] \"header\" \"value\";", MS_SIEVE_NO_TEST, false, check_addheader},
	{"deleteheader", MS_SIEVE_COMMAND, MS_TAKES_DELETE | MS_TAKES_MATCH, "S|SL", "deleteheader [:index number [:last]] [:is|:contains|:matches] \"header\" [\"value\", ...];", MS_SIEVE_NO_TEST, false, check_deleteheader},
	{0}
};

static const ms_sieve_tag tags[] = {
	{"last", MS_TAKES_ADD, "", NULL, NULL},
	{"index", MS_TAKES_DELETE, "N", NULL, NULL},
	{"last", MS_TAKES_DELETE, "", NULL, ms_sieve_check_last},
	{0}
};

const ms_sieve_capability ms_sieve_editheader = {"editheader", false, commands, tags, NULL};
