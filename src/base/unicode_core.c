/*
 * unicode_core.c
 *	  ICU behind the functions of unicode.h.
 */
#include "base/unicode.h"

#include <unicode/uchar.h>
#include <unicode/uidna.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

typedef struct utf16_text
{
	UChar		units[MS_UNICODE_MAX];
	int32_t		len;
} utf16_text;

static bool
is_invisible(UChar32 c)
{
	switch (u_charType(c))
	{
		case U_FORMAT_CHAR:
		case U_PRIVATE_USE_CHAR:
		case U_LINE_SEPARATOR:
		case U_PARAGRAPH_SEPARATOR:
			return true;
		case U_SPACE_SEPARATOR:
			return c != ' ';
		default:
			return u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
	}
}

bool
ms_unicode_check(ms_span in, bool joiners, ms_fault *fault)
{
	size_t		i = 0;

	while (i < in.len)
	{
		size_t		start = i;
		UChar32		c;

		U8_NEXT(in.data, i, in.len, c);
		if (c < 0)
			return ms_fail(fault, MS_FAULT_UTF8, start);
		if (u_charType(c) == U_CONTROL_CHAR)
			return ms_fail(fault, MS_FAULT_CONTROL, start);
		if (u_charType(c) == U_UNASSIGNED)
			return ms_fail(fault, MS_FAULT_UNASSIGNED, start);
		if (is_invisible(c) && !(joiners && (c == 0x200C || c == 0x200D)))
			return ms_fail(fault, MS_FAULT_INVISIBLE, start);
	}
	return true;
}

static bool
from_utf8(ms_span in, utf16_text *out)
{
	UErrorCode	status = U_ZERO_ERROR;

	if (in.len > MS_UNICODE_MAX)
		return false;
	u_strFromUTF8(out->units, MS_UNICODE_MAX, &out->len, in.data, (int32_t) in.len, &status);
	return U_SUCCESS(status);
}

static bool
to_utf8(const utf16_text *in, char *out, size_t cap, size_t *out_len)
{
	UErrorCode	status = U_ZERO_ERROR;
	int32_t		len = 0;

	u_strToUTF8(out, (int32_t) cap, &len, in->units, in->len, &status);
	if (U_FAILURE(status))
		return false;
	*out_len = (size_t) len;
	return true;
}

static bool
normalize(const UNormalizer2 *form, const utf16_text *in, utf16_text *out)
{
	UErrorCode	status = U_ZERO_ERROR;

	out->len = unorm2_normalize(form, in->units, in->len, out->units, MS_UNICODE_MAX, &status);
	return U_SUCCESS(status);
}

static bool
fold(const utf16_text *in, utf16_text *out)
{
	UErrorCode	status = U_ZERO_ERROR;

	out->len = u_strFoldCase(out->units, MS_UNICODE_MAX, in->units, in->len,
							 U_FOLD_CASE_DEFAULT, &status);
	return U_SUCCESS(status);
}

bool
ms_unicode_canonical(ms_span in, char *out, size_t cap, size_t *out_len)
{
	UErrorCode	status = U_ZERO_ERROR;
	const UNormalizer2 *nfd = unorm2_getNFDInstance(&status);
	const UNormalizer2 *nfc = unorm2_getNFCInstance(&status);
	utf16_text	a;
	utf16_text	b;

	return U_SUCCESS(status) &&
		from_utf8(in, &a) &&
		normalize(nfd, &a, &b) && fold(&b, &a) && normalize(nfc, &a, &b) &&
		to_utf8(&b, out, cap, out_len);
}

bool
ms_unicode_fold(ms_span in, char *out, size_t cap, size_t *out_len)
{
	utf16_text	a;
	utf16_text	b;

	return from_utf8(in, &a) && fold(&a, &b) && to_utf8(&b, out, cap, out_len);
}

/* Opened once and kept for the life of the process: opening costs more than a thousand uses. */
static const UIDNA *
idna(void)
{
	static UIDNA *instance = NULL;
	UErrorCode	status = U_ZERO_ERROR;

	if (instance == NULL)
		instance = uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII |
								   UIDNA_NONTRANSITIONAL_TO_UNICODE |
								   UIDNA_USE_STD3_RULES |
								   UIDNA_CHECK_BIDI |
								   UIDNA_CHECK_CONTEXTJ, &status);
	return instance;
}

typedef int32_t (*idna_function) (const UIDNA *, const char *, int32_t, char *, int32_t,
								  UIDNAInfo *, UErrorCode *);

static bool
idna_convert(idna_function convert, ms_span in, char *out, size_t cap, size_t *out_len)
{
	UIDNAInfo	info = UIDNA_INFO_INITIALIZER;
	UErrorCode	status = U_ZERO_ERROR;
	int32_t		len;

	if (idna() == NULL || in.len > MS_UNICODE_MAX)
		return false;
	len = convert(idna(), in.data, (int32_t) in.len, out, (int32_t) cap, &info, &status);

	/*
	 * ICU writes a result even where it found errors.  Hyphens in the third
	 * and fourth place are in names that exist (r3---sn.googlevideo.com), and
	 * empty or long labels are the caller's to report.  A hyphen at an end is
	 * not: an A-label does not show that its U-label has one there.
	 */
	info.errors &= ~(uint32_t) (UIDNA_ERROR_HYPHEN_3_4 | UIDNA_ERROR_EMPTY_LABEL |
								UIDNA_ERROR_LABEL_TOO_LONG | UIDNA_ERROR_DOMAIN_NAME_TOO_LONG);
	if (U_FAILURE(status) || info.errors != 0 || (size_t) len > cap)
		return false;
	*out_len = (size_t) len;
	return true;
}

bool
ms_idna_to_ascii(ms_span in, char *out, size_t cap, size_t *out_len)
{
	return idna_convert(uidna_nameToASCII_UTF8, in, out, cap, out_len);
}

bool
ms_idna_to_unicode(ms_span in, char *out, size_t cap, size_t *out_len)
{
	return idna_convert(uidna_nameToUnicodeUTF8, in, out, cap, out_len);
}
