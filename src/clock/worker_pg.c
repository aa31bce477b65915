/*
 * worker_pg.c
 *	  The background worker that sees the clock being set.
 *
 * It sleeps on a timer that the kernel cancels as soon as somebody sets the
 * clock: until then it costs nothing.  It is connected to no database, so that
 * none is kept from being renamed or dropped; what is to be written goes to a
 * second worker, which lives only for that.
 *
 * Neither runs before recovery has ended: on a standby there is nobody to write.
 */
#include "clock/kernel.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/procsignal.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/wait_event.h"

#include "clock/record.h"

#define WATCHER "mailstack clock"
#define WRITER "mailstack clock writer"

/* After a crash the server starts the watcher at once; else it waits so many seconds. */
#define RESTART_AFTER 10

/* Milliseconds to the next try where no worker could be started. */
#define RETRY_AFTER 60000

extern PGDLLEXPORT void ms_clock_watch(Datum main_arg);
extern PGDLLEXPORT void ms_clock_write(Datum main_arg);

static char *clock_database = NULL;
static bool watched = false;

/* The watcher's alone. */
static ms_clock_trail trail;
static bool to_be_written = false;
static BackgroundWorkerHandle *writer = NULL;

bool
ms_clock_is_watched(void)
{
	return watched && IsUnderPostmaster && !RecoveryInProgress();
}

/* ------------------------------------------------------------------- preload */

static void
describe_worker(BackgroundWorker *worker, const char *name, const char *function)
{
	memset(worker, 0, sizeof(*worker));
	worker->bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker->bgw_start_time = BgWorkerStart_RecoveryFinished;
	strlcpy(worker->bgw_name, name, BGW_MAXLEN);
	strlcpy(worker->bgw_type, name, BGW_MAXLEN);
	strlcpy(worker->bgw_library_name, "mailstack", BGW_MAXLEN);
	strlcpy(worker->bgw_function_name, function, BGW_MAXLEN);
}

void
ms_clock_preload(void)
{
	BackgroundWorker worker;

	DefineCustomStringVariable("mailstack.clock_database",
							   "The database with mailstack in which steps of the clock are recorded.",
							   "Empty: they are only logged.",
							   &clock_database, "", PGC_SIGHUP, 0, NULL, NULL, NULL);
	describe_worker(&worker, WATCHER, "ms_clock_watch");
	worker.bgw_restart_time = RESTART_AFTER;
	RegisterBackgroundWorker(&worker);
	watched = true;
}

/* -------------------------------------------------------------------- writer */

/* What the server says of a database that is not there has no hint. */
static void
hint_at_setting(void *arg pg_attribute_unused())
{
	errcontext("recording what the clock did");
	errhint("mailstack.clock_database names the database with the extension mailstack;"
			" set it and reload, or leave it empty.");
}

static void
record_trail(const ms_clock_trail *seen)
{
	bool		recorded;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	pgstat_report_activity(STATE_RUNNING, "recording what the clock did");
	recorded = ms_clock_record(seen);
	PopActiveSnapshot();
	CommitTransactionCommand();
	if (!recorded)
		ereport(LOG,
				(errmsg("what the clock does is not recorded in database \"%s\"", clock_database),
				 errdetail("The extension mailstack is not there."),
				 errhint("CREATE EXTENSION mailstack there, or set mailstack.clock_database and reload.")));
}

/* Lives for one trail; where it fails, the next one finds out what the table lacks. */
void
ms_clock_write(Datum main_arg pg_attribute_unused())
{
	ErrorContextCallback connecting = {.previous = error_context_stack, .callback = hint_at_setting};
	ms_clock_trail seen;

	memcpy(&seen, MyBgworkerEntry->bgw_extra, sizeof(seen));
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	/* Taken away before the watcher knew. */
	if (clock_database[0] == '\0')
		proc_exit(0);
	error_context_stack = &connecting;
	BackgroundWorkerInitializeConnection(clock_database, NULL, 0);
	error_context_stack = connecting.previous;
	SetConfigOption("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION);
	record_trail(&seen);
	proc_exit(0);
}

static bool
writer_is_at_work(void)
{
	pid_t		pid;

	if (writer == NULL)
		return false;
	if (GetBackgroundWorkerPid(writer, &pid) != BGWH_STOPPED)
		return true;
	pfree(writer);
	writer = NULL;
	return false;
}

static bool
start_writer(void)
{
	BackgroundWorker worker;

	StaticAssertStmt(sizeof(trail) <= BGW_EXTRALEN,
					 "a trail has to fit into what a worker is given along");
	describe_worker(&worker, WRITER, "ms_clock_write");
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	worker.bgw_notify_pid = MyProcPid;
	memcpy(worker.bgw_extra, &trail, sizeof(trail));
	return RegisterDynamicBackgroundWorker(&worker, &writer);
}

/* Hands on what there is to write, one writer at a time; returns when to try again, or -1. */
static long
hand_on(void)
{
	static bool complained = false;

	if (!to_be_written || clock_database[0] == '\0' || writer_is_at_work())
		return -1;
	if (!start_writer())
	{
		if (!complained)
			ereport(WARNING,
					(errmsg("what the clock did is not recorded yet: no background worker is free"),
					 errhint("You might need to increase max_worker_processes.")));
		complained = true;
		return RETRY_AFTER;
	}
	complained = to_be_written = false;
	ms_clock_trail_begin(&trail, &trail.readings[trail.n - 1]);
	return -1;
}

/* ------------------------------------------------------------------- watcher */

static void
log_step(int64_t step)
{
	char		size[MS_CLOCK_DURATION];
	char		effect[MS_CLOCK_SENTENCE];

	ms_clock_duration(step, size);
	ms_clock_effect_sentence(step, effect);
	ereport(ms_clock_effect_of(step) == MS_CLOCK_NOTHING ? LOG : WARNING,
			(errmsg("the clock was set %s by %s", step < 0 ? "back" : "forward", size),
			 errdetail("%s", effect),
			 step < 0 ? errhint("Let the clock be slewed instead, and start Dovecot when it is right:"
								" see doc/clock.md.") : 0));
}

static void
look(void)
{
	ms_clock_reading now = ms_clock_look();
	int64_t		step = ms_clock_trail_add(&trail, &now);

	if (step == 0)
		return;
	to_be_written = true;
	log_step(step);
}

/* The timer that the kernel cancels; does not return where it has none. */
static int
make_timer(void)
{
	int			fd = ms_clock_timer();

	if (fd < 0)
	{
		ereport(WARNING,
				(errmsg("the clock is not watched: the kernel gives no timer: %m"),
				 errhint("timerfd_create(2) may be forbidden here, as by a filter of system calls.")));
		/* Not to be started again. */
		proc_exit(0);
	}
	return fd;
}

static void
attend_to_signals(void)
{
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
	if (ShutdownRequestPending)
		proc_exit(1);
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
		to_be_written = true;
	}
}

void
ms_clock_watch(Datum main_arg pg_attribute_unused())
{
	ms_clock_reading now;
	int			timer;

	pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	MemoryContextSwitchTo(TopMemoryContext);

	/* The timer first: what comes between it and the look wakes us. */
	timer = make_timer();
	now = ms_clock_look();
	ms_clock_trail_begin(&trail, &now);
	to_be_written = true;
	for (;;)
	{
		long		timeout = hand_on();

		(void) WaitLatchOrSocket(MyLatch,
								 WL_LATCH_SET | WL_SOCKET_READABLE | WL_EXIT_ON_PM_DEATH |
								 (timeout < 0 ? 0 : WL_TIMEOUT),
								 timer, timeout, PG_WAIT_EXTENSION);
		attend_to_signals();
		/* It may have been the latch that woke us. */
		ms_clock_timer_clear(timer);
		look();
	}
}
