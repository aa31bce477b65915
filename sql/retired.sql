-- Maildirs that are a user's no more: given to nobody until an operator says that they are gone.
SET search_path = mailstack, public;
INSERT INTO domains(domain) VALUES ('example.com'), ('other.example');
INSERT INTO users(email) VALUES ('bob@example.com'), ('ann@example.com'), ('eve@example.com');
INSERT INTO users(email, maildir) VALUES ('deep@example.com', 'deep/er/and/deeper'), ('one@example.com', 'one');

-- A user who is deleted, and one who moves; another address or spelling is no move.
DELETE FROM users WHERE email IN ('bob@example.com', 'deep@example.com', 'one@example.com');
UPDATE users SET maildir = 'elsewhere/ann' WHERE email = 'ann@example.com';
UPDATE users SET email = 'eva@example.com', maildir = 'example.com//eve' WHERE email = 'eve@example.com';
SELECT maildir FROM rename_user('eva@example.com', 'eve@other.example');
SELECT maildir, email, retired_by = current_user AS by_me, retired_at = now() AS just_now FROM retired_maildirs ORDER BY maildir;

-- The same, inside one and above one: by one row, by several, by an UPDATE.
INSERT INTO users(email) VALUES ('Bob@example.com');
INSERT INTO users(email, maildir) VALUES ('carl@example.com', 'example.com/bob');
INSERT INTO users(email, maildir) VALUES ('carl@example.com', 'example.com/bob/in/it');
INSERT INTO users(email, maildir) VALUES ('carl@example.com', 'example.com');
INSERT INTO users(email, maildir) VALUES ('carl@example.com', 'deep');
INSERT INTO users(email, maildir) VALUES ('carl@example.com', 'deep/er');
INSERT INTO users(email, maildir) VALUES ('carl@example.com', 'deep/er/and/deeper/still');
INSERT INTO users(email, maildir) VALUES ('carl@example.com', 'one/two');
INSERT INTO users(email, maildir) VALUES ('carl@example.com', 'one/two/three');
INSERT INTO users(email, maildir) VALUES ('carl@example.com', 'elsewhere/carl'), ('dora@example.com', 'example.com/ann');
INSERT INTO users(email, maildir) VALUES ('carl@example.com', 'example.com/carl'), ('dora@example.com', 'one'), ('emil@example.com', 'x/y/z');
UPDATE users SET maildir = 'example.com/bob' WHERE email = 'eve@other.example';
UPDATE users SET maildir = NULL WHERE email = 'ann@example.com';
-- Beside one.
INSERT INTO users(email, maildir) VALUES ('carl@example.com', 'deep/er2'), ('dora@example.com', 'example.com/bobby'), ('emil@example.com', 'one1'), ('frida@example.com', 'deep/er/a');
-- A user who moves within his own has it still, and so has nobody else.
UPDATE users SET maildir = 'one1/deeper/and/deeper' WHERE email = 'emil@example.com';
UPDATE users SET maildir = 'one1/deeper' WHERE email = 'emil@example.com';
SELECT count(*) FROM retired_maildirs;
-- What was there before is not asked: another column changes.
UPDATE users SET realname = 'Carl', maildir = maildir WHERE email = 'carl@example.com';

-- The ways out.
INSERT INTO users(email, maildir) VALUES ('bob@example.com', 'example.com/bob2');
DELETE FROM users WHERE email = 'bob@example.com';
DELETE FROM retired_maildirs WHERE maildir = 'example.com/bob/';
INSERT INTO users(email) VALUES ('bob@example.com');
-- Given up once more, by somebody else: the row says so.
INSERT INTO retired_maildirs(maildir, email, retired_at, retired_by) VALUES ('example.com/bob/', 'former@example.com', '2020-01-01', 'somebody');
SELECT * FROM check_rules();
DELETE FROM users WHERE email = 'bob@example.com';
SELECT maildir, email, retired_by = current_user AS by_me, retired_at = now() AS just_now FROM retired_maildirs WHERE maildir = 'example.com/bob/';
-- In one transaction, too; and not where it is rolled back.
BEGIN;
DELETE FROM users WHERE email = 'carl@example.com';
SAVEPOINT s;
INSERT INTO users(email, maildir) VALUES ('carl@example.com', 'deep/er2');
ROLLBACK TO s;
DELETE FROM retired_maildirs WHERE email = 'carl@example.com';
INSERT INTO users(email, maildir) VALUES ('carl@example.com', 'deep/er2');
ROLLBACK;
SELECT count(*) FROM retired_maildirs WHERE email = 'carl@example.com';
-- Remembered for the rows of one statement alone.
BEGIN;
INSERT INTO users(email, maildir) VALUES ('x1@example.com', 'fresh/1'), ('x2@example.com', 'fresh/2');
DELETE FROM users WHERE email = 'x1@example.com';
INSERT INTO users(email, maildir) VALUES ('x3@example.com', 'fresh/3'), ('x1@example.com', 'fresh/1');
ROLLBACK;
CREATE FUNCTION public.come_and_go() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.email = 'x1@example.com' THEN
        INSERT INTO mailstack.users(email, maildir) VALUES ('short@example.com', 'fresh/2/inside');
        DELETE FROM mailstack.users WHERE email = 'short@example.com';
    END IF;
    RETURN NULL; END $$;
CREATE TRIGGER a_first AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION come_and_go();
INSERT INTO users(email, maildir) VALUES ('x1@example.com', 'fresh/1'), ('x2@example.com', 'fresh/2');
DROP TRIGGER a_first ON users;
DROP FUNCTION come_and_go;

-- A table of somebody else's is asked for its own rows alone.
CREATE TABLE public.homes (home maildir_path UNIQUE);
CREATE TRIGGER homes_check AFTER INSERT ON public.homes FOR EACH ROW EXECUTE FUNCTION check_maildir('home');
INSERT INTO public.homes VALUES ('example.com/bob'), ('one/two/three');
DROP TABLE public.homes;

-- Who may not read the table is told no name.
CREATE ROLE regress_retired;
GRANT USAGE ON SCHEMA mailstack TO regress_retired;
GRANT SELECT, INSERT, DELETE ON users TO regress_retired;
SET ROLE regress_retired;
INSERT INTO users(email) VALUES ('bob@example.com');
DELETE FROM users WHERE email = 'frida@example.com';
DELETE FROM retired_maildirs;
RESET ROLE;
SELECT maildir, retired_by FROM retired_maildirs WHERE email = 'frida@example.com';
DROP OWNED BY regress_retired;
DROP ROLE regress_retired;

-- TRUNCATE retires them all, unless both are emptied.
BEGIN;
TRUNCATE users CASCADE;
SELECT maildir, email FROM retired_maildirs ORDER BY maildir;
ROLLBACK;
BEGIN;
TRUNCATE users, retired_maildirs CASCADE;
SELECT count(*) FROM retired_maildirs;
INSERT INTO users(email) VALUES ('bob@example.com');
ROLLBACK;

-- What comes past the rule is found.
BEGIN;
SET session_replication_role = replica;
INSERT INTO users(email, maildir, mail_subdirectory, uid, gid) VALUES
    ('x1@example.com', 'example.com/bob', '', 5000, 5000), ('x2@example.com', 'one/two/', '', 5000, 5000), ('x3@example.com', 'deep/er', '', 5000, 5000);
SELECT * FROM check_rules();
ROLLBACK;
SELECT * FROM check_rules();

DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM domains;
