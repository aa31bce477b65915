/*
 * test_transport.c
 *	  Transports: the canonical form, its limits, and where the service ends.
 */
#include "transport/transport.h"
#include "tap.h"

static ms_fault fault;
static char canonical[MS_TRANSPORT_MAX + 1];

static ms_span
span(const char *s)
{
	return ms_span_of_text(s);
}

/* The canonical form, or NULL with fault set. */
static const char *
parse_span(ms_span in)
{
	size_t		len;

	fault = (ms_fault) {0};
	if (!ms_transport_parse(in, canonical, MS_TRANSPORT_MAX, &len, &fault))
		return NULL;
	canonical[len] = '\0';
	return canonical;
}

static void
accepts(const char *in, const char *expected, const char *service)
{
	is_str(parse_span(span(in)), expected, "%s is %s", in, expected);
	canonical[ms_transport_service_len(span(canonical))] = '\0';
	is_str(canonical, service, "the service of %s is %s", in, service);
	is_str(parse_span(span(expected)), expected, "%s is a fixed point", expected);
}

static void
refuses_span(ms_span in, ms_fault_code code, size_t offset, const char *name)
{
	ok(parse_span(in) == NULL, "%s is refused", name);
	ok(fault.code == code && fault.offset == offset,
	   "%s: fault %d at octet %zu, expected %d at %zu", name, (int) fault.code, fault.offset,
	   (int) code, offset);
}

static void
test_relayhosts(void)
{
	static const char *const good[] = {
		"x", "mail.example.com", "mail.example.com:25", "example.com:submission", "[mail.example.com]",
		"[mail.example.com]:65535", "[192.0.2.1]:1", "[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]:587", "192.0.2.1",
		"my_host:00025",
	};
	static const struct
	{
		const char *in;
		size_t		offset;
	}			bad[] = {
		{"", 0}, {":25", 0}, {"[]", 1}, {"[", 0}, {"]", 0}, {"[mail.example.com", 0}, {"[mail.example.com]x", 18},
		{"[mail.example.com]:", 19}, {"mail.example.com:", 17}, {"mail.example.com:0", 17}, {"mail.example.com:65536", 17},
		{"mail.example.com:99999999999999999999", 17}, {"mail.example.com:2 5", 18}, {" mail.example.com", 0},
		{"mail example.com", 4}, {"smtp:[mail.example.com]", 5}, {"smtp:mail.example.com:25", 9}, {"2001:db8::1", 8},
		{"[2001:db8::1]", 5}, {"[IPv6:]", 5}, {"[[mail.example.com]]", 1}, {"b\303\274cher.example", 1}, {"a@example.com", 1},
		{"mail.example.com\n", 16}, {"mail.example.com:25\n", 19},
	};
	size_t		i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ok(ms_relayhost_parse(span(good[i]), &fault), "relayhost %s is accepted", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		ms_fault	said = {0};

		ok(!ms_relayhost_parse(span(bad[i].in), &said) && said.offset == bad[i].offset,
		   "relayhost %zu is refused at octet %zu, expected at %zu", i, said.offset, bad[i].offset);
	}
	ok(!ms_relayhost_parse(ms_span_of("x\0y", 3), &fault) && fault.offset == 1, "a relayhost holds no NUL");
	ok(ms_relayhost_parse(ms_span_of("mail:25x", 7), &fault), "a relayhost ends where it ends");
}

/* TAP is read by lines, so a name holds no control characters. */
static const char *
printable(const char *s)
{
	static char out[64];
	size_t		i;

	for (i = 0; s[i] != '\0' && i < sizeof(out) - 1; i++)
		out[i] = s[i] >= ' ' && s[i] <= '~' ? s[i] : '?';
	out[i] = '\0';
	return out;
}

static void
refuses(const char *in, ms_fault_code code, size_t offset)
{
	refuses_span(span(in), code, offset, printable(in));
}

static void
test_canonical_form(void)
{
	accepts("virtual", "virtual", "virtual");
	accepts("virtual:", "virtual", "virtual");
	accepts("DOVECOT", "DOVECOT", "DOVECOT");
	accepts("a-b_c.9", "a-b_c.9", "a-b_c.9");
	accepts("lmtp:unix:private/dovecot-lmtp", "lmtp:unix:private/dovecot-lmtp", "lmtp");
	accepts("smtp:[mx.example.com]:25", "smtp:[mx.example.com]:25", "smtp");
	accepts("smtp::", "smtp::", "smtp");
	accepts("relay:b\xC3\xBC" "cher.example", "relay:b\xC3\xBC" "cher.example", "relay");
	accepts("error:5.1.1,\"'\\%s", "error:5.1.1,\"'\\%s", "error");
}

static void
test_refusals(void)
{
	refuses("", MS_FAULT_NO_SERVICE, 0);
	refuses(":", MS_FAULT_NO_SERVICE, 0);
	refuses(":nexthop", MS_FAULT_NO_SERVICE, 0);
	refuses("a/b", MS_FAULT_SERVICE_CHARACTER, 1);
	refuses("dove$cot:x", MS_FAULT_SERVICE_CHARACTER, 4);
	refuses("b\xC3\xBC" "cher", MS_FAULT_SERVICE_CHARACTER, 1);
	refuses(" virtual", MS_FAULT_TRANSPORT_SPACE, 0);
	refuses("virtual ", MS_FAULT_TRANSPORT_SPACE, 7);
	refuses("smtp: host", MS_FAULT_TRANSPORT_SPACE, 5);
	refuses("smtp:\thost", MS_FAULT_TRANSPORT_SPACE, 5);
	refuses("smtp:host\n", MS_FAULT_TRANSPORT_SPACE, 9);
	refuses("smtp:host\r", MS_FAULT_TRANSPORT_SPACE, 9);
	refuses("smtp:\x01", MS_FAULT_CONTROL, 5);
	refuses("smtp:\x08", MS_FAULT_CONTROL, 5);
	refuses("smtp:\x0E", MS_FAULT_CONTROL, 5);
	refuses("smtp:\x7F", MS_FAULT_CONTROL, 5);
	refuses("smtp:\xC2\x85", MS_FAULT_CONTROL, 5);
	refuses_span(ms_span_of("a\0b", 3), MS_FAULT_CONTROL, 1, "a NUL");
	refuses("smtp:\xC2\xA0", MS_FAULT_INVISIBLE, 5);
	refuses("smtp:\xE3\x80\x80", MS_FAULT_INVISIBLE, 5);
	refuses("smtp:\xE2\x80\xA8", MS_FAULT_INVISIBLE, 5);
	refuses("smtp:\xEF\xBF\xBF", MS_FAULT_UNASSIGNED, 5);
	refuses("smtp:\xFF", MS_FAULT_UTF8, 5);
	refuses("smtp:\xC3", MS_FAULT_UTF8, 5);
}

static void
test_limits(void)
{
	static char long_text[MS_TRANSPORT_MAX + 1];

	memset(long_text, 'a', sizeof(long_text));
	ok(parse_span(ms_span_of(long_text, 255)) != NULL, "a service of 255 octets");
	refuses_span(ms_span_of(long_text, 256), MS_FAULT_SERVICE_TOO_LONG, 255,
				 "a service of 256 octets");
	ok(fault.actual == 256 && fault.allowed == 255, "256 of 255 are reported");

	memcpy(long_text, "smtp:", 5);
	ok(parse_span(ms_span_of(long_text, 2048)) != NULL, "a transport of 2048 octets");
	refuses_span(ms_span_of(long_text, 2049), MS_FAULT_TRANSPORT_TOO_LONG, 2048,
				 "a transport of 2049 octets");
	ok(fault.actual == 2049 && fault.allowed == 2048, "2049 of 2048 are reported");
}

int
main(void)
{
	test_canonical_form();
	test_refusals();
	test_limits();
	test_relayhosts();
	return done();
}
