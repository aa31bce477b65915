
-- They run as whoever calls them, the owner or a superuser: what they do is GRANT and REVOKE.

CREATE FUNCTION mailstack.grant_postfix(role regrole) RETURNS void
    AS 'MODULE_PATHNAME', 'ms_grant_postfix' LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.grant_postfix(regrole) IS
    'Lets a role ask what Postfix asks, and nothing else: USAGE on the schema and EXECUTE on the functions postfix_...; in this database no statement of the role is cut off by a time limit (statement_timeout, lock_timeout, idle_session_timeout), since for Postfix an error is an outage and waiting is none. Warns where the role can do more in any case: as a superuser, by BYPASSRLS, or by other rights to tables of mailstack, its own or of a role that it is a member of, which it names. Raises 22023 for PUBLIC and 42704 for a role that is not there. For the owner of the extension. See revoke_postfix().';
REVOKE EXECUTE ON FUNCTION mailstack.grant_postfix(regrole) FROM PUBLIC;

CREATE FUNCTION mailstack.grant_dovecot(role regrole) RETURNS void
    AS 'MODULE_PATHNAME', 'ms_grant_dovecot' LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.grant_dovecot(regrole) IS
    'Lets a role ask what Dovecot asks, and nothing else: USAGE on the schema, EXECUTE on the functions dovecot_..., and reading and writing the tables dovecot_..., if there are any; no statement of the role is cut off, as grant_postfix() has it. Warns where the role can do more in any case: as a superuser, by BYPASSRLS, or by other rights to tables of mailstack, its own or of a role that it is a member of, which it names. Raises 22023 for PUBLIC and 42704 for a role that is not there. For the owner of the extension. See revoke_dovecot().';
REVOKE EXECUTE ON FUNCTION mailstack.grant_dovecot(regrole) FROM PUBLIC;

CREATE FUNCTION mailstack.grant_runner(role regrole) RETURNS void
    AS 'MODULE_PATHNAME', 'ms_grant_runner' LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.grant_runner(regrole) IS
    'Lets a role be that of mailstack-runner, and nothing else: USAGE on the schema and EXECUTE on the functions runner_..., by which it takes tasks and reports them; no statement of the role is cut off, as grant_postfix() has it. Warns where the role can do more in any case: as a superuser, by BYPASSRLS, or by other rights to tables of mailstack, its own or of a role that it is a member of, which it names. Raises 22023 for PUBLIC and 42704 for a role that is not there. For the owner of the extension. See revoke_runner().';
REVOKE EXECUTE ON FUNCTION mailstack.grant_runner(regrole) FROM PUBLIC;

CREATE FUNCTION mailstack.grant_admin(role regrole, domain mailstack.mail_domain DEFAULT NULL) RETURNS void
    AS 'MODULE_PATHNAME', 'ms_grant_admin' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.grant_admin(regrole, mailstack.mail_domain) IS
    'Makes a role a delegated administrator of a domain, or of all: it sees and changes the users, aliases and other rows of the domain, within the limits of domain_admins, and nothing of other domains; of all domains it can also make and delete some. No password hash, no uid, gid or maildir, no settings, no rights. Warns where the role can do more in any case: as a superuser, by BYPASSRLS, or by other rights to tables of mailstack, its own or of a role that it is a member of, which it names. Raises 22004 where role is NULL, 22023 for PUBLIC and for a domain that is not hosted here, 42704 for a role that is not there. For the owner of the extension. See revoke_admin().';
REVOKE EXECUTE ON FUNCTION mailstack.grant_admin(regrole, mailstack.mail_domain) FROM PUBLIC;

CREATE FUNCTION mailstack.revoke_postfix(role regrole) RETURNS void
    AS 'MODULE_PATHNAME', 'ms_revoke_postfix' LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.revoke_postfix(regrole) IS
    'Takes back what grant_postfix() gave. USAGE on the schema stays while the role has another right in it. Raises 22023 for PUBLIC and 42704 for a role that is not there.';
REVOKE EXECUTE ON FUNCTION mailstack.revoke_postfix(regrole) FROM PUBLIC;

CREATE FUNCTION mailstack.revoke_dovecot(role regrole) RETURNS void
    AS 'MODULE_PATHNAME', 'ms_revoke_dovecot' LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.revoke_dovecot(regrole) IS
    'Takes back what grant_dovecot() gave. USAGE on the schema stays while the role has another right in it. Raises 22023 for PUBLIC and 42704 for a role that is not there.';
REVOKE EXECUTE ON FUNCTION mailstack.revoke_dovecot(regrole) FROM PUBLIC;

CREATE FUNCTION mailstack.revoke_runner(role regrole) RETURNS void
    AS 'MODULE_PATHNAME', 'ms_revoke_runner' LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.revoke_runner(regrole) IS
    'Takes back what grant_runner() gave. USAGE on the schema stays while the role has another right in it. Raises 22023 for PUBLIC and 42704 for a role that is not there.';
REVOKE EXECUTE ON FUNCTION mailstack.revoke_runner(regrole) FROM PUBLIC;

CREATE FUNCTION mailstack.revoke_admin(role regrole, domain mailstack.mail_domain DEFAULT NULL) RETURNS void
    AS 'MODULE_PATHNAME', 'ms_revoke_admin' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.revoke_admin(regrole, mailstack.mail_domain) IS
    'Takes a domain from a delegated administrator, or, without one, all that grant_admin() gave. With the last domain the rights go, too. Raises 22004 where role is NULL, 22023 for PUBLIC and 42704 for a role that is not there.';
REVOKE EXECUTE ON FUNCTION mailstack.revoke_admin(regrole, mailstack.mail_domain) FROM PUBLIC;
