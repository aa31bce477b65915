-- explain_log: lines as Postfix 3.7, Dovecot 2.3 and Pigeonhole write them, and some of their successors.
SET search_path = mailstack, public;
\x on
\pset format unaligned

INSERT INTO domains(domain) VALUES ('example.com'), ('off.example');
INSERT INTO domains(domain, class) VALUES ('lists.example', 'virtual_alias'), ('relay.example', 'relay');
INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'example.com');
UPDATE domains SET active = false WHERE domain = 'off.example';
INSERT INTO users(email) SELECT u FROM unnest(ARRAY['bob@example.com', 'ann@example.com', 'gone@example.com', '"o''hara b"@example.com']) AS u;
UPDATE users SET active = false, suspended_reason = 'phished' WHERE email = 'gone@example.com';
INSERT INTO users(email, receive) VALUES ('no@example.com', 'refuse'), ('later@example.com', 'defer');
INSERT INTO users(email, transport) VALUES ('error@example.com', 'error:5.2.1');
INSERT INTO relocated(email, new_email) VALUES ('old@example.com', 'new@far.example');
INSERT INTO aliases(alias, email, active) VALUES ('was@example.com', 'bob@example.com', false);

-- Who is not known, and why, and what mends it; by sub-addresses and mirrors, too.
CREATE FUNCTION not_known(address text) RETURNS TABLE (problem text, meaning text, remedy text) LANGUAGE sql AS $$
    SELECT * FROM explain_log('Nov 26 02:55:10 mail postfix/smtpd[4159]: NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 550 5.1.1 <' || address ||
        '>: Recipient address rejected: User unknown in virtual mailbox table; from=<x@far.example> to=<' || address || '> proto=ESMTP helo=<far.example>') $$;
SELECT * FROM not_known('nobody@example.com');
SELECT a, substr(meaning, strpos(meaning, 'takes mail. ') + 12) AS meaning, substr(remedy, 1, strpos(remedy, ' SELECT * FROM mailstack.route') - 1) AS mend
FROM unnest(ARRAY['gone@example.com', 'Gone+x@mirror.example', 'x@off.example', 'x@far.example', 'x@lists.example', 'x@relay.example', 'x@mirror.example',
    'no@mirror.example', 'later@example.com', 'was@example.com', 'error@example.com', 'old+x@example.com', 'bob@example.com', '"o''h"@example.com', 'no address', '@']) AS a,
    LATERAL not_known(a);
-- A catch-all that leads to nobody, and a domain that takes no mail.
INSERT INTO aliases(alias, email) VALUES ('@example.com', 'gone@example.com');
UPDATE domains SET receive = 'refuse' WHERE domain = 'lists.example';
SELECT a, remedy FROM unnest(ARRAY['x@mirror.example', 'x@lists.example']) AS a, LATERAL not_known(a);
DELETE FROM aliases WHERE alias = '@example.com';

-- Each of the other problems.
CREATE TABLE line (n serial, line text);
\copy line(line) FROM stdin
Nov 26 02:55:10 mail postfix/qmgr[4123]: warning: connect to transport private/nowhere: No such file or directory
Nov 26 02:55:10 mail postfix/error[4202]: 4jZh3y1wwMz1dtWj: to=<ann@example.com>, orig_to=<info@example.com>, relay=none, delay=0.11, delays=0.08/0.02/0/0.01, dsn=4.3.0, status=deferred (mail transport unavailable)
Nov 26 02:55:10 mail postfix/lmtp[4209]: connect to mail.example.com[private/dovecot-lmtp]: No such file or directory
Nov 26 02:55:10 mail postfix/lmtp[4209]: 4jZh3y2dYJz1dtWS: to=<bob@example.com>, relay=none, delay=0.02, delays=0.01/0/0/0, dsn=4.4.1, status=deferred (connect to mail.example.com[private/dovecot-lmtp]: Connection refused)
Nov 26 02:55:10 mail postfix/virtual[4210]: 4jZh3y2dYJz1dtWS: to=<bob+x@example.com>, relay=virtual, delay=0.03, delays=0.01/0.01/0/0.01, dsn=4.2.0, status=deferred (maildir delivery failed: create maildir file /home/mail/example.com/bob/Maildir/tmp/1795670212.P1.mail: Permission denied)
Nov 26 02:55:10 mail postfix/cleanup[4195]: warning: 4jZh3y2VBPz1dsSB: virtual_alias_maps map lookup problem for bob@example.com -- message not accepted, try again later
Nov 26 02:55:10 mail postfix/smtpd[4159]: warning: proxy:pgsql:/etc/postfix/mailstack/virtual_mailbox_domains.cf lookup error for "example.com"
Nov 26 02:55:10 mail postfix/trivial-rewrite[4177]: warning: transport_maps lookup failure
Nov 26 02:55:10 mail postfix/proxymap[4127]: warning: connect to pgsql server postgresql://postfix@/mail?host=/run/postgresql: connection to server on socket "/run/postgresql/.s.PGSQL.5432" failed: FATAL:  role "postfix" is not permitted to log in?
Nov 26 02:55:10 auth: Error: pgsql(/run/postgresql): Connect failed to database mail: connection to server on socket "/run/postgresql/.s.PGSQL.5432" failed: FATAL:  sorry, too many clients already
Nov 26 02:55:10 mail postfix/proxymap[4127]: warning: pgsql query failed: fatal error from host postgresql://postfix@/mail?host=/run/postgresql&application_name=postfix: ERROR:  canceling statement due to statement timeout?
Nov 26 02:55:10 auth: Error: sql(bob@example.com,192.0.2.1): Password query failed: ERROR:  canceling statement due to conflict with recovery
Nov 26 02:55:10 imap(bob@example.com): Error: Mail access for users with GID 50 not permitted (see first_valid_gid in config file, gid from userdb lookup).
Nov 26 02:55:10 lda(16560): Fatal: Namespace '': mail_driver not set and autodetection failed: Mail storage autodetection failed (home=/home/mail/example.com/bob/, mail_path=) - Set mail_driver explicitly
Nov 26 02:55:10 imap(bob@example.com)<16592><MtYtGiVhqLp/AAAB>: Warning: Time moved forward by 60.012345 seconds - adjusting timeouts.
Nov 26 02:55:10 master: Warning: Time moved forward 60.012345 seconds
Nov 26 02:55:10 mail postfix/cleanup[4195]: warning: 4jZh3y2VBPz1dsSB: unreasonable virtual_alias_maps map expansion size for bob@example.com -- message not accepted, try again later
Nov 26 02:55:10 mail postfix/smtpd[4159]: NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 550 5.1.1 <bob@example.com>: Recipient address rejected: User unknown in local recipient table; from=<x@far.example> to=<bob@example.com> proto=ESMTP helo=<far.example>
Nov 26 02:55:10 mail postfix/smtpd[4159]: NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 554 5.7.1 <x@far.example>: Relay access denied; from=<x@far.example> to=<x@far.example> proto=ESMTP helo=<far.example>
Nov 26 02:55:10 mail postfix/smtpd[4159]: NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 550 5.1.6 <old@example.com>: Recipient address rejected: User has moved to new@far.example; from=<x@far.example> to=<old@example.com> proto=ESMTP helo=<far.example>
Nov 26 02:55:10 mail postfix/smtpd[4159]: NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 452 4.2.2 <bob@example.com>: Recipient address rejected: Mailbox is full; from=<x@far.example> to=<bob@example.com> proto=ESMTP helo=<far.example>
Nov 26 02:55:10 mail postfix/lmtp[4209]: 4jZh3y2dYJz1dtWS: to=<bob@example.com>, relay=mail.example.com[private/dovecot-lmtp], delay=0.21, delays=0.02/0.04/0.04/0.11, dsn=4.2.2, status=deferred (host mail.example.com[private/dovecot-lmtp] said: 452 4.2.2 <bob@example.com> Quota exceeded (mailbox for user is full) (in reply to end of DATA command))
Nov 26 02:55:10 lmtp(bob@example.com)<4213><aSWcG46fB2t1EAAAg+zDdQ>: Info: msgid=<1@far.example>: save failed to INBOX: Quota exceeded (mailbox for user is full)
Nov 26 02:55:10 mail postfix/submission/smtpd[4166]: NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 553 5.7.1 <ann@example.com>: Sender address rejected: not owned by user bob@example.com; from=<ann@example.com> to=<x@far.example> proto=ESMTP helo=<client.test>
Nov 26 02:55:17 mail postfix/proxymap[4127]: warning: pgsql query failed: fatal error from host postgresql://postfix@/mail?host=/run/postgresql&application_name=postfix: ERROR:  permission denied for function postfix_virtual_alias_domains?
Nov 26 02:55:17 mail postfix/proxymap[4127]: warning: pgsql query failed: fatal error from host postgresql://postfix@/mail?host=/run/postgresql&application_name=postfix: ERROR:  column "mailbox" does not exist?LINE 1: SELECT mailbox?
Nov 26 02:55:17 mail postfix/trivial-rewrite[4177]: warning: virtual_alias_domains: proxy:pgsql:/etc/postfix/virtual_alias_domains.cf: table lookup problem
Nov 26 02:55:17 mail postfix/smtpd[4159]: NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 451 4.3.0 <bob@example.com>: Temporary lookup failure; from=<x@far.example> to=<bob@example.com> proto=ESMTP helo=<far.example>
Nov 26 02:55:17 auth: Warning: sqlpool(pgsql): Query failed, retrying: ERROR:  permission denied for function dovecot_passdb
Nov 26 02:55:17 auth: Error: sql(bob@example.com,192.0.2.1,<n/fREiVhwoF/AAAB>): Password query failed: ERROR:  column "mailbox" does not exist
Nov 26 02:56:47 auth: Error: pgsql(/run/postgresql): Connect failed to database mail: connection to server on socket "/run/postgresql/.s.PGSQL.5432" failed: No such file or directory
Nov 26 02:56:47 auth: Error: sql(bob@example.com,192.0.2.1,<IUExGCVhSLx/AAAB>): Not connected to database
Nov 26 02:56:48 imap-login: Info: Disconnected: Aborted login by logging out (auth service reported temporary failure): user=<bob@example.com>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, secured, session=<IUExGCVhSLx/AAAB>
Nov 26 02:57:20 lmtp(16578): Error: lmtp-server: conn unix:pid=16577,uid=102 [1]: rcpt bob@example.com: Failed to initialize user: Relative home directory paths not supported: example.com/bob/
Nov 26 02:57:20 lda(16556): Fatal: Relative home directory paths not supported: maildir:/home/mail/example.com/bob/
Nov 26 02:57:20 auth: Error: sql(bob@example.com,192.0.2.1,<XG0vGiVhuLp/AAAB>): Password query returned multiple matches
Nov 26 02:57:20 imap(bob@example.com): Error: Mail access for users with UID 50 not permitted (see first_valid_uid in config file, uid from userdb lookup).
Nov 26 02:57:20 auth: Error: prefetch(bob@example.com): userdb lookup not possible with only userdb prefetch
Nov 26 02:57:20 lda(16560): Fatal: Namespace '': Mail storage autodetection failed with home=/home/mail/example.com/bob/
Nov 26 02:57:20 imap(bob@example.com)<16592><MtYtGiVhqLp/AAAB>: Fatal: Time just moved backwards by 59.998217 seconds. This might cause a lot of problems, so I'll just kill myself now. https://doc.dovecot.org/admin_manual/errors/time_moved_backwards/
Nov 26 02:57:20 imap(bob@example.com)<16592><MtYtGiVhqLp/AAAB>: Error: Time just moved backwards by 2.998217 seconds. I'll sleep now until we're back in present. https://doc.dovecot.org/admin_manual/errors/time_moved_backwards/
Nov 26 02:57:20 master: Warning: Time moved backwards by 60.012345 seconds, waiting for 60.012 seconds until new services are launched again.
Nov 26 02:57:20 mail postfix/qmgr[4123]: warning: backward time jump detected -- slewing clock
Nov 26 02:57:20 imap(bob@example.com)<16592><MtYtGiVhqLp/AAAB>: Warning: Time jumped forwards 60.012345 seconds
Nov 26 02:57:20 lda(bob@example.com)<16566><vad3NxCgB2u2QAAAg+zDdQ>: Info: sieve: Failed to compile script `/home/mail/example.com/bob/.dovecot.sieve' (view user logfile `/home/mail/example.com/bob/.dovecot.sieve.log' for more information)
.dovecot: line 2: error: unknown command 'fileintoo' (only reported once at first occurrence).
Nov 26 02:57:20 lda(bob@example.com)<16564><tqhFOBCgB2u0QAAAg+zDdQ>: Error: sieve: file storage: Path to script must include the filename (path=/home/mail/example.com/bob//)
Nov 26 02:55:10 auth: Info: sql(bob@example.com,192.0.2.1): Password mismatch
Nov 26 02:55:13 auth: Info: sql(bob@example.com): Password mismatch
Nov 26 02:55:12 auth: Info: sql(gone@example.com,192.0.2.1,<UdV7EiVhcIh/AAAB>): unknown user
Nov 26 02:55:12 imap-login: Info: Disconnected: Aborted login by logging out (auth failed, 1 attempts in 1 secs): user=<bob@example.com>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, secured, session=<dDF0EiVhbIh/AAAB>
Nov 26 02:55:12 pop3-login: Info: Login aborted: Connection closed (auth failed, 1 attempts in 2 secs) (auth_failed): user=<bob@example.com>, method=PLAIN, rip=2001:db8::1, lip=2001:db8::2, TLS, session=<dDF0EiVhbIh/AAAB>
Nov 26 02:55:11 mail postfix/submission/smtpd[4166]: warning: unknown[192.0.2.1]: SASL PLAIN authentication failed: (reason unavailable), sasl_username=bob@example.com
Nov 26 02:55:11 mail postfix/submission/smtpd[4166]: warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: UGFzc3dvcmQ6
Nov 26 02:55:13 auth: Info: sql(gone@example.com): unknown user
Nov 26 02:55:13 auth(gone@example.com): Info: sql: unknown user
Nov 26 02:55:13 lda(bob@example.com)<2183><m+8YO+rSB2uHCAAAg+zDdQ>: Info: sieve: Failed to compile script 'personal/.dovecot' (view user logfile '/home/mail/example.com/bob/.dovecot.sieve.log' for more information)
Nov 26 02:55:13 lda(bob@example.com)<2183><m+8YO+rSB2uHCAAAg+zDdQ>: Error: sieve: Failed to compile script '/etc/dovecot/sieve/all.sieve'
Nov 26 02:55:13 mail postfix/lmtp[4209]: 4jZh3y2dYJz1dtWS: to=<gone@example.com>, relay=mail.example.com[private/dovecot-lmtp], delay=0.2, delays=0/0/0/0.2, dsn=5.1.1, status=bounced (host mail.example.com[private/dovecot-lmtp] said: 550 5.1.1 <gone@example.com> User doesn't exist: gone@example.com (in reply to RCPT TO command))
\.
SELECT n, substr(line, 17, 60) AS begins, e.* FROM line LEFT JOIN LATERAL explain_log(line) AS e ON true ORDER BY n;

-- What others have to say, be it in the same words, is none of ours.
SELECT count(*) FROM unnest(ARRAY['550 5.1.1 <x@far.example>: Recipient address rejected: User unknown in virtual mailbox table', '554 5.7.1 <x@far.example>: Relay access denied',
    '452 4.2.2 <x@far.example> Quota exceeded', '451 4.3.0 <x@far.example>: Temporary lookup failure', '550 5.1.1 <x@far.example> User doesn''t exist: x@far.example']) AS said,
    unnest(ARRAY['Nov 26 02:55:10 mail postfix/smtp[4209]: 4jZh3y2dYJz1dtWS: to=<x@far.example>, relay=mx.far.example[192.0.2.9]:25, delay=0.2, delays=0/0/0/0.2, dsn=5.1.1, status=bounced (host mx.far.example[192.0.2.9] said: %s (in reply to RCPT TO command))',
        'Nov 26 02:55:10 mail postfix/relay/smtp[4209]: 4jZh3y2dYJz1dtWS: host mx.far.example[192.0.2.9] said: %s (in reply to RCPT TO command)']) AS line, explain_log(replace(line, '%s', said));
SELECT count(*) FROM explain_log('Nov 26 02:55:10 mail postfix/smtpd[4159]: NOQUEUE: milter-reject: RCPT from unknown[192.0.2.1]: 451 4.7.1 <x@example.com>: Temporary lookup failure; from=<a@far.example> to=<x@example.com> proto=ESMTP helo=<far.example>');
-- Nothing for what is no known problem; and never an error, whatever the text.
\x off
\pset format aligned
SELECT count(*) FROM unnest(ARRAY['', ' ', E'\n', 'user unknown', 'to=<bob@example.com>, status=sent (delivered to maildir)', NULL, repeat('x', 100000), repeat('<', 100000), '{address}']) AS line, explain_log(line);
SELECT DISTINCT problem FROM (VALUES (''), ('@'), ('a'), ('bob@'), ('a@b@c'), ('{route}'), (E'\\'), ('''; DROP TABLE users; --'), (repeat('a', 300)), (repeat('ü', 4000)), ('日本@example.com'), (E'a\tb@example.com'))
    AS v(t), unnest(ARRAY['<%s>: Relay access denied', 'to=<%s>, (mail transport unavailable)', 'sql(%s): unknown user', '(%s)<Quota exceeded', '<%s>: Recipient address rejected: User has moved to ']) AS shape,
    LATERAL explain_log(replace(shape, '%s', t)) ORDER BY 1;
-- Quotes of the line are quoted in what is to be typed.
SELECT remedy FROM explain_log('sql(o''hara@example.com): Password mismatch');
-- A long line is read as far as 8192 octets, and ends with a whole character.
SELECT length(meaning) FROM explain_log('Relative home directory paths not supported: ' || repeat('ü', 10000));
SELECT count(*) FROM explain_log(repeat('x', 8192) || 'Password query returned multiple matches');
-- A client whose encoding lacks a character is told which.
SET client_encoding = 'LATIN1';
SELECT meaning FROM explain_log(E'Relative home directory paths not supported: \u5b57');
RESET client_encoding;

-- What a delegated administrator may be let do: the tables are not told.
CREATE ROLE regress_delegate;
SELECT grant_admin('regress_delegate', 'example.com');
GRANT EXECUTE ON FUNCTION explain_log(text) TO regress_delegate;
SET ROLE regress_delegate;
SELECT meaning, remedy FROM explain_log('<x@off.example>: Recipient address rejected: User unknown in virtual mailbox table');
RESET ROLE;
SELECT revoke_admin('regress_delegate');
REVOKE EXECUTE ON FUNCTION explain_log(text) FROM regress_delegate;
DROP OWNED BY regress_delegate;
DROP ROLE regress_delegate;

DROP TABLE line;
DROP FUNCTION not_known(text);
DELETE FROM aliases; DELETE FROM users; DELETE FROM retired_maildirs; DELETE FROM domains WHERE alias_of IS NOT NULL; DELETE FROM domains;
TRUNCATE transport_changes;
