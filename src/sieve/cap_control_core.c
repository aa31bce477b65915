/*
 * cap_control_core.c
 *	  include (RFC 6609), and mime, foreverypart and extracttext (RFC 5703).
 */
#include "sieve/capabilities.h"

/* --------------------------------------------------------------------- include */

#define MAX_SCRIPT_NAME 256

/* Of Pigeonhole: characters that a name of a script may not have. */
static bool
is_refused_character(ms_span name, size_t i)
{
	const unsigned char *p = (const unsigned char *) name.data + i;
	size_t		left = name.len - i;

	if (p[0] < ' ' || p[0] == 0x7F || p[0] == '/')
		return true;
	if (left >= 2 && p[0] == 0xC2 && p[1] <= 0x9F)
		return true;
	if (left >= 2 && p[0] == 0xC3 && p[1] == 0xBF)
		return true;
	return left >= 3 && p[0] == 0xE2 && p[1] == 0x80 && (p[2] == 0xA8 || p[2] == 0xA9);
}

static bool
is_script_name(ms_span name)
{
	size_t		characters = 0;
	size_t		i;

	for (i = 0; i < name.len; i++)
	{
		if (is_refused_character(name, i))
			return false;
		characters += (name.data[i] & 0xC0) != 0x80;
	}
	return characters > 0 && characters <= MAX_SCRIPT_NAME;
}

static void
check_include(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	const ms_sieve_string *name = first->strings;

	if (name->varies)
		ms_sieve_say(v, MS_SIEVE_CONSTANT, name->offset, node->name, MS_NO_SPAN);
	else if (!is_script_name(name->value))
		ms_sieve_say(v, MS_SIEVE_SCRIPT_NAME, name->offset, name->value, MS_NO_SPAN);
}

static void
needs(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_capability *capability)
{
	if (!ms_sieve_has(v, capability->name))
		ms_sieve_say_not_required(v, MS_SIEVE_NEEDS_CAPABILITY, node->offset, node->name,
								  ms_sieve_find_capability(ms_span_of_text(capability->name)));
}

static void
check_global(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	const ms_sieve_string *name;

	needs(v, node, &ms_sieve_variables);
	for (name = first->strings; name != NULL; name = name->next)
	{
		if (ms_sieve_is_variable_name(name->value))
			ms_sieve_declare_global(v, name);
		else
			ms_sieve_say(v, MS_SIEVE_VARIABLE_NAME, name->offset, name->value, MS_NO_SPAN);
	}
}

static void
check_import(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	if (v->imported_all)
		ms_sieve_say(v, MS_SIEVE_IMPORT_LATE, node->offset, node->name, MS_NO_SPAN);
	check_global(v, node, first);
}

static const ms_sieve_command include_commands[] = {
	{"include", MS_SIEVE_COMMAND, MS_TAKES_INCLUDE, "S", "include [:personal|:global] [:once] [:optional] \"script\";", MS_SIEVE_NO_TEST, false, check_include},
	{"return", MS_SIEVE_COMMAND, 0, "", "return;", MS_SIEVE_NO_TEST, false, NULL},
	{"global", MS_SIEVE_COMMAND, 0, "Q", "global [\"variable\", ...];", MS_SIEVE_NO_TEST, false, check_global},
	{"import", MS_SIEVE_COMMAND, 0, "Q", "import [\"variable\", ...];", MS_SIEVE_NO_TEST, false, check_import},
	{"export", MS_SIEVE_COMMAND, 0, "Q", "export [\"variable\", ...];", MS_SIEVE_NO_TEST, false, check_import},
	{0}
};

static const ms_sieve_tag include_tags[] = {
	{"personal", MS_TAKES_INCLUDE, "", "location", NULL},
	{"global", MS_TAKES_INCLUDE, "", "location", NULL},
	{"once", MS_TAKES_INCLUDE, "", MS_REPEATABLE, NULL},
	{"optional", MS_TAKES_INCLUDE, "", MS_REPEATABLE, NULL},
	{0}
};

const ms_sieve_capability ms_sieve_include = {"include", true, include_commands, include_tags, NULL};

/* ------------------------------------------------------------------------ mime */

static void
check_with_mime(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *tag,
				const ms_sieve_argument *parameter)
{
	(void) parameter;
	if (ms_sieve_tag_of(node, "mime") == NULL)
		ms_sieve_say(v, MS_SIEVE_TAG_NEEDS_TAG, tag->offset, tag->name, ms_span_of_text("mime"));
}

static const ms_sieve_tag mime_tags[] = {
	{"mime", MS_TAKES_MIME, "", NULL, NULL},
	{"anychild", MS_TAKES_MIME, "", MS_REPEATABLE, check_with_mime},
	{"type", MS_TAKES_MIME_PART, "", "mime part", check_with_mime},
	{"subtype", MS_TAKES_MIME_PART, "", "mime part", check_with_mime},
	{"contenttype", MS_TAKES_MIME_PART, "", "mime part", check_with_mime},
	{"param", MS_TAKES_MIME_PART, "L", "mime part", check_with_mime},
	{0}
};

const ms_sieve_capability ms_sieve_mime = {"mime", true, NULL, mime_tags, NULL};

/* ---------------------------------------------------------------- foreverypart */

#define MAX_LOOPS 4

static void
check_foreverypart(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	const ms_sieve_node *outer = node;
	int			depth = 0;

	(void) first;
	for (; outer != NULL; outer = ms_sieve_enclosing(outer, "foreverypart"))
		depth++;
	if (depth > MAX_LOOPS)
		ms_sieve_say(v, MS_SIEVE_LOOPS_TOO_DEEP, node->offset, MS_NO_SPAN, MS_NO_SPAN);
}

static bool
is_loop_named(const ms_sieve_node *loop, ms_span name)
{
	const ms_sieve_argument *tag = ms_sieve_tag_of(loop, "name");

	return tag != NULL && tag->next != NULL && tag->next->strings != NULL &&
		ms_span_equal(tag->next->strings->value, name);
}

static void
check_break(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	const ms_sieve_argument *tag = ms_sieve_tag_of(node, "name");
	const ms_sieve_node *loop = ms_sieve_enclosing(node, "foreverypart");

	(void) first;
	if (tag != NULL)
	{
		const ms_sieve_string *name = tag->next->strings;

		while (loop != NULL && !is_loop_named(loop, name->value))
			loop = ms_sieve_enclosing(loop, "foreverypart");
		if (loop == NULL)
			ms_sieve_say(v, MS_SIEVE_LOOP_NAME, name->offset, name->value, MS_NO_SPAN);
	}
	else if (loop == NULL)
		ms_sieve_say(v, MS_SIEVE_OUTSIDE_LOOP, node->offset, node->name, MS_NO_SPAN);
}

static const ms_sieve_command foreverypart_commands[] = {
	{"foreverypart", MS_SIEVE_COMMAND, MS_TAKES_LOOP_NAME, "", "foreverypart [:name \"name\"] { ... }", MS_SIEVE_NO_TEST, true, check_foreverypart},
	{"break", MS_SIEVE_COMMAND, MS_TAKES_LOOP_NAME, "", "break [:name \"name\"];", MS_SIEVE_NO_TEST, false, check_break},
	{0}
};

static const ms_sieve_tag foreverypart_tags[] = {
	{"name", MS_TAKES_LOOP_NAME, "R", NULL, NULL},
	{0}
};

const ms_sieve_capability ms_sieve_foreverypart = {"foreverypart", true, foreverypart_commands, foreverypart_tags, NULL};

/* ----------------------------------------------------------------- extracttext */

static void
check_extracttext(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	needs(v, node, &ms_sieve_variables);
	if (ms_sieve_enclosing(node, "foreverypart") == NULL)
		ms_sieve_say(v, MS_SIEVE_OUTSIDE_LOOP, node->offset, node->name, MS_NO_SPAN);
	ms_sieve_check_variable(v, first->strings);
}

static const ms_sieve_command extracttext_commands[] = {
	{"extracttext", MS_SIEVE_COMMAND, MS_TAKES_MODIFIERS | MS_TAKES_FIRST, "R", "extracttext [:first number] [:lower|:upper] \"variable\";", MS_SIEVE_NO_TEST, false, check_extracttext},
	{0}
};

static const ms_sieve_tag extracttext_tags[] = {
	{"first", MS_TAKES_FIRST, "N", NULL, NULL},
	{0}
};

const ms_sieve_capability ms_sieve_extracttext = {"extracttext", true, extracttext_commands, extracttext_tags, NULL};
