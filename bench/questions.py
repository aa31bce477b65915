"""What Postfix and Dovecot ask, and what each system has them send until the question is answered.

A statement holds {key}, {u} and {d}: the whole key, its local part, its domain. Where Postfix needs several statements (map
after map, or the address, its base and then @domain), all of them count, since all of them are sent.
"""

from collections import namedtuple

SYSTEMS = ["mailstack", "series", "postfixadmin", "vmm"]

# target: thousand instructions. answered: whether there is a row for it; None where only mailstack has one.
# key: from names and a number to (local part or None, domain). statements: by system, absent where it has none.
Case = namedtuple("Case", "question name target answered key statements")


def mailstack(parameter):
    return [f"SELECT mailstack.postfix_{parameter}('{{key}}')"]


def vmm(function, column="answer"):
    return [f"SELECT {column} FROM {function}('{{u}}','{{d}}')"]


SERIES_ALIAS = "SELECT email FROM aliases WHERE alias='{key}'"
SERIES_BASE = "SELECT email FROM aliases WHERE alias='{base}@{d}'"
SERIES_CATCHALL = "SELECT email FROM aliases WHERE alias='@{d}'"
SERIES_TRANSPORT = "SELECT transport FROM transports WHERE domain='{key}'"
SERIES_DOMAIN = "SELECT transport FROM transports WHERE domain='{d}'"

PFA_DOMAIN = "SELECT domain FROM domain WHERE domain='{key}' AND active = true"
PFA_ALIAS = "SELECT goto FROM alias WHERE address='{key}' AND active = true"
PFA_BASE = "SELECT goto FROM alias WHERE address='{base}@{d}' AND active = true"
PFA_CATCHALL = "SELECT goto FROM alias WHERE address='@{d}' AND active = true"
PFA_MIRROR = ("SELECT goto FROM alias,alias_domain WHERE alias_domain.alias_domain = '{d}' and alias.address = '{u}' || '@' || "
              "alias_domain.target_domain AND alias.active = true AND alias_domain.active = true")
PFA_MIRROR_CATCHALL = ("SELECT goto FROM alias,alias_domain WHERE alias_domain.alias_domain = '{d}' and alias.address = '@' || "
                       "alias_domain.target_domain AND alias.active = true AND alias_domain.active = true")
PFA_MAILBOX = "SELECT maildir FROM mailbox WHERE username='{key}' AND active = true"
PFA_MIRROR_MAILBOX = ("SELECT maildir FROM mailbox,alias_domain WHERE alias_domain.alias_domain = '{d}' and mailbox.username = '{u}' "
                      "|| '@' || alias_domain.target_domain AND mailbox.active = true AND alias_domain.active = true")
PFA_TRANSPORT = "SELECT REPLACE(transport, 'virtual', ':') AS transport FROM domain WHERE domain='{key}' AND active = true"
PFA_DOMAIN_TRANSPORT = PFA_TRANSPORT.replace("{key}", "{d}")
PFA_SENDER = ("SELECT username AS allowed FROM mailbox WHERE username='{key}' AND active = true "
              "UNION SELECT goto FROM alias WHERE address='{key}' AND active = true")
PFA_MAPS = [PFA_ALIAS, PFA_MIRROR, PFA_MIRROR_CATCHALL]


class Names:
    """Keys for the i-th question, by the names of sql/names.sql."""

    def __init__(self, users):
        self.users = users
        self.domains = users // 50

    def user(self, i):
        """Spread over all of them, so that no page of an index is asked twice in a row."""
        i = i * 7919 % self.users
        return f"u{i:08}", self.domain(i)

    def domain(self, n):
        return f"d{n % self.domains:06}.example.com"

    def tenth(self, letter, i, step=0):
        """A name of every tenth domain, or of those `step` behind them."""
        return f"{letter}{(i * 10 + step) % self.domains:06}.example.com"

    def alias(self, i):
        i = i * 7919 % (self.users * 3 // 10)
        return f"a{i:08}", self.domain(i)

    def in_mirrored(self, i):
        """A user whose domain has a mirror."""
        n = i * 10 % self.domains
        return f"u{n + self.domains:08}", f"m{n:06}.example.com"


def all_cases():
    def user(n, i): return n.user(i)
    def domain(n, i): return None, n.domain(i * 7)
    def stranger(n, i): return "nobody", n.tenth("d", i, 1)
    def foreign(n, i): return None, f"host{i}.example.net"
    def detail(n, i): return "{}+shop".format(n.user(i)[0]), n.user(i)[1]
    def relayed(n, i): return "relayed", n.tenth("r", i)

    hosted = {"series": [SERIES_TRANSPORT], "postfixadmin": [PFA_DOMAIN],
              "vmm": ["SELECT gid FROM postfix_gid WHERE domainname='{key}'"]}
    mailbox = {"series": ["SELECT maildir FROM users WHERE email='{key}'"], "postfixadmin": [PFA_MAILBOX],
               "vmm": vmm("postfix_virtual_mailbox_map")}
    no_mailbox = {**mailbox, "postfixadmin": [PFA_MAILBOX, PFA_MIRROR_MAILBOX]}
    relay = {"postfixadmin": ["SELECT domain FROM domain WHERE domain='{key}' and backupmx = true"]}
    alias = {"series": [SERIES_ALIAS], "postfixadmin": [PFA_ALIAS], "vmm": vmm("postfix_virtual_alias_map")}
    uid = {"vmm": vmm("postfix_virtual_uid_map")}
    gid = {"vmm": ["SELECT gid FROM postfix_gid WHERE domainname='{d}'"]}
    sender = {"postfixadmin": [PFA_SENDER], "vmm": vmm("postfix_smtpd_sender_login_map")}
    passdb = {
        "mailstack": ["SELECT * FROM mailstack.dovecot_passdb('{key}', 'imap')"],
        "series": ["SELECT email as user, password, 'maildir:/home/mail/'||maildir as userdb_mail FROM users WHERE email = '{key}'"],
        "postfixadmin": ["SELECT username AS user, password FROM mailbox WHERE username = '{key}' AND active = true"],
        "vmm": ['SELECT userid AS "user", passwd FROM dovecotpassword(\'{u}\',\'{d}\')'],
    }
    userdb = {
        "mailstack": ["SELECT * FROM mailstack.dovecot_userdb('{key}')"],
        "series": ["SELECT '/home/mail/'||maildir as home, uid, gid, email FROM users WHERE email = '{key}'"],
        "postfixadmin": ["SELECT '/home/mail/'||maildir AS home, 5000 AS uid, 5000 AS gid FROM mailbox "
                         "WHERE username = '{key}' AND active = true"],
        "vmm": ["SELECT home, uid, gid, mail FROM dovecotuser('{u}','{d}')"],
    }

    def lookup(parameter, case, answered, key, peers, target=95):
        return Case(parameter, case, target, answered, key, {"mailstack": mailstack(parameter), **peers})

    def resolve(case, answered, key, series, postfixadmin):
        peers = {"postfixadmin": postfixadmin, "vmm": vmm("postfix_virtual_alias_map")}
        return lookup("virtual_alias_maps", case, answered, key, {**peers, **({"series": series} if series else {})}, 130)

    return [
        lookup("virtual_mailbox_domains", "hit", True, domain, hosted),
        lookup("virtual_mailbox_domains", "miss", False, foreign, hosted),
        lookup("virtual_alias_domains", "hit", True, lambda n, i: (None, n.tenth("v", i)), {}),
        lookup("virtual_alias_domains", "miss", False, foreign, {}),
        lookup("relay_domains", "hit", True, lambda n, i: (None, n.tenth("r", i)), relay),
        lookup("relay_domains", "miss", False, foreign, relay),
        lookup("virtual_mailbox_maps", "hit", True, user, mailbox),
        lookup("virtual_mailbox_maps", "miss", False, stranger, no_mailbox),
        resolve("an alias", True, lambda n, i: n.alias(i), alias["series"], alias["postfixadmin"]),
        resolve("a mailbox", None, user, [SERIES_ALIAS, SERIES_CATCHALL], alias["postfixadmin"]),
        resolve("sub-address of a mailbox", None, detail, [SERIES_ALIAS, SERIES_BASE, SERIES_CATCHALL], [*PFA_MAPS, PFA_BASE]),
        resolve("a mailbox, by a mirror", None, lambda n, i: n.in_mirrored(i), None, PFA_MAPS[:2]),
        resolve("catch-all", True, lambda n, i: ("nobody", n.tenth("d", i, 5)), [SERIES_ALIAS, SERIES_CATCHALL],
                [*PFA_MAPS, PFA_CATCHALL]),
        resolve("catch-all, by a mirror, sub-address", True, lambda n, i: ("nobody+shop", n.tenth("m", i)), None, PFA_MAPS),
        resolve("miss", False, stranger, [SERIES_ALIAS, SERIES_CATCHALL], [*PFA_MAPS, PFA_CATCHALL]),
        resolve("miss, foreign domain", False, lambda n, i: ("friend", f"host{i}.example.net"), [SERIES_ALIAS, SERIES_CATCHALL],
                [*PFA_MAPS, PFA_CATCHALL]),
        lookup("relay_recipient_maps", "hit", True, relayed, {}),
        lookup("relay_recipient_maps", "miss", False, lambda n, i: ("nobody", n.tenth("r", i)), {}),
        lookup("transport_maps", "an address", True, user, {
            "series": [SERIES_TRANSPORT, SERIES_DOMAIN], "postfixadmin": [PFA_TRANSPORT, PFA_DOMAIN_TRANSPORT],
            "vmm": vmm("postfix_transport_map")}),
        lookup("transport_maps", "a domain", True, domain, {"series": [SERIES_TRANSPORT], "postfixadmin": [PFA_TRANSPORT]}),
        lookup("transport_maps", "miss", False, lambda n, i: ("friend", f"host{i}.example.net"), {
            "series": [SERIES_TRANSPORT, SERIES_DOMAIN], "postfixadmin": [PFA_TRANSPORT, PFA_DOMAIN_TRANSPORT],
            "vmm": vmm("postfix_transport_map")}),
        lookup("virtual_uid_maps", "hit", True, user, uid),
        lookup("virtual_uid_maps", "miss", False, stranger, uid),
        lookup("virtual_gid_maps", "hit", True, user, gid),
        lookup("smtpd_sender_login_maps", "a mailbox", True, user, sender),
        lookup("smtpd_sender_login_maps", "an alias", True, lambda n, i: n.alias(i), sender),
        lookup("smtpd_sender_login_maps", "miss", False, stranger, sender),
        Case("dovecot_passdb", "hit", 130, True, user, passdb),
        Case("dovecot_passdb", "miss", 130, False, stranger, passdb),
        Case("dovecot_userdb", "hit", 130, True, user, userdb),
        Case("dovecot_userdb", "miss", 130, False, stranger, userdb),
    ]


def statements(templates, key):
    """What is sent, one after the other, to settle one question."""
    u, d = key
    base = (u or "").partition("+")[0]
    fill = {"key": f"{u}@{d}" if u else d, "u": u or "", "base": base, "d": d}
    return [t.format(**fill) for t in templates]


CASES = all_cases()
