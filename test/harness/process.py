"""What every private server needs: a free port, and starting and stopping by process id."""

import itertools
import os
import random
import signal
import socket
import time


class HarnessError(Exception):
    """A server did not do what it was asked; the text says which, and what its log said."""


def free_ports(count):
    """Not of those that the kernel gives to whoever connects to somewhere: one could be taken before its server starts."""
    candidates = random.Random().sample(range(10240, 32768), 100 * count)
    return list(itertools.islice(filter(is_free, candidates), count))


def is_free(port):
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port():
    return free_ports(1)[0]


def alive(pid):
    """A zombie answers kill(pid, 0) until somebody reaps it, so ask for the state instead."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as f:
            return f.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except OSError:
        return False


def wait_until(condition, seconds, what):
    """Polls; returns the first true answer. `what` may be a function: a log is worth reading only when time is up."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise HarnessError(f"gave up after {seconds} s: {what() if callable(what) else what}")
        time.sleep(0.03)


def terminate(pid, sig=signal.SIGTERM, seconds=15):
    """Asks, waits, and only then kills: the servers must get the chance to stop their children."""
    if not pid or not alive(pid):
        return
    os.kill(pid, sig)
    try:
        wait_until(lambda: not alive(pid), seconds, f"process {pid} to stop")
    except HarnessError:
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not alive(pid), 5, f"process {pid} to die")


def read(path):
    with open(path, errors="replace") as f:
        return f.read()


def read_pid(path):
    """The process id in a pid file, or None. Postfix pads it with spaces, PostgreSQL adds lines."""
    try:
        with open(path) as f:
            return int(f.readline())
    except (OSError, ValueError):
        return None


def tail(path, lines=25):
    try:
        with open(path, errors="replace") as f:
            return "".join(f.readlines()[-lines:])
    except OSError as e:
        return f"({e})\n"


def using(directory):
    """The processes that work in, or were started for, this directory: {pid: command line}."""
    mine = ancestors(os.getpid())
    pids = (int(name) for name in os.listdir("/proc") if name.isdigit())
    return {pid: command_line(pid) for pid in pids if pid not in mine and alive(pid) and touches(pid, directory)}


def ancestors(pid):
    found = set()
    while pid > 0:
        found.add(pid)
        with open(f"/proc/{pid}/stat", "rb") as f:
            pid = int(f.read().rpartition(b")")[2].split()[1])
    return found


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return f.read().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def touches(pid, directory):
    """Login processes are chrooted and wiped of their environment: look at every trace there is."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as f:
            if os.fsencode(directory) in f.read():
                return True
        links = [f"/proc/{pid}/cwd", f"/proc/{pid}/root"]
        links += [f"/proc/{pid}/fd/{fd}" for fd in os.listdir(f"/proc/{pid}/fd")]
        return directory in command_line(pid) or any(os.readlink(link).startswith(directory) for link in links)
    except OSError:
        return False
