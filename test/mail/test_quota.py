"""Full mailboxes: what Dovecot refuses, what it counts, and what a sender is told at RCPT before any of that."""

import os
import re
import subprocess

from mail import HarnessError, dovecot_release, read_lines
from mailcase import MailCase
from process import wait_until

KB = 1024
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Quota(MailCase):
    # What the last message may go over: 2.3 gives a tenth of the quota, 2.4 ten megabytes to whatever quota.
    options = {"dovecot_conf": "quota_storage_grace = 10 K\n"} if dovecot_release() >= (2, 4) else {}
    sql = """
        INSERT INTO domains (domain, transport, quota_bytes) VALUES
            ('example.com', 'lmtp:unix:private/dovecot-lmtp', pg_size_bytes('100 kB')), ('lda.example', 'dovecot', pg_size_bytes('100 kB'));
        INSERT INTO domains (domain, alias_of) VALUES ('mirror.example', 'example.com');
        INSERT INTO users (email, password, quota_bytes, quota_messages)
        SELECT name, :'secret', bytes, messages FROM (VALUES
            ('lmtp@example.com', NULL::bigint, NULL::bigint), ('lda@lda.example', NULL, NULL), ('refused@lda.example', NULL, NULL), ('two@example.com', 0, 2),
            ('free@example.com', 0, NULL), ('own@example.com', pg_size_bytes('10 MB'), NULL), ('again@example.com', NULL, NULL),
            ('virtual@example.com', NULL, NULL), ('silent@example.com', NULL, NULL), ('alone@example.com', NULL, NULL), ('room@example.com', NULL, NULL), ('catch@example.com', NULL, NULL)) v(name, bytes, messages);
        INSERT INTO aliases (alias, email) VALUES ('list@example.com', 'alone@example.com'), ('over@example.com', 'list@example.com'),
            ('both@example.com', 'alone@example.com'), ('both@example.com', 'room@example.com');
    """

    def usage(self, user):
        """(bytes, messages) in the database, or None."""
        rows = self.admin(f"SELECT bytes, messages FROM usage WHERE email = '{user}'")
        return tuple(int(n) for n in rows[0]) if rows else None

    def counted(self, user):
        """The same as Dovecot counts; its kilobytes are rounded."""
        lines = self.server.doveadm("-f", "tab", "quota", "get", "-u", user).stdout.splitlines()
        rows = [dict(zip(lines[0].split("\t"), line.split("\t"))) for line in lines[1:]]
        return {row["Type"]: (int(row["Value"]), row["Limit"]) for row in rows}

    def assert_usage_as_counted(self, user):
        def agree():
            counted, usage = self.counted(user), self.usage(user)
            return usage is not None and (counted["STORAGE"][0], counted["MESSAGE"][0]) == (-(-usage[0] // KB), usage[1])
        try:
            wait_until(agree, 10, "the database to know what Dovecot counts")
        except HarnessError as e:
            self.fail(f"{user}: {self.counted(user)} and {self.usage(user)}: {e}")

    def send_kilobytes(self, user, subject, size):
        body = ("x" * 63 + "\n") * (size * KB // 64)
        return self.server.send(f"{abs(hash(subject))}@elsewhere.test", [user], subject, body=body)

    def fill(self, user, subject):
        """By the last message Dovecot's quota_grace lets it go over."""
        for number in range(2):
            queue_id = self.send_kilobytes(user, f"{subject} {number}", 52)
            self.assertEqual(self.server.delivery(queue_id)["status"], "sent")
        self.assert_usage_as_counted(user)

    def test_dovecot_is_told_the_quota(self):
        fields = self.server.doveadm_user("lmtp@example.com")
        self.assertEqual(fields.get("quota_rule", fields.get("quota_storage_size")),
                         f"*:bytes={100 * KB}:messages=0" if "quota_rule" in fields else str(100 * KB))
        self.assertFalse([name for name in self.server.doveadm_user("free@example.com") if name.startswith("quota")])
        for user, storage, messages in (("lmtp@example.com", "100", "-"), ("own@example.com", "10240", "-"), ("two@example.com", "-", "2"), ("free@example.com", "-", "-")):
            counted = self.counted(user)
            self.assertEqual((counted["STORAGE"][1], counted["MESSAGE"][1]), (storage, messages), user)

    def full_by(self, user):
        """A mailbox that Dovecot has filled; mail for it is refused at RCPT, and accepted again once there is room."""
        self.assert_accepted(user)
        self.fill(user, f"fill {user}")
        self.assertGreater(self.usage(user)[0], 100 * KB)
        self.assert_refused(user, 452, "4.2.2")
        self.assert_refused(user, 452, "Mailbox is full")
        self.assert_refused(user.replace("@", "+detail@"), 452, "Mailbox is full")
        self.server.doveadm("expunge", "-u", user, "mailbox", "INBOX", "subject", f"fill {user} 0")
        self.assert_usage_as_counted(user)
        self.assert_accepted(user)

    def test_full_by_lmtp(self):
        self.full_by("lmtp@example.com")

    def test_full_by_lda(self):
        self.full_by("lda@lda.example")

    def test_full_by_messages(self):
        for number in range(2):
            self.server.send(f"two{number}@elsewhere.test", ["two@example.com"], f"number {number}")
        self.server.wait_queue_empty()
        self.assert_usage_as_counted("two@example.com")
        self.assert_refused("two@example.com", 452, "Mailbox is full")
        self.assert_refused("two@mirror.example", 452, "Mailbox is full")
        self.admin("UPDATE users SET quota_messages = 3 WHERE email = 'two@example.com'")
        self.assert_accepted("two@example.com")

    def test_dovecot_refuses_what_comes_all_the_same(self):
        """A message that is too large for what is left: RCPT knows nothing of its size, and so Dovecot says it."""
        for user, words in (("again@example.com", "452 4.2.2"), ("refused@lda.example", "Quota exceeded")):
            queue_id = self.send_kilobytes(user, f"too much for {user}", 150)
            delivery = self.server.delivery(queue_id)
            self.assertEqual(delivery["status"], "deferred", delivery["text"])
            self.assertIn(words, delivery["text"] + "".join(read_lines(self.server.lda_log)))
            self.server.postsuper("-d", queue_id)
            self.assertEqual(self.server.file_of(f"too much for {user}"), [])
        queue_id = self.send_kilobytes("free@example.com", "without a quota", 150)
        self.assertEqual(self.server.delivery(queue_id)["status"], "sent")

    def test_aliases(self):
        """An alias is refused where nobody behind it has room; where somebody has, the mail is taken."""
        for alias in ("list@example.com", "over@example.com", "list@mirror.example"):
            self.assert_accepted(alias)
        self.fill("alone@example.com", "fill alone")
        for alias in ("list@example.com", "over@example.com", "list+x@example.com", "list@mirror.example"):
            self.assert_refused(alias, 452, "the mailboxes behind this alias are full")
        self.assert_accepted("both@example.com")
        self.admin("UPDATE settings SET quota_full_tempfail = false")
        self.assert_refused("over@example.com", 552, "5.2.2")
        self.admin("UPDATE settings SET quota_full_tempfail = true")
        self.server.doveadm("expunge", "-u", "alone@example.com", "mailbox", "INBOX", "all")
        self.assert_usage_as_counted("alone@example.com")
        self.assertEqual(self.usage("alone@example.com"), (0, 0))
        for alias in ("list@example.com", "over@example.com"):
            self.assert_accepted(alias)

    def test_catchall(self):
        self.admin("INSERT INTO aliases (alias, email) VALUES ('@lda.example', 'catch@example.com')")
        self.assert_accepted("anybody@lda.example")
        self.fill("catch@example.com", "fill catch")
        self.assert_refused("anybody@lda.example", 452, "4.2.2")
        self.admin("DELETE FROM aliases WHERE alias = '@lda.example'")

    def test_mail_that_virtual_delivers(self):
        """Dovecot counts it, and tells of it with the next change of its own. Or an operator does, as doc/quota.md has it."""
        self.admin("UPDATE users SET transport = 'virtual' WHERE email IN ('virtual@example.com', 'silent@example.com')")
        for user in ("virtual@example.com", "silent@example.com"):
            queue_id = self.send_kilobytes(user, f"for {user}", 52)
            self.assert_delivered(queue_id, "virtual")
            self.server.wait_for_message(user, f"for {user}")
            self.assertIsNone(self.usage(user))
        self.admin("UPDATE users SET transport = NULL WHERE email = 'virtual@example.com'")
        self.send_kilobytes("virtual@example.com", "by lmtp", 52)
        self.server.wait_for_message("virtual@example.com", "by lmtp")
        self.assert_usage_as_counted("virtual@example.com")
        self.assert_refused("virtual@example.com", 452, "Mailbox is full")
        with open(os.path.join(ROOT, "doc", "quota.md")) as page:
            pipe = re.search(r"^doveadm -f tab quota get -A .*?^$", page.read(), re.M | re.S)[0].removesuffix("```\n")
        pipe = pipe.replace("doveadm", f"doveadm -c {self.server.dovecot}/etc/dovecot.conf", 1)
        subprocess.run(["bash", "-ec", pipe], check=True, env={**os.environ, **self.server.postgres.environment()})
        # In whole kilobytes
        self.assert_usage_as_counted("silent@example.com")

    def test_usage_goes_with_the_user(self):
        """Dovecot writes under the new name from then on; of the old one it may go on for a while, which harms nobody."""
        self.server.send("before@elsewhere.test", ["own@example.com"], "before the rename")
        self.server.wait_for_message("own@example.com", "before the rename")
        self.assert_usage_as_counted("own@example.com")
        self.admin("SELECT rename_user('own@example.com', 'new@example.com')")
        self.assertEqual((self.usage("own@example.com"), self.usage("new@example.com")[1]), (None, 1))
        self.server.send("after@elsewhere.test", ["new@example.com"], "after the rename")
        self.server.wait_for_message("new@example.com", "after the rename")
        self.assert_usage_as_counted("new@example.com")
        self.server.sql("INSERT INTO mailstack.dovecot_quota (bytes,messages,username) VALUES ('1','1','own@example.com')", user="dovecot")
        self.assertIsNone(self.usage("own@example.com"))

    def is_expected(self, line):
        # What this is about, in the LDA's words.
        return "Quota exceeded" in line
