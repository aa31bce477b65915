/*
 * look.h
 *	  The clock now.
 */
#ifndef MS_CLOCK_LOOK_H
#define MS_CLOCK_LOOK_H

#include "clock/clock.h"

extern ms_clock_reading ms_clock_look(void);

/*
 * A timer that ends far in the future, and can be read as soon as somebody sets
 * the clock: the kernel cancels it then (timerfd_create(2),
 * TFD_TIMER_CANCEL_ON_SET).  -1 and errno where there is none.
 */
extern int	ms_clock_timer(void);

/* Makes the timer wait for the next time; it need not have been cancelled. */
extern void ms_clock_timer_clear(int timer);

/* What the kernel says of the clock. */
extern ms_clock_kernel ms_clock_ask_kernel(void);

/*
 * The programs that set the clock and can be seen to run, with commas between;
 * false, and empty, where there is none.  Whoever is root elsewhere (outside of
 * a container, or with hidepid) is not seen.
 */
#define MS_CLOCK_SOURCE 128
extern bool ms_clock_source(char out[MS_CLOCK_SOURCE]);

/* A uuid, and a NUL. */
#define MS_CLOCK_BOOT_ID 37

/* The id of this boot of the machine (random(4)); false, and empty, where the kernel does not tell. */
extern bool ms_clock_boot_id(char out[MS_CLOCK_BOOT_ID]);

#endif							/* MS_CLOCK_LOOK_H */
