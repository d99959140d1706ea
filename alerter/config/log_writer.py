"""Log lines on their way out: a slow, full or closed standard error holds up nobody.

Lines wait in a bounded queue for a thread of their own; what does not fit is counted and said later.
"""

from __future__ import annotations

import queue
import threading
from typing import TextIO

CAPACITY = 10_000

GATHER_SECONDS = 0.02
"""What is said within so short a time is written in one go: each turn of the thread is one that the loop waits for."""


class LogWriter:
    """A text stream whose `write` returns at once."""

    def __init__(self, stream: TextIO | None, capacity: int = CAPACITY) -> None:
        self._stream = stream
        self._capacity = capacity
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._lost_count = 0
        self._is_closing = threading.Event()
        self._thread = threading.Thread(target=self._drain, name="log-writer", daemon=True)
        self._thread.start()

    def write(self, text: str) -> int:
        """Queue the text; it is dropped, and counted, where too much waits already."""
        if self._lines.qsize() < self._capacity:
            self._lines.put(text)
        else:
            self._lost_count += 1
        return len(text)

    def flush(self) -> None:
        """Nothing to do: the thread flushes whenever it has written."""

    def close(self, within: float = 1.0) -> None:
        """Write what waits, for at most `within` seconds."""
        self._is_closing.set()
        self._lines.put(None)
        self._thread.join(within)

    def _drain(self) -> None:
        is_over = False
        while not is_over:
            pieces = [self._lines.get()]
            self._is_closing.wait(GATHER_SECONDS)
            while not self._lines.empty():
                pieces.append(self._lines.get())
            is_over = None in pieces
            self._put_out("".join(filter(None, pieces)) + self._lost_notice())

    def _lost_notice(self) -> str:
        lost_count, self._lost_count = self._lost_count, 0
        return f'{{"event": "log.lost", "level": "warning", "count": {lost_count}}}\n' if lost_count else ""

    def _put_out(self, text: str) -> None:
        try:
            if self._stream is not None:
                self._stream.write(text)
                self._stream.flush()
        except (OSError, ValueError):  # ValueError: the stream is closed
            return
