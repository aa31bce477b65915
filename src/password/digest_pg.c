/*
 * digest_pg.c
 *	  Digests and what is derived with them, by the server's own functions.
 */
#include "password/compute.h"

#include "common/cryptohash.h"
#include "common/hmac.h"
#include "common/scram-common.h"
#include "miscadmin.h"

static const struct
{
	pg_cryptohash_type type;
	size_t		len;
}			digests[] = {
	[MS_DIGEST_MD5] = {PG_MD5, 16},
	[MS_DIGEST_SHA1] = {PG_SHA1, 20},
	[MS_DIGEST_SHA256] = {PG_SHA256, 32},
	[MS_DIGEST_SHA512] = {PG_SHA512, 64},
};

/* OpenSSL may have been told to refuse MD5, for example. */
static void
refuse(const char *reason)
{
	ereport(ERROR,
			(errcode(ERRCODE_INTERNAL_ERROR),
			 errmsg("could not compute the hash of a password: %s", reason),
			 errhidestmt(true)));
}

static inline const uint8 *
octets(ms_span s)
{
	return (const uint8 *) s.data;
}

size_t
ms_digest_compute(ms_digest digest, const ms_span *parts, int nparts, uint8 *out)
{
	pg_cryptohash_ctx *ctx = pg_cryptohash_create(digests[digest].type);
	bool		failed = pg_cryptohash_init(ctx) < 0;
	int			i;

	for (i = 0; i < nparts && !failed; i++)
		failed = pg_cryptohash_update(ctx, octets(parts[i]), parts[i].len) < 0;
	if (failed || pg_cryptohash_final(ctx, out, digests[digest].len) < 0)
		refuse(pg_cryptohash_error(ctx));
	pg_cryptohash_free(ctx);
	return digests[digest].len;
}

static void
hmac_again(pg_hmac_ctx *ctx, ms_digest digest, ms_span key, ms_span message, uint8 *out)
{
	if (pg_hmac_init(ctx, octets(key), key.len) < 0 ||
		pg_hmac_update(ctx, octets(message), message.len) < 0 ||
		pg_hmac_final(ctx, out, digests[digest].len) < 0)
		refuse(pg_hmac_error(ctx));
}

void
ms_hmac_compute(ms_digest digest, ms_span key, ms_span message, uint8 *out)
{
	pg_hmac_ctx *ctx = pg_hmac_create(digests[digest].type);

	hmac_again(ctx, digest, key, message, out);
	pg_hmac_free(ctx);
}

void
ms_pbkdf2_compute(ms_digest digest, ms_span secret, ms_span salt, uint32 iterations, uint8 *out)
{
	static const char block_number[] = {0, 0, 0, 1};
	size_t		len = digests[digest].len;
	pg_hmac_ctx *ctx = pg_hmac_create(digests[digest].type);
	uint8		u[MS_DIGEST_MAX];
	char	   *first = palloc(salt.len + sizeof(block_number));
	uint32		i;
	size_t		j;

	memcpy(first, salt.data, salt.len);
	memcpy(first + salt.len, block_number, sizeof(block_number));
	hmac_again(ctx, digest, secret, ms_span_of(first, salt.len + sizeof(block_number)), u);
	memcpy(out, u, len);
	for (i = 1; i < iterations; i++)
	{
		CHECK_FOR_INTERRUPTS();
		hmac_again(ctx, digest, secret, ms_span_of((char *) u, len), u);
		for (j = 0; j < len; j++)
			out[j] ^= u[j];
	}
	pg_hmac_free(ctx);
	explicit_bzero(u, sizeof(u));
}

/* The server has a function for the one digest that it offers itself. */
static void
salt_password(ms_digest digest, const char *secret, ms_span salt, uint32 iterations, uint8 *out)
{
	const char *reason = NULL;

	if (digest != MS_DIGEST_SHA256)
		ms_pbkdf2_compute(digest, ms_span_of_text(secret), salt, iterations, out);
	else if (ms_scram_sha256_salted_password(secret, salt.data, (int) salt.len, (int) iterations, out, &reason) < 0)
		refuse(reason);
}

void
ms_scram_compute(ms_digest digest, const char *secret, ms_span salt, uint32 iterations,
				 uint8 *stored_key, uint8 *server_key)
{
	uint8		salted[MS_DIGEST_MAX];
	uint8		client_key[MS_DIGEST_MAX];
	ms_span		key = ms_span_of((char *) salted, digests[digest].len);
	ms_span		client = ms_span_of((char *) client_key, digests[digest].len);

	salt_password(digest, secret, salt, iterations, salted);
	ms_hmac_compute(digest, key, ms_span_of_text("Client Key"), client_key);
	ms_hmac_compute(digest, key, ms_span_of_text("Server Key"), server_key);
	(void) ms_digest_compute(digest, &client, 1, stored_key);
	explicit_bzero(salted, sizeof(salted));
	explicit_bzero(client_key, sizeof(client_key));
}
