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

static ms_clock_reading last;

int
clock_begin(void)
{
	int			timer = ms_clock_timer();

	if (timer < 0)
		fprintf(stderr, "mailstack-runner: the clock is only looked at each minute: the kernel gives no timer: %s\n", strerror(errno));
	last = ms_clock_look();
	return timer;
}

static void
put_sentence(int64_t step, clock_event *event)
{
	char		duration[MS_CLOCK_DURATION];
	char		effect[MS_CLOCK_SENTENCE];

	ms_clock_duration(step, duration);
	ms_clock_effect_sentence(step, effect);
	snprintf(event->sentence, sizeof(event->sentence), "the clock was set %s by %s. %s",
			 step > 0 ? "forward" : "back", duration, effect);
}

bool
clock_was_set(int timer, clock_event *event)
{
	ms_clock_reading now;
	int64_t		step;

	/* The timer first: what comes between it and the look wakes us. */
	if (timer >= 0)
		ms_clock_timer_clear(timer);
	now = ms_clock_look();
	step = ms_clock_step(&last, &now);
	if (step == 0)
		return false;
	last = now;
	snprintf(event->seen, sizeof(event->seen), "%lld", (long long) now.seen);
	snprintf(event->booted, sizeof(event->booted), "%lld", (long long) now.booted);
	snprintf(event->step, sizeof(event->step), "%lld", (long long) step);
	(void) ms_clock_boot_id(event->boot_id);
	event->effect = ms_clock_effect_word(ms_clock_effect_of(step));
	put_sentence(step, event);
	return true;
}
