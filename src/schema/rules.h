/*
 * rules.h
 *	  Checks that more than one of our tables needs.
 */
#ifndef MS_RULES_H
#define MS_RULES_H

#include "schema/memo.h"
#include "schema/trigger.h"

/*
 * Rule 4: raises 23514 where uid or gid is below the floors of settings.  what
 * and key name the row, for example: user "bob@example.com".
 */
extern void ms_check_ids(int32 uid, int32 gid, const char *what, const ms_key_view *key);

/*
 * The columns receive and receive_reason: raises 23514 for a word that is not
 * one of theirs, and for a reason that cannot be said in an SMTP reply.
 */
extern void ms_check_receive(const TriggerData *trigger, HeapTuple row, AttrNumber receive,
							 AttrNumber reason, const char *what, const ms_key_view *key);

/* A column of hashes, and how messages call what is in it and the function that stores a better one. */
typedef struct ms_password_rule
{
	AttrNumber	column;
	const char *what;
	const char *function;
} ms_password_rule;

/*
 * Such a column, where it is new: raises 23514 below password_lowest_scheme;
 * where there is none, warns of a scheme that is broken, once in a statement
 * where a memo is given.
 */
extern void ms_check_password(const TriggerData *trigger, HeapTuple row, const ms_password_rule *rule,
							  const ms_key_view *email, ms_memo *memo);

/* What a table says of logins; 0 for a column that it does not have. */
typedef struct ms_login_columns
{
	AttrNumber	active;
	AttrNumber	suspended_reason;
	AttrNumber	services;
	AttrNumber	allow_nets;
} ms_login_columns;

/*
 * Raises 23514 for a service that is unknown, for networks that are none, and
 * for a reason that is not one line, or of a row that is active.  Returns the
 * row, without the reason where it is active again.
 */
extern HeapTuple ms_check_login(const TriggerData *trigger, HeapTuple row, const ms_login_columns *columns,
								const char *what, const ms_key_view *key);

#endif							/* MS_RULES_H */
