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
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* Of several writers each sees what the one before has written. */
#define LOCK "LOCK TABLE mailstack.clock_events IN SHARE ROW EXCLUSIVE MODE"
#define LAST "SELECT booted_at FROM mailstack.clock_events" \
	" WHERE boot_id = $1::uuid AND isfinite(booted_at) ORDER BY id DESC LIMIT 1"
#define ADD "INSERT INTO mailstack.clock_events" \
	" (seen_at, boot_id, booted_at, step, found_later, dovecot)" \
	" VALUES ($1, $2::uuid, $3, $4 * interval '1 microsecond', $5, $6)"

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

/* Where the table says that this boot began; false where it says nothing. */
static bool
read_last(const char *boot_id, ms_clock_reading *last)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {CStringGetTextDatum(boot_id)};
	bool		isnull;

	SPI_execute_with_args(LAST, 1, types, values, NULL, false, 1);
	if (SPI_processed == 0)
		return false;
	memset(last, 0, sizeof(*last));
	last->booted = ms_clock_since_1970(DatumGetTimestampTz(SPI_getbinval(SPI_tuptable->vals[0],
																	 SPI_tuptable->tupdesc, 1, &isnull)));
	return true;
}

/* A step of 0 is no step: that the clock is watched from here on. */
static void
add_event(const char *boot_id, const ms_clock_reading *reading, int64_t step, bool found_later)
{
	Oid			types[6] = {TIMESTAMPTZOID, TEXTOID, TIMESTAMPTZOID, INT8OID, BOOLOID, TEXTOID};
	Datum		values[6] = {
		TimestampTzGetDatum(ms_clock_timestamptz(reading->seen)),
		boot_id != NULL ? CStringGetTextDatum(boot_id) : (Datum) 0,
		TimestampTzGetDatum(ms_clock_timestamptz(reading->booted)),
		Int64GetDatum(step),
		BoolGetDatum(found_later),
		CStringGetTextDatum(ms_clock_effect_word(ms_clock_effect_of(step)))
	};
	char		nulls[6] = {' ', boot_id != NULL ? ' ' : 'n', ' ', ' ', ' ', ' '};

	if (step == 0)
		nulls[3] = nulls[4] = nulls[5] = 'n';
	SPI_execute_with_args(ADD, 6, types, values, nulls, false, 0);
}

static void
add_events(const ms_clock_trail *trail)
{
	char		buffer[MS_CLOCK_BOOT_ID];
	const char *boot_id = ms_clock_boot_id(buffer) ? buffer : NULL;
	ms_clock_reading last;
	int			i;

	/* Without the id of the boot, the table may speak of another. */
	if (boot_id == NULL || !read_last(boot_id, &last))
	{
		last = trail->readings[0];
		add_event(boot_id, &last, 0, false);
	}
	for (i = 0; i < trail->n; i++)
	{
		int64_t		step = ms_clock_step(&last, &trail->readings[i]);

		if (step == 0)
			continue;
		last = trail->readings[i];
		add_event(boot_id, &last, step, i == 0);
	}
}

/*
 * Who made a trigger of that table is the owner of it, or was allowed to by
 * him: it does not run as the superuser that a worker is.
 */
bool
ms_clock_record(const ms_clock_trail *trail)
{
	Oid			table = find_table();
	Oid			user;
	int			context;

	if (!OidIsValid(table))
		return false;
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(owner_of(table),
						   context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	SPI_connect();
	SPI_execute(LOCK, false, 0);
	add_events(trail);
	SPI_finish();
	SetUserIdAndSecContext(user, context);
	return true;
}
