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

static bool
may_send(const ms_scan *user)
{
	return ms_scan_bool(user, MS_USERS_ACTIVE) && ms_scan_bool(user, MS_USERS_SEND);
}

/* The user of that name in a domain, where there is one who may send at all. */
static void
append_login(sender_walk *walk, const ms_hosted *hosted, ms_span local)
{
	const ms_scan *user = hosted->active ? ms_find_user(walk->reader, hosted, local) : NULL;
	ms_key_view email;

	if (user == NULL || !may_send(user))
		return;
	email = ms_scan_key(user, MS_USERS_EMAIL);
	if (!is_listed(walk->logins, email.key))
		walk->logins = lappend(walk->logins, ms_key_build(MS_KEY_ADDRESS, email.domain, email.local));
}

/* ------------------------------------------------------- what the operator says */

static void
append_granted_by(sender_walk *walk, ms_key_class class, const ms_hosted *hosted, ms_span local)
{
	struct varlena *key = ms_key_build(class, ms_hosted_name(hosted), local);
	const ms_scan *row;

	for (row = ms_read(walk->reader, MS_SENDER_LOGINS, key); row != NULL;
		 row = ms_read_next(walk->reader, MS_SENDER_LOGINS))
	{
		ms_key_view login = ms_scan_key(row, MS_SENDER_LOGINS_LOGIN);
		ms_hosted	home;

		if (ms_find_hosted(walk->reader, login.domain, &home))
			append_login(walk, &home, login.local);
	}
}

/* Those that are named for the address, for what it is a sub-address of, or for all of the domain. */
static void
append_granted(sender_walk *walk, const ms_hosted *hosted, ms_span local, size_t split)
{
	append_granted_by(walk, MS_KEY_ADDRESS, hosted, local);
	if (split < local.len)
		append_granted_by(walk, MS_KEY_ADDRESS, hosted, ms_span_of(local.data, split));
	append_granted_by(walk, MS_KEY_CATCHALL, hosted, MS_NO_SPAN);
}

/* ------------------------------------------------------------ where aliases lead */

static void
look_at_later(sender_walk *walk, ms_span domain, ms_span local)
{
	struct varlena *key = ms_key_build(MS_KEY_ADDRESS, domain, local);

	if (list_length(walk->seen) < MAX_ADDRESSES && !is_listed(walk->seen, ms_key_view_of(key).key))
		walk->seen = lappend(walk->seen, key);
}

/* By the way that mail takes, whether or not it would be taken now; a relocated mailbox is still there to send. */
static void
look_at(sender_walk *walk, const ms_hosted *hosted, ms_span local)
{
	ms_step		step;
	ListCell   *cell;

	ms_resolve(walk->reader, hosted, local, ms_local_part_split(local, ms_settings_delimiters()),
			   MS_AS_IF_ALL_TOOK_MAIL, &step);
	if (!step.hosted.active)
		return;
	if (step.is_mailbox || step.refusal == MS_MOVED)
		append_login(walk, &step.hosted, step.local);
	foreach(cell, step.hops)
	{
		const ms_hop *hop = lfirst(cell);
		char		joined[MS_LOCAL_PART_MAX];

		if (hop->send)
			look_at_later(walk, hop->address.domain, ms_hop_local_key(hop, joined));
	}
}

static void
look_at_all(sender_walk *walk)
{
	int			i;

	for (i = 0; i < list_length(walk->seen); i++)
	{
		ms_key_view to = ms_key_view_of(list_nth(walk->seen, i));
		ms_hosted	hosted;

		if (ms_find_hosted(walk->reader, to.domain, &hosted) && hosted.active)
			look_at(walk, &hosted, to.local);
	}
}

bool
ms_answer_smtpd_sender_login_maps(ms_question *question, StringInfo out)
{
	sender_walk walk = {&question->reader, NIL, NIL};
	ms_span		local = ms_question_local(question);
	ms_hosted	mirrored;
	ListCell   *cell;

	append_granted(&walk, &question->hosted, local, question->split);
	if (ms_find_mirrored(&question->reader, &question->hosted, &mirrored) && mirrored.active)
		append_granted(&walk, &mirrored, local, question->split);
	look_at(&walk, &question->hosted, local);
	look_at_all(&walk);
	ms_sort_keys(walk.logins);
	foreach(cell, walk.logins)
	{
		ms_key_view login = ms_key_view_of(lfirst(cell));

		ms_append_address(out, login.local, login.domain);
	}
	return out->len > 0;
}

/* ------------------------------------------------------------------ receive-only */

/*
 * What keeps a login from sending under any address, the empty one of a bounce
 * among them, which is never looked for in smtpd_sender_login_maps.
 */
bool
ms_answer_check_sasl_access(ms_question *question, StringInfo out)
{
	const ms_scan *user = ms_find_user(&question->reader, &question->hosted, ms_question_local(question));

	if (user == NULL || may_send(user))
		return false;
	appendStringInfoString(out, "553 5.7.1 this user may not send mail");
	return true;
}
