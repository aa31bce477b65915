
-- Trigger functions that serve anybody's tables.

CREATE FUNCTION mailstack.canonicalize_address() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_canonicalize_address' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.canonicalize_address() IS 'Trigger function, BEFORE INSERT OR UPDATE FOR EACH ROW: stores the named columns in canonical form (see address_canonical). A column of type text or varchar takes only an address then (22P02); mail_key and the domains over it take what they take.';

CREATE FUNCTION mailstack.build_maildir() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_build_maildir' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.build_maildir() IS 'Trigger function, BEFORE INSERT OR UPDATE FOR EACH ROW, arguments maildir column and address column: where the maildir is NULL it becomes domain/local/ of the address; a path given in a column of type text is stored in canonical form, or refused (22P02).';

CREATE FUNCTION mailstack.check_maildir() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_check_maildir' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.check_maildir() IS 'Trigger function, AFTER INSERT OR UPDATE FOR EACH ROW, argument maildir column: refuses (23P01) a maildir that lies inside that of another row, or contains it, also against concurrent sessions; of mailstack.users also one that is in retired_maildirs, or lies inside or above one there. The column is of type maildir_path and has a unique index.';

-- Those of our own tables, for them alone. The ones that read or write what the caller may
-- not are SECURITY DEFINER; firing a trigger asks for no EXECUTE.

CREATE FUNCTION mailstack.settings_before() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_settings_before' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.settings_before() IS 'Trigger function of settings: checks what is given, also against the users and domains that are there.';
REVOKE EXECUTE ON FUNCTION mailstack.settings_before() FROM PUBLIC;

CREATE FUNCTION mailstack.settings_after() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_settings_after' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.settings_after() IS 'Trigger function of settings: refuses DELETE, and makes every session read the settings again.';
REVOKE EXECUTE ON FUNCTION mailstack.settings_after() FROM PUBLIC;

CREATE FUNCTION mailstack.refuse_truncate() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_refuse_truncate' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.refuse_truncate() IS 'Trigger function, BEFORE TRUNCATE: keeps the rows that came with the extension.';
REVOKE EXECUTE ON FUNCTION mailstack.refuse_truncate() FROM PUBLIC;

CREATE FUNCTION mailstack.transport_services_before() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_transport_services_before' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.transport_services_before() IS 'Trigger function of transport_services: a preloaded service keeps its name.';
REVOKE EXECUTE ON FUNCTION mailstack.transport_services_before() FROM PUBLIC;

CREATE FUNCTION mailstack.transport_services_after() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_transport_services_after' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.transport_services_after() IS 'Trigger function of transport_services: what uses the service still fits it (23514).';
REVOKE EXECUTE ON FUNCTION mailstack.transport_services_after() FROM PUBLIC;

CREATE FUNCTION mailstack.transport_services_delete() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_transport_services_delete' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.transport_services_delete() IS 'Trigger function of transport_services: a service in use (23503) or preloaded (23514) stays.';
REVOKE EXECUTE ON FUNCTION mailstack.transport_services_delete() FROM PUBLIC;

CREATE FUNCTION mailstack.domains_before() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_domains_before' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.domains_before() IS 'Trigger function of domains: completes a row and keeps rules 1 and 5 (a class, mirrors that do not chain, a transport that is known, fits the class and can run as the users).';
REVOKE EXECUTE ON FUNCTION mailstack.domains_before() FROM PUBLIC;

CREATE FUNCTION mailstack.domains_transport() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_domains_transport' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.domains_transport() IS 'Trigger function of domains: checks the service again once it is locked.';
REVOKE EXECUTE ON FUNCTION mailstack.domains_transport() FROM PUBLIC;

CREATE FUNCTION mailstack.domains_in_use() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_domains_in_use' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.domains_in_use() IS 'Trigger function of domains: what is in a domain keeps it, in its class (23503).';
REVOKE EXECUTE ON FUNCTION mailstack.domains_in_use() FROM PUBLIC;

CREATE FUNCTION mailstack.domains_log_transport() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_domains_log_transport' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.domains_log_transport() IS 'Trigger function of domains: writes transport_changes, where a domain that is renamed keeps its past.';
REVOKE EXECUTE ON FUNCTION mailstack.domains_log_transport() FROM PUBLIC;

CREATE FUNCTION mailstack.users_log_transport() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_users_log_transport' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.users_log_transport() IS 'Trigger function of users: writes transport_changes, where a user who is renamed keeps his past.';
REVOKE EXECUTE ON FUNCTION mailstack.users_log_transport() FROM PUBLIC;

CREATE FUNCTION mailstack.require_domain() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_require_domain' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.require_domain() IS 'Trigger function: the domain of the named column is hosted here, in one of the classes named after it (23503).';
REVOKE EXECUTE ON FUNCTION mailstack.require_domain() FROM PUBLIC;

CREATE FUNCTION mailstack.users_before() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_users_before' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.users_before() IS 'Trigger function of users: canonical address, maildir, uid and gid, and the checks of one row.';
REVOKE EXECUTE ON FUNCTION mailstack.users_before() FROM PUBLIC;

CREATE FUNCTION mailstack.app_passwords_before() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_app_passwords_before' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.app_passwords_before() IS 'Trigger function of app_passwords: canonical address, the checks of one row, and the lowest slot that the user has free; a user with as many as there are slots is refused (54000).';
REVOKE EXECUTE ON FUNCTION mailstack.app_passwords_before() FROM PUBLIC;

CREATE FUNCTION mailstack.take_last_login() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_take_last_login' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.take_last_login() IS 'Trigger function of dovecot_last_login: takes what is inserted there to last_logins.';
REVOKE EXECUTE ON FUNCTION mailstack.take_last_login() FROM PUBLIC;

CREATE FUNCTION mailstack.users_domain() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_users_domain' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.users_domain() IS 'Trigger function of users: the domain is hosted here, as virtual_mailbox (23503), the service that delivers can run as the uid of the user (23514), and the quotas of the domain''s users stay within its pool (23514).';
REVOKE EXECUTE ON FUNCTION mailstack.users_domain() FROM PUBLIC;

CREATE FUNCTION mailstack.aliases_before() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_aliases_before' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.aliases_before() IS 'Trigger function of aliases: canonical form; what may be relocated; a notice for a row that has expired before it began.';
REVOKE EXECUTE ON FUNCTION mailstack.aliases_before() FROM PUBLIC;

CREATE FUNCTION mailstack.list_senders_slots() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_list_senders_slots' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.list_senders_slots() IS 'Trigger function of list_senders: gives each list its slot, lists with the same senders the same one; more different sets than there are slots are refused (54000).';
REVOKE EXECUTE ON FUNCTION mailstack.list_senders_slots() FROM PUBLIC;

CREATE FUNCTION mailstack.keep_usage() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_keep_usage' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.keep_usage() IS 'Trigger function of dovecot_quota: writes into usage what is inserted there, of a user who is there, and lets no row into the table itself.';
REVOKE EXECUTE ON FUNCTION mailstack.keep_usage() FROM PUBLIC;

CREATE FUNCTION mailstack.users_retire() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_users_retire' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.users_retire() IS 'Trigger function of users: writes retired_maildirs when a user is deleted, or moves to a maildir that is neither inside the old one nor above it; and into maildir_tasks what that means on the disk.';
REVOKE EXECUTE ON FUNCTION mailstack.users_retire() FROM PUBLIC;

CREATE FUNCTION mailstack.truncated_users_retire() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_truncated_users_retire' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.truncated_users_retire() IS 'Trigger function of users, BEFORE TRUNCATE: writes all maildirs into retired_maildirs, and into maildir_tasks what that means on the disk.';
REVOKE EXECUTE ON FUNCTION mailstack.truncated_users_retire() FROM PUBLIC;

CREATE FUNCTION mailstack.users_create_maildirs() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_users_create_maildirs' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.users_create_maildirs() IS 'Trigger function of users, AFTER INSERT FOR EACH STATEMENT: writes into maildir_tasks which homes are to be made.';
REVOKE EXECUTE ON FUNCTION mailstack.users_create_maildirs() FROM PUBLIC;

CREATE FUNCTION mailstack.users_chown_tasks() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_users_chown_tasks' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.users_chown_tasks() IS 'Trigger function of users: what is still to be done in maildir_tasks with a home whose user has another uid or gid now is done as that.';
REVOKE EXECUTE ON FUNCTION mailstack.users_chown_tasks() FROM PUBLIC;

CREATE FUNCTION mailstack.released_maildirs() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_released_maildirs' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.released_maildirs() IS 'Trigger function of retired_maildirs, AFTER DELETE OR TRUNCATE FOR EACH STATEMENT: what was to be done with a maildir that is released, which somebody else may have now, is not done any more; one that is still to be moved, or is being deleted, is not released (55006).';
REVOKE EXECUTE ON FUNCTION mailstack.released_maildirs() FROM PUBLIC;

CREATE FUNCTION mailstack.purge_days_changed() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_purge_days_changed' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.purge_days_changed() IS 'Trigger function of settings: retired_days holds for what waits to be purged, too.';
REVOKE EXECUTE ON FUNCTION mailstack.purge_days_changed() FROM PUBLIC;

CREATE FUNCTION mailstack.domains_mirror() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_domains_mirror' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.domains_mirror() IS 'Trigger function of domains: what a domain mirrors is hosted here, mirrors none itself, and stays so (23503).';
REVOKE EXECUTE ON FUNCTION mailstack.domains_mirror() FROM PUBLIC;

CREATE FUNCTION mailstack.restore_begin() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_restore_begin' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.restore_begin() IS 'Trigger function, BEFORE INSERT FOR EACH STATEMENT: lets the rules stand aside where pg_dump''s script or pg_restore loads the rows, as the owner.';
REVOKE EXECUTE ON FUNCTION mailstack.restore_begin() FROM PUBLIC;

CREATE FUNCTION mailstack.restore_end() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_restore_end' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.restore_end() IS 'Trigger function, AFTER INSERT FOR EACH STATEMENT: ends what restore_begin began.';
REVOKE EXECUTE ON FUNCTION mailstack.restore_end() FROM PUBLIC;

CREATE TRIGGER restore_begin BEFORE INSERT ON mailstack.settings
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_begin();
CREATE TRIGGER restore_end AFTER INSERT ON mailstack.settings
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_end();
ALTER TABLE mailstack.settings ENABLE ALWAYS TRIGGER restore_begin, ENABLE ALWAYS TRIGGER restore_end;
CREATE TRIGGER restore_begin BEFORE INSERT ON mailstack.transport_services
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_begin();
CREATE TRIGGER restore_end AFTER INSERT ON mailstack.transport_services
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_end();
ALTER TABLE mailstack.transport_services ENABLE ALWAYS TRIGGER restore_begin, ENABLE ALWAYS TRIGGER restore_end;
CREATE TRIGGER restore_begin BEFORE INSERT ON mailstack.domains
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_begin();
CREATE TRIGGER restore_end AFTER INSERT ON mailstack.domains
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_end();
ALTER TABLE mailstack.domains ENABLE ALWAYS TRIGGER restore_begin, ENABLE ALWAYS TRIGGER restore_end;
CREATE TRIGGER restore_begin BEFORE INSERT ON mailstack.relay_recipients
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_begin();
CREATE TRIGGER restore_end AFTER INSERT ON mailstack.relay_recipients
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_end();
ALTER TABLE mailstack.relay_recipients ENABLE ALWAYS TRIGGER restore_begin, ENABLE ALWAYS TRIGGER restore_end;
CREATE TRIGGER restore_begin BEFORE INSERT ON mailstack.users
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_begin();
CREATE TRIGGER restore_end AFTER INSERT ON mailstack.users
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_end();
ALTER TABLE mailstack.users ENABLE ALWAYS TRIGGER restore_begin, ENABLE ALWAYS TRIGGER restore_end;
CREATE TRIGGER restore_begin BEFORE INSERT ON mailstack.app_passwords
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_begin();
CREATE TRIGGER restore_end AFTER INSERT ON mailstack.app_passwords
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_end();
ALTER TABLE mailstack.app_passwords ENABLE ALWAYS TRIGGER restore_begin, ENABLE ALWAYS TRIGGER restore_end;
CREATE TRIGGER restore_begin BEFORE INSERT ON mailstack.last_logins
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_begin();
CREATE TRIGGER restore_end AFTER INSERT ON mailstack.last_logins
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_end();
ALTER TABLE mailstack.last_logins ENABLE ALWAYS TRIGGER restore_begin, ENABLE ALWAYS TRIGGER restore_end;
CREATE TRIGGER restore_begin BEFORE INSERT ON mailstack.usage
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_begin();
CREATE TRIGGER restore_end AFTER INSERT ON mailstack.usage
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_end();
ALTER TABLE mailstack.usage ENABLE ALWAYS TRIGGER restore_begin, ENABLE ALWAYS TRIGGER restore_end;
CREATE TRIGGER restore_begin BEFORE INSERT ON mailstack.retired_maildirs
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_begin();
CREATE TRIGGER restore_end AFTER INSERT ON mailstack.retired_maildirs
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_end();
ALTER TABLE mailstack.retired_maildirs ENABLE ALWAYS TRIGGER restore_begin, ENABLE ALWAYS TRIGGER restore_end;
CREATE TRIGGER restore_begin BEFORE INSERT ON mailstack.maildir_tasks
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_begin();
CREATE TRIGGER restore_end AFTER INSERT ON mailstack.maildir_tasks
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_end();
ALTER TABLE mailstack.maildir_tasks ENABLE ALWAYS TRIGGER restore_begin, ENABLE ALWAYS TRIGGER restore_end;
CREATE TRIGGER restore_begin BEFORE INSERT ON mailstack.aliases
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_begin();
CREATE TRIGGER restore_end AFTER INSERT ON mailstack.aliases
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_end();
ALTER TABLE mailstack.aliases ENABLE ALWAYS TRIGGER restore_begin, ENABLE ALWAYS TRIGGER restore_end;
CREATE TRIGGER restore_begin BEFORE INSERT ON mailstack.sender_logins
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_begin();
CREATE TRIGGER restore_end AFTER INSERT ON mailstack.sender_logins
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_end();
ALTER TABLE mailstack.sender_logins ENABLE ALWAYS TRIGGER restore_begin, ENABLE ALWAYS TRIGGER restore_end;
CREATE TRIGGER restore_begin BEFORE INSERT ON mailstack.recipient_bcc
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_begin();
CREATE TRIGGER restore_end AFTER INSERT ON mailstack.recipient_bcc
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_end();
ALTER TABLE mailstack.recipient_bcc ENABLE ALWAYS TRIGGER restore_begin, ENABLE ALWAYS TRIGGER restore_end;
CREATE TRIGGER restore_begin BEFORE INSERT ON mailstack.sender_bcc
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_begin();
CREATE TRIGGER restore_end AFTER INSERT ON mailstack.sender_bcc
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_end();
ALTER TABLE mailstack.sender_bcc ENABLE ALWAYS TRIGGER restore_begin, ENABLE ALWAYS TRIGGER restore_end;
CREATE TRIGGER restore_begin BEFORE INSERT ON mailstack.sender_relayhosts
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_begin();
CREATE TRIGGER restore_end AFTER INSERT ON mailstack.sender_relayhosts
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_end();
ALTER TABLE mailstack.sender_relayhosts ENABLE ALWAYS TRIGGER restore_begin, ENABLE ALWAYS TRIGGER restore_end;
CREATE TRIGGER restore_begin BEFORE INSERT ON mailstack.list_senders
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_begin();
CREATE TRIGGER restore_end AFTER INSERT ON mailstack.list_senders
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_end();
ALTER TABLE mailstack.list_senders ENABLE ALWAYS TRIGGER restore_begin, ENABLE ALWAYS TRIGGER restore_end;
CREATE TRIGGER restore_begin BEFORE INSERT ON mailstack.list_slots
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_begin();
CREATE TRIGGER restore_end AFTER INSERT ON mailstack.list_slots
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_end();
ALTER TABLE mailstack.list_slots ENABLE ALWAYS TRIGGER restore_begin, ENABLE ALWAYS TRIGGER restore_end;
CREATE TRIGGER restore_begin BEFORE INSERT ON mailstack.sieve_scripts
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_begin();
CREATE TRIGGER restore_end AFTER INSERT ON mailstack.sieve_scripts
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_end();
ALTER TABLE mailstack.sieve_scripts ENABLE ALWAYS TRIGGER restore_begin, ENABLE ALWAYS TRIGGER restore_end;
CREATE TRIGGER restore_begin BEFORE INSERT ON mailstack.filters
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_begin();
CREATE TRIGGER restore_end AFTER INSERT ON mailstack.filters
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_end();
ALTER TABLE mailstack.filters ENABLE ALWAYS TRIGGER restore_begin, ENABLE ALWAYS TRIGGER restore_end;
CREATE TRIGGER restore_begin BEFORE INSERT ON mailstack.transport_changes
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_begin();
CREATE TRIGGER restore_end AFTER INSERT ON mailstack.transport_changes
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_end();
ALTER TABLE mailstack.transport_changes ENABLE ALWAYS TRIGGER restore_begin, ENABLE ALWAYS TRIGGER restore_end;

CREATE TRIGGER settings_before BEFORE INSERT OR UPDATE ON mailstack.settings
    FOR EACH ROW EXECUTE FUNCTION mailstack.settings_before();
CREATE TRIGGER settings_after AFTER INSERT OR UPDATE OR DELETE ON mailstack.settings
    FOR EACH ROW EXECUTE FUNCTION mailstack.settings_after();
CREATE TRIGGER settings_truncate BEFORE TRUNCATE ON mailstack.settings
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.refuse_truncate();

-- A dump restores over the rows that CREATE EXTENSION made.
ALTER TABLE mailstack.settings ENABLE ALWAYS TRIGGER settings_before, ENABLE ALWAYS TRIGGER settings_after;

CREATE TRIGGER transport_services_before BEFORE INSERT OR UPDATE ON mailstack.transport_services
    FOR EACH ROW EXECUTE FUNCTION mailstack.transport_services_before();
ALTER TABLE mailstack.transport_services ENABLE ALWAYS TRIGGER transport_services_before;
CREATE TRIGGER transport_services_after AFTER UPDATE ON mailstack.transport_services
    FOR EACH ROW EXECUTE FUNCTION mailstack.transport_services_after();
CREATE TRIGGER "01_transport_services_delete" AFTER DELETE ON mailstack.transport_services
    FOR EACH ROW EXECUTE FUNCTION mailstack.transport_services_delete();
CREATE TRIGGER transport_services_truncate BEFORE TRUNCATE ON mailstack.transport_services
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.refuse_truncate();

-- Triggers fire in the order of their names. "01_..." comes before the foreign
-- keys' own, "RI_...", so that our message is seen and not the constraint's;
-- names in lower case come after, when the foreign key has locked its row.

CREATE TRIGGER domains_before BEFORE INSERT OR UPDATE ON mailstack.domains
    FOR EACH ROW EXECUTE FUNCTION mailstack.domains_before();
CREATE CONSTRAINT TRIGGER domains_mirror AFTER INSERT OR UPDATE ON mailstack.domains
    DEFERRABLE FOR EACH ROW WHEN (NEW.alias_of IS NOT NULL)
    EXECUTE FUNCTION mailstack.domains_mirror();
CREATE CONSTRAINT TRIGGER "01_domains_in_use" AFTER UPDATE OR DELETE ON mailstack.domains
    DEFERRABLE FOR EACH ROW EXECUTE FUNCTION mailstack.domains_in_use();
CREATE CONSTRAINT TRIGGER domains_transport AFTER INSERT OR UPDATE ON mailstack.domains
    DEFERRABLE FOR EACH ROW EXECUTE FUNCTION mailstack.domains_transport();
CREATE TRIGGER domains_log_transport AFTER UPDATE ON mailstack.domains
    FOR EACH ROW WHEN (OLD.transport IS DISTINCT FROM NEW.transport OR OLD.domain <> NEW.domain
                       OR OLD.staged_transport IS DISTINCT FROM NEW.staged_transport
                       OR OLD.staged_share IS DISTINCT FROM NEW.staged_share)
    EXECUTE FUNCTION mailstack.domains_log_transport();

CREATE TRIGGER relay_recipients_before BEFORE INSERT OR UPDATE ON mailstack.relay_recipients
    FOR EACH ROW EXECUTE FUNCTION mailstack.canonicalize_address('recipient');
CREATE CONSTRAINT TRIGGER "01_relay_recipients_domain" AFTER INSERT OR UPDATE ON mailstack.relay_recipients
    DEFERRABLE FOR EACH ROW EXECUTE FUNCTION mailstack.require_domain('recipient', 'relay');

CREATE TRIGGER users_before BEFORE INSERT OR UPDATE ON mailstack.users
    FOR EACH ROW EXECUTE FUNCTION mailstack.users_before();
CREATE CONSTRAINT TRIGGER "01_users_domain_insert" AFTER INSERT ON mailstack.users
    DEFERRABLE FOR EACH ROW EXECUTE FUNCTION mailstack.users_domain('email', 'virtual_mailbox');
CREATE CONSTRAINT TRIGGER "01_users_domain_update" AFTER UPDATE ON mailstack.users
    DEFERRABLE FOR EACH ROW WHEN (OLD.uid <> NEW.uid OR OLD.email <> NEW.email OR OLD.transport IS DISTINCT FROM NEW.transport
                                  OR OLD.quota_bytes IS DISTINCT FROM NEW.quota_bytes)
    EXECUTE FUNCTION mailstack.users_domain('email', 'virtual_mailbox');
CREATE TRIGGER users_maildir_insert AFTER INSERT ON mailstack.users
    FOR EACH ROW EXECUTE FUNCTION mailstack.check_maildir('maildir');
CREATE TRIGGER users_maildir_update AFTER UPDATE ON mailstack.users
    FOR EACH ROW WHEN (OLD.maildir IS DISTINCT FROM NEW.maildir)
    EXECUTE FUNCTION mailstack.check_maildir('maildir');
CREATE TRIGGER users_log_transport AFTER UPDATE ON mailstack.users
    FOR EACH ROW WHEN (OLD.transport IS DISTINCT FROM NEW.transport OR OLD.email <> NEW.email)
    EXECUTE FUNCTION mailstack.users_log_transport();

CREATE TRIGGER users_retire_delete AFTER DELETE ON mailstack.users
    FOR EACH ROW EXECUTE FUNCTION mailstack.users_retire();
CREATE TRIGGER users_retire_update AFTER UPDATE ON mailstack.users
    FOR EACH ROW WHEN (OLD.maildir IS DISTINCT FROM NEW.maildir)
    EXECUTE FUNCTION mailstack.users_retire();
CREATE TRIGGER users_retire_truncate BEFORE TRUNCATE ON mailstack.users
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.truncated_users_retire();

CREATE TRIGGER users_create_maildirs AFTER INSERT ON mailstack.users REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.users_create_maildirs();
CREATE TRIGGER users_chown_tasks AFTER UPDATE ON mailstack.users
    FOR EACH ROW WHEN (OLD.uid <> NEW.uid OR OLD.gid <> NEW.gid)
    EXECUTE FUNCTION mailstack.users_chown_tasks();
CREATE TRIGGER released_maildirs_delete AFTER DELETE ON mailstack.retired_maildirs REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.released_maildirs();
CREATE TRIGGER released_maildirs_truncate AFTER TRUNCATE ON mailstack.retired_maildirs
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.released_maildirs();
CREATE TRIGGER purge_days_changed AFTER UPDATE ON mailstack.settings
    FOR EACH ROW WHEN (OLD.retired_days IS DISTINCT FROM NEW.retired_days) EXECUTE FUNCTION mailstack.purge_days_changed();

CREATE TRIGGER app_passwords_before BEFORE INSERT OR UPDATE ON mailstack.app_passwords
    FOR EACH ROW EXECUTE FUNCTION mailstack.app_passwords_before();
CREATE TRIGGER last_logins_before BEFORE INSERT OR UPDATE ON mailstack.last_logins
    FOR EACH ROW EXECUTE FUNCTION mailstack.canonicalize_address('email');
CREATE TRIGGER dovecot_last_login BEFORE INSERT ON mailstack.dovecot_last_login
    FOR EACH ROW EXECUTE FUNCTION mailstack.take_last_login();
CREATE TRIGGER keep_usage BEFORE INSERT ON mailstack.dovecot_quota
    FOR EACH ROW EXECUTE FUNCTION mailstack.keep_usage();

CREATE TRIGGER sender_logins_before BEFORE INSERT OR UPDATE ON mailstack.sender_logins
    FOR EACH ROW EXECUTE FUNCTION mailstack.canonicalize_address('sender', 'login');
CREATE CONSTRAINT TRIGGER "01_sender_logins_domain" AFTER INSERT OR UPDATE ON mailstack.sender_logins
    DEFERRABLE FOR EACH ROW EXECUTE FUNCTION mailstack.require_domain('sender', 'virtual_mailbox', 'virtual_alias', 'relay');

CREATE TRIGGER recipient_bcc_before BEFORE INSERT OR UPDATE ON mailstack.recipient_bcc
    FOR EACH ROW EXECUTE FUNCTION mailstack.canonicalize_address('address');
CREATE CONSTRAINT TRIGGER "01_recipient_bcc_domain" AFTER INSERT OR UPDATE ON mailstack.recipient_bcc
    DEFERRABLE FOR EACH ROW EXECUTE FUNCTION mailstack.require_domain('address', 'virtual_mailbox', 'virtual_alias', 'relay');

CREATE TRIGGER sender_bcc_before BEFORE INSERT OR UPDATE ON mailstack.sender_bcc
    FOR EACH ROW EXECUTE FUNCTION mailstack.canonicalize_address('address');
CREATE CONSTRAINT TRIGGER "01_sender_bcc_domain" AFTER INSERT OR UPDATE ON mailstack.sender_bcc
    DEFERRABLE FOR EACH ROW EXECUTE FUNCTION mailstack.require_domain('address', 'virtual_mailbox', 'virtual_alias', 'relay');

CREATE TRIGGER sender_relayhosts_before BEFORE INSERT OR UPDATE ON mailstack.sender_relayhosts
    FOR EACH ROW EXECUTE FUNCTION mailstack.canonicalize_address('sender');
CREATE CONSTRAINT TRIGGER "01_sender_relayhosts_domain" AFTER INSERT OR UPDATE ON mailstack.sender_relayhosts
    DEFERRABLE FOR EACH ROW EXECUTE FUNCTION mailstack.require_domain('sender', 'virtual_mailbox', 'virtual_alias', 'relay');

CREATE TRIGGER list_senders_before BEFORE INSERT OR UPDATE ON mailstack.list_senders
    FOR EACH ROW EXECUTE FUNCTION mailstack.canonicalize_address('list', 'sender');
CREATE CONSTRAINT TRIGGER "01_list_senders_domain" AFTER INSERT OR UPDATE ON mailstack.list_senders
    DEFERRABLE FOR EACH ROW EXECUTE FUNCTION mailstack.require_domain('list', 'virtual_mailbox', 'virtual_alias');
CREATE TRIGGER list_senders_slots AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mailstack.list_senders
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.list_senders_slots();

CREATE TRIGGER aliases_before BEFORE INSERT OR UPDATE ON mailstack.aliases
    FOR EACH ROW EXECUTE FUNCTION mailstack.aliases_before();
CREATE CONSTRAINT TRIGGER "01_aliases_domain" AFTER INSERT OR UPDATE ON mailstack.aliases
    DEFERRABLE FOR EACH ROW EXECUTE FUNCTION mailstack.require_domain('alias', 'virtual_mailbox', 'virtual_alias');
