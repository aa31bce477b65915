/*
 * receive_pg.c
 *	  Whether a domain or a user takes mail, and the words for it where not.
 */
#include "schema/rules.h"

#include "utils/rel.h"

#define REASON_MAX 200			/* as in 1_tables.sql: with its code and the address it is one line of a reply */

static bool
is_receive(ms_span word)
{
	return ms_span_is(word, "accept") || ms_span_is(word, "defer") ||
		ms_span_is(word, "refuse");
}

static void
check_reason(const TriggerData *trigger, ms_span reason, const char *what, const ms_key_view *key)
{
	size_t		i;

	if (reason.len == 0)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("receive_reason of %s \"%s\" is empty", what, ms_key_to_cstring(key)),
				 errhint("NULL has mailstack say it in words of its own."),
				 errtable(trigger->tg_relation)));
	for (i = 0; i < reason.len; i++)
	{
		if (reason.data[i] < ' ' || reason.data[i] > '~')
			ereport(ERROR,
					(errcode(ERRCODE_CHECK_VIOLATION),
					 errmsg("receive_reason of %s \"%s\" cannot be said in an SMTP reply",
							what, ms_key_to_cstring(key)),
					 errdetail("At octet %zu: a reply is printable ASCII (RFC 5321, section 4.2).", i + 1),
					 errhint("Write it in letters without accents, on one line."),
					 errtable(trigger->tg_relation)));
	}
	if (reason.len > REASON_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("receive_reason of %s \"%s\" is too long", what, ms_key_to_cstring(key)),
				 errdetail("It has %zu characters; at most %d are allowed.", reason.len, REASON_MAX),
				 errhint("Say it in short, and where to read more."),
				 errtable(trigger->tg_relation)));
}

void
ms_check_receive(const TriggerData *trigger, HeapTuple row, AttrNumber receive, AttrNumber reason,
				 const char *what, const ms_key_view *key)
{
	ms_span		word = ms_row_span(trigger, row, receive);

	if (!ms_row_is_null(trigger, row, receive) && !is_receive(word))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("receive \"%.*s\" of %s \"%s\" is unknown", (int) word.len, word.data,
						what, ms_key_to_cstring(key)),
				 errdetail("Mail is taken by accept; refused for now by defer (450), for good by refuse (550)."),
				 errhint("It is about mail alone: active = false keeps from logging in, too."),
				 errtable(trigger->tg_relation)));
	if (!ms_row_is_null(trigger, row, reason))
		check_reason(trigger, ms_row_span(trigger, row, reason), what, key);
}
