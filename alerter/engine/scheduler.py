"""The timers: APScheduler, and the only module that knows it.

A job's body only sets an event or starts a task, so that a run that is late, or collides with another,
loses nothing; what is due is decided by ledger and agenda alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger


class Scheduler:
    """Wakes the engine at the head of its agenda, and runs what recurs."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": AsyncIOExecutor()},
            timezone="UTC",
            # never drop a late run; of several missed one is enough
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        """Start the timers on the running loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop them; what they started is drained by its owner."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def at(self, name: str, instant: datetime, body: Callable[[], None]) -> None:
        """Run `body` at the instant, in place of an earlier one of that name; `body` must not wait."""

        async def run() -> None:  # on the loop, not in a thread
            body()

        self._scheduler.add_job(run, DateTrigger(instant), id=name, replace_existing=True)

    def every(self, name: str, interval: timedelta, body: Callable[[], Awaitable[None]]) -> None:
        """Run `body` once each interval, in place of an earlier one of that name."""
        trigger = IntervalTrigger(seconds=max(1, int(interval.total_seconds())))
        self._scheduler.add_job(body, trigger, id=name, replace_existing=True)
