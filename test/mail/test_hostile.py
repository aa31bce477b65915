"""What comes from outside and is no address: the answer is no, and the next question is answered.

Postfix 3.7 leaves a database alone for 60 seconds after one error, and defers everybody's mail meanwhile: an error here
is not a failed lookup but an outage.
"""

import imaplib

from mailcase import MailCase

TEXTS = [
    "'", "''", "o'brien@example.com", "bob'@example.com", "'; DROP TABLE mailstack.users; --@example.com",
    "bob@example.com' OR '1'='1", "\\", "\\'", "bob\\@example.com", "bob\\'@example.com", "E'\\x00'@example.com",
    '"', '"bob', '"bob"bob@example.com', '"a b"@example.com', '"a\\"b"@example.com', '"@"@example.com',
    "bob@@example.com", "bob@example.com@example.com", "@bob@example.com", "@", "@@", "@example.com@",
    "bob@", "@example.com", "@.example.com", "example.com", ".example.com", ".com", ".net", "*", "%", "_", "bob",
    "bob@.", "bob@..", "bob@example..com", "bob@-example.com", "bob@example.com.", "bob@ex_ample.com", "bob.@example.com",
    ".bob@example.com", "b..ob@example.com", "+@example.com", "+bob@example.com", "bob@[127.0.0.1]", "bob@[IPv6:::1]",
    "bob@[", "bob@xn--", "bob@xn--a.example", "bob@xn--0.com", "bob@" + "x" * 64 + ".com", "$1", "%s%u%d", "${sender}", "{}",
    "a" * 65 + "@example.com", "a" * 300, "a" * 300 + "@example.com", "bob@" + "a." * 150 + "com", "+" * 300 + "@example.com",
    "@" * 300, "'" * 300, "\\" * 300, "a" * 900 + "@example.com",
    "tab\t@example.com", "bell\x07@example.com", "del\x7f@example.com", "two words@example.com", " bob@example.com", "bob@example.com ",
    "ü@example.com", "bob@ü.example", "bücher@bücher.example", "€@example.com", "日本@example.com", "bob\u200b@example.com",
    "\u202ebob@example.com", "bob@exam\u00adple.com", "a\u0301@example.com", "K@example.com", "ß@ß.example", "\U0001f600@example.com",
    "\ufffe@example.com", "\U0010ffff@example.com",
]
BYTES = [b"\xff@example.com", b"bob@\xff.example", b"\xc3", b"\xc3'@example.com", b"\xed\xa0\x80@example.com", b"\xf8\x88\x80\x80\x80@x", b"\x80" * 300]
KEYS = [text.encode() for text in TEXTS] + BYTES

GOOD = {
    "virtual_mailbox_domains": (b"example.com", b"example.com"),
    "virtual_alias_domains": (b"vanity.example", b"vanity.example"),
    "relay_domains": (b"relay.example", b"relay.example"),
    "virtual_mailbox_maps": (b"bob@example.com", b"example.com/bob/Maildir/"),
    "virtual_alias_maps": (b"info@vanity.example", b"bob@example.com"),
    "relay_recipient_maps": (b"known@relay.example", b"known@relay.example"),
    "transport_maps": (b"bob@example.com", None),
    "virtual_uid_maps": (b"bob@example.com", None),
    "virtual_gid_maps": (b"bob@example.com", None),
    "relocated_maps": (b"moved@example.com", b"ann@new.example"),
    "smtpd_sender_login_maps": (b"bob@example.com", b"bob@example.com"),
    "check_recipient_access": (b"bob@example.com", b"DUNNO"),
    "list_senders": (b"1:ann@elsewhere.test", b"DUNNO"),
    "recipient_bcc_maps": (b"bob@example.com", b"archive@elsewhere.test"),
    "sender_bcc_maps": (b"bob@example.com", b"archive@elsewhere.test"),
    "sender_dependent_relayhost_maps": (b"bob@example.com", b"[mail.elsewhere.test]:587"),
    "check_sasl_access": (b"ear@example.com", b"553 5.7.1 this user may not send mail"),
}


class Hostile(MailCase):
    # Nothing but the database stands between a login and its password.
    options = {"dovecot_conf": "auth_username_chars =\n"}
    sql = """
        INSERT INTO domains (domain) VALUES ('example.com'), ('bücher.example');
        INSERT INTO domains (domain, class) VALUES ('vanity.example', 'virtual_alias'), ('relay.example', 'relay');
        INSERT INTO relay_recipients (recipient) VALUES ('known@relay.example');
        INSERT INTO relocated (email, new_email) VALUES ('moved@example.com', 'ann@new.example');
        INSERT INTO users (email, password) VALUES ('bob@example.com', :'secret'), ('bob@bücher.example', :'secret');
        INSERT INTO users (email, send) VALUES ('ear@example.com', false);
        INSERT INTO list_senders (list, sender) VALUES ('ear@example.com', 'ann@elsewhere.test');
        INSERT INTO recipient_bcc (address, bcc) VALUES ('bob@example.com', 'archive@elsewhere.test');
        INSERT INTO sender_bcc (address, bcc) VALUES ('bob@example.com', 'archive@elsewhere.test');
        INSERT INTO sender_relayhosts (sender, relayhost) VALUES ('bob@example.com', '[mail.elsewhere.test]:587');
        INSERT INTO aliases (alias, email) VALUES ('info@vanity.example', 'bob@example.com'), ('euro@vanity.example', '€@elsewhere.test');
    """

    def connections(self, application):
        return self.server.sql(f"SELECT pid, backend_start FROM pg_stat_activity WHERE application_name = '{application}' ORDER BY pid")

    def test_maps_through_one_connection(self):
        self.assertEqual(set(GOOD), set(self.server.lookups))
        for parameter in self.server.lookups:
            with self.subTest(parameter):
                good, value = GOOD[parameter]
                # The good key last, too: postmap stops at the first error.
                answers, errors = self.server.postmap_stream(parameter, [*KEYS, good])
                self.assertIn(good, answers, errors)
                if value is not None:
                    self.assertEqual(answers[good], value)
                self.assertNotRegex(errors, "(?i)fatal|error|failed")

    def test_maps_after_each_key(self):
        """A good key after each hostile one, every time another."""
        good = [b"bob+%d@example.com" % n for n in range(len(KEYS))]
        mixed = [key for pair in zip(KEYS, good) for key in pair]
        answers, errors = self.server.postmap_stream("virtual_mailbox_maps", mixed)
        value = GOOD["virtual_mailbox_maps"][1]
        self.assertEqual({key: answers.get(key) for key in good}, dict.fromkeys(good, value), errors)

    def test_recipients(self):
        self.assertEqual(self.server.rcpt(b"bob@example.com")[0], 250)
        for key in KEYS:
            with self.subTest(key):
                code, text = self.server.rcpt(key)
                self.assertNotIn(code // 100, (4,), f"{key}: {code} {text}")
                self.assertEqual(self.server.rcpt(b"bob@example.com")[0], 250, f"after {key}")
        self.server.wait_queue_empty(5)

    def test_recipients_that_are_nobody(self):
        for address in ("'; DROP TABLE mailstack.users; --@example.com", "o'brien@example.com", "bob\\'@example.com",
                        '"bob\'"@example.com', '"bob@example.com"@example.com', "a" * 64 + "@example.com", "b%ob@example.com"):
            code, text = self.server.rcpt(address.encode())
            self.assertEqual(code // 100, 5, f"{address}: {code} {text}")

    def test_answer_that_postfix_cannot_read(self):
        """Postfix 3.7 speaks LATIN1 with the database, which has no euro sign: no row, where a conversion would fail."""
        code, text = self.server.rcpt(b"euro@vanity.example")
        self.assertNotEqual(code // 100, 4, text)
        self.assertEqual(self.server.rcpt(b"info@vanity.example")[0], 250)

    def try_login(self, user):
        client = imaplib.IMAP4("127.0.0.1", self.server.imap_port, timeout=60)
        with client:
            try:
                client.authenticate("PLAIN", lambda challenge: b"\0" + user + b"\0secret")
                return "OK"
            except imaplib.IMAP4.error as e:
                return str(e)

    def test_logins(self):
        self.assertEqual(self.try_login(b"bob@example.com"), "OK")
        before = self.connections("dovecot")
        for text in TEXTS:
            with self.subTest(text):
                self.assertRegex(self.try_login(text.encode()), "AUTHENTICATIONFAILED")
        self.assertEqual(self.try_login(b"bob@example.com"), "OK")
        self.assertLessEqual(set(before), set(self.connections("dovecot")), "the connection is the same as before")

    def test_services_and_addresses(self):
        """What else of a login stands in Dovecot's question: the service, which a client of its auth socket may call as it likes."""
        for text in TEXTS:
            with self.subTest(text):
                self.server.doveadm("auth", "test", "-x", f"service={text}", "bob@example.com", "secret", check=False)
        for address in ("::1", "2001:db8::%lo", "127.0.0.1' OR '1'='1"):
            self.server.doveadm("auth", "test", "-x", f"rip={address}", "-x", f"lip={address}", "bob@example.com", "secret", check=False)
        for service in ("imap' OR '1'='1", "imap'); DROP TABLE mailstack.users; --"):
            done = self.server.doveadm("auth", "test", "-x", f"service={service}", "bob@example.com", "wrong", check=False)
            self.assertIn("auth failed", done.stdout + done.stderr)
        self.assertEqual(self.try_login(b"bob@example.com"), "OK")

    def test_logins_that_are_not_utf8(self):
        """They come this far only without auth_username_chars, and then never to a lookup."""
        for key in BYTES:
            with self.subTest(key):
                self.assertNotEqual(self.try_login(key), "OK")
                self.assertEqual(self.try_login(b"bob@example.com"), "OK")
        # libpq cannot quote them, or the server cannot read what libpq made of them; Dovecot tells, and connects again.
        self.old_outages.update(self.server.outages())

    def test_userdb(self):
        for text in TEXTS:
            if "*" not in text and "?" not in text:
                with self.subTest(text):
                    self.assertIsNone(self.server.doveadm_user(text))
        self.assertIsNotNone(self.server.doveadm_user("bob@example.com"))

    def test_connections_of_postfix_outlive_it(self):
        self.server.rcpt(b"bob@example.com")
        before = self.connections("postfix")
        self.assertTrue(before)
        for key in KEYS[:12]:
            self.server.rcpt(key)
        self.assertLessEqual(set(before), set(self.connections("postfix")))
