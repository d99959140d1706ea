"""The clock of daemons that share a PostgreSQL: the database's, whatever their own say."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from freezegun import freeze_time

from alerter.engine.time.ledger_clock import LedgerClock
from alerter.ledger.ledger import Ledger

CLOSE = timedelta(seconds=2)


@pytest.mark.parametrize("skew", [timedelta(minutes=-5), timedelta(minutes=5), timedelta(days=-20000)])
async def test_two_replicas_agree_however_their_clocks_differ(postgres_url: str, skew: timedelta) -> None:
    """One reads its own clock right and one does not, and both show the database's time, never ahead of it."""
    ledger = Ledger(postgres_url)
    await ledger.open()
    right = LedgerClock(ledger.now)
    with freeze_time(datetime.now(UTC) + skew, tick=True, ignore=["asyncio"], real_asyncio=True):
        wrong = LedgerClock(ledger.now)
    await right.measure()
    jump = await wrong.measure()
    assert abs(jump + skew) < CLOSE
    assert abs(right.now() - wrong.now()) < CLOSE
    assert wrong.now() <= await ledger.now()
    assert right.now() <= await ledger.now()
    await ledger.close()


async def test_a_slow_answer_makes_the_clock_late_and_never_early() -> None:
    """What the database says is taken as of its arrival."""

    async def read() -> datetime:
        at = datetime.now(UTC)
        await asyncio.sleep(0.2)
        return at

    clock = LedgerClock(read)
    await clock.measure()
    assert timedelta(0) < datetime.now(UTC) - clock.now() < CLOSE


async def test_time_goes_on_between_measurements() -> None:
    """A database that cannot be asked stops no clock, and the last measurement stays."""
    readings = iter([datetime(2030, 1, 1, tzinfo=UTC)])

    async def read() -> datetime:
        try:
            return next(readings)
        except StopIteration:
            raise ConnectionError from None

    clock = LedgerClock(read)
    await clock.measure()
    first = clock.now()
    with pytest.raises(ConnectionError):
        await clock.measure()
    await clock.sleep_until(first + timedelta(milliseconds=20))
    assert timedelta(milliseconds=20) <= clock.now() - datetime(2030, 1, 1, tzinfo=UTC) < CLOSE
