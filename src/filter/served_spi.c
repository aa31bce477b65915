/*
 * served_spi.c
 *	  Which script Dovecot is given, and under which id.
 *
 * Pigeonhole asks for the id of a name first, and for the text only where it
 * has not compiled what has that id.  So the id comes from the text: it changes
 * whenever the text does, also where that depends on the rows of other tables.
 */
#include "filter/served.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/snapmgr.h"

#include "lookup/resolve.h"
#include "sieve/script.h"

/* The name, a dot, and what sieve_id() makes of the text. */
static char *
id_of(ms_span name, const char *digits)
{
	return psprintf("%.*s.%s", (int) name.len, name.data, digits);
}

static struct varlena *
copy_email(const ms_scan *user)
{
	bool		isnull;

	return (struct varlena *) PG_DETOAST_DATUM_COPY(ms_scan_get(user, MS_USERS_EMAIL, &isnull));
}

/*
 * The user of that name, or the one whom mail reaches that has waited in the
 * queue under an older name; NULL for nobody.
 */
static struct varlena *
find_user(ms_reader *reader, ms_span name)
{
	struct varlena *key = ms_key_from_text(name);
	ms_key_view view = ms_key_view_of(key);
	const ms_scan *user;
	ms_hosted	hosted;
	ms_quota	unused;

	if (view.class != MS_KEY_ADDRESS)
		return NULL;
	user = ms_read(reader, MS_USERS, key);
	if (user == NULL && ms_find_hosted(reader, view.domain, &hosted))
		user = ms_find_user_behind(reader, &hosted, view.local, view.local.len, &unused);
	return user == NULL ? NULL : copy_email(user);
}

/* ------------------------------------------------------------------ scripts */

static bool
serve_row(const ms_scan *row, ms_span name, ms_served *out)
{
	bool		isnull;
	Datum		script = ms_scan_get(row, MS_SIEVE_SCRIPTS_SCRIPT, &isnull);
	ms_span		id = ms_scan_span(row, MS_SIEVE_SCRIPTS_CONTENT_ID);

	out->id = id_of(name, pnstrdup(id.data, id.len));
	/* The row is not kept, and its text not yet read. */
	out->script = datumCopy(script, false, -1);
	return true;
}

/* The script of an owner: the active one, or another by its name. */
static bool
serve_script(ms_reader *reader, const struct varlena *owner, bool active, ms_span name, ms_served *out)
{
	const ms_scan *row;

	for (row = ms_read(reader, MS_SIEVE_SCRIPTS, owner); row != NULL; row = ms_read_next(reader, MS_SIEVE_SCRIPTS))
	{
		if (active ? ms_scan_bool(row, MS_SIEVE_SCRIPTS_ACTIVE)
			: ms_span_equal(ms_scan_span(row, MS_SIEVE_SCRIPTS_NAME), name))
			return serve_row(row, name, out);
	}
	return false;
}

/* A text that stands in no row. */
static bool
serve_text(ms_span script, ms_span name, ms_served *out)
{
	char		digits[MS_SIEVE_ID_DIGITS + 1];

	ms_sieve_id(script, digits);
	out->id = id_of(name, digits);
	out->script = PointerGetDatum(cstring_to_text_with_len(script.data, (int) script.len));
	return true;
}

static bool
serve_filters(ms_reader *reader, const struct varlena *user, ms_span name, ms_served *out)
{
	ms_span		script = ms_filters_script_for(reader, user);

	return script.len > 0 && serve_text(script, name, out);
}

/*
 * Pigeonhole 2.4.1 takes a name without a row for a failure where the script is
 * to run before the personal one, and defers the mail.  It asks for these by
 * names of its own.
 */
#define FOR_2_4 "_2_4"

static ms_span
name_for_all_releases(ms_span name)
{
	size_t		len = sizeof(FOR_2_4) - 1;

	if (name.len > len && memcmp(name.data + name.len - len, FOR_2_4, len) == 0)
		name.len -= len;
	return name;
}

/* Where there is no script, an empty one for those who want one. */
static bool
serve_nothing(ms_span base, ms_span name, ms_served *out)
{
	return base.len < name.len && serve_text(MS_NO_SPAN, name, out);
}

static bool
serve(ms_reader *reader, ms_span user, ms_span name, ms_served *out)
{
	ms_span		base = name_for_all_releases(name);
	struct varlena *email;

	if (ms_span_is(base, "all"))
		return serve_script(reader, ms_owner_all(), true, name, out) ||
			serve_nothing(base, name, out);
	email = find_user(reader, user);
	if (email == NULL)
		return false;
	if (ms_span_is(base, "domain"))
		return serve_script(reader, ms_key_build_domain(ms_key_view_of(email).domain), true, name, out) ||
			serve_nothing(base, name, out);
	if (ms_span_is(base, "filters"))
		return serve_filters(reader, email, name, out) || serve_nothing(base, name, out);
	return ms_settings_get()->sieve_in_database && serve_script(reader, email, ms_span_is(name, "active"), name, out);
}

static bool
client_can_read(const ms_served *served)
{
	ms_span		script;

	if (!ms_client_can_read(served->id, strlen(served->id)))
		return false;
	if (pg_get_client_encoding() == PG_UTF8)
		return true;
	script = ms_varlena_span((struct varlena *) PG_DETOAST_DATUM_PACKED(served->script));
	return ms_client_can_read(script.data, script.len);
}

bool
ms_sieve_served(ms_span user, ms_span name, ms_served *out)
{
	ms_reader	reader;
	bool		found;

	ms_reader_begin(&reader, GetActiveSnapshot());
	found = serve(&reader, user, name, out);
	ms_reader_end(&reader);
	return found && client_can_read(out);
}

bool
ms_sieve_served_by_id(ms_span user, ms_span id, ms_served *out)
{
	ms_span		name = id;

	while (name.len > 0 && name.data[name.len - 1] != '.')
		name.len--;
	if (name.len == 0)
		return false;
	name.len--;
	return ms_sieve_served(user, name, out) && ms_span_is(id, out->id);
}
