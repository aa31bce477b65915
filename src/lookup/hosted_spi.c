/*
 * hosted_spi.c
 *	  From the text of a question to the domain and the user that it is about.
 */
#include "lookup/lookup.h"

#include "utils/snapmgr.h"

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

static char *
text_or_null(const ms_scan *scan, int attribute)
{
	ms_span		text;

	return ms_scan_span_or_null(scan, attribute, &text) ? pnstrdup(text.data, text.len) : NULL;
}

static void
read_hosted(const ms_scan *scan, ms_hosted *out)
{
	bool		isnull;
	Datum		services;
	Datum		mirrored = ms_scan_get(scan, MS_DOMAINS_ALIAS_OF, &isnull);

	out->mirrored = isnull ? NULL : copy_varlena(mirrored);
	out->domain = copy_varlena(ms_scan_get(scan, MS_DOMAINS_DOMAIN, &isnull));
	out->class = class_of(ms_scan_span(scan, MS_DOMAINS_CLASS));
	out->active = ms_scan_bool(scan, MS_DOMAINS_ACTIVE);
	out->receive = ms_receive_of(ms_scan_span(scan, MS_DOMAINS_RECEIVE));
	out->quota = ms_quota_of_domain(scan);
	out->transport = text_or_null(scan, MS_DOMAINS_TRANSPORT);
	out->staged_transport = text_or_null(scan, MS_DOMAINS_STAGED_TRANSPORT);
	if (out->staged_transport != NULL)
		out->staged_share = DatumGetFloat4(ms_scan_get(scan, MS_DOMAINS_STAGED_SHARE, &isnull));
	out->receive_reason = text_or_null(scan, MS_DOMAINS_RECEIVE_REASON);
	out->suspended_reason = text_or_null(scan, MS_DOMAINS_SUSPENDED_REASON);
	services = ms_scan_get(scan, MS_DOMAINS_SERVICES, &isnull);
	out->services = isnull ? NULL : DatumGetArrayTypePCopy(services);
}

bool
ms_find_hosted(ms_reader *reader, ms_span domain, ms_hosted *out)
{
	struct varlena *key = ms_key_build_domain(domain);
	const ms_scan *row = ms_read(reader, MS_DOMAINS, key);

	if (row == NULL)
		row = ms_read(reader, MS_DOMAINS_BY_POSTFIX_KEY, key);
	if (row == NULL)
		return false;
	read_hosted(row, out);
	return true;
}

bool
ms_find_mirrored(ms_reader *reader, const ms_hosted *hosted, ms_hosted *out)
{
	return hosted->mirrored != NULL &&
		ms_find_hosted(reader, ms_key_view_of(hosted->mirrored).domain, out);
}

const ms_scan *
ms_find_user(ms_reader *reader, const ms_hosted *hosted, ms_span local)
{
	if (hosted->class != MS_VIRTUAL_MAILBOX)
		return NULL;
	return ms_read(reader, MS_USERS, ms_key_build(MS_KEY_ADDRESS, ms_hosted_name(hosted), local));
}

bool
ms_question_read(ms_question *question, ms_span text, int classes)
{
	ms_span		delimiters = ms_settings_delimiters();
	ms_key	   *key = &question->key;
	ms_fault	unused;

	if (!ms_key_parse(text, key, &unused) || (MS_ASKED_AS(key->class) & classes) == 0 ||
		!ms_find_hosted(&question->reader, ms_span_of(key->domain, key->domain_len), &question->hosted) ||
		!question->hosted.active)
		return false;
	question->split = ms_local_part_split(ms_question_local(question), delimiters);
	return true;
}

bool
ms_ask(ms_span text, int classes, ms_answer answer, StringInfo out)
{
	ms_question question;
	bool		answered;

	ms_reader_begin(&question.reader, GetActiveSnapshot());
	answered = ms_question_read(&question, text, classes) && answer(&question, out);
	ms_reader_end(&question.reader);
	return answered;
}
