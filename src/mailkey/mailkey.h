/*
 * mailkey.h
 *	  Keys as mail software asks them: addresses, domains, and the rest.
 *
 * RFC 5321 and RFC 6531 for addresses, RFC 1035 and UTS #46 for domains,
 * virtual(5) and transport(5) for @domain and .domain.
 */
#ifndef MS_MAILKEY_H
#define MS_MAILKEY_H

#include "base/fault.h"
#include "base/span.h"

#define MS_LOCAL_PART_MAX 64	/* RFC 5321, 4.5.3.1.1 */
#define MS_ADDRESS_MAX 254		/* RFC 5321, 4.5.3.1.3, less the angle brackets */
#define MS_DOMAIN_MAX 253		/* RFC 1035, as text without the final dot */
#define MS_LABEL_MAX 63

/* The order is the order of keys within one domain. */
typedef enum ms_key_class
{
	MS_KEY_OTHER = 0,			/* anything else: compares by its bytes */
	MS_KEY_DOMAIN = 1,			/* example.com */
	MS_KEY_PARENT = 2,			/* .example.com, as transport(5) asks */
	MS_KEY_CATCHALL = 3,		/* @example.com */
	MS_KEY_ADDRESS = 4			/* user@example.com */
} ms_key_class;

/*
 * A parsed key.  domain is in lower-case A-labels.  local is the canonical
 * local part, unquoted; typed is the same as it was typed, unquoted, and is
 * left unset (typed_len 0) where it does not differ.  Nothing is terminated by
 * NUL.
 */
typedef struct ms_key
{
	ms_key_class class;
	size_t		domain_len;
	size_t		local_len;
	size_t		typed_len;
	char		domain[MS_DOMAIN_MAX];
	char		local[MS_LOCAL_PART_MAX];
	char		typed[MS_LOCAL_PART_MAX];
} ms_key;

/*
 * Classifies and canonicalises any text.  False means MS_KEY_OTHER, and the
 * fault says why it is not the class that its shape suggests.
 */
extern bool ms_key_parse(ms_span in, ms_key *out, ms_fault *fault);

/* The same where only one class will do; the fault says why it is not that one. */
extern bool ms_address_parse(ms_span in, ms_key *out, ms_fault *fault);
extern bool ms_domain_parse(ms_span in, ms_key *out, ms_fault *fault);
extern bool ms_alias_parse(ms_span in, ms_key *out, ms_fault *fault);

/*
 * Appends an address's local part in RFC 5321 form: as it is where it is a
 * Dot-string, else as a Quoted-string.  out holds at least 2 * local.len + 2
 * octets; returns the number written.
 */
extern size_t ms_local_part_write(ms_span local, char *out);

/*
 * Where a local part divides into base and detail (RFC 5233): the offset of
 * the first ASCII character that is one of delimiters, or local.len where
 * there is none.  As Postfix's split_addr.c: never for postmaster,
 * mailer-daemon, double-bounce, and, with "-" among delimiters, owner-x and
 * x-request, in any case, or where the base would be empty.
 */
extern size_t ms_local_part_split(ms_span local, ms_span delimiters);

/*
 * The name under which Postfix asks for a domain that was typed with U-labels:
 * it folds ß to ss and ς to σ, which are other domains in IDNA 2008.  Equal to
 * the domain itself for nearly all names.  out holds MS_DOMAIN_MAX octets.
 */
extern size_t ms_domain_postfix_key(ms_span domain, char *out);

/*
 * Where an address stands among all: a number in [0, 1), evenly spread, the
 * same for ever.  It belongs to a share of the users where it is below it, so
 * that a larger share holds all of a smaller one.  local is the canonical local
 * part, domain in A-labels.
 */
extern double ms_address_share(ms_span local, ms_span domain);

#endif							/* MS_MAILKEY_H */
