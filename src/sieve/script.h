/*
 * script.h
 *	  What other rooms ask of a script that they have.
 */
#ifndef MS_SIEVE_SCRIPT_H
#define MS_SIEVE_SCRIPT_H

#include "base/base.h"

/* Hexadecimal digits of an id. */
#define MS_SIEVE_ID_DIGITS 32

/* What tells one script from every other: BLAKE2b of its text, in digits with their NUL. */
extern void ms_sieve_id(ms_span script, char out[MS_SIEVE_ID_DIGITS + 1]);

/* The first error of a script in words, with its line; NULL where it compiles. */
extern char *ms_sieve_refusal(ms_span script);

#endif							/* MS_SIEVE_SCRIPT_H */
