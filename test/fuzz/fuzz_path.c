/*
 * fuzz_path.c
 *	  Laws of maildir paths.
 *
 * The input is one path, or several with a newline between them, which no
 * path may hold; each is parsed, and every two are compared.  Two parts are
 * also taken for the domain and the local part of an address.
 */
#include "maildir/maildir.h"

#include "base/unicode.h"
#include "fuzz.h"

#define PATHS_MAX 4

/*
 * Parses a copy of exactly its size into memory of exactly cap octets.  The
 * result is to be freed; its data is NULL where the path is refused.
 */
static ms_span
parse(ms_span in, size_t cap)
{
	ms_span		copy = exact_copy(in);
	ms_span		out = ms_span_of(malloc(cap > 0 ? cap : 1), 0);
	ms_fault	fault = {0};

	if (ms_maildir_parse(copy, (char *) out.data, cap, &out.len, &fault))
		LAW(out.len <= cap && out.len <= MS_MAILDIR_MAX);
	else
	{
		check_fault(&fault, in.len);
		free_copy(out);
		out.data = NULL;
	}
	free_copy(copy);
	return out;
}

/* Components of 1 to 255 octets, none of them "." or "..", each ended by one slash. */
static void
check_canonical(ms_span path)
{
	ms_span		component;
	ms_span		rest = path;
	ms_fault	fault;

	LAW(ms_unicode_check(path, false, &fault));
	if (path.data[0] == '/')
		rest = ms_span_from(path, 1);
	LAW(rest.len > 0);
	while (rest.len > 0)
	{
		LAW(divide(rest, '/', &component, &rest));
		LAW(component.len > 0 && component.len <= MS_MAILDIR_COMPONENT_MAX);
		LAW(!ms_span_equal(component, ms_span_of(".", 1)));
		LAW(!ms_span_equal(component, ms_span_of("..", 2)));
	}
}

/* Only slashes are taken away or added. */
static void
check_same_names(ms_span in, ms_span path)
{
	size_t		i;
	size_t		j = 0;

	for (i = 0; i < in.len; i++)
	{
		if (in.data[i] == '/')
			continue;
		while (j < path.len && path.data[j] == '/')
			j++;
		LAW(j < path.len && path.data[j++] == in.data[i]);
	}
	LAW(j + 1 == path.len);
	LAW((in.data[0] == '/') == (path.data[0] == '/'));
}

static void
check_fixed_point(ms_span path)
{
	ms_span		again = parse(path, MS_MAILDIR_MAX);
	ms_span		without_slash = parse(ms_span_of(path.data, path.len - 1), MS_MAILDIR_MAX);

	LAW(again.data != NULL && ms_span_equal(path, again));
	LAW(without_slash.data != NULL && ms_span_equal(path, without_slash));
	free_copy(again);
	free_copy(without_slash);
}

/* A result fits into its own length, and is refused, not cut, where there is one octet less. */
static void
check_cap(ms_span in, ms_span path)
{
	ms_span		exact = parse(in, path.len);
	ms_span		small = parse(in, path.len - 1);

	LAW(exact.data != NULL && ms_span_equal(path, exact));
	LAW(small.data == NULL);
	free_copy(exact);
}

/* A path lies in itself and in each of its directories, and they do not lie in it. */
static void
check_prefixes(ms_span path)
{
	size_t		i;

	LAW(ms_maildir_contains(path, path));
	for (i = 1; i + 1 < path.len; i++)
	{
		ms_span		outer = ms_span_of(path.data, i + 1);

		if (path.data[i] != '/')
			continue;
		LAW(ms_maildir_contains(outer, path));
		LAW(!ms_maildir_contains(path, outer));
	}
}

static void
check_path(ms_span in, ms_span path)
{
	check_canonical(path);
	check_same_names(in, path);
	check_fixed_point(path);
	check_cap(in, path);
	check_prefixes(path);
}

/* One path contains another where all of its components begin the other's, counted by hand. */
static bool
contains(ms_span outer, ms_span inner)
{
	ms_span		a;
	ms_span		b;

	while (outer.len > 0)
	{
		if (!divide(inner, '/', &b, &inner) || !divide(outer, '/', &a, &outer) || !ms_span_equal(a, b))
			return false;
	}
	return true;
}

/* Containment is what it is by components; both ways it is equality; it is transitive. */
static void
check_containment(const ms_span *paths, size_t n)
{
	size_t		a;
	size_t		b;
	size_t		c;

	for (a = 0; a < n; a++)
		for (b = 0; b < n; b++)
		{
			bool		within = ms_maildir_contains(paths[a], paths[b]);

			LAW(within == contains(paths[a], paths[b]));
			LAW(!within || !ms_maildir_contains(paths[b], paths[a]) || ms_span_equal(paths[a], paths[b]));
			for (c = 0; c < n; c++)
				LAW(!within || !ms_maildir_contains(paths[b], paths[c]) ||
					ms_maildir_contains(paths[a], paths[c]));
		}
}

static int
hex_digit(char c)
{
	const char *digits = "0123456789ABCDEF";
	const char *found = c != '\0' ? strchr(digits, c) : NULL;

	LAW(found != NULL);
	return (int) (found - digits);
}

/* What a component of an address's path says, read back: so no two addresses share a path. */
static void
check_decodes(ms_span component, ms_span text)
{
	size_t		i = 0;
	size_t		n = 0;

	if (text.len == 0)
	{
		LAW(ms_span_equal(component, ms_span_of("=", 1)));
		return;
	}
	while (i < component.len)
	{
		unsigned char c = component.data[i++];

		LAW(c > ' ' && c < 0x7F);
		if (c == '=')
		{
			LAW(i + 2 <= component.len);
			c = hex_digit(component.data[i]) << 4 | hex_digit(component.data[i + 1]);
			i += 2;
		}
		LAW(n < text.len && c == (unsigned char) text.data[n++]);
	}
	LAW(n == text.len);
}

static void
check_address_path(ms_span domain, ms_span local, size_t cap)
{
	char	   *out = malloc(cap);
	ms_fault	fault = {0};
	ms_span		path = {out, 0};
	ms_span		rest;
	ms_span		again;

	if (ms_maildir_for_address(domain, local, out, cap, &path.len, &fault))
	{
		LAW(path.len <= cap);
		again = parse(path, MS_MAILDIR_MAX);
		LAW(again.data != NULL && ms_span_equal(path, again));
		free_copy(again);
		LAW(divide(path, '/', &again, &rest) && again.data[0] != '.');
		check_decodes(again, domain);
		LAW(divide(rest, '/', &again, &rest) && rest.len == 0 && again.data[0] != '.');
		check_decodes(again, local);
	}
	else
		LAW(fault.actual > fault.allowed);
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ms_span		rest = ms_span_of((const char *) data, size);
	ms_span		parts[PATHS_MAX];
	ms_span		paths[PATHS_MAX];
	size_t		nparts = 0;
	size_t		n = 0;
	size_t		i;

	while (nparts < PATHS_MAX - 1 && divide(rest, '\n', &parts[nparts], &rest))
		nparts++;
	parts[nparts++] = rest;
	for (i = 0; i < nparts; i++)
	{
		ms_span		path = parse(parts[i], MS_MAILDIR_MAX);

		if (path.data == NULL)
			continue;
		check_path(parts[i], path);
		paths[n++] = path;
	}
	check_containment(paths, n);
	for (i = 0; i < n; i++)
		free_copy(paths[i]);
	if (nparts > 1)
	{
		check_address_path(parts[0], parts[1], MS_MAILDIR_MAX);
		check_address_path(parts[0], parts[1], 1 + size % 64);
	}
	return 0;
}
