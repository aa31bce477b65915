/*
 * clock.c
 *	  Whether the clock of the mail host is set.  Where the database is on another
 *	  machine, no worker of its own sees that.
 */
#include "runner.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* How it is kept. */
typedef struct state
{
	bool		known;
	bool		synchronised;
	char		source[MS_CLOCK_SOURCE];
} state;

static ms_clock_reading last;	/* that was said, */
static ms_clock_reading told;	/* and that the database has */
static state kept;
static bool to_be_told = true;

static state
look_at_state(void)
{
	ms_clock_kernel kernel = ms_clock_ask_kernel();
	state		now = {.known = kernel.known, .synchronised = kernel.known && kernel.synchronised};

	(void) ms_clock_source(now.source);
	return now;
}

static void
say_state(void)
{
	if (kept.known)
		fprintf(stderr, "mailstack-runner: the clock is %ssynchronised%s%s%s\n", kept.synchronised ? "" : "not ",
				*kept.source != '\0' ? " (" : ": no program that sets clocks is seen", kept.source, *kept.source != '\0' ? ")" : "");
}

int
clock_begin(void)
{
	int			timer = ms_clock_timer();

	if (timer < 0)
		fprintf(stderr, "mailstack-runner: the clock is only looked at each minute: the kernel gives no timer: %s\n", strerror(errno));
	last = told = ms_clock_look();
	kept = look_at_state();
	if (!kept.synchronised)
		say_state();
	return timer;
}

static void
say_step(int64_t step)
{
	char		duration[MS_CLOCK_DURATION];
	char		effect[MS_CLOCK_SENTENCE];

	ms_clock_duration(step, duration);
	ms_clock_effect_sentence(step, effect);
	fprintf(stderr, "mailstack-runner: the clock was set %s by %s. %s\n", step > 0 ? "forward" : "back", duration, effect);
}

static void
look_for_step(void)
{
	ms_clock_reading now = ms_clock_look();
	int64_t		step = ms_clock_step(&last, &now);

	if (step == 0)
		return;
	last = now;
	to_be_told = true;
	say_step(step);
}

static void
look_for_state(void)
{
	state		now = look_at_state();

	if (now.known == kept.known && now.synchronised == kept.synchronised && strcmp(now.source, kept.source) == 0)
		return;
	kept = now;
	to_be_told = true;
	say_state();
}

static void
put_number(int64_t number, char out[CLOCK_NUMBER])
{
	snprintf(out, CLOCK_NUMBER, "%lld", (long long) number);
}

bool
clock_look(int timer, clock_report *report)
{
	/* The timer first: what comes between it and the look wakes us. */
	if (timer >= 0)
		ms_clock_timer_clear(timer);
	look_for_step();
	look_for_state();
	if (!to_be_told)
		return false;
	(void) ms_clock_boot_id(report->boot_id);
	put_number(told.seen, report->seen_before);
	put_number(told.booted, report->booted_before);
	put_number(last.seen, report->seen);
	put_number(last.booted, report->booted);
	report->synchronised = !kept.known ? NULL : kept.synchronised ? "t" : "f";
	memcpy(report->source, kept.source, sizeof(report->source));
	return true;
}

void
clock_told(void)
{
	told = last;
	to_be_told = false;
}
