/*
 * capabilities_core.c
 *	  The list of capabilities, and what is found in it by name.
 */
#include "sieve/capabilities.h"

/* The first is loaded always; the place of each is its bit in a set. */
const ms_sieve_capability *const ms_sieve_capabilities[] = {
	&ms_sieve_core, &ms_sieve_variables, &ms_sieve_encoded_character, &ms_sieve_fileinto,
	&ms_sieve_envelope, &ms_sieve_octet, &ms_sieve_casemap, &ms_sieve_numeric, &ms_sieve_vacation,
	&ms_sieve_vacation_seconds, &ms_sieve_relational, &ms_sieve_regex, &ms_sieve_subaddress,
	&ms_sieve_copy, &ms_sieve_imap4flags, &ms_sieve_body, &ms_sieve_include, &ms_sieve_environment,
	&ms_sieve_mailbox, &ms_sieve_date, &ms_sieve_index, &ms_sieve_ihave, &ms_sieve_duplicate,
	&ms_sieve_mime, &ms_sieve_foreverypart, &ms_sieve_extracttext, &ms_sieve_enotify,
	&ms_sieve_reject, &ms_sieve_editheader, &ms_sieve_spamtest, &ms_sieve_spamtestplus,
	&ms_sieve_virustest, &ms_sieve_special_use, &ms_sieve_mboxmetadata, &ms_sieve_servermetadata,
	&ms_sieve_imapsieve, &ms_sieve_dovecot_imapsieve, &ms_sieve_debug,
	&ms_sieve_dovecot_environment, &ms_sieve_report, &ms_sieve_pipe, &ms_sieve_filter,
	&ms_sieve_execute
};

#define COUNT ((int) (sizeof(ms_sieve_capabilities) / sizeof(ms_sieve_capabilities[0])))

_Static_assert(sizeof(ms_sieve_capabilities) / sizeof(ms_sieve_capabilities[0]) <= 64,
			   "a set of capabilities is 64 bits");

size_t
ms_sieve_capability_count(void)
{
	return COUNT;
}

int
ms_sieve_find_capability(ms_span name)
{
	int			i;

	/* The core has a name that nobody can require. */
	for (i = 1; i < COUNT; i++)
	{
		const char *candidate = ms_sieve_capabilities[i]->name;

		if (ms_span_is(name, candidate))
			return i;
	}
	return -1;
}

/* Most candidates differ in their first letter. */
static inline bool
may_be(ms_span name, const char *candidate)
{
	return name.len > 0 && (name.data[0] | 0x20) == candidate[0];
}

const ms_sieve_command *
ms_sieve_find_command(ms_span name, int *capability)
{
	const ms_sieve_command *command;
	int			i;

	for (i = 0; i < COUNT; i++)
	{
		command = ms_sieve_capabilities[i]->commands;
		for (; command != NULL && command->name != NULL; command++)
		{
			if (may_be(name, command->name) && ms_sieve_is(name, command->name))
			{
				if (capability != NULL)
					*capability = i;
				return command;
			}
		}
	}
	return NULL;
}

const ms_sieve_tag *
ms_sieve_find_tag(const ms_sieve_command *command, ms_span name, uint64_t capabilities, int *capability)
{
	const ms_sieve_tag *tag;
	int			i;

	for (i = 0; i < COUNT; i++)
	{
		tag = capabilities >> i & 1 ? ms_sieve_capabilities[i]->tags : NULL;
		for (; tag != NULL && tag->name != NULL; tag++)
		{
			if (tag->takers & command->takes && may_be(name, tag->name) && ms_sieve_is(name, tag->name))
			{
				if (capability != NULL)
					*capability = i;
				return tag;
			}
		}
	}
	return NULL;
}

const ms_sieve_command *
ms_sieve_owner_of_tag(ms_span name)
{
	const ms_sieve_command *owner = NULL;
	int			i;

	for (i = 0; i < COUNT; i++)
	{
		const ms_sieve_command *command = ms_sieve_capabilities[i]->commands;

		for (; command != NULL && command->name != NULL; command++)
		{
			if (!(command->use & MS_SIEVE_COMMAND) || !ms_sieve_capabilities[i]->by_default ||
				ms_sieve_find_tag(command, name, UINT64_MAX, NULL) == NULL)
				continue;

			if (owner != NULL)
				return NULL;
			owner = command;
		}
	}
	return owner;
}

/* -------------------------------------------------------------- what was meant */

#define FARTHEST 2
#define LONGEST 32

static inline int
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/* How many letters have to be changed, put in or left out; more than FARTHEST is too many. */
static int
distance(ms_span a, const char *b)
{
	int			row[LONGEST + 1];
	int			len = (int) strlen(b);
	int			i;
	int			j;

	if (len > LONGEST || a.len > LONGEST)
		return FARTHEST + 1;
	for (j = 0; j <= len; j++)
		row[j] = j;
	for (i = 1; i <= (int) a.len; i++)
	{
		int			diagonal = row[0];

		row[0] = i;
		for (j = 1; j <= len; j++)
		{
			int			cost = diagonal + (lower(a.data[i - 1]) != b[j - 1]);

			diagonal = row[j];
			row[j] = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
			row[j] = row[j] < cost ? row[j] : cost;
		}
	}
	return row[len];
}

/* The nearer of two; of a short word every letter counts. */
static void
consider(ms_span name, const char *candidate, const char **nearest, int *nearest_distance)
{
	int			d = distance(name, candidate);

	if (d < *nearest_distance && 2 * d < (int) strlen(candidate))
	{
		*nearest = candidate;
		*nearest_distance = d;
	}
}

const char *
ms_sieve_nearest_command(ms_span name, ms_sieve_use use)
{
	const char *nearest = NULL;
	int			nearest_distance = FARTHEST + 1;
	int			i;

	for (i = 0; i < COUNT; i++)
	{
		const ms_sieve_command *command = ms_sieve_capabilities[i]->commands;

		for (; command != NULL && command->name != NULL; command++)
		{
			if (command->use & use)
				consider(name, command->name, &nearest, &nearest_distance);
		}
	}
	return nearest;
}

const char *
ms_sieve_nearest_capability(ms_span name)
{
	const char *nearest = NULL;
	int			nearest_distance = FARTHEST + 1;
	int			i;

	for (i = 1; i < COUNT; i++)
		consider(name, ms_sieve_capabilities[i]->name, &nearest, &nearest_distance);
	return nearest;
}
