/*
 * kernel_pg.c
 *	  Looks at the kernel's clocks, and clock_status().
 */
#include "clock/kernel.h"

#include <ctype.h>
#include <fcntl.h>
#include <unistd.h>

#include "funcapi.h"
#include "storage/fd.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* The beginning of a small file of the kernel's; empty where it cannot be read. */
static ms_span
read_small_file(const char *path, char *buffer, size_t size)
{
	int			fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t		len;

	if (fd < 0)
		return ms_span_of(buffer, 0);
	len = read(fd, buffer, size);
	close(fd);
	return ms_span_of(buffer, len > 0 ? (size_t) len : 0);
}

/* -------------------------------------------------------------- clock_status */

/*
 * The programs that set the clock and can be seen, one after the other; NULL
 * where there is none.  Whoever is root elsewhere (outside of a container, or
 * with hidepid) is not seen.
 */
static char *
programs_seen(void)
{
	bool		seen[MS_CLOCK_PROGRAMS] = {false};
	DIR		   *proc = AllocateDir("/proc");
	struct dirent *process;
	StringInfoData names;
	int			i;

	while (proc != NULL && (process = ReadDirExtended(proc, "/proc", DEBUG1)) != NULL)
	{
		char		path[sizeof("/proc//comm") + NAMEDATALEN];
		char		comm[NAMEDATALEN];

		if (!isdigit((unsigned char) process->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%.*s/comm", NAMEDATALEN, process->d_name);
		i = ms_clock_program(read_small_file(path, comm, sizeof(comm)));
		if (i >= 0)
			seen[i] = true;
	}
	if (proc != NULL)
		FreeDir(proc);
	initStringInfo(&names);
	for (i = 0; i < MS_CLOCK_PROGRAMS; i++)
	{
		if (seen[i])
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", ms_clock_program_name(i));
	}
	return names.len > 0 ? names.data : NULL;
}

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
	struct timex timex = {.modes = 0};
	ms_clock_kernel kernel = ms_clock_kernel_of(adjtimex(&timex), &timex);
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
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS] = {false};
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE || desc->natts != COLUMNS)
		elog(ERROR, "clock_status does not return what it says");
	values[READ_AT] = TimestampTzGetDatum(ms_clock_timestamptz(reading.seen));
	values[BOOTED_AT] = TimestampTzGetDatum(ms_clock_timestamptz(reading.booted));
	set_kernel(values, nulls);
	set_text(values, nulls, SOURCE, programs_seen());
	values[WATCHED] = BoolGetDatum(ms_clock_is_watched());
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}
