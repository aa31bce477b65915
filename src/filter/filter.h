/*
 * filter.h
 *	  Filters, and the Sieve script that is made of them (RFC 5228).
 *
 * The script is valid whatever strings the filters hold: they stand in quoted
 * strings, and nothing is required that would look into one for ${variables}.
 */
#ifndef MS_FILTER_H
#define MS_FILTER_H

#include <stdint.h>

#include "base/span.h"

typedef enum ms_filter_kind
{
	MS_FILE_SPAM,
	MS_DISCARD_FROM,
	MS_VACATION,
	MS_FORWARD,
	MS_FILE_FROM,
	MS_FILE_LIST,
	MS_FILTER_KINDS
} ms_filter_kind;

/* The name of a kind in the table filters; MS_FILTER_KINDS for a name that is none. */
extern const char *ms_filter_kind_name(ms_filter_kind kind);
extern ms_filter_kind ms_filter_kind_of(ms_span name);

/* The position of one that is given none. */
extern int32_t ms_filter_position(ms_filter_kind kind);

/* Whose filter it is: the order in which they run. */
typedef enum ms_filter_level
{
	MS_OF_ALL,
	MS_OF_DOMAIN,
	MS_OF_USER
} ms_filter_level;

/* YYYY-MM-DD with its NUL; empty where there is none. */
typedef char ms_filter_date[11];

/* What is not of its kind is empty. */
typedef struct ms_filter
{
	int64_t		id;
	ms_filter_kind kind;
	ms_filter_level level;
	int32_t		position;
	ms_span		folder;
	ms_span		sender;			/* an address; or a domain, then sender_is_domain */
	ms_span		sender_unicode; /* the same with U-labels, where it has A-labels: a header may have either */
	bool		sender_is_domain;
	ms_span		list_id;		/* with an @ where it is the address of the list */
	ms_span		destination;
	bool		keep;
	ms_span		subject;		/* empty: Sieve's own */
	ms_span		message;
	int32_t		days;
	ms_filter_date starts;
	ms_filter_date ends;
} ms_filter;

/* Puts them into the order in which they run. */
extern void ms_filters_sort(ms_filter *filters, size_t n);

/*
 * Writes the script of filters in their order; addresses are those of the user
 * beside his own, for vacation's :addresses.  out holds cap octets; returns how
 * many the script has, which may be more, and then was not written whole; 0 for
 * no filters.
 */
extern size_t ms_filters_compile(const ms_filter *filters, size_t n,
								 const ms_span *addresses, size_t naddresses,
								 char *out, size_t cap);

/* Why Dovecot could not make a folder of that name in a Maildir, as a sentence; NULL where it can. */
extern const char *ms_folder_fault(ms_span name);

/* Octets of its name, encoded for IMAP; a directory has a dot more. */
#define MS_FOLDER_MAX_IMAP 254

/* Redirects that Pigeonhole makes for one message: sieve_max_redirects. */
#define MS_FILTER_MAX_FORWARDS 4

/* Octets of the script of one owner's filters, so that those of all three make a script that compiles. */
#define MS_FILTER_MAX_SCRIPT 262144

#endif							/* MS_FILTER_H */
