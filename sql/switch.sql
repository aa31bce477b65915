-- Switching a domain's delivery: the functions, the view, the log.
SET search_path = mailstack;
INSERT INTO domains (domain) VALUES ('example.com');
INSERT INTO domains (domain, alias_of) VALUES ('example.net', 'example.com');
INSERT INTO domains (domain, class) VALUES ('lists.example', 'virtual_alias'), ('relay.example', 'relay');
INSERT INTO users (email, password) VALUES ('alice@example.com', 'x'), ('bob@example.com', 'x');

-- A preview tells, and changes nothing.
SELECT * FROM preview_transport('example.com', 'dovecot');
SELECT transport FROM transports WHERE domain = 'example.com';
SELECT count(*) FROM transport_changes;

SELECT * FROM switch_transport('Example.COM', 'dovecot');
-- To what it is already: it says so.
SELECT * FROM switch_transport('example.com', 'dovecot:');
-- A plain UPDATE is the same, log and all.
UPDATE transports SET transport = 'lmtp:unix:private/dovecot-lmtp' WHERE domain = 'example.com';
-- One that changes nothing is not in the log.
UPDATE transports SET transport = transport;
SELECT * FROM revert_transport('example.com');
SELECT * FROM revert_transport('example.com');
SELECT * FROM revert_transport('example.com');
SELECT c.domain, c.from_transport, c.to_transport, r.to_transport AS takes_back
  FROM transport_changes c LEFT JOIN transport_changes r ON r.id = c.reverts ORDER BY c.id;

-- Who: the role that asked, although the log is written as its owner.
CREATE ROLE regress_operator;
GRANT USAGE ON SCHEMA mailstack TO regress_operator;
GRANT SELECT, UPDATE ON domains TO regress_operator;
GRANT EXECUTE ON FUNCTION switch_transport TO regress_operator;
SET ROLE regress_operator;
SELECT changed FROM switch_transport('example.com', 'dovecot');
INSERT INTO transport_changes (domain, changed_by) VALUES ('example.com', 'somebody else');
SELECT count(*) FROM users;
RESET ROLE;
SELECT changed_by, changed_at <= clock_timestamp() AS dated FROM transport_changes ORDER BY id DESC LIMIT 1;

-- Refusals.
SELECT * FROM switch_transport('nowhere.example', 'dovecot');
SELECT * FROM preview_transport('nowhere.example', 'dovecot');
SELECT * FROM switch_transport('example.net', 'dovecot');
SELECT * FROM switch_transport('lists.example', 'dovecot');
SELECT * FROM switch_transport('example.com', 'DOVECOT');
SELECT * FROM switch_transport('example.com', 'bogus:x');
SELECT * FROM switch_transport('example.com', ' dovecot ');
SELECT * FROM switch_transport('example.com', 'smtp');
SELECT * FROM switch_transport('relay.example', 'dovecot');
SELECT * FROM revert_transport('relay.example');
UPDATE transports SET transport = 'DOVECOT' WHERE domain = 'example.com';
INSERT INTO transports (domain, gid, transport) VALUES ('new.example', 1000, 'bogus');
SELECT domain, transport FROM transports ORDER BY domain;

-- A service that runs as one uid: the domain's and the users' have to be that.
UPDATE domains SET transport = 'virtual' WHERE domain = 'example.com';
UPDATE transport_services SET runs_as = 7000 WHERE service = 'dovecot';
SELECT * FROM preview_transport('example.com', 'dovecot');
SELECT * FROM switch_transport('example.com', 'dovecot');
UPDATE domains SET uid = 7000 WHERE domain = 'example.com';
SELECT users, other_uid, problem FROM preview_transport('example.com', 'dovecot');
-- A user with a transport of its own does not matter.
UPDATE users SET transport = 'virtual' WHERE email = 'alice@example.com';
UPDATE users SET uid = 7000 WHERE email = 'bob@example.com';
SELECT * FROM preview_transport('example.com', 'dovecot');
SELECT * FROM switch_transport('example.com', 'dovecot');
-- And it holds afterwards.
UPDATE users SET transport = NULL WHERE email = 'alice@example.com';
UPDATE users SET uid = 5000 WHERE email = 'bob@example.com';
INSERT INTO users (email, password, uid) VALUES ('carol@example.com', 'x', 5000);
UPDATE transport_services SET runs_as = 7001 WHERE service = 'dovecot';
UPDATE transport_services SET classes = '{relay}' WHERE service = 'dovecot';
DELETE FROM transport_services WHERE service = 'dovecot';
SELECT * FROM check_rules();

-- The functions are not everybody's.
SET ROLE regress_operator;
SELECT * FROM preview_transport('example.com', 'virtual');
SELECT * FROM revert_transport('example.com');
RESET ROLE;
REVOKE ALL ON SCHEMA mailstack FROM regress_operator;
REVOKE ALL ON domains FROM regress_operator;
REVOKE ALL ON FUNCTION switch_transport FROM regress_operator;
DROP ROLE regress_operator;
