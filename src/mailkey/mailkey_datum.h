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

/* The text form, palloc'd and terminated by NUL. */
extern char *ms_key_to_cstring(const ms_key_view *view);

/* user@domain from its two parts, local quoted where it has to be; palloc'd. */
extern char *ms_address_to_cstring(ms_span local, ms_span domain);

#endif							/* MS_MAILKEY_DATUM_H */
