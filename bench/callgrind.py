"""Instructions of SQL statements, counted by valgrind's callgrind in a single-user server.

Times on a shared machine drift by a factor of three; instructions repeat to within 1 %. One session runs all batches, and a
marker statement between them makes callgrind write down what it has counted since the last marker.
"""

import os
import re
import subprocess
import tempfile

from postgres import as_postgres
from process import HarnessError

# A function of the server that nothing else calls.
MARKER = "SELECT pg_backend_pid()"
MARKED = re.compile(r"^\t 1: pg_backend_pid = .*\n", re.M)
ROW = re.compile(r"^\t 1: [^\t]* = \"", re.M)
# False: the statements are run without callgrind, and the figures mean nothing.
counting = True
OPTIONS = ["jit=off", "autovacuum=off", "max_parallel_workers_per_gather=0", "work_mem=256MB", "maintenance_work_mem=256MB"]


def count(pg, database, batches, layout=0):
    """[(instructions, rows)] of the second half of each batch; batches are (warm-up, counted), lists of statements.

    The server pg must be stopped. A marker costs what two in a row show, and is taken off again. Each layout puts the server's
    memory elsewhere.
    """
    lines = [MARKER, MARKER]
    for warm_up, counted in batches:
        lines += [*warm_up, MARKER, *counted, MARKER]
    output, totals = run(pg, database, "".join(line + "\n" for line in lines), layout)
    marker, totals = totals[1], totals[2:]
    answers = MARKED.split(output)[2:]
    if len(totals) < 2 * len(batches) or len(answers) < 2 * len(batches):
        raise HarnessError(f"counted {len(totals)} parts for {len(batches)} batches:\n{output[-2000:]}")
    return [(totals[2 * i + 1] - marker, len(ROW.findall(answers[2 * i + 1]))) for i in range(len(batches))]


def run(pg, database, text, layout):
    """What the server printed, and the instructions before each marker."""
    with tempfile.TemporaryDirectory(dir=pg.directory) as directory:
        os.chmod(directory, 0o777)
        out = os.path.join(directory, "callgrind.out")
        # Addresses stay from run to run, since the server has tables that are keyed by them.
        callgrind = ["setarch", "-R", "valgrind", "-q", "--tool=callgrind", "--dump-before=pg_backend_pid", "--combine-dumps=yes",
                     f"--callgrind-out-file={out}"] if counting else []
        done = subprocess.run(
            as_postgres(*callgrind, f"{pg.bindir}/postgres", "--single", "-D", pg.data_dir,
                        *(f"-c{option}" for option in OPTIONS), database),
            input=text, capture_output=True, text=True, cwd="/",
            # The server copies its environment into the memory that grows.
            env={**os.environ, "MAILSTACK_LAYOUT": "x" * (1 + 5000 * layout)})
        errors = [line for line in done.stderr.splitlines() if re.search(r"\b(ERROR|FATAL|PANIC|HINT):|valgrind:", line)]
        if done.returncode or errors:
            raise HarnessError("\n".join(errors[:5]) or done.stderr)
        if not counting:
            return done.stdout, [(n + 1) * 1000 for n in range(text.count(MARKER))]
        with open(out) as f:
            return done.stdout, [int(line.split()[1]) for line in f if line.startswith("totals:")]
