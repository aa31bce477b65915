#!/usr/bin/env python3
"""A private PostgreSQL cluster for tests: its own directory, socket and loopback port.

    with Postgres() as pg:
        pg.sql("CREATE EXTENSION mailstack")

    test/harness/postgres.py --run COMMAND...    COMMAND finds it by PGHOST, PGPORT, PGUSER and PGDATABASE
"""

import csv
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from process import HarnessError, free_port, read_pid, tail, terminate, wait_until  # noqa: E402

# Nothing here outlives the test, so nothing waits for a disk.
CONFIGURATION = """\
listen_addresses = '127.0.0.1'
unix_socket_directories = '{socket_dir}'
port = {port}
max_connections = 200
shared_buffers = 64MB
fsync = off
synchronous_commit = off
full_page_writes = off
log_min_messages = warning
log_line_prefix = '%m [%p] user=%u app=%a '
"""

# What "doveadm pw -s SSHA256 -p secret" says: a hash that costs a test nothing, and of which nothing warns.
SECRET = "{SSHA256}wICPKXjKEf6Aiu+J5ET7DWC2btUm4ITlCp8N4C94nX/Ka+mi"


class Postgres:
    def __init__(self, directory=None, database="mail", settings=(), environment=None):
        """`settings` are added to postgresql.conf; environment is what the server alone has besides ours."""
        self.directory = directory
        self.settings = settings
        self.server_environment = environment or {}
        self.made_directory = directory is None
        self.database = database
        self.port = None
        self.process = None
        self.bindir = None

    @property
    def data_dir(self):
        return os.path.join(self.directory, "data")

    @property
    def socket_dir(self):
        return os.path.join(self.directory, "run")

    @property
    def log(self):
        return os.path.join(self.directory, "postgres.log")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *unused):
        self.close()

    def start(self):
        """Also starts a stopped cluster again, on its old port and with its data."""
        try:
            if self.port is None:
                self._create()
            self._launch()
        except BaseException:
            self.stop("immediate")
            raise

    def _create(self):
        if os.geteuid() != 0:
            raise HarnessError("the private servers must be started by root: PostgreSQL and the mail servers change their user")
        self.bindir = pg_config_bindir()
        if self.directory is None:
            self.directory = tempfile.mkdtemp(prefix="mailstack-pg-")
        os.makedirs(self.directory, exist_ok=True)
        os.chmod(self.directory, 0o755)
        for path in (self.data_dir, self.socket_dir):
            os.makedirs(path)
            shutil.chown(path, "postgres", "postgres")
        os.chmod(self.socket_dir, 0o755)
        made = subprocess.run(
            as_postgres(f"{self.bindir}/initdb", "-D", self.data_dir, "-A", "trust", "-U", "postgres", "-E", "UTF8",
                        "--locale=C.UTF-8", "-N"),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/")
        if made.returncode:
            raise HarnessError(f"initdb failed:\n{made.stdout}{made.stderr}")
        self.port = free_port()
        with open(f"{self.data_dir}/postgresql.conf", "a") as f:
            f.write(CONFIGURATION.format(socket_dir=self.socket_dir, port=self.port))
            f.writelines(f"{setting}\n" for setting in self.settings)

    def _launch(self):
        fresh = self.process is None
        with open(self.log, "ab") as log:
            # A session of its own, so that Ctrl-C reaches us alone and we stop things in order.
            self.process = subprocess.Popen(
                as_postgres(f"{self.bindir}/postgres", "-D", self.data_dir),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True,
                env={**os.environ, **self.server_environment})
        wait_until(self._ready, 30, f"PostgreSQL to start, see {self.log}")
        if fresh:
            self.create_database(self.database)

    def _ready(self):
        if self.process.poll() is not None:
            raise HarnessError(f"PostgreSQL did not start:\n{tail(self.log)}")
        try:
            with open(f"{self.data_dir}/postmaster.pid") as f:
                return f.read().rstrip().endswith("ready")
        except FileNotFoundError:
            return False

    def stop(self, mode="fast"):
        """Also stops a cluster that another process started in this directory."""
        if self.directory is None:
            return
        sig = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode]
        pid = self.process.pid if self.process else read_pid(f"{self.data_dir}/postmaster.pid")
        terminate(pid, sig)
        if self.process:
            self.process.wait()

    def close(self):
        self.stop("immediate")
        if self.directory and self.made_directory:
            shutil.rmtree(self.directory, ignore_errors=True)

    def create_database(self, name):
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE template0', db="postgres")

    def sql(self, text, db=None, user="postgres", header=False):
        """The rows of every statement as tuples of strings; an error is raised with psql's words. :'secret' is a hash of "secret"."""
        done = subprocess.run(
            [f"{self.bindir}/psql", "-Xq", "--csv", *([] if header else ["-t"]), "-v", "ON_ERROR_STOP=1",
             "-v", f"secret={SECRET}", "-f", "-"],
            input=text, capture_output=True, encoding="utf-8", errors="surrogateescape",
            env={**os.environ, **self.environment(db, user), "PGCLIENTENCODING": "UTF8"})
        if done.returncode:
            raise HarnessError(done.stderr.strip())
        return [tuple(row) or ("",) for row in csv.reader(io.StringIO(done.stdout, newline=""))]

    def environment(self, db=None, user="postgres"):
        return {"PGHOST": self.socket_dir, "PGPORT": str(self.port), "PGUSER": user,
                "PGDATABASE": db or self.database}


def pg_config_bindir():
    try:
        return subprocess.check_output([os.environ.get("PG_CONFIG", "pg_config"), "--bindir"], text=True).strip()
    except OSError as e:
        raise HarnessError(f"cannot ask pg_config where PostgreSQL is: {e}; set PG_CONFIG") from e


def as_postgres(*command):
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]


def stop_on_signals():
    """SIGTERM and SIGHUP are taken like Ctrl-C, so that every `finally` stops its servers; a second one does not disturb it."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def leave(number, frame):
        for s in signals:
            signal.signal(s, signal.SIG_IGN)
        raise KeyboardInterrupt
    for s in signals:
        signal.signal(s, leave)


def main(arguments):
    if len(arguments) < 2 or arguments[0] != "--run":
        print(__doc__, file=sys.stderr)
        return 2
    stop_on_signals()
    with Postgres() as pg:
        return subprocess.run(arguments[1:], env={**os.environ, **pg.environment()}).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except HarnessError as e:
        sys.exit(str(e))
    except KeyboardInterrupt:
        sys.exit(130)
