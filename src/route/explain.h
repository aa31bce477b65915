/*
 * explain.h
 *	  What route() and route_domain() have in common.
 */
#ifndef MS_EXPLAIN_H
#define MS_EXPLAIN_H

#include "base/base.h"

/* A text for the client: where its encoding lacks a character, that is written as <U+5B57>. */
extern Datum ms_readable_text(const char *text, bool *isnull);

#endif							/* MS_EXPLAIN_H */
