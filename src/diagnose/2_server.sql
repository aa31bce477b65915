
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
      FROM pg_catalog.pg_class c WHERE c.relnamespace = 'mailstack'::regnamespace AND c.relkind = 'r' AND c.relpersistence = 'u'
    UNION ALL
    -- ENABLE TRIGGER ALL would switch off those that are there for pg_restore, which always fire.
    SELECT 'trigger', 'error', t.tgrelid::regclass::text, 'rules are not kept: ' || count(*) || ' of its triggers are switched off',
           'ALTER TABLE ' || t.tgrelid::regclass::text || ' ' || string_agg('ENABLE TRIGGER ' || pg_catalog.quote_ident(t.tgname), ', ' ORDER BY t.tgname) || '; then SELECT * FROM mailstack.check_rules() says what has broken meanwhile.'
      FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
     WHERE c.relnamespace = 'mailstack'::regnamespace AND t.tgenabled IN ('D', 'R') GROUP BY t.tgrelid
    UNION ALL
    SELECT 'constraint', 'warning', c.conrelid::regclass::text, 'rows from before constraint ' || c.conname || ' was made may break it', 'ALTER TABLE ' || c.conrelid::regclass::text || ' VALIDATE CONSTRAINT ' || pg_catalog.quote_ident(c.conname)
      FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_class r ON r.oid = c.conrelid
     WHERE r.relnamespace = 'mailstack'::regnamespace AND NOT c.convalidated;
END;
COMMENT ON FUNCTION mailstack.diagnose_indexes() IS 'What diagnose() has to say of indexes, triggers and constraints, and of how tables are stored.';
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
    SELECT 'grant to PUBLIC', 'error', 'schema mailstack', 'everybody who can connect may create objects in it', 'REVOKE CREATE ON SCHEMA mailstack FROM PUBLIC'
      FROM pg_catalog.pg_namespace n, LATERAL aclexplode(n.nspacl) a
     WHERE n.nspname = 'mailstack' AND a.grantee = 0 AND a.privilege_type = 'CREATE'
    UNION ALL
    -- Those that the whole table was granted to PUBLIC are said above.
    SELECT 'reads password hashes', CASE h.grantee WHEN 0 THEN 'error' ELSE 'warning' END, CASE h.grantee WHEN 0 THEN 'PUBLIC' ELSE h.grantee::regrole::text END,
           'the role can read the password hashes in ' || string_agg(DISTINCT h.name, ' and '),
           'Grant it the other columns by name, or one of grant_postfix(), grant_dovecot() and grant_admin().'
      FROM (SELECT r.name, a.grantee FROM relations r, LATERAL aclexplode(r.acl) a
             WHERE r.short IN ('users', 'app_passwords') AND a.privilege_type = 'SELECT' AND a.grantee NOT IN (0, r.owner)
            UNION ALL
            SELECT r.name, a.grantee FROM relations r JOIN pg_catalog.pg_attribute p ON p.attrelid = r.oid, LATERAL aclexplode(p.attacl) a
             WHERE r.kind = 'TABLE' AND p.atttypid = 'mailstack.mail_password'::regtype AND a.privilege_type = 'SELECT' AND a.grantee <> r.owner) h
     GROUP BY h.grantee
    UNION ALL
    SELECT 'a daemon that can do more', 'warning', d.role::regrole::text, 'one role asks for Postfix and for Dovecot',
           'Whoever breaks into Postfix reads all password hashes through dovecot_passdb(). Give each a role: SELECT mailstack.revoke_dovecot(...), and grant_dovecot() to another.'
      FROM daemons d
     WHERE has_function_privilege(d.role, 'mailstack.postfix_virtual_alias_maps(text)', 'EXECUTE') AND has_function_privilege(d.role, 'mailstack.dovecot_passdb(text, text)', 'EXECUTE')
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = d.role AND r.rolsuper)
    UNION ALL
    SELECT 'a daemon that can do more', 'warning', a.grantee::regrole::text, 'a daemon''s role has ' || string_agg(DISTINCT a.privilege_type, ', ') || ' on ' || r.name,
           'REVOKE ALL ON ' || r.name || ' FROM ' || a.grantee::regrole::text || ', and then grant_postfix() or grant_dovecot() again: its lookups need no right to a table.'
      FROM relations r, LATERAL aclexplode(r.acl) a
     WHERE a.grantee IN (SELECT role FROM daemons) AND NOT starts_with(r.short, 'dovecot_') AND NOT starts_with(r.short, 'postfix_')
       AND NOT (r.short IN ('users', 'app_passwords') AND a.privilege_type = 'SELECT')
     GROUP BY a.grantee, r.name
    UNION ALL
    SELECT 'a daemon that can do more', 'warning', r.rolname::text, 'a daemon''s role is a member of ' || string_agg(m.rolname, ', ' ORDER BY m.rolname),
           'Whoever breaks into the daemon has the rights of those. REVOKE them from it.'
      FROM daemons d JOIN pg_catalog.pg_roles r ON r.oid = d.role
      JOIN pg_catalog.pg_roles m ON m.oid <> r.oid AND pg_has_role(r.oid, m.oid, 'MEMBER')
       AND (m.rolsuper OR m.rolname IN ('pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program'))
     WHERE NOT r.rolsuper GROUP BY r.rolname
    UNION ALL
    SELECT 'a daemon that can do more', 'warning', r.rolname::text, CASE WHEN r.rolsuper THEN 'a daemon''s role is a superuser' ELSE 'a daemon''s role has BYPASSRLS' END,
           'Whoever breaks into the daemon has the whole server. Give it a role that can do nothing else.'
      FROM daemons d JOIN pg_catalog.pg_roles r ON r.oid = d.role WHERE r.rolsuper OR r.rolbypassrls
    UNION ALL
    SELECT 'a setting that hurts lookups', 'error', coalesce(r.rolname || ' in ', '') || coalesce(pg_catalog.quote_ident(b.datname), 'all databases'), s.setting,
           CASE split_part(s.setting, '=', 1)
               WHEN 'client_encoding' THEN 'What cannot be said in it is no answer: leave it to the daemons, which set their own.'
               WHEN 'standard_conforming_strings' THEN 'The daemons quote backslashes as if it were on.'
               WHEN 'session_replication_role' THEN 'Whatever is written so goes past all rules.'
               ELSE 'A lookup that is cut off stops all mail for a minute; one that waits does no harm.' END
           || ' ALTER ' || CASE WHEN r.rolname IS NULL THEN 'DATABASE ' || pg_catalog.quote_ident(b.datname) ELSE 'ROLE ' || pg_catalog.quote_ident(r.rolname)
                || coalesce(' IN DATABASE ' || pg_catalog.quote_ident(b.datname), '') END || ' RESET ' || split_part(s.setting, '=', 1)
      FROM pg_catalog.pg_db_role_setting c
      LEFT JOIN pg_catalog.pg_roles r ON r.oid = c.setrole
      LEFT JOIN pg_catalog.pg_database b ON b.oid = c.setdatabase,
           LATERAL unnest(c.setconfig) AS s(setting)
     WHERE (c.setdatabase = 0 OR b.datname = current_database())
       AND (c.setrole = 0 OR c.setrole IN (SELECT role FROM daemons) OR s.setting LIKE 'session_replication_role=%')
       AND (s.setting ~* '^(client_encoding=(?!utf-?8$|unicode$)|standard_conforming_strings=(off|false|no|0)$|session_replication_role=(?!origin))'
            OR s.setting ~ '^(statement_timeout|lock_timeout|idle_session_timeout)=' AND s.setting !~ '=0[a-z]*$'
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
           'What it holds back fills the disk. Start its replica, or SELECT pg_drop_replication_slot(' || quote_literal(s.slot_name) || ')'
      FROM pg_catalog.pg_replication_slots s WHERE NOT s.active AND NOT s.temporary AND s.wal_status IS DISTINCT FROM 'lost'
    UNION ALL
    SELECT 'replication', 'error', s.slot_name::text, 'the WAL that the replication slot is to keep is gone',
           'Its replica cannot follow any more: make it anew with pg_basebackup. SELECT pg_drop_replication_slot(' || quote_literal(s.slot_name) || ')'
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
    SELECT 'clock', 'warning', 'the clock of ' || l.host, 'it is not synchronised' || coalesce(', though ' || l.source || ' runs', ''),
           'Dovecot ends mail processes when it is set back. Run chrony there: mailstack.config_files(''chrony'').'
      FROM (SELECT DISTINCT ON (host) host, synchronised, source FROM mailstack.clock_events WHERE host IS NOT NULL ORDER BY host, id DESC) l WHERE NOT l.synchronised
    UNION ALL
    SELECT 'clock', CASE e.dovecot WHEN 'kills' THEN 'error' ELSE 'warning' END, coalesce('the clock of ' || e.host, 'the clock'), 'it was set by ' || round(extract(epoch FROM e.step), 3) || ' s on ' || date_trunc('second', e.seen_at),
           CASE e.dovecot WHEN 'kills' THEN 'Dovecot''s mail processes end themselves then.' WHEN 'sleeps' THEN 'Dovecot''s mail processes sleep for as long.'
                ELSE 'Dovecot warns of it.' END || ' Let it be slewed: see doc/clock.md.'
      FROM mailstack.clock_events e WHERE e.dovecot <> 'nothing' AND e.seen_at > now() - interval '7 days'
    UNION ALL
    SELECT 'rows from the future', 'warning', r.table_name || '.' || r.column_name, r.row_count || ' rows say what is yet to happen, up to ' || date_trunc('second', r.latest),
           'The clock was set back, or was wrong when they were written.'
      FROM mailstack.rows_from_the_future() r
     -- Dovecot's host may be a little ahead of this one.
     WHERE r.latest > now() + interval '1 minute';
END;
COMMENT ON FUNCTION mailstack.diagnose_clock() IS 'What diagnose() has to say of the clock.';
REVOKE EXECUTE ON FUNCTION mailstack.diagnose_clock() FROM PUBLIC;
