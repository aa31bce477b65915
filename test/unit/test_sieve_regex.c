/*
 * test_sieve_regex.c
 *	  Which regular expressions are some, with glibc's regcomp(3), which
 *	  Pigeonhole uses, for a witness.
 */
#include <regex.h>
#include <stdlib.h>

#include "sieve/grammar.h"
#include "tap.h"

static bool
compiles(const char *pattern)
{
	regex_t		regex;
	bool		result = regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) == 0;

	if (result)
		regfree(&regex);
	return result;
}

static bool
agrees(const char *pattern)
{
	return ms_sieve_is_regex(ms_span_of_text(pattern)) == compiles(pattern);
}

static void
test_examples(void)
{
	static const char *const patterns[] = {
		"", "a", "a.b", "a*", "*a", "a**", "^*", "^*a", "a|*b", "(*a)", "(a", "a)", ")", "()", "()*", "(|a)", "a||b", "a|",
		"a{", "a{1", "a{1}", "a{1,}", "a{,2}", "a{,}", "a{2,1}", "a{1,x}", "a{x", "a{ 1}", "a{1 }", "a{32767}", "a{32768}",
		"a{9999999999}", "{1}", "a|{1}", "a{1}{2}", "$*", "a$*", "(^*)", "[", "[a", "[]", "[]a]", "[^]", "[^]a]", "[a-]", "[-a]",
		"[z-a]", "[a-z-9]", "[[:alpha:]]", "[[:foo:]]", "[[:alpha", "[[:alpha:]", "[[.a.]]", "[[.ab.]]", "[[=a=]]", "[a-[:alpha:]]",
		"[[:alpha:]-z]", "[[:alpha:]-]", "[[.a.]-c]", "[a-[.c.]]", "[[=a=]-c]", "[--/]", "[a--]", "[%--]", "\\", "a\\", "\\1", "(a)\\1",
		"(a)\\2", "(a\\1)", "\\<", "\\b*", "\\B", "\\w*", "\\(", "\\{", "[\\]", "[\\]]", "(?:a)", "+", "?", "^+", "a+?", "((a)(b))\\3",
		"(a)|\\1", "[[.-.]-a]", "[a-c-e]", "[^-a]", "[a\\]b", "x{0}", "x{00001,2}", "\xC3\xA9{2}"
	};
	size_t		i;

	for (i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		ok(agrees(patterns[i]), "regcomp says the same to %s", patterns[i]);
}

/* Short ones of what is special: the same ones every time. */
static void
test_random(void)
{
	static const char alphabet[] = "ab*+?{}1,(|)[]^$\\.-:=2";
	int			wrong = 0;
	int			i;

	srand(1);
	for (i = 0; i < 200000; i++)
	{
		char		pattern[12];
		int			len = 1 + rand() % 10;
		int			j;

		for (j = 0; j < len; j++)
			pattern[j] = alphabet[rand() % (sizeof(alphabet) - 1)];
		pattern[len] = '\0';
		if (!agrees(pattern) && wrong++ < 20)
			printf("# %s: regcomp says %s\n", pattern, compiles(pattern) ? "yes" : "no");
	}
	ok(wrong == 0, "regcomp says the same to 200000 others, but for %d", wrong);
}

static void
test_nul(void)
{
	ok(ms_sieve_is_regex(ms_span_of("a\0(", 3)), "regcomp sees nothing behind a NUL");
}

int
main(void)
{
	test_examples();
	test_random();
	test_nul();
	return done();
}
