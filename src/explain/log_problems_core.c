/*
 * log_problems_core.c
 *	  The problems that a line of a log may tell of, and the words for them.
 *
 * Shapes are by the sources of Postfix 3.7 to 3.10, Dovecot 2.3 and 2.4 and
 * Pigeonhole.  A name of the one who is meant is captured only where the words
 * have use for it.
 */
#include "explain/log_line.h"

#define ROUTE "SELECT * FROM mailstack.route('{address}') shows every step"
#define EXPLAIN_LOGIN "SELECT * FROM mailstack.explain_login('{address}'"
#define KEEP_THE_CLOCK "Let chrony slew the clock, and set it at boot alone, before Dovecot starts:" \
	" mailstack.config_files('chrony') and mailstack.config_files('systemd') have that." \
	" mailstack.clock_status() says how the clock is now."
#define RELOAD_DOVECOT " mailstack.config_files('dovecot') has the whole, for 2.4 as well. Then doveadm reload."
#define USERDB "SELECT * FROM mailstack.dovecot_userdb('%u')"
#define RESET_LIMIT "ALTER ROLE ROLE RESET statement_timeout, or lock_timeout, whichever it was;" \
	" SELECT * FROM mailstack.diagnose() finds where it is set. On a replica, hot_standby_feedback = on and a longer" \
	" max_standby_streaming_delay."
#define MEND_SCRIPT ", and SELECT * FROM mailstack.sieve_check(TEXT) what is to be written there. mailstack stores no script that" \
	" does not compile: in a file it was written past it."

const ms_log_problem ms_log_problems[] = {
	/* ---------------------------------------------------------- where mail goes */
	{
		"mail transport unavailable",
		"master.cf has no service {service}, or it does not run. Mail waits in the queue.",
		"Add {service} to master.cf and run postfix reload; or find the domains that name it, SELECT * FROM mailstack.transports"
		" WHERE split_part(transport::text, ':', 1) = '{service}', and take that back with mailstack.revert_transport(domain),"
		" or change it with mailstack.switch_transport(domain, transport). What is in the queue follows.",
		{"connect to transport private/{service}: "}
	},
	{
		"mail transport unavailable",
		"The service that {address} is delivered by is not in master.cf, or does not run. Mail waits in the queue.",
		"SELECT transport, reason FROM mailstack.route('{address}') shows the service: add it to master.cf and run postfix reload;"
		" or SELECT * FROM mailstack.revert_transport('{domain}') takes the last change back, and"
		" mailstack.switch_transport('{domain}', transport) makes another. What is in the queue follows.",
		{"to=<{address}>{}(mail transport unavailable)"}
	},
	{
		"mail transport unavailable",
		"Dovecot does not answer on its socket {socket}. Mail waits in the queue.",
		"Start Dovecot. If it runs, its service lmtp needs the unix_listener {socket} in Postfix's queue directory, with postfix for"
		" its user:" RELOAD_DOVECOT,
		{"/lmtp[{}connect to {}[{socket}]: "}
	},
	{
		"maildir not writable",
		"The maildir of {address} cannot be written: {fault}. Mail waits in the queue.",
		"SELECT mailstack.home_path(email), uid, gid FROM mailstack.users WHERE email::text = '{mailbox}' shows where it is, and"
		" whose it has to be: chown -R it. Each directory above has to let its owner through. Where the disk is full, make room.",
		{"to=<{address}>{}(maildir delivery failed: {fault})"}
	},
	{
		"alias expansion",
		"Aliases make more addresses of {address}, or go deeper, than main.cf lets Postfix expand. mailstack allows 1000 of each.",
		"Set virtual_alias_expansion_limit and virtual_alias_recursion_limit to 1000 in main.cf, as they are by default, and run"
		" postfix reload. " ROUTE ".",
		{"unreasonable virtual_alias_maps map expansion size for {address} -- ",
		"unreasonable virtual_alias_maps map nesting for {address} -- "}
	},
	{
		"table lookup problem",
		"Aliases of a message could not be expanded: too many, or no answer from the database. Mail is deferred.",
		"Explain the warning of cleanup that stands before this line.",
		{"451 4.6.0 Alias expansion error", "(alias expansion error)"}
	},

	/* ------------------------------------------------- whom mail is not taken for */
	{
		"user unknown",
		"Postfix takes {domain} for a name of this machine: main.cf has it in mydestination, and the database is not asked.",
		"Take {domain} out of mydestination in main.cf, and run postfix reload.",
		{"<{address}>: Recipient address rejected: User unknown in local recipient table"}
	},
	{
		"user unknown",
		"There was no mailbox, alias or catch-all for {address} that takes mail. {route}",
		"{mend} " ROUTE ".",
		{"<{address}>: Recipient address rejected: User unknown in "}
	},
	{
		"relay access denied",
		"{domain} was not hosted here for Postfix, which relays for nobody who has not logged in. {route}",
		"{mend} A user of ours sends by the submission service, and logs in.",
		{"<{address}>: Relay access denied"}
	},
	{
		"address moved",
		"{address} is in relocated: senders are told the new address, and nothing is delivered. {route}",
		"{mend} " ROUTE ".",
		{"<{address}>: Recipient address rejected: User has moved to "}
	},
	{
		"mailbox full",
		"{address} has as much mail as its quota, or its domain's, allows; senders try again later. {route}",
		"SELECT * FROM mailstack.mailbox_usage WHERE email::text = '{mailbox}' shows how full it is; UPDATE mailstack.users SET"
		" quota_bytes = ... WHERE email::text = '{mailbox}' gives it more, or its user deletes some.",
		{"<{address}>: Recipient address rejected: Mailbox is full", "to=<{address}>{}Quota exceeded",
		"lda({address})<{}Quota exceeded", "lmtp({address})<{}Quota exceeded", "imap({address})<{}Quota exceeded"}
	},
	{
		"sender not owned",
		"{login} has logged in and writes as {address}, whose mail does not go to {login}.",
		"INSERT INTO mailstack.sender_logins(sender, login) VALUES ('{address}', '{login}') lets {login}; so does an alias"
		" of {address} to {login}. mailstack.postfix_smtpd_sender_login_maps('{address}') says who may.",
		{"<{address}>: Sender address rejected: not owned by user {login};"}
	},

	/* ------------------------------------------------------------- the database */
	{
		"database refuses",
		"PostgreSQL runs, and does not let Postfix in: {error}",
		"By what it says: a line for the role in pg_hba.conf, and pg_reload_conf(); its password in mailstack/pgpass; LOGIN for the"
		" role; a higher max_connections. Then postfix reload.",
		{"connect to pgsql server {}FATAL:  {error}"}
	},
	{
		"database refuses",
		"PostgreSQL runs, and does not let Dovecot in: {error}",
		"By what it says: a line for the role in pg_hba.conf, and pg_reload_conf(); its password in Dovecot's connect; LOGIN for the"
		" role; a higher max_connections. It connects again by itself.",
		{"Connect failed to database{}FATAL:  {error}"}
	},
	{
		"query cancelled",
		"PostgreSQL ended a question of Postfix before it was answered: {error}",
		RESET_LIMIT " Then postfix reload.",
		{"pgsql query failed:{}ERROR:  canceling statement due to {error}"}
	},
	{
		"query cancelled",
		"PostgreSQL ended a question of Dovecot before it was answered: {error}",
		RESET_LIMIT,
		{"uery failed{}ERROR:  canceling statement due to {error}"}
	},
	{
		"right missing",
		"Postfix's role may not ask what it asks: after one such error all mail is deferred for a minute.",
		"SELECT mailstack.grant_postfix('ROLE'), with the role that the .cf files of main.cf name; then postfix reload.",
		{"pgsql query failed:{}ERROR:  permission denied for "}
	},
	{
		"right missing",
		"Dovecot's role may not ask what it asks: nobody logs in, and mail is deferred.",
		"SELECT mailstack.grant_dovecot('ROLE'), with the role of Dovecot's connect.",
		{"pgsql{}ERROR:  permission denied for ", "uery failed: ERROR:  permission denied for "}
	},
	{
		"query failed",
		"PostgreSQL answers a question of Postfix with an error, and all mail is deferred for a minute: {error}",
		"The query of the .cf file is to be SELECT mailstack.postfix_PARAMETER('%s'), in the database that has mailstack, as"
		" mailstack.config_files('postfix') has it; then postfix reload. postmap -q KEY pgsql:FILE.cf tries it.",
		{"pgsql query failed:{}ERROR:  {error}"}
	},
	{
		"query failed",
		"PostgreSQL answers a question of Dovecot with an error: {error}",
		"password_query and user_query are to select from mailstack.dovecot_passdb('%u', '%s') and mailstack.dovecot_userdb('%u'),"
		" in the database that has mailstack. doveadm auth lookup ADDRESS tries them.",
		{"pgsql{}uery failed, retrying: ERROR:  {error}", "uery failed: ERROR:  {error}"}
	},
	{
		"database not reachable",
		"Postfix has no connection to PostgreSQL. All mail is deferred, and nothing is lost.",
		"Start PostgreSQL, or correct hosts and dbname of the .cf files. Postfix before 3.10 asks again after a minute, or"
		" at once after postfix reload; postqueue -f tries what is in the queue.",
		{"connect to pgsql server ", "pgsql query failed: fatal error from host "}
	},
	{
		"database not reachable",
		"Dovecot has no connection to PostgreSQL. Logins fail for now, mail is deferred, and nothing is lost.",
		"Start PostgreSQL, or correct Dovecot's connect. It connects again by itself.",
		{"pgsql({}): Connect failed to database", ": Not connected to database", "uery timed out (no free connections",
		"uery failed, retrying: server closed the connection", "uery failed: server closed the connection"}
	},
	{
		"table lookup problem",
		"Postfix got no answer from the map {map}, and defers mail.",
		"The line before, with pgsql in it, says why: explain that one. postmap -q KEY {map} tries it again, and"
		" postfix reload ends the minute for which Postfix does not ask.",
		{"warning: {}: {map}: table lookup problem"}
	},
	{
		"table lookup problem",
		"Postfix got no answer from the database, and defers mail.",
		"A line before, with pgsql in it, says why: explain that one.",
		{": Temporary lookup failure", "(address resolver failure)", "/trivial-rewrite[{} lookup failure", "error: table lookup problem",
		"pgsql:{} lookup error", " map lookup problem"}
	},
	{
		"table lookup problem",
		"Dovecot got no answer from its passdb or userdb; a login fails for now.",
		"A line before, with sql in it, says why: explain that one.",
		{"auth service reported temporary failure", "Auth USER lookup failed", "user lookup failed: Internal error occurred"}
	},

	/* ----------------------------------------------- how Dovecot is configured */
	{
		"relative home",
		"The home that Dovecot was given, {home}, does not begin with /. No mail is delivered, and nobody reads any.",
		"home comes from mailstack: user_query = " USERDB " gives a whole path, below settings.mail_root; password_query gives"
		" the same as userdb_home." RELOAD_DOVECOT,
		{"Relative home directory paths not supported: {home}"}
	},
	{
		"multiple matches",
		"The password query gave more than one row, and Dovecot lets nobody in by it.",
		"password_query = SELECT * FROM mailstack.dovecot_passdb('%u', '%s') gives one row or none." RELOAD_DOVECOT,
		{"Password query returned multiple matches"}
	},
	{
		"uid not permitted",
		"Dovecot takes no mail user with uid {uid}: its first_valid_uid is higher.",
		"SELECT email FROM mailstack.users WHERE uid = {uid} names them. Set first_valid_uid of Dovecot to no more than"
		" mailstack's: UPDATE mailstack.settings SET first_valid_uid = ..., which refuses lower uids from then on.",
		{"Mail access for users with UID {uid} not permitted", "Logins with UID {uid} not permitted"}
	},
	{
		"gid not permitted",
		"Dovecot takes no mail user with gid {gid}: its first_valid_gid is higher.",
		"SELECT email FROM mailstack.users WHERE gid = {gid} names them. Set first_valid_gid of Dovecot to no more than"
		" mailstack's: UPDATE mailstack.settings SET first_valid_gid = ..., which refuses lower gids from then on.",
		{"Mail access for users with GID {gid} not permitted"}
	},
	{
		"only userdb prefetch",
		"Dovecot's only userdb is prefetch, which knows who logs in and nobody else: the LDA and LMTP find no user.",
		"Add a userdb with driver sql behind it, with user_query = " USERDB "." RELOAD_DOVECOT,
		{"userdb lookup not possible with only userdb prefetch"}
	},
	{
		"no mail location",
		"Dovecot was not told where in the home the mail is, and found none there.",
		"Take the column mail of " USERDB ", and set mail_location = maildir:~/Maildir (2.4: mail_driver, mail_path) for who has"
		" none." RELOAD_DOVECOT,
		{"Mail storage autodetection failed", "Ambiguous mail location setting", " not set and autodetection failed"}
	},

	/* ---------------------------------------------------------------- the clock */
	{
		"time moved backwards",
		"The clock was set back by {seconds} seconds, more than 5: the process of a session ends itself, and the client has to"
		" connect again. Mail is not lost.",
		KEEP_THE_CLOCK,
		{"Time just moved backwards by {seconds} seconds{}kill myself now"}
	},
	{
		"time moved backwards",
		"The clock was set back by {seconds} seconds: Dovecot's process sleeps until it is where it was.",
		KEEP_THE_CLOCK,
		{"Time just moved backwards by {seconds} seconds"}
	},
	{
		"time moved backwards",
		"The clock was set back by {seconds} seconds: Dovecot starts no new sessions for as long, up to three minutes.",
		KEEP_THE_CLOCK,
		{"Time moved backwards by {seconds} seconds"}
	},
	{
		"time moved backwards",
		"The clock was set back. Postfix goes on with one of its own until it is where it was.",
		KEEP_THE_CLOCK,
		{"backward time jump detected"}
	},
	{
		"time jumped forwards",
		"The clock was set forwards by {seconds} seconds. Setting it back would be worse.",
		KEEP_THE_CLOCK,
		{"Time jumped forwards {seconds} seconds", "Time moved forwards by {seconds} seconds",
		 /* 2.4 */
		"Time moved forward by {seconds} seconds", "Time moved forward {seconds} seconds"}
	},

	/* -------------------------------------------------------------------- Sieve */
	{
		"sieve script",
		"The script {script} does not compile. It is not run: mail goes to INBOX.",
		"{log} has the place of the fault" MEND_SCRIPT,
		{"Failed to compile script `{script}' (view user logfile `{log}'", "Failed to compile script '{script}' (view user logfile '{log}'"}
	},
	{
		"sieve script",
		"The script {script} does not compile. It is not run: mail goes to INBOX.",
		"A line beside this one has the place of the fault" MEND_SCRIPT,
		{"Failed to compile script `{script}'", "Failed to compile script '{script}'"}
	},
	{
		"sieve script",
		"Line {number} of a Sieve script does not compile: {fault}",
		"SELECT * FROM mailstack.sieve_check(TEXT) says what is to be written there.",
		{": line {number}: error: {fault}"}
	},
	{
		"sieve path",
		"Dovecot's setting sieve, or the userdb's field, names the directory {path} and no file in it. Mail waits.",
		"sieve = file:~/sieve;active=~/.dovecot.sieve for scripts in files; for those of mailstack.sieve_scripts the dict of"
		" doc/sieve.md." RELOAD_DOVECOT,
		{"Path to {}script must include the filename (path={path})"}
	},

	/* ------------------------------------------------------------------- logins */
	{
		"login failed",
		"The password was not the one of {address}, nor one of the app passwords.",
		EXPLAIN_LOGIN ") says with which it goes; mailstack.set_password('{address}', PASSWORD) sets another.",
		{"sql({address},{}): Password mismatch", "sql({address}): Password mismatch",
		 /* 2.4 */
		"auth({address},{}: Password mismatch"}
	},
	{
		"login failed",
		"There is no login for {address}: no such user, or one who is suspended or may not use the service.",
		EXPLAIN_LOGIN ") says why.",
		{"sql({address},{}): unknown user", "auth({address},{}: unknown user"}
	},
	{
		"login failed",
		"{address} did not get in to {service} from {remote}.",
		EXPLAIN_LOGIN ", '{service}', '{remote}') says why; it takes the right password for granted.",
		{" {service}-login: {}auth failed{}user=<{address}>{}rip={remote},"}
	},
	{
		"login failed",
		"{address} did not get in to hand in mail.",
		EXPLAIN_LOGIN ", 'smtp') says why; it takes the right password for granted.",
		{": SASL {}authentication failed{}sasl_username={address}"}
	},
	{
		"login failed",
		"Somebody did not get in to hand in mail; the line does not say who.",
		"Dovecot's log has a line of the same second, with the name: explain that one.",
		{": SASL {}authentication failed"}
	},

	/* -------------------------------------------- who is gone when mail arrives */
	{
		"user unknown",
		"Where mail is delivered, {address} is no user. {route}",
		"{mend} " ROUTE ". Dovecot's user_query is to be " USERDB ".",
		{"to=<{address}>{}User doesn't exist", "to=<{address}>{}(user unknown", "to=<{address}>{}(unknown user: ", "sql({address}): unknown user",
		 /* 2.4 */
		"auth({address}): {}unknown user"}
	},
	{NULL, NULL, NULL, {NULL}}
};
