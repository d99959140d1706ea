"""Writes the ends of attempts to the ledger, many in one transaction."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from alerter.domain.planning.channel import Channel
from alerter.engine.delivery.lane import Lane
from alerter.engine.ops.outage import Outage
from alerter.ledger.ledger import Result

FLUSH_AFTER_SECONDS = 0.05
AGAIN_AFTER_SECONDS = 1.0

Write = Callable[[Sequence[Result]], Awaitable[None]]


class Recorder:
    """Collects results and writes them within 50 ms.

    A lane has always fewer than twice as many sendings under way or unrecorded as it has workers, and a crash
    repeats no others: `wait_for_room` waits until there is room. What cannot be written now stays, and is
    written when the database lets us; `follow_up` comes after each batch, and again by itself where it failed.
    """

    def __init__(self, write: Write, follow_up: Callable[[], Awaitable[None]]) -> None:
        self._write = write
        self._follow_up = follow_up
        self._pending: list[Result] = []
        self._unrecorded: Counter[str] = Counter()
        self._recorded = asyncio.Event()
        self._filled = asyncio.Event()
        self._urgent = asyncio.Event()
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._outage = Outage("results.unrecorded")

    def start(self) -> None:
        """Begin to write in the background."""
        self._task = asyncio.create_task(self._run(), name="recorder")

    async def wait_for_room(self, lane: Lane) -> None:
        """Wait until one more sending may go unrecorded for a moment; call it before sending.

        There is an end to it: who waits is not under way, so that there must be something to be recorded.
        """
        channel = lane.channel
        while lane.under_way + self._unrecorded[channel.name] >= 2 * channel.concurrency - 1:
            self._recorded.clear()
            await self._recorded.wait()

    def put(self, channel: Channel, results: Sequence[Result]) -> None:
        """Hand in the results of one sending."""
        self._pending.extend(results)
        self._unrecorded[channel.name] += 1
        self._filled.set()
        if self._unrecorded[channel.name] >= (channel.concurrency + 1) // 2:
            self._urgent.set()

    async def flush(self) -> None:
        """Write what there is, now. Raises what the database raises, and keeps what was not written."""
        async with self._writing:
            while True:
                if batch := list(self._pending):
                    counts = Counter(self._unrecorded)
                    await self._write(batch)
                    del self._pending[: len(batch)]
                    self._unrecorded -= counts
                    self._recorded.set()
                await self._follow_up()
                if not self._pending:
                    break
            self._filled.clear()
            self._urgent.clear()

    async def stop(self) -> None:
        """Write what is left and end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.flush()

    async def _run(self) -> None:
        while True:
            await self._filled.wait()
            try:
                async with asyncio.timeout(FLUSH_AFTER_SECONDS):
                    await self._urgent.wait()
            except TimeoutError:
                pass
            try:
                await asyncio.shield(self.flush())
                self._outage.over()
            except Exception as error:  # noqa: BLE001 -- a database that cannot be written now may be later
                self._outage.note(error, results=len(self._pending))
                await asyncio.sleep(AGAIN_AFTER_SECONDS)
