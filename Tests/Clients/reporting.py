"""Checks that print what they find: `ok NAME` or `FAILED NAME: reason`, a line each, from any thread."""

import contextlib
import threading
import time


class Checks:
    """`into` is whose counts they are: a client's checks go into the run's."""

    def __init__(self, prefix="", into=None):
        self.prefix, self.into = prefix, into
        self.passed = self.failed = 0
        self.lock = threading.Lock()

    @contextlib.contextmanager
    def __call__(self, name):
        began = time.monotonic()
        try:
            yield
        except Exception as fault:  # the check's own verdict, or whatever the client under test raised
            reason = " ".join(str(fault).split()) or type(fault).__name__
            self.took(f"FAILED {self.prefix}{name}: {type(fault).__name__}: {reason[:600]}")
        else:
            self.took(f"ok     {self.prefix}{name} ({time.monotonic() - began:.1f} s)")

    def skip(self, name, reason):
        self.took(f"skip   {self.prefix}{name}: {reason}")

    def took(self, line):
        """Counts a line and shows it; lines of another process's checks come through here too."""
        if self.into:
            return self.into.took(line)
        kind = line.split(" ", 1)[0]
        with self.lock:
            self.passed += kind == "ok"
            self.failed += kind == "FAILED"
            print(line, flush=True)


def same(found, expected, what="content"):
    if found != expected:
        raise AssertionError(f"{what}: found {str(found)[:250]}, expected {str(expected)[:250]}")


def holds(fact, what):
    if not fact:
        raise AssertionError(what)


def until(fact, seconds, what):
    """Repeats an asking that itself waits (a poll) until it gives something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := fact():
            return value
    raise AssertionError(f"{what} did not come about within {seconds} s")
