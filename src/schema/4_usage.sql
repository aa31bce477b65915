
-- Under the rights of whoever reads: a policy on users holds for these, too.

CREATE VIEW mailstack.mailbox_usage WITH (security_invoker = true) AS
    SELECT u.email,
           pg_size_pretty(g.bytes) AS used,
           pg_size_pretty(q.bytes) AS quota,
           trunc(greatest(g.bytes * 100.0 / q.bytes, g.messages * 100.0 / q.messages))::bigint AS percent,
           g.messages,
           q.messages AS quota_messages,
           g.changed,
           g.bytes AS used_bytes,
           q.bytes AS quota_bytes,
           u.domain
      FROM mailstack.users u
      JOIN mailstack.domains d ON d.mailbox_domain = u.domain
      LEFT JOIN mailstack.usage g ON g.email = u.email
     CROSS JOIN LATERAL (SELECT nullif(coalesce(u.quota_bytes, d.quota_bytes), 0) AS bytes,
                                nullif(coalesce(u.quota_messages, d.quota_messages), 0) AS messages) q;
COMMENT ON VIEW mailstack.mailbox_usage IS 'How full each mailbox is. Read under the rights of whoever asks, to users, domains and usage.';
COMMENT ON COLUMN mailstack.mailbox_usage.email IS 'users.email';
COMMENT ON COLUMN mailstack.mailbox_usage.used IS 'How much mail there is, to be read by people. NULL: Dovecot has told nothing yet.';
COMMENT ON COLUMN mailstack.mailbox_usage.quota IS 'How much there may be, to be read by people: that of the user, or of the domain. NULL: there is no limit.';
COMMENT ON COLUMN mailstack.mailbox_usage.percent IS 'How much of the quota is used, in bytes or in messages, whichever is more; at 100 mail is refused. NULL: there is no limit, or nothing is known.';
COMMENT ON COLUMN mailstack.mailbox_usage.messages IS 'usage.messages';
COMMENT ON COLUMN mailstack.mailbox_usage.quota_messages IS 'How many messages there may be. NULL: there is no limit.';
COMMENT ON COLUMN mailstack.mailbox_usage.changed IS 'usage.changed';
COMMENT ON COLUMN mailstack.mailbox_usage.used_bytes IS 'usage.bytes';
COMMENT ON COLUMN mailstack.mailbox_usage.quota_bytes IS 'The quota in bytes. NULL: there is no limit.';
COMMENT ON COLUMN mailstack.mailbox_usage.domain IS 'users.domain';

CREATE VIEW mailstack.domain_usage WITH (security_invoker = true) AS
    SELECT d.domain,
           count(m.email) AS users,
           count(m.email) FILTER (WHERE m.quota_bytes IS NULL) AS without_quota,
           pg_size_pretty(sum(m.used_bytes)) AS used,
           pg_size_pretty(sum(m.quota_bytes)) AS allotted,
           pg_size_pretty(d.quota_pool_bytes) AS pool,
           array_to_string((array_agg(m.email::text || ' ' || m.percent || ' %' ORDER BY m.percent DESC, m.email)
                            FILTER (WHERE m.percent IS NOT NULL))[1:3], ', ') AS fullest,
           sum(m.used_bytes) AS used_bytes,
           sum(m.quota_bytes) AS allotted_bytes,
           d.quota_pool_bytes
      FROM mailstack.domains d
      LEFT JOIN mailstack.mailbox_usage m ON m.domain = d.domain
     WHERE d.class = 'virtual_mailbox'
     GROUP BY d.domain;
COMMENT ON VIEW mailstack.domain_usage IS 'How much mail the users of each virtual_mailbox domain have, may have, and may have together. Read under the rights of whoever asks, to users, domains and usage.';
COMMENT ON COLUMN mailstack.domain_usage.domain IS 'domains.domain';
COMMENT ON COLUMN mailstack.domain_usage.users IS 'How many users there are.';
COMMENT ON COLUMN mailstack.domain_usage.without_quota IS 'How many of them have no quota in bytes.';
COMMENT ON COLUMN mailstack.domain_usage.used IS 'How much mail they have, to be read by people.';
COMMENT ON COLUMN mailstack.domain_usage.allotted IS 'What their quotas come to, to be read by people.';
COMMENT ON COLUMN mailstack.domain_usage.pool IS 'What they may come to: domains.quota_pool_bytes, to be read by people. NULL: there is no pool.';
COMMENT ON COLUMN mailstack.domain_usage.fullest IS 'The three users who have most of their quotas used, with mailbox_usage.percent.';
COMMENT ON COLUMN mailstack.domain_usage.used_bytes IS 'How much mail they have, in bytes.';
COMMENT ON COLUMN mailstack.domain_usage.allotted_bytes IS 'What their quotas come to, in bytes.';
COMMENT ON COLUMN mailstack.domain_usage.quota_pool_bytes IS 'domains.quota_pool_bytes';
