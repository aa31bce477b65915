/*
 * folder_core.c
 *	  Names of folders that a Maildir server can make.
 */
#include "filter/filter.h"

static bool
is_separator(char c)
{
	return c == '.' || c == '/';
}

/* Of the separators that a server may have, which one it has is not known here. */
static bool
has_empty_part(ms_span name)
{
	size_t		i;

	for (i = 0; i < name.len; i++)
	{
		if (is_separator(name.data[i]) && (i == 0 || i + 1 == name.len || is_separator(name.data[i + 1])))
			return true;
	}
	return false;
}

/* Of the UTF-16 units that a character of UTF-8 has; by its first octet, none by the others. */
static size_t
units_of(char octet)
{
	unsigned char c = (unsigned char) octet;

	return c < 0xc0 ? 0 : c < 0xf0 ? 1 : 2;
}

/* & and - around the units in base64, without padding. */
static size_t
shifted(size_t units)
{
	return units == 0 ? 0 : 2 + (units * 16 + 5) / 6;
}

/* Octets of the name as IMAP and the file system have it: modified UTF-7 (RFC 3501, 5.1.3). */
static size_t
imap_length(ms_span name)
{
	size_t		units = 0;
	size_t		len = 0;
	size_t		i;

	for (i = 0; i < name.len; i++)
	{
		if ((unsigned char) name.data[i] >= 0x80)
		{
			units += units_of(name.data[i]);
			continue;
		}
		len += shifted(units) + (name.data[i] == '&' ? 2 : 1);
		units = 0;
	}
	return len + shifted(units);
}

const char *
ms_folder_fault(ms_span name)
{
	if (name.len > 0 && name.data[0] == '~')
		return "Dovecot makes no folder whose name begins with ~.";
	if (has_empty_part(name))
		return "A part of the name is empty: it begins or ends with a separator, or has two of them together.";
	if (imap_length(name) > MS_FOLDER_MAX_IMAP)
		return "In IMAP's modified UTF-7 it has more than 254 octets, which is too long for the name of a directory.";
	return NULL;
}
