/*
 * mailkey_pg.c
 *	  mail_key's input and output, the checks of the domains over it, and the
 *	  accessors.
 */
#include "mailkey/mailkey_datum.h"

#include "base/unicode.h"
#include "utils/builtins.h"

/* ------------------------------------------------------------------ storage */

static struct varlena *
form(ms_key_class class, ms_span domain, ms_span local, ms_span typed)
{
	size_t		size = VARHDRSZ + ms_stored_size(domain, local, typed);
	struct varlena *result = palloc(size);

	SET_VARSIZE(result, size);
	ms_stored_write(class, domain, local, typed, VARDATA(result));
	return result;
}

struct varlena *
ms_key_build(ms_key_class class, ms_span domain, ms_span local)
{
	return form(class, domain, local, MS_NO_SPAN);
}

struct varlena *
ms_key_build_last(ms_span domain, ms_span local)
{
	/* The last code point, which is no character and in no address. */
	static const char last[] = "\xf4\x8f\xbf\xbf";
	char		longer[MS_LOCAL_PART_MAX + sizeof(last)];

	memcpy(longer, local.data, local.len);
	memcpy(longer + local.len, last, sizeof(last) - 1);
	return ms_key_build(MS_KEY_ADDRESS, domain, ms_span_of(longer, local.len + sizeof(last) - 1));
}

/* The key goes right to where it is stored; NULL where there is no short way. */
static struct varlena *
from_plain_text(ms_span text)
{
	struct varlena *result;
	size_t		size;

	if (text.len > MS_ADDRESS_MAX)
		return NULL;
	result = palloc(VARHDRSZ + MS_STORED_MAX(text.len));
	size = ms_plain_key_write(text, VARDATA(result));
	if (size == 0)
	{
		pfree(result);
		return NULL;
	}
	SET_VARSIZE(result, VARHDRSZ + size);
	return result;
}

/* Not inline, so that the short way does not set up its stack. */
static pg_noinline struct varlena *
from_any_text(ms_span text)
{
	ms_key		key;
	ms_fault	unused;

	if (ms_key_parse(text, &key, &unused))
		return form(key.class, ms_span_of(key.domain, key.domain_len),
					ms_span_of(key.local, key.local_len), ms_span_of(key.typed, key.typed_len));
	return ms_key_build(MS_KEY_OTHER, MS_NO_SPAN, text);
}

struct varlena *
ms_key_from_text(ms_span text)
{
	struct varlena *plain = from_plain_text(text);

	return plain != NULL ? plain : from_any_text(text);
}

/* --------------------------------------------------------------------- text */

char *
ms_address_to_cstring(ms_span local, ms_span domain)
{
	char	   *result = palloc(2 * local.len + 2 + 1 + domain.len + 1);
	size_t		n = ms_local_part_write(local, result);

	result[n++] = '@';
	memcpy(result + n, domain.data, domain.len);
	result[n + domain.len] = '\0';
	return result;
}

char *
ms_key_to_cstring(const ms_key_view *view)
{
	switch (view->class)
	{
		case MS_KEY_ADDRESS:
			return ms_address_to_cstring(view->typed, view->domain);
		case MS_KEY_CATCHALL:
			return psprintf("@%.*s", (int) view->domain.len, view->domain.data);
		case MS_KEY_PARENT:
			return psprintf(".%.*s", (int) view->domain.len, view->domain.data);
		case MS_KEY_DOMAIN:
			return pnstrdup(view->domain.data, view->domain.len);
		case MS_KEY_OTHER:
			break;
	}
	return pnstrdup(view->local.data, view->local.len);
}

PG_FUNCTION_INFO_V1(ms_mail_key_in);
Datum
ms_mail_key_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);

	PG_RETURN_POINTER(ms_key_from_text(ms_span_of_text(text)));
}

PG_FUNCTION_INFO_V1(ms_mail_key_from_text);
Datum
ms_mail_key_from_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(ms_key_from_text(MS_GETARG_SPAN(0)));
}

PG_FUNCTION_INFO_V1(ms_mail_key_out);
Datum
ms_mail_key_out(PG_FUNCTION_ARGS)
{
	ms_key_view view = MS_GETARG_KEY(0);

	PG_RETURN_CSTRING(ms_key_to_cstring(&view));
}

PG_FUNCTION_INFO_V1(ms_mail_key_to_text);
Datum
ms_mail_key_to_text(PG_FUNCTION_ARGS)
{
	ms_key_view view = MS_GETARG_KEY(0);

	PG_RETURN_TEXT_P(cstring_to_text(ms_key_to_cstring(&view)));
}

PG_FUNCTION_INFO_V1(ms_mail_key_recv);
Datum
ms_mail_key_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(ms_key_from_text(ms_recv_versioned((StringInfo) PG_GETARG_POINTER(0),
														 "mail_key")));
}

PG_FUNCTION_INFO_V1(ms_mail_key_send);
Datum
ms_mail_key_send(PG_FUNCTION_ARGS)
{
	ms_key_view view = MS_GETARG_KEY(0);

	PG_RETURN_BYTEA_P(ms_send_versioned(ms_key_to_cstring(&view)));
}

/* ------------------------------------------------------- the domains over it */

typedef struct key_domain
{
	const char *name;
	unsigned	classes;		/* a bit for each ms_key_class that it takes */
	bool		(*parse) (ms_span in, ms_key *out, ms_fault *fault);	/* says what is wrong */
} key_domain;

static const key_domain mail_address = {"mail_address", 1 << MS_KEY_ADDRESS, ms_address_parse};
static const key_domain mail_domain = {"mail_domain", 1 << MS_KEY_DOMAIN, ms_domain_parse};
static const key_domain alias_key = {"alias_key", 1 << MS_KEY_ADDRESS | 1 << MS_KEY_CATCHALL, ms_alias_parse};

static inline bool
takes(const key_domain *domain, ms_span stored)
{
	return (domain->classes >> ms_stored_class(stored) & 1) != 0;
}

static pg_noinline bool
refuse(const key_domain *domain, ms_span stored)
{
	ms_key_view view = ms_stored_view(stored);
	char	   *text = ms_key_to_cstring(&view);
	ms_span		in = ms_span_of_text(text);
	ms_key		key;
	ms_fault	fault;

	if (!domain->parse(in, &key, &fault))
		ms_report_fault(NULL, domain->name, in, &fault);
	return false;
}

/* The CHECK: the class decides, and only a refusal parses again, to say what is wrong and where. */
static inline Datum
check(FunctionCallInfo fcinfo, const key_domain *domain)
{
	ms_span		stored = MS_GETARG_SPAN(0);

	PG_RETURN_BOOL(takes(domain, stored) || refuse(domain, stored));
}

/* NULL for what the domain refuses. */
static inline Datum
from_text_or_null(FunctionCallInfo fcinfo, const key_domain *domain)
{
	struct varlena *key = ms_key_from_text(MS_GETARG_SPAN(0));

	if (!takes(domain, ms_varlena_span(key)))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(key);
}

PG_FUNCTION_INFO_V1(ms_mail_address_check);
Datum
ms_mail_address_check(PG_FUNCTION_ARGS)
{
	return check(fcinfo, &mail_address);
}

PG_FUNCTION_INFO_V1(ms_mail_domain_check);
Datum
ms_mail_domain_check(PG_FUNCTION_ARGS)
{
	return check(fcinfo, &mail_domain);
}

PG_FUNCTION_INFO_V1(ms_alias_key_check);
Datum
ms_alias_key_check(PG_FUNCTION_ARGS)
{
	return check(fcinfo, &alias_key);
}

PG_FUNCTION_INFO_V1(ms_to_mail_address);
Datum
ms_to_mail_address(PG_FUNCTION_ARGS)
{
	return from_text_or_null(fcinfo, &mail_address);
}

PG_FUNCTION_INFO_V1(ms_to_mail_domain);
Datum
ms_to_mail_domain(PG_FUNCTION_ARGS)
{
	return from_text_or_null(fcinfo, &mail_domain);
}

PG_FUNCTION_INFO_V1(ms_to_alias_key);
Datum
ms_to_alias_key(PG_FUNCTION_ARGS)
{
	return from_text_or_null(fcinfo, &alias_key);
}

/* ---------------------------------------------------------------- accessors */

static Datum
span_to_text(ms_span s)
{
	return PointerGetDatum(cstring_to_text_with_len(s.data, (int) s.len));
}

PG_FUNCTION_INFO_V1(ms_mail_key_class);
Datum
ms_mail_key_class(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {
		[MS_KEY_OTHER] = "other",
		[MS_KEY_DOMAIN] = "domain",
		[MS_KEY_PARENT] = "parent",
		[MS_KEY_CATCHALL] = "catchall",
		[MS_KEY_ADDRESS] = "address",
	};

	PG_RETURN_TEXT_P(cstring_to_text(names[MS_GETARG_CLASS(0)]));
}

PG_FUNCTION_INFO_V1(ms_address_canonical);
Datum
ms_address_canonical(PG_FUNCTION_ARGS)
{
	ms_key_view view = MS_GETARG_KEY(0);

	PG_RETURN_POINTER(ms_key_build(view.class, view.domain, view.local));
}

PG_FUNCTION_INFO_V1(ms_address_local_part);
Datum
ms_address_local_part(PG_FUNCTION_ARGS)
{
	ms_key_view view = MS_GETARG_KEY(0);

	if (view.class != MS_KEY_ADDRESS)
		PG_RETURN_NULL();
	return span_to_text(view.typed);
}

PG_FUNCTION_INFO_V1(ms_address_domain);
Datum
ms_address_domain(PG_FUNCTION_ARGS)
{
	ms_key_view view = MS_GETARG_KEY(0);

	if (view.class == MS_KEY_OTHER)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(ms_key_build_domain(view.domain));
}

PG_FUNCTION_INFO_V1(ms_address_base);
Datum
ms_address_base(PG_FUNCTION_ARGS)
{
	ms_key_view view = MS_GETARG_KEY(0);

	if (view.class != MS_KEY_ADDRESS)
		PG_RETURN_NULL();
	view.local.len = ms_local_part_split(view.local, MS_GETARG_SPAN(1));
	PG_RETURN_POINTER(ms_key_build(MS_KEY_ADDRESS, view.domain, view.local));
}

/*
 * Whether the first split octets of the spelling are the canonical base.  They
 * are not where folding takes a delimiter away or makes one: "=" with a stroke
 * over it is one letter.
 */
static bool
is_base_as_typed(const ms_key_view *view, size_t split, ms_span base)
{
	char		folded[MS_UNICODE_MAX];
	size_t		len;

	return split < view->typed.len &&
		ms_unicode_canonical(ms_span_of(view->typed.data, split), folded, sizeof(folded), &len) &&
		ms_span_equal(ms_span_of(folded, len), base);
}

ms_span
ms_key_detail(const ms_key_view *view, ms_span delimiters)
{
	size_t		split = ms_local_part_split(view->local, delimiters);
	size_t		typed_split;

	if (view->class != MS_KEY_ADDRESS || split == view->local.len)
		return MS_NO_SPAN;
	typed_split = ms_local_part_split(view->typed, delimiters);
	if (is_base_as_typed(view, typed_split, ms_span_of(view->local.data, split)))
		return ms_span_from(view->typed, typed_split);
	return ms_span_from(view->local, split);
}

PG_FUNCTION_INFO_V1(ms_address_detail);
Datum
ms_address_detail(PG_FUNCTION_ARGS)
{
	ms_key_view view = MS_GETARG_KEY(0);
	ms_span		detail = ms_key_detail(&view, MS_GETARG_SPAN(1));

	if (detail.len == 0)
		PG_RETURN_NULL();
	return span_to_text(ms_span_from(detail, 1));
}

/* The new name of an address that is the old one or a sub-address of it. */
static struct varlena *
rename_address(const ms_key_view *key, const ms_key_view *old, const ms_key_view *new, ms_span delimiters)
{
	ms_span		detail = ms_span_equal(key->key, old->key) ? MS_NO_SPAN : ms_key_detail(key, delimiters);
	size_t		split = detail.len > 0 ? ms_local_part_split(key->local, delimiters) : key->local.len;
	char		joined[2 * MS_LOCAL_PART_MAX];
	char	   *text;

	if (key->class != MS_KEY_ADDRESS || !ms_span_equal(key->domain, old->domain) ||
		!ms_span_equal(ms_span_of(key->local.data, split), old->local))
		return NULL;
	memcpy(joined, new->typed.data, new->typed.len);
	memcpy(joined + new->typed.len, detail.data, detail.len);
	text = ms_address_to_cstring(ms_span_of(joined, new->typed.len + detail.len), new->domain);
	return ms_key_from_text(ms_span_of_text(text));
}

static struct varlena *
rename_domain(const ms_key_view *key, const ms_key_view *old, const ms_key_view *new)
{
	ms_key_view moved = *key;
	char	   *text;

	if (key->class == MS_KEY_OTHER || !ms_span_equal(key->domain, old->domain))
		return NULL;
	moved.domain = new->domain;
	text = ms_key_to_cstring(&moved);
	return ms_key_from_text(ms_span_of_text(text));
}

struct varlena *
ms_key_renamed(const ms_key_view *key, const ms_key_view *old, const ms_key_view *new, ms_span delimiters)
{
	if (old->class == MS_KEY_ADDRESS && new->class == MS_KEY_ADDRESS)
		return rename_address(key, old, new, delimiters);
	if (old->class == MS_KEY_DOMAIN && new->class == MS_KEY_DOMAIN)
		return rename_domain(key, old, new);
	return NULL;
}

PG_FUNCTION_INFO_V1(ms_address_renamed);
Datum
ms_address_renamed(PG_FUNCTION_ARGS)
{
	ms_key_view key = MS_GETARG_KEY(0);
	ms_key_view old = MS_GETARG_KEY(1);
	ms_key_view new = MS_GETARG_KEY(2);
	struct varlena *renamed = ms_key_renamed(&key, &old, &new, MS_GETARG_SPAN(3));

	PG_RETURN_DATUM(renamed != NULL ? PointerGetDatum(renamed) : PG_GETARG_DATUM(0));
}

PG_FUNCTION_INFO_V1(ms_address_share_sql);
Datum
ms_address_share_sql(PG_FUNCTION_ARGS)
{
	ms_key_view view = MS_GETARG_KEY(0);

	if (view.class != MS_KEY_ADDRESS)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(ms_address_share(view.local, view.domain));
}

PG_FUNCTION_INFO_V1(ms_domain_unicode);
Datum
ms_domain_unicode(PG_FUNCTION_ARGS)
{
	ms_key_view view = MS_GETARG_KEY(0);
	char		unicode[MS_UNICODE_MAX];
	size_t		len;

	if (!ms_idna_to_unicode(view.domain, unicode, sizeof(unicode), &len))
		PG_RETURN_NULL();
	return span_to_text(ms_span_of(unicode, len));
}

PG_FUNCTION_INFO_V1(ms_domain_postfix_key_sql);
Datum
ms_domain_postfix_key_sql(PG_FUNCTION_ARGS)
{
	ms_key_view view = MS_GETARG_KEY(0);
	char		folded[MS_DOMAIN_MAX];
	size_t		len = ms_domain_postfix_key(view.domain, folded);

	PG_RETURN_POINTER(ms_key_build_domain(ms_span_of(folded, len)));
}
