/*
 * main.c
 *	  mailstack-runner: takes the tasks from the database, one at a time.
 *
 * A task is locked by the transaction in which it is carried out and reported:
 * where we are killed, the server sees the connection end, and the task is
 * anybody's again.
 */
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <libpq-fe.h>

/* How long to wait for a notification; what fails is due again after a minute. */
#define POLL_SECONDS 60

static const char usage_text[] =
"usage: mailstack-runner [-1] MAIL_ROOT [CONNINFO]\n"
"\n"
"Does on the disk, below MAIL_ROOT, what maildir_tasks of mailstack says. CONNINFO is that of libpq,\n"
"as psql takes it; without it PGHOST and its like say where the database is.\n"
"\n"
"  -1                does what is due and ends; the exit status is 1 if some of it failed\n"
"  --stop-after=N    for tests: is killed after the N-th change to the disk\n"
"\n"
"Without -1 it waits for more, and ends where the connection does. It says then, and writes into\n"
"clock_events, when the clock of this host is set, what that does to Dovecot, and whether it is synchronised.\n";

typedef struct runner
{
	PGconn	   *conn;
	const char *root_path;		/* with a slash at its end */
	int			root;
	char		host[256];
	bool		once;
	bool		failed;			/* some task */
	int			timer;			/* of clock_begin() */
} runner;

static void die(const char *what, const char *why) __attribute__((noreturn));

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "mailstack-runner: %s%s%s\n", what, *why ? ": " : "", why);
	exit(1);
}

/* Results are rows, or no rows. */
static PGresult *
ask(runner *r, const char *query, int n, const char *const *values)
{
	PGresult   *result = PQexecParams(r->conn, query, n, NULL, values, NULL, NULL, 0);
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
		die("the database says", PQerrorMessage(r->conn));
	return result;
}

static void
tell(runner *r, const char *query)
{
	PQclear(ask(r, query, 0, NULL));
}

/* ------------------------------------------------------------------- one task */

/* NULL for NULL; lives as long as the result. */
static const char *
column(const PGresult *result, int i)
{
	return PQgetisnull(result, 0, i) ? NULL : PQgetvalue(result, 0, i);
}

static const char *
required(const PGresult *result, int i)
{
	const char *value = column(result, i);

	if (value == NULL)
		die("the database gives a task without", PQfname(result, i));
	return value;
}

/*
 * What was done on the disk can be done again.  So a task that the database does
 * not let end has failed, and is in nobody's way.
 */
static void
finish(runner *r, const task *t, outcome *out)
{
	const char *values[3] = {t->id, r->host, out->text};
	PGresult   *result = PQexecParams(r->conn, "SELECT mailstack.runner_finish($1, $2, $3)", 3, NULL, values, NULL, NULL, 0);
	const char *problem = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (PQresultStatus(result) != PGRES_TUPLES_OK)
	{
		if (PQstatus(r->conn) != CONNECTION_OK || problem == NULL)
			die("the database says", PQerrorMessage(r->conn));
		fail(out, "the database says: %s", problem);
		tell(r, "ROLLBACK");
		tell(r, "BEGIN");
	}
	PQclear(result);
}

static void
report(runner *r, const task *t, outcome *out)
{
	const char *values[3] = {t->id, r->host, out->text};

	if (!out->failed)
		finish(r, t, out);
	fprintf(out->failed ? stderr : stdout, "%s%s %s %s%s%s: %s\n", out->failed ? "mailstack-runner: " : "",
			t->id, t->action, t->maildir, t->target != NULL ? " " : "", t->target != NULL ? t->target : "", out->text);
	if (out->failed)
		PQclear(ask(r, "SELECT mailstack.runner_fail($1, $2, $3)", 3, values));
	r->failed = r->failed || out->failed;
}

/*
 * One after the other on this host, whatever the database believes: one of us
 * that was cut off from it may still be at work.  What changes no path may take
 * long, and is done beside it.
 */
static bool
changes_a_path(const task *t)
{
	return strcmp(t->action, "retire") != 0 && strcmp(t->action, "delete") != 0;
}

static void
lock_disk(const runner *r)
{
	while (flock(r->root, LOCK_EX) < 0)
	{
		if (errno != EINTR)
			die("cannot lock the mail root", strerror(errno));
	}
}

/* Asked when we are alone: that we still have the task, and nobody releases the maildir. */
static bool
hold(runner *r, const task *t, outcome *out)
{
	PGresult   *result = ask(r, "SELECT mailstack.runner_hold($1)", 1, &t->id);
	const char *held = column(result, 0);
	bool		good = held != NULL && strcmp(held, "t") == 0;

	if (!good)
		fail(out, held == NULL ? "somebody has its row of retired_maildirs locked, and may be releasing it" :
			 "it is not in retired_maildirs, and so may be somebody's");
	PQclear(result);
	return good;
}

static void
do_task(runner *r, const task *t)
{
	outcome		out;

	if (changes_a_path(t))
		lock_disk(r);
	if (hold(r, t, &out))
		carry_out(r->root, t, &out);
	(void) flock(r->root, LOCK_UN);
	report(r, t, &out);
}

static void
do_claimed(runner *r, const PGresult *claimed)
{
	task		t = {
		.id = required(claimed, 0), .action = required(claimed, 1),
		.maildir = required(claimed, 2), .target = column(claimed, 3),
		.uid = (uid_t) strtoul(required(claimed, 4), NULL, 10), .gid = (gid_t) strtoul(required(claimed, 5), NULL, 10)
	};

	do_task(r, &t);
}

/* Whether there was one. */
static bool
do_next(runner *r)
{
	PGresult   *claimed;
	bool		found;

	tell(r, "BEGIN");
	claimed = ask(r, "SELECT id, action, maildir, target, uid, gid FROM mailstack.runner_claim($1)", 1, &r->root_path);
	found = PQntuples(claimed) > 0;
	if (found)
		do_claimed(r, claimed);
	PQclear(claimed);
	tell(r, "COMMIT");
	return found;
}

/* -------------------------------------------------------------------- the loop */

/* Else a database that has another disk in mind would have this one changed. */
static void
check_root(runner *r)
{
	PGresult   *result = ask(r, "SELECT mailstack.runner_mail_root()", 0, NULL);
	const char *theirs = column(result, 0);

	if (theirs == NULL)
		die("maildir_runner is not set in mailstack.settings", "");
	if (strcmp(theirs, r->root_path) != 0)
	{
		fprintf(stderr, "mailstack-runner: started for \"%s\", but mail_root is \"%s\" in mailstack.settings\n",
				r->root_path, theirs);
		exit(1);
	}
	PQclear(result);
}

static const char *
or_null(const char *text)
{
	return *text != '\0' ? text : NULL;
}

/* What was not taken, as the table is locked, is told at the next look. */
static void
look_at_clock(runner *r)
{
	clock_report report;
	PGresult   *result;

	if (!clock_look(r->timer, &report))
		return;
	result = ask(r, "SELECT mailstack.runner_clock($1, $2, $3, $4, $5, $6, $7, $8)", 8,
				 (const char *[]) {or_null(report.boot_id), r->host, report.seen_before, report.booted_before,
					 report.seen, report.booted, report.synchronised, or_null(report.source)});
	if (strcmp(PQgetvalue(result, 0, 0), "t") == 0)
		clock_told();
	PQclear(result);
}

static void
wait_for_more(runner *r)
{
	struct pollfd fds[2] = {{.fd = PQsocket(r->conn), .events = POLLIN}, {.fd = r->timer, .events = POLLIN}};
	PGnotify   *notify;

	(void) poll(fds, 2, POLL_SECONDS * 1000);
	look_at_clock(r);
	if (!PQconsumeInput(r->conn))
		die("the database says", PQerrorMessage(r->conn));
	while ((notify = PQnotifies(r->conn)) != NULL)
		PQfreemem(notify);
}

static void
connect_to(runner *r, const char *conninfo)
{
	const char *names[] = {"dbname", "fallback_application_name", "client_encoding", NULL};
	const char *values[] = {conninfo, "mailstack-runner", "UTF8", NULL};

	r->conn = PQconnectdbParams(names, values, 1);
	if (PQstatus(r->conn) != CONNECTION_OK)
		die("cannot connect", PQerrorMessage(r->conn));
	tell(r, "SET idle_in_transaction_session_timeout = 0");
	tell(r, "LISTEN mailstack_maildirs");
}

static void
run(runner *r)
{
	for (;;)
	{
		check_root(r);
		while (do_next(r))
			fflush(stdout);
		if (r->once)
			return;
		wait_for_more(r);
	}
}

/* -------------------------------------------------------------------- options */

static void
usage(int status)
{
	fputs(usage_text, status == 0 ? stdout : stderr);
	exit(status);
}

static int
take_options(runner *r, int argc, char **argv)
{
	int			i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++)
	{
		if (strcmp(argv[i], "-1") == 0)
			r->once = true;
		else if (strncmp(argv[i], "--stop-after=", 13) == 0)
			stop_after(atol(argv[i] + 13));
		else
			usage(strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0 ? 0 : 2);
	}
	if (argc - i < 1 || argc - i > 2)
		usage(2);
	return i;
}

/* As maildir_path writes it. */
static const char *
with_slash(const char *path)
{
	size_t		length = strlen(path);
	char	   *copy = malloc(length + 2);

	if (copy == NULL)
		die("out of memory", "");
	memcpy(copy, path, length + 1);
	while (length > 0 && copy[length - 1] == '/')
		length--;
	if (length == 0 || copy[0] != '/')
		die(path, "not an absolute path of a mail root");
	memcpy(copy + length, "/", 2);
	return copy;
}

int
main(int argc, char **argv)
{
	runner		r = {.root = -1};
	int			i = take_options(&r, argc, argv);

	r.root_path = with_slash(argv[i]);
	r.root = open(r.root_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r.root < 0)
		die(r.root_path, strerror(errno));
	if (gethostname(r.host, sizeof(r.host) - 1) < 0)
		strcpy(r.host, "?");
	connect_to(&r, argc - i == 2 ? argv[i + 1] : "");
	if (!r.once)
	{
		r.timer = clock_begin();
		look_at_clock(&r);
	}
	run(&r);
	PQfinish(r.conn);
	return r.failed ? 1 : 0;
}
