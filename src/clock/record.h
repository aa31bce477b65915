/*
 * record.h
 *	  Writing into clock_events.
 */
#ifndef MS_CLOCK_RECORD_H
#define MS_CLOCK_RECORD_H

#include "clock/clock.h"

/*
 * Writes what of a trail clock_events does not have yet, inside a transaction,
 * as the owner of that table.  False where mailstack is not in this database.
 */
extern bool ms_clock_record(const ms_clock_trail *trail);

#endif							/* MS_CLOCK_RECORD_H */
