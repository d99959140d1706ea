"""The timers: APScheduler, and the only module that knows it.

A job's body only sets an event or starts a task, so that a run that is late, or collides with another,
loses nothing; what is due is decided by ledger and agenda alone. Only date jobs are used: an interval job
stands still after the clock went back, and counts through every interval it missed after a jump ahead.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.executors.debug import DebugExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from alerter.ledger.ledger import LedgerError

STEP = timedelta(seconds=2)
"""Wall and monotonic clock drifting apart by more than this between two looks means that the clock was set."""

log = structlog.get_logger(__name__)

Body = Callable[[], Awaitable[None]]


class Scheduler:
    """Wakes the engine at the head of its agenda, and runs what recurs."""

    def __init__(self) -> None:
        self._recurring: dict[str, tuple[timedelta, Body]] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._origin = _find_origin()
        self._scheduler = AsyncIOScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": DebugExecutor()},  # a task for each run would be cancelled by a stop, and that logged
            timezone="UTC",
            # never drop a late run; of several missed one is enough
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        """Start the timers on the running loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop them, and what they started."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        self._recurring.clear()
        for task in self._running.values():
            task.cancel()

    def after(self, name: str, delay: timedelta, body: Callable[[], None]) -> None:
        """Run `body` after the delay, in place of an earlier one of that name; `body` must not wait."""
        soon = asyncio.get_running_loop().call_soon  # only when it is over may one of that name be added again
        trigger = DateTrigger(datetime.now(UTC) + delay)
        self._scheduler.add_job(soon, trigger, args=(body,), id=name, replace_existing=True)

    def every(self, name: str, interval: timedelta, body: Body) -> None:
        """Run `body` once each interval, never twice at a time, in place of an earlier one of that name."""
        self._recurring[name] = (interval, body)
        self._arm(name)

    def heed_clock(self) -> None:
        """Count all intervals from now on where the clock was set since the last look: timers count in wall time."""
        before, self._origin = self._origin, _find_origin()
        step = self._origin - before
        if abs(step) > STEP:
            log.warning("clock.stepped", seconds=round(step.total_seconds()))
            for name in self._recurring:
                self._arm(name)

    def _arm(self, name: str) -> None:
        self.after(name, self._recurring[name][0], lambda: self._begin(name))

    def _begin(self, name: str) -> None:
        if name not in self._recurring:  # stopped meanwhile
            return
        self._arm(name)
        last = self._running.get(name)
        if last is None or last.done():
            self._running[name] = asyncio.create_task(self._run(name), name=f"every {name}")

    async def _run(self, name: str) -> None:
        try:
            await self._recurring[name][1]()
        except LedgerError as error:  # the loop says so too, and the next run may pass
            log.warning("job.put_off", job=name, reason=str(error))
        except Exception as error:  # the next run is not to suffer
            log.exception("job.failed", job=name, error=type(error).__name__)


def _find_origin() -> datetime:
    """The wall time at which the monotonic clock stood at zero."""
    return datetime.now(UTC) - timedelta(seconds=time.monotonic())
