-- Lists that only named senders may write to: the slot of each list, and who is named.
SET search_path = mailstack, public;

INSERT INTO domains(domain) VALUES ('example.com'), ('second.example');
INSERT INTO domains(domain, class) VALUES ('lists.example', 'virtual_alias'), ('relay.example', 'relay');
INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'example.com');
INSERT INTO users(email) VALUES ('bob@example.com'), ('ann@example.com'), ('boss@example.com');
INSERT INTO aliases(alias, email) SELECT 'l' || i || '@lists.example', 'bob@example.com' FROM generate_series(1, 20) i;
INSERT INTO aliases(alias, email) VALUES ('staff@example.com', 'bob@example.com'), ('staff@example.com', 'ann@example.com'), ('staff+open@example.com', 'bob@example.com'), ('off@example.com', 'bob@example.com'),
    ('via@example.com', 'staff@example.com'), ('@example.com', 'staff@example.com');
UPDATE aliases SET active = false WHERE alias = 'off@example.com';

INSERT INTO list_senders(list, sender) VALUES ('Staff@Example.com', 'Boss@example.com'), ('staff@example.com', '@second.example'), ('staff@example.com', 'far@far.example');
SELECT list, sender, domain FROM list_senders ORDER BY list, sender;
TABLE list_slots;

-- Which class a recipient has: the list, its sub-addresses, either by a mirror; not what leads to it, nor an alias that only looks like a sub-address.
SELECT key, postfix_check_recipient_access(key)
FROM unnest(ARRAY['staff@example.com', 'STAFF+x@example.com', 'staff@mirror.example', 'staff+x@mirror.example', 'staff+open@example.com', 'via@example.com', 'nobody@example.com', 'bob@example.com', '@example.com']) WITH ORDINALITY AS k(key, n) ORDER BY n;
-- Who is named: by the address, its sub-addresses, a mirror, a domain.
SELECT key, postfix_list_senders(key)
FROM unnest(ARRAY['1:boss@example.com', '1:BOSS+x@Example.com', '1:boss@mirror.example', '1:anybody@second.example', '1:far@far.example', '1:Far+x@far.example', '1:other@far.example', '1:bob@example.com', '1:<>', '1:',
                  '1:boss', '1:@second.example', '2:boss@example.com', '0:boss@example.com', '999:boss@example.com', '1000:boss@example.com', ':boss@example.com', 'boss@example.com', '1', '1;boss@example.com', '']) WITH ORDINALITY AS k(key, n) ORDER BY n;

-- Lists with the same senders share a slot; another set has another; one that becomes the same moves there, and its slot is free again.
INSERT INTO list_senders(list, sender) VALUES ('l1@lists.example', 'ann@example.com'), ('l2@lists.example', 'ANN@example.com');
INSERT INTO list_senders(list, sender) VALUES ('l3@lists.example', 'ann@example.com'), ('l3@lists.example', 'bob@example.com');
SELECT list, slot FROM list_slots ORDER BY list;
SELECT postfix_check_recipient_access('l1@lists.example'), postfix_list_senders('2:ann@example.com'), postfix_list_senders('2:bob@example.com'), postfix_list_senders('3:bob@example.com');
DELETE FROM list_senders WHERE list = 'l3@lists.example' AND sender = 'bob@example.com';
SELECT list, slot FROM list_slots ORDER BY list;
-- Of those that part, the more stay.
UPDATE list_senders SET sender = 'aaa@example.com' WHERE list = 'l1@lists.example';
SELECT list, slot FROM list_slots ORDER BY list;
-- Two that change places.
UPDATE list_senders SET sender = CASE WHEN list = 'l1@lists.example' THEN 'ann@example.com' ELSE 'bob@example.com' END::alias_key WHERE list IN ('l1@lists.example', 'l2@lists.example', 'l3@lists.example');
SELECT list, slot FROM list_slots ORDER BY list;
UPDATE list_senders SET list = 'l4@lists.example' WHERE list = 'l1@lists.example';
SELECT list, slot FROM list_slots ORDER BY list;
DELETE FROM list_senders WHERE domain = 'lists.example';
TABLE list_slots;

-- All slots used: one set more is refused, one more list with a known set is not.
INSERT INTO list_senders(list, sender) SELECT 'l' || i || '@lists.example', 'sender' || i || '@example.com' FROM generate_series(1, 15) i;
SELECT count(*), count(DISTINCT slot), min(slot), max(slot) FROM list_slots;
INSERT INTO list_senders(list, sender) VALUES ('l16@lists.example', 'sender16@example.com');
INSERT INTO list_senders(list, sender) VALUES ('l1@lists.example', 'sender2@example.com'), ('l2@lists.example', 'sender1@example.com'), ('l16@lists.example', 'sender3@example.com');
SELECT list, slot FROM list_slots WHERE list IN ('l1@lists.example', 'l2@lists.example', 'l3@lists.example', 'l16@lists.example') ORDER BY list;
INSERT INTO list_senders(list, sender) VALUES ('l17@lists.example', 'sender17@example.com');
TRUNCATE list_senders;
TABLE list_slots;

-- The list is somebody here; a sender may be anybody. What is refused for everybody stays so.
INSERT INTO list_senders(list, sender) VALUES ('stuff@example.com', 'boss@example.com');
INSERT INTO list_senders(list, sender) VALUES ('x@far.example', 'boss@example.com');
INSERT INTO list_senders(list, sender) VALUES ('x@relay.example', 'boss@example.com');
INSERT INTO list_senders(list, sender) VALUES ('@example.com', 'boss@example.com');
INSERT INTO list_senders(list, sender) VALUES ('off@example.com', 'boss@example.com'), ('bob@example.com', '@example.com');
SELECT postfix_check_recipient_access('off@example.com') AS off, postfix_check_recipient_access('bob@example.com') AS bob;
DELETE FROM domains WHERE domain = 'lists.example';
INSERT INTO list_senders(list, sender) VALUES ('l1@lists.example', 'boss@example.com');
DELETE FROM aliases WHERE domain = 'lists.example';
DELETE FROM domains WHERE domain = 'lists.example';

-- Who may write the table may not give out slots, and gets them all the same.
CREATE ROLE regress_list_admin;
GRANT USAGE ON SCHEMA mailstack TO regress_list_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON list_senders TO regress_list_admin;
SET ROLE regress_list_admin;
INSERT INTO list_senders(list, sender) VALUES ('staff@example.com', 'boss@example.com');
\set VERBOSITY terse
UPDATE list_slots SET slot = 3;
\set VERBOSITY default
RESET ROLE;
SELECT list, slot FROM list_slots ORDER BY list;
DROP OWNED BY regress_list_admin;
DROP ROLE regress_list_admin;

DELETE FROM list_senders;
DELETE FROM aliases;
DELETE FROM users;
DELETE FROM retired_maildirs;
DELETE FROM domains WHERE alias_of IS NOT NULL;
DELETE FROM domains;
TRUNCATE transport_changes;
