/*
 * served.h
 *	  The scripts that run for a user, as Dovecot asks for them.
 */
#ifndef MS_SERVED_H
#define MS_SERVED_H

#include "filter/filter.h"
#include "lookup/lookup.h"

/*
 * The key under which sieve_scripts and filters keep what is for everybody.  It
 * is no address and no domain.
 */
#define MS_OWNER_ALL "*"
extern struct varlena *ms_owner_all(void);

/* The key of an owner that an operator has named; raises 22023 for what is none. */
extern struct varlena *ms_owner_named(ms_span name);

/* The filters of some owners, in no order at first; their strings are palloc'd. */
typedef struct ms_filter_list
{
	ms_filter  *filters;
	int			n;
	int			room;
} ms_filter_list;

/* Adds the active ones of an owner, a mail_key. */
extern void ms_filters_read(ms_reader *reader, const void *owner, ms_filter_level level, ms_filter_list *list);

/*
 * The script of the filters, palloc'd; empty where there are none.  user is
 * whose mail it is for, NULL where it is only to be looked at.
 */
extern ms_span ms_filters_script(ms_reader *reader, ms_filter_list *list, const struct varlena *user);

/* The filters that run for an owner: those of all, of his domain, and his own. */
extern ms_span ms_filters_script_for(ms_reader *reader, const struct varlena *owner);

/* The addresses that lead to a user alone, beside his own, as a list of char * (vacation's :addresses). */
extern List *ms_addresses_of(ms_reader *reader, const struct varlena *user);

/* A script that is served. */
typedef struct ms_served
{
	char	   *id;
	Datum		script;			/* a text, which may be toasted */
} ms_served;

/*
 * The script of a name: all, domain and filters run before the personal one,
 * which is active; any other name is a script of the user's that another may
 * include.  False where there is none.
 */
extern bool ms_sieve_served(ms_span user, ms_span name, ms_served *out);

/* The same by an id that it was served under, and still has. */
extern bool ms_sieve_served_by_id(ms_span user, ms_span id, ms_served *out);

#endif							/* MS_SERVED_H */
