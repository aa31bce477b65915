/*
 * read_spi.c
 *	  The filters of an owner from their table, and the script of them.
 */
#include "base/unicode.h"
#include "filter/served.h"

#include "utils/date.h"
#include "utils/datetime.h"

static ms_span
copied(ms_span s)
{
	return ms_span_of(pnstrdup(s.data, s.len), s.len);
}

/* A column of text that may be NULL: empty then. */
static ms_span
read_text(const ms_scan *row, int attribute)
{
	ms_span		s;

	return ms_scan_span_or_null(row, attribute, &s) ? copied(s) : MS_NO_SPAN;
}

static void
read_date(const ms_scan *row, int attribute, ms_filter_date out)
{
	bool		isnull;
	Datum		value = ms_scan_get(row, attribute, &isnull);
	int			year;
	int			month;
	int			day;

	out[0] = '\0';
	if (isnull)
		return;
	j2date(DatumGetDateADT(value) + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	snprintf(out, sizeof(ms_filter_date), "%04u-%02u-%02u", (unsigned) year % 10000, (unsigned) month % 100,
			 (unsigned) day % 100);
}

static ms_span
address_of(const ms_key_view *key)
{
	char	   *text = ms_address_to_cstring(key->typed, key->domain);

	return ms_span_of_text(text);
}

static ms_span
sender_of(const ms_key_view *key)
{
	return key->class == MS_KEY_CATCHALL ? copied(key->domain) : address_of(key);
}

static void
read_sender(const ms_scan *row, ms_filter *f)
{
	ms_key_view sender = ms_scan_key(row, MS_FILTERS_SENDER);
	char		unicode[MS_UNICODE_MAX];
	size_t		len;

	f->sender_is_domain = sender.class == MS_KEY_CATCHALL;
	f->sender = sender_of(&sender);
	if (ms_idna_to_unicode(sender.domain, unicode, sizeof(unicode), &len) &&
		!ms_span_equal(sender.domain, ms_span_of(unicode, len)))
	{
		sender.domain = ms_span_of(unicode, len);
		f->sender_unicode = sender_of(&sender);
	}
}

static void
read_filter(const ms_scan *row, ms_filter_level level, ms_filter *f)
{
	memset(f, 0, sizeof(ms_filter));
	f->id = ms_scan_int64(row, MS_FILTERS_ID, 0);
	f->kind = ms_filter_kind_of(ms_scan_span(row, MS_FILTERS_KIND));
	f->level = level;
	f->position = ms_scan_int32(row, MS_FILTERS_POSITION);
	f->folder = read_text(row, MS_FILTERS_FOLDER);
	f->list_id = read_text(row, MS_FILTERS_LIST_ID);
	f->subject = read_text(row, MS_FILTERS_SUBJECT);
	f->message = read_text(row, MS_FILTERS_MESSAGE);
	read_date(row, MS_FILTERS_STARTS, f->starts);
	read_date(row, MS_FILTERS_ENDS, f->ends);
	if (f->kind == MS_FILE_FROM || f->kind == MS_DISCARD_FROM)
		read_sender(row, f);
	if (f->kind == MS_VACATION)
		f->days = ms_scan_int32(row, MS_FILTERS_DAYS);
	if (f->kind == MS_FORWARD)
	{
		ms_key_view destination = ms_scan_key(row, MS_FILTERS_DESTINATION);

		f->destination = address_of(&destination);
		f->keep = ms_scan_bool(row, MS_FILTERS_KEEP);
	}
}

static ms_filter *
add_filter(ms_filter_list *list)
{
	if (list->n == list->room)
	{
		list->room = list->room == 0 ? 8 : list->room * 2;
		list->filters = list->filters == NULL ? palloc(list->room * sizeof(ms_filter))
			: repalloc(list->filters, list->room * sizeof(ms_filter));
	}
	return &list->filters[list->n++];
}

void
ms_filters_read(ms_reader *reader, const void *owner, ms_filter_level level, ms_filter_list *list)
{
	const ms_scan *row;

	for (row = ms_read(reader, MS_FILTERS, owner); row != NULL; row = ms_read_next(reader, MS_FILTERS))
	{
		if (ms_scan_bool(row, MS_FILTERS_ACTIVE))
			read_filter(row, level, add_filter(list));
	}
}

/* ------------------------------------------------------------------- script */

static bool
has_vacation(const ms_filter_list *list)
{
	int			i;

	for (i = 0; i < list->n; i++)
	{
		if (list->filters[i].kind == MS_VACATION)
			return true;
	}
	return false;
}

ms_span
ms_filters_script(ms_reader *reader, ms_filter_list *list, const struct varlena *user)
{
	List	   *names = user != NULL && has_vacation(list) ? ms_addresses_of(reader, user) : NIL;
	ms_span    *addresses = palloc((list_length(names) + 1) * sizeof(ms_span));
	int			naddresses = 0;
	ListCell   *cell;
	size_t		cap = 2048;
	char	   *script = palloc(cap);
	size_t		len;

	foreach(cell, names)
		addresses[naddresses++] = ms_span_of_text(lfirst(cell));
	ms_filters_sort(list->filters, list->n);
	len = ms_filters_compile(list->filters, list->n, addresses, naddresses, script, cap);
	if (len > cap)
	{
		script = palloc(len);
		(void) ms_filters_compile(list->filters, list->n, addresses, naddresses, script, len);
	}
	return ms_span_of(script, len);
}

ms_span
ms_filters_script_for(ms_reader *reader, const struct varlena *owner)
{
	ms_key_view view = ms_key_view_of(owner);
	bool		is_user = view.class == MS_KEY_ADDRESS;
	ms_filter_list list = {NULL, 0, 0};

	ms_filters_read(reader, ms_owner_all(), MS_OF_ALL, &list);
	if (view.domain.len > 0)
		ms_filters_read(reader, ms_key_build_domain(view.domain), MS_OF_DOMAIN, &list);
	if (is_user)
		ms_filters_read(reader, owner, MS_OF_USER, &list);
	return list.n == 0 ? MS_NO_SPAN : ms_filters_script(reader, &list, is_user ? owner : NULL);
}
