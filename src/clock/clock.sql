
-- --------------------------------------------------------------- room: clock

CREATE TABLE mailstack.clock_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seen_at timestamptz NOT NULL,
    boot_id uuid,
    booted_at timestamptz NOT NULL,
    step interval CONSTRAINT clock_events_step_moves CHECK (step <> '0'),
    direction text GENERATED ALWAYS AS (CASE WHEN step > '0' THEN 'forward' WHEN step < '0' THEN 'backward' END) STORED,
    found_later boolean,
    dovecot text CONSTRAINT clock_events_dovecot_known CHECK (dovecot IN ('nothing', 'warns', 'sleeps', 'kills')),
    host text,
    synchronised boolean,
    source text,
    CONSTRAINT clock_events_step_told CHECK ((step IS NULL) = (found_later IS NULL) AND (step IS NULL) = (dovecot IS NULL))
);
COMMENT ON TABLE mailstack.clock_events IS 'When the clock of this machine, or of a mail host, was set, and by how much; since when it is watched, and how it is kept. Written by a background worker where the library is preloaded (shared_preload_libraries) and mailstack.clock_database names this database, and by mailstack-runner: see doc/clock.md. Rows are deleted by hand, and nobody but the owner is granted anything.';
COMMENT ON COLUMN mailstack.clock_events.id IS 'Grows from event to event, whatever the clock says; some numbers are left out.';
COMMENT ON COLUMN mailstack.clock_events.seen_at IS 'When, by the clock as it was then set. Of a backward step it may lie before the row before.';
COMMENT ON COLUMN mailstack.clock_events.boot_id IS 'Which boot of which machine that was: /proc/sys/kernel/random/boot_id (random(4)). NULL: the kernel does not tell.';
COMMENT ON COLUMN mailstack.clock_events.booted_at IS 'When the machine was started, by the clock as it was then set: the time less the time since then (CLOCK_BOOTTIME). It changes when the clock is set, and not when it is slewed.';
COMMENT ON COLUMN mailstack.clock_events.step IS 'By how much the clock was set: above 0 forward, below backward. NULL: it was not; from here on it is watched, or kept in another way.';
COMMENT ON COLUMN mailstack.clock_events.direction IS 'forward or backward; NULL where step is.';
COMMENT ON COLUMN mailstack.clock_events.found_later IS 'Whether the step was found afterwards, because nobody watched or it could not be written at the time: seen_at says when it was found.';
COMMENT ON COLUMN mailstack.clock_events.dovecot IS 'What Dovecot''s mail processes do at such a step, at most: nothing; warns (forward, more than 10 s), in the log; sleeps (backward, up to 5 s), until it is as late again; kills (backward, more than 5 s): they end themselves. A process that was waiting sees less of it: see doc/clock.md. NULL where step is.';
COMMENT ON COLUMN mailstack.clock_events.host IS 'The mail host whose mailstack-runner wrote the row, by its name. NULL: a worker of the server did.';
COMMENT ON COLUMN mailstack.clock_events.synchronised IS 'Whether the kernel of that mail host said that something keeps its clock right. NULL: it did not say; of the server''s own clock clock_status() says it.';
COMMENT ON COLUMN mailstack.clock_events.source IS 'Which programs that set clocks were seen to run on that mail host; NULL where none was, and where host is.';
SELECT pg_extension_config_dump('mailstack.clock_events', '');
SELECT pg_extension_config_dump('mailstack.clock_events_id_seq', '');
CREATE TRIGGER restore_begin BEFORE INSERT ON mailstack.clock_events
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_begin();
CREATE TRIGGER restore_end AFTER INSERT ON mailstack.clock_events
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_end();
ALTER TABLE mailstack.clock_events ENABLE ALWAYS TRIGGER restore_begin, ENABLE ALWAYS TRIGGER restore_end;

CREATE FUNCTION mailstack.clock_status(
        OUT read_at timestamptz, OUT booted_at timestamptz, OUT synchronised boolean, OUT time_offset interval,
        OUT estimated_error interval, OUT maximum_error interval, OUT leap_second text, OUT source text, OUT watched boolean)
    RETURNS record
    AS 'MODULE_PATHNAME', 'ms_clock_status' LANGUAGE c VOLATILE PARALLEL RESTRICTED;
COMMENT ON FUNCTION mailstack.clock_status() IS
    'The clock of the machine that the database is on, as the kernel knows it (adjtimex(2)), in one row: the time; when the machine was started, by that time; whether the clock is synchronised; how far it still is to be slewed, which chronyd keeps to itself; how wrong it probably is, and at most, which grows while nobody corrects it; whether a leap second is to "insert" or to "delete" today, or is "in progress", or NULL; which programs that set clocks are seen to run (chronyd, ntpd, ntp-daemon, systemd-timesyncd, phc2sys, ptp4l), NULL where none is, as in a container whose host keeps the time; and whether a worker watches for steps (clock_events). Where the kernel does not answer, what it would have said is NULL.';
REVOKE EXECUTE ON FUNCTION mailstack.clock_status() FROM PUBLIC;

CREATE FUNCTION mailstack.rows_from_the_future()
    RETURNS TABLE (table_name name, column_name name, row_count bigint, latest timestamptz)
    AS 'MODULE_PATHNAME', 'ms_rows_from_the_future' LANGUAGE c VOLATILE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.rows_from_the_future() IS
    'The columns of mailstack''s tables that say when something happened, and say of some rows that it is yet to happen: how many, and when the last of them. No row is good news; others tell that the clock was set back, or was wrong. An expiry, and when something is due, may lie in the future, and are not looked at. Reads every row, with the rights of the caller.';
REVOKE EXECUTE ON FUNCTION mailstack.rows_from_the_future() FROM PUBLIC;

CREATE FUNCTION mailstack.runner_clock(boot_id uuid, host text, seen_before bigint, booted_before bigint, seen bigint, booted bigint, synchronised boolean, source text)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_runner_clock' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.runner_clock(uuid, text, bigint, bigint, bigint, bigint, boolean, text) IS
    'Writes into clock_events what of it is not there yet: that the clock of a mail host was set, is watched, or is kept in another way, as mailstack-runner sees it there. Which boot of which machine, as which host; the time when that was last told, and when the machine was started by the clock as it went then; the time now, and when it was started by the clock as it goes now, all in microseconds since 1970; whether the kernel says that it is synchronised, and by which programs. What a worker of the server, or another runner, has written of the same boot is not written again, and what nobody wrote is found later. False where the table is locked, and it is to be told again; NULL, and nothing is written, where the host or a time is, or the machine would not have been started yet.';
REVOKE EXECUTE ON FUNCTION mailstack.runner_clock(uuid, text, bigint, bigint, bigint, bigint, boolean, text) FROM PUBLIC;
