/*
 * maildir_core.c
 *	  The parser of maildir paths, and the path an address is given.
 */
#include "maildir/maildir.h"

#include "base/octets.h"
#include "base/unicode.h"

static inline bool
is_control(char c)
{
	return (unsigned char) c < 0x20 || c == 0x7F;
}

static inline bool
is_ascii(char c)
{
	return (unsigned char) c < 0x80;
}

/* ICU sees only what is not ASCII throughout. */
static bool
check_characters(ms_span in, ms_fault *fault)
{
	bool		ascii = true;
	size_t		i;

	if (ms_all_between(in, ' ', '~'))
		return true;
	for (i = 0; i < in.len; i++)
	{
		if (is_control(in.data[i]))
			return ms_fail(fault, MS_FAULT_CONTROL, i);
		ascii &= is_ascii(in.data[i]);
	}
	return ascii || ms_unicode_check(in, false, fault);
}

/* The component at or after *pos, and *pos moved behind it; empty where there is none. */
static ms_span
next_component(ms_span in, size_t *pos)
{
	size_t		start = *pos;
	const char *end;

	while (start < in.len && in.data[start] == '/')
		start++;
	end = start < in.len ? memchr(in.data + start, '/', in.len - start) : NULL;
	*pos = end != NULL ? (size_t) (end - in.data) : in.len;
	return ms_span_of(in.data + start, *pos - start);
}

static bool
is_dots(ms_span component)
{
	return component.len <= 2 && memcmp(component.data, "..", component.len) == 0;
}

static bool
check_component(ms_span component, size_t offset, ms_fault *fault)
{
	if (is_dots(component))
		return ms_fail(fault, MS_FAULT_PATH_DOTS, offset);
	if (component.len > MS_MAILDIR_COMPONENT_MAX)
		return ms_fail_length(fault, MS_FAULT_PATH_COMPONENT_TOO_LONG, offset,
							  component.len, MS_MAILDIR_COMPONENT_MAX);
	return true;
}

bool
ms_maildir_parse(ms_span in, char *out, size_t cap, size_t *out_len, ms_fault *fault)
{
	size_t		allowed = cap < MS_MAILDIR_MAX ? cap : MS_MAILDIR_MAX;
	ms_span		component;
	size_t		pos = 0;
	size_t		n = 0;

	if (in.len == 0)
		return ms_fail(fault, MS_FAULT_EMPTY, 0);
	if (!check_characters(in, fault))
		return false;
	if (in.data[0] == '/' && n++ < allowed)
		out[0] = '/';
	while ((component = next_component(in, &pos)).len > 0)
	{
		if (!check_component(component, pos - component.len, fault))
			return false;
		/* What does not fit is still counted, for the fault to say. */
		if (n + component.len < allowed)
		{
			memcpy(out + n, component.data, component.len);
			out[n + component.len] = '/';
		}
		n += component.len + 1;
	}
	if (n <= 1)
		return ms_fail(fault, MS_FAULT_PATH_NO_COMPONENT, 0);
	if (n > allowed)
		return ms_fail_length(fault, MS_FAULT_PATH_TOO_LONG, 0, n, allowed);
	*out_len = n;
	return true;
}

bool
ms_maildir_contains(ms_span outer, ms_span inner)
{
	return inner.len >= outer.len && memcmp(inner.data, outer.data, outer.len) == 0;
}

ms_span
ms_maildir_parent(ms_span path)
{
	size_t		len = path.len - 1;

	while (len > 0 && path.data[len - 1] != '/')
		len--;
	if (len == 1)				/* the root */
		len = 0;
	return ms_span_of(path.data, len);
}

bool
ms_maildir_may_nest(ms_span path)
{
	ms_span		parent = ms_maildir_parent(path);

	return parent.len == 0 || ms_maildir_parent(parent).len > 0;
}

/* ------------------------------------------------- the maildir of an address */

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c != '\0' && strchr("._+~@-", c) != NULL);
}

/*
 * Writes the text as a component, other octets as =XX as in quoted-printable.
 * "=" itself is one of them, so that no two texts meet; a dot in front is one,
 * too, so that the component is not hidden.  The empty local part, which RFC
 * 5321 allows in quotes, becomes a "=" alone, which nothing else does.
 */
static size_t
encode_component(ms_span text, char *out)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t		n = 0;
	size_t		i;

	for (i = 0; i < text.len; i++)
	{
		unsigned char c = text.data[i];

		if (is_plain(text.data[i]) && !(i == 0 && c == '.'))
		{
			out[n++] = text.data[i];
			continue;
		}
		out[n++] = '=';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 0x0F];
	}
	if (n == 0)
		out[n++] = '=';
	return n;
}

/* Appends the text as a component, and its slash. */
static bool
append_component(ms_span text, char *out, size_t cap, size_t *len, ms_fault *fault)
{
	char		encoded[3 * MS_MAILDIR_COMPONENT_MAX];
	size_t		n = text.len;

	if (text.len <= MS_MAILDIR_COMPONENT_MAX)
		n = encode_component(text, encoded);
	if (n > MS_MAILDIR_COMPONENT_MAX)
		return ms_fail_length(fault, MS_FAULT_PATH_COMPONENT_TOO_LONG, 0, n,
							  MS_MAILDIR_COMPONENT_MAX);
	if (*len + n + 1 > cap)
		return ms_fail_length(fault, MS_FAULT_PATH_TOO_LONG, 0, *len + n + 1, cap);
	memcpy(out + *len, encoded, n);
	out[*len + n] = '/';
	*len += n + 1;
	return true;
}

bool
ms_maildir_for_address(ms_span domain, ms_span local,
					   char *out, size_t cap, size_t *len, ms_fault *fault)
{
	*len = 0;
	return append_component(domain, out, cap, len, fault) &&
		append_component(local, out, cap, len, fault);
}
