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
    """Where much was built most of it stays: walk through it no more, and give back the room that was needed for it.

    Else each walk would hold up the loop for the better part of a second, and glibc would keep the room for ever.
    """
    if count < MANY:
        return
    gc.freeze()
    with suppress(AttributeError, OSError):  # other C libraries have no such function, and see to it themselves
        ctypes.CDLL(None).malloc_trim(0)
