/*
 * span.h
 *	  A run of bytes with a length: what every core function takes.
 *
 * A span owns nothing and is never trusted to end in NUL.
 */
#ifndef MS_SPAN_H
#define MS_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct ms_span
{
	const char *data;
	size_t		len;
} ms_span;

static inline ms_span
ms_span_of(const char *data, size_t len)
{
	ms_span		s = {data, len};

	return s;
}

static inline ms_span
ms_span_of_text(const char *text)
{
	return ms_span_of(text, strlen(text));
}

#define MS_NO_SPAN ms_span_of("", 0)

/* The part of s from offset on; offset must not lie past its end. */
static inline ms_span
ms_span_from(ms_span s, size_t offset)
{
	return ms_span_of(s.data + offset, s.len - offset);
}

static inline bool
ms_span_equal(ms_span a, ms_span b)
{
	return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static inline bool
ms_span_is(ms_span s, const char *text)
{
	return ms_span_equal(s, ms_span_of_text(text));
}

/* The order of octets, a prefix before what it begins: less than, equal to or greater than zero. */
static inline int
ms_span_compare(ms_span a, ms_span b)
{
	int			order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

#endif							/* MS_SPAN_H */
