-- Each rule refuses with the row, the rule and the way out, and nothing is changed.
SET search_path = mailstack, public;

INSERT INTO domains(domain) VALUES ('example.com'), ('other.example'), ('straße.de');
INSERT INTO domains(domain, class) VALUES ('lists.example', 'virtual_alias'), ('relay.example', 'relay');
INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'example.com');
INSERT INTO users(email, password) VALUES ('bob@example.com', '{SSHA256}3CIx1ahCcLQeFQCNSlVaHs1LaytCMtG5SA7zmqphtILO3OmC'), ('alice@example.com', '{SSHA256}rj5t4rGMxlZh7Ug5mOrUZmoW7RcBQfDhCmXEQWquPhq67pZD');
INSERT INTO users(email, maildir) VALUES ('deep@other.example', 'depot/deep/box');
INSERT INTO aliases(alias, email) VALUES ('info@example.com', 'bob@example.com'), ('team@lists.example', 'bob@example.com');
INSERT INTO relay_recipients(recipient) VALUES ('bob@relay.example');
CREATE TEMP VIEW everything AS
    SELECT md5(string_agg(row, E'\n' ORDER BY row)) AS everything
    FROM (SELECT 'd' || d::text FROM domains d UNION ALL SELECT 'u' || u::text FROM users u UNION ALL SELECT 'a' || a::text FROM aliases a
          UNION ALL SELECT 'r' || r::text FROM relay_recipients r UNION ALL SELECT 's' || s::text FROM settings s
          UNION ALL SELECT 't' || t::text FROM transport_services t UNION ALL SELECT 'c' || c::text FROM transport_changes c) AS rows(row);
SELECT everything FROM everything \gset before_

-- Rule 1: the domain of a mailbox and of an alias is hosted here, in a class that fits.
INSERT INTO users(email) VALUES ('bob@nowhere.example');
INSERT INTO users(email) VALUES ('bob@lists.example');
INSERT INTO users(email) VALUES ('bob@relay.example');
UPDATE users SET email = 'bob@nowhere.example' WHERE email = 'bob@example.com';
INSERT INTO aliases(alias, email) VALUES ('info@nowhere.example', 'bob@example.com');
INSERT INTO aliases(alias, email) VALUES ('@relay.example', 'bob@example.com');
INSERT INTO relay_recipients(recipient) VALUES ('bob@example.com');
INSERT INTO relay_recipients(recipient) VALUES ('@nowhere.example');
INSERT INTO domains(domain) VALUES ('EXAMPLE.com');
\set VERBOSITY sqlstate
INSERT INTO users(email) VALUES ('bob@mirror.example');
INSERT INTO domains(domain, class) VALUES ('new.example', 'local');
INSERT INTO domains(domain) VALUES (NULL);
INSERT INTO users(email) VALUES (NULL);
INSERT INTO aliases(alias) VALUES ('new@example.com');
\set VERBOSITY default

-- Rule 1: a mirror is of class virtual_alias, and mirrors a domain that is hosted, no relay, no mirror, not itself.
INSERT INTO domains(domain, alias_of) VALUES ('m.example', 'nowhere.example');
INSERT INTO domains(domain, alias_of) VALUES ('m.example', 'relay.example');
INSERT INTO domains(domain, alias_of) VALUES ('m.example', 'mirror.example');
INSERT INTO domains(domain, alias_of) VALUES ('m.example', 'M.example');
INSERT INTO domains(domain, class, alias_of) VALUES ('m.example', 'virtual_mailbox', 'example.com');
UPDATE domains SET alias_of = 'lists.example' WHERE domain = 'example.com';
UPDATE domains SET class = 'virtual_alias', alias_of = 'lists.example' WHERE domain = 'other.example';
UPDATE domains SET alias_of = 'mirror.example' WHERE domain = 'lists.example';
-- ... also where it is mirrored already.
BEGIN;
INSERT INTO domains(domain, alias_of) VALUES ('lists2.example', 'lists.example');
UPDATE domains SET alias_of = 'example.com' WHERE domain = 'lists.example';
ROLLBACK;

-- Rule 2: one name over all spellings, of a mailbox, of an alias, of a domain as Postfix folds it.
INSERT INTO users(email) VALUES ('BOB@example.com');
INSERT INTO users(email) VALUES ('"bob"@Example.COM');
UPDATE users SET email = 'Bob@example.com' WHERE email = 'alice@example.com';
INSERT INTO aliases(alias, email) VALUES ('"INFO"@example.com', 'BOB@Example.com');
INSERT INTO domains(domain) VALUES ('strasse.de');
INSERT INTO domains(domain) VALUES ('xn--strae-oqa.de');
-- ... and a mailbox is no sub-address, not even after a change of the delimiter.
INSERT INTO users(email) VALUES ('bob+x@example.com');
INSERT INTO users(email) VALUES ('"new+x"@example.com');
UPDATE users SET email = 'bob+x@example.com' WHERE email = 'bob@example.com';
BEGIN;
INSERT INTO users(email) VALUES ('dash-ed@example.com');
UPDATE settings SET recipient_delimiter = '+-';
ROLLBACK;

-- Rule 4: a maildir is used once, none lies inside another, all are below mail_root.
INSERT INTO users(email, maildir) VALUES ('new@example.com', 'example.com//bob');
INSERT INTO users(email, maildir) VALUES ('new@example.com', 'example.com/bob/new');
INSERT INTO users(email, maildir) VALUES ('new@example.com', 'depot');
UPDATE users SET maildir = 'example.com' WHERE email = 'deep@other.example';
UPDATE users SET maildir = 'depot/deep/box/in' WHERE email = 'bob@example.com';
INSERT INTO users(email, maildir) VALUES ('new1@example.com', 'new'), ('new2@example.com', 'new/er');
INSERT INTO users(email, maildir) VALUES ('new@example.com', '/home/mail/new');
INSERT INTO users(email, maildir) VALUES ('new@example.com', '../new');
INSERT INTO users(email, mail_subdirectory) VALUES ('new@example.com', '/new');

-- Rule 4: uid and gid are above the floors; a floor rises only to what is there.
INSERT INTO users(email, uid) VALUES ('new@example.com', 0);
INSERT INTO users(email, uid) VALUES ('new@example.com', 499);
INSERT INTO users(email, gid) VALUES ('new@example.com', 0);
INSERT INTO users(email, uid) VALUES ('new@example.com', -1);
UPDATE users SET uid = 100 WHERE email = 'bob@example.com';
INSERT INTO domains(domain, uid) VALUES ('new.example', 499);
UPDATE domains SET gid = 0 WHERE domain = 'example.com';
UPDATE settings SET first_valid_uid = 5001, uid = 6000;
UPDATE settings SET first_valid_gid = 5001, gid = 6000;

-- Rule 6: what is in a domain keeps it.
DELETE FROM domains WHERE domain = 'other.example';
DELETE FROM domains WHERE domain = 'lists.example';
DELETE FROM domains WHERE domain = 'relay.example';
DELETE FROM transports WHERE domain = 'other.example';
UPDATE domains SET domain = 'renamed.example' WHERE domain = 'other.example';
BEGIN;
DELETE FROM aliases;
DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM domains WHERE domain = 'example.com';
ROLLBACK;

-- Rule 7: nor does its class change under it.
UPDATE domains SET class = 'relay' WHERE domain = 'other.example';
UPDATE domains SET class = 'virtual_alias' WHERE domain = 'other.example';
UPDATE domains SET class = 'relay' WHERE domain = 'lists.example';
UPDATE domains SET class = 'virtual_mailbox' WHERE domain = 'relay.example';
UPDATE domains SET class = 'relay', alias_of = NULL WHERE domain = 'mirror.example' RETURNING domain, class, transport;
UPDATE domains SET class = 'virtual_alias', alias_of = 'example.com' WHERE domain = 'mirror.example' RETURNING domain, class, transport;

-- All is as it was, but for the two changes that were right.
DELETE FROM transport_changes;
SELECT everything = :'before_everything' AS unchanged FROM everything;
SELECT * FROM check_rules();

DELETE FROM aliases;
DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM relay_recipients;
DELETE FROM domains WHERE alias_of IS NOT NULL;
DELETE FROM domains;
