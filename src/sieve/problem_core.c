/*
 * problem_core.c
 *	  What is wrong, in sentences for the author of a script.
 */
#include "sieve/grammar.h"

#define DOT_LINE "A text begins on the line after text: and ends with a line that holds nothing but a dot."
#define SIEVE_EXTENSIONS "Pigeonhole knows it, and takes it where its setting sieve_extensions enables it: mailstack.sieve_extensions says the same to this check."

static const struct
{
	bool		warning;
	const char *message;
	const char *hint;
}			texts[MS_SIEVE_CODES] =
{
	[MS_SIEVE_TOO_LARGE] = {false, "The script has more than 1048576 octets, which Pigeonhole does not compile.", NULL},
	[MS_SIEVE_NUL] = {false, "An octet is NUL.", NULL},
	[MS_SIEVE_STRAY_CR] = {false, "A carriage return stands in a string with no line feed behind it.", NULL},
	[MS_SIEVE_CHARACTER] = {false, "The character \"%1\" may only stand in a string or a comment.",
	"A string stands in quotes, as in redirect \"bob@example.com\"."},
	[MS_SIEVE_TYPOGRAPHIC_QUOTE] = {false, "The character \"%1\" is a typographic quote.",
	"Strings stand in straight quotes, \"like this\"; a word processor may have changed them."},
	[MS_SIEVE_STRING_OPEN] = {false, "The string that begins here has no closing quote.",
	"Within a string a quote is written \\\" and a backslash \\\\."},
	[MS_SIEVE_STRING_TOO_LONG] = {false, "The string has more than 1048576 octets.", NULL},
	[MS_SIEVE_COMMENT_OPEN] = {false, "The comment that begins here is not closed by */.", NULL},
	[MS_SIEVE_TEXT_HEADING] = {false, "Behind text: only a comment may stand on its line.", DOT_LINE},
	[MS_SIEVE_TEXT_OPEN] = {false, "The text that begins here is not ended by a line with a dot.", DOT_LINE},
	[MS_SIEVE_NUMBER_TOO_LARGE] = {false, "The number is larger than 18446744073709551615.", NULL},
	[MS_SIEVE_IDENTIFIER_TOO_LONG] = {false, "The word has more than 32 letters, and no command or tag is that long.", NULL},

	[MS_SIEVE_COMMAND_EXPECTED] = {false, "A command is expected here, but %1 was found.",
	"A command is a word such as keep, with its arguments and a semicolon behind it."},
	[MS_SIEVE_TAG_WITHOUT_COMMAND] = {false, "A command is expected here, but the tag :%1 was found.",
	"It belongs to the command %2, whose name has to stand before it: %2 :%1 ..."},
	[MS_SIEVE_TAG_ALONE] = {false, "A command is expected here, but the tag :%1 was found.",
	"A tag stands behind the name of its command or test."},
	[MS_SIEVE_STRAY_SEMICOLON] = {false, "A semicolon stands here with no command before it.",
	"Every command ends with one semicolon, and a block with none behind its }."},
	[MS_SIEVE_STRAY_BRACE] = {false, "A } stands here, and no { is open.", NULL},
	[MS_SIEVE_SEMICOLON] = {false, "A semicolon is missing here, behind the command %1.", "Write ; before %2."},
	[MS_SIEVE_SEMICOLON_BEFORE_BLOCK] = {false, "A semicolon stands between %1 and its block.", "Leave it out."},
	[MS_SIEVE_STRAY_COMMA] = {false, "A comma stands here outside of a list.",
	"A list of strings is written [\"one\", \"two\"], and a list of tests anyof (...) or allof (...)."},
	[MS_SIEVE_END_EXPECTED] = {false, "A semicolon or a block is expected behind %2, but %1 was found.", NULL},
	[MS_SIEVE_ELSE_IF] = {false, "else is followed by a block, and not by if.", "Write elsif for else if."},
	[MS_SIEVE_COLON] = {false, "The tag :%1 of %2 is written without its colon.", "Write :%1."},
	[MS_SIEVE_BLOCK_OPEN] = {false, "The block that begins here is not closed by }.", NULL},
	[MS_SIEVE_BLOCK_TOO_DEEP] = {false, "Blocks are nested more than 32 deep.", NULL},
	[MS_SIEVE_LIST_EMPTY] = {false, "A list needs at least one string.", NULL},
	[MS_SIEVE_LIST_STRING] = {false, "A string is expected in the list, but %1 was found.",
	"A list is written [\"one\", \"two\"], with no comma behind the last."},
	[MS_SIEVE_LIST_END] = {false, "A comma or ] is expected in the list, but %1 was found.",
	"A list is written [\"one\", \"two\"]."},
	[MS_SIEVE_TEST_EXPECTED] = {false, "A test is expected here, but %1 was found.",
	"A list of tests is written (exists \"a\", exists \"b\"), with no comma behind the last."},
	[MS_SIEVE_TESTS_END] = {false, "A comma or ) is expected in the list of tests, but %1 was found.", NULL},
	[MS_SIEVE_TESTS_TOO_DEEP] = {false, "Tests are nested more than 32 deep.", NULL},
	[MS_SIEVE_TOO_MANY_ARGUMENTS] = {false, "%1 has more than 32 arguments.", NULL},

	[MS_SIEVE_UNKNOWN_COMMAND] = {false, "There is no command %1.", NULL},
	[MS_SIEVE_UNKNOWN_TEST] = {false, "There is no test %1.", NULL},
	[MS_SIEVE_MEANT_COMMAND] = {false, "There is no command %1.", "Write %2, if that is meant."},
	[MS_SIEVE_MEANT_TEST] = {false, "There is no test %1.", "Write %2, if that is meant."},
	[MS_SIEVE_IS_TEST] = {false, "%1 is a test, and a command is expected here.", "Write if %1 ... { ... }."},
	[MS_SIEVE_IS_COMMAND] = {false, "%1 is a command, and a test is expected here.", NULL},
	[MS_SIEVE_NOT_REQUIRED] = {false, "%1 needs the capability \"%2\", which the script does not require.",
	"At the beginning of the script write %3"},
	[MS_SIEVE_ELSE_WITHOUT_IF] = {false, "%1 has to follow the block of an if or an elsif.", NULL},
	[MS_SIEVE_BLOCK_MISSING] = {false, "%1 needs a block { ... }.", "Usage: %2"},
	[MS_SIEVE_BLOCK_REFUSED] = {false, "%1 takes no block { ... }.", "Usage: %2"},
	[MS_SIEVE_TEST_MISSING] = {false, "%1 needs a test.", "Usage: %2"},
	[MS_SIEVE_TEST_LIST_REFUSED] = {false, "%1 takes one test, not a list in parentheses.",
	"For several, write %1 anyof (...) or %1 allof (...)."},
	[MS_SIEVE_TEST_LIST_MISSING] = {false, "%1 needs a list of tests in parentheses.", "Usage: %2"},
	[MS_SIEVE_TEST_REFUSED] = {false, "%1 takes no test, but %2 stands behind it.",
	"A comma, a semicolon or a { may be missing before %2."},

	[MS_SIEVE_REQUIRE_LATE] = {false, "require has to stand at the beginning of the script, before all other commands.",
	"Move it to the beginning."},
	[MS_SIEVE_UNKNOWN_CAPABILITY] = {false, "There is no capability \"%1\".", NULL},
	[MS_SIEVE_MEANT_CAPABILITY] = {false, "There is no capability \"%1\".",
	"Write \"%2\", if that is meant. Capabilities are written in lower case."},
	[MS_SIEVE_CAPABILITY_IS_CORE] = {false, "\"%1\" is always there, and no capability to require.", "Leave it out."},
	[MS_SIEVE_NOT_ENABLED] = {false, "The capability \"%1\" is not enabled.", SIEVE_EXTENSIONS},
	[MS_SIEVE_NEEDS_CAPABILITY] = {false, "%1 needs the capability \"%2\" as well, which the script does not require.",
	"At the beginning of the script write %3"},

	[MS_SIEVE_ARGUMENT_COUNT] = {false, "%1 has the wrong number of arguments.", "Usage: %2"},
	[MS_SIEVE_ARGUMENT_TYPE] = {false, "%1 expects another kind of argument here.", "Usage: %2"},
	[MS_SIEVE_UNKNOWN_TAG] = {false, "%1 has no tag :%2.", "Usage: %3"},
	[MS_SIEVE_TAG_NOT_REQUIRED] = {false, "The tag :%1 needs the capability \"%2\", which the script does not require.",
	"At the beginning of the script write %3"},
	[MS_SIEVE_TAG_LATE] = {false, "The tag :%1 stands behind other arguments of %2.", "Tags come first."},
	[MS_SIEVE_TAG_TWICE] = {false, "The tag :%1 is given twice.", NULL},
	[MS_SIEVE_TAGS_EXCLUDE] = {false, "The tags :%1 and :%2 exclude each other.", NULL},
	[MS_SIEVE_TAG_PARAMETER] = {false, "The tag :%1 is to be followed by %2.", NULL},
	[MS_SIEVE_TAG_MISSING] = {false, "%1 needs one of the tags %2.", NULL},
	[MS_SIEVE_TAG_NEEDS_TAG] = {false, "The tag :%1 needs the tag :%2 as well.", NULL},
	[MS_SIEVE_TAG_VALUE] = {false, "The number of :%1 has to be at least 1.", NULL},

	[MS_SIEVE_ADDRESS] = {false, "\"%1\" is no address, which %2 needs.", NULL},
	[MS_SIEVE_ADDRESSES] = {false, "\"%1\" holds several addresses in one string, where %2 needs one.",
	"Each address is a string of its own: [\"a@example.com\", \"b@example.com\"]."},
	[MS_SIEVE_ADDRESS_IGNORED] = {true, "\"%1\" is no address, so %2 ignores it.", NULL},
	[MS_SIEVE_HEADER_NAME] = {true, "No header is called \"%1\": its name may have no spaces, colons or letters outside ASCII.", NULL},
	[MS_SIEVE_HEADER_WITHOUT_ADDRESS] = {false, "The header \"%1\" holds no addresses.",
	"Use the test header instead of address."},
	[MS_SIEVE_FIELD_NAME] = {false, "No header can be called \"%1\".", NULL},
	[MS_SIEVE_FIELD_VALUE] = {true, "\"%1\" may not stand in a header.", NULL},
	[MS_SIEVE_FIELD_KEPT] = {true, "The header \"%1\" is never deleted.", NULL},
	[MS_SIEVE_ENVELOPE_PART] = {false, "An envelope has no part \"%1\".", "Its parts are \"from\", \"to\" and \"auth\"."},
	[MS_SIEVE_ENVELOPE_NO_ADDRESS] = {false, "The envelope's part \"%1\" is no address, so :%2 cannot be asked of it.", NULL},
	[MS_SIEVE_COMPARATOR] = {false, "There is no comparator \"%1\".",
	"Comparators are \"i;ascii-casemap\", \"i;octet\" and \"i;ascii-numeric\"."},
	[MS_SIEVE_COMPARATOR_NOT_REQUIRED] = {false, "The comparator \"%1\" needs the capability \"%2\", which the script does not require.",
	"At the beginning of the script write %3"},
	[MS_SIEVE_COMPARATOR_SUBSTRING] = {false, "The comparator \"%1\" compares numbers, and :%2 looks for parts.", NULL},
	[MS_SIEVE_COMPARATOR_REGEX] = {false, "The comparator \"%1\" cannot be used with :regex.", NULL},
	[MS_SIEVE_RELATION] = {false, "\"%1\" is no relation, which :%2 needs.",
	"Relations are \"gt\", \"ge\", \"lt\", \"le\", \"eq\" and \"ne\"."},
	[MS_SIEVE_REGEX] = {false, "\"%1\" is no regular expression.",
	"It is an extended one of POSIX; in a script its backslashes are doubled."},
	[MS_SIEVE_UNICODE] = {false, "There is no Unicode character of the number %1.", NULL},
	[MS_SIEVE_VARIABLE_NAME] = {false, "\"%1\" is no name of a variable.",
	"It is made of letters, digits and underscores, does not begin with a digit, and stands without ${ }."},
	[MS_SIEVE_VARIABLE_MATCH] = {false, "\"%1\" is what a match has found, and cannot be set.", NULL},
	[MS_SIEVE_VARIABLE_NAMESPACE] = {false, "There is no variable \"%1\".",
	"Before a dot only \"global\" may stand, with the capability \"include\", and a name behind it."},
	[MS_SIEVE_VARIABLE_READ_ONLY] = {false, "The variable \"%1\" cannot be set.", NULL},
	[MS_SIEVE_VARIABLE_LOCAL] = {false, "The variable \"%1\" was used before it is declared global.",
	"Declare it first."},
	[MS_SIEVE_VARIABLES_TOO_MANY] = {false, "The variable \"%1\" is one more than 255.", NULL},
	[MS_SIEVE_MATCH_INDEX] = {false, "There is no match ${%1}: the last is ${32}.", NULL},
	[MS_SIEVE_CONSTANT] = {false, "%1 needs a string without variables here.", NULL},
	[MS_SIEVE_FLAG] = {true, "\"%1\" is no IMAP flag, and is ignored.",
	"Flags of IMAP are \\\\Seen, \\\\Answered, \\\\Flagged, \\\\Deleted and \\\\Draft; others are words without a backslash."},
	[MS_SIEVE_SPECIAL_USE] = {false, "\"%1\" is no special use.", "It is one backslash and a word: \"\\\\Junk\"."},
	[MS_SIEVE_DATE_PART] = {true, "A date has no part \"%1\".",
	"Its parts are year, month, day, date, julian, hour, minute, second, time, iso8601, std11, zone and weekday."},
	[MS_SIEVE_ZONE] = {true, "\"%1\" is no time zone.", "Write it as \"+0900\"."},
	[MS_SIEVE_PERIOD] = {true, "The number of :%1 is outside of what Pigeonhole takes by default, which it corrects.", NULL},
	[MS_SIEVE_IMPORTANCE] = {false, "\"%1\" is no importance.", "It is \"1\", \"2\" or \"3\", and \"1\" is the highest."},
	[MS_SIEVE_NOTIFY_METHOD] = {false, "\"%1\" is no way to notify.", "Write \"mailto:\" and an address."},
	[MS_SIEVE_MAILTO] = {false, "\"%1\" is no mailto URI.", "Write it as \"mailto:bob@example.com?subject=Mail%20has%20come\"."},
	[MS_SIEVE_NOTIFY_OPTION] = {false, "\"%1\" is no option.", "Options are written \"name=value\"."},
	[MS_SIEVE_NOTIFY_OPTIONS] = {true, "mailto: has no options, and ignores these.", NULL},
	[MS_SIEVE_SCRIPT_NAME] = {false, "No script is called \"%1\".",
	"A name has from 1 to 256 characters, without slashes and control characters."},
	[MS_SIEVE_IMPORT_LATE] = {false, "%1 has to stand before all commands but require, at top level.",
	"Use global instead, which may stand anywhere."},
	[MS_SIEVE_OUTSIDE_LOOP] = {false, "%1 has to stand in the block of a foreverypart.", NULL},
	[MS_SIEVE_LOOP_NAME] = {false, "No foreverypart around this is named \"%1\".", NULL},
	[MS_SIEVE_LOOPS_TOO_DEEP] = {false, "foreverypart is nested more than 4 deep.", NULL},
	[MS_SIEVE_ANNOTATION] = {true, "\"%1\" is no name of an annotation.", "It begins with /private/ or /shared/."},
	[MS_SIEVE_PROGRAM] = {false, "\"%1\" is no name of a program.", "It is the name of a file, without a directory."},
	[MS_SIEVE_PROGRAM_ARGUMENT] = {false, "\"%1\" cannot be an argument of a program.", "It is one line."},
	[MS_SIEVE_FEEDBACK_TYPE] = {false, "\"%1\" is no type of feedback.", "It is one word, such as \"abuse\"."},
};

bool
ms_sieve_is_error(const ms_sieve_problem *problem)
{
	return !texts[problem->code].warning;
}

void
ms_sieve_add(ms_sieve_arena *arena, ms_sieve_problems *problems, ms_sieve_code code,
			 size_t offset, ms_span arg1, ms_span arg2, ms_span arg3)
{
	ms_sieve_problem **place = &problems->first;
	ms_sieve_problem *problem;

	problems->count++;
	problems->errors += !texts[code].warning;
	if (problems->count > MS_SIEVE_MAX_PROBLEMS)
		return;
	problem = ms_sieve_alloc(arena, sizeof(ms_sieve_problem));
	*problem = (ms_sieve_problem) {code, offset, {arg1, arg2, arg3}, NULL};
	while (*place != NULL && (*place)->offset <= offset)
		place = &(*place)->next;
	problem->next = *place;
	*place = problem;
}

/* ---------------------------------------------------------------- in words */

/* How much of what a script holds a message shows. */
#define SHOWN 80

typedef struct writer
{
	char	   *out;
	size_t		len;
	size_t		cap;
} writer;

static void
put(writer *w, char c)
{
	if (w->len + 1 < w->cap)
		w->out[w->len++] = c;
}

/* One line, and not too long; a character is not cut. */
static void
put_argument(writer *w, ms_span argument, size_t shown)
{
	size_t		i;

	for (i = 0; i < argument.len; i++)
	{
		if (i >= shown && (argument.data[i] & 0xC0) != 0x80)
			break;
		put(w, (unsigned char) argument.data[i] < 0x20 || argument.data[i] == 0x7F ? ' ' : argument.data[i]);
	}
	for (shown = 0; i < argument.len && shown < 3; shown++)
		put(w, '.');
}

static void
put_text(writer *w, const char *text, const ms_span args[3])
{
	for (; *text != '\0'; text++)
	{
		if (*text == '%' && text[1] >= '1' && text[1] <= '3' && text[2] != '0')
		{
			text++;
			/* The third is a whole line of a script, or a usage. */
			put_argument(w, args[*text - '1'], *text == '1' ? SHOWN : w->cap);
		}
		else
			put(w, *text);
	}
	w->out[w->len] = '\0';
}

void
ms_sieve_message(const ms_sieve_problem *problem, char out[MS_SIEVE_MAX_MESSAGE])
{
	writer		w = {out, 0, MS_SIEVE_MAX_MESSAGE};

	put_text(&w, texts[problem->code].message, problem->args);
}

bool
ms_sieve_hint(const ms_sieve_problem *problem, char out[MS_SIEVE_MAX_MESSAGE])
{
	writer		w = {out, 0, MS_SIEVE_MAX_MESSAGE};

	if (texts[problem->code].hint == NULL)
		return false;
	put_text(&w, texts[problem->code].hint, problem->args);
	return true;
}

void
ms_sieve_position(ms_span in, size_t offset, size_t *line, size_t *column)
{
	size_t		i;

	*line = 1;
	*column = 1;
	for (i = 0; i < offset && i < in.len; i++)
	{
		if (in.data[i] == '\n')
		{
			++*line;
			*column = 1;
		}
		else
			*column += (in.data[i] & 0xC0) != 0x80;
	}
}
