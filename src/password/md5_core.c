/*
 * md5_core.c
 *	  One block of MD5, after RFC 1321.
 */
#include "password/md5.h"

#include <stddef.h>

/* floor(2^32 * abs(sin(i + 1))) */
static const uint32_t sines[64] = {
	0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
	0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
	0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
	0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
	0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
	0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
	0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
	0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

static const unsigned char shifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

static const uint32_t initial[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

static uint32_t
word_at(const unsigned char *p)
{
	return p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16 | (uint32_t) p[3] << 24;
}

static uint32_t
rotate(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

/* The function of one of the four rounds */
static uint32_t
mix(int round, uint32_t b, uint32_t c, uint32_t d)
{
	switch (round)
	{
		case 0:
			return (b & c) | (~b & d);
		case 1:
			return (b & d) | (c & ~d);
		case 2:
			return b ^ c ^ d;
		default:
			return c ^ (b | ~d);
	}
}

void
ms_md5_of_block(const unsigned char block[MS_MD5_BLOCK], unsigned char state[MS_MD5_STATE])
{
	static const unsigned char steps[4][2] = {{1, 0}, {5, 1}, {3, 5}, {7, 0}};
	uint32_t	s[4] = {initial[0], initial[1], initial[2], initial[3]};
	int			i;

	for (i = 0; i < 64; i++)
	{
		int			round = i / 16;
		size_t		word = (size_t) (i * steps[round][0] + steps[round][1]) % 16;
		uint32_t	sum = s[0] + mix(round, s[1], s[2], s[3]) + word_at(block + 4 * word) + sines[i];

		s[0] = s[3];
		s[3] = s[2];
		s[2] = s[1];
		s[1] += rotate(sum, shifts[round][i % 4]);
	}
	for (i = 0; i < 16; i++)
		state[i] = (unsigned char) ((s[i / 4] + initial[i / 4]) >> (i % 4 * 8));
}
