-- The same mail server for everybody: :users mailboxes, fifty a domain, and three aliases to ten mailboxes.
-- Every second domain has a mirror, every fifth a catch-all. bench/questions.py asks by these names.
CREATE VIEW names_domains AS
    SELECT n, format('d%s.example.com', lpad(n::text, 6, '0')) AS domain,
           format('m%s.example.com', lpad(n::text, 6, '0')) AS mirror,
           format('r%s.example.com', lpad(n::text, 6, '0')) AS relay,
           format('v%s.example.com', lpad(n::text, 6, '0')) AS alias_only,
           n % 2 = 0 AS has_mirror, n % 10 IN (0, 5) AS has_catchall
    FROM generate_series(0, :users / 50 - 1) n;

CREATE VIEW names_users AS
    SELECT i, i % (:users / 50) AS n, format('u%s', lpad(i::text, 8, '0')) AS local,
           format('d%s.example.com', lpad((i % (:users / 50))::text, 6, '0')) AS domain
    FROM generate_series(0, :users - 1) i;

CREATE VIEW names_aliases AS
    SELECT i, n, format('a%s', lpad(i::text, 8, '0')) AS local, domain, local AS target
    FROM names_users WHERE i < :users * 3 / 10;
