/*
 * way.h
 *	  The way of mail for an address, told step by step: what the resolver and
 *	  Postfix do with it, and why.
 */
#ifndef MS_WAY_H
#define MS_WAY_H

#include "lookup/resolve.h"
#include "route/reply.h"

/* Adding to these, add to the names in explain_spi.c. */
typedef enum ms_way_kind
{
	MS_WAY_NO_ADDRESS,
	MS_WAY_ADDRESS,				/* how the question was read */
	MS_WAY_ALIAS,				/* where the address was found among the aliases */
	MS_WAY_LEFT_OUT,			/* a destination that gets nothing */

	/* Where mail ends, one of these for each copy. */
	MS_WAY_MAILBOX,
	MS_WAY_RELAYED,
	MS_WAY_FOREIGN,
	MS_WAY_WAITS,				/* in the queue, by retry */
	MS_WAY_DISCARDED,
	MS_WAY_BOUNCES,

	/* Where following it ends. */
	MS_WAY_LOOP,
	MS_WAY_LIMIT,

	/* What the sender is told, last. */
	MS_WAY_ACCEPTED,
	MS_WAY_DEFERRED,
	MS_WAY_REFUSED
} ms_way_kind;

static inline bool
ms_way_ends(ms_way_kind kind)
{
	return kind >= MS_WAY_MAILBOX && kind <= MS_WAY_BOUNCES;
}

/* Strings end in NUL; those that do not apply are NULL. */
typedef struct ms_way_step
{
	ms_way_kind kind;
	int			depth;			/* how many aliases lead here */
	char	   *address;
	char	   *detail;			/* with its delimiter */
	char	   *alias;			/* the key in aliases that was found */
	char	   *transport;		/* what transport_maps answers */
	char	   *home;			/* of a mailbox, with uid, gid and mail */
	int32		uid;
	int32		gid;
	char	   *mail;
	char	   *reply;
	char	   *reason;
	char	   *domain;			/* whose rows say so: by a mirror it is not that of the address */
} ms_way_step;

typedef void (*ms_way_function) (const ms_way_step *step, void *arg);

/*
 * Tells the way of mail for an address, which may be any text, ending with what
 * the sender is told; no more of that is told where the text is no address.
 * question holds an open reader, and is used for the questions on the way.
 */
extern ms_verdict ms_way_of_address(ms_question *question, ms_span text, ms_way_function function, void *arg);

/* The same for whatever a catch-all takes, without what the sender is told. */
extern ms_verdict ms_way_of_catchall(ms_question *question, const ms_hosted *hosted,
									 ms_way_function function, void *arg);

/* Why an address is refused, in words; domain is what it is in. */
extern char *ms_refusal_in_words(ms_refusal refusal, ms_span domain);

/* The same, with the reason that is given for a domain, or the user of a local part, that is suspended. */
extern char *ms_suspension_in_words(ms_reader *reader, ms_refusal refusal, const ms_hosted *hosted, ms_span local);

#endif							/* MS_WAY_H */
