"""A private Postfix and Dovecot on top of a private PostgreSQL, all in one directory, on loopback ports.

    with MailServer() as server:
        server.sql("INSERT INTO mailstack.domains (domain) VALUES ('example.com')")
"""

import contextlib
import functools
import glob
import grp
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import MailClient  # noqa: E402
from postgres import Postgres  # noqa: E402
from process import HarnessError, free_ports, read, read_pid, tail, terminate, using, wait_until  # noqa: E402

CONF = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "mail", "conf")

# Where the programs that we start, and may stop, are installed.
SERVER_PROGRAMS = ("/usr/lib/postfix/", "/usr/sbin/post", "/usr/lib/dovecot/", "/usr/sbin/dovecot", "/usr/lib/postgresql/")

DELIVERY_USER, DELIVERY_GROUP = "mailreader", "mail"


class MailServer(MailClient):
    """Its configuration is what config_files() says, with test/mail/conf and then `main_cf` and `dovecot_conf` on top; `settings`
    are those of the database that differ from the default.
    """

    def __init__(self, main_cf="", dovecot_conf="", settings=""):
        self.directory = tempfile.mkdtemp(prefix="mailstack-")
        os.chmod(self.directory, 0o755)
        self._lay_out()
        self.main_cf, self.dovecot_conf, self.settings = main_cf, dovecot_conf, settings
        self.values = {}
        self.smtp_port = self.submission_port = self.submissions_port = self.imap_port = self.pop_port = self.sieve_port = None

    @classmethod
    def at(cls, directory):
        """A server that another process left running; enough to stop it."""
        server = cls.__new__(cls)
        server.directory = os.path.abspath(directory)
        server._lay_out()
        if not os.path.isdir(server.postgres.directory) or not os.path.isdir(server.postfix):
            raise HarnessError(f"{directory} is not the directory of a mail server of ours")
        return server

    def _lay_out(self):
        self.postgres = Postgres(self._path("postgres"))
        self.postfix = self._path("postfix")
        self.dovecot = self._path("dovecot")
        self.logs = self._path("log")
        self.mail_root = self._path("mail")
        self.sieve_dir = self._path("sieve")

    def _path(self, *names):
        return os.path.join(self.directory, *names)

    # --- Life -------------------------------------------------------------------------------------------------

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *unused):
        self.close()

    def start(self):
        self.start_database()
        self.sql(self.database_script())
        self.start_daemons()

    def start_database(self):
        self.postgres.start()
        self._make_delivery_user()
        self._make_directories()
        self._choose_values()

    def start_daemons(self):
        """Only once the roles are there: Dovecot 2.3's auth process crashes where its login role does not exist."""
        self.write_configuration()
        # Dovecot's sockets lie in the queue directory that Postfix makes; Postfix's smtpd asks Dovecot before it greets.
        self._launch("Postfix", self.postfix_log, "/usr/sbin/postfix", "-c", f"{self.postfix}/etc", "start")
        self.start_dovecot()
        for port, greeting in ((self.imap_port, b"* OK"), (self.smtp_port, b"220 "), (self.submission_port, b"220 ")):
            wait_until(lambda: greets(port, greeting), 20, lambda: f"port {port} to answer\n{self.log_tails()}")

    def start_dovecot(self, **environment):
        self._launch("Dovecot", self.dovecot_log, "/usr/bin/env", *(f"{name}={value}" for name, value in environment.items()),
                     "/usr/sbin/dovecot", "-c", f"{self.dovecot}/etc/dovecot.conf")

    def stop_dovecot(self):
        terminate(read_pid(f"{self.dovecot}/run/master.pid"))

    def stop(self):
        """The masters first, and then whatever still works in our directory: an LDA has a session of its own."""
        terminate(read_pid(f"{self.postfix}/spool/pid/master.pid"))
        self.stop_dovecot()
        self.postgres.stop("immediate")
        while left := self._our_servers():
            for pid in left:
                terminate(pid, seconds=3)

    def _our_servers(self):
        # Somebody may read a log here, or have psql open: that is not ours to stop.
        return [pid for pid in using(self.directory) if program(pid).startswith(SERVER_PROGRAMS)]

    def close(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _make_delivery_user(self):
        try:
            user = pwd.getpwnam(DELIVERY_USER)
        except KeyError:
            run(["useradd", "-r", "-M", "-g", DELIVERY_GROUP, "-d", "/nonexistent", "-s", "/usr/sbin/nologin", DELIVERY_USER])
            user = pwd.getpwnam(DELIVERY_USER)
        self.uid, self.gid = user.pw_uid, grp.getgrnam(DELIVERY_GROUP).gr_gid

    def _make_directories(self):
        for path in (f"{self.postfix}/etc", f"{self.postfix}/spool", f"{self.postfix}/data", f"{self.dovecot}/etc",
                     f"{self.dovecot}/state", self.logs, self.mail_root, self.sieve_dir):
            os.makedirs(path)
        shutil.chown(f"{self.postfix}/data", "postfix")
        for path in (self.mail_root, self.sieve_dir):
            os.chown(path, self.uid, self.gid)
        # Postfix's log daemon and the LDA write as themselves.
        os.chmod(self.logs, 0o1777)
        with open(self.lda_log, "w"):
            os.chown(self.lda_log, self.uid, self.gid)

    @property
    def postfix_log(self):
        return f"{self.logs}/postfix.log"

    @property
    def dovecot_log(self):
        return f"{self.logs}/dovecot.log"

    @property
    def lda_log(self):
        return f"{self.logs}/lda.log"

    def _choose_values(self):
        (self.smtp_port, self.submission_port, self.submissions_port,
         self.imap_port, self.pop_port, self.sieve_port) = free_ports(6)
        self.values.update(
            PG_SOCKET_DIR=self.postgres.socket_dir, PG_PORT=self.postgres.port, MAIL_ROOT=self.mail_root,
            POSTFIX=self.postfix, DOVECOT=self.dovecot, LOG=self.logs, SIEVE_DIR=self.sieve_dir, UID=self.uid, GID=self.gid,
            USER=DELIVERY_USER, GROUP=DELIVERY_GROUP,
            SMTP_PORT=self.smtp_port, SUBMISSION_PORT=self.submission_port, IMAP_PORT=self.imap_port,
            POP_PORT=self.pop_port, SIEVE_PORT=self.sieve_port)

    def write_configuration(self):
        """What the database says, into Postfix's and Dovecot's own, and then what is this server's."""
        etc = f"{self.postfix}/etc"
        for name in ("main.cf", "master.cf"):
            self._render(f"postfix/{name}", f"{etc}/{name}")
        # The lists of Postfix's own files that `postfix start` insists on.
        for path in glob.glob("/etc/postfix/postfix-files*") + glob.glob("/etc/postfix/dynamicmaps.cf*"):
            copy = shutil.copytree if path.endswith(".d") else shutil.copy
            copy(path, f"{etc}/{os.path.basename(path)}")
        self.write_config_files("postfix", etc)
        run([f"{etc}/mailstack/postconf.sh"], env=os.environ | {"MAIL_CONFIG": etc})
        self._make_private(f"{etc}/master.cf")
        if self.main_cf:
            run(["postconf", "-c", etc, "-e", *filled(self.main_cf, self.values).splitlines()])

        self.write_config_files("dovecot", f"{self.dovecot}/etc")
        self._render(f"dovecot-{version_of('dovecot')}/local.conf", f"{self.dovecot}/etc/local.conf")
        with open(f"{self.dovecot}/etc/local.conf", "a") as f:
            f.write(filled(self.dovecot_conf, self.values))

    def write_config_files(self, product, directory):
        for path, mode, owner, content in self.config_files(product, directory):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as f:
                f.write(content)
            os.chmod(path, int(mode, 8))
            shutil.chown(path, *owner.split(":"))

    def config_files(self, product, directory, db=None):
        """The rows of config_files() for what is installed here."""
        return json.loads(self.postgres.sql(
            "SELECT json_agg(json_build_array(path, mode, owner, content)) FROM mailstack.config_files("
            f"'{product}', '{version_of(product)}', '{self.connection}', '{directory}', '{self.postfix}/spool')", db=db)[0][0])

    @property
    def connection(self):
        """How the daemons reach the database: the argument of config_files()."""
        return f"host={self.postgres.socket_dir} port={self.postgres.port} dbname=mail"

    def _make_private(self, master_cf):
        """Ports of its own on loopback, no certificate, and a Dovecot whose configuration lies elsewhere."""
        text = read(master_cf)
        for found, own in ((r"^smtp(?= +inet)", f"127.0.0.1:{self.smtp_port}"),
                           (r"^submission(?= +inet)", f"127.0.0.1:{self.submission_port}"),
                           (r"^submissions(?= +inet)", f"127.0.0.1:{self.submissions_port}"),
                           (r"smtpd_tls_security_level=encrypt", "smtpd_tls_security_level=none"),
                           (r"argv=\S*/dovecot-lda", rf"\g<0> -c {self.dovecot}/etc/dovecot.conf")):
            text, count = re.subn(found, own, text, flags=re.M)
            if count != 1:
                raise HarnessError(f"{master_cf} has no {found}")
        with open(master_cf, "w") as f:
            f.write(text)

    def _render(self, template, path, **more):
        with open(path, "w") as f:
            f.write(self.render(template, **more))

    def render(self, template, **more):
        """A template of test/mail/conf with this server's values in it."""
        return filled(read(os.path.join(CONF, template)), {**self.values, **more})

    def _launch(self, name, log, *command):
        # The daemons keep the output they are started with: a pipe would never be closed.
        out = self._path("log", f"{name}.start")
        with open(out, "wb") as f:
            starter = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=f, stderr=f, cwd="/", start_new_session=True)
        try:
            code = starter.wait()
        except BaseException:
            # `postfix start` is a shell script: its group goes, or it would start Postfix behind our back.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(starter.pid, signal.SIGKILL)
            starter.wait()
            raise
        if code:
            raise HarnessError(f"{name} did not start:\n{tail(out)}{tail(log)}")

    # --- The database -----------------------------------------------------------------------------------------

    def database_script(self):
        """The extension, its settings for this server, and the roles of the two daemons."""
        own = f"UPDATE mailstack.settings SET {self.settings};\n" if self.settings else ""
        return "CREATE EXTENSION mailstack;\n" + self.render("settings.sql") + own + self.render("roles.sql")

    def sql(self, text, user="postgres"):
        return self.postgres.sql(text, user=user)

    @property
    def lookups(self):
        """The maps that ask the database, each named after the parameter that it serves."""
        files = sorted(set(os.listdir(f"{self.postfix}/etc/mailstack")) - {"main.cf", "master.cf"})
        return [name[:-3] for name in files if name.endswith(".cf")]

    def postmap_q(self, parameter, key):
        """What Postfix reads from a map: the value, or None. An error of the map is raised."""
        done = subprocess.run(
            ["postmap", "-c", f"{self.postfix}/etc", "-q", key, f"pgsql:{self.postfix}/etc/mailstack/{parameter}.cf"],
            capture_output=True, encoding="utf-8")
        if done.stderr:
            raise HarnessError(f"postmap -q {key} {parameter}: {done.stderr.strip()}")
        return done.stdout.rstrip("\n") if done.returncode == 0 else None

    def postmap_stream(self, parameter, keys):
        """Many keys (bytes) through one process, so through one connection: {key: value} of those found."""
        done = subprocess.run(
            ["postmap", "-c", f"{self.postfix}/etc", "-q", "-", f"pgsql:{self.postfix}/etc/mailstack/{parameter}.cf"],
            input=b"".join(key + b"\n" for key in keys), capture_output=True)
        lines = done.stdout.splitlines()
        return dict(line.split(b"\t", 1) for line in lines), done.stderr.decode(errors="replace")

    def doveadm(self, *arguments, check=True):
        return run(["doveadm", "-c", f"{self.dovecot}/etc/dovecot.conf", *arguments], check=check)

    def doveadm_user(self, name):
        """The userdb's fields of a user, or None."""
        done = self.doveadm("user", name, check=False)
        if done.returncode == 67:
            return None
        if done.returncode:
            raise HarnessError(f"doveadm user {name}: {done.stderr}")
        return dict(line.split("\t", 1) for line in done.stdout.splitlines()[1:] if "\t" in line)

    def compile_sieve(self, name):
        """A script in sieve_dir gets its binary, which a delivery user cannot write just anywhere."""
        run(["sievec", "-c", f"{self.dovecot}/etc/dovecot.conf", f"{self.sieve_dir}/{name}"])

    # --- What Postfix did -------------------------------------------------------------------------------------

    def delivery(self, queue_id, seconds=20):
        """Postfix's record of a message's first attempt: {'to', 'relay', 'status', 'text', ...}."""
        pattern = re.compile(rf"{queue_id}: to=<(?P<to>[^>]*)>,(?: orig_to=<(?P<orig_to>[^>]*)>,)? "
                             r"relay=(?P<relay>.*?), .*status=(?P<status>\w+) \((?P<text>.*)\)")
        found = wait_until(lambda: pattern.search(self.read_log()), seconds, f"Postfix to deliver {queue_id}")
        return found.groupdict()

    def read_log(self):
        return read(self.postfix_log)

    def queued(self, *queues):
        """How many messages are in these queues, or in any."""
        names = queues or ("maildrop", "incoming", "active", "deferred", "hold")
        return sum(len(files) for q in names for _, _, files in os.walk(f"{self.postfix}/spool/{q}"))

    def queue_empty(self):
        return self.queued() == 0

    def wait_queue_empty(self, seconds=30):
        try:
            wait_until(self.queue_empty, seconds, "the queue to be empty")
        except HarnessError as e:
            raise HarnessError(f"{e}\n{self.log_tails()}") from e

    def postqueue(self, *arguments):
        return run(["postqueue", "-c", f"{self.postfix}/etc", *arguments])

    def postsuper(self, *arguments):
        return run(["postsuper", "-c", f"{self.postfix}/etc", *arguments])

    def outages(self):
        """Lines that must never be there: an error a daemon's question raised, and the outage Postfix makes of it."""
        return [line for path, pattern in (
                    (self.postgres.log, r"user=(postfix|dovecot).*(ERROR|FATAL)"),
                    (self.postfix_log, r"pgsql.*(query|failed|error)|table lookup problem|empty lookup result|fatal:|panic:"),
                    (self.dovecot_log, r"pgsql.*(fail|error)|(Error|Fatal|Panic):"),
                    (self.lda_log, r"(Error|Fatal|Panic):"))
                for line in read_lines(path) if re.search(pattern, line)]

    def log_tails(self):
        return "".join(f"--- {path}\n{tail(path, 15)}" for path in (self.postfix_log, self.dovecot_log, self.lda_log, self.postgres.log))


def filled(text, values):
    """@NAME@ is a value's place; what a test class has added to a configuration has places of its own."""
    return re.sub(r"@([A-Z_]+)@", lambda m: filled(str(values[m[1]]), values), text)


@functools.cache
def dovecot_release():
    """Of what is installed: (2, 3)."""
    return release(run(["/usr/sbin/dovecot", "--version"]).stdout)


@functools.cache
def postfix_release():
    return release(run(["/usr/sbin/postconf", "-dh", "mail_version"]).stdout)


def release(version):
    return tuple(map(int, re.match(r"(\d+)\.(\d+)", version).groups()))


def version_of(product):
    """The same as config_files() takes it."""
    return "%d.%d" % {"dovecot": dovecot_release, "postfix": postfix_release}[product]()


def greets(port, greeting):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as s:
            return s.recv(64).startswith(greeting)
    except OSError:
        return False


def program(pid):
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""


def run(command, check=True, env=None):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace", env=env)
    if check and done.returncode:
        raise HarnessError(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def read_lines(path):
    if not os.path.exists(path):
        return []
    return read(path).splitlines()
