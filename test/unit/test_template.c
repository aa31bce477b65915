/*
 * test_template.c
 *	  Templates: which lines a version has, what their pieces are; and the lines of Postfix's files.
 */
#include "config/template.h"

#include "tap.h"

static ms_span
span(const char *text)
{
	return ms_span_of_text(text);
}

static bool
is(ms_span found, const char *expected)
{
	return ms_span_equal(found, span(expected));
}

static void
versions(void)
{
	ms_version	v;

	ok(ms_version_parse(span("3.10.13"), &v) && v.major == 3 && v.minor == 10, "3.10.13 is 3.10");
	ok(ms_version_parse(span("252"), &v) && v.major == 252 && v.minor == 0, "252 is 252.0");
	ok(ms_version_parse(span("2.4.1-4"), &v) && v.minor == 4, "what Debian adds does not count");
	ok(!ms_version_parse(span(""), &v), "nothing is no version");
	ok(!ms_version_parse(span("3."), &v), "3. is none");
	ok(!ms_version_parse(span("3.7x"), &v), "3.7x is none");
	ok(!ms_version_parse(span("99999999999"), &v), "a number without end is none");
	ok(ms_version_compare((ms_version) {3, 10}, (ms_version) {3, 9}) > 0, "3.10 is later than 3.9");
	ok(ms_version_compare((ms_version) {3, 10}, (ms_version) {4, 0}) < 0, "and earlier than 4.0");
}

static void
lines(void)
{
	const char *text = "all\n@since 3.9 new\n@before 3.9 old\n\n@since x odd\n@since 3.9\nlast";
	ms_span		rest = span(text);
	ms_span		line;

	ok(ms_template_line(&rest, (ms_version) {3, 9}, &line) && is(line, "all"), "a line for all");
	ok(ms_template_line(&rest, (ms_version) {3, 9}, &line) && is(line, "new"), "a line since this version");
	ok(ms_template_line(&rest, (ms_version) {3, 9}, &line) && is(line, ""), "none from before; an empty line is one");
	ok(ms_template_line(&rest, (ms_version) {3, 9}, &line) && is(line, "last"), "a condition without a version never holds");
	ok(!ms_template_line(&rest, (ms_version) {3, 9}, &line), "and that was the last");
	rest = span(text);
	ok(ms_template_line(&rest, (ms_version) {3, 8}, &line) && ms_template_line(&rest, (ms_version) {3, 8}, &line) && is(line, "old"),
	   "an earlier version has the other line");
}

static void
pieces(void)
{
	ms_span		line = span("a@@B_C@d@e@F");
	ms_span		piece;
	bool		is_name;

	ok(ms_template_piece(&line, &piece, &is_name) && !is_name && is(piece, "a@"), "text up to a name");
	ok(ms_template_piece(&line, &piece, &is_name) && is_name && is(piece, "B_C"), "a name");
	ok(ms_template_piece(&line, &piece, &is_name) && !is_name && is(piece, "d@e@F"), "what has no end is no name");
	ok(!ms_template_piece(&line, &piece, &is_name), "and that was all");
	line = span("@if A_B   c");
	ok(ms_template_if(&line, &piece) && is(piece, "A_B") && is(line, "  c"), "a condition goes, and its line keeps its blanks");
	ok(!ms_template_if(&line, &piece) && is(line, "  c"), "a line without one stays as it is");
}

static void
cf_lines(void)
{
	ms_span		rest = span("# said\n\na = b, \n  # between\n \tc\r\n   \nd =");
	ms_span		line;
	ms_span		word;
	bool		continues;

	ok(ms_cf_line(&rest, &line, &continues) && !continues && is(line, "a = b,"), "a setting, without comments before it");
	ok(ms_cf_line(&rest, &line, &continues) && continues && is(line, "c"), "its second line, without a comment between them");
	ok(ms_cf_line(&rest, &line, &continues) && !continues && is(line, "d ="), "a setting without a value, and without a newline");
	ok(!ms_cf_line(&rest, &line, &continues), "and that was the last");
	rest = span("  smtp\tinet ");
	ok(ms_next_word(&rest, &word) && is(word, "smtp") && ms_next_word(&rest, &word) && is(word, "inet"), "words between blanks");
	ok(!ms_next_word(&rest, &word), "of which there are two");
}

static void
templates(void)
{
	ok(ms_template_text("postfix/main.cf") != NULL, "there is a template of a main.cf");
	ok(ms_template_text("postfix/none.cf") == NULL, "and none of another name");
	ok(ms_is_unwritable('\0') && ms_is_unwritable(' ') && ms_is_unwritable('$') && ms_is_unwritable(0x7f), "what no value may have");
	ok(!ms_is_unwritable('a') && !ms_is_unwritable('+') && !ms_is_unwritable(0xc3), "and what one may");
	ok(ms_is_plain_in_uri('/') && !ms_is_plain_in_uri(',') && !ms_is_plain_in_uri('&') && !ms_is_plain_in_uri('\0'), "what stands for itself in a URI");
}

int
main(void)
{
	versions();
	lines();
	pieces();
	cf_lines();
	templates();
	return done();
}
