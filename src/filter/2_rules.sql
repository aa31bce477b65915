
CREATE FUNCTION mailstack.filters_before() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_filters_before' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.filters_before() IS 'Trigger function of filters: canonical addresses, what is left out, and the checks of one row (23514); a user who is not there is refused (23503).';
REVOKE EXECUTE ON FUNCTION mailstack.filters_before() FROM PUBLIC;

CREATE FUNCTION mailstack.filters_after() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_filters_after' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.filters_after() IS 'Trigger function of filters: the filters of an owner make a script that compiles (22023), of no more than 256 KiB and with no more than 4 forwards (54000). A notice where the mail of the owner is delivered by virtual(8), which runs no Sieve.';
REVOKE EXECUTE ON FUNCTION mailstack.filters_after() FROM PUBLIC;

CREATE FUNCTION mailstack.filters_lead_somewhere() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_filters_lead_somewhere' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.filters_lead_somewhere() IS 'Trigger function of filters: a forward leads to something, and not back (23503, 23514), also by aliases and by other forwards.';
REVOKE EXECUTE ON FUNCTION mailstack.filters_lead_somewhere() FROM PUBLIC;

CREATE FUNCTION mailstack.sieve_scripts_before() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_sieve_scripts_before' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION mailstack.sieve_scripts_before() IS 'Trigger function of sieve_scripts: canonical address, and the checks of one row (23514); a user who is not there is refused (23503). A notice where the script does not run.';
REVOKE EXECUTE ON FUNCTION mailstack.sieve_scripts_before() FROM PUBLIC;

CREATE TRIGGER filters_before BEFORE INSERT OR UPDATE ON mailstack.filters
    FOR EACH ROW EXECUTE FUNCTION mailstack.filters_before();
CREATE CONSTRAINT TRIGGER "01_filters_domain" AFTER INSERT OR UPDATE ON mailstack.filters
    DEFERRABLE FOR EACH ROW WHEN (NEW.domain IS NOT NULL) EXECUTE FUNCTION mailstack.require_domain('domain', 'virtual_mailbox');
CREATE TRIGGER filters_after AFTER INSERT OR UPDATE ON mailstack.filters
    FOR EACH ROW WHEN (NEW.active) EXECUTE FUNCTION mailstack.filters_after();
CREATE CONSTRAINT TRIGGER filters_lead_somewhere AFTER INSERT OR UPDATE ON mailstack.filters
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.active AND NEW.destination IS NOT NULL)
    EXECUTE FUNCTION mailstack.filters_lead_somewhere();
CREATE TRIGGER sieve_scripts_before BEFORE INSERT OR UPDATE ON mailstack.sieve_scripts
    FOR EACH ROW EXECUTE FUNCTION mailstack.sieve_scripts_before();
CREATE CONSTRAINT TRIGGER "01_sieve_scripts_domain" AFTER INSERT OR UPDATE ON mailstack.sieve_scripts
    DEFERRABLE FOR EACH ROW WHEN (NEW.domain IS NOT NULL) EXECUTE FUNCTION mailstack.require_domain('domain', 'virtual_mailbox');
