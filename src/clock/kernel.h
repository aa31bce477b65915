/*
 * kernel.h
 *	  The clock of the kernel in the server: its time, and who watches it.
 */
#ifndef MS_CLOCK_KERNEL_H
#define MS_CLOCK_KERNEL_H

#include "base/base.h"

#include "datatype/timestamp.h"

#include "clock/look.h"

/* The server counts from 2000. */
#define MS_CLOCK_2000 ((int64_t) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY)

static inline TimestampTz
ms_clock_timestamptz(int64_t since_1970)
{
	return since_1970 - MS_CLOCK_2000;
}

static inline int64_t
ms_clock_since_1970(TimestampTz time)
{
	return time + MS_CLOCK_2000;
}

/* Whether this server watches the clock: it has the library preloaded, and is no standby. */
extern bool ms_clock_is_watched(void);

#endif							/* MS_CLOCK_KERNEL_H */
