"""Waiting for something to become true: looked at again and again, never for longer than a bound."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

LOOK_EVERY = 0.02  # seconds
PATIENCE = float(os.environ.get("ALERTER_TEST_PATIENCE", "1"))
"""How many times as long everything may take: on a machine that others use too, nothing comes in time."""

T = TypeVar("T")


async def until(is_true: Callable[[], bool], what: str, *, within: float = 20.0) -> float:
    """Return the seconds it took for `is_true` to hold; raises AssertionError naming `what` after `within` seconds."""
    within *= PATIENCE
    began = time.monotonic()
    while not is_true():
        assert time.monotonic() - began < within, f"{within} s have passed without: {what}"
        await asyncio.sleep(LOOK_EVERY)
    return time.monotonic() - began


async def until_answered(ask: Callable[[], Awaitable[T | None]], what: str, *, within: float = 20.0) -> T:
    """Return the first answer of `ask` that is not None; raises AssertionError after `within` seconds."""
    within *= PATIENCE
    began = time.monotonic()
    while (answer := await ask()) is None:
        assert time.monotonic() - began < within, f"{within} s have passed without: {what}"
        await asyncio.sleep(LOOK_EVERY)
    return answer


async def quickest(attempt: Callable[[], Awaitable[float]], bound: float) -> float:
    """The seconds of the first of three attempts that stays under the bound, else of the quickest.

    A single slow one may be the machine's doing, which other programs use too; where it is known to be busy
    seconds count for less.
    """
    took = [await attempt() / PATIENCE]
    while min(took) >= bound and len(took) < 3:
        took.append(await attempt() / PATIENCE)
    return min(took)
