
-- Dovecot's auth cache keeps what a lookup said for auth_cache_ttl, and "no such user" for auth_cache_negative_ttl. The
-- arguments are the columns that no lookup of Dovecot's says anything of.

CREATE FUNCTION mailstack.notify_auth() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_notify_auth' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.notify_auth() IS 'Trigger function, AFTER each statement: tells whoever listens to the channel mailstack_auth which users'' entries in Dovecot''s auth cache are stale, one notification a user, or * where a statement concerns all or more than a hundred. Any role that may connect can listen. The arguments are columns that do not matter.';
REVOKE EXECUTE ON FUNCTION mailstack.notify_auth() FROM PUBLIC;

-- Every table with passwords, whatever room it is of.
DO $$
DECLARE
    table_name name;
BEGIN
    FOR table_name IN SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.atttypid = 'mailstack.mail_password'::pg_catalog.regtype
                      WHERE c.relnamespace = 'mailstack'::pg_catalog.regnamespace AND c.relkind = 'r' ORDER BY c.relname LOOP
        EXECUTE pg_catalog.format('CREATE TRIGGER zz_auth_insert AFTER INSERT ON mailstack.%I REFERENCING NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION mailstack.notify_auth()', table_name);
        EXECUTE pg_catalog.format('CREATE TRIGGER zz_auth_update AFTER UPDATE ON mailstack.%I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION mailstack.notify_auth(''realname'', ''transport'', ''keep_copy'', ''receive'', ''receive_reason'', ''send'')',
            table_name);
        EXECUTE pg_catalog.format('CREATE TRIGGER zz_auth_delete AFTER DELETE ON mailstack.%I REFERENCING OLD TABLE AS old_rows
            FOR EACH STATEMENT EXECUTE FUNCTION mailstack.notify_auth()', table_name);
        EXECUTE pg_catalog.format('CREATE TRIGGER zz_auth_truncate AFTER TRUNCATE ON mailstack.%I
            FOR EACH STATEMENT EXECUTE FUNCTION mailstack.notify_auth()', table_name);
    END LOOP;
END $$;

CREATE TRIGGER zz_auth_update AFTER UPDATE ON mailstack.domains REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.notify_auth('transport', 'staged_transport', 'staged_share', 'uid', 'gid', 'receive', 'receive_reason');
CREATE TRIGGER zz_auth_update AFTER UPDATE ON mailstack.settings REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.notify_auth('uid', 'gid', 'first_valid_uid', 'first_valid_gid', 'recipient_delimiter',
        'mail_user', 'mail_group', 'mail_subdirectory', 'virtual_transport', 'relay_transport', 'postmaster_address', 'hostname', 'role_addresses', 'audit_rows');
