-- The tables: what is enough, every default, how rows are stored, and what settings and transport_services are.
SET search_path = mailstack, public;
\pset null '(null)'
BEGIN;

-- A domain needs its name alone; the class, the transport and the ids follow.
INSERT INTO domains(domain) VALUES ('Example.com'), ('bücher.example');
INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'EXAMPLE.com');
INSERT INTO domains(domain, class) VALUES ('lists.example', 'virtual_alias'), ('relay.example', 'relay');
INSERT INTO domains(domain, transport, uid, gid, active) VALUES ('own.example', 'lmtp:unix:private/dovecot-lmtp', 6000, 6001, false);
SELECT domain, class, alias_of, transport, transport_service, uid, gid, active, created = now() AS created FROM domains ORDER BY domain;
SELECT domain, mailbox_domain, alias_domain, relay_domain, mirror_target, postfix_key FROM domains ORDER BY domain;

-- A user needs an address alone: canonical, with a maildir of its own, and the ids of the domain.
INSERT INTO users(email, password) VALUES ('Bob@Example.com', '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi');
INSERT INTO users(email) VALUES ('"a b"@own.example'), ('Müller@Bücher.example');
INSERT INTO users(email, realname, maildir, mail_subdirectory, uid, gid, transport, keep_copy, active)
VALUES ('eve@own.example', 'Eve', 'elsewhere//eve', '', 7000, 7001, 'virtual:', true, false);
SELECT email, password, realname, maildir, mail_subdirectory, uid, gid, transport, keep_copy, active, created = now() AS created, domain, transport_service
FROM users ORDER BY email;

-- home_path puts one slash between mail_root and maildir, in any spelling of the address.
SELECT home_path('BOB@example.com'), home_path('eve@own.example'), home_path('nobody@example.com');

-- An alias is stored in canonical form, a destination as it was typed.
INSERT INTO aliases(alias, email) VALUES ('Info@Example.com', 'Bob@Example.com'), ('info@example.com', 'Foo@GMAIL.com'), ('@Lists.example', 'bob@example.com');
INSERT INTO aliases(alias, email, propagate_detail, active) VALUES ('"INFO+x"@example.com', 'x@far.example', true, false);
SELECT alias, email, propagate_detail, active, created = now() AS created, domain FROM aliases ORDER BY alias, email;
INSERT INTO relay_recipients(recipient) VALUES ('Bob@Relay.example'), ('@relay.example');
SELECT recipient, domain FROM relay_recipients ORDER BY recipient;

-- An address is free when no spelling of it is taken and its domain is hosted in a class that could have it.
SELECT a, address_is_available(a::mail_address)
FROM (VALUES ('free@example.com'), ('BOB@EXAMPLE.COM'), ('info@example.com'), ('free@lists.example'), ('free@relay.example'), ('free@far.example')) AS v(a);

-- The series' table of transports.
SELECT * FROM transports ORDER BY domain;
INSERT INTO transports(domain, gid, transport) VALUES ('new.example', 6002, 'dovecot');
SELECT domain, class, transport, uid, gid FROM domains WHERE domain = 'new.example';
DELETE FROM transports WHERE domain = 'new.example';
ROLLBACK;

-- settings has one row, which UPDATE and upsert change.
SELECT * FROM settings;
INSERT INTO settings(uid) VALUES (6000);
BEGIN;
INSERT INTO settings(uid) VALUES (6000) ON CONFLICT DO NOTHING;
INSERT INTO settings DEFAULT VALUES ON CONFLICT (singleton) DO UPDATE SET mail_root = '/srv//mail', gid = 6000, hostname = 'Mail.Example.com';
SELECT mail_root, uid, gid, hostname FROM settings;
UPDATE settings SET mail_root = DEFAULT, gid = DEFAULT;
SELECT mail_root, uid, gid, hostname FROM settings;

-- A new domain and a new user follow the settings of their moment.
UPDATE settings SET uid = 6000, mail_subdirectory = 'mail', recipient_delimiter = '-', virtual_transport = 'dovecot', relay_transport = 'smtp:[gate.example]';
INSERT INTO domains(domain) VALUES ('example.com');
INSERT INTO domains(domain, class) VALUES ('relay.example', 'relay');
INSERT INTO users(email) VALUES ('bob+x@example.com');
SELECT domain, transport, uid FROM domains ORDER BY domain;
SELECT email, maildir, mail_subdirectory, uid FROM users;
ROLLBACK;

-- transport_services comes with Postfix's own; preloaded ones stay, whatever is done to them.
SELECT * FROM transport_services ORDER BY service;
BEGIN;
INSERT INTO transport_services(service, runs_as) VALUES ('dovecot', 5000), ('pipe', 6000) ON CONFLICT DO NOTHING;
SELECT * FROM transport_services WHERE service IN ('dovecot', 'pipe') ORDER BY service;
INSERT INTO transport_services(service, runs_as) VALUES ('dovecot', 5000), ('pipe', 6001)
    ON CONFLICT (service) DO UPDATE SET runs_as = EXCLUDED.runs_as;
SELECT * FROM transport_services WHERE runs_as IS NOT NULL OR service = 'pipe' ORDER BY service;
UPDATE transport_services SET service = 'pipe2', preloaded = true WHERE service = 'pipe';
SELECT service, preloaded FROM transport_services WHERE service LIKE 'pipe%';
DELETE FROM transport_services WHERE service = 'pipe2';
ROLLBACK;
INSERT INTO transport_services(service) VALUES ('dovecot');
DELETE FROM transport_services WHERE service = 'virtual';
UPDATE transport_services SET service = 'virtuell' WHERE service = 'virtual';
TRUNCATE transport_services CASCADE;
DELETE FROM settings;
TRUNCATE settings;

-- What a setting refuses.
UPDATE settings SET virtual_transport = 'DOVECOT';
UPDATE settings SET virtual_transport = 'smtp';
UPDATE settings SET relay_transport = 'virtual';
UPDATE settings SET mail_subdirectory = '/Maildir';
UPDATE settings SET mail_subdirectory = '../x';
UPDATE settings SET mail_subdirectory = 'a:INDEX=b';
UPDATE settings SET postmaster_address = 'postmaster';
UPDATE settings SET hostname = 'bob@example.com';

-- And, by a CHECK: the root is absolute, the delimiter is of letters that an address has, ids are above the floors and root's are none, there is one row.
\set VERBOSITY sqlstate
UPDATE settings SET mail_root = 'home/mail';
UPDATE settings SET recipient_delimiter = '@';
UPDATE settings SET recipient_delimiter = 'a';
UPDATE settings SET uid = 100;
UPDATE settings SET gid = 0;
UPDATE settings SET first_valid_uid = 0;
UPDATE settings SET first_valid_gid = 0;
UPDATE settings SET singleton = false;

-- What a service refuses: a name that master.cf has not, an unknown class, root.
INSERT INTO transport_services(service) VALUES ('a b');
INSERT INTO transport_services(service) VALUES ('lmtp:unix');
INSERT INTO transport_services(service, classes) VALUES ('pipe', '{local}');
INSERT INTO transport_services(service, runs_as) VALUES ('pipe', 0);
INSERT INTO transport_services(service, recipient_limit) VALUES ('pipe', 0);
\set VERBOSITY default
SELECT count(*) FROM transport_services WHERE NOT preloaded;
SELECT mail_root, uid, gid, recipient_delimiter, mail_subdirectory FROM settings;
