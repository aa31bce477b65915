/*
 * maildir_tasks.h
 *	  What mailstack-runner is to do on the disk: the table maildir_tasks.
 *
 * Nothing is written where settings.maildir_runner is not set.
 */
#ifndef MS_MAILDIR_TASKS_H
#define MS_MAILDIR_TASKS_H

#include "schema/trigger.h"

/* AFTER DELETE of a user, or UPDATE of his maildir: it is to be kept, or to be moved. */
extern void ms_maildir_given_up(const TriggerData *trigger);

/* The same for all users, before TRUNCATE. */
extern void ms_maildirs_given_up(void);

#endif							/* MS_MAILDIR_TASKS_H */
