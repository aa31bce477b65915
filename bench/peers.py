"""How Postfix and Dovecot ask a system's database: bench/peers/*.ini, for the benchmark of lookups and that of messages."""

import configparser
import os
import re

DIRECTORY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers")
# What depends on a server, as the databases of the lookups have it.
VALUES = {"MAIL_ROOT": "/home/mail", "UID": "5000", "GID": "5000"}
# What the daemons put in: the whole key, its local part, its domain.
POSTFIX = {"%s": "{key}", "%u": "{u}", "%d": "{d}"}
DOVECOT = {"%u": "{key}", "%n": "{u}", "%d": "{d}"}


def read(system, values):
    """{section: {name: value}}, with a server's values put in; None for a name without a value."""
    parser = configparser.RawConfigParser(allow_no_value=True, delimiters=["="])
    parser.optionxform = str
    with open(os.path.join(DIRECTORY, f"{system}.ini")) as f:
        parser.read_string(re.sub(r"@([A-Z_]+)@", lambda m: str(values[m[1]]), f.read()))
    return {section: dict(parser[section]) for section in parser.sections()}


def queries(system):
    """{map, password_query or user_query: its query with {key}, {u} and {d} in it}."""
    found = read(system, VALUES)
    return ({name: put(text, POSTFIX) for name, text in found["maps"].items()}
            | {name: put(text, DOVECOT) for name, text in found["mailstack/sql.conf.ext"].items()})


def put(text, variables):
    return re.sub(r"%\w", lambda m: variables[m[0]], text)
