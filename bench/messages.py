"""What a real Postfix and Dovecot ask for one message: recorded from the log of the database that they ask."""

import os
import re

import database
import peers
from mail import MailServer, run
from process import HarnessError, read
from questions import Names

SYSTEMS = ["mailstack", "postfixadmin", "vmm"]
# Few mailboxes are enough to be asked for; they have the same names among many.
USERS = 10000
LMTP = "lmtp:unix:private/dovecot-lmtp"

# Each message: who it is for, and which address that mailbox has. Postfix's virtual delivers, where nothing else is said.
MESSAGES = ["a mailbox", "a mailbox, by Dovecot's LMTP", "an alias", "a sub-address"]
BY_LMTP = 1

SWITCH = {
    "mailstack": f"SELECT mailstack.switch_transport('{{domain}}', '{LMTP}');\n",
    "postfixadmin": f"UPDATE domain SET transport = '{LMTP}' WHERE domain = '{{domain}}';\n",
    "vmm": f"INSERT INTO transport (transport) VALUES ('{LMTP}') ON CONFLICT DO NOTHING;\n"
           f"UPDATE domain_data SET tid = (SELECT tid FROM transport WHERE transport = '{LMTP}')\n"
           "    WHERE gid = (SELECT gid FROM domain_name WHERE domainname = '{domain}');\n",
}
# The daemons' login roles write down what they ask.
PEER_ROLES = """CREATE ROLE postfix LOGIN; CREATE ROLE dovecot LOGIN;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO postfix, dovecot;
"""
RECORD = "ALTER ROLE postfix SET log_statement = 'all'; ALTER ROLE dovecot SET log_statement = 'all';\n"
STATEMENT = re.compile(r"user=(?:postfix|dovecot) app=\S* LOG:  statement: (.*)")
# What a daemon says once, when it connects.
CONNECTING = re.compile(r"set client_encoding|pg_catalog\.set_config", re.I)


# What nobody has asked for: a server without copies leaves these maps out.
NO_COPIES = "recipient_bcc_maps =\nsender_bcc_maps =\nsender_dependent_relayhost_maps ="
# Each system keeps what Dovecot counts in its own way, or doubles it, and filters are mailstack's alone: what is compared is mail
# without both.
PLAIN_DELIVERY = "protocol lmtp {\n  mail_plugins =\n}\n"


class RecordedServer(MailServer):
    """The mail server of our tests, which asks mailstack's database or a peer's."""

    def __init__(self, system):
        super().__init__(main_cf=NO_COPIES)
        self.system = system

    def database_script(self):
        rows = database.script("names", self.system, users=USERS, uid=self.uid, gid=self.gid, mail_root=f"{self.mail_root}/")
        if self.system == "mailstack":
            rows = super().database_script() + rows
        else:
            rows += PEER_ROLES
        return rows + RECORD + switches(self.system, USERS)

    def config_files(self, product, directory):
        """A peer's is made from ours, so that there has to be a database that says it."""
        if self.system == "mailstack":
            return super().config_files(product, directory)
        if product == "postfix":
            self.postgres.create_database("mailstack")
            self.postgres.sql("CREATE EXTENSION mailstack;\n" + self.render("settings.sql"), db="mailstack")
        return super().config_files(product, directory, "mailstack")

    def write_configuration(self):
        super().write_configuration()
        # vmm gives every user a uid, with which virtual and LMTP make the user's home.
        os.chmod(self.mail_root, 0o1777)
        own = peers.read(self.system, self.values)
        etc = f"{self.postfix}/etc"
        run(["postconf", "-c", etc, "-X", *own["main.cf, unset"]])
        if "main.cf" in own:
            run(["postconf", "-c", etc, "-e", *(f"{name} = {value}" for name, value in own["main.cf"].items())])
        for name, value in own.get("master.cf", {}).items():
            run(["postconf", "-c", etc, "-P", "-e", f"{name}={value}"])
        hosts = re.sub(r"^query = .*", "", read(f"{etc}/mailstack/virtual_alias_maps.cf"), flags=re.M)
        for name, query in own.get("maps", {}).items():
            with open(f"{etc}/mailstack/{name}.cf", "w") as f:
                f.write(f"{hosts}\nquery = {query}\n")
        for name in ("mailstack/sql.conf.ext", "dovecot.conf"):
            append(f"{self.dovecot}/etc/{name}", own.get(name, {}))
        with open(f"{self.dovecot}/etc/dovecot.conf", "a") as f:
            f.write(PLAIN_DELIVERY)

    # --- One message ------------------------------------------------------------------------------------------

    def record(self, message, turn):
        """The statements of a message to somebody who had none yet, once it lies in that user's home; None if a daemon was just
        connecting."""
        number, user, rcpt = recipient(message, turn)
        subject = f"message {number}"
        before = os.path.getsize(self.postgres.log)
        delivery = self.delivery(self.send(f"s{number:06}@h{number:06}.example.net", [rcpt], subject))
        if delivery["status"] != "sent":
            raise HarnessError(f"{self.system}, {MESSAGES[message]}: {delivery}")
        self.wait_queue_empty()
        with open(self.postgres.log) as f:
            f.seek(before)
            statements = STATEMENT.findall(f.read())
        self._check_place(user, subject)
        return None if any(map(CONNECTING.match, statements)) else statements

    def _check_place(self, user, subject):
        files = [os.path.realpath(path) for path in self.file_of(subject)]
        home = os.path.realpath(self.doveadm_user(user)["home"])
        if len(files) != 1 or not files[0].startswith(home + "/"):
            raise HarnessError(f"{self.system}: '{subject}' is for {user}, at home in {home}, and lies in {files}")

    def recorded(self, message):
        """Of the second of two messages that were asked about alike."""
        last = None
        for turn in range(5):
            statements = self.record(message, turn)
            if statements and last and len(statements) == len(last):
                return move(statements, recipient(message, turn)[0], recipient(message, 0)[0])
            last = statements
        raise HarnessError(f"{self.system}, {MESSAGES[message]}: no two messages were asked about alike")


def append(path, settings):
    """A later line holds in Dovecot's files."""
    with open(path, "a") as f:
        f.writelines(f"{name} = {value}\n" for name, value in settings.items())


def recipient(message, turn):
    """Every message and turn has a domain of its own: (its number, the mailbox, the address)."""
    names, i = Names(USERS), turn * len(MESSAGES) + message
    (local, domain), (alias, _) = names.without_catchall("u", i), names.without_catchall("a", i)
    address = {"an alias": alias, "a sub-address": local + "+shop"}.get(MESSAGES[message], local)
    return int(local[1:]), f"{local}@{domain}", f"{address}@{domain}"


def move(statements, number, other):
    """The same questions about another sender and recipient."""
    return [statement.replace(f"{number:06}", f"{other:06}") for statement in statements]


def switches(system, users):
    """The domains of the messages that LMTP is to deliver."""
    domains = [Names(users).without_catchall("u", i)[1] for i in range(BY_LMTP, users // 500, len(MESSAGES))]
    return "".join(SWITCH[system].format(domain=domain) for domain in domains)


def record(system):
    """The statements of each of MESSAGES, for the recipient of its turn 0."""
    with RecordedServer(system) as server:
        return [server.recorded(message) for message in range(len(MESSAGES))]
