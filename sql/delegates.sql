-- Delegated administrators: what is left of roles that are gone, and the ways round their limits.
SET search_path = mailstack, public;
\pset null '(null)'
INSERT INTO domains(domain) VALUES ('a.example'), ('b.example'), ('c.example');

-- A new role gets nothing of an old one that had its name; whoever grants it something is told what it did not get.
CREATE ROLE regress_name;
SELECT grant_admin('regress_name', 'a.example'), grant_admin('regress_name', 'b.example');
DROP OWNED BY regress_name;
DROP ROLE regress_name;
CREATE ROLE regress_name;
SELECT grant_admin('regress_name', 'c.example');
SET ROLE regress_name;
SELECT domain FROM domains;
SELECT domain FROM administered_domains();
RESET ROLE;
SELECT role, domain FROM domain_admins;
-- Nor of one that has another name now, nor by a right that was given it by hand.
SELECT grant_admin('regress_name');
ALTER ROLE regress_name RENAME TO regress_renamed;
CREATE ROLE regress_name;
GRANT USAGE ON SCHEMA mailstack TO regress_name;
GRANT SELECT ON domains TO regress_name;
GRANT EXECUTE ON FUNCTION administered_domains() TO regress_name;
SET ROLE regress_name;
SELECT domain FROM domains;
SET ROLE regress_renamed;
SELECT domain FROM domains;
RESET ROLE;
-- A row without an OID counts for nobody. To take back leaves nothing of either.
INSERT INTO domain_admins(role, domain) VALUES ('regress_name', 'b.example');
SET ROLE regress_name;
SELECT domain FROM domains;
RESET ROLE;
SELECT revoke_admin('regress_name');
SELECT count(*) AS rows_left FROM domain_admins;
DROP OWNED BY regress_renamed;
DROP ROLE regress_name, regress_renamed;
-- After a restore into another cluster, where roles have other OIDs, the owner says that they are the same.
CREATE ROLE regress_a;
SELECT grant_admin('regress_a', 'a.example');
UPDATE domain_admins SET role_oid = 1;
SET ROLE regress_a;
SELECT domain FROM domains;
RESET ROLE;
UPDATE domain_admins SET role_oid = to_regrole(quote_ident(role));
SET ROLE regress_a;
SELECT domain FROM domains;
RESET ROLE;
SELECT grant_admin('regress_a', 'c.example');

-- The record has every row that a delegated administrator changes, however many, and counts no row that stays as it was.
INSERT INTO users(email) SELECT n || '@a.example' FROM generate_series(1, 5) AS n;
UPDATE settings SET audit_rows = 2;
TRUNCATE audit;
SET ROLE regress_a;
UPDATE users SET realname = CASE WHEN email = '3@a.example' THEN 'Hidden' ELSE realname END;
UPDATE users SET realname = 'Same';
INSERT INTO aliases(alias, email) SELECT n || '-alias@a.example', '1@a.example' FROM generate_series(1, 3) AS n;
DELETE FROM aliases;
RESET ROLE;
UPDATE users SET realname = CASE WHEN email = '3@a.example' THEN 'One' ELSE realname END;
UPDATE users SET realname = 'Three' WHERE email <> '1@a.example';
UPDATE users SET realname = 'All';
SELECT role = 'regress_a' AS his, action, table_name, domain, key, row_count, new_values->>'realname' AS realname FROM audit ORDER BY id;
UPDATE settings SET audit_rows = DEFAULT;

-- A transport is chosen, too, by a share, by leaving a user to that of the domain, and by moving one who has his own.
\set VERBOSITY terse
UPDATE domain_admins SET transports = '{NULL}' WHERE domain = 'a.example';
\set VERBOSITY default
UPDATE domains SET transport = 'lmtp' WHERE domain = 'a.example';
UPDATE users SET transport = 'virtual' WHERE email = '1@a.example';
SET ROLE regress_a;
UPDATE users SET transport = NULL WHERE email = '1@a.example';
UPDATE users SET email = '1@c.example' WHERE email = '1@a.example';
UPDATE users SET email = '2@c.example' WHERE email = '2@a.example';
UPDATE users SET email = '1-moved@a.example' WHERE email = '1@a.example';
RESET ROLE;
UPDATE domain_admins SET transports = '{lmtp}' WHERE domain = 'a.example';
UPDATE domain_admins SET transports = '{virtual}' WHERE domain = 'c.example';
SET ROLE regress_a;
UPDATE users SET email = '1@c.example' WHERE email = '1-moved@a.example';
UPDATE users SET email = '1@a.example' WHERE email = '1@c.example';
UPDATE users SET email = '1@a.example', transport = NULL WHERE email = '1@c.example' RETURNING transport;
RESET ROLE;
-- A staged switch of the operator: neither more of it nor less, nor its end, but what leads to an allowed one.
UPDATE domain_admins SET transports = '{}';
UPDATE domains SET staged_transport = 'virtual', staged_share = 0.5 WHERE domain = 'a.example';
SET ROLE regress_a;
UPDATE domains SET staged_share = 0.9 WHERE domain = 'a.example';
UPDATE domains SET staged_share = 0.1 WHERE domain = 'a.example';
UPDATE domains SET staged_transport = NULL, staged_share = NULL WHERE domain = 'a.example';
SELECT switch_transport('a.example', 'virtual', 0.9);
RESET ROLE;
UPDATE domain_admins SET transports = '{virtual}';
SET ROLE regress_a;
UPDATE domains SET staged_share = 0.9 WHERE domain = 'a.example';
UPDATE domains SET staged_share = 0.1 WHERE domain = 'a.example';
UPDATE domains SET transport = 'virtual', staged_transport = NULL, staged_share = NULL WHERE domain = 'a.example' RETURNING transport;
RESET ROLE;

-- Of a mirror no more is told than of its own rows: nothing of users, aliases and suspensions in the domain that it mirrors.
INSERT INTO domains(domain, alias_of) VALUES ('m.example', 'b.example');
INSERT INTO users(email) VALUES ('bob@b.example');
INSERT INTO users(email, active, suspended_reason) VALUES ('bea@b.example', false, 'Secret');
INSERT INTO aliases(alias, email) VALUES ('list@b.example', 'secret@far.example'), ('both@a.example', 'bob@b.example'), ('both@a.example', 'bea@m.example');
SELECT grant_admin('regress_a', 'm.example');
SELECT depth, address, kind, reply, reason FROM route('bea@m.example') WHERE reason ~ 'Secret';
SELECT hint FROM explain_login('bob@m.example') WHERE step = 'user';
SET ROLE regress_a;
SELECT depth, address, kind, alias, reply, reason FROM route('bea@m.example');
SELECT depth, address, kind, alias, reply, reason FROM route('list@m.example');
SELECT depth, address, kind, alias, reply, reason FROM route('nobody@m.example');
SELECT depth, address, kind, alias, reply, reason FROM route('both@a.example');
SELECT step, answer, why, hint FROM explain_login('bob@m.example');
RESET ROLE;
SELECT grant_admin('regress_a', 'b.example');
SET ROLE regress_a;
SELECT depth, address, kind, alias, reply, reason FROM route('bea@m.example');
SELECT hint FROM explain_login('bob@m.example') WHERE step = 'user';
RESET ROLE;
SELECT revoke_admin('regress_a', 'b.example');
DELETE FROM aliases;
DELETE FROM domains WHERE domain = 'm.example';

-- Who else administers a domain, and within which limits, is on record for those who administer all.
CREATE ROLE regress_b;
TRUNCATE audit;
UPDATE users SET realname = 'On record' WHERE email = '5@a.example';
SELECT grant_admin('regress_b', 'a.example');
UPDATE domain_admins SET max_users = 7 WHERE role = 'regress_b';
SELECT revoke_admin('regress_b');
SET ROLE regress_a;
SELECT action, table_name, key FROM audit;
RESET ROLE;
SELECT grant_admin('regress_b');
SET ROLE regress_b;
SELECT action, table_name, key FROM audit ORDER BY id;
RESET ROLE;
SELECT revoke_admin('regress_b');
DROP ROLE regress_b;

-- Of a domain's quotas none is his to change; without a pool he gives a user no more than the domain's default.
UPDATE domains SET quota_bytes = 1000, quota_messages = 100 WHERE domain = 'a.example';
SELECT grant_admin('regress_a');
SET ROLE regress_a;
UPDATE domains SET quota_bytes = 2000 WHERE domain = 'a.example';
UPDATE domains SET quota_messages = NULL WHERE domain = 'a.example';
UPDATE domains SET quota_pool_bytes = 2000 WHERE domain = 'a.example';
INSERT INTO domains(domain, quota_bytes) VALUES ('d.example', 2000);
UPDATE domains SET services = '{imap}', active = false, suspended_reason = 'Unpaid' WHERE domain = 'c.example';
UPDATE domains SET services = NULL, active = true WHERE domain = 'c.example';
RESET ROLE;
SELECT revoke_admin('regress_a');
SELECT grant_admin('regress_a', 'a.example'), grant_admin('regress_a', 'c.example');
UPDATE users SET quota_bytes = 5000, quota_messages = 0 WHERE email = '5@a.example';
SET ROLE regress_a;
INSERT INTO users(email, quota_bytes) VALUES ('more@a.example', 1001);
INSERT INTO users(email, quota_bytes) VALUES ('more@a.example', 0);
INSERT INTO users(email, quota_bytes, quota_messages) VALUES ('as-much@a.example', 1000, 100);
UPDATE users SET quota_bytes = 0 WHERE email = '4@a.example';
UPDATE users SET quota_messages = 0 WHERE email = '4@a.example';
UPDATE users SET quota_messages = 101 WHERE email = '4@a.example';
UPDATE users SET quota_bytes = 10, quota_messages = 10 WHERE email = '4@a.example';
UPDATE users SET quota_bytes = NULL, quota_messages = NULL WHERE email = '4@a.example';
-- What the operator gave stays, and can be made less; where there is no default, there is no limit, but it is not carried to where there is.
UPDATE users SET realname = 'Has more', quota_bytes = 4000 WHERE email = '5@a.example';
UPDATE users SET quota_bytes = 4001 WHERE email = '5@a.example';
INSERT INTO users(email, quota_bytes) VALUES ('much@c.example', 5000);
UPDATE users SET email = 'much@a.example' WHERE email = 'much@c.example';
RESET ROLE;
-- A pool is shared out freely, of bytes.
UPDATE domains SET quota_pool_bytes = 20000 WHERE domain = 'a.example';
SET ROLE regress_a;
UPDATE users SET quota_bytes = 6000 WHERE email = '4@a.example';
UPDATE users SET quota_bytes = 0 WHERE email = '4@a.example';
UPDATE users SET quota_messages = 101 WHERE email = '4@a.example';
RESET ROLE;

-- What leads to a user from domains that he does not see keeps the user there; he is told so, and whom to ask.
INSERT INTO users(email) VALUES ('led@a.example'), ('suspended@a.example');
INSERT INTO aliases(alias, email) VALUES ('from-b@b.example', 'led@a.example'), ('from-b@b.example', 'suspended@a.example');
SET ROLE regress_a;
DELETE FROM users WHERE email = 'led@a.example';
INSERT INTO aliases(alias, email) VALUES ('own@a.example', 'led@a.example'), ('own@a.example', 'suspended@a.example');
UPDATE users SET email = 'led-by-all@a.example' WHERE email = 'led@a.example';
UPDATE users SET active = false WHERE email = 'suspended@a.example';
RESET ROLE;
DELETE FROM aliases WHERE alias = 'from-b@b.example';
SET ROLE regress_a;
DELETE FROM users WHERE email = 'led@a.example';
DELETE FROM aliases;
-- A maildir that is retired is the operator's to release.
DELETE FROM users WHERE email = 'led@a.example';
INSERT INTO users(email) VALUES ('led@a.example');
RESET ROLE;

DELETE FROM users; DELETE FROM retired_maildirs; DELETE FROM domains;
SELECT revoke_admin('regress_a');
DROP ROLE regress_a;
