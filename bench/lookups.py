"""Lookups: thousand instructions until a question of Postfix or Dovecot is answered, by each system, among so many users."""

import os

from callgrind import count
from process import HarnessError
from questions import CASES, SYSTEMS, Names, statements

# The first fill caches and let PL/pgSQL settle on its plans; the next ones are counted.
WARM_UP, COUNTED = 20, 80

# What a statement costs that asks nothing, and a set-returning call that reads nothing.
FLOORS = ["SELECT 1", "SELECT unnest(ARRAY['d000001.example.com'])"]
SQL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sql")


def measure(pg, users):
    """{(case's index, system): thousand instructions a question}; the server is left running."""
    found = {}
    for system in SYSTEMS:
        fill(pg, system, users)
    pg.stop()
    for system in SYSTEMS:
        found.update(ask(pg, system, users))
    pg.start()
    return found


def database(system, users):
    return f"{system}_{users}"


def fill(pg, system, users):
    pg.create_database(database(system, users))
    for name in ("names", system):
        with open(f"{SQL}/{name}.sql") as f:
            pg.sql(f"\\set users {users}\n" + f.read(), db=database(system, users))
    pg.sql("VACUUM (ANALYZE, FREEZE); CHECKPOINT", db=database(system, users))


def ask(pg, system, users):
    names = Names(users)
    asked = [n for n, case in enumerate(CASES) if system in case.statements]
    batches = [batch(CASES[n], system, names) for n in asked]
    if system == "mailstack":
        asked += FLOORS
        batches += [([floor] * WARM_UP, [floor] * COUNTED) for floor in FLOORS]
    counted = count(pg, database(system, users), batches)
    for n, (_, rows) in zip(asked, counted):
        if n not in FLOORS:
            check_answer(CASES[n], system, rows)
    return {(n, system): instructions / COUNTED / 1000 for n, (instructions, _) in zip(asked, counted)}


def batch(case, system, names):
    questions = [statements(case.statements[system], case.key(names, i)) for i in range(WARM_UP + COUNTED)]
    return sum(questions[:WARM_UP], []), sum(questions[WARM_UP:], [])


def check_answer(case, system, rows):
    """What answers wrongly is not worth counting."""
    answered = True if case.answered is None and system == "mailstack" else case.answered
    if answered is not None and rows != answered * COUNTED:
        raise HarnessError(f"{system}, {case.question}, {case.name}: {rows} rows in answer to {COUNTED} questions")
