"""RESULTS.md: sections, each under its own heading, with the versions and the day that it was measured."""

import os
import re
import subprocess
import sys
import time

from process import HarnessError

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "RESULTS.md")
INTRODUCTION = """# What it costs

Written by `make bench` and `make bench-mail`; each section says when, and a run replaces only what it measures anew.

Instructions are counted by callgrind in a single-user server, parse and plan included; they repeat to within 1 %. What the
statements read is in memory: they are asked once before they are counted.
"""
# How the headings begin, in the order of the page.
ORDER = ["Types", "Sieve", "Lookups", "Growth", "COPY", "Switch", "Diagnosis", "Messages", "Throughput"]


def say(what):
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def versions(pg, *more):
    server = pg.sql("SHOW server_version")[0][0]
    mailstack = pg.sql("SELECT default_version FROM pg_available_extensions WHERE name = 'mailstack'")[0][0]
    icu = output("pkg-config", "--modversion", "icu-uc")
    valgrind = output("valgrind", "--version").replace("-", " ")
    found = [f"mailstack {mailstack}", f"PostgreSQL {server}", f"ICU {icu}", valgrind, *more]
    return f"{time.strftime('%Y-%m-%d', time.gmtime())}: {', '.join(found)}."


def output(*command):
    return subprocess.check_output(command, text=True).strip()


def put(sections, measured_with, only_print):
    """Sections are (heading, text); each takes the place of the one with its heading."""
    sections = sorted(sections, key=place)
    new = {heading: f"## {heading}\n\n{measured_with}\n\n{text}" for heading, text in sections}
    print("\n".join(new.values()), flush=True)
    if not only_print:
        whole = "\n".join([INTRODUCTION, *(text for _, text in sorted({**read(), **new}.items(), key=place))])
        with open(PATH, "w") as f:
            f.write(whole)


def read():
    """{heading: section} of the page as it is."""
    if not os.path.exists(PATH):
        return {}
    with open(PATH) as f:
        parts = re.split(r"^## ", f.read(), flags=re.M)[1:]
    return {part.partition("\n")[0]: "## " + part.rstrip("\n") + "\n" for part in parts}


def place(item):
    heading = item[0]
    topic = re.match(r"\w+", heading)[0]
    if topic not in ORDER:
        raise HarnessError(f"RESULTS.md: no place for the section {heading}")
    numbers = [int(n.replace(",", "")) for n in re.findall(r"[\d,]*\d", heading)]
    return ORDER.index(topic), re.sub(r"[\d,]*\d", "", heading), numbers
