"""One run of a contender on one piece of work: started with everything scheduled, watched, and counted."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import daemon
from tests.benchmarks.daemon import Due
from tests.benchmarks.figures import Figures
from tests.benchmarks.processes import Running
from tests.benchmarks.receipts import Receipt, Receipts, repeated_count
from tests.benchmarks.rivals import starting
from tests.benchmarks.rivals.wanted import Wanted

LEAD_SECONDS = 3.0
"""Who is ready later than this before the instant is given more time, in another try."""

QUIET_SECONDS = 0.5
"""After the last receipt, for what should not come."""

Ended = tuple[Figures, list[Receipt]]


class TooSlowError(RuntimeError):
    """It was not ready before the instant came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """`count` notices after `offsets` (seconds after one instant), spread over `paths` of the receiver in turn.

    `wait_for` (None: all) is how many of them can come; `far_count` deadlines more are years away.
    """

    offsets: Sequence[float]
    paths: Sequence[str] = ("/fast",)
    concurrency: int | None = None
    far_count: int = 0
    wait_for: int | None = None
    longest: float = 60.0

    @property
    def count(self) -> int:
        """How many notices."""
        return len(self.offsets)

    @property
    def settings(self) -> str:
        """What is set on the channel."""
        return f"concurrency = {self.concurrency}\n" if self.concurrency else ""

    def dues(self, begins_at: float) -> list[Due]:
        """The notices as deadlines."""
        return [
            Due(at=begins_at + offset, channel=f"hook{number % len(self.paths)}")
            for number, offset in enumerate(self.offsets)
        ]

    def urls(self, receipts: Receipts) -> dict[str, str]:
        """The address of each channel."""
        return {f"hook{number}": receipts.url(path) for number, path in enumerate(self.paths)}


def at_once(count: int, **more: object) -> Work:
    """So many in the same second."""
    return Work(offsets=[0.0] * count, **more)  # type: ignore[arg-type]  # fields of the class above


def ours(work: Work, receipts: Receipts) -> Ended:
    """The daemon, with its ledger on SQLite."""
    return _until_in_time(6 + work.count * 0.001 + work.far_count * 0.0002, lambda wait: _ours(work, receipts, wait))


def theirs(name: str, work: Work, receipts: Receipts, *, store: str | None = None) -> Ended:
    """A rival; `store` is the database's URL where it wants one."""
    each = 0.004 if "SQLite" in name or store else 0.0005
    wait_for = 6 + work.count * each + work.far_count * 0.0003
    return _until_in_time(wait_for, lambda wait: _theirs(name, work, receipts, store, wait))


def _until_in_time(wait_for: float, run: Callable[[float], Ended]) -> Ended:
    for _ in range(3):
        try:
            return run(wait_for)
        except TooSlowError:
            wait_for *= 2
    raise TooSlowError(f"not ready within {wait_for:.0f} s")


def _ours(work: Work, receipts: Receipts, wait_for: float) -> Ended:
    begins_at = float(int(time.time() + wait_for))
    with folder() as place:
        config = daemon.write(
            place, work.dues(begins_at), work.urls(receipts), more=work.settings, far_count=work.far_count
        )
        with daemon.daemon(place, config) as process:
            ready_after = daemon.wait_ready(process)
            ended = _watch(process, work, receipts, begins_at, ready_after)
            process.end()
        return ended[0], named_by_plan(ended[1], place / "alerter.db", begins_at)


def _theirs(name: str, work: Work, receipts: Receipts, store: str | None, wait_for: float) -> Ended:
    begins_at = float(int(time.time() + wait_for))
    with folder() as place:
        wanted = Wanted(
            url=receipts.url(work.paths[0]),
            dues=[begins_at + offset for offset in work.offsets],
            concurrency=work.concurrency or 32,
            store=store or str(place),
            far_count=work.far_count,
        )
        with starting.rival(name, wanted, place) as process:
            ready_after = starting.wait_ready(process)
            figures, got = _watch(process, work, receipts, begins_at, ready_after)
        offsets = dict(zip((one for one, _ in wanted.instants()), work.offsets, strict=False))
        return figures, [(at - begins_at - offsets[one], one) for at, one in got]


def _watch(process: Running, work: Work, receipts: Receipts, begins_at: float, ready_after: float) -> Ended:
    """Wait for everything to arrive; what it cost, and what came at which instant."""
    if time.time() > begins_at - LEAD_SECONDS:
        raise TooSlowError
    receipts.forget()
    cpu, memory = process.cpu, process.memory("VmRSS")
    count = work.count if work.wait_for is None else work.wait_for
    receipts.wait(count, until=begins_at + max(work.offsets) + work.longest, is_alive=lambda: process.is_alive)
    time.sleep(QUIET_SECONDS)
    got = receipts.read()
    last = max((at for at, _ in got), default=begins_at) - begins_at
    figures = {
        "ready s": ready_after,
        "last s": last,
        "rate /s": len(got) / last if last > 0 else 0.0,
        "lost": count - len({one for _, one in got}),
        "twice": repeated_count(got),
        "CPU s": process.cpu - cpu,
        "grown MB": process.memory() - memory,
    }
    return figures, got


def named_by_plan(got: list[Receipt], ledger: Path, begins_at: float) -> list[Receipt]:
    """How late each was, in seconds, by what the ledger says of its instant."""
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as database:
        planned = dict(database.execute("SELECT id, planned_at FROM notice").fetchall())
    return [(at - planned.get(one, begins_at * 1e6) / 1e6, one) for at, one in got]


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that goes with the run."""
    with tempfile.TemporaryDirectory(prefix="alerter-benchmark-") as place:
        yield Path(place)
