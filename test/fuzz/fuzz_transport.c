/*
 * fuzz_transport.c
 *	  Laws of transports.
 *
 * The input is a transport as an operator would type it.
 */
#include "transport/transport.h"

#include "base/unicode.h"
#include "fuzz.h"

/*
 * Parses a copy of exactly its size into memory of exactly cap octets.  The
 * result is to be freed; its data is NULL where the transport is refused.
 */
static ms_span
parse(ms_span in, size_t cap)
{
	ms_span		copy = exact_copy(in);
	ms_span		out = ms_span_of(malloc(cap > 0 ? cap : 1), 0);
	ms_fault	fault = {0};

	if (ms_transport_parse(copy, (char *) out.data, cap, &out.len, &fault))
		LAW(out.len <= cap && out.len <= MS_TRANSPORT_MAX);
	else
	{
		check_fault(&fault, in.len);
		free_copy(out);
		out.data = NULL;
	}
	free_copy(copy);
	return out;
}

/* What Postfix reads: the service up to the first colon, the nexthop behind it. */
static void
check_parts(ms_span in, ms_span transport)
{
	size_t		service_len = ms_transport_service_len(transport);
	ms_span		service = transport;
	ms_span		nexthop = {"", 0};
	ms_fault	fault;
	size_t		i;

	LAW(ms_unicode_check(transport, false, &fault));
	if (divide(transport, ':', &service, &nexthop))
		LAW(nexthop.len > 0);
	LAW(service.len == service_len && service_len > 0 && service_len <= MS_SERVICE_MAX);
	for (i = 0; i < service_len; i++)
		LAW(service.data[i] != '/' && service.data[i] > ' ' && service.data[i] < 0x7F);
	for (i = 0; i < transport.len; i++)
		LAW(transport.data[i] != ' ');
	LAW(in.len - transport.len <= 1 && memcmp(in.data, transport.data, transport.len) == 0);
}

/* The canonical form is one, and without a nexthop a colon at its end means nothing. */
static void
check_fixed_point(ms_span transport)
{
	char	   *with_colon = malloc(transport.len + 1);
	ms_span		again = parse(transport, MS_TRANSPORT_MAX);

	LAW(again.data != NULL && ms_span_equal(transport, again));
	free_copy(again);
	memcpy(with_colon, transport.data, transport.len);
	with_colon[transport.len] = ':';
	if (ms_transport_service_len(transport) == transport.len)
	{
		again = parse(ms_span_of(with_colon, transport.len + 1), MS_TRANSPORT_MAX);
		LAW(again.data != NULL && ms_span_equal(transport, again));
		free_copy(again);
	}
	free(with_colon);
}

/* A result fits into its own length, and is refused, not cut, where there is one octet less. */
static void
check_cap(ms_span in, ms_span transport)
{
	ms_span		exact = parse(in, transport.len);
	ms_span		small = parse(in, transport.len - 1);

	LAW(exact.data != NULL && ms_span_equal(transport, exact));
	LAW(small.data == NULL);
	free_copy(exact);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ms_span		in = ms_span_of((const char *) data, size);
	ms_span		transport = parse(in, MS_TRANSPORT_MAX);

	if (transport.data == NULL)
		return 0;
	check_parts(in, transport);
	check_fixed_point(transport);
	check_cap(in, transport);
	free_copy(transport);
	return 0;
}
