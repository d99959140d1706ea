"""What libraries import in passing and we do not use: it would cost every command time, and the daemon room."""

from __future__ import annotations

import sys
from importlib import import_module


def import_structlog() -> None:
    """Import structlog by itself: it takes rich along where it can, for tracebacks that show what may be secret."""
    if "structlog" in sys.modules or "rich" in sys.modules:
        return
    sys.modules["rich"] = None  # type: ignore[assignment]  # Python's way of saying that there is none
    try:
        import_module("structlog")
    finally:
        del sys.modules["rich"]
