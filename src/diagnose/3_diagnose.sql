
CREATE FUNCTION mailstack.diagnose(most bigint DEFAULT 20) RETURNS TABLE (severity text, object text, finding text, hint text)
    LANGUAGE sql VOLATILE STRICT PARALLEL RESTRICTED
    -- To compile so many expressions takes three times as long as to ask.
    SET jit = off
BEGIN ATOMIC
    WITH found AS MATERIALIZED (
        SELECT * FROM mailstack.diagnose_settings()
        UNION ALL SELECT * FROM mailstack.diagnose_addresses()
        UNION ALL SELECT * FROM mailstack.diagnose_accounts()
        UNION ALL SELECT * FROM mailstack.diagnose_sieve(1000)
        UNION ALL SELECT * FROM mailstack.diagnose_indexes()
        UNION ALL SELECT * FROM mailstack.diagnose_roles()
        UNION ALL SELECT * FROM mailstack.diagnose_replication(interval '1 minute', 64 * 1024 * 1024)
        UNION ALL SELECT * FROM mailstack.diagnose_clock()),
    numbered AS (
        SELECT f.*, row_number() OVER (PARTITION BY f.topic ORDER BY array_position('{error,warning,notice}', f.severity), f.object, f.finding) AS n,
               count(*) OVER (PARTITION BY f.topic) AS all_of_it
          FROM found f),
    told AS (
        SELECT severity, topic, n, object, finding, hint FROM numbered WHERE n <= $1
        UNION ALL
        SELECT severity, topic, n, '...', all_of_it - $1 || ' more like it: ' || topic, 'SELECT * FROM mailstack.diagnose(' || all_of_it || ')' FROM numbered WHERE n = $1 + 1)
    SELECT severity, object, finding, hint FROM told
     ORDER BY array_position('{error,warning,notice}', severity), topic, n;
END;
COMMENT ON FUNCTION mailstack.diagnose(bigint) IS
    'What is wrong, or will be, that no constraint can hold: a row for each finding, with what to do; the gravest first. severity is error where mail is refused, lost or not kept apart already, warning where that is coming or somebody is being misled, notice where it is good to know. Of what is found alike many times, the first most rows, and a row for the rest. Empty where all is well. Where it does not look at everything, it says so. Reads all users and aliases. check_rules() is for what constraints hold.';
REVOKE EXECUTE ON FUNCTION mailstack.diagnose(bigint) FROM PUBLIC;

