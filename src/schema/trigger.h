/*
 * trigger.h
 *	  What every trigger function of ours begins with, and columns by name.
 */
#ifndef MS_TRIGGER_H
#define MS_TRIGGER_H

#include "base/base.h"

#include "commands/trigger.h"

#include "mailkey/mailkey_datum.h"

/* When a trigger function may be called. */
typedef enum ms_trigger_timing
{
	MS_BEFORE_ROW,				/* BEFORE INSERT OR UPDATE ... FOR EACH ROW */
	MS_AFTER_ROW				/* AFTER ... FOR EACH ROW */
} ms_trigger_timing;

/*
 * The trigger data, after the calling contract has been checked in a fixed
 * order: called as a trigger, for each row, at that time, with at least
 * min_args column names.  Raises 39P01 otherwise.
 */
extern TriggerData *ms_trigger_data(FunctionCallInfo fcinfo, const char *function,
									ms_trigger_timing timing, int min_args);

/*
 * The same for a function that only our own tables may use, because it knows
 * their columns by number or changes what others may not.  table is the one it
 * is made for, or NULL for any of ours.  A statement trigger asks only for
 * that.
 */
extern TriggerData *ms_own_trigger_data(FunctionCallInfo fcinfo, const char *function,
										ms_trigger_timing timing, const char *table);
extern TriggerData *ms_own_statement_trigger(FunctionCallInfo fcinfo, const char *function);

/* The row that the event is about: the new one, or on DELETE the old one. */
extern HeapTuple ms_trigger_row(const TriggerData *trigger);

/*
 * Whether that row is still there as it was: a deferred trigger is also called
 * for what the transaction has changed again since, with the same or another
 * statement.
 */
extern bool ms_trigger_row_is_current(const TriggerData *trigger);

/* A column of the trigger's table by name; raises 42703 where there is none. */
extern AttrNumber ms_trigger_column(const TriggerData *trigger, const char *name);

/*
 * A column of a row; the result is detoasted where it is a varlena.  All but
 * the first are for columns that are not NULL, except that a span is empty
 * then.
 */
extern Datum ms_row_get(const TriggerData *trigger, HeapTuple row, AttrNumber column, bool *isnull);
extern int32 ms_row_int32(const TriggerData *trigger, HeapTuple row, AttrNumber column);
extern bool ms_row_is_null(const TriggerData *trigger, HeapTuple row, AttrNumber column);
extern ms_span ms_row_span(const TriggerData *trigger, HeapTuple row, AttrNumber column);
extern ms_key_view ms_row_key(const TriggerData *trigger, HeapTuple row, AttrNumber column);

/* A copy of the row with one column replaced; with one that is NULL. */
extern HeapTuple ms_row_set(const TriggerData *trigger, HeapTuple row, AttrNumber column, Datum value);
extern HeapTuple ms_row_clear(const TriggerData *trigger, HeapTuple row, AttrNumber column);

/*
 * The same with a value that was made as text: stored as the column's own
 * type, so that a person's own table may use text where ours use our types.
 */
extern HeapTuple ms_row_set_text(const TriggerData *trigger, HeapTuple row, AttrNumber column,
								 const char *value);

/* A column's value in its text form, palloc'd; NULL for NULL. */
extern char *ms_row_text(const TriggerData *trigger, HeapTuple row, AttrNumber column);

/* Whether a column is of type text or varchar; whether it is of one of our types, domains included. */
extern bool ms_column_is_text(const TriggerData *trigger, AttrNumber column);
extern bool ms_column_is(const TriggerData *trigger, AttrNumber column, const char *type_name);

/*
 * Whether a message may name another row of the table: whoever asks could
 * SELECT it, and every row.
 */
extern bool ms_may_name_rows(Oid relation);

/*
 * Steps shared by the public trigger functions and the triggers of our own
 * tables.  Each returns the row, changed or not.
 *
 * canonicalize: stores an address, @domain or domain in its canonical form; in
 * a text column it refuses (22P02) what is no address.
 * canonicalize_key: the same for a column that is one of our types, and not NULL.
 * fill_maildir: stores domain/local/ of the address where the maildir is NULL;
 * in a text column it stores a given path in canonical form, or refuses it.
 */
extern HeapTuple ms_canonicalize_column(const TriggerData *trigger, HeapTuple row, AttrNumber column);
extern HeapTuple ms_canonicalize_key(const TriggerData *trigger, HeapTuple row, AttrNumber column);
extern HeapTuple ms_fill_maildir(const TriggerData *trigger, HeapTuple row,
								 AttrNumber maildir, AttrNumber email);

/* The maildir_path of a new mailbox: domain/local/ of its address. */
extern Datum ms_maildir_of_key(const ms_key_view *address);

/*
 * mail_subdirectory of settings and users: empty, or a relative path, stored in
 * canonical form.  In config_spi.c.
 */
extern HeapTuple ms_canonicalize_subdirectory(const TriggerData *trigger, HeapTuple row,
											  AttrNumber column);

#endif							/* MS_TRIGGER_H */
