"""Every kind of address, delivered where it belongs."""

from mailcase import TRANSPORTS, MailCase

DETAIL_SIEVE = """require ["envelope", "fileinto", "subaddress"];
if envelope :detail "to" "news" { fileinto "News"; }
"""


class Delivery(MailCase):
    sql = """
        INSERT INTO domains (domain) VALUES ('Example.COM'), ('catchall.example'), ('example.org');
        INSERT INTO domains (domain, alias_of) VALUES ('mirror.example', 'example.com'), ('mirror2.example', 'catchall.example');
        INSERT INTO domains (domain, class) VALUES ('vanity.example', 'virtual_alias'), ('relay.example', 'relay');
        INSERT INTO relay_recipients (recipient) VALUES ('known@relay.example');
        INSERT INTO users (email, password) VALUES
            ('Bob@Example.COM', :'secret'), ('alice@example.com', :'secret'), ('dan@example.com', :'secret'),
            ('erin@example.com', :'secret'), ('carol@catchall.example', :'secret'), ('Zoe@Example.ORG', :'secret'), ('yan@example.org', :'secret');
        INSERT INTO users (email, password, transport) VALUES ('lee@example.com', :'secret', 'lmtp:unix:private/dovecot-lmtp');
        UPDATE users SET keep_copy = true WHERE email = 'dan@example.com';
        INSERT INTO aliases (alias, email) VALUES
            ('Info@Example.COM', 'BOB@example.com'), ('team@example.com', 'alice@example.com'), ('team@example.com', 'bob@example.com'),
            ('dan@example.com', 'alice@example.com'), ('erin@example.com', 'alice@example.com'),
            ('@catchall.example', 'alice@example.com'), ('hi@vanity.example', 'bob@example.com');
    """

    def test_mixed_case_at_every_hop(self):
        for transport, relay in TRANSPORTS.items():
            with self.subTest(transport):
                self.switch("eXample.org", transport)
                subject = f"case {transport}"
                queue_id = self.deliver("ZOE@EXAMPLE.org", subject, "zOe@eXample.Org")
                self.assert_delivered(queue_id, relay)
                (path,) = self.server.file_of(subject)
                self.assertTrue(path.startswith(f"{self.server.mail_root}/example.org/zoe/Maildir/"), path)

    def test_sub_address_by_every_transport(self):
        for transport, relay in TRANSPORTS.items():
            with self.subTest(transport):
                self.switch("example.org", transport)
                queue_id = self.deliver("zoe+Some.Detail@example.org", f"detail {transport}", "zoe@example.org")
                self.assertEqual(self.assert_delivered(queue_id, relay)["to"], "zoe+some.detail@example.org")

    def test_sieve_sees_the_detail(self):
        self.write_sieve("zoe@example.org", DETAIL_SIEVE)
        for transport in ("dovecot", "lmtp:unix:private/dovecot-lmtp"):
            with self.subTest(transport):
                self.switch("example.org", transport)
                self.server.send(f"{len(transport)}@elsewhere.test", ["zoe+news@example.org"], f"news {transport}")
                self.server.wait_for_message("zoe@example.org", f"news {transport}", "News")

    def test_alias(self):
        self.deliver("info@example.com", "one destination", "bob@example.com")
        self.deliver("TEAM@example.com", "two destinations", "bob@example.com", "alice@example.com")

    def test_alias_hands_on_the_detail(self):
        queue_id = self.deliver("info+abc@example.com", "alias detail", "bob@example.com")
        self.assertEqual(self.server.delivery(queue_id)["to"].lower(), "bob+abc@example.com")

    def test_alias_domain(self):
        self.deliver("hi@vanity.example", "vanity", "bob@example.com")
        self.assert_refused("ho@vanity.example")

    def test_mirrored_domain(self):
        self.deliver("Bob@Mirror.example", "mirrored mailbox", "bob@example.com")
        self.deliver("bob+x@mirror.example", "mirrored detail", "bob@example.com")
        self.deliver("info@mirror.example", "mirrored alias", "bob@example.com")
        self.deliver("anything@mirror2.example", "mirrored catch-all", "alice@example.com")
        self.assert_refused("nobody@mirror.example")

    def test_catch_all(self):
        self.deliver("whoever@catchall.example", "catch-all", "alice@example.com")
        self.deliver("who+ever@catchall.example", "catch-all detail", "alice@example.com")
        # Postfix would come to these keys for a mailbox that is not an alias, too.
        for key in ("@catchall.example", "catchall.example"):
            self.assertIsNone(self.server.postmap_q("virtual_alias_maps", key))

    def test_mailbox_before_catch_all(self):
        self.deliver("carol@catchall.example", "before", "carol@catchall.example")
        self.deliver("CAROL+detail@catchall.example", "before, detail", "carol@catchall.example")
        self.deliver("carol+a+b@mirror2.example", "before, mirrored", "carol@catchall.example")

    def test_mailbox_and_alias_at_once(self):
        self.deliver("dan@example.com", "keeps a copy", "dan@example.com", "alice@example.com")
        self.deliver("erin@example.com", "keeps none", "alice@example.com")

    def test_transport_of_a_user(self):
        queue_id = self.deliver("lee@example.com", "own transport", "lee@example.com")
        self.assert_delivered(queue_id, TRANSPORTS["lmtp:unix:private/dovecot-lmtp"])
        queue_id = self.deliver("lee+detail@example.com", "own transport, detail", "lee@example.com")
        self.assert_delivered(queue_id, TRANSPORTS["lmtp:unix:private/dovecot-lmtp"])

    def test_several_recipients_of_one_message(self):
        for transport in TRANSPORTS:
            with self.subTest(transport):
                self.switch("example.org", transport)
                users = ["bob@example.com", "yan@example.org", "zoe@example.org"]
                self.server.send(f"{len(transport)}-many@elsewhere.test", users, f"many {transport}")
                for user in users:
                    self.server.wait_for_message(user, f"many {transport}")
                self.assertEqual(len(self.server.file_of(f"many {transport}")), len(users), "one copy each")

    def test_relay_domain(self):
        self.assertEqual(self.server.rcpt(b"Known@Relay.example")[0], 250)
        self.assert_refused("unknown@relay.example")
        # A subdomain is a domain of its own, and not ours.
        self.assert_refused("known@sub.relay.example", 554)


class Refusal(MailCase):
    sql = """
        INSERT INTO domains (domain) VALUES ('example.com'), ('plain.example'), ('closed.example');
        INSERT INTO domains (domain, transport) VALUES ('error.example', 'error:5.7.1'), ('retry.example', 'retry:4.3.2');
        INSERT INTO users (email, password) VALUES
            ('eve@error.example', :'secret'), ('rae@retry.example', :'secret'), ('bob@example.com', :'secret'), ('gone@example.com', :'secret'), ('gone@plain.example', :'secret'),
            ('dana@closed.example', :'secret');
        INSERT INTO aliases (alias, email) VALUES ('@example.com', 'bob@example.com');
        INSERT INTO aliases (alias, email) VALUES
            ('to-gone@plain.example', 'gone@plain.example'), ('to-eve@plain.example', 'eve@error.example');
        INSERT INTO aliases (alias, email, active) VALUES ('off@example.com', 'bob@example.com', false);
        INSERT INTO users (email, password) VALUES ('moved@example.com', :'secret');
        INSERT INTO relocated (email, new_email) VALUES ('moved@example.com', 'ann@new.example');
        UPDATE domains SET active = false WHERE domain = 'closed.example';
        UPDATE users SET active = false WHERE starts_with(email::text, 'gone');
    """

    def test_unknown_user(self):
        """550, which is for good; 451 would make the sender try for days."""
        self.assert_refused("nobody@plain.example")
        self.assert_refused("nobody+detail@plain.example")

    def test_foreign_domain(self):
        self.assert_refused("bob@elsewhere.test", 554)
        self.assert_refused("bob@sub.example.com", 554)

    def test_suspended_user(self):
        self.assert_refused("gone@plain.example")
        self.assert_refused("gone+detail@plain.example")

    def test_suspended_user_with_a_catch_all_beside(self):
        for address in ("gone@example.com", "gone+detail@example.com", "GONE+a+b@Example.com", "gone+@example.com"):
            self.assert_refused(address)
        self.assertEqual(self.server.rcpt(b"whoever@example.com")[0], 250, "the catch-all itself is open")

    def test_suspended_domain(self):
        self.assertIn(self.server.rcpt(b"dana@closed.example")[0], (550, 554))
        self.assertIn(self.server.rcpt(b"dana+detail@closed.example")[0], (550, 554))

    def test_transport_error_and_retry(self):
        for address in ("eve@error.example", "eve+detail@error.example"):
            self.assert_refused(address)
        for address in ("rae@retry.example", "rae+detail@retry.example"):
            self.assert_refused(address, 450)

    def test_relocated(self):
        """The refusal names the new address, with the catch-all beside and a mailbox still there."""
        for address in (b"moved@example.com", b"Moved+detail@Example.com"):
            code, text = self.server.rcpt(address)
            self.assertEqual(code, 550)
            self.assertIn("5.1.6", text)
            self.assertIn("ann@new.example", text)
        self.server.wait_queue_empty(5)

    def test_alias_to_whom_would_be_refused(self):
        """Accepted, it would end in a bounce to a sender who may be forged."""
        for address in ("to-gone@plain.example", "to-gone+detail@plain.example", "to-eve@plain.example"):
            self.assert_refused(address)

    def test_alias_that_is_switched_off(self):
        self.assert_refused("off@example.com")
        self.assert_refused("off+detail@example.com")
