/*
 * maildir.h
 *	  Where mail lies: paths of maildirs, as virtual(8) and Dovecot read them.
 */
#ifndef MS_MAILDIR_H
#define MS_MAILDIR_H

#include "base/fault.h"
#include "base/span.h"

#define MS_MAILDIR_MAX 4096		/* PATH_MAX of Linux */
#define MS_MAILDIR_COMPONENT_MAX 255	/* NAME_MAX of the usual file systems */

/*
 * The canonical form: components joined by one slash and ended by one, which
 * is how virtual(8) knows a maildir from an mbox file.  Relative to the mail
 * root, or absolute where it begins with a slash.  At most one octet longer
 * than in.  out holds cap octets, and is not terminated by NUL.
 */
extern bool ms_maildir_parse(ms_span in, char *out, size_t cap, size_t *out_len, ms_fault *fault);

/*
 * Whether the canonical path inner is outer, or lies inside it.  The final
 * slash keeps a/b/ from containing a/bc/.
 */
extern bool ms_maildir_contains(ms_span outer, ms_span inner);

/* The directory that a canonical path lies in; empty where that is none that a maildir can be. */
extern ms_span ms_maildir_parent(ms_span path);

/*
 * Whether the canonical path might contain, or lie inside, one of exactly two
 * components.  Those two-component paths, as most are, cannot nest in one
 * another.
 */
extern bool ms_maildir_may_nest(ms_span path);

/*
 * The path of a new mailbox, "domain/local/": ASCII, safe in a shell, never
 * hidden, and different for different addresses.
 */
extern bool ms_maildir_for_address(ms_span domain, ms_span local,
								   char *out, size_t cap, size_t *len, ms_fault *fault);

#endif							/* MS_MAILDIR_H */
