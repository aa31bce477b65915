/*
 * transport_pg.c
 *	  mail_transport's input, output and accessors.
 *
 * A stored mail_transport is a varlena that holds its canonical text and
 * nothing else: it compares and hashes as bytea does, with the server's own
 * functions.
 */
#include "base/base.h"

#include "transport/transport.h"
#include "utils/builtins.h"

static text *
span_to_text(ms_span s)
{
	return cstring_to_text_with_len(s.data, (int) s.len);
}

/* Returns NULL after a soft error. */
static text *
parse(ms_span in, struct Node *escontext)
{
	char		transport[MS_TRANSPORT_MAX];
	size_t		len;
	ms_fault	fault;

	if (ms_transport_parse(in, transport, sizeof(transport), &len, &fault))
		return span_to_text(ms_span_of(transport, len));
	ms_report_fault(escontext, "mail_transport", in, &fault);
	return NULL;
}

PG_FUNCTION_INFO_V1(ms_mail_transport_in);
Datum
ms_mail_transport_in(PG_FUNCTION_ARGS)
{
	const char *transport = PG_GETARG_CSTRING(0);

	PG_RETURN_TEXT_P(parse(ms_span_of(transport, strlen(transport)), fcinfo->context));
}

PG_FUNCTION_INFO_V1(ms_mail_transport_from_text);
Datum
ms_mail_transport_from_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(parse(MS_GETARG_SPAN(0), fcinfo->context));
}

PG_FUNCTION_INFO_V1(ms_mail_transport_recv);
Datum
ms_mail_transport_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(parse(ms_recv_versioned((StringInfo) PG_GETARG_POINTER(0), "mail_transport"),
						   NULL));
}

PG_FUNCTION_INFO_V1(ms_mail_transport_out);
Datum
ms_mail_transport_out(PG_FUNCTION_ARGS)
{
	ms_span		transport = MS_GETARG_SPAN(0);

	PG_RETURN_CSTRING(pnstrdup(transport.data, transport.len));
}

PG_FUNCTION_INFO_V1(ms_mail_transport_to_text);
Datum
ms_mail_transport_to_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(span_to_text(MS_GETARG_SPAN(0)));
}

PG_FUNCTION_INFO_V1(ms_mail_transport_send);
Datum
ms_mail_transport_send(PG_FUNCTION_ARGS)
{
	ms_span		transport = MS_GETARG_SPAN(0);

	PG_RETURN_BYTEA_P(ms_send_versioned(pnstrdup(transport.data, transport.len)));
}

PG_FUNCTION_INFO_V1(ms_to_mail_transport);
Datum
ms_to_mail_transport(PG_FUNCTION_ARGS)
{
	char		transport[MS_TRANSPORT_MAX];
	size_t		len;
	ms_fault	unused;

	if (!ms_transport_parse(MS_GETARG_SPAN(0), transport, sizeof(transport), &len, &unused))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(span_to_text(ms_span_of(transport, len)));
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
