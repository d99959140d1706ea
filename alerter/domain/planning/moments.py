"""When the notices about a due date want to go out, before channels and quiet hours are looked at.

A moment is one lead, overdue repeat, opening or recheck of one due date, for one set of channels.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import NamedTuple

from alerter.domain.dates.calendar import Shift, count_days, is_open, roll
from alerter.domain.dates.zone import on_day
from alerter.domain.notices.notice import Kind
from alerter.domain.planning.daystep import move_day
from alerter.domain.planning.deadline import Deadline, Escalation
from alerter.domain.planning.due import next_due
from alerter.domain.planning.duedate import EARLIEST, Due, just_after
from alerter.domain.planning.lead import Lead, Unit

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_NONE = timedelta()


class Moment(NamedTuple):
    """One thing to say about `due` at `nominal_at` to all of `channels`."""

    nominal_at: datetime
    due: Due
    kind: Kind
    channels: tuple[str, ...]
    lead: str | None = None
    ordinal: str = ""
    is_escalation: bool = False


def lead_kind(lead: Lead) -> Kind:
    """What a lead's notice is about."""
    if lead.is_zero:
        return Kind.DUE
    return Kind.OVERDUE if lead.after else Kind.UPCOMING


def lead_at(deadline: Deadline, due: Due, lead: Lead) -> datetime | None:
    """The instant of a lead; None where it lies outside the years 1 to 9999.

    What says "before" is never after the due instant and what says "after" never before it, whatever
    the clocks do: see `is_lead_after_due` for a lead that is so by itself.
    """
    at = _written_lead_at(deadline, due, lead)
    if at is None:
        return None
    return max(at, due.at) if lead.after else min(at, due.at)


def is_lead_after_due(deadline: Deadline, lead: Lead) -> bool:
    """Whether a lead that says "before" is not before the (first) due instant, such as `0d @ 18:00` for noon."""
    due = next_due(deadline, EARLIEST)
    if due is None or lead.after or lead.is_zero:
        return False
    at = _written_lead_at(deadline, due, lead)
    return at is not None and at >= due.at


def lead_moments(deadline: Deadline, due: Due, start: datetime, end: datetime) -> Iterator[Moment]:
    """The leads and escalations of one due date with start <= nominal_at < end, in the order written."""
    window = Window(deadline, due, start, end)
    for lead in window.within_reach(deadline.leads):
        if (moment := window.moment_of(lead)) is not None:
            yield moment
    for each in deadline.escalate:
        if (moment := window.raised_by(each)) is not None:
            yield moment


def overdue_moments(deadline: Deadline, due: Due, start: datetime, end: datetime) -> Iterator[Moment]:
    """The overdue repeats of one due date with start <= nominal_at < end, in order.

    Those of a series end when the next falls due.
    """
    if deadline.overdue is None or deadline.overdue.every <= _NONE:
        return
    every, times = deadline.overdue.every, deadline.overdue.times
    end = min(end, _following_at(deadline, due) or end)
    first = max(1, (_soonest(deadline, start) - due.at) // every)
    for number in count(first) if times is None else range(first, times + 1):
        at = _overdue_at(deadline, due, every, number)
        if at is None or at >= end:
            return
        if at >= start:
            yield Moment(at, due, Kind.OVERDUE, deadline.channels, ordinal=_ordinal(every, number))


def opens_moment(deadline: Deadline) -> Moment | None:
    """The opening of the window, told about the first due date after it."""
    if deadline.opens is None:
        return None
    at = _at(deadline, deadline.opens, _usual_clock(deadline))
    due = None if at is None else next_due(deadline, just_after(at))
    if due is None:
        return None
    at = _at_open(deadline, due, deadline.opens, _usual_clock(deadline), after=False)
    if at is None or at >= due.at:
        return None
    return Moment(at, due, Kind.OPENS, deadline.channels, ordinal=str(deadline.opens))


def recheck_moments(deadline: Deadline, start: datetime, end: datetime) -> Iterator[Moment]:
    """The reminders to verify the date with start <= nominal_at < end, in order, while it has not fallen due."""
    checked, every = deadline.checked, deadline.recheck_after
    if checked is None or every is None or every <= _NONE:
        return
    first = max(1, (_soonest(deadline, start).date() - checked) // every)
    for number in count(first):
        at = _recheck_at(deadline, checked, every, number)
        due = None if at is None or at >= end else next_due(deadline, just_after(at))
        if due is None or at is None or at >= due.at:
            return
        if at >= start:
            yield Moment(at, due, Kind.RECHECK, deadline.channels, ordinal=f"{checked}:{_ordinal(every, number)}")


class Window:
    """A stretch of time seen from one due date: finds the leads in it, most without working them out."""

    __slots__ = ("deadline", "due", "end", "first", "last", "start")

    def __init__(self, deadline: Deadline, due: Due, start: datetime, end: datetime) -> None:
        self.deadline, self.due, self.start, self.end = deadline, due, start, end
        is_exact = deadline.day_shift is Shift.NONE
        self.first = (start - due.at).total_seconds() if is_exact else float("-inf")
        self.last = (end - due.at).total_seconds() if is_exact else float("inf")

    def within_reach(self, leads: tuple[Lead, ...]) -> list[Lead]:
        """Those that may lie within the stretch, going by their bounds alone."""
        first, last = self.first, self.last
        return [lead for lead in leads if lead.latest >= first and lead.earliest < last]

    def moment_of(self, lead: Lead) -> Moment | None:
        """The lead's, if it is one within the stretch."""
        at = self._find(lead)
        return None if at is None else Moment(at, self.due, lead_kind(lead), self.deadline.channels, lead.text)

    def raised_by(self, step: Escalation) -> Moment | None:
        """The escalation's, if it is one within the stretch; a channel that gets the lead anyway gets none of it."""
        at, lead = self._find(step.lead), step.lead
        if at is None:
            return None
        is_lead = any(lead.text == one.text for one in self.deadline.leads)
        channels = tuple(name for name in step.channels if not (is_lead and name in self.deadline.channels))
        if not channels:
            return None
        return Moment(at, self.due, lead_kind(lead), channels, lead.text, is_escalation=True)

    def _find(self, lead: Lead) -> datetime | None:
        """The instant of the lead, if it is one within the stretch."""
        if lead.latest < self.first or lead.earliest >= self.last:
            return None
        at = lead_at(self.deadline, self.due, lead)
        return at if at is not None and self.start <= at < self.end else None


def _written_lead_at(deadline: Deadline, due: Due, lead: Lead) -> datetime | None:
    """The instant that the lead's text says."""
    if lead.is_zero:
        return _zero_at(deadline, due)
    lead_count = lead.count if lead.after else -lead.count
    if not lead.is_day_grained:
        return _elapsed(due.at, lead_count * (60 if lead.unit is Unit.MINUTES else 3600))
    day = move_day(due.day, lead_count, lead.unit, deadline.calendar)
    if day is None:
        return None
    clock = lead.at or _clock(deadline, due)
    if deadline.day_shift is Shift.NONE:
        return _at(deadline, day, clock)
    return _at_open(deadline, due, day, clock, after=lead.after)


def _zero_at(deadline: Deadline, due: Due) -> datetime:
    """The due instant, or `notify_at` of that day, never later."""
    if isinstance(due.local, datetime):
        return due.at
    return min(_at(deadline, due.local, deadline.notify_at) or due.at, due.at)


def _overdue_at(deadline: Deadline, due: Due, every: timedelta, number: int) -> datetime | None:
    """The instant of an overdue repeat: by the calendar where `every` is whole days, else elapsed."""
    if every % _DAY:
        return _elapsed(due.at, every.total_seconds() * number)
    day = move_day(due.day, every.days * number, Unit.DAYS, deadline.calendar)
    at = None if day is None else _at_open(deadline, due, day, _clock(deadline, due), after=True)
    return None if at is None else max(at, due.at)


def _ordinal(every: timedelta, number: int) -> str:
    """Numbers a repeat by the time passed: with another `every` none has the number of one that was told before."""
    return str(every * number // _SECOND) if every % _DAY else f"{every.days * number}d"


def _recheck_at(deadline: Deadline, checked: date, every: timedelta, number: int) -> datetime | None:
    """The instant of a recheck after the day of the last one: counted as an overdue repeat's."""
    clock = _usual_clock(deadline)
    day = checked if every % _DAY else move_day(checked, every.days * number, Unit.DAYS, deadline.calendar)
    at = None if day is None else _at(deadline, day, clock)
    if at is None or day is None:
        return None
    if every % _DAY:
        return _elapsed(at, every.total_seconds() * number)
    due = next_due(deadline, just_after(at))
    return at if due is None else _at_open(deadline, due, day, clock, after=False)


def _following_at(deadline: Deadline, due: Due) -> datetime | None:
    """When the next of a series falls due."""
    if deadline.repeat is None:
        return None
    following = next_due(deadline, just_after(due.at))
    return None if following is None else following.at


def _soonest(deadline: Deadline, start: datetime) -> datetime:
    """An instant well before any whose day may be shifted to `start` or later."""
    day = start.date()
    if deadline.day_shift is Shift.NEXT:
        day = count_days(deadline.calendar, day, -1) or day
    day = max(day, date(1, 1, 5)) - 4 * _DAY
    return start.replace(year=day.year, month=day.month, day=day.day)


def _usual_clock(deadline: Deadline) -> time:
    """The time of day of what is planned by days, of a deadline as a whole."""
    return deadline.due.time() if isinstance(deadline.due, datetime) else deadline.notify_at


def _clock(deadline: Deadline, due: Due) -> time:
    """The time of day of what is planned by days, of one due date."""
    return due.local.time() if isinstance(due.local, datetime) else deadline.notify_at


def _at_open(deadline: Deadline, due: Due, day: date, clock: time, *, after: bool) -> datetime | None:
    """That time on the day, or on the open day that `day_shift` asks for, on the same side of the due instant."""
    at = _at(deadline, day, clock)
    if deadline.day_shift is Shift.NONE or is_open(deadline.calendar, day):
        return at
    shifted = _at(deadline, roll(deadline.calendar, day, deadline.day_shift), clock)
    if shifted is None or (shifted <= due.at if after else shifted >= due.at):
        return at
    return shifted


def _at(deadline: Deadline, day: date, clock: time) -> datetime | None:
    try:
        return on_day(day, clock, deadline.zone)
    except OverflowError:
        return None


def _elapsed(at: datetime, seconds: float) -> datetime | None:
    try:
        return at + timedelta(seconds=seconds)
    except OverflowError:
        return None
