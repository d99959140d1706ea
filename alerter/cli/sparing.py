"""Time that every command, and room that the daemon, would give for nothing.

That is what libraries import in passing and we do not use, and memory kept by the C library for later.
"""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from importlib import import_module

_LEFT_OUT = {
    "structlog": ("rich",),  # for tracebacks that show what may be secret
    "httpx": ("click", "pygments", "rich"),  # for its own command line
}

_M_MMAP_THRESHOLD = -3
_LARGE_BYTES = 1024 * 1024


def return_large_blocks() -> None:
    """Have large blocks of memory go back to the system at once, in any thread.

    glibc would keep as much of them as was in use at the same time before, up to 32 MB for each thread: after every
    look at a large file twice its length.
    """
    with suppress(AttributeError, OSError):  # other C libraries have no such function
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)


def import_alone(name: str) -> None:
    """Import the library by itself: it can do without what it takes along where that is installed."""
    left_out = [other for other in _LEFT_OUT[name] if other not in sys.modules]
    sys.modules.update(dict.fromkeys(left_out))  # type: ignore[arg-type]  # Python's way of saying that there is none
    try:
        import_module(name)
    finally:
        for other in left_out:
            del sys.modules[other]
