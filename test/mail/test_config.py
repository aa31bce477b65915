"""config_files(): the programs have nothing to say against it, and mail goes the safe way; mailstack-config(1) brings it there."""

import contextlib
import os
import pty
import re
import shutil
import smtplib
import socket
import ssl
import subprocess

from mail import MailServer, run
from mailcase import MailCase
from process import read, wait_until

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.path.join(ROOT, "bin", "mailstack-config")
UNPACKED = os.path.join(ROOT, "test", "unpacked")
CHRONYD = shutil.which("chronyd", path="/usr/sbin") or f"{UNPACKED}/usr/sbin/chronyd"


class Config(MailCase):
    sql = """
INSERT INTO domains(domain) VALUES ('example.com'), ('example.org');
INSERT INTO users(email, password) VALUES ('bob@example.com', :'secret'), ('postmaster@example.com', :'secret');
INSERT INTO users(email, password) VALUES ('o''brien&co@example.com', :'secret');
"""

    def test_postfix_has_nothing_to_say(self):
        etc = f"{self.server.postfix}/etc"
        done = run(["postfix", "-c", etc, "check"])
        self.assertEqual(done.stdout + done.stderr, "")
        for arguments in (["-n"], ["-M"], ["-P"]):
            self.assertEqual(run(["postconf", "-c", etc, *arguments]).stderr, "", "no parameter is unused, unknown or deprecated")

    def test_the_file_says_the_same_as_postconf(self):
        """Whoever takes mailstack/main.cf as it is has the same settings."""
        etc = f"{self.server.postfix}/etc"
        alone = os.path.join(self.server.directory, "alone")
        os.mkdir(alone)
        for name in ("main.cf", "master.cf"):
            shutil.copy(f"{etc}/mailstack/{name}", alone)
        expected = run(["postconf", "-c", alone, "-n"])
        found = run(["postconf", "-c", etc, "-n"]).stdout.splitlines()
        found.append(f"config_directory = {alone}")
        self.assertEqual([line for line in expected.stdout.splitlines() if line not in found], [])

    def test_dovecot_has_nothing_to_say(self):
        for arguments in (["-n"], ["-a"]):
            self.assertEqual(run(["doveconf", "-c", f"{self.server.dovecot}/etc/dovecot.conf", *arguments]).stderr, "")

    def test_root_and_postmaster_of_the_machine(self):
        """Cron's mail has no domain, and myorigin is no domain of the database."""
        for local_part in ("root", "postmaster"):
            subject = f"for {local_part}"
            subprocess.run(["sendmail", "-C", f"{self.server.postfix}/etc", "-f", "cron@elsewhere.test", local_part],
                           input=f"Subject: {subject}\n\nx\n", text=True, check=True)
            self.server.wait_for_message("postmaster@example.com", subject)
        self.deliver("root@mail.example.com", "root from outside", "postmaster@example.com")
        self.assert_refused("www-data@mail.example.com", words="no local mail")

    def test_no_login_at_port_25(self):
        """Whatever main.cf had before."""
        with self.server.smtp() as client:
            client.ehlo()
            self.assertFalse(client.has_extn("auth"))

    def test_no_message_in_a_message(self):
        """What ends with a bare newline and a dot is no end of the message."""
        with self.server.smtp() as client:
            client.ehlo()
            client.mail("stranger@elsewhere.test")
            client.rcpt("bob@example.com")
            client.docmd("DATA")
            client.send(b"Subject: one\r\n\r\nx\n.\r\nMAIL FROM:<ceo@elsewhere.test>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n"
                        b"Subject: two\r\n\r\nx\r\n.\r\n")
            self.assertEqual(client.getreply()[0], 250)
            self.assertEqual(client.noop()[1], b"2.0.0 Ok", "nothing else was answered")

    def test_a_hosted_domain_is_no_domain_of_the_machine(self):
        """mail.example.com, hosted one day, leaves mydestination with the next config_files()."""
        found = self.admin("""BEGIN; INSERT INTO domains(domain) VALUES ('mail.example.com');
            SELECT substring(content FROM 'mydestination = (.*?)\\n') FROM config_files('postfix') WHERE path LIKE '%mailstack/main.cf';
            ROLLBACK""")
        self.assertEqual(found, [("localhost",)])

    def test_a_subdomain_is_no_relay_domain(self):
        self.admin("INSERT INTO domains(domain, class) VALUES ('relay.example', 'relay');"
                   "INSERT INTO relay_recipients VALUES ('@relay.example')")
        self.assert_accepted("ann@relay.example")
        self.assert_refused("ann@sub.relay.example", 554, "Relay access denied")

    def test_every_character_of_an_address_may_log_in(self):
        with self.server.imap("o'brien&co@example.com", "secret"):
            pass

    def test_users_of_another_uid(self):
        """Their mail processes reach the dict server, which has the scripts, and is told of logins and mailboxes."""
        self.admin("INSERT INTO domains(domain, transport, uid, gid)"
                   " VALUES ('uids.example', 'lmtp:unix:private/dovecot-lmtp', 5001, 5001);"
                   "INSERT INTO users(email, password) VALUES ('ann@uids.example', :'secret')")
        home = f"{self.server.mail_root}/uids.example/ann"
        os.makedirs(home)
        os.chown(home, 5001, 5001)
        self.deliver("ann@uids.example", "another uid", "ann@uids.example")
        for table in ("last_logins", "usage"):
            wait_until(lambda: self.admin(f"SELECT email FROM {table} WHERE email = 'ann@uids.example'"), 10, f"{table} to be told")

    def test_a_slash_in_an_address(self):
        self.admin("INSERT INTO users(email, password, transport)"
                   " VALUES ('a/b@example.com', :'secret', 'lmtp:unix:private/dovecot-lmtp')")
        with self.server.imap("a/b@example.com", "secret"):
            pass
        self.deliver("a/b@example.com", "slash", "a/b@example.com")
        for table in ("last_logins", "usage"):
            wait_until(lambda: self.admin(f"SELECT email FROM {table} WHERE email = 'a/b@example.com'"), 10, f"{table} to be told")

    def test_special_folders(self):
        with self.server.imap("bob@example.com", "secret") as imap:
            folders = {re.search(rb'"?([^" ]+)"?$', line)[1]: line for line in imap.list()[1]}
            subscribed = imap.lsub()[1]
        self.assertIn(b"\\Junk", folders[b"Spam"])
        self.assertTrue(any(line.endswith(b"Spam") for line in subscribed), subscribed)


class Submission(MailCase):
    """Where an operator has something against strangers."""

    sql = """
INSERT INTO domains(domain) VALUES ('example.com');
INSERT INTO users(email, password) VALUES ('bob@example.com', :'secret'), ('ann@example.com', :'secret');
"""
    options = {"main_cf": "smtpd_helo_restrictions = reject_non_fqdn_helo_hostname\nsmtpd_client_restrictions = reject\n"
                          "smtpd_data_restrictions = reject\nsmtpd_tls_cert_file = @POSTFIX@/etc/server.pem\n"
                          "smtpd_tls_key_file = @POSTFIX@/etc/server.key"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=mail.example.com", "-keyout", "server.key", "-out", "server.pem"],
                       cwd=f"{cls.server.postfix}/etc", check=True, capture_output=True)

    def ways(self):
        unchecked = ssl._create_unverified_context()
        yield "submission", smtplib.SMTP("127.0.0.1", self.server.submission_port, local_hostname="laptop", timeout=60)
        yield "submissions", smtplib.SMTP_SSL("127.0.0.1", self.server.submissions_port, local_hostname="laptop", timeout=60,
                                              context=unchecked)

    def test_users_are_no_strangers(self):
        for name, client in self.ways():
            with self.subTest(name), client:
                client.login("bob@example.com", "secret")
                client.sendmail("bob@example.com", ["ann@example.com"], f"Subject: by {name}\r\n\r\nHello.\r\n")
                self.server.wait_for_message("ann@example.com", f"by {name}")

    def test_nobody_sends_as_another_or_without_a_login(self):
        for name, client in self.ways():
            with self.subTest(name), client:
                client.ehlo()
                client.mail("bob@example.com")
                self.assertEqual(client.rcpt("ann@example.com")[0], 554)
                client.rset()
                client.login("bob@example.com", "secret")
                client.mail("ann@example.com")
                code, words = client.rcpt("bob@example.com")
                self.assertEqual(code, 553, words)


class NamedServer(MailServer):
    """The name of the machine is a domain of the database, for what its system users get and send."""

    def database_script(self):
        return super().database_script() + """
INSERT INTO mailstack.domains(domain) VALUES ('example.com');
INSERT INTO mailstack.domains(domain, class) VALUES ('mail.example.com', 'virtual_alias');
INSERT INTO mailstack.users(email, password) VALUES ('postmaster@example.com', :'secret'), ('bob@example.com', :'secret');
INSERT INTO mailstack.aliases(alias, email) VALUES ('www-data@mail.example.com', 'bob@example.com');
"""


class SystemUsers(MailCase):
    server_class = NamedServer

    def test_mail_of_cron(self):
        for user, reader in (("www-data", "bob@example.com"), ("root", "postmaster@example.com")):
            subprocess.run(["sendmail", "-C", f"{self.server.postfix}/etc", "-f", user, user],
                           input=f"Subject: cron of {user}\n\nx\n", text=True, check=True)
            self.server.wait_for_message(reader, f"cron of {user}")
        self.assert_refused("games@mail.example.com")


class ImapAlone(MailCase):
    """A server that has no POP3 and no ManageSieve says so in local.conf."""

    options = {"dovecot_conf": "protocols = imap lmtp\n"}

    def test_what_it_listens_to(self):
        found = run(["doveconf", "-c", f"{self.server.dovecot}/etc/dovecot.conf", "-h", "protocols"]).stdout
        self.assertEqual(found.split(), ["imap", "lmtp"])
        for port in (self.server.pop_port, self.server.sieve_port):
            with self.assertRaises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), timeout=5)


class Machine(MailCase):
    """What is to keep the clock, and to start the daemons in their order, by the word of chronyd and of systemd."""

    def place(self, product):
        """What there is for a product, in a folder as in /; where that folder is."""
        folder = os.path.join(self.server.directory, f"machine-{product}")
        for path, content in self.admin(f"SELECT path, content FROM config_files('{product}')"):
            os.makedirs(os.path.dirname(folder + path), exist_ok=True)
            with open(folder + path, "w") as f:
                f.write(content)
        return folder

    def test_chrony(self):
        path = f"{self.place('chrony')}/etc/chrony/conf.d/mailstack.conf"
        done = run([CHRONYD, "-p", "-f", path])
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.stdout.splitlines(), [line for line in read(path).splitlines() if not line.startswith("#")])

    def test_ntpsec(self):
        """By the word of Debian's script that starts it, where the configuration file comes from DHCP, too."""
        folder = self.place("ntpd")
        script = read(f"{UNPACKED}/usr/libexec/ntpsec/ntp-systemd-wrapper").replace("/run/", f"{folder}/run/")
        script = script.replace("/etc/default/", f"{folder}/etc/default/").replace("/usr/sbin/ntpd", "echo")
        os.makedirs(f"{folder}/run/ntpsec")
        os.mkdir(f"{folder}/run/lock")
        for dhcp in (False, True):
            if dhcp:
                shutil.copy(f"{UNPACKED}/etc/ntpsec/ntp.conf", f"{folder}/run/ntpsec/ntp.conf.dhcp")
            said = subprocess.run(["sh"], input=script, capture_output=True, text=True, check=True)
            self.assertEqual(said.stderr, "")
            words = said.stdout.split()
            self.assertEqual(f"{folder}/run/ntpsec/ntp.conf.dhcp" in words, dhcp)
            self.assertLessEqual({"-g", "-G", "-x"}, set(words))
        options = [word for word in words if word in ("-g", "-G", "-N", "-x")]
        run([f"{UNPACKED}/usr/sbin/ntpd", *options, "-V"])

    def test_systemd(self):
        """After= as systemd has it, which knows nothing of a file that it did not read."""
        folder = f"{self.place('systemd')}/etc/systemd/system"
        units = ("dovecot.service", "postfix.service", "postfix@-.service")

        def verify(**variables):
            return subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True,
                                  env=os.environ | {"SYSTEMD_UNIT_PATH": f"{folder}:", **variables})

        done = verify()
        self.assertEqual(done.stdout + done.stderr, "")
        # It shows what it has read to whoever asks for all that it does.
        shown = verify(SYSTEMD_LOG_LEVEL="debug").stdout
        for unit, first in zip(units, ("time-sync.target", "dovecot.service", "dovecot.service")):
            about = shown.partition(f" Unit {unit}:")[2].partition(" Unit ")[0]
            self.assertLessEqual({first, "postgresql.service"}, set(re.findall(r"^\s*After: (\S+)", about, re.MULTILINE)), unit)


class Tool(MailCase):
    """On a copy of the server's configuration, so that the server goes on."""

    sql = "INSERT INTO domains(domain) VALUES ('example.com');"

    def setUp(self):
        super().setUp()
        self.place = os.path.join(self.server.directory, self._testMethodName)
        self.postfix, self.dovecot, self.backups = f"{self.place}/postfix", f"{self.place}/dovecot", f"{self.place}/backups"
        self.bin = f"{self.place}-bin"
        os.makedirs(self.dovecot)
        os.mkdir(self.postfix)
        os.mkdir(self.bin)
        for name in ("main.cf", "master.cf"):
            self.server._render(f"postfix/{name}", f"{self.postfix}/{name}")
        with open(f"{self.postfix}/main.cf", "a") as f:
            # Of the last line, postconf says that it is unused; that is not our fault.
            f.write("# Mine.\nmydestination = example.com\nmessage_size_limit = 1000000\nmessage_sise_limit = 1\n")
        with open(f"{self.dovecot}/local.conf", "w") as f:
            f.write("ssl = no\n")

    def is_expected(self, line):
        """Where the database does not answer, the map's complaint is in Postfix's log."""
        return "postfix/postmap[" in line

    def shim(self, program, script):
        """Takes a program's place; "$real" is the program."""
        path = f"{self.bin}/{program}"
        with open(path, "w") as f:
            f.write(f"#!/bin/sh\nreal={shutil.which(program)}\n{script}\nexec $real \"$@\"\n")
        os.chmod(path, 0o755)

    def command(self, *arguments, connection=None):
        return [TOOL, "-d", "mail", "-c", connection or self.server.connection, "-C", f"postfix={self.postfix}",
                "-C", f"dovecot={self.dovecot}", "-q", f"{self.server.postfix}/spool", "-b", self.backups, *arguments]

    @property
    def environment(self):
        pg = self.server.postgres
        return os.environ | pg.environment() | {"PATH": f"{self.bin}:{pg.bindir}:{os.environ['PATH']}"}

    def tool(self, *arguments, status=0, connection=None):
        done = subprocess.run(self.command(*arguments, connection=connection), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, env=self.environment)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def files(self):
        return {os.path.join(folder, name): (read(path), os.stat(path).st_mode & 0o7777)
                for folder, _, names in os.walk(self.place) if not folder.startswith(self.backups) for name in names
                for path in [os.path.join(folder, name)]}

    def test_write(self):
        folder = f"{self.place}/folder"
        written = self.tool("write", folder, "postfix=3.10", "chrony", "systemd").stdout.splitlines()
        self.assertIn(f"{folder}/etc/chrony/conf.d/mailstack.conf", written)
        for path in written:
            self.assertIn("# Made by mailstack ", read(path))
        self.assertIn("retry_interval = 1", read(f"{folder}{self.postfix}/mailstack/transport_maps.cf"))
        self.assertTrue(os.access(f"{folder}{self.postfix}/mailstack/postconf.sh", os.X_OK))
        self.assertIn("is not empty", self.tool("write", folder, status=2).stderr)

    def test_on_another_machine(self):
        """Which has the folder, and neither a database nor mailstack."""
        folder = f"{self.place}/folder"
        self.tool("write", folder, "postfix", "dovecot", "chrony", connection="host=localhost dbname=mail")
        for program in ("psql", "runuser"):
            self.shim(program, "exit 1")

        def tool(*arguments, status=0):
            done = subprocess.run([f"{folder}/mailstack-config", "-f", folder, "-b", self.backups, *arguments],
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, env=self.environment)
            self.assertEqual(done.returncode, status, done.stdout + done.stderr)
            return done.stdout + done.stderr
        self.assertIn("+++ /etc/chrony/conf.d/mailstack.conf", tool("diff", status=1))
        self.assertNotIn("chrony", tool("diff", "postfix", "dovecot", status=1))
        self.assertIn("has nothing for systemd", tool("diff", "systemd", status=2))
        self.assertIn(f"write the password into {self.postfix}/mailstack/pgpass", tool("-y", "apply", "postfix", "dovecot"))
        self.assertEqual(run(["stat", "-c", "%a %U", f"{self.postfix}/mailstack/pgpass"]).stdout, "600 postfix\n")
        self.assertIn("mydestination = $myhostname, localhost", read(f"{self.postfix}/main.cf"))
        tool("diff", "postfix", "dovecot")
        self.assertIn("has no manifest", tool("-f", self.place, "diff", status=2))

    def test_diff(self):
        before = self.files()
        shown = self.tool("diff", status=1).stdout
        self.assertEqual(self.files(), before, "nothing is changed")
        for line in ("-mydestination = example.com", "+mydestination = $myhostname, localhost", " # Mine.",
                     f"+++ {self.dovecot}/dovecot.conf", f"--- {self.postfix}/main.cf (installed)"):
            self.assertIn(line, shown.splitlines())
        self.assertNotIn("-message_size_limit = 1000000", shown)

    def test_apply(self):
        before = self.files()
        self.assertIn("say -y", self.tool("apply", status=2).stderr)
        self.assertEqual(self.files(), before)

        said = self.tool("-y", "apply").stdout
        after = self.files()
        self.assertIn("# Mine.\nmydestination = $myhostname, localhost\nmessage_size_limit = 1000000\nmessage_sise_limit = 1\n",
                      after[f"{self.postfix}/main.cf"][0])
        self.assertIn("dovecot-lda", after[f"{self.postfix}/master.cf"][0])
        self.assertEqual(after[f"{self.postfix}/mailstack/postconf.sh"][1], 0o755)
        (backup,) = os.listdir(self.backups)
        self.assertIn(backup, said)
        self.assertEqual(read(f"{self.backups}/{backup}{self.postfix}/main.cf"), before[f"{self.postfix}/main.cf"][0])

        self.tool("diff")
        self.assertIn("nothing is to be changed", self.tool("-y", "apply").stdout)
        self.assertEqual(self.files(), after)
        os.chmod(f"{self.dovecot}/dovecot.conf", 0o600)
        self.assertIn("is to have mode 0644", self.tool("diff", status=1).stdout)
        self.tool("-y", "apply")
        self.assertEqual(self.files(), after)

    def test_what_dovecot_refuses_is_put_back(self):
        with open(f"{self.dovecot}/local.conf", "w") as f:
            f.write("no_such_setting = yes\n")
        before = self.files()
        said = self.tool("-y", "apply", status=2).stderr
        self.assertIn("no_such_setting", said)
        self.assertIn("nothing has been changed", said)
        self.assertEqual(self.files(), before)

    def test_what_is_unused_now_is_told(self):
        """The server has the database in a parameter of its own, as many have, which nothing uses any more."""
        with open(f"{self.postfix}/main.cf", "a") as f:
            f.write("mysql = proxy:mysql:/etc/postfix\nvirtual_mailbox_domains = ${mysql}/domains.cf\n")
        self.assertEqual(self.tool("-y", "apply").stderr,
                         f"postconf: warning: {self.postfix}/main.cf: unused parameter: mysql=proxy:mysql:/etc/postfix\n")
        self.tool("diff")

    def test_services_keep_what_they_have(self):
        with open(f"{self.postfix}/master.cf") as f:
            text = f.read()
        with open(f"{self.postfix}/master.cf", "w") as f:
            f.write(re.sub("^smtp +inet.*\n", """\
smtp inet n - y - 1 postscreen
smtpd pass - - y - - smtpd
  -o content_filter=scan:[127.0.0.1]:10024
192.0.2.1:submission inet n - y - - smtpd
  -o milter_macro_daemon_name=ORIGINATING
  -o smtpd_tls_security_level=may
  -o smtpd_client_restrictions=$mua_client_restrictions
smtps inet n - y - - smtpd
  -o smtpd_tls_wrappermode=yes
127.0.0.1:10025 inet n - y - 10 smtpd
  -o content_filter=
""", text, flags=re.M))
        self.tool("-y", "apply")
        said = run(["postconf", "-c", self.postfix, "-M"]).stdout
        services = {name: re.sub(r"\s+", " ", line) for name, line in re.findall(r"^(\S+)\s+(.*(?:\n .*)*)", said, re.M)
                    if line.startswith(("inet", "pass"))}
        self.assertEqual(services["smtp"], "inet n - y - 1 postscreen")
        self.assertEqual(services["smtpd"], "pass - - n - - smtpd -o content_filter=scan:[127.0.0.1]:10024")
        self.assertEqual(services["127.0.0.1:10025"], "inet n - n - 10 smtpd -o content_filter=")
        self.assertNotIn("submission", services)
        self.assertNotIn("submissions", services)
        ours = "-o smtpd_sender_restrictions=$mua_sender_restrictions -o smtpd_relay_restrictions=permit_sasl_authenticated,reject"
        for name, own in (("192.0.2.1:submission", ("-o milter_macro_daemon_name=ORIGINATING -o smtpd_tls_security_level=encrypt",
                                                    "-o smtpd_client_restrictions=$mua_client_restrictions")),
                          ("smtps", ("-o smtpd_tls_wrappermode=yes", "-o smtpd_client_restrictions="))):
            for words in (*own, ours, "-o smtpd_helo_restrictions="):
                self.assertIn(words, services[name])
        self.tool("diff")

    def test_what_is_this_machines_own(self):
        os.mkdir(f"{self.postfix}/mailstack")
        with open(f"{self.postfix}/mailstack/local.cf", "w") as f:
            f.write("# No copies.\nsender_bcc_maps =\n\nvirtual_uid_maps = static:5000\nmynetworks = 127.0.0.0/8,\n"
                    "  # The office.\n    192.0.2.0/24\nlocal_header_rewrite_clients = 'a b'\n")
        self.tool("-y", "apply")
        found = run(["postconf", "-c", self.postfix, "-h", "sender_bcc_maps", "recipient_bcc_maps", "virtual_uid_maps",
                     "mynetworks", "local_header_rewrite_clients"]).stdout
        self.assertEqual(found, "\n${mailstack}/recipient_bcc_maps.cf\nstatic:5000\n127.0.0.0/8, 192.0.2.0/24\n'a b'\n")
        self.tool("diff")

    def test_who_asks(self):
        """root asks as postgres, unless it is said who asks or where; and from where postgres may not be."""
        for program in ("runuser", "psql"):
            self.shim(program, f'echo "{program} $* in $PWD" >"{self.bin}/asked"; exit 1')
        environment = {name: value for name, value in self.environment.items() if not name.startswith("PG")}
        for database in ("mail", "dbname=mail port=5433", "host=db1 dbname=mail", "user=admin dbname=mail", "postgresql://db1/mail"):
            asked = "runuser -u postgres -- psql " if database in ("mail", "dbname=mail port=5433") else "psql "
            with self.subTest(database):
                done = subprocess.run([TOOL, "-d", database, "diff", "chrony"], cwd=self.place, env=environment,
                                      capture_output=True)
                self.assertEqual(done.returncode, 2)
                said = read(f"{self.bin}/asked")
                self.assertTrue(said.startswith(asked + "-X"), said)
                self.assertIn(f"-d {database} ", said)
                self.assertTrue(said.endswith(" in /\n" if asked.startswith("runuser") else f" in {self.place}\n"), said)

    def test_a_full_disk(self):
        """Half a file, and no file is in its place."""
        before = self.files()
        for status in (0, 1):
            self.shim("install", f'case "$*" in *relocated_maps*) for to; do from=$last last=$to; done; '
                                 f'head -c 100 "$from" >"$to"; exit {status} ;; esac')
            said = self.tool("-y", "apply", status=2).stderr
            self.assertIn("relocated_maps.cf cannot be written", said)
            self.assertIn("nothing has been changed", said)
            self.assertEqual(self.files(), before)

    def test_a_terminal_that_is_gone(self):
        before = self.files()
        self.shim("mv", 'case "$*" in *relocated_maps*) kill -HUP $PPID ;; esac')
        said = self.tool("-y", "apply", status=2).stderr
        self.assertIn("nothing has been changed", said)
        self.assertEqual(self.files(), before)

    def at_a_terminal(self, before_the_answer):
        """apply, answered with y after something else has happened; what it says, and its exit status."""
        us, its = pty.openpty()
        process = subprocess.Popen(self.command("apply"), env=self.environment, stdin=its, stdout=its, stderr=its)
        os.close(its)
        said = b""
        with contextlib.closing(os.fdopen(us, "r+b", buffering=0)) as terminal, contextlib.suppress(OSError):
            while b"[y/N] " not in said:
                said += terminal.read(4096)
            before_the_answer()
            terminal.write(b"y\n")
            while chunk := terminal.read(4096):
                said += chunk
        return said.decode(), process.wait()

    def test_what_is_edited_while_it_asks_stays(self):
        def edit():
            with open(f"{self.postfix}/main.cf", "a") as f:
                f.write("# Another hand.\n")
        said, status = self.at_a_terminal(edit)
        self.assertEqual(status, 2)
        self.assertIn(f"somebody else has changed {self.postfix}/main.cf", said)
        self.assertIn("# Another hand.", read(f"{self.postfix}/main.cf"))
        self.assertFalse(os.path.exists(f"{self.postfix}/mailstack/main.cf"))

    def test_one_at_a_time(self):
        def apply():
            self.assertIn("another mailstack-config is at it", self.tool("-y", "apply", status=2).stderr)
        said, status = self.at_a_terminal(apply)
        self.assertEqual(status, 0, said)
        self.assertIn("what was there is in", said)

    def test_a_link_stays_one(self):
        os.rename(f"{self.postfix}/main.cf", f"{self.place}/kept.cf")
        os.symlink("../kept.cf", f"{self.postfix}/main.cf")
        self.tool("-y", "apply")
        self.assertEqual(os.readlink(f"{self.postfix}/main.cf"), "../kept.cf")
        self.assertIn("# Mine.", read(f"{self.place}/kept.cf"))
        self.tool("diff")
        with open(f"{self.dovecot}/local.conf", "w") as f:
            f.write("no_such_setting = yes\n")
        with open(f"{self.postfix}/main.cf", "a") as f:
            f.write("recipient_delimiter = -\n")
        os.remove(f"{self.dovecot}/dovecot.conf")
        before = self.files()
        self.tool("-y", "apply", status=2)
        self.assertEqual(os.readlink(f"{self.postfix}/main.cf"), "../kept.cf")
        self.assertEqual(self.files(), before)

    def test_a_password_stays(self):
        connection = "host=localhost dbname=mail"
        path = f"{self.postfix}/mailstack/pgpass"
        for said in (self.tool("-y", "apply", connection=connection).stdout, self.tool("apply", connection=connection).stdout):
            self.assertIn(f"write the password into {path}", said, "a reload would be an outage")
        self.assertIn("postfix:PASSWORD", read(path))
        self.assertEqual((os.stat(path).st_mode & 0o777, run(["stat", "-c", "%U", path]).stdout), (0o600, "postfix\n"))
        with open(path, "w") as f:
            f.write("*:*:*:postfix:hunter2\n")
        shown = self.tool("diff", connection=connection).stdout
        self.assertEqual(shown, "")
        said = self.tool("-y", "apply", connection="host=localhost,db2 dbname=mail").stdout
        self.assertEqual(read(path), "*:*:*:postfix:hunter2\n")
        self.assertNotIn(f"into {path}", said)

    def test_a_password_that_others_read(self):
        """libpq passes over a file of that mode."""
        connection = "host=localhost dbname=mail"
        path = f"{self.postfix}/mailstack/pgpass"
        self.tool("-y", "apply", connection=connection)
        with open(path, "w") as f:
            f.write("*:*:*:postfix:hunter2\n")
        os.chmod(path, 0o644)
        shown = self.tool("diff", status=1, connection=connection).stdout
        self.assertEqual(shown, f"{path} is to have mode 0600 and owner postfix:root\n")
        self.tool("-y", "apply", connection=connection)
        self.assertEqual((read(path), os.stat(path).st_mode & 0o777), ("*:*:*:postfix:hunter2\n", 0o600))

    def test_what_is_left_to_do(self):
        for product, wanted in (("postfix", "postfix reload"), ("dovecot", "doveadm reload"),
                                ("chrony", "systemctl restart chrony"), ("ntpd", "systemctl restart ntpsec"),
                                ("systemd", "systemctl daemon-reload")):
            where = () if product in ("postfix", "dovecot") else ("-C", f"{product}={self.place}/{product}")
            said = self.tool(*where, "-y", "apply", product).stdout
            self.assertTrue(said.endswith(f"; now: {wanted}\n"), said)

    def test_a_database_that_does_not_answer(self):
        said = self.tool("-y", "apply", connection=f"host={self.server.postgres.socket_dir} port=1 dbname=mail").stdout
        self.assertIn("now: see why Postfix gets no answer: runuser -u postfix -- postmap -q localhost "
                      f"pgsql:{self.postfix}/mailstack/virtual_mailbox_domains.cf", said)
        self.assertTrue(self.tool("-y", "apply").stdout.endswith("; now: postfix reload, doveadm reload\n"))

    def test_a_step_that_chrony_conf_allows(self):
        """It is in the file that reads ours first, and the last counts."""
        os.symlink(CHRONYD, f"{self.bin}/chronyd")
        chrony = f"{self.place}/chrony"
        os.mkdir(chrony)

        def apply(line):
            with open(f"{chrony}/chrony.conf", "w") as f:
                f.write(f"confdir {chrony}/conf.d\n{line}\nrtcsync\n")
            return self.tool("-C", f"chrony={chrony}", "-y", "apply", "chrony").stdout
        self.assertIn('now: take "makestep 1 -1" out of chrony.conf: it counts, and ours does not, systemctl restart chrony',
                      apply("makestep 1 -1"))
        self.assertIn('take "makestep 1 -1" out', apply("makestep 1 -1"))
        self.assertNotIn("take", apply("makestep 1 3").splitlines()[-1])

    def test_unknown_product(self):
        self.assertIn("There is for postfix", self.tool("diff", "exim", status=2).stderr)
