/*
 * lookup.h
 *	  What the questions of Postfix and Dovecot have in common.
 *
 * The law of lookups: text in, never an error for any text; no row for "no";
 * at most one row; no write; only EXECUTE is needed.  So everything here reads
 * by direct index scans under the statement's own snapshot.
 */
#ifndef MS_LOOKUP_H
#define MS_LOOKUP_H

#include "base/base.h"

#include "lib/stringinfo.h"

#include "mailkey/mailkey_datum.h"
#include "schema/tables.h"

typedef enum ms_class
{
	MS_VIRTUAL_MAILBOX,
	MS_VIRTUAL_ALIAS,
	MS_RELAY
} ms_class;

/* A domain as it is hosted here. */
typedef struct ms_hosted
{
	ms_class	class;
	bool		active;
	struct varlena *domain;		/* the key that is stored, whatever spelling was asked */
	struct varlena *mirrored;	/* alias_of, or NULL */
	char	   *transport;		/* NULL for virtual_alias */
} ms_hosted;

/*
 * Whether a domain of that name is hosted here, active or not; the name is a
 * canonical domain as it was asked, which may be Postfix's folding of the one
 * that is stored.
 */
extern bool ms_find_hosted(ms_span domain, ms_hosted *out);

/* The name of a hosted domain as it is stored. */
static inline ms_span
ms_hosted_name(const ms_hosted *hosted)
{
	return ms_key_view_of(hosted->domain).domain;
}

/*
 * The question as an address or domain in an active hosted domain: what every
 * lookup begins with.  False: the answer is "no".
 */
typedef struct ms_question
{
	ms_key		key;
	ms_hosted	hosted;
	size_t		split;			/* of key.local: where the detail begins, or its length */
} ms_question;

extern bool ms_ask(ms_span text, ms_key_class class, ms_question *question);

/*
 * The row of the user that the address belongs to: the mailbox of that name,
 * or the one that it is a sub-address of.  ms_scan_end is due in any case.
 */
extern bool ms_find_user(const ms_question *question, ms_scan *scan);

/*
 * Where mail for an address goes (resolve_spi.c): appends the destinations to
 * out, joined by ", ".  False: nowhere, because there is no such address or
 * because it is to be refused.
 */
extern bool ms_resolve_alias(const ms_question *question, StringInfo out);

/* The new address of one that has moved. */
extern bool ms_resolve_relocated(const ms_question *question, StringInfo out);

/* The users that may send as an address: their login names, joined by ", ". */
extern bool ms_resolve_sender(const ms_question *question, StringInfo out);

/*
 * Whether a result can be sent in the client's encoding.  What cannot is no
 * row at all, since the server would raise while it sends it.
 */
extern bool ms_client_can_read(const char *text, size_t len);

#endif							/* MS_LOOKUP_H */
