-- A new name for a user or a domain, with all that hangs on the old one.
SET search_path = mailstack, public;

-- What becomes of one address.
SELECT k, address_renamed(k, 'bob@example.com', 'Robert@Example.net') AS user_renamed, address_renamed(k, 'example.com', 'Example.net') AS domain_renamed
  FROM unnest(ARRAY['bob@example.com', 'BOB@Example.com', 'Bob+Shop@example.com', 'bob+@example.com', '"b o b"@example.com', 'bobby@example.com', 'bob@example.org',
                    '@example.com', 'example.com', '.example.com', '*', 'bob']::mail_key[]) WITH ORDINALITY AS u(k, n) ORDER BY n;
SELECT address_renamed('bob-x@example.com', 'bob@example.com', 'r@example.com'), address_renamed('bob-x@example.com', 'bob@example.com', 'r@example.com', '-+'),
       address_renamed('bob+x@example.com', 'bob+x@example.com', '"r r"@example.com'), address_renamed('bob+"x"@example.com', 'bob@example.com', '"r r"@example.com');
SELECT mail_key_class(address_renamed('bob+this-detail-is-long@example.com', 'bob@example.com', mail_key(repeat('r', 60) || '@example.com')));
SELECT address_renamed('bob@example.com', 'bob@example.com', 'example.net'), address_renamed('bob@example.com', 'example.com', 'r@example.net');

INSERT INTO domains(domain) VALUES ('example.com'), ('other.example');
INSERT INTO domains(domain, class) VALUES ('lists.example', 'virtual_alias'), ('relay.example', 'relay');
INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'example.com'), ('odd.example', 'example.com');
INSERT INTO users(email, keep_copy) VALUES ('bob@example.com', true), ('ann@example.com', false), ('bobby@example.com', false);
INSERT INTO aliases(alias, email) VALUES
    ('bob@example.com', 'bob@example.com'), ('bob@example.com', 'Ann@example.com'), ('bob+shop@example.com', 'ann@example.com'), ('bobby+x@example.com', 'ann@example.com'),
    ('all@lists.example', 'Bob@example.com'), ('all@lists.example', 'bob@mirror.example'), ('all@lists.example', 'bobby@example.com'), ('all@lists.example', 'bob@elsewhere.example'),
    ('news@lists.example', 'Bob+News@example.com'), ('news@lists.example', 'BOB+Mirror@mirror.example'), ('shop@lists.example', 'bob+shop@example.com'),
    ('@example.com', 'bob@example.com'), ('bob@odd.example', 'ann@example.com'), ('odd@lists.example', 'bob@odd.example'), ('odd@lists.example', 'bob+x@odd.example');
INSERT INTO sender_logins(sender, login) VALUES ('bob@example.com', 'ann@example.com'), ('bob+shop@example.com', 'ann@example.com'), ('bob@mirror.example', 'ann@example.com'),
    ('@lists.example', 'bob@example.com'), ('relayed@relay.example', 'bob@example.com'), ('bobby@example.com', 'ann@example.com');
UPDATE settings SET postmaster_address = 'Bob+Post@example.com';
-- What a rename has to leave as it is, and what it has to change: read again after each.
CREATE VIEW public.rows_of AS
    SELECT 'user' AS what, email::text AS a, maildir::text AS b, NULL::boolean AS relocated FROM users
    UNION ALL SELECT 'alias', alias::text, email::text, nullif(relocated, false) FROM aliases
    UNION ALL SELECT 'sender', sender::text, login::text, NULL FROM sender_logins
    UNION ALL SELECT 'relay', recipient::text, NULL, NULL FROM relay_recipients
    UNION ALL SELECT 'postmaster', postmaster_address::text, NULL, NULL FROM settings
    UNION ALL SELECT 'domain', domain::text, alias_of::text, NULL FROM domains;
CREATE TABLE public.before AS TABLE rows_of;
CREATE FUNCTION public.changes() RETURNS TABLE(change text, what text, a text, b text, relocated boolean) LANGUAGE sql
    AS $$ SELECT * FROM (SELECT '-', * FROM (TABLE public.before EXCEPT ALL TABLE public.rows_of) gone
                         UNION ALL SELECT '+', * FROM (TABLE public.rows_of EXCEPT ALL TABLE public.before) come) c
          ORDER BY what COLLATE "C", 1 DESC, a COLLATE "C", b COLLATE "C" $$;

-- In its domain: the mirror's name stays one of the mirror, except where that means an alias of the mirror's own.
BEGIN;
SELECT * FROM rename_user('BOB@example.com', 'Robert@Example.com');
SELECT * FROM changes();
SET CONSTRAINTS ALL IMMEDIATE;
SELECT * FROM check_rules();
ROLLBACK;
-- With an alias; mail, sub-addresses and the right to send as before.
BEGIN;
DELETE FROM aliases WHERE alias = 'bob@example.com';
SELECT * FROM rename_user('bob@example.com', 'robert@example.com', leave => 'alias');
SELECT alias, email, relocated FROM aliases WHERE alias = 'bob@example.com';
SET CONSTRAINTS ALL IMMEDIATE;
SELECT key, postfix_virtual_alias_maps(key), postfix_smtpd_sender_login_maps(key)
  FROM unnest(ARRAY['bob@example.com', 'bob+x@example.com', 'bob@mirror.example', 'bob+shop@example.com', 'robert@example.com', 'robert+shop@example.com']) WITH ORDINALITY AS k(key, n) ORDER BY n;
ROLLBACK;
-- Relocated; the old name is told the new one.
BEGIN;
SELECT * FROM rename_user('bob@example.com', 'Robert@example.com', 'relocated');
SELECT email, new_email FROM relocated;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT key, postfix_relocated_maps(key), postfix_virtual_alias_maps(key)
  FROM unnest(ARRAY['bob@example.com', 'bob+x@example.com', 'bob@mirror.example', 'robert@example.com']) WITH ORDINALITY AS k(key, n) ORDER BY n;
ROLLBACK;
-- To another domain: by the mirror's name it could not be reached any more.
BEGIN;
DELETE FROM aliases WHERE email = 'bob@mirror.example';
SELECT * FROM rename_user('bob@example.com', 'robert@other.example');
SELECT * FROM changes();
SET CONSTRAINTS ALL IMMEDIATE;
SELECT * FROM check_rules();
ROLLBACK;
-- The mirror has an alias of the new name: what led there by the mirror leads to the user himself.
BEGIN;
DELETE FROM aliases WHERE alias = 'all@lists.example' AND email <> 'bob@mirror.example';
INSERT INTO aliases(alias, email) VALUES ('robert@mirror.example', 'ann@example.com');
SELECT * FROM rename_user('bob@example.com', 'robert@example.com');
SELECT alias, email FROM aliases WHERE alias = 'all@lists.example';
SELECT sender FROM sender_logins WHERE sender = 'bob@mirror.example';
ROLLBACK;
-- Two of them change places, in three steps and one transaction.
BEGIN;
SELECT aliases, destinations FROM rename_user('bob@example.com', 'aside@example.com');
SELECT aliases, destinations FROM rename_user('bobby@example.com', 'bob@example.com');
SELECT aliases, destinations FROM rename_user('aside@example.com', 'bobby@example.com');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT email, maildir FROM users ORDER BY email;
ROLLBACK;
-- Other delimiters, and several.
BEGIN;
UPDATE settings SET recipient_delimiter = '-+';
INSERT INTO aliases(alias, email) VALUES ('minus@lists.example', 'bob-x+y@example.com'), ('minus@lists.example', 'bobby-x@example.com');
SELECT destinations FROM rename_user('bob@example.com', 'robert@example.com');
SELECT alias, email FROM aliases WHERE alias = 'minus@lists.example' ORDER BY email;
UPDATE settings SET recipient_delimiter = '';
SELECT destinations FROM rename_user('robert@example.com', 'bob@example.com');
ROLLBACK;
-- A name is as long as it is; a delimiter need not follow.
BEGIN;
INSERT INTO users(email) VALUES (mail_key(repeat('x', 64) || '@example.com'));
INSERT INTO aliases(alias, email) VALUES ('long@lists.example', mail_key(repeat('x', 64) || '@example.com'));
SELECT destinations FROM rename_user(mail_key(repeat('x', 64) || '@example.com'), 'x@example.com');
ROLLBACK;

-- Refused, for the operator.
SELECT * FROM rename_user(NULL, 'robert@example.com');
SELECT * FROM rename_user('bob@example.com', NULL);
SELECT * FROM rename_user('bob@example.com', 'robert@example.com', 'mirror');
SELECT * FROM rename_user('nobody@example.com', 'robert@example.com');
SELECT * FROM rename_user('all@lists.example', 'robert@example.com');
SELECT * FROM rename_user('bob@example.com', 'BOB@example.com');
SELECT * FROM rename_user('bob@example.com', '"Ann"@Example.com');
INSERT INTO aliases(alias, email) VALUES ('robert@example.com', 'bob@example.com');
SELECT * FROM rename_user('bob@example.com', 'Robert@example.com');
UPDATE aliases SET relocated = true WHERE alias = 'robert@example.com';
SELECT * FROM rename_user('bob@example.com', 'Robert@example.com');
DELETE FROM aliases WHERE alias = 'robert@example.com';
INSERT INTO aliases(alias, email) VALUES ('robert+shop@example.com', 'ann@example.com');
SELECT * FROM rename_user('bob@example.com', 'robert@example.com');
DELETE FROM aliases WHERE alias = 'robert+shop@example.com';
INSERT INTO aliases(alias, email) VALUES ('all@lists.example', 'robert@example.com');
SELECT * FROM rename_user('bob@example.com', 'robert@example.com');
DELETE FROM aliases WHERE email = 'robert@example.com';
SELECT * FROM rename_user('bob@example.com', 'bob@nowhere.example');
SELECT * FROM rename_user('bob@example.com', 'bob@lists.example');
SELECT * FROM rename_user('bob@example.com', 'bob@mirror.example');
SELECT * FROM rename_user('bob@example.com', 'robert+x@example.com');
SELECT * FROM rename_user('bob@example.com', mail_key(repeat('r', 61) || '@example.com'));
SELECT * FROM rename_user('bob@example.com', 'bob');
-- What still needs the old name is told at COMMIT, as by a plain UPDATE.
BEGIN;
SELECT aliases FROM rename_user('bob@example.com', 'robert@example.com');
INSERT INTO aliases(alias, email) VALUES ('late@lists.example', 'bob@other.example');
COMMIT;
TABLE rows_of EXCEPT ALL TABLE before;
TABLE before EXCEPT ALL TABLE rows_of;

-- A domain, with a mirror of the new name in the place of the old one.
INSERT INTO relay_recipients(recipient) VALUES ('@relay.example'), ('Ann@relay.example');
UPDATE transports SET transport = 'dovecot' WHERE domain = 'example.com';
DROP TABLE before;
CREATE TABLE public.before AS TABLE rows_of;
BEGIN;
SELECT * FROM rename_domain('Example.com', 'New.Example', leave => 'mirror');
SELECT * FROM changes();
SELECT domain, from_transport, to_transport FROM transport_changes;
-- The rules are back: at once those that are at once, and at COMMIT those that wait for it.
SAVEPOINT s;
INSERT INTO users(email) VALUES ('bob@nowhere.example');
ROLLBACK TO s;
INSERT INTO aliases(alias, email) VALUES ('late@lists.example', 'late@new.example');
INSERT INTO users(email) VALUES ('late@new.example');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT * FROM check_rules();
SELECT key, postfix_virtual_alias_maps(key), postfix_virtual_mailbox_maps(key)
  FROM unnest(ARRAY['ann@example.com', 'ann@new.example', 'ann+x@mirror.example', 'bob@odd.example', 'nobody@example.com']) WITH ORDINALITY AS k(key, n) ORDER BY n;
ROLLBACK;
-- With nothing left.
BEGIN;
SELECT * FROM rename_domain('example.com', 'new.example');
SELECT domain, class, alias_of FROM domains ORDER BY domain;
COMMIT;
-- And back: as it was.
SELECT * FROM rename_domain('new.example', 'example.com');
TABLE rows_of EXCEPT ALL TABLE before;
TABLE before EXCEPT ALL TABLE rows_of;
-- Domains of the other classes; a mirror is renamed as one, and leaves another of the same domain.
BEGIN;
SELECT aliases, destinations, relay_recipients FROM rename_domain('relay.example', 'gate.example');
SELECT aliases, destinations, senders FROM rename_domain('lists.example', 'groups.example', 'mirror');
SELECT aliases, destinations FROM rename_domain('odd.example', 'even.example', 'mirror');
SELECT domain, class, alias_of FROM domains ORDER BY domain;
SELECT recipient FROM relay_recipients ORDER BY recipient;
ROLLBACK;

SELECT * FROM rename_domain(NULL, 'new.example');
SELECT * FROM rename_domain('example.com', NULL);
SELECT * FROM rename_domain('example.com', 'new.example', 'alias');
SELECT * FROM rename_domain('nowhere.example', 'new.example');
SELECT * FROM rename_domain('example.com', 'EXAMPLE.com');
SELECT * FROM rename_domain('example.com', 'other.example');
SELECT * FROM rename_domain('relay.example', 'gate.example', 'mirror');
INSERT INTO domains(domain) VALUES ('straße.example');
SELECT * FROM rename_domain('example.com', 'strasse.example');
SELECT * FROM rename_domain('straße.example', 'strasse.example', 'mirror');
BEGIN;
SELECT users FROM rename_domain('straße.example', 'strasse.example');
ROLLBACK;
-- Where the new name was another's, aliases may have led there.
INSERT INTO aliases(alias, email) VALUES ('all@lists.example', 'bobby@new.example');
SELECT * FROM rename_domain('example.com', 'new.example');
DELETE FROM aliases WHERE email = 'bobby@new.example';
INSERT INTO aliases(alias, email) VALUES ('ann@example.com', 'ann@new.example');
SELECT * FROM rename_domain('other.example', 'new.example');
BEGIN;
SELECT destinations FROM rename_domain('example.com', 'new.example');
SELECT postfix_virtual_alias_maps('ann@new.example');
ROLLBACK;
DELETE FROM aliases WHERE email = 'ann@new.example';
DELETE FROM domains WHERE domain = 'xn--strae-oqa.example';
TABLE rows_of EXCEPT ALL TABLE before;
TABLE before EXCEPT ALL TABLE rows_of;

-- With the rights of whoever calls: those that the UPDATEs need.
CREATE ROLE regress_rename;
GRANT USAGE ON SCHEMA mailstack TO regress_rename;
SET ROLE regress_rename;
SELECT * FROM rename_user('bob@example.com', 'robert@example.com');
RESET ROLE;
GRANT EXECUTE ON FUNCTION rename_user, rename_domain TO regress_rename;
GRANT SELECT, UPDATE ON users, sender_logins TO regress_rename;
SET ROLE regress_rename;
SELECT * FROM rename_user('bob@example.com', 'robert@example.com');
SELECT * FROM rename_domain('example.com', 'new.example');
RESET ROLE;
GRANT SELECT, UPDATE ON aliases TO regress_rename;
SET ROLE regress_rename;
SELECT * FROM rename_user('bobby@example.com', 'robert@example.com');
SELECT * FROM rename_user('bob@example.com', 'rob@example.com');
RESET ROLE;
DROP OWNED BY regress_rename;
DROP ROLE regress_rename;

DROP VIEW rows_of;
DROP TABLE before;
DROP FUNCTION changes;
UPDATE settings SET postmaster_address = NULL;
DELETE FROM sender_logins;
DELETE FROM aliases;
DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM relay_recipients;
DELETE FROM domains WHERE alias_of IS NOT NULL;
DELETE FROM domains;
TRUNCATE transport_changes;
