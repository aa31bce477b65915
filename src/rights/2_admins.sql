
-- Delegated administrators see and change what is in their domains. The owner, superusers and roles with BYPASSRLS are not
-- asked; to any other role without a delegation may_administer() says yes. Every table of ours whose rows are of a domain or
-- of a user has a policy, whatever room it is of: one to read, unless it is named here as theirs to write.
DO $$
DECLARE
    theirs CONSTANT name[] := '{domains,users,app_passwords,aliases,relay_recipients,sender_logins,recipient_bcc,sender_bcc,list_senders,sieve_scripts,filters}';
    of_domains record;
BEGIN
    FOR of_domains IN
        SELECT c.relname, CASE WHEN pg_catalog.bool_or(a.attname = 'domain') THEN 'domain' ELSE 'mailstack.address_domain(email)' END AS domain
          FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname IN ('domain', 'email')
         WHERE c.relnamespace = 'mailstack'::pg_catalog.regnamespace AND c.relkind = 'r' AND c.relname <> 'domain_admins'
         GROUP BY c.relname ORDER BY c.relname LOOP
        EXECUTE pg_catalog.format('ALTER TABLE mailstack.%I ENABLE ROW LEVEL SECURITY', of_domains.relname);
        EXECUTE pg_catalog.format('CREATE POLICY %s ON mailstack.%I USING (mailstack.may_administer(%s))',
            CASE WHEN of_domains.relname = ANY (theirs) THEN 'delegated' ELSE 'delegated_to_read' END, of_domains.relname, of_domains.domain);
    END LOOP;
END $$;
-- Who else administers a domain, and within which limits, is for those who administer all.
ALTER POLICY delegated_to_read ON mailstack.audit
    USING (mailstack.may_administer(CASE WHEN table_name IS DISTINCT FROM 'domain_admins' AND table_name IS NOT NULL THEN domain END));

CREATE FUNCTION mailstack.administered_domains(
        OUT role name, OUT domain mailstack.mail_domain, OUT users bigint, OUT max_users integer,
        OUT aliases bigint, OUT max_aliases integer, OUT transports mailstack.mail_transport[])
    RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'ms_administered_domains' LANGUAGE c STABLE PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.administered_domains() IS
    'What the caller administers: a row for each row of domain_admins of a role that he is or is a member of, with the limits and how much of them is used; domain is NULL for all domains, and so are the numbers then. EXECUTE, which grant_admin() gives, is what makes a role a delegated administrator: row-level security then shows it no other domains. Do not grant it by hand.';
REVOKE EXECUTE ON FUNCTION mailstack.administered_domains() FROM PUBLIC;

CREATE FUNCTION mailstack.delegated_limits() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_delegated_limits' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.delegated_limits() IS 'Trigger function of users and aliases: a delegated administrator adds no more of them to a domain than domain_admins says (53400).';
REVOKE EXECUTE ON FUNCTION mailstack.delegated_limits() FROM PUBLIC;

CREATE FUNCTION mailstack.delegated_transport() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_delegated_transport' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.delegated_transport() IS 'Trigger function of domains and users: a delegated administrator gives no other transport than domain_admins says (42501), be it by a share, by taking away that of a user, or by moving him.';
REVOKE EXECUTE ON FUNCTION mailstack.delegated_transport() FROM PUBLIC;

CREATE FUNCTION mailstack.delegated_quota() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_delegated_quota' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.delegated_quota() IS 'Trigger function of users: a delegated administrator gives a user no more than the default of the domain, where it has one; bytes he shares out freely where it has a pool (53400).';
REVOKE EXECUTE ON FUNCTION mailstack.delegated_quota() FROM PUBLIC;

CREATE TRIGGER users_delegated_insert AFTER INSERT ON mailstack.users REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.delegated_limits();
CREATE TRIGGER users_delegated_update AFTER UPDATE ON mailstack.users REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.delegated_limits();
CREATE TRIGGER aliases_delegated_insert AFTER INSERT ON mailstack.aliases REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.delegated_limits();
CREATE TRIGGER aliases_delegated_update AFTER UPDATE ON mailstack.aliases REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.delegated_limits();

CREATE TRIGGER domains_delegated_insert AFTER INSERT ON mailstack.domains
    FOR EACH ROW WHEN (NEW.transport IS NOT NULL) EXECUTE FUNCTION mailstack.delegated_transport();
CREATE TRIGGER domains_delegated_update AFTER UPDATE ON mailstack.domains
    FOR EACH ROW WHEN (OLD.transport IS DISTINCT FROM NEW.transport OR OLD.staged_transport IS DISTINCT FROM NEW.staged_transport
        OR OLD.staged_share IS DISTINCT FROM NEW.staged_share)
    EXECUTE FUNCTION mailstack.delegated_transport();
CREATE TRIGGER users_delegated_transport_insert AFTER INSERT ON mailstack.users
    FOR EACH ROW WHEN (NEW.transport IS NOT NULL) EXECUTE FUNCTION mailstack.delegated_transport();
CREATE TRIGGER users_delegated_transport_update AFTER UPDATE ON mailstack.users
    FOR EACH ROW WHEN (OLD.transport IS DISTINCT FROM NEW.transport OR (NEW.transport IS NOT NULL AND OLD.domain IS DISTINCT FROM NEW.domain))
    EXECUTE FUNCTION mailstack.delegated_transport();
CREATE TRIGGER users_delegated_quota_insert AFTER INSERT ON mailstack.users
    FOR EACH ROW WHEN (NEW.quota_bytes IS NOT NULL OR NEW.quota_messages IS NOT NULL) EXECUTE FUNCTION mailstack.delegated_quota();
CREATE TRIGGER users_delegated_quota_update AFTER UPDATE ON mailstack.users
    FOR EACH ROW WHEN (OLD.quota_bytes IS DISTINCT FROM NEW.quota_bytes OR OLD.quota_messages IS DISTINCT FROM NEW.quota_messages
        OR ((NEW.quota_bytes IS NOT NULL OR NEW.quota_messages IS NOT NULL) AND OLD.domain IS DISTINCT FROM NEW.domain))
    EXECUTE FUNCTION mailstack.delegated_quota();
