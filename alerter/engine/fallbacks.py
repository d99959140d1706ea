"""What a channel cannot tell is also told through its fallback."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from alerter.domain.deadline import WatchList
from alerter.domain.notice import Reason, State, notice_id
from alerter.domain.record import Entry
from alerter.engine.clock import Clock
from alerter.ledger.ledger import Ledger

LEAST_WAIT = timedelta(seconds=1)
"""Between two looks, also where a fallback can no longer be told."""


class Fallbacks:
    """Queues the fallback's own notice for each one that is dead or late beyond `fallback_after`."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self.next_at: datetime | None = None

    async def hand_over(self, watch_list: WatchList, now: datetime) -> None:
        """Queue what is due now, and find when the next one will be."""
        originals = await self._ledger.fallback_due(now)
        entries = [entry for one in originals if (entry := _entry(one, watch_list, now)) is not None]
        if entries:
            await self._ledger.enqueue(entries)
        at = await self._ledger.next_fallback_at()
        self.next_at = max(at, now + LEAST_WAIT) if at is not None else None


def _entry(original: Entry, watch_list: WatchList, now: datetime) -> Entry | None:
    """The fallback's notice, named by the original's id and the other channel."""
    channel = watch_list.channels.get(original.notice.channel)
    other = watch_list.channels.get(channel.fallback) if channel is not None and channel.fallback else None
    if other is None:
        return None
    notice = replace(original.notice, id=notice_id(original.notice.id, other.name), channel=other.name, held=None)
    return replace(
        original,
        notice=notice,
        state=State.QUEUED,
        reason=Reason.FALLBACK,
        send_at=now,
        give_up_at=max(original.give_up_at, now + other.give_up_after),
        bundle=None,
        fallback_of=original.notice.id,
        fallback_at=None,
        replaces=False,
    )
