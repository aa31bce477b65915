
-- Lookups are not counted: they must not write.
CREATE VIEW mailstack.mailstack_stats WITH (security_invoker = true) AS
    SELECT 'domains' AS metric, jsonb_build_object('class', class, 'transport', coalesce(transport_service, ''), 'active', active) AS labels, count(*)::numeric AS value
      FROM mailstack.domains GROUP BY class, transport_service, active
    UNION ALL
    SELECT 'users', jsonb_build_object('active', u.active AND d.active, 'transport', coalesce(u.transport_service, d.transport_service)), count(*)
      FROM mailstack.users u JOIN mailstack.domains d ON d.domain OPERATOR(mailstack.=) u.domain
     GROUP BY u.active AND d.active, coalesce(u.transport_service, d.transport_service)
    UNION ALL
    SELECT 'aliases', jsonb_build_object('active', a.in_force), count(*)
      FROM (SELECT active AND (expires IS NULL OR expires > now()) AS in_force FROM mailstack.aliases WHERE NOT relocated) a GROUP BY a.in_force
    UNION ALL
    SELECT 'relocated', '{}', count(*) FROM mailstack.aliases WHERE relocated
    UNION ALL
    SELECT 'relay_recipients', '{}', count(*) FROM mailstack.relay_recipients
    UNION ALL
    SELECT 'app_passwords', '{}', count(*) FROM mailstack.app_passwords
    UNION ALL
    SELECT 'filters', jsonb_build_object('kind', kind), count(*) FROM mailstack.filters WHERE active GROUP BY kind
    UNION ALL
    SELECT 'sieve_scripts', '{}', count(*) FROM mailstack.sieve_scripts WHERE active
    UNION ALL
    SELECT 'mail_bytes', '{}', coalesce(sum(bytes), 0) FROM mailstack.usage
    UNION ALL
    SELECT 'mail_messages', '{}', coalesce(sum(messages), 0) FROM mailstack.usage
    UNION ALL
    SELECT 'full_mailboxes', '{}', count(*) FROM mailstack.mailbox_usage WHERE percent >= 100
    UNION ALL
    SELECT 'retired_maildirs', '{}', count(*) FROM mailstack.retired_maildirs
    UNION ALL
    SELECT 'logins_last_day', jsonb_build_object('service', service), count(DISTINCT email)
      FROM mailstack.last_logins WHERE last_access > now() - interval '1 day' GROUP BY service;
COMMENT ON VIEW mailstack.mailstack_stats IS 'What there is, in numbers to plot. Read under the rights of whoever asks.';
COMMENT ON COLUMN mailstack.mailstack_stats.metric IS 'What is counted: domains, users, aliases, relocated, relay_recipients, app_passwords, filters, sieve_scripts; mail_bytes and mail_messages, as Dovecot has told; full_mailboxes, whose mail is refused; retired_maildirs; logins_last_day, users who logged in.';
COMMENT ON COLUMN mailstack.mailstack_stats.labels IS 'By what it is counted: class, transport, active, kind, service.';
COMMENT ON COLUMN mailstack.mailstack_stats.value IS 'How many, or how much.';

CREATE FUNCTION mailstack.prometheus() RETURNS SETOF text
    LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    WITH lines AS (
        SELECT metric, 0 AS n, '# TYPE mailstack_' || metric || ' gauge' AS line FROM mailstack.mailstack_stats GROUP BY metric
        UNION ALL
        SELECT s.metric, 1, 'mailstack_' || s.metric
               || coalesce('{' || (SELECT string_agg(l.key || '="' || replace(replace(l.value, '\', '\\'), '"', '\"') || '"', ',' ORDER BY l.key) FROM jsonb_each_text(s.labels) l) || '}', '')
               || ' ' || s.value
          FROM mailstack.mailstack_stats s)
    SELECT line FROM lines ORDER BY metric, n, line;
END;
COMMENT ON FUNCTION mailstack.prometheus() IS 'mailstack_stats in the text format of Prometheus, a line a row: psql -XqAtc ''SELECT mailstack.prometheus()''. Runs with the rights of whoever asks.';
REVOKE EXECUTE ON FUNCTION mailstack.prometheus() FROM PUBLIC;
