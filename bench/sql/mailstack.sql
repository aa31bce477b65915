-- Our own: the rows alone, since everything else comes with the extension. The rules stand aside for the load (and with them
-- what fills in a row), and check_rules() looks afterwards.
CREATE EXTENSION IF NOT EXISTS mailstack;
UPDATE mailstack.transport_services SET runs_as = :uid WHERE service = 'dovecot';
SET session_replication_role = replica;
INSERT INTO mailstack.domains (domain, class, transport, uid, gid, quota_bytes)
    SELECT domain, 'virtual_mailbox', 'virtual'::mailstack.mail_transport, :uid, :gid, CASE WHEN n % 10 = 9 THEN 1000000 END FROM names_domains
    UNION ALL SELECT relay, 'relay', 'relay', :uid, :gid, NULL FROM names_domains WHERE n % 10 = 0;
INSERT INTO mailstack.domains (domain, class, alias_of, uid, gid)
    SELECT mirror, 'virtual_alias', domain, :uid, :gid FROM names_domains WHERE has_mirror
    UNION ALL SELECT alias_only, 'virtual_alias', NULL, :uid, :gid FROM names_domains WHERE n % 10 = 0;
INSERT INTO mailstack.relay_recipients (recipient) SELECT 'relayed@' || relay FROM names_domains WHERE n % 10 = 0;
INSERT INTO mailstack.users (email, password, maildir, mail_subdirectory, uid, gid)
    SELECT local || '@' || domain, '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi', domain || '/' || local || '/', 'Maildir/', :uid, :gid FROM names_users;
INSERT INTO mailstack.usage (email, bytes, messages) SELECT local || '@' || domain, 1000000, 1 FROM names_users;
INSERT INTO mailstack.aliases (alias, email) SELECT local || '@' || domain, target || '@' || domain FROM names_aliases;
INSERT INTO mailstack.aliases (alias, email)
    SELECT '@' || domain, first_user FROM names_domains WHERE has_catchall
    UNION ALL SELECT 'own@' || mirror, first_user FROM names_domains WHERE has_mirror_with_alias
    UNION ALL SELECT 'team@' || domain, member FROM names_teams;
INSERT INTO mailstack.relocated (email, new_email) SELECT 'gone@' || domain, first_user FROM names_domains WHERE has_relocated;
RESET session_replication_role;
DO $$
BEGIN
    IF EXISTS (SELECT FROM mailstack.check_rules()) THEN
        RAISE 'the rows break a rule: %', (SELECT c FROM mailstack.check_rules() c LIMIT 1);
    END IF;
END $$;
