"""Watches ourselves: what should have gone out in the last day, against what the ledger says did."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerter.domain.decisions.forecast import forecast
from alerter.domain.decisions.record import Known
from alerter.domain.notices.notice import Notice
from alerter.domain.planning.watchlist import WatchList
from alerter.domain.words.statement import counted, stated
from alerter.engine.ops.ops import Ops
from alerter.engine.time.clock import Clock
from alerter.ledger.ledger import Ledger

LOOK_BACK = timedelta(days=1)
GRACE = timedelta(minutes=10)
"""What fell due within this may still be on its way."""

MOST_NAMED = 10


class Audit:
    """Reports notices of the last day that the plan has and the ledger does not."""

    def __init__(self, ledger: Ledger, clock: Clock, ops: Ops) -> None:
        self._ledger = ledger
        self._clock = clock
        self._ops = ops

    async def check(self, watch_list: WatchList) -> list[str]:
        """Look once; the ids that are missing, which `ops` has then heard of."""
        now = self._clock.now()
        planned = forecast(watch_list, now - LOOK_BACK, now - GRACE)
        known = await self._ledger.known(sorted({notice.deadline for notice in planned if notice.deadline}))
        expected = {notice.id: notice for notice in planned if _is_expected(notice, known)}
        rows = await self._ledger.rows(list(expected))
        missing = [notice for name, notice in expected.items() if name not in rows]
        if missing:
            await self._report(missing, now)
        return [notice.id for notice in missing]

    async def _report(self, missing: list[Notice], now: datetime) -> None:
        names = ", ".join(f"{one.deadline} {one.lead or one.kind.value}" for one in missing[:MOST_NAMED])
        text = counted(
            "problem",
            "{n} notice of the last day is not in the ledger: {names}",
            "{n} notices of the last day are not in the ledger: {names}",
            len(missing),
            names=names,
        )
        await self._ops.report(f"audit {now:%Y-%m-%d}", stated("problem", "Notices may have been missed"), text)


def _is_expected(notice: Notice, known: dict[str, Known]) -> bool:
    """Whether the hand-over must have seen it: the deadline stood still, and the channel was there by then."""
    facts = known.get(notice.deadline or "")
    if facts is None or notice.due_key is None:
        return False
    told_at = facts.latest.get((notice.channel, notice.kind))
    if notice.lead is None and told_at is not None and told_at >= notice.nominal_at:  # `every` may have changed since
        return False
    record = facts.record
    joined_at = record.channels.get(notice.channel)
    has_stood = record.pending_key is None and record.removed_at is None
    return has_stood and joined_at is not None and max(joined_at, record.since) <= notice.at < record.planned_until
