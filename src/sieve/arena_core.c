/*
 * arena_core.c
 *	  Memory of a check, taken from the caller in pieces.
 */
#include "sieve/sieve.h"

#define PIECE 8192
#define ALIGNMENT 16

void *
ms_sieve_alloc(ms_sieve_arena *arena, size_t size)
{
	size_t		rounded = (size + ALIGNMENT - 1) & ~(size_t) (ALIGNMENT - 1);
	char	   *result;

	if (rounded > arena->left)
	{
		size_t		piece = rounded > PIECE / 4 ? rounded : PIECE;

		result = arena->more(arena->context, piece);
		/* A large one for itself does not end the piece that is begun. */
		if (piece - rounded > arena->left)
		{
			arena->free = result + rounded;
			arena->left = piece - rounded;
		}
		return memset(result, 0, size);
	}
	result = arena->free;
	arena->free += rounded;
	arena->left -= rounded;
	return memset(result, 0, size);
}
