"""What a channel cannot tell is also told through its fallback, and what that cannot through the fallback's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from alerter.domain.decisions.entries import hears_by_plan, hold
from alerter.domain.decisions.record import Entry
from alerter.domain.notices.notice import Notice, Reason, State, held_by_quiet, notice_id
from alerter.domain.planning.watchlist import WatchList
from alerter.engine.delivery.bundling import bundle_entries
from alerter.engine.delivery.compose import NOT_LATE
from alerter.engine.time.clock import Clock
from alerter.ledger.ledger import Ledger, Untold


class Fallbacks:
    """Queues the fallback's own notice for each one that is dead or late beyond `fallback_after`."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self.next_at: datetime | None = None

    async def hand_over(self, watch_list: WatchList, now: datetime) -> list[Entry]:
        """Queue what is due now, and return it; find when the next one will be."""
        self.next_at = await self._ledger.next_fallback_at()
        if self.next_at is None or now < self.next_at:
            return []
        originals = await self._ledger.fallback_due(now)
        made: dict[object, Entry] = {}
        for one in originals:
            if (entry := _entry(one, watch_list, now)) is not None:
                made.setdefault(_told_by(entry.notice), entry)
        entries = list(made.values())
        if entries:
            await self._ledger.enqueue(bundle_entries(entries, watch_list.channels, now), is_planned=True)
        told = {entry.fallback_of for entry in entries}
        if pointless := [name for one in originals if (name := one.entry.notice.id) not in told]:
            await self._ledger.settle_fallbacks(pointless)
        self.next_at = await self._ledger.next_fallback_at()
        return entries


def _entry(untold: Untold, watch_list: WatchList, now: datetime) -> Entry | None:
    """The fallback's notice, named by the original's id and the other channel."""
    original = untold.entry
    channel = watch_list.channels.get(original.notice.channel)
    other = watch_list.channels.get(channel.fallback) if channel is not None and channel.fallback else None
    if other is None or _hears_anyway(untold, other.name, watch_list):
        return None
    goes_at = hold(original.severity, other, now, original.notice.due_at)
    notice = replace(
        original.notice,
        id=notice_id(original.notice.id, other.name),
        channel=other.name,
        at=_could_go_at(original, now) if _was_never_late(untold) else original.notice.at,
        held=held_by_quiet(now, goes_at),
    )
    return replace(
        original,
        notice=notice,
        state=State.QUEUED,
        reason=Reason.FALLBACK,
        send_at=goes_at,
        give_up_at=max(original.give_up_at, now + other.give_up_after),
        bundle=None,
        fallback_of=original.notice.id,
        fallback_at=goes_at + other.fallback_after if other.fallback is not None else None,
    )


def _told_by(notice: Notice) -> tuple[object, ...]:
    """What it tells whom: the same for the fallbacks of several channels that are one."""
    return notice.channel, notice.deadline, notice.due_key, notice.kind, notice.lead, notice.ordinal, notice.nominal_at


def _hears_anyway(untold: Untold, name: str, watch_list: WatchList) -> bool:
    """Whether the channel has the same to tell, or will have: so chains that meet tell it once, and circles end."""
    notice = untold.entry.notice
    deadline = watch_list.deadlines.get(notice.deadline or "")
    return name in untold.asked or (deadline is not None and hears_by_plan(deadline, name, notice))


def _could_go_at(original: Entry, now: datetime) -> datetime:
    """When it could first go: quiet hours that began later hold it once more."""
    held = original.notice.held
    return held.since if held is not None and original.send_at > now else original.send_at


def _was_never_late(untold: Untold) -> bool:
    """Whether it was to go when it could, so that only what came after that counts."""
    is_dead = untold.entry.state is State.DEAD
    return not untold.late_by if is_dead else untold.entry.reason in NOT_LATE
