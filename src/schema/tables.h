/*
 * tables.h
 *	  One row of one of our tables by its key, read straight from the index.
 *
 * Neither SPI nor the planner nor privileges take part: this is what a lookup
 * can afford, and why EXECUTE on the functions that use it is not PUBLIC's.
 */
#ifndef MS_TABLES_H
#define MS_TABLES_H

#include "base/base.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "access/skey.h"
#include "access/stratnum.h"
#include "access/tableam.h"
#include "executor/tuptable.h"
#include "nodes/lockoptions.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "mailkey/mailkey_datum.h"

/* Each way to look into a table: by the column that an index begins with (a hash index, where there is one). */
typedef enum ms_access
{
	MS_SETTINGS,
	MS_SERVICES,
	MS_DOMAINS,
	MS_DOMAINS_BY_POSTFIX_KEY,
	MS_DOMAINS_BY_ALIAS_OF,
	MS_RELAY_RECIPIENTS,
	MS_RELAY_RECIPIENTS_IN_ORDER,
	MS_RELAY_RECIPIENTS_BY_DOMAIN,
	MS_USERS,
	MS_USERS_IN_ORDER,
	MS_USERS_BY_DOMAIN,
	MS_ALIASES,
	MS_ALIASES_IN_ORDER,
	MS_ALIASES_BY_EMAIL,
	MS_ALIASES_BY_DOMAIN,
	MS_SENDER_LOGINS,
	MS_SENDER_LOGINS_BY_DOMAIN,
	MS_RECIPIENT_BCC,
	MS_RECIPIENT_BCC_BY_DOMAIN,
	MS_SENDER_BCC,
	MS_SENDER_BCC_BY_DOMAIN,
	MS_SENDER_RELAYHOSTS,
	MS_SENDER_RELAYHOSTS_BY_DOMAIN,
	MS_LIST_SENDERS_BY_SENDER,
	MS_LIST_SENDERS_BY_DOMAIN,
	MS_LIST_SLOTS,
	MS_APP_PASSWORDS,
	MS_RETIRED_MAILDIRS,
	MS_USAGE,
	MS_DOMAIN_ADMINS,
	MS_SIEVE_SCRIPTS,
	MS_SIEVE_SCRIPTS_BY_DOMAIN,
	MS_FILTERS,
	MS_FILTERS_BY_DOMAIN,
	MS_FILTERS_BY_DESTINATION,
	MS_ACCESS_COUNT
} ms_access;

/* Attribute numbers, in the order of 1_tables.sql; an upgrade only appends. */
enum
{
	MS_SETTINGS_SINGLETON = 1, MS_SETTINGS_MAIL_ROOT, MS_SETTINGS_UID, MS_SETTINGS_GID,
	MS_SETTINGS_FIRST_VALID_UID, MS_SETTINGS_FIRST_VALID_GID, MS_SETTINGS_MAIL_USER, MS_SETTINGS_MAIL_GROUP,
	MS_SETTINGS_RECIPIENT_DELIMITER,
	MS_SETTINGS_MAIL_SUBDIRECTORY, MS_SETTINGS_VIRTUAL_TRANSPORT, MS_SETTINGS_RELAY_TRANSPORT,
	MS_SETTINGS_POSTMASTER_ADDRESS, MS_SETTINGS_HOSTNAME, MS_SETTINGS_ROLE_ADDRESSES,
	MS_SETTINGS_PASSWORD_SCHEME, MS_SETTINGS_PASSWORD_LOWEST_SCHEME, MS_SETTINGS_PASSWORD_MIN_LENGTH,
	MS_SETTINGS_ARGON2_MEMORY, MS_SETTINGS_ARGON2_ITERATIONS,
	MS_SETTINGS_QUOTA_FULL_TEMPFAIL, MS_SETTINGS_AUDIT_ROWS, MS_SETTINGS_SIEVE_PERSONAL,
	MS_SETTINGS_MAILDIR_RUNNER, MS_SETTINGS_RETIRED_DAYS
};

enum
{
	MS_SERVICES_SERVICE = 1, MS_SERVICES_CLASSES, MS_SERVICES_RUNS_AS, MS_SERVICES_RECIPIENT_LIMIT,
	MS_SERVICES_PRELOADED
};

enum
{
	MS_DOMAINS_DOMAIN = 1, MS_DOMAINS_CLASS, MS_DOMAINS_ALIAS_OF, MS_DOMAINS_TRANSPORT,
	MS_DOMAINS_STAGED_TRANSPORT, MS_DOMAINS_STAGED_SHARE,
	MS_DOMAINS_UID, MS_DOMAINS_GID, MS_DOMAINS_ACTIVE, MS_DOMAINS_SUSPENDED_REASON,
	MS_DOMAINS_SERVICES, MS_DOMAINS_RECEIVE, MS_DOMAINS_RECEIVE_REASON,
	MS_DOMAINS_QUOTA_BYTES, MS_DOMAINS_QUOTA_MESSAGES, MS_DOMAINS_QUOTA_POOL_BYTES, MS_DOMAINS_CREATED,
	MS_DOMAINS_MAILBOX_DOMAIN, MS_DOMAINS_ALIAS_DOMAIN, MS_DOMAINS_RELAY_DOMAIN,
	MS_DOMAINS_MIRROR_TARGET, MS_DOMAINS_POSTFIX_KEY
};

enum
{
	MS_RELAY_RECIPIENTS_RECIPIENT = 1, MS_RELAY_RECIPIENTS_DOMAIN
};

enum
{
	MS_USERS_EMAIL = 1, MS_USERS_PASSWORD, MS_USERS_REALNAME, MS_USERS_MAILDIR,
	MS_USERS_MAIL_SUBDIRECTORY, MS_USERS_UID, MS_USERS_GID, MS_USERS_TRANSPORT,
	MS_USERS_KEEP_COPY, MS_USERS_ACTIVE, MS_USERS_SUSPENDED_REASON, MS_USERS_SERVICES, MS_USERS_ALLOW_NETS,
	MS_USERS_RECEIVE, MS_USERS_RECEIVE_REASON, MS_USERS_SEND,
	MS_USERS_QUOTA_BYTES, MS_USERS_QUOTA_MESSAGES, MS_USERS_CREATED, MS_USERS_DOMAIN
};

enum
{
	MS_ALIASES_ALIAS = 1, MS_ALIASES_EMAIL, MS_ALIASES_PROPAGATE_DETAIL, MS_ALIASES_ACTIVE,
	MS_ALIASES_RELOCATED, MS_ALIASES_EXPIRES, MS_ALIASES_SEND, MS_ALIASES_CREATED, MS_ALIASES_DOMAIN
};

enum
{
	MS_SENDER_LOGINS_SENDER = 1, MS_SENDER_LOGINS_LOGIN, MS_SENDER_LOGINS_DOMAIN
};

/* recipient_bcc, sender_bcc and sender_relayhosts are alike: an address or @domain, and what is said of it. */
enum
{
	MS_SAID_OF_ADDRESS = 1, MS_SAID_VALUE, MS_SAID_DOMAIN
};

enum
{
	MS_LIST_SENDERS_LIST = 1, MS_LIST_SENDERS_SENDER, MS_LIST_SENDERS_DOMAIN
};

enum
{
	MS_LIST_SLOTS_LIST = 1, MS_LIST_SLOTS_SLOT
};

enum
{
	MS_APP_PASSWORDS_EMAIL = 1, MS_APP_PASSWORDS_NAME, MS_APP_PASSWORDS_PASSWORD, MS_APP_PASSWORDS_SERVICES,
	MS_APP_PASSWORDS_ALLOW_NETS, MS_APP_PASSWORDS_EXPIRES, MS_APP_PASSWORDS_CREATED, MS_APP_PASSWORDS_SLOT
};

/* As many as in 1_tables.sql and dovecot.conf. */
#define MS_APP_PASSWORD_SLOTS 8

enum
{
	MS_RETIRED_MAILDIR = 1, MS_RETIRED_EMAIL, MS_RETIRED_RETIRED_AT, MS_RETIRED_RETIRED_BY
};

enum
{
	MS_USAGE_EMAIL = 1, MS_USAGE_BYTES, MS_USAGE_MESSAGES, MS_USAGE_CHANGED
};

enum
{
	MS_DOMAIN_ADMINS_ROLE = 1, MS_DOMAIN_ADMINS_ROLE_OID, MS_DOMAIN_ADMINS_DOMAIN, MS_DOMAIN_ADMINS_MAX_USERS,
	MS_DOMAIN_ADMINS_MAX_ALIASES, MS_DOMAIN_ADMINS_TRANSPORTS
};

enum
{
	MS_SIEVE_SCRIPTS_ID = 1, MS_SIEVE_SCRIPTS_EMAIL, MS_SIEVE_SCRIPTS_DOMAIN, MS_SIEVE_SCRIPTS_NAME,
	MS_SIEVE_SCRIPTS_SCRIPT, MS_SIEVE_SCRIPTS_ACTIVE, MS_SIEVE_SCRIPTS_CHANGED, MS_SIEVE_SCRIPTS_OWNER,
	MS_SIEVE_SCRIPTS_CONTENT_ID
};

enum
{
	MS_FILTERS_ID = 1, MS_FILTERS_EMAIL, MS_FILTERS_DOMAIN, MS_FILTERS_KIND, MS_FILTERS_POSITION,
	MS_FILTERS_ACTIVE, MS_FILTERS_FOLDER, MS_FILTERS_SENDER, MS_FILTERS_LIST_ID, MS_FILTERS_DESTINATION,
	MS_FILTERS_KEEP, MS_FILTERS_SUBJECT, MS_FILTERS_MESSAGE, MS_FILTERS_DAYS, MS_FILTERS_STARTS,
	MS_FILTERS_ENDS, MS_FILTERS_CREATED, MS_FILTERS_OWNER
};

/*
 * A way into a table, open, and the row that it has come to: tuple, or NULL.
 * The locks are kept to the end of the transaction, as a SELECT keeps its own.
 */
typedef struct ms_scan
{
	Relation	rel;			/* NULL: not open */
	Relation	index;			/* NULL for a scan of all rows */
	IndexScanDesc by_index;
	TableScanDesc all;
	TupleTableSlot *slot;
	HeapTuple	tuple;
	ScanKeyData key;			/* what is looked for, in that column of the table */
	AttrNumber	attribute;
} ms_scan;

/*
 * Opens a scan of the rows with that key and steps to the first; ms_scan_again
 * starts it anew with another key, which is much cheaper than to open it, and
 * ms_scan_next steps on.  Each says whether there is a row.  ms_scan_end is due
 * in any case, but in none where an error is raised.
 * snapshot is the statement's (GetActiveSnapshot()) in a lookup, and the
 * latest in a rule, which has to see what has been committed meanwhile.
 */
extern bool ms_scan_begin(ms_scan *scan, ms_access access, Datum key, Snapshot snapshot);
extern bool ms_scan_again(ms_scan *scan, ms_access access, Datum key);
extern bool ms_scan_next(ms_scan *scan);
extern void ms_scan_end(ms_scan *scan);

/*
 * Finds the row with that key as it is now and locks it, waiting for whoever
 * holds it: what a foreign key does, where it cannot say what a rule needs.
 * False where there is no such row.  ms_scan_end is due in any case.
 */
extern bool ms_scan_lock(ms_scan *scan, ms_access access, Datum key, LockTupleMode mode);

/* The same for a row at hand, such as the one that a BEFORE UPDATE trigger is given. */
extern bool ms_lock_row(Relation rel, HeapTuple row, LockTupleMode mode);

/* The table that a path leads into. */
extern Oid ms_table_oid(ms_access access);

/*
 * The rows from one key to another, or to the end where last is 0, in their
 * order; only for a way that is by a btree.  The end matters where the transaction itself has emptied the range:
 * what it has deleted would be stepped over, one by one, to the next row beyond.
 */
extern bool ms_scan_begin_between(ms_scan *scan, ms_access access, Datum first, Datum last,
								  Snapshot snapshot);

/* The rows in which the column is not NULL, in their order; only for a way that is by a btree. */
extern bool ms_scan_begin_filled(ms_scan *scan, ms_access access, Snapshot snapshot);

/* All rows of the table, in no order. */
extern bool ms_scan_begin_all(ms_scan *scan, ms_access access, Snapshot snapshot);

/* The users of a domain whose uid compares so (a btree strategy) with uid. */
extern bool ms_scan_users_by_uid(ms_scan *scan, Datum domain, StrategyNumber strategy, int32 uid,
								 Snapshot snapshot);

/*
 * Many looks under one snapshot: each way into a table is opened at its first
 * use and serves again after.  A way has one row at a time: what ms_read gives
 * is good until the same way is read again.
 */
typedef struct ms_reader
{
	Snapshot	snapshot;
	ms_scan		scans[MS_ACCESS_COUNT];
} ms_reader;

extern void ms_reader_begin(ms_reader *reader, Snapshot snapshot);
extern void ms_reader_end(ms_reader *reader);

/* The first row with that key, and the next with the same; NULL where there is none. */
extern const ms_scan *ms_read(ms_reader *reader, ms_access access, const void *key);
extern const ms_scan *ms_read_next(ms_reader *reader, ms_access access);

/*
 * Columns of the current row.  The first is the raw datum; the others are for
 * columns that are never NULL.  Spans point into the tuple: valid until the
 * next step.
 */
extern Datum ms_scan_get(const ms_scan *scan, int attribute, bool *isnull);
extern bool ms_scan_bool(const ms_scan *scan, int attribute);
extern int32 ms_scan_int32(const ms_scan *scan, int attribute);
extern ms_span ms_scan_span(const ms_scan *scan, int attribute);
extern ms_key_view ms_scan_key(const ms_scan *scan, int attribute);

/* The same where the column may be NULL: false then. */
extern bool ms_scan_span_or_null(const ms_scan *scan, int attribute, ms_span *out);

/* A bigint that may be NULL: the given value then. */
extern int64 ms_scan_int64(const ms_scan *scan, int attribute, int64 where_null);

/*
 * The settings as last committed, or as this transaction has changed them.
 * Kept by the backend and read again only after a change; the pointer is good
 * until the next call.  Strings end in NUL.
 */
typedef struct ms_settings
{
	char	   *mail_root;
	char	   *recipient_delimiter;
	char	   *mail_subdirectory;
	char	   *virtual_transport;
	char	   *relay_transport;
	char	   *password_scheme;
	char	   *password_lowest_scheme; /* NULL: no scheme is too weak */
	int32		password_min_length;
	int32		argon2_memory;
	int32		argon2_iterations;
	int32		uid;
	int32		gid;
	int32		first_valid_uid;
	int32		first_valid_gid;
	bool		quota_full_tempfail;
	int32		audit_rows;
	bool		sieve_in_database;	/* sieve_personal */
	bool		maildir_runner;
	struct varlena *postmaster_address; /* a mail_key, or NULL */
	int			nroles;
	ms_span    *roles;			/* role_addresses: canonical local parts */
} ms_settings;

extern const ms_settings *ms_settings_get(void);

/* Whether a canonical local part is one of role_addresses. */
extern bool ms_settings_is_role(const ms_settings *settings, ms_span local);

/* The characters of recipient_delimiter. */
static inline ms_span
ms_settings_delimiters(void)
{
	const char *delimiter = ms_settings_get()->recipient_delimiter;

	return ms_span_of_text(delimiter);
}

/* A type of ours, by its name. */
extern Oid	ms_type_oid(const char *name);

/* For the trigger on settings: makes every backend read them again after the commit. */
extern void ms_settings_changed(Relation settings);

/* The snapshot for a rule: all that is committed by now, and this transaction's own changes. */
extern Snapshot ms_rule_snapshot(void);

#endif							/* MS_TABLES_H */
