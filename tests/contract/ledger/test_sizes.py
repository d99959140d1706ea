"""What is long finished, or cannot be cleared away, makes no claim slow. Each prints the figures it found."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import psycopg
import pytest
from sqlalchemy import Connection, insert, select

from alerter.domain.notices.notice import State
from alerter.ledger import tables
from alerter.ledger.bystanders import LongTransaction
from alerter.ledger.ledger import Ledger
from tests.acceptance.waiting import PATIENCE
from tests.contract.ledger.making import START, after, claim_all, ended, hand_over, make_entry

FAULT = pytest.mark.fault
OLD_COUNT = 100_000
CHURN = 5_000
BATCH = 250


async def claim_times(ledger: Ledger) -> Sequence[float]:
    """Hand over a hundred notices and claim them in tens; how many seconds each claim took."""
    await ledger.enqueue([make_entry(f"{hours}h") for hours in range(1, 101)])
    times = []
    for _ in range(10):
        began = time.perf_counter()
        assert len(await claim_all(ledger, room=10)) == 10
        times.append(time.perf_counter() - began)
    return times


def show(what: str, times: Sequence[float]) -> None:
    """Print the figures of a case; the least is what it takes on a machine that others use too."""
    least, middle, most = (1000 * each for each in (min(times), statistics.median(times), max(times)))
    sys.stdout.write(f"{what}: {least:.1f} ms at least, {middle:.1f} in the middle, {most:.1f} at most\n")


async def keep_delivered(ledger: Ledger) -> None:
    """Have a hundred thousand old notices in it, of a thousand deadlines that are gone, and one of a live one."""
    await hand_over(ledger, make_entry("first", notice={"due_at": after(days=-500)}))
    await ledger.record([ended(claim, State.DELIVERED) for claim in await claim_all(ledger)])
    rows = (await ledger._database.read(lambda connection: connection.execute(select(tables.notice)))).mappings()
    told = dict(rows.one())
    for start in range(0, OLD_COUNT, 5000):
        old = [
            told | {"id": f"ntc_{number}", "deadline": f"gone-{number % 1000}", "due_key": f"{number // 1000}"}
            for number in range(start, start + 5000)
        ]
        work = partial(Connection.execute, statement=insert(tables.notice), parameters=old)
        await ledger._database.write(work, within=60.0)


@FAULT
async def test_f13_what_is_long_delivered_slows_no_claim_and_goes(ledger: Ledger) -> None:
    """Beside 100,000 old rows a claim takes under 20 ms; all go in time, but that of a deadline that is still open."""
    await keep_delivered(ledger)
    times = await claim_times(ledger)
    began = time.perf_counter()
    count = await ledger.purge(START)
    show(f"{OLD_COUNT} old rows, purged in {time.perf_counter() - began:.1f} s; claims", times)
    assert (count, min(times) < 0.020 * PATIENCE) == (OLD_COUNT, True)
    assert [told.lead for told in await ledger.history() if told.state is State.DELIVERED] == ["first"]


@FAULT
async def test_h11_a_long_foreign_transaction_makes_no_claim_slow(postgres_url: str) -> None:
    """While somebody keeps 5,000 dead rows from being cleared away a claim takes under 50 ms."""
    ledger = Ledger(postgres_url, clock=lambda: START)
    await ledger.open()
    with psycopg.connect(postgres_url) as other:
        other.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        other.execute("SELECT count(*) FROM notice")
        for start in range(0, CHURN, BATCH):
            await ledger.enqueue([make_entry(f"{number}m") for number in range(start, start + BATCH)])
            await ledger.record([ended(claim, State.DELIVERED) for claim in await claim_all(ledger, room=BATCH)])
        times = await claim_times(ledger)
    show(f"{CHURN} dead rows; claims", times)
    assert min(times) < 0.050 * PATIENCE
    await ledger.close()


async def test_h11_a_long_transaction_of_somebody_else_is_found(postgres_url: str) -> None:
    """By its process and its program, once it has been open for so long; our own are not, and none on SQLite."""
    ledger, memory = Ledger(postgres_url), Ledger("sqlite://")
    for each in (ledger, memory):
        await each.open()
    assert await memory.long_transaction(timedelta(0)) is None
    with psycopg.connect(postgres_url, application_name="report") as other:
        other.execute("SELECT 1")
        found = await ledger.long_transaction(timedelta(0))
        assert isinstance(found, LongTransaction)
        assert (found.pid, found.application) == (other.info.backend_pid, "report")
        assert await ledger.long_transaction(timedelta(minutes=10)) is None
    for each in (ledger, memory):
        await each.close()
