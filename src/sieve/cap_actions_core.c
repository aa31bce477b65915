/*
 * cap_actions_core.c
 *	  What is done with a message: copy (RFC 3894), reject (RFC 5429), mailbox
 *	  (RFC 5490, section 3), special-use (RFC 8579) and imap4flags (RFC 5232).
 */
#include "sieve/capabilities.h"

static const ms_sieve_tag copy_tags[] = {
	{"copy", MS_TAKES_COPY, "", NULL, NULL},
	{0}
};

static const ms_sieve_command reject_commands[] = {
	{"reject", MS_SIEVE_COMMAND, 0, "S", "reject \"reason\";", MS_SIEVE_NO_TEST, false, NULL},
	{0}
};

static const ms_sieve_command mailbox_commands[] = {
	{"mailboxexists", MS_SIEVE_TEST, 0, "L", "mailboxexists [\"folder\", ...]", MS_SIEVE_NO_TEST, false, NULL},
	{0}
};

static const ms_sieve_tag mailbox_tags[] = {
	{"create", MS_TAKES_CREATE, "", NULL, NULL},
	{0}
};

const ms_sieve_capability ms_sieve_copy = {"copy", true, NULL, copy_tags, NULL};
const ms_sieve_capability ms_sieve_reject = {"reject", true, reject_commands, NULL, NULL};
const ms_sieve_capability ms_sieve_mailbox = {"mailbox", true, mailbox_commands, mailbox_tags, NULL};

/* ------------------------------------------------------------------ special-use */

/* atom of RFC 3501. */
static bool
is_atom(ms_span text)
{
	size_t		i;

	for (i = 0; i < text.len; i++)
	{
		if (text.data[i] <= ' ' || text.data[i] >= 0x7F || strchr("(){%*\"\\]", text.data[i]) != NULL)
			return false;
	}
	return text.len > 0;
}

static void
check_special_use(ms_sieve_validator *v, const ms_sieve_string *flag)
{
	for (; flag != NULL; flag = flag->next)
	{
		if (!flag->varies && !(flag->value.len > 0 && flag->value.data[0] == '\\' && is_atom(ms_span_from(flag->value, 1))))
			ms_sieve_say(v, MS_SIEVE_SPECIAL_USE, flag->offset, flag->value, MS_NO_SPAN);
	}
}

static void
check_tag(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *tag,
		  const ms_sieve_argument *parameter)
{
	(void) node;
	(void) tag;
	check_special_use(v, parameter->strings);
}

static void
check_exists(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	(void) node;
	check_special_use(v, (first->next != NULL ? first->next : first)->strings);
}

static const ms_sieve_command special_use_commands[] = {
	{"specialuse_exists", MS_SIEVE_TEST, 0, "L|SL", "specialuse_exists [\"folder\"] [\"\\\\Use\", ...]", MS_SIEVE_NO_TEST, false, check_exists},
	{0}
};

static const ms_sieve_tag special_use_tags[] = {
	{"specialuse", MS_TAKES_CREATE, "S", NULL, check_tag},
	{0}
};

const ms_sieve_capability ms_sieve_special_use = {"special-use", false, special_use_commands, special_use_tags, NULL};

/* ------------------------------------------------------------------- imap4flags */

static bool
is_flag(ms_span flag)
{
	static const char *const system_flags[] = {"\\answered", "\\flagged", "\\deleted", "\\seen", "\\draft"};
	size_t		i;

	if (flag.data[0] != '\\')
		return is_atom(flag);
	for (i = 0; i < sizeof(system_flags) / sizeof(system_flags[0]); i++)
	{
		if (ms_sieve_is(flag, system_flags[i]))
			return true;
	}
	return false;
}

/* A string may hold several, with blanks between them. */
static void
check_words(ms_sieve_validator *v, const ms_sieve_string *string)
{
	size_t		start;
	size_t		i = 0;

	while (i < string->value.len)
	{
		while (i < string->value.len && string->value.data[i] == ' ')
			i++;
		for (start = i; i < string->value.len && string->value.data[i] != ' ';)
			i++;
		if (i > start && !is_flag(ms_span_of(string->value.data + start, i - start)))
			ms_sieve_say(v, MS_SIEVE_FLAG, string->offset, ms_span_of(string->value.data + start, i - start), MS_NO_SPAN);
	}
}

void
ms_sieve_check_flags(ms_sieve_validator *v, const ms_sieve_argument *flags)
{
	const ms_sieve_string *string;

	for (string = flags->strings; string != NULL; string = string->next)
	{
		if (!string->varies)
			check_words(v, string);
	}
}

/* Where there are two arguments, the first is a variable. */
static const ms_sieve_argument *
check_flag_variable(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	if (first->next == NULL)
		return first;
	if (!ms_sieve_has(v, ms_sieve_variables.name))
		ms_sieve_say_not_required(v, MS_SIEVE_NEEDS_CAPABILITY, node->offset, node->name,
								  ms_sieve_find_capability(ms_span_of_text(ms_sieve_variables.name)));
	else
		ms_sieve_check_variable(v, first->strings);
	return first->next;
}

static void
check_flag_command(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	ms_sieve_check_flags(v, check_flag_variable(v, node, first));
}

static void
check_hasflag(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	ms_sieve_check_match(v, node, check_flag_variable(v, node, first));
}

static void
check_flags_tag(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *tag,
				const ms_sieve_argument *parameter)
{
	(void) node;
	(void) tag;
	ms_sieve_check_flags(v, parameter);
}

static const ms_sieve_command flag_commands[] = {
	{"setflag", MS_SIEVE_COMMAND, 0, "L|RL", "setflag [\"variable\"] [\"\\\\Flag\", ...];", MS_SIEVE_NO_TEST, false, check_flag_command},
	{"addflag", MS_SIEVE_COMMAND, 0, "L|RL", "addflag [\"variable\"] [\"\\\\Flag\", ...];", MS_SIEVE_NO_TEST, false, check_flag_command},
	{"removeflag", MS_SIEVE_COMMAND, 0, "L|RL", "removeflag [\"variable\"] [\"\\\\Flag\", ...];", MS_SIEVE_NO_TEST, false, check_flag_command},
	{"hasflag", MS_SIEVE_TEST, MS_TAKES_MATCH, "L|RL", "hasflag [:is|:contains|:matches] [\"variable\"] [\"\\\\Flag\", ...]", MS_SIEVE_NO_TEST, false, check_hasflag},
	{0}
};

static const ms_sieve_tag flag_tags[] = {
	{"flags", MS_TAKES_FLAGS, "L", NULL, check_flags_tag},
	{0}
};

const ms_sieve_capability ms_sieve_imap4flags = {"imap4flags", true, flag_commands, flag_tags, NULL};
