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
