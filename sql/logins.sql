-- Who logs in, where, from where and with what: services, networks, app passwords, suspension; and why not.
SET search_path = mailstack, public;
SET timezone = 'UTC';
\pset null '(null)'

INSERT INTO domains(domain) VALUES ('example.com'), ('imap-only.example'), ('closed.example');
INSERT INTO domains(domain, class) VALUES ('lists.example', 'virtual_alias'), ('relay.example', 'relay');
INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'example.com');
UPDATE domains SET services = '{imap}' WHERE domain = 'imap-only.example';

\set main '{SHA512-CRYPT}$6$rounds=1000$jpFO63ZYkdlcucT0$TzDjjhjzSv9vUL16BcdXkssbn33ylg9jBbiRFODpxF1Rv3qL3ubkNsCg/bHzutBR9ONEQIv5Q9znnxCv8gpPq.'
\set app '{SHA512-CRYPT}$6$rounds=1000$lQivAKFWPNf3Htj.$8ZTnXIfXaB2x8rrQC51842tQRk3thJjm3L.n97tDVfg8Cp885eVJx8mInvvPgnJaQMRALsMUVOX6qHxC.J2jS0'
INSERT INTO users(email, password) SELECT u, :'main' FROM unnest(ARRAY['bob@example.com', 'ann@example.com', 'gone@example.com', 'ted@imap-only.example', 'zoe@closed.example']) AS u;
INSERT INTO users(email) VALUES ('none@example.com');

-- Which password a service is answered with: the main one, or that of a slot; and from which networks.
CREATE FUNCTION which(hash text) RETURNS text LANGUAGE sql AS $$ SELECT CASE WHEN hash ~ 'jpFO63ZYkdlcucT0' THEN 'main' ELSE 'app' END $$;
CREATE FUNCTION ask(username text, VARIADIC services text[]) RETURNS TABLE (service text, main text, app text) LANGUAGE sql AS $$
    SELECT s, coalesce((SELECT string_agg(which(password) || coalesce(' from ' || allow_nets, ''), ' and also ') FROM dovecot_passdb(username, s)), '-'),
           coalesce((SELECT string_agg(slot || ' ' || which(password) || ' ' || userdb_app_password || coalesce(' from ' || allow_nets, ''), ', ' ORDER BY slot)
                     FROM generate_series(0, 9) slot, dovecot_app_passdb(username, s, slot)), '-')
    FROM unnest(services) WITH ORDINALITY AS u(s, n) ORDER BY n $$;
-- The same of one with the networks of an app password and of its user.
CREATE FUNCTION ask_from(own cidr[], of_user cidr[]) RETURNS TABLE (imap text, lmtp text, why text) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE users SET allow_nets = of_user WHERE email = 'none@example.com';
    UPDATE app_passwords SET allow_nets = own WHERE email = 'none@example.com';
    RETURN QUERY SELECT (SELECT app FROM ask('none@example.com', 'imap')), (SELECT app FROM ask('none@example.com', 'lmtp')), e.why
    FROM explain_login('none@example.com', 'imap') e WHERE step = 'app password';
END $$;

-- Services: what both the domain and the user allow, by the names of Dovecot and Postfix. Nobody is kept from doveadm.
UPDATE users SET services = '{imap,submission}' WHERE email = 'bob@example.com';
SELECT * FROM ask('bob@example.com', 'imap', 'pop3', 'submission', 'smtp', 'sieve', 'managesieve', 'lmtp', 'IMAP', 'other', '', 'doveadm', NULL);
SELECT * FROM ask('ann@example.com', 'imap', 'pop3', 'smtp', 'other');
SELECT * FROM ask('ted@imap-only.example', 'imap', 'smtp', 'doveadm');
UPDATE users SET services = '{pop3,smtp}' WHERE email = 'ted@imap-only.example';
UPDATE users SET services = '{pop3,submission}' WHERE email = 'ted@imap-only.example';
SELECT * FROM ask('ted@imap-only.example', 'imap', 'smtp', 'pop3', 'doveadm');
UPDATE users SET services = '{}' WHERE email = 'ted@imap-only.example';
SELECT * FROM ask('ted@imap-only.example', 'imap', 'doveadm');
-- Mail is not meant: the userdb, which the LDA and LMTP ask, says what it said.
SELECT home FROM dovecot_userdb('ted@imap-only.example');
UPDATE domains SET services = '{imap,http}' WHERE domain = 'example.com';
UPDATE domains SET services = '{imap,NULL}' WHERE domain = 'example.com';

-- Networks.
UPDATE users SET allow_nets = '{192.0.2.0/24,2001:db8::/32,198.51.100.7}' WHERE email = 'ann@example.com';
SELECT * FROM ask('ann@example.com', 'imap', 'smtp', 'lmtp', 'doveadm', NULL);
UPDATE users SET allow_nets = '{}' WHERE email = 'ann@example.com';
UPDATE users SET allow_nets = '{192.0.2.0/24,NULL}' WHERE email = 'ann@example.com';
UPDATE users SET allow_nets = '{192.0.2.1/24}' WHERE email = 'ann@example.com';

-- App passwords, each in a slot, which it keeps; what user and domain may not, they may not.
INSERT INTO app_passwords(email, name, password) VALUES ('Bob@Example.com', 'Phone', :'app'), ('bob@example.com', 'Büro, 2. Stock', :'app');
INSERT INTO app_passwords(email, name, password, services) VALUES ('bob@example.com', 'Printer', :'app', '{submission,pop3}');
INSERT INTO app_passwords(email, name, password, expires) VALUES ('bob@example.com', 'Trip', :'app', now() - interval '1 second'), ('bob@example.com', 'Year', :'app', now() + interval '1 year');
INSERT INTO app_passwords(email, name, password, allow_nets) VALUES ('bob@example.com', 'Home', :'app', '{10.0.0.0/8}'), ('ann@example.com', 'Phone', :'app', NULL);
INSERT INTO app_passwords(email, name, password) VALUES ('none@example.com', 'Phone', :'app');
SELECT * FROM ask('bob@example.com', 'imap', 'smtp', 'pop3', 'doveadm', NULL);
SELECT * FROM ask('ann@example.com', 'imap');
-- Networks: what both the user's and their own hold, and without own ones the user's.
BEGIN;
SELECT own, of_user, a.* FROM (VALUES (NULL, '{10.0.0.0/8}'), ('{10.1.0.0/16}', '{10.0.0.0/8}'), ('{10.0.0.0/8}', '{10.1.0.0/16}'), ('{10.0.0.0/8}', '{10.0.0.0/8}'),
    ('{0.0.0.0/0,::/0}', '{10.0.0.0/8}'), ('{10.0.0.0/8,192.0.2.7,::1}', '{192.0.2.0/24,10.1.0.0/16,10.2.0.0/16,2001:db8::/32}'), ('{192.0.2.0/24}', '{10.0.0.0/8}'),
    ('{::/0}', '{0.0.0.0/0}')) AS v(own, of_user), ask_from(own::cidr[], of_user::cidr[]) a;
ROLLBACK;
SELECT * FROM ask('none@example.com', 'imap');
SELECT * FROM ask('nobody@example.com', 'imap');
SELECT count(*) FROM dovecot_app_passdb('bob@example.com', 'imap', NULL);
SELECT count(*) FROM dovecot_app_passdb(NULL, NULL, 1);
DELETE FROM app_passwords WHERE name = 'Printer';
SELECT email, name, slot FROM app_passwords ORDER BY email, slot;
INSERT INTO app_passwords(email, name, password) SELECT 'bob@example.com', 'More ' || n, :'app' FROM generate_series(1, 3) n;
SELECT email, name, slot FROM app_passwords WHERE name LIKE 'More%' ORDER BY slot;
-- Refused: one more, a second of a name or a slot, names that are none, users that are none.
INSERT INTO app_passwords(email, name, password) VALUES ('bob@example.com', 'Ninth', :'app');
INSERT INTO app_passwords(email, name, password) VALUES ('ann@example.com', 'Phone', :'app');
INSERT INTO app_passwords(email, name, password, slot) VALUES ('ann@example.com', 'Second', :'app', 1);
INSERT INTO app_passwords(email, name, password, slot) VALUES ('ann@example.com', 'Second', :'app', 9);
INSERT INTO app_passwords(email, name, password) VALUES ('ann@example.com', 'a/b', :'app');
INSERT INTO app_passwords(email, name, password) VALUES ('ann@example.com', 'main', :'app');
INSERT INTO app_passwords(email, name, password) VALUES ('ann@example.com', '', :'app');
INSERT INTO app_passwords(email, name, password) VALUES ('nobody@example.com', 'Phone', :'app');
INSERT INTO app_passwords(email, name, password, services) VALUES ('ann@example.com', 'Second', :'app', '{managesieve}');
INSERT INTO app_passwords(email, name, password, allow_nets) VALUES ('ann@example.com', 'Second', :'app', '{}');

-- Suspension, with a reason that goes with it, shuts all passwords out.
INSERT INTO app_passwords(email, name, password) VALUES ('gone@example.com', 'Phone', :'app'), ('zoe@closed.example', 'Phone', :'app');
UPDATE users SET active = false, suspended_reason = 'asked for it, ticket 17' WHERE email = 'gone@example.com';
UPDATE domains SET active = false, suspended_reason = 'not paid since May' WHERE domain = 'closed.example';
SELECT * FROM ask('gone@example.com', 'imap', 'doveadm');
SELECT * FROM ask('zoe@closed.example', 'imap');
INSERT INTO aliases(alias, email) VALUES ('all@lists.example', 'gone@example.com'), ('all@lists.example', 'bob@example.com');
SELECT kind, reply, reason FROM route('gone+x@example.com') WHERE kind = 'refused';
SELECT kind, reply, reason FROM route('zoe@closed.example') WHERE kind = 'refused';
SELECT kind, address, reason FROM route('all@lists.example') WHERE kind = 'left out';
SELECT address, odd FROM route_domain('closed.example') WHERE address = 'closed.example';
UPDATE users SET suspended_reason = 'why' WHERE email = 'ann@example.com';
UPDATE users SET active = false, suspended_reason = E'two\nlines' WHERE email = 'ann@example.com';
UPDATE users SET active = false, suspended_reason = '' WHERE email = 'ann@example.com';
UPDATE users SET active = false, suspended_reason = repeat('é', 101) WHERE email = 'ann@example.com';
INSERT INTO domains(domain, suspended_reason) VALUES ('other.example', 'why');
UPDATE users SET active = true WHERE email = 'gone@example.com' RETURNING suspended_reason;
UPDATE users SET active = false, suspended_reason = 'once more' WHERE email = 'gone@example.com' RETURNING suspended_reason;
UPDATE users SET suspended_reason = 'in other words' WHERE email = 'gone@example.com' RETURNING active, suspended_reason;

-- The last logins, as Dovecot's dict writes them, either way. Its table stays empty.
INSERT INTO dovecot_last_login (last_access, username, service, app_password) VALUES (1000000000, 'bob@example.com', 'imap', 'main')
    ON CONFLICT (username, service, app_password) DO UPDATE SET last_access = 1000000000;
INSERT INTO dovecot_last_login (last_access, username, service, app_password) VALUES (1000000001, 'Bob@example.com', 'imap', 'main')
    ON CONFLICT (username, service, app_password) DO UPDATE SET last_access = 1000000001;
INSERT INTO dovecot_last_login (last_access, username, service, app_password) VALUES (1000000002, 'bob@example.com', 'imap', 'Phone'),
    (1000000003, 'bob@example.com', 'managesieve', 'Phone'), (1000000004, 'ann@example.com', 'pop3', 'Phone');
-- What comes late, of a user or an app password that is not there, or of no address at all, changes nothing.
INSERT INTO dovecot_last_login (last_access, username, service, app_password) VALUES (999, 'bob@example.com', 'imap', 'main'),
    (1000000005, 'nobody@example.com', 'imap', 'main'), (1000000005, 'bob@example.com', 'imap', 'Lost'), (1000000005, '', '', '');
SELECT * FROM last_logins ORDER BY last_access;
SELECT count(*) FROM dovecot_last_login;
-- A time that is to come is now, and one before 1970 is that.
BEGIN;
INSERT INTO dovecot_last_login (last_access, username, service, app_password) VALUES (999999999999999, 'bob@example.com', 'imap', 'main'),
    (9223372036854775807, 'ann@example.com', 'imap', 'main'), (-9223372036854775808, 'ann@example.com', 'pop3', 'main'), (-1, 'ann@example.com', 'sieve', 'main');
SELECT email, service, last_access = date_trunc('second', last_access) AS whole, last_access BETWEEN now() - interval '1 second' AND now() AS now
FROM last_logins WHERE service = 'imap' AND app_password IS NULL ORDER BY email;
SELECT service, last_access FROM last_logins WHERE email = 'ann@example.com' AND service <> 'imap' AND app_password IS NULL ORDER BY service;
ROLLBACK;
SELECT email, name, expired, last_used, last_service FROM app_password_usage WHERE name IN ('Phone', 'Trip') ORDER BY email, name;
-- They follow a new name of the app password and of the user, and go with either.
UPDATE app_passwords SET name = 'Mobile' WHERE name = 'Phone' AND email = 'bob@example.com';
SELECT rename_user('bob@example.com', 'rob@example.com');
SELECT * FROM last_logins ORDER BY last_access;
DELETE FROM app_passwords WHERE name = 'Mobile';
SELECT email, service, app_password FROM last_logins ORDER BY last_access;
SELECT rename_user('rob@example.com', 'bob@example.com');
DELETE FROM app_passwords WHERE email = 'bob@example.com';
DELETE FROM users WHERE email = 'ann@example.com';
SELECT count(*) FROM last_logins;
SELECT email, name FROM app_passwords ORDER BY email, name;

-- Why.
UPDATE users SET services = NULL WHERE email = 'bob@example.com';
INSERT INTO users(email, password) VALUES ('o''hara@example.com', :'main');
INSERT INTO aliases(alias, email) VALUES ('info@example.com', 'bob@example.com'), ('info@example.com', 'far@away.example');
INSERT INTO app_passwords(email, name, password, allow_nets) VALUES ('bob@example.com', 'Phone', :'app', NULL), ('bob@example.com', 'Home', :'app', '{10.0.0.0/8}');
INSERT INTO app_passwords(email, name, password, services) VALUES ('bob@example.com', 'Printer', :'app', '{submission}');
INSERT INTO app_passwords(email, name, password, expires) VALUES ('bob@example.com', 'Trip', :'app', '2001-01-01');
SELECT * FROM explain_login('bob@example.com');
SELECT * FROM explain_login('Bob@example.com', 'imap', '10.1.2.3');
UPDATE users SET services = '{submission}', allow_nets = '{192.0.2.0/24}' WHERE email = 'bob@example.com';
SELECT * FROM explain_login('bob@example.com', 'smtp', '203.0.113.9');
SELECT * FROM explain_login('bob@example.com', 'submission', '192.0.2.200');
SELECT * FROM explain_login('bob@example.com', 'imap');
SELECT * FROM explain_login('bob@example.com');
SELECT * FROM explain_login('o''hara@example.com', 'imap');
SELECT * FROM explain_login('ted@imap-only.example', 'imap');
UPDATE users SET services = NULL WHERE email = 'ted@imap-only.example';
SELECT * FROM explain_login('ted@imap-only.example', 'pop3');
DELETE FROM app_passwords WHERE email = 'none@example.com';
SELECT k, e.* FROM unnest(ARRAY['none@example.com', 'gone@example.com', 'zoe@closed.example', 'nobody@example.com', 'info@example.com', 'bob+x@example.com', 'bob@mirror.example',
    'bob@lists.example', 'bob@relay.example', 'bob@away.example', 'bob', '', '@example.com']) WITH ORDINALITY AS u(k, n), explain_login(k, 'imap') e WHERE answer = 'no' ORDER BY n;
SELECT count(*) FROM explain_login(NULL);
SET client_encoding = 'LATIN1';
INSERT INTO app_passwords(email, name, password) VALUES ('ted@imap-only.example', convert_from('\xe5ad97', 'UTF8'), :'app');
SELECT * FROM explain_login('ted@imap-only.example', 'imap');
SELECT * FROM ask('ted@imap-only.example', 'imap');

RESET client_encoding;

-- App passwords that are made, and chosen. What is returned is what the hash is of.
UPDATE users SET services = NULL, allow_nets = NULL WHERE email = 'bob@example.com';
DELETE FROM app_passwords WHERE email = 'bob@example.com';
SELECT create_app_password('Bob@example.com', 'Phone', '{imap,submission}', '{192.0.2.0/24}', '2124-01-01 12:00+00') AS made
\gset
SELECT :'made' ~ '^([a-km-np-z2-9]{5}-){3}[a-km-np-z2-9]{5}$' AS form, set_app_password('bob@example.com', 'Own words', 'correct horse battery');
SELECT email, name, password_scheme(password), services, allow_nets, expires, slot FROM app_passwords WHERE email = 'bob@example.com' ORDER BY slot;
UPDATE users SET password = a.password FROM app_passwords a WHERE users.email = 'bob@example.com' AND a.email = users.email AND a.name = 'Phone';
SELECT verify_password('bob@example.com', :'made') AS made, verify_password('bob@example.com', 'correct horse battery') AS other;
-- Each is another one; a new password in place of an old one keeps the rest, or changes it.
SELECT count(DISTINCT create_app_password('bob@example.com', 'No. ' || n)) FROM generate_series(1, 6) n;
SELECT create_app_password('bob@example.com', 'Ninth');
SELECT create_app_password('bob@example.com', 'Phone');
SELECT set_app_password('BOB@example.com', 'Phone', 'another long one');
SELECT set_app_password('bob@example.com', 'Own words', 'another long one', services => '{imap}', expires => '2124-01-01');
SELECT name, services, allow_nets, expires, slot FROM app_passwords WHERE email = 'bob@example.com' AND name IN ('Phone', 'Own words') ORDER BY slot;
UPDATE users SET password = a.password FROM app_passwords a WHERE users.email = 'bob@example.com' AND a.email = users.email AND a.name = 'Phone';
SELECT verify_password('bob@example.com', 'another long one') AS new, verify_password('bob@example.com', :'made') AS old;
SELECT set_app_password('bob@example.com', 'Phone', 'short');
SELECT set_app_password('bob@example.com', 'Phone', NULL);
SELECT create_app_password('bob@example.com', NULL);
SELECT create_app_password(NULL, 'Phone');
SELECT create_app_password('nobody@example.com', 'Phone');
SELECT create_app_password('none@example.com', 'a/b');
SELECT create_app_password('none@example.com', 'Phone', '{smtp}');
-- As long as the settings want it; by their scheme; and none that is weaker.
BEGIN;
UPDATE settings SET password_min_length = 40, password_scheme = 'SHA512-CRYPT';
SELECT length(create_app_password('none@example.com', 'Long'));
SELECT password_scheme(password) FROM app_passwords WHERE name = 'Long';
INSERT INTO app_passwords(email, name, password) VALUES ('none@example.com', 'Old', '{SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=');
SELECT email, app_password, scheme FROM weak_passwords WHERE email = 'none@example.com';
SELECT * FROM explain_login('none@example.com', 'imap');
UPDATE settings SET password_lowest_scheme = 'SHA256-CRYPT';
SELECT * FROM explain_login('none@example.com', 'imap') WHERE hint IS NOT NULL;
UPDATE app_passwords SET name = 'Older' WHERE name = 'Old';
INSERT INTO app_passwords(email, name, password) VALUES ('none@example.com', 'New', '{SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=');
ROLLBACK;
SET client_min_messages = warning;
TRUNCATE users, retired_maildirs, domains, transport_changes CASCADE;
DROP FUNCTION ask, which, ask_from;
