/*
 * list_senders_spi.c
 *	  Whether a sender is named for the lists of a slot: what a restriction
 *	  class that postfix_check_recipient_access() has answered asks next.
 */
#include "lookup/lookup.h"

#include "utils/snapmgr.h"

typedef struct named
{
	ms_reader	reader;
	int			slot;
} named;

/* The slot before the colon, 0 where there is none; the text goes on behind the colon. */
static int
read_slot(ms_span *text)
{
	size_t		i;
	int			slot = 0;

	for (i = 0; i < text->len && i < 3 && text->data[i] >= '0' && text->data[i] <= '9'; i++)
		slot = slot * 10 + (text->data[i] - '0');
	if (i == text->len || text->data[i] != ':')
		return 0;
	*text = ms_span_from(*text, i + 1);
	return slot;
}

static bool
has_slot(named *n, ms_key_view list)
{
	const ms_scan *row = ms_read(&n->reader, MS_LIST_SLOTS, ms_key_build(MS_KEY_ADDRESS, list.domain, list.local));
	bool		isnull;

	return row != NULL && DatumGetInt16(ms_scan_get(row, MS_LIST_SLOTS_SLOT, &isnull)) == n->slot;
}

static bool
is_named_by(named *n, ms_key_class class, ms_span domain, ms_span local)
{
	const ms_scan *row;

	for (row = ms_read(&n->reader, MS_LIST_SENDERS_BY_SENDER, ms_key_build(class, domain, local)); row != NULL;
		 row = ms_read_next(&n->reader, MS_LIST_SENDERS_BY_SENDER))
	{
		if (has_slot(n, ms_scan_key(row, MS_LIST_SENDERS_LIST)))
			return true;
	}
	return false;
}

/* By itself, by what it is a sub-address of, or by its domain. */
static bool
is_named_in(named *n, ms_span domain, ms_span local)
{
	size_t		split = ms_local_part_split(local, ms_settings_delimiters());

	return is_named_by(n, MS_KEY_ADDRESS, domain, local) ||
		(split < local.len && is_named_by(n, MS_KEY_ADDRESS, domain, ms_span_of(local.data, split))) ||
		is_named_by(n, MS_KEY_CATCHALL, domain, MS_NO_SPAN);
}

static bool
is_named(named *n, const ms_key *sender)
{
	ms_span		domain = ms_span_of(sender->domain, sender->domain_len);
	ms_span		local = ms_span_of(sender->local, sender->local_len);
	ms_hosted	hosted;
	ms_hosted	mirrored;

	if (!ms_find_hosted(&n->reader, domain, &hosted))
		return is_named_in(n, domain, local);
	return is_named_in(n, ms_hosted_name(&hosted), local) ||
		(ms_find_mirrored(&n->reader, &hosted, &mirrored) && is_named_in(n, ms_hosted_name(&mirrored), local));
}

bool
ms_ask_list_senders(ms_span text, StringInfo out)
{
	named		n = {.slot = read_slot(&text)};
	ms_key		sender;
	ms_fault	unused;
	bool		found = false;

	if (n.slot == 0)
		return false;
	if (ms_address_parse(text, &sender, &unused))
	{
		ms_reader_begin(&n.reader, GetActiveSnapshot());
		found = is_named(&n, &sender);
		ms_reader_end(&n.reader);
	}
	/* OK would end smtpd's other restrictions, too. */
	appendStringInfoString(out, found ? "DUNNO" : "550 5.7.1 only named senders may write to this address");
	return true;
}
