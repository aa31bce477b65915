/*
 * tap.h
 *	  The Test Anything Protocol for the unit tests: ok(), is_str(), done().
 *
 * A test is a program: main() calls ok() and is_str() as often as it likes,
 * with a name in printf's form, and ends with "return done();".
 */
#ifndef MS_TAP_H
#define MS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int	tap_count;
static int	tap_failures;

/* Both return whether the test passed, and a failure tells the line it stands on. */
#define ok(passed, ...) tap_ok(__FILE__, __LINE__, (passed), __VA_ARGS__)
#define is_str(got, expected, ...) \
	tap_is_str(__FILE__, __LINE__, (got), (expected), __VA_ARGS__)

/* A name often holds the input that was tested; a newline in it must not end the result's line. */
__attribute__((format(printf, 1, 0)))
static inline void
tap_name(const char *format, va_list args)
{
	char		name[300];
	const char *c;

	vsnprintf(name, sizeof(name), format, args);
	for (c = name; *c; c++)
		printf((unsigned char) *c < ' ' || *c == 0x7f ? "\\x%02x" : "%c", *c);
}

__attribute__((format(printf, 4, 0)))
static inline bool
tap_result(const char *file, int line, bool passed, const char *name, va_list args)
{
	printf("%sok %d - ", passed ? "" : "not ", ++tap_count);
	tap_name(name, args);
	putchar('\n');
	if (!passed)
	{
		tap_failures++;
		printf("# failed at %s line %d\n", file, line);
	}
	/* A crash must not take the results before it along. */
	fflush(stdout);
	return passed;
}

__attribute__((format(printf, 4, 5)))
static inline bool
tap_ok(const char *file, int line, bool passed, const char *name,...)
{
	va_list		args;

	va_start(args, name);
	tap_result(file, line, passed, name, args);
	va_end(args);
	return passed;
}

/* Two NULLs are equal; NULL and a string are not. */
__attribute__((format(printf, 5, 6)))
static inline bool
tap_is_str(const char *file, int line, const char *got, const char *expected, const char *name,...)
{
	bool		passed = got == expected || (got && expected && strcmp(got, expected) == 0);
	va_list		args;

	va_start(args, name);
	tap_result(file, line, passed, name, args);
	va_end(args);
	if (!passed)
		printf("#      got: %s\n# expected: %s\n", got ? got : "NULL", expected ? expected : "NULL");
	return passed;
}

/* The plan comes last, so that a test which stopped early has none. */
static inline int
done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failures ? 1 : 0;
}

#endif							/* MS_TAP_H */
