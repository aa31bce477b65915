-- Laws that hold for every value of the types: each line says how often a law was tried, and how often it was broken.
-- What is tried are samples of spellings; broken is to be 0, and tried is not.
SET search_path = mailstack, public;
SET client_min_messages = warning;

SELECT opcintype::regtype AS type, amname, opcname, amvalidate(c.oid)
FROM pg_opclass c JOIN pg_am a ON a.oid = opcmethod
     JOIN pg_depend d ON d.classid = 'pg_opclass'::regclass AND d.objid = c.oid AND d.deptype = 'e'
     JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND extname = 'mailstack'
ORDER BY opcintype::regtype::text, amname, opcname;

CREATE TEMP TABLE local_parts AS SELECT * FROM unnest(ARRAY['bob', 'BOB', '"Bob"', '"b\ob"', 'bob+x', 'Bob+X+y', 'bob-x', 'o''brien', '"a b"', '"A B"', '"a@b"', '"a\"\\b"', '""',
    'postmaster', 'Postmaster+x', 'Owner-list', 'list-Request', U&'b\00FCro', U&'B\00DCRO', U&'bu\0308ro+X', 'stra' || U&'\00DF' || 'e', 'STRASSE', U&'\03C2', U&'\03A3', U&'\212Aelvin', 'kelvin',
    U&'\0149', U&'\1E9E', 'ss', U&'\1FB4', U&'\0130', U&'\5341', U&'\+01F600', U&'a=\0338b', U&'a=\0338b=c', U&'a\1FEFb', '`', '~', repeat('l', 64)]) AS local_part;
CREATE TEMP TABLE names AS SELECT * FROM unnest(ARRAY['example.com', 'Example.COM', 'sub.example.com', 'example.co', 'a', 'zz', U&'b\00FCcher.example', U&'BU\0308CHER.Example', 'xn--bcher-kva.example',
    'XN--BCHER-KVA.example', U&'b\00FCcher\3002example', U&'stra\00DFe.example', 'strasse.example', U&'\03C2.example', U&'\03C3.example', U&'\05D0\05D1.example', U&'\FF45xample.com', 'r3---sn.example',
    repeat('d', 63) || '.example']) AS name;
CREATE TEMP TABLE others AS SELECT * FROM unnest(ARRAY['', '*', '.', '@', '@@', '"', '"a', 'a b', 'a@b@c', '192.0.2.1', 'bob@[192.0.2.1]', 'example.com.', '-a.example', 'a_b.example', U&'\200B', U&'\FFFF', U&'\+10FFFF', E'\x01',
    E'a\n', repeat('a', 300), U&'\00FC \00FC', 'xn--a.example']) AS other;

CREATE TEMP TABLE mail_key_sample AS
SELECT row_number() OVER () AS id, typed, mail_key(typed) AS v
FROM (SELECT local_part || '@' || name FROM local_parts, names UNION ALL SELECT '@' || name FROM names UNION ALL SELECT '.' || name FROM names
      UNION ALL SELECT name FROM names UNION ALL SELECT other FROM others) AS s(typed);
CREATE TEMP TABLE maildir_path_sample AS
SELECT row_number() OVER () AS id, typed, maildir_path(typed) AS v
FROM (SELECT root || a || slash || b || last
      FROM unnest(ARRAY['', '/', '//']) AS root, unnest(ARRAY['a', 'A', 'example.com', U&'b\00FCcher', '.hidden']) AS a, unnest(ARRAY['/', '//', '/x/']) AS slash,
           unnest(ARRAY['b', 'bc', 'b!', 'b c', '...', U&'\5341', repeat('c', 255)]) AS b, unnest(ARRAY['', '/', '/Maildir']) AS last) AS s(typed);
CREATE TEMP TABLE mail_transport_sample AS
SELECT row_number() OVER () AS id, typed, mail_transport(typed) AS v
FROM (SELECT service || colon || nexthop
      FROM unnest(ARRAY['a', 'virtual', 'Virtual', 'DOVECOT', 'smtp', 'smtp-amavis', 'my_service.2', repeat('s', 255)]) AS service,
           (VALUES ('', ''), (':', ''), (':', ':'), (':', 'a'), (':', '[mail.example.com]:25'), (':', 'unix:private/dovecot-lmtp'), (':', U&'b\00FCcher.example'), (':', repeat('n', 500))) AS n(colon, nexthop)) AS s(typed);
CREATE TEMP TABLE mail_password_sample AS
SELECT row_number() OVER () AS id, typed, mail_password(typed) AS v
FROM (SELECT '{' || scheme || suffix || '}' || hash
      FROM (VALUES ('SHA1', '5en6G6MezRroT3XKqkdPOmY/BfQ='), ('sha', '5en6G6MezRroT3XKqkdPOmY/BfQ='), ('SHA', '5en6G6MezRroT3XKqkdPOmY/BfQ='), ('SSHA', 'pi27EMKWLsgaX1lnvxL8dnnkf/BoEkQl'), ('SSHA', repeat('A', 400)),
                   ('PLAIN-MD5', 'Xr4ilOzQ4PCOq3aQ0qbuaQ=='), ('LDAP-MD5', 'Xr4ilOzQ4PCOq3aQ0qbuaQ=='), ('MD5', 'Xr4ilOzQ4PCOq3aQ0qbuaQ==')) AS h(scheme, hash), unnest(ARRAY['', '.b64', '.BASE64']) AS suffix
      UNION ALL SELECT '{DES-CRYPT}' || a || 'f5aHA7iGF/D' || z FROM unnest(ARRAY['.', 'A', 'a']) AS a, unnest(ARRAY['.', 'A', 'a']) AS z) AS s(typed);
CREATE TEMP TABLE sieve_script_sample AS
SELECT row_number() OVER () AS id, typed, sieve_script(typed) AS v
FROM (SELECT a || space || b || ending FROM unnest(ARRAY['', 'keep;', 'KEEP;', 'if true { stop; }', E'# \u00FC\n']) AS a, unnest(ARRAY['', ' ', E'\n']) AS space, unnest(ARRAY['discard;', 'stop;', '']) AS b,
           unnest(ARRAY['', '# end', '#' || repeat('x', 300)]) AS ending) AS s(typed);
SELECT (SELECT count(*) FROM mail_key_sample) AS keys, (SELECT count(*) FROM maildir_path_sample) AS paths, (SELECT count(*) FROM mail_transport_sample) AS transports, (SELECT count(*) FROM mail_password_sample) AS passwords;
SELECT mail_key_class(v) AS class, count(*), count(DISTINCT v) FROM mail_key_sample GROUP BY 1 ORDER BY 1;

-- Order, equality and hash.
CREATE FUNCTION pg_temp.comparison_laws(type text) RETURNS TABLE (law text, tried bigint, broken bigint) LANGUAGE plpgsql AS $f$
BEGIN
    EXECUTE format('CREATE TEMP VIEW pairs AS SELECT a.v AS a, b.v AS b, %1$s_cmp(a.v, b.v) AS cmp, sign(%1$s_cmp(b.v, a.v)) AS reversed, %1$s_hash(a.v) = %1$s_hash(b.v) AS hashes, '
        '%1$s_hash_extended(a.v, 0) = %1$s_hash_extended(b.v, 0) AS extended, %1$s_hash_extended(a.v, 42) = %1$s_hash_extended(b.v, 42) AS seeded '
        'FROM %1$s_sample a, %1$s_sample b', type);
    RETURN QUERY SELECT 'operators say what the comparison function says', count(*), count(*) FILTER (WHERE ROW(a < b, a <= b, a = b, a <> b, a >= b, a > b)
        IS DISTINCT FROM ROW(cmp < 0, cmp <= 0, cmp = 0, cmp <> 0, cmp >= 0, cmp > 0)) FROM pairs;
    RETURN QUERY SELECT 'antisymmetric', count(*), count(*) FILTER (WHERE reversed <> -sign(cmp)) FROM pairs;
    RETURN QUERY SELECT 'equal values have equal hashes', count(*) FILTER (WHERE cmp = 0), count(*) FILTER (WHERE cmp = 0 AND NOT (hashes AND extended AND seeded)) FROM pairs;
    RETURN QUERY EXECUTE format('SELECT ''the hash is the lower half of the extended one'', count(*), count(*) FILTER (WHERE %1$s_hash(v)::bigint & 4294967295 <> %1$s_hash_extended(v, 0) & 4294967295) FROM %1$s_sample', type);
    RETURN QUERY SELECT 'other values have other hashes', count(*) FILTER (WHERE cmp <> 0), count(*) FILTER (WHERE cmp <> 0 AND (hashes OR extended OR seeded)) FROM pairs;
    DROP VIEW pairs;
    RETURN QUERY EXECUTE format('WITH each AS (SELECT DISTINCT ON (v) v FROM %1$s_sample ORDER BY v), few AS (SELECT v FROM each ORDER BY %1$s_hash(v) LIMIT 80) '
        'SELECT ''transitive'', count(*), count(*) FILTER (WHERE a.v <= b.v AND b.v <= c.v AND NOT a.v <= c.v) FROM few a, few b, few c', type);
END $f$;
SELECT * FROM pg_temp.comparison_laws('mail_key');
SELECT * FROM pg_temp.comparison_laws('maildir_path');
SELECT * FROM pg_temp.comparison_laws('mail_transport');
SELECT * FROM pg_temp.comparison_laws('mail_password');
SELECT * FROM pg_temp.comparison_laws('sieve_script');

-- Text is read as a value: a comparison with it says the same as with the value.
SELECT 'a key and text' AS law, count(*) AS tried, count(*) FILTER (WHERE
    ROW(a.v < b.typed, a.v <= b.typed, a.v = b.typed, a.v <> b.typed, a.v >= b.typed, a.v > b.typed) IS DISTINCT FROM ROW(a.v < b.v, a.v <= b.v, a.v = b.v, a.v <> b.v, a.v >= b.v, a.v > b.v) OR
    ROW(a.typed < b.v, a.typed <= b.v, a.typed = b.v, a.typed <> b.v, a.typed >= b.v, a.typed > b.v) IS DISTINCT FROM ROW(a.v < b.v, a.v <= b.v, a.v = b.v, a.v <> b.v, a.v >= b.v, a.v > b.v)) AS broken
FROM mail_key_sample a, mail_key_sample b WHERE a.id % 3 = 0
UNION ALL
SELECT 'a path and text', count(*), count(*) FILTER (WHERE ROW(a.v = b.typed, a.v <> b.typed, a.typed = b.v, a.typed <> b.v) IS DISTINCT FROM ROW(a.v = b.v, a.v <> b.v, a.v = b.v, a.v <> b.v))
FROM maildir_path_sample a, maildir_path_sample b WHERE a.id % 3 = 0
UNION ALL
SELECT 'a transport and text', count(*), count(*) FILTER (WHERE ROW(a.v = b.typed, a.v <> b.typed, a.typed = b.v, a.typed <> b.v) IS DISTINCT FROM ROW(a.v = b.v, a.v <> b.v, a.v = b.v, a.v <> b.v))
FROM mail_transport_sample a, mail_transport_sample b;

-- Hashes stay what they are, on every machine: rows lie in partitions by them.
SELECT mail_key_hash('Bob@example.com'), mail_key_hash_extended('bob@Example.com', 42), mail_key_hash(''), maildir_path_hash('a/b'), mail_transport_hash('virtual'), mail_transport_hash_extended('lmtp:unix:private/dovecot-lmtp', 42);

-- What is stored compressed, or out of line, compares and hashes as it does in memory.
CREATE TEMP TABLE long_values (storage text, key mail_key, path maildir_path);
CREATE TEMP TABLE long_typed AS SELECT '* ' || n || repeat('key', 2000) AS key, repeat('d/', 1600) || n AS path FROM generate_series(1, 20) n;
INSERT INTO long_values SELECT 'compressed', key, path FROM long_typed;
ALTER TABLE long_values ALTER key SET STORAGE EXTERNAL, ALTER path SET STORAGE EXTERNAL;
INSERT INTO long_values SELECT 'external', key::mail_key, path::maildir_path FROM long_typed;
SELECT storage, count(*) AS tried, count(*) FILTER (WHERE ROW(v.key = t.key, v.key < t.key, v.key > t.key, v.path = t.path) IS DISTINCT FROM ROW(same, v.key::text < t.key COLLATE "C", v.key::text > t.key COLLATE "C", same)
    OR same <> (mail_key_hash(v.key) = mail_key_hash(t.key::mail_key)) OR same <> (maildir_path_hash(v.path) = maildir_path_hash(t.path::maildir_path))) AS broken,
    count(*) FILTER (WHERE (pg_column_compression(v.key) IS NOT NULL) <> (storage = 'compressed') OR (pg_column_size(v.path) < 3000) <> (storage = 'compressed')) AS stored_otherwise
FROM long_values v, long_typed t, LATERAL (SELECT v.key::text = t.key AS same) s GROUP BY storage ORDER BY storage;

-- Hashes spread: of 256 buckets, by the low and by the high bits, none is empty and none holds three times its share.
CREATE FUNCTION pg_temp.spread(type text, pattern text) RETURNS TABLE (hash text, buckets bigint, overfull boolean) LANGUAGE plpgsql AS $f$
BEGIN
    RETURN QUERY EXECUTE format('WITH v AS (SELECT format(%2$L, g)::%1$s AS v FROM generate_series(1, 10000) g), '
        'h AS (SELECT h.* FROM v, LATERAL (VALUES (''32 low'', %1$s_hash(v)::bigint & 255), (''32 high'', (%1$s_hash(v)::bigint >> 24) & 255), '
        '(''64 low'', %1$s_hash_extended(v, 0) & 255), (''64 high'', (%1$s_hash_extended(v, 0) >> 56) & 255)) AS h(hash, bucket)), '
        'b AS (SELECT hash, bucket, count(*) AS n FROM h GROUP BY 1, 2) SELECT hash, count(*), max(n) > 3 * 10000 / 256 FROM b GROUP BY 1 ORDER BY 1', type, pattern);
END $f$;
SELECT 'addresses' AS of, * FROM pg_temp.spread('mail_key', 'user%s@example.com')
UNION ALL SELECT 'domains', * FROM pg_temp.spread('mail_key', 'd%s.example')
UNION ALL SELECT 'other', * FROM pg_temp.spread('mail_key', '* %s')
UNION ALL SELECT 'paths', * FROM pg_temp.spread('maildir_path', 'example.com/user%s')
UNION ALL SELECT 'transports', * FROM pg_temp.spread('mail_transport', 'smtp:[h%s.example]')
UNION ALL SELECT 'passwords', * FROM pg_temp.spread('mail_password', '{SCRAM-SHA-1}1%s0000,j5h0slc5Nd8oOrm3zV1zLg==,dxPdXwflSwgE5a00gbkh8NidQwE=,WbMtsKTgURJ5sBUmJT8sOxgia2I=');

-- Printing a value and reading it gives the same value, which prints the same; canonical forms are fixed points.
SELECT 'out, in' AS law, 'mail_key' AS type, count(*) AS tried, count(*) FILTER (WHERE v IS DISTINCT FROM v::text::mail_key OR v::text IS DISTINCT FROM v::text::mail_key::text) AS broken FROM mail_key_sample
UNION ALL SELECT 'canonical', 'mail_key', count(*), count(*) FILTER (WHERE v <> c OR c::text IS DISTINCT FROM c::text::mail_key::text OR c::text IS DISTINCT FROM address_canonical(c)::text
    OR c::text IS DISTINCT FROM address_canonical(c::text::mail_key)::text) FROM mail_key_sample, address_canonical(v) AS c
UNION ALL SELECT 'equal: canonical forms are the same text', 'mail_key', count(*), count(*) FILTER (WHERE address_canonical(a.v)::text <> address_canonical(b.v)::text)
    FROM mail_key_sample a JOIN mail_key_sample b ON a.v = b.v
UNION ALL SELECT 'out, in', 'maildir_path', count(*), count(*) FILTER (WHERE v IS DISTINCT FROM v::text::maildir_path OR v::text IS DISTINCT FROM v::text::maildir_path::text) FROM maildir_path_sample
UNION ALL SELECT 'equal: the same text', 'maildir_path', count(*), count(*) FILTER (WHERE (a.v = b.v) <> (a.v::text = b.v::text)) FROM maildir_path_sample a, maildir_path_sample b
UNION ALL SELECT 'out, in', 'mail_transport', count(*), count(*) FILTER (WHERE v IS DISTINCT FROM v::text::mail_transport OR v::text IS DISTINCT FROM v::text::mail_transport::text) FROM mail_transport_sample
UNION ALL SELECT 'equal: the same text', 'mail_transport', count(*), count(*) FILTER (WHERE (a.v = b.v) <> (a.v::text = b.v::text)) FROM mail_transport_sample a, mail_transport_sample b
UNION ALL SELECT 'out, in', 'mail_password', count(*), count(*) FILTER (WHERE v IS DISTINCT FROM v::text::mail_password OR v::text IS DISTINCT FROM v::text::mail_password::text) FROM mail_password_sample
UNION ALL SELECT 'equal: the same text', 'mail_password', count(*), count(*) FILTER (WHERE (a.v = b.v) <> (a.v::text = b.v::text)) FROM mail_password_sample a, mail_password_sample b;

-- The binary form comes back as it was, spelling included, in every type.
CREATE TEMP TABLE sent (id bigint, key mail_key, address mail_address, domain mail_domain, alias alias_key, path maildir_path, transport mail_transport, password mail_password);
INSERT INTO sent SELECT k.id, k.v, CASE WHEN mail_key_class(k.v) = 'address' THEN k.v END, CASE WHEN mail_key_class(k.v) = 'domain' THEN k.v END,
       CASE WHEN mail_key_class(k.v) IN ('address', 'catchall') THEN k.v END, p.v, t.v, w.v
FROM mail_key_sample k LEFT JOIN maildir_path_sample p USING (id) LEFT JOIN mail_transport_sample t USING (id) LEFT JOIN mail_password_sample w USING (id);
CREATE TEMP TABLE received (LIKE sent);
\copy sent TO 'results/laws.binary' (FORMAT binary)
\copy received FROM 'results/laws.binary' (FORMAT binary)
SELECT 'send, receive' AS law, count(*) AS tried, count(*) FILTER (WHERE s IS DISTINCT FROM r OR s::text IS DISTINCT FROM r::text) AS broken,
       count(s.address) AS addresses, count(s.domain) AS domains, count(s.alias) AS aliases, count(s.path) AS paths, count(s.transport) AS transports, count(s.password) AS passwords
FROM sent s FULL JOIN received r USING (id);

-- An index answers what a sequential scan answers, for every operator, and gives the order that a sort gives.
CREATE FUNCTION pg_temp.answers(type text, way text) RETURNS TABLE (id bigint, operator text, matches bigint[], plan text) LANGUAGE plpgsql AS $f$
DECLARE
    query text;
    line text;
BEGIN
    PERFORM set_config('enable_seqscan', (way = 'seq')::text, true), set_config('enable_indexscan', (way <> 'seq')::text, true),
            set_config('enable_bitmapscan', 'off', true), set_config('enable_indexonlyscan', 'off', true);
    FOREACH operator IN ARRAY CASE way WHEN 'hash' THEN ARRAY['='] ELSE ARRAY['<', '<=', '=', '>=', '>'] END LOOP
        query := format('SELECT p.id, (SELECT array_agg(s.id ORDER BY s.id) FROM %1$s_scanned s WHERE s.v %2$s p.v) FROM %1$s_sample p WHERE p.id %% 4 = 0', type, operator);
        FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
            plan := coalesce(substring(line FROM '(Index|Seq) Scan .*on \w+_scanned'), plan);
        END LOOP;
        FOR id, matches IN EXECUTE query LOOP
            RETURN NEXT;
        END LOOP;
    END LOOP;
END $f$;
CREATE FUNCTION pg_temp.scan_laws(type text) RETURNS TABLE (law text, tried bigint, broken bigint, plans text) LANGUAGE plpgsql AS $f$
BEGIN
    EXECUTE format('CREATE TEMP TABLE %1$s_scanned AS SELECT id, v FROM %1$s_sample; CREATE INDEX scanned_btree ON %1$s_scanned (v); ANALYZE %1$s_scanned', type);
    CREATE TEMP TABLE by_seq AS SELECT * FROM pg_temp.answers(type, 'seq');
    CREATE TEMP TABLE by_btree AS SELECT * FROM pg_temp.answers(type, 'btree');
    DROP INDEX pg_temp.scanned_btree;
    EXECUTE format('CREATE INDEX scanned_hash ON %1$s_scanned USING hash (v)', type);
    CREATE TEMP TABLE by_hash AS SELECT * FROM pg_temp.answers(type, 'hash');
    RETURN QUERY SELECT 'btree = seq', count(*), count(*) FILTER (WHERE s.matches IS DISTINCT FROM b.matches), string_agg(DISTINCT b.plan || ', ' || s.plan, '; ') FROM by_seq s FULL JOIN by_btree b USING (id, operator);
    RETURN QUERY SELECT 'hash = seq', count(*), count(*) FILTER (WHERE s.matches IS DISTINCT FROM h.matches), string_agg(DISTINCT h.plan || ', ' || s.plan, '; ') FROM by_hash h LEFT JOIN by_seq s USING (id, operator);
    DROP INDEX pg_temp.scanned_hash;
    DROP TABLE by_seq, by_btree, by_hash;
END $f$;
SELECT * FROM pg_temp.scan_laws('mail_key');
SELECT * FROM pg_temp.scan_laws('maildir_path');
SELECT * FROM pg_temp.scan_laws('mail_transport');
SELECT * FROM pg_temp.scan_laws('mail_password');
SELECT * FROM pg_temp.scan_laws('sieve_script');

-- What a sort gives, abbreviated keys or not, and what an index gives, is in order by the comparison function.
CREATE FUNCTION pg_temp.order_laws(type text, pattern text) RETURNS TABLE (way text, tried bigint, broken bigint, sorted_by text) LANGUAGE plpgsql AS $f$
DECLARE
    query text := format('SELECT v, lag(v) OVER (ORDER BY v) AS before FROM %1$s_sorted', type);
    line text;
BEGIN
    EXECUTE format('CREATE TEMP TABLE %1$s_sorted AS SELECT format(%2$L, g %% 3, g * 7919 %% 5003)::%1$s AS v FROM generate_series(1, 5000) g UNION ALL SELECT v FROM %1$s_sample; '
        'CREATE INDEX ON %1$s_sorted (v); ANALYZE %1$s_sorted', type, pattern);
    FOREACH way IN ARRAY ARRAY['sort', 'index'] LOOP
        PERFORM set_config('enable_sort', (way = 'sort')::text, true), set_config('enable_indexscan', (way = 'index')::text, true),
                set_config('enable_indexonlyscan', (way = 'index')::text, true), set_config('enable_seqscan', (way = 'sort')::text, true);
        FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
            sorted_by := coalesce(substring(line FROM '->  (Sort|Index.* Scan)'), sorted_by);
        END LOOP;
        EXECUTE format('SELECT count(*), count(*) FILTER (WHERE %1$s_cmp(before, v) > 0) FROM (%2$s) s', type, query) INTO tried, broken;
        RETURN NEXT;
        sorted_by := NULL;
    END LOOP;
END $f$;
SELECT * FROM pg_temp.order_laws('mail_key', 'User%2$s@d%1$s.example');
SELECT * FROM pg_temp.order_laws('maildir_path', 'd%s.example/user%s');
SELECT * FROM pg_temp.order_laws('mail_transport', 'smtp-%s:[host%s.example]');

-- All spellings of one name are one key in a unique index.
CREATE TEMP TABLE one (domain mail_domain PRIMARY KEY);
CREATE TEMP TABLE one_address (address mail_address UNIQUE);
CREATE TEMP TABLE spellings AS SELECT * FROM unnest(ARRAY[U&'b\00FCcher.example', U&'B\00DCCHER.example', U&'bu\0308cher.Example', U&'BU\0308CHER.EXAMPLE', 'xn--bcher-kva.example', 'XN--BCHER-KVA.EXAMPLE', U&'b\00FCcher\3002example', U&'\FF42\00FCcher.example']) AS name;
INSERT INTO one SELECT name FROM spellings ON CONFLICT DO NOTHING;
INSERT INTO one_address SELECT local_part || '@' || name FROM spellings, unnest(ARRAY['stra' || U&'\00DFe', 'STRASSE', '"Strasse"', U&'stra\1E9Ee']) AS local_part ON CONFLICT DO NOTHING;
SELECT (SELECT count(*) FROM spellings) AS spellings, (SELECT string_agg(domain::text, ' ') FROM one) AS domains, (SELECT string_agg(address::text, ' ') FROM one_address) AS addresses;
INSERT INTO one VALUES (U&'b\00FCcher.example');
SELECT count(*) AS found FROM spellings JOIN one ON domain = name;

-- A text is of the class whose domain takes it, and of no other.
SELECT 'classes' AS law, count(*) AS tried, count(*) FILTER (WHERE ROW(to_mail_address(typed) IS NOT NULL, to_mail_domain(typed) IS NOT NULL, to_alias_key(typed) IS NOT NULL)
        IS DISTINCT FROM ROW(c = 'address', c = 'domain', c IN ('address', 'catchall')) OR coalesce(to_mail_address(typed), to_mail_domain(typed), to_alias_key(typed), v)::text <> v::text) AS broken
FROM mail_key_sample, mail_key_class(v) AS c;

-- What the accessors take apart is the whole, put together again.
CREATE FUNCTION pg_temp.quoted(text) RETURNS text LANGUAGE sql AS $$ SELECT '"' || regexp_replace($1, '(["\\])', '\\\1', 'g') || '"' $$;
SELECT 'local part, domain' AS law, count(*) AS tried, count(*) FILTER (WHERE (pg_temp.quoted(address_local_part(v)) || '@' || address_domain(v)::text)::mail_key IS DISTINCT FROM v) AS broken
FROM mail_key_sample WHERE mail_key_class(v) = 'address'
UNION ALL SELECT 'no local part', count(*), count(*) FILTER (WHERE address_local_part(v) IS NOT NULL OR address_base(v) IS NOT NULL OR address_detail(v) IS NOT NULL) FROM mail_key_sample WHERE mail_key_class(v) <> 'address'
UNION ALL SELECT 'a domain in all but other', count(*), count(*) FILTER (WHERE (address_domain(v) IS NULL) <> (mail_key_class(v) = 'other') OR address_domain(address_domain(v)) <> address_domain(v)) FROM mail_key_sample
UNION ALL SELECT 'base, delimiter, detail', count(*), count(*) FILTER (WHERE address_base(v, d) IS DISTINCT FROM v AND NOT EXISTS (SELECT FROM regexp_split_to_table(d, '') AS one(delimiter)
    WHERE (pg_temp.quoted(address_local_part(address_base(v, d)) || delimiter || address_detail(v, d)) || '@' || address_domain(v)::text)::mail_key = v))
    FROM mail_key_sample, unnest(ARRAY['+', '-', '+-', '=', '`', '', U&'\00FC', U&'+\00FD']) AS d WHERE mail_key_class(v) = 'address'
UNION ALL SELECT 'a base has no detail', count(*), count(*) FILTER (WHERE (address_detail(v, d) IS NULL) <> (address_base(v, d) = v) OR address_detail(address_base(v, d), d) IS NOT NULL
    OR address_base(address_base(v, d), d) <> address_base(v, d) OR address_domain(address_base(v, d)) <> address_domain(v))
    FROM mail_key_sample, unnest(ARRAY['+', '-', '+-', '=', '`', '', U&'\00FC', U&'+\00FD']) AS d WHERE mail_key_class(v) = 'address'
UNION ALL SELECT 'U-labels are the same domain', count(*), count(*) FILTER (WHERE to_mail_domain(domain_unicode(d)) IS DISTINCT FROM d) FROM (SELECT DISTINCT address_domain(v) FROM mail_key_sample WHERE mail_key_class(v) <> 'other') AS s(d)
UNION ALL SELECT 'the name that Postfix asks by', count(*), count(*) FILTER (WHERE domain_postfix_key(domain_postfix_key(d)) <> domain_postfix_key(d)) FROM (SELECT DISTINCT address_domain(v) FROM mail_key_sample WHERE mail_key_class(v) <> 'other') AS s(d)
UNION ALL SELECT 'service, nexthop', count(*), count(*) FILTER (WHERE transport_service(v) || coalesce(':' || transport_nexthop(v), '') IS DISTINCT FROM v::text OR transport_nexthop(v) = '' OR transport_service(v) = '') FROM mail_transport_sample
UNION ALL SELECT 'home is a path below the root', count(*), count(*) FILTER (WHERE home_path(root, v)::maildir_path::text IS DISTINCT FROM home_path(root, v) OR home_path(root, v) IS DISTINCT FROM
    CASE WHEN v::text LIKE '/%' THEN v::text ELSE '/home/mail/' || v END) FROM maildir_path_sample, unnest(ARRAY['/home/mail', '/home/mail/', '/home/mail///']) AS root
UNION ALL SELECT 'to_maildir_path', count(*), count(*) FILTER (WHERE to_maildir_path(typed) IS DISTINCT FROM v OR to_maildir_path('../' || typed) IS NOT NULL) FROM maildir_path_sample
UNION ALL SELECT 'to_mail_transport', count(*), count(*) FILTER (WHERE to_mail_transport(typed) IS DISTINCT FROM v OR to_mail_transport(' ' || typed) IS NOT NULL) FROM mail_transport_sample;
