-- The clock: what the kernel says, what is recorded, and rows from the future. The worker is in test/tap/clock.t.
SET search_path = mailstack, public;
\pset null ''

-- One row, whatever the machine: a kernel that does not answer leaves NULLs.
SELECT count(*) AS rows,
       bool_and(abs(extract(epoch FROM read_at - clock_timestamp())) < 60) AS is_now,
       bool_and(booted_at < read_at) AS was_started,
       bool_and((synchronised IS NULL) = (time_offset IS NULL) AND (synchronised IS NULL) = (estimated_error IS NULL) AND (synchronised IS NULL) = (maximum_error IS NULL)) AS all_or_nothing,
       bool_and(estimated_error >= '0' AND maximum_error >= '0') IS NOT FALSE AS errors,
       bool_and(leap_second IN ('insert', 'delete', 'in progress')) IS NOT FALSE AS leap_second,
       bool_and(source <> '') IS NOT FALSE AS source,
       bool_or(watched) AS watched
  FROM clock_status();
-- The machine was started once, whenever one asks.
SELECT abs(extract(epoch FROM a.booted_at - b.booted_at)) < 1 AS same FROM clock_status() a, (SELECT pg_sleep(0.1)) s, clock_status() b;

-- Events.
INSERT INTO clock_events(seen_at, booted_at) VALUES ('2026-01-01 00:00:00Z', '2025-12-01 00:00:00Z');
INSERT INTO clock_events(seen_at, booted_at, step, found_later, dovecot) VALUES
    ('2026-01-01 01:00:00Z', '2025-12-01 00:00:07Z', '7 s', false, 'nothing'), ('2026-01-01 00:30:00Z', '2025-11-30 23:59:07Z', '-1 min', true, 'kills');
SELECT step, direction, found_later, dovecot FROM clock_events ORDER BY id;
\set VERBOSITY terse
INSERT INTO clock_events(seen_at, booted_at, step, found_later, dovecot) VALUES (now(), now(), '0', false, 'nothing');
INSERT INTO clock_events(seen_at, booted_at, step, found_later, dovecot) VALUES (now(), now(), '1 s', false, 'dances');
INSERT INTO clock_events(seen_at, booted_at, step) VALUES (now(), now(), '1 s');
INSERT INTO clock_events(seen_at, booted_at, direction) VALUES (now(), now(), 'forward');
DELETE FROM clock_events;
\set VERBOSITY default

-- What mailstack-runner tells of a mail host's clock: since when it is watched, and how it is kept; each once, by however many runners.
CREATE VIEW event AS SELECT step, found_later, dovecot, host, synchronised, source, seen_at AT TIME ZONE 'UTC' AS seen_at FROM clock_events ORDER BY id;
-- When the machine was started, in seconds, and how long it has been running.
CREATE FUNCTION public.told(host text, before bigint, age_before bigint, booted bigint, age bigint, synchronised boolean DEFAULT true, source text DEFAULT 'chronyd',
                            boot uuid DEFAULT '6f1c2b1e-7c55-4d4e-9d3a-1f6a4f3f9f10') RETURNS boolean LANGUAGE sql AS
    $$ SELECT runner_clock(boot, host, (before + age_before) * 1000000, before * 1000000, (booted + age) * 1000000, booted * 1000000, synchronised, source) $$;
SELECT told('mx1', 1000, 1, 1000, 1), told('mx1', 1000, 1, 1000, 1), told('mx1', 1000, 1, 1000, 2);
SELECT * FROM event;
SELECT told('mx1', 1000, 2, 994, 3), told('mx1', 1000, 2, 994, 3), told('mx1', 994, 3, 994, 4);
-- Another runner there, or another name of the host, has seen the same a little earlier or later; the next step it writes first; then back and forth.
SELECT told('mx1.example.com', 1000, 1, 994, 2), told('mx1.example.com', 994, 5, 1005, 6), told('mx1', 994, 5, 1005, 7),
       told('mx1', 1005, 7, 994, 8), told('mx1.example.com', 1005, 7, 994, 8), told('mx1.example.com', 994, 8, 1005, 9), told('mx1', 994, 8, 1005, 8);
SELECT * FROM event;
DELETE FROM clock_events WHERE step IS NULL;
-- Where nobody ran when it was set it is found later; kept in another way; another machine; a kernel that says nothing.
SELECT told('mx1', 1000, 20, 1000, 20), told('mx1', 1000, 20, 1000, 21, false), told('mx1', 1000, 21, 1000, 22, false, NULL), told('mx1', 1000, 22, 1000, 23, NULL, NULL),
       told('mx2', 1000, 20, 1000, 20, boot => '00000000-0000-0000-0000-000000000001');
SELECT * FROM event OFFSET 4;
DELETE FROM clock_events;
-- Without the id of the boot, what it saw itself; and nothing where a time is missing.
SELECT told('mx1', 1000, 1, 994, 2, boot => NULL), told('mx1', NULL, 1, 994, 2), told(NULL, 994, 1, 994, 1), told('mx1', 994, 0, 994, 0);
SELECT * FROM event;
SELECT runner_clock(NULL, 'mx1', 1, 0, -9223372036854775808, 0, true, NULL);
SELECT runner_clock(NULL, 'mx1', 1, 0, 9223372036854775807, 0, true, NULL);
DROP FUNCTION public.told;
DROP VIEW event;
DELETE FROM clock_events;

-- Which columns are looked at, for somebody to think about when there is one more; every one is found that lies ahead.
SELECT c.relname AS table_name, a.attname AS column_name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE c.relnamespace = 'mailstack'::regnamespace AND relkind = 'r' AND atttypid = 'timestamptz'::regtype AND attname <> ALL ('{due,expires}') ORDER BY 1, a.attnum;
SELECT * FROM rows_from_the_future();
INSERT INTO domains(domain) VALUES ('example.com');
INSERT INTO users(email) VALUES ('bob@example.com'), ('ann@example.com'), ('eve@example.com');
INSERT INTO aliases(alias, email, expires) VALUES ('info@example.com', 'bob@example.com', '2100-01-01');
SELECT * FROM rows_from_the_future();
UPDATE users SET created = '2100-01-01 00:00:00Z' WHERE email = 'bob@example.com';
UPDATE users SET created = '2100-01-02 00:00:00Z' WHERE email = 'ann@example.com';
UPDATE aliases SET created = 'infinity';
SELECT table_name, column_name, row_count, latest AT TIME ZONE 'UTC' AS latest FROM rows_from_the_future();

-- For who may read the tables, and was granted it.
CREATE ROLE regress_clock;
GRANT USAGE ON SCHEMA mailstack TO regress_clock;
SET ROLE regress_clock;
SELECT * FROM clock_status();
SELECT * FROM rows_from_the_future();
RESET ROLE;
GRANT EXECUTE ON FUNCTION clock_status(), rows_from_the_future() TO regress_clock;
SET ROLE regress_clock;
SELECT count(*) FROM clock_status();
SELECT * FROM rows_from_the_future();
RESET ROLE;
DROP OWNED BY regress_clock;
DROP ROLE regress_clock;

DELETE FROM aliases;
DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM domains;
