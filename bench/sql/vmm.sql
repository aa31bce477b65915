-- In vmm's manner: everything hangs on the number of a domain, of which it may have several names, and
-- Postfix and Dovecot call PL/pgSQL functions with the two halves of an address.
CREATE TABLE transport (tid serial PRIMARY KEY, transport varchar(270) NOT NULL UNIQUE);
CREATE TABLE maillocation (mid serial PRIMARY KEY, format varchar(20) NOT NULL, directory varchar(20) NOT NULL);
CREATE TABLE domain_data (
    gid bigint PRIMARY KEY,
    tid integer NOT NULL REFERENCES transport,
    domaindir varchar(80) NOT NULL
);
CREATE TABLE domain_name (
    domainname varchar(255) PRIMARY KEY,
    gid bigint NOT NULL REFERENCES domain_data,
    is_primary boolean NOT NULL
);
CREATE INDEX ON domain_name (gid);
CREATE TABLE users (
    local_part varchar(64) NOT NULL,
    passwd varchar(270) NOT NULL,
    uid bigint NOT NULL,
    gid bigint NOT NULL,
    mid integer NOT NULL,
    tid integer
);
CREATE TABLE alias (
    gid bigint NOT NULL,
    address varchar(64) NOT NULL,
    destination varchar(320) NOT NULL
);
CREATE TABLE relocated (
    gid bigint NOT NULL REFERENCES domain_data,
    address varchar(64) NOT NULL,
    destination varchar(320) NOT NULL,
    PRIMARY KEY (gid, address)
);
CREATE TABLE catchall (
    gid bigint NOT NULL REFERENCES domain_data,
    destination varchar(320) NOT NULL,
    PRIMARY KEY (gid, destination)
);
CREATE VIEW postfix_gid AS SELECT gid, domainname FROM domain_name;

CREATE TYPE recipient_answer AS (recipient varchar(320), answer text);
CREATE TYPE dovecot_password AS (userid varchar(320), passwd varchar(270));
CREATE TYPE dovecot_user AS (userid varchar(320), uid bigint, gid bigint, home text, mail text);

CREATE FUNCTION postfix_virtual_mailbox_map(localpart varchar, the_domain varchar) RETURNS SETOF recipient_answer
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    asked varchar(320) := localpart || '@' || the_domain;
    did bigint := (SELECT gid FROM domain_name WHERE domainname = the_domain);
BEGIN
    RETURN QUERY
        SELECT asked, domaindir || '/' || u.uid || '/' || directory || '/'
        FROM users u
        LEFT JOIN domain_data d USING (gid)
        LEFT JOIN maillocation USING (mid)
        WHERE u.gid = did AND u.local_part = localpart;
END $$;

CREATE FUNCTION postfix_virtual_uid_map(localpart varchar, the_domain varchar) RETURNS SETOF recipient_answer
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    asked varchar(320) := localpart || '@' || the_domain;
    did bigint := (SELECT gid FROM domain_name WHERE domainname = the_domain);
BEGIN
    RETURN QUERY SELECT asked, uid::text FROM users WHERE gid = did AND local_part = localpart;
END $$;

CREATE FUNCTION postfix_transport_map(localpart varchar, the_domain varchar) RETURNS SETOF recipient_answer
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    asked varchar(320) := localpart || '@' || the_domain;
    did bigint := (SELECT gid FROM domain_name WHERE domainname = the_domain);
    own integer := (SELECT tid FROM users WHERE gid = did AND local_part = localpart);
BEGIN
    IF own IS NULL THEN
        SELECT tid INTO own FROM domain_data
        WHERE gid = did AND EXISTS (SELECT FROM users WHERE gid = did AND local_part = localpart);
    END IF;
    RETURN QUERY SELECT asked, transport::text FROM transport WHERE tid = own;
END $$;

CREATE FUNCTION postfix_virtual_alias_map(localpart varchar, the_domain varchar) RETURNS SETOF recipient_answer
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    asked varchar(320) := localpart || '@' || the_domain;
    did bigint := (SELECT gid FROM domain_name WHERE domainname = the_domain);
BEGIN
    RETURN QUERY SELECT asked, a.destination::text FROM alias a WHERE a.gid = did AND a.address = localpart;
    IF FOUND THEN
        RETURN;
    END IF;
    PERFORM FROM users WHERE gid = did AND local_part = localpart;
    IF FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT asked, c.destination::text FROM catchall c WHERE c.gid = did;
END $$;

CREATE FUNCTION postfix_smtpd_sender_login_map(localpart varchar, the_domain varchar) RETURNS SETOF recipient_answer
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    asked varchar(320) := localpart || '@' || the_domain;
    did bigint := (SELECT gid FROM domain_name WHERE domainname = the_domain);
BEGIN
    RETURN QUERY SELECT asked, a.destination::text FROM alias a WHERE a.gid = did AND a.address = localpart;
    IF NOT FOUND THEN
        RETURN QUERY
            SELECT asked, u.local_part || '@' || n.domainname
            FROM users u JOIN domain_name n USING (gid)
            WHERE u.gid = did AND u.local_part = localpart AND n.is_primary;
    END IF;
END $$;

CREATE FUNCTION postfix_relocated_map(localpart varchar, the_domain varchar) RETURNS SETOF recipient_answer
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    asked varchar(320) := localpart || '@' || the_domain;
    did bigint := (SELECT gid FROM domain_name WHERE domainname = the_domain);
BEGIN
    RETURN QUERY SELECT asked, r.destination::text FROM relocated r WHERE r.gid = did AND r.address = localpart;
END $$;

CREATE FUNCTION dovecotpassword(localpart varchar, the_domain varchar) RETURNS SETOF dovecot_password
LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
    RETURN QUERY
        SELECT (localpart || '@' || the_domain)::varchar(320), passwd
        FROM users JOIN domain_name USING (gid)
        WHERE local_part = localpart AND domainname = the_domain;
END $$;

CREATE FUNCTION dovecotuser(localpart varchar, the_domain varchar) RETURNS SETOF dovecot_user
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    asked varchar(320) := localpart || '@' || the_domain;
    did bigint := (SELECT gid FROM domain_name WHERE domainname = the_domain);
BEGIN
    RETURN QUERY
        SELECT asked, u.uid, u.gid, domaindir || '/' || u.uid, format || ':~/' || directory
        FROM users u
        LEFT JOIN domain_data d USING (gid)
        LEFT JOIN maillocation USING (mid)
        WHERE u.gid = did AND u.local_part = localpart;
END $$;

INSERT INTO transport (transport) VALUES ('virtual:');
INSERT INTO maillocation (format, directory) VALUES ('maildir', 'Maildir');
INSERT INTO domain_data SELECT 70000 + n, 1, :'mail_root' || 70000 + n FROM names_domains;
INSERT INTO domain_name SELECT domain, 70000 + n, true FROM names_domains;
INSERT INTO domain_name SELECT mirror, 70000 + n, false FROM names_domains WHERE has_mirror;
INSERT INTO users (local_part, passwd, uid, gid, mid) SELECT local, '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi', 70000 + i, 70000 + n, 1 FROM names_users;
INSERT INTO alias
    SELECT 70000 + n, local, target || '@' || domain FROM names_aliases
    UNION ALL SELECT 70000 + n, 'own', first_user FROM names_domains WHERE has_mirror_with_alias
    UNION ALL SELECT 70000 + n, 'team', member FROM names_teams;
INSERT INTO catchall SELECT 70000 + n, first_user FROM names_domains WHERE has_catchall;
INSERT INTO relocated SELECT 70000 + n, 'gone', first_user FROM names_domains WHERE has_relocated;
ALTER TABLE users ADD PRIMARY KEY (local_part, gid), ADD UNIQUE (uid), ADD FOREIGN KEY (gid) REFERENCES domain_data,
    ADD FOREIGN KEY (mid) REFERENCES maillocation, ADD FOREIGN KEY (tid) REFERENCES transport;
ALTER TABLE alias ADD PRIMARY KEY (gid, address, destination), ADD FOREIGN KEY (gid) REFERENCES domain_data;
