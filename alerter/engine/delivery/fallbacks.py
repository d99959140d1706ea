"""What a channel cannot tell is also told through its fallback, and what that cannot through the fallback's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from alerter.domain.decisions.entries import hold
from alerter.domain.decisions.fallback import asks_fallback_at, fallback_of, hearers_by_plan, stand_in
from alerter.domain.decisions.record import Action, Entry
from alerter.domain.decisions.standing import is_acknowledged
from alerter.domain.notices.notice import Notice, Reason, State, held_by_quiet
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
        names = {one.entry.notice.deadline or "" for one in originals}
        actions = {name: known.actions for name, known in (await self._ledger.facts(sorted(names))).items()}
        made: dict[object, Entry] = {}
        for one in originals:
            entry = _entry(one, watch_list, actions.get(one.entry.notice.deadline or "", ()), now)
            if entry is not None:
                made.setdefault(_told_by(entry.notice), entry)
        entries = list(made.values())
        if entries:
            await self._ledger.enqueue(bundle_entries(entries, watch_list.channels, now), is_planned=True)
        told = {entry.fallback_of for entry in entries}
        if pointless := [name for one in originals if (name := one.entry.notice.id) not in told]:
            await self._ledger.settle_fallbacks(pointless)
        self.next_at = await self._ledger.next_fallback_at()
        return entries


def _entry(untold: Untold, watch_list: WatchList, actions: Sequence[Action], now: datetime) -> Entry | None:
    """The fallback's notice, where there is to be one."""
    original = untold.entry
    hearers = untold.asked | _hearers(original.notice, watch_list, actions)
    other = fallback_of(watch_list.channels, original.notice.channel, hearers)
    if other is None:
        return None
    goes_at = hold(original.severity, other, now, original.notice.due_at)
    notice = replace(
        stand_in(original.notice, other.name),
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
        fallback_at=asks_fallback_at(other, (), goes_at),
    )


def _told_by(notice: Notice) -> tuple[object, ...]:
    """What it tells whom: the same for the fallbacks of several channels that are one."""
    return notice.channel, notice.deadline, notice.due_key, notice.kind, notice.lead, notice.ordinal, notice.nominal_at


def _hearers(notice: Notice, watch_list: WatchList, actions: Sequence[Action]) -> frozenset[str]:
    """Who has the same to tell by the plan, also where that is yet to be handed over."""
    deadline = watch_list.deadlines.get(notice.deadline or "")
    if deadline is None:
        return frozenset()
    return hearers_by_plan(deadline, notice, is_acknowledged=is_acknowledged(actions, notice.due_key))


def _could_go_at(original: Entry, now: datetime) -> datetime:
    """When it could first go: quiet hours that began later hold it once more."""
    held = original.notice.held
    return held.since if held is not None and original.send_at > now else original.send_at


def _was_never_late(untold: Untold) -> bool:
    """Whether it was to go when it could, so that only what came after that counts."""
    is_dead = untold.entry.state is State.DEAD
    return not untold.late_by if is_dead else untold.entry.reason in NOT_LATE
