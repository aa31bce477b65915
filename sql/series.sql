-- The statements of the series work word for word with search_path =
-- mailstack, whatever stands between the quotes.
SET search_path = mailstack;
INSERT INTO domains (domain) VALUES ('example.com');
INSERT INTO users (email, password, realname, maildir) VALUES ('foo@example.com', '{PLAIN}x', 'Foo Lastname', 'foo/');
INSERT INTO transports (domain, gid, transport) VALUES ('example.net', 1000, 'virtual:');
INSERT INTO aliases (alias, email) VALUES ('bar@example.com', 'foo@example.com');

SELECT maildir FROM users WHERE email='FOO@example.com';
SELECT transport FROM transports WHERE domain='Example.NET';
SELECT email FROM aliases WHERE alias='bar@example.com';
SELECT email as user, password, 'maildir:/home/mail/'||maildir as userdb_mail FROM users WHERE email = 'foo@example.com';
SELECT '/home/mail/'||maildir as home, uid, gid, email FROM users WHERE email = 'foo@example.com';
UPDATE transports SET transport = 'dovecot' WHERE domain = 'example.com';
SELECT domain, gid, transport FROM transports ORDER BY domain;

-- What Postfix and Dovecot send, and worse. Each literal through each statement:
-- \gexec stops at nothing, so an error would show.
CREATE TEMP TABLE literal (l text);
INSERT INTO literal VALUES ('bob@example.com'), ('@example.com'), ('.net'), ('*'), ('admin'), (''),
    (repeat('x', 300)), (repeat('x', 300) || '@example.com'), ('a@' || repeat('y', 300)),
    ('"a b"@example.com'), ('a b@example.com'), ('it''s@example.com'), ('"'), ('\'), ('a@b@c'), ('@'), ('@@'),
    (E'a\tb\r\n@example.com'), (E'\x01\x1f\x7f'), (E'\u0085\u200b\u00ad'), ('user@[127.0.0.1]'), ('''; DROP TABLE users; --');
CREATE TEMP TABLE statement (s text);
INSERT INTO statement VALUES
    ('SELECT maildir FROM users WHERE email=%L'),
    ('SELECT transport FROM transports WHERE domain=%L'),
    ('SELECT email FROM aliases WHERE alias=%L'),
    ('SELECT email as user, password, ''maildir:/home/mail/''||maildir as userdb_mail FROM users WHERE email = %L'),
    ('SELECT ''/home/mail/''||maildir as home, uid, gid, email FROM users WHERE email = %L'),
    ('UPDATE transports SET transport = ''dovecot'' WHERE domain = %L');
\t on
\o results/series.out.txt
SELECT format(s, l) FROM statement, literal \gexec
\o
\t off
-- Nothing was found and nothing changed.
SELECT count(*) AS statements FROM statement, literal;
SELECT domain, transport FROM transports ORDER BY domain;
SELECT count(*) FROM users;
