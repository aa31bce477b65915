/*
 * alias_spi.c
 *	  The questions that the resolver answers: virtual_alias_maps and
 *	  relocated_maps.
 */
#include "lookup/resolve.h"

static int
by_key(const ListCell *a, const ListCell *b)
{
	return ms_span_compare(ms_key_view_of(lfirst(a)).key, ms_key_view_of(lfirst(b)).key);
}

void
ms_sort_keys(List *keys)
{
	list_sort(keys, by_key);
}

void
ms_append_address(StringInfo out, ms_span local, ms_span domain)
{
	char		written[2 * MS_LOCAL_PART_MAX + 2];
	size_t		len = ms_local_part_write(local, written);

	if (out->len > 0)
		appendBinaryStringInfo(out, ", ", 2);
	appendBinaryStringInfo(out, written, (int) len);
	appendStringInfoChar(out, '@');
	appendBinaryStringInfo(out, domain.data, (int) domain.len);
}

void
ms_append_moved_to(StringInfo out, const ms_step *step)
{
	ms_append_address(out, step->moved_to->address.typed, step->moved_to->address.domain);
}

static void
resolve(ms_question *question, ms_step *step)
{
	ms_resolve(&question->reader, &question->hosted, ms_question_local(question), question->split,
			   MS_AS_IT_IS, step);
}

/*
 * Nothing for what is refused: smtpd accepts a recipient as soon as this map
 * answers anything, before it looks at the mailbox or at a transport of error
 * or retry.
 */
bool
ms_answer_virtual_alias_maps(ms_question *question, StringInfo out)
{
	ms_step		step;
	ListCell   *cell;
	char		joined[MS_LOCAL_PART_MAX];

	resolve(question, &step);
	if (step.refusal != MS_NOT_REFUSED)
		return false;
	foreach(cell, step.hops)
	{
		const ms_hop *hop = lfirst(cell);

		if (!ms_is_for_good(hop->refusal))
			ms_append_address(out, ms_hop_local(hop, joined), hop->address.domain);
	}
	if (step.delivered)
		ms_append_address(out, ms_span_of(step.local.data, step.local.len + step.detail.len),
						  ms_hosted_name(&step.hosted));
	return out->len > 0;
}

bool
ms_answer_relocated_maps(ms_question *question, StringInfo out)
{
	ms_step		step;

	resolve(question, &step);
	if (step.refusal == MS_MOVED)
		ms_append_moved_to(out, &step);
	return step.refusal == MS_MOVED;
}
