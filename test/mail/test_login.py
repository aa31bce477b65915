"""Who logs in, and that Dovecot and Postfix are told the same."""

import contextlib
import imaplib
import os

from mail import read_lines
from mailcase import MailCase


def with_directory(userdb):
    """Its fields, with the mail location as a path: 2.3 and 2.4 have other names for it, and "doveadm user" of 2.4 says it in full."""
    fields = {name: value for name, value in userdb.items() if name not in ("mail", "mail_path")}
    path = userdb["mail_path"] if "mail_path" in userdb else userdb["mail"].removeprefix("maildir:")
    return {**fields, "directory": os.path.normpath(path.replace("~", userdb["home"], 1))}


class Login(MailCase):
    sql = """
        INSERT INTO domains (domain) VALUES ('Example.COM'), ('closed.example');
        INSERT INTO users (email, password) VALUES
            ('Bob@Example.COM', :'secret'), ('gone@example.com', :'secret'), ('carl@closed.example', :'secret');
        INSERT INTO users (email) VALUES ('nopassword@example.com');
        INSERT INTO users (email, password, maildir) VALUES ('odd@example.com', :'secret', 'some/where//else');
        INSERT INTO users (email, password, mail_subdirectory) VALUES
            ('old@example.com', :'secret', ''), ('deep@example.com', :'secret', 'store/mail/');
        UPDATE users SET quota_bytes = pg_size_bytes('1 GB'), quota_messages = 1000 WHERE email = 'odd@example.com';
        UPDATE users SET active = false WHERE email = 'gone@example.com';
        UPDATE domains SET active = false WHERE domain = 'closed.example';
    """
    active = ["bob@example.com", "deep@example.com", "nopassword@example.com", "odd@example.com", "old@example.com"]

    def assert_no_login(self, user, password="secret"):
        """A clear no: UNAVAILABLE would mean that the question failed."""
        with self.assertRaisesRegex(imaplib.IMAP4.error, "AUTHENTICATIONFAILED"):
            with self.server.imap(user, password):
                pass

    @contextlib.contextmanager
    def statements(self):
        """What Dovecot asked in the meantime."""
        log = self.server.postgres.log
        self.server.sql("ALTER SYSTEM SET log_statement = 'all'; SELECT pg_reload_conf(); SELECT pg_sleep(0.3)")
        start = len(read_lines(log))
        asked = []
        yield asked
        asked += [line for line in read_lines(log)[start:] if "user=dovecot" in line and "statement: SELECT" in line]
        self.server.sql("ALTER SYSTEM RESET log_statement; SELECT pg_reload_conf()")

    def test_login_in_any_letter_case(self):
        for user in ("bob@example.com", "BOB@EXAMPLE.COM", "Bob@Example.Com"):
            with self.server.imap(user):
                pass

    def test_login_refused(self):
        self.assert_no_login("bob@example.com", "wrong")
        self.assert_no_login("bob@example.com", "SECRET")
        self.assert_no_login("nobody@example.com")
        self.assert_no_login("nopassword@example.com", "x")
        self.assert_no_login("bob")

    def test_suspended(self):
        for user in ("gone@example.com", "carl@closed.example"):
            self.assert_no_login(user)
            self.assertIsNone(self.server.doveadm_user(user))

    def test_prefetch_spares_the_second_question(self):
        with self.statements() as asked:
            with self.server.imap("bob@example.com"):
                pass
        self.assertEqual(len(asked), 1, asked)
        self.assertRegex(asked[0], r"dovecot_passdb(_2_4)?\('bob@example.com', 'imap'\)")

    def test_userdb_answers_who_has_no_password(self):
        with self.statements() as asked:
            self.server.doveadm_user("bob@example.com")
        self.assertEqual(len(asked), 1, asked)
        self.assertRegex(asked[0], r"dovecot_userdb(_2_4)?\('bob@example.com'\)")

    def test_prefetch_carries_what_the_userdb_says(self):
        for user in self.active:
            if user != "nopassword@example.com":
                said = self.server.doveadm("auth", "login", user, "secret").stdout.partition("userdb extra fields:")[2]
                fields = dict(line.strip().split("=", 1) for line in said.splitlines() if "=" in line)
                del fields["auth_mech"]
                self.assertEqual(with_directory(fields), with_directory(self.server.doveadm_user(user)), user)

    def test_iterate(self):
        self.assertEqual(sorted(self.server.doveadm("user", "*").stdout.split()), self.active)

    def test_postfix_and_dovecot_agree(self):
        places = {}
        for user in self.active:
            userdb = with_directory(self.server.doveadm_user(user))
            postfix = f"{self.server.mail_root}/{self.server.postmap_q('virtual_mailbox_maps', user)}"
            self.assertTrue(postfix.endswith("/"), f"{postfix} would be an mbox file")
            self.assertNotIn("//", postfix)
            self.assertEqual(userdb["directory"], os.path.normpath(postfix), user)
            self.assertEqual(userdb["uid"], self.server.postmap_q("virtual_uid_maps", user))
            self.assertEqual(userdb["gid"], self.server.postmap_q("virtual_gid_maps", user))
            places[user] = os.path.relpath(postfix, self.server.mail_root)
        self.assertEqual(places, {
            "bob@example.com": "example.com/bob/Maildir", "deep@example.com": "example.com/deep/store/mail",
            "nopassword@example.com": "example.com/nopassword/Maildir", "odd@example.com": "some/where/else/Maildir",
            "old@example.com": "example.com/old"})

    def test_what_virtual_delivers_imap_reads(self):
        for user in ("bob@example.com", "odd@example.com", "old@example.com", "deep@example.com"):
            self.server.send(f"to-{user}", [user], f"layout of {user}")
            self.server.wait_for_message(user, f"layout of {user}")

    def test_the_daemons_read_no_table(self):
        for role in ("postfix", "dovecot"):
            for table in ("users", "domains", "aliases", "settings", "usage", "app_passwords", "last_logins", "audit"):
                with self.assertRaisesRegex(Exception, "permission denied"):
                    self.server.sql(f"SELECT * FROM mailstack.{table}", user=role)
        # Dovecot has written these.
        for table in ("dovecot_quota", "dovecot_last_login"):
            self.assertEqual(self.server.sql(f"SELECT count(*) FROM mailstack.{table}", user="dovecot"), [("0",)])
        with self.assertRaisesRegex(Exception, "permission denied"):
            self.server.sql("SELECT * FROM mailstack.dovecot_passdb('bob@example.com', 'imap')", user="postfix")

    def is_expected(self, line):
        # PostgreSQL's word on the two roles that tried.
        return "permission denied" in line
