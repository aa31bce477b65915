/*
 * hash_pg.c
 *	  Hashes of the schemes that set_password() writes.
 */
#include "password/compute.h"
#include "password/crypt.h"
#include "password/form.h"
#include "password/secret.h"

#include <sodium.h>

#include "common/base64.h"
#include "common/saslprep.h"

#define BCRYPT_COST 10			/* OWASP's least; a login costs some 50 ms */
#define BCRYPT_SECRET_MAX 72
#define SHA512_CRYPT_ROUNDS 100000	/* about as long */
#define SCRAM_ITERATIONS 4096	/* RFC 7677, PostgreSQL and Dovecot */
#define SCRAM_SALT_LEN 16

static void
refuse(const char *message, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s", message), errdetail("%s", detail),
			 errhint("Take another password, or another scheme: ARGON2ID takes any."),
			 errhidestmt(true)));
}

static char *
hash_argon2id(const ms_secret *secret, const ms_hash_cost *cost)
{
	char	   *hash = palloc(crypto_pwhash_STRBYTES);

	if (sodium_init() < 0 ||
		crypto_pwhash_str_alg(hash, secret->data, secret->len, cost->argon2_iterations,
							  cost->argon2_memory * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("could not compute a hash of Argon2"),
				 errdetail("It takes %zu KiB of memory.", cost->argon2_memory),
				 errhint("Lower argon2_memory of mailstack.settings."),
				 errhidestmt(true)));
	return hash;
}

static char *
hash_crypt(const ms_secret *secret, const char *prefix, unsigned long cost)
{
	char	   *hash;

	if (secret->len > MS_CRYPT_SECRET_MAX)
		refuse("the password is too long for crypt(3)", "It takes up to 511 octets.");
	hash = ms_crypt(secret->data, ms_crypt_new_setting(prefix, cost));
	if (hash == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("crypt(3) makes no hash for \"%s\"", prefix),
				 errhidestmt(true)));
	return hash;
}

static char *
hash_bcrypt(const ms_secret *secret, const ms_hash_cost *cost pg_attribute_unused())
{
	/* It would take no notice of the rest. */
	if (secret->len > BCRYPT_SECRET_MAX)
		refuse("the password is too long for BLF-CRYPT", "It takes 72 octets.");
	return hash_crypt(secret, "$2y$", BCRYPT_COST);
}

static char *
hash_sha512_crypt(const ms_secret *secret, const ms_hash_cost *cost pg_attribute_unused())
{
	return hash_crypt(secret, "$6$", SHA512_CRYPT_ROUNDS);
}

static char *
base64(const uint8 *octets, int len)
{
	int			cap = pg_b64_enc_len(len);
	char	   *text = palloc(cap + 1);

	text[pg_b64_encode((const void *) octets, len, (void *) text, cap)] = '\0';
	return text;
}

/*
 * A client of SCRAM prepares the password (RFC 4013) before it hashes it, and
 * Dovecot hashes what a client of PLAIN sends as it is.  Where these differ, one
 * of them could not log in.
 */
static void
require_prepared(const ms_secret *secret)
{
	char	   *prepared = NULL;
	bool		same = pg_saslprep(secret->data, &prepared) == SASLPREP_SUCCESS && strcmp(prepared, secret->data) == 0;

	if (prepared != NULL)
		explicit_bzero(prepared, strlen(prepared));
	if (!same)
		refuse("the password has characters that SCRAM writes otherwise",
			   "Whoever logs in by SCRAM would have another password than whoever logs in by PLAIN.");
}

static char *
hash_scram_sha256(const ms_secret *secret, const ms_hash_cost *cost pg_attribute_unused())
{
	uint8		salt[SCRAM_SALT_LEN];
	uint8		stored_key[MS_DIGEST_MAX];
	uint8		server_key[MS_DIGEST_MAX];

	require_prepared(secret);
	if (!pg_strong_random(salt, sizeof(salt)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate a random salt")));
	ms_scram_compute(MS_DIGEST_SHA256, secret->data, ms_span_of((char *) salt, sizeof(salt)),
					 SCRAM_ITERATIONS, stored_key, server_key);
	return psprintf("%d,%s,%s,%s", SCRAM_ITERATIONS, base64(salt, sizeof(salt)),
					base64(stored_key, 32), base64(server_key, 32));
}

/* ----------------------------------------------------------- hashes of nobody */

static char *
zeros(char zero, int len)
{
	char	   *s = palloc(len + 1);

	memset(s, zero, len);
	s[len] = '\0';
	return s;
}

static char *
nobody_argon2id(const ms_hash_cost *cost)
{
	return psprintf("$argon2id$v=19$m=%zu,t=%zu,p=1$%s$%s", cost->argon2_memory, cost->argon2_iterations,
					zeros('A', 22), zeros('A', 43));
}

static char *
nobody_bcrypt(const ms_hash_cost *cost pg_attribute_unused())
{
	return psprintf("$2y$%02d$%s", BCRYPT_COST, zeros('.', 53));
}

static char *
nobody_sha512_crypt(const ms_hash_cost *cost pg_attribute_unused())
{
	return psprintf("$6$rounds=%d$%s$%s", SHA512_CRYPT_ROUNDS, zeros('.', 16), zeros('.', 86));
}

static char *
nobody_scram_sha256(const ms_hash_cost *cost pg_attribute_unused())
{
	return psprintf("%d,%s==,%s=,%s=", SCRAM_ITERATIONS, zeros('A', 22), zeros('A', 43), zeros('A', 43));
}

/* ------------------------------------------------------------------ dispatch */

typedef struct hasher
{
	const ms_form *form;
	char	   *(*hash) (const ms_secret *secret, const ms_hash_cost *cost);
	char	   *(*nobody) (const ms_hash_cost *cost);
} hasher;

static const hasher hashers[] = {
	{&ms_form_argon2id, hash_argon2id, nobody_argon2id},
	{&ms_form_bcrypt, hash_bcrypt, nobody_bcrypt},
	{&ms_form_sha512_crypt, hash_sha512_crypt, nobody_sha512_crypt},
	{&ms_form_scram_sha256, hash_scram_sha256, nobody_scram_sha256},
};

/* NULL where there is none. */
static const hasher *
hasher_of(const ms_scheme *scheme)
{
	size_t		i;

	for (i = 0; i < lengthof(hashers); i++)
	{
		if (scheme != NULL && scheme->form == hashers[i].form)
			return &hashers[i];
	}
	return NULL;
}

bool
ms_scheme_is_written(const ms_scheme *scheme)
{
	return hasher_of(scheme) != NULL;
}

char *
ms_password_of_nobody(const ms_scheme *scheme, const ms_hash_cost *cost)
{
	return psprintf("{%s}%s", scheme->name, hasher_of(scheme)->nobody(cost));
}

char *
ms_password_hash(ms_span plaintext, const ms_scheme *scheme, const ms_hash_cost *cost)
{
	ms_secret	secret = ms_secret_copy(plaintext);
	char	   *volatile result = NULL;

	PG_TRY();
	{
		result = psprintf("{%s}%s", scheme->name, hasher_of(scheme)->hash(&secret, cost));
	}
	PG_FINALLY();
	{
		ms_secret_wipe(&secret);
	}
	PG_END_TRY();
	return result;
}
