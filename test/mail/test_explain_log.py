"""What explain_log() says of the daemons' own lines: each known problem is made to happen, its line is read from the log, and what is
said to mend it does.
"""

import contextlib
import imaplib
import os
import re
import subprocess
import tempfile
import time
import unittest

from mail import read_lines, run, version_of
from mailcase import MailCase
from process import HarnessError, wait_until
from worlds import quote

STATEMENT = re.compile(r"INSERT .*?'\)|(?:UPDATE|DELETE) [^;]*|SELECT .*?'(?:\)|(?= shows))")


class LogCase(MailCase):
    def line(self, log, words):
        """The last line with these words in it."""
        return wait_until(lambda: [line for line in read_lines(log) if words in line], 40, lambda: f"'{words}' in {log}\n{self.server.log_tails()}")[-1]

    def assert_explained(self, log, words, problem, meaning, remedy):
        """What is said of the line: a problem of that name, with this in its meaning and that in its remedy; the remedy."""
        line = self.line(log, words)
        rows = self.server.sql(f"SELECT * FROM mailstack.explain_log({quote(line)})")
        self.assertEqual([row[0] for row in rows], [problem], line)
        self.assertIn(meaning, rows[0][1], line)
        self.assertIn(remedy, rows[0][2], line)
        return rows[0][2]

    def do(self, remedy):
        """The first statement that it tells, typed by somebody who has not our search_path."""
        return self.server.sql(STATEMENT.search(remedy)[0])

    def reload_postfix(self):
        run(["postfix", "-c", f"{self.server.postfix}/etc", "reload"])


class WhatPostfixSays(LogCase):
    options = {"main_cf": "virtual_alias_expansion_limit = 2"}
    sql = """
        INSERT INTO domains (domain) VALUES ('example.com'), ('gone.example'), ('lmtp.example'), ('lda.example');
        INSERT INTO transport_services (service) VALUES ('nowhere');
        UPDATE domains SET transport = 'nowhere' WHERE domain = 'gone.example';
        UPDATE domains SET transport = 'lmtp:unix:private/dovecot-lmtp' WHERE domain = 'lmtp.example';
        UPDATE domains SET transport = 'dovecot' WHERE domain = 'lda.example';
        INSERT INTO users (email, password) SELECT u, :'secret' FROM unnest(ARRAY['bob@example.com', 'ann@example.com', 'cy@example.com',
            'old@example.com', 'gone@example.com', 'full@example.com', 'bob@gone.example', 'bob@lmtp.example', 'full@lmtp.example', 'full@lda.example']) AS u;
        UPDATE users SET active = false, suspended_reason = 'phished' WHERE email = 'gone@example.com';
        UPDATE users SET quota_bytes = 1000 WHERE email IN ('full@example.com', 'full@lmtp.example', 'full@lda.example');
        INSERT INTO dovecot_quota VALUES ('full@example.com', 1000, 1);
        INSERT INTO relocated (email, new_email) VALUES ('old@example.com', 'new@far.example');
        INSERT INTO aliases (alias, email) SELECT 'all@example.com', u FROM unnest(ARRAY['bob@example.com', 'ann@example.com', 'cy@example.com']) AS u;
    """

    def explained(self, *arguments):
        return self.assert_explained(self.server.postfix_log, *arguments)

    def test_transport_that_master_cf_lacks(self):
        self.server.send("a@elsewhere.test", ["bob@gone.example"], "to nowhere")
        self.explained("connect to transport private/nowhere", "mail transport unavailable", "no service nowhere", "mailstack.revert_transport(")
        remedy = self.explained("to=<bob@gone.example>", "mail transport unavailable", "bob@gone.example", "mailstack.revert_transport('gone.example')")
        self.assertIn("nowhere", [transport for transport, _ in self.do(remedy)])
        self.server.sql("SELECT * FROM mailstack.revert_transport('gone.example')")
        self.server.wait_for_message("bob@gone.example", "to nowhere", seconds=60)

    def test_dovecot_is_stopped(self):
        self.server.stop_dovecot()
        self.addCleanup(self.server.start_dovecot)
        self.server.send("a@elsewhere.test", ["bob@lmtp.example"], "to nobody's socket")
        for words in ("connect to mail.example.com[private/dovecot-lmtp]", "to=<bob@lmtp.example>"):
            self.explained(words, "mail transport unavailable", "socket private/dovecot-lmtp", "Start Dovecot.")

    def test_maildir_of_somebody_else(self):
        home = f"{self.server.mail_root}/example.com/cy"
        os.makedirs(f"{home}/Maildir/tmp", mode=0o700)
        os.chmod(home, 0o700)
        self.server.send("a@elsewhere.test", ["cy+x@example.com"], "to root's")
        remedy = self.explained("to=<cy+x@example.com>", "maildir not writable", "Permission denied", "chown -R")
        ((path, uid, gid),) = self.do(remedy)
        self.assertEqual(path, f"{home}/")
        run(["chown", "-R", f"{uid}:{gid}", path])
        run(["postqueue", "-c", f"{self.server.postfix}/etc", "-f"])
        self.server.wait_for_message("cy@example.com", "to root's", seconds=60)

    def test_unknown(self):
        self.assert_refused("nobody@example.com")
        self.do(self.explained("<nobody@example.com>: ", "user unknown", "no mailbox, alias, role address or catch-all of example.com", "mailstack.route('nobody@example.com')"))
        self.assert_accepted("nobody@example.com")

    def test_suspended(self):
        self.assert_refused("gone+x@example.com")
        self.do(self.explained("<gone+x@example.com>: ", "user unknown", "suspended: active = false (phished)", "SET active = true WHERE email::text = 'gone@example.com'"))
        self.assert_accepted("gone+x@example.com")

    def test_not_hosted(self):
        self.assert_refused("x@new.example", 554)
        self.do(self.explained("<x@new.example>: ", "relay access denied", "not hosted here", "INSERT INTO mailstack.domains(domain) VALUES ('new.example')"))
        # smtpd knows what it was told of x for a while.
        self.assert_refused("y@new.example", 550)
        self.do(self.explained("<y@new.example>: Recipient address rejected", "user unknown", "Now it is refused", "INSERT INTO mailstack.users"))
        self.assert_accepted("y@new.example")

    def test_more_than_postfix_expands(self):
        with self.assertRaises(Exception) as refused:
            self.server.send("a@elsewhere.test", ["all@example.com"], "to all")
        self.assertEqual(refused.exception.code, 451)
        self.explained("unreasonable", "alias expansion", "all@example.com", "virtual_alias_expansion_limit")
        run(["postconf", "-c", f"{self.server.postfix}/etc", "-e", "virtual_alias_expansion_limit = 1000"])
        self.reload_postfix()
        self.deliver("all@example.com", "to all", "bob@example.com", "ann@example.com", "cy@example.com")

    def test_moved(self):
        self.assert_refused("old@example.com")
        self.do(self.explained("<old@example.com>: ", "address moved", "relocated", "DELETE FROM mailstack.relocated WHERE email::text = 'old@example.com'"))
        self.assert_accepted("old@example.com")

    def test_full_for_postfix(self):
        self.assert_refused("full+x@example.com", 452)
        remedy = self.explained("<full+x@example.com>: ", "mailbox full", "1000 bytes of 1000 bytes", "UPDATE mailstack.users SET quota_bytes = ... WHERE email::text = 'full@example.com'")
        self.assertEqual(self.do(remedy)[0][0], "full@example.com")
        self.admin("UPDATE mailstack.users SET quota_bytes = 100000 WHERE email = 'full@example.com'")
        self.assert_accepted("full+x@example.com")

    @unittest.skipUnless(version_of("dovecot") == "2.3", "Dovecot 2.4 lets a mailbox be over its quota by 10 MB")
    def test_full_for_dovecot(self):
        for domain, log, name in (("lmtp.example", self.server.dovecot_log, "lmtp"), ("lda.example", self.server.lda_log, "lda")):
            user = f"full@{domain}"
            self.server.send(f"{domain}@elsewhere.test", [user], f"too large for {domain}", body="x" * 3000 + "\n")
            self.assert_explained(log, f"{name}({user})", "mailbox full", user, f"WHERE email::text = '{user}'")
            if name == "lmtp":
                self.explained(f"to=<{user}>", "mailbox full", user, f"WHERE email::text = '{user}'")
            self.admin(f"UPDATE mailstack.users SET quota_bytes = 100000 WHERE email = '{user}'")
            self.server.wait_for_message(user, f"too large for {domain}", seconds=40)

    def test_sender_of_another(self):
        def ask():
            with self.server.submission("bob@example.com") as client:
                client.mail("ann@example.com")
                return client.rcpt("cy@example.com")[0]

        self.assertEqual(ask(), 553)
        self.do(self.explained("not owned by user", "sender not owned", "bob@example.com has logged in and writes as ann@example.com", "mailstack.sender_logins"))
        self.assertEqual(ask(), 250)

    def test_wrong_password(self):
        with self.assertRaises(imaplib.IMAP4.error), self.server.imap("bob@example.com", "wrong"):
            pass
        with self.assertRaises(Exception), self.server.submission("bob@example.com", "wrong"):
            pass
        with self.assertRaises(imaplib.IMAP4.error), self.server.imap("nix@example.com"):
            pass
        for log, words, meaning, remedy in (
                (self.server.dovecot_log, "Password mismatch", "password was not the one of bob@example.com", "mailstack.set_password('bob@example.com'"),
                (self.server.dovecot_log, "user=<bob@example.com>", "to imap from 127.0.0.1", "explain_login('bob@example.com', 'imap', '127.0.0.1')"),
                (self.server.dovecot_log, "unknown user", "no login for nix@example.com", "explain_login('nix@example.com')"),
                (self.server.postfix_log, "SASL PLAIN", "bob@example.com did not get in to hand in mail", "explain_login('bob@example.com', 'smtp')")):
            with self.subTest(words):
                said = self.do(self.assert_explained(log, words, "login failed", meaning, remedy))
                self.assertEqual(said[-1][1], "no" if "nix" in meaning else "yes", "explain_login() takes the right password for granted")

    def test_mail_that_arrives(self):
        """Such lines tell of no problem."""
        self.server.send("arrives@elsewhere.test", ["bob@example.com"], "arrives")
        self.server.wait_for_message("bob@example.com", "arrives")
        for words in ("status=sent", "queue active", "connect from", "daemon started"):
            self.assertEqual(self.server.sql(f"SELECT * FROM mailstack.explain_log({quote(self.line(self.server.postfix_log, words))})"), [])
        self.assertEqual(self.server.sql(f"SELECT * FROM mailstack.explain_log({quote(self.line(self.server.dovecot_log, 'user=<bob@example.com>, method='))})"), [])


OLD = version_of("dovecot") == "2.3"


class WhatDovecotSays(LogCase):
    """Dovecot asks functions that say the wrong thing of each user."""

    # A user's own path to the script, and where his mail is, as a userdb calls them.
    SIEVE, MAIL = ("sieve", "mail") if OLD else ('"sieve_script/personal/path"', "mail_path")
    options = {"dovecot_conf": "first_valid_gid = 5" + ("\nmail_location =" if OLD else "")}
    sql = f"""
        CREATE FUNCTION public.misled(name text) RETURNS TABLE (home text, uid integer, gid integer, {MAIL} text, mail_driver text, {SIEVE} text) LANGUAGE sql SECURITY DEFINER AS $$
            SELECT CASE WHEN name LIKE 'relative@%' THEN 'mail/' || name ELSE home END, CASE WHEN name LIKE 'low@%' THEN 50 ELSE uid END, CASE WHEN name LIKE 'lowgid@%' THEN 4 ELSE gid END,
                CASE WHEN name NOT LIKE 'nomail@%' THEN {MAIL} END, CASE WHEN name NOT LIKE 'nomail@%' THEN 'maildir' END, CASE WHEN name LIKE 'path@%' THEN '~/' END
            FROM mailstack.{"dovecot_userdb" if OLD else "dovecot_userdb_2_4"}(name) WHERE name NOT LIKE 'lost@%' $$;
        CREATE FUNCTION public.misled(name text, service text) RETURNS TABLE ("user" text, password text, userdb_home text, userdb_uid integer, userdb_gid integer, userdb_{MAIL} text)
            LANGUAGE sql SECURITY DEFINER AS $$
            SELECT name, p.password, u.home, u.uid, u.gid, u.{MAIL}
            FROM mailstack.dovecot_passdb(name, service) p, public.misled(name) u, generate_series(1, CASE WHEN name LIKE 'twice@%' THEN 2 ELSE 1 END) $$;
        INSERT INTO domains (domain, transport) VALUES ('lda.example', 'dovecot'), ('lmtp.example', 'lmtp:unix:private/dovecot-lmtp');
        INSERT INTO users (email, password) SELECT n || '@' || d, :'secret' FROM unnest(string_to_array('relative low lowgid nomail path twice broken lost bob', ' ')) n, unnest(ARRAY['lda.example', 'lmtp.example']) d;
    """
    DELIVERED_BY = {"lda.example": "lda_log", "lmtp.example": "dovecot_log"}

    def is_expected(self, line):
        return True

    def edit(self, name, change):
        """Changes a configuration file of Dovecot, which reads it again; what it was before."""
        path = f"{self.server.dovecot}/etc/{name}"
        with open(path) as f:
            before = f.read()
        with open(path, "w") as f:
            f.write(change(before))
        self.server.doveadm("reload")
        return before

    def explained(self, *arguments):
        return self.assert_explained(self.server.dovecot_log, *arguments)

    def explained_by_both(self, words, *arguments):
        for log in (self.server.lda_log, self.server.dovecot_log):
            remedy = self.assert_explained(log, words, *arguments)
        return remedy

    def send_to(self, *names):
        for domain in self.DELIVERED_BY:
            for name in names:
                self.server.send(f"{name}@elsewhere.test", [f"{name}@{domain}"], f"for {name}")

    def wait_for(self, *names):
        for domain in self.DELIVERED_BY:
            for name in names:
                self.server.wait_for_message(f"{name}@{domain}", f"for {name}", seconds=60)

    def test_queries_that_are_not_ours(self):
        queries = "mailstack/sql.conf.ext" if OLD else "dovecot.conf"
        ours = self.edit(queries, lambda text: re.sub(r"mailstack\.dovecot_(passdb|userdb)(_2_4)?\(|^mail_(driver|path) =.*",
                                                      lambda found: "public.misled(" if "dovecot" in found[0] else "", text, flags=re.M))
        self.addCleanup(self.edit, queries, lambda text: ours)
        wait_until(lambda: self.server.doveadm_user("lost@lda.example") is None, 20, "Dovecot to ask the other functions")
        self.send_to("relative", "low", "lowgid", "nomail", "path", "lost")
        self.explained_by_both("Relative home", "relative home", "mail/relative@", "mailstack.dovecot_userdb('%u')")
        remedy = self.explained_by_both("with UID 50", "uid not permitted", "uid 50", "UPDATE mailstack.settings SET first_valid_uid")
        self.assertIn("SELECT email FROM mailstack.users WHERE uid = 50", remedy)
        remedy = self.explained_by_both("with GID 4 ", "gid not permitted", "gid 4:", "UPDATE mailstack.settings SET first_valid_gid")
        self.assertIn("SELECT email FROM mailstack.users WHERE gid = 4", remedy)
        self.explained_by_both("autodetection failed", "no mail location", "where in the home", "mailstack.dovecot_userdb('%u')")
        if OLD:
            # 2.4 takes a directory for the place of scripts, of which none is active.
            self.explained_by_both("must include the filename", "sieve path", "/path//", "doc/sieve.md")
        self.explained("(lost@lda.example", "user unknown", "Now its mail is taken", "mailstack.dovecot_userdb('%u')")
        for words in ("to=<lost@lda.example>", "to=<lost@lmtp.example>"):
            self.assert_explained(self.server.postfix_log, words, "user unknown", "Now its mail is taken", "mailstack.route('lost@")
        with self.assertRaises(imaplib.IMAP4.error), self.server.imap("twice@lda.example"):
            pass
        self.explained("multiple matches", "multiple matches", "more than one row", "mailstack.dovecot_passdb('%u', '%s')")
        # The one remedy for all of them; and who has no mail location at all gets that back, too.
        self.edit(queries, lambda text: ours)
        self.wait_for("relative", "low", "lowgid", "nomail", "path")
        self.assertEqual(self.server.subjects("twice@lda.example"), [])

    def test_script_that_does_not_compile(self):
        script = 'require "fileinto";\nfileintoo "x";\n'
        for domain, log in self.DELIVERED_BY.items():
            user = f"broken@{domain}"
            self.write_sieve(user, script)
            self.server.send("a@elsewhere.test", [user], "broken")
            self.server.wait_for_message(user, "broken")
            own_log = f"{self.server.mail_root}/{domain}/broken/.dovecot.sieve.log"
            self.assert_explained(getattr(self.server, log), own_log, "sieve script", ".dovecot", f"{own_log} has the place")
            self.assert_explained(own_log, "line 2: error", "sieve script", "Line 2 ", "mailstack.sieve_check(")
        self.assertIn("fileintoo", str(self.server.sql(f"SELECT * FROM mailstack.sieve_check({quote(script)})")))

    def test_userdb_for_logins_alone(self):
        ours = self.edit("dovecot.conf", lambda text: re.sub(r"userdb \{\n  driver = sql\n.*?\n\}\n" if OLD else r"\nuserdb sql \{\n.*?\n\}\n", "\n", text, flags=re.S))
        self.addCleanup(self.edit, "dovecot.conf", lambda text: ours)
        self.server.doveadm("user", "bob@lda.example", check=False)
        self.send_to("bob")
        self.explained("only userdb prefetch", "only userdb prefetch", "the LDA and LMTP find no user", "mailstack.dovecot_userdb('%u')")
        self.assert_explained(self.server.lda_log, "lookup failed", "table lookup problem", "no answer", "explain that one")
        self.edit("dovecot.conf", lambda text: ours)
        self.wait_for("bob")


# Takes the seconds that stand in a file from the clock.
CLOCK = r"""
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long set_back(void)
{
	long seconds = 0;
	FILE *f = fopen(SET_BACK, "r");

	if (f != NULL)
	{
		if (fscanf(f, "%ld", &seconds) != 1)
			seconds = 0;
		fclose(f);
	}
	return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = syscall(SYS_clock_gettime, clock, now);

	if (result == 0 && clock == CLOCK_REALTIME)
		now->tv_sec -= set_back();
	return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec precise;

	clock_gettime(CLOCK_REALTIME, &precise);
	now->tv_sec = precise.tv_sec;
	now->tv_usec = precise.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *now)
{
	struct timespec precise;

	clock_gettime(CLOCK_REALTIME, &precise);
	if (now != NULL)
		*now = precise.tv_sec;
	return precise.tv_sec;
}
"""


class TheClock(LogCase):
    """A file sets back the clock of Postfix and of single processes of Dovecot."""

    sql = """
        INSERT INTO domains (domain) VALUES ('example.com');
        INSERT INTO users (email, password) VALUES ('bob@example.com', :'secret');
    """

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        os.chmod(directory.name, 0o755)
        cls.file = f"{directory.name}/set-back"
        library = f"{directory.name}/clock.so"
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", f'-DSET_BACK="{cls.file}"', "-x", "c", "-", "-o", library], input=CLOCK, encoding="utf-8", check=True)
        cls.library = library
        # Postfix's daemons have that clock, too.
        imported = run(["postconf", "-hd", "import_environment"]).stdout.strip()
        cls.options = {"main_cf": f"import_environment = {imported} LD_PRELOAD={library}", "dovecot_conf": f"service imap {{\n  executable = /usr/bin/env LD_PRELOAD={library} /usr/lib/dovecot/imap\n}}"}
        super().setUpClass()

    def is_expected(self, line):
        """Now and then a clock that goes back once more meets an assertion of Dovecot's own loop."""
        return "Time " in line or re.search(r"imap.*(Panic: file ioloop\.c|Raw backtrace|killed with signal 6)", line)

    def set_back(self, seconds):
        with open(self.file, "w") as f:
            f.write(f"{seconds}\n")

    def session(self, step, words):
        """Uses IMAP while its clock goes back by the step, and by it again: while the process starts it looks at no clock before."""
        self.addCleanup(self.set_back, 0)
        with self.server.imap("bob@example.com") as client:
            for seconds in range(step, 10 * step, step):
                self.set_back(seconds)
                client.noop()
                if any(words in line for line in read_lines(self.server.dovecot_log)):
                    return

    def test_seconds(self):
        for _ in range(3):
            with contextlib.suppress(imaplib.IMAP4.abort, OSError):
                self.session(2, "sleep now")
            self.set_back(0)
            if any("sleep now" in line for line in read_lines(self.server.dovecot_log)):
                break
        self.assert_explained(self.server.dovecot_log, "sleep now", "time moved backwards", "sleeps until", "config_files('chrony')")

    def test_a_minute(self):
        with self.assertRaises((imaplib.IMAP4.abort, OSError)):
            self.session(60, "never said")
        self.assert_explained(self.server.dovecot_log, "kill myself", "time moved backwards", "more than 5", "config_files('chrony')")
        self.set_back(0)
        self.assertEqual(self.server.subjects("bob@example.com"), [], "the client connects again")

    def test_on_by_an_hour(self):
        self.addCleanup(self.set_back, 0)
        with contextlib.suppress(imaplib.IMAP4.abort, OSError), self.server.imap("bob@example.com") as client:
            client.noop()
            self.set_back(-3600)
            client.noop()
        self.assert_explained(self.server.dovecot_log, "forward", "time jumped forwards", "set forwards by ", "config_files('chrony')")

    def restart_dovecot(self, **environment):
        self.server.stop_dovecot()
        self.server.start_dovecot(**environment)
        self.server.subjects("bob@example.com")

    def test_dovecot_s_master(self):
        self.addCleanup(self.restart_dovecot)
        self.restart_dovecot(LD_PRELOAD=self.library)
        self.addCleanup(self.set_back, 0)
        self.set_back(4)
        with contextlib.suppress(imaplib.IMAP4.abort, OSError, HarnessError), self.server.imap("bob@example.com"):
            pass
        self.assert_explained(self.server.dovecot_log, "Time moved backwards", "time moved backwards", "starts no new sessions", "config_files('chrony')")

    def test_postfix(self):
        self.addCleanup(self.set_back, 0)
        # To a queue manager that was behind, the files of its queue would be those of mail that is to wait.
        for seconds in (-30, 0):
            self.set_back(seconds)
            self.server.send("a@elsewhere.test", ["bob@example.com"], f"with a clock {-seconds} s ahead")
            time.sleep(1)
        self.assert_explained(self.server.postfix_log, "backward time jump", "time moved backwards", "Postfix goes on", "config_files('chrony')")


class TheDatabase(LogCase):
    """It is away for a while, or does not let the daemons ask."""

    sql = """
        INSERT INTO domains (domain) VALUES ('example.com');
        INSERT INTO users (email, password) VALUES ('bob@example.com', :'secret');
    """

    def is_expected(self, line):
        return True

    def wait_for_answers(self):
        """Postfix leaves the database alone for a minute, unless it is told to read its configuration again."""
        self.reload_postfix()
        wait_until(lambda: self.server.rcpt(b"bob@example.com")[0] == 250, 30, lambda: f"Postfix to ask again\n{self.server.log_tails()}")
        wait_until(lambda: self.server.doveadm("user", "bob@example.com", check=False).returncode == 0, 30, lambda: f"Dovecot to ask again\n{self.server.log_tails()}")

    def dovecot_is_told(self, words):
        """Whether it has been, by the server or in its place, when it wanted to connect; it would wait for a minute."""
        run(["timeout", "1", "doveadm", "-c", f"{self.server.dovecot}/etc/dovecot.conf", "user", "bob@example.com"], check=False)
        return any("Connect failed" in line and words in line for line in read_lines(self.server.dovecot_log))

    def test_rights_that_are_gone(self):
        self.admin("REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA mailstack FROM postfix, dovecot")
        self.assert_refused("bob+rights@example.com", 451)
        self.server.doveadm("user", "bob@example.com", check=False)
        for log, daemon in ((self.server.postfix_log, "postfix"), (self.server.dovecot_log, "dovecot")):
            remedy = self.assert_explained(log, "permission denied", "right missing", "may not ask", f"SELECT mailstack.grant_{daemon}('ROLE')")
            self.do(remedy.replace("ROLE", daemon))
        self.assert_explained(self.server.postfix_log, "table lookup problem", "table lookup problem", "proxy:pgsql:", "postmap -q KEY proxy:pgsql:")
        for words in ("Temporary lookup failure", "lookup error for", "trivial-rewrite"):
            self.assert_explained(self.server.postfix_log, words, "table lookup problem", "no answer", "explain that one")
        self.wait_for_answers()

    def test_mail_from_the_machine(self):
        self.admin("ALTER FUNCTION postfix_virtual_alias_maps(text) RENAME TO away")
        run(["sendmail", "-C", f"{self.server.postfix}/etc", "-f", "a@elsewhere.test", "bob@example.com"])
        try:
            self.assert_explained(self.server.postfix_log, "map lookup problem", "table lookup problem", "no answer", "explain that one")
        finally:
            self.admin("ALTER FUNCTION away(text) RENAME TO postfix_virtual_alias_maps")
        self.wait_for_answers()

    def test_database_that_refuses(self):
        self.admin("ALTER ROLE postfix NOLOGIN; ALTER ROLE dovecot NOLOGIN; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN ('postfix', 'dovecot')")
        try:
            self.reload_postfix()
            self.assert_refused("bob+login@example.com", 451)
            wait_until(lambda: self.dovecot_is_told("FATAL"), 20, lambda: f"Dovecot to look for the database\n{self.server.log_tails()}")
        finally:
            self.admin("ALTER ROLE postfix LOGIN; ALTER ROLE dovecot LOGIN")
        for log in (self.server.postfix_log, self.server.dovecot_log):
            self.assert_explained(log, "FATAL:", "database refuses", "is not permitted to log in", "LOGIN for the role")
        # By itself it would connect within a minute.
        self.server.doveadm("reload")
        self.wait_for_answers()

    def test_query_that_is_cancelled(self):
        self.admin("ALTER ROLE postfix SET lock_timeout = '100ms'; ALTER ROLE dovecot SET lock_timeout = '100ms';"
                   "ALTER ROLE postfix IN DATABASE mail RESET lock_timeout; ALTER ROLE dovecot IN DATABASE mail RESET lock_timeout;"
                   "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN ('postfix', 'dovecot')")
        self.reload_postfix()
        self.server.doveadm("reload")
        pg = self.server.postgres
        with subprocess.Popen([f"{pg.bindir}/psql", "-Xqd", "mail"], stdin=subprocess.PIPE, env=os.environ | pg.environment(), text=True) as holder:
            holder.stdin.write("BEGIN; LOCK TABLE mailstack.users;\n")
            holder.stdin.flush()
            wait_until(lambda: self.server.sql("SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'mailstack.users'::regclass"), 20,
                       lambda: f"the lock\n{self.server.log_tails()}")
            self.assert_refused("bob+lock@example.com", 451)
            self.server.doveadm("user", "bob@example.com", check=False)
            holder.stdin.close()
        self.admin("SELECT grant_postfix('postfix'), grant_dovecot('dovecot')")
        for log, remedy in ((self.server.postfix_log, "Then postfix reload"), (self.server.dovecot_log, "RESET statement_timeout, or lock_timeout")):
            self.assert_explained(log, "canceling statement", "query cancelled", "lock timeout", remedy)
        self.admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN ('postfix', 'dovecot')")
        self.wait_for_answers()

    def test_function_that_is_not_there(self):
        self.admin("ALTER FUNCTION postfix_check_recipient_access(text) RENAME TO away")
        self.assert_refused("bob+function@example.com", 451)
        self.admin("ALTER FUNCTION away(text) RENAME TO postfix_check_recipient_access")
        self.assert_explained(self.server.postfix_log, "does not exist", "query failed", "function mailstack.postfix_check_recipient_access(unknown) does not exist", "postfix_PARAMETER('%s')")
        self.wait_for_answers()

    def test_server_that_is_stopped(self):
        self.server.postgres.stop()
        self.reload_postfix()
        self.assert_refused("bob+stopped@example.com", 451)
        # 2.4 logs the last line alone of what libpq says.
        words = "No such file" if OLD else "Is the server running"
        wait_until(lambda: self.dovecot_is_told(words), 20, lambda: f"Dovecot to look for the database\n{self.server.log_tails()}")
        self.server.postgres.start()
        self.assert_explained(self.server.postfix_log, "connect to pgsql server", "database not reachable", "nothing is lost", "Start PostgreSQL")
        self.assert_explained(self.server.dovecot_log, words, "database not reachable", "nothing is lost", "connects again by itself")
        self.wait_for_answers()
