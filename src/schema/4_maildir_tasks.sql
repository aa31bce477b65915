
-- What mailstack-runner asks. It has the right to call these and no other.

CREATE FUNCTION mailstack.runner_mail_root() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    RETURN (SELECT mail_root::text FROM mailstack.settings WHERE maildir_runner);
COMMENT ON FUNCTION mailstack.runner_mail_root() IS
    'mail_root of settings, for mailstack-runner to compare with the one that it was started for. NULL where maildir_runner of settings is not set.';
REVOKE EXECUTE ON FUNCTION mailstack.runner_mail_root() FROM PUBLIC;

CREATE FUNCTION mailstack.lock_maildirs() RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_lock_maildirs' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.lock_maildirs() IS
    'Whether this transaction has, until its end, the right to change paths on the disk, which one has at a time: for runner_claim(). By a lock that nobody can take but who may call this.';
REVOKE EXECUTE ON FUNCTION mailstack.lock_maildirs() FROM PUBLIC;

-- What changes a path is done by one runner at a time, and what was to be done earlier with the same path comes first.
-- Only looking at what is kept, and deleting what was taken away already, goes on beside that: it takes long.
CREATE FUNCTION mailstack.runner_claim(
        root text,
        OUT id bigint, OUT action text, OUT maildir text, OUT target text, OUT uid integer, OUT gid integer)
    RETURNS SETOF record
    LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE ROWS 1 SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH path AS MATERIALIZED (SELECT mailstack.lock_maildirs() AS mine)
    SELECT t.id, t.action, t.maildir::text, t.target::text, t.uid, t.gid
      FROM mailstack.maildir_tasks t
     WHERE t.done_at IS NULL AND t.due <= now()
       AND (t.action IN ('retire', 'delete') OR (SELECT mine FROM path))
       AND mailstack.runner_mail_root() = $1
       -- For ever is for ever, whatever it was when the task was put off.
       AND (t.action NOT IN ('purge', 'take') OR (SELECT retired_days FROM mailstack.settings) IS NOT NULL)
       AND NOT EXISTS (SELECT FROM mailstack.maildir_tasks e
                        WHERE e.done_at IS NULL AND e.id < t.id AND e.action IN ('create', 'move')
                          AND e.maildir OPERATOR(mailstack.=) ANY (ARRAY[t.maildir, t.target]))
       AND NOT EXISTS (SELECT FROM mailstack.maildir_tasks e
                        WHERE e.done_at IS NULL AND e.id < t.id AND e.action = 'move'
                          AND e.target OPERATOR(mailstack.=) ANY (ARRAY[t.maildir, t.target]))
     ORDER BY t.due, t.id
     LIMIT 1
       FOR UPDATE OF t SKIP LOCKED;
END;
COMMENT ON FUNCTION mailstack.runner_claim(text) IS
    'The next task of maildir_tasks that is due, locked until the end of the transaction, in which runner_finish() or runner_fail() is to tell what became of it. No row where there is none, where another runner has it or what must be done before it, where maildir_runner of settings is not set, or where root is not mail_root there. While retired_days of settings is NULL nothing is purged, or taken away.';
REVOKE EXECUTE ON FUNCTION mailstack.runner_claim(text) FROM PUBLIC;

CREATE FUNCTION mailstack.runner_hold(task bigint) RETURNS boolean
    LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT CASE WHEN t.action NOT IN ('sweep', 'purge', 'take') THEN true
                WHEN NOT EXISTS (SELECT FROM mailstack.retired_maildirs r WHERE r.maildir OPERATOR(mailstack.=) t.maildir) THEN false
                ELSE (SELECT true FROM mailstack.retired_maildirs r WHERE r.maildir OPERATOR(mailstack.=) t.maildir FOR UPDATE SKIP LOCKED) END
      FROM mailstack.maildir_tasks t WHERE t.id = $1 AND t.done_at IS NULL;
END;
COMMENT ON FUNCTION mailstack.runner_hold(bigint) IS
    'Whether a task that runner_claim() gave may be carried out. What is swept, purged or taken away is held in retired_maildirs until the end of the transaction, so that nobody releases it meanwhile: false where it is not retired, and so may be somebody''s; NULL where somebody has its row locked, and may be releasing it, or there is no such task.';
REVOKE EXECUTE ON FUNCTION mailstack.runner_hold(bigint) FROM PUBLIC;

CREATE FUNCTION mailstack.runner_finish(task bigint, host text, result text) RETURNS void
    LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    -- What is still swept into a home that has moved on goes after it.
    UPDATE mailstack.maildir_tasks o SET target = t.target
      FROM mailstack.maildir_tasks t
     WHERE t.id = $1 AND t.done_at IS NULL AND t.action = 'move'
       AND o.done_at IS NULL AND o.action IN ('sweep', 'purge', 'take') AND o.target OPERATOR(mailstack.=) t.maildir;
    UPDATE mailstack.maildir_tasks t
       SET action = coalesce(n.action, t.action), done_at = CASE WHEN n.action IS NULL THEN clock_timestamp() END,
           due = CASE n.action WHEN 'sweep' THEN CASE t.action WHEN 'move' THEN now() ELSE n.last_sweep END
                               WHEN 'purge' THEN coalesce(n.retired_at + make_interval(days => n.retired_days), 'infinity')
                               ELSE now() END,
           result = $3, host = $2, reported_at = clock_timestamp(), failures = 0
      FROM (SELECT w.id, r.retired_at, s.retired_days, w.created + interval '20 minutes' AS last_sweep,
                   -- A maildir that is not retired any more may be somebody else's.
                   CASE WHEN w.action = 'take' THEN 'delete'
                        WHEN w.action IN ('create', 'delete') OR r.maildir IS NULL THEN NULL
                        WHEN w.action = 'purge' THEN 'take'
                        WHEN w.action = 'move' OR w.action = 'sweep' AND now() < w.created + interval '20 minutes' THEN 'sweep'
                        ELSE 'purge' END AS action
              FROM mailstack.maildir_tasks w CROSS JOIN mailstack.settings s
                   LEFT JOIN mailstack.retired_maildirs r ON r.maildir OPERATOR(mailstack.=) w.maildir
             WHERE w.id = $1) n
     WHERE t.id = n.id AND t.done_at IS NULL;
    DELETE FROM mailstack.retired_maildirs r USING mailstack.maildir_tasks t
     WHERE t.id = $1 AND t.done_at IS NULL AND t.action = 'delete' AND r.maildir OPERATOR(mailstack.=) t.maildir;
END;
COMMENT ON FUNCTION mailstack.runner_finish(bigint, text, text) IS
    'Says of a task that its action is done, by which host, and with what result. What follows it is due then: a move is swept at once and 20 minutes after the change, when no delivery knows the old place any more; what is retired is purged after settings.retired_days; what is purged is taken away, so that it is known to be on its way before anything is done on the disk; what was taken away is released, and deleted. Of a task that is done, or not there, nothing is written.';
REVOKE EXECUTE ON FUNCTION mailstack.runner_finish(bigint, text, text) FROM PUBLIC;

CREATE FUNCTION mailstack.runner_fail(task bigint, host text, problem text) RETURNS void
    LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    UPDATE mailstack.maildir_tasks
       SET failures = failures + 1, due = clock_timestamp() + least(interval '1 minute' * 2 ^ least(failures, 10), interval '1 hour'),
           result = $3, host = $2, reported_at = clock_timestamp()
     WHERE id = $1 AND done_at IS NULL;
END;
COMMENT ON FUNCTION mailstack.runner_fail(bigint, text, text) IS
    'Says of a task what is in the way of its action. It is due again after a minute, and then after twice as long each time, up to an hour.';
REVOKE EXECUTE ON FUNCTION mailstack.runner_fail(bigint, text, text) FROM PUBLIC;
