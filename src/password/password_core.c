/*
 * password_core.c
 *	  The parser of passwords.
 */
#include "password/form.h"

#define SCHEME_MAX 32			/* octets of a scheme with its suffix; the longest has 20 */

/* ------------------------------------------------------------------- scheme */

static bool
equals_ignoring_case(ms_span s, const char *lower)
{
	size_t		i;

	for (i = 0; i < s.len && lower[i] != '\0'; i++)
	{
		if ((s.data[i] >= 'A' && s.data[i] <= 'Z' ? s.data[i] + 32 : s.data[i]) != lower[i])
			return false;
	}
	return i == s.len && lower[i] == '\0';
}

/* What follows the dot in {SHA512.b64} */
static bool
parse_suffix(ms_span suffix, ms_encoding *encoding)
{
	if (equals_ignoring_case(suffix, "hex"))
		*encoding = MS_ENCODING_HEX;
	else if (equals_ignoring_case(suffix, "b64") || equals_ignoring_case(suffix, "base64"))
		*encoding = MS_ENCODING_BASE64;
	else
		return false;
	return true;
}

static bool
refuse_kind(const ms_scheme *scheme, ms_fault *fault)
{
	switch (scheme->kind)
	{
		case MS_PASSWORD_PLAIN:
			return ms_fail(fault, MS_FAULT_SCHEME_PLAIN, 1);
		case MS_PASSWORD_ONE_TIME:
			return ms_fail(fault, MS_FAULT_SCHEME_ONE_TIME, 1);
		case MS_PASSWORD_UNSAFE:
			return ms_fail(fault, MS_FAULT_SCHEME_UNSAFE, 1);
		default:
			return true;
	}
}

/* {SCHEME} or {SCHEME.suffix}, at the start of in */
static bool
parse_scheme(ms_span in, ms_password *out, ms_fault *fault)
{
	const char *brace = memchr(in.data, '}', in.len);
	const char *dot;
	ms_span		name;

	if (brace == NULL)
		return ms_fail(fault, MS_FAULT_SCHEME_OPEN, 0);
	out->hash = ms_span_from(in, (size_t) (brace - in.data) + 1);
	name = ms_span_of(in.data + 1, (size_t) (brace - in.data) - 1);
	dot = name.len > 0 ? memchr(name.data, '.', name.len) : NULL;
	if (dot != NULL)
		name.len = (size_t) (dot - name.data);
	out->scheme = ms_scheme_find(name);
	if (out->scheme == NULL)
		return ms_fail(fault, MS_FAULT_SCHEME_UNKNOWN, 1);
	if (dot != NULL && !parse_suffix(ms_span_of(dot + 1, (size_t) (brace - dot) - 1), &out->suffix))
		return ms_fail(fault, MS_FAULT_SCHEME_SUFFIX, name.len + 2);
	return refuse_kind(out->scheme, fault);
}

static inline bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static size_t
count_hex(ms_span s)
{
	size_t		i = 0;

	while (i < s.len && is_hex(s.data[i]))
		i++;
	return i;
}

/* A hash that says itself what it is: only what crypt(3) and Argon2 write, and md5() of the series. */
static bool
guess_scheme(ms_span in, ms_password *out, ms_fault *fault)
{
	const ms_scheme *method = ms_scheme_of_prefix(in, false);

	out->hash = in;
	if (method != NULL)
	{
		/* What {CRYPT} alone holds has no name in Dovecot. */
		out->scheme = ms_scheme_find(ms_span_of_text(method->name));
		if (out->scheme != method)
			out->scheme = ms_scheme_find(ms_span_of_text("CRYPT"));
		return true;
	}
	out->guessed = in.len == 32 && count_hex(in) == 32;
	out->scheme = ms_scheme_find(ms_span_of_text("PLAIN-MD5"));
	return out->guessed || ms_fail(fault, MS_FAULT_SCHEME_NONE, 0);
}

/* ----------------------------------------------------------------- encoding */

/*
 * As Dovecot reads a digest: a suffix decides; without one, a text of twice the
 * digest's octets is hexadecimal where the length is known, and other text base64.
 */
static ms_encoding
encoding_of(const ms_password *password)
{
	const ms_scheme *scheme = password->scheme;

	if (password->suffix != MS_ENCODING_NONE || scheme->encoding == MS_ENCODING_NONE)
		return password->suffix;
	if (scheme->kind == MS_PASSWORD_MD5 && ms_form_begins(&ms_form_md5_crypt, password->hash))
		return MS_ENCODING_NONE;
	if (!scheme->salted)
		return password->hash.len == 2 * scheme->octets ? MS_ENCODING_HEX : MS_ENCODING_BASE64;
	return scheme->encoding;
}

static bool
check_hex(ms_span hash, ms_fault *fault)
{
	size_t		digits = count_hex(hash);

	if (digits < hash.len)
		return ms_fail(fault, MS_FAULT_HASH_CHARACTER, digits);
	return hash.len % 2 == 0 || ms_fail(fault, MS_FAULT_HASH_SHORT, hash.len);
}

static bool
check_base64(ms_span hash, ms_fault *fault)
{
	size_t		bad;

	if (ms_base64_octets(hash, &bad) >= 0)
		return true;
	return ms_fail(fault, bad < hash.len ? MS_FAULT_HASH_CHARACTER : MS_FAULT_HASH_PADDING, bad);
}

static bool
check_encoding(const ms_password *password, ms_fault *fault)
{
	switch (encoding_of(password))
	{
		case MS_ENCODING_HEX:
			return check_hex(password->hash, fault);
		case MS_ENCODING_BASE64:
			return check_base64(password->hash, fault);
		case MS_ENCODING_NONE:
			break;
	}
	return true;
}

size_t
ms_password_octets(const ms_password *password, char *out)
{
	switch (encoding_of(password))
	{
		case MS_ENCODING_HEX:
			return ms_hex_decode(password->hash, out);
		case MS_ENCODING_BASE64:
			return ms_base64_decode(password->hash, out);
		case MS_ENCODING_NONE:
			break;
	}
	memcpy(out, password->hash.data, password->hash.len);
	return password->hash.len;
}

/* --------------------------------------------------------------------- hash */

static bool
check_digest(const ms_scheme *scheme, size_t octets, ms_fault *fault)
{
	if (scheme->salted ? octets > scheme->octets : octets == scheme->octets)
		return true;
	return ms_fail_length(fault, scheme->salted ? MS_FAULT_HASH_SALT : MS_FAULT_HASH_OCTETS, 0,
						  octets, scheme->octets);
}

/* The scheme whose form the text is to have, by its prefix where the scheme leaves that open. */
static const ms_scheme *
method_of(const ms_scheme *scheme, ms_span text)
{
	const ms_scheme *method;

	if (scheme->form != NULL)
		return scheme;
	if (scheme->kind == MS_PASSWORD_MD5)
		return ms_scheme_find(ms_span_of_text("MD5-CRYPT"));
	method = ms_scheme_of_prefix(text, true);
	return method != NULL ? method : ms_scheme_find(ms_span_of_text("DES-CRYPT"));
}

static bool
check_text(ms_password *password, ms_span text, ms_fault *fault)
{
	uint64_t	numbers[MS_FORM_NUMBERS];

	password->method = method_of(password->scheme, text);
	/* crypt(3) knows no Argon2, so that Dovecot would let nobody in. */
	if (password->scheme->kind == MS_PASSWORD_CRYPT && password->method->kind != MS_PASSWORD_CRYPT)
		return ms_fail(fault, MS_FAULT_HASH_ARGON2, 0);
	if (text.len > 0 && password->method->form->steps[0].kind == MS_STEP_TEXT &&
		!ms_form_begins(password->method->form, text))
		return ms_fail(fault, MS_FAULT_HASH_PREFIX, 0);
	if (!ms_form_check(password->method->form, text, numbers, fault))
		return false;
	password->cost = numbers[0];
	password->passes = numbers[1];
	password->lanes = numbers[2];
	return true;
}

static bool
check_octets(ms_password *password, ms_span octets, ms_fault *fault)
{
	const ms_scheme *scheme = password->scheme;

	password->method = scheme;
	if (scheme->octets == 0 ||
		(scheme->kind == MS_PASSWORD_MD5 && ms_form_begins(&ms_form_md5_crypt, octets)))
		return check_text(password, octets, fault);
	return check_digest(scheme, octets.len, fault);
}

static bool
check_hash(ms_password *password, ms_fault *fault)
{
	char		octets[MS_PASSWORD_MAX];
	size_t		len;

	if (!check_encoding(password, fault))
		return false;
	len = ms_password_octets(password, octets);
	if (check_octets(password, ms_span_of(octets, len), fault))
		return true;
	/* A place in what was decoded is no place in the input. */
	if (encoding_of(password) != MS_ENCODING_NONE)
		fault->offset = 0;
	return false;
}

bool
ms_password_parse(ms_span in, ms_password *out, ms_fault *fault)
{
	*out = (ms_password) {0};
	if (in.len == 0)
		return ms_fail(fault, MS_FAULT_PASSWORD_EMPTY, 0);
	/* Room for a scheme that is made explicit. */
	if (in.len > MS_PASSWORD_MAX - SCHEME_MAX)
		return ms_fail_length(fault, MS_FAULT_PASSWORD_TOO_LONG, MS_PASSWORD_MAX - SCHEME_MAX,
							  in.len, MS_PASSWORD_MAX - SCHEME_MAX);
	if (!(in.data[0] == '{' ? parse_scheme : guess_scheme) (in, out, fault))
		return false;
	if (check_hash(out, fault))
		return true;
	fault->offset += (size_t) (out->hash.data - in.data);
	return false;
}

static size_t
put(char *out, const char *text)
{
	size_t		i;

	for (i = 0; text[i] != '\0'; i++)
		out[i] = text[i];
	return i;
}

size_t
ms_password_write(const ms_password *password, char *out)
{
	static const char *const suffixes[] = {
		[MS_ENCODING_NONE] = "}", [MS_ENCODING_HEX] = ".HEX}", [MS_ENCODING_BASE64] = ".B64}",
	};
	size_t		len = put(out, "{");

	len += put(out + len, password->scheme->name);
	len += put(out + len, suffixes[password->suffix]);
	memcpy(out + len, password->hash.data, password->hash.len);
	return len + password->hash.len;
}
