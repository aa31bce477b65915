"""Addresses beyond ASCII (RFC 6531), by every way of delivery; on a Postfix that cannot ask the database about them, a clean no."""

from mail import postfix_release
from mailcase import TRANSPORTS, MailCase

LMTP = "lmtp:unix:private/dovecot-lmtp"
# Until 3.7 Postfix speaks LATIN1 with PostgreSQL.
ASKS_IN_UTF8 = postfix_release() >= (3, 8)

BESIDE = "bob@example.com"
MAILBOX = "bücher@example.com"
U_LABEL, A_LABEL = "bob@bücher.example", "bob@xn--bcher-kva.example"
BOTH, BOTH_BY_A_LABEL = "jürgen@bücher.example", "jürgen@xn--bcher-kva.example"
CYRILLIC = "иван@пример.example"
OFF = "élan@bücher.example"


class Eai(MailCase):
    sql = f"""
        INSERT INTO domains (domain) VALUES ('example.com'), ('bücher.example'), ('пример.example');
        INSERT INTO users (email, password) SELECT email, :'secret' FROM unnest('{{{BESIDE},{MAILBOX},{U_LABEL},{BOTH},{CYRILLIC},{OFF}}}'::text[]) email;
        INSERT INTO aliases (alias, email) VALUES ('grüße@bücher.example', '{MAILBOX}');
    """

    def switch_all(self, transport):
        for domain in ("example.com", "bücher.example", "пример.example"):
            self.switch(domain, transport)

    def assert_clean_no(self, address):
        """For good, and everybody else is asked about as before."""
        code, text = self.server.rcpt(address.encode())
        self.assertEqual(code // 100, 5, f"{address}: {code} {text}")
        self.assert_accepted(BESIDE)

    def receive(self, address, user, transport):
        # In ASCII, so that it is found as it was written.
        subject = f"{transport.partition(':')[0]} to {address.encode('punycode').decode()}"
        self.assert_delivered(self.deliver(address, subject, user), TRANSPORTS[transport])

    def test_by_virtual_and_the_lda(self):
        for transport in ("virtual", "dovecot"):
            self.switch_all(transport)
            for address, user in ((MAILBOX, MAILBOX), ("BÜCHER+Detail@Example.com", MAILBOX), (U_LABEL, A_LABEL), (BOTH, BOTH),
                                  (BOTH_BY_A_LABEL, BOTH), (CYRILLIC, CYRILLIC), ("Grüße@Bücher.example", MAILBOX)):
                with self.subTest(transport=transport, address=address):
                    if ASKS_IN_UTF8:
                        self.receive(address, user, transport)
                    else:
                        self.assert_clean_no(address)

    def test_an_a_label_is_ascii(self):
        for transport in TRANSPORTS:
            self.switch_all(transport)
            self.receive(A_LABEL, A_LABEL, transport)

    def test_what_lmtp_returns(self):
        """preview_transport() warns of it."""
        self.switch_all(LMTP)
        for address in (MAILBOX, U_LABEL):
            if ASKS_IN_UTF8:
                delivery = self.server.delivery(self.server.send("lmtp@elsewhere.test", [address], f"{address} comes back"))
                self.assertEqual(delivery["status"], "bounced")
                self.assertIn("SMTPUTF8 is required", delivery["text"])
            else:
                self.assert_clean_no(address)
        self.server.wait_queue_empty()

    def test_suspended(self):
        """Refused in every spelling, as any other user."""
        self.admin(f"UPDATE users SET active = false WHERE email = '{OFF}'")
        for address in (OFF, OFF.upper(), "élan+x@xn--bcher-kva.example"):
            self.assert_clean_no(address)
