-- What no constraint can hold: each finding is planted, found, and gone with what its hint says. On a healthy server there is none.
SET search_path = mailstack, public;
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on

-- Whether the clock of this machine is synchronised is not ours to say.
SELECT (SELECT count(*) FROM diagnose_clock()) = (NOT synchronised)::integer FROM clock_status();
CREATE VIEW but_the_clock AS SELECT * FROM diagnose(3) WHERE NOT (object = 'the clock' AND finding LIKE 'it is not synchronised%');

-- As it comes, two settings are missing.
SELECT severity, object, finding FROM but_the_clock;
UPDATE settings SET hostname = 'mx.example.net', postmaster_address = 'postmaster@example.com';
\set main '{SHA512-CRYPT}$6$rounds=200000$jpFO63ZYkdlcucT0$TzDjjhjzSv9vUL16BcdXkssbn33ylg9jBbiRFODpxF1Rv3qL3ubkNsCg/bHzutBR9ONEQIv5Q9znnxCv8gpPq.'
INSERT INTO domains(domain, transport) VALUES ('example.com', 'dovecot'), ('plain.example', 'virtual');
INSERT INTO domains(domain, class) VALUES ('lists.example', 'virtual_alias'), ('relay.example', 'relay');
INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'example.com');
INSERT INTO users(email, password) SELECT u, :'main' FROM unnest('{bob@example.com,ann@example.com,dora@plain.example,postmaster@example.com}'::mail_address[]) AS u;
INSERT INTO aliases(alias, email) VALUES ('info@lists.example', 'bob@example.com');
INSERT INTO relay_recipients(recipient) VALUES ('@relay.example');
SELECT file_spam('*') > 0, file_spam('bob@example.com') > 0;
INSERT INTO sieve_scripts(domain, name, script) VALUES ('example.com', 'ours', 'keep;');
CREATE ROLE regress_daemon;
CREATE ROLE regress_postfix;
SELECT grant_postfix('regress_postfix'), grant_dovecot('regress_daemon');
SELECT * FROM but_the_clock;

-- Runs a statement, says what is found now, and takes it back.
CREATE FUNCTION found(statement text) RETURNS TABLE (severity text, object text, finding text, hint text) LANGUAGE plpgsql AS $$
BEGIN
    CREATE TEMP TABLE findings (severity text, object text, finding text, hint text);
    BEGIN
        EXECUTE statement;
        CREATE TEMP TABLE inner_findings AS SELECT d.* FROM but_the_clock d;
        RAISE EXCEPTION USING MESSAGE = (SELECT coalesce(json_agg(f), '[]') FROM inner_findings f), ERRCODE = 'ZZ001';
    EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
        INSERT INTO findings SELECT j->>'severity', j->>'object', j->>'finding', j->>'hint' FROM json_array_elements(SQLERRM::json) j;
    END;
    RETURN QUERY SELECT * FROM findings;
    DROP TABLE findings;
END $$;

-- Settings.
SELECT * FROM found($$ UPDATE settings SET hostname = 'example.com' $$);
SELECT * FROM found($$ UPDATE settings SET postmaster_address = NULL $$);
SELECT * FROM found($$ UPDATE users SET active = false WHERE email = 'postmaster@example.com' $$);
SELECT * FROM found($$ UPDATE settings SET postmaster_address = 'somebody@far.example' $$);
SELECT * FROM found($$ UPDATE transport_services SET recipient_limit = NULL WHERE service = 'dovecot' $$);
SELECT * FROM found($$ UPDATE users SET uid = 6000 WHERE email = 'ann@example.com' $$);
-- Addresses.
SELECT * FROM found($$ UPDATE users SET active = false WHERE email = 'bob@example.com' $$);
SELECT * FROM found($$ UPDATE domains SET active = false WHERE domain = 'example.com' $$);
SELECT * FROM found($$ UPDATE users SET active = false WHERE email = 'bob@example.com'; UPDATE aliases SET active = false $$);
SELECT * FROM found($$ UPDATE users SET receive = 'refuse' WHERE email = 'bob@example.com' $$);
SELECT * FROM found($$ INSERT INTO aliases(alias, email) VALUES ('sub@lists.example', 'Bob+x@example.com'), ('mirror@lists.example', 'bob@mirror.example'), ('own@lists.example', 'ann+bob@example.com'); UPDATE users SET active = false WHERE email = 'bob@example.com' $$);
SELECT * FROM found($$ INSERT INTO aliases(alias, email) VALUES ('@example.com', 'bob@example.com'), ('@example.com', 'ann@example.com') $$);
SELECT * FROM found($$ INSERT INTO domains(domain) VALUES ('empty.example'); DELETE FROM relay_recipients $$);
SELECT * FROM found($$ INSERT INTO transport_services(service) VALUES ('archive'); UPDATE domains SET transport = 'archive' WHERE domain = 'plain.example' $$);
SELECT * FROM found($$ SET LOCAL session_replication_role = replica; INSERT INTO list_senders(list, sender) VALUES ('info@lists.example', 'bob@example.com') $$);
SELECT * FROM found($$ UPDATE domains SET transport = 'discard' WHERE domain = 'plain.example'; UPDATE users SET transport = 'retry:later' WHERE email = 'ann@example.com'; UPDATE users SET transport = 'error' WHERE email = 'bob@example.com' $$);
-- Accounts.
SELECT * FROM found($$ SET LOCAL client_min_messages = error; UPDATE users SET password = '{SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=' WHERE email = 'ann@example.com' $$);
SELECT * FROM found($$ SET LOCAL client_min_messages = error; UPDATE users SET password = '{SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=' $$);
SELECT * FROM found($$ UPDATE users SET password = NULL WHERE email IN ('ann@example.com', 'bob@example.com'); UPDATE users SET services = '{}' WHERE email = 'bob@example.com' $$);
SELECT * FROM found($$ UPDATE users SET password = NULL WHERE domain = 'example.com'; UPDATE domains SET services = '{}' WHERE domain = 'example.com' $$);
SELECT * FROM found($$ SELECT create_app_password('ann@example.com', 'phone'), create_app_password('bob@example.com', 'phone'); UPDATE users SET password = NULL WHERE email IN ('ann@example.com', 'bob@example.com'); UPDATE app_passwords SET expires = now() WHERE email = 'bob@example.com' $$);
SELECT * FROM found($$ INSERT INTO users(email, password, mail_subdirectory) SELECT n || '@example.com', password, '' FROM users, generate_series(1, 2) n WHERE email = 'bob@example.com' $$);
SELECT * FROM found($$ UPDATE users SET quota_bytes = 1000; INSERT INTO dovecot_quota(username, bytes, messages) VALUES ('bob@example.com', 1000, 1), ('ann@example.com', 960, 1), ('dora@plain.example', 900, 1) $$);
SELECT * FROM found($$ UPDATE domains SET quota_bytes = 1000, quota_pool_bytes = 3000 WHERE domain = 'example.com' $$);
SELECT * FROM found($$ SELECT file_spam('dora@plain.example') $$);
SELECT * FROM found($$ INSERT INTO sieve_scripts(domain, name, script) VALUES ('plain.example', 'x', 'keep;') $$);
SELECT * FROM found($$ SELECT file_spam('dora@plain.example'); UPDATE domains SET staged_transport = 'dovecot', staged_share = 0.5 WHERE domain = 'plain.example' $$);
SELECT object, finding FROM found($$ UPDATE domains SET transport = 'virtual' WHERE domain = 'example.com' $$);
-- What mailstack-runner has not done.
SELECT severity, object, regexp_replace(finding, 'since .*', 'since ...') AS finding, regexp_replace(hint, 'id = .*', 'id = ...') AS hint FROM found($$ INSERT INTO maildir_tasks(action, maildir, uid, gid, due) VALUES ('create', 'example.com/x', 5000, 5000, now() - interval '2 hours') $$);
SELECT severity, object, regexp_replace(finding, 'since .*', 'since ...') AS finding, hint FROM found($$ UPDATE settings SET maildir_runner = true; INSERT INTO maildir_tasks(action, maildir, uid, gid, due, failures, result) VALUES ('create', 'example.com/x', 5000, 5000, now() - interval '2 hours', 0, NULL), ('create', 'example.com/y', 5000, 5000, now() + interval '1 minute', 3, 'Permission denied'), ('create', 'example.com/z', 5000, 5000, now(), 0, NULL) $$);
-- Sieve that was stored under another setting of the capabilities.
SELECT * FROM found($$ SET LOCAL mailstack.sieve_extensions = '+editheader'; UPDATE sieve_scripts SET script = 'require "editheader"; addheader "X-A" "b";'; SET LOCAL mailstack.sieve_extensions = '' $$);
SELECT * FROM found($$ SET LOCAL mailstack.sieve_extensions = '-mailbox' $$);
-- The server.
SELECT * FROM found($$ DROP INDEX users_email_hash; ALTER TABLE aliases DROP CONSTRAINT aliases_pkey; DROP INDEX aliases_alias_hash $$);
SELECT * FROM found($$ UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'mailstack.users_domain_uid_idx'::regclass $$);
SELECT * FROM found($$ ALTER TABLE mailstack.retired_maildirs SET UNLOGGED $$);
SELECT severity, object, finding, regexp_replace(hint, '_[0-9]+"', '_..."', 'g') AS hint FROM found($$ ALTER TABLE mailstack.settings DISABLE TRIGGER USER; ALTER TABLE mailstack.last_logins DISABLE TRIGGER ALL $$);
SELECT * FROM found($$ ALTER TABLE mailstack.users ADD CONSTRAINT regress CHECK (email IS NOT NULL) NOT VALID $$);
SELECT * FROM found($$ GRANT SELECT ON mailstack.users TO PUBLIC; GRANT EXECUTE ON FUNCTION mailstack.dovecot_passdb(text, text) TO PUBLIC $$);
SELECT * FROM found($$ GRANT SELECT ON mailstack.users, mailstack.app_passwords TO regress_daemon $$);
SELECT * FROM found($$ GRANT SELECT (email) ON mailstack.users TO regress_daemon $$);
SELECT * FROM found($$ GRANT SELECT (password) ON mailstack.users TO regress_daemon, PUBLIC $$);
SELECT * FROM found($$ GRANT CREATE ON SCHEMA mailstack TO PUBLIC $$);
SELECT * FROM found($$ GRANT INSERT, DELETE ON mailstack.domains TO regress_postfix $$);
SELECT * FROM found($$ GRANT pg_read_all_data, pg_write_server_files TO regress_daemon $$);
SELECT * FROM found($$ SELECT mailstack.grant_dovecot('regress_postfix') $$);
SELECT * FROM found($$ ALTER ROLE regress_daemon SUPERUSER $$);
SELECT * FROM found($$ ALTER ROLE regress_daemon BYPASSRLS $$);
SELECT severity, replace(object, current_database(), 'DB') AS object, finding, replace(hint, current_database(), 'DB') AS hint FROM found(format('ALTER DATABASE %I SET client_encoding = LATIN1', current_database()));
SELECT severity, object, finding, hint FROM found('ALTER ROLE regress_daemon SET standard_conforming_strings = off');
SELECT severity, replace(object, current_database(), 'DB') AS object, finding, replace(hint, current_database(), 'DB') AS hint FROM found(format('ALTER ROLE regress_daemon IN DATABASE %I SET statement_timeout = 1000', current_database()));
SELECT severity, object, finding, hint FROM found('ALTER ROLE regress_daemon SET client_encoding = ''utf-8''; ALTER ROLE regress_daemon SET lock_timeout = ''0s''; ALTER ROLE regress_daemon SET session_replication_role = replica');
-- What holds for the database does not for the role, which has its own.
SELECT * FROM found(format('ALTER DATABASE %I SET statement_timeout = 1000', current_database()));
SELECT * FROM found($$ INSERT INTO audit(changed_at, role, action) OVERRIDING SYSTEM VALUE VALUES ('2020-01-01', 'x', 'GRANT'); DELETE FROM audit WHERE changed_at > '2021-01-01' $$);

-- The clock.
SELECT severity, object, regexp_replace(finding, 'on .*', 'on ...') AS finding, hint FROM found($$ INSERT INTO clock_events(seen_at, booted_at, step, found_later, dovecot) VALUES (now(), now(), '-6 seconds', false, 'kills'), (now(), now(), '11 seconds', false, 'warns'), (now(), now(), '1 second', false, 'nothing'), (now() - interval '8 days', now(), '-1 hour', false, 'kills') $$);
SELECT severity, object, regexp_replace(finding, 'on .*', 'on ...') AS finding, hint FROM found($$ INSERT INTO clock_events(seen_at, booted_at, step, found_later, dovecot, host, synchronised, source) VALUES
    (now(), now(), NULL, NULL, NULL, 'mx1', false, 'chronyd'), (now(), now(), NULL, NULL, NULL, 'mx2', false, NULL), (now(), now(), '-3 seconds', false, 'sleeps', 'mx2', true, 'chronyd') $$);
SELECT severity, object, regexp_replace(finding, 'up to .*', 'up to ...') AS finding, hint FROM found($$ UPDATE users SET created = now() + interval '1 hour' WHERE email = 'bob@example.com' $$);

SELECT * FROM found($$ UPDATE users SET created = now() + interval '50 seconds' WHERE email = 'bob@example.com' $$);

CREATE FUNCTION type(statement text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$ BEGIN EXECUTE statement; END $$;
-- What a hint tells is typed as it is, by somebody without our search_path, whatever an address is made of.
CREATE FUNCTION hinted(statement text, pattern text) RETURNS TABLE (typed text, still_found bigint) LANGUAGE plpgsql AS $$
DECLARE
    told record;
BEGIN
    EXECUTE statement;
    SELECT * INTO STRICT told FROM mailstack.but_the_clock;
    typed = substring(told.hint FROM pattern);
    PERFORM type(typed);
    still_found = (SELECT count(*) FROM mailstack.but_the_clock);
    RETURN NEXT;
END $$;
BEGIN;
SELECT * FROM hinted($$ INSERT INTO mailstack.aliases(alias, email) VALUES ('@example.com', 'bob@example.com') $$, 'DELETE.*(?=, or live)');
SELECT * FROM hinted($$ INSERT INTO mailstack.aliases(alias, email) VALUES ('"o''neil''); DROP TABLE x; --"@lists.example', 'bob@example.com');
    SET LOCAL session_replication_role = replica; INSERT INTO mailstack.list_senders(list, sender) VALUES ('"o''neil''); DROP TABLE x; --"@lists.example', 'bob@example.com'); SET LOCAL session_replication_role = origin $$, 'UPDATE.*');
ROLLBACK;
BEGIN;
SELECT * FROM hinted($$ INSERT INTO mailstack.users(email, password) SELECT '"o''neil''), 1 / 0 --"@plain.example', password FROM mailstack.users WHERE email::text = 'bob@example.com'; SELECT mailstack.file_spam('"o''neil''), 1 / 0 --"@plain.example') $$, 'SELECT.*');
ROLLBACK;

-- Many alike: some of them, and how many more; of what takes long, those that were written last.
SELECT * FROM found($$ INSERT INTO domains(domain) SELECT 'd' || n || '.example' FROM generate_series(1, 7) n $$);
SELECT severity, object, finding, hint FROM diagnose_sieve(0);
SELECT has_function_privilege('public', oid, 'EXECUTE') FROM pg_proc WHERE proname IN ('diagnose', 'prometheus', 'missing_indexes') AND pronamespace = 'mailstack'::regnamespace;

-- What operators plot.
SELECT * FROM mailstack_stats ORDER BY metric, labels::text;
SELECT prometheus();

SELECT revoke_postfix('regress_postfix'), revoke_dovecot('regress_daemon');
DROP ROLE regress_daemon, regress_postfix;
DROP FUNCTION found, type, hinted;
DROP VIEW but_the_clock;
DELETE FROM aliases;
DELETE FROM filters;
DELETE FROM sieve_scripts;
DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM relay_recipients;
UPDATE settings SET hostname = NULL, postmaster_address = NULL;
DELETE FROM domains WHERE alias_of IS NOT NULL;
DELETE FROM domains;
TRUNCATE transport_changes, audit;
