-- The statements of the series, word for word, with search_path = mailstack: they find what is there, under any spelling, and never raise.
SET search_path = mailstack;

INSERT INTO domains(domain) VALUES ('example.com');
INSERT INTO users(email, password, realname, maildir) VALUES ('bob@example.com', md5('secret'), 'Bob', 'example.com/bob/');
INSERT INTO aliases(alias, email) VALUES ('postmaster@example.com', 'bob@example.com');

-- Its columns.
SELECT email, password, realname, maildir, created IS NOT NULL AS created FROM users;
SELECT domain, gid, transport FROM transports;
SELECT alias, email FROM aliases;

-- Its queries, where there is an answer.
SELECT maildir FROM users WHERE email='bob@example.com';
SELECT maildir FROM users WHERE email='BOB@Example.Com';
SELECT transport FROM transports WHERE domain='example.com';
SELECT transport FROM transports WHERE domain='EXAMPLE.com';
SELECT email FROM aliases WHERE alias='postmaster@example.com';
SELECT email FROM aliases WHERE alias='Postmaster@example.com';
SELECT email as user, password, 'maildir:/home/mail/'||maildir as userdb_mail FROM users WHERE email = 'bob@example.com';
SELECT '/home/mail/'||maildir as home, uid, gid, email FROM users WHERE email = 'bob@example.com';

-- Its switch, and the way back.
UPDATE transports SET transport = 'dovecot' WHERE domain = 'example.com';
SELECT transport FROM transports WHERE domain='example.com';
SELECT from_transport, to_transport FROM transport_changes;
UPDATE transports SET transport = 'virtual' WHERE domain = 'example.com';

-- Each of them about whatever daemons ask: addresses as domains, domains as addresses, no names at all, octets of every kind.
CREATE TEMP TABLE asked (literal text);
INSERT INTO asked VALUES ('bob@example.com'), ('@example.com'), ('.net'), ('*'), ('admin'), (repeat('x', 300)), (repeat('x', 300) || '@example.com'), (''''), ('"'), ('''"''"'),
    (E'\\'), (E'\\\''), (E'\x01\x02\x1f\x7f'), (E'line\nbreak'), ('a@b@example.com'), ('@'), (''), (' '), ('bob@'), ('bob@example.com '), ('<bob@example.com>'),
    ('"bob"@example.com'), ('"bob@example.com'), ('bob+x@example.com'), ('%s'), ('$1'), (U&'\00FC@\00FC.example'), (U&'\200B'), (U&'\FFFF'), ('xn--a'), ('bob@[127.0.0.1]'),
    (repeat('.', 300)), (repeat('@', 300)), (repeat('x', 100000));
CREATE TEMP TABLE said (n integer, literal text, answer text);
DO $do$
DECLARE
    statements text[] := ARRAY[
        $$SELECT maildir FROM users WHERE email='…'$$, $$SELECT transport FROM transports WHERE domain='…'$$, $$SELECT email FROM aliases WHERE alias='…'$$,
        $$SELECT email as user, password, 'maildir:/home/mail/'||maildir as userdb_mail FROM users WHERE email = '…'$$,
        $$SELECT '/home/mail/'||maildir as home, uid, gid, email FROM users WHERE email = '…'$$,
        $$UPDATE transports SET transport = 'dovecot' WHERE domain = '…'$$];
    asked record;
    answer record;
BEGIN
    FOR asked IN SELECT literal, n FROM pg_temp.asked, generate_subscripts(statements, 1) n LOOP
        IF asked.n < 6 THEN
            FOR answer IN EXECUTE replace(statements[asked.n], '''…''', quote_literal(asked.literal)) LOOP
                INSERT INTO pg_temp.said VALUES (asked.n, asked.literal, answer::text);
            END LOOP;
        ELSE
            EXECUTE replace(statements[asked.n], '''…''', quote_literal(asked.literal));
        END IF;
    END LOOP;
END $do$;
SELECT * FROM said ORDER BY literal COLLATE "C", n;
SELECT count(*) FROM transport_changes;
-- ... and with the old kind of literals.
SET standard_conforming_strings = off;
SET escape_string_warning = off;
SELECT maildir FROM users WHERE email='\'\\\x01@example.com';
SELECT transport FROM transports WHERE domain='\'\\\x01@example.com';
SELECT email FROM aliases WHERE alias='\'\\\x01@example.com';
RESET standard_conforming_strings;
RESET escape_string_warning;

-- Its INSERTs.
INSERT INTO users (email, password, realname, maildir, created) VALUES ('eve@example.com', '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi', 'Eve', 'example.com/eve/', NOW());
INSERT INTO aliases (alias, email) VALUES ('eva@example.com', 'eve@example.com');
INSERT INTO transports (domain, gid, transport) VALUES ('second.example', 5000, 'virtual:');
SELECT email, realname, maildir FROM users ORDER BY email;
SELECT * FROM transports ORDER BY domain;

DELETE FROM aliases;
DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM domains;
TRUNCATE transport_changes;
