/*
 * form_core.c
 *	  The forms of hashes, and the walk along one.
 */
#include "password/form.h"

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define HEX DIGITS "abcdefABCDEF"
#define CRYPT64 "./" DIGITS LETTERS
/* What glibc and libxcrypt take in a salt: all printable ASCII but these. */
#define SALT "!\"#%&'()*+,-./" DIGITS ";<=>?@" LETTERS "[\\]^_`{|}~"

#define TEXT(s) {MS_STEP_TEXT, s, 0, 0, 0}
#define RUN(alphabet, min, max) {MS_STEP_RUN, alphabet, min, max, 0}
#define NUMBER(min, max) {MS_STEP_NUMBER, NULL, min, max, 0}
#define TWO_DIGITS(min, max) {MS_STEP_TWO_DIGITS, NULL, min, max, 0}
#define ROUNDS(min, max) {MS_STEP_ROUNDS, NULL, min, max, 0}
#define OCTETS(min, max) {MS_STEP_BASE64, NULL, min, max, 0}
#define BARE(min, max, unit) {MS_STEP_BARE, NULL, min, max, unit}
#define STEP(kind) {kind, NULL, 0, 0, 0}
#define END STEP(MS_STEP_END)

/*
 * RFC 9106, as its reference code writes it: memory in KiB, passes, lanes.  All
 * programs make hashes of 16 or 32 octets, so that one that was cut off shows.
 */
#define ARGON2(name) {{TEXT("$" name "$v=19$m="), NUMBER(8, UINT32_MAX), TEXT(",t="), NUMBER(1, UINT32_MAX), \
	TEXT(",p="), NUMBER(1, 0xFFFFFF), TEXT("$"), BARE(8, 64, 1), TEXT("$"), BARE(16, 64, 8), END}}
#define SHA_CRYPT(prefix, len) \
	{{TEXT(prefix), ROUNDS(1000, 999999999), RUN(SALT, 0, 16), TEXT("$"), RUN(CRYPT64, len, len), END}}
#define YESCRYPT(prefix) {{TEXT(prefix), STEP(MS_STEP_YESCRYPT), TEXT("$"), RUN(CRYPT64, 0, 86), TEXT("$"), RUN(CRYPT64, 43, 43), END}}
/* RFC 5803's fields as Dovecot puts them; it refuses fewer iterations */
#define SCRAM(len) {{NUMBER(4096, INT32_MAX), TEXT(","), OCTETS(1, 128), TEXT(","), OCTETS(len, len), TEXT(","), OCTETS(len, len), END}}

const ms_form ms_form_argon2i = ARGON2("argon2i");
const ms_form ms_form_argon2id = ARGON2("argon2id");
const ms_form ms_form_bcrypt = {{TEXT("$2"), RUN("abxy", 1, 1), TEXT("$"), TWO_DIGITS(4, 31), TEXT("$"), RUN(CRYPT64, 53, 53), END}};
const ms_form ms_form_bsdi_crypt = {{TEXT("_"), STEP(MS_STEP_BSDI_COUNT), RUN(CRYPT64, 15, 15), END}};
const ms_form ms_form_des_crypt = {{RUN(CRYPT64, 13, 13), END}};
const ms_form ms_form_gost_yescrypt = YESCRYPT("$gy$");
const ms_form ms_form_md5_crypt = {{TEXT("$1$"), RUN(SALT, 0, 8), TEXT("$"), RUN(CRYPT64, 22, 22), END}};
const ms_form ms_form_pbkdf2 = {{TEXT("$1$"), RUN(SALT, 1, 64), TEXT("$"), NUMBER(1, UINT32_MAX), TEXT("$"), RUN(HEX, 40, 40), END}};
const ms_form ms_form_scram_sha1 = SCRAM(20);
const ms_form ms_form_scram_sha256 = SCRAM(32);
const ms_form ms_form_scrypt = {{TEXT("$7$"), STEP(MS_STEP_SCRYPT), RUN(CRYPT64, 0, 86), TEXT("$"), RUN(CRYPT64, 43, 43), END}};
const ms_form ms_form_sha256_crypt = SHA_CRYPT("$5$", 43);
const ms_form ms_form_sha512_crypt = SHA_CRYPT("$6$", 86);
const ms_form ms_form_yescrypt = YESCRYPT("$y$");

/* ------------------------------------------------------------------- the walk */

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

typedef struct walk
{
	ms_span		hash;
	size_t		at;
	uint64_t	numbers[MS_FORM_NUMBERS];
	int			count;
	ms_fault   *fault;
} walk;

static bool
fail_here(walk *w, ms_fault_code code)
{
	return ms_fail(w->fault, code, w->at);
}

static bool
is_in(const char *alphabet, char c)
{
	return c != '\0' && strchr(alphabet, c) != NULL;
}

static bool
walk_text(walk *w, const char *text)
{
	for (; *text != '\0'; text++, w->at++)
	{
		if (w->at == w->hash.len || w->hash.data[w->at] != *text)
			return fail_here(w, w->at == w->hash.len ? MS_FAULT_HASH_SHORT : MS_FAULT_HASH_FORM);
	}
	return true;
}

static bool
walk_run(walk *w, const ms_step *step)
{
	size_t		begin = w->at;

	while (w->at < w->hash.len && w->at - begin < step->max && is_in(step->text, w->hash.data[w->at]))
		w->at++;
	if (w->at - begin >= step->min)
		return true;
	return fail_here(w, w->at == w->hash.len ? MS_FAULT_HASH_SHORT : MS_FAULT_HASH_CHARACTER);
}

static bool
walk_number(walk *w, const ms_step *step)
{
	size_t		begin = w->at;
	uint64_t	n = 0;

	while (w->at < w->hash.len && w->at - begin < 10 && is_in(DIGITS, w->hash.data[w->at]))
		n = n * 10 + (uint64_t) (w->hash.data[w->at++] - '0');
	if (w->at == begin || n < step->min || n > step->max ||
		(step->kind == MS_STEP_TWO_DIGITS ? w->at - begin != 2 : w->hash.data[begin] == '0'))
	{
		w->at = begin;
		return fail_here(w, MS_FAULT_HASH_PARAMETER);
	}
	if (w->count < MS_FORM_NUMBERS)
		w->numbers[w->count++] = n;
	return true;
}

static bool
walk_rounds(walk *w, const ms_step *step)
{
	static const char word[] = "rounds=";
	size_t		len = sizeof(word) - 1;

	if (w->hash.len - w->at < len || memcmp(w->hash.data + w->at, word, len) != 0)
		return true;
	w->at += len;
	return walk_number(w, step) && walk_text(w, "$");
}

static bool
walk_base64(walk *w, const ms_step *step)
{
	ms_span		rest = ms_span_from(w->hash, w->at);
	const char *comma = rest.len > 0 ? memchr(rest.data, ',', rest.len) : NULL;
	size_t		bad;
	long		octets;

	if (comma != NULL)
		rest.len = (size_t) (comma - rest.data);
	octets = ms_base64_octets(rest, &bad);
	if (octets < 0)
		return ms_fail(w->fault, MS_FAULT_HASH_CHARACTER, w->at + bad);
	if ((uint64_t) octets < step->min || (uint64_t) octets > step->max)
		return ms_fail_length(w->fault, MS_FAULT_HASH_OCTETS, w->at, (size_t) octets,
							  (size_t) ((uint64_t) octets < step->min ? step->min : step->max));
	w->at += rest.len;
	return true;
}

/* Libsodium wants the bits that no octet is made of to be zero. */
static bool
walk_bare(walk *w, const ms_step *step)
{
	size_t		begin = w->at;
	size_t		len;
	size_t		octets;
	int			last = 0;

	while (w->at < w->hash.len && base64_value(w->hash.data[w->at]) >= 0)
		last = base64_value(w->hash.data[w->at++]);
	len = w->at - begin;
	octets = len * 3 / 4;
	if (octets < step->min)
		return fail_here(w, w->at == w->hash.len ? MS_FAULT_HASH_SHORT : MS_FAULT_HASH_CHARACTER);
	if (octets > step->max)
		return fail_here(w, MS_FAULT_HASH_LONG);
	if (octets % step->unit != 0 || len % 4 == 1 ||
		(len % 4 == 2 && last % 16 != 0) || (len % 4 == 3 && last % 4 != 0))
		return fail_here(w, MS_FAULT_HASH_SHORT);
	return true;
}

/* ------------------------------------------------ what crypt(3) writes in its own digits */

static bool
next_digit(walk *w, uint32_t *digit)
{
	const char *found;

	if (w->at == w->hash.len)
		return fail_here(w, MS_FAULT_HASH_SHORT);
	found = w->hash.data[w->at] != '\0' ? strchr(CRYPT64, w->hash.data[w->at]) : NULL;
	if (found == NULL)
		return fail_here(w, MS_FAULT_HASH_CHARACTER);
	*digit = (uint32_t) (found - CRYPT64);
	w->at++;
	return true;
}

/* Six bits a digit, the lowest first. */
static bool
next_fixed(walk *w, int digits, uint64_t *value)
{
	uint32_t	digit;
	int			i;

	*value = 0;
	for (i = 0; i < digits; i++)
	{
		if (!next_digit(w, &digit))
			return false;
		*value |= (uint64_t) digit << (6 * i);
	}
	return true;
}

/*
 * A number from min on.  The first digit tells how many there are: 48 of them
 * stand for themselves, the next eight for two digits, and so on by halves.
 */
static bool
next_variable(walk *w, uint64_t min, uint64_t *value)
{
	uint32_t	begin = 0;
	uint32_t	end = 47;
	uint32_t	bits = 0;
	uint32_t	digit;

	if (!next_digit(w, &digit))
		return false;
	for (*value = min; digit > end; bits += 6)
	{
		*value += (uint64_t) (end + 1 - begin) << bits;
		begin = end + 1;
		end = begin + (62 - end) / 2;
	}
	*value += (uint64_t) (digit - begin) << bits;
	while (bits > 0)
	{
		if (!next_digit(w, &digit))
			return false;
		bits -= 6;
		*value += (uint64_t) digit << bits;
	}
	return true;
}

/* 128 octets, r times 2^log2_n, gone through that often; in KiB, and at the most where it is out of all bounds. */
static bool
push_memory(walk *w, uint64_t log2_n, uint64_t r, uint64_t times)
{
	uint64_t	kib;

	if (log2_n > 63)
		return fail_here(w, MS_FAULT_HASH_PARAMETER);
	if (log2_n > 32 || __builtin_mul_overflow((r << log2_n) / 8, times, &kib))
		kib = UINT64_MAX;
	w->numbers[w->count++] = kib;
	return true;
}

static bool
walk_bsdi_count(walk *w)
{
	return next_fixed(w, 4, &w->numbers[w->count++]);
}

static bool
walk_scrypt(walk *w)
{
	uint32_t	log2_n;
	uint64_t	r;
	uint64_t	p;

	return next_digit(w, &log2_n) && next_fixed(w, 5, &r) && next_fixed(w, 5, &p) && push_memory(w, log2_n, r, p);
}

/* The lanes p and the extra time t, where they are there; crypt(3) computes no other. */
static bool
next_options(walk *w, uint64_t *p, uint64_t *t)
{
	enum {HAS_P = 1, HAS_T = 2};
	uint64_t	has;
	size_t		begin = w->at;

	if (w->at == w->hash.len || w->hash.data[w->at] == '$')
		return true;
	if (!next_variable(w, 1, &has))
		return false;
	if ((has & ~(uint64_t) (HAS_P | HAS_T)) != 0)
	{
		w->at = begin;
		return fail_here(w, MS_FAULT_HASH_PARAMETER);
	}
	return ((has & HAS_P) == 0 || next_variable(w, 2, p)) && ((has & HAS_T) == 0 || next_variable(w, 1, t));
}

static bool
walk_yescrypt(walk *w)
{
	uint64_t	flavor;
	uint64_t	log2_n;
	uint64_t	r;
	uint64_t	p = 1;
	uint64_t	t = 0;

	return next_variable(w, 0, &flavor) && next_variable(w, 1, &log2_n) && next_variable(w, 1, &r) &&
		next_options(w, &p, &t) && push_memory(w, log2_n, r, p * (t + 1));
}

static bool
walk_step(walk *w, const ms_step *step)
{
	switch (step->kind)
	{
		case MS_STEP_TEXT:
			return walk_text(w, step->text);
		case MS_STEP_RUN:
			return walk_run(w, step);
		case MS_STEP_NUMBER:
		case MS_STEP_TWO_DIGITS:
			return walk_number(w, step);
		case MS_STEP_ROUNDS:
			return walk_rounds(w, step);
		case MS_STEP_BASE64:
			return walk_base64(w, step);
		case MS_STEP_BARE:
			return walk_bare(w, step);
		case MS_STEP_BSDI_COUNT:
			return walk_bsdi_count(w);
		case MS_STEP_SCRYPT:
			return walk_scrypt(w);
		case MS_STEP_YESCRYPT:
			return walk_yescrypt(w);
		case MS_STEP_END:
			break;
	}
	return w->at == w->hash.len || fail_here(w, MS_FAULT_HASH_LONG);
}

bool
ms_form_check(const ms_form *form, ms_span hash, uint64_t numbers[MS_FORM_NUMBERS], ms_fault *fault)
{
	walk		w = {.hash = hash, .fault = fault};
	const ms_step *step = form->steps;

	do
	{
		if (!walk_step(&w, step))
			return false;
	} while ((step++)->kind != MS_STEP_END);
	/* Argon2 divides its memory among the lanes, and wants eight KiB for each. */
	if ((form == &ms_form_argon2i || form == &ms_form_argon2id) && w.numbers[0] < 8 * w.numbers[2])
		return ms_fail(fault, MS_FAULT_HASH_PARAMETER, strlen(form->steps[0].text));
	memcpy(numbers, w.numbers, sizeof(w.numbers));
	return true;
}

bool
ms_form_begins(const ms_form *form, ms_span hash)
{
	const char *text = form->steps[0].text;
	size_t		len;

	if (form->steps[0].kind != MS_STEP_TEXT)
		return false;
	len = strlen(text);
	return hash.len >= len && memcmp(hash.data, text, len) == 0;
}

/* --------------------------------------------------------------- encodings */

long
ms_base64_octets(ms_span text, size_t *bad)
{
	size_t		padding = 0;
	size_t		i;

	while (padding < 2 && padding < text.len && text.data[text.len - 1 - padding] == '=')
		padding++;
	for (i = 0; i < text.len - padding; i++)
	{
		if (base64_value(text.data[i]) < 0)
		{
			*bad = i;
			return -1;
		}
	}
	*bad = text.len;
	return text.len % 4 == 0 ? (long) (text.len / 4 * 3 - padding) : -1;
}

size_t
ms_base64_decode(ms_span text, char *out)
{
	uint32_t	bits = 0;
	size_t		len = 0;
	size_t		i;

	for (i = 0; i < text.len && text.data[i] != '='; i++)
	{
		bits = bits << 6 | (uint32_t) base64_value(text.data[i]);
		if (i % 4 != 0)
			out[len++] = (char) (bits >> (6 - i % 4 * 2));
	}
	return len;
}

static int
hex_value(char c)
{
	return c <= '9' ? c - '0' : (c & 0x0F) + 9;
}

size_t
ms_hex_decode(ms_span text, char *out)
{
	size_t		i;

	for (i = 0; i + 1 < text.len; i += 2)
		out[i / 2] = (char) (hex_value(text.data[i]) << 4 | hex_value(text.data[i + 1]));
	return text.len / 2;
}
