"""Asks the receiver, from outside its process, what came and when."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any

from tests.benchmarks.measure import ROOT

LOOK_SECONDS = 0.1

Receipt = tuple[float, str]  # seconds since 1970, id


class Receipts:
    """What the receiver at this port has got."""

    def __init__(self, port: int) -> None:
        self._port = port

    def url(self, path: str) -> str:
        """Where to post to for the behaviour that the path names."""
        return f"http://127.0.0.1:{self._port}{path}"

    def count(self) -> int:
        """How many messages came."""
        return int(self._ask("/count"))

    def read(self) -> list[Receipt]:
        """All that came, in order."""
        return [(at, name) for at, name in self._ask("/receipts")]

    def forget(self) -> None:
        """Begin anew."""
        self._ask("/forget")

    def wait(
        self,
        count: int,
        *,
        until: float,
        is_alive: Callable[[], bool] = lambda: True,
        every: float = LOOK_SECONDS,
    ) -> int:
        """Wait until so many came, or the instant is over (seconds since 1970); returns how many."""
        while (got := self.count()) < count and time.time() < until and is_alive():
            time.sleep(every)
        return got

    def _ask(self, path: str) -> Any:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request("GET", path)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


@contextmanager
def receiver() -> Iterator[Receipts]:
    """A receiver in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.receiver"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Receipts(int(process.stdout.readline()))
        finally:
            process.kill()


def repeated_count(receipts: list[Receipt]) -> int:
    """How many came that had come before."""
    return sum(Counter(name for _, name in receipts).values()) - len({name for _, name in receipts})
