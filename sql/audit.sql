-- The record of who changed what; never a hash; and what is told of Dovecot's auth cache.
SET search_path = mailstack, public;
\pset null ''
TRUNCATE audit;
CREATE VIEW recorded AS SELECT role, action, table_name AS "table", domain, key, row_count AS n, old_values - '{created,granted_at,role_oid}'::text[] AS old_values, new_values - '{created,granted_at,role_oid}'::text[] AS new_values FROM audit ORDER BY id;

-- Every table of ours is watched, by one trigger for each event; those that are not are logs, or follow from others.
SELECT c.relname AS watched, count(*) AS events FROM pg_class c JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgfoid = 'audit_changes'::regproc
WHERE c.relnamespace = 'mailstack'::regnamespace GROUP BY 1 HAVING count(*) <> 4;
SELECT relname AS not_watched FROM pg_class c WHERE relnamespace = 'mailstack'::regnamespace AND relkind = 'r'
  AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgfoid = 'audit_changes'::regproc) ORDER BY 1;

CREATE ROLE regress_audited;
INSERT INTO domains(domain) VALUES ('example.com'), ('other.example');
INSERT INTO users(email, password, realname) VALUES ('bob@example.com', '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi', E'B "o"\tb');
UPDATE users SET password = '{SSHA256}3CIx1ahCcLQeFQCNSlVaHs1LaytCMtG5SA7zmqphtILO3OmC', active = false WHERE email = 'bob@example.com';
UPDATE users SET password = '{BLF-CRYPT}$2y$10$8aP7Cmpjnv2/G31X44JCGuwBobDCHIsabFrti8B4G7QbZkxabkSCC' WHERE email = 'bob@example.com';
UPDATE users SET password = NULL WHERE email = 'bob@example.com';
SELECT set_password('bob@example.com', 'correct horse battery', 'SHA512-CRYPT');
-- What changes nothing is not recorded; nor is what was refused, or taken back.
UPDATE users SET active = active;
INSERT INTO users(email) VALUES ('nobody@nowhere.example');
BEGIN;
DELETE FROM users;
ROLLBACK;
UPDATE users SET email = 'rob@example.com' WHERE email = 'bob@example.com';
INSERT INTO aliases(alias, email) VALUES ('info@example.com', 'rob@example.com');
DELETE FROM aliases;
UPDATE settings SET hostname = 'mx.example.com';
UPDATE settings SET hostname = NULL;
SELECT changed FROM switch_transport('example.com', 'lmtp');
SELECT grant_admin('regress_audited', 'example.com');
UPDATE domain_admins SET max_users = 10;
SELECT * FROM recorded;
SELECT count(*) AS hashes FROM audit a WHERE a::text ~ 'wICPKXj|3CIx1ah|8aP7Cmp|[$]6[$]|horse';
-- Times are the same whatever the session shows.
SELECT count(*) AS times, bool_and(new_values->>'created' ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[-+]\d\d:\d\d$') AS iso FROM audit WHERE new_values ? 'created';
-- Who, beside as whom; and what belongs together.
SELECT DISTINCT session_role = session_user AS session_is, role = current_user AS role_is FROM audit;
BEGIN;
INSERT INTO users(email) VALUES ('one@example.com');
SAVEPOINT s;
INSERT INTO users(email) VALUES ('two@example.com');
ROLLBACK TO s;
INSERT INTO users(email) VALUES ('three@example.com');
SELECT count(*) AS rows, count(DISTINCT transaction_id) AS transactions, bool_and(transaction_id = pg_current_xact_id()) AS this_one FROM audit WHERE key IN ('one@example.com', 'two@example.com', 'three@example.com');
COMMIT;
SET ROLE regress_audited;
UPDATE users SET realname = 'One' WHERE email = 'one@example.com';
-- He may read what was done in his domain, and write nothing.
SELECT count(*) > 5 AS some, bool_and(domain = 'example.com') AS his FROM audit;
SELECT role, action, key, new_values FROM audit ORDER BY id DESC LIMIT 1;
INSERT INTO audit(role, action) VALUES ('somebody', 'INSERT');
UPDATE audit SET role = 'somebody';
DELETE FROM audit;
TRUNCATE audit;
SELECT nextval('audit_id_seq');
ALTER TABLE users DISABLE TRIGGER zz_audit_update;
SET session_replication_role = replica;
UPDATE settings SET audit_rows = 0;
RESET ROLE;

-- What comes by a foreign key is recorded as well, and a statement with ON CONFLICT as what it did.
INSERT INTO sender_logins(sender, login) VALUES ('boss@example.com', 'one@example.com');
TRUNCATE audit;
UPDATE users SET email = 'first@example.com' WHERE email = 'one@example.com';
INSERT INTO users(email, realname) VALUES ('first@example.com', 'First'), ('second@example.com', 'Second') ON CONFLICT (email) DO UPDATE SET realname = excluded.realname;
DELETE FROM users WHERE email = 'first@example.com';
SELECT action, "table", key, old_values, new_values FROM recorded;

-- More rows than audit_rows in one statement are one row with their number; the limit itself is recorded.
TRUNCATE audit;
UPDATE settings SET audit_rows = 3;
INSERT INTO aliases(alias, email) SELECT n || '@example.com', 'x@far.example' FROM generate_series(1, 3) AS n;
INSERT INTO aliases(alias, email) SELECT n || '@example.com', 'x@far.example' FROM generate_series(4, 7) AS n;
UPDATE aliases SET send = false;
DELETE FROM aliases WHERE alias IN ('1@example.com', '2@example.com');
DELETE FROM aliases;
UPDATE settings SET audit_rows = 1;
INSERT INTO aliases(alias, email) VALUES ('info@example.com', 'x@far.example');
TRUNCATE aliases;
\set VERBOSITY terse
UPDATE settings SET audit_rows = 0;
\set VERBOSITY default
UPDATE settings SET audit_rows = DEFAULT;
SELECT action, "table", key, n, old_values, new_values FROM recorded;

-- Pruned by the owner, which is recorded.
SELECT prune_audit('-infinity') AS none;
SELECT prune_audit(now() + '1 day') > 5 AS some;
SELECT role = current_user AS role, action, "table", n > 5 AS n FROM recorded;
GRANT EXECUTE ON FUNCTION prune_audit TO regress_audited;
SET ROLE regress_audited;
SELECT prune_audit(now());
RESET ROLE;
REVOKE EXECUTE ON FUNCTION prune_audit FROM regress_audited;

-- A table of somebody else's is not recorded here.
CREATE TABLE public.users (email text);
CREATE TRIGGER t AFTER INSERT ON public.users REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit_changes();
INSERT INTO public.users VALUES ('x');
DROP TABLE public.users;

DROP VIEW recorded;

SELECT revoke_admin('regress_audited');
DROP ROLE regress_audited;
DELETE FROM sender_logins;
DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM domains;
TRUNCATE transport_changes, audit;
