/*
 * share_core.c
 *	  Which users a share of a domain is.
 *
 * The number of an address never changes, on any machine and in any version:
 * it decides who delivers the user's mail.  64-bit FNV-1a (D. Eastlake et al.,
 * "The FNV Non-Cryptographic Hash Algorithm") of the canonical local part, "@"
 * and the domain in A-labels; then its upper 53 bits, which are what a double
 * holds, as a fraction.  The domain comes last, so that the last characters of
 * the local part, by which neighbours like user1 and user2 differ, have been
 * multiplied into the upper bits.
 */
#include "mailkey/mailkey.h"

#include <stdint.h>

static uint64_t
fnv1a(uint64_t hash, ms_span s)
{
	size_t		i;

	for (i = 0; i < s.len; i++)
		hash = (hash ^ (unsigned char) s.data[i]) * UINT64_C(0x100000001B3);
	return hash;
}

double
ms_address_share(ms_span local, ms_span domain)
{
	uint64_t	hash = UINT64_C(0xCBF29CE484222325);

	hash = fnv1a(hash, local);
	hash = fnv1a(hash, ms_span_of_text("@"));
	hash = fnv1a(hash, domain);
	return (double) (hash >> 11) / (double) (UINT64_C(1) << 53);
}
