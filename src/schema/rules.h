/*
 * rules.h
 *	  Checks that more than one of our tables needs.
 */
#ifndef MS_RULES_H
#define MS_RULES_H

#include "mailkey/mailkey_datum.h"

/*
 * Rule 4: raises 23514 where uid or gid is below the floors of settings.  what
 * and key name the row, for example: user "bob@example.com".
 */
extern void ms_check_ids(int32 uid, int32 gid, const char *what, const ms_key_view *key);

#endif							/* MS_RULES_H */
