"""The five minutes of README.md, typed into what `make demo KEEP=1` leaves up."""

import atexit
import contextlib
import io
import os
import subprocess
import unittest

import mailcase  # noqa: F401  It knows where the harness is.
from demo import Story
from mail import MailServer

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Readme(unittest.TestCase):
    def test_tour(self):
        server = MailServer()
        atexit.register(server.close)
        self.addCleanup(server.close)
        with contextlib.redirect_stdout(io.StringIO()):
            Story(server).play()
        done = subprocess.run([f"{ROOT}/doc/type", "--demo", "--check", f"{ROOT}/README.md"],
                              env={**os.environ, **server.postgres.environment(), "D": server.directory},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
        self.assertEqual(done.returncode, 0, f"\n{done.stdout}run doc/type --demo on it, and read what it changed")
