-- Postfix + PostgreSQL + Dovecot by a tutorial: three tables of text, and the maps read them.
CREATE TABLE users (
    email text NOT NULL,
    password text NOT NULL,
    realname text,
    maildir text NOT NULL,
    uid integer NOT NULL DEFAULT 5000,
    gid integer NOT NULL DEFAULT 5000,
    created timestamptz DEFAULT now()
);
CREATE TABLE transports (domain text PRIMARY KEY, gid integer NOT NULL, transport text NOT NULL);
CREATE TABLE aliases (alias text NOT NULL, email text NOT NULL);
INSERT INTO transports SELECT domain, 5000, 'virtual:' FROM names_domains;
INSERT INTO users (email, password, maildir)
    SELECT local || '@' || domain, '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi', domain || '/' || local || '/' FROM names_users;
INSERT INTO aliases SELECT local || '@' || domain, target || '@' || domain FROM names_aliases;
INSERT INTO aliases SELECT '@' || domain, first_user FROM names_domains WHERE has_catchall;
INSERT INTO aliases SELECT 'team@' || domain, string_agg(member, ',') FROM names_teams GROUP BY domain;
ALTER TABLE users ADD PRIMARY KEY (email);
ALTER TABLE aliases ADD PRIMARY KEY (alias);
-- As Pigeonhole's manual has it: one table for both maps of the dict. Who has a script has it by hand.
CREATE TABLE user_sieve_scripts (username text, script_name text, id integer GENERATED ALWAYS AS IDENTITY, script text, PRIMARY KEY (username, script_name), UNIQUE (id, username));
INSERT INTO user_sieve_scripts (username, script_name, script) SELECT first_user, 'active', repeat('# fileinto etc.' || chr(10), 60) FROM names_domains;
