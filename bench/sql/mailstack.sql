-- Our own: the rows alone, since everything else comes with the extension.
CREATE EXTENSION mailstack;
UPDATE mailstack.transport_services SET runs_as = 5000 WHERE service = 'dovecot';
INSERT INTO mailstack.domains (domain) SELECT domain FROM names_domains;
INSERT INTO mailstack.domains (domain, alias_of) SELECT mirror, domain FROM names_domains WHERE has_mirror;
INSERT INTO mailstack.domains (domain, class) SELECT relay, 'relay' FROM names_domains WHERE n % 10 = 0;
INSERT INTO mailstack.domains (domain, class) SELECT alias_only, 'virtual_alias' FROM names_domains WHERE n % 10 = 0;
INSERT INTO mailstack.relay_recipients (recipient) SELECT 'relayed@' || relay FROM names_domains WHERE n % 10 = 0;
INSERT INTO mailstack.users (email, password) SELECT local || '@' || domain, '{PLAIN}secret' FROM names_users;
INSERT INTO mailstack.aliases (alias, email) SELECT local || '@' || domain, target || '@' || domain FROM names_aliases;
INSERT INTO mailstack.aliases (alias, email)
    SELECT '@' || d.domain, u.local || '@' || u.domain FROM names_domains d JOIN names_users u ON u.i = d.n WHERE d.has_catchall;
