-- Many users at once: what is asked once for a statement holds for its every row, and for none of the next statement.
SET search_path = mailstack, public;

INSERT INTO transport_services(service, classes, runs_as) VALUES ('pipe', '{virtual_mailbox}', 6000);
INSERT INTO domains(domain, uid, gid, transport) VALUES ('a.example', 5001, 5001, 'virtual'), ('b.example', 6000, 6001, 'pipe'), ('c.example', 5003, 5003, 'lmtp:unix:lmtp');
INSERT INTO domains(domain, class) VALUES ('lists.example', 'virtual_alias');

-- Domains in turn, each row as its own domain says.
COPY users(email) FROM stdin;
u1@a.example
u1@b.example
U1@C.example
u2@a.example
"u2"@b.example
u2@c.example
\.
SELECT email, maildir, uid, gid, mail_subdirectory FROM users ORDER BY email;
-- A row that is wrong after good ones of its domain, and between others.
COPY users(email, uid) FROM stdin;
u3@b.example	6000
u3@a.example	7000
u4@b.example	7000
\.
COPY users(email, uid, transport) FROM stdin;
u3@a.example	7000	\N
u4@a.example	6000	pipe
u5@a.example	7000	lmtp
u6@a.example	7000	pipe
\.
COPY users(email) FROM stdin;
u3@a.example
u4@nowhere.example
u5@a.example
\.
COPY users(email) FROM stdin;
u3@a.example
u4@lists.example
\.
COPY users(email, uid) FROM stdin;
u3@a.example	5001
u4@a.example	499
\.
SELECT count(*) FROM users;

-- The domain changes between two statements of one transaction: its uid, its service, what the service runs as, its class.
BEGIN;
INSERT INTO users(email) VALUES ('u3@c.example'), ('u4@c.example');
UPDATE domains SET uid = 5033 WHERE domain = 'c.example';
INSERT INTO users(email) VALUES ('u5@c.example'), ('u6@c.example');
SELECT email, uid FROM users WHERE domain = 'c.example' ORDER BY email;
DELETE FROM users WHERE domain = 'c.example';
DELETE FROM retired_maildirs;
UPDATE domains SET uid = 6000, transport = 'pipe' WHERE domain = 'c.example';
SAVEPOINT s;
INSERT INTO users(email, uid) VALUES ('u1@c.example', 6000), ('u2@c.example', 5003);
ROLLBACK TO s;
UPDATE domains SET transport = 'lmtp:unix:lmtp' WHERE domain = 'c.example';
INSERT INTO users(email, uid) VALUES ('u1@c.example', 5003);
ROLLBACK;
BEGIN;
INSERT INTO users(email, uid) VALUES ('u3@c.example', 7000);
UPDATE transport_services SET runs_as = 7000 WHERE service = 'lmtp';
ROLLBACK;
BEGIN;
DELETE FROM users WHERE domain = 'c.example';
DELETE FROM retired_maildirs;
INSERT INTO users(email, uid) VALUES ('u3@c.example', 7000);
DELETE FROM users WHERE domain = 'c.example';
DELETE FROM retired_maildirs;
UPDATE transport_services SET runs_as = 5003 WHERE service = 'lmtp';
INSERT INTO users(email, uid) VALUES ('u3@c.example', 5003), ('u4@c.example', 7000);
ROLLBACK;
BEGIN;
INSERT INTO users(email) VALUES ('u3@c.example');
DELETE FROM users WHERE domain = 'c.example';
DELETE FROM retired_maildirs;
UPDATE domains SET class = 'virtual_alias' WHERE domain = 'c.example';
INSERT INTO users(email) VALUES ('u3@c.example');
ROLLBACK;
-- It is deleted and made again, and it goes and comes back with a savepoint.
BEGIN;
INSERT INTO users(email) VALUES ('u3@c.example');
DELETE FROM users WHERE domain = 'c.example';
DELETE FROM retired_maildirs;
DELETE FROM domains WHERE domain = 'c.example';
INSERT INTO domains(domain, uid, transport) VALUES ('c.example', 6000, 'pipe');
INSERT INTO users(email) VALUES ('u3@c.example'), ('u4@c.example');
SELECT email, uid FROM users WHERE domain = 'c.example' ORDER BY email;
SAVEPOINT s;
INSERT INTO users(email, uid) VALUES ('u5@c.example', 5003);
ROLLBACK TO s;
DELETE FROM users WHERE domain = 'c.example';
DELETE FROM retired_maildirs;
DELETE FROM domains WHERE domain = 'c.example';
SAVEPOINT t;
INSERT INTO users(email) VALUES ('u3@c.example');
ROLLBACK TO t;
INSERT INTO domains(domain) VALUES ('c.example');
INSERT INTO users(email) VALUES ('u3@c.example');
ROLLBACK TO t;
INSERT INTO users(email) VALUES ('u3@c.example');
ROLLBACK;
-- Users before their domains: at COMMIT, and the uid as well.
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO users(email, uid) VALUES ('u1@d.example', 6000), ('u1@e.example', 6000), ('u2@d.example', 6000), ('u2@e.example', 7000);
INSERT INTO domains(domain, uid, transport) VALUES ('d.example', 6000, 'pipe'), ('e.example', 6000, 'virtual');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT email, uid FROM users WHERE email >= 'd.example' ORDER BY email;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO users(email, uid) VALUES ('u3@d.example', 6000), ('u3@e.example', 7000), ('u4@d.example', 7000);
COMMIT;

-- What was found for a row at COMMIT does not hold for one that a trigger of the operator's adds after it has changed the domain.
INSERT INTO domains(domain, uid) VALUES ('f.example', 6000);
CREATE FUNCTION add_another() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SET CONSTRAINTS mailstack.domains_transport IMMEDIATE;
    UPDATE mailstack.domains SET transport = 'pipe' WHERE domain = 'f.example';
    INSERT INTO mailstack.users(email, uid) VALUES ('u2@f.example', 7000);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER users_zz AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.email = 'u1@f.example') EXECUTE FUNCTION add_another();
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO users(email) VALUES ('u1@f.example');
COMMIT;
SELECT email FROM users WHERE domain = 'f.example';
DROP TRIGGER users_zz ON users;
DROP FUNCTION add_another;

-- An UPDATE of all, too.
UPDATE users SET uid = 6000 WHERE domain IN ('a.example', 'b.example');
UPDATE users SET uid = 5001 WHERE domain IN ('a.example', 'b.example');
UPDATE users SET transport = 'pipe' WHERE domain IN ('a.example', 'c.example');

-- Maildirs within one statement: two directories deep, as most are, less, and more.
INSERT INTO users(email, maildir) VALUES ('x1@a.example', 'box/1'), ('x2@a.example', 'box/2'), ('x3@a.example', 'box/2/in/it');
INSERT INTO users(email, maildir) VALUES ('x1@a.example', 'box/2/in/it'), ('x2@a.example', 'box/1'), ('x3@a.example', 'box/2');
INSERT INTO users(email, maildir) VALUES ('x1@a.example', 'box/1'), ('x2@a.example', 'box'), ('x3@a.example', 'box/2');
INSERT INTO users(email, maildir) VALUES ('x1@a.example', 'box'), ('x2@a.example', 'box/1');
INSERT INTO users(email, maildir) VALUES ('x1@a.example', 'box/1/deep'), ('x2@a.example', 'box/1/deeper'), ('x3@a.example', 'box/1/deep/er');
INSERT INTO users(email, maildir) VALUES ('x1@a.example', 'box/1/2/3'), ('x2@a.example', 'box/10'), ('x3@a.example', 'box/0'), ('x4@a.example', 'bo'), ('x5@a.example', 'box1/1/2');
-- ... and against what was there: beside it, above it, below it.
INSERT INTO users(email, maildir) VALUES ('y1@a.example', 'box/3'), ('y2@a.example', 'bo/1'), ('y3@a.example', 'box/1');
INSERT INTO users(email, maildir) VALUES ('y1@a.example', 'box/3'), ('y2@a.example', 'bo/1');
INSERT INTO users(email, maildir) VALUES ('y1@a.example', 'box/3'), ('y2@a.example', 'bo/1/2/3');
INSERT INTO users(email, maildir) VALUES ('y1@a.example', 'box/3'), ('y2@a.example', 'box1/1');
INSERT INTO users(email, maildir) VALUES ('y1@a.example', 'box/3'), ('y2@a.example', 'box/10/2');
INSERT INTO users(email, maildir) VALUES ('y1@a.example', 'box/3'), ('y2@a.example', 'box1/2'), ('y3@a.example', 'box/1/2/4');
DELETE FROM users WHERE email IN ('x1@a.example', 'y3@a.example');
DELETE FROM retired_maildirs;
INSERT INTO users(email, maildir) VALUES ('y3@a.example', 'box/1');
-- Many change places at once, as if nobody's old one were kept: only what comes out of it counts.
ALTER TABLE users DISABLE TRIGGER users_retire_update;
SELECT email, maildir FROM users WHERE maildir >= 'bo' AND maildir < 'boy' ORDER BY maildir;
UPDATE users SET maildir = CASE maildir::text WHEN 'box/10/' THEN 'box/3/in' WHEN 'box/3/' THEN 'box/4' WHEN 'box/0/' THEN 'box1/1' WHEN 'box1/1/2/' THEN 'box/0/0' END
WHERE maildir IN ('box/10', 'box/3', 'box/0', 'box1/1/2');
UPDATE users SET maildir = CASE maildir::text WHEN 'box/3/in/' THEN 'box/5' WHEN 'box/4/' THEN 'box/5/in' WHEN 'box1/1/' THEN 'box/6' END
WHERE maildir IN ('box/3/in', 'box/4', 'box1/1');
UPDATE users SET maildir = replace(maildir::text, 'box/', 'bo/');
SELECT email, maildir FROM users WHERE maildir >= 'bo' AND maildir < 'boy' ORDER BY maildir;
ALTER TABLE users ENABLE TRIGGER users_retire_update;

-- More domains in turn than are kept in mind at a time.
SET client_min_messages = warning;
BEGIN;
INSERT INTO domains(domain, uid) SELECT 'd' || g || '.many.example', 10000 + g FROM generate_series(1, 40000) g;
INSERT INTO users(email) SELECT 'u' || g / 40000 || '@d' || g % 40000 + 1 || '.many.example' FROM generate_series(0, 41999) g;
SELECT count(*), count(DISTINCT uid), bool_and('d' || uid - 10000 || '.many.example' = domain) FROM users WHERE uid > 10000;
ROLLBACK;

-- TRUNCATE, so that the next test does not find its rows among the room of these.
SET client_min_messages = warning;
TRUNCATE users, retired_maildirs, domains, transport_changes CASCADE;
DELETE FROM transport_services WHERE service = 'pipe';
