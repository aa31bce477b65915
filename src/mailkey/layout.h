/*
 * layout.h
 *	  mail_key as it is stored, octet by octet.
 *
 *	dlen	1 octet: length of the domain
 *	tlen	1 octet: length of typed; its highest bit is spare, and zero
 *	key		the domain, 0x00, the class as an octet, the canonical local part
 *	typed	the local part as it was typed, only where that differs
 *
 * The key alone takes part in comparison and hashing, by memcmp: domain first,
 * so that a domain and its addresses are one range of a btree, and 0x00, which
 * no domain holds, so that no name runs into a longer one.  Its length is what
 * the header and typed leave, since every probe of an index asks for it.  A
 * key of class MS_KEY_OTHER has no domain; its text stands in the place of the
 * local part.
 */
#ifndef MS_LAYOUT_H
#define MS_LAYOUT_H

#include "mailkey/mailkey.h"

#define MS_KEY_HEADER 2
#define MS_KEY_SEPARATOR 2		/* 0x00 and the class */

typedef struct ms_key_view
{
	ms_key_class class;
	ms_span		key;
	ms_span		domain;
	ms_span		local;			/* canonical */
	ms_span		typed;			/* as typed: the same bytes as local where they agree */
} ms_key_view;

/* What compares. */
static inline ms_span
ms_stored_key(ms_span stored)
{
	return ms_span_of(stored.data + MS_KEY_HEADER,
					  stored.len - MS_KEY_HEADER - (unsigned char) stored.data[1]);
}

static inline ms_key_class
ms_stored_class(ms_span stored)
{
	return (ms_key_class) stored.data[MS_KEY_HEADER + (unsigned char) stored.data[0] + 1];
}

static inline ms_key_view
ms_stored_view(ms_span stored)
{
	ms_key_view view;

	view.class = ms_stored_class(stored);
	view.key = ms_stored_key(stored);
	view.domain = ms_span_of(view.key.data, (unsigned char) stored.data[0]);
	view.local = ms_span_from(view.key, view.domain.len + MS_KEY_SEPARATOR);
	view.typed = ms_span_from(stored, MS_KEY_HEADER + view.key.len);
	if (view.typed.len == 0)
		view.typed = view.local;
	return view;
}

/* Room for the stored form of a key that was typed in len octets. */
#define MS_STORED_MAX(len) (MS_KEY_HEADER + MS_KEY_SEPARATOR + (len) + MS_LOCAL_PART_MAX)

/* Writes what stands before the domain and behind it. */
static inline void
ms_stored_frame(ms_key_class class, size_t domain_len, size_t typed_len, char *out)
{
	out[0] = (char) domain_len;
	out[1] = (char) typed_len;
	out[MS_KEY_HEADER + domain_len] = '\0';
	out[MS_KEY_HEADER + domain_len + 1] = (char) class;
}

static inline size_t
ms_stored_size(ms_span domain, ms_span local, ms_span typed)
{
	return MS_KEY_HEADER + domain.len + MS_KEY_SEPARATOR + local.len + typed.len;
}

/* typed is empty where it does not differ from local. */
static inline void
ms_stored_write(ms_key_class class, ms_span domain, ms_span local, ms_span typed, char *out)
{
	char	   *p = out + MS_KEY_HEADER;

	ms_stored_frame(class, domain.len, typed.len, out);
	memcpy(p, domain.data, domain.len);
	p += domain.len + MS_KEY_SEPARATOR;
	memcpy(p, local.data, local.len);
	memcpy(p + local.len, typed.data, typed.len);
}

/*
 * The short way to most keys.  Writes the stored form of a key that is ASCII,
 * has nothing in quotes and needs no second look, and returns its size; or
 * returns 0, which says nothing: ms_key_parse knows what it is, and why.  out
 * holds MS_STORED_MAX(in.len) octets.
 */
extern size_t ms_plain_key_write(ms_span in, char *out);

#endif							/* MS_LAYOUT_H */
