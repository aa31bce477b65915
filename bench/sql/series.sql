-- Postfix + PostgreSQL + Dovecot by a tutorial: three tables of text, and the maps read them.
CREATE TABLE users (
    email text PRIMARY KEY,
    password text NOT NULL,
    realname text,
    maildir text NOT NULL,
    uid integer NOT NULL DEFAULT 5000,
    gid integer NOT NULL DEFAULT 5000,
    created timestamptz DEFAULT now()
);
CREATE TABLE transports (domain text PRIMARY KEY, gid integer NOT NULL, transport text NOT NULL);
CREATE TABLE aliases (alias text PRIMARY KEY, email text NOT NULL);
INSERT INTO transports SELECT domain, 5000, 'virtual:' FROM names_domains;
INSERT INTO users (email, password, maildir)
    SELECT local || '@' || domain, '{PLAIN}secret', domain || '/' || local || '/' FROM names_users;
INSERT INTO aliases SELECT local || '@' || domain, target || '@' || domain FROM names_aliases;
INSERT INTO aliases
    SELECT '@' || d.domain, u.local || '@' || u.domain FROM names_domains d JOIN names_users u ON u.i = d.n WHERE d.has_catchall;
