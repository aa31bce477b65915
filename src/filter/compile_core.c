/*
 * compile_core.c
 *	  The Sieve script of filters.
 */
#include "filter/filter.h"

#include <stdio.h>
#include <stdlib.h>

/* ------------------------------------------------------------------- kinds */

static const struct
{
	const char *name;
	int32_t		position;
}			kinds[] = {
	/*
	 * A sender whose mail is thrown away gets no answer; what is filed has been
	 * answered and forwarded before, since nothing happens to it after.
	 */
	[MS_FILE_SPAM] = {"file_spam", 0},
	[MS_DISCARD_FROM] = {"discard_from", 10},
	[MS_VACATION] = {"vacation", 20},
	[MS_FORWARD] = {"forward", 30},
	[MS_FILE_FROM] = {"file_from", 40},
	[MS_FILE_LIST] = {"file_list", 40},
};

const char *
ms_filter_kind_name(ms_filter_kind kind)
{
	return kinds[kind].name;
}

ms_filter_kind
ms_filter_kind_of(ms_span name)
{
	ms_filter_kind kind = 0;

	while (kind < MS_FILTER_KINDS && !ms_span_is(name, kinds[kind].name))
		kind++;
	return kind;
}

int32_t
ms_filter_position(ms_filter_kind kind)
{
	return kinds[kind].position;
}

/* -------------------------------------------------------------------- order */

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

/* Of the filters for spam, which all look for the same, the one that is closest to the user. */
static int
compare(const void *left, const void *right)
{
	const ms_filter *a = left;
	const ms_filter *b = right;
	bool		spam = a->kind == MS_FILE_SPAM;

	if (spam != (b->kind == MS_FILE_SPAM))
		return spam ? -1 : 1;
	if (a->level != b->level)
		return spam ? COMPARE(b->level, a->level) : COMPARE(a->level, b->level);
	if (a->position != b->position)
		return COMPARE(a->position, b->position);
	return COMPARE(a->id, b->id);
}

void
ms_filters_sort(ms_filter *filters, size_t n)
{
	/* Of no element, qsort takes no null pointer. */
	if (n > 1)
		qsort(filters, n, sizeof(ms_filter), compare);
}

/* ------------------------------------------------------------------ writing */

typedef struct writer
{
	char	   *out;
	size_t		cap;
	size_t		len;
} writer;

static void
put_char(writer *w, char c)
{
	if (w->len < w->cap)
		w->out[w->len] = c;
	w->len++;
}

static void
put(writer *w, const char *text)
{
	while (*text != '\0')
		put_char(w, *text++);
}

static void
put_number(writer *w, long long number)
{
	char		digits[24];

	snprintf(digits, sizeof(digits), "%lld", number);
	put(w, digits);
}

/* What would end a string or begin an escape; and every end of a line is a line feed. */
static void
put_octet(writer *w, ms_span text, size_t at)
{
	char		c = text.data[at];

	if (c == '"' || c == '\\')
		put_char(w, '\\');
	if (c != '\r')
		put_char(w, c);
	else if (at + 1 == text.len || text.data[at + 1] != '\n')
		put_char(w, '\n');
}

static void
put_octets(writer *w, ms_span text)
{
	size_t		i;

	for (i = 0; i < text.len; i++)
		put_octet(w, text, i);
}

static void
put_string(writer *w, ms_span text)
{
	put_char(w, '"');
	put_octets(w, text);
	put_char(w, '"');
}

/* ------------------------------------------------------------------ require */

enum
{
	COPY = 1 << 0,
	DATE = 1 << 1,
	FILEINTO = 1 << 2,
	MAILBOX = 1 << 3,
	RELATIONAL = 1 << 4,
	VACATION = 1 << 5
};

/* In the order of their bits. */
static const char *const capabilities[] = {"copy", "date", "fileinto", "mailbox", "relational", "vacation"};

static bool
has_window(const ms_filter *f)
{
	return f->starts[0] != '\0' || f->ends[0] != '\0';
}

static unsigned
needs(const ms_filter *f)
{
	switch (f->kind)
	{
		case MS_FILE_SPAM:
		case MS_FILE_FROM:
		case MS_FILE_LIST:
			return FILEINTO | MAILBOX;
		case MS_FORWARD:
			return f->keep ? COPY : 0;
		case MS_VACATION:
			return VACATION | (has_window(f) ? DATE | RELATIONAL : 0);
		default:
			return 0;
	}
}

static void
put_require(writer *w, const ms_filter *filters, size_t n)
{
	const char *before = "require [";
	unsigned	all = 0;
	size_t		i;

	for (i = 0; i < n; i++)
		all |= needs(&filters[i]);
	for (i = 0; i < sizeof(capabilities) / sizeof(*capabilities); i++)
	{
		if ((all & (1u << i)) == 0)
			continue;
		put(w, before);
		put_string(w, ms_span_of_text(capabilities[i]));
		before = ", ";
	}
	if (all != 0)
		put(w, "];\n");
}

/* -------------------------------------------------------------------- tests */

static void
put_sender_test(writer *w, const ms_filter *f)
{
	put(w, f->sender_is_domain ? "address :domain :is \"from\" " : "address :is \"from\" ");
	if (f->sender_unicode.len == 0)
	{
		put_string(w, f->sender);
		return;
	}
	put(w, "[");
	put_string(w, f->sender);
	put(w, ", ");
	put_string(w, f->sender_unicode);
	put(w, "]");
}

/* A list's address stands in List-Post, and with a dot in the place of its @ often in List-Id. */
static void
put_list_test(writer *w, ms_span id)
{
	const char *at = memchr(id.data, '@', id.len);
	size_t		local = at != NULL ? (size_t) (at - id.data) : 0;

	put(w, at != NULL ? "anyof (header :contains \"list-id\" \"<" : "header :contains \"list-id\" \"<");
	if (at == NULL)
		put_octets(w, id);
	else
	{
		put_octets(w, ms_span_of(id.data, local));
		put_char(w, '.');
		put_octets(w, ms_span_from(id, local + 1));
		put(w, ">\", header :contains \"list-post\" \"<mailto:");
		put_octets(w, id);
	}
	put(w, at != NULL ? ">\")" : ">\"");
}

static void
put_window_test(writer *w, const ms_filter *f)
{
	static const char *const comparison[] = {
		"currentdate :value \"ge\" \"date\" \"", "currentdate :value \"le\" \"date\" \""
	};
	const char *const dates[] = {f->starts, f->ends};
	bool		both = f->starts[0] != '\0' && f->ends[0] != '\0';
	const char *before = "";
	size_t		i;

	put(w, both ? "allof (" : "");
	for (i = 0; i < 2; i++)
	{
		if (dates[i][0] == '\0')
			continue;
		put(w, before);
		put(w, comparison[i]);
		put(w, dates[i]);
		put(w, "\"");
		before = ", ";
	}
	put(w, both ? ")" : "");
}

/* ------------------------------------------------------------------ actions */

static void
put_file(writer *w, ms_span folder)
{
	put(w, " {\n    fileinto :create ");
	put_string(w, folder);
	put(w, ";\n    stop;\n}\n");
}

static void
put_spam(writer *w, const ms_filter *f)
{
	/* As SpamAssassin, Amavis and Rspamd mark it. */
	put(w, "if anyof (\n"
		"    header :contains \"x-spam-flag\" \"YES\",\n"
		"    header :is \"x-spam\" \"Yes\",\n"
		"    header :matches \"x-spam-status\" \"Yes*\"\n)");
	put_file(w, f->folder);
}

static void
put_forward(writer *w, const ms_filter *f)
{
	put(w, f->keep ? "redirect :copy " : "redirect ");
	put_string(w, f->destination);
	put(w, f->keep ? ";\n" : ";\nstop;\n");
}

static void
put_addresses(writer *w, const ms_span *addresses, size_t n)
{
	size_t		i;

	for (i = 0; i < n; i++)
	{
		put(w, i == 0 ? " :addresses [" : ", ");
		put_string(w, addresses[i]);
	}
	put(w, n > 0 ? "]" : "");
}

static void
put_answer(writer *w, const ms_filter *f, const ms_span *addresses, size_t naddresses)
{
	put(w, "vacation :days ");
	put_number(w, f->days);
	if (f->subject.len > 0)
	{
		put(w, " :subject ");
		put_string(w, f->subject);
	}
	put_addresses(w, addresses, naddresses);
	put(w, " ");
	put_string(w, f->message);
	put(w, ";\n");
}

/* All of a user stand where the first does: of two on one day, which Sieve does not allow, the first answers. */
static void
put_vacations(writer *w, const ms_filter *filters, size_t n, const ms_span *addresses, size_t naddresses)
{
	bool		chained = false;
	size_t		i;

	for (i = 0; i < n; i++)
	{
		const ms_filter *f = &filters[i];

		if (f->kind != MS_VACATION)
			continue;
		put(w, !has_window(f) ? (chained ? "else {\n    " : "") : chained ? "elsif " : "if ");
		if (has_window(f))
		{
			put_window_test(w, f);
			put(w, " {\n    ");
		}
		put_answer(w, f, addresses, naddresses);
		put(w, chained || has_window(f) ? "}\n" : "");
		if (!has_window(f))
			return;
		chained = true;
	}
}

static void
put_filter(writer *w, const ms_filter *f)
{
	switch (f->kind)
	{
		case MS_FILE_SPAM:
			put_spam(w, f);
			break;
		case MS_FILE_FROM:
			put(w, "if ");
			put_sender_test(w, f);
			put_file(w, f->folder);
			break;
		case MS_FILE_LIST:
			put(w, "if ");
			put_list_test(w, f->list_id);
			put_file(w, f->folder);
			break;
		case MS_DISCARD_FROM:
			put(w, "if ");
			put_sender_test(w, f);
			put(w, " {\n    discard;\n    stop;\n}\n");
			break;
		case MS_FORWARD:
			put_forward(w, f);
			break;
		default:
			break;
	}
}

size_t
ms_filters_compile(const ms_filter *filters, size_t n, const ms_span *addresses, size_t naddresses,
				   char *out, size_t cap)
{
	writer		w = {out, cap, 0};
	bool		answered = false;
	size_t		i;

	put_require(&w, filters, n);
	for (i = 0; i < n; i++)
	{
		const ms_filter *f = &filters[i];

		/* Another one for spam would find none left. */
		if ((f->kind == MS_FILE_SPAM && i > 0) || (f->kind == MS_VACATION && answered))
			continue;
		put(&w, "# filter ");
		put_number(&w, f->id);
		put(&w, "\n");
		if (f->kind == MS_VACATION)
			put_vacations(&w, &filters[i], n - i, addresses, naddresses);
		else
			put_filter(&w, f);
		answered = answered || f->kind == MS_VACATION;
	}
	return w.len;
}
