"""What Postfix and Dovecot ask, and what each system has them send until the question is answered.

A statement holds {key}, {u} and {d}: the whole key, its local part, its domain. Where Postfix needs several statements (map
after map, or the address, its base and then @domain), all of them count, since all of them are sent.
"""

from collections import namedtuple

import peers

SYSTEMS = ["mailstack", "series", "postfixadmin", "vmm"]

# target: thousand instructions. answered: whether there is a row for it; None where only mailstack has one.
# key: from names and a number to (local part or None, domain). statements: by system, absent where it has none.
Case = namedtuple("Case", "question name target answered key statements")


def mailstack(parameter):
    return [f"SELECT mailstack.postfix_{parameter}('{{key}}')"]


SERIES_ALIAS = "SELECT email FROM aliases WHERE alias='{key}'"
SERIES_BASE = "SELECT email FROM aliases WHERE alias='{base}@{d}'"
SERIES_CATCHALL = "SELECT email FROM aliases WHERE alias='@{d}'"
SERIES_TRANSPORT = "SELECT transport FROM transports WHERE domain='{key}'"
SERIES_DOMAIN = "SELECT transport FROM transports WHERE domain='{d}'"

PFA, VMM = peers.queries("postfixadmin"), peers.queries("vmm")
PFA_ALIAS = PFA["virtual_alias_maps"]
PFA_BASE = PFA_ALIAS.replace("{key}", "{base}@{d}")
PFA_CATCHALL = PFA_ALIAS.replace("{key}", "@{d}")
PFA_MIRROR, PFA_MIRROR_CATCHALL = PFA["alias_domain_maps"], PFA["alias_domain_catchall_maps"]
PFA_MIRROR_BASE = PFA_MIRROR.replace("{u}", "{base}")
PFA_TRANSPORT = PFA["transport_maps"]
PFA_DOMAIN_TRANSPORT = PFA_TRANSPORT.replace("{key}", "{d}")
# Not in its documentation, but what many have.
PFA_SENDER = ("SELECT username AS allowed FROM mailbox WHERE username='{key}' AND active = true "
              "UNION SELECT goto FROM alias WHERE address='{key}' AND active = true")
# Postfix asks every map for the one key before it comes to the next key.
PFA_KEY = [PFA_ALIAS, PFA_MIRROR, PFA_MIRROR_CATCHALL]
PFA_BASE_KEY = [PFA_BASE, PFA_MIRROR_BASE, PFA_MIRROR_CATCHALL]
PFA_MISS = [*PFA_KEY, PFA_CATCHALL, PFA_MIRROR_CATCHALL]


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

    def without_catchall(self, letter, i):
        """The first user or alias of a domain that has neither a catch-all nor a mirror."""
        n = (i * 10 + 7) % self.domains
        return f"{letter}{n:08}", f"d{n:06}.example.com"

    def in_mirrored(self, i, step=0):
        """A user whose domain has a mirror; by step 2 one that has aliases of its own."""
        n = (i * 10 + step) % self.domains
        return f"u{n + self.domains:08}", f"m{n:06}.example.com"

    def full(self, i):
        """A user of a domain whose quota all its users have reached."""
        n = (i * 10 + 9) % self.domains
        return f"u{n:08}", f"d{n:06}.example.com"

    def relocated(self, i):
        n = i * 10 % min(self.domains, 3000) + 1
        return "gone", f"d{n:06}.example.com"


def all_cases():
    def user(n, i): return n.user(i)
    def domain(n, i): return None, n.domain(i * 7)
    def stranger(n, i): return "nobody", n.tenth("d", i, 1)
    def foreign(n, i): return None, f"host{i}.example.net"
    def detail(key): return key[0] + "+shop", key[1]
    def alias(n, i): return n.alias(i)
    def friend(n, i): return "friend", f"host{i}.example.net"
    def relocated(n, i): return n.relocated(i)

    hosted = {"series": [SERIES_TRANSPORT], "postfixadmin": [PFA["virtual_mailbox_domains"]],
              "vmm": [VMM["virtual_mailbox_domains"]]}
    mailbox = {"series": ["SELECT maildir FROM users WHERE email='{key}'"], "postfixadmin": [PFA["virtual_mailbox_maps"]],
               "vmm": [VMM["virtual_mailbox_maps"]]}
    no_mailbox = {**mailbox, "postfixadmin": [PFA["virtual_mailbox_maps"], PFA["alias_domain_mailbox_maps"]]}
    relay = {"postfixadmin": [PFA["relay_domains"]]}
    uid = {"vmm": [VMM["virtual_uid_maps"]]}
    gid = {"vmm": [VMM["virtual_gid_maps"]]}
    sender = {"postfixadmin": [PFA_SENDER], "vmm": [VMM["smtpd_sender_login_maps"]]}
    moved = {"vmm": [VMM["relocated_maps"]]}
    transport = {"series": [SERIES_TRANSPORT, SERIES_DOMAIN], "postfixadmin": [PFA_TRANSPORT, PFA_DOMAIN_TRANSPORT],
                 "vmm": [VMM["transport_maps"]]}
    passdb = {
        "mailstack": ["SELECT * FROM mailstack.dovecot_passdb('{key}', 'imap')"],
        "series": ["SELECT email as user, password, 'maildir:/home/mail/'||maildir as userdb_mail FROM users WHERE email = '{key}'"],
        "postfixadmin": [PFA["password_query"]],
        "vmm": [VMM["password_query"]],
    }
    userdb = {
        "mailstack": ["SELECT * FROM mailstack.dovecot_userdb('{key}')"],
        "series": ["SELECT '/home/mail/'||maildir as home, uid, gid, email FROM users WHERE email = '{key}'"],
        "postfixadmin": [PFA["user_query"]],
        "vmm": [VMM["user_query"]],
    }

    def lookup(parameter, case, answered, key, peers, target=95):
        return Case(parameter, case, target, answered, key, {"mailstack": mailstack(parameter), **peers})

    def resolve(case, answered, key, series, postfixadmin, vmm=[VMM["virtual_alias_maps"]]):
        found = {"series": series, "postfixadmin": postfixadmin, "vmm": vmm}
        return lookup("virtual_alias_maps", case, answered, key, {system: asked for system, asked in found.items() if asked}, 130)

    def sieve(case, answered, key, name, series="active"):
        asked = "SELECT id FROM {table} WHERE script_name = '{name}' AND username = '{{key}}'"
        return Case("dovecot_sieve", case, 130, answered, key,
                    {"mailstack": [asked.format(table="mailstack.dovecot_sieve", name=name)],
                     "series": [asked.format(table="user_sieve_scripts", name=series)]})

    vmm_detail = [VMM["virtual_alias_maps"], VMM["virtual_alias_maps"].replace("{u}", "{base}")]
    series_miss = [SERIES_ALIAS, SERIES_CATCHALL]
    return [
        lookup("virtual_mailbox_domains", "hit", True, domain, hosted),
        lookup("virtual_mailbox_domains", "miss", False, foreign, hosted),
        lookup("virtual_alias_domains", "hit", True, lambda n, i: (None, n.tenth("v", i)), {}),
        lookup("virtual_alias_domains", "miss", False, foreign, {}),
        lookup("relay_domains", "hit", True, lambda n, i: (None, n.tenth("r", i)), relay),
        lookup("relay_domains", "miss", False, foreign, relay),
        lookup("virtual_mailbox_maps", "hit", True, user, mailbox),
        lookup("virtual_mailbox_maps", "miss", False, stranger, no_mailbox),
        resolve("an alias", True, alias, [SERIES_ALIAS], [PFA_ALIAS]),
        resolve("an alias, sub-address", True, lambda n, i: detail(n.without_catchall("a", i)), [SERIES_ALIAS, SERIES_BASE],
                [*PFA_KEY, PFA_BASE], vmm_detail),
        resolve("an alias with ten destinations", True, lambda n, i: ("team", n.tenth("d", i, 3)), [SERIES_ALIAS], [PFA_ALIAS]),
        resolve("a mailbox", None, user, series_miss, [PFA_ALIAS]),
        resolve("sub-address of a mailbox", None, lambda n, i: detail(n.without_catchall("u", i)),
                [SERIES_ALIAS, SERIES_BASE, SERIES_CATCHALL], [*PFA_KEY, PFA_BASE], vmm_detail),
        resolve("a mailbox, by a mirror", None, lambda n, i: n.in_mirrored(i), None, PFA_KEY[:2]),
        resolve("sub-address of a mailbox, by a mirror that has aliases of its own", None,
                lambda n, i: detail(n.in_mirrored(i, 2)), None, [*PFA_KEY, *PFA_BASE_KEY[:2]], vmm_detail),
        resolve("catch-all", True, lambda n, i: ("nobody", n.tenth("d", i, 5)), series_miss, [*PFA_KEY, PFA_CATCHALL]),
        resolve("catch-all, by a mirror, sub-address", True, lambda n, i: ("nobody+shop", n.tenth("m", i)), None, PFA_KEY),
        resolve("relocated", False, relocated, None, None),
        resolve("miss", False, stranger, series_miss, PFA_MISS),
        resolve("miss, foreign domain", False, friend, series_miss, PFA_MISS),
        lookup("relay_recipient_maps", "hit", True, lambda n, i: ("relayed", n.tenth("r", i)), {}),
        lookup("relay_recipient_maps", "miss", False, lambda n, i: ("nobody", n.tenth("r", i)), {}),
        lookup("transport_maps", "an address", True, user, transport),
        lookup("transport_maps", "a domain", True, domain, {"series": [SERIES_TRANSPORT], "postfixadmin": [PFA_TRANSPORT]}),
        lookup("transport_maps", "miss", False, friend, transport),
        lookup("virtual_uid_maps", "hit", True, user, uid),
        lookup("virtual_uid_maps", "miss", False, stranger, uid),
        lookup("virtual_gid_maps", "hit", True, user, gid),
        lookup("smtpd_sender_login_maps", "a mailbox", True, user, sender),
        lookup("smtpd_sender_login_maps", "an alias", True, alias, sender),
        lookup("smtpd_sender_login_maps", "miss", False, stranger, sender),
        lookup("relocated_maps", "hit", True, relocated, moved),
        lookup("relocated_maps", "miss", False, user, moved),
        lookup("check_recipient_access", "a mailbox without a quota", True, lambda n, i: n.without_catchall("u", i), {}, 130),
        lookup("check_recipient_access", "a full mailbox", True, lambda n, i: n.full(i), {}, 130),
        lookup("check_recipient_access", "an alias", True, alias, {}, 130),
        lookup("check_recipient_access", "nobody", True, stranger, {}, 130),
        Case("dovecot_passdb", "hit", 130, True, user, passdb),
        Case("dovecot_passdb", "miss", 130, False, stranger, passdb),
        Case("dovecot_userdb", "hit", 130, True, user, userdb),
        Case("dovecot_userdb", "hit, with a quota", 130, True, lambda n, i: n.full(i), {"mailstack": userdb["mailstack"]}),
        Case("dovecot_userdb", "miss", 130, False, stranger, userdb),
        sieve("the id of the script of all", True, lambda n, i: n.without_catchall("u", i), "all"),
        sieve("the id of the script of a domain, which has none", False, user, "domain", "lost"),
        sieve("the id of filters, of which there are none", False, user, "filters", "lost"),
        sieve("the id of five filters, a vacation among them", True, lambda n, i: n.without_catchall("u", i), "filters"),
    ]


def statements(templates, key):
    """What is sent, one after the other, to settle one question."""
    u, d = key
    base = (u or "").partition("+")[0]
    fill = {"key": f"{u}@{d}" if u else d, "u": u or "", "base": base, "d": d}
    return [t.format(**fill) for t in templates]


CASES = all_cases()
