/*
 * record_spi.c
 *	  The table clock_events.
 *
 * What the table says was last is compared with what was seen first: what
 * happened while nobody watched, or could not be written at the time, is found
 * so, as long as the machine has not been started again.
 */
#include "clock/record.h"

#include "clock/kernel.h"

#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* Of several writers each sees what the one before has written. */
#define LOCK "LOCK TABLE mailstack.clock_events IN SHARE ROW EXCLUSIVE MODE"
#define LAST "SELECT booted_at, seen_at FROM mailstack.clock_events" \
	" WHERE boot_id = $1::uuid AND isfinite(booted_at) ORDER BY id DESC LIMIT 1"
#define ADD "INSERT INTO mailstack.clock_events" \
	" (seen_at, boot_id, booted_at, step, found_later, dovecot, host, synchronised, source)" \
	" VALUES ($1, $2::uuid, $3, $4 * interval '1 microsecond', $5, $6, $7, $8, $9)"
/* Whether that is what the table last had of the state of a host. */
#define KNOWN "SELECT FROM (SELECT synchronised, source FROM mailstack.clock_events" \
	" WHERE boot_id IS NOT DISTINCT FROM $1::uuid AND host = $2 ORDER BY id DESC LIMIT 1) e" \
	" WHERE synchronised IS NOT DISTINCT FROM $3 AND source IS NOT DISTINCT FROM $4"

/* Whose clock it is, and how that is kept. */
typedef struct witness
{
	const char *boot_id;		/* NULL: the kernel does not tell */
	const char *host;			/* NULL: this one, and what follows is for clock_status() to say */
	bool		known;			/* whether it is synchronised */
	bool		synchronised;
	const char *source;			/* or NULL */
} witness;

/*
 * The table; InvalidOid where the extension is not here, and somebody else may
 * have made one of that name.
 */
static Oid
find_table(void)
{
	if (!OidIsValid(get_extension_oid("mailstack", true)))
		return InvalidOid;
	return get_relname_relid("clock_events", get_namespace_oid("mailstack", false));
}

static Oid
owner_of(Oid table)
{
	Relation	relation = relation_open(table, AccessShareLock);
	Oid			owner = relation->rd_rel->relowner;

	relation_close(relation, NoLock);
	return owner;
}

static int64_t
moment(int column)
{
	bool		isnull;

	return ms_clock_since_1970(DatumGetTimestampTz(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc,
																 column, &isnull)));
}

/* Where the table says that this boot began, and when that was seen; false where it says nothing. */
static bool
read_last(const char *boot_id, ms_clock_reading *last)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {CStringGetTextDatum(boot_id)};

	SPI_execute_with_args(LAST, 1, types, values, NULL, false, 1);
	if (SPI_processed == 0)
		return false;
	memset(last, 0, sizeof(*last));
	last->booted = moment(1);
	last->seen = moment(2);
	return true;
}

static Datum
text_or_null(const char *text)
{
	return text != NULL ? CStringGetTextDatum(text) : (Datum) 0;
}

/* A step of 0 is no step: that the clock is watched from here on, or kept in another way. */
static void
add_event(const witness *of, const ms_clock_reading *reading, int64_t step, bool found_later)
{
	Oid			types[9] = {TIMESTAMPTZOID, TEXTOID, TIMESTAMPTZOID, INT8OID, BOOLOID, TEXTOID, TEXTOID, BOOLOID, TEXTOID};
	Datum		values[9] = {
		TimestampTzGetDatum(ms_clock_timestamptz(reading->seen)),
		text_or_null(of->boot_id),
		TimestampTzGetDatum(ms_clock_timestamptz(reading->booted)),
		Int64GetDatum(step),
		BoolGetDatum(found_later),
		CStringGetTextDatum(ms_clock_effect_word(ms_clock_effect_of(step))),
		text_or_null(of->host),
		BoolGetDatum(of->synchronised),
		text_or_null(of->source)
	};
	char		nulls[9] = {' ', of->boot_id != NULL ? ' ' : 'n', ' ', ' ', ' ', ' ',
	of->host != NULL ? ' ' : 'n', of->known ? ' ' : 'n', of->source != NULL ? ' ' : 'n'};

	if (step == 0)
		nulls[3] = nulls[4] = nulls[5] = 'n';
	SPI_execute_with_args(ADD, 9, types, values, nulls, false, 0);
}

/* What no step changes: how long the machine had been running. */
static int64_t
age(const ms_clock_reading *reading)
{
	return reading->seen - reading->booted;
}

/* Up to when the table's last is from, another witness of the same clock may have written it already. */
static int
first_unknown(const ms_clock_reading *last, const ms_clock_trail *trail)
{
	int			i = 0;

	while (i < trail->n && age(&trail->readings[i]) <= age(last))
		i++;
	return i;
}

static void
add_events(const witness *of, const ms_clock_trail *trail)
{
	ms_clock_reading last;
	int			i;

	/* Without the id of the boot, the table may speak of another. */
	if (of->boot_id == NULL || !read_last(of->boot_id, &last))
	{
		last = trail->readings[0];
		add_event(of, &last, 0, false);
	}
	for (i = first_unknown(&last, trail); i < trail->n; i++)
	{
		int64_t		step = ms_clock_step(&last, &trail->readings[i]);

		if (step == 0)
			continue;
		last = trail->readings[i];
		add_event(of, &last, step, i == 0);
	}
}

static bool
is_known(const witness *of)
{
	Oid			types[4] = {TEXTOID, TEXTOID, BOOLOID, TEXTOID};
	Datum		values[4] = {
		text_or_null(of->boot_id), text_or_null(of->host), BoolGetDatum(of->synchronised), text_or_null(of->source)
	};
	char		nulls[4] = {of->boot_id != NULL ? ' ' : 'n', ' ', of->known ? ' ' : 'n', of->source != NULL ? ' ' : 'n'};

	SPI_execute_with_args(KNOWN, 4, types, values, nulls, false, 1);
	return SPI_processed > 0;
}

/* ------------------------------------------------------------ mailstack-runner */

static const char *
text_argument(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

static int64_t
moment_argument(FunctionCallInfo fcinfo, int n)
{
	int64_t		since_1970 = PG_GETARG_INT64(n);

	/* Far enough from the ends for all that is computed of it. */
	if (since_1970 < -MS_CLOCK_2000 || !IS_VALID_TIMESTAMP(since_1970))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("%lld is no time of a clock", (long long) since_1970),
				 errdetail("It is told in microseconds since 1970.")));
	return since_1970;
}

/* From where the clock was when it was last told, to where it is. */
static ms_clock_trail
trail_argument(FunctionCallInfo fcinfo)
{
	ms_clock_trail trail;
	ms_clock_reading before = {.seen = moment_argument(fcinfo, 2), .booted = moment_argument(fcinfo, 3)};
	ms_clock_reading now = {.seen = moment_argument(fcinfo, 4), .booted = moment_argument(fcinfo, 5)};

	ms_clock_trail_begin(&trail, &before);
	ms_clock_trail_add(&trail, &now);
	return trail;
}

PG_FUNCTION_INFO_V1(ms_runner_clock);
Datum
ms_runner_clock(PG_FUNCTION_ARGS)
{
	witness		of = {.known = !PG_ARGISNULL(6)};
	ms_clock_trail trail;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3) || PG_ARGISNULL(4) || PG_ARGISNULL(5))
		PG_RETURN_NULL();
	of.boot_id = PG_ARGISNULL(0) ? NULL : DatumGetCString(DirectFunctionCall1(uuid_out, PG_GETARG_DATUM(0)));
	of.host = text_argument(fcinfo, 1);
	of.synchronised = of.known && PG_GETARG_BOOL(6);
	of.source = text_argument(fcinfo, 7);
	trail = trail_argument(fcinfo);
	if (age(&trail.readings[0]) <= 0)
		PG_RETURN_NULL();
	/* Not to wait, with all tasks, for somebody who has the table locked. */
	if (!ConditionalLockRelationOid(find_table(), ShareRowExclusiveLock))
		PG_RETURN_BOOL(false);
	SPI_connect();
	add_events(&of, &trail);
	if (!is_known(&of))
		add_event(&of, &trail.readings[trail.n - 1], 0, false);
	SPI_finish();
	PG_RETURN_BOOL(true);
}

/* ---------------------------------------------------------------- the worker */

/*
 * Who made a trigger of that table is the owner of it, or was allowed to by
 * him: it does not run as the superuser that a worker is.
 */
bool
ms_clock_record(const ms_clock_trail *trail)
{
	Oid			table = find_table();
	char		boot_id[MS_CLOCK_BOOT_ID];
	witness		this = {.boot_id = ms_clock_boot_id(boot_id) ? boot_id : NULL};
	Oid			user;
	int			context;

	if (!OidIsValid(table))
		return false;
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(owner_of(table),
						   context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	SPI_connect();
	SPI_execute(LOCK, false, 0);
	add_events(&this, trail);
	SPI_finish();
	SetUserIdAndSecContext(user, context);
	return true;
}
