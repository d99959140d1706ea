"""How a process begins and ends: its streams, signals before the daemon is up, and leaving when its work is done."""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import NoReturn


def heed_signals_early() -> None:
    """Until the daemon has handlers of its own: end when told to, and keep on when asked to reload.

    As process 1 of a container there is no default: what has no handler is not heard at all.
    """
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, _leave)
    for reloading in (signal.SIGHUP, signal.SIGUSR1):
        signal.signal(reloading, signal.SIG_IGN)  # the files are about to be read


def occupy_closed_streams(*, is_daemon: bool) -> None:
    """Give the numbers of closed standard streams to something else than the next file opened.

    For a command that is the null device. For the daemon it is a pipe without a reader: its output is a channel,
    and what nobody reads must not pass for delivered.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            _put(_open_broken_pipe() if is_daemon else os.open(os.devnull, os.O_RDWR), number)


def _open_broken_pipe() -> int:
    reading, writing = os.pipe()
    os.close(reading)
    return writing


def _put(writing: int, number: int) -> None:
    if writing != number:
        os.dup2(writing, number)
        os.close(writing)


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(0)  # nothing has been opened that would want closing


def leave(code: int) -> NoReturn:
    """End without waiting for threads: one may sit in a name server's silence, or in a pipe that nobody reads."""
    from alerter.config.log import background_writer

    background_writer().close()
    os._exit(code)
