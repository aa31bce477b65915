-- postfix_virtual_alias_maps: exact alias, mailbox, base of a sub-address, mirrored domain, catch-all, in this order.
SET search_path = mailstack, public;

INSERT INTO domains(domain) VALUES ('example.com'), ('second.example');
INSERT INTO domains(domain, class) VALUES ('lists.example', 'virtual_alias'), ('relay.example', 'relay');
INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'example.com');
INSERT INTO users(email) VALUES ('bob@example.com'), ('alice@example.com'), ('both@example.com'), ('eve@second.example');
INSERT INTO users(email, keep_copy) VALUES ('copy@example.com', true);

-- Each key and its answer; no answer is shown as -.
CREATE FUNCTION ask(VARIADIC keys text[]) RETURNS TABLE (key text, answer text) LANGUAGE sql AS $$
    SELECT k, coalesce((SELECT string_agg(a, ' and also ') FROM postfix_virtual_alias_maps(k) a), '-') FROM unnest(keys) WITH ORDINALITY AS u(k, n) ORDER BY n $$;

-- Without aliases: a mailbox answers itself, with its detail, so that the search ends; nobody else answers.
SELECT * FROM ask('Bob@Example.com', 'bob+a+b@example.com', 'bob@mirror.example', 'bob+x@mirror.example', 'nobody@example.com', 'nobody+x@example.com', 'x@lists.example', 'x@relay.example');

-- Each step comes before the next: take away the first, and the next one answers.
INSERT INTO aliases(alias, email) VALUES
    ('bob+x@mirror.example', 'by-alias-of-the-whole@far.example'), ('bob@mirror.example', 'by-alias-of-the-base@far.example'),
    ('bob+x@example.com', 'by-mirrored-alias-of-the-whole@far.example'), ('bob@example.com', 'by-mirrored-alias-of-the-base@far.example'),
    ('@mirror.example', 'by-catch-all@far.example'), ('@example.com', 'by-mirrored-catch-all@far.example');
SELECT * FROM ask('bob+x@mirror.example');
DELETE FROM aliases WHERE alias = 'bob+x@mirror.example';
SELECT * FROM ask('bob+x@mirror.example');
DELETE FROM aliases WHERE alias = 'bob@mirror.example';
SELECT * FROM ask('bob+x@mirror.example');
DELETE FROM aliases WHERE alias = 'bob+x@example.com';
SELECT * FROM ask('bob+x@mirror.example');
DELETE FROM aliases WHERE alias = 'bob@example.com';
SELECT * FROM ask('bob+x@mirror.example');
DELETE FROM users WHERE email = 'bob@example.com';
DELETE FROM retired_maildirs;
SELECT * FROM ask('bob+x@mirror.example');
DELETE FROM aliases WHERE alias = '@mirror.example';
SELECT * FROM ask('bob+x@mirror.example');
DELETE FROM aliases WHERE alias = '@example.com';
SELECT * FROM ask('bob+x@mirror.example');
INSERT INTO users(email) VALUES ('bob@example.com');

-- The catch-all: at the full address alone, for nobody who is there, without a detail.
INSERT INTO aliases(alias, email) VALUES ('@example.com', 'alice@example.com'), ('@lists.example', 'all@far.example');
SELECT * FROM ask('nobody@example.com', 'nobody+x@example.com', 'nobody@mirror.example', 'bob@example.com', 'bob+x@example.com', 'bob@mirror.example', 'x@lists.example',
                  '@example.com', 'example.com', '@mirror.example', '.example.com', 'nobody@second.example');

-- The detail: hosted destinations get it, others where the alias says so, and none that has one of its own.
INSERT INTO aliases(alias, email, propagate_detail) VALUES
    ('info@example.com', 'Bob@example.com', false), ('info@example.com', 'alice+own@example.com', false), ('info@example.com', 'eve@second.example', false),
    ('info@example.com', 'List@Lists.example', false), ('info@example.com', 'r@relay.example', false), ('info@example.com', 'Far@Away.example', false),
    ('info@example.com', 'wants@away.example', true), ('info@example.com', 'has+own@away.example', true);
SELECT answer FROM ask('Info@example.com', 'info+Detail@example.com', '"info+a b"@example.com', 'info+@example.com', 'info+x@mirror.example');
-- ... which leaves an address with more than 64 octets as it is.
INSERT INTO aliases(alias, email) VALUES ('i@example.com', (repeat('l', 60) || '@lists.example')::mail_key);
SELECT * FROM ask('i+123@example.com', 'i+1234@example.com');

-- An alias and a mailbox of one name: mail follows the alias, and the mailbox keeps a copy where keep_copy says so, or the alias names itself.
INSERT INTO aliases(alias, email) VALUES ('both@example.com', 'eve@second.example'), ('copy@example.com', 'eve@second.example');
SELECT * FROM ask('both@example.com', 'copy@example.com', 'copy+x@example.com', 'copy@mirror.example');
INSERT INTO aliases(alias, email) VALUES ('both@example.com', 'BOTH@example.com');
SELECT * FROM ask('both@example.com', 'both+x@example.com', 'both@mirror.example');
-- ... be it by the name of a mirror; it is kept once.
UPDATE aliases SET email = 'both@mirror.example' WHERE alias = 'both@example.com' AND email = 'both@example.com';
INSERT INTO aliases(alias, email) VALUES ('copy@example.com', 'copy@example.com');
SELECT * FROM ask('both@example.com', 'copy@example.com');

-- A destination that is inactive is left out; an alias without any is refused, a mailbox of its name answers.
UPDATE aliases SET active = email = 'bob@example.com' WHERE alias = 'info@example.com';
SELECT * FROM ask('info@example.com', 'info+x@example.com');
UPDATE aliases SET active = false WHERE alias IN ('info@example.com', 'both@example.com');
SELECT * FROM ask('info@example.com', 'info+x@example.com', 'info@mirror.example', 'both@example.com');
UPDATE aliases SET active = false WHERE alias = '@example.com';
SELECT * FROM ask('nobody@example.com', 'nobody@mirror.example');
UPDATE aliases SET active = true;
-- ... also a mirror's own catch-all, beside that of the mirrored domain.
INSERT INTO aliases(alias, email, active) VALUES ('@mirror.example', 'far@away.example', false);
SELECT * FROM ask('nobody@mirror.example', 'bob@mirror.example');
DELETE FROM aliases WHERE alias = '@mirror.example';

-- A sub-address that is an alias of its own without destinations is as if it were not there, as smtpd would ask for its base next: the base answers, or what comes after.
INSERT INTO aliases(alias, email, active) VALUES ('bob+off@example.com', 'alice@example.com', false), ('list+off@example.com', 'alice@example.com', false);
SELECT * FROM ask('bob+off@example.com', 'list+off@example.com', 'list+on@example.com');
UPDATE aliases SET active = false WHERE alias = '@example.com';
SELECT * FROM ask('bob+off@example.com', 'list+off@example.com', 'list+off@mirror.example');
UPDATE aliases SET active = true WHERE alias = '@example.com';
-- ... also one that has moved.
UPDATE aliases SET active = true, relocated = true WHERE alias = 'list+off@example.com';
SELECT * FROM ask('list+off@example.com');
DELETE FROM aliases WHERE alias IN ('bob+off@example.com', 'list+off@example.com');

-- Who is suspended gets no answer: with the catch-all beside, with a detail, with an alias of the name, through a mirror.
UPDATE users SET active = false WHERE email IN ('bob@example.com', 'copy@example.com');
SELECT * FROM ask('bob@example.com', 'bob+x@example.com', 'bob@mirror.example', 'copy@example.com', 'copy+x@example.com', 'nobody@example.com');
-- ... and is left out of the destinations of others.
SELECT answer FROM ask('info@example.com');
DELETE FROM aliases WHERE alias = 'info@example.com' AND email <> 'bob@example.com';
SELECT * FROM ask('info@example.com', 'info+x@example.com');
-- ... also where one alias leads to another, at any depth, and by a detail that makes it another address.
INSERT INTO aliases(alias, email) VALUES ('chain1@example.com', 'chain2@lists.example'), ('chain2@lists.example', 'info@example.com'),
    ('bob+open@example.com', 'alice@example.com'), ('chain3@lists.example', 'bob@example.com'), ('chain4@example.com', 'chain1@example.com'), ('chain4@example.com', 'alice@example.com');
SELECT * FROM ask('chain1@example.com', 'chain3@lists.example', 'chain3+open@lists.example', 'chain4@example.com');
DELETE FROM aliases WHERE alias::text ~ '^chain|open';
UPDATE users SET active = true;
-- Who is delivered by error is refused like that; a transport of retry refuses for now, but what comes by a list or a mirror waits in the queue.
UPDATE users SET transport = 'error:5.2.1' WHERE email = 'bob@example.com';
SELECT * FROM ask('bob@example.com', 'bob+x@example.com', 'info@example.com', 'bob@mirror.example');
UPDATE users SET transport = 'retry:4.2.1' WHERE email = 'bob@example.com';
SELECT * FROM ask('bob@example.com', 'bob+x@example.com', 'info@example.com', 'bob@mirror.example');
UPDATE users SET transport = NULL;
UPDATE domains SET transport = 'error' WHERE domain = 'example.com';
SELECT * FROM ask('bob@example.com', 'info@example.com', 'copy@example.com', 'x@lists.example');
UPDATE domains SET transport = 'virtual' WHERE domain = 'example.com';

-- An inactive domain answers nothing, nor does its mirror; an inactive mirror answers nothing itself.
UPDATE domains SET active = false WHERE domain = 'example.com';
SELECT * FROM ask('bob@example.com', 'info@example.com', 'nobody@example.com', 'bob@mirror.example', 'nobody@mirror.example', 'x@lists.example');
UPDATE domains SET active = domain <> 'mirror.example';
SELECT * FROM ask('bob@example.com', 'bob@mirror.example', 'nobody@mirror.example');
UPDATE domains SET active = true;

-- A domain of aliases that takes no mail is told as one of mailboxes: for those, transport_maps is asked, which says why.
UPDATE domains SET receive = 'defer', receive_reason = 'closed for today' WHERE domain = 'lists.example';
SELECT postfix_virtual_alias_domains('lists.example') AS alias_domain, postfix_virtual_mailbox_domains('lists.example') AS mailbox_domain, postfix_transport_maps('x@lists.example') AS transport;
SELECT * FROM ask('x@lists.example');
UPDATE domains SET receive = 'accept' WHERE domain = 'lists.example';
SELECT postfix_virtual_alias_domains('lists.example') AS alias_domain;
SELECT postfix_virtual_mailbox_domains('lists.example') AS mailbox_domain;

-- The delimiter is that of settings: several, or none.
UPDATE settings SET recipient_delimiter = '-+';
SELECT * FROM ask('bob-x@example.com', 'bob+x-y@example.com', 'owner-bob@example.com', 'bob-request@example.com');
UPDATE settings SET recipient_delimiter = '';
SELECT * FROM ask('bob+x@example.com', 'bob@example.com');
UPDATE settings SET recipient_delimiter = '+';

DROP FUNCTION ask;
DELETE FROM aliases;
DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM domains WHERE alias_of IS NOT NULL;
DELETE FROM domains;
TRUNCATE transport_changes;
