-- Who gets copies, and through which host the mail of a sender leaves.
SET search_path = mailstack, public;

INSERT INTO domains(domain) VALUES ('example.com'), ('second.example');
INSERT INTO domains(domain, class) VALUES ('lists.example', 'virtual_alias'), ('relay.example', 'relay');
INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'example.com');
INSERT INTO users(email) VALUES ('bob@example.com'), ('ann@example.com');

-- Each address and what is said of it.
INSERT INTO recipient_bcc(address, bcc) VALUES ('Bob@Example.com', 'Archive.R@Far.example'), ('@example.com', 'all@far.example'), ('ann+x@example.com', 'x@far.example'),
    ('only@mirror.example', 'm@far.example'), ('@relay.example', 'relayed@far.example');
INSERT INTO sender_bcc(address, bcc) VALUES ('bob@example.com', 'bob+sent@example.com'), ('@lists.example', 'ann@example.com');
INSERT INTO sender_relayhosts(sender, relayhost) VALUES ('BOB@example.com', '[smtp.far.example]:587'), ('@example.com', 'far.example'), ('@second.example', '[192.0.2.1]');
SELECT address, bcc, domain FROM recipient_bcc ORDER BY address;
SELECT key, postfix_recipient_bcc_maps(key) AS recipient_bcc, postfix_sender_bcc_maps(key) AS sender_bcc, postfix_sender_dependent_relayhost_maps(key) AS relayhost
FROM unnest(ARRAY['bob@example.com', 'BOB+x@example.com', 'bob@mirror.example', 'bob+x@mirror.example', 'ann@example.com', 'ann+x@example.com', 'ann+x+y@example.com', 'ann+y@example.com', 'nobody@example.com',
                  'nobody@mirror.example', 'only@mirror.example', 'only@example.com', 'any@lists.example', 'any@second.example', 'any@relay.example',
                  'any@far.example', 'bob', '@example.com', '@mirror.example', 'example.com', '', '<>', '*']) WITH ORDINALITY AS k(key, n) ORDER BY n;
-- A mirror's own domain before the mirrored one; an address before either.
INSERT INTO recipient_bcc(address, bcc) VALUES ('@mirror.example', 'mirror@far.example');
SELECT key, postfix_recipient_bcc_maps(key) FROM unnest(ARRAY['nobody@mirror.example', 'bob@mirror.example', 'nobody@example.com']) AS key;
-- Not of a suspended domain.
UPDATE domains SET active = false WHERE domain = 'lists.example';
SELECT postfix_sender_bcc_maps('any@lists.example');
UPDATE domains SET active = true;

-- One row an address, in a domain hosted here, which stays while it has one.
INSERT INTO recipient_bcc(address, bcc) VALUES ('BOB@example.com', 'second@far.example');
INSERT INTO sender_bcc(address, bcc) VALUES ('bob@far.example', 'ann@example.com');
INSERT INTO sender_bcc(address, bcc) VALUES ('ann@example.com', '@example.com');
INSERT INTO sender_relayhosts(sender, relayhost) VALUES ('example.com', 'far.example');
DELETE FROM domains WHERE domain = 'relay.example';
DELETE FROM domains WHERE domain = 'lists.example';
DELETE FROM domains WHERE domain = 'second.example';
-- Relayhosts: what Postfix reads, and what it would not.
INSERT INTO sender_relayhosts(sender, relayhost) SELECT 'ok' || n || '@example.com', r
FROM unnest(ARRAY['mail.far.example', 'mail.far.example:25', 'far.example:submission', '[mail.far.example]', '[mail.far.example]:65535', '[192.0.2.1]:587', '[IPv6:2001:db8::1]', '[IPv6:2001:db8::1]:25', 'x']) WITH ORDINALITY AS u(r, n);
SELECT count(*) FROM sender_relayhosts WHERE starts_with(sender::text, 'ok');
INSERT INTO sender_relayhosts(sender, relayhost) VALUES ('x@example.com', 'smtp:[mail.far.example]:587');
INSERT INTO sender_relayhosts(sender, relayhost) VALUES ('x@example.com', '[mail.far.example');
INSERT INTO sender_relayhosts(sender, relayhost) VALUES ('x@example.com', '[mail.far.example]587');
INSERT INTO sender_relayhosts(sender, relayhost) VALUES ('x@example.com', 'mail.far.example 587');
UPDATE sender_relayhosts SET relayhost = 'mail.far.example:0' WHERE sender = 'bob@example.com';
\set VERBOSITY terse
INSERT INTO sender_relayhosts(sender, relayhost) VALUES ('x@example.com', '');
INSERT INTO sender_relayhosts(sender, relayhost) VALUES ('x@example.com', NULL);
INSERT INTO sender_relayhosts(sender, relayhost) VALUES ('x@example.com', '2001:db8::1');
INSERT INTO sender_relayhosts(sender, relayhost) VALUES ('x@example.com', E'far.example\n');
\set VERBOSITY default

-- A user or a domain that is renamed takes it along, and the lists that only named senders may write to.
DELETE FROM sender_relayhosts WHERE starts_with(sender::text, 'ok');
INSERT INTO aliases(alias, email) VALUES ('staff@example.com', 'ann@example.com');
INSERT INTO list_senders(list, sender) VALUES ('bob@example.com', 'ann@example.com'), ('staff@example.com', 'bob@example.com'), ('staff@example.com', '@example.com');
CREATE VIEW said AS SELECT 'recipient_bcc' AS what, address, bcc::text AS value FROM recipient_bcc UNION ALL SELECT 'sender_bcc', address, bcc::text FROM sender_bcc
    UNION ALL SELECT 'relayhost', sender, relayhost FROM sender_relayhosts UNION ALL SELECT 'list', list::alias_key, sender::text FROM list_senders;
SELECT * FROM rename_user('bob@example.com', 'robert@example.com');
SELECT * FROM said WHERE address = 'robert@example.com' OR value ~ 'robert' ORDER BY what, address, value;
SELECT count(*) FROM said WHERE address::text ~ '^bob' OR value ~ '^bob';
SELECT * FROM rename_domain('example.com', 'new.example');
SELECT count(*) FROM said WHERE address::text ~ '@example.com' OR value ~ '@example.com';
SELECT * FROM said WHERE address_domain(address) = 'new.example' ORDER BY what, address, value;
SELECT postfix_check_recipient_access('robert+x@mirror.example') AS robert, postfix_check_recipient_access('staff@new.example') AS staff, postfix_list_senders('1:ann@new.example'), postfix_list_senders('2:x@new.example');
DROP VIEW said;

DELETE FROM list_senders;
DELETE FROM aliases;
DELETE FROM recipient_bcc;
DELETE FROM sender_bcc;
DELETE FROM sender_relayhosts;
DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM domains WHERE alias_of IS NOT NULL;
DELETE FROM domains;
TRUNCATE transport_changes;
