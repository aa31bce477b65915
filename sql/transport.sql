-- mail_transport.
SET search_path = mailstack, public;

-- Canonical forms, each is its own, and the parts.
SELECT input, input::mail_transport AS transport, transport_service(input::mail_transport) AS service,
       transport_nexthop(input::mail_transport) AS nexthop,
       input::mail_transport::text::mail_transport::text = input::mail_transport::text AS fixed_point
FROM (VALUES ('virtual'), ('virtual:'), ('dovecot'), ('DOVECOT'), ('lmtp:unix:private/dovecot-lmtp'),
             ('smtp:[mx.example.com]:25'), ('smtp::'), ('a-b_c.9'), ('error:5.1.1'),
             (U&'relay:b\00FCcher.example')) AS v(input);

-- A literal, varchar, assignment in an INSERT, part of a larger text.
SELECT mail_transport 'virtual:';
SELECT 'virtual:'::varchar::mail_transport;
CREATE TEMP TABLE route (domain text, transport mail_transport, note text);
INSERT INTO route VALUES ('one.example', 'virtual:', NULL);
INSERT INTO route SELECT 'two.example', 'dovecot:'::text, NULL;
INSERT INTO route SELECT 'three.example', 'lmtp:unix:private/dovecot-lmtp'::varchar, NULL;
UPDATE route SET note = transport;
SELECT * FROM route ORDER BY domain;
SELECT 'by '||transport FROM route WHERE domain = 'one.example';

-- Refusals.
SELECT ''::mail_transport;
SELECT ':'::mail_transport;
SELECT ':[mx.example.com]'::mail_transport;
SELECT 'dove/cot'::mail_transport;
SELECT U&'b\00FCcher'::mail_transport;
SELECT ' virtual'::mail_transport;
SELECT 'virtual '::mail_transport;
SELECT 'smtp: [mx.example.com]'::mail_transport;
SELECT E'smtp:mx\n'::mail_transport;
SELECT U&'smtp:m\00FC\3000'::mail_transport;
SELECT U&'smtp:\FFFF'::mail_transport;
SELECT repeat('a', 256)::mail_transport;
SELECT ('smtp:' || repeat('a', 2044))::mail_transport;
SELECT mail_transport ':';
SELECT ':'::varchar::mail_transport;
INSERT INTO route VALUES ('four.example', ':', NULL);
\set VERBOSITY sqlstate
SELECT ':'::mail_transport;
\set VERBOSITY default

-- The limits themselves.
SELECT length(repeat('a', 255)::mail_transport::text), length(('smtp:' || repeat('a', 2043))::mail_transport::text);

-- NULL instead of a refusal.
SELECT input, to_mail_transport(input) FROM (VALUES ('virtual:'), (':'), (''), ('a b'), (NULL)) AS v(input);

-- Order and comparison, octet by octet.
SELECT t FROM (VALUES ('virtual'::mail_transport), ('lmtp:b'), ('lmtp'), ('Virtual'), ('lmtp-x'), ('lmtp:a')) AS v(t) ORDER BY t;
SELECT l < r AS lt, l <= r AS le, l = r AS eq, l <> r AS ne, l >= r AS ge, l > r AS gt, mail_transport_cmp(l, r) < 0 AS cmp
FROM (VALUES ('a'::mail_transport, 'b'::mail_transport), ('a', 'a:'), ('b', 'a')) AS v(l, r);
SELECT amname, opcname, amvalidate(c.oid) FROM pg_opclass c JOIN pg_am a ON a.oid = opcmethod
WHERE opcintype = 'mail_transport'::regtype ORDER BY amname;

-- The order of an abbreviated sort is the plain one, and equal transports have equal hashes.
CREATE TEMP TABLE many AS
    SELECT ('lmtp:inet:host' || g % 500 || ':24')::mail_transport AS transport FROM generate_series(1, 5000) g;
SELECT count(*), count(DISTINCT transport), count(DISTINCT mail_transport_hash(transport)) AS hashes,
       count(DISTINCT mail_transport_hash_extended(transport, 1)) AS extended_hashes FROM many;
SELECT count(*) FROM (SELECT transport, lag(transport) OVER (ORDER BY transport) AS before FROM many) s
WHERE mail_transport_cmp(before, transport) > 0;
SELECT mail_transport_hash('virtual:') = mail_transport_hash('virtual') AS hash,
       mail_transport_hash_extended('virtual:', 0) = mail_transport_hash_extended('virtual', 0) AS extended,
       mail_transport_hash_extended('virtual', 0) <> mail_transport_hash_extended('virtual', 1) AS seeded;

-- Joins: by hash and by merge the same.
SET enable_nestloop = off;
SET enable_mergejoin = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM many m JOIN route r ON m.transport = r.transport;
SELECT count(*) FROM many m JOIN many n ON m.transport = n.transport;
RESET enable_mergejoin;
SET enable_hashjoin = off;
SELECT count(*) FROM many m JOIN many n ON m.transport = n.transport;
RESET enable_hashjoin;
RESET enable_nestloop;

-- A comparison with text reads it as a transport, and uses the index on the column.
CREATE INDEX many_transport ON many (transport);
ANALYZE many;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET plan_cache_mode = force_generic_plan;
PREPARE find_transport(text) AS SELECT count(*) FROM many WHERE transport = $1;
PREPARE find_transport_reversed(text) AS SELECT count(*) FROM many WHERE $1 = transport;
EXPLAIN (COSTS OFF) EXECUTE find_transport('lmtp:inet:host1:24');
EXPLAIN (COSTS OFF) EXECUTE find_transport_reversed('lmtp:inet:host1:24');
EXECUTE find_transport('lmtp:inet:host1:24');
EXECUTE find_transport_reversed('lmtp:inet:host1:24');
EXECUTE find_transport(':');
DROP INDEX many_transport;
CREATE INDEX many_transport_hash ON many USING hash (transport);
EXPLAIN (COSTS OFF) EXECUTE find_transport('lmtp:inet:host1:24');
EXECUTE find_transport('lmtp:inet:host1:24');
RESET enable_seqscan;
RESET enable_bitmapscan;
RESET plan_cache_mode;
SELECT domain FROM route WHERE transport = 'virtual:'::text;
SELECT domain FROM route WHERE transport <> 'virtual:'::text AND 'dovecot:'::text <> transport;
SELECT domain FROM route WHERE transport <> ':'::text;
SELECT domain FROM route WHERE transport = 'virtual:';

-- Binary: a version octet and the text; what comes in is not trusted.
SELECT mail_transport_send('virtual:');
CREATE TEMP TABLE back (transport mail_transport);
\copy (SELECT transport FROM many) TO 'results/transport.binary' (FORMAT binary)
\copy back FROM 'results/transport.binary' (FORMAT binary)
SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT FROM many WHERE many.transport = back.transport)) AS found FROM back;
TRUNCATE back;
\copy (SELECT '\x01'::bytea || 'virtual:') TO 'results/transport.binary' (FORMAT binary)
\copy back FROM 'results/transport.binary' (FORMAT binary)
TABLE back;
\copy (SELECT '\x01'::bytea || 'a b') TO 'results/transport.binary' (FORMAT binary)
\copy back FROM 'results/transport.binary' (FORMAT binary)
\copy (SELECT '\x02'::bytea || 'virtual') TO 'results/transport.binary' (FORMAT binary)
\copy back FROM 'results/transport.binary' (FORMAT binary)
\copy (SELECT '\x01ff'::bytea) TO 'results/transport.binary' (FORMAT binary)
\copy back FROM 'results/transport.binary' (FORMAT binary)
\copy (SELECT ''::bytea) TO 'results/transport.binary' (FORMAT binary)
\copy back FROM 'results/transport.binary' (FORMAT binary)
