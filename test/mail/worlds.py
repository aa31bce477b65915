"""Generated databases: domains of every class, with users and aliases of every kind that the rules let in.

A world is a set of domains of its own, so that several of them fit into one server. What a rule refuses (an alias
that would be a loop, say) is left out.
"""

import random

NAMES = ["bob", "ann", "joe", "eve", "list", "team", '"a b"', "o'hara", "postmaster"]
DETAILS = ["x", "Sales.2024"]
LMTP = "lmtp:unix:private/dovecot-lmtp"
# Dovecot's own auth_username_chars refuses the others.
PLAIN_NAMES = [name for name in NAMES if name.isalpha()]


def quote(value):
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


class World:
    def __init__(self, number, delimiters, seed):
        self.random = random.Random(f"{seed} {number}")
        self.delimiters = delimiters
        self.tag = f"w{number}.example"
        self.mailbox = [f"one.{self.tag}", f"two.{self.tag}", f"three.{self.tag}"]
        self.vanity = f"vanity.{self.tag}"
        self.relay = f"relay.{self.tag}"
        self.mirrors = {f"mirror1.{self.tag}": self.mailbox[0], f"mirror2.{self.tag}": self.vanity, f"mirror3.{self.tag}": self.mailbox[2]}
        self.aliases = []

    def maybe(self, share):
        return self.random.random() < share

    # --- What is stored -------------------------------------------------------------------------------------------

    def sql(self):
        """Domains and users come at once, aliases one by one; only then is anybody switched off."""
        return "\n".join([*self.domains(), *self.users(), self.insert_aliases(), *self.switch_off()])

    def domains(self):
        transports = ["virtual", self.random.choice(["virtual", LMTP, "dovecot", "discard:gone"]), self.random.choice(["error:5.7.1", "retry:4.3.2"])]
        for domain, transport in zip(self.mailbox, transports):
            yield f"INSERT INTO domains (domain, transport) VALUES ('{domain}', '{transport}');"
        yield f"INSERT INTO domains (domain, class) VALUES ('{self.vanity}', 'virtual_alias'), ('{self.relay}', 'relay');"
        for mirror, domain in self.mirrors.items():
            yield f"INSERT INTO domains (domain, alias_of) VALUES ('{mirror}', '{domain}');"
        yield f"INSERT INTO relay_recipients VALUES ('bob@{self.relay}'), ('ann@{self.relay}');"
        if self.maybe(0.3):
            yield f"INSERT INTO relay_recipients VALUES ('@{self.relay}');"

    def users(self):
        for domain in self.mailbox:
            for name in NAMES:
                if self.maybe(0.3):
                    continue
                own = [None, None, None, "virtual", "virtual", "discard", "retry:4.7.7", "error:5.7.7"]
                if name in PLAIN_NAMES:
                    own += [LMTP, "dovecot"]
                transport = self.random.choice(own)
                if transport is None and name not in PLAIN_NAMES:
                    transport = "virtual"
                yield (f"INSERT INTO users (email, transport, keep_copy) VALUES "
                       f"({quote(f'{name}@{domain}')}, {quote(transport)}, {self.maybe(0.5)});")

    def sub_address(self, name, domain):
        detail = self.random.choice(self.delimiters) + self.random.choice(DETAILS)
        return f'"{name[1:-1]}{detail}"@{domain}' if name[0] == '"' else f"{name}{detail}@{domain}"

    def destination(self):
        where = self.random.random()
        name = self.random.choice(NAMES)
        if where < 0.1:
            return f"{self.random.choice(['Far', 'bob', 'far+own'])}@elsewhere.test"
        if where < 0.2:
            return f"{name}@{self.relay}"
        domain = self.random.choice([*self.mailbox, *self.mailbox, self.vanity, *self.mirrors])
        return self.sub_address(name, domain) if self.maybe(0.2) else f"{name}@{domain}"

    def alias_rows(self):
        for domain in [*self.mailbox, self.vanity, *self.mirrors]:
            names = [f"{name}@{domain}" for name in self.random.sample(NAMES, 4)]
            names += [self.sub_address(name, domain) for name in self.random.sample(NAMES, 3)]
            if self.maybe(0.4):
                names.append(f"@{domain}")
            for alias in names:
                for _ in range(self.random.choice([1, 1, 2, 3])):
                    yield alias, alias if self.maybe(0.05) and alias[0] != "@" else self.destination()

    def insert_aliases(self):
        self.aliases = list(self.alias_rows())
        self.random.shuffle(self.aliases)
        rows = ",\n".join(
            f"({quote(alias)}, {quote(email)}, {self.maybe(0.5)}, {self.maybe(0.85)}, {self.maybe(0.1)},"
            f" {self.maybe(0.06) and alias[0] != '@' and alias != email})" for alias, email in self.aliases)
        return f"""DO $do$ DECLARE r record; BEGIN
            SET CONSTRAINTS ALL IMMEDIATE;
            FOR r IN SELECT * FROM (VALUES {rows}) AS v(alias, email, propagate, active, expired, relocated) LOOP
                BEGIN
                    INSERT INTO aliases (alias, email, propagate_detail, active, expires, relocated)
                    VALUES (r.alias::mail_key, r.email::mail_key, r.propagate, r.active, CASE WHEN r.expired THEN now() - interval '1 hour' END, r.relocated);
                EXCEPTION WHEN integrity_constraint_violation OR program_limit_exceeded THEN NULL;
                END;
            END LOOP;
        END $do$;"""

    def switch_off(self):
        def some(share, salt):
            return f"abs(hashtext(email::text || '{salt} {self.tag}')) % 100 < {round(100 * share)} AND domain::text LIKE '%{self.tag}'"

        yield f"UPDATE users SET active = false WHERE {some(0.15, 'active')};"
        yield f"UPDATE users SET receive = 'refuse', receive_reason = 'sends only' WHERE {some(0.06, 'refuse')};"
        yield f"UPDATE users SET receive = 'defer', receive_reason = '4.2.2 moving house' WHERE {some(0.06, 'defer')};"
        yield f"UPDATE users SET quota_bytes = 1000000 WHERE {some(0.4, 'quota')};"
        yield f"INSERT INTO dovecot_quota SELECT email::text, 1000000, 1 FROM users WHERE {some(0.4, 'quota')} AND {some(0.6, 'full')};"
        if self.maybe(0.4):
            domain = self.random.choice([self.mailbox[1], self.vanity, self.relay, self.mailbox[2]])
            change = self.random.choice(["active = false", "receive = 'defer'", "receive = 'refuse', receive_reason = 'closed'"])
            yield f"UPDATE domains SET {change} WHERE domain = '{domain}';"

    # --- What is asked --------------------------------------------------------------------------------------------

    def addresses(self, count):
        domains = [*self.mailbox, self.vanity, *self.mirrors, self.relay]
        found = {alias for alias, _ in self.aliases if alias[0] != "@"} | {f"{name}@{domain}" for domain in domains for name in NAMES}
        found |= {self.sub_address(name, domain) for domain in domains for name in [*NAMES, "nobody"]}
        found |= {f"{name}@{domain}" for domain in domains for name in ("nobody", "abuse", "Abuse+x")}
        found |= {f"bob@{domain.upper()}" for domain in domains}
        odd = [f"-bob@{self.mailbox[0]}", f"bob%far.test@{self.mailbox[0]}", f"a!bob@{self.vanity}", f"bob@sub.{self.mailbox[0]}", f"bob+@{self.mailbox[0]}"]
        return odd + self.random.sample(sorted(found), count - len(odd))
