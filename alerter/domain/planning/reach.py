"""How far the due dates of a series may lie from a stretch of time and still have notices in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from alerter.domain.dates.calendar import Shift, count_days
from alerter.domain.planning.daystep import move_day
from alerter.domain.planning.deadline import Deadline
from alerter.domain.planning.due import latest_due
from alerter.domain.planning.duedate import EARLIEST, LATEST
from alerter.domain.planning.lead import Lead, Unit

# A month's end clamps by up to three days, zones and clocks add up to two.
_SLACK_DAYS = 6
_LAST_DAY = date.max - timedelta(days=30)


def dues_after(deadline: Deadline, start: datetime) -> datetime:
    """No due date before this instant has a notice that wants to go at `start` or later."""
    earliest = start
    if deadline.overdue is not None:
        latest = latest_due(deadline, start)
        earliest = start if latest is None else latest.at
    day = _beside(deadline, start.date(), Shift.NEXT, -1)
    for lead in _leads(deadline):
        moved = _moved(deadline, day, lead, -1) if lead.after else day
        if moved is not None:
            earliest = min(earliest, _midnight(moved))
        elif _moved(deadline, _LAST_DAY, lead, -1) is not None:
            return EARLIEST
    return earliest


def dues_until(deadline: Deadline, start: datetime, end: datetime) -> datetime:
    """No due date after this instant has a notice that wants to go with start <= nominal_at < end."""
    day = _beside(deadline, end.date(), Shift.PREVIOUS, 1)
    earliest = _slack(start.date(), -1) or date.min
    leads = [lead for lead in _leads(deadline) if not lead.after and _moved(deadline, earliest, lead, 1) is not None]
    days = [_moved(deadline, day, lead, 1) for lead in leads]
    days.append(_slack(day, 1))  # recheck, opens and `0` of a plain date
    return max([end, *(LATEST if each is None else _midnight(each) for each in days)])


def _leads(deadline: Deadline) -> Iterator[Lead]:
    yield from deadline.leads
    yield from (each.lead for each in deadline.escalate)


def _beside(deadline: Deadline, day: date, shift: Shift, step: int) -> date:
    """The day from which `day_shift` may have brought a notice to `day`."""
    if deadline.day_shift is not shift:
        return day
    return count_days(deadline.calendar, day, step) or day


def _moved(deadline: Deadline, day: date, lead: Lead, sign: int) -> date | None:
    """The day, moved by the lead and some slack; None beyond the calendar."""
    count, unit = lead.count, lead.unit
    if unit is Unit.MINUTES:
        count, unit = count // 1440, Unit.DAYS
    elif unit is Unit.HOURS:
        count, unit = count // 24, Unit.DAYS
    moved = move_day(day, sign * count, unit, deadline.calendar)
    return None if moved is None else _slack(moved, sign)


def _slack(day: date, sign: int) -> date | None:
    try:
        return day + timedelta(days=sign * _SLACK_DAYS)
    except OverflowError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
