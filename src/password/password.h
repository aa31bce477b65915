/*
 * password.h
 *	  A password as Dovecot stores it: {SCHEME}hash.
 *
 * Input may be a password in plain text that somebody took for a hash, so
 * nothing that reports a fault shows any of it.
 */
#ifndef MS_PASSWORD_H
#define MS_PASSWORD_H

#include <stdint.h>

#include "base/fault.h"
#include "base/span.h"

/* Octets of the longest canonical form; crypt(3) has 384 for what follows the scheme. */
#define MS_PASSWORD_MAX 512

/* From what a stolen table gives away at once to what costs most to guess. */
typedef enum ms_strength
{
	MS_STRENGTH_BROKEN,			/* MD5, SHA-1, DES, or no salt */
	MS_STRENGTH_FAST,			/* one round of a good digest, with salt */
	MS_STRENGTH_OLD,			/* many rounds of SHA-1 */
	MS_STRENGTH_STRETCHED,		/* many rounds of SHA-2 */
	MS_STRENGTH_ADAPTIVE,		/* bcrypt, scrypt, yescrypt */
	MS_STRENGTH_MEMORY_HARD		/* Argon2 */
} ms_strength;

/* How a hash is computed, and so what verifies it. */
typedef enum ms_password_kind
{
	MS_PASSWORD_PLAIN,			/* refused: the password itself */
	MS_PASSWORD_ONE_TIME,		/* refused: no hash of a password */
	MS_PASSWORD_UNSAFE,			/* refused: MD4, which nothing but NTLM used */
	MS_PASSWORD_DIGEST,			/* a digest of the password, and of a salt behind it */
	MS_PASSWORD_DIGEST_USER,	/* MD5 of user:realm:password */
	MS_PASSWORD_HMAC_MD5,		/* the two halves of an unfinished HMAC-MD5 */
	MS_PASSWORD_CRYPT,			/* what crypt(3) writes */
	MS_PASSWORD_MD5,			/* MD5 of crypt(3), or a plain one: Dovecot's {MD5} */
	MS_PASSWORD_ARGON2,
	MS_PASSWORD_PBKDF2,
	MS_PASSWORD_SCRAM
} ms_password_kind;

typedef enum ms_digest
{
	MS_DIGEST_NONE,
	MS_DIGEST_MD5,
	MS_DIGEST_SHA1,
	MS_DIGEST_SHA256,
	MS_DIGEST_SHA512
} ms_digest;

typedef enum ms_encoding
{
	MS_ENCODING_NONE,
	MS_ENCODING_HEX,
	MS_ENCODING_BASE64
} ms_encoding;

typedef struct ms_scheme
{
	const char *name;			/* as Dovecot writes it */
	ms_password_kind kind;
	ms_strength strength;
	ms_digest	digest;
	size_t		octets;			/* of a digest, without the salt */
	bool		salted;
	ms_encoding encoding;		/* unless a suffix names another */
	const struct ms_form *form; /* of what is no digest, and not several forms */
	const char *weakness;		/* what is to be said against it at any cost */
	uint64_t	least_cost;		/* below which there is something to be said, too */
	uint64_t	highest_cost;	/* above which it is not computed; 0 where the form has no such number */
} ms_scheme;

typedef struct ms_password
{
	const ms_scheme *scheme;
	const ms_scheme *method;	/* for crypt(3), the scheme that its prefix tells; otherwise scheme */
	ms_encoding suffix;			/* that followed the scheme: {SHA512.b64} */
	ms_span		hash;			/* what follows the scheme, within the input */
	uint64_t	cost;			/* rounds, iterations, KiB, log2 of bcrypt; 0: none */
	uint64_t	passes;			/* of Argon2, over its memory */
	uint64_t	lanes;
	bool		guessed;		/* 32 hexadecimal digits with no scheme, taken for {PLAIN-MD5} */
} ms_password;

/* The scheme of that name in any letter case, without a suffix; NULL where Dovecot has none. */
extern const ms_scheme *ms_scheme_find(ms_span name);

/*
 * Whether in is a hash with its scheme, or a hash whose scheme shows.  The
 * result refers to in.
 */
extern bool ms_password_parse(ms_span in, ms_password *out, ms_fault *fault);

/* Writes the canonical form into out, which holds MS_PASSWORD_MAX octets; returns its length. */
extern size_t ms_password_write(const ms_password *password, char *out);

/*
 * The octets behind the encoding, in out, which holds MS_PASSWORD_MAX; returns
 * how many.  For a digest these are the digest and its salt, for others text.
 */
extern size_t ms_password_octets(const ms_password *password, char *out);

/* Whether hashes of that scheme are stored; NULL is no scheme. */
static inline bool
ms_scheme_is_stored(const ms_scheme *scheme)
{
	return scheme != NULL && scheme->kind > MS_PASSWORD_UNSAFE;
}

/* A number of a hash that is above what its scheme allows. */
typedef struct ms_excess
{
	const char *name;
	uint64_t	value;
	uint64_t	ceiling;
} ms_excess;

/*
 * Whether a hash takes longer to compute than others can wait: neither Dovecot's
 * auth nor a backend is to be stopped in the middle.  excess, which may be NULL,
 * becomes the number that makes it so.
 */
extern bool ms_password_exceeds(const ms_password *password, ms_excess *excess);

/* What a thief of the hash can do, or that it exceeds, as a sentence; NULL where there is nothing to say against it. */
extern const char *ms_password_weakness(const ms_password *password);

/* How much set_password() makes a hash cost where its scheme leaves that open: ARGON2ID. */
typedef struct ms_hash_cost
{
	size_t		argon2_memory;	/* KiB */
	size_t		argon2_iterations;
} ms_hash_cost;

/* Whether ms_password_hash makes hashes of that scheme, which may be NULL. */
extern bool ms_scheme_is_written(const ms_scheme *scheme);

/*
 * Hashes a password: the canonical form, palloc'd.  Raises 22023 for a password
 * that the scheme would not take as it is, without showing it.  Copies of the
 * password that it makes are wiped.  (hash_pg.c)
 */
extern char *ms_password_hash(ms_span plaintext, const ms_scheme *scheme, const ms_hash_cost *cost);

/* A hash of that scheme and cost, palloc'd, which is nobody's: to spend the time on that a hash takes. */
extern char *ms_password_of_nobody(const ms_scheme *scheme, const ms_hash_cost *cost);

/*
 * Whether the password is the one that the hash was made of; user is the login
 * name, of which {DIGEST-MD5} is made, too.  The hash is none that exceeds.
 * (verify_pg.c)
 */
extern bool ms_password_matches(const ms_password *password, ms_span plaintext, ms_span user);

#endif							/* MS_PASSWORD_H */
