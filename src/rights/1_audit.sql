
-- -------------------------------------------------------------- room: rights

CREATE TABLE mailstack.audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
    session_role name NOT NULL DEFAULT session_user,
    role name NOT NULL,
    action text NOT NULL
        CONSTRAINT audit_action_known CHECK (action IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'GRANT', 'REVOKE')),
    table_name name,
    domain mailstack.mail_domain,
    key text,
    row_count bigint,
    old_values jsonb,
    new_values jsonb
);
CREATE INDEX audit_domain_idx ON mailstack.audit (domain mailstack.mail_domain_ops, id);
COMMENT ON TABLE mailstack.audit IS 'Who changed which row of mailstack''s tables, when, from what to what; and who was granted what by our functions. Written by triggers, as the owner; nobody else is granted more than to read it. prune_audit() shortens it. What a dump restores is not recorded again.';
COMMENT ON COLUMN mailstack.audit.id IS 'Grows from change to change; some numbers are left out.';
COMMENT ON COLUMN mailstack.audit.changed_at IS 'When, by the clock.';
COMMENT ON COLUMN mailstack.audit.transaction_id IS 'The transaction: what was changed together has the same (pg_current_xact_id()).';
COMMENT ON COLUMN mailstack.audit.session_role IS 'The role that was connected (session_user).';
COMMENT ON COLUMN mailstack.audit.role IS 'The role as which it was done, after SET ROLE.';
COMMENT ON COLUMN mailstack.audit.action IS 'INSERT, UPDATE, DELETE or TRUNCATE; GRANT or REVOKE where grant_postfix() and its like were called.';
COMMENT ON COLUMN mailstack.audit.table_name IS 'The table; NULL for GRANT and REVOKE.';
COMMENT ON COLUMN mailstack.audit.domain IS 'The domain of the row, by its new name. NULL: it has none, or there are several rows.';
COMMENT ON COLUMN mailstack.audit.key IS 'The primary key of the row, its columns divided by blanks; of GRANT and REVOKE the role. NULL: several rows.';
COMMENT ON COLUMN mailstack.audit.row_count IS 'Where one statement, not of a delegated administrator, changed more rows than settings.audit_rows: how many, and no more of them than this. NULL for one row.';
COMMENT ON COLUMN mailstack.audit.old_values IS 'What the columns held that have changed; of DELETE all that were not NULL. A password shows its scheme alone, a Sieve script its sieve_id().';
COMMENT ON COLUMN mailstack.audit.new_values IS 'What they hold now; of INSERT all that are not NULL. A password shows its scheme alone, a Sieve script its sieve_id().';
SELECT pg_extension_config_dump('mailstack.audit', '');
SELECT pg_extension_config_dump('mailstack.audit_id_seq', '');
CREATE TRIGGER restore_begin BEFORE INSERT ON mailstack.audit
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_begin();
CREATE TRIGGER restore_end AFTER INSERT ON mailstack.audit
    FOR EACH STATEMENT EXECUTE FUNCTION mailstack.restore_end();
ALTER TABLE mailstack.audit ENABLE ALWAYS TRIGGER restore_begin, ENABLE ALWAYS TRIGGER restore_end;

CREATE FUNCTION mailstack.audit_changes() RETURNS trigger
    AS 'MODULE_PATHNAME', 'ms_audit_changes' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.audit_changes() IS 'Trigger function, AFTER each statement: writes audit.';
REVOKE EXECUTE ON FUNCTION mailstack.audit_changes() FROM PUBLIC;

-- Every table of ours, whatever room it is of, but those that triggers of ours or the clock's worker write; a table dovecot_... is
-- where Dovecot writes, and usage and last_logins what comes of it. Names sort after those of the triggers that refuse.
DO $$
DECLARE
    audited name;
BEGIN
    FOR audited IN SELECT relname FROM pg_catalog.pg_class
                   WHERE relnamespace = 'mailstack'::pg_catalog.regnamespace AND relkind = 'r'
                     AND relname <> ALL (ARRAY['audit', 'transport_changes', 'list_slots', 'retired_maildirs', 'maildir_tasks', 'usage', 'last_logins', 'clock_events'])
                     AND NOT pg_catalog.starts_with(relname, 'dovecot_')
                   ORDER BY relname LOOP
        EXECUTE pg_catalog.format('CREATE TRIGGER zz_audit_insert AFTER INSERT ON mailstack.%I REFERENCING NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION mailstack.audit_changes()', audited);
        EXECUTE pg_catalog.format('CREATE TRIGGER zz_audit_update AFTER UPDATE ON mailstack.%I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION mailstack.audit_changes()', audited);
        EXECUTE pg_catalog.format('CREATE TRIGGER zz_audit_delete AFTER DELETE ON mailstack.%I REFERENCING OLD TABLE AS old_rows
            FOR EACH STATEMENT EXECUTE FUNCTION mailstack.audit_changes()', audited);
        EXECUTE pg_catalog.format('CREATE TRIGGER zz_audit_truncate AFTER TRUNCATE ON mailstack.%I
            FOR EACH STATEMENT EXECUTE FUNCTION mailstack.audit_changes()', audited);
    END LOOP;
END $$;

CREATE FUNCTION mailstack.prune_audit(before timestamptz) RETURNS bigint
    LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE
BEGIN ATOMIC
    WITH pruned AS (DELETE FROM mailstack.audit WHERE changed_at < $1 RETURNING id),
         counted AS (SELECT count(*) AS n FROM pruned),
         told AS (INSERT INTO mailstack.audit (role, action, table_name, row_count)
                  SELECT current_user, 'DELETE', 'audit', n FROM counted WHERE n > 0)
    SELECT n FROM counted;
END;
COMMENT ON FUNCTION mailstack.prune_audit(timestamptz) IS 'Deletes what audit has of the time before, and records there how many rows that were; returns the number. For the owner: it asks for DELETE on audit.';
REVOKE EXECUTE ON FUNCTION mailstack.prune_audit(timestamptz) FROM PUBLIC;
