"""A switch in stages: exactly the chosen users are delivered the new way, and the log of Postfix tells who."""

from mailcase import MailCase

DOMAIN = "example.com"
USERS = [f"user{n}@{DOMAIN}" for n in range(40)]


class Staged(MailCase):
    sql = f"""
        INSERT INTO domains (domain) VALUES ('{DOMAIN}');
        INSERT INTO users (email, password) SELECT 'user' || n || '@{DOMAIN}', :'secret' FROM generate_series(0, 39) n;
        INSERT INTO aliases (alias, email) SELECT 'alias' || n || '@{DOMAIN}', 'user' || n || '@{DOMAIN}' FROM generate_series(0, 39) n;
    """

    def setUp(self):
        super().setUp()
        self.mailings = 0
        self.switch(DOMAIN, "virtual")
        self.admin("UPDATE users SET transport = NULL")

    def chosen(self, share):
        return {row[0] for row in self.admin(f"SELECT email FROM users WHERE address_share(email) < {share}")}

    def relays(self, address="user{}"):
        """{user: who delivered a message to the address}, each mailing from another sender, since Postfix remembers."""
        self.mailings += 1
        name = f"{self.id().rsplit('.', 1)[-1]} {self.mailings}"
        ids = {}
        with self.server.smtp() as client:
            client.ehlo()
            for n, user in enumerate(USERS):
                rcpt = f"{address.format(n)}@{DOMAIN}"
                ids[user] = self.server.send(f"{name.replace(' ', '-')}@elsewhere.test", [rcpt], f"{name} {user}", client=client)
        deliveries = {user: self.server.delivery(queue_id) for user, queue_id in ids.items()}
        self.assertEqual({delivery["status"] for delivery in deliveries.values()}, {"sent"})
        self.server.wait_queue_empty()
        for user in USERS:
            self.assertEqual(len(self.server.file_of(f"{name} {user}")), 1, user)
        return {user: delivery["relay"] for user, delivery in deliveries.items()}

    def expected(self, chosen):
        return {user: "dovecot" if user in chosen else "virtual" for user in USERS}

    def test_raised_and_reverted(self):
        quarter, half = self.chosen(0.25), self.chosen(0.5)
        self.assertTrue(0 < len(quarter) < len(half) < len(USERS) and quarter < half)
        self.assertEqual(self.relays(), self.expected(set()))
        self.admin(f"SELECT switch_transport('{DOMAIN}', 'dovecot', share => 0.25)")
        self.assertEqual(self.relays(), self.expected(quarter))
        self.assertEqual(self.relays("user{}+detail"), self.expected(quarter), "a sub-address goes the way of its base")
        self.assertEqual(self.relays("alias{}"), self.expected(quarter), "the user's address decides, not the alias's")
        self.admin(f"SELECT switch_transport('{DOMAIN}', 'dovecot', share => 0.5)")
        self.assertEqual(self.relays(), self.expected(half))
        self.admin(f"SELECT revert_transport('{DOMAIN}')")
        self.assertEqual(self.relays(), self.expected(set()))

    def test_one_user(self):
        user = USERS[1]
        self.assertNotIn(user, self.chosen(0.25), "one who is not chosen anyway")
        self.admin(f"SELECT switch_transport('{user}', 'dovecot')")
        self.assertEqual(self.relays(), self.expected({user}))
        # A transport of its own stays, whatever the domain's is on the way to.
        lda = next(iter(self.chosen(0.25)))
        self.admin(f"SELECT switch_transport('{lda}', 'virtual'); SELECT switch_transport('{DOMAIN}', 'dovecot', share => 0.25)")
        self.assertEqual(self.relays(), self.expected(self.chosen(0.25) - {lda} | {user}))
        self.admin(f"SELECT revert_transport('{user}'); SELECT revert_transport('{lda}')")
        self.assertEqual(self.relays(), self.expected(self.chosen(0.25)))
