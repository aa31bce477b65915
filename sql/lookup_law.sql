-- How the lookups may be called: by whom, in which encoding, prepared, in parallel, in part, and what they see.
SET search_path = mailstack, public;

INSERT INTO domains(domain) VALUES ('example.com');
INSERT INTO users(email, password) VALUES ('bob@example.com', '{SSHA256}3CIx1ahCcLQeFQCNSlVaHs1LaytCMtG5SA7zmqphtILO3OmC'), ('字@example.com', '{SSHA256}YeZV4hR87H8v6hVyC6W8j6IL8Lh47YBuxpQRA5cX7s1zn3hy'), ('é@example.com', '{SSHA256}u3csYLDmJ1bVgubUN1TEkynyIh9CWuyEWcLNBGLtGObPGvov');
INSERT INTO aliases(alias, email) VALUES ('kanji@example.com', '字@example.com'), ('accent@example.com', 'é@example.com'), ('both@example.com', 'bob@example.com'), ('both@example.com', '字@example.com');

-- USAGE and EXECUTE are enough, whatever the search_path, and without them there is no answer; no table can be read.
CREATE ROLE regress_postfix;
GRANT USAGE ON SCHEMA mailstack TO regress_postfix;
SET ROLE regress_postfix;
SELECT postfix_virtual_mailbox_maps('bob@example.com');
SELECT * FROM dovecot_passdb('bob@example.com');
RESET ROLE;
SELECT p.oid::regprocedure, has_function_privilege('regress_postfix', p.oid, 'EXECUTE') AS may
FROM pg_proc p WHERE pronamespace = 'mailstack'::regnamespace AND proname ~ '^(postfix|dovecot)_' ORDER BY p.oid::regprocedure::text COLLATE "C";
GRANT EXECUTE ON FUNCTION postfix_virtual_mailbox_domains, postfix_virtual_alias_domains, postfix_relay_domains, postfix_virtual_mailbox_maps,
    postfix_virtual_alias_maps, postfix_relay_recipient_maps, postfix_transport_maps, postfix_virtual_uid_maps, postfix_virtual_gid_maps,
    postfix_smtpd_sender_login_maps, dovecot_userdb TO regress_postfix;
SET ROLE regress_postfix;
SET search_path = '';
SELECT mailstack.postfix_virtual_mailbox_domains('example.com') AS domain, mailstack.postfix_virtual_mailbox_maps('bob@example.com') AS mailbox,
       mailstack.postfix_virtual_alias_maps('both@example.com') AS alias, mailstack.postfix_transport_maps('example.com') AS transport,
       mailstack.postfix_virtual_uid_maps('bob@example.com') AS uid, mailstack.postfix_virtual_gid_maps('bob@example.com') AS gid,
       mailstack.postfix_smtpd_sender_login_maps('both@example.com') AS login;
SELECT * FROM mailstack.dovecot_userdb('bob@example.com');
SELECT * FROM mailstack.dovecot_passdb('bob@example.com');
\set VERBOSITY terse
SELECT password FROM mailstack.users;
SELECT alias FROM mailstack.aliases;
SELECT domain FROM mailstack.domains;
SELECT mail_root FROM mailstack.settings;
SELECT service FROM mailstack.transport_services;
\set VERBOSITY default
RESET search_path;
RESET ROLE;
DROP OWNED BY regress_postfix;
DROP ROLE regress_postfix;
SET search_path = mailstack, public;

-- What the client cannot read is no row, and no error, so that Postfix 3.7, which sets LATIN1, goes on.
SET client_encoding = 'LATIN1';
SELECT count(*) FROM unnest(ARRAY['kanji@example.com', 'both@example.com']) AS key, postfix_virtual_alias_maps(key);
SELECT length(postfix_virtual_alias_maps('accent@example.com'));
SELECT postfix_virtual_alias_maps('bob@example.com');
SELECT count(*) AS users, (SELECT count(*) FROM users) AS rows FROM dovecot_iterate();
SET client_encoding = 'SQL_ASCII';
SELECT octet_length(postfix_virtual_alias_maps('kanji@example.com'));
SET client_encoding = 'EUC_JP';
SELECT octet_length(postfix_virtual_alias_maps('kanji@example.com'));
RESET client_encoding;
SELECT postfix_virtual_alias_maps('kanji@example.com');

-- Prepared, with a plan for any key.
SET plan_cache_mode = force_generic_plan;
PREPARE lookup(text) AS SELECT postfix_virtual_alias_maps($1);
EXECUTE lookup('both@example.com');
EXECUTE lookup('nobody@example.com');
EXECUTE lookup(NULL);
EXECUTE lookup('bob+x@example.com');
RESET plan_cache_mode;

-- In part, again and again, in any place that takes a set.
SELECT (SELECT postfix_virtual_alias_maps(key) LIMIT 1) FROM unnest(ARRAY['bob@example.com', 'both@example.com', 'nobody@example.com', 'bob+x@example.com']) AS key;
SELECT key, a FROM unnest(ARRAY['bob@example.com', 'nobody@example.com', 'both@example.com']) AS key LEFT JOIN LATERAL (SELECT a FROM postfix_virtual_alias_maps(key) a LIMIT 1) s ON true;
SELECT postfix_virtual_mailbox_maps('bob@example.com'), generate_series(1, 3);
SELECT ARRAY(SELECT postfix_virtual_mailbox_maps('bob@example.com'));
BEGIN;
DECLARE c CURSOR FOR SELECT postfix_virtual_mailbox_maps(key) FROM unnest(ARRAY['bob@example.com', 'bob+x@example.com', 'nobody@example.com']) AS key;
FETCH 1 FROM c;
FETCH 5 FROM c;
COMMIT;
SELECT EXISTS (SELECT FROM postfix_virtual_mailbox_maps('bob@example.com')), EXISTS (SELECT FROM postfix_virtual_mailbox_maps('nobody@example.com'));

-- In a read-only transaction, and in parallel workers.
BEGIN READ ONLY;
SELECT postfix_virtual_alias_maps('both@example.com'), "user" FROM dovecot_passdb('bob@example.com');
COMMIT;
SELECT proname FROM pg_proc WHERE pronamespace = 'mailstack'::regnamespace AND proname ~ '^(postfix|dovecot)_'
    AND (proparallel <> 's' OR provolatile <> 's' OR prosecdef OR proconfig IS NOT NULL);
CREATE TABLE keys AS SELECT 'bob+' || g || '@example.com' AS key FROM generate_series(1, 500) g;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
CREATE VIEW ask_all AS SELECT count(*) AS keys, count(a) AS alias, count(m) AS mailbox, count(u) AS uid, count(g) AS gid, count(t) AS transport, count(l) AS login,
           count(d) AS domain, count(o) + count(r) + count(c) AS no, count(p) AS passdb, count(h) AS userdb, count(i) AS users
    FROM keys LEFT JOIN postfix_virtual_alias_maps(key) a ON true LEFT JOIN postfix_virtual_mailbox_maps(key) m ON true
         LEFT JOIN postfix_virtual_uid_maps(key) u ON true LEFT JOIN postfix_virtual_gid_maps(key) g ON true
         LEFT JOIN postfix_transport_maps(key) t ON true LEFT JOIN postfix_smtpd_sender_login_maps(key) l ON true
         LEFT JOIN postfix_virtual_mailbox_domains(substr(key, strpos(key, '@') + 1)) d ON true LEFT JOIN postfix_virtual_alias_domains(key) o ON true
         LEFT JOIN postfix_relay_domains(key) r ON true LEFT JOIN postfix_relay_recipient_maps(key) c ON true
         LEFT JOIN dovecot_passdb('bob' || substr(key, strpos(key, '@'))) p ON true LEFT JOIN dovecot_userdb('bob' || substr(key, strpos(key, '@'))) h ON true
         LEFT JOIN dovecot_iterate() i ON i."user" = 'bob@example.com';
EXPLAIN (COSTS OFF) SELECT * FROM ask_all;
SELECT * FROM ask_all;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;
DROP VIEW ask_all;
DROP TABLE keys;

-- They see what the statement sees: this transaction's changes, settings among them, and nothing that was rolled back.
BEGIN;
UPDATE settings SET mail_root = '/srv/mail', recipient_delimiter = '-';
UPDATE users SET maildir = 'new/place' WHERE email = 'bob@example.com';
INSERT INTO aliases(alias, email) VALUES ('new@example.com', 'bob@example.com');
SELECT home FROM dovecot_userdb('bob@example.com');
SELECT postfix_virtual_mailbox_maps('bob-x@example.com'), postfix_virtual_alias_maps('new-x@example.com');
SELECT postfix_virtual_mailbox_maps('bob+x@example.com');
SAVEPOINT s;
UPDATE settings SET recipient_delimiter = '=';
SELECT postfix_virtual_mailbox_maps('bob=x@example.com');
ROLLBACK TO s;
SELECT postfix_virtual_mailbox_maps('bob=x@example.com');
SELECT postfix_virtual_mailbox_maps('bob-x@example.com');
ROLLBACK;
SELECT home FROM dovecot_userdb('bob@example.com');
SELECT postfix_virtual_mailbox_maps('bob+x@example.com');
SELECT postfix_virtual_alias_maps('new@example.com');
UPDATE settings SET mail_root = '/srv/mail';
SELECT home FROM dovecot_userdb('bob@example.com');
UPDATE settings SET mail_root = DEFAULT;
SELECT home FROM dovecot_userdb('bob@example.com');
-- The statement's own snapshot, not a later one: what a function changes meanwhile is not seen by the query that called it.
CREATE FUNCTION suspend(text) RETURNS text LANGUAGE sql AS 'UPDATE mailstack.users SET active = false WHERE email = $1 RETURNING email::text';
SELECT suspend('bob@example.com') AS suspended, postfix_virtual_mailbox_maps('bob@example.com');
SELECT postfix_virtual_mailbox_maps('bob@example.com');
DROP FUNCTION suspend;

-- A key is found by its hash, and not another that has the same; and by the btree where the hash index cannot be used.
CREATE TEMP TABLE alike AS
    SELECT keys[1] AS stored, keys[2] AS asked
      FROM (SELECT array_agg(key) AS keys
              FROM (SELECT mail_key('k' || i || '@example.com') AS key FROM generate_series(1, 400000) i) k
             GROUP BY mail_key_hash(key) HAVING count(*) > 1) s;
INSERT INTO users(email) SELECT stored FROM alike;
SELECT count(*) > 3 AS enough,
       count(*) = (SELECT count(*) FROM alike, postfix_virtual_mailbox_maps(stored::text)) AS all_found,
       (SELECT count(*) FROM alike, postfix_virtual_mailbox_maps(asked::text)) AS mistaken
  FROM alike;
INSERT INTO users(email) VALUES ('amy@example.com');
BEGIN;
UPDATE pg_index SET indisvalid = false WHERE indexrelid IN ('users_email_hash'::regclass, 'domains_domain_hash'::regclass);
SELECT postfix_virtual_mailbox_maps('amy@example.com');
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_pkey'::regclass;
SELECT postfix_virtual_mailbox_maps('amy@example.com');
ROLLBACK;
SELECT postfix_virtual_mailbox_maps('amy@example.com');

DELETE FROM aliases;
DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM domains;
