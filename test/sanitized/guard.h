/*
 * guard.h
 *	  What a sanitized build puts before each file that includes the server.
 *
 * The server is not instrumented, and hands out memory in pieces of larger
 * blocks, between which the address sanitizer sees no border.  So here each
 * piece that our code asks for is one block, filled with a pattern and with
 * poison behind it; an argument is copied to where nothing lies behind it; and
 * a row of a scan is a copy that is gone as soon as the scan moves on, as the
 * row in its buffer may be.
 */
#ifndef MS_GUARD_H
#define MS_GUARD_H

#include "postgres.h"

#include <sanitizer/asan_interface.h>

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/tableam.h"
#include "fmgr.h"
#include "utils/memutils.h"

/*
 * More than the largest piece that a memory context takes from a block that
 * pieces share (ALLOC_CHUNK_LIMIT in aset.c, 8192 octets), so that nobody else
 * is ever given what we have poisoned.
 */
#define GUARD_SIZE (8192 + 8)

static inline void *
guard_alloc(MemoryContext context, Size size)
{
	char	   *p = MemoryContextAlloc(context, size + GUARD_SIZE);

	memset(p, 0x7E, size);
	__asan_poison_memory_region(p + size, GUARD_SIZE);
	return p;
}

static inline char *
guard_string(MemoryContext context, const char *s, Size len)
{
	char	   *p = guard_alloc(context, len + 1);

	memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

#define palloc(size) guard_alloc(CurrentMemoryContext, (size))
#define palloc0(size) memset(guard_alloc(CurrentMemoryContext, (size)), 0, (size))
#define MemoryContextAlloc(context, size) guard_alloc((context), (size))
#define MemoryContextStrdup(context, s) guard_string((context), (s), strlen(s))
#define pstrdup(s) guard_string(CurrentMemoryContext, (s), strlen(s))
#define pnstrdup(s, n) guard_string(CurrentMemoryContext, (s), strnlen((s), (n)))

/*
 * Arguments: each in the first octets of a slot, the rest of which is poison.
 * There are so many slots that none is used again before the call that it is
 * for has returned.  malloc would do, but costs minutes; it serves the long ones.
 */
#define GUARD_SLOTS 16384
#define GUARD_SLOT_SIZE 512

static inline void *
guard_argument(const void *data, Size size)
{
	static char *slots = NULL;
	static unsigned int next = 0;
	char	   *slot;

	if (size >= GUARD_SLOT_SIZE)
		slot = malloc(size);
	else
	{
		if (slots == NULL)
			slots = malloc(GUARD_SLOTS * GUARD_SLOT_SIZE);
		slot = slots + next++ % GUARD_SLOTS * GUARD_SLOT_SIZE;
		__asan_unpoison_memory_region(slot, size);
		__asan_poison_memory_region(slot + size, GUARD_SLOT_SIZE - size);
	}
	memcpy(slot, data, size);
	return slot;
}

static inline struct varlena *
guard_varlena(struct varlena *v)
{
	return guard_argument(v, VARSIZE_ANY(v));
}

#define MS_GETARG_DATUM(n) PointerGetDatum(guard_varlena((struct varlena *) PG_GETARG_POINTER(n)))
#undef PG_GETARG_CSTRING
#define PG_GETARG_CSTRING(n) \
	((char *) guard_argument(DatumGetCString(PG_GETARG_DATUM(n)), strlen(DatumGetCString(PG_GETARG_DATUM(n))) + 1))

/* What was read of the row that an open scan, or the slot of one, is at: the row, and columns of it. */
typedef struct guard_copy
{
	void	   *data;
	struct guard_copy *next;
} guard_copy;

typedef struct guard_scan
{
	const void *scan;
	guard_copy *copies;
	struct guard_scan *next;
} guard_scan;

static inline guard_scan *
guard_scan_of(const void *scan)
{
	static guard_scan *scans = NULL;
	guard_scan *s = scans;

	while (s != NULL && s->scan != scan)
		s = s->next;
	if (s == NULL)
	{
		s = calloc(1, sizeof(guard_scan));
		s->scan = scan;
		s->next = scans;
		scans = s;
	}
	return s;
}

static inline void *
guard_copy_of(const void *scan, const void *data, Size size)
{
	guard_scan *s = guard_scan_of(scan);
	guard_copy *copy = malloc(sizeof(guard_copy));

	copy->data = malloc(size);
	memcpy(copy->data, data, size);
	copy->next = s->copies;
	s->copies = copy;
	return copy->data;
}

static inline void
guard_move_on(const void *scan)
{
	guard_scan *s = guard_scan_of(scan);

	while (s->copies != NULL)
	{
		guard_copy *copy = s->copies;

		s->copies = copy->next;
		free(copy->data);
		free(copy);
	}
}

static inline HeapTuple
guard_row(const void *scan, HeapTuple row)
{
	HeapTuple	copy;

	if (row == NULL)
		return NULL;
	copy = guard_copy_of(scan, row, sizeof(HeapTupleData));
	copy->t_data = guard_copy_of(scan, row->t_data, row->t_len);
	return copy;
}

static inline Datum
guard_column(TupleTableSlot *slot, int column, bool *isnull)
{
	Datum		value = slot_getattr(slot, column, isnull);
	Pointer		p = DatumGetPointer(value);

	if (*isnull || TupleDescAttr(slot->tts_tupleDescriptor, column - 1)->attlen != -1)
		return value;
	return PointerGetDatum(guard_copy_of(slot, p, VARSIZE_ANY(p)));
}

#define slot_getattr(slot, column, isnull) guard_column((slot), (column), (isnull))
#define systable_getnext_ordered(scan, direction) \
	(guard_move_on(scan), guard_row((scan), systable_getnext_ordered((scan), (direction))))
#define systable_endscan_ordered(scan) (guard_move_on(scan), systable_endscan_ordered(scan))
#define ExecFetchSlotHeapTuple(slot, materialize, should_free) \
	guard_row((slot), ExecFetchSlotHeapTuple((slot), (materialize), (should_free)))
#define index_getnext_slot(scan, direction, slot) (guard_move_on(slot), index_getnext_slot((scan), (direction), (slot)))
#define table_scan_getnextslot(scan, direction, slot) \
	(guard_move_on(slot), table_scan_getnextslot((scan), (direction), (slot)))
#define ExecDropSingleTupleTableSlot(slot) (guard_move_on(slot), ExecDropSingleTupleTableSlot(slot))

#endif							/* MS_GUARD_H */
