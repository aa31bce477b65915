/*
 * cap_dovecot_core.c
 *	  Pigeonhole's own: vnd.dovecot.* (spec-bosch-sieve-extprograms,
 *	  spec-bosch-sieve-dovecot-environment, -debug, -report), and imapsieve
 *	  (RFC 6785), which adds items of environment alone.
 */
#include "sieve/capabilities.h"

const ms_sieve_capability ms_sieve_imapsieve = {"imapsieve", false, NULL, NULL, NULL};
const ms_sieve_capability ms_sieve_dovecot_imapsieve = {"vnd.dovecot.imapsieve", false, NULL, NULL, NULL};
const ms_sieve_capability ms_sieve_dovecot_environment = {"vnd.dovecot.environment", false, NULL, NULL, "environment"};

static const ms_sieve_command debug_commands[] = {
	{"debug_log", MS_SIEVE_COMMAND, 0, "S", "debug_log \"message\";", MS_SIEVE_NO_TEST, false, NULL},
	{0}
};

const ms_sieve_capability ms_sieve_debug = {"vnd.dovecot.debug", false, debug_commands, NULL, NULL};

/* ---------------------------------------------------------------------- report */

/* token of RFC 2045. */
static bool
is_token(ms_span text)
{
	size_t		i;

	for (i = 0; i < text.len; i++)
	{
		if (text.data[i] <= ' ' || text.data[i] >= 0x7F || strchr("()<>@,;:\\\"/[]?=", text.data[i]) != NULL)
			return false;
	}
	return text.len > 0;
}

static void
check_report(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	const ms_sieve_string *type = first->strings;

	(void) node;
	if (!type->varies && !is_token(type->value))
		ms_sieve_say(v, MS_SIEVE_FEEDBACK_TYPE, type->offset, type->value, MS_NO_SPAN);
	ms_sieve_check_address(v, first->next->next->strings, "report");
}

static const ms_sieve_command report_commands[] = {
	{"report", MS_SIEVE_COMMAND, MS_TAKES_REPORT, "SSS", "report [:headers_only] \"type\" \"message\" \"address\";", MS_SIEVE_NO_TEST, false, check_report},
	{0}
};

static const ms_sieve_tag report_tags[] = {
	{"headers_only", MS_TAKES_REPORT, "", NULL, NULL},
	{0}
};

const ms_sieve_capability ms_sieve_report = {"vnd.dovecot.report", false, report_commands, report_tags, NULL};

/* ----------------------------------------------------- pipe, filter and execute */

static bool
has_lines(ms_span text)
{
	return text.len > 0 && (memchr(text.data, '\n', text.len) != NULL || memchr(text.data, '\r', text.len) != NULL);
}

/* A name of a file, without its directory. */
static bool
is_program_name(ms_span name)
{
	size_t		i;

	for (i = 0; i < name.len; i++)
	{
		if ((unsigned char) name.data[i] < ' ' || name.data[i] == 0x7F || name.data[i] == '/')
			return false;
	}
	return name.len > 0;
}

static void
check_program(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	const ms_sieve_string *name = first->strings;
	const ms_sieve_string *argument = first->next != NULL ? first->next->strings : NULL;

	if (name->varies)
		ms_sieve_say(v, MS_SIEVE_CONSTANT, name->offset, node->name, MS_NO_SPAN);
	else if (!is_program_name(name->value))
		ms_sieve_say(v, MS_SIEVE_PROGRAM, name->offset, name->value, MS_NO_SPAN);
	for (; argument != NULL; argument = argument->next)
	{
		if (!argument->varies && has_lines(argument->value))
			ms_sieve_say(v, MS_SIEVE_PROGRAM_ARGUMENT, argument->offset, argument->value, MS_NO_SPAN);
	}
}

static void
check_output(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *tag,
			 const ms_sieve_argument *parameter)
{
	(void) tag;
	if (!ms_sieve_has(v, ms_sieve_variables.name))
		ms_sieve_say_not_required(v, MS_SIEVE_NEEDS_CAPABILITY, node->offset, node->name,
								  ms_sieve_find_capability(ms_span_of_text(ms_sieve_variables.name)));
	else
		ms_sieve_check_variable(v, parameter->strings);
}

static const ms_sieve_command pipe_commands[] = {
	{"pipe", MS_SIEVE_COMMAND, MS_TAKES_COPY | MS_TAKES_PIPE, "S|SL", "pipe [:copy] [:try] \"program\" [\"argument\", ...];", MS_SIEVE_NO_TEST, false, check_program},
	{0}
};

static const ms_sieve_tag pipe_tags[] = {
	{"try", MS_TAKES_PIPE, "", NULL, NULL},
	{0}
};

static const ms_sieve_command filter_commands[] = {
	{"filter", MS_SIEVE_BOTH, 0, "S|SL", "filter \"program\" [\"argument\", ...];", MS_SIEVE_NO_TEST, false, check_program},
	{0}
};

static const ms_sieve_command execute_commands[] = {
	{"execute", MS_SIEVE_BOTH, MS_TAKES_EXECUTE, "S|SL", "execute [:input \"text\"|:pipe] [:output \"variable\"] \"program\" [\"argument\", ...];", MS_SIEVE_NO_TEST, false, check_program},
	{0}
};

static const ms_sieve_tag execute_tags[] = {
	{"input", MS_TAKES_EXECUTE, "S", "input", NULL},
	{"pipe", MS_TAKES_EXECUTE, "", "input", NULL},
	{"output", MS_TAKES_EXECUTE, "R", NULL, check_output},
	{0}
};

const ms_sieve_capability ms_sieve_pipe = {"vnd.dovecot.pipe", false, pipe_commands, pipe_tags, NULL};
const ms_sieve_capability ms_sieve_filter = {"vnd.dovecot.filter", false, filter_commands, NULL, NULL};
const ms_sieve_capability ms_sieve_execute = {"vnd.dovecot.execute", false, execute_commands, execute_tags, NULL};
