/*
 * cap_core_core.c
 *	  What every script may use, and fileinto, envelope and the comparators: RFC 5228.
 */
#include "sieve/capabilities.h"

#define MATCH "[:is|:contains|:matches] [:comparator \"i;...\"]"

/* ------------------------------------------------------------------ require */

/* Each capability once, for the require that a hint may show. */
static void
remember(ms_sieve_validator *v, const ms_sieve_string *string)
{
	ms_sieve_name *name = ms_sieve_alloc(v->arena, sizeof(ms_sieve_name));

	name->name = string->value;
	name->offset = string->offset;
	name->next = v->required;
	v->required = name;
}

static void
say_unknown(ms_sieve_validator *v, const ms_sieve_string *string)
{
	const char *meant = ms_sieve_is_full(v->problems) ? NULL : ms_sieve_nearest_capability(string->value);
	int			definer;

	if (ms_sieve_find_command(string->value, &definer) != NULL && definer == 0)
		ms_sieve_say(v, MS_SIEVE_CAPABILITY_IS_CORE, string->offset, string->value, MS_NO_SPAN);
	else if (meant != NULL)
		ms_sieve_say(v, MS_SIEVE_MEANT_CAPABILITY, string->offset, string->value, ms_span_of_text(meant));
	else
		ms_sieve_say(v, MS_SIEVE_UNKNOWN_CAPABILITY, string->offset, string->value, MS_NO_SPAN);
}

static void
require_one(ms_sieve_validator *v, const ms_sieve_string *string)
{
	int			capability = ms_sieve_find_capability(string->value);

	if (capability < 0)
	{
		say_unknown(v, string);
		return;
	}
	if (!(v->loaded >> capability & 1))
		remember(v, string);
	if (!(v->enabled >> capability & 1))
		ms_sieve_say(v, MS_SIEVE_NOT_ENABLED, string->offset, string->value, MS_NO_SPAN);
	/* Loaded all the same, so that what uses it is not wrong for the same reason. */
	ms_sieve_load(v, capability);
}

static void
check_require(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	const ms_sieve_string *string;

	if (v->required_all)
		ms_sieve_say(v, MS_SIEVE_REQUIRE_LATE, node->offset, MS_NO_SPAN, MS_NO_SPAN);
	for (string = first->strings; string != NULL; string = string->next)
		require_one(v, string);
}

/* ------------------------------------------------------------- control, actions */

static void
check_else(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	const ms_sieve_node *previous = node->previous;

	(void) first;
	if (previous == NULL || !(ms_sieve_is(previous->name, "if") || ms_sieve_is(previous->name, "elsif")))
		ms_sieve_say(v, MS_SIEVE_ELSE_WITHOUT_IF, node->offset, node->name, MS_NO_SPAN);
}

static void
check_redirect(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	(void) node;
	ms_sieve_check_address(v, first->strings, "redirect");
}

/* -------------------------------------------------------------------- tests */

static void
check_size(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	(void) first;
	if (ms_sieve_tag_of(node, "over") == NULL && ms_sieve_tag_of(node, "under") == NULL)
		ms_sieve_say(v, MS_SIEVE_TAG_MISSING, node->offset, node->name, ms_span_of_text(":over and :under"));
}

static void
check_exists(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	(void) node;
	ms_sieve_check_header_names(v, first);
}

static void
check_header(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	ms_sieve_check_header_names(v, first);
	ms_sieve_check_match(v, node, first->next);
}

static bool
is_one_of(ms_span name, const char *const *names)
{
	for (; *names != NULL; names++)
	{
		if (ms_sieve_is(name, *names))
			return true;
	}
	return false;
}

/* Those that Pigeonhole knows to hold addresses. */
static const char *const address_headers[] = {
	"from", "to", "cc", "bcc", "sender", "resent-from", "resent-to", "resent-cc", "resent-bcc",
	"resent-sender", "reply-to", "resent-reply-to", "delivered-to", "x-original-to",
	"mail-followup-to", "mail-reply-to", "errors-to", "return-receipt-to", "apparently-to",
	"abuse-reports-to", "x-beenthere", NULL
};

static void
check_address(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	const ms_sieve_string *string;

	for (string = first->strings; string != NULL; string = string->next)
	{
		if (!string->varies && !is_one_of(string->value, address_headers))
			ms_sieve_say(v, MS_SIEVE_HEADER_WITHOUT_ADDRESS, string->offset, string->value, MS_NO_SPAN);
	}
	ms_sieve_check_match(v, node, first->next);
}

static const char *const comparators[] = {"i;octet", "i;ascii-casemap", NULL};

static void
check_comparator(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *tag,
				 const ms_sieve_argument *parameter)
{
	const ms_sieve_string *name = parameter->strings;

	(void) node;
	(void) tag;
	if (name->varies || is_one_of(name->value, comparators))
		return;
	if (!ms_sieve_is(name->value, "i;ascii-numeric"))
		ms_sieve_say(v, MS_SIEVE_COMPARATOR, name->offset, name->value, MS_NO_SPAN);
	else if (!ms_sieve_has(v, ms_sieve_numeric.name))
		ms_sieve_say_not_required(v, MS_SIEVE_COMPARATOR_NOT_REQUIRED, name->offset, name->value,
								  ms_sieve_find_capability(ms_span_of_text(ms_sieve_numeric.name)));
}

static const ms_sieve_command commands[] = {
	{"require", MS_SIEVE_COMMAND, 0, "Q", "require [\"capability\", ...];", MS_SIEVE_NO_TEST, false, check_require},
	{"if", MS_SIEVE_COMMAND, 0, "", "if test { ... }", MS_SIEVE_ONE_TEST, true, NULL},
	{"elsif", MS_SIEVE_COMMAND, 0, "", "elsif test { ... }", MS_SIEVE_ONE_TEST, true, check_else},
	{"else", MS_SIEVE_COMMAND, 0, "", "else { ... }", MS_SIEVE_NO_TEST, true, check_else},
	{"stop", MS_SIEVE_COMMAND, 0, "", "stop;", MS_SIEVE_NO_TEST, false, NULL},
	{"keep", MS_SIEVE_COMMAND, MS_TAKES_FLAGS, "", "keep [:flags [\"\\\\Flag\", ...]];", MS_SIEVE_NO_TEST, false, NULL},
	{"discard", MS_SIEVE_COMMAND, 0, "", "discard;", MS_SIEVE_NO_TEST, false, NULL},
	{"redirect", MS_SIEVE_COMMAND, MS_TAKES_COPY, "S", "redirect [:copy] \"address\";", MS_SIEVE_NO_TEST, false, check_redirect},
	{"true", MS_SIEVE_TEST, 0, "", "true", MS_SIEVE_NO_TEST, false, NULL},
	{"false", MS_SIEVE_TEST, 0, "", "false", MS_SIEVE_NO_TEST, false, NULL},
	{"not", MS_SIEVE_TEST, 0, "", "not test", MS_SIEVE_ONE_TEST, false, NULL},
	{"anyof", MS_SIEVE_TEST, 0, "", "anyof (test, ...)", MS_SIEVE_TEST_LIST, false, NULL},
	{"allof", MS_SIEVE_TEST, 0, "", "allof (test, ...)", MS_SIEVE_TEST_LIST, false, NULL},
	{"header", MS_SIEVE_TEST, MS_TAKES_MATCH | MS_TAKES_INDEX | MS_TAKES_MIME | MS_TAKES_MIME_PART, "LL",
	"header " MATCH " [\"header\", ...] [\"key\", ...]", MS_SIEVE_NO_TEST, false, check_header},
	{"address", MS_SIEVE_TEST, MS_TAKES_MATCH | MS_TAKES_ADDRESS_PART | MS_TAKES_INDEX | MS_TAKES_MIME, "LL",
	"address [:all|:localpart|:domain] " MATCH " [\"header\", ...] [\"key\", ...]", MS_SIEVE_NO_TEST, false, check_address},
	{"exists", MS_SIEVE_TEST, MS_TAKES_MIME, "L", "exists [\"header\", ...]", MS_SIEVE_NO_TEST, false, check_exists},
	{"size", MS_SIEVE_TEST, MS_TAKES_SIZE, "N", "size :over|:under number[K|M|G]", MS_SIEVE_NO_TEST, false, check_size},
	{0}
};

#define MATCH_TYPE "match type"
#define ADDRESS_PART "address part"

static const ms_sieve_tag tags[] = {
	{"is", MS_TAKES_MATCH, "", MATCH_TYPE, NULL},
	{"contains", MS_TAKES_MATCH, "", MATCH_TYPE, NULL},
	{"matches", MS_TAKES_MATCH, "", MATCH_TYPE, NULL},
	{"comparator", MS_TAKES_MATCH, "S", NULL, check_comparator},
	{"all", MS_TAKES_ADDRESS_PART, "", ADDRESS_PART, NULL},
	{"localpart", MS_TAKES_ADDRESS_PART, "", ADDRESS_PART, NULL},
	{"domain", MS_TAKES_ADDRESS_PART, "", ADDRESS_PART, NULL},
	{"over", MS_TAKES_SIZE, "", "limit", NULL},
	{"under", MS_TAKES_SIZE, "", "limit", NULL},
	{0}
};

const ms_sieve_capability ms_sieve_core = {"", true, commands, tags, NULL};

/* ------------------------------------------------------- fileinto, section 4.1 */

static const ms_sieve_command fileinto_commands[] = {
	{"fileinto", MS_SIEVE_COMMAND, MS_TAKES_COPY | MS_TAKES_CREATE | MS_TAKES_FLAGS, "S",
	"fileinto [:copy] [:create] [:flags [\"\\\\Flag\", ...]] \"folder\";", MS_SIEVE_NO_TEST, false, NULL},
	{0}
};

const ms_sieve_capability ms_sieve_fileinto = {"fileinto", true, fileinto_commands, NULL, NULL};

/* ------------------------------------------------------- envelope, section 5.4 */

static const char *const address_part_tags[] = {"all", "localpart", "domain", "user", "detail", NULL};

static void
check_part_of_auth(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_string *part)
{
	const char *const *name;

	for (name = address_part_tags; *name != NULL; name++)
	{
		if (ms_sieve_tag_of(node, *name) != NULL)
			ms_sieve_say(v, MS_SIEVE_ENVELOPE_NO_ADDRESS, part->offset, part->value, ms_span_of_text(*name));
	}
}

static void
check_envelope(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	const ms_sieve_string *part;

	for (part = first->strings; part != NULL; part = part->next)
	{
		if (part->varies || ms_sieve_is(part->value, "from") || ms_sieve_is(part->value, "to"))
			continue;
		if (ms_sieve_is(part->value, "auth"))
			check_part_of_auth(v, node, part);
		else
			ms_sieve_say(v, MS_SIEVE_ENVELOPE_PART, part->offset, part->value, MS_NO_SPAN);
	}
	ms_sieve_check_match(v, node, first->next);
}

static const ms_sieve_command envelope_commands[] = {
	{"envelope", MS_SIEVE_TEST, MS_TAKES_MATCH | MS_TAKES_ADDRESS_PART, "LL",
	"envelope [:all|:localpart|:domain] " MATCH " [\"from\"|\"to\", ...] [\"key\", ...]", MS_SIEVE_NO_TEST, false, check_envelope},
	{0}
};

const ms_sieve_capability ms_sieve_envelope = {"envelope", true, envelope_commands, NULL, NULL};

/* ---------------------------------------------------- comparators, section 2.7.3 */

const ms_sieve_capability ms_sieve_octet = {"comparator-i;octet", true, NULL, NULL, NULL};
const ms_sieve_capability ms_sieve_casemap = {"comparator-i;ascii-casemap", true, NULL, NULL, NULL};
const ms_sieve_capability ms_sieve_numeric = {"comparator-i;ascii-numeric", true, NULL, NULL, NULL};
