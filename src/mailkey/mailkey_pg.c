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
	size_t		size = VARHDRSZ + MS_KEY_HEADER + domain.len + MS_KEY_SEPARATOR + local.len + typed.len;
	struct varlena *result = palloc(size);
	char	   *p = VARDATA(result);

	SET_VARSIZE(result, size);
	*p++ = (char) class;
	*p++ = (char) domain.len;
	*p++ = class == MS_KEY_OTHER ? 0 : (char) local.len;
	memcpy(p, domain.data, domain.len);
	p += domain.len;
	*p++ = '\0';
	*p++ = (char) class;
	memcpy(p, local.data, local.len);
	memcpy(p + local.len, typed.data, typed.len);
	return result;
}

struct varlena *
ms_key_build(ms_key_class class, ms_span domain, ms_span local)
{
	return form(class, domain, local, ms_span_of("", 0));
}

struct varlena *
ms_key_form(const ms_key *key, bool canonical)
{
	return form(key->class,
				ms_span_of(key->domain, key->domain_len),
				ms_span_of(key->local, key->local_len),
				ms_span_of(key->typed, canonical ? 0 : key->typed_len));
}

struct varlena *
ms_key_from_text(ms_span text)
{
	ms_key		key;
	ms_fault	unused;

	if (ms_key_parse(text, &key, &unused))
		return ms_key_form(&key, false);
	return ms_key_build(MS_KEY_OTHER, ms_span_of("", 0), text);
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

	PG_RETURN_POINTER(ms_key_from_text(ms_span_of(text, strlen(text))));
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

typedef bool (*key_parser) (ms_span in, ms_key *out, ms_fault *fault);

/*
 * The CHECK of a domain over mail_key.  The flag decides; only a refusal
 * parses again, to say what is wrong and where.
 */
static bool
check_class(FunctionCallInfo fcinfo, bool fits, key_parser parse, const char *type_name)
{
	ms_key_view view;
	ms_key		key;
	ms_fault	fault;
	char	   *text;
	ms_span		in;

	if (fits)
		return true;
	view = MS_GETARG_KEY(0);
	text = ms_key_to_cstring(&view);
	in = ms_span_of(text, strlen(text));
	if (!parse(in, &key, &fault))
		ms_report_fault(NULL, type_name, in, &fault);
	return false;
}

PG_FUNCTION_INFO_V1(ms_mail_address_check);
Datum
ms_mail_address_check(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(check_class(fcinfo, MS_GETARG_KEY(0).class == MS_KEY_ADDRESS,
							   ms_address_parse, "mail_address"));
}

PG_FUNCTION_INFO_V1(ms_mail_domain_check);
Datum
ms_mail_domain_check(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(check_class(fcinfo, MS_GETARG_KEY(0).class == MS_KEY_DOMAIN,
							   ms_domain_parse, "mail_domain"));
}

PG_FUNCTION_INFO_V1(ms_alias_key_check);
Datum
ms_alias_key_check(PG_FUNCTION_ARGS)
{
	ms_key_class class = MS_GETARG_KEY(0).class;

	PG_RETURN_BOOL(check_class(fcinfo, class == MS_KEY_ADDRESS || class == MS_KEY_CATCHALL,
							   ms_alias_parse, "alias_key"));
}

/* to_mail_address() and its like: NULL for what the domain refuses. */
static Datum
parse_or_null(FunctionCallInfo fcinfo, key_parser parse)
{
	ms_key		key;
	ms_fault	unused;

	if (!parse(MS_GETARG_SPAN(0), &key, &unused))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(ms_key_form(&key, false));
}

PG_FUNCTION_INFO_V1(ms_to_mail_address);
Datum
ms_to_mail_address(PG_FUNCTION_ARGS)
{
	return parse_or_null(fcinfo, ms_address_parse);
}

PG_FUNCTION_INFO_V1(ms_to_mail_domain);
Datum
ms_to_mail_domain(PG_FUNCTION_ARGS)
{
	return parse_or_null(fcinfo, ms_domain_parse);
}

PG_FUNCTION_INFO_V1(ms_to_alias_key);
Datum
ms_to_alias_key(PG_FUNCTION_ARGS)
{
	return parse_or_null(fcinfo, ms_alias_parse);
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

	PG_RETURN_TEXT_P(cstring_to_text(names[MS_GETARG_KEY(0).class]));
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
	PG_RETURN_POINTER(ms_key_build(MS_KEY_DOMAIN, view.domain, ms_span_of("", 0)));
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

PG_FUNCTION_INFO_V1(ms_address_detail);
Datum
ms_address_detail(PG_FUNCTION_ARGS)
{
	ms_key_view view = MS_GETARG_KEY(0);
	ms_span		delimiters = MS_GETARG_SPAN(1);
	size_t		split;
	size_t		typed_split;

	if (view.class != MS_KEY_ADDRESS)
		PG_RETURN_NULL();
	split = ms_local_part_split(view.local, delimiters);
	if (split == view.local.len)
		PG_RETURN_NULL();
	typed_split = ms_local_part_split(view.typed, delimiters);
	if (is_base_as_typed(&view, typed_split, ms_span_of(view.local.data, split)))
		return span_to_text(ms_span_from(view.typed, typed_split + 1));
	return span_to_text(ms_span_from(view.local, split + 1));
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

	PG_RETURN_POINTER(ms_key_build(MS_KEY_DOMAIN, ms_span_of(folded, len), ms_span_of("", 0)));
}
