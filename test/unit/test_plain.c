/*
 * test_plain.c
 *	  The short way to most keys: what it takes, it stores as the parser does.
 *
 * Every octet and every pair of marks is tried at every place of keys whose
 * parts end before, at and behind the borders between two runs of octets.
 */
#include "mailkey/layout.h"

#include <stdlib.h>

#include "tap.h"

static size_t taken;
static size_t left;				/* to the parser */

/* By the parsers of one class, which know no short way. */
static bool
parse_the_long_way(ms_span in, ms_key *key)
{
	ms_fault	unused;
	bool		parsed;

	if (in.len < 2 || in.data[0] != '.')
		return ms_alias_parse(in, key, &unused) || ms_domain_parse(in, key, &unused);
	parsed = ms_domain_parse(ms_span_from(in, 1), key, &unused);
	key->class = MS_KEY_PARENT;
	return parsed;
}

static size_t
write_the_long_way(ms_span in, char *out)
{
	ms_key		key;
	ms_span		domain;
	ms_span		local;
	ms_span		typed;

	if (!parse_the_long_way(in, &key))
		return 0;
	domain = ms_span_of(key.domain, key.domain_len);
	local = ms_span_of(key.local, key.local_len);
	typed = ms_span_of(key.typed, key.typed_len);
	ms_stored_write(key.class, domain, local, typed, out);
	return ms_stored_size(domain, local, typed);
}

/* In memory of exactly the right size, so that the sanitizer sees more than that. */
static bool
agrees(ms_span in)
{
	char		expected[MS_STORED_MAX(MS_ADDRESS_MAX)];
	char	   *exact = malloc(in.len);
	char	   *stored = malloc(MS_STORED_MAX(in.len));
	size_t		size;
	bool		same;

	memcpy(exact, in.data, in.len);
	size = ms_plain_key_write(ms_span_of(exact, in.len), stored);
	same = size == 0 || (size == write_the_long_way(in, expected) && memcmp(stored, expected, size) == 0);
	taken += size > 0;
	left += size == 0;
	free(stored);
	free(exact);
	return same;
}

/* local@domain of those lengths, or the domain alone; a label has at most 40 octets. */
static size_t
compose(size_t local_len, size_t domain_len, char *out)
{
	size_t		n = 0;
	size_t		i;

	for (i = 0; i < local_len; i++)
		out[n++] = "aZ9"[i % 3];
	if (local_len > 0)
		out[n++] = '@';
	for (i = 0; i < domain_len; i++)
		out[n++] = i == 40 ? '.' : "bY8"[i % 3];
	return n;
}

static void
try_octets(size_t local_len, size_t domain_len)
{
	char		text[200];
	size_t		len = compose(local_len, domain_len, text);
	size_t		wrong = 0;
	size_t		i;
	int			octet;

	wrong += !agrees(ms_span_of(text, len));
	for (i = 0; i < len; i++)
	{
		char		before = text[i];

		for (octet = 0; octet < 256; octet++)
		{
			text[i] = (char) octet;
			wrong += !agrees(ms_span_of(text, len));
		}
		text[i] = before;
	}
	ok(wrong == 0, "every octet in a local part of %zu and a domain of %zu: %zu are wrong",
	   local_len, domain_len, wrong);
}

static void
try_pairs(size_t local_len, size_t domain_len)
{
	static const char marks[] = ".-_+@/";
	char		text[200];
	size_t		len = compose(local_len, domain_len, text);
	size_t		wrong = 0;
	size_t		i;
	size_t		pair;

	for (i = 0; i + 1 < len; i++)
	{
		char		before[2] = {text[i], text[i + 1]};

		for (pair = 0; pair < 36; pair++)
		{
			text[i] = marks[pair / 6];
			text[i + 1] = marks[pair % 6];
			wrong += !agrees(ms_span_of(text, len));
		}
		memcpy(text + i, before, 2);
	}
	ok(wrong == 0, "every pair of marks in a local part of %zu and a domain of %zu: %zu are wrong",
	   local_len, domain_len, wrong);
}

static bool
is_short(const char *in)
{
	char		stored[MS_STORED_MAX(MS_ADDRESS_MAX)];

	return ms_plain_key_write(ms_span_of_text(in), stored) > 0;
}

int
main(void)
{
	static const size_t lengths[] = {1, 2, 15, 16, 17, 31, 32, 33, 48, 62, 63, 64, 65};
	size_t		n = sizeof(lengths) / sizeof(lengths[0]);
	size_t		i;

	for (i = 0; i < n; i++)
	{
		try_octets(0, lengths[i]);
		try_octets(lengths[i], 17);
		try_octets(9, lengths[i]);
		try_pairs(0, lengths[i]);
		try_pairs(lengths[i], lengths[n - 1 - i]);
		try_pairs(lengths[i], 33);
	}
	ok(taken > 1000 && left > 1000, "%zu keys were taken, %zu were not", taken, left);

	/* Nearly all keys are to take it. */
	ok(is_short("user000123@d000001.department1.example.com"), "an address");
	ok(is_short("First.Last+List@Sub-Domain.Example.COM"), "an address with marks and capitals");
	ok(!is_short("_a_@example.com") && is_short("a_b@example.com"), "an underscore");
	ok(is_short("example.com") && is_short(".example.com") && is_short("@example.com"), "domains");
	ok(!is_short("") && !is_short("@") && !is_short(".") && !is_short("*"), "no keys at all");
	ok(!is_short("a@127.0.0.1") && !is_short("192.0.2.1"), "numbers are not names");
	ok(!is_short("xn--bcher-kva.example"), "an A-label has to be looked into");
	return done();
}
