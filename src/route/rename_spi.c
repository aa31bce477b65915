/*
 * rename_spi.c
 *	  A new name for a user or a domain, everywhere at once.
 *
 * Mail stays where it is, since a maildir does not depend on the address.  All
 * else is UPDATEs of the tables, with the rights of the caller and under their
 * rules.
 */
#include "lookup/lookup.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "schema/admin.h"

/* An address or a domain that is given a new name. */
typedef struct renaming
{
	struct varlena *old_key;
	struct varlena *new_key;
	ms_key_view old;
	ms_key_view new;
} renaming;

/* How many rows of each kind have been changed. */
typedef struct moved
{
	uint64		users;
	uint64		aliases;
	uint64		destinations;
	uint64		senders;
	uint64		logins;
	bool		postmaster;
} moved;

static renaming
make_renaming(struct varlena *old_key, struct varlena *new_key)
{
	renaming	r = {old_key, new_key, ms_key_view_of(old_key), ms_key_view_of(new_key)};

	return r;
}

static renaming
arguments(FunctionCallInfo fcinfo, const char *old_name, const char *new_name)
{
	ms_refuse_null(fcinfo, 0, old_name);
	ms_refuse_null(fcinfo, 1, new_name);
	return make_renaming(PG_GETARG_VARLENA_PP(0), PG_GETARG_VARLENA_PP(1));
}

/* What is to be left under the old name: one of the words, or NULL for nothing. */
static char *
leave_argument(FunctionCallInfo fcinfo, const char *word, const char *other_word)
{
	char	   *leave = PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2));

	if (leave != NULL && strcmp(leave, word) != 0 && (other_word == NULL || strcmp(leave, other_word) != 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" cannot be left", leave),
				 other_word != NULL
				 ? errhint("leave is '%s', '%s', or NULL for nothing.", word, other_word)
				 : errhint("leave is '%s', or NULL for nothing.", word)));
	return leave;
}

/* --------------------------------------------------------------- statements */

/*
 * Of statements: $1 and $2 are the old and the new name, $3 the delimiters, and
 * $4 ends the range of what begins with the old name: its sub-addresses, or the
 * addresses in the domain.
 */
#define RENAMED(column) "mailstack.address_renamed(" column ", $1, $2, $3)"
#define IS_RENAMED(column) \
	column " OPERATOR(mailstack.>=) $1 AND " column " OPERATOR(mailstack.<=) $4" \
	" AND " RENAMED(column) " OPERATOR(mailstack.<>) " column
#define UPDATE(table, column) \
	"UPDATE mailstack." table " SET " column " = " RENAMED(column) " WHERE " IS_RENAMED(column)

/* Runs a statement, whose answer is in SPI_tuptable; returns the number of rows. */
static uint64
run(const char *statement, const renaming *r)
{
	Oid			key = ms_type_oid("mail_key");
	Oid			types[4] = {key, key, TEXTOID, key};
	Datum		values[4];

	values[0] = PointerGetDatum(r->old_key);
	values[1] = PointerGetDatum(r->new_key);
	values[2] = CStringGetTextDatum(ms_settings_get()->recipient_delimiter);
	values[3] = PointerGetDatum(ms_key_build_last(r->old.domain, r->old.local));
	SPI_execute_with_args(statement, 4, types, values, NULL, false, 0);
	return SPI_processed;
}

/* A column of the first row of the answer. */
static char *
answer(int column)
{
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);
}

/* ---------------------------------------------------------------- the moves */

static void
refuse_taken(const char *address, const char *kind)
{
	bool		is_mailbox = strcmp(kind, "mailbox") == 0;

	ereport(ERROR,
			(errcode(ERRCODE_UNIQUE_VIOLATION),
			 errmsg("address \"%s\" is taken", address),
			 errdetail("There is %s \"%s\" already.",
					   is_mailbox ? "a mailbox" : strcmp(kind, "relocated") == 0 ? "a relocated address" : "an alias",
					   address),
			 is_mailbox ? 0 : errhint("DELETE FROM mailstack.aliases WHERE alias::text = %s, if it is not needed any more.",
									  quote_literal_cstr(address))));
}

/* Aliases of sub-addresses: two of one name would be one alias, with the destinations of both. */
static void
rename_aliases(const renaming *r, moved *m)
{
	if (run("SELECT n.alias, CASE WHEN n.relocated THEN 'relocated' ELSE 'alias' END"
			" FROM (SELECT " RENAMED("alias") " AS renamed FROM mailstack.aliases WHERE " IS_RENAMED("alias") ") r"
			" JOIN mailstack.aliases n ON n.alias OPERATOR(mailstack.=) r.renamed LIMIT 1", r) > 0)
		refuse_taken(answer(1), answer(2));
	m->aliases += run(UPDATE("aliases", "alias"), r);
}

/*
 * by_mirror: the old name is one in a mirror.  Where an alias in the mirror
 * itself has the name, it is that alias which is meant.
 */
#define IS_RENAMED_BY_MIRROR \
	IS_RENAMED("email") \
	" AND NOT EXISTS (SELECT FROM mailstack.aliases n WHERE n.alias OPERATOR(mailstack.=) aliases.email" \
	" OR n.alias OPERATOR(mailstack.=) mailstack.address_base(aliases.email, $3))"
#define IS_DOUBLE(condition) \
	"SELECT r.alias, r.email, r.renamed" \
	" FROM (SELECT alias, email, " RENAMED("email") " AS renamed FROM mailstack.aliases WHERE " condition ") r" \
	" JOIN mailstack.aliases n ON n.alias OPERATOR(mailstack.=) r.alias AND n.email OPERATOR(mailstack.=) r.renamed LIMIT 1"

static void
rename_destinations(const renaming *r, bool by_mirror, moved *m)
{
	if (run(by_mirror ? IS_DOUBLE(IS_RENAMED_BY_MIRROR) : IS_DOUBLE(IS_RENAMED("email")), r) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("alias \"%s\" leads to both \"%s\" and \"%s\"", answer(1), answer(2), answer(3)),
				 errdetail("They would be one."),
				 errhint("Delete one of the two rows first.")));
	m->destinations += run(by_mirror
						   ? "UPDATE mailstack.aliases SET email = " RENAMED("email") " WHERE " IS_RENAMED_BY_MIRROR
						   : UPDATE("aliases", "email"), r);
}

static bool
is_used(ms_access table)
{
	ms_scan		scan;
	bool		used = ms_scan_begin_all(&scan, table, ms_rule_snapshot());

	ms_scan_end(&scan);
	return used;
}

/* What users forward by filters, as it is for destinations. */
static void
rename_forwards(const renaming *r, bool by_mirror)
{
	if (is_used(MS_FILTERS))
		run(by_mirror
			? "UPDATE mailstack.filters SET destination = " RENAMED("destination") " WHERE " IS_RENAMED("destination")
			" AND NOT EXISTS (SELECT FROM mailstack.aliases n WHERE n.alias OPERATOR(mailstack.=) filters.destination"
			" OR n.alias OPERATOR(mailstack.=) mailstack.address_base(filters.destination, $3))"
			: UPDATE("filters", "destination"), r);
}

/* The settings ask for rights of their own, and only where they have to change. */
static void
rename_postmaster(const renaming *r, moved *m)
{
	struct varlena *postmaster = ms_settings_get()->postmaster_address;
	ms_key_view view;

	if (postmaster == NULL)
		return;
	view = ms_key_view_of(postmaster);
	if (ms_key_renamed(&view, &r->old, &r->new, ms_settings_delimiters()) == NULL)
		return;
	run("UPDATE mailstack.settings SET postmaster_address = " RENAMED("postmaster_address"), r);
	m->postmaster = true;
}

/*
 * Copies, relayhosts, lists that only named senders may write to, and filters
 * for what comes from somebody: what is said of a name goes with it.  A table that nobody uses asks for no rights.
 */
static void
rename_said(const renaming *r)
{
	static const struct
	{
		ms_access	table;
		const char *update;
	}			updates[] = {
		{MS_RECIPIENT_BCC, UPDATE("recipient_bcc", "address")},
		{MS_RECIPIENT_BCC, UPDATE("recipient_bcc", "bcc")},
		{MS_SENDER_BCC, UPDATE("sender_bcc", "address")},
		{MS_SENDER_BCC, UPDATE("sender_bcc", "bcc")},
		{MS_SENDER_RELAYHOSTS, UPDATE("sender_relayhosts", "sender")},
		{MS_LIST_SENDERS_BY_SENDER, UPDATE("list_senders", "list")},
		{MS_LIST_SENDERS_BY_SENDER, UPDATE("list_senders", "sender")},
		{MS_FILTERS, UPDATE("filters", "sender")},
	};
	size_t		i;

	for (i = 0; i < lengthof(updates); i++)
	{
		if (is_used(updates[i].table))
			run(updates[i].update, r);
	}
}

static void
rename_all(const renaming *r, moved *m)
{
	/* The logins follow the users by their foreign key. */
	run("SELECT count(*) FROM mailstack.sender_logins WHERE " IS_RENAMED("login"), r);
	m->logins = strtou64(answer(1), NULL, 10);
	m->users = run(UPDATE("users", "email"), r);
	rename_aliases(r, m);
	rename_destinations(r, false, m);
	rename_forwards(r, false);
	m->senders = run(UPDATE("sender_logins", "sender"), r);
	rename_said(r);
	rename_postmaster(r, m);
}

static char *
number(uint64 n)
{
	return psprintf(UINT64_FORMAT, n);
}

/* -------------------------------------------------------------------- a user */

/* The maildir of the user, whose row is locked. */
static char *
lock_user(const renaming *r, MemoryContext caller)
{
	if (run("SELECT maildir FROM mailstack.users WHERE email OPERATOR(mailstack.=) $1 FOR UPDATE", r) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("user \"%s\" is not there", ms_key_to_cstring(&r->old)),
				 errhint("SELECT email FROM mailstack.users lists those that are; an alias is renamed by UPDATE mailstack.aliases.")));
	return MemoryContextStrdup(caller, answer(1));
}

static void
require_free(const renaming *r)
{
	if (ms_span_equal(r->old.key, r->new.key))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" and \"%s\" are one address",
						ms_key_to_cstring(&r->old), ms_key_to_cstring(&r->new))));
	if (run("SELECT email, 'mailbox' FROM mailstack.users WHERE email OPERATOR(mailstack.=) $2"
			" UNION ALL (SELECT alias, CASE WHEN relocated THEN 'relocated' ELSE 'alias' END"
			" FROM mailstack.aliases WHERE alias OPERATOR(mailstack.=) $2 ORDER BY relocated) LIMIT 1", r) > 0)
		refuse_taken(answer(1), answer(2));
}

static struct varlena *
address_at(const ms_key_view *address, ms_span domain)
{
	char	   *text = ms_address_to_cstring(address->typed, domain);

	return ms_key_from_text(ms_span_of_text(text));
}

static bool
is_alias(struct varlena *key)
{
	ms_scan		scan;
	bool		found = ms_scan_begin(&scan, MS_ALIASES, PointerGetDatum(key), ms_rule_snapshot());

	ms_scan_end(&scan);
	return found;
}

/* The names of the mirrors of a domain, as struct varlena *. */
static List *
mirrors_of(ms_span domain)
{
	struct varlena *key = ms_key_build_domain(domain);
	List	   *mirrors = NIL;
	ms_scan		scan;
	bool		found = ms_scan_begin(&scan, MS_DOMAINS_BY_ALIAS_OF, PointerGetDatum(key), ms_rule_snapshot());

	for (; found; found = ms_scan_next(&scan))
		mirrors = lappend(mirrors, ms_key_build_domain(ms_scan_key(&scan, MS_DOMAINS_DOMAIN).domain));
	ms_scan_end(&scan);
	return mirrors;
}

/*
 * The user by the name of a mirror.  It keeps the mirror's name where that
 * still leads to the user: in the same domain, and where no alias in the mirror
 * has the new one.
 */
static void
rename_by_mirror(const renaming *user, ms_span mirror, moved *m)
{
	struct varlena *there = address_at(&user->new, mirror);
	bool		keeps_mirror = ms_span_equal(user->old.domain, user->new.domain) &&
		ms_key_view_of(there).class == MS_KEY_ADDRESS && !is_alias(there);
	renaming	r = make_renaming(address_at(&user->old, mirror), keeps_mirror ? there : user->new_key);

	/* No such name: it would be too long. */
	if (r.old.class != MS_KEY_ADDRESS)
		return;
	rename_destinations(&r, true, m);
	rename_forwards(&r, true);
	if (keeps_mirror)
		m->senders += run(UPDATE("sender_logins", "sender"), &r);
	if (!is_alias(r.old_key))
		rename_postmaster(&r, m);
}

static void
leave_row(const renaming *r, const char *leave)
{
	if (leave != NULL)
		run(strcmp(leave, "relocated") == 0
			? "INSERT INTO mailstack.aliases (alias, email, relocated) VALUES ($1, $2, true)"
			: "INSERT INTO mailstack.aliases (alias, email) VALUES ($1, $2)", r);
}

static Datum
rename_user(FunctionCallInfo fcinfo, const renaming *r, const char *leave)
{
	MemoryContext caller = CurrentMemoryContext;
	moved		m = {0};
	char	   *columns[6];
	ListCell   *cell;

	SPI_connect();
	columns[0] = lock_user(r, caller);
	require_free(r);
	rename_all(r, &m);
	foreach(cell, mirrors_of(r->old.domain))
		rename_by_mirror(r, ms_key_view_of(lfirst(cell)).domain, &m);
	leave_row(r, leave);
	SPI_finish();
	columns[1] = number(m.aliases);
	columns[2] = number(m.destinations);
	columns[3] = number(m.senders);
	columns[4] = number(m.logins);
	columns[5] = m.postmaster ? "t" : "f";
	return ms_result_row(fcinfo, columns);
}

PG_FUNCTION_INFO_V1(ms_rename_user);
Datum
ms_rename_user(PG_FUNCTION_ARGS)
{
	renaming	r = arguments(fcinfo, "old address", "new address");
	MemoryContext context = CurrentMemoryContext;
	Datum		result = (Datum) 0;

	PG_TRY();
	{
		result = rename_user(fcinfo, &r, leave_argument(fcinfo, "alias", "relocated"));
	}
	PG_CATCH();
	{
		ms_rethrow_without_context(context);
	}
	PG_END_TRY();
	return result;
}

/* ------------------------------------------------------------------ a domain */

/*
 * Sets when our constraints and rules are checked: all that can wait, or those
 * that wait anyway.  A foreign key from a generated column cannot cascade, so
 * that they have to wait until all rows have their new names.
 */
static void
set_constraints(bool initially_deferred_only, const char *mode)
{
	SPI_execute("SELECT string_agg(DISTINCT format('%I.%I', n.nspname, c.conname), ', '),"
				" string_agg(DISTINCT format('%I.%I', n.nspname, c.conname), ', ') FILTER (WHERE c.condeferred)"
				" FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace"
				" WHERE n.nspname = 'mailstack' AND c.condeferrable", false, 0);
	SPI_execute(psprintf("SET CONSTRAINTS %s %s", answer(initially_deferred_only ? 2 : 1), mode), false, 0);
}

static void
require_new_domain(const renaming *r)
{
	if (ms_span_equal(r->old.key, r->new.key))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("domain \"%s\" has that name already", ms_key_to_cstring(&r->old))));
	if (run("SELECT FROM mailstack.domains WHERE domain OPERATOR(mailstack.=) $1 FOR UPDATE", r) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("domain \"%s\" is not hosted here", ms_key_to_cstring(&r->old)),
				 errhint("SELECT domain FROM mailstack.domains lists those that are.")));
	if (run("SELECT FROM mailstack.domains WHERE domain OPERATOR(mailstack.=) $2", r) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNIQUE_VIOLATION),
				 errmsg("domain \"%s\" is hosted here already", ms_key_to_cstring(&r->new)),
				 errhint("Users and aliases are moved there one by one: rename_user(), UPDATE mailstack.aliases.")));
}

static Datum
rename_domain(FunctionCallInfo fcinfo, const renaming *r, const char *leave)
{
	moved		m = {0};
	uint64		recipients;
	uint64		mirrors;
	char	   *columns[8];

	SPI_connect();
	require_new_domain(r);
	set_constraints(false, "DEFERRED");
	run("UPDATE mailstack.domains SET domain = $2 WHERE domain OPERATOR(mailstack.=) $1", r);
	mirrors = run("UPDATE mailstack.domains SET alias_of = $2 WHERE alias_of OPERATOR(mailstack.=) $1", r);
	rename_all(r, &m);
	recipients = run(UPDATE("relay_recipients", "recipient"), r);
	if (leave != NULL)
		run("INSERT INTO mailstack.domains (domain, alias_of)"
			" SELECT $1, coalesce(alias_of, domain) FROM mailstack.domains WHERE domain OPERATOR(mailstack.=) $2", r);
	set_constraints(false, "IMMEDIATE");
	set_constraints(true, "DEFERRED");
	SPI_finish();
	columns[0] = number(m.users);
	columns[1] = number(m.aliases);
	columns[2] = number(m.destinations);
	columns[3] = number(recipients);
	columns[4] = number(m.senders);
	columns[5] = number(m.logins);
	columns[6] = number(mirrors);
	columns[7] = m.postmaster ? "t" : "f";
	return ms_result_row(fcinfo, columns);
}

PG_FUNCTION_INFO_V1(ms_rename_domain);
Datum
ms_rename_domain(PG_FUNCTION_ARGS)
{
	renaming	r = arguments(fcinfo, "old domain", "new domain");
	MemoryContext context = CurrentMemoryContext;
	Datum		result = (Datum) 0;

	PG_TRY();
	{
		result = rename_domain(fcinfo, &r, leave_argument(fcinfo, "mirror", NULL));
	}
	PG_CATCH();
	{
		ms_rethrow_without_context(context);
	}
	PG_END_TRY();
	return result;
}
