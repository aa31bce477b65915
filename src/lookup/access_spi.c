/*
 * access_spi.c
 *	  Whom mail is not taken for, and why, in the words of access(5): what
 *	  smtpd could not learn from the maps of aliases, mailboxes and transports.
 */
#include "lookup/resolve.h"

/* Beyond so many addresses an alias is left to Postfix. */
#define MAX_ADDRESSES 1000

/* What becomes of mail, the better the greater. */
typedef enum fate
{
	NOBODY_TAKES_IT,
	NOBODY_HAS_ROOM,
	NOBODY_TAKES_IT_NOW,
	TAKEN
} fate;

/* The fate of an address that was looked at, or is being: TAKEN then, which leaves a loop to Postfix. */
typedef struct known_fate
{
	struct varlena *key;
	fate		found;
} known_fate;

typedef struct fate_walk
{
	ms_reader  *reader;
	const ms_hosted *asked;		/* the domain that the question is about, where most aliases lead */
	List	   *known;			/* of known_fate * */
} fate_walk;

/* --------------------------------------------------------------- one address */

/* The domain or the user that mail is put off or refused for; also by a mirror, which has no transport to say so. */
static bool
append_receive(ms_reader *reader, const ms_step *step, StringInfo out)
{
	const ms_scan *user;
	bool		by_user = step->refusal == MS_USER_REFUSES || step->refusal == MS_USER_DEFERS ||
		(step->by_mirror && step->refusal == MS_NOT_REFUSED);

	if (step->by_mirror && ms_append_receive(out, MS_TOLD_BY_REPLY, step->hosted.receive, step->hosted.receive_reason))
		return true;
	if (!step->is_mailbox || !by_user)
		return false;
	user = ms_find_user(reader, &step->hosted, step->local);
	return user != NULL && ms_append_receive_of_user(out, MS_TOLD_BY_REPLY, user);
}

/* --------------------------------------------------------- where aliases lead */

static fate fate_of_hops(fate_walk *walk, const ms_step *step);

static fate
fate_in_mailbox(ms_reader *reader, const ms_step *step)
{
	ms_usage	unused;

	return ms_mailbox_is_full(reader, step, &unused) ? NOBODY_HAS_ROOM : TAKEN;
}

static fate
find_out_fate(fate_walk *walk, const ms_hosted *hosted, ms_span local)
{
	StringInfoData unused;
	ms_step		step;

	ms_resolve(walk->reader, hosted, local, ms_local_part_split(local, ms_settings_delimiters()),
			   MS_AS_IT_IS, &step);
	if (ms_is_for_good(step.refusal))
		return NOBODY_TAKES_IT;
	initStringInfo(&unused);
	if (step.refusal != MS_NOT_REFUSED || append_receive(walk->reader, &step, &unused))
		return NOBODY_TAKES_IT_NOW;
	return fate_of_hops(walk, &step);
}

static bool
find_hosted(fate_walk *walk, ms_span domain, ms_hosted *out)
{
	if (!ms_span_equal(domain, ms_hosted_name(walk->asked)))
		return ms_find_hosted(walk->reader, domain, out);
	*out = *walk->asked;
	return true;
}

static fate
fate_of_address(fate_walk *walk, ms_span domain, ms_span local)
{
	known_fate *this = palloc(sizeof(known_fate));
	ms_key_view key;
	ms_hosted	hosted;
	ListCell   *cell;

	this->key = ms_key_build(MS_KEY_ADDRESS, domain, local);
	this->found = TAKEN;
	key = ms_key_view_of(this->key);
	foreach(cell, walk->known)
	{
		const known_fate *k = lfirst(cell);

		if (ms_span_equal(ms_key_view_of(k->key).key, key.key))
			return k->found;
	}
	if (list_length(walk->known) >= MAX_ADDRESSES)
		return TAKEN;
	walk->known = lappend(walk->known, this);
	this->found = find_hosted(walk, domain, &hosted) ?
		find_out_fate(walk, &hosted, key.local) : NOBODY_TAKES_IT;
	return this->found;
}

static fate
fate_of_hop(fate_walk *walk, const ms_hop *hop)
{
	char		joined[MS_LOCAL_PART_MAX];

	if (hop->refusal != MS_NOT_REFUSED)
		return ms_is_for_good(hop->refusal) ? NOBODY_TAKES_IT : NOBODY_TAKES_IT_NOW;
	if (!hop->is_hosted || hop->hosted.class == MS_RELAY)
		return TAKEN;
	return fate_of_address(walk, hop->address.domain, ms_hop_local_key(hop, joined));
}

static fate
fate_of_hops(fate_walk *walk, const ms_step *step)
{
	fate		best = step->delivered ? fate_in_mailbox(walk->reader, step) : NOBODY_TAKES_IT;
	ListCell   *cell;

	foreach(cell, step->hops)
	{
		fate		next;

		if (best == TAKEN)
			break;
		next = fate_of_hop(walk, lfirst(cell));
		best = Max(best, next);
	}
	return best;
}

/* As Dovecot says it. */
static void
append_full(const ms_step *step, StringInfo out)
{
	appendStringInfo(out, "%s %s", ms_settings_get()->quota_full_tempfail ? "452 4.2.2" : "552 5.2.2",
					 step->hops == NIL ? "Mailbox is full" : "the mailboxes behind this alias are full");
}

/*
 * A full mailbox, or an alias without anybody behind it.  What a catch-all that
 * is switched off would have taken is unknown to smtpd, as it should be.
 */
static bool
append_fate(ms_question *question, const ms_step *step, StringInfo out)
{
	fate_walk	walk = {&question->reader, &question->hosted, NIL};
	fate		found = NOBODY_TAKES_IT;

	if (step->refusal == MS_NOT_REFUSED)
		found = fate_of_hops(&walk, step);
	else if (step->refusal != MS_NO_DESTINATION || step->found_by == MS_BY_CATCHALL)
		return false;
	if (found == NOBODY_TAKES_IT)
		appendStringInfoString(out, step->hops == NIL ? "550 5.2.1 this alias is switched off" :
							   "550 5.2.1 nobody behind this alias takes mail");
	else if (found == NOBODY_HAS_ROOM)
		append_full(step, out);
	else if (found == NOBODY_TAKES_IT_NOW)
		appendStringInfoString(out, "450 4.2.1 nobody behind this alias takes mail for now");
	return found != TAKEN;
}

/*
 * Who has moved, in the words of relocated_maps: where Postfix asks this map, it
 * need not ask that one three times a message.
 */
static bool
append_moved(const ms_step *step, StringInfo out)
{
	StringInfoData address;

	if (step->refusal != MS_MOVED)
		return false;
	initStringInfo(&address);
	ms_append_moved_to(&address, step);
	appendStringInfo(out, "550 5.1.6 User has moved to %s", address.data);
	return true;
}

/* The restriction class that asks who the sender is. */
static bool
append_list_class(ms_reader *reader, const ms_step *step, StringInfo out)
{
	const ms_scan *row = NULL;
	bool		isnull;

	if (step->refusal == MS_NOT_REFUSED && (step->found_by == MS_BY_NAME || step->found_by == MS_BY_BASE))
		row = ms_read(reader, MS_LIST_SLOTS,
					  ms_key_build(MS_KEY_ADDRESS, ms_hosted_name(&step->hosted), step->local));
	if (row != NULL)
		appendStringInfo(out, "list_senders_%d", DatumGetInt16(ms_scan_get(row, MS_LIST_SLOTS_SLOT, &isnull)));
	return row != NULL;
}

bool
ms_answer_check_recipient_access(ms_question *question, StringInfo out)
{
	const ms_hosted *hosted = &question->hosted;
	ms_step		step;

	if (ms_append_receive(out, MS_TOLD_BY_REPLY, hosted->receive, hosted->receive_reason))
		return true;
	if (hosted->class != MS_RELAY)
	{
		ms_resolve(&question->reader, hosted, ms_question_local(question), question->split, MS_AS_IT_IS, &step);
		if (append_receive(&question->reader, &step, out) || append_moved(&step, out) ||
			append_fate(question, &step, out) || append_list_class(&question->reader, &step, out))
			return true;
	}
	/* "Not found" would have Postfix ask for parts of the address. */
	appendStringInfoString(out, "DUNNO");
	return true;
}
