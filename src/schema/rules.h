/*
 * rules.h
 *	  Checks that more than one of our tables needs.
 */
#ifndef MS_RULES_H
#define MS_RULES_H

#include "base/base.h"

/* Rule 4: raises 23514 where uid or gid is below the floors of settings. */
extern void ms_check_ids(int32 uid, int32 gid, const char *whose);

#endif							/* MS_RULES_H */
