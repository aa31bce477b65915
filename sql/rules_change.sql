-- What the rules allow: renames, moves and changes of class, in one transaction where it takes several steps; and the constraints behind the triggers.
SET search_path = mailstack, public;

INSERT INTO domains(domain) VALUES ('old.example');
INSERT INTO users(email) VALUES ('bob@old.example'), ('alice@old.example');
INSERT INTO aliases(alias, email) VALUES ('info@old.example', 'bob@old.example'), ('@old.example', 'alice@old.example');
INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'old.example');

-- A domain is renamed together with all that is in it, in any order, when the constraints wait for COMMIT.
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
UPDATE domains SET domain = 'New.example' WHERE domain = 'old.example';
UPDATE domains SET alias_of = 'new.example' WHERE alias_of = 'old.example';
UPDATE users SET email = mail_key(address_local_part(email) || '@new.example') WHERE domain = 'old.example';
UPDATE aliases SET alias = mail_key(coalesce(address_local_part(alias), '') || '@new.example'),
                   email = mail_key(address_local_part(email) || '@new.example') WHERE domain = 'old.example';
COMMIT;
SELECT email, maildir, domain FROM users ORDER BY email;
SELECT alias, email, domain FROM aliases ORDER BY alias;
SELECT domain, alias_of FROM domains ORDER BY domain;

-- At COMMIT the rules hold, or nothing is done, with the same words.
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
UPDATE domains SET domain = 'newer.example' WHERE domain = 'new.example';
COMMIT;
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO users(email) VALUES ('bob@later.example');
COMMIT;
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO users(email) VALUES ('bob@later.example');
INSERT INTO domains(domain) VALUES ('later.example');
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK;
-- ... mirrors, too: the one that is mirrored may come after.
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO domains(domain, alias_of) VALUES ('m.example', 'later.example');
INSERT INTO domains(domain) VALUES ('later.example');
COMMIT;
DELETE FROM domains WHERE domain = 'm.example';
DELETE FROM domains WHERE domain = 'later.example';
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO domains(domain, alias_of) VALUES ('m.example', 'later.example');
COMMIT;

-- A mailbox is renamed: its maildir stays where the mail is, and another spelling of it is no change.
UPDATE users SET email = 'BOB@new.example' WHERE email = 'bob@new.example';
UPDATE users SET email = 'robert@new.example' WHERE email = 'bob@new.example';
SELECT email, maildir FROM users ORDER BY email;
UPDATE users SET email = 'bob@new.example' WHERE email = 'robert@new.example';
-- Two of them change places.
BEGIN;
UPDATE users SET email = 'aside@new.example' WHERE email = 'bob@new.example';
UPDATE users SET email = 'bob@new.example' WHERE email = 'alice@new.example';
UPDATE users SET email = 'alice@new.example' WHERE email = 'aside@new.example';
SELECT email, maildir FROM users ORDER BY email;
ROLLBACK;
-- A maildir set to NULL is built anew.
BEGIN;
UPDATE users SET maildir = NULL WHERE email = 'bob@new.example' RETURNING email, maildir;
-- It may move into its own old place.
UPDATE users SET maildir = 'new.example/bob/deeper' WHERE email = 'bob@new.example' RETURNING email, maildir;
ROLLBACK;

-- A class changes where nothing is in the way; its transport comes and goes with it, and the log has it.
INSERT INTO domains(domain) VALUES ('plain.example');
UPDATE domains SET class = 'virtual_alias' WHERE domain = 'plain.example' RETURNING class, transport;
UPDATE domains SET class = 'relay' WHERE domain = 'plain.example' RETURNING class, transport;
UPDATE domains SET class = 'virtual_mailbox' WHERE domain = 'plain.example' RETURNING class, transport;
UPDATE domains SET class = 'virtual_alias', alias_of = 'new.example' WHERE domain = 'plain.example' RETURNING class, alias_of, transport;
UPDATE domains SET class = 'relay', alias_of = NULL, transport = 'smtp:[gate.example]' WHERE domain = 'plain.example' RETURNING class, transport;
SELECT from_transport, to_transport FROM transport_changes WHERE domain = 'plain.example' ORDER BY id;
-- A virtual_mailbox domain with aliases alone becomes a virtual_alias domain.
INSERT INTO domains(domain) VALUES ('lists.example');
INSERT INTO aliases(alias, email) VALUES ('info@lists.example', 'bob@new.example');
UPDATE domains SET class = 'virtual_alias' WHERE domain = 'lists.example' RETURNING class, transport;

-- A floor rises as far as its rows.
UPDATE settings SET first_valid_uid = 5000, first_valid_gid = 5000;
UPDATE settings SET first_valid_uid = 500, first_valid_gid = 1;
-- The delimiter changes where no mailbox is in the way; the aliases may hold it.
INSERT INTO aliases(alias, email) VALUES ('a-b@new.example', 'bob@new.example');
UPDATE settings SET recipient_delimiter = '-+';
UPDATE settings SET recipient_delimiter = '';
INSERT INTO users(email) VALUES ('with+plus@new.example');
UPDATE settings SET recipient_delimiter = '+';
DELETE FROM users WHERE email = 'with+plus@new.example';
UPDATE settings SET recipient_delimiter = '+';

-- Every other table can be emptied, in an order that leaves nobody alone.
BEGIN;
TRUNCATE domains;
ROLLBACK;
BEGIN;
SET client_min_messages = warning;
TRUNCATE users, retired_maildirs, domains, transport_changes CASCADE;
RESET client_min_messages;
SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM domains) AS domains, (SELECT count(*) FROM settings) AS settings;
ROLLBACK;

-- Where triggers are switched off, the constraints still refuse what they can say.
\set VERBOSITY terse
BEGIN;
ALTER TABLE domains DISABLE TRIGGER USER;
ALTER TABLE users DISABLE TRIGGER USER;
ALTER TABLE aliases DISABLE TRIGGER USER;
ALTER TABLE relay_recipients DISABLE TRIGGER USER;
ALTER TABLE transport_services DISABLE TRIGGER USER;
SAVEPOINT s;
INSERT INTO users(email, maildir, mail_subdirectory, uid, gid) VALUES ('bob@nowhere.example', 'a', '', 5000, 5000);
ROLLBACK TO s;
INSERT INTO users(email, maildir, mail_subdirectory, uid, gid) VALUES ('bob@lists.example', 'a', '', 5000, 5000);
ROLLBACK TO s;
INSERT INTO users(email, maildir, mail_subdirectory, uid, gid) VALUES ('new@new.example', 'a', '', 0, 5000);
ROLLBACK TO s;
INSERT INTO users(email, maildir, mail_subdirectory, uid, gid) VALUES ('new@new.example', 'a', '', 5000, 0);
ROLLBACK TO s;
INSERT INTO users(email, maildir, mail_subdirectory, uid, gid) VALUES ('new@new.example', '/a', '', 5000, 5000);
ROLLBACK TO s;
INSERT INTO users(email, maildir, mail_subdirectory, uid, gid) VALUES ('new@new.example', 'old.example//bob', '', 5000, 5000);
ROLLBACK TO s;
INSERT INTO users(email, maildir, mail_subdirectory, uid, gid, transport) VALUES ('new@new.example', 'a', '', 5000, 5000, 'bogus');
ROLLBACK TO s;
INSERT INTO aliases(alias, email) VALUES ('info@plain.example', 'bob@new.example');
ROLLBACK TO s;
INSERT INTO relay_recipients(recipient) VALUES ('bob@new.example');
ROLLBACK TO s;
INSERT INTO domains(domain, class, transport, uid, gid) VALUES ('x.example', 'local', 'virtual', 5000, 5000);
ROLLBACK TO s;
INSERT INTO domains(domain, class, transport, uid, gid) VALUES ('x.example', 'virtual_mailbox', 'bogus', 5000, 5000);
ROLLBACK TO s;
INSERT INTO domains(domain, class, transport, uid, gid) VALUES ('x.example', 'virtual_mailbox', NULL, 5000, 5000);
ROLLBACK TO s;
INSERT INTO domains(domain, class, transport, uid, gid) VALUES ('x.example', 'virtual_mailbox', 'virtual', 5000, 0);
ROLLBACK TO s;
INSERT INTO domains(domain, class, transport, uid, gid) VALUES ('x.example', 'virtual_mailbox', 'virtual', 0, 5000);
ROLLBACK TO s;
INSERT INTO domains(domain, class, transport, uid, gid, alias_of) VALUES ('x.example', 'virtual_mailbox', 'virtual', 5000, 5000, 'new.example');
ROLLBACK TO s;
DELETE FROM domains WHERE domain = 'new.example';
ROLLBACK TO s;
UPDATE domains SET class = 'virtual_alias', transport = NULL WHERE domain = 'new.example';
ROLLBACK TO s;
DELETE FROM transport_services WHERE service = 'virtual';
ROLLBACK TO s;
UPDATE domains SET transport = 'smtp' WHERE transport_service = 'relay';
DELETE FROM transport_services WHERE service = 'relay';
ROLLBACK;
\set VERBOSITY default

-- What they cannot say, check_rules() finds.
BEGIN;
SET session_replication_role = replica;
INSERT INTO users(email, maildir, mail_subdirectory, uid, gid) VALUES
    ('lost@nowhere.example', 'a', '', 5000, 5000), ('bob+x@new.example', 'a/b', '', 5000, 5000), ('UPPER@new.example', 'c', '', 10, 5000);
INSERT INTO aliases(alias, email) VALUES ('info@nowhere.example', 'bob@new.example');
INSERT INTO relay_recipients(recipient) VALUES ('bob@new.example');
INSERT INTO domains(domain, class, alias_of, transport, uid, gid) VALUES
    ('m.example', 'virtual_alias', 'mirror.example', NULL, 5000, 5000), ('bogus.example', 'relay', NULL, 'bogus', 5000, 5000),
    ('class.example', 'relay', NULL, 'virtual', 5000, 5000), ('pipe.example', 'virtual_mailbox', NULL, 'pipe', 5000, 5000);
INSERT INTO transport_services(service, runs_as) VALUES ('pipe', 6000);
SELECT * FROM check_rules() ORDER BY rule, object COLLATE "C", problem;
ROLLBACK;
SELECT * FROM check_rules();

DELETE FROM aliases;
DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM domains WHERE alias_of IS NOT NULL;
DELETE FROM domains;
TRUNCATE transport_changes;
