/*
 * fuzz_filter.c
 *	  Laws of the script that filters make.
 *
 * Each line of the input is a filter: a letter for its kind, one for its owner
 * and switches, and its strings, divided by tabs.
 */
#include "filter/filter.h"
#include "sieve/grammar.h"
#include "sieve/sieve.h"

#include "fuzz.h"
#include "pieces.h"

#define MOST 40
#define STRINGS 3

/* What the table takes: no NUL, of which there is none in the server's text either, and UTF-8. */
static bool
is_text(ms_span s)
{
	size_t		i;

	for (i = 0; i < s.len; i++)
	{
		if (s.data[i] == '\0' || (s.data[i] & 0x80))
			return false;
	}
	return s.len > 0;
}

static bool
is_line(ms_span s)
{
	size_t		i;

	for (i = 0; i < s.len; i++)
	{
		if ((unsigned char) s.data[i] < ' ' || s.data[i] == 0x7f)
			return false;
	}
	return is_text(s);
}

static ms_span
or_else(bool fits, ms_span s, const char *otherwise)
{
	return fits ? s : ms_span_of_text(otherwise);
}

static ms_span
address(ms_span s, const char *otherwise)
{
	bool		several;

	return or_else(is_line(s) && ms_sieve_is_address(s, &several) && memchr(s.data, '@', s.len) != NULL, s, otherwise);
}

static void
read_strings(ms_span line, ms_span strings[STRINGS])
{
	int			i;

	for (i = 0; i < STRINGS; i++)
	{
		ms_span		rest = MS_NO_SPAN;

		strings[i] = line;
		if (divide(line, '\t', &strings[i], &rest))
			line = rest;
		else
			line = MS_NO_SPAN;
	}
}

static void
read_filter(ms_span line, ms_filter *f)
{
	unsigned char kind = (unsigned char) line.data[0];
	unsigned char switches = (unsigned char) line.data[1];
	ms_span		strings[STRINGS];

	memset(f, 0, sizeof(*f));
	read_strings(ms_span_from(line, 2), strings);
	f->kind = kind % MS_FILTER_KINDS;
	f->level = f->kind == MS_FORWARD || f->kind == MS_VACATION ? MS_OF_USER : switches % 3;
	f->id = kind * 256 + switches;
	f->position = switches;
	f->keep = switches & 1;
	f->days = 1 + switches % 60;
	f->folder = or_else(is_line(strings[0]), strings[0], "Spam");
	f->list_id = or_else(is_line(strings[1]), strings[1], "list.example.com");
	f->sender_is_domain = switches & 2;
	f->sender = or_else(is_line(strings[1]), strings[1], "tim@example.net");
	f->sender_unicode = or_else(is_line(strings[2]), strings[2], "");
	f->destination = address(strings[1], "bob@example.com");
	f->message = or_else(is_text(strings[0]), strings[0], "away");
	f->subject = or_else(is_line(strings[2]), strings[2], "");
	if (switches & 4)
		strcpy(f->starts, "2026-12-01");
	if (switches & 8)
		strcpy(f->ends, "2026-12-31");
}

static size_t
read_filters(ms_span in, ms_filter filters[MOST])
{
	ms_span		line;
	size_t		n = 0;

	while (n < MOST && divide(in, '\n', &line, &in))
	{
		if (line.len >= 2)
			read_filter(line, &filters[n++]);
	}
	return n;
}

/* Into memory of exactly the size that is needed, or one octet less. */
static ms_span
compile(const ms_filter *filters, size_t n)
{
	static const ms_span addresses[] = {{"al@example.com", 14}, {"\"a \\\" b\"@example.com", 20}};
	size_t		naddresses = n % 3;
	size_t		len = ms_filters_compile(filters, n, addresses, naddresses, NULL, 0);
	char	   *out = malloc(len > 0 ? len : 1);

	if (len > 0)
		LAW(ms_filters_compile(filters, n, addresses, naddresses, out, len - 1) == len);
	LAW(ms_filters_compile(filters, n, addresses, naddresses, out, len) == len);
	return ms_span_of(out, len);
}

/* Whether some string of the script is exactly this one, but for the ends of its lines. */
static bool
same_but_line_ends(ms_span a, ms_span b)
{
	size_t		i = 0;
	size_t		j = 0;

	while (i < a.len && j < b.len)
	{
		if (a.data[i] == '\r' || a.data[i] == '\n')
		{
			if (b.data[j] != '\r' && b.data[j] != '\n')
				return false;
			i += a.data[i] == '\r' && i + 1 < a.len && a.data[i + 1] == '\n' ? 2 : 1;
			j += b.data[j] == '\r' && j + 1 < b.len && b.data[j + 1] == '\n' ? 2 : 1;
		}
		else if (a.data[i++] != b.data[j++])
			return false;
	}
	return i == a.len && j == b.len;
}

static bool
has_string(const ms_sieve_node *node, ms_span wanted)
{
	for (; node != NULL; node = node->next)
	{
		const ms_sieve_argument *argument;

		for (argument = node->arguments; argument != NULL; argument = argument->next)
		{
			const ms_sieve_string *string;

			if (argument->kind != MS_SIEVE_STRING && argument->kind != MS_SIEVE_LIST)
				continue;
			for (string = argument->strings; string != NULL; string = string->next)
			{
				if (same_but_line_ends(wanted, string->value))
					return true;
			}
		}
		if (has_string(node->tests, wanted) || has_string(node->commands, wanted))
			return true;
	}
	return false;
}

/* What a filter says is in the script, letter by letter: the first for spam, and vacations up to one without an end. */
static void
check_strings(const ms_filter *filters, size_t n, const ms_sieve_node *script)
{
	size_t		i;
	bool		answers = true;

	for (i = 0; i < n; i++)
	{
		const ms_filter *f = &filters[i];

		if (f->kind == MS_FILE_FROM || f->kind == MS_FILE_LIST || (f->kind == MS_FILE_SPAM && i == 0))
			LAW(has_string(script, f->folder));
		if (f->kind == MS_FILE_FROM || f->kind == MS_DISCARD_FROM)
			LAW(has_string(script, f->sender) && (f->sender_unicode.len == 0 || has_string(script, f->sender_unicode)));
		if (f->kind == MS_FORWARD)
			LAW(has_string(script, f->destination));
		if (f->kind != MS_VACATION || !answers)
			continue;
		LAW(has_string(script, f->message));
		LAW(f->subject.len == 0 || has_string(script, f->subject));
		answers = f->starts[0] != '\0' || f->ends[0] != '\0';
	}
}

static void
check_order(const ms_filter *filters, size_t n)
{
	size_t		i;

	for (i = 1; i < n; i++)
	{
		const ms_filter *a = &filters[i - 1];
		const ms_filter *b = &filters[i];

		LAW(b->kind != MS_FILE_SPAM || (a->kind == MS_FILE_SPAM && a->level >= b->level));
		LAW(a->kind == MS_FILE_SPAM || a->level < b->level || (a->level == b->level && a->position <= b->position));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static ms_filter filters[MOST];
	ms_span		in = exact_copy(ms_span_of((const char *) data, size));
	size_t		n = read_filters(in, filters);
	ms_sieve_arena arena = {.more = more};
	ms_sieve_problems problems = {0};
	ms_sieve_node *tree;
	ms_span		script;

	ms_filters_sort(filters, n);
	check_order(filters, n);
	script = compile(filters, n);
	tree = ms_sieve_check(&arena, script, MS_NO_SPAN, &problems);
	LAW(problems.errors == 0);
	LAW((script.len == 0) == (n == 0));
	check_strings(filters, n, tree);
	free_copy(script);
	free_copy(in);
	free_pieces();
	return 0;
}
