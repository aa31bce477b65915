/*
 * look.h
 *	  The clock now.
 */
#ifndef MS_CLOCK_LOOK_H
#define MS_CLOCK_LOOK_H

#include "clock/clock.h"

extern ms_clock_reading ms_clock_look(void);

/* A uuid, and a NUL. */
#define MS_CLOCK_BOOT_ID 37

/* The id of this boot of the machine (random(4)); false, and empty, where the kernel does not tell. */
extern bool ms_clock_boot_id(char out[MS_CLOCK_BOOT_ID]);

#endif							/* MS_CLOCK_LOOK_H */
