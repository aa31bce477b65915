"""Mail in flight while the transport of its domain changes."""

import collections
import threading

from mailcase import TRANSPORTS, MailCase

MESSAGES = 500
CLIENTS = 4

BOUNCE_SIEVE = """require ["envelope", "fileinto"];
if envelope :is "from" "" { fileinto "Bounces"; }
"""


class Switch(MailCase):
    # Mail from these waits until it is released.
    options = {"main_cf": "smtpd_data_restrictions = check_sender_access inline:{ {hold.test = HOLD}, {bob@example.com = HOLD} }"}
    sql = """
        INSERT INTO domains (domain) VALUES ('example.com'), ('example.net');
        INSERT INTO users (email, password) VALUES
            ('bob@example.com', :'secret'), ('carol@example.com', :'secret'), ('dora@example.com', :'secret'),
            ('leaver@example.com', :'secret'), ('busy@example.net', :'secret');
    """

    def setUp(self):
        super().setUp()
        self.server.postsuper("-d", "ALL")

    def relays(self, queue_ids):
        return {self.server.delivery(queue_id)["relay"] for queue_id in queue_ids}

    def test_hold_queue(self):
        self.switch("example.com", "virtual")
        subjects = [f"held {n}" for n in range(10)]
        ids = [self.server.send(f"{n}@hold.test", ["carol@example.com"], subject) for n, subject in enumerate(subjects)]
        self.assertEqual(self.server.queued("hold"), len(subjects))
        self.switch("example.com", "dovecot")
        self.server.postsuper("-H", "ALL")
        self.server.postqueue("-f")
        self.server.wait_queue_empty()
        self.assertEqual(sorted(self.server.subjects("carol@example.com")), subjects)
        self.assertEqual(self.relays(ids), {"dovecot"})

    def test_deferred_queue(self):
        self.switch("example.com", "lmtp:unix:private/nobody-listens")
        # Several, since Postfix asks again about the next message, but for 30 seconds not about the same one.
        subjects = [f"deferred {n}" for n in range(3)]
        ids = [self.server.send(f"{subject[-1]}@elsewhere.test", ["dora@example.com"], subject) for subject in subjects]
        for queue_id in ids:
            self.assertEqual(self.server.delivery(queue_id)["status"], "deferred")
        self.switch("example.com", "virtual")
        self.server.postqueue("-f")
        self.server.wait_queue_empty()
        self.assertEqual(sorted(self.server.subjects("dora@example.com")), subjects)

    def test_bounce_has_an_empty_sender(self):
        """Carried by the LDA: were the sender anything else, a vacation notice would answer it."""
        self.write_sieve("bob@example.com", BOUNCE_SIEVE)
        self.switch("example.com", "dovecot")
        queue_id = self.server.send("bob@example.com", ["leaver@example.com"], "to one who left")
        self.admin("DELETE FROM users WHERE email = 'leaver@example.com'")
        self.server.postsuper("-H", queue_id)
        self.server.postqueue("-f")
        message = self.server.wait_for_message("bob@example.com", "Undelivered Mail Returned to Sender", "Bounces")
        self.assertEqual(message["Return-Path"], "<>")
        self.assertEqual(self.server.delivery(queue_id)["status"], "bounced")
        self.server.wait_queue_empty()

    def test_messages_while_switching(self):
        """Each from another sender: Postfix uses its last answer for the same sender and recipient for 30 seconds."""
        done = threading.Event()
        switches = collections.Counter()

        def switch_about():
            while not done.is_set():
                for transport in TRANSPORTS:
                    self.switch("example.net", transport)
                    switches[transport] += 1
                    done.wait(0.05)

        def send(client_number):
            with self.server.smtp() as client:
                client.ehlo()
                for n in range(client_number, MESSAGES, CLIENTS):
                    ids[n] = self.server.send(f"sender{n}@elsewhere.test", ["busy@example.net"], f"number {n}", client=client)

        ids = {}
        switcher = threading.Thread(target=switch_about)
        senders = [threading.Thread(target=send, args=(n,)) for n in range(CLIENTS)]
        switcher.start()
        for thread in senders:
            thread.start()
        for thread in senders:
            thread.join()
        done.set()
        switcher.join()
        self.server.wait_queue_empty(60)
        self.assertEqual(len(ids), MESSAGES)
        arrived = collections.Counter(self.server.subjects("busy@example.net"))
        self.assertEqual(arrived, collections.Counter(f"number {n}" for n in range(MESSAGES)))
        self.assertGreater(min(switches.values()), 3, "switched back and forth while they were sent")
        self.assertEqual(self.relays(ids.values()), set(TRANSPORTS.values()), "all three had a part in it")
