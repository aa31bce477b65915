#!/usr/bin/env python3
"""Runs the mail tests (or those named: test/mail/run.py test_switch) and ends with `N passed, N failed`.

Two files at a time: each class has servers of its own, and they wait for one another most of the time.
"""

import concurrent.futures
import os
import re
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "harness"))
from postgres import stop_on_signals  # noqa: E402


class Lines(unittest.TestResult):
    """One line a test; a failed one is followed by why."""

    def __init__(self):
        super().__init__()
        self.passed = self.failed = 0
        self.broken = set()

    def addSuccess(self, test):
        if test.id() not in self.broken:
            self.passed += 1
            print(f"ok - {test.id()}", flush=True)

    def addFailure(self, test, error):
        self.broken.add(test.id())
        self.failed += 1
        print(f"not ok - {test.id()}", flush=True)
        for line in self._exc_info_to_string(error, test).splitlines():
            print(f"    {line}", flush=True)

    addError = addFailure

    def addSubTest(self, test, subtest, error):
        if error:
            self.addFailure(subtest, error)
            self.broken.add(test.id())


def run_here(name):
    result = Lines()
    unittest.defaultTestLoader.loadTestsFromName(name).run(result)
    return result.passed, result.failed


class Beside:
    """Files that are run by processes of their own."""

    def __init__(self):
        self.running = set()

    def run(self, name):
        """What it printed comes at once, and its last line is read."""
        process = subprocess.Popen([sys.executable, __file__, name], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, encoding="utf-8", errors="replace")
        self.running.add(process)
        said, _ = process.communicate()
        self.running.remove(process)
        counted = re.search(r"^(\d+) passed, (\d+) failed\n\Z", said, re.MULTILINE)
        print(said[:counted.start()] if counted else f"not ok - {name} ended before it was done\n{said}", end="", flush=True)
        return (int(counted[1]), int(counted[2])) if counted else (0, 1)

    def stop(self):
        """They have servers to stop."""
        for process in list(self.running):
            process.terminate()


def run_beside(names):
    beside = Beside()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        try:
            counts = list(pool.map(beside.run, names))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            beside.stop()
            raise
    return [sum(column) for column in zip(*counts)]


def main(names):
    stop_on_signals()
    # The largest first: at the end none of them is left to run alone.
    found = sorted((name for name in os.listdir(HERE) if name.startswith("test_") and name.endswith(".py")),
                   key=lambda name: -os.path.getsize(os.path.join(HERE, name)))
    names = names or [name[:-3] for name in found]
    passed, failed = run_here(names[0]) if len(names) == 1 else run_beside(names)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
