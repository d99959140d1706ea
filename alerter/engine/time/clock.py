"""The one place that reads a clock; everything else is given an instant or one of these."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from alerter.engine.time.trust import EARLIEST, Doubt, Trust

FORWARD = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes forward only, and where the system has it also while the machine sleeps."""

TIMER_SECONDS = 0.002
"""The loop's timers are late by so much; for the last of a wait it is therefore asked again and again."""


class Clock(Protocol):
    """A source of instants, and of waiting for them."""

    @property
    def doubt(self) -> Doubt | None:
        """What is doubted of the time shown, as of the last `now`; None where nothing is."""

    def begin(self, known_until: datetime | None) -> None:
        """Learn of the latest instant that the ledger knows of, to judge the time by."""

    def now(self) -> datetime:
        """The present instant, in UTC."""

    def monotonic(self) -> float:
        """Seconds that only ever go up; for leases and time limits."""

    def until(self, at: datetime) -> timedelta:
        """How long the machine has to wait for the instant."""

    async def sleep_until(self, at: datetime) -> None:
        """Return as soon as the instant has come, never before."""

    async def wait(self, event: asyncio.Event, until: datetime | None, at_most: timedelta) -> None:
        """Return when the event is set, the instant has come or `at_most` has passed, whichever is first."""


class SystemClock:
    """The machine's clock, as far as it can be believed (see `trust`).

    With `rate` time runs that many times as fast, from `start` on (for trying things out).
    """

    def __init__(self, *, start: datetime | None = None, rate: float = 1.0) -> None:
        self._start = start
        self._rate = rate
        self._origin = time.clock_gettime(FORWARD)
        self._trust = Trust(start or EARLIEST)

    @property
    def doubt(self) -> Doubt | None:
        """What is doubted of the time shown."""
        return self._trust.doubt

    def begin(self, known_until: datetime | None) -> None:
        """Judge the time shown afresh, by the latest instant that the ledger knows of."""
        self._trust.begin(known_until)

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return self._trust.judge(self._shown(), self.monotonic())

    def _shown(self) -> datetime:
        if self._start is None:
            return datetime.now(UTC)
        return self._start + timedelta(seconds=(time.clock_gettime(FORWARD) - self._origin) * self._rate)

    def monotonic(self) -> float:
        """Seconds on the clock that only goes forward, as fast as this one runs."""
        return time.clock_gettime(FORWARD) * self._rate

    def until(self, at: datetime) -> timedelta:
        """How long the machine has to wait for the instant."""
        return (at - self.now()) / self._rate

    async def sleep_until(self, at: datetime) -> None:
        """Return as soon as the instant has come, never before; a step of the wall clock is seen within 10 s."""
        while (left := self.until(at).total_seconds()) > 0:  # noqa: ASYNC110 -- it waits for time itself
            await asyncio.sleep(max(0.0, min(left - TIMER_SECONDS, 10)))

    async def wait(self, event: asyncio.Event, until: datetime | None, at_most: timedelta) -> None:
        """Return when the event is set, the instant has come or `at_most` has passed, whichever is first."""
        left = at_most if until is None else min(until - self.now(), at_most)
        if left <= timedelta(0):
            await asyncio.sleep(0)
            return
        try:
            async with asyncio.timeout(left.total_seconds() / self._rate):
                await event.wait()
        except TimeoutError:
            return


class VirtualClock:
    """A clock that stands until it is set: time is a value."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    @property
    def doubt(self) -> Doubt | None:
        """There is nothing to doubt."""
        return None

    def begin(self, known_until: datetime | None) -> None:
        """It shows what it was set to, whatever a ledger knows."""

    def now(self) -> datetime:
        """The instant it was last set to."""
        return self._now

    def set(self, at: datetime) -> None:
        """Move on to `at`; never backwards."""
        self._now = max(at, self._now)

    def monotonic(self) -> float:
        """No lease ever runs out while time stands."""
        return 0.0

    def until(self, at: datetime) -> timedelta:
        """Nobody waits for an instant."""
        return timedelta(0)

    async def sleep_until(self, at: datetime) -> None:
        """Nothing is ever handed to a virtual clock before its time."""
        if at > self._now:
            msg = f"a virtual clock does not wait: {at} is ahead of {self._now}"
            raise RuntimeError(msg)

    async def wait(self, event: asyncio.Event, until: datetime | None, at_most: timedelta) -> None:
        """Set the clock to the instant at once."""
        self.set(until if until is not None else self._now + at_most)
