-- mail_key in indexes, joins and sorts, compared with keys and with text, and in its binary form.
SET search_path = mailstack, public;

CREATE TABLE keys (k mail_key, n integer);
INSERT INTO keys SELECT 'User' || g || '@d' || g % 50 || '.example', g FROM generate_series(1, 3000) g;
INSERT INTO keys VALUES ('d7.example', 0), ('@d7.example', 0), ('.d7.example', 0), ('sub.d7.example', 0), ('x@sub.d7.example', 0),
                        ('*', 0), ('', 0), ('zzz zzz', 0);
CREATE INDEX keys_k ON keys (k);
VACUUM ANALYZE keys;

-- A domain comes before its addresses, and all of them stand together.
SELECT k FROM keys WHERE n <= 500 AND n % 50 = 7 OR k = 'd7.example' OR n = 0 ORDER BY k;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM keys WHERE k >= 'd7.example' AND k <= '~@d7.example';
SELECT count(*) FROM keys WHERE k >= 'd7.example' AND k <= '~@d7.example';
SELECT count(*) FROM keys WHERE address_domain(k) = 'd7.example';

-- The order by the index is the order by a sort, and total.
CREATE TEMP TABLE by_index AS SELECT k::text, row_number() OVER (ORDER BY k) AS n FROM keys;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET enable_seqscan = on;
CREATE TEMP TABLE by_sort AS SELECT k::text, row_number() OVER (ORDER BY k) AS n FROM keys;
RESET enable_indexscan;
RESET enable_indexonlyscan;
SELECT count(*) AS rows, count(*) FILTER (WHERE i.k = s.k) AS equal FROM by_index i JOIN by_sort s USING (n);
SELECT l < r AS lt, l <= r AS le, l = r AS eq, l <> r AS ne, l >= r AS ge, l > r AS gt, mail_key_cmp(l, r) < 0 AS cmp
FROM (VALUES ('a@x.org'::mail_key, 'b@x.org'::mail_key), ('A@x.org', 'a@X.org'), ('b@x.org', 'a@y.org'), ('c@x.org', '@x.org')) AS v(l, r);

-- Every operator class is sound.
SELECT amname, opcname, amvalidate(c.oid) FROM pg_opclass c JOIN pg_am a ON a.oid = opcmethod
WHERE opcintype = 'mail_key'::regtype ORDER BY amname, opcname;

-- Text as a parameter, on either side, finds the row by the index; so does a column of a domain type.
CREATE TABLE addresses (address mail_address PRIMARY KEY);
INSERT INTO addresses SELECT k FROM keys WHERE mail_key_class(k) = 'address';
ANALYZE addresses;
SET enable_seqscan = off;
SET plan_cache_mode = force_generic_plan;
PREPARE find_key(text) AS SELECT k FROM keys WHERE k = $1;
PREPARE find_reversed(text) AS SELECT k FROM keys WHERE $1 = k;
PREPARE find_range(text) AS SELECT count(*) FROM keys WHERE k > $1 AND k <= 'd8.example'::text;
PREPARE find_address(text) AS SELECT address FROM addresses WHERE address = $1;
EXPLAIN (COSTS OFF) EXECUTE find_key('x');
EXPLAIN (COSTS OFF) EXECUTE find_reversed('x');
EXPLAIN (COSTS OFF) EXECUTE find_range('x');
EXPLAIN (COSTS OFF) EXECUTE find_address('x');
EXECUTE find_key('"USER1"@D1.Example');
EXECUTE find_reversed('*');
EXECUTE find_range('d7.EXAMPLE');
EXECUTE find_address('uSER1@d1.example');
EXECUTE find_address('@d1.example');
EXECUTE find_address(E'\x01');
EXPLAIN (COSTS OFF) SELECT address FROM addresses WHERE address = 'USER1@d1.example';
SELECT address FROM addresses WHERE address = 'USER1@d1.example';
SELECT address FROM addresses WHERE address = '*' OR address = '';
RESET plan_cache_mode;
SELECT l < r, l <= r, l = r, l <> r, l >= r, l > r FROM (VALUES ('a@x.org'::mail_key, 'B@x.org'::text)) AS v(l, r);
SELECT l < r, l <= r, l = r, l <> r, l >= r, l > r FROM (VALUES ('a@x.org'::text, 'B@x.org'::mail_key)) AS v(l, r);

-- A hash index, too.
DROP INDEX keys_k;
CREATE INDEX keys_hash ON keys USING hash (k);
EXPLAIN (COSTS OFF) SELECT n FROM keys WHERE k = 'user1@d1.example';
SELECT n FROM keys WHERE k = 'user1@d1.example';
RESET enable_seqscan;
RESET enable_bitmapscan;

-- Joins by hash and by merge, groups, and a unique index that knows all spellings.
SET enable_nestloop = off;
SET enable_mergejoin = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM keys JOIN addresses ON address = k;
SELECT count(*) FROM keys JOIN addresses ON address = upper(k::text)::mail_key;
SET enable_mergejoin = on;
SET enable_hashjoin = off;
SELECT count(*) FROM keys JOIN addresses ON address = upper(k::text)::mail_key;
RESET enable_hashjoin;
RESET enable_nestloop;
SELECT count(*) FROM (SELECT k FROM (SELECT k FROM keys UNION ALL SELECT upper(k::text)::mail_key FROM keys WHERE n > 0) s GROUP BY k) g;
INSERT INTO addresses VALUES ('"user1"@D1.EXAMPLE');
SELECT count(DISTINCT mail_key_hash(k)) > 2990 AS spread, count(DISTINCT mail_key_hash_extended(k, 1)) > 2990 AS spread_extended,
       bool_or(mail_key_hash_extended(k, 1) <> mail_key_hash_extended(k, 2)) AS seeded FROM keys;

-- The binary form: a version octet and the text, which comes back as it was typed; what comes in is not trusted.
SELECT mail_key_send('Bob@Example.com');
CREATE TEMP TABLE back (k mail_key);
\copy (SELECT k FROM keys) TO 'results/mailkey.binary' (FORMAT binary)
\copy back FROM 'results/mailkey.binary' (FORMAT binary)
SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT FROM keys WHERE keys.k = back.k AND keys.k::text = back.k::text)) AS same FROM back;
TRUNCATE back;
\copy (SELECT '\x02'::bytea || 'bob@example.com') TO 'results/mailkey.binary' (FORMAT binary)
\copy back FROM 'results/mailkey.binary' (FORMAT binary)
\copy (SELECT '\x01ff'::bytea) TO 'results/mailkey.binary' (FORMAT binary)
\copy back FROM 'results/mailkey.binary' (FORMAT binary)
\copy (SELECT ''::bytea) TO 'results/mailkey.binary' (FORMAT binary)
\copy back FROM 'results/mailkey.binary' (FORMAT binary)
\copy (SELECT '\x01'::bytea || 'bob') TO 'results/mailkey.binary' (FORMAT binary)
\copy addresses FROM 'results/mailkey.binary' (FORMAT binary)
\copy (SELECT '\x01'::bytea || 'Bob@Bücher.example') TO 'results/mailkey.binary' (FORMAT binary)
\copy back FROM 'results/mailkey.binary' (FORMAT binary)
TABLE back;

-- Domains that stand many times: mail_domain_ops keeps each once, finds it as the default class does, and leaves the order of others to that.
CREATE TABLE domains_of AS SELECT address_domain(k) AS domain, k FROM keys, generate_series(1, 20) WHERE mail_key_class(k) = 'address';
CREATE INDEX domains_of_plain ON domains_of (domain);
SELECT pg_relation_size('domains_of_plain') AS plain \gset
DROP INDEX domains_of_plain;
CREATE INDEX domains_of_domain ON domains_of (domain mail_domain_ops);
SELECT pg_relation_size('domains_of_domain') * 3 < :plain AS small;
-- It may, since equal domains are the same octets, however they were written.
SELECT count(*), bool_and(v *= same) AS same
FROM (SELECT unnest(ARRAY['Bücher.EXAMPLE'::mail_domain, 'XN--bcher-KVA.example', address_domain('"Bob"@BÜCHER.example'), address_domain('@bücher.example')])::mail_key) AS v,
     (SELECT 'xn--bcher-kva.example'::mail_domain::mail_key) AS same;
CREATE INDEX domains_of_k ON domains_of (k);
VACUUM ANALYZE domains_of;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET enable_sort = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM domains_of WHERE domain = 'D7.example';
EXPLAIN (COSTS OFF) SELECT k FROM domains_of ORDER BY k;
SELECT count(*) FROM domains_of WHERE domain = 'D7.example';
SELECT count(*) FROM domains_of d JOIN addresses a ON a.address = d.k AND d.domain = 'd7.example';
RESET enable_seqscan;
RESET enable_bitmapscan;
RESET enable_sort;

DROP TABLE keys, addresses, domains_of;
