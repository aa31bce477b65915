-- Filters without Sieve: what an operator types, the script that it makes, what is refused; and scripts of users, domains and all.
SET search_path = mailstack, public;
SET timezone = 'UTC';
\pset null '(null)'
\pset format unaligned
-- Scripts name their filters by number.
TRUNCATE filters, sieve_scripts RESTART IDENTITY;

INSERT INTO domains(domain, transport) VALUES ('example.com', 'dovecot'), ('other.example', 'lmtp:unix:private/dovecot-lmtp'), ('plain.example', 'virtual');
INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'example.com');
INSERT INTO domains(domain, class) VALUES ('lists.example', 'virtual_alias'), ('relay.example', 'relay');
INSERT INTO users(email) VALUES ('Alice@example.com'), ('bob@example.com'), ('carol@other.example'), ('dora@plain.example');

-- Each kind, alone.
SELECT file_spam('bob@example.com'), file_from('bob@example.com', 'Tim@Example.NET', 'Tim') > 0 AS "from", file_list('bob@example.com', '<pgsql.lists.example>', 'PostgreSQL') > 0 AS list,
       discard_from('bob@example.com', 'spam.example') > 0 AS discard, forward('bob@example.com', 'carol@other.example') > 0 AS forward,
       vacation('bob@example.com', 'Away', 'Back on Monday.') > 0 AS vacation;
SELECT kind, position, folder, sender, list_id, destination, keep, subject, message, days, starts, ends, active, owner, email, domain FROM filters ORDER BY id;
CREATE FUNCTION alone(which text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    UPDATE filters SET active = kind = which WHERE email = 'bob@example.com';
    RETURN sieve_source('bob@example.com');
END $$;
SELECT alone('file_spam');
SELECT alone('file_from');
SELECT alone('file_list');
SELECT alone('discard_from');
SELECT alone('forward');
SELECT alone('vacation');
SELECT alone('nothing') IS NULL AS no_script;

-- All of them, in their order: spam first, then position; and in another that is given.
UPDATE filters SET active = true;
SELECT sieve_source('bob@example.com');
SELECT what FROM list_filters('bob@example.com');
UPDATE filters SET position = 5 WHERE kind = 'file_list';
UPDATE filters SET position = 99 WHERE kind = 'file_spam';
UPDATE filters SET active = false WHERE kind = 'discard_from';
SELECT active, what FROM list_filters('bob@example.com');

-- Those of all and of the domain run before a user's own; of those for spam the one that is closest to the user counts.
SELECT file_spam('*', 'Junk') > 0 AS of_all, file_from('example.com', '@boss.example', 'Boss') > 0 AS of_domain, discard_from('*', 'x@y.example') > 0 AS of_all_too;
SELECT owned_by, active, what FROM list_filters('bob@example.com');
SELECT owned_by, what FROM list_filters('example.com');
SELECT owned_by, what FROM list_filters('*');
SELECT sieve_source('bob@example.com');
SELECT sieve_source('alice@example.com');
SELECT sieve_source('example.com')::text = sieve_source('alice@example.com')::text AS same, sieve_source('*');
SELECT sieve_source('nobody@elsewhere.example')::text = sieve_source('*')::text AS of_all;

-- The addresses that a vacation answers for: what leads to the user alone, however far away; not a list, not what is switched off,
-- has expired or moved, nor a catch-all.
INSERT INTO aliases(alias, email) VALUES ('al@example.com', 'alice@example.com'), ('a.l@lists.example', 'al@example.com'), ('both@example.com', 'alice@example.com'),
    ('both@example.com', 'bob@example.com'), ('"a \" b"@example.com', 'alice@example.com'), ('@lists.example', 'alice@example.com'), ('al@mirror.example', 'bob@example.com'),
    ('grüße@lists.example', 'alice@example.com');
INSERT INTO aliases(alias, email, active) VALUES ('off@example.com', 'alice@example.com', false);
INSERT INTO aliases(alias, email, expires) VALUES ('past@example.com', 'alice@example.com', now() + '1 second'), ('soon@example.com', 'alice@example.com', 'infinity');
UPDATE aliases SET expires = '2020-01-01' WHERE alias = 'past@example.com';
INSERT INTO relocated(email, new_email) VALUES ('moved@example.com', 'alice@example.com');
DELETE FROM filters WHERE email IS NULL;
SELECT vacation('alice@example.com', NULL, E'Gone fishing.\r\nAlice', days => 7, starts => '2026-12-01', ends => '2026-12-24') > 0 AS first,
       vacation('alice@example.com', 'Out', 'Out.', starts => '2027-01-01') > 0 AS second, vacation('alice@example.com', 'Else', 'Else.') > 0 AS third,
       vacation('alice@example.com', 'Never', 'Never.') > 0 AS fourth;
SELECT sieve_source('alice@example.com');
DELETE FROM filters WHERE email = 'alice@example.com';

-- Strings are what they are.
SELECT file_from('alice@example.com', '"o''b \"x"@example.net', E'"Tim" \\ ${tim} ${hex:22} Größe') > 0 AS file,
       vacation('alice@example.com', '"; discard; #', E'text:\n.\n"; stop;\\\r\n/* ${x} */\r') > 0 AS vacation, file_list('alice@example.com', 'list@lists.example', 'a.b') > 0 AS list;
SELECT sieve_source('alice@example.com');
SELECT count(*) AS problems FROM sieve_check(sieve_source('alice@example.com')::text);
SELECT sieve_format(sieve_source('alice@example.com'))::text = sieve_source('alice@example.com')::text AS formatted, sieve_requires(sieve_source('alice@example.com'));

-- A header has a domain in U-labels or in A-labels.
SELECT file_from('carol@other.example', 'Bücher.example', 'Books') > 0 AS domain, discard_from('carol@other.example', 'x@xn--strae-oqa.de') > 0 AS address;
SELECT sieve_source('carol@other.example');
DELETE FROM filters WHERE email = 'carol@other.example';

-- What is refused.
SELECT file_spam(NULL);
SELECT file_spam('al ice');
SELECT file_spam('@example.com');
SELECT file_spam('nobody@example.com');
SELECT file_spam('al@example.com');
SELECT file_spam('elsewhere.example');
SELECT file_spam('lists.example');
SELECT file_spam('bob@example.com', 'Junk');
SELECT file_spam('alice@example.com', '');
SELECT file_spam('alice@example.com', E'a\nb');
SELECT file_spam('alice@example.com', repeat('x', 201));
SELECT file_spam('alice@example.com', '~x');
SELECT file_spam('alice@example.com', 'a./b');
SELECT file_spam('alice@example.com', repeat('ж', 95));
SELECT file_from('alice@example.com', 'tim', NULL);
SELECT file_from('alice@example.com', 'tim tom', 'x');
SELECT file_from('alice@example.com', NULL, 'x');
SELECT file_list('alice@example.com', 'a b', 'x');
SELECT forward('example.com', 'bob@example.com');
SELECT forward('alice@example.com', 'Ütz@far.example');
SELECT vacation('*', 'x', 'y');
SELECT vacation('alice@example.com', 'x', '');
SELECT vacation('alice@example.com', 'x', repeat('x', 16385));
SELECT vacation('alice@example.com', 'x', 'y', days => 0);
SELECT vacation('alice@example.com', 'x', 'y', days => 61);
SELECT vacation('alice@example.com', 'x', 'y', starts => '2026-12-24', ends => '2026-12-01');
INSERT INTO filters(email, kind) VALUES ('alice@example.com', 'file_all');
INSERT INTO filters(email, kind, sender) VALUES ('alice@example.com', 'file_spam', 'x@y.example');
INSERT INTO filters(email, kind, starts) VALUES ('alice@example.com', 'file_spam', '2026-12-01');
\set VERBOSITY terse
SELECT vacation('alice@example.com', 'x', 'y', ends => 'infinity');
INSERT INTO filters(email) VALUES ('alice@example.com');
\set VERBOSITY default
UPDATE domains SET class = 'virtual_alias', transport = NULL WHERE domain = 'example.com';
SELECT file_spam('plain.example') > 0 AS notice, file_spam('dora@plain.example') > 0 AS notice_too;
UPDATE domains SET class = 'relay', transport = 'relay' WHERE domain = 'plain.example';
DELETE FROM users WHERE email = 'dora@plain.example';
UPDATE domains SET class = 'relay', transport = 'relay' WHERE domain = 'plain.example';
DELETE FROM domains WHERE domain = 'plain.example';
DELETE FROM filters WHERE domain = 'plain.example';
DELETE FROM domains WHERE domain = 'plain.example';
-- As much as one owner may have.
INSERT INTO filters(email, kind, sender, folder) SELECT 'carol@other.example', 'file_from', 's' || n || '@x.example', repeat('"', 200) FROM generate_series(1, 600) n;
INSERT INTO filters(email, kind, sender, folder) SELECT 'carol@other.example', 'file_from', 's' || n || '@x.example', 'x' FROM generate_series(1, 200) n;
SELECT length(sieve_source('carol@other.example')::text) > 10000 AS many;
DELETE FROM filters WHERE email = 'carol@other.example';
-- What this Pigeonhole does not do.
SET mailstack.sieve_extensions = '-vacation';
SELECT vacation('carol@other.example', 'x', 'y');
RESET mailstack.sieve_extensions;

-- A forward leads somewhere, and not back.
SELECT forward('carol@other.example', 'carol@other.example');
SELECT forward('carol@other.example', 'carol+x@other.example');
SELECT forward('carol@other.example', 'bob@example.com');
SELECT forward('carol@other.example', 'nobody@example.com');
SELECT forward('carol@other.example', 'far@away.example') > 0 AS far, forward('carol@other.example', 'alice@mirror.example', keep => false) > 0 AS mirrored;
INSERT INTO aliases(alias, email) VALUES ('all@other.example', 'carol@other.example');
SELECT forward('alice@example.com', 'all@other.example');
BEGIN;
SELECT forward('alice@example.com', 'new@lists.example') > 0 AS before_there_is_one;
INSERT INTO aliases(alias, email) VALUES ('new@lists.example', 'far@away.example');
COMMIT;
UPDATE aliases SET email = 'carol@other.example' WHERE alias = 'new@lists.example';
DELETE FROM aliases WHERE alias IN ('new@lists.example', '@lists.example');
DELETE FROM users WHERE email = 'alice@example.com';
SELECT * FROM check_aliases();
UPDATE filters SET active = false WHERE destination = 'new@lists.example';
UPDATE aliases SET email = 'carol@other.example' WHERE alias = 'new@lists.example';
UPDATE filters SET active = true WHERE destination = 'new@lists.example';
SELECT forward('carol@other.example', d) > 0 AS more FROM unnest('{b@away.example,c@away.example}'::mail_address[]) AS d;
SELECT forward('carol@other.example', 'e@away.example');
SET session_replication_role = replica;
UPDATE filters SET active = true WHERE destination = 'new@lists.example';
SET session_replication_role = DEFAULT;
SELECT * FROM check_aliases();
UPDATE filters SET active = false WHERE destination = 'new@lists.example';

-- They go with a user who is renamed, or whose domain is, and when he is deleted.
SELECT rename_user('alice@example.com', 'alicia@example.com');
SELECT owned_by, active, what FROM list_filters('alicia@example.com');
SELECT owned_by, what FROM list_filters('carol@other.example') WHERE what LIKE 'forward%';
SELECT file_spam('example.com', 'Müll') > 0 AS of_domain;
INSERT INTO sieve_scripts(domain, name, script) VALUES ('example.com', 'ours', 'keep;');
SELECT rename_domain('example.com', 'example.net');
SELECT DISTINCT owner, email, domain FROM filters ORDER BY owner;
SELECT owner, name FROM sieve_scripts;
SELECT rename_domain('example.net', 'example.com');
DELETE FROM users WHERE email = 'bob@example.com';
DELETE FROM aliases WHERE email = 'bob@example.com';
DELETE FROM users WHERE email = 'bob@example.com';
SELECT DISTINCT owner FROM filters ORDER BY owner;

-- Scripts: of a user, a domain and all.
INSERT INTO sieve_scripts(name, script) VALUES ('everybody', 'if true { fileinto "x"; }');
INSERT INTO sieve_scripts(name, script) VALUES ('everybody', 'require "fileinto"; if size :over 10M { fileinto "Large"; stop; }');
INSERT INTO sieve_scripts(domain, name, script, active) VALUES ('example.com', 'other', 'discard;', false);
INSERT INTO sieve_scripts(email, name, script) VALUES ('Carol@other.example', 'mine', 'keep;');
UPDATE settings SET sieve_personal = 'database';
INSERT INTO sieve_scripts(email, name, script, active) VALUES ('carol@other.example', 'holidays', 'keep; stop;', false), ('alicia@example.com', 'mine', 'keep;', true);
SELECT name, active, owner, email, domain, content_id = sieve_id(script) AS id FROM sieve_scripts ORDER BY id;
INSERT INTO sieve_scripts(email, name, script) VALUES ('carol@other.example', 'second', 'keep;');
SELECT activate_sieve_script('carol@other.example', 'holidays');
SELECT activate_sieve_script('carol@other.example', 'holidays');
SELECT name, active FROM sieve_scripts WHERE owner = 'carol@other.example' ORDER BY name;
SELECT activate_sieve_script('carol@other.example', 'lost');
SELECT name, active FROM sieve_scripts WHERE owner = 'carol@other.example' ORDER BY name;
SELECT activate_sieve_script('example.com', NULL);
SELECT activate_sieve_script(NULL, 'x');
SELECT activate_sieve_script('example.com', 'ours');
INSERT INTO sieve_scripts(email, name, script) VALUES ('nobody@example.com', 'x', 'keep;');
INSERT INTO sieve_scripts(domain, name, script) VALUES ('lists.example', 'x', 'keep;');
INSERT INTO sieve_scripts(domain, name, script) VALUES ('example.com', 'active', 'keep;');
INSERT INTO sieve_scripts(domain, name, script) VALUES ('example.com', 'a/b', 'keep;');
INSERT INTO sieve_scripts(domain, name, script) VALUES ('example.com', '', 'keep;');
\set VERBOSITY terse
UPDATE settings SET sieve_personal = 'nowhere';
\set VERBOSITY default

-- What Dovecot is given: by a name, and by the id that it was told for it; a text that has changed has another.
SELECT script_name, left(id, 8) AS id, script FROM dovecot_sieve WHERE script_name = 'all' AND username = 'nobody at all';
-- Dovecot 2.4 asks by names of its own: where there is no script it gets an empty one, and not no row; nobody's is none.
SELECT script_name, id = 'all_2_4.' || sieve_id(script::sieve_script) AS id, script FROM dovecot_sieve WHERE script_name = 'all_2_4' AND username = 'carol@other.example';
SELECT script_name, script FROM dovecot_sieve WHERE script_name = 'domain_2_4' AND username = 'alicia@example.com';
SELECT script_name, id, script FROM dovecot_sieve WHERE script_name = 'domain_2_4' AND username = 'carol@other.example';
SELECT id AS empty FROM dovecot_sieve WHERE script_name = 'domain_2_4' AND username = 'carol@other.example' \gset
SELECT script_name, script FROM dovecot_sieve WHERE id = :'empty' AND username = 'carol@other.example';
SELECT count(*) FROM dovecot_sieve WHERE id = :'empty' AND username = 'alicia@example.com';
SELECT count(*) FROM dovecot_sieve WHERE script_name = 'filters_2_4' AND username = 'nobody@example.com';
SELECT script_name, script FROM dovecot_sieve WHERE username = 'CAROL@other.example' AND script_name = 'active';
SELECT script_name, script FROM dovecot_sieve WHERE username = 'carol@other.example' AND script_name = 'mine';
SELECT count(*) FROM dovecot_sieve WHERE username = 'carol@other.example' AND script_name = 'lost';
SELECT count(*) FROM dovecot_sieve WHERE username = 'alicia@example.com' AND script_name = 'ours';
SELECT id AS old FROM dovecot_sieve WHERE username = 'alicia@example.com' AND script_name = 'domain' \gset
SELECT script FROM dovecot_sieve WHERE id = :'old' AND username = 'alicia@example.com';
UPDATE sieve_scripts SET script = 'discard;' WHERE name = 'ours';
SELECT count(*) FROM dovecot_sieve WHERE id = :'old' AND username = 'alicia@example.com';
SELECT id <> :'old' AS another FROM dovecot_sieve WHERE username = 'alicia@example.com' AND script_name = 'domain';
SELECT id AS old FROM dovecot_sieve WHERE username = 'alicia@example.com' AND script_name = 'filters' \gset
INSERT INTO aliases(alias, email) VALUES ('chief@example.com', 'alicia@example.com');
SELECT id <> :'old' AS another FROM dovecot_sieve WHERE username = 'alicia@example.com' AND script_name = 'filters';
UPDATE settings SET sieve_personal = 'file';
SELECT count(*) FROM dovecot_sieve WHERE username = 'carol@other.example' AND script_name = 'active';
SELECT count(*) FROM dovecot_sieve;
SELECT count(*) FROM dovecot_sieve WHERE username = 'alicia@example.com';
SELECT count(*) FROM dovecot_sieve WHERE script_name = 'filters';
SELECT count(*) FROM dovecot_sieve WHERE username = NULL AND script_name = 'filters';
SELECT count(*) FROM dovecot_sieve WHERE username = 'alicia@example.com' AND script_name = 'filters' AND id = 'x';
PREPARE ask(text, text) AS SELECT script_name, length(script) > 0 AS script FROM dovecot_sieve WHERE script_name = $1 AND $2 = username;
EXECUTE ask('filters', 'alicia@example.com');
EXECUTE ask('filters', 'alicia@mirror.example');
EXECUTE ask('filters', 'nobody@example.com');
EXECUTE ask('filters', E'\u0001 no address');
EXPLAIN (COSTS OFF) EXECUTE ask('filters', 'alicia@example.com');
INSERT INTO dovecot_sieve VALUES ('a', 'b', 'c', 'd');
SELECT path, left(content, 10) <> '' AS content FROM sieve_files() ORDER BY path;
UPDATE settings SET sieve_personal = 'database';
SELECT path FROM sieve_files() WHERE path LIKE 'active%' ORDER BY path;
SELECT table_name, action, key, new_values->>'script' = sieve_id('discard;') AS id FROM audit WHERE table_name = 'sieve_scripts' AND action = 'UPDATE' AND new_values ? 'script';

-- A delegated administrator makes filters and scripts in his domain, and sees none of another, nor what is in a script.
CREATE ROLE regress_filters;
SELECT grant_admin('regress_filters', 'example.com');
SET ROLE regress_filters;
SELECT count(*) > 0 AS his, count(*) FILTER (WHERE domain IS DISTINCT FROM 'example.com') AS others FROM filters;
SELECT file_from('alicia@example.com', 'boss@example.com', 'Boss') > 0 AS user_of_his, file_list('example.com', 'news.example', 'News') > 0 AS domain;
SELECT forward('alicia@example.com', 'nobody@other.example');
SELECT file_from('carol@other.example', 'boss@example.com', 'Boss');
SELECT file_spam('*');
SELECT owned_by, what FROM list_filters('alicia@example.com');
SELECT count(*) FROM list_filters('carol@other.example');
SELECT sieve_source('alicia@example.com');
INSERT INTO sieve_scripts(domain, name, script, active) VALUES ('example.com', 'his', 'stop;', false);
SELECT activate_sieve_script('example.com', 'his');
SELECT name, active FROM sieve_scripts ORDER BY name;
SELECT script FROM sieve_scripts;
UPDATE sieve_scripts SET script = 'keep;' WHERE name = 'his';
SELECT action, key > '' AS key, new_values ->> 'name' AS name, length(new_values ->> 'script') AS script FROM audit WHERE table_name = 'sieve_scripts' AND role = 'regress_filters' ORDER BY id;
DELETE FROM filters WHERE folder = 'Boss';
RESET ROLE;
SELECT revoke_admin('regress_filters');
DROP ROLE regress_filters;

DROP FUNCTION alone;
DELETE FROM aliases;
DELETE FROM filters;
DELETE FROM sieve_scripts;
DELETE FROM users;
DELETE FROM retired_maildirs;
UPDATE settings SET sieve_personal = 'file', postmaster_address = NULL;
DELETE FROM domains WHERE alias_of IS NOT NULL;
DELETE FROM domains;
TRUNCATE transport_changes, audit;
