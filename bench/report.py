"""The tables of RESULTS.md."""

from lookups import FLOORS
from questions import CASES, SYSTEMS
from values import SETS, TARGETS

PEERS = SYSTEMS[1:]
TITLES = {"series": "text tables", "postfixadmin": "PostfixAdmin's manner", "vmm": "vmm's manner"}


def table(header, rows):
    """The first two columns are words, the others numbers."""
    lines = [header, ["---", "---"] + ["---:"] * (len(header) - 2), *rows]
    return "".join("| " + " | ".join(str(cell) for cell in line) + " |\n" for line in lines)


def verdict(value, target):
    if target is None:
        return "", ""
    return f"≤ {target:,}", "met" if value <= target else "**not met**"


def beside(ours, peer):
    """The peer's cost, and ours as a multiple of it."""
    return f"{peer:,.0f} ({ours / peer:.2f})" if peer else "–"


def types(found):
    header = ["type", "step", "mailstack", "target", "", "text, C", "text, C.UTF-8", "citext", "domain with HTML5's expression"]
    rows = []
    for n, (ours, what, _, _) in enumerate(SETS):
        for step in ("input", "output", "comparison", "hash", "sort"):
            cost = found[n, step, ours]
            target = TARGETS.get(step) if ours == "mail_address" else None
            peers = [beside(cost, found.get((n, step, column))) for column in ("text, C", "text", "citext", "HTML5 domain")]
            rows.append([f"{ours}{', ' + what if what else ''}", step, f"{cost:,}", *verdict(cost, target), *peers])
    return ("## Types\n\nInstructions a row; a sort is of 5,000 rows. Behind a peer's figure, ours as a multiple of it.\n\n"
            + table(header, rows))


def lookups(found, users):
    header = ["question", "case", "mailstack", "target", "", *(TITLES[system] for system in PEERS)]
    rows = [["floor", f"`{floor}`", f"{found[floor, 'mailstack']:.1f}", "", "", "", "", ""] for floor in FLOORS]
    for n, case in enumerate(CASES):
        cost = found[n, "mailstack"]
        peers = [beside(cost, found.get((n, system))) for system in PEERS]
        rows.append([case.question, case.name, f"{cost:.1f}", *verdict(cost, case.target), *peers])
    return (f"## Lookups among {users:,} mailboxes\n\nThousand instructions until the question is settled: where a peer needs several "
            "statements, all of them.\nBehind a peer's figure, ours as a multiple of it.\n\n" + table(header, rows))


def growth(found):
    sizes = list(found)
    if len(sizes) == 1:
        return ""
    rows = []
    for n, case in enumerate(CASES):
        costs = [found[users][n, "mailstack"] for users in sizes]
        rows.append([case.question, case.name, *(f"{cost:.1f}" for cost in costs),
                     f"{costs[-1] / costs[0]:.3f}", *verdict(costs[-1] / costs[0], 1.1)])
    header = ["question", "case", *(f"{users:,}" for users in sizes), "last / first", "target", ""]
    return "## The same among more\n\nThousand instructions.\n\n" + table(header, rows)


def load(found, users):
    rows = []
    ours, plain = found["copy"]
    rows.append([f"COPY of {users:,} users", "instructions a row", f"{ours:,.0f}", f"{plain:,.0f}", f"{ours / plain:.2f}",
                 *verdict(ours / plain, 1.5)])
    ours, plain = found["peak"]
    rows.append([f"COPY of {users:,} users", "peak memory, MiB", ours, plain, f"{ours / plain:.2f}", "", ""])
    for which, label in (("one", "1 user"), ("many", f"{users:,} users")):
        ours, plain = found[which]
        ratio = ours / found["one"][0]
        rows.append([f"switch_transport, domain of {label}", "thousand instructions", f"{ours:.1f}", f"{plain:.1f}", f"{ours / plain:.2f}",
                     "as with 1 user", "" if which == "one" else "met" if ratio <= 1.1 else "**not met**"])
    return (f"## Loading and switching, {users:,} users\n\nBeside a plain table of text with the same indexes and foreign key.\n\n"
            + table(["what", "unit", "mailstack", "plain table", "ratio", "target", ""], rows))


def page(versions, sections):
    return (f"# What it costs\n\nWritten by `make bench`. {versions}.\n\nInstructions are counted by callgrind in a single-user server, "
            "parse and plan included; they repeat to within 1 %.\n\n" + "\n".join(filter(None, sections)))
