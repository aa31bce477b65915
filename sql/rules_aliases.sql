-- Rule 3: no alias is a loop or leads to nothing, and none to more than Postfix expands; at COMMIT.
SET search_path = mailstack, public;
INSERT INTO domains(domain) VALUES ('example.com'), ('second.example');
INSERT INTO domains(domain, class) VALUES ('lists.example', 'virtual_alias'), ('relay.example', 'relay');
INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'example.com');
INSERT INTO users(email) VALUES ('bob@example.com'), ('ann@example.com'), ('eve@second.example');

-- A destination that is nothing, in any spelling of its domain; others are none of our business.
INSERT INTO aliases(alias, email) VALUES ('info@example.com', 'bobb@example.com');
INSERT INTO aliases(alias, email) VALUES ('info@lists.example', 'nobody+x@mirror.example');
INSERT INTO aliases(alias, email) VALUES ('info@example.com', 'nobody@lists.example');
INSERT INTO aliases(alias, email) VALUES ('out@example.com', 'x@relay.example'), ('out@example.com', 'x@elsewhere.example'),
    ('in@lists.example', 'Bob+x@Mirror.example'), ('in@example.com', 'eve@second.example');
-- A pair in either order, and a change of mind.
BEGIN;
INSERT INTO aliases(alias, email) VALUES ('team@example.com', 'carl@example.com');
INSERT INTO users(email) VALUES ('carl@example.com');
COMMIT;
BEGIN;
INSERT INTO aliases(alias, email) VALUES ('oops@example.com', 'nobody@example.com');
SAVEPOINT s;
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK TO s;
UPDATE aliases SET email = 'bob@example.com' WHERE alias = 'oops@example.com';
COMMIT;

-- What was found out earlier in a transaction does not hide what it does later.
BEGIN;
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO aliases(alias, email) VALUES ('second@example.com', 'bob@example.com'), ('first@example.com', 'second@example.com');
UPDATE aliases SET email = 'first@example.com' WHERE alias = 'second@example.com';
ROLLBACK;

-- Loops: of one, of two, of three, through sub-addresses, mirrors and catch-alls.
INSERT INTO aliases(alias, email) VALUES ('self@example.com', 'self@example.com');
INSERT INTO aliases(alias, email) VALUES ('self@example.com', 'self+x@mirror.example');
INSERT INTO aliases(alias, email) VALUES ('bob@example.com', 'ann@example.com'), ('ann@example.com', 'bob@example.com');
INSERT INTO aliases(alias, email) VALUES ('a@example.com', 'b@second.example'), ('b@second.example', 'c@lists.example'), ('c@lists.example', 'A+d@mirror.example');
INSERT INTO aliases(alias, email) VALUES ('@second.example', 'any@lists.example'), ('any@lists.example', 'nobody@second.example');
INSERT INTO aliases(alias, email) VALUES ('@second.example', 'nobody@second.example');
-- Only a+x@ goes round: added in either order.
INSERT INTO aliases(alias, email) VALUES ('bb+x@example.com', 'aa+x@example.com'), ('bb@example.com', 'bob@example.com'), ('aa@example.com', 'bob@example.com');
UPDATE aliases SET email = 'bb@example.com' WHERE alias = 'aa@example.com';
DELETE FROM aliases WHERE alias = 'bb+x@example.com';
UPDATE aliases SET email = 'bb@example.com' WHERE alias = 'aa@example.com';
INSERT INTO aliases(alias, email) VALUES ('bb+x@example.com', 'aa+x@example.com');
-- A mailbox ends the way, unless an alias has its name; whoever is suspended could come back.
INSERT INTO aliases(alias, email) VALUES ('bob@example.com', 'bob@example.com'), ('ann@example.com', 'bob@example.com');
UPDATE users SET active = false WHERE email = 'bob@example.com';
INSERT INTO aliases(alias, email) VALUES ('bob@example.com', 'ann@example.com');
UPDATE users SET active = true WHERE email = 'bob@example.com';
-- A row that is switched off leads nowhere, and is looked at when it is switched on.
INSERT INTO aliases(alias, email, active) VALUES ('bob@example.com', 'ann@example.com', false);
UPDATE aliases SET active = true WHERE alias = 'bob@example.com';
DELETE FROM aliases WHERE alias IN ('bob@example.com', 'ann@example.com');

-- What is needed stays: users, aliases, by whatever name aliases lead to them.
DELETE FROM users WHERE email = 'bob@example.com';
DELETE FROM users WHERE email = 'eve@second.example';
UPDATE users SET email = 'robert@example.com' WHERE email = 'bob@example.com';
INSERT INTO aliases(alias, email) VALUES ('chain@lists.example', 'in@example.com');
DELETE FROM aliases WHERE alias = 'in@example.com';
UPDATE aliases SET alias = 'inbound@example.com' WHERE alias = 'in@example.com';
-- ... unless something else takes its place, or what leads there goes, too.
BEGIN;
DELETE FROM users WHERE email = 'eve@second.example';
INSERT INTO aliases(alias, email) VALUES ('@second.example', 'ann@example.com');
COMMIT;
DELETE FROM aliases WHERE alias = '@second.example';
BEGIN;
DELETE FROM aliases WHERE alias IN ('in@example.com', 'chain@lists.example');
DELETE FROM aliases WHERE alias = '@second.example';
COMMIT;
-- A mailbox that was all that kept an alias from its own catch-all.
DELETE FROM retired_maildirs;
INSERT INTO users(email) VALUES ('eve@second.example');
INSERT INTO aliases(alias, email) VALUES ('@second.example', 'eve@second.example');
DELETE FROM users WHERE email = 'eve@second.example';
TRUNCATE users CASCADE;

-- A domain that becomes hosted, another class or a mirror; settings.
INSERT INTO domains(domain) VALUES ('elsewhere.example');
BEGIN;
INSERT INTO domains(domain) VALUES ('elsewhere.example');
INSERT INTO users(email) VALUES ('x@elsewhere.example');
COMMIT;
UPDATE domains SET class = 'virtual_mailbox' WHERE domain = 'relay.example';
UPDATE domains SET alias_of = 'second.example' WHERE domain = 'mirror.example';
INSERT INTO aliases(alias, email) VALUES ('desk@example.com', 'postmaster@second.example');
UPDATE settings SET postmaster_address = 'bob@example.com';
INSERT INTO aliases(alias, email) VALUES ('desk@example.com', 'abuse@lists.example');
UPDATE settings SET role_addresses = '{postmaster}';
UPDATE settings SET recipient_delimiter = '';
DELETE FROM aliases WHERE alias = 'desk@example.com';
UPDATE settings SET postmaster_address = NULL, role_addresses = DEFAULT, recipient_delimiter = DEFAULT;

-- What Postfix expands, and no more: of an alias, and of what leads to it.
INSERT INTO aliases(alias, email) SELECT 'all@lists.example', 'm' || i || '@far.example' FROM generate_series(1, 1000) i;
INSERT INTO aliases(alias, email) VALUES ('all@lists.example', 'one@far.example');
INSERT INTO aliases(alias, email) VALUES ('more@lists.example', 'all@lists.example'), ('more@lists.example', 'one@far.example');
BEGIN;
DELETE FROM aliases WHERE alias = 'all@lists.example' AND email = 'm7@far.example';
INSERT INTO aliases(alias, email) VALUES ('more@lists.example', 'all@lists.example'), ('more@lists.example', 'one@far.example');
COMMIT;
INSERT INTO aliases(alias, email) VALUES ('all@lists.example', 'm7@far.example');
DELETE FROM aliases WHERE alias IN ('more@lists.example', 'all@lists.example');
INSERT INTO aliases(alias, email) SELECT 'c' || i || '@lists.example', CASE i WHEN 1000 THEN 'bob@example.com' ELSE 'c' || i + 1 || '@lists.example' END FROM generate_series(1, 1000) i;
INSERT INTO aliases(alias, email) VALUES ('c0@lists.example', 'c1@lists.example');
DELETE FROM aliases WHERE alias::text ~ '^c\d';

-- What the rules did not see, after the restore of a dump that was edited.
SELECT * FROM check_rules();
SET session_replication_role = replica;
INSERT INTO aliases(alias, email) VALUES ('lost@example.com', 'bobb@example.com'), ('l1@example.com', 'l2@example.com'), ('l2@example.com', 'l1@example.com');
RESET session_replication_role;
SELECT * FROM check_rules() ORDER BY object COLLATE "C";

-- Who may not read aliases learns from a refusal that there is one, and not which.
CREATE ROLE clerk;
GRANT USAGE ON SCHEMA mailstack TO clerk;
GRANT SELECT, DELETE ON users TO clerk;
SET ROLE clerk;
DELETE FROM users WHERE email = 'bob@example.com';
RESET ROLE;
DROP OWNED BY clerk;
DROP ROLE clerk;

DELETE FROM aliases;
DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM domains WHERE alias_of IS NOT NULL;
DELETE FROM domains;
