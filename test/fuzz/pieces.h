/*
 * pieces.h
 *	  Memory for Sieve's parser: each piece of exactly its size, all freed together.
 */
#ifndef MS_FUZZ_PIECES_H
#define MS_FUZZ_PIECES_H

#include "fuzz.h"

#define MANY 65536

static void *pieces[MANY];
static size_t piece_count;

static void *
more(void *context, size_t size)
{
	(void) context;
	LAW(piece_count < MANY);
	return pieces[piece_count++] = malloc(size);
}

static void
free_pieces(void)
{
	while (piece_count > 0)
		free(pieces[--piece_count]);
}

#endif							/* MS_FUZZ_PIECES_H */
