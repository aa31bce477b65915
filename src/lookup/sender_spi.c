/*
 * sender_spi.c
 *	  Who may send as an address: the mailboxes that the address is or leads to,
 *	  and those of whom sender_logins says so.
 */
#include "lookup/resolve.h"

/* An address further than this from its mailboxes is not followed. */
#define MAX_ADDRESSES 1000

/* Lists of struct varlena *, which are keys. */
typedef struct sender_walk
{
	ms_reader  *reader;
	List	   *logins;
	List	   *seen;			/* the addresses that aliases lead to: looked at, or to be */
} sender_walk;

static bool
is_listed(List *keys, ms_span key)
{
	ListCell   *cell;

	foreach(cell, keys)
	{
		if (ms_span_equal(ms_key_view_of(lfirst(cell)).key, key))
			return true;
	}
	return false;
}

static void
append_login(sender_walk *walk, ms_key_view login)
{
	if (is_listed(walk->logins, login.key))
		return;
	walk->logins = lappend(walk->logins, ms_key_build(MS_KEY_ADDRESS, login.domain, login.local));
}

/* Those that the operator has named for the address, or for all of its domain. */
static void
append_granted(sender_walk *walk, ms_key_class class, ms_span domain, ms_span local)
{
	struct varlena *key = ms_key_build(class, domain, local);
	const ms_scan *row;

	for (row = ms_read(walk->reader, MS_SENDER_LOGINS, key); row != NULL;
		 row = ms_read_next(walk->reader, MS_SENDER_LOGINS))
		append_login(walk, ms_scan_key(row, MS_SENDER_LOGINS_LOGIN));
}

static void
look_at_later(sender_walk *walk, ms_span domain, ms_span local)
{
	struct varlena *key = ms_key_build(MS_KEY_ADDRESS, domain, local);

	if (list_length(walk->seen) < MAX_ADDRESSES && !is_listed(walk->seen, ms_key_view_of(key).key))
		walk->seen = lappend(walk->seen, key);
}

/* The hops of an alias whose row says that its destination may send as it. */
static bool
follow_alias(sender_walk *walk, ms_key_class class, const ms_hosted *hosted, ms_span local)
{
	struct varlena *key = ms_key_build(class, ms_hosted_name(hosted), local);
	const ms_scan *row;
	bool		any = false;

	for (row = ms_read(walk->reader, MS_ALIASES, key); row != NULL;
		 row = ms_read_next(walk->reader, MS_ALIASES))
	{
		any = true;
		if (ms_alias_is_in_force(row) && ms_scan_bool(row, MS_ALIASES_SEND) &&
			!ms_scan_bool(row, MS_ALIASES_RELOCATED))
		{
			ms_key_view to = ms_scan_key(row, MS_ALIASES_EMAIL);

			look_at_later(walk, to.domain, to.local);
		}
	}
	return any;
}

/* Whether there is an active mailbox of the name; it may send as itself where it may send at all. */
static bool
append_mailbox(sender_walk *walk, const ms_hosted *hosted, ms_span local)
{
	const ms_scan *user = ms_find_user(walk->reader, hosted, local);

	if (user == NULL)
		return false;
	if (ms_scan_bool(user, MS_USERS_ACTIVE) && ms_scan_bool(user, MS_USERS_SEND))
		append_login(walk, ms_scan_key(user, MS_USERS_EMAIL));
	return true;
}

/* An address in one domain: what has its name, or else the name that it is a sub-address of. */
static bool
look_in(sender_walk *walk, const ms_hosted *hosted, ms_span local)
{
	ms_span		base = ms_span_of(local.data, ms_local_part_split(local, ms_settings_delimiters()));
	bool		found;

	if (base.len < local.len && follow_alias(walk, MS_KEY_ADDRESS, hosted, local))
		return true;
	found = append_mailbox(walk, hosted, base);
	return follow_alias(walk, MS_KEY_ADDRESS, hosted, base) || found;
}

static void
look_at(sender_walk *walk, const ms_hosted *hosted, ms_span local)
{
	ms_hosted	mirrored;
	bool		mirrors = ms_find_mirrored(walk->reader, hosted, &mirrored) && mirrored.active;

	if (!look_in(walk, hosted, local) &&
		!(mirrors && look_in(walk, &mirrored, local)) &&
		!follow_alias(walk, MS_KEY_CATCHALL, hosted, ms_span_of("", 0)) && mirrors)
		(void) follow_alias(walk, MS_KEY_CATCHALL, &mirrored, ms_span_of("", 0));
}

static void
look_at_all(sender_walk *walk)
{
	int			i;

	for (i = 0; i < list_length(walk->seen); i++)
	{
		ms_key_view to = ms_key_view_of(list_nth(walk->seen, i));
		ms_hosted	hosted;

		if (ms_find_hosted(walk->reader, to.domain, &hosted) && hosted.active && hosted.class != MS_RELAY)
			look_at(walk, &hosted, to.local);
	}
}

static int
by_key(const ListCell *a, const ListCell *b)
{
	return ms_span_compare(ms_key_view_of(lfirst(a)).key, ms_key_view_of(lfirst(b)).key);
}

bool
ms_answer_smtpd_sender_login_maps(ms_question *question, StringInfo out)
{
	sender_walk walk = {&question->reader, NIL, NIL};
	ms_span		name = ms_hosted_name(&question->hosted);
	ListCell   *cell;

	append_granted(&walk, MS_KEY_ADDRESS, name, ms_question_local(question));
	append_granted(&walk, MS_KEY_CATCHALL, name, ms_span_of("", 0));
	if (question->hosted.class != MS_RELAY)
	{
		look_at(&walk, &question->hosted, ms_question_local(question));
		look_at_all(&walk);
	}
	list_sort(walk.logins, by_key);
	foreach(cell, walk.logins)
	{
		ms_key_view login = ms_key_view_of(lfirst(cell));

		ms_append_address(out, login.local, login.domain);
	}
	return out->len > 0;
}
