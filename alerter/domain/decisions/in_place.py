"""What fallbacks were to tell in place of dead notices, taken back since and asked for again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from alerter.domain.decisions.entries import hold
from alerter.domain.decisions.fallback import fallback_of, hearers_by_plan, stand_in
from alerter.domain.decisions.record import Entry, Row
from alerter.domain.decisions.situation import Situation
from alerter.domain.decisions.standing import is_acknowledged
from alerter.domain.notices.notice import Notice, Reason, State, held_by_quiet


def in_place(at_hand: Situation, rows: Iterable[Row], notices: Iterable[Notice]) -> list[Notice]:
    """Those of these rows that are to be told in place of these notices of the plan.

    Only what is dead needs that: an original that returns asks its fallback in its own time.
    """
    wanted = {row.id: row for row in rows if row.can_return and row.original_state is State.DEAD}
    if not wanted:
        return []
    derived = (each for notice in notices for each in _along_fallbacks(at_hand, notice))
    return [_again(at_hand, each, wanted[each.id]) for each in derived if each.id in wanted]


def marked_as_fallbacks(rows: Iterable[Row], entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The same; those that go in place of another, by these rows of theirs, say so."""
    originals = {row.id: row.fallback_of for row in rows if row.fallback_of is not None}
    return tuple(_marked(entry, originals.get(entry.notice.id)) for entry in entries)


def _again(at_hand: Situation, notice: Notice, row: Row) -> Notice:
    """With the instant from which it is late: what a snooze put off is delayed, all else counts from now."""
    if row.reason == Reason.SNOOZED:
        return replace(notice, at=row.planned_at, held=None)
    goes_at = hold(at_hand.deadline.severity, at_hand.channels[notice.channel], at_hand.now, notice.due_at)
    return replace(notice, at=goes_at, held=held_by_quiet(at_hand.now, goes_at))


def _marked(entry: Entry, original: str | None) -> Entry:
    if original is None:
        return entry
    reason = Reason.FALLBACK if entry.state is State.QUEUED else entry.reason
    return replace(entry, fallback_of=original, reason=reason)


def _along_fallbacks(at_hand: Situation, original: Notice) -> Iterator[Notice]:
    """The same along the chain of fallbacks, each named by the one before it and its own channel."""
    is_over = is_acknowledged(at_hand.known.actions, original.due_key)
    barred = {original.channel, *hearers_by_plan(at_hand.deadline, original, is_acknowledged=is_over)}
    notice = original
    while (other := fallback_of(at_hand.channels, notice.channel, barred)) is not None:
        barred.add(other.name)
        notice = stand_in(notice, other.name)
        yield notice
