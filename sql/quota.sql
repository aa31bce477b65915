-- Quotas: what a user may have, what Dovecot has counted, what a domain has for its users together.
SET search_path = mailstack, public;
\pset null '(null)'

INSERT INTO domains(domain, quota_bytes, quota_messages) VALUES ('example.com', pg_size_bytes('1 GB'), 1000);
INSERT INTO domains(domain) VALUES ('free.example'), ('pool.example');
INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'example.com');
INSERT INTO users(email, password, quota_bytes, quota_messages) VALUES
    ('inherits@example.com', '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi', NULL, NULL), ('own@example.com', '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi', pg_size_bytes('5 GB'), NULL),
    ('free@example.com', '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi', 0, 0), ('count@example.com', '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi', 0, NULL), ('size@free.example', '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi', 500, NULL),
    ('nothing@free.example', '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi', NULL, NULL);

-- Dovecot 2.3 takes quota_rule, 2.4 two fields; what prefetch carries is what userdb says.
SELECT u.email, d.quota_rule, p.userdb_quota_rule IS NOT DISTINCT FROM d.quota_rule AS by_prefetch
FROM users u, dovecot_userdb(u.email::text) d, dovecot_passdb(u.email::text) p ORDER BY u.email;
SELECT u.email, d.mail_path, d.quota_storage_size, d.quota_message_count,
       (p.userdb_home, p.userdb_uid, p.userdb_gid, p.userdb_mail_path, p.userdb_quota_storage_size, p.userdb_quota_message_count)
           IS NOT DISTINCT FROM (d.home, d.uid, d.gid, d.mail_path, d.quota_storage_size, d.quota_message_count) AS by_prefetch
FROM users u, dovecot_userdb_2_4(u.email::text) d, dovecot_passdb_2_4(u.email::text) p ORDER BY u.email;
SELECT count(*) AS answers FROM unnest(ARRAY['nobody@example.com', 'bob', '']) AS name, dovecot_userdb_2_4(name), dovecot_passdb_2_4(name);

-- What is no quota
UPDATE domains SET quota_bytes = 0 WHERE domain = 'example.com';
UPDATE domains SET quota_messages = -1 WHERE domain = 'example.com';
UPDATE domains SET quota_pool_bytes = 0 WHERE domain = 'example.com';
UPDATE users SET quota_bytes = -1 WHERE email = 'own@example.com';
UPDATE users SET quota_messages = -5 WHERE email = 'own@example.com';

-- ---------------------------------------------------------------------------------------- what Dovecot writes

-- The role of Dovecot can write, and read nothing.
CREATE ROLE regress_dict;
GRANT USAGE ON SCHEMA mailstack TO regress_dict;
GRANT INSERT, UPDATE, DELETE ON dovecot_quota TO regress_dict;
GRANT SELECT (username) ON dovecot_quota TO regress_dict;
SET ROLE regress_dict;
INSERT INTO dovecot_quota (bytes,messages,username) VALUES ('100','2','inherits@example.com');
INSERT INTO dovecot_quota (bytes,messages,username) VALUES ('150','3','inherits@example.com');
INSERT INTO dovecot_quota (bytes,messages,username) VALUES ('200','4','own@example.com') ON CONFLICT (username) DO UPDATE SET bytes='200',messages='4';
INSERT INTO dovecot_quota (bytes,messages,username) VALUES ('250','5','own@example.com') ON CONFLICT (username) DO UPDATE SET bytes='250',messages='5';
-- One after the other, as a map of its own each
INSERT INTO dovecot_quota (bytes,username) VALUES ('7','COUNT@example.com');
INSERT INTO dovecot_quota (messages,username) VALUES ('1','count@example.com') ON CONFLICT (username) DO UPDATE SET messages='1';
-- Users who are not there, and what is no address
INSERT INTO dovecot_quota (bytes,messages,username) VALUES ('1','1','nobody@example.com'), ('1','1','bob'), ('1','1',''), ('1','1',E'\'; --@x'), (1, 1, NULL);
INSERT INTO dovecot_quota (bytes,messages,username) VALUES ('1','1','inherits+detail@example.com') ON CONFLICT (username) DO UPDATE SET bytes='1',messages='1';
-- A number that cannot be
INSERT INTO dovecot_quota (bytes,messages,username) VALUES (-9, -9, 'free@example.com');
DELETE FROM dovecot_quota WHERE username = 'own@example.com';
SELECT count(username) AS kept FROM dovecot_quota;
SELECT bytes FROM dovecot_quota;
SELECT email FROM usage;
INSERT INTO usage (email, bytes, messages) VALUES ('own@example.com', 0, 0);
UPDATE usage SET bytes = 0;
RESET ROLE;
SELECT email, bytes, messages FROM usage ORDER BY email;

-- The same again is no news.
UPDATE usage SET changed = '2026-01-01';
INSERT INTO dovecot_quota (bytes,messages,username) VALUES ('150','3','inherits@example.com'), ('251','5','own@example.com');
SELECT email, bytes, messages, changed > '2026-01-01' AS changed FROM usage ORDER BY email;

-- It goes where the user goes.
UPDATE users SET email = 'renamed@example.com' WHERE email = 'own@example.com';
DELETE FROM users WHERE email = 'count@example.com';
SELECT email, bytes, messages FROM usage ORDER BY email;

-- A hostile search_path finds nothing else to write.
CREATE SCHEMA trap;
CREATE TABLE trap.users (email text);
CREATE TABLE trap.usage (email text, bytes bigint, messages bigint);
SET search_path = trap, mailstack;
INSERT INTO mailstack.dovecot_quota (bytes,messages,username) VALUES ('300','6','renamed@example.com');
SET search_path = mailstack, public;
SELECT email, bytes FROM usage WHERE email = 'renamed@example.com';
DROP SCHEMA trap CASCADE;

-- ------------------------------------------------------------------------------------------------ what RCPT says

CREATE FUNCTION rcpt(VARIADIC keys text[]) RETURNS TABLE (key text, answer text, reply text, reason text) LANGUAGE sql AS $$
    SELECT key, mailstack.postfix_check_recipient_access(key), r.reply, r.reason
    FROM unnest(keys) WITH ORDINALITY AS k(key, n), mailstack.route(key) r WHERE r.reply IS NOT NULL ORDER BY n
$$;
INSERT INTO users(email) VALUES ('full@example.com'), ('roomy@example.com'), ('suspended@example.com');
UPDATE users SET active = false WHERE email = 'suspended@example.com';
INSERT INTO aliases(alias, email) VALUES ('one@example.com', 'full@example.com'), ('both@example.com', 'full@example.com'),
    ('both@example.com', 'roomy@example.com'), ('over@example.com', 'one@example.com'), ('over@example.com', 'suspended@example.com'),
    ('abroad@example.com', 'full@example.com'), ('abroad@example.com', 'far@far.example'), ('@free.example', 'full@example.com');
INSERT INTO dovecot_quota VALUES ('full@example.com', pg_size_bytes('1 GB'), 1), ('roomy@example.com', pg_size_bytes('1 GB') - 1, 999);
-- Mail that has waited under another name is delivered under the quota of whoever has it now, in whatever domain.
INSERT INTO aliases(alias, email) VALUES ('former@free.example', 'full@example.com');
SELECT quota_rule FROM dovecot_userdb('former@free.example');
SELECT quota_rule FROM dovecot_userdb('full@mirror.example');
SELECT * FROM rcpt('full@example.com', 'Full+detail@Example.com', 'full@mirror.example', 'roomy@example.com', 'free@example.com',
    'one@example.com', 'over@example.com', 'both@example.com', 'abroad@example.com', 'anybody@free.example', 'nothing@free.example');
SELECT kind, address, reason FROM route('one@example.com');
SELECT kind, address, reason FROM route('both@example.com');
-- By messages; and for good
INSERT INTO dovecot_quota VALUES ('full@example.com', 5, 1000);
UPDATE settings SET quota_full_tempfail = false;
SELECT * FROM rcpt('full@example.com', 'one@example.com', 'both@example.com');
-- Later is better news than never.
UPDATE users SET receive = 'defer' WHERE email = 'roomy@example.com';
SELECT * FROM rcpt('both@example.com');
UPDATE users SET receive = 'accept' WHERE email = 'roomy@example.com';
-- Where an alias takes the mail elsewhere, the mailbox of its name does not matter; where it keeps a copy neither.
INSERT INTO aliases(alias, email) VALUES ('full@example.com', 'roomy@example.com');
SELECT * FROM rcpt('full@example.com');
UPDATE users SET keep_copy = true WHERE email = 'full@example.com';
SELECT * FROM rcpt('full@example.com');
DELETE FROM aliases WHERE alias = 'full@example.com';
-- Room again, by the quota or by the mail
UPDATE users SET quota_messages = 1001 WHERE email = 'full@example.com';
SELECT answer FROM rcpt('full@example.com');
UPDATE users SET quota_messages = NULL WHERE email = 'full@example.com';
INSERT INTO dovecot_quota VALUES ('full@example.com', 5, 999);
SELECT answer FROM rcpt('full@example.com', 'one@example.com');
UPDATE settings SET quota_full_tempfail = DEFAULT;

-- ------------------------------------------------------------------------------------------------------ the pool

UPDATE domains SET quota_pool_bytes = 1000 WHERE domain = 'pool.example';
INSERT INTO users(email) VALUES ('nobody@pool.example');
INSERT INTO users(email, quota_bytes) VALUES ('nobody@pool.example', 0);
INSERT INTO users(email, quota_bytes) VALUES ('a@pool.example', 600), ('b@pool.example', 400);
INSERT INTO users(email, quota_bytes) VALUES ('c@pool.example', 1);
UPDATE users SET quota_bytes = 401 WHERE email = 'b@pool.example';
UPDATE users SET quota_bytes = NULL WHERE email = 'b@pool.example';
UPDATE users SET quota_bytes = quota_bytes / 2 WHERE domain = 'pool.example';
-- By the domain's own
UPDATE domains SET quota_bytes = 100 WHERE domain = 'pool.example';
INSERT INTO users(email) VALUES ('c@pool.example'), ('d@pool.example'), ('e@pool.example'), ('f@pool.example'), ('g@pool.example');
INSERT INTO users(email, transport) VALUES ('h@pool.example', 'lmtp:x');
UPDATE domains SET quota_bytes = 101 WHERE domain = 'pool.example';
UPDATE domains SET quota_bytes = NULL WHERE domain = 'pool.example';
UPDATE domains SET quota_pool_bytes = 999 WHERE domain = 'pool.example';
-- One who is suspended has his share.
UPDATE users SET active = false WHERE email = 'a@pool.example';
INSERT INTO users(email) VALUES ('h@pool.example');
-- One who moves in, alone or with his domain; one who leaves
UPDATE users SET email = 'nothing@pool.example' WHERE email = 'nothing@free.example';
UPDATE users SET email = 'size@pool.example' WHERE email = 'size@free.example';
SELECT rename_user('size@free.example', 'size@pool.example');
UPDATE users SET email = 'g@free.example' WHERE email = 'g@pool.example';
INSERT INTO users(email) VALUES ('h@pool.example');
SELECT users FROM rename_domain('pool.example', 'new-pool.example');
INSERT INTO users(email) VALUES ('i@new-pool.example');
-- A pool, and it is too late for it
UPDATE domains SET quota_pool_bytes = 5000 WHERE domain = 'free.example';
DELETE FROM users WHERE email = 'nothing@free.example';
UPDATE users SET quota_bytes = 100 WHERE email = 'g@free.example';
UPDATE domains SET quota_pool_bytes = 599 WHERE domain = 'free.example';
UPDATE domains SET quota_pool_bytes = 600 WHERE domain = 'free.example';
-- Each row of a statement is looked at, whatever transport it has, and a sum that no bigint holds is too much.
INSERT INTO users(email, quota_bytes, transport) VALUES ('x@free.example', 0, 'lmtp:x');
INSERT INTO users(email, quota_bytes, transport)
    SELECT n || '@' || domain, CASE n WHEN 2 THEN 1 ELSE 9223372036854775807 END, NULLIF('lmtp:x', transport)
    FROM (VALUES (1, 'example.com', 'y'), (2, 'free.example', 'lmtp:x'), (3, 'example.com', 'lmtp:x')) v(n, domain, transport);
UPDATE domains SET quota_pool_bytes = 9223372036854775807 WHERE domain = 'free.example';
INSERT INTO users(email, quota_bytes) VALUES ('much@free.example', 9223372036854775807);
-- At the end of the transaction, where the constraints are deferred
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO users(email, quota_bytes) VALUES ('late@new-pool.example', 1000);
UPDATE domains SET quota_pool_bytes = 2000 WHERE domain = 'new-pool.example';
COMMIT;
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO users(email, quota_bytes) VALUES ('later@new-pool.example', 1000);
COMMIT;
-- Who may read no users is told of none.
CREATE ROLE regress_writer;
GRANT USAGE ON SCHEMA mailstack TO regress_writer;
GRANT SELECT (domain), UPDATE (quota_pool_bytes) ON domains TO regress_writer;
SET ROLE regress_writer;
UPDATE domains SET quota_pool_bytes = 5 WHERE domain = 'new-pool.example';
UPDATE domains SET quota_pool_bytes = pg_size_bytes('100 GB') WHERE domain = 'example.com';
SELECT * FROM mailbox_usage;
SELECT * FROM domain_usage;
RESET ROLE;
-- What a dump that was edited could have
SELECT * FROM check_rules();
SET session_replication_role = replica;
INSERT INTO users(email, maildir, mail_subdirectory, uid, gid) VALUES ('edited@free.example', 'edited/', '', 5000, 5000);
UPDATE domains SET quota_pool_bytes = 99 WHERE domain = 'new-pool.example';
RESET session_replication_role;
SELECT * FROM check_rules();

-- ----------------------------------------------------------------------------------------------------- the views

INSERT INTO dovecot_quota VALUES ('g@free.example', 95, 3), ('size@free.example', 100, 1), ('renamed@example.com', pg_size_bytes('6 GB'), 10);
SELECT email, used, quota, percent, messages, quota_messages FROM mailbox_usage ORDER BY percent DESC NULLS LAST, email;
SELECT * FROM domain_usage ORDER BY domain;
SELECT has_table_privilege('regress_writer', 'mailbox_usage', 'SELECT') AS mailbox_usage, has_table_privilege('regress_writer', 'usage', 'SELECT') AS usage;

DROP FUNCTION rcpt;
DELETE FROM aliases;
DELETE FROM users;
SELECT count(*) AS left FROM usage;
DELETE FROM retired_maildirs;
DELETE FROM domains;
TRUNCATE transport_changes;
DROP OWNED BY regress_dict, regress_writer;
DROP ROLE regress_dict, regress_writer;
