
CREATE FUNCTION mailstack.diagnose_indexes() RETURNS TABLE (topic text, severity text, object text, finding text, hint text)
    LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    SELECT DISTINCT 'index', 'error', m.table_name || '.' || m.column_name, 'no valid index serves the lookups by it',
           'They raise, and mail stops. REINDEX TABLE mailstack.' || m.table_name || ', or make again what was dropped.'
      FROM mailstack.missing_indexes() m
    UNION ALL
    SELECT 'index', 'warning', i.indexrelid::regclass::text, 'the index is not valid',
           'REINDEX INDEX CONCURRENTLY ' || i.indexrelid::regclass::text || ', or drop it, where it is left of one that was interrupted.'
      FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
     WHERE c.relnamespace = 'mailstack'::regnamespace AND NOT (i.indisvalid AND i.indisready)
    UNION ALL
    SELECT 'unlogged table', 'error', c.oid::regclass::text, 'the table is unlogged', 'After a crash it is empty, and on a replica always. ALTER TABLE ' || c.oid::regclass::text || ' SET LOGGED'
      FROM pg_catalog.pg_class c WHERE c.relnamespace = 'mailstack'::regnamespace AND c.relkind = 'r' AND c.relpersistence = 'u';
END;
COMMENT ON FUNCTION mailstack.diagnose_indexes() IS 'What diagnose() has to say of indexes and of how tables are stored.';
REVOKE EXECUTE ON FUNCTION mailstack.diagnose_indexes() FROM PUBLIC;

CREATE FUNCTION mailstack.diagnose_roles() RETURNS TABLE (topic text, severity text, object text, finding text, hint text)
    LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    WITH functions AS (
        SELECT p.oid, p.oid::regprocedure::text AS name, p.proacl AS acl, p.proowner AS owner, 'FUNCTION' AS kind, 'pg_catalog.pg_proc'::regclass AS class, p.proname AS short
          FROM pg_catalog.pg_proc p WHERE p.pronamespace = 'mailstack'::regnamespace),
    relations AS (
        SELECT c.oid, c.oid::regclass::text AS name, c.relacl AS acl, c.relowner AS owner, 'TABLE' AS kind, 'pg_catalog.pg_class'::regclass AS class, c.relname AS short
          FROM pg_catalog.pg_class c WHERE c.relnamespace = 'mailstack'::regnamespace AND c.relkind IN ('r', 'v', 'f', 'S')),
    objects AS (SELECT * FROM functions UNION ALL SELECT * FROM relations),
    -- Roles that ask what a daemon asks: nobody else executes those functions.
    daemons AS (
        SELECT DISTINCT a.grantee AS role FROM functions f, LATERAL aclexplode(f.acl) a
         WHERE (starts_with(f.short, 'postfix_') OR starts_with(f.short, 'dovecot_')) AND a.grantee NOT IN (0, f.owner))
    SELECT 'grant to PUBLIC', 'error', o.name, 'everybody who can connect has ' || string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) || ' on it',
           'REVOKE ALL ON ' || o.kind || ' ' || o.name || ' FROM PUBLIC'
      FROM objects o, LATERAL aclexplode(o.acl) a
     WHERE a.grantee = 0
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_init_privs i, LATERAL aclexplode(i.initprivs) was
                        WHERE i.classoid = o.class AND i.objoid = o.oid AND i.objsubid = 0 AND was.grantee = 0 AND was.privilege_type = a.privilege_type)
       -- One without a list of its own is as it was made: what is not revoked in the script is everybody's.
       AND (o.kind = 'TABLE' OR EXISTS (SELECT FROM pg_catalog.pg_init_privs i WHERE i.classoid = o.class AND i.objoid = o.oid))
     GROUP BY o.name, o.kind
    UNION ALL
    SELECT 'reads password hashes', 'warning', a.grantee::regrole::text, 'the role can read the password hashes in ' || string_agg(r.name, ' and ' ORDER BY r.name),
           'Grant it the other columns by name, or one of grant_postfix(), grant_dovecot() and grant_admin().'
      FROM relations r, LATERAL aclexplode(r.acl) a
     WHERE r.short IN ('users', 'app_passwords') AND a.privilege_type = 'SELECT' AND a.grantee NOT IN (0, r.owner)
     GROUP BY a.grantee
    UNION ALL
    SELECT 'a daemon that can do more', 'warning', r.rolname::text, CASE WHEN r.rolsuper THEN 'a daemon''s role is a superuser' ELSE 'a daemon''s role has BYPASSRLS' END,
           'Whoever breaks into the daemon has the whole server. Give it a role that can do nothing else.'
      FROM daemons d JOIN pg_catalog.pg_roles r ON r.oid = d.role WHERE r.rolsuper OR r.rolbypassrls
    UNION ALL
    SELECT 'a setting that hurts lookups', 'error', coalesce(r.rolname || ' in ', '') || coalesce(pg_catalog.quote_ident(b.datname), 'all databases'), s.setting,
           CASE split_part(s.setting, '=', 1)
               WHEN 'client_encoding' THEN 'What cannot be said in it is no answer: leave it to the daemons, which set their own.'
               WHEN 'standard_conforming_strings' THEN 'The daemons quote backslashes as if it were on.'
               ELSE 'A lookup that is cut off stops all mail for a minute; one that waits does no harm.' END
           || ' ALTER ' || CASE WHEN r.rolname IS NULL THEN 'DATABASE ' || pg_catalog.quote_ident(b.datname) ELSE 'ROLE ' || pg_catalog.quote_ident(r.rolname)
                || coalesce(' IN DATABASE ' || pg_catalog.quote_ident(b.datname), '') END || ' RESET ' || split_part(s.setting, '=', 1)
      FROM pg_catalog.pg_db_role_setting c
      LEFT JOIN pg_catalog.pg_roles r ON r.oid = c.setrole
      LEFT JOIN pg_catalog.pg_database b ON b.oid = c.setdatabase,
           LATERAL unnest(c.setconfig) AS s(setting)
     WHERE (c.setdatabase = 0 OR b.datname = current_database()) AND (c.setrole = 0 OR c.setrole IN (SELECT role FROM daemons))
       AND (s.setting ~ '^(client_encoding=|standard_conforming_strings=off)'
            OR s.setting ~ '^(statement_timeout|lock_timeout|idle_session_timeout)=' AND s.setting !~ '=0$'
               -- What grant_postfix() sets for the role in this database holds over what is set for the database.
               AND NOT (c.setrole = 0 AND NOT EXISTS (SELECT FROM daemons d WHERE NOT EXISTS (
                   SELECT FROM pg_catalog.pg_db_role_setting o, LATERAL unnest(o.setconfig) AS own(setting)
                    WHERE o.setrole = d.role AND own.setting = split_part(s.setting, '=', 1) || '=0'))));
END;
COMMENT ON FUNCTION mailstack.diagnose_roles() IS 'What diagnose() has to say of privileges and of the settings of roles.';
REVOKE EXECUTE ON FUNCTION mailstack.diagnose_roles() FROM PUBLIC;

-- How long a replica is behind is known to the primary only while something of what it has sent comes back: for one whose replay is paused
-- there may be no replay_lag at all, but there is ever more WAL.
CREATE FUNCTION mailstack.diagnose_replication(behind interval, bytes bigint) RETURNS TABLE (topic text, severity text, object text, finding text, hint text)
    LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED
BEGIN ATOMIC
    SELECT 'replication', 'warning', r.application_name || coalesce(' at ' || host(r.client_addr), ''),
           'the replica is ' || CASE WHEN r.replay_lag > $1 THEN date_trunc('second', r.replay_lag)::text ELSE pg_size_pretty(w.missing) || ' of WAL' END || ' behind',
           'Its lookups answer what was then: a new user is unknown there, an old password good.'
      FROM pg_catalog.pg_stat_replication r,
           LATERAL (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END - r.replay_lsn AS missing) w
     WHERE r.replay_lag > $1 OR w.missing > $2
    UNION ALL
    SELECT 'replication', 'error', s.slot_name::text, 'nobody reads from the replication slot',
           'What it holds back fills the disk. Start its replica, or SELECT pg_drop_replication_slot(''' || s.slot_name || ''')'
      FROM pg_catalog.pg_replication_slots s WHERE NOT s.active AND NOT s.temporary AND s.wal_status IS DISTINCT FROM 'lost'
    UNION ALL
    SELECT 'replication', 'error', s.slot_name::text, 'the WAL that the replication slot is to keep is gone',
           'Its replica cannot follow any more: make it anew with pg_basebackup. SELECT pg_drop_replication_slot(''' || s.slot_name || ''')'
      FROM pg_catalog.pg_replication_slots s WHERE s.wal_status = 'lost'
    UNION ALL
    SELECT 'replication', 'error', 'this server', 'as a replica it is not connected to its primary', 'Its log says why. Its lookups answer what was then.'
     WHERE pg_is_in_recovery()
       AND EXISTS (SELECT FROM pg_catalog.pg_settings p WHERE p.name = 'primary_conninfo' AND p.setting <> '')
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_wal_receiver)
    UNION ALL
    SELECT 'replication', 'warning', 'this server', 'as a replica it is ' || date_trunc('second', now() - pg_last_xact_replay_timestamp())::text || ' behind',
           'Where the primary has had nothing to do it only looks so.'
     WHERE pg_is_in_recovery() AND now() - pg_last_xact_replay_timestamp() > $1
       AND pg_last_wal_receive_lsn() IS DISTINCT FROM pg_last_wal_replay_lsn()
    UNION ALL
    SELECT 'audit', 'notice', 'audit', 'it goes back to ' || a.first::date, 'SELECT mailstack.prune_audit(now() - interval ''1 year'') shortens it.'
      FROM (SELECT min(changed_at) AS first FROM (SELECT changed_at FROM mailstack.audit ORDER BY id LIMIT 1) oldest) a WHERE a.first < now() - interval '2 years';
END;
COMMENT ON FUNCTION mailstack.diagnose_replication(interval, bigint) IS 'What diagnose() has to say of replicas that are behind by more than that time, or by more octets of WAL, and of records that grow.';
REVOKE EXECUTE ON FUNCTION mailstack.diagnose_replication(interval, bigint) FROM PUBLIC;

CREATE FUNCTION mailstack.diagnose_clock() RETURNS TABLE (topic text, severity text, object text, finding text, hint text)
    LANGUAGE sql VOLATILE PARALLEL RESTRICTED
BEGIN ATOMIC
    SELECT 'clock', 'warning', 'the clock', 'it is not synchronised' || coalesce(', though ' || c.source || ' runs', ''),
           'Dovecot ends mail processes when it is set back. Run chrony, or say to whoever runs the host: mailstack.config_files(''chrony'').'
      FROM mailstack.clock_status() c WHERE NOT c.synchronised
    UNION ALL
    SELECT 'clock', CASE e.dovecot WHEN 'kills' THEN 'error' ELSE 'warning' END, 'the clock', 'it was set by ' || round(extract(epoch FROM e.step), 3) || ' s on ' || date_trunc('second', e.seen_at),
           CASE e.dovecot WHEN 'kills' THEN 'Dovecot''s mail processes ended themselves.' WHEN 'sleeps' THEN 'Dovecot''s mail processes slept for as long.'
                ELSE 'Dovecot warned of it.' END || ' Let it be slewed: see doc/clock.md.'
      FROM mailstack.clock_events e WHERE e.dovecot <> 'nothing' AND e.seen_at > now() - interval '7 days'
    UNION ALL
    SELECT 'rows from the future', 'warning', r.table_name || '.' || r.column_name, r.row_count || ' rows say what is yet to happen, up to ' || date_trunc('second', r.latest),
           'The clock was set back, or was wrong when they were written.'
      FROM mailstack.rows_from_the_future() r;
END;
COMMENT ON FUNCTION mailstack.diagnose_clock() IS 'What diagnose() has to say of the clock.';
REVOKE EXECUTE ON FUNCTION mailstack.diagnose_clock() FROM PUBLIC;
