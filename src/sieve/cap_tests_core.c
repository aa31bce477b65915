/*
 * cap_tests_core.c
 *	  What is asked of a message and its surroundings: body (RFC 5173), date and
 *	  index (RFC 5260), environment (RFC 5183), ihave (RFC 5463), duplicate
 *	  (RFC 7352), spamtest and virustest (RFC 5235), metadata (RFC 5490, sections
 *	  4 and 5).
 */
#include "sieve/capabilities.h"

#define MATCH "[:is|:contains|:matches] [:comparator \"i;...\"]"

static void
check_first_is_keys(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	ms_sieve_check_match(v, node, first);
}

static void
check_second_is_keys(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	ms_sieve_check_match(v, node, first->next);
}

/* ------------------------------------------------------------------------ body */

static const ms_sieve_command body_commands[] = {
	{"body", MS_SIEVE_TEST, MS_TAKES_MATCH | MS_TAKES_BODY, "L", "body [:text|:raw|:content [\"type\", ...]] " MATCH " [\"key\", ...]", MS_SIEVE_NO_TEST, false, check_first_is_keys},
	{0}
};

static const ms_sieve_tag body_tags[] = {
	{"raw", MS_TAKES_BODY, "", "transform", NULL},
	{"text", MS_TAKES_BODY, "", "transform", NULL},
	{"content", MS_TAKES_BODY, "L", "transform", NULL},
	{0}
};

const ms_sieve_capability ms_sieve_body = {"body", true, body_commands, body_tags, NULL};

/* ------------------------------------------------------------------------ date */

static void
check_part(ms_sieve_validator *v, const ms_sieve_string *part)
{
	static const char *const parts[] = {
		"year", "month", "day", "date", "julian", "hour", "minute", "second", "time", "iso8601",
		"std11", "zone", "weekday"
	};
	size_t		i;

	if (part->varies)
		return;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
	{
		if (ms_sieve_is(part->value, parts[i]))
			return;
	}
	ms_sieve_say(v, MS_SIEVE_DATE_PART, part->offset, part->value, MS_NO_SPAN);
}

static void
check_date(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	ms_sieve_check_header_names(v, first);
	check_part(v, first->next->strings);
	ms_sieve_check_match(v, node, first->next->next);
}

static void
check_currentdate(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	check_part(v, first->strings);
	ms_sieve_check_match(v, node, first->next);
}

static void
check_zone(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *tag,
		   const ms_sieve_argument *parameter)
{
	const ms_sieve_string *zone = parameter->strings;
	bool		valid = zone->value.len == 5 && (zone->value.data[0] == '+' || zone->value.data[0] == '-');
	size_t		i;

	(void) node;
	(void) tag;
	for (i = 1; valid && i < 5; i++)
		valid = zone->value.data[i] >= '0' && zone->value.data[i] <= '9';
	if (!valid && !zone->varies)
		ms_sieve_say(v, MS_SIEVE_ZONE, zone->offset, zone->value, MS_NO_SPAN);
}

static const ms_sieve_command date_commands[] = {
	{"date", MS_SIEVE_TEST, MS_TAKES_MATCH | MS_TAKES_ZONE | MS_TAKES_ORIGINAL_ZONE | MS_TAKES_INDEX, "SSL",
	"date [:zone \"+hhmm\"|:originalzone] " MATCH " \"header\" \"part\" [\"key\", ...]", MS_SIEVE_NO_TEST, false, check_date},
	{"currentdate", MS_SIEVE_TEST, MS_TAKES_MATCH | MS_TAKES_ZONE, "SL",
	"currentdate [:zone \"+hhmm\"] " MATCH " \"part\" [\"key\", ...]", MS_SIEVE_NO_TEST, false, check_currentdate},
	{0}
};

static const ms_sieve_tag date_tags[] = {
	{"zone", MS_TAKES_ZONE, "S", "zone", check_zone},
	{"originalzone", MS_TAKES_ORIGINAL_ZONE, "", "zone", NULL},
	{0}
};

const ms_sieve_capability ms_sieve_date = {"date", true, date_commands, date_tags, NULL};

/* ----------------------------------------------------------------------- index */

static void
check_index(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *tag,
			const ms_sieve_argument *parameter)
{
	(void) node;
	if (parameter->number == 0)
		ms_sieve_say(v, MS_SIEVE_TAG_VALUE, parameter->offset, tag->name, MS_NO_SPAN);
}

void
ms_sieve_check_last(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *tag,
					const ms_sieve_argument *parameter)
{
	(void) parameter;
	if (ms_sieve_tag_of(node, "index") == NULL)
		ms_sieve_say(v, MS_SIEVE_TAG_NEEDS_TAG, tag->offset, tag->name, ms_span_of_text("index"));
}

static const ms_sieve_tag index_tags[] = {
	{"index", MS_TAKES_INDEX, "N", NULL, check_index},
	{"last", MS_TAKES_INDEX, "", NULL, ms_sieve_check_last},
	{0}
};

const ms_sieve_capability ms_sieve_index = {"index", true, NULL, index_tags, NULL};

/* ----------------------------------------------------------------- environment */

static const ms_sieve_command environment_commands[] = {
	{"environment", MS_SIEVE_TEST, MS_TAKES_MATCH, "SL", "environment " MATCH " \"item\" [\"key\", ...]", MS_SIEVE_NO_TEST, false, check_second_is_keys},
	{0}
};

const ms_sieve_capability ms_sieve_environment = {"environment", true, environment_commands, NULL, NULL};

/* ----------------------------------------------------------------------- ihave */

static bool
can_be_had(const ms_sieve_validator *v, const ms_sieve_string *name)
{
	int			capability = ms_sieve_find_capability(name->value);

	/* Section 4: not what changes how a script is read. */
	return capability >= 0 && v->enabled >> capability & 1 &&
		ms_sieve_capabilities[capability] != &ms_sieve_variables &&
		ms_sieve_capabilities[capability] != &ms_sieve_encoded_character;
}

/* Loads what is asked for, if all of it is there: from then on the script may use it. */
static void
check_ihave(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	const ms_sieve_string *name;

	(void) node;
	for (name = first->strings; name != NULL; name = name->next)
	{
		if (!can_be_had(v, name))
			return;
	}
	for (name = first->strings; name != NULL; name = name->next)
		ms_sieve_load(v, ms_sieve_find_capability(name->value));
}

static const ms_sieve_command ihave_commands[] = {
	{"ihave", MS_SIEVE_TEST, 0, "Q", "ihave [\"capability\", ...]", MS_SIEVE_NO_TEST, false, check_ihave},
	{"error", MS_SIEVE_COMMAND, 0, "S", "error \"message\";", MS_SIEVE_NO_TEST, false, NULL},
	{0}
};

const ms_sieve_capability ms_sieve_ihave = {"ihave", true, ihave_commands, NULL, NULL};

/* ------------------------------------------------------------------- duplicate */

static void
check_duplicate_header(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *tag,
					   const ms_sieve_argument *parameter)
{
	(void) node;
	(void) tag;
	ms_sieve_check_header_names(v, parameter);
}

static const ms_sieve_command duplicate_commands[] = {
	{"duplicate", MS_SIEVE_TEST, MS_TAKES_DUPLICATE, "", "duplicate [:handle \"name\"] [:header \"header\"|:uniqueid \"value\"] [:seconds number] [:last]", MS_SIEVE_NO_TEST, false, NULL},
	{0}
};

static const ms_sieve_tag duplicate_tags[] = {
	{"handle", MS_TAKES_DUPLICATE, "S", NULL, NULL},
	{"header", MS_TAKES_DUPLICATE, "S", "identity", check_duplicate_header},
	{"uniqueid", MS_TAKES_DUPLICATE, "S", "identity", NULL},
	{"seconds", MS_TAKES_DUPLICATE, "N", NULL, NULL},
	{"last", MS_TAKES_DUPLICATE, "", NULL, NULL},
	{0}
};

const ms_sieve_capability ms_sieve_duplicate = {"duplicate", true, duplicate_commands, duplicate_tags, NULL};

/* -------------------------------------------------------- spamtest, virustest */

static const ms_sieve_command spamtest_commands[] = {
	{"spamtest", MS_SIEVE_TEST, MS_TAKES_MATCH | MS_TAKES_PERCENT, "S", "spamtest [:percent] " MATCH " \"value\"", MS_SIEVE_NO_TEST, false, check_first_is_keys},
	{0}
};

static const ms_sieve_command virustest_commands[] = {
	{"virustest", MS_SIEVE_TEST, MS_TAKES_MATCH, "S", "virustest " MATCH " \"value\"", MS_SIEVE_NO_TEST, false, check_first_is_keys},
	{0}
};

static const ms_sieve_tag spamtestplus_tags[] = {
	{"percent", MS_TAKES_PERCENT, "", NULL, NULL},
	{0}
};

const ms_sieve_capability ms_sieve_spamtest = {"spamtest", false, spamtest_commands, NULL, NULL};
const ms_sieve_capability ms_sieve_spamtestplus = {"spamtestplus", false, NULL, spamtestplus_tags, "spamtest"};
const ms_sieve_capability ms_sieve_virustest = {"virustest", false, virustest_commands, NULL, NULL};

/* -------------------------------------------------------------------- metadata */

/* entry of RFC 5464. */
static bool
is_annotation(ms_span name)
{
	size_t		i;
	size_t		root = name.len >= 8 && ms_sieve_is(ms_span_of(name.data, 8), "/private") ? 8 :
		name.len >= 7 && ms_sieve_is(ms_span_of(name.data, 7), "/shared") ? 7 : 0;

	if (root == 0 || (root < name.len && name.data[root] != '/') || name.data[name.len - 1] == '/')
		return false;
	for (i = 0; i < name.len; i++)
	{
		if (name.data[i] < ' ' || name.data[i] >= 0x7F || name.data[i] == '*' || name.data[i] == '%' ||
			(name.data[i] == '/' && name.data[i + 1] == '/'))
			return false;
	}
	return true;
}

static void
check_annotations(ms_sieve_validator *v, const ms_sieve_argument *names)
{
	const ms_sieve_string *name;

	for (name = names->strings; name != NULL; name = name->next)
	{
		if (!name->varies && !is_annotation(name->value))
			ms_sieve_say(v, MS_SIEVE_ANNOTATION, name->offset, name->value, MS_NO_SPAN);
	}
}

static void
check_metadata(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	check_annotations(v, first->next);
	ms_sieve_check_match(v, node, first->next->next);
}

static void
check_metadataexists(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	(void) node;
	check_annotations(v, first->next);
}

static void
check_servermetadata(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	check_annotations(v, first);
	ms_sieve_check_match(v, node, first->next);
}

static void
check_servermetadataexists(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *first)
{
	(void) node;
	check_annotations(v, first);
}

static const ms_sieve_command mboxmetadata_commands[] = {
	{"metadata", MS_SIEVE_TEST, MS_TAKES_MATCH, "SSL", "metadata " MATCH " \"folder\" \"annotation\" [\"key\", ...]", MS_SIEVE_NO_TEST, false, check_metadata},
	{"metadataexists", MS_SIEVE_TEST, 0, "SL", "metadataexists \"folder\" [\"annotation\", ...]", MS_SIEVE_NO_TEST, false, check_metadataexists},
	{0}
};

static const ms_sieve_command servermetadata_commands[] = {
	{"servermetadata", MS_SIEVE_TEST, MS_TAKES_MATCH, "SL", "servermetadata " MATCH " \"annotation\" [\"key\", ...]", MS_SIEVE_NO_TEST, false, check_servermetadata},
	{"servermetadataexists", MS_SIEVE_TEST, 0, "L", "servermetadataexists [\"annotation\", ...]", MS_SIEVE_NO_TEST, false, check_servermetadataexists},
	{0}
};

const ms_sieve_capability ms_sieve_mboxmetadata = {"mboxmetadata", false, mboxmetadata_commands, NULL, NULL};
const ms_sieve_capability ms_sieve_servermetadata = {"servermetadata", false, servermetadata_commands, NULL, NULL};
