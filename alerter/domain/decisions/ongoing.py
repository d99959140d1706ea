"""The usual hand-over: what the plan has next, and what a changed plan adds and takes away."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from alerter.domain.decisions.actions_told import tell_actions, tell_again
from alerter.domain.decisions.entries import advanced
from alerter.domain.decisions.in_place import in_place
from alerter.domain.decisions.record import Decision, Entry, Row, Skip
from alerter.domain.decisions.selection import going_keys, passed, planned, select
from alerter.domain.decisions.situation import Situation
from alerter.domain.decisions.standing import ended_by, is_snoozed
from alerter.domain.notices.notice import LEAD_KINDS, PLANNED_KINDS, Kind, Notice, Reason
from alerter.domain.planning.deadline import CatchUp
from alerter.domain.planning.due import Due, next_due
from alerter.domain.planning.plan import notices_of, plan
from alerter.domain.planning.tightest import stream

COVERED_BY = {Kind.RECHECK: (Kind.RECHECK,), Kind.OPENS: (*LEAD_KINDS, Kind.OPENS)}
"""Which kinds say what a notice of this kind would, when they come later; of all others leads do."""

AHEAD = timedelta(days=366)
"""How far ahead of now a plan may have put what was handed over before it changed."""


def begin(at_hand: Situation) -> Decision:
    """The first hand-over of a deadline: the tightest lead already passed, and what came since it was seen."""
    names, seen_at = at_hand.hearers, at_hand.record.first_seen_at
    window = planned(at_hand, names, seen_at)
    entries = select(at_hand, window, [(Reason.FIRST_SEEN, passed(at_hand, names))])
    return Decision(record=advanced(at_hand, channels=dict.fromkeys(names, seen_at)), entries=entries)


def carry_on(at_hand: Situation) -> Decision:
    """The next hand-over of a deadline whose date stands."""
    record = at_hand.record
    joined = [name for name in at_hand.hearers if name not in record.channels]
    others = [name for name in at_hand.hearers if name in record.channels]
    window = planned(at_hand, others, at_hand.handed_over_until) + planned(at_hand, joined, at_hand.now)
    returned = _returned(at_hand)
    if at_hand.deadline.catch_up is CatchUp.ALL:
        window, returned = window + returned, []
    entries = select(
        at_hand,
        window,
        [
            (Reason.FIRST_SEEN, passed(at_hand, joined)),
            (Reason.SNOOZED, _snooze_ended(at_hand)),
            (Reason.REPLANNED, _replanned(at_hand, others) + returned),
        ],
    )
    skips = {skip.id: skip for skip in (*_superseded(at_hand, entries), *_removed(at_hand), *_ended(at_hand))}
    channels = {**record.channels, **dict.fromkeys(joined, at_hand.now)}
    return Decision(
        record=advanced(at_hand, channels=channels),
        entries=(*entries, *tell_again(at_hand), *tell_actions(at_hand)),
        skips=tuple(skips.values()),
    )


def _returned(at_hand: Situation) -> list[Notice]:
    """What was taken back before it was told and is asked for again, unless the channel had a tighter one."""
    has_come_back = at_hand.record.pending_key is not None
    if not at_hand.has_changed and not has_come_back:
        return []
    rows = [row for row in at_hand.known.rows if row.can_return and row.reason != Reason.SNOOZED]
    notices = _asked_again(at_hand, rows)
    if at_hand.deadline.catch_up is CatchUp.ALL:
        return notices
    return [each for each in notices if _is_later(each, _latest(at_hand, each.channel, each.kind))]


def _snooze_ended(at_hand: Situation) -> list[Notice]:
    rows = [row for row in at_hand.known.rows if row.can_return and row.reason == Reason.SNOOZED]
    actions, now = at_hand.known.actions, at_hand.now
    return _asked_again(at_hand, [row for row in rows if not is_snoozed(actions, row.due_key, now)])


def _asked_again(at_hand: Situation, rows: list[Row]) -> list[Notice]:
    """Those of them that the plan still has, itself or through fallbacks."""
    ids = {row.id for row in rows}
    notices = _all_of(at_hand, rows)
    by_plan = [notice for notice in notices if notice.id in ids and notice.at < at_hand.until]
    return by_plan + in_place(at_hand, rows, notices)


def _replanned(at_hand: Situation, names: Iterable[str]) -> list[Notice]:
    """What a changed plan would have sent these channels by now, after the last that each had."""
    if not at_hand.has_changed:
        return []
    until, channels = at_hand.handed_over_until, frozenset(names)
    present = notices_of(at_hand.deadline, at_hand.channels, at_hand.due, until)
    recent = plan(at_hand.deadline, at_hand.channels, _missing_from(at_hand, channels), until)
    return [notice for notice in (*present, *recent) if notice.channel in channels and _is_missing(at_hand, notice)]


def _missing_from(at_hand: Situation, channels: Iterable[str]) -> datetime:
    """From when on one of these channels may miss something, so that years of a series need not be planned again."""
    kinds = (Kind.UPCOMING, Kind.RECHECK) if at_hand.deadline.recheck_after is not None else (Kind.UPCOMING,)
    told = [_latest(at_hand, name, kind) for name in channels for kind in kinds]
    return max(at_hand.record.since, min((at or at_hand.record.since for at in told), default=at_hand.now))


def _latest(at_hand: Situation, channel: str, kind: Kind) -> datetime | None:
    """Up to where the channel has been told what notices of this kind say."""
    latest = at_hand.known.latest
    told = (latest.get((channel, each)) for each in COVERED_BY.get(kind, LEAD_KINDS))
    return max((at for at in told if at is not None), default=None)


def _is_later(notice: Notice, at: datetime | None) -> bool:
    return at is None or notice.nominal_at > at


def _is_missing(at_hand: Situation, notice: Notice) -> bool:
    """Whether the channel was on the list by then, and has heard nothing later, nor of a move that covered it."""
    record = at_hand.record
    joined_at = max(record.first_seen_at, record.channels.get(notice.channel, record.first_seen_at))
    known_from = joined_at if at_hand.rule == record.rule else at_hand.now  # a new rule's past never was
    if notice.due_at is not None and notice.due_at < known_from:
        return False
    if notice.kind is Kind.RECHECK:
        return notice.nominal_at >= joined_at and _is_later(notice, _latest(at_hand, notice.channel, notice.kind))
    has_been_covered = record.move_count > 0 and notice.nominal_at <= record.since
    return not has_been_covered and _is_later(notice, _latest(at_hand, notice.channel, notice.kind))


def _superseded(at_hand: Situation, entries: Iterable[Entry]) -> list[Skip]:
    """Open rows that a tighter notice, going now, replaces."""
    if at_hand.deadline.catch_up is CatchUp.ALL:
        return []
    going = going_keys(entries)
    found = []
    for row in _open_planned(at_hand):
        tighter = going.get((row.channel, row.due_key, stream(row.kind)))
        if tighter is not None and row.nominal_at < tighter.nominal_at:
            found.append(Skip(id=row.id, reason=Reason.SUPERSEDED))
    return found


def _removed(at_hand: Situation) -> list[Skip]:
    """Open rows that a changed plan no longer asks for, or whose channel is gone."""
    rows = _open_planned(at_hand) if at_hand.has_changed else []
    notices = _all_of(at_hand, rows)
    wanted = {notice.id for notice in notices}
    said = {(notice.due_key, notice.channel, notice.kind, notice.nominal_at) for notice in notices}
    gone = [row.id for row in rows if row.id not in wanted and _place(row) not in said]
    homeless = [row.id for row in at_hand.known.rows if row.is_open and row.channel not in at_hand.channels]
    return [Skip(id=each, reason=Reason.REMOVED) for each in (*gone, *homeless)]


def _place(row: Row) -> tuple[str | None, str, str, datetime]:
    """What it says, whatever it is called: a lead written otherwise, or numbered by a version before, is the same."""
    return row.due_key, row.channel, row.kind, row.nominal_at


def _ended(at_hand: Situation) -> list[Skip]:
    """Open rows that people have ended since then, of a date that was moved away from, or of a closing taken back."""
    record, found = at_hand.record, []
    for row in at_hand.known.rows:
        if row.is_open and row.due_key != at_hand.due.key and row.due_key in record.earlier_keys:
            found.append(Skip(id=row.id, reason=Reason.MOVED))
        elif row.is_open and row.kind == Kind.CLOSED and not row.is_line:
            found.append(Skip(id=row.id, reason=Reason.REMOVED))
        elif row.is_open and row.kind in PLANNED_KINDS and not row.is_line:
            reason = ended_by(at_hand.deadline, at_hand.known.actions, row, at_hand.now)
            found += [Skip(id=row.id, reason=reason)] if reason is not None else []
    return found


def _open_planned(at_hand: Situation) -> list[Row]:
    return [
        row
        for row in at_hand.known.rows
        if row.is_open and row.kind in PLANNED_KINDS and not row.is_line and not row.is_fallback
    ]


def _all_of(at_hand: Situation, rows: Iterable[Row]) -> list[Notice]:
    """All notices of the occurrences that these rows belong to, however far ahead."""
    horizon = at_hand.until + AHEAD
    found: list[Notice] = []
    for row in {row.due_key: row for row in rows}.values():
        due = at_hand.due if row.due_key == at_hand.due.key else _occurrence(at_hand, row)
        if due is not None:
            found += notices_of(at_hand.deadline, at_hand.channels, due, horizon)
    return found


def _occurrence(at_hand: Situation, row: Row) -> Due | None:
    if row.due_at is None:
        return None
    due = next_due(at_hand.deadline, row.due_at)
    return due if due is not None and due.key == row.due_key else None
