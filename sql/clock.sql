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
