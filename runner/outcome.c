/*
 * outcome.c
 *	  What is said of a task, and the way to be killed at any step.
 */
#include "runner.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>

static long steps_left = -1;

static void put(outcome *out, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/*
 * Names come from the disk, and are any octets.  The database takes ASCII in
 * whatever encoding it has, and so does a log.
 */
static void
put(outcome *out, const char *format, va_list args)
{
	char		raw[sizeof(out->text)];
	const char *c;
	size_t		n = 0;

	vsnprintf(raw, sizeof(raw), format, args);
	for (c = raw; *c != '\0' && n + sizeof("\\xff") <= sizeof(out->text); c++)
	{
		if (*c >= ' ' && *c <= '~')
			out->text[n++] = *c;
		else
			n += (size_t) sprintf(out->text + n, "\\x%02x", (unsigned char) *c);
	}
	out->text[n] = '\0';
}

void
say(outcome *out, const char *format,...)
{
	va_list		args;

	va_start(args, format);
	put(out, format, args);
	va_end(args);
}

bool
fail(outcome *out, const char *format,...)
{
	va_list		args;

	va_start(args, format);
	put(out, format, args);
	va_end(args);
	out->failed = true;
	return false;
}

void
stop_after(long n)
{
	steps_left = n;
}

void
step(void)
{
	if (steps_left > 0 && --steps_left == 0)
		raise(SIGKILL);
}
