
CREATE FUNCTION mailstack.home_path(email mailstack.mail_address) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN (SELECT mailstack.home_path(s.mail_root::text, u.maildir)
            FROM mailstack.users u, mailstack.settings s WHERE u.email OPERATOR(mailstack.=) $1);
COMMENT ON FUNCTION mailstack.home_path(mailstack.mail_address) IS
    'The home of a user: mail_root and maildir with one slash between and one at the end. NULL where there is no such user.';

CREATE FUNCTION mailstack.address_is_available(email mailstack.mail_address) RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN EXISTS (SELECT FROM mailstack.domains d
                   WHERE d.alias_domain OPERATOR(mailstack.=) mailstack.address_domain($1))
       AND NOT EXISTS (SELECT FROM mailstack.settings s
                       WHERE mailstack.address_detail($1, s.recipient_delimiter) IS NOT NULL)
       AND NOT EXISTS (SELECT FROM mailstack.users u WHERE u.email OPERATOR(mailstack.=) $1)
       AND NOT EXISTS (SELECT FROM mailstack.aliases a WHERE a.alias OPERATOR(mailstack.=) $1);
COMMENT ON FUNCTION mailstack.address_is_available(mailstack.mail_address) IS
    'Whether the address, in any spelling, is neither a mailbox nor an alias nor relocated nor a sub-address, in a domain hosted here in a class that could have either.';

CREATE FUNCTION mailstack.preview_transport(
        domain mailstack.mail_domain, transport mailstack.mail_transport,
        OUT from_transport mailstack.mail_transport, OUT to_transport mailstack.mail_transport,
        OUT users bigint, OUT own_transport bigint, OUT other_uid bigint, OUT problem text)
    RETURNS record
    AS 'MODULE_PATHNAME', 'ms_preview_transport' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.preview_transport(mailstack.mail_domain, mailstack.mail_transport) IS
    'What switch_transport() would do, without doing it: from and to, the users of the domain, how many of them have a transport of their own and so stay, how many have another uid than the service runs as, and the problem that would refuse it, or NULL. It makes the switch and takes it back, so that the two cannot disagree. Raises 22023 for a domain that is not hosted here, 22004 for NULL.';
REVOKE EXECUTE ON FUNCTION mailstack.preview_transport(mailstack.mail_domain, mailstack.mail_transport) FROM PUBLIC;

CREATE FUNCTION mailstack.switch_transport(
        domain mailstack.mail_domain, transport mailstack.mail_transport,
        OUT from_transport mailstack.mail_transport, OUT to_transport mailstack.mail_transport, OUT changed boolean)
    RETURNS record
    AS 'MODULE_PATHNAME', 'ms_switch_transport' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.switch_transport(mailstack.mail_domain, mailstack.mail_transport) IS
    'Delivers a domain''s mail by another transport (transport(5)) from the next message on, and logs it in transport_changes. Where it is the transport already it says so and changes nothing. Raises with the reason where it cannot work: 22004 for NULL, 22023 for a domain that is not hosted here or is a virtual_alias domain, 23503 for an unknown service, 23514 for one that does not fit the class or runs as another uid than the users have.';
REVOKE EXECUTE ON FUNCTION mailstack.switch_transport(mailstack.mail_domain, mailstack.mail_transport) FROM PUBLIC;

CREATE FUNCTION mailstack.revert_transport(
        domain mailstack.mail_domain,
        OUT from_transport mailstack.mail_transport, OUT to_transport mailstack.mail_transport, OUT changed boolean)
    RETURNS record
    AS 'MODULE_PATHNAME', 'ms_revert_transport' LANGUAGE c VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION mailstack.revert_transport(mailstack.mail_domain) IS
    'Takes back the last change of a domain''s transport that has not been taken back yet, by the same rules, and logs that. Raises 22023 where there is none, 22004 for NULL.';
REVOKE EXECUTE ON FUNCTION mailstack.revert_transport(mailstack.mail_domain) FROM PUBLIC;

CREATE FUNCTION mailstack.check_rules() RETURNS TABLE (rule integer, object text, problem text)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT 1, u.email::text, 'its domain is not hosted here as virtual_mailbox'
      FROM mailstack.users u
     WHERE NOT EXISTS (SELECT FROM mailstack.domains d WHERE d.mailbox_domain = u.domain)
    UNION ALL
    SELECT 1, a.alias::text, 'its domain is not hosted here as virtual_mailbox or virtual_alias'
      FROM mailstack.aliases a
     WHERE NOT EXISTS (SELECT FROM mailstack.domains d WHERE d.alias_domain = a.domain)
    UNION ALL
    SELECT 1, r.recipient::text, 'its domain is not hosted here as relay'
      FROM mailstack.relay_recipients r
     WHERE NOT EXISTS (SELECT FROM mailstack.domains d WHERE d.relay_domain = r.domain)
    UNION ALL
    SELECT 1, m.domain::text, 'it mirrors ' || m.alias_of::text || ', which is not hosted here, or is a relay, or a mirror'
      FROM mailstack.domains m
     WHERE m.alias_of IS NOT NULL
       AND NOT EXISTS (SELECT FROM mailstack.domains d WHERE d.mirror_target = m.alias_of)
    UNION ALL
    SELECT 2, u.email::text, 'it holds the recipient_delimiter'
      FROM mailstack.users u, mailstack.settings s
     WHERE mailstack.address_detail(u.email, s.recipient_delimiter) IS NOT NULL
    UNION ALL
    SELECT 2, u.email::text, 'it is not in canonical form'
      FROM mailstack.users u
     WHERE u.email::text <> mailstack.address_canonical(u.email)::text
    UNION ALL
    SELECT 2, a.alias::text, 'it is not in canonical form'
      FROM mailstack.aliases a
     WHERE a.alias::text <> mailstack.address_canonical(a.alias)::text
    UNION ALL
    SELECT 4, n.maildir::text, 'it lies inside ' || n.before::text
      FROM (SELECT u.maildir, lag(u.maildir) OVER (ORDER BY u.maildir) AS before FROM mailstack.users u) n
     WHERE starts_with(n.maildir::text, n.before::text)
    UNION ALL
    SELECT 4, i.name, 'its uid or gid is below first_valid_uid or first_valid_gid'
      FROM (SELECT u.email::text AS name, u.uid, u.gid FROM mailstack.users u
            UNION ALL
            SELECT d.domain::text, d.uid, d.gid FROM mailstack.domains d) i,
           mailstack.settings s
     WHERE i.uid < s.first_valid_uid OR i.gid < s.first_valid_gid
    UNION ALL
    SELECT 5, t.name, CASE WHEN v.service IS NULL THEN 'its transport names an unknown service'
                           WHEN t.class = ANY (v.classes) THEN 'its transport runs as another uid'
                           ELSE 'its transport does not fit the class ' || t.class END
      FROM (SELECT d.domain::text AS name, d.class, d.transport_service AS service, d.uid
              FROM mailstack.domains d WHERE d.transport IS NOT NULL
            UNION ALL
            SELECT u.email::text, 'virtual_mailbox', coalesce(u.transport_service, d.transport_service), u.uid
              FROM mailstack.users u JOIN mailstack.domains d ON d.mailbox_domain = u.domain) t
      LEFT JOIN mailstack.transport_services v ON v.service = t.service
     WHERE v.service IS NULL OR NOT t.class = ANY (v.classes)
        OR (t.class = 'virtual_mailbox' AND t.uid <> v.runs_as);
END;
COMMENT ON FUNCTION mailstack.check_rules() IS
    'What in the tables breaks a rule: the rule''s number, the row, the problem. Empty while the rules watch; for after a restore of a dump that was edited, or work under session_replication_role = replica. Reads all users.';
