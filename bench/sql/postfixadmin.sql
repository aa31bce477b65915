-- In PostfixAdmin's manner: every mailbox is an alias of itself, too, so that a catch-all leaves it alone.
CREATE TABLE domain (
    domain varchar(255) PRIMARY KEY,
    transport varchar(255) NOT NULL DEFAULT 'virtual',
    backupmx boolean NOT NULL DEFAULT false,
    created timestamptz DEFAULT now(),
    active boolean NOT NULL DEFAULT true
);
CREATE TABLE mailbox (
    username varchar(255) NOT NULL,
    password varchar(255) NOT NULL,
    name varchar(255) NOT NULL DEFAULT '',
    maildir varchar(255) NOT NULL,
    local_part varchar(255) NOT NULL,
    domain varchar(255) NOT NULL,
    created timestamptz DEFAULT now(),
    active boolean NOT NULL DEFAULT true
);
CREATE TABLE alias (
    address varchar(255) NOT NULL,
    goto text NOT NULL,
    domain varchar(255) NOT NULL,
    created timestamptz DEFAULT now(),
    active boolean NOT NULL DEFAULT true
);
CREATE TABLE alias_domain (
    alias_domain varchar(255) PRIMARY KEY REFERENCES domain,
    target_domain varchar(255) NOT NULL REFERENCES domain,
    created timestamptz DEFAULT now(),
    active boolean NOT NULL DEFAULT true
);
INSERT INTO domain (domain) SELECT domain FROM names_domains;
INSERT INTO domain (domain) SELECT mirror FROM names_domains WHERE has_mirror;
INSERT INTO domain (domain, backupmx) SELECT relay, true FROM names_domains WHERE n % 10 = 0;
INSERT INTO alias_domain (alias_domain, target_domain) SELECT mirror, domain FROM names_domains WHERE has_mirror;
INSERT INTO mailbox (username, password, maildir, local_part, domain)
    SELECT local || '@' || domain, '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi', domain || '/' || local || '/', local, domain FROM names_users;
INSERT INTO alias (address, goto, domain)
    SELECT local || '@' || domain, local || '@' || domain, domain FROM names_users
    UNION ALL SELECT local || '@' || domain, target || '@' || domain, domain FROM names_aliases
    UNION ALL SELECT '@' || domain, first_user, domain FROM names_domains WHERE has_catchall
    UNION ALL SELECT 'own@' || mirror, first_user, mirror FROM names_domains WHERE has_mirror_with_alias
    UNION ALL SELECT 'team@' || domain, string_agg(member, ','), domain FROM names_teams GROUP BY domain;
ALTER TABLE mailbox ADD PRIMARY KEY (username), ADD FOREIGN KEY (domain) REFERENCES domain;
ALTER TABLE alias ADD PRIMARY KEY (address), ADD FOREIGN KEY (domain) REFERENCES domain;
CREATE INDEX ON mailbox (domain);
CREATE INDEX ON alias (domain);
