/*
 * test_unicode.c
 *	  What ICU is asked: which characters may stand, folding, A-labels and U-labels.
 *
 * Every input is copied to memory of exactly its size, and every output goes
 * to memory of exactly its capacity, so that the sanitizer sees what is beyond.
 */
#include "base/unicode.h"

#include <stdlib.h>

#include "tap.h"

typedef bool (*converter) (ms_span in, char *out, size_t cap, size_t *out_len);

static char *
exact_copy(ms_span in)
{
	char	   *copy = malloc(in.len);

	memcpy(copy, in.data, in.len);
	return copy;
}

static bool
check(const char *in, size_t len, bool joiners, ms_fault *fault)
{
	char	   *copy = exact_copy(ms_span_of(in, len));
	bool		result = ms_unicode_check(ms_span_of(copy, len), joiners, fault);

	free(copy);
	return result;
}

static void
passes(const char *in)
{
	ms_fault	fault = {0};

	ok(check(in, strlen(in), false, &fault), "%s passes", in);
}

static void
stops(const char *in, size_t len, ms_fault_code code, size_t offset)
{
	ms_fault	fault = {0};

	ok(!check(in, len, false, &fault) && fault.code == code && fault.offset == offset,
	   "%s: fault %d at octet %zu, expected %d at %zu", in, (int) fault.code, fault.offset, (int) code, offset);
}

#define STOPS(in, code, offset) stops(in, sizeof(in) - 1, code, offset)

static void
test_check(void)
{
	ms_fault	fault = {0};

	ok(check("", 0, false, &fault), "nothing passes");
	passes("plain ASCII, with blanks");
	passes("b\xC3\xBC\x63her");
	passes("\xE5\xAD\x97");
	passes("\xF0\x9F\x98\x80");
	passes("u\xCC\x88");
	STOPS("a\x80", MS_FAULT_UTF8, 1);
	STOPS("a\xC3", MS_FAULT_UTF8, 1);
	STOPS("ab\xC3(", MS_FAULT_UTF8, 2);
	STOPS("\xC0\xAF", MS_FAULT_UTF8, 0);
	STOPS("\xED\xA0\x80", MS_FAULT_UTF8, 0);
	STOPS("\xF4\x90\x80\x80", MS_FAULT_UTF8, 0);
	STOPS("\xF0\x9F\x98", MS_FAULT_UTF8, 0);
	STOPS("a\0", MS_FAULT_CONTROL, 1);
	STOPS("a\n", MS_FAULT_CONTROL, 1);
	STOPS("a\x7F", MS_FAULT_CONTROL, 1);
	STOPS("a\xC2\x85", MS_FAULT_CONTROL, 1);
	STOPS("\xC3\xBC\xC2\xA0", MS_FAULT_INVISIBLE, 2);
	STOPS("\xC2\xAD", MS_FAULT_INVISIBLE, 0);
	STOPS("\xE2\x80\x8B", MS_FAULT_INVISIBLE, 0);
	STOPS("\xE2\x80\x8D", MS_FAULT_INVISIBLE, 0);
	STOPS("\xE2\x80\xA8", MS_FAULT_INVISIBLE, 0);
	STOPS("\xE2\x80\xAE", MS_FAULT_INVISIBLE, 0);
	STOPS("\xE3\x80\x80", MS_FAULT_INVISIBLE, 0);
	STOPS("\xEF\xB8\x8F", MS_FAULT_INVISIBLE, 0);
	STOPS("\xEE\x80\x80", MS_FAULT_INVISIBLE, 0);
	STOPS("\xEF\xBB\xBF", MS_FAULT_INVISIBLE, 0);
	/* U+06DD and U+FFF9 are format characters that are not ignorable by default. */
	STOPS("\xDB\x9D", MS_FAULT_INVISIBLE, 0);
	STOPS("\xEF\xBF\xB9", MS_FAULT_INVISIBLE, 0);
	STOPS("\xF3\xA0\x80\x81", MS_FAULT_INVISIBLE, 0);
	STOPS("\xEF\xBF\xBF", MS_FAULT_UNASSIGNED, 0);
	STOPS("\xCD\xB8", MS_FAULT_UNASSIGNED, 0);
	ok(check("\xE2\x80\x8C\xE2\x80\x8D", 6, true, &fault), "joiners pass where they are let");
}

/* The result fits into exactly its length, and is refused where there is one octet less. */
static void
converts(converter convert, const char *what, const char *in, const char *expected)
{
	size_t		cap = strlen(expected);
	char	   *copy = exact_copy(ms_span_of_text(in));
	ms_span		span = ms_span_of(copy, strlen(in));
	char	   *out = malloc(cap);
	char	   *small = malloc(cap > 0 ? cap - 1 : 0);
	size_t		len = 0;
	bool		converted = convert(span, out, cap, &len);

	ok(converted && len == cap && memcmp(out, expected, cap) == 0, "%s of %s is %s", what, in, expected);
	ok(cap == 0 || !convert(span, small, cap - 1, &len), "%s of %s does not fit into less", what, in);
	free(small);
	free(out);
	free(copy);
}

static void
refuses(converter convert, const char *what, ms_span in)
{
	char	   *copy = exact_copy(in);
	char		out[MS_UNICODE_MAX];
	size_t		len;

	ok(!convert(ms_span_of(copy, in.len), out, sizeof(out), &len), "no %s of %.*s", what,
	   in.len < 40 ? (int) in.len : 40, in.data);
	free(copy);
}

static void
test_canonical(void)
{
	const char *what = "canonical form";

	converts(ms_unicode_canonical, what, "", "");
	converts(ms_unicode_canonical, what, "Bob", "bob");
	converts(ms_unicode_canonical, what, "B\xC3\x9CRO", "b\xC3\xBCro");
	converts(ms_unicode_canonical, what, "bu\xCC\x88ro", "b\xC3\xBCro");
	converts(ms_unicode_canonical, what, "Stra\xC3\x9F" "e", "strasse");
	converts(ms_unicode_canonical, what, "\xE1\xBA\x9E", "ss");
	converts(ms_unicode_canonical, what, "\xCE\xA3\xCF\x82", "\xCF\x83\xCF\x83");
	converts(ms_unicode_canonical, what, "\xE2\x84\xAB", "\xC3\xA5");
	/* A letter with a mark that folds to a letter of its own. */
	converts(ms_unicode_canonical, what, "\xE1\xBE\xB3", "\xCE\xB1\xCE\xB9");
	refuses(ms_unicode_canonical, what, ms_span_of("a\xFF", 2));
	converts(ms_unicode_fold, "fold", "Stra\xC3\x9F" "e\xE2\x84\xAB", "strasse\xC3\xA5");
	converts(ms_unicode_fold, "fold", "bu\xCC\x88", "bu\xCC\x88");
	refuses(ms_unicode_fold, "fold", ms_span_of("\xC3", 1));
}

static void
test_idna(void)
{
	converts(ms_idna_to_ascii, "A-label", "B\xC3\xBC" "cher.Example", "xn--bcher-kva.example");
	converts(ms_idna_to_ascii, "A-label", "bu\xCC\x88" "cher.example", "xn--bcher-kva.example");
	converts(ms_idna_to_ascii, "A-label", "stra\xC3\x9F" "e.de", "xn--strae-oqa.de");
	converts(ms_idna_to_ascii, "A-label", "XN--BCHER-KVA.example", "xn--bcher-kva.example");
	converts(ms_idna_to_ascii, "A-label", "\xE3\x81\x82\xE3\x80\x82" "example", "xn--l8j.example");
	converts(ms_idna_to_unicode, "U-label", "xn--bcher-kva.example", "b\xC3\xBC" "cher.example");
	converts(ms_idna_to_unicode, "U-label", "example.com", "example.com");
	refuses(ms_idna_to_ascii, "A-label", ms_span_of("xn--a.de", 8));
	refuses(ms_idna_to_ascii, "A-label", ms_span_of("\xC3\xBC_x.de", 7));
	refuses(ms_idna_to_ascii, "A-label", ms_span_of("\xC3\xBC x.de", 7));
	refuses(ms_idna_to_ascii, "A-label", ms_span_of("a\xE2\x80\x8D.de", 7));
	/* A label with a right-to-left letter begins with no digit (RFC 5893). */
	refuses(ms_idna_to_ascii, "A-label", ms_span_of("1\xD7\x90.de", 6));
	refuses(ms_idna_to_unicode, "U-label", ms_span_of("xn--a.de", 8));
}

/* Longer than any name: refused, not cut. */
static void
test_too_long(void)
{
	static char in[4 * MS_UNICODE_MAX];
	size_t		i;

	for (i = 0; i < sizeof(in); i += 2)
		memcpy(in + i, "\xC3\xBC", 2);
	refuses(ms_unicode_canonical, "canonical form", ms_span_of(in, sizeof(in)));
	refuses(ms_unicode_fold, "fold", ms_span_of(in, sizeof(in)));
	refuses(ms_idna_to_ascii, "A-label", ms_span_of(in, sizeof(in)));
	refuses(ms_idna_to_unicode, "U-label", ms_span_of(in, sizeof(in)));
	/* Within the limit as it comes, but folding makes three units of each letter. */
	for (i = 0; i < MS_UNICODE_MAX; i += 2)
		memcpy(in + i, "\xCE\x90", 2);
	refuses(ms_unicode_canonical, "canonical form", ms_span_of(in, MS_UNICODE_MAX));
}

int
main(void)
{
	test_check();
	test_canonical();
	test_idna();
	test_too_long();
	return done();
}
