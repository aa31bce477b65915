/*
 * template_core.c
 *	  What a template says to a version of a program, and the lines of
 *	  Postfix's files.
 */
#include "config/template.h"


typedef struct template
{
	const char *name;
	const char *text;
} template;

static const template templates[] = {
#include "config/templates.inc"
};

/* --------------------------------------------------------------- versions */

static bool
take_number(ms_span *rest, int *number)
{
	size_t		len = 0;

	for (*number = 0; len < rest->len && len < 6 && rest->data[len] >= '0' && rest->data[len] <= '9'; len++)
		*number = *number * 10 + (rest->data[len] - '0');
	*rest = ms_span_from(*rest, len);
	return len > 0;
}

static bool
take_dot(ms_span *rest)
{
	if (rest->len == 0 || rest->data[0] != '.')
		return false;
	*rest = ms_span_from(*rest, 1);
	return true;
}

bool
ms_version_parse(ms_span text, ms_version *version)
{
	version->minor = 0;
	if (!take_number(&text, &version->major))
		return false;
	if (take_dot(&text) && !take_number(&text, &version->minor))
		return false;
	/* "3.7.11", "3.7-rc1", "1.2.2+dfsg": but not "3.7x". */
	return text.len == 0 || strchr(".-+~", text.data[0]) != NULL;
}

int
ms_version_compare(ms_version a, ms_version b)
{
	return a.major != b.major ? a.major - b.major : a.minor - b.minor;
}

/* --------------------------------------------------------------- templates */

const char *
ms_template_text(const char *name)
{
	size_t		i;

	for (i = 0; i < sizeof(templates) / sizeof(templates[0]); i++)
		if (strcmp(templates[i].name, name) == 0)
			return templates[i].text;
	return NULL;
}

static bool
take_line(ms_span *rest, ms_span *line)
{
	const char *end;

	if (rest->len == 0)
		return false;
	end = memchr(rest->data, '\n', rest->len);
	*line = ms_span_of(rest->data, end != NULL ? (size_t) (end - rest->data) : rest->len);
	*rest = ms_span_from(*rest, line->len + (end != NULL ? 1 : 0));
	return true;
}

/* Takes a word and the blank after it from the beginning of a line. */
static bool
take_prefix(ms_span *line, const char *prefix)
{
	size_t		len = strlen(prefix);

	if (line->len < len || memcmp(line->data, prefix, len) != 0)
		return false;
	*line = ms_span_from(*line, len);
	return true;
}

/* Whether the version has the line, from which its condition is taken. */
static bool
line_applies(ms_span *line, ms_version version)
{
	ms_version	limit;
	bool		since = take_prefix(line, "@since ");
	const char *blank;

	if (!since && !take_prefix(line, "@before "))
		return true;
	blank = memchr(line->data, ' ', line->len);
	if (blank == NULL || !ms_version_parse(ms_span_of(line->data, blank - line->data), &limit))
		return false;
	*line = ms_span_from(*line, blank - line->data + 1);
	return since == (ms_version_compare(version, limit) >= 0);
}

bool
ms_template_line(ms_span *rest, ms_version version, ms_span *line)
{
	while (take_line(rest, line))
		if (line_applies(line, version))
			return true;
	return false;
}

bool
ms_template_if(ms_span *line, ms_span *name)
{
	return take_prefix(line, "@if ") && ms_next_word(line, name) && take_prefix(line, " ");
}

/* The length of the @NAME@ that text begins with, or 0. */
static size_t
name_length(ms_span text)
{
	size_t		len = 1;

	while (len < text.len && ((text.data[len] >= 'A' && text.data[len] <= 'Z') || text.data[len] == '_'))
		len++;
	return len > 1 && len < text.len && text.data[len] == '@' ? len + 1 : 0;
}

bool
ms_template_piece(ms_span *line, ms_span *piece, bool *is_name)
{
	size_t		len;

	for (len = 0; len < line->len; len++)
	{
		size_t		name = line->data[len] == '@' ? name_length(ms_span_from(*line, len)) : 0;

		if (name == 0)
			continue;
		*is_name = len == 0;
		*piece = len == 0 ? ms_span_of(line->data + 1, name - 2) : ms_span_of(line->data, len);
		*line = ms_span_from(*line, len == 0 ? name : len);
		return true;
	}
	*is_name = false;
	*piece = *line;
	*line = ms_span_from(*line, line->len);
	return piece->len > 0;
}

/* --------------------------------------------------------------- the lines of Postfix */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static ms_span
trim(ms_span line)
{
	while (line.len > 0 && is_blank(line.data[0]))
		line = ms_span_from(line, 1);
	while (line.len > 0 && is_blank(line.data[line.len - 1]))
		line.len--;
	return line;
}

bool
ms_cf_line(ms_span *rest, ms_span *line, bool *continues)
{
	while (take_line(rest, line))
	{
		*continues = line->len > 0 && is_blank(line->data[0]);
		*line = trim(*line);
		if (line->len > 0 && line->data[0] != '#')
			return true;
	}
	return false;
}

bool
ms_next_word(ms_span *rest, ms_span *word)
{
	*rest = trim(*rest);
	for (*word = ms_span_of(rest->data, 0); word->len < rest->len && !is_blank(rest->data[word->len]);)
		word->len++;
	*rest = ms_span_from(*rest, word->len);
	return word->len > 0;
}

/* --------------------------------------------------------------- values */

bool
ms_is_unwritable(unsigned char c)
{
	return c <= ' ' || c == 0x7f || strchr("$#%{}\"'`\\", c) != NULL;
}

bool
ms_is_plain_in_uri(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c != '\0' && strchr("-._~/:", c) != NULL);
}
