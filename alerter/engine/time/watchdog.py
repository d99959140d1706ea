"""Ends the process when it has stopped working, from a thread that nothing in the loop can block."""

from __future__ import annotations

import asyncio
import faulthandler
import os
import threading
import time
from collections.abc import Callable

import structlog

STUCK = 70
"""The exit code of a process that gave itself up."""

STUCK_AFTER_SECONDS = 60.0
STOP_WITHIN_SECONDS = 8.0
LOOK_EVERY_SECONDS = 1.0
TICK_SECONDS = 1.0

LAG_SECONDS = 1.0
"""What turns so much later than it should is said so; it is our own doing where the process was busy all the while."""

LONGEST_LOOK_SECONDS = 1.0
"""What one look counts at most: a process that was paused as a whole, or whose machine slept, is not stuck."""

log = structlog.get_logger(__name__)


class Watchdog:
    """Wants to hear from the loop every now and then, and sees to it that stopping comes to an end.

    The limits are in seconds; `leave` ends the process at once with the code it is given.
    """

    def __init__(
        self,
        *,
        stuck_after: float = STUCK_AFTER_SECONDS,
        stop_within: float = STOP_WITHIN_SECONDS,
        leave: Callable[[int], object] = os._exit,
    ) -> None:
        self._stuck_after = stuck_after
        self._stop_within = stop_within
        self._leave = leave
        self._silent_for = 0.0
        self._stop_by: float | None = None
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def tick(self) -> None:
        """Say that the loop makes progress."""
        self._silent_for = 0.0

    async def keep_ticking(self) -> None:
        """Tick for as long as the loop turns, however long a database takes to answer."""
        while True:
            self.tick()
            began, used = time.monotonic(), time.process_time()
            await asyncio.sleep(TICK_SECONDS)
            lag = time.monotonic() - began - TICK_SECONDS
            if lag > LAG_SECONDS:
                log.warning("loop.lagged", seconds=round(lag, 1), busy_seconds=round(time.process_time() - used, 1))

    def expect_end(self) -> None:
        """From now on the process has a few seconds to end; it is then ended with 0."""
        if self._stop_by is None:
            self._stop_by = time.monotonic() + self._stop_within

    @property
    def expects_end(self) -> bool:
        """Whether the process has been told to end."""
        return self._stop_by is not None

    def end(self) -> None:
        """Stop watching."""
        self._done.set()

    @property
    def silent_for(self) -> float:
        """Seconds since the loop was last heard of, while the process ran."""
        return self._silent_for

    def _watch(self) -> None:
        looked_at = time.monotonic()
        while not self._done.wait(LOOK_EVERY_SECONDS):
            now = time.monotonic()
            self._silent_for += min(now - looked_at, LONGEST_LOOK_SECONDS)
            looked_at = now
            self._judge(now)

    def _judge(self, now: float) -> None:
        if self._stop_by is not None:
            if now > self._stop_by:
                self._leave(0)
        elif self._silent_for > self._stuck_after:
            faulthandler.dump_traceback(file=2)
            self._leave(STUCK)
