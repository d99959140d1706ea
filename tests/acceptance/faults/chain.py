"""One daemon after the other on one ledger, each killed at a point, and its work finished by the next.

Every daemon finishes what the one before it left, and is then given new deadlines, to be killed while it reads,
hands over, claims, sends or records them. So a point costs one start.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.acceptance.faults.attaching import Point, armed, calls_in, traced, until_unconnected
from tests.acceptance.faults.remains import Left, end_leases, find_unexplained, read_left
from tests.acceptance.harness import Bench, Daemon, deadline, soon
from tests.acceptance.inbox import HttpInbox, MailInbox
from tests.acceptance.waiting import until
from tests.postgres import empty_schema

LANES = 2 * (os.cpu_count() or 1)  # chains side by side; half of the time a daemon only waits
FINISHED_WITHIN = 10.0  # seconds from the readiness of the next daemon until all is told

DUE = soon(minutes=55)

Receive = Callable[[Bench], Awaitable[HttpInbox | MailInbox]]


class Phase(StrEnum):
    """How far a notice had come when the daemon was killed, by the ledger and the receiver."""

    UNPLANNED = "unplanned"
    QUEUED = "queued"
    CLAIMED = "claimed"
    SENT = "sent"  # the receiver has it, and the ledger does not say so
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """What one kill led to: how far the new notices were, and how many of them came twice in the end."""

    point: Point
    phases: tuple[Phase, ...]
    repeat_count: int


@dataclass(slots=True)
class Chain:
    """The daemons that are killed in one folder. `adds` is how many deadlines each of them is given at once."""

    bench: Bench
    inbox: HttpInbox | MailInbox
    adds: int = 1
    count: int = 0

    async def run(self, points: Iterable[Point]) -> list[Kill]:
        """Kill at one point after the other, until a daemon gets through unharmed; every kill is judged."""
        kills: list[Kill] = []
        self._write()
        daemon = await self._start()
        for point in points:
            new = self._names(self.adds)
            if not await self._is_killed(daemon, point, new):
                break
            left = read_left(self.bench)
            phases = tuple(self._phase(left.get(name)) for name in new)
            daemon = await self._finish(phases)
            kills.append(Kill(point=point, phases=phases, repeat_count=self._judge(point, new, phases)))
        assert await find_unexplained(self.bench) == []
        self.bench.wants(*(f"ops {name} upcoming 1h" for name in self._all))
        await self.bench.check()
        return kills

    async def trace(self, call: str, output: Path) -> list[str]:
        """The calls of that kind that one daemon makes from the reading of a new deadline until it is told."""
        self._write()
        daemon = await self._start()
        self._names(1)
        async with traced(daemon.pid, call, output):
            self._write()
            await daemon.says("notice.delivered", within=60.0)
        return calls_in(output, call)

    @property
    def _all(self) -> list[str]:
        return [f"d{number:03}" for number in range(self.count)]

    def _names(self, more: int) -> list[str]:
        self.count += more
        return self._all[-more:]

    def _write(self) -> None:
        self.bench.write(*(deadline(name, DUE, ["1h"]) for name in self._all))

    async def _start(self) -> Daemon:
        daemon = await self.bench.start()
        await daemon.ready(within=60.0)
        return daemon

    async def _is_killed(self, daemon: Daemon, point: Point, new: list[str]) -> bool:
        """Give it the new deadlines, and say whether it died of that."""
        told = len(daemon.events("notice.delivered")) + len(new)
        async with armed(daemon.pid, point):
            self._write()
            await until(
                lambda: not daemon.is_running or len(daemon.events("notice.delivered")) >= told,
                f"{new} told, or an end\n{daemon.said}",
                within=60.0,
            )
        if (await daemon.get("/livez"))[0] == 200:
            return False
        ended = await daemon.ended()
        assert ended.code == -signal.SIGKILL, ended.err
        await until_unconnected(self.inbox.port)
        return True

    def _phase(self, left: Left | None) -> Phase:
        if left is None:
            return Phase.UNPLANNED
        if left.state != "sending":
            return {"queued": Phase.QUEUED, "delivered": Phase.RECORDED}[left.state]
        return Phase.SENT if self._arrival_counts()[left.id] else Phase.CLAIMED

    async def _finish(self, phases: tuple[Phase, ...]) -> Daemon:
        """Start the next one, which has to tell at once whatever is not recorded."""
        end_leases(self.bench)
        daemon = await self._start()
        open_count = sum(phase is not Phase.RECORDED for phase in phases)
        if open_count:
            await daemon.says("notice.delivered", count=open_count, within=FINISHED_WITHIN)
        return daemon

    def _judge(self, point: Point, new: list[str], phases: tuple[Phase, ...]) -> int:
        """How many came twice; raises where one that had not arrived did, or any came otherwise than it should."""
        counts, left = self._arrival_counts(), read_left(self.bench)
        came = [counts[left[name].id] for name in new]
        assert came == [2 if phase is Phase.SENT else 1 for phase in phases], f"{point}: {phases}, {came}"
        assert len({phase is Phase.UNPLANNED for phase in phases}) == 1, f"{point}: half a reload, {phases}"
        repeated = [name for name, count in zip(new, came, strict=True) if count > 1]
        self.bench.may_repeat.update(f"ops {name} upcoming 1h" for name in repeated)
        for name in repeated:
            messages = [one.content for one in self.inbox.arrivals() if one.id == left[name].id]
            assert [b"Repeat possible" in message for message in messages] == [False, True], messages
        return len(repeated)

    def _arrival_counts(self) -> Counter[str]:
        return Counter(one.id for one in self.inbox.arrivals())


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where chains play: each in a folder below this one, and with a receiver of its own.

    `server` is a PostgreSQL to keep the ledgers on, in place of files; `adds` is how many deadlines are new at once.
    """

    folder: Path
    receive: Receive
    server: str | None = None
    adds: int = 1

    @asynccontextmanager
    async def chain(self, name: str) -> AsyncIterator[Chain]:
        """A new chain, which says what its daemons said where it fails."""
        folder = self.folder / name
        folder.mkdir()
        async with AsyncExitStack() as stack:
            bench = Bench(folder, stack)
            if self.server is not None:
                bench.store = bench.environ["ALERTER_STORE"] = stack.enter_context(empty_schema(self.server))
            stack.push_async_callback(bench.reap)
            try:
                yield Chain(bench, await self.receive(bench), self.adds)
            except AssertionError:
                bench.show()
                raise


async def sweep(scene: Scene, *calls: str, numbers: range = range(1, 1000)) -> list[Kill]:
    """Kill at those calls of each of these kinds, on and on until the daemons get through unharmed."""
    kills: list[Kill] = []
    for call in calls:
        began = time.monotonic()
        lanes = [[Point(call=call, number=n) for n in numbers[lane::LANES]] for lane in range(LANES)]
        chains = (_run(scene, f"{call}-{lane[0].number}", lane) for lane in lanes if lane)
        found = [kill for chain in await asyncio.gather(*chains) for kill in chain]
        print(f"{call}: {in_words(found)}; {time.monotonic() - began:.0f} s")  # noqa: T201 -- the figures are the result
        kills += found
    return kills


async def find(scene: Scene, call: str, words: str) -> int:
    """The number of the first such call of the loop that has these words in it, in a run that nobody disturbs."""
    async with scene.chain(f"{call}-whole") as chain:
        found = await chain.trace(call, scene.folder / f"{call}.trace")
    return next(number for number, line in enumerate(found, 1) if words in line)


async def _run(scene: Scene, name: str, points: list[Point]) -> list[Kill]:
    async with scene.chain(name) as chain:
        return await chain.run(points)


def in_words(kills: list[Kill]) -> str:
    """`12 points, 0 missed, 3 repeated; queued 5, claimed 1, sent 3, recorded 3`: a miss has failed before."""
    phases = Counter(phase for kill in kills for phase in kill.phases)
    repeats = sum(kill.repeat_count for kill in kills)
    by_phase = ", ".join(f"{phase} {phases[phase]}" for phase in Phase)
    return f"{len(kills)} points, 0 missed, {repeats} repeated; {by_phase}"
