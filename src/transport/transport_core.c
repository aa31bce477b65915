/*
 * transport_core.c
 *	  The parser of transports.
 */
#include "transport/transport.h"

#include "base/octets.h"
#include "base/unicode.h"

static inline bool
is_ascii_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool
is_control(char c)
{
	return (unsigned char) c < 0x20 || c == 0x7F;
}

static inline bool
is_service_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '-' || c == '_' || c == '.';
}

/* What may stand nowhere; ms_unicode_check refuses the white space outside ASCII, too. */
static bool
check_characters(ms_span in, ms_fault *fault)
{
	bool		ascii = true;
	size_t		i;

	if (ms_all_between(in, '!', '~'))
		return true;
	for (i = 0; i < in.len; i++)
	{
		if (is_ascii_space(in.data[i]))
			return ms_fail(fault, MS_FAULT_TRANSPORT_SPACE, i);
		if (is_control(in.data[i]))
			return ms_fail(fault, MS_FAULT_CONTROL, i);
		ascii &= (unsigned char) in.data[i] < 0x80;
	}
	return ascii || ms_unicode_check(in, false, fault);
}

static bool
check_service(ms_span service, ms_fault *fault)
{
	size_t		i;

	if (service.len == 0)
		return ms_fail(fault, MS_FAULT_NO_SERVICE, 0);
	for (i = 0; i < service.len; i++)
	{
		if (!is_service_character(service.data[i]))
			return ms_fail(fault, MS_FAULT_SERVICE_CHARACTER, i);
	}
	if (service.len > MS_SERVICE_MAX)
		return ms_fail_length(fault, MS_FAULT_SERVICE_TOO_LONG, MS_SERVICE_MAX,
							  service.len, MS_SERVICE_MAX);
	return true;
}

size_t
ms_transport_service_len(ms_span canonical)
{
	const char *colon = canonical.len > 0 ? memchr(canonical.data, ':', canonical.len) : NULL;

	return colon != NULL ? (size_t) (colon - canonical.data) : canonical.len;
}

bool
ms_transport_parse(ms_span in, char *out, size_t cap, size_t *out_len, ms_fault *fault)
{
	size_t		allowed = cap < MS_TRANSPORT_MAX ? cap : MS_TRANSPORT_MAX;
	size_t		service_len = ms_transport_service_len(in);
	size_t		len = in.len;

	if (!check_characters(in, fault) || !check_service(ms_span_of(in.data, service_len), fault))
		return false;
	/* "virtual:" and "virtual" mean the same to Postfix. */
	if (service_len + 1 == len)
		len = service_len;
	if (len > allowed)
		return ms_fail_length(fault, MS_FAULT_TRANSPORT_TOO_LONG, allowed, len, allowed);
	memcpy(out, in.data, len);
	*out_len = len;
	return true;
}
