"""Building much at once without the garbage collector, which would walk through all of it again and again."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress

MANY = 10_000
"""So many deadlines take room that is worth looking after."""


@contextmanager
def uncollected() -> Iterator[None]:
    """Have no cycles collected meanwhile, in any thread; what is no longer referred to goes as ever."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def settle(count: int) -> None:
    """What was built, and all that was imported, mostly stays: walk through it no more, and give back its scaffold.

    Else each walk would hold up the loop for a tenth of a second, with many deadlines for the better part of one, and
    glibc would keep the room for ever. Where not much was built this is done once.
    """
    if count < MANY and gc.get_freeze_count():
        return
    gc.freeze()
    with suppress(AttributeError, OSError):  # other C libraries have no such function, and see to it themselves
        ctypes.CDLL(None).malloc_trim(0)
