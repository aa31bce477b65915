/*
 * template.h
 *	  Configuration files from templates: the lines that a version of a program
 *	  has, the values that go into them, and what they are made of.
 *
 * The templates are the files of templates/, which the build puts into the
 * library.  A line that begins with "@since 3.9 " is for that version of the
 * program and later ones, one with "@before 3.9 " for earlier ones, one with
 * "@if NAME " for where the value is not empty; @NAME@ stands for a value; a
 * line that is nothing but an empty value is left out.
 */
#ifndef MS_TEMPLATE_H
#define MS_TEMPLATE_H

#include "base/span.h"

/* 3.10 is later than 3.9. */
typedef struct ms_version
{
	int			major;
	int			minor;
} ms_version;

/* Reads 3.7, 3.7.11 or 252; what follows the second number does not count.  False for what is no version. */
extern bool ms_version_parse(ms_span text, ms_version *version);

/* Less than, equal to or greater than zero. */
extern int	ms_version_compare(ms_version a, ms_version b);

/* The text of a template by its name, "postfix/main.cf"; NULL where there is none. */
extern const char *ms_template_text(const char *name);

/* Takes the next line that the version has from the rest of a template; false at the end.  The line has no newline. */
extern bool ms_template_line(ms_span *rest, ms_version version, ms_span *line);

/* Takes "@if NAME " from the beginning of a line, and says what NAME is; false where there is none. */
extern bool ms_template_if(ms_span *line, ms_span *name);

/* Takes the next piece of a line: text as it is, or the name of a value. */
extern bool ms_template_piece(ms_span *line, ms_span *piece, bool *is_name);

/*
 * Takes the next line that says something from a main.cf or master.cf, without
 * comments, empty lines and the blanks around it; continues says whether it
 * belongs to the line before.
 */
extern bool ms_cf_line(ms_span *rest, ms_span *line, bool *continues);

/* Takes the next word: what stands between blanks. */
extern bool ms_next_word(ms_span *rest, ms_span *word);

/* Whether the octet would mean something to one of the programs, or to a shell, in a file that has it as part of a value. */
extern bool ms_is_unwritable(unsigned char c);

/* Whether an octet stands for itself in a URI, and in Postfix's list of them. */
extern bool ms_is_plain_in_uri(unsigned char c);

#endif							/* MS_TEMPLATE_H */
