-- mail_key and the domains over it: mail_address, mail_domain, alias_key.
SET search_path = mailstack, public;
\pset null '(null)'

-- Any text is a key of one of five classes; its printed form is a key equal to it, and its canonical form a fixed point.
SELECT input, mail_key_class(k) AS class, k AS printed, address_canonical(k) AS canonical,
       k = k::text::mail_key AND k::text::mail_key::text = k::text AS again,
       address_canonical(k)::text = address_canonical(address_canonical(k)::text::mail_key)::text AS fixed_point
FROM (SELECT input, input::mail_key AS k
      FROM (VALUES ('Bob@Example.COM'), ('bob+Detail@example.com'), ('"bob"@example.com'), ('"a b"@example.com'), ('"a\"b"@example.com'),
                   ('@Example.com'), ('Example.com'), ('localhost'), ('.Net'), ('*'), (''), (' '), ('.'), ('@'), ('a@b@c.com'), ('bob@'),
                   ('bob@example.com.'), ('bob@[192.0.2.1]'), ('192.0.2.1'), ('Bücher.example'), ('BOB@XN--BCHER-KVA.example'),
                   ('Straße@straße.de'), ('x@xn--a.de'), ('O''Brien@example.com'), (E'a\\b'), (E'tab\there')) AS v(input)) s;

-- Spellings that are one key: case, quotes, A-labels and U-labels, Unicode normalisation, ß and ss, Σ and ς.
SELECT a, b, a::mail_key = b::mail_key AS eq, mail_key_cmp(a::mail_key, b::mail_key) AS cmp,
       mail_key_hash(a::mail_key) = mail_key_hash(b::mail_key) AS hash,
       mail_key_hash_extended(a::mail_key, 7) = mail_key_hash_extended(b::mail_key, 7) AS hash_extended
FROM (VALUES ('BOB@EXAMPLE.COM', 'bob@example.com'), ('"bob"@example.com', 'bob@example.com'),
             ('"b\ob"@example.com', 'bob@example.com'), ('bücher.example', 'xn--bcher-kva.example'),
             ('bob@BÜCHER.example', 'bob@XN--bcher-KVA.example'), ('@bücher.example', '@xn--bcher-kva.example'),
             (U&'b\00FCro@example.com', U&'bu\0308ro@example.com'), ('STRASSE@example.com', 'straße@example.com'),
             ('ΣΊΣΥΦΟΣ@example.com', 'σίσυφος@example.com'), ('.Example.com', '.example.COM')) AS v(a, b);

-- Spellings that are not: in a domain ß is a letter of its own (UTS #46), other text compares by its octets, classes differ.
SELECT a, b, a::mail_key = b::mail_key AS eq
FROM (VALUES ('straße.de', 'strasse.de'), ('bob@example.com', 'bob@example.net'), ('bob+x@example.com', 'bob@example.com'),
             ('b.ob@example.com', 'bob@example.com'), ('@example.com', 'example.com'), ('.example.com', 'example.com'),
             ('*', '* '), ('A b', 'a b'), ('', ' ')) AS v(a, b);

-- What each domain over it takes: the same text, or NULL.
SELECT input, to_mail_address(input), to_mail_domain(input), to_alias_key(input)
FROM (VALUES ('Bob@Example.com'), ('@Example.com'), ('Example.com'), ('.example.com'), ('*'), (''), (NULL)) AS v(input);

-- A typed literal, a cast, and a column all refuse alike.
CREATE TEMP TABLE typed (address mail_address, domain mail_domain, alias alias_key);
SELECT mail_address 'bob';
SELECT 'bob'::mail_address;
INSERT INTO typed(address) VALUES ('bob');
INSERT INTO typed(address) SELECT 'bob'::text;
UPDATE typed SET alias = 'never';
TABLE typed;

-- Each rule of an address, with the character where it is broken.
SELECT ''::mail_address;
SELECT 'bob'::mail_address;
SELECT 'a@b@example.com'::mail_address;
SELECT '@example.com'::mail_address;
SELECT (repeat('a', 65) || '@example.com')::mail_address;
SELECT 'a..b@example.com'::mail_address;
SELECT '.a@example.com'::mail_address;
SELECT 'a b@example.com'::mail_address;
SELECT E'a\tb@example.com'::mail_address;
SELECT '"a b@example.com'::mail_address;
SELECT '"a"b@example.com'::mail_address;
SELECT 'bob@'::mail_address;
SELECT 'bob@example..com'::mail_address;
SELECT 'bob@[192.0.2.1]'::mail_address;
SELECT U&'b\200Bob@example.com'::mail_address;
SELECT U&'büro\FFFF@example.com'::mail_address;
SELECT U&'bob@ex\00ADample.com'::mail_address;
SELECT (repeat('a', 64) || '@' || repeat('b', 63) || '.' || repeat('c', 63) || '.' || repeat('d', 62))::mail_address;

-- Each rule of a domain.
SELECT ''::mail_domain;
SELECT 'bob@example.com'::mail_domain;
SELECT '[192.0.2.1]'::mail_domain;
SELECT (repeat('a', 64) || '.com')::mail_domain;
SELECT (repeat('a.', 127) || 'a')::mail_domain;
SELECT 'exa_mple.com'::mail_domain;
SELECT 'example.com.'::mail_domain;
SELECT '-a.com'::mail_domain;
SELECT 'a.b-.com'::mail_domain;
SELECT '192.0.2.1'::mail_domain;
SELECT E'example\n.com'::mail_domain;
SELECT 'büch er.example'::mail_domain;
SELECT 'xn--a.example'::mail_domain;
SELECT U&'a\FFFF.example'::mail_domain;

-- And of an alias.
SELECT ''::alias_key;
SELECT 'example.com'::alias_key;
SELECT '@'::alias_key;
SELECT '@-example.com'::alias_key;
SELECT 'a b@example.com'::alias_key;

-- The SQLSTATE of all of them.
\set VERBOSITY sqlstate
SELECT 'bob'::mail_address;
SELECT 'bob@example.com'::mail_domain;
SELECT 'bob'::alias_key;
\set VERBOSITY default

-- The limits, at them and one beyond: 64 octets, quotes included, 254, 63 and 253.
SELECT what, octet_length(good) AS octets, mail_key_class(good::mail_key) AS at, octet_length(bad) AS octets, mail_key_class(bad::mail_key) AS beyond
FROM (VALUES ('local part', repeat('a', 64) || '@x.com', repeat('a', 65) || '@x.com'),
             ('quoted', '"' || repeat(' ', 62) || '"@x.com', '"' || repeat(' ', 63) || '"@x.com'),
             ('folded', repeat('ŉ', 21) || '@x.com', repeat('ŉ', 22) || '@x.com'),
             ('address', repeat('a', 64) || '@' || repeat(repeat('b', 46) || '.', 4) || 'c', repeat('a', 64) || '@' || repeat(repeat('b', 46) || '.', 4) || 'cc'),
             ('label', repeat('a', 63) || '.com', repeat('a', 64) || '.com'),
             ('domain', repeat('a.', 126) || 'a', repeat('a.', 126) || 'aa')) AS v(what, good, bad);

-- The accessors.
SELECT k, address_local_part(k::mail_key) AS local_part, address_domain(k::mail_key) AS domain,
       address_base(k::mail_key) AS base, address_detail(k::mail_key) AS detail
FROM (VALUES ('Bob+Sales+x@Example.com'), ('Bob@Example.com'), ('bob+@example.com'), ('+bob@example.com'), ('"a b+c"@example.com'),
             ('Postmaster@example.com'), ('@Example.com'), ('.Example.com'), ('Example.com'), ('*')) AS v(k);

-- Other delimiters, none, and the names that Postfix never divides.
SELECT k, d, address_base(k::mail_key, d) AS base, address_detail(k::mail_key, d) AS detail
FROM (VALUES ('a-b+c@example.com', '+-'), ('a-b+c@example.com', '-'), ('a+b@example.com', ''), ('a+b@example.com', NULL),
             ('owner-list@example.com', '-'), ('list-request@example.com', '-'), ('mailer-daemon@example.com', '-'),
             ('double-bounce@example.com', '-'), ('owner+list@example.com', '+'), ('owner-@example.com', '-')) AS v(k, d);

-- What people read, and what Postfix asks.
SELECT d, domain_unicode(d), domain_postfix_key(d)
FROM (VALUES ('Example.com'::mail_domain), ('bücher.example'), ('straße.de'), ('σίσυφος.gr'), ('xn--strae-oqa.de'), ('r3---sn.example')) AS v(d);

-- Casts to and from text happen by assignment only: in an expression text stays text, and no comparison is ambiguous.
SELECT castsource::regtype, casttarget::regtype, castcontext, castmethod FROM pg_cast
WHERE 'mail_key'::regtype IN (castsource, casttarget) ORDER BY 1, 2;
SELECT lower('Bob@Example.com'::mail_key);
SELECT 'to ' || 'Bob@Example.com'::mail_key;

-- A megabyte goes in, compares, and comes out as it was; as a type that refuses, only its beginning is shown.
CREATE TEMP TABLE huge AS SELECT repeat('x', 1000000)::mail_key AS k;
SELECT length(k::text), mail_key_class(k), k = repeat('x', 1000000)::text AS same, k = repeat('x', 999999)::text AS shorter,
       k::text = repeat('x', 1000000) AS text, octet_length(mail_key_send(k)) FROM huge;
INSERT INTO typed(address) SELECT k::text FROM huge;
