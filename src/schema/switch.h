/*
 * switch.h
 *	  What the log of transports asks of a switch under way.
 */
#ifndef MS_SWITCH_H
#define MS_SWITCH_H

#include "postgres.h"

/* The id of the change that the switch under way takes back, or 0. */
extern int64 ms_switch_reverts(void);

#endif							/* MS_SWITCH_H */
