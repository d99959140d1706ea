"""What libraries import in passing and we do not use: it would cost every command time, and the daemon room."""

from __future__ import annotations

import sys
from importlib import import_module

_LEFT_OUT = {
    "structlog": ("rich",),  # for tracebacks that show what may be secret
    "httpx": ("click", "pygments", "rich"),  # for its own command line
}


def import_alone(name: str) -> None:
    """Import the library by itself: it can do without what it takes along where that is installed."""
    left_out = [other for other in _LEFT_OUT[name] if other not in sys.modules]
    sys.modules.update(dict.fromkeys(left_out))  # type: ignore[arg-type]  # Python's way of saying that there is none
    try:
        import_module(name)
    finally:
        for other in left_out:
            del sys.modules[other]
