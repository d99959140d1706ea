"""The timers, up to the moment of their stop."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest

from alerter.engine.time.scheduler import Scheduler

NO_TIME = timedelta(0)
TURNS = 12


@pytest.mark.parametrize("turns", range(TURNS))
async def test_a_stop_in_the_moment_of_a_timer_is_no_error(turns: int, caplog: pytest.LogCaptureFixture) -> None:
    """However many turns of the loop lie between the two, nothing is logged as an error and nothing runs on."""
    ran: list[str] = []
    scheduler = Scheduler()
    scheduler.start()

    async def recur() -> None:
        ran.append("recurring")
        await asyncio.Event().wait()

    scheduler.after("once", NO_TIME, lambda: ran.append("once"))
    scheduler.every("recurring", NO_TIME, recur)
    for _ in range(turns):
        await asyncio.sleep(0)
    scheduler.stop()
    for _ in range(TURNS):
        await asyncio.sleep(0)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_what_recurs_runs_again_and_a_body_runs_once() -> None:
    """A timer of its own name for each."""
    ran: list[str] = []
    again = asyncio.Event()

    async def recur() -> None:
        ran.append("recurring")
        if ran.count("recurring") == 3:
            again.set()

    scheduler = Scheduler()
    scheduler.start()
    scheduler.after("once", NO_TIME, lambda: ran.append("once"))
    scheduler.every("recurring", timedelta(milliseconds=1), recur)
    await asyncio.wait_for(again.wait(), 20.0)
    scheduler.stop()
    assert ran.count("once") == 1
