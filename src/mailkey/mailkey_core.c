/*
 * mailkey_core.c
 *	  The parser of keys.  Bytes in, key or fault out.
 *
 * Nearly all keys take the short way of plain_core.c; what stands here knows
 * every rule, and what is wrong where.  ICU sees only what is not ASCII, or
 * claims to be an A-label.
 */
#include "mailkey/mailkey.h"

#include "base/unicode.h"
#include "mailkey/layout.h"

#define ATEXT 0x01				/* RFC 5321 atext */
#define LDH 0x02				/* letters, digits, hyphen */
#define DIGIT 0x04
#define CONTROL 0x08

/* clang-format off */
static const unsigned char char_class[256] = {
	[0x00 ... 0x1F] = CONTROL, [0x7F] = CONTROL,
	['0' ... '9'] = ATEXT | LDH | DIGIT,
	['A' ... 'Z'] = ATEXT | LDH, ['a' ... 'z'] = ATEXT | LDH, ['-'] = ATEXT | LDH,
	['!'] = ATEXT, ['#'] = ATEXT, ['$'] = ATEXT, ['%'] = ATEXT, ['&'] = ATEXT, ['\''] = ATEXT,
	['*'] = ATEXT, ['+'] = ATEXT, ['/'] = ATEXT, ['='] = ATEXT, ['?'] = ATEXT, ['^'] = ATEXT,
	['_'] = ATEXT, ['`'] = ATEXT, ['{'] = ATEXT, ['|'] = ATEXT, ['}'] = ATEXT, ['~'] = ATEXT,
	[0x80 ... 0xFF] = ATEXT,	/* RFC 6531; which code points, ms_unicode_check says */
};
/* clang-format on */

static inline bool
is_class(char c, unsigned char class)
{
	return (char_class[(unsigned char) c] & class) != 0;
}

static inline bool
is_ascii(char c)
{
	return (unsigned char) c < 0x80;
}

static inline char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/* ------------------------------------------------------------------ domains */

/* A label that begins so has to be an A-label, which only ICU can judge. */
static bool
has_ace_prefix(const char *p, size_t len)
{
	return len >= 4 && ascii_lower(p[0]) == 'x' && ascii_lower(p[1]) == 'n' &&
		p[2] == '-' && p[3] == '-';
}

static bool
needs_idna(ms_span in)
{
	size_t		i;
	bool		at_start = true;

	for (i = 0; i < in.len; i++)
	{
		if (!is_ascii(in.data[i]))
			return true;
		if (at_start && has_ace_prefix(in.data + i, in.len - i))
			return true;
		at_start = in.data[i] == '.';
	}
	return false;
}

/*
 * ASCII characters stand first in an A-label, so that this one's U-label would
 * itself begin as an A-label does; ICU lets it pass.
 */
static bool
has_ace_prefix_twice(const char *p, size_t len)
{
	return has_ace_prefix(p, len) && has_ace_prefix(p + 4, len - 4);
}

static bool
check_label(const char *label, size_t len, size_t offset, ms_fault *fault)
{
	if (len == 0)
		return ms_fail(fault, MS_FAULT_LABEL_EMPTY, offset);
	if (len > MS_LABEL_MAX)
		return ms_fail_length(fault, MS_FAULT_LABEL_TOO_LONG, offset, len, MS_LABEL_MAX);
	if (label[0] == '-')
		return ms_fail(fault, MS_FAULT_LABEL_HYPHEN, offset);
	if (label[len - 1] == '-')
		return ms_fail(fault, MS_FAULT_LABEL_HYPHEN, offset + len - 1);
	if (has_ace_prefix_twice(label, len))
		return ms_fail(fault, MS_FAULT_IDNA, offset);
	return true;
}

static ms_fault_code
domain_character_fault(char c)
{
	if (is_class(c, CONTROL))
		return MS_FAULT_CONTROL;
	return c == '@' ? MS_FAULT_DOMAIN_AT : MS_FAULT_DOMAIN_CHARACTER;
}

/* An ASCII name: checks every rule and writes it in lower case. */
static bool
parse_ascii_domain(ms_span in, ms_key *out, ms_fault *fault)
{
	size_t		label = 0;
	bool		numeric = true;
	size_t		i;

	if (in.len > MS_DOMAIN_MAX)
		return ms_fail_length(fault, MS_FAULT_DOMAIN_TOO_LONG, MS_DOMAIN_MAX, in.len, MS_DOMAIN_MAX);
	for (i = 0; i < in.len; i++)
	{
		char		c = in.data[i];

		if (c == '.')
		{
			if (!check_label(in.data + label, i - label, label, fault))
				return false;
			label = i + 1;
		}
		else if (!is_class(c, LDH))
			return ms_fail(fault, domain_character_fault(c), i);
		else
			numeric &= is_class(c, DIGIT);
		out->domain[i] = ascii_lower(c);
	}
	if (!check_label(in.data + label, in.len - label, label, fault))
		return false;
	if (numeric)
		return ms_fail(fault, MS_FAULT_DOMAIN_NUMERIC, 0);
	out->domain_len = in.len;
	return true;
}

/*
 * A name with U-labels or A-labels.  What ICU makes of it has to keep the
 * ASCII rules, too; where it does not, the fault is at the start, since
 * positions in the A-labels say nothing to the person who typed U-labels.
 */
static bool
parse_idna_domain(ms_span in, ms_key *out, ms_fault *fault)
{
	char		ascii[MS_UNICODE_MAX];
	size_t		len;

	if (!ms_unicode_check(in, true, fault))
		return false;
	if (!ms_idna_to_ascii(in, ascii, sizeof(ascii), &len))
		return ms_fail(fault, MS_FAULT_IDNA, 0);
	if (!parse_ascii_domain(ms_span_of(ascii, len), out, fault))
	{
		fault->offset = 0;
		return false;
	}
	return true;
}

/* offset is where the name begins in the whole input. */
static bool
parse_domain_part(ms_span in, size_t offset, ms_key *out, ms_fault *fault)
{
	bool		ok;

	if (in.len == 0)
		return ms_fail(fault, offset > 0 ? MS_FAULT_NO_DOMAIN : MS_FAULT_EMPTY, offset);
	if (in.data[0] == '[')
		return ms_fail(fault, MS_FAULT_DOMAIN_LITERAL, offset);
	ok = needs_idna(in) ? parse_idna_domain(in, out, fault) : parse_ascii_domain(in, out, fault);
	if (!ok)
		fault->offset += offset;
	return ok;
}

/* -------------------------------------------------------------- local parts */

static ms_fault_code
local_character_fault(char c)
{
	if (is_class(c, CONTROL))
		return MS_FAULT_CONTROL;
	return c == '@' ? MS_FAULT_SECOND_AT : MS_FAULT_LOCAL_CHARACTER;
}

/* Dot-string, RFC 5321 4.1.2: the offset of what is wrong goes into the fault. */
static bool
check_dot_string(ms_span local, ms_fault *fault)
{
	bool		after_dot = true;
	size_t		i;

	for (i = 0; i < local.len; i++)
	{
		char		c = local.data[i];

		if (c == '.')
		{
			if (after_dot)
				return ms_fail(fault, MS_FAULT_LOCAL_DOT, i);
			after_dot = true;
		}
		else if (is_class(c, ATEXT))
			after_dot = false;
		else
			return ms_fail(fault, local_character_fault(c), i);
	}
	return after_dot ? ms_fail(fault, MS_FAULT_LOCAL_DOT, i - 1) : true;
}

/*
 * Quoted-string: writes the content into out (room for MS_LOCAL_PART_MAX) and
 * the length of the whole string, quotes included, into *used.
 */
static bool
unquote(ms_span in, char *out, size_t *out_len, size_t *used, ms_fault *fault)
{
	size_t		n = 0;
	size_t		i;

	for (i = 1; i < in.len && in.data[i] != '"'; i++)
	{
		if (in.data[i] == '\\' && ++i == in.len)
			break;
		if (is_class(in.data[i], CONTROL))
			return ms_fail(fault, MS_FAULT_CONTROL, i);
		if (n == MS_LOCAL_PART_MAX)
			return ms_fail_length(fault, MS_FAULT_LOCAL_TOO_LONG, i, n + 1, MS_LOCAL_PART_MAX);
		out[n++] = in.data[i];
	}
	if (i >= in.len)
		return ms_fail(fault, MS_FAULT_QUOTE_OPEN, 0);
	*out_len = n;
	*used = i + 1;
	return true;
}

/*
 * Checks a local part's length as it stands on the wire, quotes included, and
 * that of the address with it.
 */
static bool
check_lengths(size_t local_len, size_t domain_len, ms_fault *fault)
{
	size_t		len = local_len + 1 + domain_len;

	if (local_len > MS_LOCAL_PART_MAX)
		return ms_fail_length(fault, MS_FAULT_LOCAL_TOO_LONG, MS_LOCAL_PART_MAX,
							  local_len, MS_LOCAL_PART_MAX);
	if (len > MS_ADDRESS_MAX)
		return ms_fail_length(fault, MS_FAULT_ADDRESS_TOO_LONG, local_len, len, MS_ADDRESS_MAX);
	return true;
}

/* Whether Postfix, which folds a key before it asks, asks for the same one. */
static bool
survives_folding(ms_span local, ms_span canonical)
{
	char		folded[4 * MS_LOCAL_PART_MAX];
	char		again[4 * MS_LOCAL_PART_MAX];
	size_t		len;

	return ms_unicode_fold(local, folded, sizeof(folded), &len) &&
		ms_unicode_canonical(ms_span_of(folded, len), again, sizeof(again), &len) &&
		ms_span_equal(canonical, ms_span_of(again, len));
}

/*
 * Folding can lengthen a local part (and make a character that needs quotes),
 * and the canonical address has to be an address, too.  Where it is too long,
 * the fault is at the start: its positions are not those of what was typed.
 */
static bool
set_unicode_local_part(ms_span local, ms_key *out, ms_fault *fault)
{
	char		canonical[4 * MS_LOCAL_PART_MAX];
	char		written[2 * sizeof(canonical) + 2];
	size_t		len;

	if (!ms_unicode_check(local, false, fault))
		return false;
	if (!ms_unicode_canonical(local, canonical, sizeof(canonical), &len))
		return ms_fail_length(fault, MS_FAULT_LOCAL_TOO_LONG, 0, sizeof(canonical) + 1,
							  MS_LOCAL_PART_MAX);
	if (!check_lengths(ms_local_part_write(ms_span_of(canonical, len), written),
					   out->domain_len, fault))
	{
		fault->offset = 0;
		return false;
	}
	if (!survives_folding(local, ms_span_of(canonical, len)))
		return ms_fail(fault, MS_FAULT_UNSTABLE, 0);
	memcpy(out->local, canonical, len);
	out->local_len = len;
	return true;
}

/*
 * Folds an unquoted local part, at most MS_LOCAL_PART_MAX octets, into
 * out->local, and keeps it in out->typed where that differs.
 */
static bool
set_local_part(ms_span local, ms_key *out, ms_fault *fault)
{
	bool		ascii = true;
	bool		differs = false;
	size_t		i;

	for (i = 0; i < local.len; i++)
	{
		char		c = local.data[i];
		char		lower = ascii_lower(c);

		out->local[i] = lower;
		differs |= c != lower;
		ascii &= is_ascii(c);
	}
	out->local_len = local.len;
	if (!ascii)
	{
		if (!set_unicode_local_part(local, out, fault))
			return false;
		differs = !ms_span_equal(local, ms_span_of(out->local, out->local_len));
	}
	out->typed_len = 0;
	if (differs)
	{
		memcpy(out->typed, local.data, local.len);
		out->typed_len = local.len;
	}
	return true;
}

static bool
parse_quoted_address(ms_span in, ms_key *out, ms_fault *fault)
{
	char		content[MS_LOCAL_PART_MAX];
	char		written[2 * MS_LOCAL_PART_MAX + 2];
	size_t		content_len;
	size_t		used;

	if (!unquote(in, content, &content_len, &used, fault))
		return false;
	if (used == in.len || in.data[used] != '@')
		return ms_fail(fault, MS_FAULT_QUOTE_END, used);
	if (!parse_domain_part(ms_span_from(in, used + 1), used + 1, out, fault))
		return false;
	if (!check_lengths(ms_local_part_write(ms_span_of(content, content_len), written),
					   out->domain_len, fault))
		return false;
	if (!set_local_part(ms_span_of(content, content_len), out, fault))
	{
		fault->offset += 1;
		return false;
	}
	return true;
}

/* The last @ divides: the ones before it, if any, are reported where they stand. */
static size_t
last_at(ms_span in)
{
	size_t		i = in.len;

	while (i > 0 && in.data[i - 1] != '@')
		i--;
	return i > 0 ? i - 1 : in.len;
}

bool
ms_address_parse(ms_span in, ms_key *out, ms_fault *fault)
{
	size_t		at;

	if (in.len == 0)
		return ms_fail(fault, MS_FAULT_EMPTY, 0);
	out->class = MS_KEY_ADDRESS;
	if (in.data[0] == '"')
		return parse_quoted_address(in, out, fault);
	at = last_at(in);
	if (at == in.len)
		return ms_fail(fault, MS_FAULT_NO_AT, in.len);
	if (at == 0)
		return ms_fail(fault, MS_FAULT_NO_LOCAL_PART, 0);
	return check_dot_string(ms_span_of(in.data, at), fault) &&
		parse_domain_part(ms_span_from(in, at + 1), at + 1, out, fault) &&
		check_lengths(at, out->domain_len, fault) &&
		set_local_part(ms_span_of(in.data, at), out, fault);
}

static bool
parse_prefixed_domain(ms_span in, size_t prefix, ms_key_class class, ms_key *out, ms_fault *fault)
{
	out->class = class;
	out->local_len = 0;
	out->typed_len = 0;
	return parse_domain_part(ms_span_from(in, prefix), prefix, out, fault);
}

bool
ms_domain_parse(ms_span in, ms_key *out, ms_fault *fault)
{
	return parse_prefixed_domain(in, 0, MS_KEY_DOMAIN, out, fault);
}

bool
ms_alias_parse(ms_span in, ms_key *out, ms_fault *fault)
{
	if (in.len > 0 && in.data[0] == '@')
		return parse_prefixed_domain(in, 1, MS_KEY_CATCHALL, out, fault);
	if (in.len > 0 && in.data[0] != '"' && last_at(in) == in.len)
		return ms_fail(fault, MS_FAULT_NOT_CATCHALL, in.len);
	return ms_address_parse(in, out, fault);
}

static void
unpack(ms_span stored, ms_key *out)
{
	ms_key_view view = ms_stored_view(stored);

	out->class = view.class;
	out->domain_len = view.domain.len;
	out->local_len = view.local.len;
	out->typed_len = view.typed.data != view.local.data ? view.typed.len : 0;
	memcpy(out->domain, view.domain.data, out->domain_len);
	memcpy(out->local, view.local.data, out->local_len);
	memcpy(out->typed, view.typed.data, out->typed_len);
}

bool
ms_key_parse(ms_span in, ms_key *out, ms_fault *fault)
{
	char		stored[MS_STORED_MAX(MS_ADDRESS_MAX)];
	size_t		size = ms_plain_key_write(in, stored);
	bool		ok;

	if (size > 0)
	{
		unpack(ms_span_of(stored, size), out);
		return true;
	}
	if (in.len > 1 && in.data[0] == '.')
		ok = parse_prefixed_domain(in, 1, MS_KEY_PARENT, out, fault);
	else if (in.len > 0 && in.data[0] != '"' && last_at(in) == in.len)
		ok = ms_domain_parse(in, out, fault);
	else
		ok = ms_alias_parse(in, out, fault);
	if (!ok)
		out->class = MS_KEY_OTHER;
	return ok;
}

/* ---------------------------------------------------------------- the rest */

size_t
ms_local_part_write(ms_span local, char *out)
{
	ms_fault	unused;
	size_t		n = 0;
	size_t		i;

	if (local.len > 0 && check_dot_string(local, &unused))
	{
		memcpy(out, local.data, local.len);
		return local.len;
	}
	out[n++] = '"';
	for (i = 0; i < local.len; i++)
	{
		if (local.data[i] == '"' || local.data[i] == '\\')
			out[n++] = '\\';
		out[n++] = local.data[i];
	}
	out[n++] = '"';
	return n;
}

/* ASCII letters in either case, as Postfix compares these words. */
static bool
is_word(const char *p, size_t len, const char *word)
{
	size_t		i;

	for (i = 0; i < len; i++)
	{
		if (word[i] == '\0' || ascii_lower(p[i]) != word[i])
			return false;
	}
	return word[len] == '\0';
}

/* With "-" as delimiter, owner-list and list-request are addresses of their own. */
static bool
is_list_address(ms_span local)
{
	return (local.len > 6 && is_word(local.data, 6, "owner-")) ||
		(local.len > 8 && is_word(local.data + local.len - 8, 8, "-request"));
}

static bool
is_never_divided(ms_span local, ms_span delimiters)
{
	return is_word(local.data, local.len, "postmaster") ||
		is_word(local.data, local.len, "mailer-daemon") ||
		is_word(local.data, local.len, "double-bounce") ||
		(memchr(delimiters.data, '-', delimiters.len) != NULL && is_list_address(local));
}

size_t
ms_local_part_split(ms_span local, ms_span delimiters)
{
	size_t		i;

	if (delimiters.len == 0 || is_never_divided(local, delimiters))
		return local.len;
	for (i = 0; i < local.len; i++)
	{
		if (is_ascii(local.data[i]) && memchr(delimiters.data, local.data[i], delimiters.len) != NULL)
			return i > 0 ? i : local.len;
	}
	return local.len;
}

size_t
ms_domain_postfix_key(ms_span domain, char *out)
{
	char		unicode[MS_UNICODE_MAX];
	char		folded[MS_UNICODE_MAX];
	size_t		len;
	ms_key		key;
	ms_fault	unused;

	if (needs_idna(domain) &&
		ms_idna_to_unicode(domain, unicode, sizeof(unicode), &len) &&
		ms_unicode_fold(ms_span_of(unicode, len), folded, sizeof(folded), &len) &&
		ms_domain_parse(ms_span_of(folded, len), &key, &unused))
	{
		memcpy(out, key.domain, key.domain_len);
		return key.domain_len;
	}
	memcpy(out, domain.data, domain.len);
	return domain.len;
}
