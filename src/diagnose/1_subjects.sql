
-- ------------------------------------------------------------ room: diagnose

-- One function for each subject; a topic is what rows that say the same have in common. diagnose() brings them together.

CREATE FUNCTION mailstack.diagnose_settings() RETURNS TABLE (topic text, severity text, object text, finding text, hint text)
    LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    SELECT 'hostname', 'warning', 'settings', 'hostname is not set', 'UPDATE mailstack.settings SET hostname = ...: Postfix and Dovecot need one that is in the DNS.'
      FROM mailstack.settings s WHERE s.hostname IS NULL
    UNION ALL
    SELECT 'hostname', 'error', 'settings', 'hostname ' || s.hostname::text || ' is one of the hosted domains',
           'Its mail would be taken for that of this machine''s own users, where mydestination has $myhostname. Give the machine another name.'
      FROM mailstack.settings s JOIN mailstack.domains d ON d.domain OPERATOR(mailstack.=) s.hostname
    UNION ALL
    SELECT 'postmaster_address', 'warning', 'settings', 'postmaster_address is not set',
           'Mail for postmaster of each domain is refused, which RFC 5321 forbids. UPDATE mailstack.settings SET postmaster_address = ...'
      FROM mailstack.settings s WHERE s.postmaster_address IS NULL
    UNION ALL
    SELECT 'postmaster_address', 'error', 'settings', 'postmaster_address ' || s.postmaster_address::text || ' takes no mail: ' || r.reason,
           'Nor does postmaster of each domain, which RFC 5321 forbids. SELECT * FROM mailstack.route(' || quote_literal(s.postmaster_address::text) || ') shows why.'
      FROM mailstack.settings s JOIN mailstack.domains d ON d.domain OPERATOR(mailstack.=) mailstack.address_domain(s.postmaster_address),
           -- route() raises where an index is missing, which is said of indexes.
           LATERAL mailstack.route(CASE WHEN NOT EXISTS (SELECT FROM mailstack.missing_indexes()) THEN s.postmaster_address::text END) r
     WHERE r.kind IN ('refused', 'deferred')
    UNION ALL
    SELECT 'recipient_limit', 'error', 'transport_services', 'the service dovecot has recipient_limit ' || coalesce(t.recipient_limit::text, 'NULL'),
           'The LDA takes one recipient at a time: the others of a message would be lost. UPDATE mailstack.transport_services SET recipient_limit = 1 WHERE service = ''dovecot'''
      FROM mailstack.transport_services t WHERE t.service = 'dovecot' AND t.classes <> '{}' AND t.recipient_limit IS DISTINCT FROM 1
    UNION ALL
    SELECT 'runs_as', 'warning', 'transport_services', 'it is not said as which uid the service dovecot runs, and users have several',
           'A pipe(8) service has one: UPDATE mailstack.transport_services SET runs_as = ... WHERE service = ''dovecot''; the others of its users are delivered by LMTP.'
      FROM mailstack.transport_services t
     WHERE t.service = 'dovecot' AND t.runs_as IS NULL
       AND (SELECT count(DISTINCT u.uid) FROM mailstack.users u JOIN mailstack.domains d ON d.mailbox_domain OPERATOR(mailstack.=) u.domain
             WHERE coalesce(u.transport_service, d.transport_service) = 'dovecot') > 1;
END;
COMMENT ON FUNCTION mailstack.diagnose_settings() IS 'What diagnose() has to say of settings and transport_services.';
REVOKE EXECUTE ON FUNCTION mailstack.diagnose_settings() FROM PUBLIC;

CREATE FUNCTION mailstack.diagnose_addresses() RETURNS TABLE (topic text, severity text, object text, finding text, hint text)
    LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    WITH closed AS (
        SELECT u.email, CASE WHEN u.active AND d.active THEN 'who takes no mail' ELSE 'who is suspended' END AS why
          FROM mailstack.users u JOIN mailstack.domains d ON d.domain OPERATOR(mailstack.=) u.domain
         WHERE NOT (u.active AND d.active AND u.receive = 'accept' AND d.receive = 'accept')),
    -- Mirrors have the users of what they mirror.
    led AS (
        SELECT a.alias, CASE WHEN m.alias_of IS NULL THEN a.email ELSE (mailstack.address_local_part(a.email) || '@' || m.alias_of::text)::mailstack.mail_address END AS email
          FROM mailstack.aliases a LEFT JOIN mailstack.domains m ON m.alias_of IS NOT NULL AND m.domain OPERATOR(mailstack.=) mailstack.address_domain(a.email)
         WHERE a.active AND NOT a.relocated AND (a.expires IS NULL OR a.expires > now()))
    SELECT 'alias of a suspended user', 'warning', l.alias::text, 'it leads to ' || c.email::text || ', ' || c.why,
           'Mail is refused for him; lead the alias elsewhere, or switch the row off: active = false.'
      FROM led l CROSS JOIN mailstack.settings s
      JOIN closed c ON c.email OPERATOR(mailstack.=) mailstack.address_base(l.email, s.recipient_delimiter)
    UNION ALL
    SELECT 'catch-all', 'warning', a.alias::text, 'it takes mail for every address that is not there, for mistyped ones, too',
           'Nobody is told that an address is wrong, and spam for made-up names comes in. DELETE FROM mailstack.aliases WHERE alias::text = ' || quote_literal(a.alias::text) || ', or live with it.'
      FROM (SELECT DISTINCT alias FROM mailstack.aliases
             WHERE mailstack.mail_key_class(alias) = 'catchall' AND active AND (expires IS NULL OR expires > now())) a
    UNION ALL
    SELECT 'domain without addresses', 'warning', d.domain::text, 'it is hosted, and there is no address in it',
           CASE d.class WHEN 'relay' THEN 'All its mail is refused: INSERT INTO mailstack.relay_recipients, or @' || d.domain::text || ' for all addresses.'
                        ELSE 'All its mail is refused, but for role_addresses: INSERT INTO mailstack.users or aliases.' END
      FROM mailstack.domains d
     WHERE d.active AND d.alias_of IS NULL
       AND NOT EXISTS (SELECT FROM mailstack.users u WHERE u.domain OPERATOR(mailstack.=) d.domain)
       AND NOT EXISTS (SELECT FROM mailstack.aliases a WHERE a.domain OPERATOR(mailstack.=) d.domain)
       AND NOT EXISTS (SELECT FROM mailstack.relay_recipients r WHERE r.domain OPERATOR(mailstack.=) d.domain)
    UNION ALL
    SELECT 'mail that is not kept', 'notice', o.object, 'its transport is ' || o.transport::text || ', so that nobody gets its mail',
           CASE mailstack.transport_service(o.transport) WHEN 'discard' THEN 'Senders are told that it has arrived.' WHEN 'retry' THEN 'It waits in the queue, and goes back after days.' ELSE 'It is sent back.' END
           || ' SELECT * FROM mailstack.transport_changes says since when.'
      FROM (SELECT domain::text AS object, transport FROM mailstack.domains WHERE active AND transport_service IN ('discard', 'retry', 'error')
            UNION ALL SELECT email::text, transport FROM mailstack.users WHERE active AND transport_service IN ('discard', 'retry', 'error')) o
    UNION ALL
    SELECT 'service of your own', 'notice', t.service, 'it delivers for ' || n.domains || ' domains and ' || n.users || ' users of their own, and did not come with mailstack',
           'master.cf has to have a service of this name: mail for it waits in the queue for ever where it does not.'
      FROM mailstack.transport_services t,
           LATERAL (SELECT (SELECT count(*) FROM mailstack.domains d WHERE t.service IN (d.transport_service, d.staged_transport_service)) AS domains,
                           (SELECT count(*) FROM mailstack.users u WHERE u.transport_service = t.service) AS users) n
     WHERE NOT t.preloaded AND n.domains + n.users > 0
    UNION ALL
    SELECT 'list without a slot', 'error', l.list::text, 'its senders are restricted, and no restriction class of main.cf asks about it',
           'Everybody can write to it. UPDATE mailstack.list_senders SET list = list WHERE list::text = ' || quote_literal(l.list::text)
      FROM (SELECT DISTINCT list FROM mailstack.list_senders) l
     WHERE NOT EXISTS (SELECT FROM mailstack.list_slots s WHERE s.list OPERATOR(mailstack.=) l.list);
END;
COMMENT ON FUNCTION mailstack.diagnose_addresses() IS 'What diagnose() has to say of domains, aliases and lists.';
REVOKE EXECUTE ON FUNCTION mailstack.diagnose_addresses() FROM PUBLIC;

CREATE FUNCTION mailstack.diagnose_accounts() RETURNS TABLE (topic text, severity text, object text, finding text, hint text)
    LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    -- After a move from another system it may be all of them.
    SELECT 'weak password', 'warning', CASE count(*) WHEN 1 THEN min(w.email::text || coalesce(', app password ' || w.app_password, '')) ELSE count(*) || ' passwords' END,
           w.scheme || ': ' || w.why, 'SELECT * FROM mailstack.weak_passwords WHERE scheme = ' || quote_literal(w.scheme) || '; set_password() stores better ones.'
      FROM mailstack.weak_passwords w GROUP BY w.scheme, w.why
    UNION ALL
    SELECT 'no password', 'warning', u.email::text, 'he has no password at all',
           'Nobody can log in. SELECT mailstack.set_password(' || quote_literal(u.email::text) || ', ...); for a mailbox that nobody is to log in to, services = ''{}''.'
      FROM mailstack.users u JOIN mailstack.domains d ON d.domain OPERATOR(mailstack.=) u.domain
     WHERE u.active AND u.password IS NULL AND u.services IS DISTINCT FROM '{}' AND d.services IS DISTINCT FROM '{}'
       AND NOT EXISTS (SELECT FROM mailstack.app_passwords a WHERE a.email OPERATOR(mailstack.=) u.email AND (a.expires IS NULL OR a.expires > now()))
    UNION ALL
    SELECT 'no home', 'notice', u.domain::text, count(*) || ' of its users have no home beside their mail, which lies in the home itself',
           'Files of Sieve and of the LDA show up among their folders. Whoever is made after UPDATE mailstack.settings SET mail_subdirectory = ''Maildir/'' has one.'
      FROM mailstack.users u WHERE u.mail_subdirectory = '' GROUP BY u.domain
    UNION ALL
    SELECT 'over quota', CASE WHEN m.percent >= 100 THEN 'error' ELSE 'warning' END, m.email::text, 'he has used ' || m.percent || ' % of his quota',
           CASE WHEN m.percent >= 100 THEN 'Mail is refused for him. ' ELSE '' END || 'Mail has to be deleted, or users.quota_bytes raised.'
      FROM mailstack.mailbox_usage m WHERE m.percent >= 95
    UNION ALL
    SELECT 'quota pool', 'warning', d.domain::text, 'the quotas of its users come to ' || pg_size_pretty(d.allotted_bytes) || ', of a pool of ' || d.pool,
           'No user can be added. Raise domains.quota_pool_bytes, or lower quotas.'
      FROM mailstack.domain_usage d WHERE d.allotted_bytes >= d.quota_pool_bytes
    UNION ALL
    SELECT 'maildir task', CASE WHEN t.failures > 0 THEN 'error' ELSE 'warning' END, 'maildir ' || t.maildir::text,
           CASE WHEN t.failures > 0 THEN t.action || ' has failed ' || t.failures || ' times: ' || coalesce(t.result, 'nobody said why')
                ELSE t.action || ' has been due since ' || date_trunc('second', t.due) END,
           CASE WHEN t.failures > 0 THEN 'Mend that; mailstack-runner tries again within an hour.' WHEN s.maildir_runner THEN 'Does mailstack-runner run on the mail host?'
                ELSE 'It is left from when maildir_runner of settings was true. Let mailstack-runner run once more, or do it by hand and UPDATE mailstack.maildir_tasks SET done_at = now() WHERE id = ' || t.id END
      FROM mailstack.maildir_tasks t CROSS JOIN mailstack.settings s
     WHERE t.done_at IS NULL AND (t.failures > 2 OR t.due < now() - interval '1 hour')
    UNION ALL
    SELECT 'filters that do not run', 'warning', f.owner::text, 'it has filters or a script, and virtual delivers its mail, which runs none',
           'SELECT * FROM mailstack.switch_transport(' || quote_literal(f.owner::text) || ', ''dovecot'')'
      FROM (SELECT owner, email, domain FROM mailstack.filters WHERE active AND domain IS NOT NULL
            UNION SELECT owner, email, domain FROM mailstack.sieve_scripts WHERE active AND domain IS NOT NULL) f
      JOIN mailstack.domains d ON d.domain OPERATOR(mailstack.=) f.domain
      LEFT JOIN mailstack.users u ON u.email OPERATOR(mailstack.=) f.email
     -- While a domain is switched step by step, they have begun to run.
     WHERE coalesce(u.transport_service, d.transport_service) = 'virtual' AND d.staged_transport IS NULL
    UNION ALL
    SELECT 'filters that do not run', 'warning', '*', 'there are filters or scripts for everybody, and virtual delivers all mail, which runs none',
           'SELECT * FROM mailstack.switch_transport(..., ''dovecot'') for the domains that are to have them.'
     WHERE (EXISTS (SELECT FROM mailstack.filters WHERE active AND domain IS NULL) OR EXISTS (SELECT FROM mailstack.sieve_scripts WHERE active AND domain IS NULL))
       AND EXISTS (SELECT FROM mailstack.users)
       AND NOT EXISTS (SELECT FROM mailstack.users u JOIN mailstack.domains d ON d.domain OPERATOR(mailstack.=) u.domain
                        WHERE coalesce(u.transport_service, d.transport_service) <> 'virtual' OR d.staged_transport IS NOT NULL);
END;
COMMENT ON FUNCTION mailstack.diagnose_accounts() IS 'What diagnose() has to say of users.';
REVOKE EXECUTE ON FUNCTION mailstack.diagnose_accounts() FROM PUBLIC;

-- A script takes up to a millisecond: so many are looked at, the latest first, and the others counted.
CREATE FUNCTION mailstack.diagnose_sieve(most bigint) RETURNS TABLE (topic text, severity text, object text, finding text, hint text)
    LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED
BEGIN ATOMIC
    SELECT 'Sieve', 'error', s.owner::text || ', script ' || s.name, 'line ' || c.line || ': ' || c.message,
           'It does not compile any more, so that Dovecot files all mail into INBOX. ' || coalesce(c.hint, 'SELECT * FROM mailstack.sieve_check(...) says all that is wrong.')
      FROM (SELECT * FROM mailstack.sieve_scripts WHERE active ORDER BY changed DESC, id LIMIT $1) s,
           LATERAL (SELECT * FROM mailstack.sieve_check(s.script::text) WHERE severity = 'error' ORDER BY line, col LIMIT 1) c
    UNION ALL
    SELECT 'Sieve', 'error', f.owner || ', filters', 'line ' || c.line || ': ' || c.message, 'Their script does not compile: SELECT mailstack.sieve_source(' || quote_literal(f.owner) || ') shows it.'
      FROM (SELECT owner::text AS owner FROM mailstack.filters WHERE active GROUP BY owner ORDER BY max(id) DESC LIMIT $1) f,
           LATERAL (SELECT * FROM mailstack.sieve_check(mailstack.sieve_source(f.owner)::text) WHERE severity = 'error' ORDER BY line, col LIMIT 1) c
    UNION ALL
    SELECT 'skipped', 'notice', 'sieve_scripts', n.scripts - $1 || ' scripts were not looked at', 'SELECT * FROM mailstack.diagnose_sieve(' || n.scripts || ') looks at all.'
      FROM (SELECT count(*) AS scripts FROM mailstack.sieve_scripts WHERE active) n WHERE n.scripts > $1
    UNION ALL
    SELECT 'skipped', 'notice', 'filters', n.owners - $1 || ' owners of filters were not looked at', 'SELECT * FROM mailstack.diagnose_sieve(' || n.owners || ') looks at all.'
      FROM (SELECT count(DISTINCT owner) AS owners FROM mailstack.filters WHERE active) n WHERE n.owners > $1;
END;
COMMENT ON FUNCTION mailstack.diagnose_sieve(bigint) IS 'What diagnose() has to say of scripts and filters: of the most that were written last.';
REVOKE EXECUTE ON FUNCTION mailstack.diagnose_sieve(bigint) FROM PUBLIC;
