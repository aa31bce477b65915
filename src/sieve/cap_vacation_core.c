/*
 * cap_vacation_core.c
 *	  vacation: RFC 5230; vacation-seconds: RFC 6131.
 */
#include "sieve/capabilities.h"

/* What Pigeonhole corrects a shorter period to: its sieve_vacation_min_period. */
#define SECONDS_OF_DAY 86400

static void
check_days(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *tag,
		   const ms_sieve_argument *parameter)
{
	(void) node;
	if (parameter->number < (ms_sieve_is(tag->name, "seconds") ? SECONDS_OF_DAY : 1))
		ms_sieve_say(v, MS_SIEVE_PERIOD, tag->offset, tag->name, MS_NO_SPAN);
}

static void
check_from(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *tag,
		   const ms_sieve_argument *parameter)
{
	(void) node;
	(void) tag;
	ms_sieve_check_address(v, parameter->strings, ":from");
}

/*
 * Pigeonhole compiles any string here, and compares mail with it when it comes:
 * two addresses in one string are those of nobody, so that nothing is answered.
 */
static void
check_addresses(ms_sieve_validator *v, const ms_sieve_node *node, const ms_sieve_argument *tag,
				const ms_sieve_argument *parameter)
{
	const ms_sieve_string *string;
	bool		several;

	(void) node;
	(void) tag;
	for (string = parameter->strings; string != NULL; string = string->next)
	{
		if (string->varies || ms_sieve_is_address(string->value, &several))
			continue;
		ms_sieve_say(v, several ? MS_SIEVE_ADDRESSES : MS_SIEVE_ADDRESS_IGNORED, string->offset,
					 string->value, ms_span_of_text(":addresses"));
	}
}

static const ms_sieve_command commands[] = {
	{"vacation", MS_SIEVE_COMMAND, MS_TAKES_VACATION, "S",
		"vacation [:days number] [:subject \"text\"] [:from \"address\"] [:addresses [\"address\", ...]] [:mime] [:handle \"name\"] \"reason\";",
	MS_SIEVE_NO_TEST, false, NULL},
	{0}
};

static const ms_sieve_tag tags[] = {
	{"days", MS_TAKES_VACATION, "N", "period", check_days},
	{"subject", MS_TAKES_VACATION, "S", NULL, NULL},
	{"from", MS_TAKES_VACATION, "S", NULL, check_from},
	{"addresses", MS_TAKES_VACATION, "L", NULL, check_addresses},
	{"mime", MS_TAKES_VACATION, "", NULL, NULL},
	{"handle", MS_TAKES_VACATION, "S", NULL, NULL},
	{0}
};

static const ms_sieve_tag seconds_tags[] = {
	{"seconds", MS_TAKES_VACATION, "N", "period", check_days},
	{0}
};

const ms_sieve_capability ms_sieve_vacation = {"vacation", true, commands, tags, NULL};
const ms_sieve_capability ms_sieve_vacation_seconds = {"vacation-seconds", false, NULL, seconds_tags, "vacation"};
