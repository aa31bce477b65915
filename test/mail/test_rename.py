"""Users and domains under a new name: their old mail, mail to the old name, and mail that was in the queue."""

import imaplib
import re

from mailcase import MailCase
from process import wait_until

SUSPENDED = "lmtp:unix:private/nobody-listens"


class Rename(MailCase):
    # Mail from these waits until it is released.
    options = {"main_cf": "smtpd_data_restrictions = check_sender_access inline:{ {hold.test = HOLD} }"}
    sql = """
        INSERT INTO domains (domain) VALUES ('example.com'), ('old.example'), ('queue.example'), ('waits.example');
        INSERT INTO domains (domain, alias_of) VALUES ('mirror.example', 'example.com');
        INSERT INTO users (email, password)
            SELECT mail_key(name || '@' || domain), :'secret'
              FROM unnest(ARRAY['anna', 'bob', 'carl', 'dora', 'emil', 'frida', 'gustav', 'heidi', 'ines']) AS name,
                   unnest(ARRAY['example.com', 'old.example', 'queue.example', 'waits.example']) AS domain;
        INSERT INTO aliases (alias, email) VALUES ('team@example.com', 'anna+team@example.com');
    """

    def setUp(self):
        super().setUp()
        self.server.postsuper("-d", "ALL")

    def rename(self, old, new, leave=None):
        self.admin(f"SELECT * FROM rename_user('{old}', '{new}', " + (f"'{leave}')" if leave else "NULL)"))

    def rename_domain(self, old, new, leave=None):
        self.admin(f"SELECT * FROM rename_domain('{old}', '{new}', " + (f"'{leave}')" if leave else "NULL)"))

    def assert_no_login(self, user):
        with self.assertRaisesRegex(imaplib.IMAP4.error, "AUTHENTICATIONFAILED"):
            with self.server.imap(user):
                pass

    def test_mail_stays(self):
        """What came before and what comes after, in one mailbox, for whoever logs in by the new name."""
        for subject, transport in (("before", "virtual"), ("by LDA", "dovecot")):
            self.switch("example.com", transport)
            self.assert_delivered(self.server.send(f"{transport}@elsewhere.test", ["anna@example.com"], subject), transport)
        self.rename("anna@example.com", "hanna@example.com")
        self.assert_refused("anna@example.com")
        self.assert_refused("anna+x@mirror.example")
        self.assert_no_login("anna@example.com")
        for address in ("Hanna@example.com", "hanna+x@mirror.example", "team@example.com"):
            self.server.send("after@elsewhere.test", [address], f"to {address}")
            self.server.wait_for_message("hanna@example.com", f"to {address}")
        self.assertLessEqual({"before", "by LDA"}, set(self.server.subjects("hanna@example.com")))
        self.switch("example.com", "virtual")

    def test_leave_alias(self):
        self.rename("bob@example.com", "robert@example.com", "alias")
        for address in ("Bob@example.com", "bob+x@example.com", "bob@mirror.example"):
            self.server.send("after@elsewhere.test", [address], f"to {address}")
            self.server.wait_for_message("robert@example.com", f"to {address}")
        with self.server.submission("robert@example.com") as client:
            for sender in ("robert@example.com", "bob@example.com"):
                self.assertEqual(client.mail(sender)[0], 250)
                self.assertEqual(client.rcpt("dora@example.com")[0], 250, sender)
                client.rset()

    def test_leave_relocated(self):
        self.rename("carl@example.com", "karl@example.com", "relocated")
        for address in (b"carl@example.com", b"Carl+x@example.com", b"carl@mirror.example"):
            code, text = self.server.rcpt(address)
            self.assertEqual(code, 550, address)
            self.assertIn("5.1.6", text)
            self.assertIn("karl@example.com", text)
        self.server.send("after@elsewhere.test", ["karl@example.com"], "to karl")
        self.server.wait_for_message("karl@example.com", "to karl")

    def test_domain(self):
        """Two names for one domain, then the new one alone."""
        self.server.send("before@elsewhere.test", ["anna@old.example"], "before")
        self.server.wait_for_message("anna@old.example", "before")
        self.rename_domain("old.example", "new.example", "mirror")
        self.assert_no_login("anna@old.example")
        for address in ("anna@new.example", "Anna+x@old.example"):
            self.server.send("after@elsewhere.test", [address], f"to {address}")
            self.server.wait_for_message("anna@new.example", f"to {address}")
        self.assertIn("before", self.server.subjects("anna@new.example"))
        self.rename_domain("new.example", "newer.example")
        self.assert_refused("anna@new.example", 554)
        self.assertIn("before", self.server.subjects("anna@newer.example"))

    def deferred(self, address):
        """A message that was taken, and waits for its transport, which its domain is left with."""
        self.switch(address.partition("@")[2], SUSPENDED)
        queue_id = self.server.send("waits@elsewhere.test", [address], f"waits for {address}")
        self.assertEqual(self.server.delivery(queue_id)["status"], "deferred")
        return queue_id

    def outcome(self, queue_id):
        """What becomes of it in the end. Postfix uses its last answer for the same sender and recipient for 30 seconds."""
        def tried():
            self.server.postqueue("-f")
            found = re.findall(rf"{queue_id}: to=.*status=(\w+) \((.*)\)", self.server.read_log())
            return [(status, text) for status, text in found if status != "deferred"]
        return wait_until(tried, 40, f"Postfix to be done with {queue_id}")[0]

    def test_in_the_queue(self):
        """Postfix follows aliases when a message comes, and not again: a delivery agent asks about the old name. The filters are found all the same."""
        for user, transport in (("dora", "virtual"), ("heidi", "dovecot"), ("ines+x", "lmtp:unix:private/dovecot-lmtp")):
            queue_id = self.deferred(f"{user}@example.com")
            name = user.partition("+")[0]
            self.admin(f"SELECT file_from('{name}@example.com', 'elsewhere.test', 'Waited')")
            self.rename(f"{name}@example.com", f"new-{name}@example.com", "alias")
            self.switch("example.com", transport)
            self.assertEqual(self.outcome(queue_id)[0], "sent", user)
            folder = "INBOX" if transport == "virtual" else "Waited"
            self.server.wait_for_message(f"new-{name}@example.com", f"waits for {user}@example.com", folder)
        self.switch("example.com", "virtual")
        queue_id = self.deferred("anna@queue.example")
        self.rename_domain("queue.example", "line.example", "mirror")
        self.switch("line.example", "virtual")
        self.assertEqual(self.outcome(queue_id)[0], "sent")
        self.server.wait_for_message("anna@line.example", "waits for anna@queue.example")

    def test_in_the_queue_without_an_alias(self):
        for user, leave, words in (("emil", "relocated", "User has moved to new-emil@example.com"), ("frida", None, "unknown user")):
            queue_id = self.deferred(f"{user}@example.com")
            self.rename(f"{user}@example.com", f"new-{user}@example.com", leave)
            self.switch("example.com", "virtual")
            status, text = self.outcome(queue_id)
            self.assertEqual(status, "bounced")
            self.assertIn(words, text)

    def test_requeued(self):
        """Put on hold, and in again as if it had just come: nothing is lost."""
        for address in ("gustav@example.com", "anna@waits.example", "bob@waits.example"):
            self.deferred(address)
        held = self.server.send("sender@hold.test", ["bob@waits.example"], "held")
        self.assertEqual((self.server.queued("deferred", "active"), self.server.queued("hold")), (3, 1), held)
        self.server.postsuper("-h", "ALL")
        for domain in ("example.com", "waits.example"):
            self.switch(domain, "virtual")
        self.rename("gustav@example.com", "gus@example.com", "alias")
        self.rename_domain("waits.example", "goes.example", "mirror")
        self.server.postsuper("-r", "ALL")
        self.server.postqueue("-f")
        for user, subject in (("gus@example.com", "waits for gustav@example.com"), ("anna@goes.example", "waits for anna@waits.example"),
                              ("bob@goes.example", "waits for bob@waits.example"), ("bob@goes.example", "held")):
            self.server.wait_for_message(user, subject)
        self.server.wait_queue_empty()
