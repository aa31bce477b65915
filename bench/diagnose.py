"""How long diagnose() takes: it is not asked often enough for its instructions to matter."""

import statistics
import time

import database

QUESTIONS = ["SELECT count(*) FROM mailstack.diagnose()", "SELECT count(*) FROM mailstack.mailstack_stats", "SELECT count(*) FROM mailstack.check_rules()"]
TIMES = 3


def measure(pg, users):
    """{question: seconds}, the median."""
    database.fill(pg, "diagnose", "mailstack", users)
    found = {question: statistics.median(seconds(pg, question) for _ in range(TIMES)) for question in QUESTIONS}
    database.drop(pg, "diagnose")
    return found


def seconds(pg, question):
    begin = time.monotonic()
    pg.sql(question, db="diagnose")
    return time.monotonic() - begin
