
-- Who administers which domains: the table that row-level security asks (room rights has the policies).

CREATE TABLE mailstack.domain_admins (
    role name NOT NULL,
    role_oid oid,
    domain mailstack.mail_domain REFERENCES mailstack.domains ON UPDATE CASCADE ON DELETE CASCADE DEFERRABLE,
    max_users integer CONSTRAINT domain_admins_max_users_positive CHECK (max_users >= 0),
    max_aliases integer CONSTRAINT domain_admins_max_aliases_positive CHECK (max_aliases >= 0),
    transports mailstack.mail_transport[] NOT NULL DEFAULT '{}'
        CONSTRAINT domain_admins_transports_not_null CHECK (pg_catalog.array_position(transports, NULL) IS NULL),
    granted_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT domain_admins_once UNIQUE NULLS NOT DISTINCT (domain, role)
);
COMMENT ON TABLE mailstack.domain_admins IS 'The delegated administrators and their limits. Rows come and go by grant_admin() and revoke_admin(); limits are set by UPDATE.';
COMMENT ON COLUMN mailstack.domain_admins.role IS 'The role; its members have what it has.';
COMMENT ON COLUMN mailstack.domain_admins.role_oid IS 'The OID of the role when grant_admin() made the row. The row counts for nobody while no role has both the name and the OID: another role that comes to have the name gets nothing by it.';
COMMENT ON COLUMN mailstack.domain_admins.domain IS 'The domain. NULL: all domains, with these limits in each.';
COMMENT ON COLUMN mailstack.domain_admins.max_users IS 'How many users the domain may have for the role to add one. NULL: any number.';
COMMENT ON COLUMN mailstack.domain_admins.max_aliases IS 'The same for rows of aliases.';
COMMENT ON COLUMN mailstack.domain_admins.transports IS 'The transports that the role may give the domain and its users, or leave them to. Empty: it changes none.';
COMMENT ON COLUMN mailstack.domain_admins.granted_at IS 'When the row was made.';
SELECT pg_extension_config_dump('mailstack.domain_admins', '');
CREATE TRIGGER restore_begin BEFORE INSERT ON mailstack.domain_admins
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_begin();
CREATE TRIGGER restore_end AFTER INSERT ON mailstack.domain_admins
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_end();
ALTER TABLE mailstack.domain_admins ENABLE ALWAYS TRIGGER restore_begin, ENABLE ALWAYS TRIGGER restore_end;

CREATE FUNCTION mailstack.may_administer(domain mailstack.mail_domain) RETURNS boolean
    AS 'MODULE_PATHNAME', 'ms_may_administer' LANGUAGE c STABLE PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.may_administer(mailstack.mail_domain) IS
    'What the policies of row-level security ask: whether whoever is asking may see and change what is in the domain. Of a delegated administrator, whether domain_admins names the domain for him; true for every other role, for which privileges alone decide. Tells nothing of anybody else.';
