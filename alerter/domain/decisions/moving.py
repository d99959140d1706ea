"""A date that changed between two loads: it settles, then every channel told hears of it once."""

from __future__ import annotations

from dataclasses import replace

from alerter.domain.decisions.actions_told import tell_actions
from alerter.domain.decisions.catchup import Choice
from alerter.domain.decisions.entries import advanced, entry_of, event_of
from alerter.domain.decisions.in_place import in_place
from alerter.domain.decisions.record import Decision, Entry, Row, Skip
from alerter.domain.decisions.selection import passed, planned, select
from alerter.domain.decisions.situation import Situation
from alerter.domain.notices.notice import Kind, Reason


def settle(at_hand: Situation) -> Decision:
    """Wait until the new date has stood for `settle`; meanwhile nothing of the deadline goes out."""
    record = at_hand.record
    settles_at = record.pending_at
    if record.pending_key != at_hand.due.key or settles_at is None:
        settles_at = at_hand.now + at_hand.deadline.settle_for
    if at_hand.now >= settles_at:
        return _move(at_hand)
    waiting = replace(record, pending_key=at_hand.due.key, pending_at=settles_at, title=at_hand.deadline.title)
    return Decision(record=waiting, skips=_taken_back(at_hand))


def _taken_back(at_hand: Situation) -> tuple[Skip, ...]:
    return tuple(
        Skip(id=row.id, reason=Reason.MOVED)
        for row in at_hand.known.rows
        if row.is_open and row.due_key != at_hand.due.key and not _is_past_occurrence(at_hand, row)
    )


def _is_past_occurrence(at_hand: Situation, row: Row) -> bool:
    """Whether the row is about a date of a series that stays as it was, since it has passed."""
    return bool(at_hand.deadline.repeat) and row.due_at is not None and row.due_at < at_hand.now


def _move(at_hand: Situation) -> Decision:
    record, now = at_hand.record, at_hand.now
    told, names = at_hand.told, at_hand.hearers
    notes = [_moved_entry(at_hand, name) for name in told]
    past = passed(at_hand, names)
    covered = [
        entry_of(at_hand, Choice(notice, goes=False, reason=Reason.SUPERSEDED))
        for notice in past
        if notice.channel in told and notice.id not in at_hand.blocked
    ]
    untold = [notice for notice in past if notice.channel not in told]
    stand_ins = in_place(at_hand, [row for row in at_hand.known.rows if row.channel not in told], past)
    entries = select(at_hand, planned(at_hand, names, now), [(Reason.FIRST_SEEN, untold + stand_ins)])
    moved = replace(
        advanced(at_hand, channels=dict.fromkeys(names, now)),
        since=now,
        earlier_keys=(*record.earlier_keys, record.due_key),
        move_count=record.move_count + 1,
    )
    return Decision(
        record=moved,
        entries=(*notes, *tell_actions(at_hand), *covered, *entries),
        skips=_taken_back(at_hand),
    )


def _moved_entry(at_hand: Situation, channel: str) -> Entry:
    """The notice of the move; where the channel never got the one before, this one tells both."""
    record = at_hand.record
    untold = [
        row.moved_from
        for row in at_hand.known.rows
        if (row.channel, row.kind, row.due_key) == (channel, Kind.MOVED, record.due_key) and row.moved_from
    ]
    before = untold[-1] if untold and untold[-1] != at_hand.due.key else record.due_key
    return replace(event_of(at_hand, Kind.MOVED, channel, str(record.move_count + 1)), moved_from=before)
