/*
 * hosted_spi.c
 *	  From the text of a question to the domain and the user that it is about.
 */
#include "lookup/lookup.h"

#include "utils/snapmgr.h"

static const ms_span no_local_part = {"", 0};

static struct varlena *
copy_varlena(Datum value)
{
	struct varlena *packed = (struct varlena *) PG_DETOAST_DATUM_PACKED(value);
	struct varlena *copy = palloc(VARSIZE_ANY(packed));

	memcpy(copy, packed, VARSIZE_ANY(packed));
	return copy;
}

static ms_class
class_of(ms_span name)
{
	switch (name.len)
	{
		case 15:
			return MS_VIRTUAL_MAILBOX;
		case 13:
			return MS_VIRTUAL_ALIAS;
		default:
			return MS_RELAY;
	}
}

static void
read_hosted(const ms_scan *scan, ms_hosted *out)
{
	ms_span		transport;
	bool		isnull;
	Datum		mirrored = ms_scan_get(scan, MS_DOMAINS_ALIAS_OF, &isnull);

	out->mirrored = isnull ? NULL : copy_varlena(mirrored);
	out->domain = copy_varlena(ms_scan_get(scan, MS_DOMAINS_DOMAIN, &isnull));
	out->class = class_of(ms_scan_span(scan, MS_DOMAINS_CLASS));
	out->active = ms_scan_bool(scan, MS_DOMAINS_ACTIVE);
	out->transport = NULL;
	if (ms_scan_span_or_null(scan, MS_DOMAINS_TRANSPORT, &transport))
		out->transport = pnstrdup(transport.data, transport.len);
}

static bool
find_by(ms_access access, ms_span domain, ms_hosted *out)
{
	struct varlena *key = ms_key_build(MS_KEY_DOMAIN, domain, no_local_part);
	ms_scan		scan;
	bool		found = ms_scan_begin(&scan, access, PointerGetDatum(key), GetActiveSnapshot());

	if (found)
		read_hosted(&scan, out);
	ms_scan_end(&scan);
	return found;
}

bool
ms_find_hosted(ms_span domain, ms_hosted *out)
{
	return find_by(MS_DOMAINS, domain, out) || find_by(MS_DOMAINS_BY_POSTFIX_KEY, domain, out);
}

bool
ms_ask(ms_span text, ms_key_class class, ms_question *question)
{
	ms_key	   *key = &question->key;
	ms_fault	unused;
	const char *delimiter;

	if (!ms_key_parse(text, key, &unused) || key->class != class)
		return false;
	if (!ms_find_hosted(ms_span_of(key->domain, key->domain_len), &question->hosted) ||
		!question->hosted.active)
		return false;
	question->split = 0;
	if (class == MS_KEY_ADDRESS)
	{
		delimiter = ms_settings_get()->recipient_delimiter;
		question->split = ms_local_part_split(ms_span_of(key->local, key->local_len),
											  ms_span_of(delimiter, strlen(delimiter)));
	}
	return true;
}

bool
ms_find_user(const ms_question *question, ms_scan *scan)
{
	ms_span		domain = ms_hosted_name(&question->hosted);
	ms_span		local = ms_span_of(question->key.local, question->key.local_len);
	struct varlena *email = ms_key_build(MS_KEY_ADDRESS, domain, local);

	if (ms_scan_begin(scan, MS_USERS, PointerGetDatum(email), GetActiveSnapshot()))
		return true;
	if (question->split == local.len)
		return false;
	ms_scan_end(scan);
	local.len = question->split;
	email = ms_key_build(MS_KEY_ADDRESS, domain, local);
	return ms_scan_begin(scan, MS_USERS, PointerGetDatum(email), GetActiveSnapshot());
}
