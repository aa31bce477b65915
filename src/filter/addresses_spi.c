/*
 * addresses_spi.c
 *	  The addresses of a user beside his own, which a vacation notice is to
 *	  answer for: RFC 5230 has it answer only what is addressed to the user.
 */
#include "filter/served.h"

#include "lookup/resolve.h"
#include "sieve/grammar.h"

/* So that the script stays one; they are in the order in which they are found. */
#define MAX_ADDRESSES 100

/* Those found so far, as struct varlena *; the first is the user's own. */
typedef struct found
{
	ms_reader  *reader;
	List	   *keys;
} found;

static bool
is_known(const found *f, ms_span key)
{
	ListCell   *cell;

	foreach(cell, f->keys)
	{
		if (ms_span_equal(ms_key_view_of(lfirst(cell)).key, key))
			return true;
	}
	return false;
}

static void
add(found *f, struct varlena *key)
{
	ms_key_view view = ms_key_view_of(key);

	if (view.class == MS_KEY_ADDRESS && list_length(f->keys) <= MAX_ADDRESSES && !is_known(f, view.key))
		f->keys = lappend(f->keys, key);
}

static struct varlena *
copy_key(const ms_scan *row, int attribute)
{
	bool		isnull;

	return (struct varlena *) PG_DETOAST_DATUM_COPY(ms_scan_get(row, attribute, &isnull));
}

/* Mail for a list is not mail for one of those that are on it. */
static bool
leads_to_one(found *f, const struct varlena *alias)
{
	const ms_scan *row;
	int			n = 0;

	for (row = ms_read(f->reader, MS_ALIASES, alias); row != NULL; row = ms_read_next(f->reader, MS_ALIASES))
	{
		if (ms_scan_bool(row, MS_ALIASES_RELOCATED))
			return false;
		n += ms_alias_is_in_force(row) ? 1 : 0;
	}
	return n == 1;
}

static void
add_aliases_of(found *f, const struct varlena *key)
{
	List	   *aliases = NIL;
	const ms_scan *row;
	ListCell   *cell;

	for (row = ms_read(f->reader, MS_ALIASES_BY_EMAIL, key);
		 row != NULL && list_length(aliases) <= MAX_ADDRESSES;
		 row = ms_read_next(f->reader, MS_ALIASES_BY_EMAIL))
	{
		if (ms_alias_is_in_force(row))
			aliases = lappend(aliases, copy_key(row, MS_ALIASES_ALIAS));
	}
	foreach(cell, aliases)
	{
		if (leads_to_one(f, lfirst(cell)))
			add(f, lfirst(cell));
	}
}

/* The same name in the domains that mirror its own, unless an alias there has it. */
static void
add_mirrors_of(found *f, const struct varlena *key)
{
	ms_key_view view = ms_key_view_of(key);
	List	   *names = NIL;
	const ms_scan *row;
	ListCell   *cell;

	for (row = ms_read(f->reader, MS_DOMAINS_BY_ALIAS_OF, ms_key_build_domain(view.domain)); row != NULL;
		 row = ms_read_next(f->reader, MS_DOMAINS_BY_ALIAS_OF))
	{
		char	   *text = ms_address_to_cstring(view.typed, ms_scan_key(row, MS_DOMAINS_DOMAIN).domain);

		names = lappend(names, ms_key_from_text(ms_span_of_text(text)));
	}
	foreach(cell, names)
	{
		if (ms_read(f->reader, MS_ALIASES, lfirst(cell)) == NULL)
			add(f, lfirst(cell));
	}
}

List *
ms_addresses_of(ms_reader *reader, const struct varlena *user)
{
	found		f = {reader, list_make1(unconstify(struct varlena *, user))};
	List	   *addresses = NIL;
	int			i;

	/* The list grows meanwhile: what leads to an alias leads to the user. */
	for (i = 0; i < list_length(f.keys); i++)
	{
		add_aliases_of(&f, list_nth(f.keys, i));
		add_mirrors_of(&f, list_nth(f.keys, i));
	}
	for (i = 1; i < list_length(f.keys); i++)
	{
		ms_key_view view = ms_key_view_of(list_nth(f.keys, i));
		char	   *text = ms_address_to_cstring(view.typed, view.domain);
		bool		several;

		/* Pigeonhole reads no address that is not ASCII. */
		if (ms_sieve_is_address(ms_span_of_text(text), &several))
			addresses = lappend(addresses, text);
	}
	return addresses;
}
