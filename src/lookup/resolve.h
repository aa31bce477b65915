/*
 * resolve.h
 *	  Where mail for an address goes: the one step that every lookup, every
 *	  rule about aliases and every explanation takes.
 */
#ifndef MS_RESOLVE_H
#define MS_RESOLVE_H

#include "lookup/lookup.h"

#include "nodes/pg_list.h"

/* Why mail is not taken, or not now. Adding to these, add to the words of way_spi.c and explain_log_spi.c. */
typedef enum ms_refusal
{
	MS_NOT_REFUSED,
	MS_NO_SUCH_ADDRESS,
	MS_DOMAIN_INACTIVE,
	MS_DOMAIN_REFUSES,			/* domains.receive */
	MS_USER_INACTIVE,
	MS_USER_REFUSES,			/* users.receive */
	MS_TRANSPORT_ERROR,			/* delivered by error(8) */
	MS_MOVED,					/* relocated(5) */
	MS_NO_DESTINATION,			/* an alias whose destinations are all switched off, expired or refused */
	MS_ROW_INACTIVE,			/* a destination whose own row is switched off, */
	MS_ROW_EXPIRED,				/* or has expired; both only where it is to be explained */

	/* Those from here on are for now alone. */
	MS_DOMAIN_DEFERS,
	MS_USER_DEFERS,
	MS_TRANSPORT_RETRY			/* delivered by retry */
} ms_refusal;

static inline bool
ms_is_for_good(ms_refusal refusal)
{
	return refusal != MS_NOT_REFUSED && refusal < MS_DOMAIN_DEFERS;
}

/* By which of its names an address was found. */
typedef enum ms_found_by
{
	MS_BY_NOTHING,
	MS_BY_NAME,
	MS_BY_BASE,					/* the name without the detail */
	MS_BY_ROLE,					/* role_addresses of settings */
	MS_BY_CATCHALL
} ms_found_by;

/* Whether suspensions count. */
typedef enum ms_resolve_mode
{
	MS_AS_IT_IS,
	MS_AS_IF_ALL_TOOK_MAIL,		/* where the aliases would lead if every user and domain took mail */
	MS_TO_EXPLAIN				/* as it is, and destinations that are switched off are among the hops */
} ms_resolve_mode;

/* A destination of an alias. */
typedef struct ms_hop
{
	ms_key_view address;
	ms_span		detail;			/* of the address that was asked, where it is handed on; with its delimiter */
	bool		propagate;
	bool		relocated;		/* it is the new address, and not a destination */
	bool		send;			/* whether who is there may send as the alias */
	bool		is_hosted;
	ms_hosted	hosted;			/* where it is hosted; of a mirror without an alias of that name: what it mirrors */
	ms_refusal	refusal;		/* what it would be refused for if it were asked itself */
} ms_hop;

/*
 * What became of an address: refused, or delivered to the mailbox of the name
 * that was found, or handed on to the hops, or both.
 */
typedef struct ms_step
{
	ms_resolve_mode mode;
	ms_refusal	refusal;
	ms_found_by found_by;
	bool		by_mirror;		/* found in the domain that the one asked about mirrors */
	ms_hosted	hosted;			/* the domain where it was found */
	ms_span		local;			/* the name that was found; empty for a catch-all */
	ms_span		detail;			/* the rest of the one that was asked, behind it, with its delimiter */
	bool		is_alias;		/* there is a row for it in aliases, active or not */
	bool		names_itself;	/* one of its active destinations is the alias itself */
	bool		is_mailbox;
	bool		delivered;		/* to that mailbox */
	ms_quota	quota;			/* of that mailbox */
	List	   *hops;			/* active ones, in the order of their addresses */
	ms_hop	   *moved_to;		/* for MS_MOVED */
	List	   *passed;			/* of ms_step *: aliases of the whole sub-address that led nowhere and were passed over */
	int		   *hops_left;		/* how many more may be looked into */
	int			depth;			/* of the alias among those that lead to it */
} ms_step;

/*
 * Resolves the local part of an address in a hosted domain; split is where its
 * detail begins, or its length.  Spans of the step point into local and into
 * memory of the current context.
 */
extern void ms_resolve(ms_reader *reader, const ms_hosted *hosted, ms_span local, size_t split,
					   ms_resolve_mode mode, ms_step *step);

/* The catch-all of a domain itself, whoever it is for. */
extern void ms_resolve_catchall(ms_reader *reader, const ms_hosted *hosted, ms_resolve_mode mode,
								ms_step *step);

/*
 * The local part, as typed, that a hop hands on to, with the detail; joined
 * holds MS_LOCAL_PART_MAX octets.
 */
extern ms_span ms_hop_local(const ms_hop *hop, char *joined);

/* The same in canonical form. */
extern ms_span ms_hop_local_key(const ms_hop *hop, char *joined);

/*
 * The mailbox to which alone an address leads that has none of its own: by the
 * domain that its own mirrors, or as an alias of one destination.  Aliases are
 * followed when a message comes, and not again: what waits in the queue has the
 * name that it came with, which may have become an alias since.  NULL where mail
 * for the address is not taken, or not for one mailbox.  quota is that of the
 * mailbox.
 */
extern const ms_scan *ms_find_user_behind(ms_reader *reader, const ms_hosted *hosted, ms_span local,
										  size_t split, ms_quota *quota);

/* Whether a row of aliases counts: it is active and has not expired. */
extern bool ms_alias_is_in_force(const ms_scan *row);

/* Whose transport it is that delivers. */
typedef enum ms_transport_source
{
	MS_TRANSPORT_OF_DOMAIN,
	MS_TRANSPORT_STAGED,		/* the domain's staged one, for a user that is chosen */
	MS_TRANSPORT_OF_USER
} ms_transport_source;

typedef struct ms_delivery
{
	ms_span		transport;		/* empty for a domain that has none */
	ms_transport_source source;
} ms_delivery;

/*
 * How mail for a mailbox is delivered: by the user's own transport, the staged
 * one, or that of the domain; by the last where user is NULL.
 */
extern ms_delivery ms_transport_of(const ms_scan *user, const ms_hosted *hosted);

/* What Dovecot has told of a mailbox: nothing for one that it has not changed yet. */
typedef struct ms_usage
{
	int64		bytes;
	int64		messages;
} ms_usage;

/*
 * Whether the mailbox of the name that was found has reached its quota; usage
 * is set then.  Where it has no quota, nothing is read.  That is no refusal of
 * the step, since aliases are followed to a full mailbox, too: a copy is
 * Dovecot's to refuse, rather than lost.
 */
extern bool ms_mailbox_is_full(ms_reader *reader, const ms_step *step, ms_usage *usage);

/* Puts keys, struct varlena *, into their order, so that an answer has one. */
extern void ms_sort_keys(List *keys);

/* Appends an address to a list of them, joined by ", ". */
extern void ms_append_address(StringInfo out, ms_span local, ms_span domain);

/* The same of the new address that a step, refused as MS_MOVED, has found. */
extern void ms_append_moved_to(StringInfo out, const ms_step *step);

#endif							/* MS_RESOLVE_H */
