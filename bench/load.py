"""COPY of users and of aliases with every rule on, and the switch of a domain's transport, beside plain tables."""

import os

import database
from callgrind import count

# What one would make by hand: text, and the same indexes and foreign keys.
PLAIN_DOMAINS = """
CREATE TABLE domains (domain text COLLATE "C" PRIMARY KEY, transport text NOT NULL);
INSERT INTO domains SELECT domain, 'virtual' FROM names_domains;
"""
PLAIN_USERS = PLAIN_DOMAINS + """
CREATE TABLE users (
    email text COLLATE "C" PRIMARY KEY,
    password text,
    realname text,
    maildir text COLLATE "C" NOT NULL UNIQUE,
    mail_subdirectory text NOT NULL DEFAULT 'Maildir/',
    uid integer NOT NULL DEFAULT 5000,
    gid integer NOT NULL DEFAULT 5000,
    transport text,
    keep_copy boolean NOT NULL DEFAULT false,
    active boolean NOT NULL DEFAULT true,
    created timestamptz NOT NULL DEFAULT now(),
    domain text COLLATE "C" NOT NULL GENERATED ALWAYS AS (split_part(email, '@', 2)) STORED REFERENCES domains
);
CREATE INDEX ON users USING hash (email);
CREATE INDEX ON users (domain, uid);
"""
PLAIN_ALIASES = PLAIN_DOMAINS + """
CREATE TABLE aliases (
    alias text COLLATE "C" NOT NULL,
    email text COLLATE "C" NOT NULL,
    propagate_detail boolean NOT NULL DEFAULT false,
    active boolean NOT NULL DEFAULT true,
    created timestamptz NOT NULL DEFAULT now(),
    domain text COLLATE "C" NOT NULL GENERATED ALWAYS AS (split_part(alias, '@', 2)) STORED REFERENCES domains,
    PRIMARY KEY (alias, email)
);
CREATE INDEX ON aliases USING hash (alias);
CREATE INDEX ON aliases (email);
CREATE INDEX ON aliases (domain);
"""
OUR_DOMAINS = """
CREATE EXTENSION mailstack;
UPDATE mailstack.transport_services SET runs_as = 5000 WHERE service = 'dovecot';
INSERT INTO mailstack.domains (domain) SELECT domain FROM names_domains;
"""
# The users that the aliases lead to; the load of them is not what is counted.
OUR_USERS = OUR_DOMAINS + """
SET session_replication_role = replica;
INSERT INTO mailstack.users (email, maildir, mail_subdirectory, uid, gid)
    SELECT local || '@' || domain, domain || '/' || local || '/', 'Maildir/', 5000, 5000 FROM names_users;
RESET session_replication_role;
"""
# A domain of many users, and one of one.
SWITCHED = """
INSERT INTO mailstack.domains (domain) VALUES ('many.example.com'), ('one.example.com');
SET session_replication_role = replica;
INSERT INTO mailstack.users (email, maildir, mail_subdirectory, uid, gid)
    SELECT local || '@many.example.com', 'many.example.com/' || local || '/', 'Maildir/', 5000, 5000 FROM names_users;
RESET session_replication_role;
INSERT INTO mailstack.users (email) VALUES ('one@one.example.com');
"""
SWITCH_PLAIN = "UPDATE domains SET transport = '{}' WHERE domain = 'd000001.example.com'"
SWITCH = "SELECT changed FROM mailstack.switch_transport('{}.example.com', '{{}}')"
WARM_UP, COUNTED = 10, 40
LAYOUTS, FEW_ROWS = range(5), 2000

# As an administrator has them, by number and not by domain: few indexes grow at their end.
USERS = """SELECT local || '@' || domain, '{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi', domain || '/' || local || '/' FROM names_users ORDER BY i"""
# As many as there are users, and then again; the number of users stays, as the number of domains does.
ALIASES = """SELECT 'b' || i || '.' || k || '@' || domain, local || '@' || domain
    FROM names_users, generate_series(1, 3) k ORDER BY k, i LIMIT """

PEAK = r"""SELECT (substring(s FROM 'VmHWM:\s*(\d+)')::integer - substring(s FROM 'RssShmem:\s*(\d+)')::integer) / 1024
    FROM pg_read_file('/proc/self/status') s"""


def users(pg, size):
    """[instructions a row, peak memory in MiB] of a COPY, ours and the plain table's."""
    return [copied(pg, *side, USERS, size, size) for side in
            ((OUR_DOMAINS, "mailstack.users (email, password, maildir)"), (PLAIN_USERS, "users (email, password, maildir)"))]


def aliases(pg, size, mailboxes):
    """The same of aliases, up to three to a user."""
    return [copied(pg, *side, f"{ALIASES} {size}", mailboxes, size) for side in
            ((OUR_USERS, "mailstack.aliases (alias, email)"), (PLAIN_ALIASES, "aliases (alias, email)"))]


def copied(pg, schema, target, query, mailboxes, rows):
    make(pg, "load", schema, mailboxes)
    path = os.path.join(pg.socket_dir, "rows.copy")
    pg.sql(f"COPY ({query}) TO '{path}'", db="load")
    copy = f"COPY {target} FROM '{path}'"
    layout = cheapest_layout(pg, target, query, rows)
    # The rows go again, and no maildir is retired.
    emptied = f"SET session_replication_role = replica; TRUNCATE {target.split()[0]} CASCADE; RESET session_replication_role"
    peak = pg.sql(f"{copy}; {PEAK}; {emptied}; VACUUM ANALYZE; CHECKPOINT", db="load")
    pg.stop()
    (instructions, _), = count(pg, "load", [([], [copy])], layout)
    pg.start()
    database.drop(pg, "load")
    os.remove(path)
    return instructions / rows, int(peak[-1][0])


def cheapest_layout(pg, target, query, rows):
    """COPY into a table without triggers of its own keeps a thousand references to one address in a hash table. Where another
    address falls among them by chance, every row costs a fifth more; so a few rows choose the addresses for all of them."""
    path = os.path.join(pg.socket_dir, "few_rows.copy")
    pg.sql(f"COPY (SELECT * FROM ({query}) q LIMIT {min(rows, FEW_ROWS)}) TO '{path}'", db="load")
    pg.stop()
    costs = [count(pg, "load", [(["BEGIN"], [f"COPY {target} FROM '{path}'"]), ([], ["ROLLBACK"])], layout)[0][0]
             for layout in LAYOUTS]
    pg.start()
    os.remove(path)
    return costs.index(min(costs))


def make(pg, name, schema, mailboxes):
    pg.create_database(name)
    pg.sql(database.script("names", users=mailboxes) + schema + "VACUUM ANALYZE; CHECKPOINT;", db=name)


def switch(pg, size):
    """Thousand instructions of switch_transport for a domain of one user and of so many, and of an UPDATE of a plain table."""
    make(pg, "switch", OUR_DOMAINS + SWITCHED, size)
    make(pg, "plain", PLAIN_DOMAINS, size)
    pg.stop()
    one, many = counted(pg, "switch", [SWITCH.format("one"), SWITCH.format("many")])
    update, = counted(pg, "plain", [SWITCH_PLAIN])
    pg.start()
    database.drop(pg, "switch", "plain")
    return one, many, update


def counted(pg, name, templates):
    """There and back again."""
    pairs = [[template.format(transport) for transport in ("dovecot", "virtual")] for template in templates]
    batches = [(pair * (WARM_UP // 2), pair * (COUNTED // 2)) for pair in pairs]
    return [instructions / COUNTED / 1000 for instructions, _ in count(pg, name, batches)]
