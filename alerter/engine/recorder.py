"""Writes the ends of attempts to the ledger, many in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from alerter.ledger.ledger import Result

FLUSH_AFTER_SECONDS = 0.05
MOST_UNRECORDED = 64

Write = Callable[[Sequence[Result]], Awaitable[None]]


class Recorder:
    """Collects results and writes them within 50 ms.

    At most 64 are ever sent and unrecorded: then `reserve` waits, so that a crash repeats no more than that.
    """

    def __init__(self, write: Write) -> None:
        self._write = write
        self._pending: list[Result] = []
        self._room = asyncio.Semaphore(MOST_UNRECORDED)
        self._reserved = 0
        self._filled = asyncio.Event()
        self._urgent = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write in the background."""
        self._task = asyncio.create_task(self._run(), name="recorder")

    async def reserve(self) -> None:
        """Wait for room to remember one more result; call it before sending."""
        await self._room.acquire()

    def free(self) -> None:
        """Give a reserved place back: nothing was sent."""
        self._room.release()

    def put(self, results: Sequence[Result]) -> None:
        """Hand in the results of one reserved sending."""
        self._pending.extend(results)
        self._reserved += 1
        self._filled.set()
        if self._reserved >= MOST_UNRECORDED // 2:
            self._urgent.set()

    async def flush(self) -> None:
        """Write what there is, now."""
        while self._pending:
            batch, places = self._pending, self._reserved
            self._pending, self._reserved = [], 0
            self._filled.clear()
            self._urgent.clear()
            try:
                await self._write(batch)
            finally:
                for _ in range(places):
                    self._room.release()

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
            await asyncio.shield(self.flush())
