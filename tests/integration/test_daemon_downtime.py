"""A daemon that was away for ten days tells of each deadline what its `catch_up` says, marked late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alerter.domain.notices.notice import State
from alerter.engine.time.clock import SystemClock
from tests.acceptance.harness import STORE, Bench, deadline
from tests.acceptance.oracle import read_ledger
from tests.acceptance.waiting import until
from tests.application import running

START = datetime(2021, 3, 1, 12, tzinfo=UTC)
DUE = START + timedelta(days=12)
LEADS = ["9d", "7d", "5d", "1d"]  # three of them within the ten days
LATE = {"9d": 7 * 86_400, "7d": 5 * 86_400, "5d": 3 * 86_400}
STARTS_WITHIN = 30  # seconds, on a busy machine

# Of each policy: the leads that are told, and why the others are not.
TOLD = {"latest": ["5d"], "all": ["9d", "7d", "5d"], "skip": []}
WHY_NOT = {"latest": "superseded", "all": None, "skip": "missed"}


@pytest.mark.parametrize("policy", TOLD)
async def test_what_was_missed_is_told_as_catch_up_says(bench: Bench, policy: str) -> None:
    """Each channel gets the same: late by what it was, with the reason, and the rest is skipped with its own."""
    inboxes = [await bench.webhook("ops"), await bench.webhook("desk")]
    bench.write(deadline("report", DUE, LEADS, catch_up=f'"{policy}"'))
    async with running(bench, SystemClock(start=START)) as application:
        await until(lambda: application.ready() == [], "the first cycle")
    wanted = [f"{inbox.channel} report upcoming {lead}" for inbox in inboxes for lead in TOLD[policy]]
    async with running(bench, SystemClock(start=START + timedelta(days=10))) as application:
        await until(lambda: application.ready() == [], "the second cycle")
        for inbox in inboxes:
            await inbox.until(len(TOLD[policy]))
            notices = [body["data"]["notice"] for body in inbox.bodies]
            assert [one["lead"] for one in notices] == TOLD[policy]
            assert [one for one in notices if not 0 <= one["late_by"] - LATE[one["lead"]] <= STARTS_WITHIN] == []
            assert [body["data"]["text"] for body in inbox.bodies if " late." not in body["data"]["text"]] == []
    rows = await read_ledger(f"sqlite:///{bench.folder / STORE}")
    skipped = {(row.channel, row.lead, row.reason) for row in rows if row.state is State.SKIPPED}
    missed = [lead for lead in LATE if lead not in TOLD[policy]]
    assert skipped == {(inbox.channel, lead, WHY_NOT[policy]) for inbox in inboxes for lead in missed}
    assert {row.reason for row in rows if row.state is State.DELIVERED} <= {"catch-up"}
    bench.wants(*wanted)


async def test_a_deadline_that_passed_meanwhile_is_told_of_all_the_same(bench: Bench) -> None:
    """What was due during the downtime is told once, as overdue as it is, however long ago."""
    ops = await bench.webhook("ops")
    bench.write(deadline("report", START + timedelta(days=3), ["1d", "0"]))
    async with running(bench, SystemClock(start=START)) as application:
        await until(lambda: application.ready() == [], "the first cycle")
    async with running(bench, SystemClock(start=START + timedelta(days=10))):
        await ops.until(1)
    notice = ops.bodies[0]["data"]["notice"]
    assert (ops.bodies[0]["type"], notice["lead"]) == ("deadline.due", "0")
    assert 0 <= notice["late_by"] - 7 * 86_400 <= STARTS_WITHIN
    bench.wants("ops report due 0")


async def test_a_daemon_started_again_at_once_repeats_nothing(bench: Bench) -> None:
    """Three starts within seconds on one ledger make one message."""
    ops = await bench.webhook("ops")
    bench.write(deadline("report", START + timedelta(hours=1), ["2h", "0"]))
    for second in range(3):
        async with running(bench, SystemClock(start=START + timedelta(seconds=second))) as application:
            await until(lambda: application.ready() == [], "a cycle")
            await ops.until(1)
    assert len(ops.requests) == 1
    bench.wants("ops report upcoming 2h")
