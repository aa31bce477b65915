"""Logins by service, with app passwords and from networks, through every door of the real Dovecot and Postfix."""

import base64
import imaplib
import poplib
import smtplib
import socket

from mail import read_lines
from mailcase import MailCase
from passwords import hash_of
from process import wait_until

NAMES = [f"App {number}" for number in range(1, 8)] + ["Büro, 2. Stock"]


def app_password(email, name, plain, services="NULL", allow_nets="NULL", expires="NULL"):
    return (f"INSERT INTO app_passwords (email, name, password, services, allow_nets, expires)"
            f" VALUES ('{email}', '{name}', '{hash_of(plain)}', {services}, {allow_nets}, {expires});")


class AppPasswords(MailCase):
    """The users, and the doors."""

    sql = f"""
        INSERT INTO domains (domain) VALUES ('example.com'), ('imap-only.example'), ('closed.example');
        UPDATE domains SET services = '{{imap}}' WHERE domain = 'imap-only.example';
        INSERT INTO users (email, password) SELECT u, '{hash_of("secret")}' FROM unnest(ARRAY['bob@example.com', 'full@example.com',
            'here@example.com', 'away@example.com', 'reads@example.com', 'sends@example.com', 'gone@example.com', 'lost@example.com',
            'ted@imap-only.example', 'zoe@closed.example']) u;
        INSERT INTO users (email) VALUES ('none@example.com');
        UPDATE users SET allow_nets = '{{127.0.0.0/8,2001:db8::/32}}' WHERE email = 'here@example.com';
        UPDATE users SET allow_nets = '{{192.0.2.0/24}}' WHERE email = 'away@example.com';
        UPDATE users SET services = '{{imap,pop3,sieve}}' WHERE email = 'reads@example.com';
        UPDATE users SET services = '{{submission}}' WHERE email = 'sends@example.com';
        {"".join(app_password("full@example.com", name, f"app {number}") for number, name in enumerate(NAMES))}
        {app_password("bob@example.com", "Phone", "phone")}
        {app_password("bob@example.com", "Printer", "printer", services="'{submission}'")}
        {app_password("bob@example.com", "Home", "home", allow_nets="'{127.0.0.1}'")}
        {app_password("bob@example.com", "Office", "office", allow_nets="'{192.0.2.0/24}'")}
        {app_password("bob@example.com", "Trip", "trip", expires="now() - interval '1 second'")}
        {app_password("away@example.com", "Phone", "phone")}
        {app_password("away@example.com", "Road", "road", allow_nets="'{0.0.0.0/0,::/0}'")}
        {app_password("away@example.com", "Apart", "apart", allow_nets="'{127.0.0.0/8}'")}
        {app_password("here@example.com", "Phone", "phone")}
        {app_password("here@example.com", "Road", "road", allow_nets="'{0.0.0.0/0}'")}
        {app_password("here@example.com", "Office", "office", allow_nets="'{192.0.2.0/24}'")}
        {app_password("none@example.com", "Phone", "phone")}
        {app_password("reads@example.com", "Phone", "phone")}
        {app_password("lost@example.com", "Phone", "phone")}
        {app_password("gone@example.com", "Phone", "phone")}
        {app_password("zoe@closed.example", "Phone", "phone")}
        UPDATE users SET active = false, suspended_reason = 'not paid' WHERE email = 'gone@example.com';
        UPDATE domains SET active = false WHERE domain = 'closed.example';
    """

    # --- Whether a door opens; anything but a clear yes or no is an error ------------------------------------------

    def imap(self, user, password):
        with imaplib.IMAP4("127.0.0.1", self.server.imap_port, timeout=60) as client:
            try:
                client.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
            except imaplib.IMAP4.error as e:
                self.assertIn("AUTHENTICATIONFAILED", str(e))
                return False
        return True

    def pop3(self, user, password):
        client = poplib.POP3("127.0.0.1", self.server.pop_port, timeout=60)
        try:
            client.user(user)
            client.pass_(password)
        except poplib.error_proto as e:
            self.assertIn("[AUTH]", str(e))
            return False
        finally:
            client.close()
        return True

    def submission(self, user, password):
        try:
            with self.server.submission(user, password):
                pass
        except smtplib.SMTPAuthenticationError as e:
            self.assertEqual(e.smtp_code, 535)
            return False
        return True

    def sieve(self, user, password):
        with socket.create_connection(("127.0.0.1", self.server.sieve_port), timeout=60) as client, client.makefile("rb") as answers:
            while not answers.readline().startswith(b"OK"):
                pass
            said = base64.b64encode(f"\0{user}\0{password}".encode())
            client.sendall(b'AUTHENTICATE "PLAIN" "' + said + b'"\r\n')
            answer = answers.readline()
        self.assertRegex(answer, rb"^(OK|NO) ")
        return answer.startswith(b"OK")

    def doors(self, user, password):
        return [door.__name__ for door in (self.imap, self.pop3, self.submission, self.sieve) if door(user, password)]

    def each_app_password_opens(self):
        self.assertTrue(self.imap("full@example.com", "secret"))
        for number in range(len(NAMES)):
            self.assertTrue(self.imap("full@example.com", f"app {number}"), NAMES[number])
        for wrong in ("app 8", "APP 1", "phone", ""):
            self.assertFalse(self.imap("full@example.com", wrong), wrong)

    def a_lost_device(self):
        self.assertTrue(self.imap("lost@example.com", "phone"))
        self.admin("DELETE FROM app_passwords WHERE email = 'lost@example.com'")
        self.assertFalse(self.imap("lost@example.com", "phone"))
        self.assertTrue(self.imap("lost@example.com", "secret"))

    def is_expected(self, line):
        # PostgreSQL's word on the role that tried.
        return "permission denied" in line


class Doors(AppPasswords):
    def test_each_app_password_opens(self):
        self.each_app_password_opens()

    def test_a_lost_device(self):
        self.a_lost_device()

    def test_one_password_opens_all_that_is_allowed(self):
        everything = ["imap", "pop3", "submission", "sieve"]
        for user, password, expected in (
                ("bob@example.com", "secret", everything), ("bob@example.com", "phone", everything),
                ("bob@example.com", "printer", ["submission"]), ("bob@example.com", "home", everything),
                ("bob@example.com", "office", []), ("bob@example.com", "trip", []),
                ("here@example.com", "secret", everything), ("away@example.com", "secret", []), ("away@example.com", "phone", []),
                ("away@example.com", "road", []), ("away@example.com", "apart", []), ("here@example.com", "phone", everything),
                ("here@example.com", "road", everything), ("here@example.com", "office", []),
                ("none@example.com", "phone", everything), ("none@example.com", "", []),
                ("reads@example.com", "secret", ["imap", "pop3", "sieve"]), ("reads@example.com", "phone", ["imap", "pop3", "sieve"]),
                ("sends@example.com", "secret", ["submission"]), ("ted@imap-only.example", "secret", ["imap"]),
                ("gone@example.com", "secret", []), ("gone@example.com", "phone", []), ("zoe@closed.example", "phone", [])):
            with self.subTest(user=user, password=password):
                self.assertEqual(self.doors(user, password), expected)

    def test_mail_comes_whatever_the_services(self):
        queue_id = self.server.send("stranger@elsewhere.test", ["sends@example.com"], "for who reads nothing here")
        self.assert_delivered(queue_id, "virtual")

    def test_passwords_that_the_database_makes(self):
        self.admin("INSERT INTO users (email) VALUES ('made@example.com')")
        made = [self.admin(f"SELECT create_app_password('made@example.com', 'No. {number}')")[0][0] for number in range(3)]
        self.admin("SELECT set_app_password('made@example.com', 'Chosen', 'correct horse battery')")
        for password in (*made, "correct horse battery"):
            self.assertEqual(self.doors("made@example.com", password), ["imap", "pop3", "submission", "sieve"])
        self.assertFalse(self.imap("made@example.com", made[0].upper()))

    def test_a_refused_password_is_not_logged(self):
        for function in ("'bob@example.com', 'a/b', 'not for the log'", "'nobody@example.com', 'Phone', 'not for the log'", "'bob@example.com', 'Phone', 'notlog'"):
            with self.assertRaises(Exception):
                self.admin(f"SELECT set_app_password({function})")
        self.assertFalse([line for line in read_lines(self.server.postgres.log) if "not for the log" in line or "notlog" in line])

    def last_logins(self, user):
        rows = self.admin(f"SELECT service, coalesce(app_password, '-'), last_access > now() - interval '1 minute' FROM last_logins"
                          f" WHERE email = '{user}' ORDER BY 1, 2")
        return [tuple(row) for row in rows]

    def test_last_logins(self):
        self.admin(f"INSERT INTO users (email, password) VALUES ('new@example.com', '{hash_of('secret')}');"
                   + app_password("new@example.com", "Büro, 2. Stock", "desk") + app_password("new@example.com", "Phone", "phone"))
        for _ in range(2):
            self.assertTrue(self.imap("NEW@example.com", "secret"))
        self.assertTrue(self.imap("new@example.com", "desk"))
        self.assertTrue(self.pop3("new@example.com", "desk"))
        self.assertTrue(self.sieve("new@example.com", "phone"))
        self.assertFalse(self.imap("new@example.com", "nothing"))
        expected = [("imap", "-", "t"), ("imap", "Büro, 2. Stock", "t"), ("pop3", "Büro, 2. Stock", "t"), ("sieve", "Phone", "t")]
        wait_until(lambda: self.last_logins("new@example.com") == expected, 10,
                   lambda: f"the last logins to be {expected}, and not {self.last_logins('new@example.com')}")

    def test_the_daemon_reads_no_login(self):
        self.assertTrue(self.imap("bob@example.com", "secret"))
        self.assertEqual(self.server.sql("SELECT * FROM mailstack.dovecot_last_login", user="dovecot"), [])
        for table in ("last_logins", "app_passwords", "app_password_usage"):
            with self.assertRaisesRegex(Exception, "permission denied"):
                self.server.sql(f"SELECT * FROM mailstack.{table}", user="dovecot")


class Cached(AppPasswords):
    """With Dovecot's auth cache, which app passwords are not kept in: what is taken back is so at once."""

    options = {"dovecot_conf": "auth_cache_size = 10M\n"}

    def test_each_app_password_opens(self):
        self.each_app_password_opens()

    def test_a_lost_device(self):
        self.a_lost_device()

    def test_a_right_password_asks_for_no_slot(self):
        log = self.server.postgres.log
        self.server.sql("ALTER SYSTEM SET log_statement = 'all'; SELECT pg_reload_conf(); SELECT pg_sleep(0.3)")
        start = len(read_lines(log))
        for _ in range(3):
            self.assertTrue(self.imap("full@example.com", "secret"))
        self.server.sql("ALTER SYSTEM RESET log_statement; SELECT pg_reload_conf()")
        asked = [line for line in read_lines(log)[start:] if "statement:" in line and "passdb" in line]
        self.assertEqual(len(asked), 1, asked)
