-- grant_postfix(), grant_dovecot() and what takes them back: exactly the rights needed, found in the catalog.
SET search_path = mailstack, public;
TRUNCATE audit;

CREATE ROLE regress_postfix;
CREATE ROLE regress_dovecot;
CREATE ROLE regress_clerk;
-- Every right of one of the roles, to whatever it is in this database.
CREATE VIEW granted AS
SELECT grantee::regrole::text AS role, kind, object, string_agg(privilege_type, ', ' ORDER BY privilege_type) AS may
FROM (SELECT (aclexplode(nspacl)).*, 'schema' AS kind, nspname::text AS object FROM pg_namespace
      UNION ALL SELECT (aclexplode(proacl)).*, 'function', proname FROM pg_proc
      UNION ALL SELECT (aclexplode(relacl)).*, 'table', relname FROM pg_class
      UNION ALL SELECT (aclexplode(attacl)).*, 'column', attrelid::regclass || '.' || attname FROM pg_attribute) a
WHERE grantee::regrole::text ~ '^regress_(postfix|dovecot|clerk)$'
GROUP BY grantee, kind, object;
CREATE VIEW limits AS
SELECT setrole::regrole::text AS role, d.datname = current_database() AS here, unnest(setconfig) AS setting
FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase WHERE setrole::regrole::text ~ '^regress_(postfix|dovecot|clerk)$';

SELECT grant_postfix('regress_postfix');
SELECT grant_dovecot('regress_dovecot');
-- Twice is as good as once.
SELECT grant_postfix('regress_postfix');
-- All that begins with the daemon's name, and nothing else.
SELECT role, kind, count(*) > 0 AS some, string_agg(object, ' ') FILTER (WHERE object !~ ('^' || substr(role, 9) || '_') AND object <> 'mailstack') AS others
FROM granted GROUP BY role, kind ORDER BY role, kind;
SELECT proname AS forgotten FROM pg_proc
WHERE pronamespace = 'mailstack'::regnamespace AND proname ~ '^(postfix|dovecot)_' AND prorettype <> 'trigger'::regtype
  AND NOT EXISTS (SELECT FROM granted WHERE object = proname AND may = 'EXECUTE' AND role = 'regress_' || split_part(proname, '_', 1));
SELECT * FROM limits ORDER BY role, setting;

-- A lookup or table that comes later is found by its name; a trigger function is none.
CREATE FUNCTION mailstack.dovecot_later(key text) RETURNS text LANGUAGE sql RETURN key;
REVOKE EXECUTE ON FUNCTION dovecot_later FROM PUBLIC;
CREATE FUNCTION mailstack.dovecot_later_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
REVOKE EXECUTE ON FUNCTION dovecot_later_trigger FROM PUBLIC;
CREATE TABLE mailstack.dovecot_later_dict (username text PRIMARY KEY, bytes bigint);
SELECT grant_dovecot('regress_dovecot');
SELECT * FROM granted WHERE object LIKE '%later%' ORDER BY object;

-- Another right in the schema keeps USAGE; nothing else is left.
GRANT SELECT ON domains TO regress_dovecot;
SELECT revoke_dovecot('regress_dovecot'), revoke_postfix('regress_postfix');
SELECT * FROM granted ORDER BY role, kind, object;
SELECT * FROM limits ORDER BY role, setting;
REVOKE SELECT ON domains FROM regress_dovecot;
SELECT revoke_dovecot('regress_dovecot');
SELECT count(*) AS left FROM granted;
DROP TABLE dovecot_later_dict;
DROP FUNCTION dovecot_later, dovecot_later_trigger;

-- One role for both: each is taken back alone.
SELECT grant_postfix('regress_clerk'), grant_dovecot('regress_clerk');
SELECT revoke_postfix('regress_clerk');
SELECT kind, object, may FROM granted WHERE object ~ 'passdb|alias_maps|^mailstack$' ORDER BY kind;
SELECT revoke_dovecot('regress_clerk');
SELECT count(*) AS left FROM granted;

-- To whom: a role that is there, and not everybody. Who can do more in any case is warned of.
SELECT grant_postfix('nobody_of_that_name');
SELECT grant_postfix('public');
SELECT grant_postfix('-');
SELECT grant_postfix(4294967295);
SELECT grant_admin(NULL);
SELECT grant_postfix(NULL) IS NULL AS nothing;
CREATE ROLE regress_super SUPERUSER;
CREATE ROLE regress_bypass BYPASSRLS;
SELECT grant_postfix('regress_super');
SELECT grant_admin('regress_bypass');
SELECT revoke_postfix('regress_super'), revoke_admin('regress_bypass');
-- By rights to tables that something else gave it: the role, one that it is a member of, PUBLIC, or the server; but a daemon's own tables, or
-- to be a member of another administrator, is nothing to warn of.
INSERT INTO domains(domain) VALUES ('warned.example');
GRANT SELECT ON users TO regress_clerk;
GRANT SELECT (password) ON app_passwords TO PUBLIC;
SELECT grant_postfix('regress_clerk');
SELECT grant_admin('regress_clerk', 'warned.example');
SELECT grant_admin('regress_clerk', 'warned.example');
REVOKE SELECT ON users FROM regress_clerk;
REVOKE SELECT (password) ON app_passwords FROM PUBLIC;
SELECT revoke_admin('regress_clerk');
GRANT pg_read_all_data TO regress_clerk;
SELECT grant_dovecot('regress_clerk');
REVOKE pg_read_all_data FROM regress_clerk;
SELECT grant_admin('regress_postfix', 'warned.example');
GRANT regress_postfix TO regress_dovecot;
SELECT grant_admin('regress_dovecot', 'warned.example');
GRANT INSERT ON domain_admins TO regress_postfix;
SELECT grant_admin('regress_postfix', 'warned.example');
REVOKE INSERT ON domain_admins FROM regress_postfix;
SELECT revoke_postfix('regress_clerk'), revoke_dovecot('regress_clerk'), revoke_admin('regress_clerk'), revoke_admin('regress_postfix'), revoke_admin('regress_dovecot');
SELECT grant_dovecot('regress_clerk');
SELECT grant_postfix('regress_clerk');
SELECT revoke_postfix('regress_clerk'), revoke_dovecot('regress_clerk');
DELETE FROM domains;

-- By whom: the owner.
SELECT count(*) AS functions, bool_or(has_function_privilege('regress_clerk', oid, 'EXECUTE')) AS clerk_may
FROM pg_proc WHERE pronamespace = 'mailstack'::regnamespace AND proname ~ '^(grant|revoke)_';
GRANT USAGE ON SCHEMA mailstack TO regress_clerk;
GRANT EXECUTE ON FUNCTION grant_postfix, grant_admin TO regress_clerk;
SET ROLE regress_clerk;
SELECT grant_postfix('regress_clerk');
SELECT grant_admin('regress_clerk');
RESET ROLE;
DROP OWNED BY regress_clerk;
-- Or who is as good as the owner, and no superuser: limits of roles that are not his to change are left, as another may set them.
SELECT current_user AS owner
\gset
CREATE ROLE regress_keeper CREATEROLE;
GRANT :"owner" TO regress_keeper;
SET ROLE regress_keeper;
SELECT grant_postfix('regress_super');
SELECT revoke_postfix('regress_super');
-- From 16 on, others want ADMIN besides.
SET client_min_messages = error;
SELECT grant_postfix('regress_clerk'), revoke_postfix('regress_clerk');
RESET client_min_messages;
RESET ROLE;
SELECT * FROM limits WHERE role = 'regress_super';

-- Who was granted what is on record.
SELECT action, key AS role, old_values, new_values FROM audit WHERE table_name IS NULL AND key ~ '^regress_' ORDER BY id;

DROP VIEW granted, limits;
DROP ROLE regress_postfix, regress_dovecot, regress_clerk, regress_super, regress_bypass, regress_keeper;
