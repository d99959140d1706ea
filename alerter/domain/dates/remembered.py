"""What was worked out from a value, remembered for that very object: cheaper to look up than by equality."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """The latest results of `work_out`, at most `count`; what they are from must never change."""

    __slots__ = ("_count", "_known", "_work_out")

    def __init__(self, work_out: Callable[[K], V], count: int = 4096) -> None:
        self._work_out = work_out
        self._count = count
        self._known: dict[int, tuple[K, V]] = {}

    def __call__(self, value: K) -> V:
        """The result for the value."""
        known = self._known.get(id(value))
        if known is not None:  # the value is kept beside the result, so no other can have its identity
            return known[1]
        result = self._work_out(value)
        if len(self._known) >= self._count:
            self._known.clear()
        self._known[id(value)] = (value, result)
        return result
