-- Types, functions and triggers on tables that are not ours, by a role that owns nothing of mailstack.
CREATE ROLE regress_owner;
GRANT USAGE ON SCHEMA mailstack TO regress_owner;
CREATE SCHEMA club AUTHORIZATION regress_owner;
SET ROLE regress_owner;
SET search_path = club, mailstack;

-- Columns of text and of varchar: stored in canonical form, a maildir built where none is given.
CREATE TABLE plain (address text PRIMARY KEY, other varchar(80), home text);
CREATE TRIGGER plain_1 BEFORE INSERT OR UPDATE ON plain FOR EACH ROW EXECUTE FUNCTION mailstack.canonicalize_address('address', 'other');
CREATE TRIGGER plain_2 BEFORE INSERT OR UPDATE ON plain FOR EACH ROW EXECUTE FUNCTION mailstack.build_maildir('home', 'address');
INSERT INTO plain VALUES ('"Bob"@Example.COM', 'Bob@Bücher.example', NULL), ('alice@example.com', NULL, 'elsewhere//alice'), ('"a b"@example.com', NULL, NULL);
UPDATE plain SET other = 'ALICE@example.com' WHERE address = 'alice@example.com';
UPDATE plain SET home = NULL WHERE address = 'alice@example.com';
TABLE plain ORDER BY address COLLATE "C";

-- Columns of our types, and of a domain over text.
CREATE DOMAIN mail AS text CHECK (value <> 'never');
CREATE TABLE typed (address mail_address PRIMARY KEY, alias alias_key, key mail_key, mail mail, home maildir_path UNIQUE);
CREATE TRIGGER typed_1 BEFORE INSERT OR UPDATE ON typed FOR EACH ROW EXECUTE FUNCTION mailstack.canonicalize_address('address', 'alias', 'key', 'mail');
CREATE TRIGGER typed_2 BEFORE INSERT OR UPDATE ON typed FOR EACH ROW EXECUTE FUNCTION mailstack.build_maildir('home', 'address');
CREATE TRIGGER typed_3 AFTER INSERT OR UPDATE ON typed FOR EACH ROW EXECUTE FUNCTION mailstack.check_maildir('home');
INSERT INTO typed VALUES ('Bob@Example.COM', '@Example.COM', 'Any Thing', 'Bob@Example.COM', NULL);
INSERT INTO typed(address, alias, key, home) VALUES ('Alice@example.com', 'ALICE@example.com', 'Alice@Example.com', 'example.com/alice/box');
TABLE typed ORDER BY address;

-- What they refuse.
INSERT INTO plain(address) VALUES ('bob');
INSERT INTO plain(address, other) VALUES ('eve@example.com', '@example.com');
INSERT INTO plain(address, home) VALUES ('eve@example.com', '../eve');
UPDATE plain SET address = 'BOB@example.com' WHERE address = 'alice@example.com';
INSERT INTO typed(address) VALUES ('@example.com');
INSERT INTO typed(address) VALUES ('BOB@example.com');
INSERT INTO typed(address, home) VALUES ('eve@example.com', 'example.com/bob/eve');
INSERT INTO typed(address, home) VALUES ('eve@example.com', 'example.com');
UPDATE typed SET home = 'example.com/alice' WHERE address = 'bob@example.com';
INSERT INTO typed(address, home) VALUES ('eve@example.com', 'example.com/bob');
UPDATE typed SET home = 'example.com/alice' WHERE address = 'alice@example.com' RETURNING home;
INSERT INTO typed(address, home) VALUES ('eve@example.com', 'example.com/bobby') RETURNING home;
SELECT count(*) FROM plain;
SELECT count(*) FROM typed;

-- Within one statement, and with NULL.
INSERT INTO typed(address, home) VALUES ('x@example.com', 'x'), ('y@example.com', 'x/y');
ALTER TABLE typed DISABLE TRIGGER typed_2;
INSERT INTO typed(address, home) VALUES ('x@example.com', NULL), ('y@example.com', NULL);
ALTER TABLE typed ENABLE TRIGGER typed_2;
-- A thousand maildirs, then one that contains and one that is contained.
INSERT INTO typed(address) SELECT 'user' || g || '@many.example' FROM generate_series(1, 1000) g;
INSERT INTO typed(address, home) VALUES ('z@example.com', 'many.example');
INSERT INTO typed(address, home) VALUES ('z@example.com', 'many.example/user500/z');
-- A row that went makes room.
DELETE FROM typed WHERE address = 'bob@example.com';
INSERT INTO typed(address, home) VALUES ('z@example.com', 'example.com/bob/z');

-- With the partial index, and with partial indexes that only look like it: the same is refused.
CREATE TABLE homes (home maildir_path, n integer);
CREATE TRIGGER check_home AFTER INSERT OR UPDATE ON homes FOR EACH ROW EXECUTE FUNCTION mailstack.check_maildir('home');
CREATE FUNCTION maildir_may_nest(maildir_path) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN false; END';
CREATE FUNCTION nests(index text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    pair text[];
BEGIN
    EXECUTE index;
    FOREACH pair SLICE 1 IN ARRAY '{{a/b,a/b/c},{a/b/c,a/b},{a,a/b},{a/b,a},{a/b/c/d/e,a/b},{a/b/c/d/e,a/b/c/d},{a/b,a/bc},{/a/b,/a/b/c},{/a/b/c,/a/b},{/a,/a/b},{/a/b,a/b/c}}'::text[] LOOP
        BEGIN
            INSERT INTO club.homes SELECT pair[1], 1;
            INSERT INTO club.homes SELECT unnest(ARRAY['a/0', pair[2]]), 2;
            RETURN NEXT array_to_string(pair, ' ');
        EXCEPTION WHEN exclusion_violation THEN NULL;
        END;
        TRUNCATE club.homes;
    END LOOP;
END $$;
CREATE UNIQUE INDEX ON homes (home);
SELECT nests('SELECT');
SELECT nests('CREATE INDEX homes_wrong ON club.homes (home) WHERE n > 2');
SELECT nests('CREATE INDEX homes_foreign ON club.homes (home) WHERE club.maildir_may_nest(home)');
SELECT nests('CREATE INDEX homes_not ON club.homes (home) WHERE NOT mailstack.maildir_may_nest(home)');
SELECT nests('CREATE INDEX homes_hash ON club.homes USING hash (home) WHERE mailstack.maildir_may_nest(home)');
SELECT nests('CREATE INDEX homes_less ON club.homes (home) WHERE mailstack.maildir_may_nest(home) AND n > 2');
SELECT nests('CREATE INDEX homes_two ON club.homes (home, n) WHERE mailstack.maildir_may_nest(home)');
SELECT nests('CREATE INDEX homes_right ON club.homes (home) WHERE mailstack.maildir_may_nest(home)');
-- Rows that a cascade changes while the triggers fire are looked at as they are then.
CREATE TABLE chain (id integer PRIMARY KEY, parent integer REFERENCES chain ON UPDATE CASCADE, home maildir_path UNIQUE);
CREATE INDEX ON chain (home) WHERE mailstack.maildir_may_nest(home);
CREATE FUNCTION move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.id := NEW.parent + 1;
    NEW.home := CASE OLD.id WHEN 2 THEN 'box/2/in' ELSE 'box/2' END;
    RETURN NEW;
END $$;
CREATE TRIGGER move BEFORE UPDATE OF parent ON chain FOR EACH ROW WHEN (NEW.parent IS NOT NULL) EXECUTE FUNCTION move();
CREATE TRIGGER "0_check" AFTER INSERT OR UPDATE ON chain FOR EACH ROW EXECUTE FUNCTION mailstack.check_maildir('home');
INSERT INTO chain VALUES (1, NULL, 'old/1'), (2, 1, 'old/2'), (3, 2, 'old/3');
UPDATE chain SET id = 10, home = 'box/1' WHERE id = 1;
TABLE chain;

-- A partitioned table, whose partitions the trigger serves one by one.
CREATE TABLE parts (address mail_address, home maildir_path) PARTITION BY HASH (address);
CREATE TABLE part0 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE part1 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TRIGGER parts_1 BEFORE INSERT OR UPDATE ON parts FOR EACH ROW EXECUTE FUNCTION mailstack.canonicalize_address('address');
CREATE TRIGGER parts_2 BEFORE INSERT OR UPDATE ON parts FOR EACH ROW EXECUTE FUNCTION mailstack.build_maildir('home', 'address');
INSERT INTO parts SELECT 'User' || g || '@Example.com' FROM generate_series(1, 10) g;
SELECT * FROM parts ORDER BY address LIMIT 3;
SELECT count(*) FROM parts WHERE address = 'USER1@example.com';

-- Each misuse says what it is, when the trigger first fires; a call without a trigger is refused as well.
SELECT mailstack.canonicalize_address();
CREATE TABLE misuse (address text, number integer, home text, path maildir_path);
CREATE FUNCTION try(timing text, call text, event text DEFAULT 'INSERT OR UPDATE OR DELETE', level text DEFAULT 'ROW') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text; message text; detail text; hint text;
BEGIN
    EXECUTE format('CREATE TRIGGER t %s %s ON club.misuse FOR EACH %s EXECUTE FUNCTION mailstack.%s', timing, event, level, call);
    INSERT INTO club.misuse VALUES ('bob@example.com', 1, 'a', 'a');
    DELETE FROM club.misuse;
    RAISE EXCEPTION 'nothing was wrong';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n', state || ': ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;
\pset format unaligned
\pset tuples_only on
SELECT try('AFTER', 'canonicalize_address(''address'')');
SELECT try('BEFORE', 'canonicalize_address(''address'')', 'INSERT', 'STATEMENT');
SELECT try('BEFORE', 'canonicalize_address(''address'')', 'DELETE');
SELECT try('BEFORE', 'canonicalize_address()');
SELECT try('BEFORE', 'canonicalize_address(''addres'')');
SELECT try('BEFORE', 'canonicalize_address(''number'')');
SELECT try('BEFORE', 'canonicalize_address(''path'')');
SELECT try('BEFORE', 'canonicalize_address(''ctid'')');
SELECT try('AFTER', 'build_maildir(''home'', ''address'')');
SELECT try('BEFORE', 'build_maildir(''home'')');
SELECT try('BEFORE', 'build_maildir(''home'', ''nothing'')');
SELECT try('BEFORE', 'build_maildir(''number'', ''address'')');
SELECT try('BEFORE', 'check_maildir(''path'')');
SELECT try('AFTER', 'check_maildir(''path'')', 'INSERT', 'STATEMENT');
SELECT try('AFTER', 'check_maildir()');
SELECT try('AFTER', 'check_maildir(''home'')');
SELECT try('AFTER', 'check_maildir(''number'')');
SELECT try('AFTER', 'check_maildir(''path'')');
CREATE INDEX ON misuse (path);
CREATE UNIQUE INDEX ON misuse (path) WHERE number > 0;
CREATE UNIQUE INDEX ON misuse (number, path);
SELECT try('AFTER', 'check_maildir(''path'')');
CREATE UNIQUE INDEX ON misuse (path);
SELECT try('AFTER', 'check_maildir(''path'')');
SELECT try('BEFORE', 'canonicalize_address(''address'')', 'INSERT');
\pset format aligned
\pset tuples_only off

-- The triggers of mailstack's own tables are not for others.
CREATE TRIGGER t BEFORE INSERT ON misuse FOR EACH ROW EXECUTE FUNCTION mailstack.users_before();

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA club CASCADE;
DROP OWNED BY regress_owner;
DROP ROLE regress_owner;
