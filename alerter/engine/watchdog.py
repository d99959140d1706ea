"""Ends the process when it has stopped working, from a thread that nothing in the loop can block."""

from __future__ import annotations

import faulthandler
import os
import threading
import time

STUCK = 70
"""The exit code of a process that gave itself up."""

STUCK_AFTER_SECONDS = 60.0
STOP_WITHIN_SECONDS = 7.5


class Watchdog:
    """Wants to hear from the loop every now and then, and sees to it that stopping comes to an end."""

    def __init__(self) -> None:
        self._seen = time.monotonic()
        self._stop_by: float | None = None
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def tick(self) -> None:
        """Say that the loop makes progress."""
        self._seen = time.monotonic()

    def expect_end(self) -> None:
        """From now on the process has a few seconds to end; it is then ended with 0."""
        self._stop_by = time.monotonic() + STOP_WITHIN_SECONDS

    def end(self) -> None:
        """Stop watching."""
        self._done.set()

    @property
    def silent_for(self) -> float:
        """Seconds since the loop was last heard of."""
        return time.monotonic() - self._seen

    def _watch(self) -> None:
        while not self._done.wait(0.25):
            if self._stop_by is not None and time.monotonic() > self._stop_by:
                os._exit(0)
            if self._stop_by is None and self.silent_for > STUCK_AFTER_SECONDS:
                faulthandler.dump_traceback(file=2)
                os._exit(STUCK)
