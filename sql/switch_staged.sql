-- Switching in stages: a share of a domain's users, chosen by a hash of the address; one user; the log; the way back.
SET search_path = mailstack, public;
\pset null '(null)'

INSERT INTO domains(domain) VALUES ('example.com'), ('other.example');
INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'example.com');
INSERT INTO domains(domain, class) VALUES ('lists.example', 'virtual_alias'), ('relay.example', 'relay');
INSERT INTO users(email) SELECT 'u' || n || '@example.com' FROM generate_series(1, 8) n;
INSERT INTO users(email, transport) VALUES ('own@example.com', 'lmtp:unix:private/dovecot-lmtp');
INSERT INTO transport_services(service, runs_as) VALUES ('pipe', 5000);

CREATE VIEW log AS
    SELECT row_number() OVER (ORDER BY id) AS n, domain, email, from_transport, from_staged, from_share, to_transport, to_staged, to_share,
           (SELECT count(*) FROM transport_changes r WHERE r.id <= c.reverts) AS reverts
    FROM transport_changes c;
CREATE FUNCTION stages(OUT transport text, OUT staged text, OUT share real) LANGUAGE sql AS
    $$ SELECT transport::text, staged_transport::text, staged_share FROM mailstack.domains WHERE domain = 'example.com' $$;

-- The number of an address: the same for every spelling of it, and for ever.
SELECT key, round(address_share(key::mail_key)::numeric, 6) AS share
FROM unnest(ARRAY['bob@example.com', 'BOB@Example.COM', '"bob"@example.com', 'bob+x@example.com', 'josé@bücher.example',
                  'JOSÉ@xn--bcher-kva.example', 'example.com', '@example.com', '.example.com', '', 'a@']) AS key;
SELECT address_share(NULL);
SELECT address_share('u17@example.com'::mail_address) = address_share('u17@example.com') AS same;
SELECT count(*) FILTER (WHERE s < 0 OR s >= 1) AS outside, count(*) FILTER (WHERE s < 0.25) AS below_a_quarter
FROM (SELECT address_share(format('someone%s@some.example', n)::mail_key) AS s FROM generate_series(1, 1000) n) AS shares;

-- A preview counts who would be chosen, and changes nothing.
SELECT email, round(address_share(email)::numeric, 3) AS share, transport FROM users ORDER BY 2;
SELECT * FROM preview_transport('example.com', 'dovecot', 0.25);
SELECT * FROM preview_transport('example.com', 'dovecot', share => 0.5);
SELECT * FROM preview_transport('example.com', 'dovecot', 1);
SELECT * FROM preview_transport('u1@example.com', 'dovecot');
SELECT * FROM stages();

-- Exactly the chosen ones are delivered the new way, under every spelling, sub-address and name that leads to them.
SELECT * FROM switch_transport('Example.com', 'dovecot', 0.25);
SELECT u.email, address_share(u.email) < 0.25 AS below, t.transport
FROM users u, postfix_transport_maps(u.email::text) AS t(transport) ORDER BY address_share(u.email);
-- ... and route() says why.
SELECT u.email, r.transport, r.reason FROM users u, route(u.email::text) r WHERE r.kind = 'mailbox' ORDER BY address_share(u.email);
SELECT key, postfix_transport_maps(key)
FROM unnest(ARRAY['U2@Example.com', 'u2+detail@example.com', 'u5@example.com', 'u5+detail@example.com', 'own+x@example.com',
                  'nobody@example.com', 'example.com', '@example.com', 'u2@mirror.example', 'mirror.example']) AS key;
SELECT address_share('u2+detail@example.com') < 0.25 AS of_the_sub_address, address_share('u2@example.com') < 0.25 AS of_its_base;
-- A larger share keeps those that were chosen; a smaller one says so; the same changes nothing.
SELECT * FROM preview_transport('example.com', 'dovecot', 0.5);
SELECT * FROM switch_transport('example.com', 'dovecot', 0.5);
SELECT count(*) FILTER (WHERE t = 'dovecot') AS dovecot, count(*) FILTER (WHERE t = 'virtual') AS virtual,
       bool_and(t = 'dovecot') FILTER (WHERE address_share(email) < 0.25) AS kept
FROM (SELECT email, postfix_transport_maps(email::text) AS t FROM users) AS told;
SELECT * FROM switch_transport('example.com', 'dovecot', 0.1);
SELECT * FROM switch_transport('example.com', 'dovecot:', 0.1);
-- All of them: the stage ends. One call goes back to where it began.
SELECT * FROM switch_transport('example.com', 'dovecot', 1);
SELECT * FROM stages();
SELECT * FROM revert_transport('example.com');
SELECT * FROM stages();
SELECT * FROM revert_transport('example.com');
SELECT * FROM log;

-- A stage that is not complete is taken back as well; what was taken back is not taken back again.
SELECT * FROM switch_transport('example.com', 'dovecot', 0.1);
SELECT * FROM switch_transport('example.com', 'dovecot', 0.2);
SELECT * FROM revert_transport('example.com');
SELECT * FROM stages();
SELECT * FROM revert_transport('example.com');
TRUNCATE transport_changes;
-- Changes of another kind are taken back one by one: a stage to another transport, a third transport for all, a stage given up.
SELECT * FROM switch_transport('example.com', 'dovecot', 0.1);
SELECT * FROM switch_transport('example.com', 'dovecot', 0.2);
SELECT * FROM switch_transport('example.com', 'lmtp', 0.3);
SELECT * FROM switch_transport('example.com', 'lmtp', 0.4);
SELECT * FROM switch_transport('example.com', 'discard');
SELECT * FROM revert_transport('example.com');
SELECT * FROM switch_transport('example.com', 'virtual');
SELECT * FROM switch_transport('example.com', 'virtual');
SELECT * FROM revert_transport('example.com');
SELECT * FROM revert_transport('example.com');
SELECT * FROM revert_transport('example.com');
SELECT * FROM stages();
SELECT * FROM revert_transport('example.com');
SELECT * FROM log;
TRUNCATE transport_changes;

-- The plain UPDATE: the same rules, the same log; one of transport alone is for all users, as it was before there were stages.
UPDATE domains SET staged_transport = 'dovecot', staged_share = 0.25 WHERE domain = 'example.com';
UPDATE domains SET staged_share = 0.5 WHERE domain = 'example.com';
UPDATE domains SET active = active, staged_share = 0.5 WHERE domain = 'example.com';
UPDATE transports SET gid = gid WHERE domain = 'example.com';
SELECT * FROM stages();
UPDATE transports SET transport = 'dovecot' WHERE domain = 'example.com';
SELECT * FROM stages();
SELECT * FROM revert_transport('example.com');
UPDATE domains SET staged_transport = 'dovecot', staged_share = 0.25 WHERE domain = 'example.com';
UPDATE domains SET transport = 'discard', staged_transport = 'lmtp' WHERE domain = 'example.com';
SELECT * FROM stages();
SELECT * FROM revert_transport('example.com');
SELECT * FROM stages();
UPDATE domains SET staged_transport = NULL, staged_share = NULL WHERE domain = 'example.com';
SELECT * FROM log;
-- What there was before the log began, or in a former life of the domain, is not taken back.
INSERT INTO domains(domain, staged_transport, staged_share) VALUES ('begun.example', 'dovecot', 0.1);
SELECT * FROM revert_transport('begun.example');
SELECT * FROM switch_transport('begun.example', 'dovecot', 0.2);
SELECT * FROM revert_transport('begun.example');
SELECT * FROM switch_transport('begun.example', 'virtual');
DELETE FROM domains WHERE domain = 'begun.example';
INSERT INTO domains(domain) VALUES ('begun.example');
SELECT * FROM revert_transport('begun.example');
DELETE FROM domains WHERE domain = 'begun.example';
-- A class without users ends the stage; a domain that is renamed keeps its log.
SELECT * FROM switch_transport('other.example', 'dovecot', 0.5);
UPDATE domains SET class = 'virtual_alias' WHERE domain = 'other.example';
UPDATE domains SET class = 'virtual_mailbox' WHERE domain = 'other.example' RETURNING transport, staged_transport, staged_share;
SELECT * FROM switch_transport('other.example', 'dovecot', 0.5);
UPDATE domains SET domain = 'renamed.example' WHERE domain = 'other.example';
SELECT * FROM revert_transport('renamed.example');
SELECT n, domain, from_transport, from_staged, to_transport, to_staged, reverts FROM log WHERE domain IN ('other.example', 'renamed.example');
UPDATE domains SET domain = 'other.example' WHERE domain = 'renamed.example';
TRUNCATE transport_changes;

-- What is refused: of the function, of the plain UPDATE, of INSERT.
SELECT * FROM switch_transport('example.com', 'dovecot', 0);
SELECT * FROM switch_transport('example.com', 'dovecot', 1.5);
SELECT * FROM switch_transport('example.com', 'dovecot', -0.1);
SELECT * FROM preview_transport('example.com', 'dovecot', 'NaN');
SELECT * FROM switch_transport('lists.example', 'dovecot', 0.5);
SELECT * FROM switch_transport('relay.example', 'smtp', 0.5);
SELECT * FROM preview_transport('relay.example', 'smtp', 0.5);
SELECT * FROM switch_transport('mirror.example', 'dovecot', 0.5);
SELECT * FROM switch_transport('nowhere.example', 'dovecot', 0.5);
SELECT * FROM switch_transport('example.com', NULL, 0.5);
SELECT * FROM switch_transport(NULL, 'dovecot', 0.5);
SELECT * FROM switch_transport('@example.com', 'dovecot');
SELECT * FROM switch_transport('.example.com', 'dovecot');
SELECT * FROM switch_transport('not an address@example.com', 'dovecot');
SELECT * FROM switch_transport('example.com', 'virtual', 0.5);
SELECT * FROM switch_transport('example.com', 'DOVECOT', 0.5);
SELECT * FROM switch_transport('example.com', 'smtp', 0.5);
UPDATE domains SET staged_share = 0.5 WHERE domain = 'example.com';
UPDATE domains SET staged_transport = 'dovecot' WHERE domain = 'example.com';
UPDATE domains SET staged_transport = 'dovecot', staged_share = 1 WHERE domain = 'example.com';
UPDATE domains SET staged_transport = 'dovecot', staged_share = 'NaN' WHERE domain = 'example.com';
UPDATE domains SET staged_transport = 'virtual', staged_share = 0.5 WHERE domain = 'example.com';
UPDATE domains SET staged_transport = 'bogus', staged_share = 0.5 WHERE domain = 'example.com';
UPDATE domains SET staged_transport = 'smtp', staged_share = 0.5 WHERE domain = 'relay.example';
INSERT INTO domains(domain, class, staged_transport, staged_share) VALUES ('more.example', 'virtual_alias', 'dovecot', 0.5);
SELECT * FROM switch_transport('example.com', 'dovecot', 0.5);
SELECT * FROM switch_transport('example.com', 'virtual', 0.5);
SELECT * FROM revert_transport('example.com');
SELECT * FROM log WHERE domain <> 'example.com';
TRUNCATE transport_changes;

-- Rule 5: a staged service runs as the uid of all users who may be chosen, now or by a larger share.
INSERT INTO users(email, uid) VALUES ('uid@example.com', 6000);
SELECT round(address_share('uid@example.com')::numeric, 3);
SELECT * FROM preview_transport('example.com', 'pipe', 0.001);
SELECT * FROM switch_transport('example.com', 'pipe', 0.001);
UPDATE users SET transport = 'virtual' WHERE email = 'uid@example.com';
SELECT * FROM switch_transport('example.com', 'pipe', 0.001);
INSERT INTO users(email, uid) VALUES ('new@example.com', 6000);
UPDATE users SET uid = 6000 WHERE email = 'u1@example.com';
UPDATE users SET transport = NULL WHERE email = 'uid@example.com';
INSERT INTO users(email, uid, transport) VALUES ('new@example.com', 6000, 'virtual');
UPDATE domains SET uid = 6000 WHERE domain = 'example.com';
UPDATE transport_services SET runs_as = 6000 WHERE service = 'pipe';
UPDATE transport_services SET classes = '{}' WHERE service = 'pipe';
DELETE FROM transport_services WHERE service = 'pipe';
INSERT INTO domains(domain, uid, staged_transport, staged_share) VALUES ('new.example', 6000, 'pipe', 0.5);
SELECT * FROM check_rules();
SET session_replication_role = replica;
UPDATE users SET uid = 6001 WHERE email = 'u1@example.com';
UPDATE transport_services SET classes = '{relay}' WHERE service = 'pipe';
RESET session_replication_role;
SELECT * FROM check_rules() ORDER BY object COLLATE "C";
SET session_replication_role = replica;
UPDATE transport_services SET classes = '{virtual_mailbox}' WHERE service = 'pipe';
RESET session_replication_role;
SELECT * FROM check_rules() ORDER BY object COLLATE "C";
SET session_replication_role = replica;
UPDATE domains SET staged_transport = 'lost' WHERE domain = 'example.com';
RESET session_replication_role;
SELECT * FROM check_rules() WHERE object = 'example.com';
SET session_replication_role = replica;
UPDATE domains SET staged_transport = 'pipe' WHERE domain = 'example.com';
UPDATE users SET uid = 5000 WHERE email = 'u1@example.com';
RESET session_replication_role;
SELECT * FROM check_rules();
SELECT * FROM revert_transport('example.com');
TRUNCATE transport_changes;
-- A chosen user whose staged transport refuses is refused at RCPT: the alias lookup answers nothing for him, and leaves him out.
INSERT INTO aliases(alias, email) VALUES ('team@example.com', 'u2@example.com'), ('team@example.com', 'u5@example.com');
SELECT * FROM switch_transport('example.com', 'error:5.7.1', 0.25);
SELECT key, postfix_virtual_alias_maps(key), postfix_transport_maps(key) FROM unnest(ARRAY['u2@example.com', 'u5@example.com', 'team@example.com']) AS key;
SELECT * FROM revert_transport('example.com');
DELETE FROM aliases;

-- One user. The log has the user's name, and only where the transport of his own has changed.
SELECT * FROM switch_transport('U1@Example.com', 'dovecot');
SELECT * FROM switch_transport('u1@example.com', 'dovecot:');
SELECT * FROM switch_transport('u1@example.com', 'lmtp');
SELECT email, transport FROM users WHERE email = 'u1@example.com';
SELECT * FROM revert_transport('u1@example.com');
SELECT * FROM revert_transport('u1@example.com');
SELECT * FROM revert_transport('u1@example.com');
UPDATE users SET transport = 'dovecot', realname = 'One' WHERE email = 'u1@example.com';
UPDATE users SET transport = 'dovecot', realname = 'One' WHERE email = 'u2@example.com';
UPDATE users SET realname = 'Eins', transport = 'dovecot' WHERE email = 'u1@example.com';
SELECT * FROM switch_transport('u1@example.com', NULL);
SELECT * FROM switch_transport('u1@example.com', NULL);
SELECT * FROM revert_transport('u1@example.com');
-- ... whatever becomes of the domain meanwhile.
SELECT * FROM switch_transport('example.com', 'dovecot', 0.5);
SELECT * FROM revert_transport('u2@example.com');
SELECT * FROM revert_transport('example.com');
SELECT * FROM log;
-- A user who is renamed keeps his log; one who is made anew begins without.
UPDATE users SET email = 'uno@other.example' WHERE email = 'u1@example.com';
SELECT domain, email, to_transport FROM log WHERE n IN (1, 2, 3);
SELECT * FROM revert_transport('uno@other.example');
INSERT INTO users(email, maildir) VALUES ('u1@example.com', 'new/u1');
SELECT * FROM revert_transport('u1@example.com');
SELECT * FROM switch_transport('u1@example.com', 'dovecot');
SELECT * FROM switch_transport('u1@example.com', NULL);
DELETE FROM users WHERE email = 'u1@example.com';
DELETE FROM retired_maildirs;
INSERT INTO users(email, maildir) VALUES ('u1@example.com', 'new/u1');
SELECT * FROM revert_transport('u1@example.com');
-- What is refused.
SELECT * FROM switch_transport('nobody@example.com', 'dovecot');
SELECT * FROM switch_transport('u1+x@example.com', 'dovecot');
SELECT * FROM switch_transport('u1@example.com', 'dovecot', 0.5);
SELECT * FROM switch_transport('u1@example.com', 'bogus');
SELECT * FROM switch_transport('uid@example.com', 'pipe');
SELECT * FROM preview_transport('uid@example.com', 'pipe');
SELECT * FROM preview_transport('uid@example.com', NULL);
SELECT * FROM revert_transport('nobody@example.com');
-- COPY and INSERT log nothing.
TRUNCATE transport_changes;
COPY users(email, transport) FROM stdin;
copied@example.com	dovecot
\.
INSERT INTO users(email, transport) VALUES ('inserted@example.com', 'dovecot');
INSERT INTO users(email, transport) VALUES ('inserted@example.com', 'virtual') ON CONFLICT (email) DO UPDATE SET transport = EXCLUDED.transport;
SELECT n, email, from_transport, to_transport FROM log;
-- Who may UPDATE users may switch one, and does not write the log freely.
CREATE ROLE regress_staging;
GRANT USAGE ON SCHEMA mailstack TO regress_staging;
GRANT SELECT, UPDATE ON users TO regress_staging;
GRANT EXECUTE ON FUNCTION switch_transport TO regress_staging;
SET ROLE regress_staging;
SELECT * FROM switch_transport('copied@example.com', 'virtual');
SELECT * FROM switch_transport('example.com', 'dovecot', 0.5);
INSERT INTO transport_changes(domain, email, changed_by) VALUES ('example.com', 'copied@example.com', 'postgres');
RESET ROLE;
SELECT email, to_transport, changed_by = 'regress_staging' AS by_him FROM transport_changes WHERE email = 'copied@example.com';
DROP OWNED BY regress_staging;
DROP ROLE regress_staging;
SELECT * FROM check_rules();

DROP VIEW log;
DROP FUNCTION stages();
DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM domains WHERE alias_of IS NOT NULL;
DELETE FROM domains;
DELETE FROM transport_services WHERE NOT preloaded;
TRUNCATE transport_changes;
