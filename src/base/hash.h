/*
 * hash.h
 *	  The hash of all types: the same on every machine, since rows may have
 *	  been put into partitions by it.
 */
#ifndef MS_HASH_H
#define MS_HASH_H

#include <stdint.h>

#include "base/span.h"

/* Multiplying carries each bit upwards, and the shift brings the upper half down again. */
static inline uint64_t
ms_hash_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
	return hash ^ hash >> 32;
}

/* Up to eight octets, the first of them lowest on every machine. */
static inline uint64_t
ms_hash_word(const char *p, size_t len)
{
	uint64_t	word = 0;

	memcpy(&word, p, len);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

/*
 * Where the octets do not divide by eight, the last word overlaps the one
 * before it; with the length mixed in, other octets are still other words.
 * The rounds at the end let each bit of the last word reach every bit.
 */
static inline uint64_t
ms_hash(ms_span s, uint64_t seed)
{
	uint64_t	hash = seed;
	size_t		i;

	if (s.len < 8)
		hash = ms_hash_mix(hash, ms_hash_word(s.data, s.len));
	else
	{
		for (i = 0; i < s.len - 8; i += 8)
			hash = ms_hash_mix(hash, ms_hash_word(s.data + i, 8));
		hash = ms_hash_mix(hash, ms_hash_word(s.data + s.len - 8, 8));
	}
	return ms_hash_mix(ms_hash_mix(hash, s.len), 0);
}

#endif							/* MS_HASH_H */
