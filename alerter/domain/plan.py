"""The plan of a deadline: which notices go out in a stretch of time, from the configuration alone.

It knows nothing of what was told, acknowledged or snoozed: see `handover`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from alerter.domain.deadline import Channel, Deadline, Severity
from alerter.domain.due import EARLIEST, LATEST, Due, dues_from, sole_due
from alerter.domain.fingerprint import plan_fingerprint, plan_rule
from alerter.domain.moments import (
    Moment,
    is_lead_after_due,
    lead_moments,
    opens_moment,
    overdue_moments,
    recheck_moments,
)
from alerter.domain.notice import Held, Notice, notice_id
from alerter.domain.quiet import LONGEST_HOLD, quiet_until
from alerter.domain.reach import dues_after, dues_until

__all__ = ["is_lead_after_due", "next_at", "plan", "plan_fingerprint", "plan_rule", "quiet_until", "tightest"]

# So many due dates in a row without any notice mean that there never will be one.
_BARREN_LIMIT = 50


def plan(deadline: Deadline, channels: Mapping[str, Channel], start: datetime, end: datetime) -> list[Notice]:
    """All notices with start <= at < end, sorted by (at, channel, nominal_at); quiet hours applied.

    As if the deadline had always been known and open; several leads at one instant are all listed
    (see `tightest`). Channels unknown to `channels` are passed over.
    """
    found: dict[str, Notice] = {}
    for moment in _moments(deadline, _before_hold(deadline, channels, start), end):
        for name in moment.channels:
            if name in channels:
                at = _send_at(deadline, channels[name], moment)
                if start <= at < end:
                    notice = _notice(deadline, name, moment, at)
                    found.setdefault(notice.id, notice)
    return sorted(found.values(), key=lambda each: (each.at, each.channel, each.nominal_at, each.id))


def next_at(deadline: Deadline, channels: Mapping[str, Channel], after: datetime) -> datetime | None:
    """The earliest `at` >= after of any notice of the deadline; None where nothing is left."""
    start = _before_hold(deadline, channels, after)
    best: datetime | None = None
    opens = opens_moment(deadline)
    if opens is not None:
        best = _first_at(deadline, channels, after, [opens], best)
    best = _first_at(deadline, channels, after, recheck_moments(deadline, start, LATEST), best)
    if deadline.repeat is not None:
        return _first_of_series(deadline, channels, after, start, best)
    due = sole_due(deadline)
    best = _first_at(deadline, channels, after, overdue_moments(deadline, due, start, LATEST), best)
    for moment in lead_moments(deadline, due):
        best = _first_at(deadline, channels, after, [moment], best)
    return best


def tightest(notices: list[Notice]) -> tuple[list[Notice], list[Notice]]:
    """Split into those that go and those superseded by a tighter one of the same deadline, due key and channel at the same `at`.

    Tighter is a later `nominal_at`; of two at one instant the due notice, else the one whose lead sorts last.
    """
    best: dict[tuple[object, ...], Notice] = {}
    for notice in notices:
        key = (notice.deadline, notice.due_key, notice.channel, notice.at)
        if key not in best or _tightness(notice) > _tightness(best[key]):
            best[key] = notice
    kept = {id(notice) for notice in best.values()}
    return [each for each in notices if id(each) in kept], [each for each in notices if id(each) not in kept]


def _tightness(notice: Notice) -> tuple[datetime, bool, bool, str]:
    return notice.nominal_at, notice.kind.value == "deadline.due", notice.lead is not None, notice.id


def _moments(deadline: Deadline, start: datetime, end: datetime) -> Iterator[Moment]:
    """Everything to be said with start <= nominal_at < end, and some round it."""
    opens = opens_moment(deadline)
    if opens is not None:
        yield opens
    yield from recheck_moments(deadline, start, end)
    for due in _dues(deadline, start, end):
        yield from lead_moments(deadline, due)
        yield from overdue_moments(deadline, due, start, end)


def _dues(deadline: Deadline, start: datetime, end: datetime) -> Iterator[Due]:
    """The due dates that may have something to be said within start and end."""
    if deadline.repeat is None:
        yield sole_due(deadline)
        return
    until = dues_until(deadline, end)
    for due in dues_from(deadline, dues_after(deadline, start)):
        if due.at > until:
            return
        yield due


def _first_of_series(
    deadline: Deadline, channels: Mapping[str, Channel], after: datetime, start: datetime, best: datetime | None
) -> datetime | None:
    """As `next_at`, over the due dates of a series for as long as they may bring something earlier than `best`."""
    until, barren_until, barren_count = LATEST, dues_until(deadline, after), 0
    if best is not None:
        until = dues_until(deadline, best)
    for due in dues_from(deadline, dues_after(deadline, start)):
        if due.at > until or barren_count > _BARREN_LIMIT:
            break
        before = best
        for moment in lead_moments(deadline, due):
            best = _first_at(deadline, channels, after, [moment], best)
        best = _first_at(deadline, channels, after, overdue_moments(deadline, due, start, LATEST), best)
        if best is not None and best != before:
            until = dues_until(deadline, best)
        barren_count += best is None and due.at > barren_until
    return best


def _first_at(
    deadline: Deadline,
    channels: Mapping[str, Channel],
    after: datetime,
    moments: Iterable[Moment],
    best: datetime | None,
) -> datetime | None:
    """The earlier of `best` and the first instant >= after of these moments, which come in order."""
    for moment in moments:
        if best is not None and moment.nominal_at >= best:
            break
        names = [name for name in moment.channels if name in channels]
        if not names:
            break
        for name in names:
            at = _send_at(deadline, channels[name], moment)
            if at >= after and (best is None or at < best):
                best = at
    return best


def _before_hold(deadline: Deadline, channels: Mapping[str, Channel], at: datetime) -> datetime:
    """The earliest instant from which quiet hours may hold something until `at`."""
    is_held = deadline.severity is not Severity.CRITICAL and any(each.quiet is not None for each in channels.values())
    return max(at - LONGEST_HOLD, EARLIEST) if is_held and at - EARLIEST > LONGEST_HOLD else at


def _send_at(deadline: Deadline, channel: Channel, moment: Moment) -> datetime:
    """When the moment's notice goes out on the channel, quiet hours applied.

    A critical one is never held, and none that is before the due instant is held to or past it.
    """
    nominal_at = moment.nominal_at
    if channel.quiet is None or deadline.severity is Severity.CRITICAL:
        return nominal_at
    at = quiet_until(channel, nominal_at)
    return nominal_at if nominal_at < moment.due.at <= at else at


def _notice(deadline: Deadline, channel: str, moment: Moment, at: datetime) -> Notice:
    due = moment.due
    return Notice(
        id=notice_id(deadline.id, due.key, moment.kind.value, moment.lead or moment.ordinal, channel),
        deadline=deadline.id,
        due_key=due.key,
        due_at=due.at,
        kind=moment.kind,
        channel=channel,
        at=at,
        nominal_at=moment.nominal_at,
        lead=moment.lead,
        ordinal=moment.ordinal,
        held=Held(moment.nominal_at, "quiet") if at != moment.nominal_at else None,
        is_escalation=moment.is_escalation,
    )
