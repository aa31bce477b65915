/*
 * outcome.c
 *	  What is said of a task, and the way to be killed at any step.
 */
#include "runner.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>

static long steps_left = -1;

void
say(outcome *out, const char *format,...)
{
	va_list		args;

	va_start(args, format);
	vsnprintf(out->text, sizeof(out->text), format, args);
	va_end(args);
}

bool
fail(outcome *out, const char *format,...)
{
	va_list		args;

	va_start(args, format);
	vsnprintf(out->text, sizeof(out->text), format, args);
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
