/*
 * memo.h
 *	  What a row trigger has found out for the rows of one statement.
 *
 * A bulk load asks the same of one row after another: does the domain take
 * mailboxes, which uid does its service run as.  A trigger remembers a good
 * answer in its FmgrInfo, which lives as long as the statement's state does (or
 * one round of deferred triggers), so that neither the end of a transaction nor
 * a savepoint that is rolled back leaves anything stale behind.
 *
 * An answer of an AFTER trigger serves a row that was in the table when it was
 * found: whatever changes after that, in this transaction or in another, finds
 * the row, and is checked against it.  ms_memo_covers() says so.
 */
#ifndef MS_MEMO_H
#define MS_MEMO_H

#include "base/base.h"

#include "access/htup.h"

typedef struct ms_memo ms_memo;

typedef struct ms_memo_entry
{
	ms_span		key;
	uint32		hash;
	char		status;			/* simplehash's own */
	CommandId	as_of;
	int32		uid;			/* what these say is the trigger's business */
	int32		gid;
	bool		flag;
} ms_memo_entry;

/* An empty memo in fn_mcxt, of bounded size: where it is full it begins anew. */
extern ms_memo *ms_memo_create(MemoryContext fn_mcxt);

/* What is known under the key, or NULL. */
extern ms_memo_entry *ms_memo_find(const ms_memo *memo, ms_span key);

/* The entry of the key, made where there is none. */
extern ms_memo_entry *ms_memo_put(ms_memo *memo, ms_span key, CommandId as_of);

/*
 * The command as of which an AFTER trigger looks: every row written before now
 * belongs to an earlier one.  Due before the look.
 */
extern CommandId ms_memo_now(void);

/* Whether the row was in the table when the entry was found out. */
extern bool ms_memo_covers(const ms_memo_entry *entry, HeapTuple row);

#endif							/* MS_MEMO_H */
