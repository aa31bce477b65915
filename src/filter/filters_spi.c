/*
 * filters_spi.c
 *	  The table filters: what one row says by itself.
 *
 * The CHECKs of the table say the same; here it is said in words.
 */
#include "filter/owner.h"

#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "filter/served.h"
#include "schema/tables.h"

/* As in 1_tables.sql */
#define LINE_MAX_OCTETS 200
#define MESSAGE_MAX_OCTETS 16384
#define DAYS_MAX 60

const ms_owner_columns ms_filters_owner = {MS_FILTERS_EMAIL, MS_FILTERS_DOMAIN};

/* What a kind has, in the columns that not every kind has. */
static const struct
{
	AttrNumber	column;
	const char *name;
	unsigned	has;			/* bits of kinds */
	unsigned	needs;
}			columns[] = {
#define KIND(kind) (1u << (kind))
#define FILES (KIND(MS_FILE_SPAM) | KIND(MS_FILE_FROM) | KIND(MS_FILE_LIST))
	{MS_FILTERS_FOLDER, "folder", FILES, FILES},
	{MS_FILTERS_SENDER, "sender", KIND(MS_FILE_FROM) | KIND(MS_DISCARD_FROM), KIND(MS_FILE_FROM) | KIND(MS_DISCARD_FROM)},
	{MS_FILTERS_LIST_ID, "list_id", KIND(MS_FILE_LIST), KIND(MS_FILE_LIST)},
	{MS_FILTERS_DESTINATION, "destination", KIND(MS_FORWARD), KIND(MS_FORWARD)},
	{MS_FILTERS_KEEP, "keep", KIND(MS_FORWARD), KIND(MS_FORWARD)},
	{MS_FILTERS_SUBJECT, "subject", KIND(MS_VACATION), 0},
	{MS_FILTERS_MESSAGE, "message", KIND(MS_VACATION), KIND(MS_VACATION)},
	{MS_FILTERS_DAYS, "days", KIND(MS_VACATION), KIND(MS_VACATION)},
	{MS_FILTERS_STARTS, "starts", KIND(MS_VACATION), 0},
	{MS_FILTERS_ENDS, "ends", KIND(MS_VACATION), 0},
};

static void
refuse(const TriggerData *trigger, const char *message, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("%s", message),
			 detail != NULL ? errdetail("%s", detail) : 0,
			 hint != NULL ? errhint("%s", hint) : 0,
			 errtable(trigger->tg_relation)));
}

static ms_filter_kind
kind_of(const TriggerData *trigger, HeapTuple row)
{
	ms_span		name = ms_row_span(trigger, row, MS_FILTERS_KIND);
	ms_filter_kind kind = ms_filter_kind_of(name);

	if (kind == MS_FILTER_KINDS)
		refuse(trigger, psprintf("there is no kind of filter \"%.*s\"", (int) name.len, name.data), NULL,
			   "There are file_spam, file_from, file_list, forward, discard_from and vacation.");
	return kind;
}

/* ------------------------------------------------------------ what is left out */

static HeapTuple
fill(const TriggerData *trigger, HeapTuple row, AttrNumber column, Datum value)
{
	return ms_row_is_null(trigger, row, column) ? ms_row_set(trigger, row, column, value) : row;
}

static HeapTuple
fill_what_is_left_out(const TriggerData *trigger, HeapTuple row, ms_filter_kind kind)
{
	row = fill(trigger, row, MS_FILTERS_POSITION, Int32GetDatum(ms_filter_position(kind)));
	if (kind == MS_FILE_SPAM)
		row = fill(trigger, row, MS_FILTERS_FOLDER, CStringGetTextDatum("Spam"));
	if (kind == MS_FORWARD)
		row = fill(trigger, row, MS_FILTERS_KEEP, BoolGetDatum(true));
	if (kind == MS_VACATION)
		row = fill(trigger, row, MS_FILTERS_DAYS, Int32GetDatum(1));
	return row;
}

/* List-Id has it in angle brackets, from where it is copied. */
static HeapTuple
strip_list_id(const TriggerData *trigger, HeapTuple row)
{
	ms_span		id = ms_row_span(trigger, row, MS_FILTERS_LIST_ID);

	if (id.len <= 2 || id.data[0] != '<' || id.data[id.len - 1] != '>')
		return row;
	return ms_row_set(trigger, row, MS_FILTERS_LIST_ID,
					  PointerGetDatum(cstring_to_text_with_len(id.data + 1, (int) id.len - 2)));
}

/* -------------------------------------------------------------------- checks */

static void
check_columns(const TriggerData *trigger, HeapTuple row, ms_filter_kind kind)
{
	const char *name = ms_filter_kind_name(kind);
	size_t		i;

	for (i = 0; i < lengthof(columns); i++)
	{
		bool		given = !ms_row_is_null(trigger, row, columns[i].column);

		if (given && (columns[i].has & KIND(kind)) == 0)
			refuse(trigger, psprintf("a filter of kind %s has no %s", name, columns[i].name), NULL, NULL);
		if (!given && (columns[i].needs & KIND(kind)) != 0)
			refuse(trigger, psprintf("a filter of kind %s needs a %s", name, columns[i].name), NULL, NULL);
	}
}

static void
check_owner(const TriggerData *trigger, HeapTuple row, ms_filter_kind kind)
{
	if (!ms_row_is_null(trigger, row, MS_FILTERS_EMAIL))
		return;
	if (kind == MS_FORWARD)
		refuse(trigger, "only a user's mail can be forwarded", "Mail of a whole domain would come back to it, or to its own archive.",
			   "For copies of all mail of a domain there is mailstack.recipient_bcc, for its delivery elsewhere mailstack.aliases.");
	if (kind == MS_VACATION)
		refuse(trigger, "only a user can be on vacation", "An answer is given for a user's own addresses.",
			   "Give one to each: SELECT mailstack.vacation(email::text, ...) FROM mailstack.users WHERE domain = ...");
}

/* A line, with its blanks or without. */
static void
check_line(const TriggerData *trigger, HeapTuple row, AttrNumber column, const char *what, const char *forbidden)
{
	ms_span		line = ms_row_span(trigger, row, column);
	bool		ok = line.len > 0 && line.len <= LINE_MAX_OCTETS;
	size_t		i;

	if (ms_row_is_null(trigger, row, column))
		return;
	for (i = 0; i < line.len; i++)
		ok = ok && (unsigned char) line.data[i] >= ' ' && line.data[i] != 0x7f && strchr(forbidden, line.data[i]) == NULL;
	if (!ok)
		refuse(trigger, psprintf("\"%.*s\" is no %s", (int) line.len, line.data, what),
			   psprintf("It has 1 to %d octets, and no control character%s.", LINE_MAX_OCTETS,
						*forbidden != '\0' ? ", blank or angle bracket" : ""), NULL);
}

/* Pigeonhole would put the mail into INBOX, and tell only the log why. */
static void
check_folder(const TriggerData *trigger, HeapTuple row)
{
	ms_span		folder = ms_row_span(trigger, row, MS_FILTERS_FOLDER);
	const char *fault;

	check_line(trigger, row, MS_FILTERS_FOLDER, "folder", "");
	fault = ms_folder_fault(folder);
	if (fault != NULL)
		refuse(trigger, psprintf("\"%.*s\" is no folder", (int) folder.len, folder.data), fault, NULL);
}

static void
check_vacation(const TriggerData *trigger, HeapTuple row)
{
	ms_span		message = ms_row_span(trigger, row, MS_FILTERS_MESSAGE);
	int32		days = ms_row_int32(trigger, row, MS_FILTERS_DAYS);
	bool		isnull;

	if (message.len == 0 || message.len > MESSAGE_MAX_OCTETS)
		refuse(trigger, psprintf("the message has %zu octets", message.len),
			   psprintf("A vacation message has 1 to %d.", MESSAGE_MAX_OCTETS), NULL);
	if (days < 1 || days > DAYS_MAX)
		refuse(trigger, psprintf("a vacation message cannot be repeated after %d days", days),
			   psprintf("Pigeonhole takes 1 to %d (sieve_vacation_min_period, sieve_vacation_max_period).", DAYS_MAX),
			   "days is for how long the same sender gets no other answer; the vacation itself has starts and ends.");
	if (!ms_row_is_null(trigger, row, MS_FILTERS_STARTS) && !ms_row_is_null(trigger, row, MS_FILTERS_ENDS) &&
		DatumGetInt32(ms_row_get(trigger, row, MS_FILTERS_STARTS, &isnull)) >
		DatumGetInt32(ms_row_get(trigger, row, MS_FILTERS_ENDS, &isnull)))
		refuse(trigger, psprintf("the vacation would end on %s, before it starts on %s",
								 ms_row_text(trigger, row, MS_FILTERS_ENDS), ms_row_text(trigger, row, MS_FILTERS_STARTS)),
			   "ends is its last day.", NULL);
}

/* Whether both rows have the same in a column, be it nothing. */
static bool
same(const TriggerData *trigger, HeapTuple row, const ms_scan *other, AttrNumber column)
{
	ms_span		value;
	bool		filled = ms_scan_span_or_null(other, column, &value);

	if (ms_row_is_null(trigger, row, column) || !filled)
		return ms_row_is_null(trigger, row, column) && !filled;
	return ms_span_equal(ms_row_span(trigger, row, column), value);
}

/* What the unique index says, with the way out. */
static void
check_once(const TriggerData *trigger, HeapTuple row)
{
	ms_reader	reader;
	const ms_scan *other;

	ms_reader_begin(&reader, RegisterSnapshot(ms_rule_snapshot()));
	for (other = ms_read(&reader, MS_FILTERS, ms_owner_of(trigger, row, &ms_filters_owner)); other != NULL;
		 other = ms_read_next(&reader, MS_FILTERS))
	{
		if (same(trigger, row, other, MS_FILTERS_KIND) && same(trigger, row, other, MS_FILTERS_SENDER) &&
			same(trigger, row, other, MS_FILTERS_LIST_ID) && same(trigger, row, other, MS_FILTERS_DESTINATION))
			ereport(ERROR,
					(errcode(ERRCODE_UNIQUE_VIOLATION),
					 errmsg("there is such a filter already: " INT64_FORMAT, ms_scan_int64(other, MS_FILTERS_ID, 0)),
					 errdetail("It is for the same mail; another would find none left."),
					 errhint("UPDATE mailstack.filters SET ... WHERE id = " INT64_FORMAT,
							 ms_scan_int64(other, MS_FILTERS_ID, 0)),
					 errtable(trigger->tg_relation)));
	}
	ms_reader_end(&reader);
	UnregisterSnapshot(reader.snapshot);
}

PG_FUNCTION_INFO_V1(ms_filters_before);
Datum
ms_filters_before(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "filters_before", MS_BEFORE_ROW, "filters");
	HeapTuple	row = ms_trigger_row(trigger);
	ms_filter_kind kind;

	/* The server's own message for a NULL there is clear enough. */
	if (ms_row_is_null(trigger, row, MS_FILTERS_KIND))
		return PointerGetDatum(row);
	kind = kind_of(trigger, row);
	row = ms_set_owner(trigger, row, &ms_filters_owner, "a filter");
	row = fill_what_is_left_out(trigger, row, kind);
	check_columns(trigger, row, kind);
	check_owner(trigger, row, kind);
	check_folder(trigger, row);
	check_line(trigger, row, MS_FILTERS_SUBJECT, "subject", "");
	if (kind == MS_FILE_LIST)
		row = strip_list_id(trigger, row);
	check_line(trigger, row, MS_FILTERS_LIST_ID, "list_id", " <>");
	if (!ms_row_is_null(trigger, row, MS_FILTERS_SENDER))
		row = ms_canonicalize_key(trigger, row, MS_FILTERS_SENDER);
	if (kind == MS_VACATION)
		check_vacation(trigger, row);
	else if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		check_once(trigger, row);
	return PointerGetDatum(row);
}
