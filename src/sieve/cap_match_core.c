/*
 * cap_match_core.c
 *	  More ways to compare: relational (RFC 5231), regex
 *	  (draft-ietf-sieve-regex-01) and subaddress (RFC 5233); and how match type
 *	  and comparator go together (RFC 5228, section 2.7).
 */
#include "sieve/capabilities.h"

#define MATCH_TYPE "match type"

static bool
is_relation(ms_span text)
{
	static const char *const relations[] = {"gt", "ge", "lt", "le", "eq", "ne"};
	size_t		i;

	for (i = 0; i < sizeof(relations) / sizeof(relations[0]); i++)
	{
		/* In lower case alone. */
		if (ms_span_is(text, relations[i]))
			return true;
	}
	return false;
}

static void
check_relation(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *tag,
			   const ms_sieve_argument *parameter)
{
	(void) node;
	if (!is_relation(parameter->strings->value))
		ms_sieve_say(v, MS_SIEVE_RELATION, parameter->offset, parameter->strings->value, tag->name);
}

static const ms_sieve_tag relational_tags[] = {
	{"count", MS_TAKES_MATCH, "R", MATCH_TYPE, check_relation},
	{"value", MS_TAKES_MATCH, "R", MATCH_TYPE, check_relation},
	{0}
};

static const ms_sieve_tag regex_tags[] = {
	{"regex", MS_TAKES_MATCH, "", MATCH_TYPE, NULL},
	{0}
};

static const ms_sieve_tag subaddress_tags[] = {
	{"user", MS_TAKES_ADDRESS_PART, "", "address part", NULL},
	{"detail", MS_TAKES_ADDRESS_PART, "", "address part", NULL},
	{0}
};

const ms_sieve_capability ms_sieve_relational = {"relational", true, NULL, relational_tags, NULL};
const ms_sieve_capability ms_sieve_regex = {"regex", true, NULL, regex_tags, NULL};
const ms_sieve_capability ms_sieve_subaddress = {"subaddress", true, NULL, subaddress_tags, NULL};

/* The comparator that is given, or the one that is meant without. */
static ms_span
comparator_of(const ms_sieve_node *node)
{
	const ms_sieve_argument *tag = ms_sieve_tag_of(node, "comparator");

	return tag != NULL ? tag->next->strings->value : ms_span_of_text("i;ascii-casemap");
}

static void
check_regexes(ms_sieve_validator *v, const ms_sieve_argument *keys)
{
	const ms_sieve_string *key;

	for (key = keys->strings; key != NULL; key = key->next)
	{
		if (!key->varies)
			ms_sieve_check_regex(v, key);
	}
}

void
ms_sieve_check_match(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *keys)
{
	const ms_sieve_argument *contains = ms_sieve_tag_of(node, "contains");
	const ms_sieve_argument *part = contains != NULL ? contains : ms_sieve_tag_of(node, "matches");
	ms_span		comparator = comparator_of(node);
	bool		numeric = ms_sieve_is(comparator, "i;ascii-numeric");

	if (part != NULL && numeric)
		ms_sieve_say(v, MS_SIEVE_COMPARATOR_SUBSTRING, part->offset, comparator, part->name);
	if (ms_sieve_tag_of(node, "regex") == NULL)
		return;
	if (numeric)
		ms_sieve_say(v, MS_SIEVE_COMPARATOR_REGEX, node->offset, comparator, MS_NO_SPAN);
	if (keys != NULL)
		check_regexes(v, keys);
}
