/*
 * retired.h
 *	  Maildirs that were a user's, and may still hold the mail.
 */
#ifndef MS_RETIRED_H
#define MS_RETIRED_H

#include "schema/trigger.h"

/* Whether there is any retired maildir. */
extern bool ms_retired_any(void);

/* Whether one is the path, or lies inside it or above it. */
extern bool ms_retired_near(ms_span path);

/* Raises 23P01 in that case, for a row of the trigger's table. */
extern void ms_retired_refuse(const TriggerData *trigger, ms_span path);

#endif							/* MS_RETIRED_H */
