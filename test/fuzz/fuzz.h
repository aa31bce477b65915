/*
 * fuzz.h
 *	  What the fuzz targets share: laws, and memory of exactly the right size.
 *
 * A target is given octets by libFuzzer, and checks laws that hold for all
 * input.  A law that is broken stops the program as a crash does, so that
 * libFuzzer keeps the input.
 */
#ifndef MS_FUZZ_H
#define MS_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fault.h"
#include "base/span.h"

#define LAW(holds) \
	do { \
		if (!(holds)) \
		{ \
			fprintf(stderr, "%s:%d: broken law: %s\n", __FILE__, __LINE__, #holds); \
			abort(); \
		} \
	} while (0)

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The sanitizer sees an access one octet beyond memory that ends where the span does. */
static inline ms_span
exact_copy(ms_span s)
{
	char	   *copy = malloc(s.len > 0 ? s.len : 1);

	memcpy(copy, s.data, s.len);
	return ms_span_of(copy, s.len);
}

static inline void
free_copy(ms_span s)
{
	free((char *) s.data);
}

/* A fault says something, and about a place within the input. */
static inline void
check_fault(const ms_fault *fault, size_t len)
{
	LAW(fault->code > MS_FAULT_NONE && fault->code < MS_FAULT_COUNT);
	LAW(ms_fault_rule(fault->code) != NULL);
	LAW(fault->offset <= len);
	LAW(fault->actual == 0 || fault->actual != fault->allowed || fault->code == MS_FAULT_HASH_SALT);
}

/* What comes before the first octet of that value, and what comes after it. */
static inline bool
divide(ms_span in, char at, ms_span *before, ms_span *after)
{
	const char *found = in.len > 0 ? memchr(in.data, at, in.len) : NULL;

	if (found == NULL)
		return false;
	*before = ms_span_of(in.data, found - in.data);
	*after = ms_span_from(in, before->len + 1);
	return true;
}

#endif							/* MS_FUZZ_H */
