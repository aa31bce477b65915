/*
 * test_sieve.c
 *	  Lexer, parser and validator of Sieve scripts; what sievec says to the same
 *	  is held against them by test/sieve.
 */
#include <stdlib.h>

#include "sieve/lexer.h"
#include "sieve/sieve.h"
#include "tap.h"

#define MANY 100000

static void *pieces[MANY];
static size_t piece_count;

static void *
more(void *context, size_t size)
{
	(void) context;
	return pieces[piece_count++] = malloc(size);
}

static void
free_pieces(void)
{
	while (piece_count > 0)
		free(pieces[--piece_count]);
}

static ms_sieve_problems problems;

static ms_sieve_node *
check_span(ms_span in, const char *extensions)
{
	ms_sieve_arena arena = {.more = more};

	free_pieces();
	problems = (ms_sieve_problems) {0};
	return ms_sieve_check(&arena, in, ms_span_of_text(extensions), &problems);
}

static ms_sieve_node *
check(const char *script)
{
	return check_span(ms_span_of_text(script), "");
}

static void
accepts(const char *script)
{
	check(script);
	ok(problems.count == 0, "accepts: %s", script);
}

/* Its only problem, and where. */
static void
finds(const char *script, ms_sieve_code code, size_t offset)
{
	check(script);
	if (!ok(problems.count == 1 && problems.first->code == code && problems.first->offset == offset, "finds: %s", script))
	{
		const ms_sieve_problem *problem;

		printf("# expected code %d at %zu\n", code, offset);
		for (problem = problems.first; problem != NULL; problem = problem->next)
			printf("# got code %d at %zu\n", problem->code, problem->offset);
	}
}

static void
finds_two(const char *script, ms_sieve_code first, ms_sieve_code second)
{
	check(script);
	ok(problems.count == 2 && problems.first->code == first && problems.first->next->code == second,
	   "finds two: %s", script);
}

/* ------------------------------------------------------------------- tokens */

static ms_sieve_lexer lexer;
static ms_sieve_token token;

static void
lex(const char *script)
{
	lexer = (ms_sieve_lexer) {.in = ms_span_of_text(script)};
	ms_sieve_next(&lexer, &token);
}

static void
has_value(const char *script, const char *expected)
{
	ms_sieve_arena arena = {.more = more};
	ms_span		value;

	lex(script);
	value = ms_sieve_token_value(&arena, &lexer, &token);
	ok(value.len == strlen(expected) && memcmp(value.data, expected, value.len) == 0, "value of %s", script);
}

static void
test_tokens(void)
{
	has_value("\"\"", "");
	has_value("\"a b\"", "a b");
	has_value("\"a\\\"b\\\\c\\d\"", "a\"b\\cd");
	has_value("\"a\nb\"", "a\r\nb");
	has_value("\"a\r\nb\"", "a\r\nb");
	has_value("text:\n.\n", "");
	has_value("text:\na\n.\n", "a\r\n");
	has_value("TEXT: \t# why\r\na\r\n..b\r\n.c\r\n...\r\n.\r\n", "a\r\n.b\r\n.c\r\n..\r\n");
	lex("18446744073709551615");
	ok(token.kind == MS_TOKEN_NUMBER && token.number == UINT64_MAX, "the largest number");
	lex("18446744073709551616");
	ok(lexer.fault == MS_SIEVE_NUMBER_TOO_LARGE, "one more");
	lex("16777215G");
	ok(token.number == UINT64_C(16777215) << 30, "a unit");
	lex("17179869184g");
	ok(lexer.fault == MS_SIEVE_NUMBER_TOO_LARGE, "a unit too many");
	lex("10KB");
	ok(token.kind == MS_TOKEN_NUMBER && token.end == 3, "what is behind a unit is another token");
	lex("# to the end");
	ok(token.kind == MS_TOKEN_END && lexer.fault == MS_SIEVE_NONE, "a comment may end the script");
	lexer = (ms_sieve_lexer) {.in = ms_span_of("/***/x", 6), .comments = true};
	ms_sieve_next(&lexer, &token);
	ok(token.kind == MS_TOKEN_BRACKET_COMMENT && token.end == 5, "a comment of stars");
	free_pieces();
}

/* ------------------------------------------------------------------ mistakes */

static void
test_characters(void)
{
	finds("keep; \"x", MS_SIEVE_STRING_OPEN, 6);
	finds("if exists \"a\rb\" { keep; }", MS_SIEVE_STRAY_CR, 12);
	finds("keep; /* x", MS_SIEVE_COMMENT_OPEN, 6);
	finds("redirect text:\na@b\n;", MS_SIEVE_TEXT_OPEN, 9);
	finds("redirect text: x\na@b\n.\n;", MS_SIEVE_TEXT_HEADING, 15);
	finds("redirect a@b;", MS_SIEVE_CHARACTER, 10);
	finds("redirect \xE2\x80\x9C" "a@b\xE2\x80\x9D;", MS_SIEVE_TYPOGRAPHIC_QUOTE, 9);
	check_span(ms_span_of("keep\0;", 6), "");
	ok(problems.first->code == MS_SIEVE_CHARACTER, "a NUL");
	check_span(ms_span_of("# a\0b\n", 6), "");
	ok(problems.first->code == MS_SIEVE_NUL && problems.first->offset == 3, "a NUL in a comment");
}

static void
test_grammar(void)
{
	finds("keep", MS_SIEVE_SEMICOLON, 4);
	finds("require \"fileinto\"\nfileinto \"a\";", MS_SIEVE_SEMICOLON, 18);
	finds("require \"fileinto\" if true { fileinto \"a\"; }", MS_SIEVE_SEMICOLON, 18);
	finds("if true { keep }", MS_SIEVE_SEMICOLON, 14);
	finds("if true { keep; };", MS_SIEVE_STRAY_SEMICOLON, 17);
	finds("if true; { keep; }", MS_SIEVE_SEMICOLON_BEFORE_BLOCK, 7);
	finds("keep; }", MS_SIEVE_STRAY_BRACE, 6);
	finds("if true { keep;", MS_SIEVE_BLOCK_OPEN, 8);
	finds("3; keep;", MS_SIEVE_COMMAND_EXPECTED, 0);
	finds("require [\"fileinto\",];", MS_SIEVE_LIST_STRING, 20);
	finds("require [];", MS_SIEVE_LIST_EMPTY, 9);
	finds("require [\"fileinto\" \"copy\"];", MS_SIEVE_LIST_END, 20);
	finds("require \"fileinto\", \"copy\";", MS_SIEVE_STRAY_COMMA, 18);
	finds("if anyof (true, 3) { keep; }", MS_SIEVE_TEST_EXPECTED, 16);
	finds("if anyof (true; { keep; }", MS_SIEVE_TESTS_END, 14);
	finds("if true ) { keep; }", MS_SIEVE_END_EXPECTED, 8);
	finds("if header contains \"a\" \"b\" { keep; }", MS_SIEVE_COLON, 10);
	finds("if true { keep; } else if true { stop; }", MS_SIEVE_ELSE_IF, 18);
	finds(":contains \"a\";", MS_SIEVE_TAG_ALONE, 0);
	finds("require \"vacation\"; :days 1 \"x\";", MS_SIEVE_TAG_WITHOUT_COMMAND, 20);
	finds_two("require \"vacation\"\n:days 1 \"x\";", MS_SIEVE_SEMICOLON, MS_SIEVE_TAG_WITHOUT_COMMAND);
	finds_two("require \"vacation\";\n:days 1 :addresses [\"a@b,c@d\"] \"x\";", MS_SIEVE_TAG_WITHOUT_COMMAND, MS_SIEVE_ADDRESSES);
	finds_two("keep }\nstop;", MS_SIEVE_SEMICOLON, MS_SIEVE_STRAY_BRACE);
	finds_two("fou; bar;", MS_SIEVE_UNKNOWN_COMMAND, MS_SIEVE_UNKNOWN_COMMAND);
}

static void
test_require(void)
{
	finds("fileinto \"a\"; fileinto \"b\";", MS_SIEVE_NOT_REQUIRED, 0);
	finds("require \"fileinto\"; fileinto :copy \"a\";", MS_SIEVE_TAG_NOT_REQUIRED, 29);
	finds("keep; require \"copy\";", MS_SIEVE_REQUIRE_LATE, 6);
	finds("require \"fileinot\";", MS_SIEVE_MEANT_CAPABILITY, 8);
	finds("require \"xyz\";", MS_SIEVE_UNKNOWN_CAPABILITY, 8);
	finds("require \"keep\";", MS_SIEVE_CAPABILITY_IS_CORE, 8);
	finds("require \"editheader\"; addheader \"a\" \"b\";", MS_SIEVE_NOT_ENABLED, 8);
	finds("addheader \"a\" \"b\";", MS_SIEVE_NOT_ENABLED, 0);
	finds("require [\"extracttext\", \"variables\"]; keep;", MS_SIEVE_NEEDS_CAPABILITY, 9);
	check_span(ms_span_of("require \"editheader\";", 21), "+editheader");
	ok(problems.count == 0, "+ enables");
	check_span(ms_span_of("require \"copy\";", 15), "  -copy ");
	ok(problems.count == 1, "- disables");
	check_span(ms_span_of("require \"copy\";", 15), "copy");
	ok(problems.count == 0, "a name without a sign");
	check_span(ms_span_of("require \"regex\";", 16), "copy +editheader");
	ok(problems.count == 1, "a name without a sign replaces the default");
	check_span(ms_span_of("require \"vacation-seconds\"; vacation :seconds 86400 \"x\";", 56), "+vacation-seconds +nonsense");
	ok(problems.count == 0, "one capability implies another; one that is not known does nothing");
}

static void
test_messages(void)
{
	char		text[MS_SIEVE_MAX_MESSAGE];
	size_t		line;
	size_t		column;
	ms_span		in = ms_span_of("keep;\n# \xC3\xA9\r\nif header \"\xC3\xA9\" \"a\" {\n", 34);

	ms_sieve_position(in, 0, &line, &column);
	ok(line == 1 && column == 1, "the first character");
	ms_sieve_position(in, 6, &line, &column);
	ok(line == 2 && column == 1, "the first of a line");
	ms_sieve_position(in, 26, &line, &column);
	ok(line == 3 && column == 14, "characters are counted, not octets");

	check("require [\"copy\", \"regex\"]; require \"body\"; fileinto \"a\";");
	ok(ms_sieve_hint(problems.first, text), "there is a hint");
	is_str(text, "At the beginning of the script write require [\"copy\", \"regex\", \"body\", \"fileinto\"];", "the whole require");
	check("redirect \"a\nb\001c aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\";");
	ms_sieve_message(problems.first, text);
	is_str(text, "\"a  b c aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\" is no address, which redirect needs.",
		   "a long value is cut, and is on one line");
	check("elseif true { keep; }");
	ms_sieve_hint(problems.first, text);
	is_str(text, "Write elsif, if that is meant.", "the nearest name");
}

/* -------------------------------------------------------------------- limits */

static char *
repeated(const char *before, const char *what, int times, const char *middle, const char *end, int ends)
{
	static char text[1 << 16];
	int			i;

	strcpy(text, before);
	for (i = 0; i < times; i++)
		strcat(text, what);
	strcat(text, middle);
	for (i = 0; i < ends; i++)
		strcat(text, end);
	return text;
}

static void
test_limits(void)
{
	static char large[MS_SIEVE_MAX_SIZE + 1];

	accepts(repeated("", "if true {", 31, "keep;", "}", 31));
	check(repeated("", "if true {", 32, "keep;", "}", 32));
	ok(problems.count == 1 && problems.first->code == MS_SIEVE_BLOCK_TOO_DEEP, "blocks 32 deep");
	accepts(repeated("if ", "not ", 30, "true { keep; }", "", 0));
	check(repeated("if ", "not ", 31, "true { keep; }", "", 0));
	ok(problems.count == 1 && problems.first->code == MS_SIEVE_TESTS_TOO_DEEP, "tests 32 deep");
	check(repeated("if ", "anyof (", 31, "true", ")", 31));
	ok(problems.first->code == MS_SIEVE_TESTS_TOO_DEEP, "lists of tests 32 deep");
	check(repeated("keep", " \"a\"", 32, ";", "", 0));
	ok(problems.count == 1 && problems.first->code == MS_SIEVE_ARGUMENT_COUNT, "32 arguments");
	check(repeated("keep", " \"a\"", 33, ";", "", 0));
	ok(problems.count == 1 && problems.first->code == MS_SIEVE_TOO_MANY_ARGUMENTS, "33 arguments");
	accepts("if true {} # 32 letters are a word:\n");
	finds("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;", MS_SIEVE_IDENTIFIER_TOO_LONG, 0);
	check(repeated("", "kepp;", 150, "", "", 0));
	ok(problems.count == 150 && problems.errors == 150, "all are counted, though not all are kept");
	memset(large, ' ', sizeof(large));
	check_span(ms_span_of(large, MS_SIEVE_MAX_SIZE), "");
	ok(problems.count == 0, "1 MiB");
	check_span(ms_span_of(large, sizeof(large)), "");
	ok(problems.count == 1 && problems.first->code == MS_SIEVE_TOO_LARGE, "an octet more");
}

/* Somebody who wants to keep the server busy, or to fill its stack. */
static void
test_hostile(void)
{
	static const char *const pieces_of[] = {
		"a;", ":a;", ":days;\n", "keep\n:subject ", "(", "[", "{", "\"a\",", "if ", "if not ", "anyof(", "keep ", "}", "\"", "text:\n",
		"require \"a\";", "require [\"copy\"];", "keep; require \"x\";", "fileinto \"a\";", "if header :regex \"a\" \"(\" {", "${a}", ":a \"b\" "
	};
	static char script[1 << 18];
	size_t		i;
	size_t		len;

	for (i = 0; i < sizeof(pieces_of) / sizeof(pieces_of[0]); i++)
	{
		size_t		piece = strlen(pieces_of[i]);

		for (len = 0; len + piece <= sizeof(script); len += piece)
			memcpy(script + len, pieces_of[i], piece);
		check_span(ms_span_of(script, len), "");
		ok(problems.count > 0 || pieces_of[i][0] == 'r', "256 KiB of %s", pieces_of[i]);
	}
}

static void
test_warnings(void)
{
	check("if header \"a b\" \"c\" { keep; }");
	ok(problems.count == 1 && problems.errors == 0 && problems.first->code == MS_SIEVE_HEADER_NAME, "a warning is no error");
	check("require \"imap4flags\"; setflag \"\\\\Seen \\\\Read a(\";");
	ok(problems.count == 2 && problems.errors == 0, "each flag of a string");
}

/* -------------------------------------------------------------------- format */

static void
formats(const char *script, const char *expected)
{
	char		out[2000];
	size_t		len = ms_sieve_format(ms_span_of_text(script), out, sizeof(out));

	out[len] = '\0';
	is_str(out, expected, "format %s", script);
	len = ms_sieve_format(ms_span_of_text(expected), out, sizeof(out));
	out[len] = '\0';
	is_str(out, expected, "format again");
}

static void
test_format(void)
{
	char		out[4] = "xyz";

	formats("", "");
	formats("KEEP ;stop;", "keep;\nstop;\n");
	formats("keep;\n\n\n\nstop;", "keep;\n\nstop;\n");
	formats("if true{keep;}elsif false{}else{stop;}", "if true {\n    keep;\n} elsif false {\n} else {\n    stop;\n}\n");
	formats("if true {\n\n keep;\n\n}\n# c\nelse {}", "if true {\n    keep;\n}\n# c\nelse {\n}\n");
	formats("require[\"a\",\"b\"] ;# x  \r\n", "require [\"a\", \"b\"]; # x\n");
	formats("redirect text:\na@b\n.\n;", "redirect text:\na@b\n.\n;\n");
	formats("redirect # why\n\"a@b\";", "redirect # why\n    \"a@b\";\n");
	formats("if exists [\"a\", # one\n\"b\"] {}", "if exists [\n    \"a\", # one\n    \"b\"\n] {\n}\n");
	ok(ms_sieve_format(ms_span_of("keep;", 5), out, 3) == 6 && memcmp(out, "kee", 3) == 0 && out[3] == '\0',
	   "what has no room is not written");
}

int
main(void)
{
	test_tokens();
	test_characters();
	test_grammar();
	test_require();
	test_messages();
	test_limits();
	test_hostile();
	test_warnings();
	test_format();
	free_pieces();
	return done();
}
