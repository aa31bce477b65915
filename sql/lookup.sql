-- The questions of Postfix and Dovecot: what each answers to every kind of key.
SET search_path = mailstack, public;
\pset null '(null)'

INSERT INTO domains(domain) VALUES ('example.com'), ('second.example'), ('straße.de'), ('bücher.example');
INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'example.com');
INSERT INTO domains(domain, class) VALUES ('lists.example', 'virtual_alias'), ('relay.example', 'relay'), ('open.example', 'relay');
INSERT INTO domains(domain, active) VALUES ('closed.example', false);
INSERT INTO users(email, password) VALUES ('bob@example.com', '{SSHA256}3CIx1ahCcLQeFQCNSlVaHs1LaytCMtG5SA7zmqphtILO3OmC'), ('alice@example.com', '{SSHA256}rj5t4rGMxlZh7Ug5mOrUZmoW7RcBQfDhCmXEQWquPhq67pZD'), ('"a b"@example.com', '{SSHA256}s9xLRb08S+Za8rV2hhfJO6jSgAxBpWSuBZgKa2Dodm35NCvJ'),
    ('bob@closed.example', '{SSHA256}Ivh9yn54kMIeOeXGV4pUQGahRAVh1/zYCXkI2CUjSxbLYgET'), ('hans@straße.de', '{SSHA256}jmW33LHM69glTkIqdgKpku5QqRPk2Vqz5LETElIEkGlZbA94'), ('jürgen@bücher.example', '{SSHA256}EK9oJFuGPKphIdZXHUpKZIiyKd9v0IpPWxcdwRqKXb/pVWjZ');
INSERT INTO users(email, password, maildir, mail_subdirectory, uid, gid, transport)
    VALUES ('series@second.example', '{SSHA256}GzpDpUeBWqyBm8OnOWs9KrEVaHEqu272v2LaeK9i9XfgUdve', 'elsewhere/s', '', 6000, 6001, 'lmtp:unix:private/dovecot-lmtp');
INSERT INTO users(email) VALUES ('nopassword@example.com');
INSERT INTO users(email, password, active) VALUES ('gone@example.com', '{SSHA256}jzTmLqllfbndHxpMyDr3KotctZSHFfD9M+rpG08BS2MVP1x1', false);
INSERT INTO relay_recipients(recipient) VALUES ('bob@relay.example'), ('@open.example');
INSERT INTO aliases(alias, email) VALUES ('info@example.com', 'bob@example.com');

-- All questions about one key: those that answer, and how often.
CREATE FUNCTION ask(key text) RETURNS TABLE (map text, answer text) LANGUAGE sql AS $$
    SELECT map, string_agg(coalesce(answer, 'NULL'), ' and also ')
    FROM (SELECT 'mailbox domain', postfix_virtual_mailbox_domains(key) UNION ALL SELECT 'alias domain', postfix_virtual_alias_domains(key)
          UNION ALL SELECT 'relay domain', postfix_relay_domains(key) UNION ALL SELECT 'mailbox', postfix_virtual_mailbox_maps(key)
          UNION ALL SELECT 'uid', postfix_virtual_uid_maps(key) UNION ALL SELECT 'gid', postfix_virtual_gid_maps(key)
          UNION ALL SELECT 'alias', postfix_virtual_alias_maps(key) UNION ALL SELECT 'transport', postfix_transport_maps(key)
          UNION ALL SELECT 'relay recipient', postfix_relay_recipient_maps(key) UNION ALL SELECT 'sender login', postfix_smtpd_sender_login_maps(key)
          UNION ALL SELECT 'passdb', p::text FROM dovecot_passdb(key) p UNION ALL SELECT 'userdb', u::text FROM dovecot_userdb(key) u) AS a(map, answer)
    GROUP BY map $$;

-- Domains, each in its class; a mirror is an alias domain; an inactive one is none; .domain and @domain are no domain.
SELECT key, map, answer
FROM unnest(ARRAY['Example.com', 'lists.example', 'mirror.example', 'relay.example', 'closed.example', 'nowhere.example', '.example.com',
                  'sub.example.com', '@example.com', 'example.com.', 'bücher.example', 'XN--BCHER-KVA.example', 'strasse.de', 'straße.de']) WITH ORDINALITY AS k(key, n), ask(key)
ORDER BY n, map COLLATE "C";

-- Mailboxes: in any letter case, quoted or not, and by a sub-address; the passdb and the userdb know the exact name alone.
SELECT key, map, answer
FROM unnest(ARRAY['bob@example.com', 'BOB@EXAMPLE.COM', '"bob"@example.com', 'bob+Lists@example.com', '"a b"@example.com', 'Series@second.example',
                  'nopassword@example.com']) WITH ORDINALITY AS k(key, n), ask(key)
ORDER BY n, map COLLATE "C";

-- No mailbox: suspended, in an inactive domain, unknown, an alias, in a mirror. Only transport_maps answers for an address that nobody has.
SELECT key, map, answer
FROM unnest(ARRAY['gone@example.com', 'gone+x@example.com', 'bob@closed.example', 'nobody@example.com', 'info@example.com', 'bob@mirror.example',
                  'bob@nowhere.example', 'x@lists.example']) WITH ORDINALITY AS k(key, n) LEFT JOIN ask(key) ON true
ORDER BY n, map COLLATE "C";

-- Internationalised names, as people type them, as A-labels, and as Postfix folds them before it asks.
SELECT key, map, answer
FROM unnest(ARRAY['hans@straße.de', 'hans@xn--strae-oqa.de', 'HANS@STRASSE.de', 'Jürgen@Bücher.example', U&'ju\0308rgen@xn--bcher-kva.example']) WITH ORDINALITY AS k(key, n), ask(key)
WHERE map IN ('mailbox', 'alias', 'userdb')
ORDER BY n, map COLLATE "C";

-- Recipients of relay domains: the address, its base, or @domain.
SELECT key, map, answer
FROM unnest(ARRAY['Bob@Relay.example', 'bob+x@relay.example', 'alice@relay.example', 'anybody@open.example', '@open.example']) WITH ORDINALITY AS k(key, n) LEFT JOIN ask(key) ON true
ORDER BY n, map COLLATE "C";

-- Who may send as an address: its mailbox, also with a detail and through a mirror, and those that an alias leads to.
INSERT INTO aliases(alias, email) VALUES ('info@example.com', 'alice+info@example.com'), ('info@example.com', 'far@away.example'), ('info@example.com', 'gone@example.com'), ('info@example.com', 'bob@closed.example'),
    ('@example.com', 'alice@example.com'), ('team@lists.example', 'info@example.com'), ('team@lists.example', 'BOB@example.com');
SELECT key, postfix_smtpd_sender_login_maps(key)
FROM unnest(ARRAY['bob@example.com', 'Bob+x@example.com', 'bob@mirror.example', 'info@example.com', 'info+x@mirror.example', 'team@lists.example',
                  'nobody@example.com', 'gone@example.com', '@example.com', 'bob@closed.example', 'bob@relay.example']) AS key;

-- Dovecot: prefetch says what the userdb says, for every service; iterate lists who can be delivered to.
SELECT p."user", p.password, (p.userdb_home, p.userdb_uid, p.userdb_gid, p.userdb_mail) = (u.home, u.uid, u.gid, u.mail) AS equal, u.*
FROM users, dovecot_passdb(email::text, 'imap') p, dovecot_userdb(email::text) u ORDER BY email;
SELECT "user" FROM dovecot_iterate() ORDER BY "user" COLLATE "C";
SELECT count(*) AS unknown_to_userdb FROM dovecot_iterate() i WHERE NOT EXISTS (SELECT FROM dovecot_userdb(i."user"));
-- ... and what it says is where virtual(8) is told to deliver.
SELECT email, replace(u.mail, 'maildir:~/', u.home) = mail_root || m AS equal
FROM settings, users, dovecot_userdb(email::text) u, postfix_virtual_mailbox_maps(email::text) m ORDER BY email;

-- No question raises, answers NULL, or answers twice, whatever it is asked: all kinds of keys, then each octet that text can hold, in each place.
SELECT key, map, answer
FROM unnest(ARRAY[NULL, '', ' ', '*', '@', '.', '.net', 'admin', 'bob', 'bob@', '@example', 'a@b@example.com', 'bob@example.com ', ' bob@example.com', 'bob@@example.com',
                  'bob@[127.0.0.1]', '"', '"bob@example.com', '"bob"x@example.com', '\', '''', '''; DROP TABLE mailstack.users; --', '%s', '$1', '+@example.com',
                  E'bob@example.com\n', E'\r\n', E'\x01', E'\x7f', 'postmaster@nowhere.example', repeat('x', 300), repeat('x', 300) || '@example.com',
                  'bob@' || repeat('x', 300), repeat('a.', 200), repeat('@', 300), repeat('"', 300), repeat('x', 2000000),
                  U&'bob@example.com\200B', U&'\FEFFbob@example.com', U&'bob\FFFF@example.com', U&'\+01F600@\+01F600.example', 'xn--a', 'bob@xn--a.example']) WITH ORDINALITY AS k(key, n), ask(key)
ORDER BY n, map COLLATE "C";
SELECT count(*) AS keys, count(answer) FILTER (WHERE answer ~ 'and also|NULL') AS bad
FROM generate_series(1, 255) AS c, unnest(ARRAY['bob', 'bob@example.com', '"bob"@example.com', '@example.com', 'example.com']) AS key,
     generate_series(0, length(key)) AS place LEFT JOIN ask(overlay(key PLACING chr(c) FROM place + 1 FOR 0)) ON true;
SELECT count(*) FROM unnest(ARRAY[NULL, '', 'imap', E'%s\x01', repeat('x', 300)]) AS service, dovecot_passdb('bob@example.com', service);

DROP FUNCTION ask;
DELETE FROM aliases;
DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM relay_recipients;
DELETE FROM domains WHERE alias_of IS NOT NULL;
DELETE FROM domains;
