/*
 * test_maildir.c
 *	  Maildir paths: the canonical form, its limits, containment, and the path of an address.
 */
#include "maildir/maildir.h"
#include "tap.h"

static ms_fault fault;

static ms_span
span(const char *s)
{
	return ms_span_of_text(s);
}

/* The canonical form, or NULL with fault set. */
static const char *
parse_span(ms_span in)
{
	static char out[MS_MAILDIR_MAX + 1];
	size_t		len;

	fault = (ms_fault) {0};
	if (!ms_maildir_parse(in, out, MS_MAILDIR_MAX, &len, &fault))
		return NULL;
	out[len] = '\0';
	return out;
}

static void
accepts(const char *in, const char *expected)
{
	char		first[MS_MAILDIR_MAX + 1];

	is_str(parse_span(span(in)), expected, "\"%s\" is %s", in, expected);
	strcpy(first, expected);
	is_str(parse_span(span(first)), expected, "%s is a fixed point", expected);
}

static void
refuses_span(ms_span in, ms_fault_code code, size_t offset, const char *name)
{
	ok(parse_span(in) == NULL, "%s is refused", name);
	ok(fault.code == code && fault.offset == offset,
	   "%s: fault %d at octet %zu, expected %d at %zu", name, (int) fault.code, fault.offset,
	   (int) code, offset);
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
	accepts("example.com/bob/", "example.com/bob/");
	accepts("example.com/bob", "example.com/bob/");
	accepts("example.com//bob///", "example.com/bob/");
	accepts("/home/mail/bob", "/home/mail/bob/");
	accepts("//home//mail", "/home/mail/");
	accepts("a", "a/");
	accepts("/a", "/a/");
	accepts("a b/ c ", "a b/ c /");
	accepts("x,y", "x,y/");
	accepts("...", ".../");
	accepts(".hidden/..x/x..", ".hidden/..x/x../");
	accepts("b\xC3\xBC" "cher/\xE5\x8D\x81", "b\xC3\xBC" "cher/\xE5\x8D\x81/");
}

static void
nests(const char *path, const char *parent, bool may_nest)
{
	ms_span		up = ms_maildir_parent(span(path));

	ok(ms_span_equal(up, span(parent)), "%s lies in \"%s\"", path, parent);
	ok(ms_maildir_may_nest(span(path)) == may_nest, "%s may nest with a path of two components: %d", path, may_nest);
}

static void
test_nesting(void)
{
	nests("a/", "", true);
	nests("a/b/", "a/", false);
	nests("example.com/b/c/", "example.com/b/", true);
	nests("a/b/c/d/", "a/b/c/", true);
	nests("/a/", "", true);
	nests("/a/b/", "/a/", false);
	nests("/a/b/c/", "/a/b/", true);
}

static void
test_refusals(void)
{
	refuses("", MS_FAULT_EMPTY, 0);
	refuses("/", MS_FAULT_PATH_NO_COMPONENT, 0);
	refuses("///", MS_FAULT_PATH_NO_COMPONENT, 0);
	refuses(".", MS_FAULT_PATH_DOTS, 0);
	refuses("a/./b", MS_FAULT_PATH_DOTS, 2);
	refuses("a/..", MS_FAULT_PATH_DOTS, 2);
	refuses("../a", MS_FAULT_PATH_DOTS, 0);
	refuses("/a//../b", MS_FAULT_PATH_DOTS, 4);
	refuses("a\nb", MS_FAULT_CONTROL, 1);
	refuses("a\x01", MS_FAULT_CONTROL, 1);
	refuses("a\x1F", MS_FAULT_CONTROL, 1);
	refuses("a\x7F", MS_FAULT_CONTROL, 1);
	refuses("a\xC2\x80", MS_FAULT_CONTROL, 1);
	refuses("a\xC2\x9F", MS_FAULT_CONTROL, 1);
	refuses_span(ms_span_of("a\0b", 3), MS_FAULT_CONTROL, 1, "a NUL");
	refuses("a\xC2\xA0", MS_FAULT_INVISIBLE, 1);
	refuses("a\xE2\x80\x8B", MS_FAULT_INVISIBLE, 1);
	refuses("a/\xEF\xBB\xBF", MS_FAULT_INVISIBLE, 2);
	refuses("a\xEF\xBF\xBF", MS_FAULT_UNASSIGNED, 1);
	refuses("a\xFF", MS_FAULT_UTF8, 1);
	refuses("a\xC3", MS_FAULT_UTF8, 1);
	refuses("a\xC0\xAF", MS_FAULT_UTF8, 1);
}

/* Room for the longest input of the tests, 33 components of 128 octets. */
static char long_path[5000];

static ms_span
path_of(size_t component_len, size_t count)
{
	size_t		i;

	for (i = 0; i < count * (component_len + 1); i++)
		long_path[i] = (i + 1) % (component_len + 1) == 0 ? '/' : 'a';
	return ms_span_of(long_path, i);
}

static void
test_limits(void)
{
	ok(parse_span(path_of(255, 1)) != NULL, "a component of 255 octets");
	refuses_span(path_of(256, 1), MS_FAULT_PATH_COMPONENT_TOO_LONG, 0, "a component of 256 octets");
	ok(fault.actual == 256 && fault.allowed == 255, "256 of 255 are reported");
	ok(parse_span(path_of(255, 16)) != NULL, "a path of 4096 octets");
	refuses_span(path_of(127, 33), MS_FAULT_PATH_TOO_LONG, 0, "a path of 4224 octets");
	ok(fault.actual == 4224 && fault.allowed == 4096, "4224 of 4096 are reported");

	path_of(127, 32);
	long_path[4095] = 'a';
	refuses_span(ms_span_of(long_path, 4096), MS_FAULT_PATH_TOO_LONG, 0,
				 "a path that the final slash makes too long");
	ok(fault.actual == 4097, "the final slash is counted");

	memset(long_path, '/', sizeof(long_path));
	long_path[sizeof(long_path) - 1] = 'a';
	is_str(parse_span(ms_span_of(long_path, sizeof(long_path))), "/a/",
		   "slashes that go do not count");
}

static void
test_contains(void)
{
	ok(ms_maildir_contains(span("a/b/"), span("a/b/")), "a path contains itself");
	ok(ms_maildir_contains(span("a/b/"), span("a/b/c/")), "a/b/ contains a/b/c/");
	ok(!ms_maildir_contains(span("a/b/"), span("a/bc/")), "a/b/ does not contain a/bc/");
	ok(!ms_maildir_contains(span("a/b/c/"), span("a/b/")), "a/b/c/ does not contain a/b/");
	ok(!ms_maildir_contains(span("a/"), span("/a/")), "a/ does not contain /a/");
}

static const char *
for_address(ms_span domain, ms_span local)
{
	static char out[MS_MAILDIR_MAX + 1];
	size_t		len;

	if (!ms_maildir_for_address(domain, local, out, MS_MAILDIR_MAX, &len, &fault))
		return NULL;
	out[len] = '\0';
	return out;
}

static void
gives(const char *domain, const char *local, const char *expected)
{
	char		given[MS_MAILDIR_MAX + 1];

	is_str(for_address(span(domain), span(local)), expected, "%s@%s lies in %s",
		   local, domain, expected);
	strcpy(given, expected);
	is_str(parse_span(span(given)), expected, "%s is canonical", expected);
}

static void
test_for_address(void)
{
	gives("example.com", "bob", "example.com/bob/");
	gives("example.com", "bob.smith+x_y~z-1", "example.com/bob.smith+x_y~z-1/");
	gives("example.com", ".", "example.com/=2E/");
	gives("example.com", "..", "example.com/=2E./");
	gives("example.com", ".bob", "example.com/=2Ebob/");
	gives("example.com", "a/b", "example.com/a=2Fb/");
	gives("example.com", "a=2Fb", "example.com/a=3D2Fb/");
	gives("example.com", "a b'$;*", "example.com/a=20b=27=24=3B=2A/");
	gives("example.com", "a@b", "example.com/a@b/");
	gives("example.com", "%u:x", "example.com/=25u=3Ax/");
	gives("example.com", "", "example.com/=/");
	gives("example.com", "=", "example.com/=3D/");
	gives("xn--bcher-kva.example", "b\xC3\xBC", "xn--bcher-kva.example/b=C3=BC/");
	gives("..", "a", "=2E./a/");
	is_str(for_address(span("d"), ms_span_of("a\0b", 3)), "d/a=00b/", "a NUL is encoded");
}

static void
test_for_address_limits(void)
{
	char		local[256];
	char		small[8];
	size_t		len;

	memset(local, '!', sizeof(local));
	ok(for_address(span("d"), ms_span_of(local, 85)) != NULL, "85 octets become 255");
	ok(for_address(span("d"), ms_span_of(local, 86)) == NULL &&
	   fault.code == MS_FAULT_PATH_COMPONENT_TOO_LONG && fault.actual == 258,
	   "86 octets would become 258");
	ok(for_address(span("d"), ms_span_of(local, 256)) == NULL &&
	   fault.code == MS_FAULT_PATH_COMPONENT_TOO_LONG, "256 octets are too long as they stand");
	ok(ms_maildir_for_address(span("abc"), span("def"), small, sizeof(small), &len, &fault) &&
	   len == 8, "what fits exactly is written");
	ok(!ms_maildir_for_address(span("abc"), span("defg"), small, sizeof(small), &len, &fault) &&
	   fault.code == MS_FAULT_PATH_TOO_LONG, "what does not fit is a fault");
}

int
main(void)
{
	test_canonical_form();
	test_nesting();
	test_refusals();
	test_limits();
	test_contains();
	test_for_address();
	test_for_address_limits();
	return done();
}
