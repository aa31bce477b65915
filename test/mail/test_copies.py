"""Copies of mail, and the host through which the mail of a sender leaves."""

from mailcase import MailCase
from sink import Sink


class Copies(MailCase):
    sql = """
        INSERT INTO domains (domain) VALUES ('example.com'), ('example.org'), ('archive.example');
        INSERT INTO domains (domain, alias_of) VALUES ('mirror.example', 'example.com');
        INSERT INTO users (email, password) VALUES
            ('bob@example.com', :'secret'), ('ann@example.com', :'secret'), ('carl@example.org', :'secret'),
            ('in@archive.example', :'secret'), ('out@archive.example', :'secret'), ('org@archive.example', :'secret');
        INSERT INTO aliases (alias, email) VALUES ('info@example.com', 'bob@example.com');
        INSERT INTO recipient_bcc (address, bcc) VALUES ('bob@example.com', 'in@archive.example'), ('@example.org', 'org@archive.example');
        INSERT INTO sender_bcc (address, bcc) VALUES ('ann@example.com', 'out@archive.example'), ('@example.org', 'org@archive.example');
        INSERT INTO sender_relayhosts (sender, relayhost) VALUES ('bob@example.com', '[127.0.0.1]:1'), ('@example.org', '[127.0.0.1]:1');
    """

    @classmethod
    def setUpClass(cls):
        cls.default, cls.special = Sink(), Sink()
        cls.addClassCleanup(cls.default.close)
        cls.addClassCleanup(cls.special.close)
        cls.options = {"main_cf": f"default_transport = smtp\nrelayhost = [127.0.0.1]:{cls.default.port}"}
        super().setUpClass()
        cls.admin(f"UPDATE sender_relayhosts SET relayhost = '[127.0.0.1]:{cls.special.port}'")

    def arrived(self, sender, rcpt, subject, *users):
        self.server.send(sender, [rcpt], subject)
        for user in users:
            self.server.wait_for_message(user, subject)
        self.server.wait_queue_empty()
        self.assertEqual(len(self.server.file_of(subject)), len(users), f"{subject} is for {users}")

    def test_recipient(self):
        for n, rcpt in enumerate(("bob@example.com", "Bob+x@Example.com", "bob@mirror.example", "bob+x@mirror.example")):
            self.arrived("x@elsewhere.test", rcpt, f"to bob, {n}", "bob@example.com", "in@archive.example")
        self.arrived("x@elsewhere.test", "carl@example.org", "to all of a domain", "carl@example.org", "org@archive.example")
        self.arrived("x@elsewhere.test", "ann@example.com", "to ann", "ann@example.com")
        # What counts is the address that the sender has written.
        self.arrived("x@elsewhere.test", "info@example.com", "to an alias", "bob@example.com")

    def test_sender(self):
        for n, sender in enumerate(("ann@example.com", "ann+x@example.com", "ann@mirror.example")):
            self.arrived(sender, "ann@example.com", f"from ann, {n}", "ann@example.com", "out@archive.example")
        self.arrived("carl@example.org", "ann@example.com", "from all of a domain", "ann@example.com", "org@archive.example")
        self.arrived("bob@example.com", "ann@example.com", "from bob", "ann@example.com")

    def test_the_copy_is_unseen(self):
        self.arrived("x@elsewhere.test", "bob@example.com", "unseen", "bob@example.com", "in@archive.example")
        for user in ("bob@example.com", "in@archive.example"):
            self.assertNotIn("Bcc", self.server.wait_for_message(user, "unseen"))
        self.assertNotIn("archive", self.server.wait_for_message("bob@example.com", "unseen").as_string())

    def leave(self, login, sender, subject):
        with self.server.submission(login) as client:
            self.server.send(sender, ["far@elsewhere.test"], subject, client=client)
        self.server.wait_queue_empty()
        return [sink for sink in (self.default, self.special) if subject in sink.subjects()]

    def test_relayhost_of_a_sender(self):
        for n, sender in enumerate(("bob@example.com", "bob+x@example.com", "bob@mirror.example")):
            self.assertEqual(self.leave("bob@example.com", sender, f"bob leaves, {n}"), [self.special])
        self.assertEqual(self.leave("carl@example.org", "carl@example.org", "carl leaves"), [self.special])
        self.assertEqual(self.leave("ann@example.com", "ann@example.com", "ann leaves"), [self.default])
        sender, rcpts, _ = self.special.messages[-1]
        self.assertEqual((sender, rcpts), ("carl@example.org", ["far@elsewhere.test"]))

    def test_mail_that_stays_has_no_relayhost(self):
        self.arrived("bob@example.com", "ann@example.com", "bob stays", "ann@example.com")
        self.assertNotIn("bob stays", self.special.subjects() + self.default.subjects())
