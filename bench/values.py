"""Types: instructions a row for input, output, comparison, hash and sort, beside what a column would be instead.

A row's cost is the difference of one statement over two tables, less the same of that statement without the step.
"""

import random

from callgrind import count

FEW, MANY = 1000, 5000

# What a column may be: its type, the type that compares, and the functions behind it.
COLUMNS = {
    "mail_address": ("mailstack.mail_address", "mailstack.mail_key"),
    "mail_domain": ("mailstack.mail_domain", "mailstack.mail_key"),
    "maildir_path": ("mailstack.maildir_path", "mailstack.maildir_path"),
    "mail_transport": ("mailstack.mail_transport", "mailstack.mail_transport"),
    "text": ("text", "text"),
    "text, C": ('text COLLATE "C"', "text"),
    "citext": ("citext", "citext"),
    "HTML5 domain": ("html5_email", "citext"),
}
OUTPUT = {"text": "textout", "citext": "citextout"}
HASH = {"text": "hashtext", "citext": "citext_hash"}

# HTML, 4.10.5.1.5: what browsers take for an address.
HTML5_DOMAIN = r"""CREATE DOMAIN html5_email AS citext CHECK (VALUE ~
    '^[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$');
"""

# Each set of values: the type, what is special, a value by its number, and what it is compared with. An address has 42 octets.
SETS = [
    ("mail_address", "", lambda i: f"user{i:06}@d{i % 1000:06}.department1.example.com", ["text, C", "text", "citext", "HTML5 domain"]),
    ("mail_address", "one domain", lambda i: f"user{i:06}@d000001.department1.example.com", ["text, C", "text", "citext"]),
    ("mail_domain", "", lambda i: f"d{i:06}.department1.example.com", ["text, C"]),
    ("maildir_path", "", lambda i: f"d{i % 1000:06}.example.com/user{i:06}/", ["text, C"]),
    ("mail_transport", "", lambda i: f"lmtp:unix:private/dovecot-{i:06}", ["text, C"]),
]
# Instructions; for mail_address alone.
TARGETS = {"input": 600, "sort": 2500, "hash": 150}


def fill(pg):
    pg.create_database("types")
    sql = ["CREATE EXTENSION mailstack; CREATE EXTENSION citext;", HTML5_DOMAIN]
    for n, (ours, _, value, peers) in enumerate(SETS):
        for size in (FEW, MANY):
            values = [value(i) for i in range(size)]
            random.Random(n).shuffle(values)
            rows = ", ".join(f"('{v}')" for v in values)
            for column in [ours, *peers]:
                sql.append(f'CREATE TABLE "{n} {column} {size}" (x {COLUMNS[column][0]});'
                           f'INSERT INTO "{n} {column} {size}" VALUES {rows};')
    pg.sql("\n".join(sql) + "\nVACUUM ANALYZE;", db="types")


def steps(n, column, value):
    """{step: (the selection with it, and without it)}; {size} is the table's."""
    whole, base = COLUMNS[column]
    ours = base.startswith("mailstack")
    less = "OPERATOR(mailstack.<)" if ours else "<"
    table = f'FROM "{n} {column} {{size}}"'
    baseline = f"SELECT count(x) {table}"
    found = {
        "output": (f"SELECT count({OUTPUT.get(base, base + '_out')}(x)) {table}", baseline),
        "comparison": (f"SELECT count(x {less} '{value}'::{base}) {table}", baseline),
        "hash": (f"SELECT count({HASH.get(base, base + '_hash')}(x)) {table}", baseline),
        "sort": (f"SELECT count(*) FROM (SELECT x {table} ORDER BY x OFFSET 0) s",
                 f"SELECT count(*) FROM (SELECT x {table} OFFSET 0) s"),
    }
    if base != "text":
        text = f'FROM "{n} text, C {{size}}"'
        found["input"] = (f"SELECT count(x::{whole}) {text}", f"SELECT count(x) {text}")
    return found


def measure(pg):
    """{(set, step, column): instructions a row}; the server is left running."""
    fill(pg)
    questions = {}
    for n, (ours, _, value, peers) in enumerate(SETS):
        for column in [ours, *peers]:
            for step, selections in steps(n, column, value(MANY // 2)).items():
                questions[n, step, column] = [s.format(size=size) for s in selections for size in (FEW, MANY)]
    batches = [([s], [s]) for selections in questions.values() for s in selections]
    pg.stop()
    counted = [instructions for instructions, _ in count(pg, "types", batches)]
    pg.start()
    result = {}
    for i, question in enumerate(questions):
        few, many, few_without, many_without = counted[4 * i:4 * i + 4]
        result[question] = round((many - few - many_without + few_without) / (MANY - FEW))
    return result
