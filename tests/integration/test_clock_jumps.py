"""The whole daemon on a clock that jumps: nothing is told twice, lost, or skipped for good while in doubt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from alerter.domain.notices.notice import State
from alerter.engine.time.clock import SystemClock
from alerter.engine.time.trust import DOUBT_FOR
from tests.acceptance.harness import STORE, Bench, deadline
from tests.acceptance.inbox import HttpInbox
from tests.acceptance.oracle import read_ledger
from tests.acceptance.waiting import until
from tests.application import running
from tests.servers import Reply

START = datetime(2021, 3, 1, 12, tzinfo=UTC)
DAYS_3 = timedelta(days=3)
OPS = 'ops = ["ops"]'
RATE = 10.0


class JumpingClock(SystemClock):
    """Shows the time of a clock that someone sets, and passes the time of doubt at a word."""

    def __init__(self) -> None:
        super().__init__(start=START, rate=RATE)
        self._ahead_by = timedelta(0)
        self._passed = timedelta(0)

    def set_ahead(self, by: timedelta) -> None:
        """From now on it shows so much more than the time that has passed."""
        self._ahead_by = by

    def pass_by(self, spell: timedelta) -> None:
        """So much time goes by at once."""
        self._passed += spell

    def _shown(self) -> datetime:
        return super()._shown() + self._ahead_by + self._passed

    def monotonic(self) -> float:
        """Seconds on the clock that only goes forward, with those that were passed."""
        return super().monotonic() + self._passed.total_seconds()


def told(inbox: HttpInbox) -> list[str]:
    """The lead of everything that came."""
    return [str(one["data"]["notice"]["lead"]) for one in inbox.bodies]


async def test_e4_a_jump_that_is_taken_back_has_skipped_nothing(bench: Bench) -> None:
    """Three days ahead for a moment: what fell in between goes in its time, and only `ops` hears of it."""
    desk, ops = await bench.webhook("desk"), await bench.webhook("ops")
    clock = JumpingClock()
    bench.write(deadline("report", START + timedelta(days=2), ["30h", "0"], channels='["desk"]'), service=OPS)
    async with running(bench, clock) as application:
        await until(lambda: application.ready() == [], "the first cycle")
        clock.set_ahead(DAYS_3)
        await ops.until(1)
        assert application.ready() == ["the clock is in doubt: nothing goes out"]
        clock.set_ahead(timedelta(0))
        await until(lambda: application.ready() == [], "belief")
        assert len(desk.requests) == 0
        clock.pass_by(timedelta(hours=20))
        await desk.until(1)
        clock.pass_by(timedelta(hours=23))
        await until(lambda: (application.daemon.last_cycle_at or START) > START + timedelta(hours=42), "a cycle")
        clock.pass_by(timedelta(hours=7))
        await desk.until(2)
    assert told(desk) == ["30h", "0"]
    bench.wants("ops - alerter.problem", "desk report upcoming 30h", "desk report due 0")


async def test_e4_a_jump_that_was_believed_and_is_taken_back_loses_and_repeats_nothing(bench: Bench) -> None:
    """What was told early is named and not repeated, what was skipped goes in its time."""
    desk, ops = await bench.webhook("desk"), await bench.webhook("ops")
    clock = JumpingClock()
    bench.write(deadline("report", START + timedelta(days=2), ["30h", "20h", "0"], channels='["desk"]'), service=OPS)
    async with running(bench, clock) as application:
        await until(lambda: application.ready() == [], "the first cycle")
        clock.set_ahead(DAYS_3)
        await ops.until(1)
        clock.pass_by(DOUBT_FOR)
        await desk.until(1)
        clock.set_ahead(timedelta(0))
        await until(lambda: application.ready() != [], "doubt")
        clock.pass_by(DOUBT_FOR)
        await until(lambda: any("went back" in one["data"]["text"] for one in ops.bodies), "word of it")
        for count in (2, 3):
            clock.pass_by(timedelta(hours=19) if count == 2 else timedelta(hours=10))
            await desk.until(count)
        clock.pass_by(timedelta(hours=20))
        await until(lambda: (application.daemon.last_cycle_at or START) > START + timedelta(days=2), "the due date")
    rows = await read_ledger(f"sqlite:///{bench.folder / STORE}")
    assert told(desk) == ["0", "30h", "20h"]
    assert all(row.state is State.DELIVERED for row in rows)
    bench.wants(*["ops - alerter.problem"] * 2)
    bench.wants("desk report due 0", "desk report upcoming 30h", "desk report upcoming 20h")


async def test_e4_what_is_told_of_a_clock_in_1970_is_not_given_up_when_it_is_set_right(bench: Bench) -> None:
    """Its first attempt failed in 1970; the next comes after the jump, and is not the last."""
    ops = await bench.webhook("ops")
    clock = JumpingClock()
    clock.set_ahead(datetime(1970, 1, 2, tzinfo=UTC) - START)
    bench.write(deadline("report", START + timedelta(days=2), ["0"], channels='["ops"]'), service=OPS)
    ops.answer(*[Reply(status=503)] * 3)
    async with running(bench, clock) as application:
        await ops.until(1)
        clock.set_ahead(timedelta(0))
        await ops.until(4)
        await until(lambda: any(one.event == "delivered" for one in application.happenings or ()), "the delivery")
    rows = await read_ledger(f"sqlite:///{bench.folder / STORE}")
    assert [(row.kind, row.state) for row in rows] == [("alerter.problem", State.DELIVERED)]
    bench.wants("ops - alerter.problem")
