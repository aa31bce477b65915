"""Lists that only named senders may write to."""

from mailcase import MailCase


class Lists(MailCase):
    sql = """
        INSERT INTO domains (domain) VALUES ('example.com'), ('example.org');
        INSERT INTO domains (domain, alias_of) VALUES ('mirror.example', 'example.com');
        INSERT INTO domains (domain, class) VALUES ('lists.example', 'virtual_alias');
        INSERT INTO users (email, password) VALUES
            ('bob@example.com', :'secret'), ('ann@example.com', :'secret'), ('boss@example.com', :'secret'), ('carl@example.org', :'secret');
        INSERT INTO aliases (alias, email) VALUES
            ('staff@example.com', 'bob@example.com'), ('staff@example.com', 'ann@example.com'), ('board@lists.example', 'boss@example.com'),
            ('open@lists.example', 'bob@example.com'), ('@example.com', 'bob@example.com');
        INSERT INTO list_senders (list, sender) VALUES
            ('staff@example.com', 'boss@example.com'), ('staff@example.com', '@partner.test'), ('staff@example.com', 'far@elsewhere.test'),
            ('board@lists.example', '@example.com'), ('carl@example.org', 'boss@example.com');
    """
    words = "5.7.1 <{}>: Sender address rejected: only named senders may write to this address"
    staff = ("staff@example.com", "Staff+x@Example.com", "staff@mirror.example", "staff+x@mirror.example")

    def test_named_senders(self):
        for sender in ("boss@example.com", "BOSS+x@example.com", "boss@mirror.example", "anybody@partner.test", "far@elsewhere.test", "far+x@elsewhere.test"):
            for rcpt in self.staff:
                with self.subTest(sender=sender, rcpt=rcpt):
                    self.assert_accepted(rcpt, sender)

    def test_others(self):
        for sender in ("bob@example.com", "stranger@elsewhere.test", "far@partner.test.example", "boss@example.org", ""):
            for rcpt in self.staff:
                with self.subTest(sender=sender, rcpt=rcpt):
                    self.assert_refused(rcpt, 550, self.words.format(sender), sender)

    def test_each_list_has_its_own(self):
        self.assert_accepted("board@lists.example", "ann@example.com")
        self.assert_refused("board@lists.example", 550, "5.7.1", "anybody@partner.test")
        self.assert_refused("staff@example.com", 550, "5.7.1", "ann@example.com")
        self.assert_accepted("carl@example.org", "boss@example.com")
        self.assert_refused("carl+x@example.org", 550, "5.7.1", "ann@example.com")

    def test_nothing_else_is_restricted(self):
        for rcpt in ("open@lists.example", "bob@example.com", "whoever@example.com"):
            self.assert_accepted(rcpt)

    def test_one_message_to_several(self):
        """Who is not named is refused for the list alone."""
        with self.server.smtp() as client:
            client.ehlo()
            client.mail("stranger@elsewhere.test")
            codes = [client.rcpt(rcpt)[0] for rcpt in ("bob@example.com", "staff@example.com", "ann@example.com", "board@lists.example")]
        self.assertEqual(codes, [250, 550, 250, 550])

    def test_delivered(self):
        self.server.send("boss@example.com", ["staff@example.com"], "to the staff")
        for user in ("bob@example.com", "ann@example.com"):
            self.server.wait_for_message(user, "to the staff")
        with self.server.submission("boss@example.com") as client:
            self.server.send("boss@example.com", ["staff+x@mirror.example"], "to the staff, handed in", client=client)
        self.server.wait_for_message("bob@example.com", "to the staff, handed in")

    def test_submission(self):
        """There the sender is who it says it is."""
        with self.server.submission("bob@example.com") as client:
            client.mail("bob@example.com")
            self.assertEqual(client.rcpt("staff@example.com")[0], 550)
            client.rset()
            client.mail("boss@example.com")
            self.assertEqual(client.rcpt("staff@example.com")[0], 553)

    def test_changes_count_at_once(self):
        self.assert_refused("staff@example.com", 550, "5.7.1", "new@elsewhere.test")
        self.admin("INSERT INTO list_senders (list, sender) VALUES ('staff@example.com', 'new@elsewhere.test')")
        self.assert_accepted("staff@example.com", "new@elsewhere.test")
        self.admin("DELETE FROM list_senders WHERE sender = 'new@elsewhere.test'")
        self.assert_refused("staff@example.com", 550, "5.7.1", "new@elsewhere.test")

    def test_all_slots(self):
        """main.cf has a class for each slot that the database gives out."""
        self.admin("""
            INSERT INTO aliases (alias, email) SELECT 'l' || i || '@lists.example', 'bob@example.com' FROM generate_series(1, 13) i;
            INSERT INTO list_senders (list, sender) SELECT 'l' || i || '@lists.example', 's' || i || '@elsewhere.test' FROM generate_series(1, 13) i""")
        self.assertEqual(self.admin("SELECT count(DISTINCT slot), max(slot) FROM list_slots"), [("16", "16")])
        for i in range(1, 14):
            self.assert_accepted(f"l{i}@lists.example", f"s{i}@elsewhere.test")
            self.assert_refused(f"l{i}@lists.example", 550, "5.7.1", f"s{i % 13 + 1}@elsewhere.test")
        self.admin("DELETE FROM list_senders WHERE list::text ~ '^l[0-9]'")
