"""Sieve: instructions to check, to format and to read a script of 10 kB."""

from callgrind import count

SIZE = 10000
FEW, MANY = 1, 6
# Instructions a script.
TARGETS = {"sieve_script": 1000000}
STEPS = {
    "sieve_script": "SELECT count(x::mailstack.sieve_script) FROM {table}",
    "sieve_check": "SELECT count(severity) FROM {table} LEFT JOIN LATERAL mailstack.sieve_check(x) ON true",
    "sieve_format": "SELECT count(mailstack.sieve_format(s)) FROM {table}",
    "sieve_requires": "SELECT count(mailstack.sieve_requires(s)) FROM {table}",
}
WITHOUT = {"sieve_script": "x", "sieve_check": "x", "sieve_format": "s", "sieve_requires": "s"}
FILTER = """# {n}: what comes from list {n}
if anyof (header :contains "List-Id" "list{n}.example.com",
          address :domain "from" ["example{n}.com", "example{n}.org"]) {{
    fileinto :copy :flags "\\\\Seen" "Lists.list{n}";
    stop;
}} elsif header :regex "Subject" "^\\\\[list{n}\\\\] (.*)$" {{
    set "name" "${{1}}";
    fileinto "Lists.${{name}}";
}}
"""


def script(number):
    """What a busy mailbox has, another for each number: as many filters as go into SIZE octets."""
    text = f'# {number}\nrequire ["fileinto", "copy", "imap4flags", "variables", "regex"];\n\n'
    n = 1
    while len(text + FILTER.format(n=n)) <= SIZE:
        text += FILTER.format(n=n)
        n += 1
    return text


def fill(pg):
    pg.create_database("sieve")
    sql = ["CREATE EXTENSION mailstack;"]
    for size in (FEW, MANY):
        rows = ", ".join(f"($script${script(n)}$script$)" for n in range(size))
        sql.append(f"CREATE TABLE scripts_{size} AS SELECT x, x::mailstack.sieve_script AS s FROM (VALUES {rows}) AS v(x);")
    pg.sql("\n".join(sql) + "\nVACUUM ANALYZE;", db="sieve")


def measure(pg):
    """{step: instructions a script}; the server is left running."""
    fill(pg)
    statements = [statement.format(table=f"scripts_{size}") for step in STEPS
                  for statement in (STEPS[step], f"SELECT count({WITHOUT[step]}) FROM {{table}}") for size in (FEW, MANY)]
    pg.stop()
    counted = [instructions for instructions, _ in count(pg, "sieve", [([s], [s]) for s in statements])]
    pg.start()
    result = {}
    for i, step in enumerate(STEPS):
        few, many, few_without, many_without = counted[4 * i:4 * i + 4]
        result[step] = round((many - few - many_without + few_without) / (MANY - FEW))
    return result
