"""The sections of RESULTS.md: a heading and a table for each topic."""

from lookups import FLOORS
from questions import CASES, SYSTEMS
from sieve import TARGETS as SIEVE_TARGETS
from values import SETS, TARGETS

PEERS = SYSTEMS[1:]
TITLES = {"mailstack": "mailstack", "series": "text tables", "postfixadmin": "PostfixAdmin's manner", "vmm": "vmm's manner"}


def table(header, rows, words=2):
    """The first columns are words, the others numbers."""
    lines = [header, ["---"] * words + ["---:"] * (len(header) - words), *rows]
    return "".join("| " + " | ".join(str(cell) for cell in line) + " |\n" for line in lines)


def verdict(value, target):
    if target is None:
        return "", ""
    return f"≤ {target:,}", "met" if value <= target else "**not met**"


def beside(ours, peer):
    """The peer's cost, and ours as a multiple of it."""
    return f"{peer:,.0f} ({ours / peer:.2f})" if peer else "–"


def listed(numbers):
    words = [f"{n:,}" for n in numbers]
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else words[0]


def types(found):
    header = ["type", "step", "mailstack", "target", "", "text, C", "text, C.UTF-8", "citext", "domain with HTML5's expression"]
    rows = []
    for n, (ours, what, _, _) in enumerate(SETS):
        for step in ("input", "output", "comparison", "hash", "sort"):
            cost = found[n, step, ours]
            target = TARGETS.get(step) if ours == "mail_address" else None
            peers = [beside(cost, found.get((n, step, column))) for column in ("text, C", "text", "citext", "HTML5 domain")]
            rows.append([f"{ours}{', ' + what if what else ''}", step, f"{cost:,}", *verdict(cost, target), *peers])
    return "Types", ("Instructions a row; a sort is of 5,000 rows. Behind a peer's figure, ours as a multiple of it.\n\n"
                     + table(header, rows))


def sieve(found):
    rows = [[f"`{step}`", f"{cost:,}", *verdict(cost, SIEVE_TARGETS.get(step))] for step, cost in found.items()]
    return "Sieve: scripts of 10 kB", "Instructions a script.\n\n" + table(["what", "mailstack", "target", ""], rows, 1)


def lookups(found):
    """Those among the first number of mailboxes in detail, and how they grow with the others."""
    sizes = list(found)
    sections = [among(found[sizes[0]], sizes[0])]
    if len(sizes) > 1:
        sections.append(growth(found, sizes))
    return sections


def among(found, users):
    header = ["question", "case", "mailstack", "target", "", *(TITLES[system] for system in PEERS)]
    rows = [["floor", f"`{floor}`", f"{found[floor, 'mailstack']:.1f}", "", "", "", "", ""] for floor in FLOORS]
    for n, case in enumerate(CASES):
        cost = found[n, "mailstack"]
        peers = [beside(cost, found.get((n, system))) for system in PEERS]
        rows.append([case.question, case.name, f"{cost:.1f}", *verdict(cost, case.target), *peers])
    return f"Lookups among {users:,} mailboxes", (
        "Thousand instructions until the question is settled: where a peer needs several statements, all of them.\nBehind a peer's "
        "figure, ours as a multiple of it.\n\n" + table(header, rows))


def growth(found, sizes):
    header = ["question", "case", *(f"{users:,}" for users in sizes), "last / first", "target", "",
              *(f"{TITLES[system]}, {sizes[-1]:,}" for system in PEERS)]
    rows = []
    for n, case in enumerate(CASES):
        costs = [found[users][n, "mailstack"] for users in sizes]
        peers = [beside(costs[-1], found[sizes[-1]].get((n, system))) for system in PEERS]
        rows.append([case.question, case.name, *(f"{cost:.1f}" for cost in costs), f"{costs[-1] / costs[0]:.3f}",
                     *verdict(costs[-1] / costs[0], 1.1), *peers])
    return f"Growth of lookups: {listed(sizes)} mailboxes", (
        "Thousand instructions among so many. Behind a peer's figure, ours as a multiple of it.\n\n" + table(header, rows))


def copies(what, found):
    """found: {rows: (ours, plain)}, each instructions a row and MiB."""
    rows = []
    for size, ((ours, our_peak), (plain, plain_peak)) in found.items():
        target = 1.5 if what == "users" else None
        rows.append([f"COPY of {size:,} {what}", "instructions a row", f"{ours:,.0f}", f"{plain:,.0f}", f"{ours / plain:.2f}",
                     *verdict(ours / plain, target)])
        rows.append([f"COPY of {size:,} {what}", "peak memory of its own, MiB", our_peak, plain_peak, "", "", ""])
    sizes = list(found)
    if len(sizes) > 1:
        ours, plain = [found[sizes[-1]][side][0] / found[sizes[0]][side][0] for side in (0, 1)]
        rows.append([f"a row of {sizes[-1]:,} / of {sizes[0]:,}", "ratio", f"{ours:.3f}", f"{plain:.3f}", "", *verdict(ours, 1.1)])
    return f"COPY of {listed(sizes)} {what}", (
        "With every rule on, beside a plain table of text with the same indexes and foreign keys. The domains are there, and for "
        "aliases the users.\n\n" + table(["what", "unit", "mailstack", "plain table", "ratio", "target", ""], rows))


def switch(size, found):
    one, many, update = found
    rows = [["switch_transport, domain of 1 user", "thousand instructions", f"{one:.1f}", f"{update:.1f}",
             f"{one / update:.2f}", "", ""],
            [f"switch_transport, domain of {size:,} users", "thousand instructions", f"{many:.1f}", f"{update:.1f}",
             f"{many / update:.2f}", "", ""],
            [f"{size:,} users / 1 user", "ratio", f"{many / one:.3f}", "", "", *verdict(many / one, 1.05)]]
    return f"Switch of a domain of {size:,} users", (
        "Beside an UPDATE of a plain table, which checks nothing and logs nothing.\n\n"
        + table(["what", "unit", "mailstack", "plain table", "ratio", "target", ""], rows))


def diagnose(users, found):
    return f"Diagnosis among {users:,} mailboxes", (
        "Median of three, by the clock, on a machine that may have had other work.\n\n"
        + table(["what", "seconds"], [[f"`{question}`", f"{seconds:.1f}"] for question, seconds in found.items()]))


def messages(names, asked, costs, users):
    """asked: {system: statements of each message}; costs: {system: thousand instructions of each}."""
    systems = list(costs)
    targets = {"postfixadmin": 1 / 2, "vmm": 1 / 3}
    units = ["statements", "thousand instructions"]
    header = ["message to", *(f"{TITLES[system]}, {unit}" for system in systems for unit in units),
              *(f"{TITLES[peer]}: target" for peer in targets)]
    lines = [*range(len(names)), None]
    rows = []
    for line in lines:
        which = range(len(names)) if line is None else [line]
        count = {system: sum(len(asked[system][n]) for n in which) for system in systems}
        cost = {system: sum(costs[system][n] for n in which) for system in systems}
        row = ["all of them" if line is None else names[line]]
        for system in systems:
            row += [count[system], f"{cost[system]:,.0f}" if system == "mailstack" else beside(cost["mailstack"], cost[system])]
        for peer, target in targets.items():
            met = cost["mailstack"] <= target * cost[peer]
            row.append(f"≤ {target:.2f} {'met' if met else '**not met**'}")
        rows.append(row)
    return f"Messages: what they ask among {users:,} mailboxes", (
        "What a real Postfix and Dovecot ask about one message from outside until it lies in the mailbox, each connected as its "
        "documentation says:\nours as config_files() says, without the maps that doc/connect.md says can be left out (`bench/mail --statements` shows "
        "what is asked).\nIts sender and recipient are new to them, their connections are open. By virtual, where nothing else is "
        "said. Behind a peer's figure, ours as a multiple of it.\n\n" + table(header, rows, 1))


def throughput(rates, users):
    clients = sorted({n for n, _ in rates})
    rows = [[f"messages a second, mailstack / {TITLES[peer]}", "ratio", *(f"{rates[n, peer]:.2f}" for n in clients)]
            for peer in dict.fromkeys(peer for _, peer in rates)]
    return f"Throughput: messages among {users:,} mailboxes", (
        "The same statements by pgbench, the four messages mixed, without the mail: the median of short turns, each beside the "
        "peer's.\n\n" + table(["what", "unit", *(f"{n} client{'s' if n > 1 else ''}" for n in clients)], rows))
