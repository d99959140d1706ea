"""Processes under measurement: started in a folder of their own, watched through /proc, and always ended."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.measure import ROOT

TICKS = os.sysconf("SC_CLK_TCK")
END_SECONDS = 20.0


class NotReadyError(RuntimeError):
    """It ended, or took too long, before it was ready."""


class Running:
    """One process; what it prints goes to files in its folder."""

    def __init__(self, command: Sequence[str], folder: Path, *, name: str, environ: Mapping[str, str] | None = None):
        self.log = folder / f"{name}.log"
        self.out = folder / f"{name}.out"
        with self.out.open("wb") as out, self.log.open("wb") as log:
            env = {**os.environ, **(environ or {})}
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=log, env=env)
        self.started_at = time.time()

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    @property
    def cpu(self) -> float:
        """Seconds of processor time so far; 0 once it has ended."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self, field: str = "VmHWM") -> float:
        """The most memory it has held so far, in MB (or `VmRSS`: that of now); 0 once it has ended."""
        try:
            found = re.search(rf"{field}:\s+(\d+) kB", Path(f"/proc/{self._process.pid}/status").read_text())
        except OSError:
            return 0.0
        return int(found[1]) / 1024 if found else 0.0

    def wait(self, is_ready: Callable[[], bool], *, within: float) -> float:
        """Wait until it is ready; returns the seconds since its start. Raises NotReadyError."""
        give_up_at = time.time() + within
        while not is_ready():
            if not self.is_alive or time.time() > give_up_at:
                raise NotReadyError(f"{self._process.args!r}: {self.log.read_text()[-2000:]}")
            time.sleep(0.02)
        return time.time() - self.started_at

    def kill(self) -> None:
        """End it at once, as `kill -9` does."""
        self._process.kill()
        self._process.wait()

    def end(self) -> None:
        """Ask it to end, and wait for that."""
        self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()


@contextmanager
def running(
    command: Sequence[str], folder: Path, *, name: str, environ: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """A process that is gone at the end, however that comes."""
    process = Running(command, folder, name=name, environ=environ)
    try:
        yield process
    finally:
        if process.is_alive:
            process.kill()
