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

/* The row that each open scan, or the slot of one, is at. */
typedef struct guard_scan
{
	const void *scan;
	HeapTuple	row;
	struct guard_scan *next;
} guard_scan;

static inline HeapTuple
guard_row(const void *scan, HeapTuple row)
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
	free(s->row);
	s->row = NULL;
	if (row == NULL)
		return NULL;
	s->row = malloc(HEAPTUPLESIZE + row->t_len);
	*s->row = *row;
	s->row->t_data = (HeapTupleHeader) ((char *) s->row + HEAPTUPLESIZE);
	memcpy(s->row->t_data, row->t_data, row->t_len);
	return s->row;
}

#define systable_getnext_ordered(scan, direction) guard_row((scan), systable_getnext_ordered((scan), (direction)))
#define systable_endscan_ordered(scan) (guard_row((scan), NULL), systable_endscan_ordered(scan))
#define ExecFetchSlotHeapTuple(slot, materialize, should_free) \
	guard_row((slot), ExecFetchSlotHeapTuple((slot), (materialize), (should_free)))
#define index_getnext_slot(scan, direction, slot) (guard_row((slot), NULL), index_getnext_slot((scan), (direction), (slot)))
#define table_scan_getnextslot(scan, direction, slot) \
	(guard_row((slot), NULL), table_scan_getnextslot((scan), (direction), (slot)))
#define ExecDropSingleTupleTableSlot(slot) (guard_row((slot), NULL), ExecDropSingleTupleTableSlot(slot))

#endif							/* MS_GUARD_H */
