/*
 * test_clock.c
 *	  Steps of the clock, and what is said of them, from readings that no clock has given.
 */
#include "clock/clock.h"
#include "tap.h"

#define SECOND INT64_C(1000000)

/* A reading of a machine that has run for so long, by a clock that says real, after looks that took so long. */
static ms_clock_reading
reading(int64_t real, int64_t running, int64_t took)
{
	struct timespec before = {running / SECOND, running % SECOND * 1000};
	struct timespec now = {real / SECOND, real % SECOND * 1000};
	struct timespec after = {(running + took) / SECOND, (running + took) % SECOND * 1000};

	return ms_clock_read(&before, &now, &after);
}

/* The clock is set by so much in the middle of a minute. */
static int64_t
step_of(int64_t step)
{
	ms_clock_reading then = reading(1700000000 * SECOND, 5000 * SECOND, 0);
	ms_clock_reading now = reading(1700000060 * SECOND + step, 5060 * SECOND, 0);

	return ms_clock_step(&then, &now);
}

static void
test_reading(void)
{
	ms_clock_reading r = reading(1700000000 * SECOND, 5000 * SECOND, 100);

	ok(r.seen == 1700000000 * SECOND, "the time is that of the clock");
	ok(r.booted == 1699995000 * SECOND - 50, "the machine was started midway between the looks");
	ok(r.vague >= 50 && r.vague < 60, "and that is as vague as half the time they took");
}

static void
test_steps(void)
{
	static const int64_t steps[] = {1004, -1004, 250000, -250000, 86400 * SECOND, -86400 * SECOND, -1600000000 * SECOND};
	ms_clock_reading then;
	ms_clock_reading now;
	size_t		i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		ok(step_of(steps[i]) == steps[i], "a step of %lld us is seen", (long long) steps[i]);
	ok(step_of(0) == 0, "a minute alone is none");
	ok(step_of(999) == 0 && step_of(-999) == 0, "nor is what may be the time between two looks");

	/* Looks that were interrupted: the clock may have been anywhere between them. */
	then = reading(1700000000 * SECOND, 5000 * SECOND, 0);
	now = reading(1700000060 * SECOND, 5060 * SECOND, SECOND);
	ok(ms_clock_step(&then, &now) == 0, "looks that took a second show no step of half of it");

	/* In a minute by its own clock, 30 s of it asleep, nothing else: both clocks go on. */
	now = reading(1700000060 * SECOND, 5060 * SECOND, 0);
	ok(ms_clock_step(&then, &now) == 0, "sleep is no step, since CLOCK_BOOTTIME has it, too");
}

static void
test_trail(void)
{
	ms_clock_reading start = reading(1700000000 * SECOND, 5000 * SECOND, 0);
	ms_clock_reading now = start;
	ms_clock_trail trail;
	int			i;

	ms_clock_trail_begin(&trail, &start);
	ok(trail.n == 1 && ms_clock_trail_add(&trail, &now) == 0 && trail.n == 1, "what shows no step is not kept");
	now = reading(1700000010 * SECOND, 5000 * SECOND, 0);
	ok(ms_clock_trail_add(&trail, &now) == 10 * SECOND && trail.n == 2, "a step is");
	now = reading(1700000000 * SECOND, 5000 * SECOND, 0);
	ok(ms_clock_trail_add(&trail, &now) == -10 * SECOND && trail.n == 3, "and the way back, which together are none");

	for (i = 1; i <= 600; i++)
	{
		now = reading(1700000000 * SECOND + i * INT64_C(999), 5000 * SECOND, 0);
		ms_clock_trail_add(&trail, &now);
	}
	ok(trail.n == MS_CLOCK_TRAIL, "steps that are too small add up to some that are not, and a full trail stays within its bounds");
	ok(trail.readings[trail.n - 1].booted > 1699995000 * SECOND + 590000, "its last reading is the newest");
	ms_clock_trail_begin(&trail, &trail.readings[trail.n - 1]);
	ok(trail.n == 1 && trail.readings[0].booted > 1699995000 * SECOND + 590000, "it begins anew where it ended");
}

static void
is_effect(int64_t step, const char *word, const char *sentence)
{
	char		said[MS_CLOCK_SENTENCE];

	is_str(ms_clock_effect_word(ms_clock_effect_of(step)), word, "what Dovecot does at %lld us", (long long) step);
	ms_clock_effect_sentence(step, said);
	ok(strstr(said, sentence) != NULL && strlen(said) < MS_CLOCK_SENTENCE - 1, "%lld us: %s: %s", (long long) step, sentence, said);
}

static void
test_effects(void)
{
	is_effect(10 * SECOND, "nothing", "takes no notice");
	is_effect(10 * SECOND + 1, "warns", "Time jumped forwards");
	is_effect(-1, "sleeps", "sleep until it is as late again");
	is_effect(-5 * SECOND, "sleeps", "awake in the last 5.000 s");
	is_effect(-5 * SECOND - 1, "kills", "awake in the last 0.000 s");
	is_effect(-90500000, "kills", "awake in the last 85.500 s");
	is_effect(-90500000, "kills", "for up to 90.500 s");
	is_effect(-3600 * SECOND, "kills", "for up to 180.000 s");
	is_effect(-INT64_MAX, "kills", "for up to 180.000 s");
}

static void
is_duration(int64_t duration, const char *said)
{
	char		out[MS_CLOCK_DURATION];

	ms_clock_duration(duration, out);
	is_str(out, said, "%lld us", (long long) duration);
}

static void
test_durations(void)
{
	is_duration(0, "0.000 s");
	is_duration(1500, "0.001 s");
	is_duration(-250000, "0.250 s");
	is_duration(3600250000, "3600.250 s");
	is_duration(INT64_MAX, "9223372036854.775 s");
}

static void
test_kernel(void)
{
	struct timex timex = {.offset = -2500000, .esterror = 300, .maxerror = 4000, .status = STA_PLL | STA_NANO};
	ms_clock_kernel kernel = ms_clock_kernel_of(TIME_OK, &timex);

	ok(kernel.known && kernel.synchronised && kernel.leap_second == NULL, "a clock that is right");
	ok(kernel.offset == -2500 && kernel.estimated_error == 300 && kernel.maximum_error == 4000, "nanoseconds of the offset, where it says so");
	timex.status = STA_PLL;
	ok(ms_clock_kernel_of(TIME_OK, &timex).offset == -2500000, "and microseconds where not");
	is_str(ms_clock_kernel_of(TIME_INS, &timex).leap_second, "insert", "a leap second to come");
	is_str(ms_clock_kernel_of(TIME_DEL, &timex).leap_second, "delete", "one to leave out");
	is_str(ms_clock_kernel_of(TIME_OOP, &timex).leap_second, "in progress", "one now");
	ok(ms_clock_kernel_of(TIME_INS, &timex).synchronised, "which is no reason to distrust it");
	kernel = ms_clock_kernel_of(TIME_ERROR, &timex);
	ok(kernel.known && !kernel.synchronised, "a clock that nobody corrects");
	ok(!ms_clock_kernel_of(-1, &timex).known, "a kernel that does not answer");
}

static void
is_program(const char *comm, size_t len, const char *name)
{
	int			program = ms_clock_program(ms_span_of(comm, len));

	is_str(program < 0 ? NULL : ms_clock_program_name(program), name, "the process %.*s", (int) len, comm);
}

static void
test_programs(void)
{
	is_program("chronyd\n", 8, "chronyd");
	is_program("chronyd", 7, "chronyd");
	is_program("ntpd\n", 5, "ntpd");
	is_program("systemd-timesyn\n", 16, "systemd-timesyncd");
	is_program("systemd-timesyncd\n", 18, NULL);
	is_program("systemd-time", 12, NULL);
	is_program("ntp", 3, NULL);
	is_program("ntpdate\n", 8, NULL);
	is_program("\n", 1, NULL);
	is_program("", 0, NULL);
}

int
main(void)
{
	test_reading();
	test_steps();
	test_trail();
	test_effects();
	test_durations();
	test_kernel();
	test_programs();
	return done();
}
