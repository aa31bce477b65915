/*
 * owner.h
 *	  Whose a filter or a script is: a user's, a domain's, or that of all.
 */
#ifndef MS_FILTER_OWNER_H
#define MS_FILTER_OWNER_H

#include "schema/trigger.h"

/* The columns of a table that say so. */
typedef struct ms_owner_columns
{
	AttrNumber	email;
	AttrNumber	domain;
} ms_owner_columns;

/* Those of the table filters. */
extern const ms_owner_columns ms_filters_owner;

/*
 * In a BEFORE trigger: stores the address in canonical form, and its domain
 * beside it.  Raises 23503 for a user who is not there, what being the thing that
 * is to be his: "a filter"; and 42501 for what is of a domain that whoever asks
 * does not administer.
 */
extern HeapTuple ms_set_owner(const TriggerData *trigger, HeapTuple row, const ms_owner_columns *columns,
							  const char *what);

/* The owner of a row, as a key; ms_owner_all() for all. */
extern struct varlena *ms_owner_of(const TriggerData *trigger, HeapTuple row, const ms_owner_columns *columns);

/*
 * A notice where mail for an owner is delivered by virtual(8), which runs no
 * Sieve; nothing for all, and for a user who has not come in yet.
 */
extern void ms_notice_no_sieve(const struct varlena *owner, const char *what);

#endif							/* MS_FILTER_OWNER_H */
