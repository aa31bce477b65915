"""Lookups: thousand instructions until a question of Postfix or Dovecot is answered, by each system, among so many users."""

import database
from callgrind import count
from process import HarnessError
from questions import CASES, SYSTEMS, Names, statements

# So many questions, each about another name, are asked once to bring what they read into memory and to let PL/pgSQL settle on its
# plans, and once more to be counted.
QUESTIONS = 80

# What a statement costs that asks nothing, and a set-returning call that reads nothing.
FLOORS = ["SELECT 1", "SELECT unnest(ARRAY['d000001.example.com'])"]


def measure(pg, users):
    """{(case's index, system): thousand instructions a question}; one database at a time, since ten million users are big."""
    found = {}
    for system in SYSTEMS:
        database.fill(pg, system, system, users)
        pg.stop()
        found.update(ask(pg, system, users))
        pg.start()
        database.drop(pg, system)
    return found


def ask(pg, system, users):
    names = Names(users)
    asked = [n for n, case in enumerate(CASES) if system in case.statements]
    batches = [batch(CASES[n], system, names) for n in asked]
    if system == "mailstack":
        asked += FLOORS
        batches += [[floor] * QUESTIONS for floor in FLOORS]
    counted = count(pg, system, [(statements, statements) for statements in batches])
    for n, (_, rows) in zip(asked, counted):
        if n not in FLOORS:
            check_answer(CASES[n], system, rows)
    return {(n, system): instructions / QUESTIONS / 1000 for n, (instructions, _) in zip(asked, counted)}


def batch(case, system, names):
    return sum((statements(case.statements[system], case.key(names, i)) for i in range(QUESTIONS)), [])


def check_answer(case, system, rows):
    """What answers wrongly is not worth counting. A peer may answer an alias with a row for each destination."""
    answered = True if case.answered is None and system == "mailstack" else case.answered
    right = {None: True, False: rows == 0, True: rows == QUESTIONS or (system == "vmm" and rows > QUESTIONS)}
    if not right[answered]:
        raise HarnessError(f"{system}, {case.question}, {case.name}: {rows} rows in answer to {QUESTIONS} questions")
