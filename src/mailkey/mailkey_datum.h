/*
 * mailkey_datum.h
 *	  mail_key as it is stored, and the way in and out of it.
 */
#ifndef MS_MAILKEY_DATUM_H
#define MS_MAILKEY_DATUM_H

#include "base/base.h"

#include "mailkey/mailkey.h"

/*
 * A stored mail_key is a varlena that holds
 *
 *	flags	1 octet: bits 0-2 ms_key_class, the others zero
 *	dlen	1 octet: length of the domain
 *	llen	1 octet: length of the canonical local part
 *	key		the domain, 0x00, the class as an octet, the canonical local part
 *	typed	the local part as it was typed, only where that differs
 *
 * The key alone takes part in comparison and hashing, by memcmp: domain first,
 * so that a domain and its addresses are one range of a btree, and 0x00, which
 * no domain holds, so that no name runs into a longer one.  A key of class
 * MS_KEY_OTHER has no domain; its text stands in the place of the local part,
 * to the end (llen is 0).
 */
#define MS_KEY_HEADER 3
#define MS_KEY_SEPARATOR 2		/* 0x00 and the class */

typedef struct ms_key_view
{
	ms_key_class class;
	ms_span		key;
	ms_span		domain;
	ms_span		local;			/* canonical */
	ms_span		typed;			/* as typed: the same bytes as local where they agree */
} ms_key_view;

static inline ms_key_view
ms_key_view_of(const struct varlena *v)
{
	ms_span		s = ms_varlena_span(v);
	size_t		dlen = (unsigned char) s.data[1];
	size_t		llen = (unsigned char) s.data[2];
	ms_key_view view;
	size_t		key_len;

	view.class = (ms_key_class) (s.data[0] & 0x07);
	if (view.class == MS_KEY_OTHER)
		llen = s.len - MS_KEY_HEADER - MS_KEY_SEPARATOR;
	key_len = dlen + MS_KEY_SEPARATOR + llen;
	view.key = ms_span_of(s.data + MS_KEY_HEADER, key_len);
	view.domain = ms_span_of(view.key.data, dlen);
	view.local = ms_span_of(view.key.data + dlen + MS_KEY_SEPARATOR, llen);
	view.typed = ms_span_from(s, MS_KEY_HEADER + key_len);
	if (view.typed.len == 0)
		view.typed = view.local;
	return view;
}

#define MS_GETARG_KEY(n) ms_key_view_of(PG_GETARG_VARLENA_PP(n))

/* A new datum of the parsed key; canonical leaves the spelling as typed out. */
extern struct varlena *ms_key_form(const ms_key *key, bool canonical);

/* A new datum for any text: what mail_key's input function makes of it. */
extern struct varlena *ms_key_from_text(ms_span text);

/* A new datum of the class, with the domain and local part of a view or of another key. */
extern struct varlena *ms_key_build(ms_key_class class, ms_span domain, ms_span local);

/* The text form, palloc'd and terminated by NUL. */
extern char *ms_key_to_cstring(const ms_key_view *view);

/* user@domain from its two parts, local quoted where it has to be; palloc'd. */
extern char *ms_address_to_cstring(ms_span local, ms_span domain);

#endif							/* MS_MAILKEY_DATUM_H */
