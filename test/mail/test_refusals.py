"""Whom mail is not taken for: told at RCPT, with the reason, and nothing is left behind."""

from mailcase import MailCase

NOBODY = "5.2.1 <{}>: Recipient address rejected: nobody behind this alias takes mail"


class Refusals(MailCase):
    # Mail from this sender waits until it is released.
    options = {"main_cf": "smtpd_data_restrictions = check_sender_access inline:{ {bob+hold@example.com = HOLD} }"}
    sql = """
        INSERT INTO domains (domain) VALUES ('example.com'), ('example.org');
        INSERT INTO domains (domain, alias_of) VALUES ('mirror.example', 'example.com');
        INSERT INTO domains (domain, class) VALUES ('lists.example', 'virtual_alias'), ('relay.example', 'relay');
        INSERT INTO relay_recipients (recipient) VALUES ('known@relay.example');
        INSERT INTO users (email, password) VALUES
            ('bob@example.com', :'secret'), ('ann@example.com', :'secret'), ('carl@example.org', :'secret'), ('moved@example.com', :'secret');
        INSERT INTO users (email, password, receive, receive_reason) VALUES
            ('no@example.com', :'secret', 'refuse', 'write to Ann'), ('later@example.com', :'secret', 'defer', 'is moving house');
        INSERT INTO aliases (alias, email) VALUES
            ('@example.com', 'bob@example.com'), ('to-no@example.com', 'no@example.com'), ('to-to-no@lists.example', 'to-no@example.com'),
            ('to-later@example.com', 'later@example.com'), ('some@example.com', 'no@example.com'), ('some@example.com', 'ann@example.com'),
            ('some@example.com', 'carl@example.org'), ('list@lists.example', 'bob@example.com'), ('short@example.com', 'ann@example.com');
        INSERT INTO aliases (alias, email, active) VALUES ('off@example.com', 'ann@example.com', false);
        INSERT INTO relocated (email, new_email) VALUES ('moved@example.com', 'ann@new.example');
    """

    def set_domain(self, domain, receive, reason=""):
        self.admin(f"UPDATE domains SET receive = '{receive}', receive_reason = nullif('{reason}', '') WHERE domain = '{domain}'")
        if receive != "accept":
            self.addCleanup(self.set_domain, domain, "accept")

    def test_user_who_refuses(self):
        """With the catch-all beside, by a sub-address and by a mirror."""
        for address in ("no@example.com", "NO+x@example.com", "no@mirror.example", "no+x@mirror.example"):
            self.assert_refused(address, 550, "Recipient address rejected: write to Ann")
        self.deliver("whoever@example.com", "the catch-all is open", "bob@example.com")

    def test_user_who_defers(self):
        for address in ("later@example.com", "later+x@example.com", "later@mirror.example", "later+x@mirror.example"):
            self.assert_refused(address, 450, f"4.2.1 <{address}>: Recipient address rejected: is moving house")

    def test_user_logs_in_all_the_same(self):
        for user in ("no@example.com", "later@example.com"):
            self.assertEqual(self.server.subjects(user), [])

    def test_user_takes_mail_again(self):
        self.admin("UPDATE users SET receive = 'accept' WHERE email = 'later@example.com'")
        self.deliver("later@mirror.example", "later, by the mirror", "later@example.com")
        self.deliver("to-later@example.com", "later, by an alias", "later@example.com")
        self.admin("UPDATE users SET receive = 'defer' WHERE email = 'later@example.com'")
        self.assert_refused("later@mirror.example", 450)

    def test_mailbox_domain(self):
        for receive, code in (("defer", 450), ("refuse", 550)):
            self.set_domain("example.com", receive, "closed on Sundays")
            for address in ("bob@example.com", "bob+x@example.com", "nobody@example.com", "bob@mirror.example", "nobody@mirror.example", "some@mirror.example"):
                with self.subTest(receive, address=address):
                    self.assert_refused(address, code, "closed on Sundays")
        self.assert_accepted("carl@example.org")

    def test_alias_domain(self):
        for receive, code in (("defer", 450), ("refuse", 550)):
            self.set_domain("lists.example", receive, "no lists today")
            for address in ("list@lists.example", "list+x@lists.example", "nobody@lists.example"):
                self.assert_refused(address, code, "no lists today")
        self.set_domain("lists.example", "accept")
        self.assert_accepted("list@lists.example")

    def test_mirror_domain(self):
        self.set_domain("mirror.example", "refuse")
        self.assert_refused("bob@mirror.example", 550, "does not take mail")
        self.assert_accepted("bob@example.com")

    def test_relay_domain(self):
        self.assert_accepted("known@relay.example")
        self.assert_accepted("known+x@relay.example")
        self.assert_refused("unknown@relay.example", 550)
        self.set_domain("relay.example", "defer", "the next host is down")
        self.assert_refused("known@relay.example", 450, "the next host is down")
        self.set_domain("relay.example", "refuse", "the next host is gone")
        self.assert_refused("known@relay.example", 550, "the next host is gone")

    def test_alias_to_whom_is_refused(self):
        """Be it through another alias: expanded only after RCPT, it would come back to a sender who may be forged."""
        for address in ("to-no@example.com", "to-no+x@example.com", "to-no@mirror.example", "to-to-no@lists.example"):
            self.assert_refused(address, 550, NOBODY.format(address))
        for address in ("to-later@example.com", "to-later+x@mirror.example"):
            self.assert_refused(address, 450, "nobody behind this alias takes mail for now")

    def test_list_with_others(self):
        self.deliver("some@example.com", "to the others", "ann@example.com", "carl@example.org")
        self.deliver("some+x@mirror.example", "to the others, by a mirror", "ann@example.com", "carl@example.org")

    def test_alias_that_is_switched_off(self):
        for address in ("off@example.com", "off+x@example.com", "off@mirror.example"):
            self.assert_refused(address, 550, "this alias is switched off")

    def test_alias_that_expires(self):
        self.admin("UPDATE aliases SET expires = now() + interval '1 hour' WHERE alias = 'short@example.com'")
        self.deliver("short@example.com", "before it expires", "ann@example.com")
        self.admin("UPDATE aliases SET expires = now() WHERE alias = 'short@example.com'")
        for address in ("short@example.com", "short+x@example.com", "short@mirror.example"):
            self.assert_refused(address, 550, "this alias is switched off")
        self.admin("UPDATE aliases SET expires = NULL WHERE alias = 'short@example.com'")
        self.deliver("short+x@mirror.example", "after all", "ann@example.com")

    def test_relocated(self):
        for address in ("moved@example.com", "moved+x@example.com", "moved@mirror.example"):
            self.assert_refused(address, 550, "5.1.6")
            self.assert_refused(address, 550, "ann@new.example")
        self.assertEqual(self.server.subjects("moved@example.com"), [], "who has moved still logs in")

    def test_role_addresses(self):
        """In every hosted domain, without a row, before the catch-all; a row of the name comes first."""
        self.admin("UPDATE settings SET postmaster_address = 'ann@example.com'")
        for n, address in enumerate(("postmaster@example.com", "Abuse@example.org", "postmaster@lists.example", "abuse@mirror.example")):
            self.deliver(address, f"to a role, {n}", "ann@example.com")
        self.assert_refused("webmaster@example.org", 550)
        self.admin("INSERT INTO aliases (alias, email) VALUES ('abuse@example.org', 'carl@example.org')")
        self.deliver("abuse@example.org", "overridden", "carl@example.org")
        self.deliver("abuse@example.com", "not overridden", "ann@example.com")
        self.admin("DELETE FROM aliases WHERE alias = 'abuse@example.org'")
        self.admin("UPDATE settings SET role_addresses = '{postmaster,webmaster}'")
        self.deliver("webmaster@example.org", "another role", "ann@example.com")
        self.assert_refused("abuse@example.org", 550)
        self.admin("UPDATE settings SET role_addresses = DEFAULT, postmaster_address = NULL")
        self.assert_refused("postmaster@example.org", 550)

    def test_mail_that_was_taken_before(self):
        """What is in the queue when a user begins to refuse comes back, with the reason."""
        self.addCleanup(self.admin, "UPDATE users SET receive = 'accept' WHERE email = 'carl@example.org'")
        queue_id = self.server.send("bob+hold@example.com", ["carl@example.org"], "held")
        self.admin("UPDATE users SET receive = 'refuse', receive_reason = 'gone by now' WHERE email = 'carl@example.org'")
        self.server.postsuper("-H", queue_id)
        self.server.postqueue("-f")
        bounce = self.server.wait_for_message("bob@example.com", "Undelivered Mail Returned to Sender")
        self.assertIn("gone by now", bounce.as_string())
        self.server.wait_queue_empty()
