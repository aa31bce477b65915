/*
 * look.h
 *	  The clock now.
 */
#ifndef MS_CLOCK_LOOK_H
#define MS_CLOCK_LOOK_H

#include "clock/clock.h"

extern ms_clock_reading ms_clock_look(void);

#endif							/* MS_CLOCK_LOOK_H */
