"""Databases full of users: bench/sql/names.sql says who there is, and bench/sql/SYSTEM.sql brings them into its tables."""

import os

from postgres import Postgres

SQL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sql")
# Ten million rows are to be loaded in minutes, and nothing outlives the run. Its port may be taken while it is stopped.
SETTINGS = ["listen_addresses = ''", "wal_level = minimal", "max_wal_senders = 0", "max_wal_size = 4GB", "checkpoint_timeout = 1h",
            "autovacuum = off", "maintenance_work_mem = 512MB"]


def server():
    return Postgres(settings=SETTINGS)


def script(*files, users, uid=5000, gid=5000, mail_root="/home/mail/"):
    text = f"\\set users {users}\n\\set uid {uid}\n\\set gid {gid}\n\\set mail_root {mail_root}\n"
    for name in files:
        with open(f"{SQL}/{name}.sql") as f:
            text += f.read()
    return text


def fill(pg, database, system, users):
    pg.create_database(database)
    pg.sql(script("names", system, users=users), db=database)
    pg.sql("VACUUM (ANALYZE, FREEZE); CHECKPOINT", db=database)


def drop(pg, *databases):
    pg.sql("".join(f'DROP DATABASE "{database}";\n' for database in databases), db="postgres")
