"""Instants as programs read them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=1024)  # a herd has its instants in common
def instant(at: datetime) -> str:
    """`2025-09-10T13:00:00Z`."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
