-- Who may do what. Everything that the extension has is taken from the catalog and tried, as each role; "tried" is not
-- to be 0. A function that takes a type this script has no sample of is named as untried.
SET search_path = mailstack, public;
SET client_min_messages = warning;
\pset null '(null)'

INSERT INTO domains(domain) VALUES ('example.com');
INSERT INTO domains(domain, class) VALUES ('lists.example', 'virtual_alias'), ('relay.example', 'relay');
INSERT INTO users(email, password) VALUES ('bob@example.com', '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi');
INSERT INTO app_passwords(email, name, password) VALUES ('bob@example.com', 'Phone', '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi');
INSERT INTO dovecot_last_login(username, service, app_password, last_access) VALUES ('bob@example.com', 'imap', 'Phone', 1);
INSERT INTO aliases(alias, email) VALUES ('info@lists.example', 'bob@example.com');
INSERT INTO relay_recipients(recipient) VALUES ('ann@relay.example');
INSERT INTO relocated(email, new_email) VALUES ('old@example.com', 'new@far.example');
INSERT INTO domains(domain) VALUES ('mute.example');
INSERT INTO users(email, send) VALUES ('mute@mute.example', false);
INSERT INTO recipient_bcc(address, bcc) VALUES ('bob@example.com', 'archive@far.example');
INSERT INTO sender_bcc(address, bcc) VALUES ('bob@example.com', 'archive@far.example');
INSERT INTO sender_relayhosts(sender, relayhost) VALUES ('bob@example.com', '[relay.far.example]');
INSERT INTO list_senders(list, sender) VALUES ('info@lists.example', 'bob@example.com');
UPDATE domains SET transport = 'dovecot' WHERE domain = 'example.com';
INSERT INTO filters(email, kind) VALUES ('bob@example.com', 'file_spam');
INSERT INTO sieve_scripts(domain, name, script) VALUES ('example.com', 'ours', 'keep;');

-- A daemon's role may ask its own lookups. The stranger can name things: a role without USAGE cannot.
CREATE ROLE regress_postfix;
CREATE ROLE regress_dovecot;
CREATE ROLE regress_runner;
CREATE ROLE regress_stranger;
SELECT grant_postfix('regress_postfix');
SELECT grant_dovecot('regress_dovecot');
SELECT grant_runner('regress_runner');
GRANT USAGE ON SCHEMA mailstack TO regress_stranger;

CREATE SCHEMA probe;
CREATE TABLE probe.member AS
SELECT d.classid, d.objid, o.type, o.identity
FROM pg_depend d JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = 'mailstack',
     pg_identify_object(d.classid, d.objid, 0) o
WHERE d.deptype = 'e';
CREATE TABLE probe.relation AS
SELECT c.oid::regclass AS rel, c.relkind FROM probe.member m JOIN pg_class c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid
UNION SELECT c.oid::regclass, c.relkind FROM pg_class c WHERE c.relnamespace = 'mailstack'::regnamespace AND c.relkind NOT IN ('i', 'c');
CREATE TABLE probe.col AS
SELECT r.rel, r.relkind, quote_ident(a.attname) AS col,
       EXISTS (SELECT FROM pg_index i WHERE i.indrelid = r.rel AND i.indisunique AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum AND i.indpred IS NULL) AS is_unique
FROM probe.relation r JOIN pg_attribute a ON a.attrelid = r.rel AND a.attnum > 0 AND NOT attisdropped;

-- A value for each type that a function of ours takes.
CREATE TABLE probe.sample AS
SELECT * FROM (VALUES ('text'::regtype, 'bob@example.com'), ('cstring', 'bob@example.com'), ('mail_key', 'bob@example.com'), ('mail_address', 'bob@example.com'),
    ('mail_domain', 'example.com'), ('alias_key', '@example.com'), ('maildir_path', 'example.com/bob/'), ('mail_transport', 'lmtp'), ('mail_password', '{SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols='), ('sieve_script', 'keep;'), ('bigint', '1'), ('integer', '1'), ('real', '0.5'), ('inet', '192.0.2.1'),
    ('text[]', '{}'), ('cidr[]', '{192.0.2.0/24}'), ('regrole', 'regress_stranger'), ('timestamptz', 'now'), ('interval', '1 minute'), ('boolean', 'true'), ('date', '2030-01-01'), ('uuid', '00000000-0000-0000-0000-000000000001')) AS v(type, value);
CREATE TABLE probe.func AS
SELECT p.oid::regprocedure AS func, p.proname, p.prosecdef,
       -- What is stable without a table reads mailstack.sieve_extensions.
       p.provolatile = 'i' OR p.proname IN ('sieve_script_in', 'sieve_script', 'to_sieve_script', 'sieve_check') AS reads_no_table, p.prorettype = 'trigger'::regtype AS is_trigger,
       (SELECT string_agg(format('%L::%s', s.value, t.type::regtype), ', ' ORDER BY t.n) FROM unnest(p.proargtypes) WITH ORDINALITY AS t(type, n)
            LEFT JOIN probe.sample s ON s.type = t.type) AS args,
       NOT EXISTS (SELECT FROM unnest(p.proargtypes) AS t(type) LEFT JOIN probe.sample s ON s.type = t.type WHERE s.type IS NULL) AS callable,
       'internal'::regtype = ANY (p.proargtypes) AS internal
FROM probe.member m JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid;
SELECT func AS untried FROM probe.func WHERE NOT callable AND NOT internal;

-- Every way to read, to change, or to take over.
CREATE TABLE probe.statement AS
SELECT 'read a column' AS kind, format('SELECT %s FROM %s', col, rel) AS statement FROM probe.col
UNION ALL SELECT 'read a row', format(f, rel) FROM probe.relation, unnest(ARRAY['SELECT FROM %1$s', 'SELECT count(*) FROM %1$s']) AS f
UNION ALL SELECT 'read a row', format(f, rel) FROM probe.relation, unnest(ARRAY['SELECT r FROM %1$s r', 'CREATE TABLE stranger.x (LIKE %1$s)']) AS f WHERE relkind <> 'S'
UNION ALL SELECT 'change a column', format(f, rel, col) FROM probe.col,
    unnest(ARRAY['INSERT INTO %1$s (%2$s) VALUES (DEFAULT)', 'UPDATE %1$s SET %2$s = DEFAULT']) AS f WHERE relkind <> 'S'
UNION ALL SELECT 'change a row', format(f, rel) FROM probe.relation,
    unnest(ARRAY['INSERT INTO %1$s DEFAULT VALUES', 'DELETE FROM %1$s', 'SELECT FROM %1$s FOR UPDATE', 'LOCK TABLE %1$s IN ACCESS SHARE MODE']) AS f WHERE relkind <> 'S' AND NOT (relkind = 'f' AND f LIKE 'LOCK%')
UNION ALL SELECT 'change a row', format('TRUNCATE %s CASCADE', rel) FROM probe.relation WHERE relkind = 'r'
UNION ALL SELECT 'use a sequence', format(f, rel) FROM probe.relation,
    unnest(ARRAY['SELECT nextval(%1$L)', 'SELECT setval(%1$L, 1)', 'SELECT currval(%1$L)', 'ALTER SEQUENCE %1$s RESTART']) AS f WHERE relkind = 'S'
UNION ALL SELECT 'refer to a column', format('CREATE TABLE stranger.x (c text REFERENCES %s (%s))', rel, col) FROM probe.col WHERE is_unique
UNION ALL SELECT 'add to a table', format(f, rel) FROM probe.relation,
    unnest(ARRAY['CREATE TRIGGER t BEFORE DELETE ON %1$s FOR EACH ROW EXECUTE FUNCTION stranger.trap()', 'CREATE POLICY p ON %1$s', 'ALTER TABLE %1$s ADD COLUMN c integer',
        'ALTER TABLE %1$s DISABLE TRIGGER ALL', 'CREATE INDEX ON %1$s ((1))', 'GRANT SELECT ON %1$s TO CURRENT_USER']) AS f WHERE relkind = 'r'
UNION ALL SELECT 'add to a table', format('CREATE RULE r AS ON DELETE TO %1$s DO ALSO NOTIFY n', rel) FROM probe.relation WHERE relkind NOT IN ('S', 'f')
UNION ALL SELECT 'drop, alter', format(f, replace(type, 'foreign-data', 'foreign data'), identity) FROM probe.member, unnest(ARRAY['DROP %1$s %2$s CASCADE', 'ALTER EXTENSION mailstack DROP %1$s %2$s', 'COMMENT ON %1$s %2$s IS NULL']) AS f
UNION ALL SELECT 'drop, alter', format('ALTER FUNCTION %s %s', func, what) FROM probe.func, unnest(ARRAY['SECURITY DEFINER', 'RESET ALL', 'OWNER TO CURRENT_USER']) AS what
UNION ALL SELECT 'drop, alter', f FROM unnest(ARRAY['DROP EXTENSION mailstack CASCADE', 'ALTER EXTENSION mailstack UPDATE', 'DROP SCHEMA mailstack CASCADE', 'ALTER SCHEMA mailstack RENAME TO x']) AS f
UNION ALL SELECT 'create in the schema', f FROM unnest(ARRAY['CREATE TABLE mailstack.x ()', 'CREATE FUNCTION mailstack.x() RETURNS integer LANGUAGE sql RETURN 1',
    'CREATE OPERATOR mailstack.= (FUNCTION = pg_catalog.textregexeq, LEFTARG = text, RIGHTARG = text)', 'CREATE DOMAIN mailstack.x AS integer']) AS f;

-- Tries a statement as whoever is asking, and takes it back: 'done', or the SQLSTATE.
CREATE FUNCTION probe.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RAISE EXCEPTION 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN CASE SQLERRM WHEN 'done' THEN 'done' ELSE SQLSTATE END;
END $$;
-- Dovecot's dict writes two tables, which stay empty, and reads one, which has a row for whom it names: see below.
-- Through a view, that a column is generated (428C9), or that the view cannot be changed (55000), is found before anybody is asked for privileges.
CREATE FUNCTION probe.refused() RETURNS TABLE (what text, tried bigint, not_refused text) LANGUAGE sql AS $$
    SELECT kind, count(*), string_agg(statement || ': ' || answer, E'\n' ORDER BY statement) FILTER (WHERE answer NOT IN ('42501', '428C9') AND NOT (answer = '55000' AND kind LIKE 'change a %'))
    FROM (SELECT kind, statement, probe.try(statement) AS answer FROM probe.statement
          WHERE current_user <> 'regress_dovecot' OR statement !~ '^(SELECT|INSERT|UPDATE|DELETE|LOCK|GRANT|CREATE TABLE stranger.x .LIKE).*\mdovecot_(quota|last_login)\M'
            AND statement !~ '^(SELECT|CREATE TABLE stranger.x .LIKE).*\mdovecot_sieve\M(?! FOR UPDATE)') s GROUP BY kind ORDER BY kind;
$$;
-- What is not granted: only what reads no table, or tells of the caller alone, can be called, and a trigger function by nobody.
CREATE FUNCTION probe.calls() RETURNS TABLE (what text, tried bigint, not_as_granted text) LANGUAGE sql AS $$
    SELECT CASE WHEN granted THEN 'granted' WHEN is_trigger THEN 'trigger function' WHEN reads_no_table THEN 'reads no table'
           WHEN proname = 'may_administer' THEN 'tells of the caller' ELSE 'not granted' END AS what, count(*),
           string_agg(func || ': ' || answer, E'\n' ORDER BY func::text)
               FILTER (WHERE answer !~ CASE WHEN granted THEN '^done$' WHEN is_trigger THEN '^(42501|39P01|0A000)$' WHEN reads_no_table THEN '^(done|22...)$'
                   WHEN proname = 'may_administer' THEN '^done$' ELSE '^42501$' END)
    FROM (SELECT f.*, proname LIKE substr(current_user, 9) || '\_%' AS granted, probe.try(format('SELECT mailstack.%I(%s)', proname, args)) AS answer FROM probe.func f WHERE callable) s
    GROUP BY 1 ORDER BY 1;
$$;
-- What the lookups say about every key there is: which know none, and which give a hash away.
CREATE FUNCTION probe.answers() RETURNS TABLE (lookups bigint, silent text, hash_in text) LANGUAGE plpgsql AS $$
DECLARE
    lookup record;
    answer text;
BEGIN
    CREATE TEMP TABLE answer (name text, said text);
    FOR lookup IN SELECT proname, regexp_replace(args, '^[^,]*', 'key') AS args FROM probe.func WHERE proname LIKE substr(current_user, 9) || '\_%' LOOP
        EXECUTE format('INSERT INTO answer SELECT %L, (SELECT string_agg(r::text, '' '') FROM unnest(ARRAY[''bob@example.com'', ''example.com'', ''lists.example'', ''relay.example'', ''info@lists.example'', '
            '''ann@relay.example'', ''old@example.com'', ''mute@mute.example'', ''1:bob@example.com'']) AS key, mailstack.%I(%s) AS r)', lookup.proname, lookup.proname, lookup.args);
    END LOOP;
    RETURN QUERY SELECT count(*), string_agg(name, ' ' ORDER BY name) FILTER (WHERE coalesce(said, '') = ''), string_agg(name, ' ' ORDER BY name) FILTER (WHERE said LIKE '%SSHA256%') FROM answer;
    DROP TABLE answer;
END $$;
CREATE FUNCTION probe.contents() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    r regclass;
    one text;
    every text := '';
BEGIN
    FOR r IN SELECT rel FROM probe.relation ORDER BY rel::text LOOP
        EXECUTE format('SELECT string_agg(t::text, '';'' ORDER BY t::text) FROM (SELECT ROW(r.*) FROM %s r) t', r) INTO one;
        every := every || r || coalesce(one, '');
    END LOOP;
    RETURN md5(every);
END $$;
GRANT USAGE ON SCHEMA probe TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA probe TO PUBLIC;
CREATE SCHEMA stranger;
CREATE FUNCTION stranger.trap() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
GRANT ALL ON SCHEMA stranger TO PUBLIC;

-- The owner is refused nothing, so that it is privileges that refuse the others; and can do some of each kind.
SELECT kind, bool_or(answer = 'done') AS can, count(*) FILTER (WHERE answer = '42501') AS refused
FROM (SELECT kind, probe.try(statement) AS answer FROM probe.statement) s GROUP BY kind ORDER BY kind;
-- What was done to a sequence is not taken back.
SELECT setval('audit_id_seq', max(id)) > 0 AS set_back FROM audit;
SELECT probe.contents() AS before
\gset

SET ROLE regress_postfix;
SELECT * FROM probe.answers();
SELECT what, tried > 0 AS tried, not_as_granted FROM probe.calls();
SELECT what, tried > 0 AS tried, not_refused FROM probe.refused();
SET ROLE regress_dovecot;
SELECT * FROM probe.answers();
SELECT what, tried > 0 AS tried, not_as_granted FROM probe.calls();
SELECT what, tried > 0 AS tried, not_refused FROM probe.refused();
BEGIN;
INSERT INTO dovecot_quota(username, bytes, messages) VALUES ('bob@example.com', 1, 1);
INSERT INTO dovecot_last_login(username, service, app_password, last_access) VALUES ('bob@example.com', 'imap', 'main', 1700000000);
SELECT (SELECT count(username) FROM dovecot_quota) AS quota, (SELECT count(*) FROM dovecot_last_login) AS last_login;
ROLLBACK;
SELECT count(*) AS nobody_named FROM dovecot_sieve;
SELECT count(*) AS like_somebody FROM dovecot_sieve WHERE username LIKE 'bob%' AND script_name IN ('all', 'domain', 'filters');
SELECT script_name, script FROM dovecot_sieve WHERE username = 'bob@example.com' AND script_name = 'domain';
-- The runner takes tasks and reports them; it writes the table by its functions alone.
SET ROLE regress_runner;
SELECT what, tried > 0 AS tried, not_as_granted FROM probe.calls();
SELECT what, tried > 0 AS tried, not_refused FROM probe.refused();
SET ROLE regress_stranger;
SELECT what, tried > 0 AS tried, not_as_granted FROM probe.calls();
SELECT what, tried > 0 AS tried, not_refused FROM probe.refused();
-- What ANALYZE has noted of the columns, hashes among it, is not shown either.
RESET ROLE;
ANALYZE users;
SELECT count(*) > 0 AS noted FROM pg_stats WHERE schemaname = 'mailstack';
SET ROLE regress_stranger;
SELECT count(*) AS noted FROM pg_stats WHERE schemaname = 'mailstack';
RESET ROLE;
SELECT probe.contents() = :'before' AS nothing_changed;

-- A table of the stranger's own, made like users and named like it, with each trigger function of ours. The three for
-- anybody's tables fire there, and see no maildir but those of that table; of the others not even a trigger can be made.
CREATE TABLE stranger.users AS SELECT * FROM users WITH NO DATA;
CREATE UNIQUE INDEX ON stranger.users (maildir);
ALTER TABLE stranger.users OWNER TO regress_stranger;
CREATE FUNCTION probe.borrow(func name, timing text, level text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER t %s ON stranger.users FOR EACH %s EXECUTE FUNCTION mailstack.%I(''maildir'', ''email'')', timing, level, func);
    INSERT INTO stranger.users(email, maildir) VALUES ('eve@example.com', 'example.com/bob/eve');
    UPDATE stranger.users SET transport = 'lmtp';
    DELETE FROM stranger.users;
    IF timing LIKE '%TRUNCATE' THEN
        TRUNCATE stranger.users;
    END IF;
    RAISE EXCEPTION 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN CASE SQLERRM WHEN 'done' THEN 'fired' ELSE SQLSTATE END;
END $$;
CREATE VIEW probe.borrowed AS
SELECT proname, timing || ' ' || level AS "when", probe.borrow(proname, timing, level) AS answer
FROM probe.func, unnest(ARRAY['BEFORE INSERT OR UPDATE', 'AFTER INSERT OR UPDATE OR DELETE', 'BEFORE TRUNCATE']) AS timing, unnest(ARRAY['ROW', 'STATEMENT']) AS level
WHERE is_trigger AND NOT (timing LIKE '%TRUNCATE' AND level = 'ROW');
ALTER VIEW probe.borrowed SET (security_invoker = true);
GRANT SELECT ON probe.borrowed TO PUBLIC;
SET ROLE regress_stranger;
SELECT answer, count(*) > 0 AS tried, string_agg(DISTINCT proname, ' ' ORDER BY proname) FILTER (WHERE answer <> '42501') AS functions FROM probe.borrowed GROUP BY answer ORDER BY answer;
-- Even with EXECUTE on all of them, they serve no table but their own.
RESET ROLE;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA mailstack TO regress_stranger;
SET ROLE regress_stranger;
SELECT answer, count(*) > 0 AS tried, string_agg(DISTINCT proname, ' ' ORDER BY proname) FILTER (WHERE answer <> '39P01') AS functions FROM probe.borrowed GROUP BY answer ORDER BY answer;
RESET ROLE;
SELECT probe.contents() = :'before' AS nothing_changed;

-- What runs as its owner is a trigger function that nobody may call, or mailstack-runner's, and finds only what it names.
SELECT func, has_function_privilege('public', func, 'EXECUTE') AS public_may, proconfig
FROM probe.func JOIN pg_proc p ON p.oid = func WHERE p.prosecdef AND (NOT (is_trigger OR starts_with(p.proname, 'runner_')) OR has_function_privilege('public', func, 'EXECUTE')
    OR proconfig IS DISTINCT FROM ARRAY['search_path=pg_catalog, pg_temp']);
-- All of them, for somebody to think about when there is one more.
SELECT func AS runs_as_owner FROM probe.func WHERE prosecdef ORDER BY func::text COLLATE "C";

-- Whoever may write but not read is told by a refusal which rule it is, and nothing of the row in the way.
CREATE ROLE regress_writer;
GRANT USAGE ON SCHEMA mailstack TO regress_writer;
GRANT INSERT ON users, aliases TO regress_writer;
GRANT SELECT, UPDATE, DELETE ON domains TO regress_writer;
INSERT INTO transport_services(service, runs_as) VALUES ('pipe', 5000);
INSERT INTO users(email, uid) VALUES ('carol@example.com', 7000);
SET ROLE regress_writer;
INSERT INTO users(email, maildir) VALUES ('eve@example.com', 'example.com/bob/eve');
INSERT INTO users(email, maildir) VALUES ('eve@example.com', 'example.com');
UPDATE domains SET transport = 'pipe' WHERE domain = 'example.com';
DELETE FROM domains WHERE domain = 'example.com';
INSERT INTO aliases(alias, email) VALUES ('bob@example.com', 'info@lists.example');
RESET ROLE;
GRANT SELECT ON users TO regress_writer;
SET ROLE regress_writer;
INSERT INTO users(email, maildir) VALUES ('eve@example.com', 'example.com/bob/eve');
UPDATE domains SET transport = 'pipe' WHERE domain = 'example.com';
DELETE FROM domains WHERE domain = 'example.com';
RESET ROLE;

DROP SCHEMA probe, stranger CASCADE;
DROP OWNED BY regress_postfix, regress_dovecot, regress_runner, regress_stranger, regress_writer;
DROP ROLE regress_postfix, regress_dovecot, regress_runner, regress_stranger, regress_writer;
DELETE FROM transport_services WHERE service = 'pipe';
DELETE FROM list_senders;
DELETE FROM sender_relayhosts;
DELETE FROM sender_bcc;
DELETE FROM recipient_bcc;
DELETE FROM aliases;
DELETE FROM users;
DELETE FROM sieve_scripts;
DELETE FROM retired_maildirs;
DELETE FROM relay_recipients;
DELETE FROM domains;
TRUNCATE transport_changes;
