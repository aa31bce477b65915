/*
 * validate_core.c
 *	  Holds a tree against what the capabilities define.
 *
 * As in Pigeonhole what can never run is not looked at: the block of an if
 * whose test is false as it stands, and what follows one that is true.  Scripts
 * that ask with ihave (RFC 5463) before they use something rely on it.
 */
#include "sieve/grammar.h"

/* What a test gives, as far as that can be told now. */
typedef enum outcome
{
	NEVER,
	ALWAYS,
	UNKNOWN
} outcome;

void
ms_sieve_say(ms_sieve_validator *v, ms_sieve_code code, size_t offset, ms_span arg1, ms_span arg2)
{
	ms_sieve_add(v->arena, v->problems, code, offset, arg1, arg2, MS_NO_SPAN);
}

/* ------------------------------------------------------------- capabilities */

bool
ms_sieve_has(const ms_sieve_validator *v, const char *capability)
{
	return v->loaded >> ms_sieve_find_capability(ms_span_of_text(capability)) & 1;
}

void
ms_sieve_load(ms_sieve_validator *v, int capability)
{
	const char *implied = ms_sieve_capabilities[capability]->implies;

	v->loaded |= UINT64_C(1) << capability;
	if (implied != NULL)
		ms_sieve_load(v, ms_sieve_find_capability(ms_span_of_text(implied)));
}

static size_t
put(char *out, size_t len, ms_span what)
{
	memcpy(out + len, what.data, what.len);
	return len + what.len;
}

/* In the order of the script: the list is the other way round, and has no capability twice. */
static size_t
put_required(char *out, size_t len, const ms_sieve_name *name)
{
	if (name == NULL)
		return len;
	len = put_required(out, len, name->next);
	len = put(out, len, ms_span_of_text("\""));
	len = put(out, len, name->name);
	return put(out, len, ms_span_of_text("\", "));
}

/* The require of the script with one capability more. */
static ms_span
whole_require(ms_sieve_validator *v, const char *capability)
{
	size_t		size = strlen(capability) + 20;
	const ms_sieve_name *name;
	char	   *out;
	size_t		len;
	bool		list = v->required != NULL;

	for (name = v->required; name != NULL; name = name->next)
		size += name->name.len + 4;
	out = ms_sieve_alloc(v->arena, size);
	len = put(out, 0, ms_span_of_text(list ? "require [" : "require "));
	len = put_required(out, len, v->required);
	len = put(out, len, ms_span_of_text("\""));
	len = put(out, len, ms_span_of_text(capability));
	len = put(out, len, ms_span_of_text(list ? "\"];" : "\";"));
	return ms_span_of(out, len);
}

void
ms_sieve_say_not_required(ms_sieve_validator *v, ms_sieve_code code, size_t offset, ms_span what,
						  int capability)
{
	const char *name = ms_sieve_capabilities[capability]->name;

	ms_sieve_add(v->arena, v->problems, code, offset, what, ms_span_of_text(name),
				 ms_sieve_is_full(v->problems) ? MS_NO_SPAN : whole_require(v, name));
}

/* ------------------------------------------------------------------ arguments */

const ms_sieve_argument *
ms_sieve_tag_of(const ms_sieve_node *node, const char *name)
{
	const ms_sieve_argument *argument;

	for (argument = node->arguments; argument != NULL; argument = argument->next)
	{
		if (argument->kind == MS_SIEVE_TAG && ms_sieve_is(argument->name, name))
			return argument;
	}
	return NULL;
}

const ms_sieve_node *
ms_sieve_enclosing(const ms_sieve_node *node, const char *name)
{
	for (node = node->parent; node != NULL; node = node->parent)
	{
		if (ms_sieve_is(node->name, name))
			return node;
	}
	return NULL;
}

static bool
is_of_type(const ms_sieve_argument *argument, char type)
{
	switch (type)
	{
		case 'N':
			return argument->kind == MS_SIEVE_NUMBER;
		case 'L':
		case 'Q':
			return argument->kind == MS_SIEVE_LIST || argument->kind == MS_SIEVE_STRING;
		default:
			return argument->kind == MS_SIEVE_STRING;
	}
}

/* Strings get the meaning that encoded-character and variables give them. */
static void
interpret(ms_sieve_validator *v, const ms_sieve_argument *argument, char type)
{
	ms_sieve_string *string;

	if (type == 'R' || type == 'Q')
		return;
	for (string = argument->strings; string != NULL; string = string->next)
	{
		ms_sieve_decode_characters(v, string);
		ms_sieve_find_variables(v, string);
	}
}

static const char *
type_in_words(char type)
{
	return type == 'N' ? "a number" : type == 'L' || type == 'Q' ? "a string or a list of them" : "a string";
}

/* Another tag before this one that is the same, or excludes it. */
static const ms_sieve_argument *
earlier_of_group(const ms_sieve_node *node, const ms_sieve_argument *this, const ms_sieve_tag *tag)
{
	const ms_sieve_argument *earlier;
	const ms_sieve_tag *other;

	if (tag->group != NULL && tag->group[0] == '\0')
		return NULL;
	for (earlier = node->arguments; earlier != this; earlier = earlier->next)
	{
		if (earlier->kind != MS_SIEVE_TAG)
			continue;
		other = ms_sieve_find_tag(node->command, earlier->name, UINT64_MAX, NULL);
		if (other == tag || (other != NULL && tag->group != NULL && other->group != NULL &&
							 strcmp(other->group, tag->group) == 0))
			return earlier;
	}
	return NULL;
}

static bool
say_unknown_tag(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *argument)
{
	int			capability;

	if (ms_sieve_find_tag(node->command, argument->name, UINT64_MAX, &capability) == NULL)
		ms_sieve_add(v->arena, v->problems, MS_SIEVE_UNKNOWN_TAG, argument->offset, node->name,
					 argument->name, ms_span_of_text(node->command->usage));
	else if (!(v->enabled >> capability & 1))
		ms_sieve_say(v, MS_SIEVE_NOT_ENABLED, argument->offset,
					 ms_span_of_text(ms_sieve_capabilities[capability]->name), MS_NO_SPAN);
	else
		ms_sieve_say_not_required(v, MS_SIEVE_TAG_NOT_REQUIRED, argument->offset, argument->name, capability);
	return false;
}

/* Whether the tag at *argument is right; leaves *argument behind it and what belongs to it. */
static bool
check_tag(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument **argument)
{
	const ms_sieve_argument *this = *argument;
	const ms_sieve_tag *tag = ms_sieve_find_tag(node->command, this->name, v->loaded, NULL);
	const ms_sieve_argument *earlier;
	const ms_sieve_argument *parameter = this->next;

	if (tag == NULL)
		return say_unknown_tag(v, node, this);
	earlier = earlier_of_group(node, this, tag);
	if (earlier != NULL)
	{
		bool		twice = ms_sieve_find_tag(node->command, earlier->name, v->loaded, NULL) == tag;

		ms_sieve_say(v, twice ? MS_SIEVE_TAG_TWICE : MS_SIEVE_TAGS_EXCLUDE, this->offset, this->name, earlier->name);
		return false;
	}
	*argument = parameter;
	if (tag->parameter[0] != '\0')
	{
		if (parameter == NULL || !is_of_type(parameter, tag->parameter[0]))
		{
			ms_sieve_say(v, MS_SIEVE_TAG_PARAMETER, this->offset, this->name,
						 ms_span_of_text(type_in_words(tag->parameter[0])));
			return false;
		}
		interpret(v, parameter, tag->parameter[0]);
		*argument = parameter->next;
	}
	if (tag->check != NULL)
		tag->check(v, node, this, parameter);
	return true;
}

static size_t
count(const ms_sieve_argument *argument)
{
	size_t		n = 0;

	for (; argument != NULL; argument = argument->next)
		n++;
	return n;
}

/* The form of the command that has that many arguments, or NULL. */
static const char *
form_of_length(const char *forms, size_t length)
{
	for (;;)
	{
		size_t		len = strcspn(forms, "|");

		if (len == length)
			return forms;
		if (forms[len] == '\0')
			return NULL;
		forms += len + 1;
	}
}

static bool
check_positional(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *argument)
{
	const ms_sieve_command *command = node->command;
	const ms_sieve_argument *tag;
	const char *form;

	for (tag = argument; tag != NULL; tag = tag->next)
	{
		if (tag->kind == MS_SIEVE_TAG)
		{
			if (ms_sieve_find_tag(command, tag->name, v->loaded, NULL) == NULL)
				return say_unknown_tag(v, node, tag);
			ms_sieve_say(v, MS_SIEVE_TAG_LATE, tag->offset, tag->name, node->name);
			return false;
		}
	}
	form = form_of_length(command->arguments, count(argument));
	if (form == NULL)
	{
		ms_sieve_say(v, MS_SIEVE_ARGUMENT_COUNT, node->offset, node->name, ms_span_of_text(command->usage));
		return false;
	}
	for (; argument != NULL; argument = argument->next, form++)
	{
		if (!is_of_type(argument, *form))
		{
			ms_sieve_say(v, MS_SIEVE_ARGUMENT_TYPE, argument->offset, node->name, ms_span_of_text(command->usage));
			return false;
		}
		interpret(v, argument, *form);
	}
	return true;
}

/* Whether all arguments are of the right kind; *first is the first that is no tag's. */
static bool
check_arguments(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument **first)
{
	const ms_sieve_argument *argument = node->arguments;

	while (argument != NULL && argument->kind == MS_SIEVE_TAG)
	{
		if (!check_tag(v, node, &argument))
			return false;
	}
	*first = argument;
	return check_positional(v, node, argument);
}

/* ------------------------------------------------------------ what it is at all */

static void
say_unknown(ms_sieve_validator *v, const ms_sieve_node *node)
{
	ms_sieve_use use = node->is_test ? MS_SIEVE_TEST : MS_SIEVE_COMMAND;
	const char *meant = ms_sieve_is_full(v->problems) ? NULL : ms_sieve_nearest_command(node->name, use);

	if (meant != NULL)
		ms_sieve_say(v, node->is_test ? MS_SIEVE_MEANT_TEST : MS_SIEVE_MEANT_COMMAND, node->offset,
					 node->name, ms_span_of_text(meant));
	else
		ms_sieve_say(v, node->is_test ? MS_SIEVE_UNKNOWN_TEST : MS_SIEVE_UNKNOWN_COMMAND, node->offset,
					 node->name, MS_NO_SPAN);
}

/* Once for a capability is enough: after that it is as if the script had required it. */
static void
say_capability(ms_sieve_validator *v, const ms_sieve_node *node, int capability)
{
	if (v->enabled >> capability & 1)
		ms_sieve_say_not_required(v, MS_SIEVE_NOT_REQUIRED, node->offset, node->name, capability);
	else
		ms_sieve_say(v, MS_SIEVE_NOT_ENABLED, node->offset,
					 ms_span_of_text(ms_sieve_capabilities[capability]->name), MS_NO_SPAN);
	ms_sieve_load(v, capability);
}

/* Whether the node is a command where one is expected, or a test. */
static bool
identify(ms_sieve_validator *v, ms_sieve_node *node)
{
	int			capability;
	const ms_sieve_command *command = ms_sieve_find_command(node->name, &capability);

	if (command == NULL)
	{
		say_unknown(v, node);
		return false;
	}
	if (!(v->loaded >> capability & 1))
		say_capability(v, node, capability);
	if (!(command->use & (node->is_test ? MS_SIEVE_TEST : MS_SIEVE_COMMAND)))
	{
		ms_sieve_say(v, node->is_test ? MS_SIEVE_IS_COMMAND : MS_SIEVE_IS_TEST, node->offset, node->name, MS_NO_SPAN);
		return false;
	}
	node->command = command;
	return true;
}

static bool
check_tests(ms_sieve_validator *v, const ms_sieve_node *node)
{
	ms_span		usage = ms_span_of_text(node->command->usage);

	switch (node->command->tests)
	{
		case MS_SIEVE_NO_TEST:
			if (node->tests == NULL)
				return true;
			ms_sieve_say(v, MS_SIEVE_TEST_REFUSED, node->offset, node->name, node->tests->name);
			return false;
		case MS_SIEVE_ONE_TEST:
			if (node->tests != NULL && !node->has_test_list)
				return true;
			ms_sieve_say(v, node->tests == NULL ? MS_SIEVE_TEST_MISSING : MS_SIEVE_TEST_LIST_REFUSED,
						 node->offset, node->name, usage);
			return false;
		default:
			if (node->has_test_list)
				return true;
			ms_sieve_say(v, MS_SIEVE_TEST_LIST_MISSING, node->offset, node->name, usage);
			return false;
	}
}

static bool
check_block(ms_sieve_validator *v, const ms_sieve_node *node)
{
	if (node->is_test || node->has_block == node->command->block)
		return true;
	ms_sieve_say(v, node->has_block ? MS_SIEVE_BLOCK_REFUSED : MS_SIEVE_BLOCK_MISSING, node->offset,
				 node->name, ms_span_of_text(node->command->usage));
	return false;
}

/* ------------------------------------------------------------------ the walk */

static void
check_commands(ms_sieve_validator *v, ms_sieve_node *node);

/* All about one node but its tests and its block. */
static bool
check_node(ms_sieve_validator *v, ms_sieve_node *node)
{
	const ms_sieve_argument *first;

	if (!identify(v, node))
		return false;
	if (node->broken)
		return true;
	if (!check_arguments(v, node, &first) || !check_tests(v, node) || !check_block(v, node))
		return false;
	if (node->command->check != NULL)
		node->command->check(v, node, first);
	return true;
}

static bool
is(const ms_sieve_node *node, const char *name)
{
	return ms_sieve_is(node->name, name);
}

static outcome
check_test(ms_sieve_validator *v, ms_sieve_node *node);

/* anyof is decided by what is always true, allof by what never is; what follows is not looked at. */
static outcome
check_test_list(ms_sieve_validator *v, ms_sieve_node *test, outcome decides)
{
	outcome		all = decides == ALWAYS ? NEVER : ALWAYS;

	for (; test != NULL; test = test->next)
	{
		outcome		one = check_test(v, test);

		if (one == decides)
			return decides;
		if (one == UNKNOWN)
			all = UNKNOWN;
	}
	return all;
}

/* Of ihave, whose capabilities check has loaded if it could. */
static outcome
outcome_of_ihave(const ms_sieve_validator *v, const ms_sieve_node *node)
{
	const ms_sieve_string *string = node->arguments != NULL ? node->arguments->strings : NULL;

	for (; string != NULL; string = string->next)
	{
		int			capability = ms_sieve_find_capability(string->value);

		if (capability < 0 || !(v->enabled >> capability & 1) ||
			ms_span_is(string->value, "variables") ||
			ms_span_is(string->value, "encoded-character"))
			return NEVER;
	}
	return UNKNOWN;
}

static outcome
check_test(ms_sieve_validator *v, ms_sieve_node *node)
{
	outcome		inner;

	if (!check_node(v, node))
		return UNKNOWN;
	/* All of these but ihave have no arguments. */
	if (node->arguments != NULL && !is(node, "ihave"))
		return UNKNOWN;
	if (is(node, "true"))
		return ALWAYS;
	if (is(node, "false"))
		return NEVER;
	if (is(node, "ihave"))
		return outcome_of_ihave(v, node);
	if (is(node, "not") && node->tests != NULL)
	{
		inner = check_test(v, node->tests);
		return inner == UNKNOWN ? UNKNOWN : inner == NEVER ? ALWAYS : NEVER;
	}
	if (is(node, "anyof") || is(node, "allof"))
		return check_test_list(v, node->tests, is(node, "anyof") ? ALWAYS : NEVER);
	return UNKNOWN;
}

/* Whether a branch that is always taken stands before this elsif or else: decided says so of each. */
static outcome
check_branch(ms_sieve_validator *v, ms_sieve_node *node, bool *decided)
{
	outcome		result;

	if (is(node, "if"))
		*decided = false;
	if (*decided)
		return NEVER;
	result = node->tests != NULL ? check_test(v, node->tests) : UNKNOWN;
	*decided = result == ALWAYS;
	return result;
}

/* What a required capability needs besides: once all of them are known. */
static void
check_required(ms_sieve_validator *v)
{
	static const char *const needed[] = {"variables", "foreverypart"};
	const ms_sieve_name *name = v->required;
	size_t		i;

	while (name != NULL && !ms_sieve_is(name->name, "extracttext"))
		name = name->next;
	for (i = 0; name != NULL && i < sizeof(needed) / sizeof(needed[0]); i++)
	{
		int			capability = ms_sieve_find_capability(ms_span_of_text(needed[i]));

		if (v->loaded >> capability & 1)
			continue;
		ms_sieve_say_not_required(v, MS_SIEVE_NEEDS_CAPABILITY, name->offset, name->name, capability);
		ms_sieve_load(v, capability);
	}
}

/* Whether the commands that have to stand first are over. */
static void
note_place(ms_sieve_validator *v, const ms_sieve_node *node)
{
	bool		first = node->parent == NULL && is(node, "require");

	if (!first && !v->required_all)
	{
		v->required_all = true;
		check_required(v);
	}
	v->imported_all |= !first && (node->parent != NULL || !(is(node, "import") || is(node, "export")));
}

static void
check_commands(ms_sieve_validator *v, ms_sieve_node *node)
{
	bool		decided = false;

	for (; node != NULL; node = node->next)
	{
		outcome		runs = UNKNOWN;

		note_place(v, node);
		if (check_node(v, node) && (node->command->tests == MS_SIEVE_ONE_TEST || is(node, "else")))
			runs = check_branch(v, node, &decided);
		if (runs != NEVER)
			check_commands(v, node->commands);
	}
}

/* ---------------------------------------------------------------- what is enabled */

/* One word of sieve_extensions; a name with no sign before it replaces the default. */
static uint64_t
enable(uint64_t enabled, ms_span word, bool *replaced)
{
	bool		sign = word.len > 0 && (word.data[0] == '+' || word.data[0] == '-');
	int			capability = ms_sieve_find_capability(ms_span_from(word, sign));
	uint64_t	bit = capability < 0 ? 0 : UINT64_C(1) << capability;

	if (!sign && !*replaced)
	{
		*replaced = true;
		enabled = 1;
	}
	return sign && word.data[0] == '-' ? enabled & ~bit : enabled | bit;
}

static uint64_t
enabled_by(ms_span extensions)
{
	uint64_t	enabled = 0;
	bool		replaced = false;
	size_t		i;

	for (i = 0; i < ms_sieve_capability_count(); i++)
		enabled |= (uint64_t) ms_sieve_capabilities[i]->by_default << i;
	for (i = 0; i < extensions.len;)
	{
		size_t		end = i;

		while (end < extensions.len && extensions.data[end] != ' ')
			end++;
		if (end > i)
			enabled = enable(enabled, ms_span_of(extensions.data + i, end - i), &replaced);
		i = end + 1;
	}
	return enabled;
}

ms_sieve_node *
ms_sieve_check(ms_sieve_arena *arena, ms_span in, ms_span extensions, ms_sieve_problems *problems)
{
	ms_sieve_validator v = {.arena = arena, .problems = problems, .enabled = enabled_by(extensions)};
	ms_sieve_node *script = ms_sieve_parse(arena, in, problems);

	/* The core is the first of them. */
	v.loaded = 1;
	check_commands(&v, script);
	return script;
}
