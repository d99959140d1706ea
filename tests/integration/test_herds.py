"""Many notices of one instant: handed over before their second has come, and nobody else waits for that."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta

from alerter.domain.planning.deadline import Deadline
from alerter.domain.planning.duedate import just_after
from alerter.engine.handover.engine import Engine
from alerter.engine.handover.lookout import HERD_COUNT, PART_COUNT
from alerter.engine.ops.ops import Ops
from alerter.engine.time.clock import VirtualClock
from alerter.ledger.ledger import Ledger
from tests.watching import at, deadline, digest, watch_list

NOON, SECOND = at("11-10 12:00"), timedelta(seconds=1)


class Planning:
    """An engine that has taken deadlines a day before noon."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.clock = ledger, VirtualClock(NOON - timedelta(days=1))
        self.engine = Engine(
            ledger=ledger, clock=self.clock, ops=Ops(ledger, self.clock), observe=lambda _: None, ahead_for=SECOND
        )

    async def begin(self, *deadlines: Deadline) -> None:
        await self.engine.take(watch_list(*deadlines))
        await self.engine.cycle()

    async def cycle(self, now: datetime) -> datetime | None:
        self.clock.set(now)
        return await self.engine.cycle()

    async def handed_over(self) -> Counter[str]:
        """How many rows there are, by lead."""
        return Counter(row.lead for row in await self.ledger.history() if row.lead is not None)


def herd(count: int) -> list[Deadline]:
    return [deadline(f"d{number:04}", leads=("0",)) for number in range(count)]


async def test_a_herd_is_handed_over_part_by_part_before_its_instant(ledger: Ledger) -> None:
    """Each part at once after the one before it, until so few are left that they can wait for their time."""
    planning = Planning(ledger)
    await planning.begin(*herd(HERD_COUNT + PART_COUNT))
    assert (await planning.cycle(NOON - 40 * SECOND), await planning.handed_over()) == (NOON - SECOND, Counter())
    early = NOON - 15 * SECOND
    assert (await planning.cycle(early), await planning.handed_over()) == (early, Counter({"0": PART_COUNT}))
    assert await planning.cycle(early) == NOON - SECOND
    await planning.cycle(NOON - SECOND)
    assert await planning.handed_over() == Counter({"0": HERD_COUNT + PART_COUNT})


async def test_what_is_no_herd_is_handed_over_a_second_ahead(ledger: Ledger) -> None:
    """So that what is changed shortly before counts."""
    planning = Planning(ledger)
    await planning.begin(*herd(20))
    assert (await planning.cycle(NOON - 15 * SECOND), await planning.handed_over()) == (NOON - SECOND, Counter())


async def test_a_digest_handed_over_ahead_goes_at_its_instant(ledger: Ledger) -> None:
    """A second ahead it is in the ledger, and not to be sent before."""
    planning = Planning(ledger)
    await planning.engine.take(watch_list(digests=[digest(cron="0 12 * * *")]))
    await planning.cycle(NOON - SECOND)
    assert [(row.kind, row.next_at) for row in await ledger.history()] == [("digest", NOON)]


async def test_the_date_of_a_series_is_looked_at_again_once_it_has_passed(ledger: Ledger) -> None:
    """A cycle that looks ahead comes to an end: it does not find the date not yet over again and again."""
    planning = Planning(ledger)
    await planning.begin(deadline("weekly", leads=("0",), repeat="FREQ=WEEKLY"))
    async with asyncio.timeout(10):
        assert await planning.cycle(NOON - SECOND / 2) == just_after(NOON)
        assert await planning.cycle(NOON + 2 * SECOND) == NOON + timedelta(days=7) - SECOND
    assert await planning.handed_over() == Counter({"0": 1})


async def test_what_waits_for_something_else_is_not_brought_forward_by_a_herd(ledger: Ledger) -> None:
    """A date that moved settles first, whatever else is near."""
    planning = Planning(ledger)
    moving = deadline("moving", leads=("1d", "0"))
    await planning.begin(moving, *herd(HERD_COUNT))
    late = deadline("moving", due=(NOON + 10 * SECOND).replace(tzinfo=None), leads=("1d", "0"))
    planning.clock.set(NOON - 50 * SECOND)
    await planning.engine.take(watch_list(late, *herd(HERD_COUNT)))
    await planning.cycle(NOON - 50 * SECOND)
    await planning.cycle(NOON - 15 * SECOND)
    await planning.cycle(NOON - 15 * SECOND)
    assert {row.due_key for row in await ledger.history(deadline="moving")} == {"2025-11-10T12:00:00[UTC]"}
