/*
 * octets.h
 *	  Sixteen octets at a time.
 *
 * Compilers make of it what the machine has: one instruction, or sixteen.
 */
#ifndef MS_OCTETS_H
#define MS_OCTETS_H

#include <stdint.h>

#include "base/span.h"

typedef uint8_t ms_octets __attribute__((vector_size(16)));

static inline ms_octets
ms_octets_load(const char *p)
{
	ms_octets	o;

	memcpy(&o, p, sizeof(o));
	return o;
}

/* Whether any bit is set. */
static inline bool
ms_octets_any(ms_octets o)
{
	uint64_t	halves[2];

	memcpy(halves, &o, sizeof(o));
	return (halves[0] | halves[1]) != 0;
}

/* All bits of each octet that is from first to last. */
static inline ms_octets
ms_octets_between(ms_octets o, uint8_t first, uint8_t last)
{
	return (ms_octets) (o - first <= (uint8_t) (last - first));
}

/* Whether every octet is from first to last.  The last sixteen overlap those before them. */
static inline bool
ms_all_between(ms_span s, uint8_t first, uint8_t last)
{
	ms_octets	others = {0};
	size_t		end = s.len - sizeof(ms_octets);
	size_t		i;

	if (s.len < sizeof(ms_octets))
	{
		for (i = 0; i < s.len; i++)
		{
			if ((uint8_t) (s.data[i] - first) > (uint8_t) (last - first))
				return false;
		}
		return true;
	}
	for (i = 0; i < end; i += sizeof(ms_octets))
		others |= ~ms_octets_between(ms_octets_load(s.data + i), first, last);
	others |= ~ms_octets_between(ms_octets_load(s.data + end), first, last);
	return !ms_octets_any(others);
}

#endif							/* MS_OCTETS_H */
