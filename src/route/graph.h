/*
 * graph.h
 *	  Where aliases lead, to the end: rule 3.
 *
 * The graph is that of the resolver, as if every user and domain took mail, so
 * that nobody who takes mail again closes a loop; and of the filters by which
 * users forward their mail.
 */
#ifndef MS_GRAPH_H
#define MS_GRAPH_H

#include "lookup/resolve.h"
#include "schema/delegates.h"

/* What Postfix expands at most: virtual_alias_expansion_limit, virtual_alias_recursion_limit. */
#define MS_EXPANSION_LIMIT 1000
#define MS_RECURSION_LIMIT 1000

typedef enum ms_graph_fault_code
{
	MS_GRAPH_LOOP,				/* path names the aliases of the loop, and the users who forward */
	MS_GRAPH_NOWHERE,			/* alias leads to destination, which is nothing here */
	MS_GRAPH_TOO_MANY,			/* alias leads to more addresses than Postfix expands */
	MS_GRAPH_TOO_DEEP
} ms_graph_fault_code;

typedef struct ms_graph_fault
{
	ms_graph_fault_code code;
	char	   *alias;
	char	   *destination;
	char	   *path;
	bool		forwarded;		/* alias is a user, who forwards there; or one forwards on the path */
} ms_graph_fault;

typedef struct ms_graph ms_graph;

/*
 * A graph in the current context, where what is found out is kept: each alias
 * is followed once.  A reader is given before each check; all of them see the
 * same rows.
 */
extern ms_graph *ms_graph_make(void);
extern void ms_graph_read_by(ms_graph *graph, ms_reader *reader);

/*
 * Follows an alias, or a user who forwards, which need not be there; and the aliases of sub-addresses
 * that its detail can meet.  False with the fault that was found first.
 */
extern bool ms_graph_check(ms_graph *graph, ms_key_view alias, ms_graph_fault *fault);

/*
 * Checks all aliases that lead to an address or catch-all, directly or not, and
 * are checked no more than once.
 */
extern bool ms_graph_check_leading_to(ms_graph *graph, ms_key_view key, ms_graph_fault *fault);

/* Checks all aliases that lead into a domain, or a mirror of it. */
extern bool ms_graph_check_leading_into(ms_graph *graph, ms_span domain, ms_graph_fault *fault);

/*
 * The aliases that lead to an address or a catch-all directly, by whatever name,
 * in words: a few of them, and how many more; NULL where there are none.  Of
 * domains that may_see, where it is given, does not cover, they are left out:
 * others says whether there are any.
 */
extern char *ms_graph_leading_to(ms_reader *reader, ms_key_view key,
								 const ms_delegations *may_see, bool *others);

#endif							/* MS_GRAPH_H */
