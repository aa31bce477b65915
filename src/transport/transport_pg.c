/*
 * transport_pg.c
 *	  mail_transport's input, output and accessors.
 */
#include "base/strict_type.h"

#include "transport/transport.h"
#include "utils/builtins.h"

static const ms_strict_type mail_transport = {"mail_transport", MS_TRANSPORT_MAX, ms_transport_parse};

static text *
span_to_text(ms_span s)
{
	return cstring_to_text_with_len(s.data, (int) s.len);
}

PG_FUNCTION_INFO_V1(ms_mail_transport_in);
Datum
ms_mail_transport_in(PG_FUNCTION_ARGS)
{
	return ms_strict_in(fcinfo, &mail_transport);
}

PG_FUNCTION_INFO_V1(ms_mail_transport_from_text);
Datum
ms_mail_transport_from_text(PG_FUNCTION_ARGS)
{
	return ms_strict_from_text(fcinfo, &mail_transport);
}

PG_FUNCTION_INFO_V1(ms_mail_transport_recv);
Datum
ms_mail_transport_recv(PG_FUNCTION_ARGS)
{
	return ms_strict_recv(fcinfo, &mail_transport);
}

PG_FUNCTION_INFO_V1(ms_mail_transport_out);
Datum
ms_mail_transport_out(PG_FUNCTION_ARGS)
{
	return ms_strict_out(fcinfo);
}

PG_FUNCTION_INFO_V1(ms_mail_transport_to_text);
Datum
ms_mail_transport_to_text(PG_FUNCTION_ARGS)
{
	return ms_strict_to_text(fcinfo);
}

PG_FUNCTION_INFO_V1(ms_mail_transport_send);
Datum
ms_mail_transport_send(PG_FUNCTION_ARGS)
{
	return ms_strict_send(fcinfo);
}

PG_FUNCTION_INFO_V1(ms_to_mail_transport);
Datum
ms_to_mail_transport(PG_FUNCTION_ARGS)
{
	return ms_strict_or_null(fcinfo, &mail_transport);
}

/* ---------------------------------------------------------------- accessors */

PG_FUNCTION_INFO_V1(ms_transport_service);
Datum
ms_transport_service(PG_FUNCTION_ARGS)
{
	ms_span		transport = MS_GETARG_SPAN(0);

	transport.len = ms_transport_service_len(transport);
	PG_RETURN_TEXT_P(span_to_text(transport));
}

PG_FUNCTION_INFO_V1(ms_transport_nexthop);
Datum
ms_transport_nexthop(PG_FUNCTION_ARGS)
{
	ms_span		transport = MS_GETARG_SPAN(0);
	size_t		service_len = ms_transport_service_len(transport);

	if (service_len == transport.len)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(span_to_text(ms_span_from(transport, service_len + 1)));
}

PG_FUNCTION_INFO_V1(ms_relayhost_check);
Datum
ms_relayhost_check(PG_FUNCTION_ARGS)
{
	ms_span		in = MS_GETARG_SPAN(0);
	ms_fault	fault;

	if (!ms_relayhost_parse(in, &fault))
		ms_report_fault(NULL, "relayhost", in, &fault);
	PG_RETURN_BOOL(true);
}
