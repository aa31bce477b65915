/*
 * verify_pg.c
 *	  Whether a password is the one that a hash was made of.
 */
#include "password/compute.h"
#include "password/crypt.h"
#include "password/form.h"
#include "password/md5.h"
#include "password/secret.h"

#include <sodium.h>

/* The time it takes says nothing about where they differ. */
static bool
equal_octets(const void *a, const void *b, size_t len)
{
	return sodium_memcmp(a, b, len) == 0;
}

static bool
equal_strings(const char *a, const char *b)
{
	return strlen(a) == strlen(b) && equal_octets(a, b, strlen(a));
}

static inline ms_span
span_of_secret(const ms_secret *secret)
{
	return ms_span_of(secret->data, secret->len);
}

/* ------------------------------------------------------------------- digests */

static bool
matches_parts(ms_digest digest, const ms_span *parts, int nparts, ms_span octets)
{
	uint8		computed[MS_DIGEST_MAX];
	size_t		len = ms_digest_compute(digest, parts, nparts, computed);

	return equal_octets(computed, octets.data, len);
}

/* The digest, and behind it the salt that was behind the password. */
static bool
matches_digest(const ms_scheme *scheme, ms_span octets, const ms_secret *secret)
{
	ms_span		parts[2] = {span_of_secret(secret), ms_span_from(octets, scheme->octets)};

	return matches_parts(scheme->digest, parts, 2, octets);
}

/* user:realm:password, the realm being what follows the first @ */
static bool
matches_digest_user(ms_span octets, const ms_secret *secret, ms_span user)
{
	const char *at = user.len > 0 ? memchr(user.data, '@', user.len) : NULL;
	ms_span		name = at != NULL ? ms_span_of(user.data, (size_t) (at - user.data)) : user;
	ms_span		realm = at != NULL ? ms_span_from(user, name.len + 1) : MS_NO_SPAN;
	ms_span		colon = ms_span_of_text(":");
	ms_span		parts[5] = {name, colon, realm, colon, span_of_secret(secret)};

	return matches_parts(MS_DIGEST_MD5, parts, 5, octets);
}

/* HMAC-MD5 (RFC 2104) after the first block of each of its two digests, the outer one first. */
static bool
matches_hmac_md5(ms_span octets, const ms_secret *secret)
{
	unsigned char block[MS_MD5_BLOCK] = {0};
	unsigned char states[2][MS_MD5_STATE];
	ms_span		key = span_of_secret(secret);
	int			i;

	if (key.len > sizeof(block))
		(void) ms_digest_compute(MS_DIGEST_MD5, &key, 1, block);
	else
		memcpy(block, key.data, key.len);
	for (i = 0; i < MS_MD5_BLOCK; i++)
		block[i] ^= 0x5C;
	ms_md5_of_block(block, states[0]);
	for (i = 0; i < MS_MD5_BLOCK; i++)
		block[i] ^= 0x5C ^ 0x36;
	ms_md5_of_block(block, states[1]);
	explicit_bzero(block, sizeof(block));
	return equal_octets(states, octets.data, sizeof(states));
}

/* ---------------------------------------------------------------------- text */

static bool
matches_crypt(const char *hash, const ms_secret *secret)
{
	char	   *computed = ms_crypt(secret->data, hash);

	return computed != NULL && equal_strings(computed, hash);
}

static bool
matches_argon2(const char *hash, const ms_secret *secret)
{
	bool		matches;

	if (sodium_init() < 0)
		elog(ERROR, "libsodium does not start");
	errno = 0;
	matches = crypto_pwhash_str_verify(hash, secret->data, secret->len) == 0;
	if (!matches && errno == ENOMEM)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("could not compute a hash of Argon2"), errhidestmt(true)));
	return matches;
}

/* The text up to the next mark, behind which the rest begins; all where there is none. */
static ms_span
next_field(ms_span *rest, char mark)
{
	const char *end = rest->len > 0 ? memchr(rest->data, mark, rest->len) : NULL;
	ms_span		field = end != NULL ? ms_span_of(rest->data, (size_t) (end - rest->data)) : *rest;

	*rest = ms_span_from(*rest, field.len + (end != NULL ? 1 : 0));
	return field;
}

/* $1$salt$iterations$hex */
static bool
matches_pbkdf2(ms_span hash, const ms_secret *secret, uint32 iterations)
{
	ms_span		rest = ms_span_from(hash, strlen("$1$"));
	ms_span		salt = next_field(&rest, '$');
	uint8		computed[MS_DIGEST_MAX];
	char		expected[MS_PASSWORD_MAX];
	size_t		len;

	(void) next_field(&rest, '$');
	len = ms_hex_decode(rest, expected);
	ms_pbkdf2_compute(MS_DIGEST_SHA1, span_of_secret(secret), salt, iterations, computed);
	return equal_octets(computed, expected, len);
}

/* iterations,salt,StoredKey,ServerKey */
static bool
matches_scram(ms_digest digest, ms_span hash, const ms_secret *secret, uint32 iterations)
{
	char		salt[MS_PASSWORD_MAX];
	char		stored_key[MS_PASSWORD_MAX];
	uint8		computed[MS_DIGEST_MAX];
	uint8		server_key[MS_DIGEST_MAX];
	size_t		salt_len;
	size_t		len;

	(void) next_field(&hash, ',');
	salt_len = ms_base64_decode(next_field(&hash, ','), salt);
	len = ms_base64_decode(next_field(&hash, ','), stored_key);
	ms_scram_compute(digest, secret->data, ms_span_of(salt, salt_len), iterations, computed, server_key);
	return equal_octets(computed, stored_key, len);
}

/* ------------------------------------------------------------------ dispatch */

/* octets end in NUL. */
static bool
matches(const ms_password *password, ms_span octets, const ms_secret *secret, ms_span user)
{
	const ms_scheme *method = password->method;

	switch (method->kind)
	{
		case MS_PASSWORD_DIGEST:
		case MS_PASSWORD_MD5:
			return matches_digest(method, octets, secret);
		case MS_PASSWORD_DIGEST_USER:
			return matches_digest_user(octets, secret, user);
		case MS_PASSWORD_HMAC_MD5:
			return matches_hmac_md5(octets, secret);
		case MS_PASSWORD_CRYPT:
			return matches_crypt(octets.data, secret);
		case MS_PASSWORD_ARGON2:
			return matches_argon2(octets.data, secret);
		case MS_PASSWORD_PBKDF2:
			return matches_pbkdf2(octets, secret, (uint32) password->cost);
		case MS_PASSWORD_SCRAM:
			return matches_scram(method->digest, octets, secret, (uint32) password->cost);
		case MS_PASSWORD_PLAIN:
		case MS_PASSWORD_ONE_TIME:
		case MS_PASSWORD_UNSAFE:
			break;
	}
	return false;
}

bool
ms_password_matches(const ms_password *password, ms_span plaintext, ms_span user)
{
	char		octets[MS_PASSWORD_MAX + 1];
	size_t		len = ms_password_octets(password, octets);
	ms_secret	secret = ms_secret_copy(plaintext);
	volatile bool result = false;

	octets[len] = '\0';
	PG_TRY();
	{
		result = matches(password, ms_span_of(octets, len), &secret, user);
	}
	PG_FINALLY();
	{
		ms_secret_wipe(&secret);
	}
	PG_END_TRY();
	return result;
}
