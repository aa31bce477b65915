-- Refusals that a constraint alone would word for a programmer: here they are worded for an operator.
SET search_path = mailstack, public;
INSERT INTO domains(domain) VALUES ('example.com');
INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'example.com');

-- Settings.
UPDATE settings SET mail_root = 'home/mail';
UPDATE settings SET recipient_delimiter = 'a';
UPDATE settings SET first_valid_uid = 6000;
UPDATE settings SET gid = 0;
UPDATE settings SET first_valid_uid = 0;
UPDATE settings SET mail_subdirectory = '/Maildir';
UPDATE settings SET mail_subdirectory = 'Mail:dir';
UPDATE settings SET virtual_transport = 'smtp';
DELETE FROM settings;
-- Services.
INSERT INTO transport_services(service) VALUES ('lmtp:unix');
INSERT INTO transport_services(service) VALUES ('my service');
-- Domains.
INSERT INTO domains(domain, class) VALUES ('new.example', 'local');
INSERT INTO domains(domain, class, transport) VALUES ('new.example', 'virtual_alias', 'dovecot');
UPDATE domains SET transport = 'dovecot' WHERE domain = 'mirror.example';
-- Whether mail is taken, and the words for it.
UPDATE domains SET receive = 'later' WHERE domain = 'example.com';
INSERT INTO domains(domain, receive_reason) VALUES ('new.example', '');
INSERT INTO users(email, receive) VALUES ('bob@example.com', 'REFUSE');
INSERT INTO users(email, receive, receive_reason) VALUES ('bob@example.com', 'refuse', 'zieht nächste Woche um');
INSERT INTO users(email, receive, receive_reason) VALUES ('bob@example.com', 'defer', E'moves\nsoon');
INSERT INTO users(email, receive, receive_reason) VALUES ('bob@example.com', 'defer', repeat('x', 201));
INSERT INTO users(email, receive, receive_reason) VALUES ('bob@example.com', 'defer', repeat('x', 200));
DELETE FROM users;
DELETE FROM retired_maildirs;
-- Aliases that are relocated, or have expired.
INSERT INTO aliases(alias, email, relocated) VALUES ('@example.com', 'x@new.example', true);
INSERT INTO relocated(email, new_email) VALUES ('bob@example.com', 'Bob@Example.com');
INSERT INTO aliases(alias, email, expires) VALUES ('past@example.com', 'x@new.example', '2001-01-01 00:00:00+00');
UPDATE aliases SET expires = '2001-01-02 00:00:00+00' WHERE alias = 'past@example.com';
UPDATE aliases SET relocated = true, email = 'PAST@example.com' WHERE alias = 'past@example.com';
\set VERBOSITY terse
INSERT INTO aliases(alias, email) VALUES (NULL, 'x@new.example');
INSERT INTO aliases(alias, email, relocated) VALUES ('x@example.com', NULL, true);
INSERT INTO aliases(alias, email, relocated) VALUES ('x@example.com', 'y@example.com', NULL);
\set VERBOSITY default
DELETE FROM aliases;
-- A user in a mirror.
INSERT INTO users(email) VALUES ('bob@mirror.example');
-- A switch to nothing.
SELECT * FROM switch_transport('example.com', NULL);
SELECT * FROM revert_transport(NULL);
-- A local part that Postfix, which folds before it normalises, would ask for as another one.
SELECT U&'\03B1\0345\0301@example.com'::mail_address;
SELECT address_canonical(U&'\1FB4@example.com') = address_canonical(U&'\03AC\03B9@example.com') AS one_key;
-- Names that Postfix never splits, in any case.
SELECT address_detail('Mailer-Daemon@example.com', '-') IS NULL AS whole, address_detail('Owner-List@example.com', '-') IS NULL AS whole_too;
-- A unique index on two columns lets two rows have one maildir.
CREATE TABLE boxes (maildir maildir_path, n integer, UNIQUE (maildir, n));
CREATE TRIGGER boxes_maildir AFTER INSERT ON boxes FOR EACH ROW EXECUTE FUNCTION check_maildir('maildir');
INSERT INTO boxes VALUES ('a', 1);
DROP TABLE boxes;
DELETE FROM domains;
