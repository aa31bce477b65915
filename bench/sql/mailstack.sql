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
-- Who has filters: the first users of some domains. All have a script.
INSERT INTO mailstack.sieve_scripts (name, script) VALUES ('large', 'require "fileinto"; if size :over 10M { fileinto "Large"; stop; }');
INSERT INTO mailstack.filters (email, domain, kind, position, folder, sender, destination, keep, subject, message, days)
    SELECT first_user, domain, f.* FROM names_domains, (VALUES
        ('file_spam', 0, 'Spam', NULL::mailstack.alias_key, NULL::mailstack.mail_address, NULL::boolean, NULL, NULL, NULL::integer),
        ('file_from', 40, 'Tim', 'tim@example.net', NULL, NULL, NULL, NULL, NULL), ('file_from', 40, 'News', '@news.example.net', NULL, NULL, NULL, NULL, NULL),
        ('forward', 30, NULL, NULL, 'far@away.example.net', true, NULL, NULL, NULL),
        ('vacation', 20, NULL, NULL, NULL, NULL, 'Away', 'I am away until the end of the month, and read no mail.', 7)) f WHERE n % 10 = 7;
RESET session_replication_role;
DO $$
BEGIN
    IF EXISTS (SELECT FROM mailstack.check_rules()) THEN
        RAISE 'the rows break a rule: %', (SELECT c FROM mailstack.check_rules() c LIMIT 1);
    END IF;
END $$;
