"""Who may send as what: the submission service, where a login is wanted and its addresses are looked up."""

import smtplib

from client import Refused
from mailcase import MailCase


class Senders(MailCase):
    sql = """
        INSERT INTO domains (domain) VALUES ('example.com'), ('example.org');
        INSERT INTO domains (domain, alias_of) VALUES ('mirror.example', 'example.com');
        INSERT INTO domains (domain, class) VALUES ('lists.example', 'virtual_alias'), ('relay.example', 'relay');
        INSERT INTO users (email, password) VALUES
            ('bob@example.com', :'secret'), ('ann@example.com', :'secret'), ('carl@example.org', :'secret'), ('gone@example.com', :'secret');
        INSERT INTO users (email, password, send) VALUES ('ear@example.com', :'secret', false);
        INSERT INTO users (email, password, receive, receive_reason) VALUES ('mouth@example.com', :'secret', 'refuse', 'this address only sends');
        UPDATE users SET active = false WHERE email = 'gone@example.com';
        INSERT INTO aliases (alias, email) VALUES
            ('info@example.com', 'bob@example.com'), ('sales@lists.example', 'info@mirror.example'), ('ear-too@example.com', 'ear@example.com'),
            ('@example.org', 'bob@example.com');
        INSERT INTO aliases (alias, email, send) VALUES ('news@example.com', 'bob@example.com', false);
        INSERT INTO sender_logins (sender, login) VALUES
            ('boss@example.com', 'bob@example.com'), ('@relay.example', 'bob@example.com'), ('boss@example.com', 'ear@example.com');
    """

    def answer(self, login, sender, rcpt="ann@example.com"):
        """The code and words of the first command that is refused, or of RCPT; smtpd waits for RCPT before it refuses a sender."""
        with self.server.submission(login) as client:
            code, text = client.mail(sender)
            if code == 250:
                code, text = client.rcpt(rcpt)
            return code, text.decode()

    def assert_may(self, login, *senders):
        for sender in senders:
            with self.subTest(login=login, sender=sender):
                self.assertEqual(self.answer(login, sender)[0], 250)

    def assert_may_not(self, login, *senders, words="not owned by user"):
        for sender in senders:
            with self.subTest(login=login, sender=sender):
                code, text = self.answer(login, sender)
                self.assertEqual(code, 553, text)
                self.assertIn("5.7.1", text)
                self.assertIn(words, text)
        self.assertTrue(self.server.queue_empty())

    def test_as_oneself(self):
        self.assert_may("bob@example.com", "bob@example.com", "Bob@Example.com", "bob+x@example.com", "bob@mirror.example", "bob+x@mirror.example")
        self.assert_may("BOB@example.com", "bob@example.com")

    def test_as_an_alias(self):
        """One that leads to the user, by a mirror, through two aliases, and a catch-all."""
        self.assert_may("bob@example.com", "info@example.com", "info+x@example.com", "info@mirror.example", "sales@lists.example", "whoever@example.org")

    def test_as_somebody_else(self):
        self.assert_may_not("bob@example.com", "ann@example.com", "ann+bob@example.com", "ann@mirror.example", "carl@example.org", "nobody@example.com",
                            "bob@elsewhere.test", "bob@example.net")
        self.assert_may_not("ann@example.com", "info@example.com", "boss@example.com", "x@relay.example")

    def test_as_a_receive_only_alias(self):
        self.assert_may_not("bob@example.com", "news@example.com", "news+x@example.com", "news@mirror.example")

    def test_receive_only_user(self):
        """Not as itself, as an alias, by a grant, nor with the empty sender, which nobody owns."""
        words = "this user may not send mail"
        self.assert_may_not("ear@example.com", "ear@example.com", "ear-too@example.com", "boss@example.com", "", words=words)
        self.assert_may("bob@example.com", "")
        self.server.send("x@elsewhere.test", ["ear@example.com"], "to an ear")
        self.server.wait_for_message("ear@example.com", "to an ear")

    def test_send_only_user(self):
        with self.server.submission("mouth@example.com") as client:
            self.server.send("mouth@example.com", ["ann@example.com"], "from a mouth", client=client)
        self.server.wait_for_message("ann@example.com", "from a mouth")
        for address in (b"mouth@example.com", b"mouth+x@example.com"):
            code, text = self.server.rcpt(address)
            self.assertEqual(code, 550)
            self.assertIn("this address only sends", text)
        with self.server.submission("ann@example.com") as client, self.assertRaises(Refused):
            self.server.send("ann@example.com", ["mouth@example.com"], "to a mouth", client=client)
        self.server.wait_queue_empty(5)

    def test_explicit_grant(self):
        self.assert_may("bob@example.com", "boss@example.com", "boss+x@mirror.example", "anybody@relay.example")
        self.admin("DELETE FROM sender_logins WHERE sender = '@relay.example'")
        self.assert_may_not("bob@example.com", "anybody@relay.example")
        self.admin("INSERT INTO sender_logins (sender, login) VALUES ('@relay.example', 'bob@example.com')")

    def test_what_is_sent_arrives(self):
        with self.server.submission("bob@example.com") as client:
            self.server.send("sales@lists.example", ["ann@example.com", "carl@example.org"], "as sales", client=client)
        for user in ("ann@example.com", "carl@example.org"):
            self.assertEqual(self.server.wait_for_message(user, "as sales")["Return-Path"], "<sales@lists.example>")
        # Mail to elsewhere is taken of who has logged in, and of nobody else.
        self.assertEqual(self.answer("bob@example.com", "bob@example.com", "far@elsewhere.test")[0], 550, "no mail leaves this machine")
        self.assert_refused("far@elsewhere.test", 554)

    def test_a_login_is_wanted(self):
        with smtplib.SMTP("127.0.0.1", self.server.submission_port, timeout=60) as client:
            client.ehlo()
            for rcpt in ("ann@example.com", "far@elsewhere.test"):
                client.mail("bob@example.com")
                code, text = client.rcpt(rcpt)
                self.assertEqual(code, 554, text)
                client.rset()
        for login, password in (("bob@example.com", "wrong"), ("gone@example.com", "secret"), ("info@example.com", "secret")):
            with self.assertRaises(smtplib.SMTPAuthenticationError), self.server.submission(login, password):
                pass

    def test_there_and_only_there(self):
        """Port 25 offers no login, and mail from outside may say what it likes of its sender."""
        with self.server.smtp() as client:
            client.ehlo()
            self.assertFalse(client.has_extn("auth"))
            self.assertEqual(client.docmd("AUTH", "PLAIN AGJvYkBleGFtcGxlLmNvbQBzZWNyZXQ=")[0], 503)
            self.assertEqual(client.mail("ann@example.com")[0], 250)
            self.assertEqual(client.rcpt("bob@example.com")[0], 250)
        with smtplib.SMTP("127.0.0.1", self.server.submission_port, timeout=60) as client:
            client.ehlo()
            self.assertTrue(client.has_extn("auth"))
