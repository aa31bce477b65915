/*
 * connection.h
 *	  How Postfix and Dovecot are to reach the database.
 */
#ifndef MS_CONNECTION_H
#define MS_CONNECTION_H

#include "base/base.h"
#include "nodes/pg_list.h"

typedef struct ms_connection
{
	List	   *hosts;			/* of char *: names, addresses, or directories of sockets */
	List	   *ports;			/* of char *: one, or one for each host */
	const char *dbname;
	const char *user;
	List	   *others;			/* of ms_conn_parameter *: what libpq is given besides */
} ms_connection;

typedef struct ms_conn_parameter
{
	const char *key;
	const char *value;
} ms_conn_parameter;

/*
 * Reads libpq's keyword=value form; what is left out is the socket of this
 * database on its own machine, and the role user.  Over a network the password
 * comes from the file passfile.  Raises 22023 for what it cannot write.
 */
extern ms_connection *ms_connection_read(const char *text, const char *dbname, const char *port, const char *user,
										 const char *passfile);

/* Whether a host is reached over a network, and so wants a password. */
extern bool ms_connection_is_remote(const ms_connection *connection);

/* The hosts of a pgsql_table(5): a URI for each. */
extern char *ms_connection_for_postfix(const ms_connection *connection);

/* The connect setting of Dovecot 2.3; to write, of several hosts the one that can. */
extern char *ms_connection_for_dovecot23(const ms_connection *connection, bool to_write);

/*
 * The pgsql blocks of Dovecot 2.4; to write, that of a dict, which is empty
 * where there is one host.
 */
extern char *ms_connection_for_dovecot24(const ms_connection *connection, bool to_write);

/* Raises 22023 where a text could not stand in a configuration file: what names it. */
extern void ms_require_writable(const char *what, const char *text);

#endif							/* MS_CONNECTION_H */
