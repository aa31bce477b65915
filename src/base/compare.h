/*
 * compare.h
 *	  Order, equality and hash of a type that compares by a run of its octets.
 *
 * key says which octets of a stored value those are.  A look into an index
 * compares some twenty times, so the usual value, neither compressed nor
 * elsewhere, is compared where it lies.
 */
#ifndef MS_COMPARE_H
#define MS_COMPARE_H

#include "base/base.h"
#include "base/hash.h"

typedef ms_span (*ms_compared) (ms_span stored);

static inline ms_span
ms_compared_span(const struct varlena *v, ms_compared key)
{
	return key(ms_varlena_span(v));
}

/* A btree sorts in memory that outlives the comparison, so copies are freed. */
static inline void
ms_free_copy(struct varlena *v, Datum d)
{
	if (unlikely((Pointer) v != DatumGetPointer(d)))
		pfree(v);
}

static pg_noinline int
ms_compare_copies(Datum a, Datum b, ms_compared key)
{
	struct varlena *va = ms_detoast(a);
	struct varlena *vb = ms_detoast(b);
	int			order = ms_span_compare(ms_compared_span(va, key), ms_compared_span(vb, key));

	ms_free_copy(va, a);
	ms_free_copy(vb, b);
	return order;
}

static inline int
ms_compare(Datum a, Datum b, ms_compared key)
{
	const struct varlena *va = (const struct varlena *) DatumGetPointer(a);
	const struct varlena *vb = (const struct varlena *) DatumGetPointer(b);

	if (unlikely(ms_is_toasted(va) || ms_is_toasted(vb)))
		return ms_compare_copies(a, b, key);
	return ms_span_compare(ms_compared_span(va, key), ms_compared_span(vb, key));
}

static inline bool
ms_equal(Datum a, Datum b, ms_compared key)
{
	const struct varlena *va = (const struct varlena *) DatumGetPointer(a);
	const struct varlena *vb = (const struct varlena *) DatumGetPointer(b);

	if (unlikely(ms_is_toasted(va) || ms_is_toasted(vb)))
		return ms_compare_copies(a, b, key) == 0;
	return ms_span_equal(ms_compared_span(va, key), ms_compared_span(vb, key));
}

/* The lower half for seed 0 is the type's 32-bit hash, as the server asks. */
static inline uint64
ms_hash_of(Datum d, uint64 seed, ms_compared key)
{
	struct varlena *v = ms_detoast(d);
	uint64		hash = ms_hash(ms_compared_span(v, key), seed);

	ms_free_copy(v, d);
	return hash;
}

#endif							/* MS_COMPARE_H */
