-- maildir_path and home_path.
SET search_path = mailstack, public;

-- Canonical forms, and each is its own.
SELECT input, input::maildir_path AS path,
       input::maildir_path::text::maildir_path::text = input::maildir_path::text AS fixed_point
FROM (VALUES ('example.com/bob/'), ('example.com/bob'), ('example.com//bob///'), ('/home/mail/bob'),
             ('//home//mail'), ('a'), ('/a'), (' a b/c '), ('x,y'), ('...'), ('.hidden/..x/x..'),
             (U&'b\00FCcher/\5341')) AS v(input);

-- A literal, varchar, assignment in an INSERT.
SELECT maildir_path 'a//b';
SELECT 'a//b'::varchar::maildir_path;
CREATE TEMP TABLE box (id integer, maildir maildir_path, note text);
INSERT INTO box VALUES (1, 'one//box', NULL);
INSERT INTO box SELECT 2, 'two//box'::text, NULL;
INSERT INTO box SELECT 3, 'three//box'::varchar, NULL;
UPDATE box SET note = maildir;
SELECT * FROM box ORDER BY id;

-- Part of a larger text, as the maps of Postfix and Dovecot build it.
SELECT '/home/mail/'||maildir, 'maildir:/home/mail/'::text||maildir||'mail' FROM box WHERE id = 1;

-- Those of exactly two directories cannot nest in one another.
SELECT maildir, maildir_may_nest(maildir::maildir_path) FROM (VALUES ('a'), ('a/b'), ('a/b/c'), ('a/b/c/d'), ('/a'), ('/a/b'), ('/a/b/c')) AS v(maildir);

-- Refusals.
SELECT ''::maildir_path;
SELECT '/'::maildir_path;
SELECT '///'::maildir_path;
SELECT 'a/./b'::maildir_path;
SELECT '../etc'::maildir_path;
SELECT 'a//..'::maildir_path;
SELECT E'a\nb'::maildir_path;
SELECT U&'b\00FC/\200B'::maildir_path;
SELECT U&'\FFFF'::maildir_path;
SELECT repeat('a', 256)::maildir_path;
SELECT repeat(repeat('a', 127) || '/', 33)::maildir_path;
SELECT maildir_path '..';
SELECT '..'::varchar::maildir_path;
INSERT INTO box VALUES (4, '..', NULL);
\set VERBOSITY sqlstate
SELECT '..'::maildir_path;
SELECT home_path('home', 'a/');
\set VERBOSITY default

-- The limits themselves.
SELECT length(repeat('a', 255)::maildir_path::text), length(repeat(repeat('a', 255) || '/', 16)::maildir_path::text);

-- NULL instead of a refusal.
SELECT input, to_maildir_path(input) FROM (VALUES ('a//b'), ('a/..'), (''), (NULL)) AS v(input);

-- Order and comparison, octet by octet: what lies inside a directory follows it.
CREATE TEMP TABLE path (maildir maildir_path);
INSERT INTO path VALUES ('a/b/c'), ('a/bc'), ('a/b'), ('a/b!'), ('B'), (U&'\00FC'), ('/a'), ('a'), ('a/b0');
SELECT maildir FROM path ORDER BY maildir;
SELECT l < r AS lt, l <= r AS le, l = r AS eq, l <> r AS ne, l >= r AS ge, l > r AS gt, maildir_path_cmp(l, r) < 0 AS cmp
FROM (VALUES ('a'::maildir_path, 'b'::maildir_path), ('a', 'a//'), ('b', 'a')) AS v(l, r);
SELECT amname, opcname, amvalidate(c.oid) FROM pg_opclass c JOIN pg_am a ON a.oid = opcmethod
WHERE opcintype = 'maildir_path'::regtype ORDER BY amname;

-- The order of an abbreviated sort is the plain one, and equal paths have equal hashes.
CREATE TEMP TABLE many AS
    SELECT ('example' || g % 7 || '.com//user' || g % 500)::maildir_path AS maildir FROM generate_series(1, 5000) g;
SELECT count(*), count(DISTINCT maildir), count(DISTINCT maildir_path_hash(maildir)) > 3000 AS hash_spreads,
       count(DISTINCT maildir_path_hash_extended(maildir, 1)) = count(DISTINCT maildir) AS extended_hash_spreads FROM many;
SELECT count(*) FROM (SELECT maildir, lag(maildir) OVER (ORDER BY maildir) AS before FROM many) s
WHERE maildir_path_cmp(before, maildir) > 0;
SELECT maildir_path_hash('a//b') = maildir_path_hash('a/b/') AS hash,
       maildir_path_hash_extended('a//b', 0) = maildir_path_hash_extended('a/b/', 0) AS extended,
       maildir_path_hash_extended('a/b', 0) <> maildir_path_hash_extended('a/b', 1) AS seeded;

-- Joins: by hash and by merge the same.
SET enable_nestloop = off;
SET enable_mergejoin = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM many m JOIN box b ON m.maildir = b.maildir;
SELECT count(*) FROM many m JOIN many n ON m.maildir = n.maildir;
RESET enable_mergejoin;
SET enable_hashjoin = off;
SELECT count(*) FROM many m JOIN many n ON m.maildir = n.maildir;
RESET enable_hashjoin;
RESET enable_nestloop;

-- A comparison with text reads it as a path, and uses the index on the column.
CREATE INDEX many_maildir ON many (maildir);
ANALYZE many;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET plan_cache_mode = force_generic_plan;
PREPARE find_path(text) AS SELECT count(*) FROM many WHERE maildir = $1;
PREPARE find_path_reversed(text) AS SELECT count(*) FROM many WHERE $1 = maildir;
EXPLAIN (COSTS OFF) EXECUTE find_path('example1.com/user1');
EXPLAIN (COSTS OFF) EXECUTE find_path_reversed('example1.com/user1');
EXECUTE find_path('example1.com///user1');
EXECUTE find_path_reversed('example1.com/user1/');
EXECUTE find_path('..');
DROP INDEX many_maildir;
CREATE INDEX many_maildir_hash ON many USING hash (maildir);
EXPLAIN (COSTS OFF) EXECUTE find_path('example1.com/user1');
EXECUTE find_path('example1.com///user1');
RESET enable_seqscan;
RESET enable_bitmapscan;
RESET plan_cache_mode;
SELECT maildir FROM box WHERE maildir = 'one/box'::text;
SELECT maildir FROM box WHERE maildir <> 'one/box'::text AND 'two/box'::text <> maildir;
SELECT maildir FROM box WHERE maildir <> '..'::text;
SELECT maildir FROM box WHERE maildir = 'one//box';

-- Binary: a version octet and the text; what comes in is not trusted.
SELECT maildir_path_send('a//b');
CREATE TEMP TABLE back (maildir maildir_path);
\copy (SELECT maildir FROM many) TO 'results/maildir.binary' (FORMAT binary)
\copy back FROM 'results/maildir.binary' (FORMAT binary)
SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT FROM many WHERE many.maildir = back.maildir)) AS found FROM back;
TRUNCATE back;
\copy (SELECT '\x01612f2f62'::bytea) TO 'results/maildir.binary' (FORMAT binary)
\copy back FROM 'results/maildir.binary' (FORMAT binary)
TABLE back;
\copy (SELECT '\x012e2e'::bytea) TO 'results/maildir.binary' (FORMAT binary)
\copy back FROM 'results/maildir.binary' (FORMAT binary)
\copy (SELECT '\x02612f'::bytea) TO 'results/maildir.binary' (FORMAT binary)
\copy back FROM 'results/maildir.binary' (FORMAT binary)
\copy (SELECT '\x01ff'::bytea) TO 'results/maildir.binary' (FORMAT binary)
\copy back FROM 'results/maildir.binary' (FORMAT binary)
\copy (SELECT ''::bytea) TO 'results/maildir.binary' (FORMAT binary)
\copy back FROM 'results/maildir.binary' (FORMAT binary)

-- Homes.
SELECT root, maildir, home_path(root, maildir)
FROM (VALUES ('/home/mail', 'example.com/bob'::maildir_path), ('/home/mail/', 'example.com/bob'),
             ('/home/mail///', 'example.com/bob'), ('/', 'bob'), ('//', 'bob'), ('/home/mail', '/srv/bob')) AS v(root, maildir);
SELECT home_path(NULL, 'a/') IS NULL AS no_root, home_path('/home', NULL) IS NULL AS no_maildir;
SELECT home_path('home/mail', 'bob');
SELECT home_path('', 'bob');
SELECT home_path('home/mail', '/srv/bob');
