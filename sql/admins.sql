-- Delegated administrators: what they see and change, what they do not, and their limits.
SET search_path = mailstack, public;
\pset null '(null)'

INSERT INTO domains(domain) VALUES ('own.example'), ('other.example');
INSERT INTO domains(domain, class) VALUES ('relay.example', 'relay'), ('lists.example', 'virtual_alias');
INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'other.example');
INSERT INTO users(email, password) VALUES ('ann@own.example', '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi'), ('bob@own.example', NULL), ('eve@other.example', '{SSHA256}3CIx1ahCcLQeFQCNSlVaHs1LaytCMtG5SA7zmqphtILO3OmC'), ('ed@other.example', NULL);
UPDATE settings SET maildir_runner = true;
INSERT INTO users(email) VALUES ('gone@own.example'), ('gone@other.example');
DELETE FROM users WHERE email IN ('gone@own.example', 'gone@other.example');
UPDATE settings SET maildir_runner = DEFAULT;
INSERT INTO aliases(alias, email) VALUES ('info@own.example', 'ann@own.example'), ('list@other.example', 'eve@other.example'), ('list@other.example', 'ed@other.example'),
    ('to-own@other.example', 'bob@own.example'), ('to-other@own.example', 'list@other.example'), ('a@lists.example', 'eve@other.example');
INSERT INTO relocated(email, new_email) VALUES ('moved@own.example', 'x@far.example'), ('moved@other.example', 'x@far.example');
INSERT INTO relay_recipients(recipient) VALUES ('@relay.example');
INSERT INTO sender_logins(sender, login) VALUES ('@own.example', 'ann@own.example'), ('@other.example', 'eve@other.example');
INSERT INTO recipient_bcc(address, bcc) VALUES ('ann@own.example', 'x@far.example'), ('eve@other.example', 'x@far.example');
INSERT INTO sender_bcc(address, bcc) VALUES ('ann@own.example', 'x@far.example'), ('eve@other.example', 'x@far.example');
INSERT INTO sender_relayhosts(sender, relayhost) VALUES ('ann@own.example', 'far.example'), ('eve@other.example', 'far.example');
INSERT INTO list_senders(list, sender) VALUES ('info@own.example', 'ann@own.example'), ('list@other.example', 'eve@other.example');
UPDATE domains SET transport = 'lmtp' WHERE domain IN ('own.example', 'other.example');
CREATE SCHEMA probe;
-- Every row that there is, by its table and its domain.
CREATE VIEW probe.tables AS
SELECT c.oid::regclass AS rel, c.relname, CASE WHEN EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'domain') THEN 'domain' ELSE 'mailstack.address_domain(email)' END AS domain
FROM pg_class c WHERE c.relnamespace = 'mailstack'::regnamespace AND c.relkind = 'r'
 AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid);
CREATE FUNCTION probe.seen() RETURNS TABLE (tab text, domains text) LANGUAGE plpgsql AS $$
DECLARE
    t record;
BEGIN
    FOR t IN SELECT * FROM probe.tables ORDER BY relname LOOP
        RETURN QUERY EXECUTE format('SELECT %L::text, coalesce(string_agg(DISTINCT d, '' '' ORDER BY d), ''(none)'') FROM (SELECT coalesce((%s)::text, ''(of no domain)'') AS d FROM %s) s', t.relname, t.domain, t.rel);
    END LOOP;
END $$;
GRANT USAGE ON SCHEMA probe TO PUBLIC;
GRANT SELECT ON probe.tables TO PUBLIC;

-- A table has a policy, or nobody is let into it but the owner and the daemon that writes it; settings and services are for all administrators to read.
SELECT relname AS without_policy FROM pg_class c WHERE relnamespace = 'mailstack'::regnamespace AND relkind = 'r' AND relname !~ '^dovecot_'
   AND NOT (relrowsecurity AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)) ORDER BY 1;
SELECT relname AS view_that_bypasses FROM pg_class WHERE relnamespace = 'mailstack'::regnamespace AND relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (reloptions), false);

CREATE ROLE regress_own;
CREATE ROLE regress_all;
CREATE ROLE regress_reader;
SELECT grant_admin('regress_own', 'nowhere.example');
SELECT grant_admin('regress_own', 'own.example');
SELECT grant_admin('regress_all');
SELECT grant_admin('regress_own', 'own.example');
SELECT role, domain, max_users, max_aliases, transports FROM domain_admins ORDER BY role;

-- What each may do, read from the catalog: a column that is new stands here, for somebody to think about.
SELECT c.relname AS "table", concat_ws(' ', CASE WHEN has_table_privilege(r, c.oid, 'DELETE') THEN 'delete' END) AS rows,
       string_agg(quote_ident(a.attname), ' ' ORDER BY attnum) FILTER (WHERE NOT has_column_privilege(r, c.oid, attnum, 'SELECT')) AS hidden,
       string_agg(quote_ident(a.attname), ' ' ORDER BY attnum) FILTER (WHERE has_column_privilege(r, c.oid, attnum, 'INSERT')) AS inserts,
       string_agg(quote_ident(a.attname), ' ' ORDER BY attnum) FILTER (WHERE has_column_privilege(r, c.oid, attnum, 'UPDATE')) AS updates
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND attnum > 0 AND NOT attisdropped, (VALUES ('regress_own')) AS v(r)
WHERE c.relnamespace = 'mailstack'::regnamespace AND c.relkind IN ('r', 'v') AND has_any_column_privilege(r, c.oid, 'SELECT')
GROUP BY c.oid, c.relname, r ORDER BY c.relname;
SELECT string_agg(quote_ident(a.attname), ' ' ORDER BY attnum) FILTER (WHERE has_column_privilege(r, c.oid, attnum, 'UPDATE')) AS updates_of_domains,
       has_table_privilege(r, c.oid, 'DELETE') AS deletes
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND attnum > 0 AND NOT attisdropped, (VALUES ('regress_all')) AS v(r)
WHERE c.oid = 'domains'::regclass GROUP BY c.oid, r;
SELECT proname FROM pg_proc WHERE pronamespace = 'mailstack'::regnamespace AND has_function_privilege('regress_own', oid, 'EXECUTE') AND NOT has_function_privilege('public', oid, 'EXECUTE') ORDER BY 1;

-- What each sees.
SELECT * FROM probe.seen();
SET ROLE regress_own;
SELECT * FROM probe.seen();
SELECT * FROM transports;
SELECT email FROM relocated;
SELECT * FROM administered_domains();
SELECT password FROM users;
SELECT email FROM users WHERE password IS NULL;
UPDATE users SET realname = 'Ann' WHERE email = 'ann@own.example' RETURNING password;
SET ROLE regress_all;
SELECT * FROM probe.seen();
SELECT password FROM users;
RESET ROLE;

-- In his own domain: rows come, change and go.
SET ROLE regress_own;
INSERT INTO users(email, password, realname) VALUES ('new@own.example', '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi', 'New');
UPDATE users SET password = '{BLF-CRYPT}$2y$10$8aP7Cmpjnv2/G31X44JCGuwBobDCHIsabFrti8B4G7QbZkxabkSCC', active = false WHERE email = 'new@own.example';
SELECT set_password('new@own.example', 'correct horse battery', 'SHA512-CRYPT');
SELECT set_password('eve@other.example', 'correct horse battery', 'SHA512-CRYPT');
UPDATE users SET email = 'newer@own.example' WHERE email = 'new@own.example';
INSERT INTO aliases(alias, email) VALUES ('@own.example', 'ann@own.example'), ('far@own.example', 'somebody@far.example'), ('across@own.example', 'eve@other.example');
DELETE FROM aliases WHERE alias = '@own.example';
INSERT INTO relocated(email, new_email) VALUES ('newer-moved@own.example', 'y@far.example');
INSERT INTO sender_logins(sender, login) VALUES ('boss@own.example', 'ann@own.example');
INSERT INTO recipient_bcc(address, bcc) VALUES ('bob@own.example', 'ann@own.example');
INSERT INTO sender_bcc(address, bcc) VALUES ('bob@own.example', 'ann@own.example');
INSERT INTO list_senders(list, sender) VALUES ('far@own.example', 'ann@own.example');
UPDATE domains SET receive = 'defer', receive_reason = 'Moving' WHERE domain = 'own.example';
UPDATE domains SET receive = 'accept', receive_reason = NULL;
DELETE FROM users WHERE email = 'newer@own.example';
SELECT count(*) FROM users WHERE address_domain(email) = 'own.example';
SELECT address_is_available('ann@own.example') AS ann, address_is_available('free@own.example') AS free, home_path('ann@own.example'::mail_address), home_path('eve@other.example'::mail_address) AS of_another;
-- Whoever may not COPY writes rows; what is his to read he copies.
COPY users (email) FROM stdin;
\.
COPY (SELECT email FROM users ORDER BY email) TO stdout;

-- Not what is ours, and not in other domains.
INSERT INTO users(email, uid) VALUES ('root@own.example', 6000);
INSERT INTO users(email, maildir) VALUES ('root@own.example', 'other.example/eve/');
UPDATE users SET gid = 6000;
UPDATE users SET mail_subdirectory = '';
INSERT INTO users(email) VALUES ('new@other.example');
UPDATE users SET email = 'ann@other.example' WHERE email = 'ann@own.example';
UPDATE users SET active = false WHERE email = 'eve@other.example';
DELETE FROM users WHERE email = 'eve@other.example';
INSERT INTO users(email) VALUES ('ann@own.example') ON CONFLICT (email) DO UPDATE SET realname = 'taken';
INSERT INTO users(email) VALUES ('eve@other.example') ON CONFLICT DO NOTHING;
INSERT INTO users(email) VALUES ('eve@other.example') ON CONFLICT (email) DO UPDATE SET realname = 'taken';
INSERT INTO aliases(alias, email) VALUES ('spy@other.example', 'ann@own.example');
INSERT INTO aliases(alias, email) VALUES ('@other.example', 'ann@own.example');
UPDATE aliases SET email = 'ann@own.example' WHERE alias = 'list@other.example';
UPDATE aliases SET alias = 'spy@mirror.example' WHERE alias = 'far@own.example';
INSERT INTO relocated(email, new_email) VALUES ('eve@other.example', 'ann@own.example');
INSERT INTO relay_recipients(recipient) VALUES ('ann@relay.example');
INSERT INTO sender_logins(sender, login) VALUES ('eve@other.example', 'ann@own.example');
INSERT INTO recipient_bcc(address, bcc) VALUES ('ed@other.example', 'ann@own.example');
INSERT INTO sender_bcc(address, bcc) VALUES ('ed@other.example', 'ann@own.example');
INSERT INTO sender_relayhosts(sender, relayhost) VALUES ('bob@own.example', '[evil.example]');
INSERT INTO list_senders(list, sender) VALUES ('list@other.example', 'ann@own.example');
DELETE FROM list_senders WHERE list = 'list@other.example';
INSERT INTO domains(domain) VALUES ('new.example');
DELETE FROM domains;
UPDATE domains SET domain = 'new.example';
UPDATE domains SET active = true;
UPDATE domains SET uid = 6000;
UPDATE domains SET receive = 'refuse' WHERE domain = 'other.example';
UPDATE transports SET transport = 'lmtp' WHERE domain = 'other.example';
INSERT INTO transports(domain, transport) VALUES ('new.example', 'lmtp');
UPDATE settings SET uid = 1;
UPDATE transport_services SET runs_as = 1;
DELETE FROM retired_maildirs;
DELETE FROM maildir_tasks;
DELETE FROM audit;
DELETE FROM transport_changes;
SELECT * FROM domain_admins;
UPDATE domain_admins SET max_users = NULL;
INSERT INTO domain_admins(role) VALUES ('regress_own');
SELECT grant_admin('regress_own');
SELECT prune_audit(now());
SELECT route_domain('other.example');
SELECT rename_user('ann@own.example', 'anna@own.example');
SELECT users_before();

-- Refusals tell nothing of rows that he does not see.
INSERT INTO aliases(alias, email) VALUES ('dangling@own.example', 'nobody@other.example');
INSERT INTO aliases(alias, email) VALUES ('loop@own.example', 'loop2@own.example'), ('loop2@own.example', 'loop@own.example');
DELETE FROM users WHERE email = 'bob@own.example';
RESET ROLE;
INSERT INTO users(email, maildir) VALUES ('wide@other.example', 'own.example/wide/deep/'), ('same@other.example', 'own.example/same/');
SET ROLE regress_own;
INSERT INTO users(email) VALUES ('wide@own.example');
INSERT INTO users(email) VALUES ('same@own.example');
RESET ROLE;
DELETE FROM users WHERE email IN ('wide@other.example', 'same@other.example');
DELETE FROM retired_maildirs WHERE email IN ('wide@other.example', 'same@other.example');

-- The way of mail is told as far as his domains go.
SET ROLE regress_own;
SELECT depth, address, kind, home IS NOT NULL AS home, reply, reason FROM route('info@own.example');
SELECT depth, address, kind, home IS NOT NULL AS home, reply, reason FROM route('to-other@own.example');
SELECT * FROM route('eve@other.example');
SELECT step, answer FROM explain_login('ann@own.example');
SELECT * FROM explain_login('eve@other.example');
SELECT * FROM route('eve@mirror.example');
SELECT * FROM route('other.example');

-- Transports: those that he is allowed.
SELECT to_transport FROM preview_transport('own.example', 'virtual');
SELECT switch_transport('own.example', 'virtual');
UPDATE users SET transport = 'virtual' WHERE email = 'ann@own.example';
INSERT INTO users(email, transport) VALUES ('t@own.example', 'virtual');
RESET ROLE;
UPDATE domain_admins SET transports = '{virtual,lmtp}' WHERE role = 'regress_own';
SET ROLE regress_own;
SELECT switch_transport('own.example', 'virtual');
SELECT switch_transport('own.example', 'lmtp', 0.5);
SELECT revert_transport('own.example');
SELECT switch_transport('own.example', 'lmtp:elsewhere');
SELECT switch_transport('own.example', 'error:closed', 0.5);
SELECT switch_transport('other.example', 'virtual');
SELECT switch_transport('eve@other.example', 'virtual');
SELECT revert_transport('other.example');
UPDATE users SET transport = 'virtual' WHERE email = 'ann@own.example';
UPDATE users SET transport = 'retry' WHERE email = 'ann@own.example';
UPDATE users SET transport = NULL WHERE email = 'ann@own.example';
RESET ROLE;

-- Limits: of what there is in the domain, whoever made it.
UPDATE domain_admins SET max_users = 3, max_aliases = 7 WHERE role = 'regress_own';
SET ROLE regress_own;
SELECT * FROM administered_domains();
INSERT INTO users(email) VALUES ('third@own.example');
INSERT INTO users(email) VALUES ('fourth@own.example');
INSERT INTO aliases(alias, email) VALUES ('seventh@own.example', 'ann@own.example');
INSERT INTO aliases(alias, email) SELECT n || '@own.example', 'ann@own.example' FROM generate_series(1, 5) AS n;
DELETE FROM users WHERE email = 'third@own.example';
INSERT INTO users(email) VALUES ('fourth@own.example');
-- The owner is not limited, and to be over a limit is no reason to refuse what adds nothing.
RESET ROLE;
INSERT INTO users(email) VALUES ('fifth@own.example');
SET ROLE regress_own;
UPDATE users SET realname = 'Still' WHERE email = 'fifth@own.example';
UPDATE users SET email = 'sixth@own.example' WHERE email = 'fifth@own.example';
RESET ROLE;
-- Another domain that he is given, and moves users into; the wider limit of a membership counts.
INSERT INTO domains(domain) VALUES ('second.example');
SELECT grant_admin('regress_own', 'second.example');
UPDATE domain_admins SET max_users = 0 WHERE role = 'regress_own' AND domain = 'second.example';
SET ROLE regress_own;
UPDATE users SET email = 'sixth@second.example' WHERE email = 'sixth@own.example';
RESET ROLE;
GRANT regress_all TO regress_own;
UPDATE domain_admins SET max_users = 1 WHERE role = 'regress_all';
SET ROLE regress_own;
UPDATE users SET email = 'sixth@second.example' WHERE email = 'sixth@own.example';
INSERT INTO users(email) VALUES ('one-more@second.example');
SELECT role, domain, users, max_users FROM administered_domains();
RESET ROLE;
REVOKE regress_all FROM regress_own;
-- Names that the server has and rules that the server keeps still hold for him.
SET ROLE regress_own;
INSERT INTO users(email) VALUES ('ann+x@own.example');
RESET ROLE;

-- Of all domains: he makes and deletes them, by the default transport, without ids and settings.
SET ROLE regress_all;
INSERT INTO domains(domain) VALUES ('made.example');
INSERT INTO domains(domain, class) VALUES ('made-relay.example', 'relay');
INSERT INTO domains(domain, transport) VALUES ('made2.example', 'lmtp');
INSERT INTO domains(domain, uid) VALUES ('made2.example', 6000);
UPDATE domains SET active = false WHERE domain = 'made.example';
INSERT INTO users(email) VALUES ('u@made.example');
DELETE FROM users WHERE email = 'u@made.example';
DELETE FROM domains WHERE domain IN ('made.example', 'made-relay.example');
UPDATE settings SET uid = 6000;
DELETE FROM domain_admins;
SELECT count(*) > 0 AS audit_of_settings FROM audit WHERE domain IS NULL;
RESET ROLE;

-- To whom a table was granted by hand, he sees it all, as ever; a view asks for what it shows.
GRANT USAGE ON SCHEMA mailstack TO regress_reader;
GRANT SELECT ON domains, aliases, transports TO regress_reader;
SET ROLE regress_reader;
SELECT count(*) > 3 AS all_domains FROM domains;
SELECT count(*) > 3 AS all_aliases FROM aliases;
SELECT count(*) > 1 AS transports FROM transports;
SELECT may_administer('own.example') AS own, may_administer(NULL) AS none;
RESET ROLE;
REVOKE SELECT ON domains FROM regress_reader;
SET ROLE regress_reader;
SELECT * FROM transports;
RESET ROLE;

-- Who has lost his rows, by whatever way, is left with nothing, and not with all.
DELETE FROM domain_admins WHERE role = 'regress_own';
SET ROLE regress_own;
SELECT count(*) AS seen FROM domains;
SELECT * FROM route('ann@own.example');
RESET ROLE;
SELECT grant_admin('regress_own', 'own.example'), grant_admin('regress_own', 'second.example');
SELECT revoke_admin('regress_own', 'second.example');
SET ROLE regress_own;
SELECT domain FROM domains;
RESET ROLE;
-- A domain that is renamed takes its administrators along; one that is deleted has none.
SELECT users FROM rename_domain('own.example', 'renamed.example');
SET ROLE regress_own;
SELECT domain FROM domains;
RESET ROLE;
SELECT users FROM rename_domain('renamed.example', 'own.example');
-- With all domains comes more than with one, and goes again.
SELECT grant_admin('regress_own');
SELECT has_table_privilege('regress_own', 'domains', 'DELETE') AS deletes_domains;
DELETE FROM domain_admins WHERE role = 'regress_own' AND domain IS NULL;
SELECT grant_admin('regress_own', 'own.example');
SELECT has_table_privilege('regress_own', 'domains', 'DELETE') AS deletes_domains;
SELECT revoke_admin('regress_own'), revoke_admin('regress_all');
SELECT count(*) AS rows_left FROM domain_admins;
SELECT count(*) AS rights_left FROM pg_shdepend WHERE refobjid IN ('regress_own'::regrole, 'regress_all'::regrole);

DROP SCHEMA probe CASCADE;
DROP OWNED BY regress_reader;
DROP ROLE regress_own, regress_all, regress_reader;
DELETE FROM list_senders; DELETE FROM sender_relayhosts; DELETE FROM sender_bcc; DELETE FROM recipient_bcc; DELETE FROM sender_logins;
DELETE FROM aliases;
DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM maildir_tasks;
DELETE FROM relay_recipients;
DELETE FROM domains WHERE alias_of IS NOT NULL;
DELETE FROM domains;
TRUNCATE transport_changes;
