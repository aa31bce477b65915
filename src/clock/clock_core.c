/*
 * clock_core.c
 *	  The arithmetic of clock steps.
 */
#include "clock/clock.h"

#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000000)

/* Those that have mailboxes open, and look at the clock. */
#define PROCESSES "imap, pop3, lmtp, dovecot-lda"

/* ------------------------------------------------------------------ readings */

static int64_t
microseconds(const struct timespec *t)
{
	return (int64_t) t->tv_sec * SECOND + t->tv_nsec / 1000;
}

static int64_t
size_of(int64_t step)
{
	return step < 0 ? -step : step;
}

ms_clock_reading
ms_clock_read(const struct timespec *before, const struct timespec *real,
			  const struct timespec *after)
{
	ms_clock_reading reading;
	int64_t		took = microseconds(after) - microseconds(before);

	reading.seen = microseconds(real);
	reading.booted = reading.seen - (microseconds(before) + took / 2);
	/* Half of it, and what the divisions have cut off. */
	reading.vague = took / 2 + 2;
	return reading;
}

int64_t
ms_clock_step(const ms_clock_reading *then, const ms_clock_reading *now)
{
	int64_t		step = now->booted - then->booted;

	return size_of(step) < MS_CLOCK_SMALLEST_STEP + then->vague + now->vague ? 0 : step;
}

void
ms_clock_trail_begin(ms_clock_trail *trail, const ms_clock_reading *reading)
{
	ms_clock_trail begun = {.n = 1, .readings = {*reading}};

	/* The reading may be one of the trail's own. */
	*trail = begun;
}

int64_t
ms_clock_trail_add(ms_clock_trail *trail, const ms_clock_reading *reading)
{
	int64_t		step = ms_clock_step(&trail->readings[trail->n - 1], reading);

	if (step == 0)
		return 0;
	if (trail->n < MS_CLOCK_TRAIL)
		trail->n++;
	trail->readings[trail->n - 1] = *reading;
	return step;
}

/* ------------------------------------------------------------------- Dovecot */

ms_clock_effect
ms_clock_effect_of(int64_t step)
{
	if (step >= 0)
		return step > MS_CLOCK_FORWARD_UNWARNED ? MS_CLOCK_WARNS : MS_CLOCK_NOTHING;
	return -step > MS_CLOCK_SLEEPS_AT_MOST ? MS_CLOCK_KILLS : MS_CLOCK_SLEEPS;
}

const char *
ms_clock_effect_word(ms_clock_effect effect)
{
	switch (effect)
	{
		case MS_CLOCK_WARNS:
			return "warns";
		case MS_CLOCK_SLEEPS:
			return "sleeps";
		case MS_CLOCK_KILLS:
			return "kills";
		case MS_CLOCK_NOTHING:
			break;
	}
	return "nothing";
}

void
ms_clock_duration(int64_t duration, char out[MS_CLOCK_DURATION])
{
	int64_t		size = size_of(duration);

	snprintf(out, MS_CLOCK_DURATION, "%lld.%03d s",
			 (long long) (size / SECOND), (int) (size % SECOND / 1000));
}

void
ms_clock_effect_sentence(int64_t step, char out[MS_CLOCK_SENTENCE])
{
	int64_t		size = size_of(step);
	char		whole[MS_CLOCK_DURATION];
	char		held_up[MS_CLOCK_DURATION];

	ms_clock_duration(size, whole);
	ms_clock_duration(size < MS_CLOCK_HELD_UP_AT_MOST ? size : MS_CLOCK_HELD_UP_AT_MOST, held_up);
	switch (ms_clock_effect_of(step))
	{
		case MS_CLOCK_NOTHING:
			snprintf(out, MS_CLOCK_SENTENCE,
					 "Dovecot takes no notice of a step forward of up to 10 s.");
			break;
		case MS_CLOCK_WARNS:
			snprintf(out, MS_CLOCK_SENTENCE,
					 "Dovecot's timeouts end early; mail processes for which that"
					 " was more than 10 s log \"Time jumped forwards\" (2.4: \"Time moved forward\"), and go on.");
			break;
		case MS_CLOCK_SLEEPS:
			snprintf(out, MS_CLOCK_SENTENCE,
					 "Dovecot's mail processes (" PROCESSES ") that were awake in"
					 " the last %s log \"Time just moved backwards\" and sleep until it is as late again;"
					 " the master starts no login and no mail process for up to %s.", whole, held_up);
			break;
		case MS_CLOCK_KILLS:
			ms_clock_duration(size - MS_CLOCK_SLEEPS_AT_MOST, whole);
			snprintf(out, MS_CLOCK_SENTENCE,
					 "Dovecot's mail processes (" PROCESSES ") that were awake in"
					 " the last %s log \"Time just moved backwards\" and kill themselves: sessions break off,"
					 " and Postfix tries again what was being delivered;"
					 " the master starts no login and no mail process for up to %s.", whole, held_up);
			break;
	}
}

/* -------------------------------------------------------------------- kernel */

static const char *
leap_second(int result)
{
	switch (result)
	{
		case TIME_INS:
			return "insert";
		case TIME_DEL:
			return "delete";
		case TIME_OOP:
			return "in progress";
		default:
			return NULL;
	}
}

ms_clock_kernel
ms_clock_kernel_of(int result, const struct timex *timex)
{
	ms_clock_kernel kernel = {.known = result >= 0};

	if (!kernel.known)
		return kernel;
	kernel.synchronised = result != TIME_ERROR;
	kernel.offset = (timex->status & STA_NANO) != 0 ? timex->offset / 1000 : timex->offset;
	kernel.estimated_error = timex->esterror;
	kernel.maximum_error = timex->maxerror;
	kernel.leap_second = leap_second(result);
	return kernel;
}

/* ------------------------------------------------------------------ programs */

static const char *const programs[MS_CLOCK_PROGRAMS] = {
	"chronyd", "ntpd", "ntp-daemon", "systemd-timesyncd", "phc2sys", "ptp4l"
};

/* What the kernel keeps of the name of a process. */
#define COMM 15

const char *
ms_clock_program_name(int program)
{
	return programs[program];
}

int
ms_clock_program(ms_span comm)
{
	int			i;

	if (comm.len > 0 && comm.data[comm.len - 1] == '\n')
		comm.len--;
	for (i = 0; i < MS_CLOCK_PROGRAMS; i++)
	{
		if (comm.len == strnlen(programs[i], COMM) && memcmp(comm.data, programs[i], comm.len) == 0)
			return i;
	}
	return -1;
}
