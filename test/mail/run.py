#!/usr/bin/env python3
"""Runs the mail tests (or those named: test/mail/run.py test_switch) and ends with `N passed, N failed`."""

import os
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


def main(names):
    stop_on_signals()
    found = sorted(name[:-3] for name in os.listdir(HERE) if name.startswith("test_") and name.endswith(".py"))
    result = Lines()
    unittest.defaultTestLoader.loadTestsFromNames(names or found).run(result)
    print(f"{result.passed} passed, {result.failed} failed")
    return 1 if result.failed or not result.passed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
