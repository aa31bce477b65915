
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
    SELECT 3, a.alias, a.problem
      FROM mailstack.check_aliases() a
    UNION ALL
    SELECT 4, n.maildir::text, CASE WHEN n.before_retired THEN 'it is, or lies inside, ' || n.before::text || ', which is retired'
                                    WHEN n.retired THEN 'it is retired, and lies inside ' || n.before::text
                                    ELSE 'it lies inside ' || n.before::text END
      FROM (SELECT m.maildir, m.retired, lag(m.maildir) OVER place AS before, lag(m.retired) OVER place AS before_retired
              FROM (SELECT u.maildir, false AS retired FROM mailstack.users u
                    UNION ALL
                    SELECT r.maildir, true FROM mailstack.retired_maildirs r) m
            WINDOW place AS (ORDER BY m.maildir, m.retired DESC)) n
     WHERE starts_with(n.maildir::text, n.before::text) AND NOT (n.retired AND n.before_retired)
    UNION ALL
    SELECT 4, i.name, 'its uid or gid is below first_valid_uid or first_valid_gid'
      FROM (SELECT u.email::text AS name, u.uid, u.gid FROM mailstack.users u
            UNION ALL
            SELECT d.domain::text, d.uid, d.gid FROM mailstack.domains d) i,
           mailstack.settings s
     WHERE i.uid < s.first_valid_uid OR i.gid < s.first_valid_gid
    UNION ALL
    SELECT 5, t.name, t.which || CASE WHEN v.service IS NULL THEN ' names an unknown service'
                                      WHEN t.class = ANY (v.classes) THEN ' runs as another uid'
                                      ELSE ' does not fit the class ' || t.class END
      FROM (SELECT d.domain::text AS name, 'its transport' AS which, d.class, d.transport_service AS service, d.uid
              FROM mailstack.domains d WHERE d.transport IS NOT NULL
            UNION ALL
            SELECT d.domain::text, 'its staged transport', d.class, d.staged_transport_service, d.uid
              FROM mailstack.domains d WHERE d.staged_transport IS NOT NULL
            UNION ALL
            SELECT u.email::text, 'its transport', 'virtual_mailbox', coalesce(u.transport_service, d.transport_service), u.uid
              FROM mailstack.users u JOIN mailstack.domains d ON d.mailbox_domain = u.domain
            UNION ALL
            SELECT u.email::text, 'the staged transport of its domain', 'virtual_mailbox', d.staged_transport_service, u.uid
              FROM mailstack.users u JOIN mailstack.domains d ON d.mailbox_domain = u.domain
             WHERE u.transport IS NULL AND d.staged_transport IS NOT NULL) t
      LEFT JOIN mailstack.transport_services v ON v.service = t.service
     WHERE v.service IS NULL OR NOT t.class = ANY (v.classes)
        OR (t.class = 'virtual_mailbox' AND t.uid <> v.runs_as)
    UNION ALL
    SELECT 8, d.domain::text, 'its users are allotted ' || q.allotted || ' bytes, and quota_pool_bytes is ' || d.quota_pool_bytes
      FROM mailstack.domains d
     CROSS JOIN LATERAL (SELECT sum(coalesce(u.quota_bytes, d.quota_bytes)) AS allotted
                           FROM mailstack.users u WHERE u.domain = d.domain) q
     WHERE d.quota_pool_bytes < q.allotted
    UNION ALL
    SELECT 8, u.email::text, 'it has no quota, and its domain has a quota pool'
      FROM mailstack.users u JOIN mailstack.domains d ON d.mailbox_domain = u.domain
     WHERE d.quota_pool_bytes IS NOT NULL AND coalesce(u.quota_bytes, d.quota_bytes, 0) = 0;
END;
COMMENT ON FUNCTION mailstack.check_rules() IS
    'What in the tables breaks a rule: the rule''s number, the row, the problem. Empty while the rules watch; for after a restore of a dump that was edited, or work under session_replication_role = replica. Reads all users.';
