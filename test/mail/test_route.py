"""Two witnesses: what route() says of several hundred addresses, and what the real Postfix and Dovecot do with them."""

import collections
import email
import os
import re

from mail import run
from mailcase import MailCase
from process import wait_until
from worlds import World, quote

SEED = os.environ.get("SEED", "1")
WORLDS, ADDRESSES = 4, 70

SETTLED = ("mailbox", "discarded", "foreign", "relayed", "waits", "bounces")
DELIVERY = re.compile(r" (\w+): to=<(.*?)>, (?:orig_to=<.*?>, )?relay=(\S+),.* status=(\w+) \((.*)\)$", re.M)


class Witnesses(MailCase):
    maxDiff = None
    delimiters = "+"
    first = 0
    main_cf = [
        # Mail that leaves the machine is named in the log; what waits is tried once.
        "default_transport=discard:foreign", "queue_run_delay=1h", "minimal_backoff_time=1h", "maximal_backoff_time=1h",
        # Many recipients are asked in one session, and most are refused.
        "smtpd_hard_error_limit=100000", "smtpd_junk_command_limit=100000"]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        worlds = [World(number, cls.delimiters, SEED) for number in range(cls.first, cls.first + WORLDS)]
        # Most of what is inserted is refused by no rule, and psql need not show the rest.
        cls.admin(f"UPDATE settings SET recipient_delimiter = '{cls.delimiters}'")
        cls.admin("SET client_min_messages = error;\n" + "\n".join(world.sql() for world in worlds))
        cls.admin(f"UPDATE settings SET postmaster_address = 'bob@one.{worlds[0].tag}'")
        cls.configure()
        cls.addresses = [address for world in worlds for address in world.addresses(ADDRESSES)]
        cls.told = cls.route(cls.addresses)

    @classmethod
    def configure(cls):
        """Also a service for relay domains that takes mail and names it in the log, since there is no next host here."""
        etc = f"{cls.server.postfix}/etc"
        run(["postconf", "-c", etc, "-e", f"recipient_delimiter={cls.delimiters}", *cls.main_cf])
        run(["postconf", "-c", etc, "-M", "outside/unix=outside unix - - n - - discard"])
        run(["postfix", "-c", etc, "reload"])
        with open(f"{cls.server.dovecot}/etc/dovecot.conf", "a") as f:
            f.write(f"recipient_delimiter = {cls.delimiters}\n")
        cls.server.doveadm("reload")
        cls.admin("INSERT INTO transport_services (service, classes) VALUES ('outside', '{relay}');"
                  "UPDATE domains SET transport = 'outside:relayed' WHERE class = 'relay'")

    @classmethod
    def route(cls, addresses):
        """The rows of route() for each address, as dictionaries."""
        values = ", ".join(f"({number}, {quote(address)})" for number, address in enumerate(addresses))
        rows = cls.server.postgres.sql(
            f"SELECT asked, r.* FROM (VALUES {values}) AS v(asked, key), mailstack.route(key) r", header=True)
        told = collections.defaultdict(list)
        for row in rows[1:]:
            told[addresses[int(row[0])]].append(dict(zip(rows[0], row)))
        return told

    def test_replies(self):
        """Each address at RCPT: the code, the enhanced code and the words."""
        wrong = []
        with self.server.smtp() as client:
            client.ehlo()
            for address in self.addresses:
                client.mail("")
                code, words = client.docmd("RCPT", f"TO:<{address}>")
                said = f"{code} {words.decode()}".rstrip()
                *_, last = self.told[address]
                if last["reply"] != said:
                    wrong.append(f"{address}: Postfix says {said}, and route {last['reply']} ({last['reason']})")
                client.rset()
        self.assertEqual(wrong, [])

    def test_ways(self):
        """Each that is accepted gets a message: where the log and the maildirs have it, and where route() does."""
        accepted = [address for address in self.addresses if self.told[address][-1]["kind"] == "accepted"]
        ids = self.send_to_each(accepted)
        wait_until(lambda: self.server.queued("maildrop", "incoming", "active") == 0, 120, self.server.log_tails)
        logged, stored = self.logged(), self.stored()
        wrong = []
        for number, address in enumerate(accepted):
            ends = [step for step in self.told[address] if step["kind"] in SETTLED]
            expected = {(fold(step["address"]), step["kind"]) for step in ends}
            if logged[ids[number]] != expected:
                wrong.append(f"{address}: logged {sorted(logged[ids[number]])}, and route says {sorted(expected)}")
            expected = {(step["home"], fold(step["address"])) for step in ends if step["kind"] == "mailbox"}
            if stored[number] != expected:
                wrong.append(f"{address}: stored {sorted(stored[number])}, and route says {sorted(expected)}")
        self.assertEqual(wrong, [])

    def test_something_of_each_kind_was_asked(self):
        """Or the witnesses would agree about nothing."""
        kinds = collections.Counter(step["kind"] for steps in self.told.values() for step in steps)
        for kind in ("alias", "left out", "mailbox", "relayed", "foreign", "waits", "discarded", "accepted", "deferred", "refused"):
            self.assertGreater(kinds[kind], 0, kind)
        self.assertEqual(kinds["bounces"], 0, "nothing is accepted that would come back")
        replies = collections.Counter(re.sub("<.*>", "", steps[-1]["reply"]) for steps in self.told.values())
        for words in ("virtual mailbox table", "virtual alias table", "relay recipient table", "5.1.6", "5.2.1", "4.2.1", "Mailbox is full", "alias are full",
                      "Relay access", "501"):
            self.assertTrue(any(words in reply for reply in replies), words)

    # --- What the servers did -------------------------------------------------------------------------------------

    def send_to_each(self, addresses):
        with self.server.smtp() as client:
            client.ehlo()
            return [self.server.send("", [address], f"route {number}", client=client) for number, address in enumerate(addresses)]

    def logged(self):
        """Queue id: the recipients that were delivered to, and how."""
        found = collections.defaultdict(set)
        for queue_id, to, relay, status, words in DELIVERY.findall(self.server.read_log()):
            found[queue_id].add((fold(to), kind_of(relay, status, words)))
        return found

    def stored(self):
        """Number of the message: the homes that have it, and for whom."""
        found = collections.defaultdict(set)
        for path, _, names in os.walk(self.server.mail_root):
            for name in names if path.endswith(("/new", "/cur")) else ():
                with open(os.path.join(path, name), "rb") as f:
                    message = email.message_from_binary_file(f)
                number = int(message["Subject"].removeprefix("route "))
                found[number].add((path.partition("/Maildir/")[0] + "/", fold(message["Delivered-To"])))
        return found


def fold(address):
    """An address as it is in the database: neither letter case nor needless quotes tell two apart."""
    local, _, domain = address.strip("<>").rpartition("@")
    return f"{local.strip(chr(34))}@{domain}".lower()


def kind_of(relay, status, words):
    if status != "sent":
        return {"deferred": "waits", "bounced": "bounces"}[status]
    if relay == "none":
        return words if words in ("foreign", "relayed") else "discarded"
    return "mailbox"


class WitnessesOfTwoDelimiters(Witnesses):
    delimiters = "-+"
    first = WORLDS
