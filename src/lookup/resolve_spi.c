/*
 * resolve_spi.c
 *	  Where mail for an address goes.  One order, in one place:
 *
 *	exact alias > mailbox > base of a sub-address > mirrored domain > role
 *	address > catch-all
 *
 * An address that is there but must be refused ends the search; but an alias of
 * a whole sub-address that leads nowhere is as if it were not there, for smtpd
 * asks for the base itself next and cannot be told to refuse.
 */
#include "lookup/resolve.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "transport/transport.h"

/*
 * How far it is looked whether a hop would be refused: no rule lets aliases go
 * on for longer, so that this ends the loops of an edited dump.  A hop beyond is
 * taken as one that takes mail.
 */
#define MAX_HOPS 1000
#define MAX_DEPTH 20

static void resolve(ms_reader *reader, const ms_hosted *hosted, ms_span local, size_t split, ms_step *step);

/* A local part that is too long with the detail would be nobody's: better without. */
static ms_span
join(ms_span local, ms_span detail, char *joined)
{
	if (local.len + detail.len > MS_LOCAL_PART_MAX)
		return local;
	memcpy(joined, local.data, local.len);
	memcpy(joined + local.len, detail.data, detail.len);
	return ms_span_of(joined, local.len + detail.len);
}

ms_span
ms_hop_local(const ms_hop *hop, char *joined)
{
	return join(hop->address.typed, hop->detail, joined);
}

ms_span
ms_hop_local_key(const ms_hop *hop, char *joined)
{
	return join(hop->address.local, hop->detail, joined);
}

/* ---------------------------------------------------------------- mailboxes */

static bool
is_service(ms_span transport, const char *service)
{
	return ms_span_equal(ms_span_of(transport.data, ms_transport_service_len(transport)),
						 ms_span_of_text(service));
}

/* Whether a user is of the share of the domain that the staged transport delivers for. */
static bool
is_chosen(const ms_scan *user, const ms_hosted *hosted)
{
	ms_key_view email;

	if (hosted->staged_transport == NULL)
		return false;
	email = ms_scan_key(user, MS_USERS_EMAIL);
	return ms_address_share(email.local, email.domain) < hosted->staged_share;
}

static ms_delivery
delivery_by(const char *transport, ms_transport_source source)
{
	ms_delivery delivery = {ms_span_of_text(transport), source};

	return delivery;
}

ms_delivery
ms_transport_of(const ms_scan *user, const ms_hosted *hosted)
{
	ms_delivery delivery = {MS_NO_SPAN, MS_TRANSPORT_OF_USER};

	if (user != NULL && ms_scan_span_or_null(user, MS_USERS_TRANSPORT, &delivery.transport))
		return delivery;
	if (user != NULL && is_chosen(user, hosted))
		return delivery_by(hosted->staged_transport, MS_TRANSPORT_STAGED);
	return delivery_by(hosted->transport != NULL ? hosted->transport : "", MS_TRANSPORT_OF_DOMAIN);
}

bool
ms_mailbox_is_full(ms_reader *reader, const ms_step *step, ms_usage *usage)
{
	const ms_scan *row;

	if (!step->is_mailbox || (step->quota.bytes == 0 && step->quota.messages == 0))
		return false;
	row = ms_read(reader, MS_USAGE, ms_key_build(MS_KEY_ADDRESS, ms_hosted_name(&step->hosted), step->local));
	if (row == NULL)
		return false;
	usage->bytes = ms_scan_int64(row, MS_USAGE_BYTES, 0);
	usage->messages = ms_scan_int64(row, MS_USAGE_MESSAGES, 0);
	return (step->quota.bytes != 0 && usage->bytes >= step->quota.bytes) ||
		(step->quota.messages != 0 && usage->messages >= step->quota.messages);
}

static ms_refusal
refusal_of_user(const ms_scan *user, const ms_hosted *hosted)
{
	ms_receive	receive = ms_receive_of(ms_scan_span(user, MS_USERS_RECEIVE));
	ms_span		transport = ms_transport_of(user, hosted).transport;

	if (!ms_scan_bool(user, MS_USERS_ACTIVE))
		return MS_USER_INACTIVE;
	if (receive == MS_RECEIVE_REFUSE)
		return MS_USER_REFUSES;
	if (is_service(transport, "error"))
		return MS_TRANSPORT_ERROR;
	if (receive == MS_RECEIVE_DEFER)
		return MS_USER_DEFERS;
	return is_service(transport, "retry") ? MS_TRANSPORT_RETRY : MS_NOT_REFUSED;
}

static ms_refusal
refusal_of_domain(const ms_hosted *hosted)
{
	if (!hosted->active)
		return MS_DOMAIN_INACTIVE;
	if (hosted->receive == MS_RECEIVE_ACCEPT)
		return MS_NOT_REFUSED;
	return hosted->receive == MS_RECEIVE_REFUSE ? MS_DOMAIN_REFUSES : MS_DOMAIN_DEFERS;
}

/* ------------------------------------------------------------------ aliases */

/* The rows of an alias. */
typedef struct alias_rows
{
	bool		any;
	ms_hop	   *moved_to;
	List	   *hops;			/* the active ones, not yet located */
} alias_rows;

static ms_hop *
read_hop(const ms_scan *row)
{
	ms_hop	   *hop = palloc0(sizeof(ms_hop));
	ms_span		stored = ms_scan_span(row, MS_ALIASES_EMAIL);

	/* The row goes when the next is read. */
	hop->address = ms_key_view_of((struct varlena *) cstring_to_text_with_len(stored.data, (int) stored.len));
	hop->propagate = ms_scan_bool(row, MS_ALIASES_PROPAGATE_DETAIL);
	hop->relocated = ms_scan_bool(row, MS_ALIASES_RELOCATED);
	hop->send = ms_scan_bool(row, MS_ALIASES_SEND);
	hop->detail = MS_NO_SPAN;
	return hop;
}

bool
ms_alias_is_in_force(const ms_scan *row)
{
	bool		never;
	Datum		expires = ms_scan_get(row, MS_ALIASES_EXPIRES, &never);

	return ms_scan_bool(row, MS_ALIASES_ACTIVE) &&
		(never || DatumGetTimestampTz(expires) > GetCurrentStatementStartTimestamp());
}

/* An index gives the rows in any order; an answer has one. */
static int
by_address(const ListCell *a, const ListCell *b)
{
	return ms_span_compare(((ms_hop *) lfirst(a))->address.key, ((ms_hop *) lfirst(b))->address.key);
}

/* A row that does not count, as a hop that is refused. */
static ms_hop *
read_hop_out_of_force(const ms_scan *row)
{
	ms_hop	   *hop = read_hop(row);

	hop->refusal = ms_scan_bool(row, MS_ALIASES_ACTIVE) ? MS_ROW_EXPIRED : MS_ROW_INACTIVE;
	return hop;
}

static alias_rows
read_alias(ms_reader *reader, ms_key_class class, const ms_hosted *hosted, ms_span local, ms_resolve_mode mode)
{
	struct varlena *key = ms_key_build(class, ms_hosted_name(hosted), local);
	alias_rows	rows = {false, NULL, NIL};
	const ms_scan *row;

	for (row = ms_read(reader, MS_ALIASES, key); row != NULL; row = ms_read_next(reader, MS_ALIASES))
	{
		rows.any = true;
		if (!ms_alias_is_in_force(row))
		{
			if (mode == MS_TO_EXPLAIN)
				rows.hops = lappend(rows.hops, read_hop_out_of_force(row));
		}
		else if (ms_scan_bool(row, MS_ALIASES_RELOCATED))
			rows.moved_to = read_hop(row);
		else
			rows.hops = lappend(rows.hops, read_hop(row));
	}
	if (list_length(rows.hops) > 1)
		list_sort(rows.hops, by_address);
	return rows;
}

static bool
is_alias(ms_reader *reader, ms_span domain, ms_span local)
{
	return ms_read(reader, MS_ALIASES, ms_key_build(MS_KEY_ADDRESS, domain, local)) != NULL;
}

/* What hosts a hop of an alias in alias_domain; named is its domain as it stands there. */
static void
locate(ms_reader *reader, const ms_hosted *alias_domain, ms_hop *hop, ms_hosted *named)
{
	ms_hosted	mirrored;

	hop->is_hosted = true;
	if (ms_span_equal(hop->address.domain, ms_hosted_name(alias_domain)))
		hop->hosted = *alias_domain;
	else
		hop->is_hosted = ms_find_hosted(reader, hop->address.domain, &hop->hosted);
	*named = hop->hosted;
	if (hop->is_hosted && hop->hosted.active && hop->hosted.mirrored != NULL &&
		!is_alias(reader, hop->address.domain, hop->address.local) &&
		ms_find_mirrored(reader, &hop->hosted, &mirrored))
		hop->hosted = mirrored;
}

/*
 * Whether a hop hosted here would be refused if it were asked itself, with the
 * detail that it gets: handing mail on to it would end in a bounce to the sender.
 */
static ms_refusal
refusal_of_hop(ms_reader *reader, const ms_step *from, const ms_hop *hop, const ms_hosted *named)
{
	ms_hop		canonical = *hop;
	char		joined[MS_LOCAL_PART_MAX];
	ms_span		local;
	ms_step		step;

	if (!hop->is_hosted)
		return MS_NOT_REFUSED;
	if (named->class == MS_RELAY)
		return refusal_of_domain(named);
	if (from->depth >= MAX_DEPTH || *from->hops_left <= 0)
		return MS_NOT_REFUSED;
	canonical.address.typed = canonical.address.local;
	local = ms_hop_local(&canonical, joined);
	memset(&step, 0, sizeof(step));
	step.depth = from->depth + 1;
	step.hops_left = from->hops_left;
	--*step.hops_left;
	resolve(reader, named, local, ms_local_part_split(local, ms_settings_delimiters()), &step);
	return step.refusal;
}

/* Whether the hop is the alias itself, be it by the name of a mirror. */
static bool
is_itself(const ms_hop *hop, const ms_step *step)
{
	return step->found_by != MS_BY_CATCHALL && hop->is_hosted &&
		ms_span_equal(ms_hosted_name(&hop->hosted), ms_hosted_name(&step->hosted)) &&
		ms_span_equal(hop->address.local, step->local);
}

/* Hosted hops get the detail, others where the alias says so, and none that has one of its own. */
static ms_span
detail_for(const ms_hop *hop, const ms_step *step)
{
	ms_span		local = hop->address.local;
	bool		has_detail = ms_local_part_split(local, ms_settings_delimiters()) < local.len;
	bool		propagate = hop->propagate || (hop->is_hosted && hop->hosted.class != MS_RELAY);

	return propagate && !has_detail ? step->detail : MS_NO_SPAN;
}

/*
 * Takes over the hops of an alias; one that is the alias itself means that its
 * mailbox keeps a copy.  Returns whether one of them can be reached.
 */
static bool
take_hops(ms_reader *reader, ms_step *step, List *hops)
{
	bool		reached = false;
	ListCell   *cell;

	step->hops = NIL;
	foreach(cell, hops)
	{
		ms_hop	   *hop = lfirst(cell);
		ms_hosted	named;

		locate(reader, &step->hosted, hop, &named);
		if (hop->refusal != MS_NOT_REFUSED)
		{
			step->hops = lappend(step->hops, hop);
			continue;
		}
		if (is_itself(hop, step))
		{
			step->names_itself = true;
			step->delivered = step->is_mailbox;
			continue;
		}
		hop->detail = detail_for(hop, step);
		if (step->mode != MS_AS_IF_ALL_TOOK_MAIL)
			hop->refusal = refusal_of_hop(reader, step, hop, &named);
		reached = reached || !ms_is_for_good(hop->refusal);
		step->hops = lappend(step->hops, hop);
	}
	return reached;
}

/* -------------------------------------------------------------------- steps */

/* The mailbox of the name; whether it refuses. */
static bool
try_mailbox(ms_reader *reader, ms_step *step)
{
	const ms_scan *user = ms_find_user(reader, &step->hosted, step->local);

	if (user == NULL)
		return false;
	step->is_mailbox = true;
	step->delivered = ms_scan_bool(user, MS_USERS_KEEP_COPY);
	step->quota = ms_quota_of_user(user, step->hosted.quota);
	if (step->mode == MS_AS_IF_ALL_TOOK_MAIL)
		return false;
	step->refusal = refusal_of_user(user, &step->hosted);
	/* A mirror has no transport that could make smtpd say "later": the mail waits in the queue. */
	if (step->by_mirror && !ms_is_for_good(step->refusal))
		step->refusal = MS_NOT_REFUSED;
	return step->refusal != MS_NOT_REFUSED;
}

/*
 * An alias of the name, or a mailbox, or both.  Whether it is there; the
 * refusal of the step says whether to go on.
 */
static bool
try_name(ms_reader *reader, ms_step *step, ms_found_by found_by, bool can_be_mailbox)
{
	ms_key_class class = found_by == MS_BY_CATCHALL ? MS_KEY_CATCHALL : MS_KEY_ADDRESS;
	alias_rows	rows = read_alias(reader, class, &step->hosted, step->local, step->mode);
	bool		reached;

	step->found_by = found_by;
	step->is_alias = rows.any;
	step->names_itself = false;
	step->is_mailbox = false;
	step->delivered = false;
	step->moved_to = rows.moved_to;
	step->refusal = rows.moved_to != NULL ? MS_MOVED : MS_NOT_REFUSED;
	if (rows.moved_to != NULL || (can_be_mailbox && try_mailbox(reader, step)))
		return true;
	reached = take_hops(reader, step, rows.hops);
	/* Without anywhere else to go, mail stays in the mailbox of the name. */
	step->delivered = step->is_mailbox && (step->delivered || !reached);
	if (!reached && !step->delivered)
		step->refusal = rows.any ? MS_NO_DESTINATION : MS_NO_SUCH_ADDRESS;
	return rows.any || step->is_mailbox;
}

/* An alias that leads nowhere: the search goes on, and comes back to it where there is nothing else. */
static void
pass_over(ms_step *step)
{
	ms_step    *passed = palloc(sizeof(ms_step));

	*passed = *step;
	step->passed = lappend(step->passed, passed);
	step->refusal = MS_NO_SUCH_ADDRESS;
}

/* The address in one domain, then what it is a sub-address of.  No mailbox has a name with a detail. */
static bool
try_domain(ms_reader *reader, ms_step *step, ms_span local, size_t split)
{
	bool		has_detail = split < local.len;

	step->local = local;
	step->detail = MS_NO_SPAN;
	if (try_name(reader, step, MS_BY_NAME, !has_detail) && (!has_detail || step->refusal == MS_NOT_REFUSED))
		return true;
	if (!has_detail)
		return false;
	if (step->is_alias)
		pass_over(step);
	step->local.len = split;
	step->detail = ms_span_from(local, split);
	return try_name(reader, step, MS_BY_BASE, true);
}

static bool
try_catchall(ms_reader *reader, ms_step *step)
{
	step->local = MS_NO_SPAN;
	step->detail = MS_NO_SPAN;
	return try_name(reader, step, MS_BY_CATCHALL, false);
}

/* A role address goes to the postmaster, who is not reached by a role himself. */
static bool
try_role(ms_reader *reader, ms_step *step, const ms_hosted *hosted, ms_span whole, size_t split)
{
	const ms_settings *settings = ms_settings_get();
	ms_span		local = ms_span_of(whole.data, split);
	ms_hop	   *hop;

	if (settings->postmaster_address == NULL || !ms_settings_is_role(settings, local))
		return false;
	hop = palloc0(sizeof(ms_hop));
	hop->address = ms_key_view_of(settings->postmaster_address);
	hop->send = true;
	hop->detail = MS_NO_SPAN;
	if (ms_span_equal(hop->address.local, local) && ms_span_equal(hop->address.domain, ms_hosted_name(hosted)))
		return false;
	step->found_by = MS_BY_ROLE;
	step->hosted = *hosted;
	step->by_mirror = false;
	step->local = local;
	step->detail = ms_span_from(whole, split);
	step->is_alias = false;
	step->refusal = take_hops(reader, step, list_make1(hop)) ? MS_NOT_REFUSED : MS_NO_DESTINATION;
	return true;
}

static bool
refuse_domain(ms_step *step, const ms_hosted *hosted)
{
	ms_refusal	refusal = step->mode != MS_AS_IF_ALL_TOOK_MAIL ? refusal_of_domain(hosted) : MS_NOT_REFUSED;

	if (refusal != MS_NOT_REFUSED)
		step->refusal = refusal;
	return refusal != MS_NOT_REFUSED;
}

static void
try_all(ms_reader *reader, ms_step *step, const ms_hosted *hosted, ms_span local, size_t split)
{
	ms_hosted	mirrored;
	bool		mirrors;

	if (try_domain(reader, step, local, split))
		return;
	mirrors = ms_find_mirrored(reader, hosted, &mirrored);
	if (mirrors)
	{
		step->hosted = mirrored;
		step->by_mirror = true;
		if (refuse_domain(step, &mirrored) && ms_is_for_good(step->refusal))
			return;
		if (try_domain(reader, step, local, split))
			return;
	}
	if (try_role(reader, step, hosted, local, split))
		return;
	step->hosted = *hosted;
	step->by_mirror = false;
	if (try_catchall(reader, step) || !mirrors)
		return;
	step->hosted = mirrored;
	step->by_mirror = true;
	(void) try_catchall(reader, step);
}

/* step has its mode, and says how far it may look. */
static void
resolve(ms_reader *reader, const ms_hosted *hosted, ms_span local, size_t split, ms_step *step)
{
	step->hosted = *hosted;
	step->local = local;
	step->refusal = MS_NO_SUCH_ADDRESS;
	if (refuse_domain(step, hosted) || hosted->class == MS_RELAY)
		return;
	try_all(reader, step, hosted, local, split);
	if (step->refusal != MS_NO_SUCH_ADDRESS)
		return;
	step->found_by = MS_BY_NOTHING;
	if (step->passed != NIL)
		*step = *(ms_step *) linitial(step->passed);
}

void
ms_resolve(ms_reader *reader, const ms_hosted *hosted, ms_span local, size_t split,
		   ms_resolve_mode mode, ms_step *step)
{
	int			hops_left = MAX_HOPS;

	memset(step, 0, sizeof(*step));
	step->mode = mode;
	step->hops_left = &hops_left;
	resolve(reader, hosted, local, split, step);
	step->hops_left = NULL;
}

void
ms_resolve_catchall(ms_reader *reader, const ms_hosted *hosted, ms_resolve_mode mode, ms_step *step)
{
	int			hops_left = MAX_HOPS;

	memset(step, 0, sizeof(*step));
	step->mode = mode;
	step->hops_left = &hops_left;
	step->hosted = *hosted;
	(void) try_catchall(reader, step);
	step->hops_left = NULL;
}

/* ------------------------------------------------- what an address leads to */

static bool
is_mailbox_alone(const ms_step *step)
{
	return step->refusal == MS_NOT_REFUSED && step->delivered && step->hops == NIL;
}

/* The one destination of an alias, as a step of its own. */
static bool
resolve_only_hop(ms_reader *reader, const ms_step *step, ms_step *next)
{
	char		joined[MS_LOCAL_PART_MAX];
	const ms_hop *hop;
	ms_span		local;

	if (step->refusal != MS_NOT_REFUSED || step->delivered || list_length(step->hops) != 1 ||
		(step->found_by != MS_BY_NAME && step->found_by != MS_BY_BASE))
		return false;
	hop = linitial(step->hops);
	if (!hop->is_hosted)
		return false;
	/* A copy, which the next step may point into. */
	local = ms_hop_local_key(hop, joined);
	local = ms_span_of(pnstrdup(local.data, local.len), local.len);
	ms_resolve(reader, &hop->hosted, local, ms_local_part_split(local, ms_settings_delimiters()),
			   MS_AS_IT_IS, next);
	return true;
}

/* Whether an address leads anywhere but to a role or a catch-all, which are not followed: most that nobody has do not. */
static bool
may_lead_on(ms_reader *reader, const ms_hosted *hosted, ms_span local, size_t split)
{
	return hosted->mirrored != NULL || is_alias(reader, ms_hosted_name(hosted), local) ||
		(split < local.len && is_alias(reader, ms_hosted_name(hosted), ms_span_of(local.data, split)));
}

const ms_scan *
ms_find_user_behind(ms_reader *reader, const ms_hosted *hosted, ms_span local, size_t split, ms_quota *quota)
{
	ms_step		first,
				second;
	const ms_step *last = &first;

	if (!may_lead_on(reader, hosted, local, split))
		return NULL;
	ms_resolve(reader, hosted, local, split, MS_AS_IT_IS, &first);
	if (resolve_only_hop(reader, &first, &second))
		last = &second;
	*quota = last->quota;
	return is_mailbox_alone(last) ? ms_find_user(reader, &last->hosted, last->local) : NULL;
}
