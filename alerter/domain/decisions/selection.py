"""Of all that might go to a deadline's channels at one hand-over: what goes, and why the rest does not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from alerter.domain.decisions.catchup import Choice, choose, only_latest, without_looser
from alerter.domain.decisions.entries import entry_of
from alerter.domain.decisions.in_place import marked_as_fallbacks
from alerter.domain.decisions.record import Entry
from alerter.domain.decisions.situation import Situation
from alerter.domain.decisions.standing import ended_by
from alerter.domain.notices.notice import Kind, Notice, Reason, State
from alerter.domain.planning.plan import notices_of, plan
from alerter.domain.planning.tightest import stream


def select(
    at_hand: Situation, window: Iterable[Notice], others: Iterable[tuple[Reason, Iterable[Notice]]] = ()
) -> tuple[Entry, ...]:
    """Entries for what falls due by the plan, and for what goes for another reason.

    Of the others one goes per channel and stream; where a notice is listed for two reasons the first holds.
    """
    ended: list[Entry] = []
    policy = at_hand.deadline.catch_up
    choices = choose(_holding(at_hand, window, ended), policy, at_hand.now)
    seen = {choice.notice.id for choice in choices}
    reasons: dict[str, Reason] = {}
    fresh: dict[str, Notice] = {}
    for reason, notices in others:
        for notice in notices:
            if notice.id not in seen:
                reasons.setdefault(notice.id, reason)
                fresh.setdefault(notice.id, notice)
    for group in _grouped(_holding(at_hand, fresh.values(), ended)):
        choices += only_latest(group, reasons)
    entries = [*ended, *(entry_of(at_hand, choice) for choice in without_looser(choices, policy))]
    return marked_as_fallbacks(at_hand.known.rows, entries)


def planned(at_hand: Situation, channels: Iterable[str], start: datetime) -> list[Notice]:
    """What the plan has for these channels from `start` on; of dates that were ahead when first seen."""
    names, first_seen_at = frozenset(channels), at_hand.record.first_seen_at
    return [
        notice
        for notice in plan(at_hand.deadline, at_hand.channels, start, at_hand.until)
        if notice.channel in names and (notice.due_at is None or notice.due_at >= first_seen_at)
    ]


def passed(at_hand: Situation, channels: Iterable[str]) -> list[Notice]:
    """The leads that these channels had before now, else the opening; nothing where the date itself is past."""
    if at_hand.due.at < at_hand.now:
        return []
    names = frozenset(channels)
    found = [
        notice
        for notice in notices_of(at_hand.deadline, at_hand.channels, at_hand.due, at_hand.now)
        if notice.channel in names and notice.kind is not Kind.RECHECK
    ]
    have_leads = {notice.channel for notice in found if notice.lead is not None}
    return [notice for notice in found if notice.lead is not None or notice.channel not in have_leads]


def going_keys(entries: Iterable[Entry]) -> dict[tuple[str, str | None, str], Notice]:
    """The tightest notice that goes for each channel, due date and stream."""
    going: dict[tuple[str, str | None, str], Notice] = {}
    for entry in entries:
        notice = entry.notice
        key = (notice.channel, notice.due_key, stream(notice.kind))
        if entry.state is State.QUEUED and (key not in going or notice.nominal_at > going[key].nominal_at):
            going[key] = notice
    return going


def _grouped(notices: Iterable[Notice]) -> Iterable[list[Notice]]:
    """By channel and stream."""
    groups: dict[tuple[str, str], list[Notice]] = defaultdict(list)
    for notice in notices:
        groups[notice.channel, stream(notice.kind)].append(notice)
    return groups.values()


def _holding(at_hand: Situation, notices: Iterable[Notice], ended: list[Entry]) -> list[Notice]:
    """Those that nobody has ended; the others are added to `ended` with the reason."""
    holding = []
    for notice in notices:
        if notice.id in at_hand.blocked:
            continue
        reason = ended_by(at_hand.deadline, at_hand.known.actions, notice, at_hand.now)
        if reason is None:
            holding.append(notice)
        else:
            ended.append(entry_of(at_hand, Choice(notice, goes=False, reason=reason)))
    return holding
