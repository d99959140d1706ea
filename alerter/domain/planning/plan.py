"""The plan of a deadline: which notices go out in a stretch of time, from the configuration alone.

It knows nothing of what was told, acknowledged or snoozed: see `handover`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from alerter.domain.notices.notice import Notice, held_by_quiet, notice_id
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import Deadline
from alerter.domain.planning.due import dues_from, occurrences, sole_due
from alerter.domain.planning.duedate import EARLIEST, Due, just_after
from alerter.domain.planning.fingerprint import plan_fingerprint, plan_rule
from alerter.domain.planning.hold import send_at, wanted_from
from alerter.domain.planning.moments import (
    Moment,
    is_lead_after_due,
    lead_moments,
    opens_moment,
    overdue_moments,
    recheck_moments,
)
from alerter.domain.planning.quiet import quiet_until
from alerter.domain.planning.reach import dues_after, dues_until
from alerter.domain.planning.search import next_at
from alerter.domain.planning.tightest import tightest

__all__ = [
    "is_lead_after_due",
    "next_at",
    "notices_of",
    "plan",
    "plan_fingerprint",
    "plan_rule",
    "quiet_until",
    "tightest",
]


def plan(deadline: Deadline, channels: Mapping[str, Channel], start: datetime, end: datetime) -> list[Notice]:
    """All notices with start <= at < end, sorted by (at, channel, nominal_at); quiet hours applied.

    As if the deadline had always been known and open; several leads at one instant are all listed
    (see `tightest`). Channels unknown to `channels` are passed over.
    """
    begin = wanted_from(deadline, channels, start)
    return _notices(deadline, channels, _moments(deadline, _dues(deadline, begin, end), begin, end), start, end)


def notices_of(deadline: Deadline, channels: Mapping[str, Channel], due: Due, until: datetime) -> list[Notice]:
    """The whole plan of one due date: its notices with at < until, however long ago; none of what is no date of it."""
    dues = [each for each in occurrences(deadline, due.at, just_after(due.at)) if each.key == due.key]
    about = (each for each in _moments(deadline, dues, EARLIEST, until) if each.due.key == due.key)
    return _notices(deadline, channels, about, EARLIEST, until)


def _notices(
    deadline: Deadline, channels: Mapping[str, Channel], moments: Iterable[Moment], start: datetime, end: datetime
) -> list[Notice]:
    """What these moments come to on the channels with start <= at < end, in order."""
    found: dict[str, Notice] = {}
    for moment in moments:
        for name in moment.channels:
            if name in channels:
                at = send_at(deadline, channels[name], moment)
                if start <= at < end:
                    notice = _notice(deadline, name, moment, at)
                    found.setdefault(notice.id, notice)
    return sorted(found.values(), key=lambda each: (each.at, each.channel, each.nominal_at, each.id))


def _moments(deadline: Deadline, dues: Iterable[Due], start: datetime, end: datetime) -> Iterator[Moment]:
    """Everything to be said with start <= nominal_at < end of these due dates, and some round it."""
    opens = opens_moment(deadline)
    if opens is not None:
        yield opens
    yield from recheck_moments(deadline, start, end)
    for due in dues:
        yield from lead_moments(deadline, due, start, end)
        yield from overdue_moments(deadline, due, start, end)


def _dues(deadline: Deadline, start: datetime, end: datetime) -> Iterator[Due]:
    """The due dates that may have something to be said within start and end."""
    if deadline.repeat is None:
        yield sole_due(deadline)
        return
    until = dues_until(deadline, start, end)
    for due in dues_from(deadline, dues_after(deadline, start)):
        if due.at > until:
            return
        yield due


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
        held=held_by_quiet(moment.nominal_at, at),
        is_escalation=moment.is_escalation,
    )
