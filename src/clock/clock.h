/*
 * clock.h
 *	  What the clock has done between two looks at it, and what that does to
 *	  Dovecot.  Knows no server and asks no clock: it is told what others read.
 *
 * The real time less the time since the machine started says when that was, by
 * the clock as it goes now.  Slewing (adjtime(3), ntpd, chronyd) makes both run
 * faster or slower alike, sleep counts in both: only who sets the clock, and a
 * leap second, changes that difference.  So a step is seen with its size,
 * however long ago the last look was.
 *
 * All times are microseconds; a moment counts from 1970.
 */
#ifndef MS_CLOCK_H
#define MS_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/timex.h>
#include <time.h>

#include "base/span.h"

/* Dovecot's mail-storage-service.c: MAX_TIME_BACKWARDS_SLEEP_MSECS and MAX_NOWARN_FORWARD_MSECS. */
#define MS_CLOCK_SLEEPS_AT_MOST INT64_C(5000000)
#define MS_CLOCK_FORWARD_UNWARNED INT64_C(10000000)

/* Dovecot's master/main.c: for longer it does not hold up the services that it starts. */
#define MS_CLOCK_HELD_UP_AT_MOST INT64_C(180000000)

/* What is less may be the time between two looks, and disturbs nobody. */
#define MS_CLOCK_SMALLEST_STEP INT64_C(1000)

/* The clock at one moment. */
typedef struct ms_clock_reading
{
	int64_t		seen;			/* the real time */
	int64_t		booted;			/* when the machine started, by the clock as it goes now */
	int64_t		vague;			/* how far from it that may be: the time that the looks took */
} ms_clock_reading;

/* A reading from CLOCK_REALTIME and a look at CLOCK_BOOTTIME before and after it. */
extern ms_clock_reading ms_clock_read(const struct timespec *before, const struct timespec *real,
									  const struct timespec *after);

/*
 * How far the clock was set between two readings: forward above 0, backward
 * below, and 0 where it was not, or by so little that nobody can tell.
 */
extern int64_t ms_clock_step(const ms_clock_reading *then, const ms_clock_reading *now);

/*
 * What a step does to Dovecot's processes.  Each compares the time when it
 * wakes with the time when it last did, or would have done at the latest: of a
 * step backward it sees less, by as long as it had been waiting, and of one
 * forward what goes beyond its next timeout.  This is the most that happens.
 */
typedef enum ms_clock_effect
{
	MS_CLOCK_NOTHING,			/* forward, and they say nothing */
	MS_CLOCK_WARNS,				/* forward: a warning in the log */
	MS_CLOCK_SLEEPS,			/* backward: an error in the log, and they wait until it is as late again */
	MS_CLOCK_KILLS				/* backward: those that have mailboxes open end themselves */
} ms_clock_effect;

extern ms_clock_effect ms_clock_effect_of(int64_t step);

/* The word for it in clock_events.dovecot. */
extern const char *ms_clock_effect_word(ms_clock_effect effect);

/* The effect as a sentence for the log. */
#define MS_CLOCK_SENTENCE 400
extern void ms_clock_effect_sentence(int64_t step, char out[MS_CLOCK_SENTENCE]);

/* A duration for people: "0.250 s", "3600.000 s"; without a sign. */
#define MS_CLOCK_DURATION 32
extern void ms_clock_duration(int64_t duration, char out[MS_CLOCK_DURATION]);

/*
 * What was seen since somebody last wrote it down: the first reading is where
 * that began, and between each and the next is a step.  Where it is full, the
 * last two steps become one.
 */
#define MS_CLOCK_TRAIL 5
typedef struct ms_clock_trail
{
	int32_t		n;
	ms_clock_reading readings[MS_CLOCK_TRAIL];
} ms_clock_trail;

/* Starts a trail at a reading. */
extern void ms_clock_trail_begin(ms_clock_trail *trail, const ms_clock_reading *reading);

/* Takes a reading in, where the clock has been set since the last, and returns by how much. */
extern int64_t ms_clock_trail_add(ms_clock_trail *trail, const ms_clock_reading *reading);

/* What the kernel says of itself: ntp_adjtime(3), adjtimex(2). */
typedef struct ms_clock_kernel
{
	bool		known;			/* nothing else counts where not: it would not say */
	bool		synchronised;
	int64_t		offset;			/* what is still to be slewed */
	int64_t		estimated_error;
	int64_t		maximum_error;
	const char *leap_second;	/* "insert", "delete", "in progress"; NULL: none is due */
} ms_clock_kernel;

/* From what adjtimex() with modes 0 returned and filled in. */
extern ms_clock_kernel ms_clock_kernel_of(int result, const struct timex *timex);

/* The programs that set clocks, and how many there are. */
#define MS_CLOCK_PROGRAMS 6
extern const char *ms_clock_program_name(int program);

/*
 * Which of them a process is, by its name as the kernel keeps it: proc(5),
 * comm, 15 octets and a newline.  -1: none.
 */
extern int	ms_clock_program(ms_span comm);

#endif							/* MS_CLOCK_H */
