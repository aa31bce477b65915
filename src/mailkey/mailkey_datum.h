/*
 * mailkey_datum.h
 *	  mail_key as a datum: a varlena that holds the octets of layout.h.
 */
#ifndef MS_MAILKEY_DATUM_H
#define MS_MAILKEY_DATUM_H

#include "base/base.h"

#include "mailkey/layout.h"
#include "mailkey/mailkey.h"

static inline ms_key_view
ms_key_view_of(const struct varlena *v)
{
	return ms_stored_view(ms_varlena_span(v));
}

#define MS_GETARG_KEY(n) ms_key_view_of(MS_GETARG_VARLENA(n))
#define MS_GETARG_CLASS(n) ms_stored_class(MS_GETARG_SPAN(n))

/* A new datum for any text: what mail_key's input function makes of it. */
extern struct varlena *ms_key_from_text(ms_span text);

/* A new datum of the class, with the domain and local part of a view or of another key. */
extern struct varlena *ms_key_build(ms_key_class class, ms_span domain, ms_span local);

/* The key of a domain itself. */
static inline struct varlena *
ms_key_build_domain(ms_span domain)
{
	return ms_key_build(MS_KEY_DOMAIN, domain, MS_NO_SPAN);
}

/* What comes after every address in the domain whose local part begins so, and before every other; not an address itself. */
extern struct varlena *ms_key_build_last(ms_span domain, ms_span local);

/* The text form, palloc'd and terminated by NUL. */
extern char *ms_key_to_cstring(const ms_key_view *view);

/* user@domain from its two parts, local quoted where it has to be; palloc'd. */
extern char *ms_address_to_cstring(ms_span local, ms_span domain);

/* The detail of a sub-address with its delimiter, as typed where it can be told; empty where there is none. */
extern ms_span ms_key_detail(const ms_key_view *view, ms_span delimiters);

/*
 * What becomes of a key when an address, or a domain, is given a new name: that
 * of the address takes the detail along, that of the domain the local part,
 * each as typed.  NULL for a key that is none of theirs.  Like any text, the
 * result is of class MS_KEY_OTHER where it is too long.
 */
extern struct varlena *ms_key_renamed(const ms_key_view *key, const ms_key_view *old,
									  const ms_key_view *new, ms_span delimiters);

#endif							/* MS_MAILKEY_DATUM_H */
