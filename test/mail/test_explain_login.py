"""Two witnesses: what explain_login() says of generated logins, and what the real Dovecot does with them."""

import collections
import concurrent.futures
import os
import random

from mailcase import MailCase
from passwords import hash_of
from worlds import quote

SEED = os.environ.get("SEED", "1")
USERS, LOGINS = 40, 250

SERVICES = ["imap", "pop3", "submission", "sieve", "lmtp"]
# By the names that the daemons have for them.
ASKED_FOR = ["imap", "pop3", "smtp", "submission", "sieve", "other"]
NETWORKS = ["192.0.2.0/24", "198.51.100.7", "2001:db8::/32"]
REMOTES = ["192.0.2.9", "198.51.100.7", "203.0.113.1", "2001:db8:1::5", "2001:db9::1"]


class Logins:
    """Domains, users and app passwords of every kind; all passwords are known."""

    def __init__(self, seed):
        self.random = random.Random(f"logins {seed}")
        self.passwords = collections.defaultdict(dict)  # of a user: main (None) and app passwords by name

    def maybe(self, share):
        return self.random.random() < share

    def some(self, values, share):
        """An array of some of the values, or NULL."""
        if not self.maybe(share):
            return "NULL"
        return quote("{" + ",".join(value for value in values if self.maybe(0.6)) + "}")

    def networks(self):
        return quote("{" + ",".join(self.random.sample(NETWORKS, self.random.choice([1, 2]))) + "}") if self.maybe(0.4) else "NULL"

    def sql(self):
        yield "INSERT INTO domains (domain) VALUES ('one.example'), ('two.example'), ('off.example'), ('imap.example');"
        yield "INSERT INTO domains (domain, alias_of) VALUES ('mirror.example', 'one.example');"
        yield "UPDATE domains SET services = '{imap,submission}' WHERE domain = 'imap.example';"
        for number in range(USERS):
            yield from self.user(f"user{number}@{self.random.choice(['one', 'one', 'two', 'imap', 'off'])}.example")
        yield "UPDATE domains SET active = false, suspended_reason = 'off' WHERE domain = 'off.example';"
        yield "INSERT INTO aliases (alias, email) SELECT 'alias@one.example', email FROM users WHERE domain = 'one.example' AND active LIMIT 3;"

    def user(self, email):
        plain = f"main of {email}" if self.maybe(0.9) else None
        self.passwords[email][None] = plain or "nothing"
        reason = quote("why") if self.maybe(0.15) else None
        yield (f"INSERT INTO users (email, password, services, allow_nets, active, suspended_reason) VALUES ({quote(email)}, "
               f"{quote(plain and hash_of(plain))}, {self.some(SERVICES, 0.4)}, {self.networks()}, {not reason}, {reason or 'NULL'});")
        for name in self.random.sample(["Phone", "Büro", "Printer's", "Old"], self.random.choice([0, 1, 2, 3])):
            self.passwords[email][name] = f"{name} of {email}"
            expires = self.random.choice(["NULL", "NULL", "now() + interval '1 day'", "now() - interval '1 day'"])
            yield (f"INSERT INTO app_passwords (email, name, password, services, allow_nets, expires) VALUES ({quote(email)}, {quote(name)}, "
                   f"{quote(hash_of(self.passwords[email][name]))}, {self.some(SERVICES, 0.4)}, {self.networks()}, {expires});")

    def asked(self, count):
        """(login, service, remote) to be asked about."""
        users = sorted(self.passwords)
        strange = ["nobody@one.example", "alias@one.example", "user1@mirror.example", "x@away.example", "user1", users[0].upper()]
        logins = [(name, "imap", REMOTES[0]) for name in strange]
        every = [(user, service, remote) for user in users for service in ASKED_FOR for remote in REMOTES]
        return logins + self.random.sample(every, count - len(logins))


class ExplainedLogins(MailCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.logins = Logins(SEED)
        cls.admin("SET client_min_messages = error;\n" + "\n".join(cls.logins.sql()))

    def explained(self, asked):
        """For each the passwords that it goes with, by their names; and the last step."""
        values = ", ".join(f"({number}, {quote(user)}, {quote(service)}, {quote(remote)}::inet)" for number, (user, service, remote) in enumerate(asked))
        rows = self.server.sql(f"SELECT n, step, answer, why FROM (VALUES {values}) AS v(n, login, service, remote), mailstack.explain_login(login, service, remote)")
        good, end = collections.defaultdict(set), {}
        for number, step, answer, why in rows:
            if step == "password" and answer == "yes":
                good[int(number)].add(None)
            elif step == "app password" and answer == "yes":
                good[int(number)].add(why[1:].partition('": ')[0])
            elif step == "login":
                end[int(number)] = answer
        return good, end

    def let_in(self, user, password, service, remote):
        done = self.server.doveadm("auth", "test", "-x", f"service={service}", "-x", f"rip={remote}", user, password, check=False)
        self.assertIn(done.returncode, (0, 77), done.stdout + done.stderr)
        return done.returncode == 0

    def really_good(self, login):
        user, service, remote = login
        passwords = self.logins.passwords.get(user.lower(), {None: "any"})
        return {name for name, plain in passwords.items() if self.let_in(user, plain, service, remote)}

    def test_what_dovecot_does(self):
        asked = self.logins.asked(LOGINS)
        good, end = self.explained(asked)
        # Dovecot waits before it says no, whatever it is told.
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            tried = list(pool.map(self.really_good, asked))
        wrong = []
        counts = collections.Counter(len(really) for really in tried)
        for number, ((user, service, remote), really) in enumerate(zip(asked, tried)):
            if really != good[number] or (end[number] == "yes") != bool(really):
                wrong.append(f"{user} {service} from {remote}: Dovecot takes {really}, explain_login says {good[number]} and {end[number]}")
        self.assertEqual(wrong, [])
        # Of each kind there were some: of those that nothing opens, that one does, and that several do.
        self.assertTrue(counts[0] > 20 and counts[1] > 20 and counts[2] > 10, counts)
