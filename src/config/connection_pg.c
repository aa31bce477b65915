/*
 * connection_pg.c
 *	  How Postfix and Dovecot are to reach the database: libpq's keywords read,
 *	  and written as each of them takes them.
 */
#include "config/connection.h"

#include "config/template.h"

/* Where Debian's libpq looks for a server on the same machine. */
#define SOCKET_DIRECTORY "/var/run/postgresql"

/* A host that is gone is left for the next one after so many seconds; without it, after minutes. */
#define CONNECT_TIMEOUT "5"

void
ms_require_writable(const char *what, const char *text)
{
	const char *c;

	for (c = text; *c != '\0' && !ms_is_unwritable((unsigned char) *c);)
		c++;
	if (*c != '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s \"%s\" cannot be written into a configuration file", what, text),
				 errdetail("Blanks, control characters and $#%%{}\"'`\\ mean something else there, or to a shell.")));
}

/*
 * What libpq is told besides host, port, dbname and user, as of PostgreSQL 18;
 * the server has no libpq to ask.  Without what would name another server or
 * role, what Postfix and Dovecot say themselves, and secrets.
 */
static const char *const known_parameters[] = {
	"channel_binding", "connect_timeout", "gssdelegation", "gssencmode", "gsslib", "keepalives", "keepalives_count",
	"keepalives_idle", "keepalives_interval", "krbsrvname", "load_balance_hosts", "max_protocol_version",
	"min_protocol_version", "options", "passfile", "require_auth", "requirepeer", "ssl_max_protocol_version",
	"ssl_min_protocol_version", "sslcert", "sslcertmode", "sslcompression", "sslcrl", "sslcrldir", "sslkey", "sslmode",
	"sslnegotiation", "sslrootcert", "sslsni", "target_session_attrs", "tcp_user_timeout"
};

/* --------------------------------------------------------------- reading */

static const char *
find(const ms_connection *connection, const char *key)
{
	ListCell   *cell;

	foreach(cell, connection->others)
	{
		const ms_conn_parameter *parameter = lfirst(cell);

		if (strcmp(parameter->key, key) == 0)
			return parameter->value;
	}
	return NULL;
}

static void
add(ms_connection *connection, const char *key, const char *value)
{
	ms_conn_parameter *parameter = palloc(sizeof(ms_conn_parameter));

	parameter->key = key;
	parameter->value = value;
	connection->others = lappend(connection->others, parameter);
}

static List *
split(const char *key, const char *list)
{
	List	   *result = NIL;
	const char *item = list;

	for (;;)
	{
		size_t		len = strcspn(item, ",");

		if (len == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("connection parameter %s \"%s\" has an empty place", key, list)));
		result = lappend(result, pnstrdup(item, len));
		if (item[len] == '\0')
			return result;
		item += len + 1;
	}
}

static void
refuse_secret(const char *key)
{
	bool		of_role = strcmp(key, "password") == 0;

	if (of_role || strcmp(key, "sslpassword") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a password does not belong into the connection"),
				 errdetail("It would stand in the server's log and in files that others read."),
				 of_role ? errhint("Leave it out, and write it into the file pgpass, which is one of those returned.") :
				 errhint("Give sslkey a key without one, in a file that its owner alone can read.")));
}

/* With a misspelt one the program would be without its database. */
static void
require_known(const char *key)
{
	StringInfoData known;
	size_t		i;

	initStringInfo(&known);
	for (i = 0; i < lengthof(known_parameters); i++)
	{
		if (strcmp(known_parameters[i], key) == 0)
			return;
		appendStringInfo(&known, "%s%s", i == 0 ? "" : i + 1 < lengthof(known_parameters) ? ", " : " and ", known_parameters[i]);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("there is no connection parameter \"%s\" here", key),
			 errhint("There are host, port, dbname and user; %s.", known.data)));
}

static void
take(ms_connection *connection, const char *key, const char *value)
{
	refuse_secret(key);
	ms_require_writable(psprintf("connection parameter %s", key), value);
	if (strcmp(key, "host") == 0)
		connection->hosts = split(key, value);
	else if (strcmp(key, "port") == 0)
		connection->ports = split(key, value);
	else if (strcmp(key, "dbname") == 0)
		connection->dbname = value;
	else if (strcmp(key, "user") == 0)
		connection->user = value;
	else
	{
		require_known(key);
		add(connection, key, value);
	}
}

static void
read_parameters(ms_connection *connection, const char *text)
{
	ms_span		rest = ms_span_of_text(text);
	ms_span		word;

	while (ms_next_word(&rest, &word))
	{
		char	   *key = pnstrdup(word.data, word.len);
		char	   *equals = strchr(key, '=');

		if (equals == NULL || equals == key || equals[1] == '\0' ||
			key + strspn(key, "abcdefghijklmnopqrstuvwxyz_") != equals)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"%s\" in the connection is no keyword with a value", key),
					 errhint("It is written as for psql, without quotes: host=db1,db2 port=5432 sslmode=verify-full")));
		*equals = '\0';
		take(connection, key, equals + 1);
	}
}

bool
ms_connection_is_remote(const ms_connection *connection)
{
	ListCell   *cell;

	foreach(cell, connection->hosts)
		if (((const char *) lfirst(cell))[0] != '/')
			return true;
	return false;
}

ms_connection *
ms_connection_read(const char *text, const char *dbname, const char *port, const char *user, const char *passfile)
{
	ms_connection *connection = palloc0(sizeof(ms_connection));

	read_parameters(connection, text);
	if (connection->hosts == NIL)
		connection->hosts = list_make1(SOCKET_DIRECTORY);
	if (connection->ports == NIL)
		connection->ports = list_make1(pstrdup(port));
	if (connection->dbname == NULL)
		take(connection, "dbname", dbname);
	if (connection->user == NULL)
		connection->user = user;
	if (list_length(connection->ports) != 1 && list_length(connection->ports) != list_length(connection->hosts))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the connection has %d ports for %d hosts",
						list_length(connection->ports), list_length(connection->hosts)),
				 errhint("Give one port, or one for each host.")));
	if (ms_connection_is_remote(connection))
	{
		if (find(connection, "connect_timeout") == NULL)
			add(connection, "connect_timeout", CONNECT_TIMEOUT);
		if (find(connection, "passfile") == NULL)
			add(connection, "passfile", passfile);
	}
	return connection;
}

/* --------------------------------------------------------------- writing */

static const char *
port_of(const ms_connection *connection, int host)
{
	return list_nth(connection->ports, list_length(connection->ports) == 1 ? 0 : host);
}

static void
append_encoded(StringInfo to, const char *text)
{
	for (; *text != '\0'; text++)
		if (ms_is_plain_in_uri((unsigned char) *text))
			appendStringInfoChar(to, *text);
		else
			appendStringInfo(to, "%%%02X", (unsigned char) *text);
}

static void
append_uri(StringInfo to, const ms_connection *connection, int host)
{
	ListCell   *cell;

	appendStringInfoString(to, "postgresql://");
	append_encoded(to, connection->user);
	appendStringInfoString(to, "@/");
	append_encoded(to, connection->dbname);
	appendStringInfoString(to, "?host=");
	append_encoded(to, list_nth(connection->hosts, host));
	appendStringInfoString(to, "&port=");
	append_encoded(to, port_of(connection, host));
	foreach(cell, connection->others)
	{
		const ms_conn_parameter *parameter = lfirst(cell);

		appendStringInfo(to, "&%s=", parameter->key);
		append_encoded(to, parameter->value);
	}
	appendStringInfoString(to, "&application_name=postfix");
}

char *
ms_connection_for_postfix(const ms_connection *connection)
{
	StringInfoData hosts;
	int			i;

	initStringInfo(&hosts);
	for (i = 0; i < list_length(connection->hosts); i++)
	{
		if (i > 0)
			appendStringInfoChar(&hosts, ' ');
		append_uri(&hosts, connection, i);
	}
	return hosts.data;
}

/* Of Dovecot's connections the port is the same, whatever the host. */
static const char *
one_port(const ms_connection *connection)
{
	if (list_length(connection->ports) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("Dovecot takes one port for all hosts of the database")));
	return linitial(connection->ports);
}

/* What libpq is given besides host, port, dbname and user; for a dict, which writes, the one host that can. */
static List *
others_to_write(const ms_connection *connection)
{
	ms_connection copy = *connection;

	copy.others = list_copy(connection->others);
	add(&copy, "target_session_attrs", "read-write");
	return copy.others;
}

static char *
join(const List *texts)
{
	StringInfoData joined;
	ListCell   *cell;

	initStringInfo(&joined);
	foreach(cell, texts)
		appendStringInfo(&joined, "%s%s", joined.len > 0 ? "," : "", (const char *) lfirst(cell));
	return joined.data;
}

/*
 * To read, Dovecot has connections to all hosts and goes on with those that
 * are left.  To write, libpq looks for the one, and Dovecot does not complain
 * of the others.
 */
char *
ms_connection_for_dovecot23(const ms_connection *connection, bool to_write)
{
	const char *port = one_port(connection);
	StringInfoData connect;
	ListCell   *cell;

	initStringInfo(&connect);
	if (to_write)
		appendStringInfo(&connect, "host=%s ", join(connection->hosts));
	else
		foreach(cell, connection->hosts)
			appendStringInfo(&connect, "host=%s ", (const char *) lfirst(cell));
	appendStringInfo(&connect, "port=%s dbname=%s user=%s", port, connection->dbname, connection->user);
	foreach(cell, to_write && list_length(connection->hosts) > 1 ? others_to_write(connection) : connection->others)
	{
		const ms_conn_parameter *parameter = lfirst(cell);

		appendStringInfo(&connect, " %s=%s", parameter->key, parameter->value);
	}
	return connect.data;
}

/* --------------------------------------------------------------- Dovecot 2.4 */

static void
append_block(StringInfo to, const ms_connection *connection, const char *indent,
			 const char *host, const char *port, const List *others)
{
	ListCell   *cell;

	appendStringInfo(to, "%spgsql %s {\n%s  parameters {\n", indent, host, indent);
	appendStringInfo(to, "%s    port = %s\n%s    dbname = %s\n%s    user = %s\n",
					 indent, port, indent, connection->dbname, indent, connection->user);
	foreach(cell, others)
	{
		const ms_conn_parameter *parameter = lfirst(cell);

		appendStringInfo(to, "%s    %s = %s\n", indent, parameter->key, parameter->value);
	}
	appendStringInfo(to, "%s    application_name = dovecot\n%s  }\n%s}", indent, indent, indent);
}

char *
ms_connection_for_dovecot24(const ms_connection *connection, bool to_write)
{
	StringInfoData blocks;
	int			i;

	initStringInfo(&blocks);
	if (to_write && list_length(connection->hosts) > 1)
		append_block(&blocks, connection, "    ", join(connection->hosts), join(connection->ports),
					 others_to_write(connection));
	for (i = 0; !to_write && i < list_length(connection->hosts); i++)
	{
		if (i > 0)
			appendStringInfoChar(&blocks, '\n');
		append_block(&blocks, connection, "", list_nth(connection->hosts, i), port_of(connection, i), connection->others);
	}
	return blocks.data;
}
