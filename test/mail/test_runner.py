"""mailstack-runner with real mail: it goes on to arrive while homes are made, moved and taken away, and none of it is lost."""

import os
import subprocess
import threading
import time

from mailcase import MailCase
from process import wait_until

PROGRAM = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "runner", "mailstack-runner")
TRANSPORTS = ("virtual", "dovecot", "lmtp:unix:private/dovecot-lmtp")
KILLED = -9


class Runner(MailCase):
    sql = """
        CREATE ROLE runner LOGIN;
        SELECT grant_runner('runner');
        INSERT INTO domains (domain) VALUES ('example.com');
        INSERT INTO users (email, password)
            SELECT mail_key(name || '@example.com'), :'secret'
              FROM unnest(ARRAY['moved', 'killed', 'open', 'gone', 'empty']) AS name;
        UPDATE settings SET maildir_runner = true;
    """

    def is_expected(self, line):
        """From whoever was at work in a home that moved: what it wrote was refused, and is tried again."""
        return self.server.mail_root in line and "No such file or directory" in line

    def command(self, *options):
        pg = self.server.postgres
        return [PROGRAM, *options, self.server.mail_root, f"host={pg.socket_dir} port={pg.port} dbname={pg.database} user=runner"]

    def run_once(self, *options):
        """Its exit status, and what it said. It has nothing to complain about."""
        done = subprocess.run(self.command("-1", *options), capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def finish(self):
        """What is swept after twenty minutes, too."""
        self.admin("UPDATE maildir_tasks SET due = now(), created = created - interval '21 minutes' WHERE action = 'sweep' AND done_at IS NULL")
        self.assertEqual(self.run_once()[0], 0)
        self.assertEqual(self.admin("SELECT action, result FROM maildir_tasks WHERE done_at IS NULL AND (action <> 'purge' OR failures > 0)"), [])

    def move(self, user, maildir):
        self.admin(f"UPDATE users SET maildir = '{maildir}' WHERE email = '{user}'")

    def on_disk(self, maildir):
        """The messages in a home."""
        return [name for folder, _, names in os.walk(os.path.join(self.server.mail_root, maildir)) for name in names
                if os.path.basename(folder) in ("cur", "new")]

    def assert_no_traces(self):
        found = [name for _, folders, names in os.walk(self.server.mail_root) for name in folders + names if name.startswith(".mailstack-")]
        self.assertEqual(found, [])

    def send_until(self, stop, user, sent):
        """Mail without a pause, by one transport after another."""
        while not stop.is_set():
            subject = f"{user} {len(sent)}"
            if len(sent) % 5 == 0:
                self.switch("example.com", TRANSPORTS[len(sent) // 5 % len(TRANSPORTS)])
            self.server.send("busy@elsewhere.test", [user], subject)
            sent.append(subject)

    def while_mail_arrives(self, user, act):
        """What was sent meanwhile."""
        sent = []
        stop = threading.Event()
        sender = threading.Thread(target=self.send_until, args=(stop, user, sent))
        sender.start()
        try:
            wait_until(lambda: len(sent) > 3, 20, "mail to be sent")
            act()
        finally:
            stop.set()
            sender.join()
        return sent

    def remember(self, user):
        """An old message that was read: its UID, in which UIDVALIDITY."""
        self.server.send("old@elsewhere.test", [user], f"old of {user}")
        self.server.wait_for_message(user, f"old of {user}")
        with self.server.imap(user) as client:
            client.select("INBOX")
            client.store("1", "+FLAGS", "(\\Seen \\Flagged work)")
        return self.old(user)

    def old(self, user):
        with self.server.imap(user) as client:
            client.select("INBOX", readonly=True)
            _, (found,) = client.uid("SEARCH", "SUBJECT", f'"old of {user}"', "SEEN", "FLAGGED", "KEYWORD", "work")
            return client.response("UIDVALIDITY")[1], found

    def assert_all_there(self, user, sent, seconds=60):
        """Each of them once. What Postfix had to put off is tried again."""
        def delivered():
            self.server.postqueue("-f")
            return self.server.queue_empty()
        wait_until(delivered, seconds, "the queue to be empty")
        self.finish()
        found = [subject for subject in self.server.subjects(user) if not subject.startswith("old of")]
        self.assertEqual(sorted(found), sorted(sent))

    def test_moved_while_mail_arrives(self):
        user = "moved@example.com"
        before = self.remember(user)

        def act():
            for i in range(6):
                self.move(user, f"example.com/moved-{i}")
                time.sleep(0.3 * (i % 3))
                self.assertEqual(self.run_once()[0], 0)
                time.sleep(0.2)
        sent = self.while_mail_arrives(user, act)
        self.assert_all_there(user, sent)
        self.assertEqual(self.old(user), before, "clients need not fetch anything again")
        self.assertEqual(len(self.on_disk("example.com/moved-5")), len(sent) + 1)
        self.assert_no_traces()

    def test_killed_while_mail_arrives(self):
        """At one step of a move after the other; the last ones are of the messages that came late."""
        user = "killed@example.com"
        before = self.remember(user)
        killed, said = [], []

        def act():
            for step in range(1, 13):
                self.move(user, f"killed/{step}")
                # So that mail is at the new place first, and it is a long way.
                time.sleep(0.4)
                killed.append(self.run_once(f"--stop-after={step}")[0] == KILLED)
                time.sleep(0.2)
                status, words = self.run_once()
                self.assertEqual(status, 0)
                said.append(words)
        sent = self.while_mail_arrives(user, act)
        self.assertGreater(sum(killed), 3)
        self.assertRegex("".join(said), "[1-9][0-9]* late files moved", "else it was not put to the test")
        self.assert_all_there(user, sent)
        self.assertEqual(self.old(user), before)
        self.assert_no_traces()

    def test_open_session(self):
        """Who is logged in meanwhile has to log in again. He is told of what he writes that it is not there, or it is."""
        user = "open@example.com"
        before = self.remember(user)
        with self.server.imap(user) as client:
            client.select("INBOX")
            self.move(user, "example.com/open2")
            self.assertEqual(self.run_once()[0], 0)
            answer, _ = client.append("INBOX", None, None, b"From: a@b.test\r\nSubject: written late\r\n\r\nHello.\r\n")
        self.assert_all_there(user, ["written late"] if answer == "OK" else [])
        self.assertEqual(self.old(user), before)

    def test_gone(self):
        """Kept with what comes late, for whoever comes back; and then deleted."""
        user = "gone@example.com"
        self.remember(user)
        self.switch("example.com", "virtual")
        self.admin(f"DELETE FROM users WHERE email = '{user}'")
        self.assert_refused(user)
        self.assertIn("kept: ", self.run_once()[1])
        self.admin(f"DELETE FROM retired_maildirs WHERE email = '{user}'; INSERT INTO users (email, password) VALUES ('{user}', :'secret')")
        self.assertIn("example.com/gone/: was there", self.run_once()[1])
        self.assertEqual(self.server.subjects(user), [f"old of {user}"])
        self.admin(f"DELETE FROM users WHERE email = '{user}'; UPDATE settings SET retired_days = 0")
        try:
            said = self.run_once()[1]
        finally:
            self.admin("UPDATE settings SET retired_days = DEFAULT")
        self.assertRegex(said, "retire .*: kept: .*\n.*purge .*: begun\n.*take .*: taken away\n.*delete .*: deleted: ")
        self.assertFalse(os.path.exists(f"{self.server.mail_root}/example.com/gone"))
        self.admin(f"INSERT INTO users (email, password) VALUES ('{user}', :'secret')")
        self.run_once()
        self.assertEqual(self.server.subjects(user), [], "who comes after him reads nothing of it")

    def test_nobody_but_root_may_write(self):
        """The delivery agents make nothing at the top themselves; where it was not made yet, mail waits."""
        root = self.server.mail_root
        os.chown(root, 0, 0)
        try:
            self.admin("INSERT INTO domains (domain, transport) VALUES ('roots.example', 'virtual');"
                       "INSERT INTO users (email, password) VALUES ('ann@roots.example', :'secret')")
            queue_id = self.server.send("early@elsewhere.test", ["ann@roots.example"], "early")
            self.assertEqual(self.server.delivery(queue_id)["status"], "deferred")
            self.assertIn("roots.example/ann/: made", self.run_once()[1])
            self.assert_all_there("ann@roots.example", ["early"])
        finally:
            os.chown(root, self.server.uid, self.server.gid)
