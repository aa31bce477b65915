#!/usr/bin/env python3
"""One row in PostgreSQL moves the mail of a domain from Postfix's virtual to Dovecot: shown with real mail.

    test/mail/demo.py            plays the story and stops everything; KEEP=1 leaves the servers up
    test/mail/demo.py stop DIR   stops servers that were left up
"""

import os
import sys
import textwrap

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "harness"))
import process  # noqa: E402
from mail import MailServer  # noqa: E402
from postgres import stop_on_signals  # noqa: E402

BOB = "bob@example.com"
PASSWORD = "secret"
LMTP = "lmtp:unix:private/dovecot-lmtp"


class NotSo(Exception):
    """A step of the story did not come out as told."""


# --- What a person sees ---------------------------------------------------------------------------------------------

COLOURS = {"title": "1;34", "ok": "32", "typed": "1", "faint": "2", "bad": "1;31"}


def paint(style, text):
    return f"\033[{COLOURS[style]}m{text}\033[0m" if sys.stdout.isatty() else text


def say(text=""):
    print(textwrap.indent(text, "  "), flush=True)


def title(text):
    print(f"\n{paint('title', text)}", flush=True)


def found(text):
    say(f"{paint('ok', 'ok')}  {text}")


def check(condition, text):
    if not condition:
        raise NotSo(text)
    found(text)


def prompt(text):
    first, *rest = textwrap.dedent(text).strip().splitlines()
    say("\n".join(paint("typed", line) for line in [f"mail=# {first}", *(f"mail-# {line}" for line in rest)]))


def table(rows):
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    return "\n".join([lines[0], "-+-".join("-" * width for width in widths), *lines[1:]])


# --- The story ------------------------------------------------------------------------------------------------------

class Story:
    def __init__(self, server):
        self.server = server
        self.sent = []

    def play(self):
        self.create()
        self.fill()
        self.first_mail()
        self.switch()
        self.filter()
        self.third_transport()
        self.revert()
        self.read_all()
        self.diagnose()

    def create(self):
        title("1. A database, and the two daemons that ask it")
        self.server.start_database()
        script = self.server.database_script()
        for statement in script.split(";\n")[:3]:
            prompt(without_comments(statement) + ";")
        say(paint("faint", "        ... and a login role each for postfix and dovecot, which may call their lookups and read no table"))
        self.server.sql(script)
        self.server.start_daemons()
        self.masters = self.master_pids()
        found(f"Postfix listens on 127.0.0.1:{self.server.smtp_port}, Dovecot's IMAP on 127.0.0.1:{self.server.imap_port}")

    def fill(self):
        title("2. A domain, two users, two aliases")
        # The hash fills a line and tells nobody anything.
        hashed = self.server.doveadm("pw", "-s", "SHA512-CRYPT", "-p", PASSWORD).stdout.strip()
        for text in ("INSERT INTO mailstack.domains (domain) VALUES ('Example.COM')",
                     "INSERT INTO mailstack.users (email, password) VALUES ('Bob@Example.COM', '{SHA512-CRYPT}$6$...')",
                     "INSERT INTO mailstack.users (email, password) VALUES ('alice@example.com', '{SHA512-CRYPT}$6$...')",
                     "INSERT INTO mailstack.aliases (alias, email) VALUES ('info@example.com', 'bob@example.com'), ('postmaster@example.com', 'alice@example.com')"):
            prompt(text + ";")
            self.server.sql(text.replace("{SHA512-CRYPT}$6$...", hashed))
        rows = self.ask("SELECT email, maildir, mailstack.home_path(email) AS home, uid, gid FROM mailstack.users ORDER BY email")
        home = f"{self.server.mail_root}/example.com/bob/"
        check(rows[-1][:3] == (BOB, "example.com/bob/", home), "the addresses are in one spelling, and the homes have their slashes")
        mailbox = self.server.postmap_q("virtual_mailbox_maps", BOB)
        userdb = self.server.doveadm_user(BOB) or {}
        say(paint("typed", f"$ postmap -q {BOB} virtual_mailbox_maps") + f"\n{mailbox}")
        # 2.4 says it in full.
        mail = "mail" if "mail" in userdb else "mail_path"
        say(paint("typed", f"$ doveadm user {BOB}") + f"\nhome {userdb.get('home')}  {mail} {userdb.get(mail)}")
        agreed = (userdb.get("home") == home and userdb.get(mail) in ("maildir:~/Maildir/", f"{home}/Maildir")
                  and mailbox == "example.com/bob/Maildir/")
        check(agreed, "Postfix and Dovecot are told the same place")

    def first_mail(self):
        title("3. Mail, delivered by Postfix's virtual(8)")
        self.mail("anna@elsewhere.test", "info@example.com", "Delivered by virtual", by="virtual")

    def switch(self):
        title("4. The switch to Dovecot's LDA: one row")
        self.refused("SELECT * FROM mailstack.switch_transport('example.com', 'DOVECOT')")
        self.ask("SELECT * FROM mailstack.preview_transport('example.com', 'dovecot')")
        self.change("SELECT * FROM mailstack.switch_transport('example.com', 'dovecot')", "virtual", "dovecot")
        self.mail("carl@elsewhere.test", "Info+News@Example.COM", "Delivered by the LDA", by="dovecot")
        check(self.master_pids() == self.masters and "reload" not in self.server.read_log(),
              "Postfix and Dovecot were neither restarted nor reloaded")

    def filter(self):
        title("5. What the LDA is for: filters on the server")
        self.ask("SELECT mailstack.file_spam('*')")
        self.ask("SELECT mailstack.file_from('example.com', 'tim@example.net', 'Shisaa')")
        prompt(f"SELECT mailstack.sieve_source('{BOB}');")
        say(paint("faint", self.server.sql(f"SELECT mailstack.sieve_source('{BOB}')")[0][0].strip()))
        self.mail("shop@elsewhere.test", BOB, "Cheap watches", by="dovecot", folder="Spam", headers={"X-Spam-Flag": "YES"})
        self.mail("tim@example.net", BOB, "About part 5", by="dovecot", folder="Shisaa")

    def third_transport(self):
        title("6. A third transport: Dovecot's LMTP")
        self.change(f"SELECT * FROM mailstack.switch_transport('example.com', '{LMTP}')", "dovecot", LMTP)
        self.mail("dora@elsewhere.test", BOB, "Delivered by LMTP", by="mail.example.com[private/dovecot-lmtp]")

    def revert(self):
        title("7. And back")
        self.change("SELECT * FROM mailstack.revert_transport('example.com')", LMTP, "dovecot")
        self.mail("emil@elsewhere.test", BOB, "Delivered by the LDA again", by="dovecot")
        rows = self.ask("SELECT domain, from_transport, to_transport, changed_by FROM mailstack.transport_changes ORDER BY id")
        check([row[1:3] for row in rows] == [("virtual", "dovecot"), ("dovecot", LMTP), (LMTP, "dovecot")],
              "every change is in the log")

    def read_all(self):
        title("8. Bob reads his mail over IMAP")
        self.server.wait_queue_empty()
        for folder in ("INBOX", "Spam", "Shisaa"):
            subjects = self.server.subjects(BOB, folder)
            say("\n".join([paint("typed", folder), *(f"    {subject}" for subject in subjects)]))
            check(sorted(subjects) == sorted(s for f, s in self.sent if f == folder), f"all that was sent is in {folder}, once")
        check(self.server.subjects("alice@example.com") == [], "and nothing of it is in alice's")
        check(not self.server.outages(), "no question of a daemon ended in an error")

    def diagnose(self):
        title("9. What is wrong here?")
        # The clock is that of the machine, which may have nothing that keeps it right.
        rows = self.ask("SELECT severity, object, finding FROM mailstack.diagnose() WHERE object <> 'the clock'")
        check(not rows, "nothing, says mailstack")

    # --- How a step is done ---------------------------------------------------------------------------------------

    def ask(self, text):
        prompt(text + ";")
        rows = self.server.postgres.sql(text, header=True)
        say(table(rows))
        return rows[1:]

    def refused(self, text):
        prompt(text + ";")
        try:
            self.server.sql(text)
        except process.HarnessError as e:
            say(str(e).removeprefix("psql:<stdin>:1: "))
            found("refused: Postfix would have taken the mail and deferred it for ever")
            return
        raise NotSo(f"{text} was not refused")

    def change(self, text, before, after):
        (row,) = self.ask(text)
        check(row == (before, after, "", "t"), f"example.com goes from {before} to {after}")

    def mail(self, sender, rcpt, subject, by, folder="INBOX", headers=None):
        server = self.server
        say(f'{paint("typed", "mail")}  "{subject}" from {sender} to {rcpt}' + "".join(f", {k}: {v}" for k, v in (headers or {}).items()))
        queue_id = server.send(sender, [rcpt], subject, headers)
        delivery = server.delivery(queue_id)
        check((delivery["relay"], delivery["status"]) == (by, "sent"),
              f"delivered by {delivery['relay']} to {delivery['to']}: {delivery['text']}")
        message = server.wait_for_message(BOB, subject, folder, PASSWORD)
        files = server.file_of(subject)
        inside = "Maildir/" if folder == "INBOX" else f"Maildir/.{folder}/"
        home = f"{server.mail_root}/example.com/bob/"
        check(len(files) == 1 and files[0].startswith(home + inside), f"the file: {', '.join(files) or 'none'}")
        check(message["Return-Path"] == f"<{sender}>", f"over IMAP: folder {folder}, Delivered-To: {message['Delivered-To']}")
        self.sent.append((folder, subject))

    def master_pids(self):
        return [process.read_pid(f"{self.server.postfix}/spool/pid/master.pid"), process.read_pid(f"{self.server.dovecot}/run/master.pid")]


def without_comments(text):
    return "\n".join(line for line in text.splitlines() if line and not line.startswith("--"))


def how_to_reach(server):
    pg = server.postgres
    title("The servers stay up")
    say(textwrap.dedent(f"""\
        psql         psql -h {pg.socket_dir} -p {pg.port} -U postgres mail
        SMTP         127.0.0.1 port {server.smtp_port}
        submission   127.0.0.1 port {server.submission_port}, with the same logins as IMAP
        IMAP         127.0.0.1 port {server.imap_port}, login {BOB} or alice@example.com, password {PASSWORD}
        ManageSieve  127.0.0.1 port {server.sieve_port}
        postmap      postmap -c {server.postfix}/etc -q {BOB} pgsql:{server.postfix}/etc/mailstack/virtual_mailbox_maps.cf
        doveadm      doveadm -c {server.dovecot}/etc/dovecot.conf user '*'
        logs         {server.logs}/
        stop         {os.path.relpath(os.path.abspath(__file__))} stop {server.directory}"""))


def stop(server):
    server.stop()
    left = process.using(server.directory)
    if left:
        raise NotSo(f"processes are left: {left}")
    server.close()


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "stop":
        stop(MailServer.at(arguments[1]))
        return
    if arguments:
        sys.exit(__doc__)
    stop_on_signals()
    keep = os.environ.get("KEEP", "") not in ("", "0")
    server = MailServer()
    try:
        Story(server).play()
        if keep:
            how_to_reach(server)
            return
        title("10. Everything is stopped")
        stop(server)
        found("no process is left")
    except (NotSo, process.HarnessError):
        say(server.log_tails())
        raise
    finally:
        if not keep or sys.exc_info()[0]:
            server.close()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (NotSo, process.HarnessError) as e:
        sys.exit(f"\n{paint('bad', 'not so:')} {e}")
    except KeyboardInterrupt:
        sys.exit(130)
