-- The questions of Postfix and Dovecot: what each answers, and the law that none raises, answers NULL, or answers twice.
SET search_path = mailstack, public;
\pset null '(null)'

INSERT INTO domains(domain) VALUES ('example.com'), ('second.example'), ('straße.de');
INSERT INTO domains(domain, alias_of) VALUES ('mirror.example', 'example.com');
INSERT INTO domains(domain, class) VALUES ('lists.example', 'virtual_alias'), ('relay.example', 'relay'), ('open.example', 'relay');
INSERT INTO domains(domain, active) VALUES ('closed.example', false);
INSERT INTO users(email, password, realname) VALUES ('bob@example.com', '{PLAIN}b', 'Bob'), ('alice@example.com', '{PLAIN}a', 'Alice');
INSERT INTO users(email, password, maildir, mail_subdirectory, uid, gid, transport)
    VALUES ('series@second.example', '{PLAIN}s', 'elsewhere/s', '', 6000, 6001, 'lmtp:unix:private/dovecot-lmtp');
INSERT INTO users(email, password) VALUES ('bob@closed.example', '{PLAIN}b'), ('hans@straße.de', '{PLAIN}h');
INSERT INTO users(email) VALUES ('nologin@example.com'), ('"a b"@example.com');
INSERT INTO users(email, password, active) VALUES ('gone@example.com', '{PLAIN}g', false);
INSERT INTO relay_recipients(recipient) VALUES ('bob@relay.example'), ('@open.example');
INSERT INTO aliases(alias, email) VALUES ('info@example.com', 'bob@example.com');

-- Every question of Postfix about one key; NULL stands for no row.
CREATE VIEW answers AS
    SELECT key, d.a AS mailbox_domains, ad.a AS alias_domains, rd.a AS relay_domains, m.a AS mailbox, u.a AS uid, g.a AS gid,
           t.a AS transport, r.a AS relay_recipient, l.a AS sender_login
    FROM (SELECT NULL::text AS key) AS k
         LEFT JOIN postfix_virtual_mailbox_domains(key) d(a) ON true LEFT JOIN postfix_virtual_alias_domains(key) ad(a) ON true
         LEFT JOIN postfix_relay_domains(key) rd(a) ON true LEFT JOIN postfix_virtual_mailbox_maps(key) m(a) ON true
         LEFT JOIN postfix_virtual_uid_maps(key) u(a) ON true LEFT JOIN postfix_virtual_gid_maps(key) g(a) ON true
         LEFT JOIN postfix_transport_maps(key) t(a) ON true LEFT JOIN postfix_relay_recipient_maps(key) r(a) ON true
         LEFT JOIN postfix_smtpd_sender_login_maps(key) l(a) ON true;
DROP VIEW answers;
