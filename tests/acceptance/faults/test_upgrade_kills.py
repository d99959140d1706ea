"""Killed while it makes or upgrades its ledger, the daemon leaves the schema of before or the new one, with all rows.

Every point is a start of its own on the same old file; the next start sends what the old version had left.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from alerter.ledger.schema import HEAD
from tests.acceptance.faults.aging import FIRST, PENDING, WANTED, Held, age, live, read_held
from tests.acceptance.faults.attaching import Point
from tests.acceptance.faults.remains import read_left
from tests.acceptance.harness import STORE, Bench, deadline, soon
from tests.acceptance.waiting import until

pytestmark = pytest.mark.fault

CALLS = ("fdatasync", "unlink", "pwrite64")
LANES = 4


@dataclass(slots=True)
class Starts:
    """Starts in one folder, each killed at a point; before each the ledger is `old` again, or there is none.

    `pending` is what has to go out afterwards: deadlines, each with its channel.
    """

    bench: Bench
    pending: Mapping[str, str]
    old: Path | None = None

    async def run(self, points: Iterable[Point]) -> list[str | None]:
        """Kill at one point after the other until the schema is the new one; returns what each kill left."""
        left: list[str | None] = []
        before = read_held(self.old) if self.old else Held(revision=None, schema=frozenset(), notices=())
        for point in points:
            self._restore()
            if not await self._is_killed(point):
                break
            held = read_held(self.bench.folder / STORE)
            left.append(held.revision)
            assert held == before or held.revision == HEAD, f"{point}: {held}"
            await self._finish(point)
            if held.revision == HEAD:
                break
        return left

    def _restore(self) -> None:
        for path in self.bench.folder.glob(f"{STORE}*"):
            path.unlink()
        if self.old is not None:
            shutil.copy(self.old, self.bench.folder / STORE)

    async def _is_killed(self, point: Point) -> bool:
        daemon = await self.bench.start(under=point.under)
        await until(
            lambda: not daemon.is_running or bool(daemon.port), f"a start or an end\n{daemon.said}", within=60.0
        )
        if daemon.is_running:
            await daemon.end(signal.SIGKILL)
            return False
        ended = await daemon.ended()
        assert ended.code == -signal.SIGKILL, ended.err
        return True

    async def _finish(self, point: Point) -> None:
        """The next start sends what is pending, each once, and nothing else."""
        before = self._counts()
        daemon = await self.bench.start()
        await daemon.says("notice.delivered", count=len(self.pending), within=60.0)
        ended = await daemon.end()
        came = self._counts() - before
        assert (came, ended.code) == (Counter(self.pending.values()), 0), f"{point}: {ended.err}"
        assert {read_left(self.bench)[name].state for name in self.pending} == {"delivered"}
        assert read_held(self.bench.folder / STORE).revision == HEAD

    def _counts(self) -> Counter[str]:
        return Counter(one.channel for one in self.bench.arrivals())


@pytest.mark.parametrize("call", CALLS)
async def test_a5_a_kill_during_an_upgrade_leaves_no_half_of_it(tmp_path: Path, call: str) -> None:
    """At each such call of the start on a ledger of the first version, with notices in every state."""
    left = await asyncio.gather(*(_upgrade(tmp_path / str(lane), call, lane) for lane in range(1, LANES + 1)))
    assert FIRST in {revision for lane in left for revision in lane}


@pytest.mark.parametrize("call", CALLS)
async def test_a5_a_kill_during_the_first_start_leaves_no_half_of_it(tmp_path: Path, call: str) -> None:
    """At each such call of a start where there was no ledger: the next one makes it, and tells."""
    left = await asyncio.gather(*(_begin(tmp_path / str(lane), call, lane) for lane in range(1, LANES + 1)))
    assert None in {revision for lane in left for revision in lane}


async def _upgrade(folder: Path, call: str, lane: int) -> list[str | None]:
    async with AsyncExitStack() as stack:
        bench = _bench(folder, stack)
        await live(bench)
        age(bench.store, f"sqlite:///{folder / 'old'}")
        left = await Starts(bench, PENDING, folder / "old").run(_points(call, lane))
        bench.may_repeat.update(WANTED)
        return left


async def _begin(folder: Path, call: str, lane: int) -> list[str | None]:
    async with AsyncExitStack() as stack:
        bench = _bench(folder, stack)
        await bench.webhook("ops")
        bench.write(deadline("report", soon(minutes=50), ["1h"]))
        return await Starts(bench, {"report": "ops"}).run(_points(call, lane))


def _bench(folder: Path, stack: AsyncExitStack) -> Bench:
    folder.mkdir()
    bench = Bench(folder, stack)
    stack.push_async_callback(bench.reap)
    return bench


def _points(call: str, lane: int) -> list[Point]:
    return [Point(call=call, number=number) for number in range(lane, 1000, LANES)]
