"""A time limit on a transaction that holds whatever the network does.

Cancelling is not enough: a driver that waits for an answer first asks the server to stop, over the same
dead network. So when the time is over the socket is shut on our side; the driver sees a lost connection at
once, and everything unwinds the ordinary way.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from contextvars import ContextVar
from types import TracebackType
from typing import Self

USUAL_SECONDS = 8.0
"""How long a transaction with all its tries may take on PostgreSQL; then it is an error."""

LONG_SECONDS = 60.0
"""The same where the time grows with the ledger."""

_current: ContextVar[Cutoff | None] = ContextVar("cutoff", default=None)


class Cutoff:
    """Within its `with`, connections that the task watches are shut after so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.is_over = False
        self._loop = asyncio.get_running_loop()
        self._ends_at = self._loop.time() + seconds
        self._sockets: list[socket.socket] = []

    @property
    def left(self) -> float:
        """Seconds until the time is over, never below 0."""
        return max(0.0, self._ends_at - self._loop.time())

    def __enter__(self) -> Self:
        self._timer = self._loop.call_at(self._ends_at, self._cut)
        self._outer = _current.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _current.reset(self._outer)
        self._timer.cancel()
        while self._sockets:
            self._sockets.pop().close()

    def watch(self, descriptor: int) -> None:
        """Shut this socket too when the time is over."""
        self._sockets.append(socket.socket(fileno=os.dup(descriptor)))
        if self.is_over:
            self._cut()

    def _cut(self) -> None:
        self.is_over = True
        for each in self._sockets:
            with contextlib.suppress(OSError):  # it is closed already
                each.shutdown(socket.SHUT_RDWR)


def seconds_left(at_most: float) -> float:
    """How long this task may still wait."""
    cutoff = _current.get()
    return at_most if cutoff is None else min(at_most, cutoff.left)


def watch(descriptor: int) -> None:
    """Put the socket under this task's time limit, if it has one."""
    if (cutoff := _current.get()) is not None:
        cutoff.watch(descriptor)
