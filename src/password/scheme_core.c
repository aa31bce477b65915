/*
 * scheme_core.c
 *	  The schemes that Dovecot knows, and what is to be said against them.
 */
#include "password/form.h"

#define TABLES "Without a salt, tables that others have computed give the password back."
#define ONE_ROUND "One round of a digest: a graphics card tries billions of passwords a second."
#define EQUIVALENT "One round of MD5, and whoever has the hash can log in with it."
#define LEAST_ROUNDS 5000		/* what crypt(3) and doveadm do where they are not told */
#define LEAST_BCRYPT 10			/* OWASP's password storage cheat sheet, as is the next */
#define LEAST_ARGON2 7168

/*
 * The ceilings, each of which takes some seconds: more than anybody makes
 * hashes with, and no more than others can wait.  A gigabyte in four passes is
 * what libsodium calls sensitive.
 */
#define MOST_ROUNDS 5000000
#define MOST_BCRYPT 15
#define MOST_SCRYPT 524288
#define MOST_ARGON2 1048576
#define MOST_ARGON2_PASSES_OF_ALL 4194304
#define MOST_ARGON2_LANES 16

#define PLAIN(name) {name, MS_PASSWORD_PLAIN, MS_STRENGTH_BROKEN, MS_DIGEST_NONE, 0, false, MS_ENCODING_NONE, NULL, NULL, 0, 0}
#define DIGEST(name, strength, digest_and_octets, salted, encoding, weakness) \
	{name, MS_PASSWORD_DIGEST, strength, digest_and_octets, salted, encoding, NULL, weakness, 0, 0}
#define TEXT(name, kind, strength, digest, form, weakness, least, most) \
	{name, kind, strength, digest, 0, true, MS_ENCODING_NONE, form, weakness, least, most}

#define BROKEN MS_STRENGTH_BROKEN
#define FAST MS_STRENGTH_FAST
#define MD5 MS_DIGEST_MD5, 16
#define SHA1 MS_DIGEST_SHA1, 20
#define SHA256 MS_DIGEST_SHA256, 32
#define SHA512 MS_DIGEST_SHA512, 64
#define HEX MS_ENCODING_HEX
#define BASE64 MS_ENCODING_BASE64

static const ms_scheme schemes[] = {
	TEXT("ARGON2ID", MS_PASSWORD_ARGON2, MS_STRENGTH_MEMORY_HARD, MS_DIGEST_NONE, &ms_form_argon2id, NULL, LEAST_ARGON2, MOST_ARGON2),
	TEXT("ARGON2I", MS_PASSWORD_ARGON2, MS_STRENGTH_MEMORY_HARD, MS_DIGEST_NONE, &ms_form_argon2i, NULL, LEAST_ARGON2, MOST_ARGON2),
	TEXT("BLF-CRYPT", MS_PASSWORD_CRYPT, MS_STRENGTH_ADAPTIVE, MS_DIGEST_NONE, &ms_form_bcrypt, NULL, LEAST_BCRYPT, MOST_BCRYPT),
	TEXT("CRYPT", MS_PASSWORD_CRYPT, MS_STRENGTH_ADAPTIVE, MS_DIGEST_NONE, NULL, NULL, 0, 0),
	TEXT("SHA512-CRYPT", MS_PASSWORD_CRYPT, MS_STRENGTH_STRETCHED, MS_DIGEST_NONE, &ms_form_sha512_crypt, NULL, LEAST_ROUNDS, MOST_ROUNDS),
	TEXT("SHA256-CRYPT", MS_PASSWORD_CRYPT, MS_STRENGTH_STRETCHED, MS_DIGEST_NONE, &ms_form_sha256_crypt, NULL, LEAST_ROUNDS, MOST_ROUNDS),
	TEXT("SCRAM-SHA-256", MS_PASSWORD_SCRAM, MS_STRENGTH_STRETCHED, MS_DIGEST_SHA256, &ms_form_scram_sha256, NULL, 0, MOST_ROUNDS),
	TEXT("SCRAM-SHA-1", MS_PASSWORD_SCRAM, MS_STRENGTH_OLD, MS_DIGEST_SHA1, &ms_form_scram_sha1, NULL, 0, MOST_ROUNDS),
	TEXT("PBKDF2", MS_PASSWORD_PBKDF2, MS_STRENGTH_OLD, MS_DIGEST_SHA1, &ms_form_pbkdf2, NULL, LEAST_ROUNDS, MOST_ROUNDS),
	DIGEST("SSHA512", FAST, SHA512, true, BASE64, ONE_ROUND),
	DIGEST("SSHA256", FAST, SHA256, true, BASE64, ONE_ROUND),
	DIGEST("SHA512", BROKEN, SHA512, false, BASE64, TABLES),
	DIGEST("SHA256", BROKEN, SHA256, false, BASE64, TABLES),
	DIGEST("SSHA", BROKEN, SHA1, true, BASE64, ONE_ROUND),
	DIGEST("SHA1", BROKEN, SHA1, false, BASE64, TABLES),
	DIGEST("SHA", BROKEN, SHA1, false, BASE64, TABLES),
	DIGEST("SMD5", BROKEN, MD5, true, BASE64, ONE_ROUND),
	DIGEST("PLAIN-MD5", BROKEN, MD5, false, HEX, TABLES),
	DIGEST("LDAP-MD5", BROKEN, MD5, false, BASE64, TABLES),
	{"DIGEST-MD5", MS_PASSWORD_DIGEST_USER, BROKEN, MD5, false, HEX, NULL, EQUIVALENT, 0, 0},
	{"CRAM-MD5", MS_PASSWORD_HMAC_MD5, BROKEN, MS_DIGEST_MD5, 32, false, HEX, NULL, EQUIVALENT, 0, 0},
	{"HMAC-MD5", MS_PASSWORD_HMAC_MD5, BROKEN, MS_DIGEST_MD5, 32, false, HEX, NULL, EQUIVALENT, 0, 0},
	TEXT("MD5-CRYPT", MS_PASSWORD_CRYPT, BROKEN, MS_DIGEST_NONE, &ms_form_md5_crypt,
		 "A thousand rounds of MD5: a graphics card tries millions of passwords a second.", 0, 0),
	TEXT("DES-CRYPT", MS_PASSWORD_CRYPT, BROKEN, MS_DIGEST_NONE, &ms_form_des_crypt,
		 "Eight characters of the password count, and all there are can be tried.", 0, 0),
	{"MD5", MS_PASSWORD_MD5, BROKEN, MD5, false, HEX, NULL, TABLES, 0, 0},
	PLAIN("PLAIN"),
	PLAIN("CLEAR"),
	PLAIN("CLEARTEXT"),
	PLAIN("PLAIN-TRUNC"),
	{"OTP", MS_PASSWORD_ONE_TIME, BROKEN, MS_DIGEST_NONE, 0, false, MS_ENCODING_NONE, NULL, NULL, 0, 0},
	{"SKEY", MS_PASSWORD_ONE_TIME, BROKEN, MS_DIGEST_NONE, 0, false, MS_ENCODING_NONE, NULL, NULL, 0, 0},
	{"PLAIN-MD4", MS_PASSWORD_UNSAFE, BROKEN, MS_DIGEST_NONE, 0, false, MS_ENCODING_NONE, NULL, NULL, 0, 0},
	{"NTLM", MS_PASSWORD_UNSAFE, BROKEN, MS_DIGEST_NONE, 0, false, MS_ENCODING_NONE, NULL, NULL, 0, 0},
	{"LANMAN", MS_PASSWORD_UNSAFE, BROKEN, MS_DIGEST_NONE, 0, false, MS_ENCODING_NONE, NULL, NULL, 0, 0},
	{"RPA", MS_PASSWORD_UNSAFE, BROKEN, MS_DIGEST_NONE, 0, false, MS_ENCODING_NONE, NULL, NULL, 0, 0},
};

/* What only {CRYPT} holds: crypt(3) has no scheme of its own for them. */
static const ms_scheme crypt_methods[] = {
	TEXT("yescrypt", MS_PASSWORD_CRYPT, MS_STRENGTH_ADAPTIVE, MS_DIGEST_NONE, &ms_form_yescrypt, NULL, 0, MOST_SCRYPT),
	TEXT("gost-yescrypt", MS_PASSWORD_CRYPT, MS_STRENGTH_ADAPTIVE, MS_DIGEST_NONE, &ms_form_gost_yescrypt, NULL, 0, MOST_SCRYPT),
	TEXT("scrypt", MS_PASSWORD_CRYPT, MS_STRENGTH_ADAPTIVE, MS_DIGEST_NONE, &ms_form_scrypt, NULL, 0, MOST_SCRYPT),
	TEXT("bsdicrypt", MS_PASSWORD_CRYPT, BROKEN, MS_DIGEST_NONE, &ms_form_bsdi_crypt,
		 "DES: a graphics card tries millions of passwords a second.", 0, MOST_ROUNDS),
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static inline char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char) (c - 'a' + 'A') : c;
}

static bool
is_named(const ms_scheme *scheme, ms_span name)
{
	size_t		i;

	for (i = 0; i < name.len; i++)
	{
		if (scheme->name[i] == '\0' || scheme->name[i] != upper(name.data[i]))
			return false;
	}
	return scheme->name[i] == '\0';
}

const ms_scheme *
ms_scheme_find(ms_span name)
{
	size_t		i;

	for (i = 0; i < COUNT(schemes); i++)
	{
		if (is_named(&schemes[i], name))
			return &schemes[i];
	}
	return NULL;
}

const ms_scheme *
ms_scheme_of_prefix(ms_span hash, bool any)
{
	size_t		i;

	for (i = 0; i < COUNT(crypt_methods); i++)
	{
		if ((any || crypt_methods[i].form != &ms_form_bsdi_crypt) && ms_form_begins(crypt_methods[i].form, hash))
			return &crypt_methods[i];
	}
	for (i = 0; i < COUNT(schemes); i++)
	{
		if ((schemes[i].kind == MS_PASSWORD_CRYPT || schemes[i].kind == MS_PASSWORD_ARGON2) &&
			schemes[i].form != NULL && ms_form_begins(schemes[i].form, hash))
			return &schemes[i];
	}
	return NULL;
}

/* What the first number of a form is called. */
static const char *
name_of_cost(const ms_scheme *method)
{
	if (method->kind == MS_PASSWORD_ARGON2)
		return "m";
	if (method->form == &ms_form_bcrypt)
		return "cost";
	return method->highest_cost == MOST_SCRYPT ? "KiB" : "rounds";
}

static bool
is_above(const char *name, uint64_t value, uint64_t ceiling, ms_excess *excess)
{
	if (value > ceiling && excess != NULL)
		*excess = (ms_excess) {name, value, ceiling};
	return value > ceiling;
}

bool
ms_password_exceeds(const ms_password *password, ms_excess *excess)
{
	const ms_scheme *method = password->method;

	if (is_above(name_of_cost(method), password->cost, method->highest_cost, excess))
		return true;
	return method->kind == MS_PASSWORD_ARGON2 &&
		(is_above("m*t", password->cost * password->passes, MOST_ARGON2_PASSES_OF_ALL, excess) ||
		 is_above("p", password->lanes, MOST_ARGON2_LANES, excess));
}

const char *
ms_password_weakness(const ms_password *password)
{
	const ms_scheme *method = password->method;

	if (ms_password_exceeds(password, NULL))
		return "It takes so long to compute that the logins of others wait.";
	if (method->weakness != NULL || password->cost == 0 || password->cost >= method->least_cost)
		return method->weakness;
	return method->kind == MS_PASSWORD_ARGON2 ? "It takes so little memory that many passwords can be tried at once."
		: "It takes so few rounds that many passwords can be tried in a second.";
}
