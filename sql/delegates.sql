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

DELETE FROM users; DELETE FROM retired_maildirs; DELETE FROM domains;
SELECT revoke_admin('regress_a');
DROP ROLE regress_a;
