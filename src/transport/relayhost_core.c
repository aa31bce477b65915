/*
 * relayhost_core.c
 *	  The parser of relayhosts: host, host:port, [host] and [host]:port.
 */
#include "transport/transport.h"

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-';
}

/* A name, or in brackets an IPv6 address as well; Postfix finds out about the rest. */
static bool
check_host(ms_span in, size_t begin, size_t end, bool in_brackets, ms_fault *fault)
{
	bool		is_ipv6 = in_brackets && end - begin > 5 && strncmp(in.data + begin, "IPv6:", 5) == 0;
	size_t		i;

	if (begin == end)
		return ms_fail(fault, MS_FAULT_RELAYHOST_HOST, begin);
	for (i = begin; i < end; i++)
	{
		if (!is_name_character(in.data[i]) && in.data[i] != '.' && in.data[i] != '_' &&
			!(is_ipv6 && in.data[i] == ':'))
			return ms_fail(fault, MS_FAULT_RELAYHOST_HOST, i);
	}
	return true;
}

static bool
check_port(ms_span in, size_t begin, ms_fault *fault)
{
	bool		is_number = true;
	unsigned	number = 0;
	size_t		i;

	if (begin == in.len)
		return ms_fail(fault, MS_FAULT_RELAYHOST_PORT, begin);
	for (i = begin; i < in.len; i++)
	{
		if (!is_name_character(in.data[i]))
			return ms_fail(fault, MS_FAULT_RELAYHOST_PORT, i);
		is_number = is_number && is_digit(in.data[i]);
		if (is_number && number <= MS_PORT_MAX)
			number = number * 10 + (unsigned) (in.data[i] - '0');
	}
	if (is_number && (number == 0 || number > MS_PORT_MAX))
		return ms_fail(fault, MS_FAULT_RELAYHOST_PORT, begin);
	return true;
}

bool
ms_relayhost_parse(ms_span in, ms_fault *fault)
{
	bool		in_brackets = in.len > 0 && in.data[0] == '[';
	size_t		begin = in_brackets ? 1 : 0;
	const char *mark = in.len > 0 ? memchr(in.data, in_brackets ? ']' : ':', in.len) : NULL;
	size_t		end = mark != NULL ? (size_t) (mark - in.data) : in.len;
	size_t		rest = in_brackets ? end + 1 : end;

	if (in.len == 0)
		return ms_fail(fault, MS_FAULT_EMPTY, 0);
	if (in_brackets && mark == NULL)
		return ms_fail(fault, MS_FAULT_RELAYHOST_BRACKET, 0);
	if (!check_host(in, begin, end, in_brackets, fault))
		return false;
	if (rest == in.len)
		return true;
	if (in.data[rest] != ':')
		return ms_fail(fault, MS_FAULT_RELAYHOST_BRACKET, rest);
	return check_port(in, rest + 1, fault);
}
