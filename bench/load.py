"""COPY of users with every rule on, and the switch of a domain's transport, beside plain tables."""

import os

from callgrind import count

PLAIN = """
CREATE TABLE domains (domain text COLLATE "C" PRIMARY KEY, transport text NOT NULL);
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
INSERT INTO domains SELECT domain, 'virtual' FROM names_domains;
"""
OURS = """
CREATE EXTENSION mailstack;
UPDATE mailstack.transport_services SET runs_as = 5000 WHERE service = 'dovecot';
INSERT INTO mailstack.domains (domain) SELECT domain FROM names_domains;
"""
# A domain of many users, and one of one.
SWITCHED = """
INSERT INTO mailstack.domains (domain) VALUES ('many.example.com'), ('one.example.com');
INSERT INTO mailstack.users (email) SELECT local || '@many.example.com' FROM names_users;
INSERT INTO mailstack.users (email) VALUES ('one@one.example.com');
VACUUM ANALYZE;
"""
SWITCH_PLAIN = "UPDATE domains SET transport = '{}' WHERE domain = 'd000001.example.com'"
SWITCH = "SELECT changed FROM mailstack.switch_transport('{}.example.com', '{{}}')"
WARM_UP, COUNTED = 10, 40

PEAK = r"SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s*(\d+)')::integer / 1024"


def measure(pg, users):
    """{what: (ours, plain)}: instructions a row of COPY, its peak memory in MiB, instructions of a switch; and for `switch`, the
    switch of a domain of one user as a third."""
    path = os.path.join(pg.socket_dir, "users.copy")
    ours, plain = f"load_{users}", f"load_plain_{users}"
    sides = [(ours, OURS, "mailstack.users"), (plain, PLAIN, "users")]
    peaks = []
    for database, schema, table in sides:
        make(pg, database, schema, users)
        write_rows(pg, database, path)
        peaks.append(peak(pg, database, table, path))
    pg.stop()
    copies = [copy(pg, database, table, path) / users for database, _, table in sides]
    pg.start()
    pg.sql(SWITCHED, db=ours)
    pg.stop()
    switches = switch(pg, ours, [SWITCH.format("many"), SWITCH.format("one")])
    update, = switch(pg, plain, [SWITCH_PLAIN])
    pg.start()
    return {"copy": copies, "peak": peaks, "many": (switches[0], update), "one": (switches[1], update)}


def names(users):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "sql", "names.sql")) as f:
        return f"\\set users {users}\n{f.read()}"


def make(pg, database, schema, users):
    pg.create_database(database)
    pg.sql(names(users) + schema, db=database)


def write_rows(pg, database, path):
    pg.sql(f"COPY (SELECT local || '@' || domain, '{{PLAIN}}secret', domain || '/' || local || '/' FROM names_users) TO '{path}'",
           db=database)


def statement(table, path):
    return f"COPY {table} (email, password, maildir) FROM '{path}'"


def peak(pg, database, table, path):
    """MiB of the server process that has done the COPY, shared buffers among them. The rows go again."""
    found = pg.sql(f"BEGIN; {statement(table, path)}; COMMIT; {PEAK}; TRUNCATE {table} CASCADE; VACUUM ANALYZE; CHECKPOINT", db=database)
    return int(found[-1][0])


def copy(pg, database, table, path):
    (instructions, _), = count(pg, database, [([], [statement(table, path)])])
    return instructions


def switch(pg, database, templates):
    there, back = [[t.format(transport) for t in templates] for transport in ("dovecot", "virtual")]
    batches = [([to, fro] * (WARM_UP // 2), [to, fro] * (COUNTED // 2)) for to, fro in zip(there, back)]
    return [instructions / COUNTED / 1000 for instructions, _ in count(pg, database, batches)]
