-- route() and route_domain(): where mail goes, and why. test/mail/test_route.py compares it with the real Postfix.
SET search_path = mailstack, public;
UPDATE settings SET postmaster_address = 'alice@example.com';
INSERT INTO domains(domain) VALUES ('example.com'), ('Straße.example');
INSERT INTO domains(domain, transport) VALUES ('error.example', 'error:5.7.1'), ('retry.example', 'retry'), ('trash.example', 'discard');
INSERT INTO domains(domain, class) VALUES ('lists.example', 'virtual_alias'), ('branch.example', 'relay'), ('open.example', 'relay');
INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'example.com');
INSERT INTO relay_recipients(recipient) VALUES ('known@branch.example'), ('@open.example');
INSERT INTO users(email, transport, keep_copy) SELECT u, t, k FROM (VALUES
    ('bob@example.com', NULL, false), ('alice@example.com', NULL, false), ('gone@example.com', NULL, false), ('later@example.com', NULL, false), ('sender@example.com', NULL, false),
    ('both@example.com', NULL, false), ('copy@example.com', NULL, true), ('lee@example.com', 'lmtp:unix:private/dovecot-lmtp', false), ('lost@example.com', 'error:5.7.7', false),
    ('"a b"@example.com', NULL, false), ('-dash@example.com', NULL, false), ('x%y@example.com', NULL, false), ('x@trash.example', NULL, false)) AS v(u, t, k);
INSERT INTO aliases(alias, email) VALUES
    ('info@example.com', 'bob@example.com'), ('info@example.com', 'Far@Away.example'), ('info@example.com', 'alice+own@example.com'), ('info@example.com', 'team@lists.example'),
    ('team@lists.example', 'gone@example.com'), ('team@lists.example', 'known@branch.example'), ('team@lists.example', 'later@example.com'),
    ('dead@lists.example', 'gone@example.com'), ('dead2@lists.example', 'dead@lists.example'), ('@lists.example', 'lee@example.com'), ('dash@lists.example', '-dash@example.com'),
    ('both@example.com', 'bob@example.com'), ('copy@example.com', 'x@trash.example'), ('nobody+x@example.com', 'bob@example.com'), ('bob@mirror.example', 'alice@example.com');
INSERT INTO aliases(alias, email, active, expires) VALUES
    ('info@example.com', 'lee@example.com', false, NULL), ('info@example.com', 'lost@example.com', true, '2000-01-01 UTC'), ('bob+off@example.com', 'alice@example.com', false, NULL);
INSERT INTO relocated(email, new_email) VALUES ('moved@example.com', 'Ann@New.example');
\set VERBOSITY terse
UPDATE users SET active = false WHERE email = 'gone@example.com';
UPDATE users SET receive = 'defer', receive_reason = 'moving house' WHERE email = 'later@example.com';
UPDATE users SET receive = 'refuse' WHERE email = 'sender@example.com';
\set VERBOSITY default
CREATE FUNCTION way(address text) RETURNS TABLE (step text, what text, detail text, reason text) LANGUAGE sql AS $$
    SELECT repeat('  ', depth) || r.address, concat_ws(' ', kind, alias, transport, home, mail), r.detail, coalesce(reply || ' ', '') || coalesce('(' || r.reason || ')', '') FROM route($1) r $$;

-- A list by the name of a mirror, with a detail: each kind of step.
SELECT * FROM way('Info+News@Mirror.example');
SELECT DISTINCT uid, gid FROM route('info@example.com') WHERE kind = 'mailbox';
-- The catch-all, a role address, a mailbox and an alias of one name, a relay domain, and what is thrown away.
SELECT * FROM way('who+ever@lists.example');
SELECT * FROM way('Postmaster@lists.example');
SELECT * FROM way('both@example.com');
SELECT * FROM way('copy+x@example.com');
SELECT * FROM way('known@branch.example');
SELECT * FROM way('any@open.example');
-- A sub-address that is switched off is passed over.
SELECT * FROM way('bob+off@example.com');
-- Postfix delivers to no address that begins with a hyphen, also not by an alias.
SELECT * FROM way('dash@lists.example');

-- An alias without anybody, also at second hand.
SELECT * FROM way('dead2@lists.example');
-- Each other reply there is.
SELECT k AS key, kind, reply, reason
  FROM unnest(ARRAY['"a b"@Example.com', '"a c"@Example.com', 'nobody+x+y@example.com', 'gone@example.com', 'gone+x@mirror.example', 'later@example.com', 'sender@example.com', 'lost@example.com',
                    'moved+x@example.com', 'known@error.example', 'known@retry.example', 'unknown@branch.example', '-dash@example.com', 'x%y@example.com', 'x@far.example',
                    'x@Strasse.example', 'x@xn--strae-oqa.example']) WITH ORDINALITY AS u(k, n), route(k) r
 WHERE reply IS NOT NULL ORDER BY n;
UPDATE domains SET active = false WHERE domain = 'example.com';
UPDATE domains SET receive = 'defer' WHERE domain = 'lists.example';
UPDATE domains SET receive = 'refuse', receive_reason = '5.3.2 closed' WHERE domain = 'branch.example';
SELECT k AS key, kind, reply, reason FROM unnest(ARRAY['bob@example.com', 'bob@mirror.example', 'alice@mirror.example', 'team@lists.example', 'known@branch.example']) WITH ORDINALITY AS u(k, n), route(k) r
 WHERE reply IS NOT NULL ORDER BY n;
UPDATE domains SET active = true, receive = 'accept';
-- How a domain was read, and what is no address.
SELECT k AS key, r.address, kind, r.detail, reason FROM unnest(ARRAY['X+y@STRASSE.example', '"bob"@Example.com', 'x+y@branch.example', 'x+y@far.example', 'bob', 'bob smith@example.com', '@example.com', 'bob@', '']) WITH ORDINALITY AS u(k, n),
       route(k) r WHERE kind IN ('address', 'no address') ORDER BY n;
SELECT count(*) FROM route(NULL);
-- What the client cannot read is spelled out.
SET client_encoding = 'LATIN1';
SELECT address, reason FROM route(chr(23383) || '@far.example');
SET client_encoding = 'UTF8';

-- Whole domains.
SELECT * FROM route_domain('Example.com');
SELECT * FROM route_domain('mirror.example');
SELECT * FROM route_domain('lists.example');
SELECT k AS key, r.* FROM unnest(ARRAY['branch.example', 'open.example', 'error.example', 'straße.example', 'far.example', 'no domain', '']) WITH ORDINALITY AS u(k, n), route_domain(k) r ORDER BY n;

-- What no rule lets in, but an edited dump may hold: loops, nothing, and more than Postfix expands.
SET session_replication_role = replica;
INSERT INTO aliases(alias, email) SELECT a::mail_key, e::mail_key FROM (VALUES ('loop1@example.com', 'loop2@example.com'), ('loop2@example.com', 'loop1@mirror.example'), ('loop2@example.com', 'nothing@example.com')) AS v(a, e);
INSERT INTO aliases(alias, email) SELECT 'huge@example.com', ('u' || i || '@far.example')::mail_key FROM generate_series(1, 5000) AS i;
SET session_replication_role = origin;
SELECT * FROM way('loop1@example.com');
SELECT kind, count(*), max(reason) FROM route('huge@example.com') GROUP BY kind ORDER BY kind;
SELECT * FROM route_domain('example.com') WHERE address ~ '^(loop|huge)';

-- EXECUTE is the privilege, and no other is needed.
CREATE ROLE regress_operator;
GRANT USAGE ON SCHEMA mailstack TO regress_operator;
SET ROLE regress_operator;
SELECT count(*) FROM route('bob@example.com');
SELECT count(*) FROM route_domain('example.com');
RESET ROLE;
GRANT EXECUTE ON FUNCTION route(text), route_domain(text) TO regress_operator;
SET ROLE regress_operator;
SELECT count(*) FROM route('bob@example.com');
SELECT count(*) FROM route_domain('branch.example');
RESET ROLE;
REVOKE ALL ON FUNCTION route(text), route_domain(text) FROM regress_operator;
REVOKE ALL ON SCHEMA mailstack FROM regress_operator;
DROP ROLE regress_operator;

DROP FUNCTION way;
SET client_min_messages = warning;
TRUNCATE aliases, relay_recipients, users, retired_maildirs CASCADE;
DELETE FROM domains WHERE alias_of IS NOT NULL;
DELETE FROM domains;
UPDATE settings SET postmaster_address = DEFAULT;
TRUNCATE transport_changes;
