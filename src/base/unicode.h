/*
 * unicode.h
 *	  The few questions about Unicode that mailstack asks, answered by ICU.
 *
 * All take and give UTF-8, allocate nothing that is returned, and never read
 * past a span.
 */
#ifndef MS_UNICODE_H
#define MS_UNICODE_H

#include "base/fault.h"
#include "base/span.h"

/* More UTF-16 units than any address or domain that we accept, even decomposed. */
#define MS_UNICODE_MAX 1024

/*
 * Refuses invalid UTF-8, controls, white space other than U+0020, invisible
 * (default ignorable, format, private) and unassigned code points.  Offsets in
 * the fault are relative to the span.  joiners lets U+200C and U+200D pass:
 * in a domain UTS #46 says where they may stand.
 */
extern bool ms_unicode_check(ms_span in, bool joiners, ms_fault *fault);

/*
 * Canonical caseless form, Unicode's definition D145: what Dovecot's ASCII
 * lower-casing and any normalisation of one text lead to, and Postfix's full
 * case folding, too, save where a text is not normalised and holds U+0345.
 * Returns false if the result does not fit into cap octets or the input is not
 * UTF-8.
 */
extern bool ms_unicode_canonical(ms_span in, char *out, size_t cap, size_t *out_len);

/* Full case folding alone, as Postfix applies it to a lookup key. */
extern bool ms_unicode_fold(ms_span in, char *out, size_t cap, size_t *out_len);

/* UTS #46, non-transitional: a name as A-labels in lower case. */
extern bool ms_idna_to_ascii(ms_span in, char *out, size_t cap, size_t *out_len);

/* The same name as U-labels. */
extern bool ms_idna_to_unicode(ms_span in, char *out, size_t cap, size_t *out_len);

#endif							/* MS_UNICODE_H */
