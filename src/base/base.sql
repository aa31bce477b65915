\echo Use "CREATE EXTENSION mailstack" to load this file. \quit

-- ---------------------------------------------------------------- room: base

-- CREATE EXTENSION takes a schema of this name that is there already, as a restore needs. Whoever owns it, or may
-- create in it, could have laid a function in the way of those below, or lay one later: only superusers may. All
-- names are qualified, since the path of this script begins with that schema.
DO $$
DECLARE
    role pg_catalog.name;
    what pg_catalog.text;
BEGIN
    SELECT r.rolname, found.what INTO role, what
      FROM (SELECT n.nspowner, 'owns it'
              FROM pg_catalog.pg_namespace n WHERE n.oid OPERATOR(pg_catalog.=) 'mailstack'::pg_catalog.regnamespace
            UNION ALL
            SELECT a.grantee, 'may create in it'
              FROM pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a
             WHERE n.oid OPERATOR(pg_catalog.=) 'mailstack'::pg_catalog.regnamespace AND a.privilege_type OPERATOR(pg_catalog.=) 'CREATE'
            UNION ALL
            SELECT p.proowner, 'owns a function in it'
              FROM pg_catalog.pg_proc p WHERE p.pronamespace OPERATOR(pg_catalog.=) 'mailstack'::pg_catalog.regnamespace
            UNION ALL
            SELECT o.oprowner, 'owns an operator in it'
              FROM pg_catalog.pg_operator o WHERE o.oprnamespace OPERATOR(pg_catalog.=) 'mailstack'::pg_catalog.regnamespace
            UNION ALL
            SELECT t.typowner, 'owns a table or a type in it'
              FROM pg_catalog.pg_type t WHERE t.typnamespace OPERATOR(pg_catalog.=) 'mailstack'::pg_catalog.regnamespace
           ) found (roleid, what)
      LEFT JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) found.roleid
     WHERE r.rolsuper IS NOT TRUE
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the schema mailstack is there already, and is not safe'
            USING ERRCODE = '55000', DETAIL = pg_catalog.format('%I, who is no superuser, %s.', coalesce(role, 'public'), what),
                  HINT = 'Look at what is in it; then rename or drop it.';
    END IF;
END
$$;

COMMENT ON SCHEMA mailstack IS 'The mail user database behind Postfix and Dovecot. Postfix and Dovecot ask its functions postfix_* and dovecot_*; an operator writes its tables.';
