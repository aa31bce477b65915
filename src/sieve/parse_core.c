/*
 * parse_core.c
 *	  From tokens to a tree: RFC 5228, section 8.2.
 *
 * After a mistake the parser goes on at the next semicolon or brace.  Where the
 * mistake is a usual one, it guesses better: it looks at what the names around
 * it mean, so that a forgotten semicolon or command is one error and not ten.
 */
#include "sieve/grammar.h"
#include "sieve/lexer.h"

typedef struct parser
{
	ms_sieve_arena *arena;
	ms_sieve_problems *problems;
	ms_sieve_lexer lexer;
	ms_sieve_token token;
	size_t		previous_end;
	bool		ended_early;	/* the lexer gave up, which has been said */
} parser;

static void
say(parser *p, ms_sieve_code code, size_t offset, ms_span arg1, ms_span arg2)
{
	/* What is missing behind the place where the lexer gave up is no news. */
	if (!p->ended_early)
		ms_sieve_add(p->arena, p->problems, code, offset, arg1, arg2, MS_NO_SPAN);
}

static void
advance(parser *p)
{
	p->previous_end = p->token.end;
	ms_sieve_next(&p->lexer, &p->token);
	if (p->lexer.fault != MS_SIEVE_NONE && !p->ended_early)
	{
		say(p, p->lexer.fault, p->lexer.fault_offset, MS_NO_SPAN, MS_NO_SPAN);
		p->ended_early = true;
	}
}

static inline bool
at(const parser *p, char punctuation)
{
	return p->token.kind == MS_TOKEN_OTHER && p->token.punctuation == punctuation;
}

static inline bool
at_string(const parser *p)
{
	return p->token.kind == MS_TOKEN_QUOTED || p->token.kind == MS_TOKEN_TEXT;
}

static inline bool
at_end(const parser *p)
{
	return p->token.kind == MS_TOKEN_END;
}

/* The token as a message names it: as it stands there. */
static ms_span
found(const parser *p)
{
	size_t		len = p->token.end - p->token.offset;

	if (at_end(p))
		return ms_span_of_text("the end of the script");
	/* All octets of one character. */
	while (p->token.kind == MS_TOKEN_OTHER && p->token.offset + len < p->lexer.in.len &&
		   (p->lexer.in.data[p->token.offset + len] & 0xC0) == 0x80)
		len++;
	return ms_span_of(p->lexer.in.data + p->token.offset, len);
}

static bool
is_typographic_quote(ms_span character)
{
	static const char *const quotes[] = {
		"\xE2\x80\x98", "\xE2\x80\x99", "\xE2\x80\x9A", "\xE2\x80\x9C", "\xE2\x80\x9D", "\xE2\x80\x9E",
		"\xC2\xAB", "\xC2\xBB", NULL
	};
	size_t		i;

	for (i = 0; quotes[i] != NULL; i++)
	{
		if (ms_span_is(character, quotes[i]))
			return true;
	}
	return false;
}

/* Says what was expected; a character that no script has outside strings is the better reason. */
static void
say_found(parser *p, ms_sieve_code code, ms_span arg)
{
	bool		odd = p->token.kind == MS_TOKEN_OTHER &&
		(p->token.punctuation == '\0' || strchr("[](){};,", p->token.punctuation) == NULL);

	if (!odd)
		say(p, code, p->token.offset, found(p), arg);
	else if (is_typographic_quote(found(p)))
		say(p, MS_SIEVE_TYPOGRAPHIC_QUOTE, p->token.offset, found(p), MS_NO_SPAN);
	else
		say(p, MS_SIEVE_CHARACTER, p->token.offset, found(p), MS_NO_SPAN);
}

/* What is said about the rest of it could be due to what is missing. */
static void
mark_broken(ms_sieve_node *node)
{
	for (; node != NULL; node = node->tests)
		node->broken = true;
}

/* To the next token that ends a command or a block, or begins one. */
static void
recover(parser *p, ms_sieve_node *node)
{
	mark_broken(node);
	while (!at_end(p) && !at(p, ';') && !at(p, '{') && !at(p, '}'))
		advance(p);
}

/* ---------------------------------------------------------------- arguments */

static ms_sieve_string *
parse_string(parser *p)
{
	ms_sieve_string *string = ms_sieve_alloc(p->arena, sizeof(ms_sieve_string));

	string->offset = p->token.offset;
	string->value = ms_sieve_token_value(p->arena, &p->lexer, &p->token);
	if (string->value.len > MS_SIEVE_MAX_STRING)
		say(p, MS_SIEVE_STRING_TOO_LONG, string->offset, MS_NO_SPAN, MS_NO_SPAN);
	advance(p);
	return string;
}

/* Whether the list went well. */
static bool
parse_list(parser *p, ms_sieve_argument *argument)
{
	ms_sieve_string **last = &argument->strings;

	argument->kind = MS_SIEVE_LIST;
	do
	{
		advance(p);
		if (!at_string(p))
		{
			bool		empty = argument->strings == NULL && at(p, ']');

			say_found(p, empty ? MS_SIEVE_LIST_EMPTY : MS_SIEVE_LIST_STRING, MS_NO_SPAN);
			return false;
		}
		*last = parse_string(p);
		last = &(*last)->next;
	} while (at(p, ','));
	if (!at(p, ']'))
	{
		say_found(p, MS_SIEVE_LIST_END, MS_NO_SPAN);
		return false;
	}
	advance(p);
	return true;
}

/* Whether the next token begins an argument; then *went_well says whether all of it was there. */
static bool
parse_argument(parser *p, ms_sieve_argument **result, bool *went_well)
{
	ms_sieve_argument argument = {.offset = p->token.offset};

	*went_well = true;
	if (at(p, '['))
		*went_well = parse_list(p, &argument);
	else if (at_string(p))
	{
		argument.kind = MS_SIEVE_STRING;
		argument.strings = parse_string(p);
	}
	else if (p->token.kind == MS_TOKEN_NUMBER || p->token.kind == MS_TOKEN_TAG)
	{
		argument.kind = p->token.kind == MS_TOKEN_TAG ? MS_SIEVE_TAG : MS_SIEVE_NUMBER;
		argument.number = p->token.number;
		argument.name = ms_sieve_token_name(&p->lexer, &p->token);
		advance(p);
	}
	else
		return false;
	*result = ms_sieve_alloc(p->arena, sizeof(argument));
	**result = argument;
	return true;
}

/* ---------------------------------------------------------- tests and commands */

static ms_sieve_node *
new_node(parser *p, ms_sieve_node *parent, bool is_test)
{
	ms_sieve_node *node = ms_sieve_alloc(p->arena, sizeof(ms_sieve_node));

	node->parent = parent;
	node->is_test = is_test;
	node->offset = p->token.offset;
	node->name = ms_sieve_token_name(&p->lexer, &p->token);
	return node;
}

static bool
parse_arguments(parser *p, ms_sieve_node *node, int depth);

static ms_sieve_node *
parse_test(parser *p, ms_sieve_node *parent, int depth, bool *went_well)
{
	ms_sieve_node *test = new_node(p, parent, true);

	if (depth > MS_SIEVE_MAX_NESTING)
	{
		say(p, MS_SIEVE_TESTS_TOO_DEEP, p->token.offset, MS_NO_SPAN, MS_NO_SPAN);
		*went_well = false;
		return NULL;
	}
	advance(p);
	*went_well = parse_arguments(p, test, depth);
	return test;
}

/* At the parenthesis. */
static bool
parse_test_list(parser *p, ms_sieve_node *node, int depth)
{
	ms_sieve_node **last = &node->tests;
	bool		went_well;

	node->has_test_list = true;
	do
	{
		advance(p);
		if (p->token.kind != MS_TOKEN_IDENTIFIER)
		{
			say_found(p, MS_SIEVE_TEST_EXPECTED, MS_NO_SPAN);
			return false;
		}
		*last = parse_test(p, node, depth, &went_well);
		if (!went_well)
			return false;
		last = &(*last)->next;
	} while (at(p, ','));
	if (!at(p, ')'))
	{
		say_found(p, MS_SIEVE_TESTS_END, MS_NO_SPAN);
		return false;
	}
	advance(p);
	return true;
}

static bool
is_on_later_line(const parser *p)
{
	return memchr(p->lexer.in.data + p->previous_end, '\n', p->token.offset - p->previous_end) != NULL;
}

/*
 * Whether the identifier behind the arguments begins the next command, since
 * the semicolon before it was forgotten, rather than a test of this one.
 */
static bool
semicolon_is_missing(const parser *p, const ms_sieve_node *node)
{
	const ms_sieve_command *this = node->is_test ? NULL : ms_sieve_find_command(node->name, NULL);
	const ms_sieve_command *next;

	if (node->is_test || (this != NULL && this->tests != MS_SIEVE_NO_TEST))
		return false;
	next = ms_sieve_find_command(ms_sieve_token_name(&p->lexer, &p->token), NULL);
	if (next != NULL && next->use == MS_SIEVE_COMMAND)
		return true;
	return this != NULL && is_on_later_line(p);
}

/* Whether the tag begins a command whose name was forgotten, like the semicolon before it. */
static bool
is_orphan(const parser *p, const ms_sieve_node *node)
{
	const ms_sieve_command *this;
	ms_span		name;

	if (p->token.kind != MS_TOKEN_TAG || node->is_test || !is_on_later_line(p) || ms_sieve_is_full(p->problems))
		return false;
	name = ms_sieve_token_name(&p->lexer, &p->token);
	this = ms_sieve_find_command(node->name, NULL);
	return this != NULL && ms_sieve_find_tag(this, name, UINT64_MAX, NULL) == NULL &&
		ms_sieve_owner_of_tag(name) != NULL;
}

/* Whether the identifier is a tag of the command without its colon. */
static bool
colon_is_missing(const parser *p, const ms_sieve_node *node)
{
	ms_span		name = ms_sieve_token_name(&p->lexer, &p->token);
	const ms_sieve_command *this = ms_sieve_find_command(node->name, NULL);

	return this != NULL && this->tests == MS_SIEVE_NO_TEST &&
		ms_sieve_find_command(name, NULL) == NULL &&
		ms_sieve_find_tag(this, name, UINT64_MAX, NULL) != NULL;
}

static void
append(ms_sieve_argument ***last, ms_sieve_argument *argument)
{
	**last = argument;
	*last = &argument->next;
}

static void
take_tag_without_colon(parser *p, ms_sieve_node *node, ms_sieve_argument ***last)
{
	ms_sieve_argument *tag = ms_sieve_alloc(p->arena, sizeof(ms_sieve_argument));

	tag->kind = MS_SIEVE_TAG;
	tag->offset = p->token.offset;
	tag->name = ms_sieve_token_name(&p->lexer, &p->token);
	say(p, MS_SIEVE_COLON, tag->offset, tag->name, node->name);
	append(last, tag);
	advance(p);
}

/* What other languages write as two words. */
static bool
else_if(parser *p, ms_sieve_node *node)
{
	if (p->token.kind != MS_TOKEN_IDENTIFIER || !ms_sieve_is(node->name, "else") ||
		!ms_sieve_is(ms_sieve_token_name(&p->lexer, &p->token), "if"))
		return false;
	say(p, MS_SIEVE_ELSE_IF, node->offset, MS_NO_SPAN, MS_NO_SPAN);
	node->name = ms_span_of_text("elsif");
	return true;
}

/* Whether all went well; otherwise what is missing has been said. */
static bool
parse_arguments(parser *p, ms_sieve_node *node, int depth)
{
	ms_sieve_argument **last = &node->arguments;
	ms_sieve_argument *argument;
	bool		went_well = true;
	int			count = 0;

	for (;;)
	{
		if (is_orphan(p, node))
			return true;
		if (parse_argument(p, &argument, &went_well))
			append(&last, argument);
		else if (p->token.kind == MS_TOKEN_IDENTIFIER && colon_is_missing(p, node))
			take_tag_without_colon(p, node, &last);
		else
			break;
		if (!went_well)
			return false;
		if (++count > MS_SIEVE_MAX_ARGUMENTS)
		{
			say(p, MS_SIEVE_TOO_MANY_ARGUMENTS, node->offset, node->name, MS_NO_SPAN);
			return false;
		}
	}
	if (else_if(p, node))
		advance(p);
	if (p->token.kind == MS_TOKEN_IDENTIFIER && !semicolon_is_missing(p, node))
		node->tests = parse_test(p, node, depth + 1, &went_well);
	else if (at(p, '('))
	{
		if (depth < MS_SIEVE_MAX_NESTING)
			return parse_test_list(p, node, depth + 1);
		say(p, MS_SIEVE_TESTS_TOO_DEEP, p->token.offset, MS_NO_SPAN, MS_NO_SPAN);
		return false;
	}
	return went_well;
}

static ms_sieve_node *
parse_commands(parser *p, ms_sieve_node *parent, int depth);

static void
parse_block(parser *p, ms_sieve_node *node, int depth)
{
	size_t		offset = p->token.offset;

	node->has_block = true;
	if (depth > MS_SIEVE_MAX_NESTING)
	{
		say(p, MS_SIEVE_BLOCK_TOO_DEEP, offset, MS_NO_SPAN, MS_NO_SPAN);
		p->ended_early = true;
		p->lexer.at = p->lexer.in.len;
	}
	advance(p);
	node->commands = parse_commands(p, node, depth);
	if (at(p, '}'))
		advance(p);
	else
		say(p, MS_SIEVE_BLOCK_OPEN, offset, MS_NO_SPAN, MS_NO_SPAN);
}

/* At neither a semicolon nor a block; what can be skipped is. */
static void
parse_missing_end(parser *p, ms_sieve_node *node)
{
	if (p->ended_early)
		mark_broken(node);
	if (at_end(p) || at(p, '}') || p->token.kind == MS_TOKEN_IDENTIFIER || p->token.kind == MS_TOKEN_TAG)
	{
		if (!node->broken)
			say(p, MS_SIEVE_SEMICOLON, p->previous_end, node->name, found(p));
		return;
	}
	if (!node->broken)
		say_found(p, at(p, ',') ? MS_SIEVE_STRAY_COMMA : MS_SIEVE_END_EXPECTED, node->name);
	recover(p, node);
}

static bool
ends(const parser *p)
{
	return at(p, ';') || at(p, '{');
}

/* What is behind the arguments: a semicolon, a block, or neither. */
static void
parse_command_end(parser *p, ms_sieve_node *node, int depth)
{
	size_t		offset;

	if (!ends(p))
		parse_missing_end(p, node);
	offset = p->token.offset;
	if (at(p, ';'))
	{
		advance(p);
		if (!at(p, '{'))
			return;
		if (!node->broken)
			say(p, MS_SIEVE_SEMICOLON_BEFORE_BLOCK, offset, node->name, MS_NO_SPAN);
	}
	if (at(p, '{'))
		parse_block(p, node, depth + 1);
}

static ms_sieve_node *
parse_command(parser *p, ms_sieve_node *parent, int depth)
{
	ms_sieve_node *node = new_node(p, parent, false);

	advance(p);
	if (!parse_arguments(p, node, 1))
		recover(p, node);
	parse_command_end(p, node, depth);
	return node;
}

/* At a tag where a command is expected: NULL, or the command that it belongs to. */
static ms_sieve_node *
parse_orphan(parser *p, ms_sieve_node *parent, int depth)
{
	ms_span		tag = ms_sieve_token_name(&p->lexer, &p->token);
	const ms_sieve_command *owner = ms_sieve_is_full(p->problems) ? NULL : ms_sieve_owner_of_tag(tag);
	ms_sieve_node *node;

	if (owner == NULL)
	{
		say(p, MS_SIEVE_TAG_ALONE, p->token.offset, tag, MS_NO_SPAN);
		return NULL;
	}
	say(p, MS_SIEVE_TAG_WITHOUT_COMMAND, p->token.offset, tag, ms_span_of_text(owner->name));
	node = new_node(p, parent, false);
	node->name = ms_span_of_text(owner->name);
	if (!parse_arguments(p, node, 1))
		recover(p, node);
	parse_command_end(p, node, depth);
	return node;
}

/* Past what can begin no command. */
static void
skip(parser *p)
{
	if (at(p, ';'))
		say(p, MS_SIEVE_STRAY_SEMICOLON, p->token.offset, MS_NO_SPAN, MS_NO_SPAN);
	else if (at(p, '}'))
		say(p, MS_SIEVE_STRAY_BRACE, p->token.offset, MS_NO_SPAN, MS_NO_SPAN);
	else if (p->token.kind != MS_TOKEN_TAG)
		say_found(p, MS_SIEVE_COMMAND_EXPECTED, MS_NO_SPAN);
	recover(p, NULL);
	if (!at_end(p))
		advance(p);
}

/* Up to the end of the script, or the brace that ends the block. */
static ms_sieve_node *
parse_commands(parser *p, ms_sieve_node *parent, int depth)
{
	ms_sieve_node *first = NULL;
	ms_sieve_node *previous = NULL;

	while (!at_end(p) && !(at(p, '}') && parent != NULL))
	{
		ms_sieve_node *node = NULL;

		if (p->token.kind == MS_TOKEN_IDENTIFIER)
			node = parse_command(p, parent, depth);
		else if (p->token.kind == MS_TOKEN_TAG)
			node = parse_orphan(p, parent, depth);
		if (node == NULL)
		{
			skip(p);
			continue;
		}
		node->previous = previous;
		if (previous != NULL)
			previous->next = node;
		else
			first = node;
		previous = node;
	}
	return first;
}

ms_sieve_node *
ms_sieve_parse(ms_sieve_arena *arena, ms_span in, ms_sieve_problems *problems)
{
	parser		p = {.arena = arena, .problems = problems, .lexer = {.in = in}};

	if (in.len > MS_SIEVE_MAX_SIZE)
	{
		say(&p, MS_SIEVE_TOO_LARGE, MS_SIEVE_MAX_SIZE, MS_NO_SPAN, MS_NO_SPAN);
		return NULL;
	}
	advance(&p);
	return parse_commands(&p, NULL, 1);
}

/* ---------------------------------------------------------------- comparison */

static bool
same_name(ms_span a, ms_span b)
{
	size_t		i;

	if (a.len != b.len)
		return false;
	for (i = 0; i < a.len; i++)
	{
		if (a.data[i] != b.data[i] && (a.data[i] ^ b.data[i]) != 0x20)
			return false;
	}
	return true;
}

static bool
same_strings(const ms_sieve_string *a, const ms_sieve_string *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
	{
		if (!ms_span_equal(a->value, b->value))
			return false;
	}
	return a == NULL && b == NULL;
}

static bool
same_arguments(const ms_sieve_argument *a, const ms_sieve_argument *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
	{
		if (a->kind != b->kind || a->number != b->number || !same_strings(a->strings, b->strings) ||
			(a->kind == MS_SIEVE_TAG && !same_name(a->name, b->name)))
			return false;
	}
	return a == NULL && b == NULL;
}

bool
ms_sieve_same(const ms_sieve_node *a, const ms_sieve_node *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
	{
		if (!same_name(a->name, b->name) || a->has_block != b->has_block ||
			a->has_test_list != b->has_test_list || !same_arguments(a->arguments, b->arguments) ||
			!ms_sieve_same(a->tests, b->tests) || !ms_sieve_same(a->commands, b->commands))
			return false;
	}
	return a == NULL && b == NULL;
}
