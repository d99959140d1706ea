"""Which rivals there are, and how each is started."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from tests.benchmarks.processes import Running, running
from tests.benchmarks.rivals.wanted import Wanted, write

COMMANDS = {
    "APScheduler, memory": ("apscheduler", "with_apscheduler", "memory"),
    "APScheduler, SQLite": ("apscheduler", "with_apscheduler", "sqlite"),
    "huey, SQLite": ("huey", "with_huey"),
    "procrastinate, PostgreSQL": ("procrastinate", "with_procrastinate"),
}
"""Name -> the package it needs, its module here, and arguments."""

READY_SECONDS = 600.0


def is_found(name: str) -> bool:
    """Whether the rival's package is installed."""
    return find_spec(COMMANDS[name][0]) is not None


@contextmanager
def rival(name: str, wanted: Wanted, folder: Path) -> Iterator[Running]:
    """The rival's process, not yet ready."""
    _, module, *arguments = COMMANDS[name]
    task = write(wanted, folder / "wanted.json")
    command = [sys.executable, "-m", f"tests.benchmarks.rivals.{module}", *arguments, str(task)]
    with running(command, folder, name="rival") as process:
        yield process


def wait_ready(process: Running) -> float:
    """Wait until everything is scheduled; returns the seconds since its start."""
    return process.wait(lambda: process.out.read_text().startswith("ready"), within=READY_SECONDS)
