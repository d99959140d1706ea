"""Moving a calendar date by days, weeks, months, years or open days."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from alerter.domain.dates.calendar import BusinessCalendar, count_days
from alerter.domain.planning.lead import Unit


def move_day(day: date, count: int, unit: Unit, calendar: BusinessCalendar) -> date | None:
    """The date `count` units later (earlier where negative); months and years clamp to the month's end.

    None where it lies outside the years 1 to 9999, or the calendar has no such open day.
    """
    if unit in (Unit.DAYS, Unit.WEEKS):  # the most usual ones
        try:
            return day + timedelta(7 * count if unit is Unit.WEEKS else count)
        except OverflowError:
            return None
    if unit is Unit.BUSINESS_DAYS:
        return count_days(calendar, day, count)
    return _move_months(day, 12 * count if unit is Unit.YEARS else count)


def _move_months(day: date, count: int) -> date | None:
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    if not 1 <= year <= 9999:
        return None
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
