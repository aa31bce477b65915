/*
 * strict_type.h
 *	  Input and output of a type whose stored bytes are its canonical text.
 *
 * Such a type differs from the next only in its parser; it compares and hashes
 * as bytea does, with the server's own functions.
 */
#ifndef MS_STRICT_TYPE_H
#define MS_STRICT_TYPE_H

#include "base/base.h"

typedef struct ms_strict_type
{
	const char *name;
	size_t		max;			/* octets of the longest canonical form */

	/*
	 * Writes the canonical form into out, which holds cap octets, or returns
	 * the fault.  The form is at most one octet longer than in.
	 */
	bool		(*parse) (ms_span in, char *out, size_t cap, size_t *out_len, ms_fault *fault);
} ms_strict_type;

/* Each is the body of the SQL function of that name, for a type. */
extern Datum ms_strict_in(FunctionCallInfo fcinfo, const ms_strict_type *type);
extern Datum ms_strict_from_text(FunctionCallInfo fcinfo, const ms_strict_type *type);
extern Datum ms_strict_recv(FunctionCallInfo fcinfo, const ms_strict_type *type);
extern Datum ms_strict_out(FunctionCallInfo fcinfo);
extern Datum ms_strict_to_text(FunctionCallInfo fcinfo);
extern Datum ms_strict_send(FunctionCallInfo fcinfo);

/* The value, or NULL where the type refuses the text. */
extern Datum ms_strict_or_null(FunctionCallInfo fcinfo, const ms_strict_type *type);

#endif							/* MS_STRICT_TYPE_H */
