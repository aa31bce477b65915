"""What the mail tests have in common: a server for each class, and the watch over its logs."""

import atexit
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "harness"))
from mail import MailServer  # noqa: E402

TRANSPORTS = {
    "virtual": "virtual",
    "dovecot": "dovecot",
    "lmtp:unix:private/dovecot-lmtp": "mail.example.com[private/dovecot-lmtp]",
}


class MailCase(unittest.TestCase):
    """A subclass says what its server holds (`sql`), how it is configured (`options`), and perhaps what kind it is of."""

    sql = ""
    options = {}
    server_class = MailServer

    @classmethod
    def setUpClass(cls):
        cls.server = cls.server_class(**cls.options)
        # Ctrl-C passes by unittest's own clean-up.
        atexit.register(cls.server.close)
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.admin(cls.sql)

    @classmethod
    def admin(cls, text):
        """As an operator at psql, whose search_path is mailstack; that of the daemons is not."""
        return cls.server.sql("SET search_path = mailstack;\n" + text)

    def setUp(self):
        self.old_outages = set(self.server.outages())

    def tearDown(self):
        """Whatever a test sent: a lookup that raised has stopped all mail for a minute, and shows in a log."""
        new = [line for line in self.server.outages() if line not in self.old_outages and not self.is_expected(line)]
        self.assertEqual(new, [], "the daemons' logs must be clean")

    def is_expected(self, line):
        """For a class that provokes something that the logs tell, and that is no outage."""
        return False

    def switch(self, domain, transport):
        self.admin(f"SELECT switch_transport('{domain}', '{transport}')")

    def assert_delivered(self, queue_id, relay):
        delivery = self.server.delivery(queue_id)
        self.assertEqual((delivery["relay"], delivery["status"]), (relay, "sent"), delivery["text"])
        return delivery

    def assert_refused(self, address, code=550, words="", sender="stranger@elsewhere.test"):
        """At RCPT, and nothing is left in the queue."""
        answer = self.server.rcpt(address if isinstance(address, bytes) else address.encode(), sender)
        self.assertEqual(answer[0], code, f"{address}: {answer}")
        self.assertIn(words, answer[1])
        self.server.wait_queue_empty(5)

    def assert_accepted(self, address, sender="stranger@elsewhere.test"):
        answer = self.server.rcpt(address.encode(), sender)
        self.assertEqual(answer[0], 250, f"{address}: {answer}")

    def deliver(self, rcpt, subject, *users):
        """Sends one message and finds it, once, with each of these users and nobody else."""
        queue_id = self.server.send(f"{re.sub('[^a-z]+', '-', subject)}@elsewhere.test", [rcpt], subject)
        for user in users:
            self.server.wait_for_message(user, subject)
        self.server.wait_queue_empty()
        self.assertEqual(len(self.server.file_of(subject)), len(users), f"{rcpt} is for {users}")
        return queue_id

    def write_sieve(self, user, script):
        """The user's own script, beside the mail."""
        home = self.server.doveadm_user(user)["home"]
        owner = (self.server.uid, self.server.gid)
        path = self.server.mail_root
        for name in os.path.relpath(home, self.server.mail_root).split("/"):
            path = os.path.join(path, name)
            if not os.path.isdir(path):
                os.mkdir(path)
                os.chown(path, *owner)
        with open(f"{home}/.dovecot.sieve", "w") as f:
            f.write(script)
            os.chown(f.fileno(), *owner)
