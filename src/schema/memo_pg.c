/*
 * memo_pg.c
 *	  A hash of what a trigger has found out, by a run of octets.
 */
#include "schema/memo.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "common/hashfn.h"
#include "utils/memutils.h"

/* Some MiB at most; a load of more domains than that at a time looks at some of them again. */
#define MEMO_MAX 32768

#define SH_PREFIX memo
#define SH_ELEMENT_TYPE ms_memo_entry
#define SH_KEY_TYPE ms_span
#define SH_KEY key
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) (key).data, (int) (key).len)
#define SH_EQUAL(table, a, b) ms_span_equal(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) (entry)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct ms_memo
{
	MemoryContext context;
	memo_hash  *entries;		/* in the context, as their keys are */
};

ms_memo *
ms_memo_create(MemoryContext fn_mcxt)
{
	ms_memo    *memo = MemoryContextAlloc(fn_mcxt, sizeof(ms_memo));

	memo->context = AllocSetContextCreate(fn_mcxt, "mailstack memo", ALLOCSET_START_SMALL_SIZES);
	memo->entries = memo_create(memo->context, 4, NULL);
	return memo;
}

ms_memo_entry *
ms_memo_find(const ms_memo *memo, ms_span key)
{
	return memo_lookup(memo->entries, key);
}

ms_memo_entry *
ms_memo_put(ms_memo *memo, ms_span key, CommandId as_of)
{
	ms_memo_entry *entry;
	bool		found;

	if (memo->entries->members >= MEMO_MAX)
	{
		MemoryContextReset(memo->context);
		memo->entries = memo_create(memo->context, 4, NULL);
	}
	entry = memo_insert(memo->entries, key, &found);
	if (!found)
	{
		char	   *copy = MemoryContextAlloc(memo->context, key.len);

		memcpy(copy, key.data, key.len);
		entry->key = ms_span_of(copy, key.len);
	}
	entry->as_of = as_of;
	return entry;
}

CommandId
ms_memo_now(void)
{
	CommandCounterIncrement();
	return GetCurrentCommandId(false);
}

bool
ms_memo_covers(const ms_memo_entry *entry, HeapTuple row)
{
	HeapTupleHeader header = row->t_data;

	return TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(header)) &&
		HeapTupleHeaderGetCmin(header) < entry->as_of;
}
