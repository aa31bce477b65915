/*
 * compute.h
 *	  What the hashes of passwords are computed with.
 *
 * Each raises where the library fails; none keeps a copy of what it was given.
 */
#ifndef MS_COMPUTE_H
#define MS_COMPUTE_H

#include "base/base.h"

#include "password/password.h"

#define MS_DIGEST_MAX 64

/* The digest of the parts, one after the other; returns its length. */
extern size_t ms_digest_compute(ms_digest digest, const ms_span *parts, int nparts, uint8 *out);

/* HMAC (RFC 2104) */
extern void ms_hmac_compute(ms_digest digest, ms_span key, ms_span message, uint8 *out);

/* The first block of PBKDF2 (RFC 8018), as long as the digest. */
extern void ms_pbkdf2_compute(ms_digest digest, ms_span secret, ms_span salt, uint32 iterations, uint8 *out);

/*
 * StoredKey and ServerKey of RFC 5802, each as long as the digest.  That of
 * SHA-256 is PostgreSQL's own derivation.  secret ends in NUL.
 */
extern void ms_scram_compute(ms_digest digest, const char *secret, ms_span salt, uint32 iterations,
							 uint8 *stored_key, uint8 *server_key);

#endif							/* MS_COMPUTE_H */
