-- The same mail server for everybody: :users mailboxes, fifty a domain, and three aliases to ten mailboxes. Every second domain
-- has a mirror, every fifth a catch-all; what else there is has its own column. bench/questions.py asks by these names.
-- Rows come in the order of the keys of domains and addresses, so that an index grows at its end.
CREATE VIEW names_domains AS
    SELECT n, 'd' || number || '.example.com' AS domain,
           'm' || number || '.example.com' AS mirror,
           'r' || number || '.example.com' AS relay,
           'v' || number || '.example.com' AS alias_only,
           'u00' || number || '@d' || number || '.example.com' AS first_user,
           n % 2 = 0 AS has_mirror, n % 10 IN (0, 5) AS has_catchall, n % 10 = 2 AS has_mirror_with_alias,
           n % 10 = 3 AS has_team, n % 10 = 1 AND n < 3000 AS has_relocated
    FROM generate_series(0, :users / 50 - 1) n, lpad(n::text, 6, '0') number;

-- The inner series depends on the outer one, which keeps the planner to this order.
CREATE VIEW names_users AS
    SELECT i, n, 'u' || lpad(i::text, 8, '0') AS local, domain
    FROM names_domains, generate_series(n, n + 49 * (:users / 50), :users / 50) i;

CREATE VIEW names_aliases AS
    SELECT i, n, 'a' || lpad(i::text, 8, '0') AS local, domain, 'u' || lpad(i::text, 8, '0') AS target
    FROM names_domains, generate_series(n, n + 14 * (:users / 50), :users / 50) i;

-- Ten members each.
CREATE VIEW names_teams AS
    SELECT n, domain, 'u' || lpad(i::text, 8, '0') || '@' || domain AS member
    FROM names_domains, generate_series(n, n + 9 * (:users / 50), :users / 50) i WHERE has_team;
