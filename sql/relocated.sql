-- Addresses that have moved: refused with the new address, whatever else has their name.
SET search_path = mailstack, public;
INSERT INTO domains(domain) VALUES ('example.com');
INSERT INTO domains(domain, class) VALUES ('lists.example', 'virtual_alias'), ('relay.example', 'relay');
INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'example.com');
INSERT INTO users(email) VALUES ('bob@example.com'), ('ann@example.com');
INSERT INTO aliases(alias, email) VALUES ('@example.com', 'bob@example.com'), ('team@lists.example', 'ann@example.com'), ('all@lists.example', 'ann@example.com'), ('all@lists.example', 'bob@example.com');
INSERT INTO relocated(email, new_email) VALUES ('Ann@Example.com', 'Ann@New.example'), ('team@lists.example', 'crew@new.example');
SELECT email, new_email FROM relocated ORDER BY email;
SELECT address_is_available('ann@example.com'), address_is_available('team@lists.example');

-- The address, its sub-addresses and its name in a mirror; nobody else, and no alias that leads there.
SELECT key, r AS relocated, a AS alias, c AS access
  FROM unnest(ARRAY['ann@example.com', 'ANN+x@example.com', 'ann@mirror.example', 'ann+x@mirror.example', 'team@lists.example', 'all@lists.example',
                    'bob@example.com', 'nobody@example.com', '@example.com', 'example.com', '*', 'ann@relay.example']) WITH ORDINALITY AS k(key, n)
       LEFT JOIN LATERAL postfix_relocated_maps(key) r ON true LEFT JOIN LATERAL postfix_virtual_alias_maps(key) a ON true
       LEFT JOIN LATERAL postfix_check_recipient_access(key) c ON true
 ORDER BY n;
-- The mailbox is still there for its owner.
SELECT home FROM dovecot_userdb('ann@example.com');

-- The view is of aliases; there it is one row that can be switched off.
SELECT alias, email, relocated FROM aliases WHERE alias = 'ann@example.com';
UPDATE aliases SET active = false WHERE relocated AND alias = 'ann@example.com';
SELECT postfix_relocated_maps('ann@example.com'), postfix_virtual_alias_maps('ann@example.com');
UPDATE aliases SET active = true WHERE relocated AND alias = 'ann@example.com';
\set VERBOSITY terse
UPDATE relocated SET relocated = false WHERE email = 'ann@example.com';
\set VERBOSITY default

-- Rules 1 and 6, one new address, and no row that says nothing.
INSERT INTO relocated(email, new_email) VALUES ('x@nowhere.example', 'x@new.example');
INSERT INTO relocated(email, new_email) VALUES ('x@relay.example', 'x@new.example');
\set VERBOSITY terse
INSERT INTO relocated(email, new_email) VALUES ('bob@example.com', 'Bob@Example.com');
INSERT INTO relocated(email, new_email) VALUES ('ann@example.com', 'ann@other.example');
INSERT INTO relocated(email, new_email) VALUES ('@example.com', 'x@new.example');
\set VERBOSITY default
DELETE FROM aliases WHERE domain = 'lists.example' AND NOT relocated;
DELETE FROM domains WHERE domain = 'lists.example';
SELECT * FROM check_rules();

DELETE FROM relocated;
DELETE FROM aliases;
DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM domains;
