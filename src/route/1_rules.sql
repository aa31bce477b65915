
-- --------------------------------------------------------------- room: route

-- Rule 3, at COMMIT, so that a pair can be added in either order. They run as whoever writes:
-- they read the tables directly.

CREATE FUNCTION mailstack.aliases_lead_somewhere() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_aliases_lead_somewhere' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.aliases_lead_somewhere() IS 'Trigger function of aliases: no loop (23514), no destination that is nothing here (23503), no more addresses than Postfix expands (54000), also of the aliases that lead to the one that has changed.';
REVOKE EXECUTE ON FUNCTION mailstack.aliases_lead_somewhere() FROM PUBLIC;

CREATE FUNCTION mailstack.users_are_led_to() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_users_are_led_to' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.users_are_led_to() IS 'Trigger function of users: what aliases lead to stays, or they lead elsewhere (23503).';
REVOKE EXECUTE ON FUNCTION mailstack.users_are_led_to() FROM PUBLIC;

CREATE FUNCTION mailstack.truncated_users_are_led_to() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_truncated_users_are_led_to' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.truncated_users_are_led_to() IS 'Trigger function of users, AFTER TRUNCATE: the aliases that are left lead somewhere (23503).';
REVOKE EXECUTE ON FUNCTION mailstack.truncated_users_are_led_to() FROM PUBLIC;

CREATE FUNCTION mailstack.domains_are_led_into() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_domains_are_led_into' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.domains_are_led_into() IS 'Trigger function of domains: aliases that lead into a domain which is new, or of another class, lead somewhere (23503, 23514, 54000).';
REVOKE EXECUTE ON FUNCTION mailstack.domains_are_led_into() FROM PUBLIC;

CREATE FUNCTION mailstack.settings_lead_somewhere() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_settings_lead_somewhere' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.settings_lead_somewhere() IS 'Trigger function of settings: by another recipient_delimiter or postmaster_address, all aliases lead somewhere (23503, 23514, 54000).';
REVOKE EXECUTE ON FUNCTION mailstack.settings_lead_somewhere() FROM PUBLIC;

CREATE CONSTRAINT TRIGGER aliases_lead_somewhere AFTER INSERT OR UPDATE OR DELETE ON mailstack.aliases
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION mailstack.aliases_lead_somewhere();
CREATE CONSTRAINT TRIGGER users_are_led_to_delete AFTER DELETE ON mailstack.users
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION mailstack.users_are_led_to();
CREATE CONSTRAINT TRIGGER users_are_led_to_update AFTER UPDATE ON mailstack.users
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.email <> NEW.email)
    EXECUTE FUNCTION mailstack.users_are_led_to();
CREATE TRIGGER users_are_led_to_truncate AFTER TRUNCATE ON mailstack.users
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.truncated_users_are_led_to();
CREATE CONSTRAINT TRIGGER domains_are_led_into_insert AFTER INSERT ON mailstack.domains
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION mailstack.domains_are_led_into();
CREATE CONSTRAINT TRIGGER domains_are_led_into_update AFTER UPDATE ON mailstack.domains
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.domain <> NEW.domain OR OLD.class <> NEW.class OR OLD.alias_of IS DISTINCT FROM NEW.alias_of)
    EXECUTE FUNCTION mailstack.domains_are_led_into();
CREATE CONSTRAINT TRIGGER settings_lead_somewhere AFTER UPDATE ON mailstack.settings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.recipient_delimiter <> NEW.recipient_delimiter OR OLD.role_addresses <> NEW.role_addresses
          OR OLD.postmaster_address IS DISTINCT FROM NEW.postmaster_address)
    EXECUTE FUNCTION mailstack.settings_lead_somewhere();

CREATE FUNCTION mailstack.users_take_no_mail() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_users_take_no_mail' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.users_take_no_mail() IS 'Trigger function of users: a notice that names the aliases which lead to a user who takes no mail any more.';
REVOKE EXECUTE ON FUNCTION mailstack.users_take_no_mail() FROM PUBLIC;
CREATE TRIGGER users_take_no_mail AFTER UPDATE ON mailstack.users
    FOR EACH ROW WHEN (OLD.active AND OLD.receive = 'accept' AND (NOT NEW.active OR NEW.receive <> 'accept'))
    EXECUTE FUNCTION mailstack.users_take_no_mail();

CREATE FUNCTION mailstack.check_aliases() RETURNS TABLE (alias text, problem text)
    AS 'MODULE_PATHNAME', 'ms_check_aliases' LANGUAGE c STABLE PARALLEL SAFE;
COMMENT ON FUNCTION mailstack.check_aliases() IS
    'The aliases that break rule 3, and how: loops, destinations that are nothing here, more addresses than Postfix expands. Empty while the rules watch: see check_rules(). Reads all aliases.';
REVOKE EXECUTE ON FUNCTION mailstack.check_aliases() FROM PUBLIC;
