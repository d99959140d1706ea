"""Lines to the channels told: somebody acknowledged, snoozed or closed the deadline, or its status changed."""

from __future__ import annotations

from dataclasses import replace

from alerter.domain.decisions.entries import advanced, event_of
from alerter.domain.decisions.record import ACTION_LINE, Action, Decision, Entry, Row, Skip
from alerter.domain.decisions.situation import Situation
from alerter.domain.notices.notice import Kind, Reason
from alerter.domain.planning.deadline import Status
from alerter.domain.planning.due_keys import parse_key


def close(at_hand: Situation) -> Decision:
    """The configuration says it is over: every channel told hears it once, unless a person said so before."""
    record, status = at_hand.record, at_hand.deadline.status
    after = replace(advanced(at_hand, channels=record.channels), status=status)
    rows = [row for row in at_hand.known.rows if row.is_open]
    ended = [Skip(id=row.id, reason=Reason.CLOSED) for row in rows if row.kind != Kind.CLOSED]
    homeless = [row.id for row in rows if row.kind == Kind.CLOSED and row.channel not in at_hand.channels]
    skips = (*ended, *(Skip(id=each, reason=Reason.REMOVED) for each in homeless))
    if record.status is not Status.OPEN:
        return Decision(record=after, skips=skips)
    names = () if _is_closed_by_person(at_hand) else at_hand.told
    entries = tuple(replace(_closing(at_hand, name), status=status.value) for name in names)
    return Decision(record=after, entries=entries, skips=skips)


def tell_actions(at_hand: Situation) -> list[Entry]:
    """A line on each new action to the channels told, except where the person acted from."""
    return [
        _line(at_hand, action, name)
        for action in at_hand.known.new_actions
        if not _is_about_date_given_up(at_hand, action)
        for name in at_hand.told
        if action.action == "close" or name != action.channel
    ]


def tell_again(at_hand: Situation) -> list[Entry]:
    """What was to tell of something that happened, taken back for a move that came to nothing."""
    if at_hand.record.pending_key is None:
        return []
    rows = [
        row
        for row in at_hand.known.rows
        if row.can_return and row.reason == Reason.MOVED and row.due_key == at_hand.due.key
    ]
    found = [_told_again(at_hand, row) for row in rows if row.channel in at_hand.channels]
    return [entry for entry in found if entry is not None]


def _told_again(at_hand: Situation, row: Row) -> Entry | None:
    if row.kind == Kind.MOVED:
        return replace(event_of(at_hand, Kind.MOVED, row.channel, row.ordinal), moved_from=row.moved_from)
    actions = {f"{ACTION_LINE}{action.ordinal}": action for action in at_hand.known.actions}
    return _line(at_hand, actions[row.ordinal], row.channel) if row.ordinal in actions else None


def _is_about_date_given_up(at_hand: Situation, action: Action) -> bool:
    """Whether it was about the other of the two dates between which the deadline has just settled."""
    record = at_hand.record
    was_unsettled = record.pending_key is not None and action.due_key in (record.due_key, record.pending_key)
    return action.due_key != at_hand.due.key and (was_unsettled or not at_hand.deadline.repeat)


def _is_closed_by_person(at_hand: Situation) -> bool:
    keys = {action.due_key for action in at_hand.known.actions if action.action == "close"}
    return not at_hand.deadline.repeat and at_hand.due.key in keys


def _closing(at_hand: Situation, channel: str) -> Entry:
    """The notice of the status; numbered, since a deadline may be opened again and closed once more."""
    number = 0
    while (entry := event_of(at_hand, Kind.CLOSED, channel, str(number))).notice.id in at_hand.blocked:
        number += 1
    return entry


def _line(at_hand: Situation, action: Action, channel: str) -> Entry:
    if action.action == "close":
        kind, reason = Kind.CLOSED, None
    else:
        kind = Kind.OVERDUE if at_hand.due.at <= at_hand.now else Kind.UPCOMING
        reason = Reason.ACKNOWLEDGED if action.action == "ack" else Reason.SNOOZED
    acted_on = at_hand.due if action.due_key == at_hand.due.key else parse_key(action.due_key, at_hand.deadline)
    entry = event_of(at_hand, kind, channel, f"{ACTION_LINE}{action.ordinal}", due=acted_on)
    status = action.status.value if action.status else None
    return replace(entry, reason=reason, action=action.ordinal, status=status)
