/*
 * test_mailkey.c
 *	  Keys: classes, canonical forms, faults with their offsets, limits, sub-addresses.
 *
 * Every input is copied to memory of exactly its size, so that the sanitizer
 * sees a read past its end.
 */
#include "mailkey/mailkey.h"

#include <stdlib.h>

#include "tap.h"

typedef bool (*key_parser) (ms_span in, ms_key *out, ms_fault *fault);

static ms_key key;
static ms_fault fault;

static bool
parse_span(key_parser parse, ms_span in)
{
	char	   *exact = malloc(in.len);
	bool		parsed;

	memcpy(exact, in.data, in.len);
	memset(&key, 0xA5, sizeof(key));
	fault = (ms_fault) {0};
	parsed = parse(ms_span_of(exact, in.len), &key, &fault);
	free(exact);
	return parsed;
}

static bool
parse(key_parser parser, const char *in)
{
	return parse_span(parser, ms_span_of_text(in));
}

/* The last key as class:domain:local:typed. */
static const char *
shown(void)
{
	static char out[600];
	size_t		n = 0;

	n += snprintf(out, sizeof(out), "%d:%.*s:", (int) key.class, (int) key.domain_len, key.domain);
	n += snprintf(out + n, sizeof(out) - n, "%.*s:", (int) key.local_len, key.local);
	snprintf(out + n, sizeof(out) - n, "%.*s", (int) key.typed_len, key.typed);
	return out;
}

static void
is_key(const char *in, const char *expected)
{
	ok(parse(ms_key_parse, in), "\"%s\" is a key", in);
	is_str(shown(), expected, "\"%s\" is %s", in, expected);
}

static void
is_other(const char *in, ms_fault_code code)
{
	ok(!parse(ms_key_parse, in) && key.class == MS_KEY_OTHER, "\"%s\" is other text", in);
	ok(fault.code == code, "\"%s\": fault %d, expected %d", in, (int) fault.code, (int) code);
}

static void
faults_span(key_parser parser, ms_span in, ms_fault_code code, size_t offset, const char *name)
{
	ok(!parse_span(parser, in), "%s is refused", name);
	ok(fault.code == code && fault.offset == offset,
	   "%s: fault %d at octet %zu, expected %d at %zu", name, (int) fault.code, fault.offset,
	   (int) code, offset);
}

static void
faults(key_parser parser, const char *in, ms_fault_code code, size_t offset)
{
	faults_span(parser, ms_span_of_text(in), code, offset, in);
}

static void
test_classes(void)
{
	is_key("Bob@Example.COM", "4:example.com:bob:Bob");
	is_key("bob@example.com", "4:example.com:bob:");
	is_key("@Example.com", "3:example.com::");
	is_key(".Example.com", "2:example.com::");
	is_key("Example.com", "1:example.com::");
	is_key("localhost", "1:localhost::");
	is_key("\"a b\"@x.org", "4:x.org:a b:");
	is_key("\"A@b\"@x.org", "4:x.org:a@b:A@b");
	is_key("\"a\\\"\\\\b\"@x.org", "4:x.org:a\"\\b:");
	is_key("\"bob\"@x.org", "4:x.org:bob:");
	is_key("\"\"@x.org", "4:x.org::");
	is_key("B\xC3\xBC@b\xC3\xBC" "cher.example", "4:xn--bcher-kva.example:b\xC3\xBC:B\xC3\xBC");
	is_key("Stra\xC3\x9F" "e@x.org", "4:x.org:strasse:Stra\xC3\x9F" "e");
	is_key("bob@XN--BCHER-KVA.example", "4:xn--bcher-kva.example:bob:");
	is_other("", MS_FAULT_EMPTY);
	is_other("*", MS_FAULT_DOMAIN_CHARACTER);
	is_other(".", MS_FAULT_LABEL_EMPTY);
	is_other("@", MS_FAULT_NO_DOMAIN);
	is_other("@@", MS_FAULT_DOMAIN_AT);
	is_other("a@b@c.org", MS_FAULT_SECOND_AT);
	is_other("\"", MS_FAULT_QUOTE_OPEN);
	is_other("192.0.2.1", MS_FAULT_DOMAIN_NUMERIC);
	is_other(".bob@x.org", MS_FAULT_DOMAIN_AT);
	is_other("..x.org", MS_FAULT_LABEL_EMPTY);
}

static void
test_address_faults(void)
{
	faults(ms_address_parse, "", MS_FAULT_EMPTY, 0);
	faults(ms_address_parse, "bob", MS_FAULT_NO_AT, 3);
	faults(ms_address_parse, "a@b@x.org", MS_FAULT_SECOND_AT, 1);
	faults(ms_address_parse, "@x.org", MS_FAULT_NO_LOCAL_PART, 0);
	faults(ms_address_parse, ".a@x.org", MS_FAULT_LOCAL_DOT, 0);
	faults(ms_address_parse, "a.@x.org", MS_FAULT_LOCAL_DOT, 1);
	faults(ms_address_parse, "a..b@x.org", MS_FAULT_LOCAL_DOT, 2);
	faults(ms_address_parse, "a b@x.org", MS_FAULT_LOCAL_CHARACTER, 1);
	faults(ms_address_parse, "a\"b@x.org", MS_FAULT_LOCAL_CHARACTER, 1);
	faults(ms_address_parse, "a\\b@x.org", MS_FAULT_LOCAL_CHARACTER, 1);
	faults(ms_address_parse, "a(b@x.org", MS_FAULT_LOCAL_CHARACTER, 1);
	faults(ms_address_parse, "a\tb@x.org", MS_FAULT_CONTROL, 1);
	faults(ms_address_parse, "a\x7F@x.org", MS_FAULT_CONTROL, 1);
	faults_span(ms_address_parse, ms_span_of("a\0b@x.org", 9), MS_FAULT_CONTROL, 1, "a NUL");
	faults(ms_address_parse, "\"a@x.org", MS_FAULT_QUOTE_OPEN, 0);
	faults(ms_address_parse, "\"a\\", MS_FAULT_QUOTE_OPEN, 0);
	faults(ms_address_parse, "\"a\\\"", MS_FAULT_QUOTE_OPEN, 0);
	faults(ms_address_parse, "\"a\"", MS_FAULT_QUOTE_END, 3);
	faults(ms_address_parse, "\"a\"b@x.org", MS_FAULT_QUOTE_END, 3);
	faults(ms_address_parse, "\"a\nb\"@x.org", MS_FAULT_CONTROL, 2);
	faults(ms_address_parse, "\"a\\\nb\"@x.org", MS_FAULT_CONTROL, 3);
	faults(ms_address_parse, "a@", MS_FAULT_NO_DOMAIN, 2);
	faults(ms_address_parse, "\"a\"@", MS_FAULT_NO_DOMAIN, 4);
	faults(ms_address_parse, "a@[192.0.2.1]", MS_FAULT_DOMAIN_LITERAL, 2);
	faults(ms_address_parse, "a@x..org", MS_FAULT_LABEL_EMPTY, 4);
	faults(ms_address_parse, "a@x.org ", MS_FAULT_DOMAIN_CHARACTER, 7);
	faults(ms_address_parse, "a\xC2\xA0@x.org", MS_FAULT_INVISIBLE, 1);
	faults(ms_address_parse, "a\xE2\x80\x8B@x.org", MS_FAULT_INVISIBLE, 1);
	faults(ms_address_parse, "\"a\xE2\x80\x8B\"@x.org", MS_FAULT_INVISIBLE, 2);
	faults(ms_address_parse, "ab\xEF\xBF\xBF@x.org", MS_FAULT_UNASSIGNED, 2);
	faults(ms_address_parse, "a\xFF@x.org", MS_FAULT_UTF8, 1);
	faults(ms_address_parse, "a@x\xFF.org", MS_FAULT_UTF8, 3);
	faults(ms_address_parse, "\xC3\xBC@\xC3\xBC \xC3\xBC.org", MS_FAULT_IDNA, 3);
}

static void
test_domain_faults(void)
{
	faults(ms_domain_parse, "", MS_FAULT_EMPTY, 0);
	faults(ms_domain_parse, "a@b", MS_FAULT_DOMAIN_AT, 1);
	faults(ms_domain_parse, "[::1]", MS_FAULT_DOMAIN_LITERAL, 0);
	faults(ms_domain_parse, "a_b.org", MS_FAULT_DOMAIN_CHARACTER, 1);
	faults(ms_domain_parse, "a b.org", MS_FAULT_DOMAIN_CHARACTER, 1);
	faults(ms_domain_parse, "a\n.org", MS_FAULT_CONTROL, 1);
	faults_span(ms_domain_parse, ms_span_of("a\0.org", 6), MS_FAULT_CONTROL, 1, "a NUL");
	faults(ms_domain_parse, ".org", MS_FAULT_LABEL_EMPTY, 0);
	faults(ms_domain_parse, "x.org.", MS_FAULT_LABEL_EMPTY, 6);
	faults(ms_domain_parse, "x.-a.org", MS_FAULT_LABEL_HYPHEN, 2);
	faults(ms_domain_parse, "x.a-.org", MS_FAULT_LABEL_HYPHEN, 3);
	faults(ms_domain_parse, "1.2", MS_FAULT_DOMAIN_NUMERIC, 0);
	faults(ms_domain_parse, "xn--a.org", MS_FAULT_IDNA, 0);
	faults(ms_domain_parse, "xn--.org", MS_FAULT_IDNA, 0);
	faults(ms_domain_parse, "a\xC2\xAD.org", MS_FAULT_INVISIBLE, 1);
	faults(ms_domain_parse, "a\xC3", MS_FAULT_UTF8, 1);
	faults(ms_domain_parse, "a.\xE2\x80\x8D.org", MS_FAULT_IDNA, 0);
	/* Its A-label ends in a letter. */
	faults(ms_domain_parse, "\xC3\x9F-.org", MS_FAULT_IDNA, 0);
	faults(ms_domain_parse, "-\xC3\xBC.org", MS_FAULT_IDNA, 0);
	faults(ms_domain_parse, "xn----eha.org", MS_FAULT_IDNA, 0);
	/* Its U-label would begin with xn--. */
	faults(ms_domain_parse, "xn--xn--b-bpm.org", MS_FAULT_IDNA, 0);
	faults(ms_domain_parse, "XN--XN--b-bpM.org", MS_FAULT_IDNA, 0);
	ok(parse(ms_domain_parse, "r3---sn.example"), "hyphens in the third and fourth place");
	ok(parse(ms_domain_parse, "1.2.example"), "digits before letters");
	faults(ms_alias_parse, "x.org", MS_FAULT_NOT_CATCHALL, 5);
	faults(ms_alias_parse, "@", MS_FAULT_NO_DOMAIN, 1);
	faults(ms_alias_parse, "@a_b", MS_FAULT_DOMAIN_CHARACTER, 2);
	faults(ms_alias_parse, "", MS_FAULT_EMPTY, 0);
	ok(parse(ms_alias_parse, "@X.org") && key.class == MS_KEY_CATCHALL, "a catch-all is an alias");
}

/* An address of that many octets before and after the @, in labels of at most 63. */
static ms_span
address_of(size_t local_len, size_t domain_len, char fill)
{
	static char out[2000];
	size_t		i;

	memset(out, fill, local_len);
	out[local_len] = '@';
	for (i = 0; i < domain_len; i++)
		out[local_len + 1 + i] = i % 64 == 63 ? '.' : 'd';
	return ms_span_of(out, local_len + 1 + domain_len);
}

static void
test_limits(void)
{
	char		text[600];
	size_t		i;

	ok(parse_span(ms_address_parse, address_of(64, 5, 'a')), "a local part of 64 octets");
	faults_span(ms_address_parse, address_of(65, 5, 'a'), MS_FAULT_LOCAL_TOO_LONG, 64, "65 octets");
	ok(fault.actual == 65 && fault.allowed == 64, "65 of 64 are reported");
	ok(parse_span(ms_address_parse, address_of(64, 189, 'a')), "an address of 254 octets");
	faults_span(ms_address_parse, address_of(64, 190, 'a'), MS_FAULT_ADDRESS_TOO_LONG, 64, "255 octets");
	ok(fault.actual == 255 && fault.allowed == 254, "255 of 254 are reported");
	ok(parse_span(ms_alias_parse, address_of(0, 253, 'a')), "a catch-all with a domain of 253 octets");
	faults_span(ms_alias_parse, address_of(0, 254, 'a'), MS_FAULT_DOMAIN_TOO_LONG, 254, "254 octets");
	ok(fault.actual == 254 && fault.allowed == 253, "254 of 253 are reported");

	memset(text, 'l', sizeof(text));
	memcpy(text + 63, ".org", 4);
	ok(parse_span(ms_domain_parse, ms_span_of(text, 67)), "a label of 63 octets");
	memset(text, 'l', 64);
	memcpy(text + 64, ".org", 4);
	faults_span(ms_domain_parse, ms_span_of(text, 68), MS_FAULT_LABEL_TOO_LONG, 0, "a label of 64 octets");
	ok(fault.actual == 64 && fault.allowed == 63, "64 of 63 are reported");

	/* The limit of a quoted local part is that of what is written, quotes and all. */
	memset(text, ' ', sizeof(text));
	text[0] = text[63] = '"';
	memcpy(text + 64, "@x.org", 6);
	ok(parse_span(ms_address_parse, ms_span_of(text, 70)), "62 quoted blanks");
	text[63] = ' ';
	text[64] = '"';
	memcpy(text + 65, "@x.org", 6);
	faults_span(ms_address_parse, ms_span_of(text, 71), MS_FAULT_LOCAL_TOO_LONG, 64, "63 quoted blanks");
	ok(fault.actual == 65, "the quotes are counted");
	memset(text + 1, ' ', 500);
	text[500] = '"';
	faults_span(ms_address_parse, ms_span_of(text, 501), MS_FAULT_LOCAL_TOO_LONG, 65, "499 quoted blanks");

	/* What folding makes longer has to fit as well: U+0149 becomes three octets of two. */
	for (i = 0; i < 64; i += 2)
		memcpy(text + i, "\xC5\x89", 2);
	memcpy(text + 42, "@x.org", 6);
	ok(parse_span(ms_address_parse, ms_span_of(text, 48)) && key.local_len == 63, "63 octets once folded");
	memcpy(text + 42, "\xC5\x89", 2);
	memcpy(text + 44, "@x.org", 6);
	ok(!parse_span(ms_address_parse, ms_span_of(text, 50)) && fault.code == MS_FAULT_LOCAL_TOO_LONG &&
	   fault.actual == 66, "66 octets once folded");
	ok(fault.offset == 0, "the place is none beyond what was typed");
}

/* Postfix folds without normalising: what it asks for has to be the key that is stored. */
static void
test_folding(void)
{
	/* alpha with iota subscript; with an accent, too, as one character */
	is_key("\xE1\xBE\xB3@x.org", "4:x.org:\xCE\xB1\xCE\xB9:\xE1\xBE\xB3");
	is_key("\xE1\xBE\xB4@x.org", "4:x.org:\xCE\xAC\xCE\xB9:\xE1\xBE\xB4");
	/* an accent typed after the iota subscript: once folded it is the iota's */
	faults(ms_address_parse, "\xE1\xBE\xB3\xCC\x81@x.org", MS_FAULT_UNSTABLE, 0);
	faults(ms_address_parse, "\xCE\xB1\xCD\x85\xCC\x87@x.org", MS_FAULT_UNSTABLE, 0);
	faults(ms_address_parse, "\"\xCE\xB1\xCD\x85\xCC\x87\"@x.org", MS_FAULT_UNSTABLE, 1);
}

static void
test_written(void)
{
	static const char *const locals[] = {"bob", "", "a b", "a\"b", "a\\b", "a..b", ".", "a@b", "\xC3\xBC", "a.b"};
	static const char *const written[] = {"bob", "\"\"", "\"a b\"", "\"a\\\"b\"", "\"a\\\\b\"", "\"a..b\"", "\".\"", "\"a@b\"",
	"\xC3\xBC", "a.b"};
	size_t		i;

	for (i = 0; i < sizeof(locals) / sizeof(locals[0]); i++)
	{
		size_t		len = strlen(locals[i]);
		char	   *exact = malloc(2 * len + 3);
		size_t		n = ms_local_part_write(ms_span_of(locals[i], len), exact);

		exact[n] = '\0';
		is_str(exact, written[i], "local part %s is written %s", locals[i], written[i]);
		free(exact);
	}
}

static void
splits(const char *local, const char *delimiters, size_t expected)
{
	size_t		split = ms_local_part_split(ms_span_of_text(local),
											ms_span_of_text(delimiters));

	ok(split == expected, "%s divides by \"%s\" at %zu, expected %zu", local, delimiters, split, expected);
}

static void
test_split(void)
{
	splits("bob", "+", 3);
	splits("bob+x", "+", 3);
	splits("bob+x+y", "+", 3);
	splits("bob+", "+", 3);
	splits("+bob", "+", 4);
	splits("+bob+x", "+", 6);
	splits("bob-x+y", "+-", 3);
	splits("bob-x+y", "+", 5);
	splits("bob+x", "", 5);
	splits("", "+", 0);
	splits("postmaster", "m", 10);
	splits("mailer-daemon", "-", 13);
	splits("double-bounce", "-", 13);
	splits("double-bounce-x", "-", 6);
	splits("owner-x", "-", 7);
	splits("owner-", "-", 5);
	splits("owner-x", "+", 7);
	splits("x-request", "-", 9);
	splits("-request", "-", 8);
	splits("x-requests", "-", 1);
	/* As Postfix, which compares these words in any case. */
	splits("Postmaster+x", "+", 10);
	splits("MAILER-Daemon", "-", 13);
	splits("Owner-x", "-", 7);
	splits("x-Request", "-", 9);
	/* A delimiter of several octets would tear a character apart. */
	splits("b\xC3\xBC" "cher", "\xC3\xBC", 7);
	splits("b\xC3\xBC" "cher+x", "\xC3\xBD+", 7);
}

static void
asked_as(const char *domain, const char *expected)
{
	char		out[MS_DOMAIN_MAX + 1];
	ms_key		unused = {0};
	size_t		len;

	ok(ms_domain_parse(ms_span_of_text(domain), &unused, &fault), "%s is a domain", domain);
	len = ms_domain_postfix_key(ms_span_of(unused.domain, unused.domain_len), out);
	out[len] = '\0';
	is_str(out, expected, "Postfix asks for %s as %s", domain, expected);
}

static void
test_postfix_key(void)
{
	asked_as("Example.com", "example.com");
	asked_as("b\xC3\xBC" "cher.example", "xn--bcher-kva.example");
	asked_as("stra\xC3\x9F" "e.de", "strasse.de");
	asked_as("xn--strae-oqa.de", "strasse.de");
	asked_as("\xCF\x83\xCE\xAF\xCF\x83\xCF\x85\xCF\x86\xCE\xBF\xCF\x82.gr", "xn--kxa6akbbkh.gr");
}

/* Printing a key and reading it again gives the same key: for all two-octet local parts, quoted. */
static void
test_round_trip(void)
{
	int			bad = 0;
	int			keys = 0;
	int			c;

	for (c = 0; c < 128 * 128; c++)
	{
		char		in[16] = {'"', '\\', (char) (c / 128), '\\', (char) (c % 128), '"', '@', 'x'};
		char		out[16];
		char		canonical[2];
		size_t		n;

		if (!parse_span(ms_address_parse, ms_span_of(in, 8)))
			continue;
		keys++;
		memcpy(canonical, key.local, 2);
		n = ms_local_part_write(ms_span_of(canonical, key.local_len), out);
		memcpy(out + n, "@x", 2);
		if (!parse_span(ms_address_parse, ms_span_of(out, n + 2)) || key.local_len != 2 ||
			memcmp(key.local, canonical, 2) != 0)
			bad++;
	}
	ok(keys == 95 * 95 && bad == 0, "%d addresses of two octets, %d of them come back as another", keys, bad);
}

/* Any octets are a key or a fault within them, whatever they are cut to. */
static void
test_any_octets(void)
{
	static const char seed[] = "\"\\@.-+xn--\xC3\xBC\xE2\x80\x8D\xF0\x9F\x98\x80\xFF\x00 \n[a]9Z*";
	unsigned int state = 1;
	int			beyond = 0;
	int			i;

	for (i = 0; i < 20000; i++)
	{
		char		in[40];
		size_t		len = i % sizeof(in);
		size_t		j;

		for (j = 0; j < len; j++)
		{
			state = state * 1103515245 + 12345;
			in[j] = seed[(state >> 16) % (sizeof(seed) - 1)];
		}
		if (parse_span(ms_key_parse, ms_span_of(in, len)))
			beyond += key.domain_len > MS_DOMAIN_MAX || key.local_len > MS_LOCAL_PART_MAX;
		else
			beyond += fault.offset > len || fault.code == MS_FAULT_NONE;
	}
	ok(beyond == 0, "%d of 20000 random keys are beyond their limits", beyond);
}

int
main(void)
{
	test_classes();
	test_address_faults();
	test_domain_faults();
	test_limits();
	test_folding();
	test_written();
	test_split();
	test_postfix_key();
	test_round_trip();
	test_any_octets();
	return done();
}
