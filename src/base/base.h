/*
 * base.h
 *	  What every glue file shares: spans of datums, and faults as errors.
 */
#ifndef MS_BASE_H
#define MS_BASE_H

#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"

#include "base/compat.h"
#include "base/fault.h"
#include "base/span.h"

/* The bytes of a detoasted varlena; they live as long as the datum does. */
static inline ms_span
ms_varlena_span(const struct varlena *v)
{
	if (VARATT_IS_SHORT(v))
		return ms_span_of(VARDATA_SHORT(v), VARSIZE_SHORT(v) - VARHDRSZ_SHORT);
	return ms_span_of(VARDATA(v), VARSIZE(v) - VARHDRSZ);
}

/* Whether its bytes are compressed, or lie elsewhere. */
static inline bool
ms_is_toasted(const struct varlena *v)
{
	return VARATT_IS_COMPRESSED(v) || VARATT_IS_EXTERNAL(v);
}

/* What PG_DETOAST_DATUM_PACKED does, without a call where there is nothing to do. */
static inline struct varlena *
ms_detoast(Datum d)
{
	struct varlena *v = (struct varlena *) DatumGetPointer(d);

	return unlikely(ms_is_toasted(v)) ? pg_detoast_datum_packed(v) : v;
}

/* An argument that is a varlena; test/sanitized/guard.h puts a copy in its place. */
#ifndef MS_GETARG_DATUM
#define MS_GETARG_DATUM(n) PG_GETARG_DATUM(n)
#endif
#define MS_GETARG_VARLENA(n) ms_detoast(MS_GETARG_DATUM(n))
#define MS_GETARG_SPAN(n) ms_varlena_span(MS_GETARG_VARLENA(n))

/* What is done where the server preloads the library; in clock/worker_pg.c. */
extern void ms_clock_preload(void);

/*
 * Reports a fault as 22P02: "invalid input syntax for type TYPE", with the
 * position and the rule as DETAIL.  With a soft error context it returns, and
 * the caller returns NULL at once; otherwise it does not return.
 */
extern void ms_report_fault(struct Node *escontext, const char *type_name,
							ms_span input, const ms_fault *fault);

/*
 * The same for input that may be somebody's secret: nothing of it is in the
 * message, nor does the server's log get the statement, or the line of a COPY,
 * that it came in.
 */
extern void ms_report_secret_fault(struct Node *escontext, const char *type_name,
								   ms_span input, const ms_fault *fault);

/* The fault in words: the position and the rule. */
extern char *ms_fault_in_words(ms_span input, const ms_fault *fault);

/*
 * Reads the version octet that begins every binary representation and returns
 * the rest as a span; raises 22P03 for a version other than 1.
 */
extern ms_span ms_recv_versioned(StringInfo buf, const char *type_name);

/* The binary representation: version octet 1, then the text form. */
extern bytea *ms_send_versioned(const char *text);

#endif							/* MS_BASE_H */
