/*
 * graph_spi.c
 *	  Follows aliases, and what users forward, to the end: loops, destinations
 *	  that are nothing, and expansions beyond what Postfix makes.
 *
 * A node is a name under which the resolver found an alias, with the detail
 * that it hands on.  Details make loops of their own: where a leads to b and
 * there is an alias b+x that leads to a+x, only a+x goes round.  Such a loop
 * passes by an alias whose name has the detail, so it is found from there: from
 * each alias of a sub-address of a name to which a detail can be handed on.
 */
#include "route/graph.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/hsearch.h"

typedef struct node
{
	char	   *name;			/* the key */
	bool		on_path;		/* followed just now */
	bool		faulty;			/* its fault has been told */
	bool		carried;		/* followed as one that any detail can be handed on to */
	bool		forwards;		/* it is a user, who forwards to where it has been left for */
	int			size;			/* addresses that it expands to */
	int			depth;
} node;

struct ms_graph
{
	MemoryContext context;		/* of what outlives a check */
	ms_reader  *reader;
	HTAB	   *nodes;
	List	   *path;			/* of node *, from where the check began */
	List	   *sub_addresses;	/* of struct varlena *: aliases that are still to be followed */
	bool		forwards_known;
	bool		has_forwards;	/* any user has a filter that forwards */
	HTAB	   *led_to;			/* names of keys, what leads to which has been checked */
};

/* Where a walk has come to. */
typedef struct place
{
	ms_span		domain;
	ms_span		local;
	bool		carries;		/* whatever detail the first address had would be here, too */
} place;

static uint32
hash_name(const void *key, Size size pg_attribute_unused())
{
	const char *name = *(char *const *) key;

	return hash_bytes((const unsigned char *) name, (int) strlen(name));
}

static int
compare_names(const void *a, const void *b, Size size pg_attribute_unused())
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

static HTAB *
make_table(const char *name, Size entry_size)
{
	HASHCTL		control;

	control.keysize = sizeof(char *);
	control.entrysize = entry_size;
	control.hash = hash_name;
	control.match = compare_names;
	control.hcxt = CurrentMemoryContext;
	return hash_create(name, 64, &control, HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
}

ms_graph *
ms_graph_make(void)
{
	ms_graph   *graph = palloc0(sizeof(ms_graph));

	graph->context = CurrentMemoryContext;
	graph->nodes = make_table("mailstack aliases", sizeof(node));
	graph->led_to = make_table("mailstack destinations", sizeof(char *));
	return graph;
}

void
ms_graph_read_by(ms_graph *graph, ms_reader *reader)
{
	graph->reader = reader;
}

static char *
name_of(ms_key_class class, ms_span local, ms_span domain)
{
	if (class == MS_KEY_CATCHALL)
		return psprintf("@%.*s", (int) domain.len, domain.data);
	return ms_address_to_cstring(local, domain);
}

static char *
name_of_step(const ms_step *step)
{
	return name_of(step->found_by == MS_BY_CATCHALL ? MS_KEY_CATCHALL : MS_KEY_ADDRESS,
				   ms_span_of(step->local.data, step->local.len + step->detail.len),
				   ms_hosted_name(&step->hosted));
}

static bool
fail(ms_graph_fault *fault, ms_graph_fault_code code, char *alias, char *destination)
{
	fault->code = code;
	fault->alias = alias;
	fault->destination = destination;
	fault->path = NULL;
	fault->forwarded = false;
	return false;
}

/* The part of the path that comes back to a node. */
static bool
fail_loop(const ms_graph *graph, const node *again, ms_graph_fault *fault)
{
	StringInfoData path;
	ListCell   *cell;
	bool		inside = false;
	bool		forwarded = false;

	initStringInfo(&path);
	foreach(cell, graph->path)
	{
		const node *n = lfirst(cell);

		inside = inside || n == again;
		if (inside)
			appendStringInfo(&path, "%s -> ", n->name);
		forwarded = forwarded || (inside && n->forwards);
	}
	appendStringInfoString(&path, again->name);
	(void) fail(fault, MS_GRAPH_LOOP, again->name, NULL);
	fault->path = path.data;
	fault->forwarded = forwarded;
	return false;
}

/* -------------------------------------------------------------- sub-addresses */

/* What to do with a row whose key is one of a sub-address, or of the name itself. */
typedef void (*key_function) (ms_graph *graph, const ms_scan *row, void *arg);

/* The rows of a way in order whose key begins with a local part, in a domain. */
static void
for_each_beginning(ms_graph *graph, ms_access access, ms_span domain, ms_span prefix, key_function function, void *arg)
{
	struct varlena *first = ms_key_build(MS_KEY_ADDRESS, domain, prefix);
	struct varlena *last = ms_key_build_last(domain, prefix);
	ms_scan		scan;
	bool		found = ms_scan_begin_between(&scan, access, PointerGetDatum(first), PointerGetDatum(last),
											  graph->reader->snapshot);

	for (; found; found = ms_scan_next(&scan))
		function(graph, &scan, arg);
	ms_scan_end(&scan);
}

/* The rows whose key is a sub-address of the name. */
static void
for_each_sub_address(ms_graph *graph, ms_access access, ms_span domain, ms_span local,
					 key_function function, void *arg)
{
	ms_span		delimiters = ms_settings_delimiters();
	char		prefix[MS_LOCAL_PART_MAX + 1];
	size_t		i;

	memcpy(prefix, local.data, local.len);
	for (i = 0; i < delimiters.len; i++)
	{
		prefix[local.len] = delimiters.data[i];
		for_each_beginning(graph, access, domain, ms_span_of(prefix, local.len + 1), function, arg);
	}
}

static void
follow_later(ms_graph *graph, const ms_scan *row, void *arg pg_attribute_unused())
{
	ms_key_view alias = ms_scan_key(row, MS_ALIASES_ALIAS);

	graph->sub_addresses = lappend(graph->sub_addresses,
								   ms_key_build(MS_KEY_ADDRESS, alias.domain, alias.local));
}

/* --------------------------------------------------------------------- walk */

static bool follow(ms_graph *graph, const place *at, node *from, node *total, ms_graph_fault *fault);

/* One hop of a node: what it expands to is added to the node. */
static bool
follow_hop(ms_graph *graph, const ms_step *step, const ms_hop *hop, node *n, bool carries,
		   ms_graph_fault *fault)
{
	char		joined[MS_LOCAL_PART_MAX];
	place		next;
	node		total = {.size = 1};

	if (hop->is_hosted && hop->hosted.class != MS_RELAY)
	{
		next.domain = hop->address.domain;
		next.local = ms_hop_local_key(hop, joined);
		next.carries = carries && step->found_by == MS_BY_NAME &&
			ms_local_part_split(hop->address.local, ms_settings_delimiters()) == hop->address.local.len;
		if (!follow(graph, &next, n, &total, fault))
			return false;
	}
	n->size += total.size;
	n->depth = Max(n->depth, total.depth + 1);
	if (n->size > MS_EXPANSION_LIMIT)
		return fail(fault, MS_GRAPH_TOO_MANY, n->name, NULL);
	if (n->depth > MS_RECURSION_LIMIT)
		return fail(fault, MS_GRAPH_TOO_DEEP, n->name, NULL);
	return true;
}

/* Asked once: most servers have none, and no alias is to pay for it. */
static bool
has_forwards(ms_graph *graph)
{
	ms_scan		scan;

	if (!graph->forwards_known)
	{
		graph->has_forwards = ms_scan_begin_filled(&scan, MS_FILTERS_BY_DESTINATION, graph->reader->snapshot);
		graph->forwards_known = true;
		ms_scan_end(&scan);
	}
	return graph->has_forwards;
}

/* Where the mailbox that a step came to forwards its mail, as struct varlena *. */
static List *
forwards_of(ms_graph *graph, const ms_step *step)
{
	List	   *destinations = NIL;
	const ms_scan *row;

	if (!step->is_mailbox || !has_forwards(graph))
		return NIL;
	for (row = ms_read(graph->reader, MS_FILTERS,
					   ms_key_build(MS_KEY_ADDRESS, ms_hosted_name(&step->hosted), step->local));
		 row != NULL; row = ms_read_next(graph->reader, MS_FILTERS))
	{
		ms_span		unused;

		if (ms_scan_bool(row, MS_FILTERS_ACTIVE) && ms_scan_span_or_null(row, MS_FILTERS_DESTINATION, &unused))
		{
			ms_key_view to = ms_scan_key(row, MS_FILTERS_DESTINATION);

			destinations = lappend(destinations, ms_key_build(MS_KEY_ADDRESS, to.domain, to.local));
		}
	}
	return destinations;
}

/* A forward begins a message of its own: what it expands to counts for nobody. */
static bool
follow_forwards(ms_graph *graph, List *destinations, node *n, ms_graph_fault *fault)
{
	ListCell   *cell;

	foreach(cell, destinations)
	{
		ms_key_view to = ms_key_view_of(lfirst(cell));
		place		next = {to.domain, to.local, false};
		node		unused;

		n->forwards = true;
		if (!follow(graph, &next, n, &unused, fault))
			return false;
	}
	n->forwards = false;
	return true;
}

static bool
follow_hops(ms_graph *graph, const ms_step *step, node *n, bool carries, ms_graph_fault *fault)
{
	ListCell   *cell;

	n->size = step->delivered ? 1 : 0;
	n->depth = 0;
	foreach(cell, step->hops)
	{
		if (!follow_hop(graph, step, lfirst(cell), n, carries, fault))
			return false;
	}
	return true;
}

static bool
follow_node(ms_graph *graph, const ms_step *step, List *forwards, bool carries, node *total, ms_graph_fault *fault)
{
	char	   *name = name_of_step(step);
	bool		known;
	node	   *n = hash_search(graph->nodes, &name, HASH_ENTER, &known);

	if (!known)
	{
		n->name = MemoryContextStrdup(graph->context, name);
		n->forwards = false;
	}
	if (known && n->on_path)
		return fail_loop(graph, n, fault);
	if (!known || (carries && !n->carried && !n->faulty))
	{
		if (list_length(graph->path) > MS_RECURSION_LIMIT)
			return fail(fault, MS_GRAPH_TOO_DEEP, ((node *) linitial(graph->path))->name, NULL);
		n->on_path = true;
		n->carried = carries;
		graph->path = lappend(graph->path, n);
		n->faulty = !follow_hops(graph, step, n, carries, fault) || !follow_forwards(graph, forwards, n, fault);
		graph->path = list_delete_last(graph->path);
		n->on_path = false;
		if (n->faulty)
			return false;
	}
	total->size = n->size;
	total->depth = n->depth;
	return true;
}

static bool
fail_nowhere(ms_graph_fault *fault, const node *from, char *destination)
{
	(void) fail(fault, MS_GRAPH_NOWHERE, from->name, destination);
	fault->forwarded = from->forwards;
	return false;
}

/*
 * Follows the address at a place; total is what it expands to.  from is the
 * alias that leads there, or NULL at the beginning, where nothing has to be.
 */
static bool
follow(ms_graph *graph, const place *at, node *from, node *total, ms_graph_fault *fault)
{
	ms_span		delimiters = ms_settings_delimiters();
	ms_hosted	hosted;
	ms_step		step;
	List	   *forwards;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (!ms_find_hosted(graph->reader, at->domain, &hosted))
		return true;
	ms_resolve(graph->reader, &hosted, at->local, ms_local_part_split(at->local, delimiters),
			   MS_AS_IF_ALL_TOOK_MAIL, &step);
	/* Where only the catch-all that leads there takes it, it is nothing. */
	if (step.refusal == MS_NO_SUCH_ADDRESS ||
		(step.found_by == MS_BY_CATCHALL && from != NULL && strcmp(from->name, name_of_step(&step)) == 0))
		return from == NULL ? true : fail_nowhere(fault, from, ms_address_to_cstring(at->local, at->domain));
	if (at->carries && step.found_by == MS_BY_NAME)
		for_each_sub_address(graph, MS_ALIASES_IN_ORDER, ms_hosted_name(&step.hosted),
							 step.local, follow_later, NULL);
	if (step.names_itself && !step.is_mailbox)
		return fail(fault, MS_GRAPH_NOWHERE, name_of_step(&step), name_of_step(&step));
	forwards = forwards_of(graph, &step);
	if (step.hops == NIL && forwards == NIL)
		return true;
	return follow_node(graph, &step, forwards, at->carries, total, fault);
}

static bool
follow_catchall(ms_graph *graph, ms_span domain, ms_graph_fault *fault)
{
	ms_hosted	hosted;
	ms_step		step;
	node		total;

	if (!ms_find_hosted(graph->reader, domain, &hosted))
		return true;
	ms_resolve_catchall(graph->reader, &hosted, MS_AS_IF_ALL_TOOK_MAIL, &step);
	return step.hops == NIL || follow_node(graph, &step, NIL, false, &total, fault);
}

static bool
follow_sub_addresses(ms_graph *graph, ms_graph_fault *fault)
{
	bool		ok = true;

	while (ok && graph->sub_addresses != NIL)
	{
		ms_key_view alias = ms_key_view_of(llast(graph->sub_addresses));
		place		at = {alias.domain, alias.local, false};
		node		total;

		graph->sub_addresses = list_delete_last(graph->sub_addresses);
		ok = follow(graph, &at, NULL, &total, fault);
	}
	return ok;
}

bool
ms_graph_check(ms_graph *graph, ms_key_view alias, ms_graph_fault *fault)
{
	place		at = {alias.domain, alias.local, true};
	node		total;
	bool		ok;

	if (alias.class == MS_KEY_CATCHALL)
		ok = follow_catchall(graph, alias.domain, fault);
	else
	{
		at.carries = ms_local_part_split(alias.local, ms_settings_delimiters()) == alias.local.len;
		ok = follow(graph, &at, NULL, &total, fault);
	}
	return ok && follow_sub_addresses(graph, fault);
}

/* --------------------------------------------------------------- what leads */

/* The aliases that a check of what leads to something has still to look at. */
typedef struct leading
{
	List	   *aliases;		/* of struct varlena *: keys */
	List	   *forwards;		/* those of them that are users, who forward */
	ms_span		detail;			/* of the address in question: what leads to its base, asked with that detail */
} leading;

/* NULL for one that is there already. */
static struct varlena *
add_name(ms_graph *graph, leading *l, ms_key_view alias)
{
	char	   *name = name_of(alias.class, alias.local, alias.domain);
	bool		known;
	char	  **entry = hash_search(graph->led_to, &name, HASH_ENTER, &known);
	struct varlena *key;

	if (known)
		return NULL;
	*entry = MemoryContextStrdup(graph->context, name);
	key = ms_key_build(alias.class, alias.domain, alias.local);
	l->aliases = lappend(l->aliases, key);
	return key;
}

static void
add_forward(ms_graph *graph, const ms_scan *row, void *arg)
{
	leading    *l = arg;

	if (ms_scan_bool(row, MS_FILTERS_ACTIVE))
		l->forwards = lappend(l->forwards, add_name(graph, l, ms_scan_key(row, MS_FILTERS_EMAIL)));
}

static void
add_alias(ms_graph *graph, const ms_scan *row, void *arg)
{
	leading    *l = arg;
	ms_key_view alias = ms_scan_key(row, MS_ALIASES_ALIAS);
	char		joined[MS_LOCAL_PART_MAX];

	if (alias.class == MS_KEY_ADDRESS && l->detail.len > 0 &&
		alias.local.len + l->detail.len <= MS_LOCAL_PART_MAX &&
		ms_local_part_split(alias.local, ms_settings_delimiters()) == alias.local.len)
	{
		memcpy(joined, alias.local.data, alias.local.len);
		memcpy(joined + alias.local.len, l->detail.data, l->detail.len);
		alias.local = ms_span_of(joined, alias.local.len + l->detail.len);
	}
	(void) add_name(graph, l, alias);
}

static void
for_each_exactly(ms_graph *graph, ms_access access, const struct varlena *key, key_function function, void *arg)
{
	ms_scan		scan;
	bool		found = ms_scan_begin(&scan, access, PointerGetDatum(key), graph->reader->snapshot);

	for (; found; found = ms_scan_next(&scan))
		function(graph, &scan, arg);
	ms_scan_end(&scan);
}

/* The rows with exactly that destination. */
static void
add_leading_exactly(ms_graph *graph, leading *l, ms_span domain, ms_span local)
{
	struct varlena *key = ms_key_build(MS_KEY_ADDRESS, domain, local);

	for_each_exactly(graph, MS_ALIASES_BY_EMAIL, key, add_alias, l);
	if (has_forwards(graph))
		for_each_exactly(graph, MS_FILTERS_BY_DESTINATION, key, add_forward, l);
}

/* The rows whose destination is the address by the name of one domain. */
static void
add_leading_to(ms_graph *graph, leading *l, ms_span domain, ms_span local)
{
	ms_span		base = ms_span_of(local.data, ms_local_part_split(local, ms_settings_delimiters()));

	l->detail = MS_NO_SPAN;
	add_leading_exactly(graph, l, domain, local);
	if (base.len < local.len)
	{
		l->detail = ms_span_from(local, base.len);
		add_leading_exactly(graph, l, domain, base);
	}
	else
	{
		for_each_sub_address(graph, MS_ALIASES_BY_EMAIL, domain, local, add_alias, l);
		if (has_forwards(graph))
			for_each_sub_address(graph, MS_FILTERS_BY_DESTINATION, domain, local, add_forward, l);
	}
}

static void
add_leading_into(ms_graph *graph, leading *l, ms_span domain)
{
	l->detail = MS_NO_SPAN;
	for_each_beginning(graph, MS_ALIASES_BY_EMAIL, domain, MS_NO_SPAN, add_alias, l);
	if (has_forwards(graph))
		for_each_beginning(graph, MS_FILTERS_BY_DESTINATION, domain, MS_NO_SPAN, add_forward, l);
}

/* The names of a domain and of its mirrors, as struct varlena *. */
static List *
names_of_domain(ms_graph *graph, ms_span domain)
{
	struct varlena *key = ms_key_build_domain(domain);
	List	   *names = list_make1(key);
	const ms_scan *row;

	for (row = ms_read(graph->reader, MS_DOMAINS_BY_ALIAS_OF, key); row != NULL;
		 row = ms_read_next(graph->reader, MS_DOMAINS_BY_ALIAS_OF))
	{
		ms_key_view mirror = ms_scan_key(row, MS_DOMAINS_DOMAIN);

		names = lappend(names, ms_key_build_domain(mirror.domain));
	}
	return names;
}

static void
add_leading_by_any_name(ms_graph *graph, leading *l, ms_key_view key)
{
	ListCell   *cell;

	foreach(cell, names_of_domain(graph, key.domain))
	{
		ms_span		domain = ms_key_view_of(lfirst(cell)).domain;

		if (key.class == MS_KEY_ADDRESS)
			add_leading_to(graph, l, domain, key.local);
		else
			add_leading_into(graph, l, domain);
	}
}

static bool
check_leading(ms_graph *graph, leading *l, ms_graph_fault *fault)
{
	while (l->aliases != NIL)
	{
		ms_key_view alias = ms_key_view_of(llast(l->aliases));

		l->aliases = list_delete_last(l->aliases);
		if (!ms_graph_check(graph, alias, fault))
			return false;
		add_leading_by_any_name(graph, l, alias);
	}
	return true;
}

bool
ms_graph_check_leading_to(ms_graph *graph, ms_key_view key, ms_graph_fault *fault)
{
	leading		l = {NIL, NIL, {"", 0}};

	add_leading_by_any_name(graph, &l, key);
	return check_leading(graph, &l, fault);
}

bool
ms_graph_check_leading_into(ms_graph *graph, ms_span domain, ms_graph_fault *fault)
{
	ms_key_view key = {.class = MS_KEY_DOMAIN, .domain = domain};

	return ms_graph_check_leading_to(graph, key, fault);
}

/* The aliases of the domains that a role administers; others: there are more than those. */
static List *
without_others(List *aliases, const ms_delegations *may_see, bool *others)
{
	List	   *own = NIL;
	ListCell   *cell;

	foreach(cell, aliases)
	{
		if (ms_delegations_cover(may_see, ms_key_view_of(lfirst(cell)).domain))
			own = lappend(own, lfirst(cell));
		else
			*others = true;
	}
	return own;
}

char *
ms_graph_leading_to(ms_reader *reader, ms_key_view key,
					const ms_delegations *may_see, bool *others)
{
	enum
	{
		NAMED = 5
	};
	ms_graph   *graph = ms_graph_make();
	leading		l = {NIL, NIL, {"", 0}};
	StringInfoData words;
	char	   *own = name_of(key.class, key.local, key.domain);
	bool		unused;
	int			i;

	ms_graph_read_by(graph, reader);
	(void) hash_search(graph->led_to, &own, HASH_ENTER, &unused);
	add_leading_by_any_name(graph, &l, key);
	*others = false;
	if (may_see != NULL)
		l.aliases = without_others(l.aliases, may_see, others);
	if (l.aliases == NIL)
		return NULL;
	ms_sort_keys(l.aliases);
	initStringInfo(&words);
	for (i = 0; i < Min(list_length(l.aliases), NAMED); i++)
	{
		struct varlena *name = list_nth(l.aliases, i);
		ms_key_view alias = ms_key_view_of(name);

		appendStringInfo(&words, "%s%s\"%s\"", i > 0 ? ", " : "",
						 list_member_ptr(l.forwards, name) ? "a filter of " : "", ms_key_to_cstring(&alias));
	}
	if (list_length(l.aliases) > NAMED)
		appendStringInfo(&words, " and %d more", list_length(l.aliases) - NAMED);
	return words.data;
}
