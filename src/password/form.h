/*
 * form.h
 *	  What the hash of a scheme looks like, as a list of steps.
 */
#ifndef MS_FORM_H
#define MS_FORM_H

#include "password/password.h"

typedef enum ms_step_kind
{
	MS_STEP_END,
	MS_STEP_TEXT,				/* exactly this */
	MS_STEP_RUN,				/* min to max characters of the alphabet */
	MS_STEP_NUMBER,				/* a number from min to max, without leading zeros */
	MS_STEP_TWO_DIGITS,			/* the same, always in two digits */
	MS_STEP_ROUNDS,				/* "rounds=N$", or nothing */
	MS_STEP_BASE64,				/* min to max octets, with padding, up to a comma or the end */
	MS_STEP_BARE,				/* base64 without padding: min to max octets, a multiple of unit */
	MS_STEP_BSDI_COUNT,			/* the rounds of bsdicrypt */
	MS_STEP_SCRYPT,				/* what scrypt is told, then its salt */
	MS_STEP_YESCRYPT			/* what yescrypt is told */
} ms_step_kind;

typedef struct ms_step
{
	ms_step_kind kind;
	const char *text;			/* or the alphabet */
	uint64_t	min;
	uint64_t	max;
	uint64_t	unit;
} ms_step;

#define MS_FORM_NUMBERS 3

typedef struct ms_form
{
	ms_step		steps[12];
} ms_form;

extern const ms_form ms_form_argon2i;
extern const ms_form ms_form_argon2id;
extern const ms_form ms_form_bcrypt;
extern const ms_form ms_form_bsdi_crypt;
extern const ms_form ms_form_des_crypt;
extern const ms_form ms_form_gost_yescrypt;
extern const ms_form ms_form_md5_crypt;
extern const ms_form ms_form_pbkdf2;
extern const ms_form ms_form_scram_sha1;
extern const ms_form ms_form_scram_sha256;
extern const ms_form ms_form_scrypt;
extern const ms_form ms_form_sha256_crypt;
extern const ms_form ms_form_sha512_crypt;
extern const ms_form ms_form_yescrypt;

/*
 * Whether hash has that form.  numbers become those that are in it, in order,
 * and 0 where there are no more; one for scrypt and yescrypt, the KiB that they
 * go through.  The fault's offset is counted from the start of hash.
 */
extern bool ms_form_check(const ms_form *form, ms_span hash, uint64_t numbers[MS_FORM_NUMBERS], ms_fault *fault);

/* Whether hash begins with the text that the form begins with; false for a form that begins otherwise. */
extern bool ms_form_begins(const ms_form *form, ms_span hash);

/*
 * The scheme whose prefix hash has, among them those that only {CRYPT} holds;
 * NULL where it has none.  With any, an underscore counts as a prefix.
 */
extern const ms_scheme *ms_scheme_of_prefix(ms_span hash, bool any);

/* Octets that padded base64 stands for, or -1 where it is none; bad is the first wrong character. */
extern long ms_base64_octets(ms_span text, size_t *bad);

/* Writes what valid base64, or valid hexadecimal, stands for; returns how many octets. */
extern size_t ms_base64_decode(ms_span text, char *out);
extern size_t ms_hex_decode(ms_span text, char *out);

#endif							/* MS_FORM_H */
