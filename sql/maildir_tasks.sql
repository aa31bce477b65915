-- The outbox of mailstack-runner: what is written into it when, and what follows a report.
SET search_path = mailstack, public;
ALTER TABLE maildir_tasks ALTER id RESTART WITH 1;
\pset null ''
INSERT INTO domains(domain) VALUES ('example.com');
CREATE VIEW task AS
    SELECT action, maildir, target, uid, email, due = 'infinity' AS never, CASE WHEN isfinite(due) THEN round(extract(epoch FROM due - now()) / 60) END AS due_in_minutes, failures AS failed,
           result, done_at IS NOT NULL AS done
      FROM maildir_tasks ORDER BY id;
-- Does the next that is due, as a runner would.
CREATE FUNCTION public.run(outcome text DEFAULT 'well', root text DEFAULT '/home/mail/') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    t record;
BEGIN
    SELECT * INTO t FROM mailstack.runner_claim(root);
    IF NOT FOUND THEN
        RETURN 'nothing';
    END IF;
    IF outcome = 'well' THEN
        PERFORM mailstack.runner_finish(t.id, 'host', 'did ' || t.action);
    ELSE
        PERFORM mailstack.runner_fail(t.id, 'host', outcome);
    END IF;
    RETURN concat_ws(' ', t.action, t.maildir, t.target);
END $$;

-- Without a runner nothing is written, and nothing is done.
INSERT INTO users(email) VALUES ('early@example.com');
UPDATE users SET maildir = 'example.com/late' WHERE email = 'early@example.com';
DELETE FROM users;
SELECT * FROM task;
SELECT runner_mail_root(), run();
DELETE FROM retired_maildirs;
UPDATE settings SET maildir_runner = true;
SELECT runner_mail_root(), run();

-- Each change in its transaction, by the uid that the user has; an address or a spelling is none.
BEGIN;
INSERT INTO users(email, uid) VALUES ('bob@example.com', 6000), ('ann@example.com', NULL), ('eve@example.com', NULL);
UPDATE users SET maildir = 'example.com/bobby', uid = 6001 WHERE email = 'bob@example.com';
ROLLBACK;
SELECT count(*) FROM task;
INSERT INTO users(email, uid) VALUES ('bob@example.com', 6000), ('ann@example.com', NULL), ('eve@example.com', NULL);
UPDATE users SET maildir = 'example.com/bobby', uid = 6001 WHERE email = 'bob@example.com';
UPDATE users SET maildir = 'example.com//ann', realname = 'Ann' WHERE email = 'ann@example.com';
SELECT rename_user('ann@example.com', 'anna@example.com') IS NOT NULL AS renamed;
DELETE FROM users WHERE email = 'eve@example.com';
SELECT action, maildir, target, uid, email FROM task;

-- In order where they are of one maildir; what has failed holds up what comes after it there, and nothing else.
SELECT run(root => '/home/mail'), run(root => '/srv/mail/');
SELECT run('example.com/ is a symbolic link');
SELECT run(), run(), run(), run();
SELECT run(), run();
SELECT * FROM task;
-- Later each time, up to an hour.
DO $$ BEGIN
    FOR i IN 1 .. 9 LOOP
        PERFORM mailstack.runner_fail(id, 'host', 'failed ' || i) FROM mailstack.maildir_tasks WHERE maildir = 'example.com/bob' AND action = 'create';
    END LOOP;
END $$;
SELECT due_in_minutes, failed, result FROM task WHERE result LIKE 'failed%';
UPDATE maildir_tasks SET due = now() WHERE failures > 0;
SELECT run(), run(), run(), run();
SELECT * FROM task;
-- When no delivery knows the old place any more, it is swept once more, and then kept.
UPDATE maildir_tasks SET due = now(), created = created - interval '21 minutes' WHERE action = 'sweep' AND done_at IS NULL;
SELECT run(), run();
SELECT action, maildir, target, due_in_minutes, done FROM task WHERE NOT done;
-- For so many days: also what waits already.
UPDATE settings SET retired_days = 1;
SELECT maildir, due_in_minutes, never FROM task WHERE NOT done;
UPDATE settings SET retired_days = NULL;
SELECT maildir, due_in_minutes, never FROM task WHERE NOT done;
SELECT run();
-- And what has failed before; while it is for ever, nothing makes it due.
UPDATE settings SET retired_days = 0;
BEGIN;
SELECT run('it belongs to somebody'), run('it belongs to somebody');
UPDATE settings SET retired_days = 3;
SELECT action, maildir, due_in_minutes, failed FROM task WHERE NOT done;
UPDATE settings SET retired_days = NULL;
SELECT action, maildir, never, failed FROM task WHERE NOT done;
UPDATE maildir_tasks SET due = now() WHERE done_at IS NULL;
SELECT run();
UPDATE settings SET retired_days = 0;
SELECT run(), run();
UPDATE settings SET retired_days = NULL;
SELECT action, maildir, never FROM task WHERE NOT done;
UPDATE maildir_tasks SET due = now() WHERE done_at IS NULL;
SELECT run();
ROLLBACK;
SELECT run(), maildir, email FROM retired_maildirs ORDER BY maildir LIMIT 1;
-- From now on nobody releases it but the runner; and it is deleted after that.
DELETE FROM retired_maildirs WHERE maildir = 'example.com/bob';
TRUNCATE retired_maildirs;
SELECT run(), run();
SELECT maildir FROM retired_maildirs;
INSERT INTO users(email) VALUES ('eve@example.com');
SELECT run(), run(), run(), run(), run();
SELECT maildir FROM retired_maildirs;
SELECT action, maildir, result, done FROM task WHERE NOT done;
-- What is done stays done.
SELECT runner_finish(id, 'host', 'again'), runner_fail(id, 'host', 'again') FROM maildir_tasks LIMIT 1;
SELECT runner_finish(0, 'host', 'nothing'), runner_fail(0, 'host', 'nothing');
SELECT count(*) FROM task WHERE result ~ 'again|nothing';
DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM maildir_tasks;
UPDATE settings SET retired_days = DEFAULT;

-- A user who moves twice: what is swept goes to where he is.
INSERT INTO users(email, maildir) VALUES ('zoe@example.com', 'z/1');
UPDATE users SET maildir = 'z/2';
SELECT run(), run(), run();
UPDATE users SET maildir = 'z/3';
SELECT run();
SELECT action, maildir, target FROM task WHERE NOT done;
-- A maildir that is released may be somebody else's: nothing is moved there any more, and nothing taken from there.
DELETE FROM retired_maildirs WHERE maildir = 'z/1';
SELECT action, maildir, target, result, done FROM task;
UPDATE users SET maildir = 'z/4';
DELETE FROM users;
SELECT action, maildir, target FROM task WHERE NOT done;
DELETE FROM retired_maildirs WHERE maildir = 'z/4';
SELECT action, maildir, target, result FROM task WHERE NOT done OR result LIKE 'released%';
TRUNCATE retired_maildirs;
SELECT action, maildir, target, result FROM task WHERE NOT done;
DELETE FROM maildir_tasks;
-- One that is still to be moved is not released: who got it next would have his mail moved. That it was done by hand can be said.
INSERT INTO users(email, maildir) VALUES ('zoe@example.com', 'z/1');
UPDATE users SET maildir = 'z/2';
DELETE FROM retired_maildirs;
TRUNCATE retired_maildirs;
UPDATE maildir_tasks SET done_at = now() WHERE maildir = 'z/1' AND action = 'move';
DELETE FROM retired_maildirs;
UPDATE maildir_tasks SET done_at = NULL WHERE maildir = 'z/1' AND action = 'move';
-- Nor swept where it was for all that.
SELECT run(), run(), run();
SELECT action, maildir, target, done FROM task;
DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM maildir_tasks;

-- Another uid or gid is that of all that is still to be done with his home: not of what was retired, or is another's.
INSERT INTO users(email, maildir, uid, gid) VALUES ('zoe@example.com', 'z/1', 6001, 6001), ('yan@example.com', 'y/1', 6001, 6001), ('xia@example.com', 'x/1', 6001, 6001);
UPDATE users SET maildir = 'x/2' WHERE email = 'xia@example.com';
SELECT run(), run(), run(), run(), run();
DELETE FROM users WHERE email = 'yan@example.com';
UPDATE users SET maildir = 'z/2' WHERE email = 'zoe@example.com';
UPDATE users SET maildir = 'z/3' WHERE email = 'zoe@example.com';
UPDATE users SET uid = 6003 WHERE email IN ('zoe@example.com', 'xia@example.com');
SELECT action, maildir, target, uid, gid FROM maildir_tasks WHERE done_at IS NULL ORDER BY id;
UPDATE users SET gid = 6004, maildir = 'z/4' WHERE email = 'zoe@example.com';
SELECT action, maildir, target, uid, gid FROM maildir_tasks WHERE done_at IS NULL ORDER BY id;
DELETE FROM users;
DELETE FROM maildir_tasks;
DELETE FROM retired_maildirs;

-- Within his own the runner is told, and refuses; TRUNCATE retires them all.
INSERT INTO users(email, maildir) VALUES ('zoe@example.com', 'z'), ('yan@example.com', 'y/1');
UPDATE users SET maildir = 'z/1' WHERE maildir = 'z';
BEGIN;
TRUNCATE users CASCADE;
SELECT action, maildir, target FROM task;
ROLLBACK;

-- What the table refuses.
\set VERBOSITY terse
INSERT INTO maildir_tasks(action, maildir, uid, gid) VALUES ('burn', 'a/b', 5000, 5000);
INSERT INTO maildir_tasks(action, maildir, uid, gid) VALUES ('purge', '/etc', 5000, 5000);
INSERT INTO maildir_tasks(action, maildir, uid, gid) VALUES ('purge', 'a/../b', 5000, 5000);
INSERT INTO maildir_tasks(action, maildir, target, uid, gid) VALUES ('move', 'a/b', '/etc', 5000, 5000);
INSERT INTO maildir_tasks(action, maildir, uid, gid) VALUES ('move', 'a/b', 5000, 5000);
INSERT INTO maildir_tasks(action, maildir, uid, gid) VALUES ('create', 'a/b', 0, 5000);
UPDATE settings SET retired_days = -1;
\set VERBOSITY default

DELETE FROM users;
DELETE FROM maildir_tasks;
DELETE FROM retired_maildirs;
DELETE FROM domains;
UPDATE settings SET maildir_runner = DEFAULT, retired_days = DEFAULT;
DROP VIEW task;
DROP FUNCTION public.run;
