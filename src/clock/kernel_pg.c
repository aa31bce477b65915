/*
 * kernel_pg.c
 *	  Looks at the kernel's clocks, and clock_status().
 */
#include "clock/kernel.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

static Datum
interval_of(int64_t microseconds)
{
	Interval   *interval = palloc0(sizeof(Interval));

	interval->time = microseconds;
	return IntervalPGetDatum(interval);
}

/* The columns, in the order of clock.sql. */
enum
{
	READ_AT, BOOTED_AT, SYNCHRONISED, TIME_OFFSET, ESTIMATED_ERROR, MAXIMUM_ERROR, LEAP_SECOND,
	SOURCE, WATCHED, COLUMNS
};

static void
set_text(Datum *values, bool *nulls, int column, const char *text)
{
	nulls[column] = text == NULL;
	if (text != NULL)
		values[column] = CStringGetTextDatum(text);
}

static void
set_kernel(Datum *values, bool *nulls)
{
	ms_clock_kernel kernel = ms_clock_ask_kernel();
	int			i;

	for (i = SYNCHRONISED; i <= LEAP_SECOND; i++)
		nulls[i] = !kernel.known;
	if (!kernel.known)
		return;
	values[SYNCHRONISED] = BoolGetDatum(kernel.synchronised);
	values[TIME_OFFSET] = interval_of(kernel.offset);
	values[ESTIMATED_ERROR] = interval_of(kernel.estimated_error);
	values[MAXIMUM_ERROR] = interval_of(kernel.maximum_error);
	set_text(values, nulls, LEAP_SECOND, kernel.leap_second);
}

PG_FUNCTION_INFO_V1(ms_clock_status);
Datum
ms_clock_status(PG_FUNCTION_ARGS)
{
	ms_clock_reading reading = ms_clock_look();
	char		source[MS_CLOCK_SOURCE];
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS] = {false};
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE || desc->natts != COLUMNS)
		elog(ERROR, "clock_status does not return what it says");
	values[READ_AT] = TimestampTzGetDatum(ms_clock_timestamptz(reading.seen));
	values[BOOTED_AT] = TimestampTzGetDatum(ms_clock_timestamptz(reading.booted));
	set_kernel(values, nulls);
	set_text(values, nulls, SOURCE, ms_clock_source(source) ? source : NULL);
	values[WATCHED] = BoolGetDatum(ms_clock_is_watched());
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}
