/*
 * md5.h
 *	  MD5 (RFC 1321) as far as a block: {CRAM-MD5} stores what no library gives
 *	  away, the state after one.
 */
#ifndef MS_MD5_H
#define MS_MD5_H

#include <stdint.h>

#define MS_MD5_BLOCK 64
#define MS_MD5_STATE 16

/* Writes the state, in MD5's order of octets, after that one block. */
extern void ms_md5_of_block(const unsigned char block[MS_MD5_BLOCK], unsigned char state[MS_MD5_STATE]);

#endif							/* MS_MD5_H */
