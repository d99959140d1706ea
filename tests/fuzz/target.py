"""What a target is: values to try and what must hold of each; and how a number of them is tried within bounds."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, Generic, TypeVar

from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import SearchStrategy

T = TypeVar("T")

LONGEST = 60.0
"""Seconds that no single value may take, on a machine that others use too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target(Generic[T]):
    """`check` raises for a value of which something does not hold; `cost` is how slow it is, beside others."""

    name: str
    values: SearchStrategy[T]
    check: Callable[[T], None]
    cost: int = 1


def attack(target: Target[Any], examples: int, number: int) -> int:
    """Try so many values, drawn from the seed `number`; returns how many were tried.

    Raises what the check raises, with the smallest value for which it does.
    """
    tried = 0

    @seed(number)
    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(target.values)
    def hold(value: Any) -> None:
        nonlocal tried
        tried += 1
        with _at_most(LONGEST):
            target.check(value)

    hold()
    return tried


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    def give_up(_number: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"it took longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
