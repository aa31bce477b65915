-- postfix_check_recipient_access: whom mail is not taken for, and why.
SET search_path = mailstack, public;

INSERT INTO domains(domain) VALUES ('example.com'), ('second.example');
INSERT INTO domains(domain, class) VALUES ('lists.example', 'virtual_alias'), ('relay.example', 'relay');
INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'example.com');
INSERT INTO relay_recipients(recipient) VALUES ('r@relay.example');
INSERT INTO users(email) SELECT u FROM unnest(ARRAY['bob@example.com', 'ann@example.com', 'eve@second.example', 'moved@example.com', 'gone@example.com']) AS u;
INSERT INTO users(email, receive, receive_reason) VALUES ('no@example.com', 'refuse', 'ask Ann instead'), ('later@example.com', 'defer', 'is moving house');
INSERT INTO users(email, receive) VALUES ('never@example.com', 'refuse'), ('wait@example.com', 'defer');
INSERT INTO users(email, transport) VALUES ('error@example.com', 'error:5.2.1'), ('retry@example.com', 'retry:4.2.1');
UPDATE users SET active = false WHERE email = 'gone@example.com';
INSERT INTO relocated(email, new_email) VALUES ('moved@example.com', 'm@new.example');

-- Each key and its answer; no answer is shown as -.
CREATE FUNCTION ask(VARIADIC keys text[]) RETURNS TABLE (key text, answer text) LANGUAGE sql AS $$
    SELECT k, coalesce((SELECT string_agg(a, ' and also ') FROM postfix_check_recipient_access(k) a), '-') FROM unnest(keys) WITH ORDINALITY AS u(k, n) ORDER BY n $$;

-- Users, by each of their names, and with a catch-all beside.
INSERT INTO aliases(alias, email) VALUES ('@example.com', 'bob@example.com');
SELECT * FROM ask('no@example.com', 'No+x@Example.com', 'no@mirror.example', 'no+x@mirror.example', 'later@example.com', 'later+x@mirror.example', 'never@example.com', 'wait@mirror.example');
-- Whom mail is taken for, and whom smtpd knows how to refuse by other maps.
SELECT * FROM ask('bob@example.com', 'bob+x@mirror.example', 'nobody@example.com', 'gone@example.com', 'moved@example.com', 'error@example.com', 'retry@example.com', 'r@relay.example',
                  'nobody@relay.example', 'nobody@second.example');
-- Nothing for anything else.
SELECT * FROM ask('example.com', '@example.com', '.example.com', 'com', 'bob@', 'bob', 'bob@away.example', '<>', '');

-- Aliases: whose rows are switched off, have expired, or lead to nobody who takes mail.
INSERT INTO aliases(alias, email, active) VALUES ('off@example.com', 'bob@example.com', false), ('bob+off@example.com', 'ann@example.com', false);
INSERT INTO aliases(alias, email, expires) VALUES ('soon@example.com', 'bob@example.com', 'infinity');
\set VERBOSITY terse
INSERT INTO aliases(alias, email, expires) VALUES ('past@example.com', 'bob@example.com', '2001-01-01');
\set VERBOSITY default
INSERT INTO aliases(alias, email) VALUES ('to-no@example.com', 'no@example.com'), ('to-gone@lists.example', 'gone@example.com'), ('to-moved@example.com', 'moved@example.com'),
    ('to-error@example.com', 'error@example.com'), ('to-later@example.com', 'later@example.com'), ('to-later@example.com', 'no@example.com'), ('some@example.com', 'no@example.com'),
    ('some@example.com', 'later@mirror.example'), ('some@example.com', 'bob@example.com'), ('far@example.com', 'no@example.com'), ('far@example.com', 'x@far.example'),
    ('relay@example.com', 'x@relay.example'), ('by-mirror@lists.example', 'wait@mirror.example');
SELECT * FROM ask('off@example.com', 'off+x@mirror.example', 'bob+off@example.com', 'past@example.com', 'soon@example.com');
SELECT * FROM ask('to-no@example.com', 'to-no+x@mirror.example', 'to-gone@lists.example', 'to-moved@example.com', 'to-error@example.com', 'to-later@example.com', 'by-mirror@lists.example',
                  'some@example.com', 'far@example.com', 'relay@example.com');
-- Over two and three aliases.
INSERT INTO aliases(alias, email) VALUES ('two@example.com', 'to-no@example.com'), ('two@example.com', 'off@mirror.example'), ('three@lists.example', 'two@mirror.example'),
    ('two-later@example.com', 'two@example.com'), ('two-later@example.com', 'to-later@example.com'), ('two-some@example.com', 'three@lists.example'), ('two-some@example.com', 'some@example.com');
SELECT * FROM ask('two@example.com', 'three@lists.example', 'two-later@example.com', 'two-some@example.com');
-- An alias and a mailbox of one name: what the mailbox says comes first; one that keeps a copy takes mail.
INSERT INTO aliases(alias, email) VALUES ('no@example.com', 'ann@example.com'), ('ann@example.com', 'never@example.com');
SELECT * FROM ask('no@example.com', 'ann@example.com');
DELETE FROM aliases WHERE alias IN ('no@example.com', 'ann@example.com');
-- A catch-all that leads to nobody.
UPDATE aliases SET email = 'wait@example.com' WHERE alias = '@example.com';
SELECT * FROM ask('nobody@example.com', 'nobody@mirror.example');
UPDATE aliases SET email = 'never@example.com' WHERE alias = '@example.com';
SELECT * FROM ask('nobody@example.com');
DELETE FROM aliases WHERE alias = '@example.com';

-- Role addresses.
UPDATE settings SET postmaster_address = 'ann@example.com';
SELECT * FROM ask('postmaster@example.com', 'abuse@second.example');
UPDATE settings SET postmaster_address = 'wait@example.com';
SELECT * FROM ask('postmaster@example.com', 'abuse@second.example');
INSERT INTO aliases(alias, email) VALUES ('abuse@second.example', 'eve@second.example');
SELECT * FROM ask('abuse@second.example');
UPDATE settings SET postmaster_address = NULL;

-- Domains of every class, and the mirror of one.
UPDATE domains SET receive = 'defer', receive_reason = 'back on ' || domain::text WHERE domain IN ('example.com', 'lists.example', 'relay.example');
SELECT * FROM ask('bob@example.com', 'nobody@example.com', 'no@example.com', 'bob@mirror.example', 'to-gone@lists.example', 'r@relay.example', 'example.com', 'soon@mirror.example');
UPDATE domains SET receive = 'refuse', receive_reason = NULL WHERE receive <> 'accept';
SELECT * FROM ask('bob@example.com', 'nobody@example.com', 'bob@mirror.example', 'nobody@mirror.example', 'to-gone@lists.example', 'r@relay.example');
INSERT INTO aliases(alias, email) VALUES ('bob@second.example', 'bob@mirror.example'), ('boss@second.example', 'eve@second.example'), ('boss@second.example', 'bob@example.com'),
    ('r@second.example', 'r@relay.example');
SELECT * FROM ask('bob@second.example', 'boss@second.example', 'r@second.example');
UPDATE domains SET receive = 'accept', active = domain <> 'mirror.example';
UPDATE domains SET receive = 'refuse', receive_reason = 'no longer in use' WHERE domain = 'mirror.example';
SELECT * FROM ask('bob@example.com', 'bob@mirror.example', 'bob@second.example');
UPDATE domains SET active = true;
SELECT * FROM ask('bob@example.com', 'bob@mirror.example', 'bob@second.example');

-- Loops, as only a dump that was edited brings, lead to nobody.
SET session_replication_role = replica;
INSERT INTO aliases(alias, email) VALUES ('l1@example.com', 'l2@example.com'), ('l2@example.com', 'l1@example.com'), ('self@example.com', 'self@example.com'), ('dangle@example.com', 'nobody@second.example');
INSERT INTO aliases(alias, email) SELECT 'far' || i || '@lists.example', 'far' || i + 1 || '@lists.example' FROM generate_series(1, 1500) i;
SET session_replication_role = origin;
SELECT * FROM ask('l1@example.com', 'l2+x@example.com', 'self@example.com', 'dangle@example.com', 'far1@lists.example', 'far1000@lists.example');
SET session_replication_role = replica;
DELETE FROM aliases;
SET session_replication_role = origin;

DROP FUNCTION ask;
DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM relay_recipients;
DELETE FROM domains WHERE alias_of IS NOT NULL;
DELETE FROM domains;
TRUNCATE transport_changes;
