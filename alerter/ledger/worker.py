"""A thread that does one thing after the other, and a way for tasks to wait for what it does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

END_SECONDS = 5.0

T = TypeVar("T")


class Worker:
    """Begins when it is made. Raises RuntimeError where there can be no further thread."""

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._thread = Thread(target=self._go_on, name=name, daemon=True)  # a disk that hangs keeps no process alive
        self._thread.start()

    async def run(self, work: Callable[[], T]) -> T:
        """What the work returns or raises. If the task is cancelled before, work that has begun goes on."""
        return await asyncio.wrap_future(self._put(work))

    async def end(self, by: Callable[[], object]) -> None:
        """Do this last, after what is waiting, and see the thread end, unless that takes too long."""
        last = asyncio.wrap_future(self._put(by))
        self._jobs.put(None)
        done, _ = await asyncio.wait({last}, timeout=END_SECONDS)
        if done:
            self._thread.join()

    def _put(self, work: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        self._jobs.put((future, work))
        return future

    def _go_on(self) -> None:
        while (job := self._jobs.get()) is not None:
            _do(*job)
            del job  # what was done is not to be held until there is more to do


class Here:
    """The same without a thread: for work that waits for nothing."""

    async def run(self, work: Callable[[], T]) -> T:
        """What the work returns or raises."""
        return work()

    async def end(self, by: Callable[[], object]) -> None:
        """Do this last."""
        by()


def _do(future: Future[T], work: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - it is whose who waits
        future.set_exception(error)
    else:
        future.set_result(result)
