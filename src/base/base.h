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
	return ms_span_of(VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v));
}

#define MS_GETARG_SPAN(n) ms_varlena_span(PG_GETARG_VARLENA_PP(n))

/*
 * Reports a fault as 22P02: "invalid input syntax for type TYPE", with the
 * position and the rule as DETAIL.  With a soft error context it returns, and
 * the caller returns NULL at once; otherwise it does not return.
 */
extern void ms_report_fault(struct Node *escontext, const char *type_name,
							ms_span input, const ms_fault *fault);

/*
 * Reads the version octet that begins every binary representation and returns
 * the rest as a span; raises 22P03 for a version other than 1.
 */
extern ms_span ms_recv_versioned(StringInfo buf, const char *type_name);

/* The binary representation: version octet 1, then the text form. */
extern bytea *ms_send_versioned(const char *text);

#endif							/* MS_BASE_H */
