/*
 * fuzz_key.c
 *	  Laws of the parser of keys.
 *
 * The input is a key as a daemon or an operator would type it.
 */
#include "mailkey/layout.h"

#include <strings.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "base/unicode.h"
#include "fuzz.h"

/* Room for the longest printed key: a local part all of whose octets are escaped, in quotes, @, domain. */
#define TEXT_MAX (2 * MS_LOCAL_PART_MAX + 3 + MS_DOMAIN_MAX)

typedef bool (*key_parser) (ms_span in, ms_key *out, ms_fault *fault);

/* Parses a copy of exactly its size into a key that holds no octet of an earlier one. */
static bool
parse(key_parser parser, ms_span in, ms_key *key)
{
	ms_span		copy = exact_copy(in);
	ms_fault	fault = {0};
	bool		parsed;

	memset(key, 0xA5, sizeof(*key));
	parsed = parser(copy, key, &fault);
	free_copy(copy);
	if (!parsed)
		check_fault(&fault, in.len);
	return parsed;
}

static ms_span
domain_of(const ms_key *key)
{
	return ms_span_of(key->domain, key->domain_len);
}

static ms_span
local_of(const ms_key *key)
{
	return ms_span_of(key->local, key->local_len);
}

static ms_span
typed_of(const ms_key *key)
{
	return key->typed_len > 0 ? ms_span_of(key->typed, key->typed_len) : local_of(key);
}

static bool
same_key(const ms_key *a, const ms_key *b)
{
	return a->class == b->class && ms_span_equal(domain_of(a), domain_of(b)) &&
		ms_span_equal(local_of(a), local_of(b));
}

/* Writes the local part into memory of exactly the size that the contract asks for. */
static size_t
write_local_part(ms_span local, char *out)
{
	size_t		room = 2 * local.len + 2;
	char	   *exact = malloc(room);
	size_t		len = ms_local_part_write(local, exact);

	LAW(len <= room);
	memcpy(out, exact, len);
	free(exact);
	return len;
}

/* The key as mail_key's output function prints it, with that local part. */
static ms_span
print_key(const ms_key *key, ms_span local, char *out)
{
	size_t		n = 0;

	if (key->class == MS_KEY_ADDRESS)
		n = write_local_part(local, out);
	if (key->class == MS_KEY_ADDRESS || key->class == MS_KEY_CATCHALL)
		out[n++] = '@';
	if (key->class == MS_KEY_PARENT)
		out[n++] = '.';
	memcpy(out + n, key->domain, key->domain_len);
	return ms_span_of(out, n + key->domain_len);
}

/* The stored lengths fit their octets, and what compares holds only what it may. */
static void
check_form(const ms_key *key)
{
	ms_fault	fault;
	size_t		i;

	LAW(key->domain_len > 0 && key->domain_len <= MS_DOMAIN_MAX);
	for (i = 0; i < key->domain_len; i++)
		LAW(strchr("abcdefghijklmnopqrstuvwxyz0123456789-.", key->domain[i]) && key->domain[i] != '\0');
	LAW(key->local_len <= MS_LOCAL_PART_MAX && key->typed_len <= MS_LOCAL_PART_MAX);
	LAW(key->class == MS_KEY_ADDRESS || (key->local_len == 0 && key->typed_len == 0));
	LAW(ms_unicode_check(local_of(key), false, &fault));
	LAW(ms_unicode_check(typed_of(key), false, &fault));
	LAW(key->typed_len == 0 || !ms_span_equal(typed_of(key), local_of(key)));
}

/*
 * The local part is kept as it was typed, without its quotes and backslashes:
 * what is quoted ends at the first double quote that no backslash precedes,
 * and what is not, at the only @.
 */
static void
check_spelling(ms_span in, const ms_key *key)
{
	bool		quoted = in.data[0] == '"';
	char		end = quoted ? '"' : '@';
	ms_span		typed = typed_of(key);
	size_t		n = 0;
	size_t		i;

	for (i = quoted; in.data[i] != end; i++)
	{
		if (quoted && in.data[i] == '\\')
			i++;
		LAW(n < typed.len && typed.data[n++] == in.data[i]);
	}
	LAW(n == typed.len);
}

/* What is printed is read as the same key, spelling included; the canonical form is a fixed point. */
static void
check_round_trip(const ms_key *key)
{
	char		text[TEXT_MAX];
	ms_key		again;

	LAW(parse(ms_key_parse, print_key(key, typed_of(key), text), &again));
	LAW(same_key(key, &again) && ms_span_equal(typed_of(key), typed_of(&again)));
	LAW(parse(ms_key_parse, print_key(key, local_of(key), text), &again));
	LAW(same_key(key, &again) && again.typed_len == 0);
}

static bool
same_spelling(const ms_key *a, const ms_key *b)
{
	return same_key(a, b) && a->typed_len == b->typed_len &&
		memcmp(a->typed, b->typed, a->typed_len) == 0;
}

/* The parsers of one class accept what the general one puts into that class, spelled the same. */
static void
check_classes(ms_span in, const ms_key *key, bool parsed)
{
	ms_key		other;
	bool		address = parsed && key->class == MS_KEY_ADDRESS;
	bool		domain = parsed && key->class == MS_KEY_DOMAIN;
	bool		catchall = parsed && key->class == MS_KEY_CATCHALL;

	LAW(parsed == (key->class != MS_KEY_OTHER));
	LAW(parse(ms_address_parse, in, &other) == address && (!address || same_spelling(key, &other)));
	LAW(parse(ms_domain_parse, in, &other) == domain && (!domain || same_spelling(key, &other)));
	LAW(parse(ms_alias_parse, in, &other) == (address || catchall) &&
		(!(address || catchall) || same_spelling(key, &other)));
}

/* By the parsers of one class, which know no short way. */
static bool
parse_the_long_way(ms_span in, ms_key *key)
{
	if (in.len > 1 && in.data[0] == '.')
	{
		bool		parsed = parse(ms_domain_parse, ms_span_from(in, 1), key);

		key->class = MS_KEY_PARENT;
		return parsed;
	}
	return parse(ms_alias_parse, in, key) || parse(ms_domain_parse, in, key);
}

/* The short way, where there is one, stores the same octets, within the room that is asked for. */
static void
check_stored(ms_span in, const ms_key *key)
{
	ms_span		copy = exact_copy(in);
	char	   *stored = malloc(MS_STORED_MAX(in.len));
	char		expected[MS_STORED_MAX(MS_ADDRESS_MAX)];
	size_t		size = ms_plain_key_write(copy, stored);
	ms_span		typed = ms_span_of(key->typed, key->typed_len);
	ms_key_view view;

	if (size > 0)
	{
		LAW(size == ms_stored_size(domain_of(key), local_of(key), typed));
		ms_stored_write(key->class, domain_of(key), local_of(key), typed, expected);
		LAW(memcmp(stored, expected, size) == 0);
		view = ms_stored_view(ms_span_of(stored, size));
		LAW(view.class == key->class && ms_span_equal(view.domain, domain_of(key)));
		LAW(ms_span_equal(view.local, local_of(key)) && ms_span_equal(view.typed, typed_of(key)));
		LAW(MS_KEY_HEADER + view.key.len + key->typed_len == size);
	}
	free(stored);
	free_copy(copy);
}

static void
check_short_way(ms_span in, const ms_key *key, bool parsed)
{
	ms_key		other;

	LAW(parse_the_long_way(in, &other) == parsed);
	if (parsed)
	{
		LAW(same_spelling(key, &other));
		check_stored(in, &other);
	}
}

/* Where a name is a domain, it is one behind every prefix, too. */
static void
check_prefixes(const ms_key *key)
{
	static const ms_key_class classes[] = {MS_KEY_DOMAIN, MS_KEY_PARENT, MS_KEY_CATCHALL, MS_KEY_ADDRESS};
	ms_key		other = *key;
	ms_key		again;
	char		text[TEXT_MAX];
	size_t		i;

	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
	{
		other.class = classes[i];
		if (other.class == MS_KEY_ADDRESS && key->domain_len + 2 > MS_ADDRESS_MAX)
			continue;
		LAW(parse(ms_key_parse, print_key(&other, ms_span_of("a", 1), text), &again));
		LAW(again.class == classes[i] && ms_span_equal(domain_of(key), domain_of(&again)));
	}
}

static char
swap_case(char c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		return c ^ 0x20;
	return c;
}

/* Dovecot lower-cases ASCII only, and a person types as they like: the same key. */
static void
check_ascii_case(ms_span in, const ms_key *key)
{
	char	   *swapped = malloc(in.len);
	ms_key		other;
	size_t		i;

	for (i = 0; i < in.len; i++)
		swapped[i] = swap_case(in.data[i]);
	LAW(parse(ms_key_parse, ms_span_of(swapped, in.len), &other) && same_key(key, &other));
	free(swapped);
}

/* A local part that is typed in normal form C or D is the same one, where it is short enough to be typed so. */
static void
check_normal_form(const ms_key *key, const UNormalizer2 *form)
{
	UErrorCode	status = U_ZERO_ERROR;
	UChar		units[MS_LOCAL_PART_MAX];
	UChar		normal[MS_UNICODE_MAX];
	char		octets[MS_UNICODE_MAX];
	char		text[TEXT_MAX];
	int32_t		len;
	ms_key		other;

	u_strFromUTF8(units, MS_LOCAL_PART_MAX, &len, typed_of(key).data, (int32_t) typed_of(key).len, &status);
	len = unorm2_normalize(form, units, len, normal, MS_UNICODE_MAX, &status);
	u_strToUTF8(octets, sizeof(octets), &len, normal, len, &status);
	LAW(U_SUCCESS(status));
	if (len <= MS_LOCAL_PART_MAX &&
		parse(ms_key_parse, print_key(key, ms_span_of(octets, (size_t) len), text), &other))
		LAW(same_key(key, &other));
}

static void
check_normal_forms(const ms_key *key)
{
	UErrorCode	status = U_ZERO_ERROR;

	check_normal_form(key, unorm2_getNFCInstance(&status));
	check_normal_form(key, unorm2_getNFDInstance(&status));
}

/* ASCII only, so that folding leaves it alone: an A-label says nothing about the case of its U-label. */
static bool
holds_a_label(ms_span in)
{
	size_t		i;

	for (i = 0; i + 4 <= in.len; i++)
	{
		if (strncasecmp(in.data + i, "xn--", 4) == 0)
			return true;
	}
	return false;
}

/* As check_postfix_fold, where the name was typed in U-labels or in ASCII throughout. */
static void
check_folded_domain(const ms_key *key, const ms_key *folded)
{
	char		asked[MS_DOMAIN_MAX];
	size_t		len = ms_domain_postfix_key(domain_of(key), asked);

	LAW(ms_span_equal(domain_of(key), domain_of(folded)) ||
		ms_span_equal(ms_span_of(asked, len), domain_of(folded)));
}

/*
 * Postfix asks with the key folded: the same address in the same domain, or in
 * the one that ms_domain_postfix_key names.  Folding can make it too long.
 */
static void
check_postfix_fold(ms_span in, const ms_key *key)
{
	char		folded[MS_UNICODE_MAX];
	size_t		len;
	ms_key		other;
	ms_fault	fault;

	if (!ms_unicode_fold(in, folded, sizeof(folded), &len))
		return;
	if (!ms_key_parse(ms_span_of(folded, len), &other, &fault))
	{
		LAW(fault.actual > fault.allowed);
		return;
	}
	LAW(other.class == key->class && ms_span_equal(local_of(key), local_of(&other)));
	if (!holds_a_label(in))
		check_folded_domain(key, &other);
}

/* What Postfix asks for, it asks for however often it folds. */
static void
check_postfix_key(const ms_key *key)
{
	char		asked[MS_DOMAIN_MAX];
	char		again[MS_DOMAIN_MAX];
	size_t		len = ms_domain_postfix_key(domain_of(key), asked);
	ms_key		other;

	LAW(len > 0 && len <= MS_DOMAIN_MAX);
	LAW(parse(ms_domain_parse, ms_span_of(asked, len), &other));
	LAW(ms_span_equal(domain_of(&other), ms_span_of(asked, len)));
	LAW(ms_domain_postfix_key(ms_span_of(asked, len), again) == len && memcmp(asked, again, len) == 0);
}

/* The U-labels that people are shown are read as the same domain. */
static void
check_unicode_domain(const ms_key *key)
{
	char		unicode[MS_UNICODE_MAX];
	size_t		len;
	ms_key		other;

	LAW(ms_idna_to_unicode(domain_of(key), unicode, sizeof(unicode), &len));
	LAW(parse(ms_domain_parse, ms_span_of(unicode, len), &other));
	LAW(ms_span_equal(domain_of(key), domain_of(&other)));
}

/* Every octet behind a backslash, in quotes, is the same address, where that is short enough to be read. */
static void
check_quoted(const ms_key *key)
{
	ms_span		typed = typed_of(key);
	char		text[TEXT_MAX];
	size_t		n = 0;
	ms_key		other;
	size_t		i;

	text[n++] = '"';
	for (i = 0; i < typed.len; i++)
	{
		if ((typed.data[i] & 0x80) == 0)
			text[n++] = '\\';
		text[n++] = typed.data[i];
	}
	text[n++] = '"';
	text[n++] = '@';
	memcpy(text + n, key->domain, key->domain_len);
	LAW(parse(ms_key_parse, ms_span_of(text, n + key->domain_len), &other) && same_key(key, &other));
}

/* A base is a local part of its own with nothing left to divide, whatever was typed in capitals. */
static void
check_split(ms_span local, ms_span delimiters)
{
	size_t		split = ms_local_part_split(local, delimiters);
	ms_span		base = ms_span_of(local.data, split);
	ms_fault	fault;

	LAW(split <= local.len && (split > 0 || local.len == 0));
	LAW(ms_unicode_check(base, false, &fault));
	LAW(ms_local_part_split(base, delimiters) == split);
	if (split < local.len)
		LAW(ms_unicode_check(ms_span_from(local, split + 1), false, &fault));
}

static void
check_splits(const ms_key *key)
{
	static const char *const delimiters[] = {"", "+", "-", "+-", "=_", "\xC3\xBC"};
	char		swapped[MS_LOCAL_PART_MAX];
	size_t		i;
	size_t		d;

	for (i = 0; i < key->local_len; i++)
		swapped[i] = swap_case(key->local[i]);
	for (d = 0; d < sizeof(delimiters) / sizeof(delimiters[0]); d++)
	{
		ms_span		set = ms_span_of_text(delimiters[d]);

		check_split(local_of(key), set);
		check_split(typed_of(key), set);
		LAW(ms_local_part_split(ms_span_of(swapped, key->local_len), set) ==
			ms_local_part_split(local_of(key), set));
	}
}

static void
check_key(ms_span in, const ms_key *key)
{
	check_form(key);
	check_round_trip(key);
	check_prefixes(key);
	check_ascii_case(in, key);
	check_postfix_fold(in, key);
	check_postfix_key(key);
	check_unicode_domain(key);
	if (key->class == MS_KEY_ADDRESS)
	{
		check_spelling(in, key);
		check_quoted(key);
		check_normal_forms(key);
		check_splits(key);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ms_span		in = ms_span_of((const char *) data, size);
	ms_key		key;
	bool		parsed = parse(ms_key_parse, in, &key);

	check_classes(in, &key, parsed);
	check_short_way(in, &key, parsed);
	if (parsed)
		check_key(in, &key);
	return 0;
}
