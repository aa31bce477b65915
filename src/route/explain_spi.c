/*
 * explain_spi.c
 *	  route(): why mail for an address goes where it goes.
 */
#include "route/way.h"

#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "route/explain.h"

static const char *const kinds[] = {
	[MS_WAY_NO_ADDRESS] = "no address",
	[MS_WAY_ADDRESS] = "address",
	[MS_WAY_ALIAS] = "alias",
	[MS_WAY_LEFT_OUT] = "left out",
	[MS_WAY_MAILBOX] = "mailbox",
	[MS_WAY_RELAYED] = "relayed",
	[MS_WAY_FOREIGN] = "foreign",
	[MS_WAY_WAITS] = "waits",
	[MS_WAY_DISCARDED] = "discarded",
	[MS_WAY_BOUNCES] = "bounces",
	[MS_WAY_LOOP] = "loop",
	[MS_WAY_LIMIT] = "limit",
	[MS_WAY_ACCEPTED] = "accepted",
	[MS_WAY_DEFERRED] = "deferred",
	[MS_WAY_REFUSED] = "refused",
};

Datum
ms_readable_text(const char *text, bool *isnull)
{
	StringInfoData out;

	*isnull = text == NULL;
	if (text == NULL)
		return (Datum) 0;
	if (ms_client_can_read(text, strlen(text)))
		return CStringGetTextDatum(text);
	initStringInfo(&out);
	for (; *text != '\0'; text += pg_utf_mblen((const unsigned char *) text))
	{
		if ((*text & 0x80) == 0)
			appendStringInfoChar(&out, *text);
		else
			appendStringInfo(&out, "<U+%04X>", (unsigned) utf8_to_unicode((const unsigned char *) text));
	}
	return PointerGetDatum(cstring_to_text_with_len(out.data, out.len));
}

/* In the order of route_step in 3_explain.sql. */
static void
put_step(const ms_way_step *step, void *arg)
{
	ReturnSetInfo *set = arg;
	bool		is_mailbox = step->home != NULL;
	Datum		values[12];
	bool		nulls[12] = {false};

	values[0] = Int32GetDatum(step->depth);
	values[1] = ms_readable_text(step->address, &nulls[1]);
	values[2] = CStringGetTextDatum(kinds[step->kind]);
	values[3] = ms_readable_text(step->detail, &nulls[3]);
	values[4] = ms_readable_text(step->alias, &nulls[4]);
	values[5] = ms_readable_text(step->transport, &nulls[5]);
	values[6] = ms_readable_text(step->home, &nulls[6]);
	values[7] = Int32GetDatum(step->uid);
	values[8] = Int32GetDatum(step->gid);
	values[9] = ms_readable_text(step->mail, &nulls[9]);
	values[10] = ms_readable_text(step->reply, &nulls[10]);
	values[11] = ms_readable_text(step->reason, &nulls[11]);
	nulls[7] = nulls[8] = !is_mailbox;
	tuplestore_putvalues(set->setResult, set->setDesc, values, nulls);
}

PG_FUNCTION_INFO_V1(ms_route);
Datum
ms_route(PG_FUNCTION_ARGS)
{
	ms_question question;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	ms_reader_begin(&question.reader, GetActiveSnapshot());
	(void) ms_way_of_address(&question, MS_GETARG_SPAN(0), put_step, fcinfo->resultinfo);
	ms_reader_end(&question.reader);
	return (Datum) 0;
}
