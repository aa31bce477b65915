"""Dovecot's auth cache: what it keeps after a change, and the listener of doc/audit.md that flushes it."""

import contextlib
import imaplib
import os
import re
import signal
import subprocess
import tempfile

from mailcase import MailCase
from process import wait_until

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def documented_listener():
    """The script as it stands on the page."""
    with open(f"{ROOT}/doc/audit.md", encoding="utf-8") as f:
        return next(block for block in re.findall(r"^```sh\n(.*?)^```$", f.read(), re.M | re.S) if "LISTEN mailstack_auth" in block)


class AuthCache(MailCase):
    options = {"dovecot_conf": "auth_cache_size = 10 M\nauth_cache_ttl = 1 hour\nauth_cache_negative_ttl = 1 hour\n"}
    sql = """
        INSERT INTO domains (domain) VALUES ('example.com'), ('closing.example');
        INSERT INTO users (email, password) SELECT name || '@example.com', :'secret'
            FROM unnest('{changed,suspended,renamed,deleted,heard,heard-suspended,heard-renamed,heard-deleted,-heard,other}'::text[]) AS name;
        INSERT INTO users (email, password) VALUES ('carl@closing.example', :'secret');
    """

    def logs_in(self, user, password="secret"):
        try:
            with self.server.imap(user, password):
                return True
        except imaplib.IMAP4.error as e:
            self.assertIn("AUTHENTICATIONFAILED", str(e))
            return False

    def stops_logging_in(self, user):
        wait_until(lambda: not self.logs_in(user), 10, f"{user} logs in still")

    @contextlib.contextmanager
    def listener(self):
        """Runs the documented script with this server's doveadm and psql first in the path."""
        with tempfile.TemporaryDirectory() as path:
            with open(f"{path}/doveadm", "w") as f:
                f.write(f'#!/bin/sh\nexec /usr/bin/doveadm -c {self.server.dovecot}/etc/dovecot.conf "$@"\n')
            os.chmod(f.name, 0o755)
            environment = {**os.environ, **self.server.postgres.environment(), "PGAPPNAME": "listener", "PATH": f"{path}:{os.environ['PATH']}"}
            process = subprocess.Popen(["sh", "-c", documented_listener()], env=environment, start_new_session=True,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            try:
                wait_until(lambda: self.server.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'listener'"
                                                   " AND query <> '' AND state = 'idle'") == [("1",)], 10, "nobody listens")
                yield
            finally:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait()

    def test_1_without_the_listener_the_cache_is_stale(self):
        for user in ("changed@example.com", "suspended@example.com", "deleted@example.com"):
            self.assertTrue(self.logs_in(user))
        self.admin("""SELECT set_password('changed@example.com', 'another secret');
            UPDATE users SET active = false WHERE email = 'suspended@example.com';
            DELETE FROM users WHERE email = 'deleted@example.com'""")
        for user in ("changed@example.com", "suspended@example.com", "deleted@example.com"):
            self.assertTrue(self.logs_in(user), user)
        self.assertFalse(self.logs_in("late@example.com"))
        self.admin("INSERT INTO users (email, password) VALUES ('late@example.com', :'secret')")
        self.assertFalse(self.logs_in("late@example.com"), "that there is no such user is kept, too")
        self.server.doveadm("auth", "cache", "flush")
        for user in ("changed@example.com", "suspended@example.com", "deleted@example.com"):
            self.assertFalse(self.logs_in(user), user)
        self.assertTrue(self.logs_in("changed@example.com", "another secret"))
        self.assertTrue(self.logs_in("late@example.com"))

    def test_2_with_the_listener_it_is_not(self):
        with self.listener():
            users = [f"{name}@example.com" for name in ("heard", "heard-suspended", "heard-renamed", "heard-deleted", "-heard")]
            for user in users:
                self.assertTrue(self.logs_in(user), user)
            self.assertFalse(self.logs_in("heard-late@example.com"))
            self.admin("""SELECT set_password('heard@example.com', 'another secret'), set_password('-heard@example.com', 'another secret');
                UPDATE users SET active = false WHERE email = 'heard-suspended@example.com';
                UPDATE users SET email = 'heard-otherwise@example.com' WHERE email = 'heard-renamed@example.com';
                DELETE FROM users WHERE email = 'heard-deleted@example.com';
                INSERT INTO users (email, password) VALUES ('heard-late@example.com', :'secret')""")
            for user in users:
                self.stops_logging_in(user)
            self.assertTrue(self.logs_in("heard@example.com", "another secret"))
            wait_until(lambda: self.logs_in("heard-late@example.com"), 10, "who is new cannot log in")

    def test_3_a_domain_flushes_all(self):
        with self.listener():
            self.assertTrue(self.logs_in("carl@closing.example"))
            self.admin("UPDATE domains SET active = false WHERE domain = 'closing.example'")
            self.stops_logging_in("carl@closing.example")

    def test_4_the_listener_comes_back(self):
        """With its connection cut it connects again, and begins with a flush of whatever it has missed."""
        with self.listener():
            self.assertTrue(self.logs_in("other@example.com"))
            self.server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'listener'")
            self.admin("UPDATE users SET active = false WHERE email = 'other@example.com'")
            self.stops_logging_in("other@example.com")
        self.old_outages.update(self.server.outages())
