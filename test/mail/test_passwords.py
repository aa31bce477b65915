"""Passwords: Dovecot accepts what we write, we accept what Dovecot writes, and the log is told of neither."""

import base64
import hashlib
import hmac
import imaplib
import time

from mail import HarnessError, dovecot_release, read_lines
from mailcase import MailCase

USER = "bob@example.com"
PASSWORD = "open sesame"
WRITTEN = ("ARGON2ID", "BLF-CRYPT", "SHA512-CRYPT", "SCRAM-SHA-256")
# Those of "doveadm pw -l" that the type refuses: plain text, and what is no hash of a password that would be safe to store.
REFUSED = {"PLAIN", "CLEAR", "CLEARTEXT", "PLAIN-TRUNC", "OTP", "PLAIN-MD4"}
# Besides, what 2.4 calls ARGON2 has a name that 2.3 knows, too: ARGON2ID.
IN_2_4 = {"ARGON2"}
SECRETS = ("correct horse", "battery staple", "nobody's secret", "zu kurz", "not hashed", "loaded in bulk", "{CLEAR}trouble")


def scram_sha256(user, password):
    """The two messages of a client (RFC 5802, RFC 7677), as imaplib asks for them."""
    first = f"n={user},r=rOprNGfwEbeRWgbNEkqO"

    def respond(challenge):
        if not challenge:
            return ("n,," + first).encode()
        said = dict(part.split("=", 1) for part in challenge.decode().split(","))
        if "r" not in said:
            return b""
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(said["s"]), int(said["i"]))
        key = hmac.digest(salted, b"Client Key", "sha256")
        last = f"c=biws,r={said['r']}"
        signature = hmac.digest(hashlib.sha256(key).digest(), f"{first},{challenge.decode()},{last}".encode(), "sha256")
        proof = bytes(a ^ b for a, b in zip(key, signature))
        return f"{last},p={base64.b64encode(proof).decode()}".encode()
    return respond


class Passwords(MailCase):
    options = {"dovecot_conf": "auth_mechanisms = plain login scram-sha-256\n" + ("auth_allow_weak_schemes = yes\n" if dovecot_release() >= (2, 4) else "")}
    sql = f"""
        INSERT INTO domains (domain) VALUES ('example.com');
        INSERT INTO users (email) VALUES ('{USER}'), ('ann@example.com');
    """

    def set_password(self, scheme=None, password=PASSWORD):
        return self.admin(f"SELECT set_password('{USER}', '{password}'" + (f", '{scheme}')" if scheme else ")"))

    def verify(self, password):
        return self.admin(f"SELECT verify_password('{USER}', '{password}')") == [("t",)]

    def store(self, hashed):
        self.admin(f"SET client_min_messages = error; UPDATE users SET password = '{hashed}' WHERE email = '{USER}'")

    def assert_login(self, password=PASSWORD):
        with self.server.imap(USER, password):
            pass
        self.assertIn("auth succeeded", self.server.doveadm("auth", "test", USER, password).stdout)

    def assert_no_login(self, password):
        with self.assertRaisesRegex(imaplib.IMAP4.error, "AUTHENTICATIONFAILED"):
            with self.server.imap(USER, password):
                pass

    def doveadm_pw(self, scheme, password=PASSWORD):
        return self.server.doveadm("pw", "-s", scheme, "-u", USER, "-p", password).stdout.strip()

    def test_dovecot_accepts_what_we_write(self):
        for scheme in WRITTEN:
            with self.subTest(scheme=scheme):
                self.assertEqual(self.set_password(scheme), [(scheme,)])
                self.assert_login()
                self.assertTrue(self.verify(PASSWORD))
        self.assert_no_login("open sesamE")

    def test_the_default_is_argon2id_with_owasp_s_parameters(self):
        self.assertEqual(self.set_password(), [("ARGON2ID",)])
        stored, = self.admin(f"SELECT password FROM users WHERE email = '{USER}'")
        self.assertRegex(stored[0], r"^\{ARGON2ID\}\$argon2id\$v=19\$m=19456,t=2,p=1\$")
        self.assert_login()

    def test_we_accept_what_doveadm_makes(self):
        """Every scheme that this Dovecot lists, with and without an encoding, is either refused or verified; Dovecot agrees."""
        schemes = self.server.doveadm("pw", "-l").stdout.split()
        self.assertGreater(len(schemes), 25)
        self.assertLessEqual(REFUSED, set(schemes))
        for scheme in [scheme + suffix for scheme in schemes for suffix in ("", ".b64", ".hex")]:
            with self.subTest(scheme=scheme):
                hashed = self.doveadm_pw(scheme)
                if scheme.partition(".")[0] in REFUSED | IN_2_4:
                    with self.assertRaisesRegex(HarnessError, "invalid input syntax for type mail_password"):
                        self.store(hashed)
                    continue
                self.store(hashed)
                self.assertTrue(self.verify(PASSWORD), hashed)
                # DES-CRYPT looks at eight characters.
                self.assertFalse(self.verify("Open sesame"), hashed)
                self.assertIn("auth succeeded", self.server.doveadm("auth", "test", USER, PASSWORD).stdout)

    def test_a_hash_that_was_cut_off_is_refused(self):
        """Dovecot would let nobody in by it."""
        for scheme in set(self.server.doveadm("pw", "-l").stdout.split()) - REFUSED - IN_2_4:
            # What follows a digest is its salt, so that only a cut into the digest itself shows.
            cut = self.doveadm_pw(scheme)[:-1 if scheme[:2] not in ("SS", "SM") else -12]
            with self.subTest(scheme=scheme), self.assertRaisesRegex(HarnessError, "invalid input syntax for type mail_password"):
                self.store(cut)

    def test_letters_beyond_ascii(self):
        for scheme in WRITTEN:
            with self.subTest(scheme=scheme):
                self.set_password(scheme, "Öffne dich")
                self.assertIn("auth succeeded", self.server.doveadm("auth", "test", USER, "Öffne dich").stdout)
                self.store(self.doveadm_pw(scheme, "Öffne dich"))
                self.assertTrue(self.verify("Öffne dich"))

    def test_scram(self):
        self.set_password("SCRAM-SHA-256")
        client = imaplib.IMAP4("127.0.0.1", self.server.imap_port)
        self.assertEqual(client.authenticate("SCRAM-SHA-256", scram_sha256(USER, PASSWORD))[0], "OK")
        client.logout()
        client = imaplib.IMAP4("127.0.0.1", self.server.imap_port)
        with self.assertRaisesRegex(imaplib.IMAP4.error, "AUTHENTICATIONFAILED"):
            client.authenticate("SCRAM-SHA-256", scram_sha256(USER, "wrong"))
        client.shutdown()

    def test_the_log_is_told_nothing(self):
        """What is refused may be a password in plain text: neither message nor statement nor the line of a COPY is logged."""
        log = self.server.postgres.log
        start = len(read_lines(log))
        for statement in (
                f"SELECT set_password('nobody@example.com', '{SECRETS[0]}')",
                f"SELECT set_password('{USER}', '{SECRETS[1]}', 'SHA512')",
                f"SELECT set_password('nobody at all', $${SECRETS[2]}$$)",
                f"SELECT set_password('{USER}', '{SECRETS[3]}')",
                f"UPDATE users SET password = '{SECRETS[4]}' WHERE email = '{USER}'",
                f"COPY users (email, password) FROM stdin;\ncarl@example.com\t{SECRETS[5]}\n\\.\n",
                f"SELECT to_mail_password('x'), '{SECRETS[6]}'::text::mail_password",
                "BEGIN; SET LOCAL statement_timeout = 1; UPDATE settings SET argon2_iterations = 100, argon2_memory = 262144; "
                f"SELECT set_password('{USER}', '{SECRETS[0]}')"):
            with self.assertRaises(HarnessError):
                self.admin(statement)
        self.admin(f"SELECT set_password('{USER}', '{SECRETS[0]}'), verify_password('{USER}', '{SECRETS[1]}')")
        time.sleep(0.2)
        said = "\n".join(read_lines(log)[start:])
        self.assertIn('there is no user "nobody@example.com"', said)
        self.assertIn("invalid input syntax for type mail_password", said)
        for secret in SECRETS:
            self.assertNotIn(secret, said)
