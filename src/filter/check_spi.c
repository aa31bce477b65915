/*
 * check_spi.c
 *	  The filters of an owner together: they make a script that compiles, which
 *	  is seen when one is written, since nobody looks when mail comes.
 */
#include "filter/owner.h"

#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "filter/served.h"
#include "schema/config.h"
#include "sieve/script.h"

static void
refuse_script(const TriggerData *trigger, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the filter makes no script that Pigeonhole would compile"),
			 errdetail("%s", why),
			 errhint("Such an address or folder cannot be written in Sieve; or mailstack.sieve_extensions has switched off what the filter needs."),
			 errtable(trigger->tg_relation)));
}

static void
check_forwards(const TriggerData *trigger, const ms_filter_list *list, const char *name)
{
	int			forwards = 0;
	int			i;

	for (i = 0; i < list->n; i++)
		forwards += list->filters[i].kind == MS_FORWARD ? 1 : 0;
	if (forwards > MS_FILTER_MAX_FORWARDS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("mail for \"%s\" is forwarded to %d addresses already", name, forwards - 1),
				 errdetail("Pigeonhole forwards one message to %d at most (sieve_max_redirects), and gives up on the rest of the script.",
						   MS_FILTER_MAX_FORWARDS),
				 errhint("INSERT INTO mailstack.aliases for an address that leads to many, and forward to that."),
				 errtable(trigger->tg_relation)));
}

static void
check_size(const TriggerData *trigger, size_t size, const char *name)
{
	if (size > MS_FILTER_MAX_SCRIPT)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the filters of \"%s\" would make a script of %zu octets", name, size),
				 errdetail("They may make %d.", MS_FILTER_MAX_SCRIPT),
				 errhint("DELETE FROM mailstack.filters what is not needed any more."),
				 errtable(trigger->tg_relation)));
}

/* AFTER INSERT OR UPDATE, of a filter that is active */
PG_FUNCTION_INFO_V1(ms_filters_after);
Datum
ms_filters_after(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = ms_own_trigger_data(fcinfo, "filters_after", MS_AFTER_ROW, "filters");
	struct varlena *owner = ms_owner_of(trigger, ms_trigger_row(trigger), &ms_filters_owner);
	ms_key_view view = ms_key_view_of(owner);
	char	   *name = ms_key_to_cstring(&view);
	ms_filter_list list = {NULL, 0, 0};
	ms_reader	reader;
	ms_span		script;
	char	   *refusal;

	ms_reader_begin(&reader, RegisterSnapshot(ms_rule_snapshot()));
	ms_filters_read(&reader, owner, MS_OF_USER, &list);
	script = ms_filters_script(&reader, &list, view.class == MS_KEY_ADDRESS ? owner : NULL);
	ms_reader_end(&reader);
	UnregisterSnapshot(reader.snapshot);
	check_forwards(trigger, &list, name);
	check_size(trigger, script.len, name);
	refusal = ms_sieve_refusal(script);
	if (refusal != NULL)
		refuse_script(trigger, refusal);
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event) && !ms_restoring())
		ms_notice_no_sieve(owner, "the filter");
	return PointerGetDatum(NULL);
}
