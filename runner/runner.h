/*
 * runner.h
 *	  mailstack-runner: what maildir_tasks says, done on the disk.
 *
 * Every path is walked from the mail root, one component at a time, and no
 * symbolic link is followed: below.c.  Every action can be cut off anywhere and
 * done again: home.c.
 */
#ifndef MS_RUNNER_H
#define MS_RUNNER_H

#include <stdbool.h>
#include <sys/types.h>

#include "clock/look.h"

typedef struct task
{
	const char *id;
	const char *action;
	const char *maildir;		/* relative to the mail root, with a slash at its end */
	const char *target;			/* the same, or NULL */
	uid_t		uid;
	gid_t		gid;
} task;

/* What is said of a task in the end, in printable ASCII. */
typedef struct outcome
{
	bool		failed;
	char		text[1024];
} outcome;

/* A directory and a name in it, which need not be there. */
typedef struct place
{
	int			parent;			/* -1: not even that is there */
	char		leaf[256];
} place;

/* --------------------------------------------------------------- outcome.c */

extern void say(outcome *out, const char *format,...) __attribute__((format(printf, 2, 3)));

/* The same of a failure; false, so that a caller can return it. */
extern bool fail(outcome *out, const char *format,...) __attribute__((format(printf, 2, 3)));

/*
 * Called after whatever has changed something on the disk.  For tests: the n-th
 * call kills the process.
 */
extern void step(void);
extern void stop_after(long n);

/* ----------------------------------------------------------------- below.c */

/* What begins so in a directory is ours. */
#define OURS ".mailstack-"

/* A directory, which is not -1 but for ENOENT, in which case nothing is said. */
extern bool open_directory(int parent, const char *name, int *fd, outcome *out);

/*
 * The place that a path names, where nobody but the task's uid and root may
 * change what lies on the way.  What is missing there can be made: it has the
 * owner of the directory that it is in.
 */
extern bool find_place(int root, const char *path, const task *t, bool make, place *found, outcome *out);
extern void leave_place(place *found);

/* The home there, or -1 where there is none.  It belongs to the task's uid. */
extern bool open_home(const place *where, const task *t, int *fd, outcome *out);

/* The home there, made, or as it is where it is there already; the place was found with what was missing made. */
extern bool make_home(const place *where, const task *t, outcome *out);

/* Whether what is in a place is still what was opened there. */
extern bool is_still(int parent, const char *name, int fd);

/*
 * As renameat(), but replaces nothing that there is: EEXIST.  Also where the
 * file system has no word for that, as NFS has none.
 */
extern int	rename_new(int from, const char *name, int into, const char *as);

/* Whether errno says that it has none. */
extern bool no_such_rename(void);

/*
 * What was done to a file, or in a directory, will be there after a power
 * failure.  To be called before anything is done, here or in the database, that
 * takes it for granted.
 */
extern bool settle(int fd, outcome *out);

/* ------------------------------------------------------------------ tree.c */

typedef struct totals
{
	unsigned long files;
	unsigned long long bytes;
} totals;

extern bool count_tree(int fd, totals *found, outcome *out);

extern bool is_empty(int fd);

/* Empties a directory of homes, which have to be the uid's; may be done by two at once. */
extern bool empty_box(int fd, uid_t uid, totals *deleted, outcome *out);

/*
 * Takes to one home the messages of another, and whatever the first one has
 * not.  What both have, and is no mail, stays; so does mail that is being
 * written.
 */
extern bool merge_tree(int from, int into, totals *taken, outcome *out);

/* ------------------------------------------------------------------ home.c */

/* Does what the task says, below the mail root. */
extern void carry_out(int root, const task *t, outcome *out);

/* ----------------------------------------------------------------- clock.c */

#define CLOCK_NUMBER 24

/* What there is to be told of the clock: times in microseconds, as text. */
typedef struct clock_report
{
	char		boot_id[MS_CLOCK_BOOT_ID]; /* empty where the kernel does not tell */
	char		seen_before[CLOCK_NUMBER];	/* when the clock was last told, */
	char		booted_before[CLOCK_NUMBER];	/* and when the machine was started by that */
	char		seen[CLOCK_NUMBER]; /* the same now, since 1970 */
	char		booted[CLOCK_NUMBER];
	const char *synchronised;	/* a boolean, or NULL */
	char		source[MS_CLOCK_SOURCE];	/* empty: none */
} clock_report;

/* Looks at the clock, and returns what wakes whoever polls it when it is set; -1: nothing does, which is said. */
extern int	clock_begin(void);

/* Looks again, and says what has changed; whether there is something to be told to the database. */
extern bool clock_look(int timer, clock_report *report);

/* It was told. */
extern void clock_told(void);

#endif							/* MS_RUNNER_H */
