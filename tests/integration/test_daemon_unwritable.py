"""A ledger that refuses for a while: what falls due still goes out, once, and is recorded afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerter.app import Application
from alerter.domain.messages.message import Message
from alerter.domain.notices.notice import State
from alerter.engine.time.clock import SystemClock
from alerter.web.desk.desk import Desk
from tests.acceptance.harness import STORE, Bench, deadline
from tests.acceptance.inbox import HttpInbox
from tests.acceptance.oracle import read_ledger
from tests.acceptance.waiting import until
from tests.application import running

START = datetime(2021, 3, 1, 12, tzinfo=UTC)
DUE = START + timedelta(minutes=36)  # its lead of 28 minutes comes when a slow machine is ready too


@contextmanager
def held(database: Path, lock: str = "EXCLUSIVE") -> Iterator[None]:
    """Another process's hand on the database: nothing can be read or written; with IMMEDIATE it can be read."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute(f"BEGIN {lock}")
    try:
        yield
    finally:
        connection.close()


@asynccontextmanager
async def with_a_report(bench: Bench) -> AsyncIterator[tuple[Application, HttpInbox]]:
    """A daemon past its first cycle, on a clock that runs a minute in a second, with a report to tell the desk of."""
    desk = await bench.webhook("desk")
    bench.write(deadline("report", DUE, ["28m"], channels='["desk"]'))
    async with running(bench, SystemClock(start=START, rate=60)) as application:
        await until(lambda: application.ready() == [], "the first cycle")
        yield application, desk


async def until_recorded(application: Application) -> None:
    """Wait until the ledger has what was told."""
    await until(lambda: any(one.event == "delivered" for one in application.happenings or ()), "the record")


async def test_a_locked_ledger_keeps_no_notice_back(bench: Bench) -> None:
    """The notice goes out unrecorded after a minute, `ops` hears why, and the ledger has it once it can be written."""
    async with with_a_report(bench) as (application, desk):
        with held(bench.folder / STORE):
            await desk.until(1, within=60)
            assert application.ready() != []
        await until(lambda: application.ready() == [], "the ledger's return")
        await until_recorded(application)
    rows = await read_ledger(f"sqlite:///{bench.folder / STORE}")
    assert [(row.state, row.attempts[-1].detail) for row in rows] == [
        (State.DELIVERED, "told before, when it could not be recorded")
    ]
    bench.wants("desk report upcoming 28m")


async def test_a_fault_in_one_message_keeps_no_other_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two notices that cannot be recorded one cannot be put into words: the other goes out, and the daemon stays."""
    desk = await bench.webhook("desk")
    bench.write(*(deadline(name, DUE, ["28m"], channels='["desk"]') for name in ("broken", "report")))
    async with running(bench, SystemClock(start=START, rate=60)) as application:
        await until(lambda: application.ready() == [], "the first cycle")
        monkeypatch.setattr(Desk, "add_links", _fail_for_broken)
        with held(bench.folder / STORE):
            await desk.until(1, within=60)
        monkeypatch.undo()
        await desk.until(2, within=60)
        await until(lambda: [one.event for one in application.happenings or ()].count("delivered") == 2, "the record")
    assert [body["data"]["deadline"]["id"] for body in desk.bodies] == ["report", "broken"]
    bench.wants("desk report upcoming 28m", "desk broken upcoming 28m")


def _fail_for_broken(_: Desk, message: Message) -> Message:
    if message.deadline is not None and message.deadline.id == "broken":
        raise ValueError("a fault")
    return message


async def test_what_went_out_unrecorded_is_recorded_as_it_was_told(bench: Bench) -> None:
    """The ledger is away for long after: history has when the notice went out, how late that was, and its words."""
    async with with_a_report(bench) as (application, desk):
        with held(bench.folder / STORE):
            await desk.until(1, within=60)
            told_by = application.clock.now()
            await until(lambda: application.clock.now() > told_by + timedelta(minutes=8), "the ledger's absence")
        await until_recorded(application)
    (row,) = await read_ledger(f"sqlite:///{bench.folder / STORE}")
    notice = desk.bodies[0]["data"]["notice"]
    assert row.delivered_at is not None
    assert (row.late_by, row.delivered_at <= told_by, row.attempts[-1].at <= told_by) == (notice["late_by"], True, True)
    assert row.text is not None
    assert desk.bodies[0]["data"]["text"].startswith(row.text)
    bench.wants("desk report upcoming 28m")


async def test_a_channel_that_is_renamed_meanwhile_is_told_under_its_new_name(bench: Bench) -> None:
    """The files are read, but not taken whole before the ledger can be written: what is told goes by the new ones."""
    old, new = await bench.receiver("desk"), await bench.receiver("office")

    def write(inbox: HttpInbox) -> None:
        table = f'[channels.{inbox.channel}]\ntype = "webhook"\nurl = "{inbox.receiver.url}/"\n'
        report = deadline("report", START + timedelta(minutes=60), ["50m"], channels=f'["{inbox.channel}"]')
        bench.write(report, more=table)

    write(old)
    async with running(bench, SystemClock(start=START, rate=20)) as application:
        await until(lambda: application.ready() == [], "the first cycle")
        with held(bench.folder / STORE, "IMMEDIATE"):
            write(new)
            await new.until(1, within=60)
        await until(lambda: application.ready() == [], "the ledger's return")
    assert old.requests == []
    bench.wants("office report upcoming 50m")
