"""Filters and scripts of the database, run by Dovecot: each by the LDA and by LMTP."""

import datetime
import email
import os
import shutil
import subprocess

from mail import HarnessError, dovecot_release, read_lines, version_of
from mailcase import MailCase
from sink import Sink

HERE = os.path.dirname(os.path.abspath(__file__))
DOMAINS = {"lmtp": "example.com", "lda": "lda.example"}
SPAM = {"X-Spam-Flag": "YES"}


def sql(value):
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def configuration(name):
    """What is to be added to local.conf."""
    with open(os.path.join(HERE, "conf", f"dovecot-{version_of('dovecot')}", name)) as f:
        return f.read()


def by_both(test):
    """Runs a test with the domain that LMTP delivers to, and with the one that the LDA does."""
    def run(self):
        for agent, domain in DOMAINS.items():
            with self.subTest(agent):
                test(self, domain)
    run.__doc__ = test.__doc__
    return run


class SieveCase(MailCase):
    """Two domains, which differ in who delivers; whatever leaves the machine goes to `sink`. Each test has users of its own."""

    users = ()
    dovecot_conf = settings = ""
    # Words of the lines that a test makes the daemons log.
    expected = ()

    def is_expected(self, line):
        return any(words in line for words in self.expected)

    @classmethod
    def setUpClass(cls):
        cls.sink = Sink()
        cls.addClassCleanup(cls.sink.close)
        cls.options = {"settings": cls.settings, "dovecot_conf": cls.dovecot_conf, "main_cf": "\n".join((
            "mynetworks = 127.0.0.0/8", "smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination",
            f"default_transport = smtp:[127.0.0.1]:{cls.sink.port}"))}
        cls.sql = f"""
            INSERT INTO domains (domain, transport) VALUES ('example.com', 'lmtp:unix:private/dovecot-lmtp'), ('lda.example', 'dovecot');
            INSERT INTO users (email, password) SELECT name || '@' || domain, :'secret'
            FROM regexp_split_to_table('{" ".join(cls.users)}', ' ') name, domains;
        """
        super().setUpClass()

    @classmethod
    def call(cls, function, *arguments, **named):
        """A function as an operator types it."""
        arguments = [sql(value) for value in arguments] + [f"{name} => {sql(value)}" for name, value in named.items()]
        return cls.admin(f"SELECT {function}({', '.join(arguments)})")[-1][0]

    @classmethod
    def script(cls, domain, name, script, user=None):
        cls.admin(f"INSERT INTO sieve_scripts (email, domain, name, script) VALUES ({sql(user)}, {sql(domain)}, {sql(name)}, {sql(script)})")

    def put(self, user, subject, sender="stranger@elsewhere.test", headers=None, to=None, **more):
        """A message that is delivered when this returns, and so is all that Sieve has made of it."""
        self.server.send(sender, [to or user], subject, headers, **more)
        self.server.wait_queue_empty()

    def assert_in(self, user, subject, *folders):
        """The message is in these folders of the user, once in each, and nowhere else in the home."""
        home = self.server.doveadm_user(user)["home"]
        for folder in folders:
            self.assertEqual(self.server.subjects(user, folder).count(subject), 1, f"{subject} in {folder}\n{self.server.log_tails()}")
        copies = [path for path in self.server.file_of(subject) if path.startswith(home)]
        self.assertEqual(len(copies), len(folders), copies)

    def filed(self, user, subject, folder, *more, **named):
        self.put(user, subject, *more, **named)
        self.assert_in(user, subject, folder)

    def answers(self, sender):
        """The messages that have gone to a stranger."""
        return [email.message_from_string(text) for _, rcpts, text in self.sink.messages if rcpts == [sender]]


class Filters(SieveCase):
    users = ("spam mark tim lists fwd gone off away again bounce robot window later several changed aliased team1 team2 lately spammed one two "
             "strange named quiet cached boss upload friend wide detail odd wait late closed").split()

    # --- Filing ----------------------------------------------------------------------------------------------

    @by_both
    def test_spam(self, domain):
        user = f"spam@{domain}"
        self.filed(user, f"no filter at {domain}", "INBOX", headers=SPAM)
        self.call("file_spam", user)
        self.filed(user, f"no spam at {domain}", "INBOX", headers={"X-Spam-Status": "No, score=1.0", "X-Spam": "No"})
        for n, mark in enumerate((SPAM, {"X-Spam": "Yes"}, {"X-Spam-Status": "Yes, score=7.1 required=5.0"})):
            self.filed(user, f"spam {n} at {domain}", "Spam", headers=mark)
        self.admin(f"UPDATE filters SET active = false WHERE email = '{user}'")
        self.filed(user, f"switched off at {domain}", "INBOX", headers=SPAM)

    @by_both
    def test_spam_is_seen_first(self, domain):
        """Whatever the others would do with it."""
        user = f"mark@{domain}"
        self.call("forward", user, "mark@far.test")
        self.call("file_from", user, "shop.test", "Shop")
        self.call("file_spam", user, "Rubbish")
        self.filed(user, f"rubbish of {domain}", "Rubbish", sender="ads@shop.test", headers=SPAM)
        self.filed(user, f"offer of {domain}", "Shop", sender="ads@shop.test")
        self.assertEqual([m["Subject"] for m in self.answers("mark@far.test")][-1], f"offer of {domain}")
        self.assertNotIn(f"rubbish of {domain}", self.sink.subjects())

    @by_both
    def test_sender(self, domain):
        user = f"tim@{domain}"
        self.call("file_from", user, "tim@example.net", "Shisaa")
        self.call("file_from", user, "@work.test", "Work.News")
        self.filed(user, f"from tim to {domain}", "Shisaa", sender="Tim@Example.NET")
        self.filed(user, f"from work to {domain}", "Work.News", sender="anybody@work.test")
        self.filed(user, f"from below work to {domain}", "INBOX", sender="anybody@sub.work.test")
        self.filed(user, f"from another to {domain}", "INBOX", sender="tim@example.org")
        for n, quoted in enumerate(('"a b"@quoted.test', '"o\\"b"@quoted.test')):
            self.call("file_from", user, quoted, "Quoted")
            self.filed(user, f"quoted {n} to {domain}", "Quoted", sender=quoted)
        # A header has a domain in either spelling.
        self.call("file_from", user, "books@bücher.test", "Books")
        for n, spelling in enumerate(("bücher.test", "xn--bcher-kva.test")):
            self.filed(user, f"book {n} to {domain}", "Books", headers={"From": f"books@{spelling}"})
        # Dovecot makes the folder, and the mail program sees it.
        with self.server.imap(user) as client:
            subscribed = b"".join(client.lsub()[1])
            self.assertIn(b"Shisaa", subscribed)
            self.assertIn(b"Work.News", subscribed)

    @by_both
    def test_list(self, domain):
        user = f"lists@{domain}"
        self.call("file_list", user, "<pgsql-general.lists.postgresql.org>", "Pg")
        self.call("file_list", user, "dev@lists.test", "Dev")
        self.filed(user, f"by id to {domain}", "Pg", headers={"List-Id": "PostgreSQL general <pgsql-general.lists.postgresql.org>"})
        self.filed(user, f"by address to {domain}", "Dev", headers={"List-Post": "<mailto:dev@lists.test>"})
        self.filed(user, f"by the id of an address to {domain}", "Dev", headers={"List-Id": "<dev.lists.test>"})
        self.filed(user, f"longer id to {domain}", "INBOX", headers={"List-Id": "<my.dev.lists.test>"})

    @by_both
    def test_strange_strings(self, domain):
        """What would mean something in Sieve is a string like any other."""
        user = f"strange@{domain}"
        for n, folder in enumerate(('"; discard; #', "back\\slash", "${from}", "B\u00fccher & T\u00e9", "it's", "%$1@", "text:")):
            self.call("file_from", user, f"s{n}@strange.test", folder)
            self.put(user, f"strange {n} at {domain}", sender=f"s{n}@strange.test")
            self.assertEqual(len([path for path in self.server.file_of(f"strange {n} at {domain}") if "/Maildir/." in path]), 1, folder)
        with self.server.imap(user) as client:
            names = b"\n".join(client.list()[1])
        for name in (rb'"\"; discard; #"', rb'"back\\slash"', b'"${from}"', b"B&APw-cher &- T&AOk-", b"it's", b'"%$1@"', b"text:"):
            self.assertIn(name, names)

    @by_both
    def test_folders_that_cannot_be(self, domain):
        """Pigeonhole would leave the mail in INBOX: they are refused; what is not, works. The last has 255 octets in the file system."""
        user = f"odd@{domain}"
        for folder in (".a", "a.", "a..b", "/a", "a/", "a//b", "../b", "~a", "\u0436" * 95, "\u0436" * 94 + "&"):
            with self.assertRaises(HarnessError, msg=folder):
                self.call("file_from", user, "x@odd.test", folder)
        for n, folder in enumerate(("a~", "-", " a ", "INBOX.a", "\u0436" * 94 + "x", "a\u0085b", "a\u2028b", "e\u0301")):
            self.call("file_from", user, f"{n}@odd.test", folder)
            self.put(user, f"odd {n} at {domain}", sender=f"{n}@odd.test")
            self.assertEqual([("/Maildir/." in path) for path in self.server.file_of(f"odd {n} at {domain}")], [True], folder)

    # --- Sending on, and throwing away ------------------------------------------------------------------------

    @by_both
    def test_forward_and_keep(self, domain):
        user = f"fwd@{domain}"
        self.call("forward", user, f"friend@{domain}")
        self.put(user, f"kept at {domain}")
        for each in (user, f"friend@{domain}"):
            self.assert_in(each, f"kept at {domain}", "INBOX")
        message = self.server.wait_for_message(f"friend@{domain}", f"kept at {domain}")
        self.assertEqual(message["Return-Path"], "<stranger@elsewhere.test>")

    @by_both
    def test_forward_and_not_keep(self, domain):
        user = f"gone@{domain}"
        self.call("forward", user, "gone@far.test", keep=False)
        self.put(user, f"sent on from {domain}")
        self.assert_in(user, f"sent on from {domain}")
        self.assertEqual([m["Subject"] for m in self.answers("gone@far.test")][-1], f"sent on from {domain}")

    @by_both
    def test_four_forwards(self, domain):
        """As many as the rule lets in, Pigeonhole makes."""
        user = f"wide@{domain}"
        for n in range(4):
            self.call("forward", user, f"{n}@{domain}.far.test")
        self.filed(user, f"to four from {domain}", "INBOX")
        self.assertEqual([len(self.answers(f"{n}@{domain}.far.test")) for n in range(4)], [1, 1, 1, 1])

    @by_both
    def test_discard(self, domain):
        user = f"off@{domain}"
        self.call("discard_from", user, "nuisance.test")
        self.call("vacation", user, "Away", "Not here.")
        self.put(user, f"nuisance at {domain}", sender="who@nuisance.test")
        self.assert_in(user, f"nuisance at {domain}")
        self.assertEqual(self.answers("who@nuisance.test"), [])
        self.filed(user, f"no nuisance at {domain}", "INBOX")

    # --- Vacation --------------------------------------------------------------------------------------------

    def assert_answered(self, user, subject, sender, count, **more):
        """The mailbox has the message, too; `count` is of all answers that this sender has got."""
        self.put(user, subject, sender=sender, **more)
        self.assert_in(user, subject, "INBOX")
        self.assertEqual(len(self.answers(sender)), count, f"{subject}\n{self.server.log_tails()}")

    @by_both
    def test_each_sender_is_answered_once(self, domain):
        message = 'A "line",\r\n.\r\n${1} b\\n \u00e4\nend'
        user, sender = f"away@{domain}", f"anna@{domain}.far.test"
        self.call("vacation", user, "I'm \"away\" \\ \u00fc", message)
        self.assert_answered(user, f"first to {domain}", sender, 1)
        (answer,) = self.answers(sender)
        self.assertEqual(str(email.header.make_header(email.header.decode_header(answer["Subject"]))), "I'm \"away\" \\ \u00fc")
        text = answer.get_payload(decode=True).decode().replace("\r\n", "\n").rstrip("\n")
        self.assertEqual(text, message.replace("\r\n", "\n"))
        self.assertEqual((answer["From"], answer["Auto-Submitted"]), (f"<{user}>", "auto-replied (vacation)"))
        self.assert_answered(user, f"second to {domain}", sender, 1)
        self.assert_answered(user, f"from another to {domain}", f"berta@{domain}.far.test", 1)

    @by_both
    def test_subject_of_its_own(self, domain):
        user, sender = f"again@{domain}", f"anna@{domain}.again.test"
        self.call("vacation", user, None, "Gone.")
        self.assert_answered(user, f"what is {domain}", sender, 1)
        self.assertEqual(self.answers(sender)[0]["Subject"], f"Auto: what is {domain}")

    @by_both
    def test_machines_get_no_answer(self, domain):
        user = f"robot@{domain}"
        self.call("vacation", user, "Away", "Gone.")
        for n, headers in enumerate(({"List-Id": "<dev.lists.test>"}, {"Precedence": "bulk"}, {"Auto-Submitted": "auto-generated"},
                                     {"List-Unsubscribe": "<mailto:x@lists.test>"})):
            self.assert_answered(user, f"machine {n} to {domain}", f"m{n}@{domain}.far.test", 0, headers=headers)
        self.assert_answered(user, f"owner to {domain}", f"owner-dev@{domain}.far.test", 0)
        self.assert_answered(user, f"human to {domain}", f"human@{domain}.far.test", 1)

    @by_both
    def test_a_bounce_gets_no_answer(self, domain):
        user = f"bounce@{domain}"
        self.call("vacation", user, "Away", "Gone.")
        before = len(self.sink.messages)
        self.filed(user, f"bounce to {domain}", "INBOX", sender="")
        self.assertEqual(self.sink.messages[before:], [])
        self.assertNotIn(f"<{user}>: ", self.server.read_log())

    @by_both
    def test_spam_gets_no_answer(self, domain):
        user, sender = f"spammed@{domain}", f"spammer@{domain}.far.test"
        self.call("vacation", user, "Away", "Gone.")
        self.call("file_spam", user)
        self.filed(user, f"spam of {domain}", "Spam", sender=sender, headers=SPAM)
        self.assertEqual(self.answers(sender), [])

    @by_both
    def test_dates(self, domain):
        today = datetime.date.today()
        day = datetime.timedelta(days=1)
        for user, starts, ends, answers in (
                ("window", today, today, 1), ("later", today + day, None, 0), ("lately", None, today - day, 0),
                ("one", today - day, today + day, 1)):
            self.call("vacation", f"{user}@{domain}", "Away", "Gone.", starts=starts, ends=ends)
            self.assert_answered(f"{user}@{domain}", f"{user} at {domain}", f"{user}@{domain}.far.test", answers)
            self.admin(f"DELETE FROM filters WHERE email = '{user}@{domain}'")

    @by_both
    def test_several(self, domain):
        """One for today, and one for any other day."""
        today = datetime.date.today()
        user, sender = f"several@{domain}", f"anna@{domain}.several.test"
        self.call("vacation", user, "Next year", "Gone.", starts=today + datetime.timedelta(days=365))
        self.call("vacation", user, "Today", "Gone.", starts=today, ends=today)
        self.call("vacation", user, "Always", "Gone.")
        self.assert_answered(user, f"several to {domain}", sender, 1)
        self.assertEqual(self.answers(sender)[0]["Subject"], "Today")

    @by_both
    def test_addresses(self, domain):
        """Mail for an alias is mail for the user, unless it is for others as well."""
        user = f"aliased@{domain}"
        self.admin(f"INSERT INTO domains (domain, alias_of) VALUES ('mirror.{domain}', '{domain}')")
        self.admin(f"""INSERT INTO aliases (alias, email) VALUES ('info@{domain}', '{user}'), ('sales@{domain}', 'info@{domain}'),
            ('team@{domain}', 'team1@{domain}'), ('team@{domain}', 'team2@{domain}')""")
        for each in (user, f"team1@{domain}", f"team2@{domain}"):
            self.call("vacation", each, "Away", "Gone.")
        for n, rcpt in enumerate((f"info@{domain}", f"SALES@{domain}", f"aliased+x@{domain}", f"aliased@mirror.{domain}", f"info@mirror.{domain}")):
            self.assert_answered(user, f"{n} of {domain}", f"a{n}@{domain}.far.test", 1, to=rcpt)
        self.put(user, f"team of {domain}", sender=f"team@{domain}.far.test", to=f"team@{domain}")
        self.assert_in(f"team1@{domain}", f"team of {domain}", "INBOX")
        self.assertEqual(self.answers(f"team@{domain}.far.test"), [])
        # An alias that has come since: the script is another one then.
        self.admin(f"INSERT INTO aliases (alias, email) VALUES ('new@{domain}', '{user}')")
        self.assert_answered(user, f"new of {domain}", f"new@{domain}.far.test", 1, to=f"new@{domain}")

    # --- Change ----------------------------------------------------------------------------------------------

    @by_both
    def test_change_between_two_messages(self, domain):
        user = f"changed@{domain}"
        self.call("file_from", user, "x@changed.test", "Old")
        self.filed(user, f"old at {domain}", "Old", sender="x@changed.test")
        self.admin(f"UPDATE filters SET folder = 'New' WHERE email = '{user}'")
        self.filed(user, f"new at {domain}", "New", sender="x@changed.test")
        self.admin(f"DELETE FROM filters WHERE email = '{user}'")
        self.filed(user, f"none at {domain}", "INBOX", sender="x@changed.test")

    @by_both
    def test_two_users_do_not_share(self, domain):
        self.call("file_from", f"one@{domain}", "x@shared.test", "One")
        self.call("file_from", f"two@{domain}", "x@shared.test", "Two")
        self.server.send("x@shared.test", [f"one@{domain}", f"two@{domain}"], f"to both of {domain}")
        self.server.wait_queue_empty()
        self.assert_in(f"one@{domain}", f"to both of {domain}", "One")
        self.assert_in(f"two@{domain}", f"to both of {domain}", "Two")

    @by_both
    def test_rename(self, domain):
        self.call("file_from", f"named@{domain}", "x@renamed.test", "Named")
        self.filed(f"named@{domain}", f"before at {domain}", "Named", sender="x@renamed.test")
        self.call("rename_user", f"named@{domain}", f"renamed@{domain}")
        self.filed(f"renamed@{domain}", f"after at {domain}", "Named", sender="x@renamed.test")

    # --- Beside the personal script ---------------------------------------------------------------------------

    @by_both
    def test_upload_by_managesieve(self, domain):
        user = f"upload@{domain}"
        self.call("file_from", user, "x@filter.test", "Filter")
        with self.server.managesieve(user) as client:
            client.put("mine", 'require ["fileinto", "mailbox"];\nfileinto :create "Mine";\n')
            client.activate("mine")
            self.assertIn("fileinto :create", client.get("mine"))
            with self.assertRaises(HarnessError):
                client.put("broken", 'fileinto "Mine"')
        # First the filters; what they have not filed is for the script.
        self.filed(user, f"for the filter of {domain}", "Filter", sender="x@filter.test")
        self.filed(user, f"for the script of {domain}", "Mine")

    @by_both
    def test_detail(self, domain):
        """Also of an alias; a script sees it in the envelope."""
        user = f"detail@{domain}"
        self.admin(f"INSERT INTO aliases (alias, email) VALUES ('details@{domain}', '{user}')")
        self.write_sieve(user, 'require ["fileinto", "mailbox", "envelope", "subaddress"];\n'
                               'if envelope :detail "to" "news" { fileinto :create "News"; }\n')
        self.filed(user, f"without at {domain}", "INBOX")
        for n, rcpt in enumerate((f"detail+News@{domain}", f"details+news@{domain}")):
            self.filed(user, f"news {n} at {domain}", "News", to=rcpt)

    # --- What fails ------------------------------------------------------------------------------------------

    @by_both
    def test_no_answer_from_the_database(self, domain):
        """Then nobody knows where the mail belongs; it waits, and goes there afterwards."""
        self.expected = ("dovecot_sieve", "dict storage: script", "Failed to access sieve_before script",
                         # 2.4
                         "Failed to access 'before' script", "connection to client lost")
        user = f"wait@{domain}"
        self.call("file_spam", user)
        self.admin("REVOKE SELECT ON dovecot_sieve FROM dovecot")
        self.addCleanup(self.admin, "GRANT SELECT ON dovecot_sieve TO dovecot")
        queue_id = self.server.send("wait@elsewhere.test", [user], f"waits at {domain}", SPAM)
        self.assertEqual(self.server.delivery(queue_id)["status"], "deferred")
        self.assertEqual(self.server.file_of(f"waits at {domain}"), [])
        self.admin("GRANT SELECT ON dovecot_sieve TO dovecot")
        self.server.wait_queue_empty()
        self.assert_in(user, f"waits at {domain}", "Spam")

    @by_both
    def test_forward_that_is_refused(self, domain):
        """Where it is to go, nobody takes it any more: the mailbox has it."""
        self.expected = "failed, but implicit keep was successful",
        user = f"late@{domain}"
        self.call("forward", user, f"closed@{domain}", keep=False)
        self.admin(f"UPDATE users SET active = false WHERE email = 'closed@{domain}'")
        self.filed(user, f"stays at {domain}", "INBOX")

    # --- What it costs ---------------------------------------------------------------------------------------

    def statements(self, user):
        """What was asked about the scripts of a user, so far."""
        return [line for line in read_lines(self.server.postgres.log) if "statement: " in line and "dovecot_sieve" in line and f"'{user}'" in line]

    @by_both
    def test_compiled_once(self, domain):
        self.server.sql("ALTER SYSTEM SET log_statement = 'all'; SELECT pg_reload_conf()")
        user = f"cached@{domain}"
        self.call("file_spam", user)
        for n in range(3):
            self.filed(user, f"cached {n} at {domain}", "Spam", headers=SPAM)
        home = self.server.doveadm_user(user)["home"]
        # For 2.4 there is an empty script where there is none.
        names = ["all_2_4.svbin", "domain_2_4.svbin", "filters_2_4.svbin"] if dovecot_release() >= (2, 4) else ["filters.svbin"]
        self.assertEqual(sorted(os.listdir(f"{home}/.sieve-bin")), names)
        self.assertEqual(len([line for line in self.statements(user) if "SELECT script" in line]), len(names))
        self.assertEqual(len([line for line in self.statements(user) if "SELECT id" in line]), 3 * 3)
        self.assertEqual(os.listdir(home).count("sieve"), 0)
        with self.server.imap(user) as client:
            self.assertEqual(sorted(line.split()[-1] for line in client.list()[1]), [b"INBOX", b"Spam"])
        self.admin(f"UPDATE filters SET folder = 'Junk' WHERE email = '{user}'")
        self.filed(user, f"changed at {domain}", "Junk", headers=SPAM)
        self.assertEqual(len([line for line in self.statements(user) if "SELECT script" in line]), len(names) + 1)
        # The binary is a cache and nothing else.
        shutil.rmtree(f"{home}/.sieve-bin")
        self.filed(user, f"lost at {domain}", "Junk", headers=SPAM)
        self.server.sql("ALTER SYSTEM RESET log_statement; SELECT pg_reload_conf()")

    @by_both
    def test_nothing_is_said_where_there_is_nothing(self, domain):
        user = f"quiet@{domain}"
        self.filed(user, f"quiet at {domain}", "INBOX")
        said = [line for path in (self.server.lda_log, self.server.dovecot_log) for line in read_lines(path)
                if f"lmtp({user})" in line or f"lda({user})" in line]
        self.assertIn([line.rpartition(": ")[2] for line in said], (["saved mail to INBOX"], ["stored mail into mailbox 'INBOX'"]))


class Order(SieveCase):
    """all, domain, filters, and the personal script; each files what is marked with its letter."""

    users = ["bob", "ann"]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.script(None, "every user's", cls.filing("a", "All"))
        cls.call("file_from", "*", "x@filter.test", "Filter")
        cls.call("file_spam", "*", "Spam of all")

    @staticmethod
    def filing(letter, folder):
        return f'require ["fileinto", "mailbox"]; if header :contains "x-for" "{letter}" {{ fileinto :create "{folder}"; }} stop;'

    @by_both
    def test_order(self, domain):
        user = f"bob@{domain}"
        self.script(domain, "everybody's", self.filing("d", "Domain"))
        self.write_sieve(user, self.filing("p", "Personal"))
        for letters, sender, folder in (("adp", "x@filter.test", "All"), ("dp", "x@filter.test", "Domain"), ("p", "x@filter.test", "Filter"),
                                        ("p", "y@filter.test", "Personal"), ("none", "y@filter.test", "INBOX")):
            self.filed(user, f"{letters} from {sender} at {domain}", folder, sender=sender, headers={"X-For": letters})
        # A script that is changed, or goes.
        self.admin(f"UPDATE sieve_scripts SET script = {sql(self.filing('d', 'Other'))} WHERE owner = '{domain}'")
        self.filed(user, f"other at {domain}", "Other", headers={"X-For": "dp"})
        self.call("activate_sieve_script", domain, None)
        self.filed(user, f"no domain at {domain}", "Personal", headers={"X-For": "dp"})

    @by_both
    def test_spam_of_the_nearest(self, domain):
        ann, bob = f"ann@{domain}", f"bob@{domain}"
        self.filed(ann, f"spam of all at {domain}", "Spam of all", headers=SPAM)
        self.call("file_spam", domain, "Spam of the domain")
        self.call("file_spam", bob, "Spam of his own")
        self.filed(ann, f"spam of the domain at {domain}", "Spam of the domain", headers=SPAM)
        self.filed(bob, f"spam of his own at {domain}", "Spam of his own", headers=SPAM)


class PersonalFromDatabase(SieveCase):
    """settings.sieve_personal = 'database'"""

    users = "none own inc manage".split()
    settings = "sieve_personal = 'database'"
    dovecot_conf = configuration("sieve-default.conf")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with open(f"{cls.server.sieve_dir}/default.sieve", "w") as f:
            f.write('require ["fileinto", "mailbox"];\nfileinto :create "Default";\n')
        cls.server.compile_sieve("default.sieve")

    @by_both
    def test_default(self, domain):
        """Who has no script has the default one, as soon as there is none, and no longer."""
        user = f"none@{domain}"
        self.filed(user, f"default at {domain}", "Default")
        self.script(None, "mine", 'require ["fileinto", "mailbox"]; fileinto :create "Mine";', user=user)
        self.filed(user, f"mine at {domain}", "Mine")
        self.call("activate_sieve_script", user, None)
        self.filed(user, f"default again at {domain}", "Default")

    @by_both
    def test_scripts_and_filters(self, domain):
        user = f"own@{domain}"
        self.call("file_from", user, "x@filter.test", "Filter")
        self.script(None, "one", 'require ["fileinto", "mailbox"];\r\n# two lines\r\nfileinto :create "One \\"1\\"";\r\n', user=user)
        self.admin(f"INSERT INTO sieve_scripts (email, name, script, active) VALUES ('{user}', 'two', 'keep;', false)")
        self.filed(user, f"filter at {domain}", "Filter", sender="x@filter.test")
        self.put(user, f"one at {domain}")
        self.assertEqual(["One" in path for path in self.server.file_of(f"one at {domain}")], [True])
        self.call("activate_sieve_script", user, "two")
        self.filed(user, f"two at {domain}", "INBOX")

    @by_both
    def test_include(self, domain):
        user = f"inc@{domain}"
        self.admin(f"""INSERT INTO sieve_scripts (email, name, script, active) VALUES
            ('{user}', 'part one', 'require ["fileinto", "mailbox"]; fileinto :create "Part";', false),
            ('{user}', 'main', 'require "include"; include :personal "part one";', true)""")
        self.filed(user, f"part at {domain}", "Part")
        self.admin(f"UPDATE sieve_scripts SET script = 'keep;' WHERE email = '{user}' AND name = 'part one'")
        self.filed(user, f"part changed at {domain}", "INBOX")

    def test_managesieve_is_off(self):
        """It would have nowhere to write, and so nobody is let in who thinks that he has written."""
        with self.assertRaises(ConnectionRefusedError), self.server.managesieve("own@example.com"):
            pass


class FromFiles(SieveCase):
    """A Dovecot that reads what mailstack-sieve writes."""

    users = ["bob", "ann"]
    dovecot_conf = configuration("sieve-files.conf")

    def write(self):
        """As cron would."""
        done = subprocess.run([os.path.join(HERE, "..", "..", "bin", "mailstack-sieve"), "-c", f"{self.server.dovecot}/etc/dovecot.conf",
                               self.server.sieve_dir, "-U", "postgres", "-d", "mail"], env={**os.environ, **self.server.postgres.environment()},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
        self.assertEqual(done.returncode, 0, done.stdout)

    @by_both
    def test_files(self, domain):
        bob, ann = f"bob@{domain}", f"ann@{domain}"
        self.filed(bob, f"before at {domain}", "INBOX", headers=SPAM)
        self.call("file_spam", domain)
        self.call("file_from", bob, "x@filter.test", "Filter")
        self.script(domain, "ours", Order.filing("d", "Domain"))
        self.write()
        self.filed(bob, f"spam at {domain}", "Spam", headers=SPAM)
        self.filed(bob, f"filter at {domain}", "Filter", sender="x@filter.test")
        self.filed(ann, f"not hers at {domain}", "INBOX", sender="x@filter.test")
        self.filed(ann, f"domain at {domain}", "Domain", headers={"X-For": "d", **SPAM})
        self.admin(f"UPDATE filters SET folder = 'New' WHERE owner = '{bob}'")
        self.write()
        self.filed(bob, f"new at {domain}", "New", sender="x@filter.test")
        self.admin(f"DELETE FROM filters WHERE domain = '{domain}'")
        self.write()
        self.filed(bob, f"none at {domain}", "INBOX", sender="x@filter.test", headers=SPAM)
