/*
 * files_spi.c
 *	  The function config_files(): what Postfix, Dovecot, the clock and systemd
 *	  are to be told, by templates and with the values of the database.
 */
#include "base/base.h"

#include "executor/spi.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

#include "config/connection.h"
#include "config/template.h"
#include "schema/admin.h"
#include "schema/config.h"

typedef struct product
{
	const char *name;
	ms_version	first;			/* the versions that the templates are for */
	ms_version	last;
	const char *known;			/* the same in words */
	const char *directory;		/* where its configuration lies */
	const char *role;			/* of the database, also the name of its system user; NULL: it asks none */
} product;

static const product products[] = {
	{"postfix", {3, 7}, {3, 10}, "3.7 to 3.10", "/etc/postfix", "postfix"},
	{"dovecot", {2, 3}, {2, 4}, "2.3 and 2.4", "/etc/dovecot", "dovecot"},
	{"chrony", {4, 0}, {4, 99}, "4", "/etc/chrony", NULL},
	{"ntpd", {1, 2}, {1, 99}, "1.2 (NTPsec)", "/etc/default", NULL},
	{"systemd", {247, 0}, {299, 0}, "247 and later", "/etc/systemd/system", NULL},
};

typedef struct file
{
	const char *product;
	ms_version	only;			/* the one version that has it; 0: all have */
	const char *template;
	const char *path;			/* in the product's directory */
	const char *mode;
	const char *owner;
} file;

static const file files[] = {
	{"postfix", {0, 0}, "postfix/main.cf", "mailstack/main.cf", "0644", "root:root"},
	{"postfix", {0, 0}, "postfix/master.cf", "mailstack/master.cf", "0644", "root:root"},
	{"postfix", {0, 0}, "postfix/postconf.sh", "mailstack/postconf.sh", "0755", "root:root"},
	{"dovecot", {2, 3}, "dovecot-2.3/dovecot.conf", "dovecot.conf", "0644", "root:root"},
	{"dovecot", {2, 3}, "dovecot-2.3/sql.conf.ext", "mailstack/sql.conf.ext", "0644", "root:root"},
	{"dovecot", {2, 3}, "dovecot-2.3/app-passwords.conf.ext", "mailstack/app-passwords.conf.ext", "0644", "root:root"},
	{"dovecot", {2, 3}, "dovecot-2.3/dict-quota.conf.ext", "mailstack/dict-quota.conf.ext", "0644", "root:root"},
	{"dovecot", {2, 3}, "dovecot-2.3/dict-last-login.conf.ext", "mailstack/dict-last-login.conf.ext", "0644", "root:root"},
	{"dovecot", {2, 3}, "dovecot-2.3/dict-sieve.conf.ext", "mailstack/dict-sieve.conf.ext", "0644", "root:root"},
	{"dovecot", {2, 4}, "dovecot-2.4/dovecot.conf", "dovecot.conf", "0644", "root:root"},
	{"chrony", {0, 0}, "clock/chrony.conf", "conf.d/mailstack.conf", "0644", "root:root"},
	{"ntpd", {0, 0}, "clock/ntpsec", "ntpsec", "0644", "root:root"},
	{"systemd", {0, 0}, "systemd/dovecot.service.conf", "dovecot.service.d/mailstack.conf", "0644", "root:root"},
	{"systemd", {0, 0}, "systemd/postfix.service.conf", "postfix.service.d/mailstack.conf", "0644", "root:root"},
	{"systemd", {0, 0}, "systemd/postfix.service.conf", "postfix@.service.d/mailstack.conf", "0644", "root:root"},
};

/* Postfix's maps, each for the function postfix_... of the same name; by what key it is asked. */
#define BY_ADDRESS "%u@%d"
#define BY_KEY "%s"

static const struct
{
	const char *parameter;
	const char *key;
}			lookups[] = {
	{"virtual_mailbox_domains", BY_KEY},
	{"virtual_alias_domains", BY_KEY},
	{"relay_domains", BY_KEY},
	{"virtual_mailbox_maps", BY_ADDRESS},
	{"virtual_alias_maps", BY_ADDRESS},
	{"relay_recipient_maps", BY_ADDRESS},
	{"transport_maps", BY_ADDRESS},
	{"virtual_uid_maps", BY_ADDRESS},
	{"virtual_gid_maps", BY_ADDRESS},
	{"relocated_maps", BY_ADDRESS},
	{"smtpd_sender_login_maps", BY_ADDRESS},
	{"check_sasl_access", BY_ADDRESS},
	{"check_recipient_access", BY_ADDRESS},
	{"list_senders", BY_KEY},
	{"recipient_bcc_maps", BY_ADDRESS},
	{"sender_bcc_maps", BY_ADDRESS},
	{"sender_dependent_relayhost_maps", BY_ADDRESS},
};

/* The values of the database, each named as templates name it. */
static const char *settings_query =
	"SELECT s.mail_root AS \"MAIL_ROOT\", s.mail_subdirectory AS \"MAIL_SUBDIRECTORY\","
	" s.mail_user AS \"MAIL_USER\", s.mail_group AS \"MAIL_GROUP\","
	" s.first_valid_uid AS \"FIRST_VALID_UID\", s.first_valid_gid AS \"FIRST_VALID_GID\","
	" s.recipient_delimiter AS \"RECIPIENT_DELIMITER\", s.virtual_transport AS \"VIRTUAL_TRANSPORT\","
	" s.relay_transport AS \"RELAY_TRANSPORT\", s.postmaster_address AS \"POSTMASTER_ADDRESS\", s.hostname AS \"HOSTNAME\","
	" CASE WHEN s.quota_full_tempfail THEN 'yes' ELSE 'no' END AS \"QUOTA_FULL_TEMPFAIL\","
	" CASE WHEN s.sieve_personal = 'file' THEN 'yes' END AS \"SIEVE_IN_FILES\","
	" CASE WHEN s.sieve_personal = 'database' THEN 'yes' END AS \"SIEVE_IN_DATABASE\""
	" FROM mailstack.settings s";

static const char *computed_query =
	"SELECT e.extversion AS \"EXTVERSION\", pg_catalog.current_database() AS \"DBNAME\","
	" pg_catalog.current_setting('port') AS \"PORT\","
	" CASE WHEN EXISTS (SELECT FROM mailstack.domains d, mailstack.settings s WHERE d.domain OPERATOR(mailstack.=) s.hostname)"
	" THEN 'localhost' ELSE '$myhostname, localhost' END AS \"MYDESTINATION\","
	" (SELECT pg_catalog.string_agg(service || '_destination_recipient_limit = ' || recipient_limit, E'\\n' ORDER BY service)"
	" FROM mailstack.transport_services WHERE recipient_limit IS NOT NULL) AS \"RECIPIENT_LIMITS\""
	" FROM pg_catalog.pg_extension e WHERE e.extname = 'mailstack'";

#define MAX_VALUES 48

typedef struct writer
{
	const product *product;
	ms_version	version;
	const char *directory;
	const char *names[MAX_VALUES];
	const char *values[MAX_VALUES];
	int			count;
	ReturnSetInfo *set;
} writer;

/* --------------------------------------------------------------- values */

/* Takes the place of an earlier value of the name. */
static void
put(writer *w, const char *name, const char *value)
{
	int			i;

	for (i = 0; i < w->count && strcmp(w->names[i], name) != 0;)
		i++;
	if (i == MAX_VALUES)
		elog(ERROR, "too many values for a template");
	w->names[i] = name;
	w->values[i] = value != NULL ? value : "";
	w->count = Max(w->count, i + 1);
}

static const char *
value_of(const writer *w, const char *name)
{
	int			i;

	for (i = 0; i < w->count; i++)
		if (strcmp(w->names[i], name) == 0)
			return w->values[i];
	elog(ERROR, "a template has no value for %s", name);
}

/* The columns of the one row of a query; from_settings: those that an operator has typed. */
static void
put_row_of(writer *w, const char *query, bool from_settings, MemoryContext caller)
{
	int			i;

	SPI_execute(query, true, 1);
	for (i = 1; SPI_processed > 0 && i <= SPI_tuptable->tupdesc->natts; i++)
	{
		char	   *name = MemoryContextStrdup(caller, SPI_fname(SPI_tuptable->tupdesc, i));
		char	   *value = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, i);

		if (value != NULL && from_settings)
			ms_require_writable(psprintf("setting %s", asc_tolower(name, strlen(name))), value);
		put(w, name, value != NULL ? MemoryContextStrdup(caller, value) : NULL);
	}
}

static void
put_database(writer *w)
{
	MemoryContext caller = CurrentMemoryContext;

	SPI_connect();
	put_row_of(w, settings_query, true, caller);
	put_row_of(w, computed_query, false, caller);
	SPI_finish();
}

/* Without them, what a machine has to say to its operator would go nowhere. */
static void
require_setting(const writer *w, const char *name, const char *setting, const char *example)
{
	if (w->product->role != NULL && value_of(w, name)[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%s of settings is not set", setting),
				 errhint("UPDATE mailstack.settings SET %s = '%s'", setting, example)));
}

static char *
version_text(ms_version version)
{
	return version.minor > 0 ? psprintf("%d.%d", version.major, version.minor) : psprintf("%d", version.major);
}

/* --------------------------------------------------------------- templates */

/* With its newline, unless it is nothing but an empty value. */
static void
append_line(StringInfo to, const writer *w, ms_span line)
{
	int			before = to->len;
	bool		has_value = false;
	ms_span		piece;
	bool		is_name;

	if (ms_template_if(&line, &piece) && value_of(w, pnstrdup(piece.data, piece.len))[0] == '\0')
		return;
	while (ms_template_piece(&line, &piece, &is_name))
	{
		has_value = has_value || is_name;
		if (is_name)
			appendStringInfoString(to, value_of(w, pnstrdup(piece.data, piece.len)));
		else
			appendBinaryStringInfo(to, piece.data, piece.len);
	}
	if (has_value && to->data[before + strspn(to->data + before, " ")] == '\0')
	{
		to->len = before;
		to->data[before] = '\0';
	}
	else
		appendStringInfoChar(to, '\n');
}

static char *
render(const writer *w, const char *template)
{
	const char *text = ms_template_text(template);
	StringInfoData result;
	ms_span		rest;
	ms_span		line;

	if (text == NULL)
		elog(ERROR, "there is no template %s", template);
	initStringInfo(&result);
	rest = ms_span_of_text(text);
	while (ms_template_line(&rest, w->version, &line))
		append_line(&result, w, line);
	return result.data;
}

static void
append_quoted(StringInfo to, ms_span text)
{
	size_t		i;

	for (i = 0; i < text.len; i++)
		if (text.data[i] == '\'')
			appendStringInfoString(to, "'\\''");
		else
			appendStringInfoChar(to, text.data[i]);
}

/*
 * The entries of a main.cf or master.cf as arguments of a command of a shell
 * script; a command for each, since postconf(1) does not keep their order.
 */
static char *
command_lines(const char *command, const char *cf)
{
	ms_span		rest = ms_span_of_text(cf);
	ms_span		line;
	bool		continues;
	StringInfoData lines;

	initStringInfo(&lines);
	while (ms_cf_line(&rest, &line, &continues))
	{
		if (continues)
			appendStringInfoChar(&lines, ' ');
		else
			appendStringInfo(&lines, "%s%s '", lines.len > 0 ? "'\n" : "", command);
		append_quoted(&lines, line);
	}
	appendStringInfoChar(&lines, '\'');
	return lines.data;
}

/* --------------------------------------------------------------- rows */

static void
put_file(const writer *w, const char *template, const char *path, const char *mode, const char *owner)
{
	Datum		values[4] = {
		CStringGetTextDatum(psprintf("%s/%s", w->directory, path)), CStringGetTextDatum(mode), CStringGetTextDatum(owner),
		CStringGetTextDatum(render(w, template))
	};
	bool		nulls[4] = {false, false, false, false};

	tuplestore_putvalues(w->set->setResult, w->set->setDesc, values, nulls);
}

static void
put_lookups(writer *w)
{
	size_t		i;

	for (i = 0; i < lengthof(lookups); i++)
	{
		put(w, "PARAMETER", lookups[i].parameter);
		put(w, "KEY", lookups[i].key);
		put_file(w, "postfix/lookup.cf", psprintf("mailstack/%s.cf", lookups[i].parameter), "0644", "root:root");
	}
}

static void
put_connection(writer *w, const char *text)
{
	ms_connection *connection = ms_connection_read(text, value_of(w, "DBNAME"), value_of(w, "PORT"), w->product->role,
												   psprintf("%s/mailstack/pgpass", w->directory));

	put(w, "USER", connection->user);
	put(w, "DBNAME", connection->dbname);
	if (strcmp(w->product->name, "postfix") == 0)
		put(w, "POSTFIX_HOSTS", ms_connection_for_postfix(connection));
	else if (ms_version_compare(w->version, (ms_version) {2, 4}) < 0)
	{
		put(w, "CONNECT", ms_connection_for_dovecot23(connection, false));
		put(w, "CONNECT_TO_WRITE", ms_connection_for_dovecot23(connection, true));
	}
	else
	{
		put(w, "PGSQL", ms_connection_for_dovecot24(connection, false));
		put(w, "PGSQL_TO_WRITE", ms_connection_for_dovecot24(connection, true));
	}
	if (ms_connection_is_remote(connection))
		put_file(w, "pgpass", "mailstack/pgpass", "0600", psprintf("%s:root", w->product->role));
}

static void
put_files(writer *w)
{
	size_t		i;

	for (i = 0; i < lengthof(files); i++)
		if (strcmp(files[i].product, w->product->name) == 0 &&
			(files[i].only.major == 0 || ms_version_compare(files[i].only, w->version) == 0))
			put_file(w, files[i].template, files[i].path, files[i].mode, files[i].owner);
}

/* --------------------------------------------------------------- arguments */

static char *
known_products(void)
{
	StringInfoData known;
	size_t		i;

	initStringInfo(&known);
	for (i = 0; i < lengthof(products); i++)
		appendStringInfo(&known, "%s%s %s", i == 0 ? "" : i + 1 < lengthof(products) ? ", " : " and ",
						 products[i].name, products[i].known);
	return known.data;
}

static const product *
find_product(const char *name)
{
	size_t		i;

	for (i = 0; i < lengthof(products); i++)
		if (strcmp(products[i].name, name) == 0)
			return &products[i];
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("there is no configuration for \"%s\"", name),
			 errhint("There is for %s.", known_products())));
}

/* Without a version it is the newest. */
static ms_version
find_version(const product *p, const char *text)
{
	ms_version	version;

	if (text == NULL)
		return p->last;
	if (!ms_version_parse(ms_span_of_text(text), &version) ||
		ms_version_compare(version, p->first) < 0 || ms_version_compare(version, p->last) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no configuration for %s \"%s\"", p->name, text),
				 errhint("There is for %s.", known_products())));
	return version;
}

static char *
text_argument(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/* A directory, without a slash at its end. */
static const char *
directory_argument(FunctionCallInfo fcinfo, int n, const char *name, const char *otherwise)
{
	char	   *directory = text_argument(fcinfo, n);
	size_t		len;

	if (directory == NULL)
		return otherwise;
	ms_require_writable(name, directory);
	if (directory[0] != '/')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s \"%s\" is not absolute", name, directory)));
	for (len = strlen(directory); len > 1 && directory[len - 1] == '/'; len--)
		directory[len - 1] = '\0';
	return directory;
}

PG_FUNCTION_INFO_V1(ms_config_files);
Datum
ms_config_files(PG_FUNCTION_ARGS)
{
	writer		w = {0};
	char	   *connection = text_argument(fcinfo, 2);
	bool		debug = !PG_ARGISNULL(5) && PG_GETARG_BOOL(5);

	ms_refuse_null(fcinfo, 0, "product");
	w.product = find_product(text_argument(fcinfo, 0));
	w.version = find_version(w.product, text_argument(fcinfo, 1));
	w.directory = directory_argument(fcinfo, 3, "directory", w.product->directory);
	InitMaterializedSRF(fcinfo, 0);
	w.set = (ReturnSetInfo *) fcinfo->resultinfo;

	put_database(&w);
	require_setting(&w, "HOSTNAME", "hostname", "mail.example.com");
	require_setting(&w, "POSTMASTER_ADDRESS", "postmaster_address", "postmaster@example.com");
	put(&w, "DIRECTORY", w.directory);
	put(&w, "QUEUE_DIRECTORY", directory_argument(fcinfo, 4, "queue_directory", "/var/spool/postfix"));
	put(&w, "DEBUG", debug ? "yes" : "no");
	put(&w, "LOG_DEBUG", debug ? "category=mail OR category=sieve" : "");
	put(&w, "MADE", psprintf("Made by mailstack %s: config_files('%s'%s).", value_of(&w, "EXTVERSION"), w.product->name,
							 PG_ARGISNULL(1) ? "" : psprintf(", '%s'", version_text(w.version))));
	if (w.product->role != NULL)
		put_connection(&w, connection != NULL ? connection : "");
	if (strcmp(w.product->name, "postfix") == 0)
	{
		put(&w, "POSTCONF_MAIN", command_lines("postconf -e", render(&w, "postfix/main.cf")));
		put(&w, "POSTCONF_MASTER", command_lines("service", render(&w, "postfix/master.cf")));
		put_lookups(&w);
	}
	put_files(&w);
	return (Datum) 0;
}
