/*
 * fault.h
 *	  What a core parser says when it refuses its input.
 *
 * A fault is a code, the byte where it was noticed, and where it matters how
 * much there was and how much is allowed.  Core code only returns faults; the
 * sentences an operator reads stand in one table, fault_core.c.
 */
#ifndef MS_FAULT_H
#define MS_FAULT_H

#include <stdbool.h>
#include <stddef.h>

typedef enum ms_fault_code
{
	MS_FAULT_NONE = 0,

	/* any text */
	MS_FAULT_EMPTY,
	MS_FAULT_UTF8,
	MS_FAULT_CONTROL,
	MS_FAULT_INVISIBLE,
	MS_FAULT_UNASSIGNED,
	MS_FAULT_UNSTABLE,

	/* addresses */
	MS_FAULT_NO_AT,
	MS_FAULT_SECOND_AT,
	MS_FAULT_NO_LOCAL_PART,
	MS_FAULT_LOCAL_TOO_LONG,
	MS_FAULT_ADDRESS_TOO_LONG,
	MS_FAULT_LOCAL_DOT,
	MS_FAULT_LOCAL_CHARACTER,
	MS_FAULT_QUOTE_OPEN,
	MS_FAULT_QUOTE_END,
	MS_FAULT_NOT_CATCHALL,

	/* domains */
	MS_FAULT_NO_DOMAIN,
	MS_FAULT_DOMAIN_AT,
	MS_FAULT_DOMAIN_LITERAL,
	MS_FAULT_DOMAIN_TOO_LONG,
	MS_FAULT_DOMAIN_CHARACTER,
	MS_FAULT_DOMAIN_NUMERIC,
	MS_FAULT_LABEL_EMPTY,
	MS_FAULT_LABEL_TOO_LONG,
	MS_FAULT_LABEL_HYPHEN,
	MS_FAULT_IDNA,

	/* maildir paths */
	MS_FAULT_PATH_NO_COMPONENT,
	MS_FAULT_PATH_DOTS,
	MS_FAULT_PATH_COMPONENT_TOO_LONG,
	MS_FAULT_PATH_TOO_LONG,

	/* transports */
	MS_FAULT_NO_SERVICE,
	MS_FAULT_SERVICE_CHARACTER,
	MS_FAULT_SERVICE_TOO_LONG,
	MS_FAULT_TRANSPORT_SPACE,
	MS_FAULT_TRANSPORT_TOO_LONG,

	/* relayhosts */
	MS_FAULT_RELAYHOST_HOST,
	MS_FAULT_RELAYHOST_BRACKET,
	MS_FAULT_RELAYHOST_PORT,

	/* passwords */
	MS_FAULT_PASSWORD_EMPTY,
	MS_FAULT_PASSWORD_TOO_LONG,
	MS_FAULT_SCHEME_NONE,
	MS_FAULT_SCHEME_OPEN,
	MS_FAULT_SCHEME_UNKNOWN,
	MS_FAULT_SCHEME_SUFFIX,
	MS_FAULT_SCHEME_PLAIN,
	MS_FAULT_SCHEME_ONE_TIME,
	MS_FAULT_SCHEME_UNSAFE,
	MS_FAULT_HASH_PREFIX,
	MS_FAULT_HASH_ARGON2,
	MS_FAULT_HASH_FORM,
	MS_FAULT_HASH_CHARACTER,
	MS_FAULT_HASH_PARAMETER,
	MS_FAULT_HASH_PADDING,
	MS_FAULT_HASH_SHORT,
	MS_FAULT_HASH_LONG,
	MS_FAULT_HASH_OCTETS,
	MS_FAULT_HASH_SALT,

	MS_FAULT_COUNT
} ms_fault_code;

typedef struct ms_fault
{
	ms_fault_code code;
	size_t		offset;			/* bytes from the start of the input */
	size_t		actual;			/* for faults of length, in octets */
	size_t		allowed;
} ms_fault;

/* Always returns false, so that a parser can end with "return ms_fail_length(...)". */
static inline bool
ms_fail_length(ms_fault *fault, ms_fault_code code, size_t offset, size_t actual, size_t allowed)
{
	fault->code = code;
	fault->offset = offset;
	fault->actual = actual;
	fault->allowed = allowed;
	return false;
}

static inline bool
ms_fail(ms_fault *fault, ms_fault_code code, size_t offset)
{
	return ms_fail_length(fault, code, offset, 0, 0);
}

/*
 * The rule that was broken, as a sentence without its position.  The sentences
 * about a length hold two %zu: actual, then allowed.
 */
extern const char *ms_fault_rule(ms_fault_code code);

/* What the operator can do, or NULL where there is nothing to say. */
extern const char *ms_fault_hint(ms_fault_code code);

#endif							/* MS_FAULT_H */
