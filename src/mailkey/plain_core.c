/*
 * plain_core.c
 *	  The short way to most keys, sixteen octets at a time.
 *
 * A part of a key is plain where it is made of ASCII letters and digits, with
 * single marks between them: in a domain "-" and ".", in a local part "_" and
 * "+" as well.  Such a local part is a Dot-string.  Such a domain has no empty
 * label, none that begins or ends with a hyphen, and none that could be an
 * A-label; where the whole is as short as a label, none is too long.  What is
 * not plain goes to the parser in mailkey_core.c, the one place that knows
 * every rule and explains faults.
 */
#include "mailkey/layout.h"

#include "base/octets.h"

#define PART_MAX 63				/* within the limits of a label and of a local part */
#define TEXT_MAX (PART_MAX + 1 + PART_MAX)

/* Each octet of the result has all bits set where that of o is in the class. */
typedef ms_octets (*octet_class) (ms_octets o);

static inline ms_octets
domain_marks(ms_octets o)
{
	return ms_octets_between(o, '-', '.');
}

static inline ms_octets
local_marks(ms_octets o)
{
	return ms_octets_between(o, '-', '.') | ms_octets_between(o, '_', '_') |
		ms_octets_between(o, '+', '+');
}

/* What was seen in a part: not zero where there was one. */
typedef struct seen
{
	ms_octets	letters;
	ms_octets	faults;			/* another octet, or a mark behind a mark */
} seen;

/*
 * Folds a part that stands between two dots, which are marks as well, so that
 * none begins or ends it.  Reads and writes sixteen octets at a time, the
 * second dot and up to 15 octets behind it among them.
 */
static inline seen
fold(const char *part, size_t len, octet_class marks, char *out)
{
	seen		s = {0};
	ms_octets	plain = ~s.faults;
	size_t		i;

	for (i = 0; i <= len; i += sizeof(ms_octets))
	{
		ms_octets	o = ms_octets_load(part + i);
		ms_octets	mark = marks(o);
		ms_octets	letter = ms_octets_between(o | 0x20, 'a', 'z');
		ms_octets	folded = o | (letter & 0x20);

		memcpy(out + i, &folded, sizeof(folded));
		s.letters |= letter;
		s.faults |= mark & marks(ms_octets_load(part + i - 1));
		plain &= letter | ms_octets_between(o, '0', '9') | mark;
	}
	s.faults |= ~plain;
	return s;
}

/* A name is not of digits alone, and a letter in it is proof enough. */
static inline bool
fold_domain(const char *part, size_t len, char *out)
{
	seen		s = fold(part, len, domain_marks, out);

	return !ms_octets_any(s.faults) && ms_octets_any(s.letters);
}

static inline bool
fold_local(const char *part, size_t len, char *out)
{
	return !ms_octets_any(fold(part, len, local_marks, out).faults);
}

/* What the first @ or a dot in front suggests; the domain is what is left. */
static inline ms_key_class
divide(ms_span in, ms_span *local, ms_span *domain)
{
	const char *at = memchr(in.data, '@', in.len);

	*local = ms_span_of(in.data, at != NULL ? (size_t) (at - in.data) : 0);
	if (at == NULL && in.data[0] != '.')
	{
		*domain = in;
		return MS_KEY_DOMAIN;
	}
	*domain = ms_span_from(in, local->len + 1);
	if (at == NULL)
		return MS_KEY_PARENT;
	return local->len > 0 ? MS_KEY_ADDRESS : MS_KEY_CATCHALL;
}

/* The local part and, where that differs, the same as it was typed; 0 for none. */
static inline size_t
write_local(const char *part, ms_span typed, char *out)
{
	if (!fold_local(part, typed.len, out))
		return 0;
	if (memcmp(out, typed.data, typed.len) == 0)
		return typed.len;
	memcpy(out + typed.len, typed.data, typed.len);
	return 2 * typed.len;
}

size_t
ms_plain_key_write(ms_span in, char *out)
{
	char		text[1 + TEXT_MAX + sizeof(ms_octets)];
	ms_key_class class;
	ms_span		local;
	ms_span		domain;
	size_t		head;
	size_t		written = 0;

	if (in.len == 0 || in.len > TEXT_MAX)
		return 0;
	class = divide(in, &local, &domain);
	if (local.len > PART_MAX || domain.len > PART_MAX)
		return 0;
	/* Each part between two dots, one of them in the place of the @; digits behind all. */
	memset(text, '0', sizeof(text));
	memcpy(text + 1, in.data, in.len);
	text[0] = text[in.len - domain.len] = text[in.len + 1] = '.';
	if (!fold_domain(text + 1 + in.len - domain.len, domain.len, out + MS_KEY_HEADER))
		return 0;
	head = MS_KEY_HEADER + domain.len + MS_KEY_SEPARATOR;
	if (class == MS_KEY_ADDRESS)
	{
		written = write_local(text + 1, local, out + head);
		if (written == 0)
			return 0;
	}
	ms_stored_frame(class, domain.len, written - local.len, out);
	return head + written;
}
