-- Switching a domain's transport: preview, switch, revert, the plain UPDATE, the log, and what rule 5 refuses.
SET search_path = mailstack, public;
\pset null '(null)'

INSERT INTO domains(domain) VALUES ('example.com'), ('other.example');
INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'example.com');
INSERT INTO domains(domain, class) VALUES ('lists.example', 'virtual_alias'), ('relay.example', 'relay');
INSERT INTO users(email) VALUES ('bob@example.com'), ('alice@example.com');
INSERT INTO users(email, transport) VALUES ('own@example.com', 'virtual');
INSERT INTO users(email, uid) VALUES ('uid@example.com', 6000);
INSERT INTO transport_services(service, runs_as) VALUES ('pipe', 5000);

-- A preview says what a switch would do, and does nothing; neither does a switch to what it is already.
SELECT * FROM preview_transport('Example.com', 'dovecot');
SELECT * FROM preview_transport('example.com', 'virtual:');
SELECT * FROM preview_transport('example.com', 'pipe');
SELECT * FROM preview_transport('example.com', 'DOVECOT');
SELECT * FROM preview_transport('relay.example', 'virtual');
SELECT * FROM preview_transport('other.example', 'lmtp:unix:private/dovecot-lmtp');
SELECT * FROM switch_transport('example.com', 'virtual:');
SELECT count(*) FROM transport_changes;
SELECT domain, transport FROM transports ORDER BY domain;

-- A switch, and each way back.
SELECT * FROM switch_transport('EXAMPLE.com', 'dovecot');
SELECT * FROM switch_transport('example.com', 'dovecot');
SELECT * FROM switch_transport('example.com', 'lmtp:unix:private/dovecot-lmtp');
SELECT * FROM revert_transport('Example.com');
SELECT * FROM revert_transport('example.com');
SELECT * FROM revert_transport('example.com');
SELECT domain, transport FROM transports WHERE domain = 'example.com';

-- A plain UPDATE is logged by the same trigger, can be reverted, and logs nothing where it changes nothing.
UPDATE transports SET transport = 'dovecot' WHERE domain = 'example.com';
UPDATE transports SET transport = 'dovecot:' WHERE domain = 'example.com';
UPDATE domains SET transport = transport, active = true WHERE domain = 'example.com';
UPDATE transports SET gid = gid, transport = 'lmtp:unix:private/dovecot-lmtp' WHERE domain IN ('other.example', 'lists.example', 'mirror.example');
UPDATE transports SET gid = gid, transport = 'lmtp:unix:private/dovecot-lmtp' WHERE domain = 'example.com';
SELECT * FROM revert_transport('other.example');

-- What is rolled back is not logged.
BEGIN;
SELECT * FROM switch_transport('example.com', 'discard');
ROLLBACK;

-- Who may UPDATE domains may switch, with EXECUTE also by the function, and nobody forges the log.
CREATE ROLE regress_switcher;
GRANT USAGE ON SCHEMA mailstack TO regress_switcher;
GRANT SELECT, UPDATE ON domains, transports TO regress_switcher;
GRANT EXECUTE ON FUNCTION switch_transport TO regress_switcher;
SET ROLE regress_switcher;
UPDATE transports SET transport = 'virtual' WHERE domain = 'other.example';
UPDATE transports SET transport = 'dovecot' WHERE domain = 'other.example';
SELECT * FROM switch_transport('other.example', 'virtual');
SELECT * FROM switch_transport('other.example', 'bogus');
INSERT INTO transport_changes(domain, changed_by) VALUES ('example.com', 'postgres');
RESET ROLE;

-- The log: who, when, from, to, and which change a revert took back; n counts, since some numbers are left out.
SELECT row_number() OVER (ORDER BY c.id) AS n, c.domain, c.from_transport, c.to_transport,
       CASE WHEN changed_by = 'regress_switcher' THEN 'the switcher' WHEN changed_by = session_user THEN 'myself' END AS changed_by,
       changed_at BETWEEN now() - interval '1 minute' AND clock_timestamp() AS just_now,
       (SELECT count(*) FROM transport_changes r WHERE r.id <= c.reverts) AS reverts
FROM transport_changes c ORDER BY c.id;
DROP OWNED BY regress_switcher;
DROP ROLE regress_switcher;
TRUNCATE transport_changes;
UPDATE domains SET transport = 'virtual' WHERE domain IN ('example.com', 'other.example');
TRUNCATE transport_changes;

-- Each refusal of a switch; the plain UPDATE says the same, and nothing is changed or logged.
SELECT * FROM switch_transport('nowhere.example', 'dovecot');
SELECT * FROM switch_transport('mirror.example', 'dovecot');
SELECT * FROM switch_transport('lists.example', 'dovecot');
SELECT * FROM switch_transport('example.com', 'DOVECOT');
UPDATE transports SET transport = 'DOVECOT' WHERE domain = 'example.com';
SELECT * FROM switch_transport('example.com', 'bogus');
SELECT * FROM switch_transport('example.com', 'smtp');
UPDATE domains SET transport = 'smtp' WHERE domain = 'example.com';
SELECT * FROM switch_transport('relay.example', 'dovecot');
SELECT * FROM switch_transport('example.com', 'pipe');
UPDATE transports SET transport = 'pipe' WHERE domain = 'example.com';
SELECT * FROM switch_transport('example.com', 'dove cot');
SELECT * FROM switch_transport('not a domain', 'dovecot');
SELECT * FROM preview_transport('nowhere.example', 'dovecot');
SELECT * FROM preview_transport('mirror.example', 'dovecot');
SELECT * FROM revert_transport('nowhere.example');
SELECT * FROM revert_transport('lists.example');
SELECT * FROM revert_transport('example.com');
SELECT domain, transport FROM transports ORDER BY domain;
SELECT count(*) FROM transport_changes;

-- A service that runs as one user takes a domain whose users all have that uid, or a transport of their own.
UPDATE users SET transport = 'lmtp:unix:private/dovecot-lmtp' WHERE email = 'uid@example.com';
SELECT * FROM preview_transport('example.com', 'pipe');
SELECT * FROM switch_transport('example.com', 'pipe');
-- ... and keeps it so: new users, changed uids, changed transports, the domain's uid, the service's uid.
INSERT INTO users(email, uid) VALUES ('new@example.com', 6000);
UPDATE users SET uid = 6000 WHERE email = 'bob@example.com';
UPDATE users SET transport = NULL WHERE email = 'uid@example.com';
UPDATE domains SET uid = 6000 WHERE domain = 'example.com';
UPDATE transport_services SET runs_as = 6000 WHERE service = 'pipe';
INSERT INTO transport_services(service, runs_as) VALUES ('pipe', 6000) ON CONFLICT (service) DO UPDATE SET runs_as = EXCLUDED.runs_as;
UPDATE transport_services SET classes = '{}' WHERE service = 'pipe';
DELETE FROM transport_services WHERE service = 'pipe';
INSERT INTO users(email) VALUES ('new@example.com');
UPDATE transport_services SET runs_as = NULL WHERE service = 'pipe';
INSERT INTO users(email, uid) VALUES ('newer@example.com', 6000);
UPDATE transport_services SET runs_as = 5000 WHERE service = 'pipe';
DELETE FROM users WHERE email = 'newer@example.com';
DELETE FROM retired_maildirs;
UPDATE transport_services SET runs_as = 5000 WHERE service = 'pipe';
-- A user's own transport is checked like a domain's.
UPDATE users SET transport = 'pipe' WHERE email = 'uid@example.com';
UPDATE users SET transport = 'Virtual' WHERE email = 'bob@example.com';
UPDATE users SET transport = 'relay' WHERE email = 'bob@example.com';
INSERT INTO users(email, transport) VALUES ('newer@example.com', 'bogus');
-- A domain whose own uid is another cannot use it, even without users; both change in one UPDATE.
INSERT INTO domains(domain, uid, transport) VALUES ('new.example', 6000, 'pipe');
UPDATE domains SET uid = 6000 WHERE domain = 'other.example';
UPDATE domains SET transport = 'pipe' WHERE domain = 'other.example';
UPDATE domains SET transport = 'pipe', uid = 5000 WHERE domain = 'other.example' RETURNING transport, uid;
-- A revert keeps the rules, too.
SELECT * FROM switch_transport('example.com', 'dovecot');
INSERT INTO users(email, uid) VALUES ('newer@example.com', 6000);
SELECT * FROM revert_transport('example.com');
SELECT transport FROM transports WHERE domain = 'example.com';
-- ... and takes back no change of class.
UPDATE domains SET class = 'virtual_alias' WHERE domain = 'relay.example';
UPDATE domains SET class = 'virtual_mailbox' WHERE domain = 'relay.example';
SELECT * FROM revert_transport('relay.example');
UPDATE domains SET class = 'relay' WHERE domain = 'relay.example';
SELECT * FROM revert_transport('relay.example');
-- A domain that was deleted and is hosted again begins without a past.
INSERT INTO domains(domain) VALUES ('again.example');
UPDATE transports SET transport = 'dovecot' WHERE domain = 'again.example';
DELETE FROM domains WHERE domain = 'again.example';
INSERT INTO domains(domain) VALUES ('again.example');
SELECT * FROM revert_transport('again.example');
SELECT * FROM check_rules();

-- Dovecot's LMTP has no SMTPUTF8: a preview warns of who is written to in letters beyond ASCII, and would be delivered by it.
INSERT INTO domains(domain) VALUES ('eai.example'), ('bücher.example');
INSERT INTO users(email) VALUES ('jürgen@eai.example'), ('ann@eai.example'), ('ann@bücher.example'), ('bob@bücher.example');
INSERT INTO users(email, transport) VALUES ('zoé@eai.example', 'virtual');
SELECT users, chosen, problem FROM preview_transport('eai.example', 'lmtp:unix:private/dovecot-lmtp');
SELECT users, chosen, problem FROM preview_transport('bücher.example', 'lmtp:unix:private/dovecot-lmtp');
SELECT chosen FROM preview_transport('jürgen@eai.example', 'lmtp');
SELECT chosen FROM preview_transport('ann@eai.example', 'lmtp');
SELECT chosen FROM unnest(ARRAY['eai.example', 'bücher.example', 'jürgen@eai.example']) AS target, preview_transport(target::mail_key, 'dovecot');
SELECT chosen FROM preview_transport('eai.example', 'lmtp:unix:private/dovecot-lmtp', 0.0001);

DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM domains WHERE alias_of IS NOT NULL;
DELETE FROM domains;
DELETE FROM transport_services WHERE NOT preloaded;
TRUNCATE transport_changes;
