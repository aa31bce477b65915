-- Who may send as an address: its mailbox, whom its aliases lead to, and whom sender_logins names.
SET search_path = mailstack, public;

INSERT INTO domains(domain) VALUES ('example.com'), ('second.example'), ('closed.example');
INSERT INTO domains(domain, class) VALUES ('lists.example', 'virtual_alias'), ('relay.example', 'relay');
INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'example.com');
INSERT INTO users(email) SELECT u FROM unnest(ARRAY['bob@example.com', 'ann@example.com', 'eve@second.example', 'ted@closed.example']) AS u;
INSERT INTO users(email, active) VALUES ('gone@example.com', false);
INSERT INTO users(email, send) VALUES ('ear@example.com', false);
INSERT INTO users(email, receive) VALUES ('mouth@example.com', 'refuse'), ('later@example.com', 'defer');
INSERT INTO users(email, transport) VALUES ('error@example.com', 'error:5.2.1');
UPDATE domains SET active = false WHERE domain = 'closed.example';

-- Each key and its answer; no answer is shown as -.
CREATE FUNCTION ask(VARIADIC keys text[]) RETURNS TABLE (key text, answer text) LANGUAGE sql AS $$
    SELECT k, coalesce((SELECT string_agg(a, ' and also ') FROM postfix_smtpd_sender_login_maps(k) a), '-') FROM unnest(keys) WITH ORDINALITY AS u(k, n) ORDER BY n $$;

-- A mailbox, by each of its names. Whether it takes mail is another matter; a suspended and a receive-only one may not.
SELECT * FROM ask('Bob@Example.com', '"bob"@example.com', 'bob+x@example.com', 'bob@mirror.example', 'bob+x@mirror.example',
                  'mouth@example.com', 'later@example.com', 'error@example.com', 'gone@example.com', 'ear@example.com', 'ear+x@mirror.example');
-- Nobody: unknown, foreign, of a relay domain, no address.
SELECT * FROM ask('nobody@example.com', 'bob@away.example', 'bob@sub.example.com', 'bob@relay.example', '@example.com', 'example.com', 'bob', '<>', '');

-- Aliases: those whom they lead to, each once, by a mirror and a sub-address, too; not those who may not send; not far ones.
INSERT INTO aliases(alias, email) VALUES ('info@example.com', 'BOB@example.com'), ('info@example.com', 'ann+info@example.com'), ('info@example.com', 'far@away.example'),
    ('info@example.com', 'gone@example.com'), ('info@example.com', 'ear@example.com'), ('info@example.com', 'mouth@example.com'), ('info@example.com', 'bob@mirror.example'),
    ('info@example.com', 'r@relay.example'), ('info@example.com', 'ted@closed.example');
SELECT * FROM ask('info@example.com', 'Info+x@Mirror.example');
-- Through two and three aliases, over a mirror, and over a domain that has no mailboxes.
INSERT INTO aliases(alias, email) VALUES ('one@example.com', 'two@lists.example'), ('two@lists.example', 'three@mirror.example'), ('three@example.com', 'eve@second.example'),
    ('three@example.com', 'info@mirror.example');
SELECT * FROM ask('three@example.com', 'two@lists.example', 'one@example.com', 'one+x@mirror.example');
-- The detail goes along, as it does with mail, and can meet an alias of its own.
INSERT INTO aliases(alias, email) VALUES ('box@example.com', 'ann@example.com'), ('ann+x@example.com', 'eve@second.example');
SELECT * FROM ask('box@example.com', 'box+x@example.com', 'box+y@example.com', 'ann+x@example.com');
-- A mailbox that is an alias, too: its own, and those that mail goes to instead of it.
INSERT INTO aliases(alias, email) VALUES ('bob@example.com', 'eve@second.example'), ('ear@example.com', 'ear@example.com');
SELECT * FROM ask('bob@example.com', 'bob@mirror.example', 'ear@example.com');
DELETE FROM aliases WHERE alias IN ('bob@example.com', 'ear@example.com');

-- Receive-only aliases: of the rows with send. One that is receive-only on the way ends the way.
INSERT INTO aliases(alias, email, send) VALUES ('news@example.com', 'bob@example.com', false), ('desk@example.com', 'bob@example.com', true), ('desk@example.com', 'ann@example.com', false),
    ('via@example.com', 'news@example.com', true), ('bob+news@example.com', 'ann@example.com', false);
SELECT * FROM ask('news@example.com', 'desk@example.com', 'via@example.com', 'bob+news@example.com');

-- Rows that do not count: switched off, expired, relocated. What is left of a sub-address is that of its base; a relocated mailbox still sends.
INSERT INTO aliases(alias, email, active) VALUES ('off@example.com', 'bob@example.com', false), ('ann+off@example.com', 'bob@example.com', false);
INSERT INTO aliases(alias, email, expires) VALUES ('soon@example.com', 'bob@example.com', 'infinity'), ('past@example.com', 'bob@example.com', '2001-01-01');
INSERT INTO relocated(email, new_email) VALUES ('moved@example.com', 'ann@example.com'), ('eve@second.example', 'ann@example.com');
SELECT * FROM ask('off@example.com', 'ann+off@example.com', 'soon@example.com', 'past@example.com', 'moved@example.com', 'moved+x@example.com', 'eve@second.example', 'eve+x@second.example');

-- A catch-all: for addresses that nobody has, with a mirror's own first, and where it lets send.
INSERT INTO aliases(alias, email) VALUES ('@example.com', 'ann@example.com'), ('@lists.example', 'bob@example.com');
SELECT * FROM ask('nobody@example.com', 'nobody+x@mirror.example', 'bob@example.com', 'gone@example.com', 'ear@example.com', 'off@example.com', 'x@lists.example', '@example.com');
INSERT INTO aliases(alias, email, send) VALUES ('@mirror.example', 'bob@example.com', false);
SELECT * FROM ask('nobody@mirror.example', 'nobody@example.com');
UPDATE aliases SET send = false WHERE alias = '@example.com';
SELECT * FROM ask('nobody@example.com', 'bob@example.com');
DELETE FROM aliases WHERE alias IN ('@example.com', '@lists.example', '@mirror.example');

-- Role addresses lead to the postmaster.
UPDATE settings SET postmaster_address = 'ann@example.com';
SELECT * FROM ask('postmaster@example.com', 'abuse@second.example', 'abuse+x@mirror.example', 'postmaster@relay.example');
UPDATE settings SET postmaster_address = NULL;

-- What the operator says: for an address and its sub-addresses, for a domain, for either by a mirror; whatever the domain's class.
INSERT INTO sender_logins(sender, login) VALUES ('Boss@Example.com', 'bob@example.com'), ('@second.example', 'ann@example.com'), ('@relay.example', 'Ann@Example.com'),
    ('x@relay.example', 'bob@example.com'), ('bob@example.com', 'ann@example.com'), ('boss@example.com', 'ear@example.com'), ('boss@example.com', 'gone@example.com'),
    ('boss@example.com', 'ted@closed.example'), ('only@mirror.example', 'eve@second.example');
SELECT * FROM ask('boss@example.com', 'boss+x@example.com', 'boss@mirror.example', 'boss+x@mirror.example', 'anybody@second.example', 'eve@second.example', 'x@relay.example',
                  'y@relay.example', 'bob@example.com', 'only@mirror.example', 'only@example.com', '@second.example', 'second.example');
SELECT sender, login, domain FROM sender_logins ORDER BY sender, login;
-- A grant leads nowhere: who may send as bob may not send as bob's aliases.
SELECT * FROM ask('soon@example.com');
-- Its sender is hosted here, and its login a user, who takes it along.
INSERT INTO sender_logins(sender, login) VALUES ('x@away.example', 'bob@example.com');
INSERT INTO sender_logins(sender, login) VALUES ('x@example.com', 'nobody@example.com');
DELETE FROM users WHERE email = 'ted@closed.example';
DELETE FROM aliases WHERE email = 'ted@closed.example';
DELETE FROM users WHERE email = 'ted@closed.example';
UPDATE domains SET domain = 'third.example' WHERE domain = 'relay.example';
DELETE FROM domains WHERE domain = 'relay.example';

-- Domains: none of a suspended one, neither as sender nor as login; whether mail is taken is another matter.
UPDATE domains SET receive = 'refuse', transport = 'error' WHERE domain = 'example.com';
SELECT * FROM ask('bob@example.com', 'bob@mirror.example', 'info@example.com');
UPDATE domains SET receive = 'accept', transport = 'virtual', active = false WHERE domain = 'example.com';
SELECT * FROM ask('bob@example.com', 'bob@mirror.example', 'eve@second.example', 'two@lists.example');
UPDATE domains SET active = domain <> 'mirror.example';
SELECT * FROM ask('bob@mirror.example', 'bob@example.com', 'two@lists.example');
UPDATE domains SET active = true;

-- Loops, as only a dump that was edited brings, and aliases beyond all limits, end.
SET session_replication_role = replica;
INSERT INTO aliases(alias, email) VALUES ('l1@example.com', 'l2@example.com'), ('l2@example.com', 'l3@mirror.example'), ('l3@example.com', 'l1@example.com'), ('l3@example.com', 'bob@example.com'),
    ('self@example.com', 'self@example.com'), ('grow@example.com', 'grow+x@example.com'), ('nowhere@example.com', 'nobody@example.com'), ('@second.example', 'any@second.example');
INSERT INTO aliases(alias, email) SELECT 'far' || i || '@lists.example', 'far' || i + 1 || '@lists.example' FROM generate_series(1, 1500) i;
INSERT INTO aliases(alias, email) VALUES ('far1501@lists.example', 'ann@example.com');
SET session_replication_role = origin;
SELECT * FROM ask('l1@example.com', 'l2+x@mirror.example', 'self@example.com', 'grow@example.com', 'nowhere@example.com', 'any@second.example', 'far1@lists.example', 'far1000@lists.example');
SET session_replication_role = replica;
DELETE FROM aliases WHERE alias::text ~ '^l[123]@' OR starts_with(alias::text, 'far') OR alias IN ('self@example.com', 'grow@example.com', 'nowhere@example.com', '@second.example');
SET session_replication_role = origin;

-- check_sasl_access: who is logged in and may not send, not even with the empty sender.
SELECT key, postfix_check_sasl_access(key) FROM unnest(ARRAY['ear@example.com', 'EAR@example.com', 'gone@example.com', 'bob@example.com', 'mouth@example.com', 'ear+x@example.com', 'ear@mirror.example',
                                                             'nobody@example.com', 'info@example.com', 'x@relay.example', 'ear', '']) AS key;

DROP FUNCTION ask;
DELETE FROM sender_logins;
DELETE FROM aliases;
DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM domains WHERE alias_of IS NOT NULL;
DELETE FROM domains;
TRUNCATE transport_changes;
