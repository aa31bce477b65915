"""Ways to the database that are a variant of the same config_files(): TLS, several hosts, pgbouncer. Real mail goes over each."""

import os
import re
import shutil
import subprocess

from mail import MailServer, run
from mailcase import TRANSPORTS, MailCase
from postgres import Postgres, as_postgres
from process import free_port, read, terminate, wait_until


class Connected:
    """What has to work, however the database is reached."""

    sql = """
INSERT INTO domains(domain) VALUES ('example.com');
INSERT INTO users(email, password) VALUES ('bob@example.com', :'secret');
"""

    def mail_by_all(self, word):
        for transport in TRANSPORTS:
            self.switch("example.com", transport)
            self.mail_by(transport, f"{word} by {transport}")

    def mail_by(self, transport, subject):
        # Another sender for each: Postfix may keep an answer for the same two addresses for 30 seconds.
        sender = re.sub("[^a-z]+", "-", subject) + "@elsewhere.test"
        self.assert_delivered(self.server.send(sender, ["bob+x@example.com"], subject), TRANSPORTS[transport])
        self.server.wait_for_message("bob@example.com", subject)

    def is_told(self):
        """What Dovecot writes comes to the database."""
        for table in ("last_logins", "usage"):
            wait_until(lambda: self.admin(f"SELECT email FROM {table} WHERE email = 'bob@example.com'"), 10, f"{table} to be told")


def openssl(directory, *arguments):
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)


class TlsServer(MailServer):
    """A database that takes postfix and dovecot over TCP alone, with TLS and a password, and a certificate that says who it is."""

    PASSWORDS = {"postfix": "of-postfix", "dovecot": "of-dovecot"}

    def __init__(self):
        super().__init__()
        self.certificates = self._path("certificates")
        os.mkdir(self.certificates)
        new = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
        openssl(self.certificates, *new, "-subj", "/CN=Our CA", "-keyout", "ca.key", "-out", "ca.pem")
        openssl(self.certificates, *new, "-CA", "ca.pem", "-CAkey", "ca.key", "-subj", "/CN=localhost",
                "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=CA:false",
                "-keyout", "server.key", "-out", "server.pem")
        shutil.chown(f"{self.certificates}/server.key", "postgres")
        with open(f"{self.certificates}/hba", "w") as f:
            f.write("local all postgres trust\nhostssl mail all all scram-sha-256\n")
        files = {"ssl_cert_file": "server.pem", "ssl_key_file": "server.key", "hba_file": "hba"}
        self.postgres.settings = ("ssl = on", *(f"{name} = '{self.certificates}/{file}'" for name, file in files.items()))

    @property
    def connection(self):
        return f"host=localhost port={self.postgres.port} dbname=mail sslmode=verify-full sslrootcert={self.certificates}/ca.pem"

    def database_script(self):
        return super().database_script() + "".join(
            f"ALTER ROLE {role} PASSWORD '{password}';\n" for role, password in self.PASSWORDS.items())

    def write_config_files(self, product, directory):
        """All that is left to edit."""
        super().write_config_files(product, directory)
        path = f"{directory}/mailstack/pgpass"
        text = read(path)
        with open(path, "w") as f:
            f.write(text.replace("PASSWORD", self.PASSWORDS[product]))


class Tls(Connected, MailCase):
    server_class = TlsServer

    def test_mail(self):
        self.mail_by_all("tls")
        self.is_told()
        found = self.admin("SELECT DISTINCT usename, ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)"
                           " WHERE usename IN ('postfix', 'dovecot') ORDER BY 1")
        self.assertEqual(found, [("dovecot", "t"), ("postfix", "t")])

    def test_the_password_is_in_one_file(self):
        for product, directory in (("postfix", self.server.postfix), ("dovecot", self.server.dovecot)):
            found = run(["grep", "-rlF", TlsServer.PASSWORDS[product], f"{directory}/etc"]).stdout.split()
            self.assertEqual(found, [f"{directory}/etc/mailstack/pgpass"])
            self.assertEqual(run(["stat", "-c", "%a %U", *found]).stdout, f"600 {product}\n")


class Replica(Postgres):
    """Follows a primary; its socket is its own, its port the same, since Dovecot 2.3 knows one."""

    def __init__(self, directory, primary):
        super().__init__(directory)
        self.primary = primary

    def _create(self):
        self.bindir, self.port = self.primary.bindir, self.primary.port
        os.makedirs(self.socket_dir)
        shutil.chown(self.socket_dir, "postgres")
        os.chmod(self.directory, 0o755)
        shutil.chown(self.directory, "postgres")
        subprocess.run(as_postgres(f"{self.bindir}/pg_basebackup", "-h", self.primary.socket_dir, "-p", str(self.port), "-U", "postgres",
                                   "-D", self.data_dir, "-R", "-c", "fast"), check=True, capture_output=True, cwd="/")
        with open(f"{self.data_dir}/postgresql.conf", "a") as f:
            f.write(f"listen_addresses = ''\nunix_socket_directories = '{self.socket_dir}'\n")

    def create_database(self, name):
        """It has what the primary has."""


class TwoHostsServer(MailServer):
    def _lay_out(self):
        super()._lay_out()
        self.replica = Replica(self._path("replica"), self.postgres)

    @property
    def connection(self):
        return f"host={self.replica.socket_dir},{self.postgres.socket_dir} port={self.postgres.port} dbname=mail"

    def start_daemons(self):
        self.replica.start()
        super().start_daemons()

    def stop(self):
        self.replica.stop("immediate")
        super().stop()


class TwoHosts(Connected, MailCase):
    server_class = TwoHostsServer

    def caught_up(self):
        (position,) = self.server.sql("SELECT pg_current_wal_insert_lsn()")[0]
        follows = f"SELECT pg_last_wal_replay_lsn() >= '{position}'"
        wait_until(lambda: self.server.replica.sql(follows) == [("t",)], 10, "the replica to follow")

    def switch(self, domain, transport):
        super().switch(domain, transport)
        self.caught_up()

    def is_expected(self, line):
        return self.primary_is_gone

    def setUp(self):
        self.primary_is_gone = False
        super().setUp()

    def test_mail_goes_on_without_the_primary(self):
        self.caught_up()
        self.mail_by_all("two hosts")
        self.is_told()
        self.primary_is_gone = True
        self.server.postgres.stop("immediate")
        try:
            self.assert_accepted("bob@example.com")
            self.assert_refused("nobody@example.com")
            self.mail_by("lmtp:unix:private/dovecot-lmtp", "one host")
        finally:
            self.server.postgres.start()


class BouncerServer(MailServer):
    """pgbouncer, which gives a connection away after each transaction. Nobody has a password: it knows the daemons by their system users,
    and PostgreSQL knows it by its own, postgres, which may come as the roles of the daemons.
    """

    def _lay_out(self):
        super()._lay_out()
        self.bouncer = self._path("bouncer")
        self.bouncer_port = None
        os.mkdir(self.bouncer)
        shutil.chown(self.bouncer, "postgres")
        for name, text in (("hba", "local mail postfix,dovecot peer map=mail\nlocal all postgres trust\n"),
                           ("ident", "mail postgres postfix\nmail postgres dovecot\n"),
                           ("bouncer_hba", "local mail postfix,dovecot peer\n"),
                           ("users", '"postfix" ""\n"dovecot" ""\n')):
            with open(f"{self.bouncer}/{name}", "w") as f:
                f.write(text)
        self.postgres.settings = (f"hba_file = '{self.bouncer}/hba'", f"ident_file = '{self.bouncer}/ident'")

    @property
    def connection(self):
        return f"host={self.bouncer} port={self.bouncer_port} dbname=mail"

    def start_daemons(self):
        self.bouncer_port = free_port()
        with open(f"{self.bouncer}/ini", "w") as f:
            f.write(f"[databases]\nmail = host={self.postgres.socket_dir} port={self.postgres.port}\n"
                    f"[pgbouncer]\npool_mode = transaction\ndefault_pool_size = 2\n"
                    f"unix_socket_dir = {self.bouncer}\nlisten_port = {self.bouncer_port}\n"
                    f"auth_type = hba\nauth_hba_file = {self.bouncer}/bouncer_hba\nauth_file = {self.bouncer}/users\n"
                    f"logfile = {self.bouncer}/log\npidfile = {self.bouncer}/pid\n")
        subprocess.run(as_postgres("pgbouncer", "-d", f"{self.bouncer}/ini"), check=True, capture_output=True, cwd="/")
        wait_until(lambda: os.path.exists(f"{self.bouncer}/.s.PGSQL.{self.bouncer_port}"), 10, "pgbouncer to listen")
        super().start_daemons()

    def stop(self):
        super().stop()
        if os.path.exists(f"{self.bouncer}/pid"):
            terminate(int(read(f"{self.bouncer}/pid")))


class Bouncer(Connected, MailCase):
    server_class = BouncerServer

    def test_mail(self):
        self.mail_by_all("pgbouncer")
        self.is_told()
        sessions = self.admin("SELECT count(*) FROM pg_stat_activity WHERE usename IN ('postfix', 'dovecot')")
        self.assertLessEqual(int(sessions[0][0]), 4, "two for each role")
