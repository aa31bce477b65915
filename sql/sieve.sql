-- sieve_script, and what is asked of one. What Debian's sievec says to the same scripts, test/sieve holds against it.
SET search_path = mailstack, public;

-- A script is kept as it was written.
SELECT 'keep;'::sieve_script, ''::sieve_script = '' AS empty, E'KEEP ;\r\n'::sieve_script::text = E'KEEP ;\r\n' AS as_written;
CREATE TEMP TABLE script (id integer PRIMARY KEY, script sieve_script);
INSERT INTO script VALUES (1, 'require ["fileinto", "envelope"]; if envelope "from" "tim@example.com" { fileinto "Tim"; }');
INSERT INTO script SELECT 2, 'require "vacation"; require ["vacation", "fileinto"]; vacation "away";'::text;
INSERT INTO script SELECT 3, 'discard;'::varchar;
INSERT INTO script VALUES (4, NULL), (5, 'require "ihave"; if ihave "copy" { redirect :copy "a@example.com"; }');
SELECT id, script, sieve_requires(script) FROM script ORDER BY id;

-- Equality is that of the text.
SELECT count(*) AS rows, count(DISTINCT s) AS scripts FROM (VALUES ('keep;'::sieve_script), ('keep;'), ('keep; '), ('KEEP;')) AS v(s);
SELECT a = b AS eq, a <> b AS ne, a IS DISTINCT FROM b AS distinct, sieve_script_hash(a) = sieve_script_hash(b) AS hash, sieve_script_hash_extended(a, 7) = sieve_script_hash_extended(b, 7) AS extended
FROM (VALUES ('keep;'::sieve_script, 'keep;'::sieve_script), ('keep;', 'stop;')) AS v(a, b);
SELECT amname, opcname, amvalidate(c.oid) FROM pg_opclass c JOIN pg_am a ON a.oid = opcmethod WHERE opcintype = 'sieve_script'::regtype;

-- The binary form is the text behind a version, and is checked as the text is.
SELECT encode(sieve_script_send('keep;'), 'escape');
CREATE TEMP TABLE sent (octets bytea);
CREATE TEMP TABLE received (script sieve_script);
INSERT INTO sent VALUES (sieve_script_send('keep;'));
\copy sent TO 'results/sieve.binary' (FORMAT binary)
\copy received FROM 'results/sieve.binary' (FORMAT binary)
UPDATE sent SET octets = substr(octets, 1, 5);
\copy sent TO 'results/sieve.binary' (FORMAT binary)
\copy received FROM 'results/sieve.binary' (FORMAT binary)
UPDATE sent SET octets = '\x02' || substr(octets, 2);
\copy sent TO 'results/sieve.binary' (FORMAT binary)
\copy received FROM 'results/sieve.binary' (FORMAT binary)
SELECT * FROM received;

-- Refusals: line, column, what is wrong, and the way out.
SELECT 'keep'::sieve_script;
SELECT E'require "fileinto";\n\nif header :contains "Subject" "é" { fileinto "a" }'::sieve_script;
SELECT 'fileinto "Spam";'::sieve_script;
SELECT E'require ["envelope",\n  "fileinto"];\nvacation :days 1 "away";'::sieve_script;
SELECT E'# filters\n:days 1\n:subject "away"\n"text";'::sieve_script;
SELECT 'require "vacation"; vacation :addresses ["a@example.com,b@example.com"] "away";'::sieve_script;
SELECT 'require "editheader";'::sieve_script;
SELECT 'INSERT'::varchar::sieve_script;
INSERT INTO script VALUES (6, 'keep; elsif true { stop; }');
UPDATE script SET script = script::text || ' "' WHERE id = 1;
SELECT (E'keep;\n' || repeat('x', 1000) || ' "a";')::sieve_script;
SELECT repeat('keep; ', 200000)::sieve_script;
\set VERBOSITY sqlstate
SELECT 'keep'::sieve_script;
\set VERBOSITY default
SELECT to_sieve_script('keep'), to_sieve_script('keep;'), to_sieve_script(NULL);

-- The three scripts that the how-tos of the web copy from each other, as they are printed. The first two compile.
SELECT * FROM sieve_check('require "fileinto"; if header :contains "X-Spam-Flag" "YES" { fileinto "Spam"; }');
SELECT * FROM sieve_check('require ["fileinto","envelope"]; if envelope "from" "tim@example.com" { fileinto "Tim"; }');
SELECT line, col, message, hint FROM sieve_check('require "vacation";
:days 1
:subject "I''m on vacation!"
:addresses ["tim@example.com,postmaster@example.com"]
"I''m on vacation, you can join me or wait until I''m back.
Cheers
Tim";');
SELECT line, col, message, hint FROM sieve_check('require ["fileinto","envelope","vacation"]
if header :contains "X-Spam-Flag" "YES" {
    fileinto "Spam";
}
if envelope "from" "tim@example.com" {
    fileinto "Tim";
}
:days 1
:subject "I''m on vacation!"
:addresses ["tim@example.com,postmaster@example.com"]
"I''m on vacation, you can join me or wait until I''m back.
Cheers
Tim";');
-- Mended.
SELECT sieve_format('require ["fileinto","envelope","vacation"];
if header :contains "X-Spam-Flag" "YES" {
    fileinto "Spam";
}
if envelope "from" "tim@example.com" {
    fileinto "Tim";
}
vacation :days 1
:subject "I''m on vacation!"
:addresses ["tim@example.com","postmaster@example.com"]
"I''m on vacation, you can join me or wait until I''m back.
Cheers
Tim";');

-- The usual mistakes, one a line.
CREATE TEMP TABLE mistake (n integer GENERATED ALWAYS AS IDENTITY, script text);
INSERT INTO mistake(script) VALUES
    ('keep'), ('if true { keep; };'), ('keep; }'), ('if true { keep;'), ('require "fileinto", "copy";'), ('require ["fileinto", "copy",];'), ('require [];'),
    ('if header :contains "a" "b"; { keep; }'), ('if header contains "a" "b" { keep; }'), ('if header :contians "a" "b" { keep; }'), ('if header "a" :is "b" { keep; }'),
    ('if true { keep; } elseif true { stop; }'), ('if true { keep; } else if true { stop; }'), ('elsif true { stop; }'), ('if header "a" { keep; }'), ('if anyof header "a" "b" { keep; }'),
    ('if (exists "a") { keep; }'), ('if exists "a", exists "b" { keep; }'), ('if keep { stop; }'), ('header "a" "b";'), ('keep; require "fileinto";'), ('require "Fileinto";'), ('require "keep";'),
    ('require "mailbox-create";'), ('redirect bob@example.com;'), ('redirect "bob";'), ('redirect "a@example.com, b@example.com";'), ('if exists “a” { keep; }'), ('if exists "a { keep; }'),
    ('/* keep;'), (E'require "reject"; reject text: no\n.\n;'), (E'require "reject"; reject text:\nno\n'), ('if size :over 10 MB { stop; }'), ('if size 10M { stop; }'), ('if address "subject" "x" { stop; }'),
    ('vacation :days 1 "x";'), ('require "vacation"; vacation :days "1" "x";'), ('require "vacation"; vacation :days 1 :days 2 "x";'), ('require "fileinto"; fileinto :create "x";'), ('filinto "x";'),
    ('require "regex"; if header :regex "a" "(" { stop; }'), ('require "date"; if currentdate "date" "a" { stop; } if date :zone "CET" "date" "hours" "1" { stop; }'), ('require "imap4flags"; setflag "\\Read";'),
    ('require "variables"; set "${x}" "y"; set "a" "${b.c}";'), ('require "envelope"; if envelope "subject" "x" { stop; }'), ('if header :comparator "i;ascii-numeric" "a" "b" { stop; }'),
    ('require "enotify"; notify "sms:1"; notify :importance "high" "mailto:a@example.com";'), ('keep "a";'), ('stop { }'), ('if true keep;');
SELECT n, script, severity, line, col, message, hint FROM mistake, sieve_check(script) ORDER BY n, line, col \gx
SELECT count(*) AS without_error FROM mistake WHERE NOT EXISTS (SELECT FROM sieve_check(script) WHERE severity = 'error') AND script NOT LIKE '%currentdate%' AND script NOT LIKE '%\\Read%';
SELECT count(*) AS problems FROM sieve_check(repeat('kepp; ', 500));
SELECT * FROM sieve_check(NULL);

-- sieve_extensions, as Pigeonhole has it.
SELECT count(*) FROM sieve_check('require "editheader"; addheader "X-Seen" "yes";');
SET mailstack.sieve_extensions = '+editheader -regex';
SELECT count(*) FROM sieve_check('require "editheader"; addheader "X-Seen" "yes";');
SELECT message, hint FROM sieve_check('require "regex";');
SET mailstack.sieve_extensions = 'fileinto copy';
SELECT message FROM sieve_check('require ["fileinto", "copy", "vacation"];');
RESET mailstack.sieve_extensions;

-- Formatting: what stands between the tokens changes, and nothing else.
SELECT sieve_format(E'IF AnyOf(header :Contains ["a","b"]"c",exists "d" ,  not true){# why\r\n  KEEP;/* x */stop ;}\n\n\n\nelse{discard;} # end\n\n#last');
SELECT sieve_format('if allof (header :contains "Subject" ["one of several", "another one that is long"], not exists "X-Something", size :over 100K) { redirect "somebody@example.com"; }');
SELECT sieve_format(E'require "vacation"; vacation :subject "away" text:\nI am away.\n.\n; keep;');
SELECT sieve_format(''), sieve_format('# nothing');
SELECT count(*) AS scripts, count(*) FILTER (WHERE sieve_format(f) <> f) AS not_idempotent, count(*) FILTER (WHERE sieve_requires(f) <> sieve_requires(s)) AS other_requires
FROM (SELECT to_sieve_script(script) AS s, sieve_format(to_sieve_script(script)) AS f FROM mistake UNION ALL SELECT script, sieve_format(script) FROM script) v WHERE s IS NOT NULL;

DROP TABLE script, mistake, sent, received;
