"""The alerter watches itself: what the plan has and the ledger has not is told to `ops`, and nothing else."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from alerter.domain.decisions.acting import Deed
from alerter.domain.planning.deadline import Overdue, Status
from alerter.domain.planning.watchlist import WatchList
from alerter.engine.handover.audit import Audit
from alerter.engine.ops.ops import Ops
from alerter.engine.rehearsal import Script, rehearse_on
from alerter.engine.time.clock import VirtualClock
from alerter.ledger.ledger import Ledger
from tests.watching import START, at, channel, deadline, edition, noon, watch_list

DAY = watch_list(
    deadline("source", leads=("7d", "0")),
    deadline("child", due=noon(11), leads=("8d", "0"), derived_from="source"),
    channels=[channel("desk"), channel("ops")],
    ops=("ops",),
)


async def lived(ledger: Ledger, taken: WatchList, end: datetime, **script: Any) -> None:
    await rehearse_on(ledger, edition(taken), Script(start=START, end=end, **script))


async def audited(ledger: Ledger, taken: WatchList, now: datetime) -> tuple[list[str], list[str | None]]:
    """The ids that are missing, and what `ops` is told of them."""
    clock = VirtualClock(now)
    ops = Ops(ledger, clock)
    ops.watch_list = taken
    missing = await Audit(ledger, clock, ops).check(taken)
    return missing, [one.subject for one in await ledger.history(channel="ops")]


async def test_nothing_is_missing_of_a_day_that_went_well(ledger: Ledger) -> None:
    """Delivered, and told in time."""
    await lived(ledger, DAY, at("11-10 18:00"))
    assert await audited(ledger, DAY, at("11-10 18:00")) == ([], [])


async def test_what_the_ledger_has_lost_is_told(ledger: Ledger, tmp_path: Path) -> None:
    """By deadline and lead, to `ops`, once."""
    await lived(ledger, DAY, at("11-10 18:00"))
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as database, database:
        lost = database.execute("DELETE FROM notice WHERE deadline = 'source' AND lead = '0' RETURNING id").fetchall()
    missing, told = await audited(ledger, DAY, at("11-10 18:00"))
    assert missing == [name for (name,) in lost]
    assert len(told) == 1


async def test_what_is_derived_from_a_void_deadline_is_not_missed(ledger: Ledger) -> None:
    """It is void too, so that nothing was to go out."""
    deed = Deed(action="close", by="Ann", status=Status.VOID)
    await lived(ledger, DAY, at("11-11 18:00"), deeds=[(at("11-04 00:00"), "source", deed)])
    assert await audited(ledger, DAY, at("11-11 18:00")) == ([], [])


async def test_another_period_leaves_nothing_missing(ledger: Ledger) -> None:
    """What was told by the one before covers what the new one has for the same time."""
    overdue = deadline(due=noon(9), leads=(), overdue=Overdue(every=timedelta(hours=1), times=None))
    daily = watch_list(replace(overdue, overdue=Overdue(every=timedelta(days=1), times=None)))
    change = at("11-10 13:30"), edition(daily)
    await lived(ledger, watch_list(overdue), at("11-10 18:00"), reloads=[change])
    assert await audited(ledger, daily, at("11-10 18:00")) == ([], [])
