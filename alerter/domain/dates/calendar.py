"""Business days: which days are open, and counting them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase

HOLIDAYS_VERSION = version("holidays")

# A calendar that is closed for longer than this is taken to have no open day any more.
_CLOSED_YEARS_LIMIT = 5


class UnknownHolidays(ValueError):
    """The holidays library knows no country, subdivision or market of that code."""


class Shift(StrEnum):
    """Where a date goes that falls on a closed day."""

    NONE = "none"
    PREVIOUS = "previous"
    NEXT = "next"


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessCalendar:
    """Open days: not in `weekend` (Monday 0), not a holiday, not in `closed`; `opened` overrules all.

    `is_holiday` answers for one date; `holidays` names where it comes from, for comparison.
    """

    name: str
    weekend: frozenset[int] = frozenset({5, 6})
    holidays: str = ""
    closed: frozenset[date] = frozenset()
    opened: frozenset[date] = frozenset()
    is_holiday: Callable[[date], bool] = field(default=lambda day: False, compare=False, repr=False)


WEEKDAYS = BusinessCalendar(name="weekdays")


def make_calendar(
    name: str,
    holidays: str = "",
    weekend: Iterable[int] = (5, 6),
    closed: Iterable[date] = (),
    opened: Iterable[date] = (),
) -> BusinessCalendar:
    """A calendar with the holidays of a country (`US`), subdivision (`US-NY`) or market (`XNYS`).

    `weekend` holds weekdays, Monday 0. Raises UnknownHolidays.
    """
    if holidays:
        _check_code(holidays)
    return BusinessCalendar(
        name=name,
        weekend=frozenset(weekend),
        holidays=holidays,
        closed=frozenset(closed),
        opened=frozenset(opened),
        is_holiday=(lambda day: day in _holidays_of(holidays, day.year)) if holidays else (lambda day: False),
    )


def is_open(calendar: BusinessCalendar, day: date) -> bool:
    """Whether business is done on that day."""
    if day in calendar.opened:
        return True
    return day.weekday() not in calendar.weekend and day not in calendar.closed and not calendar.is_holiday(day)


def roll(calendar: BusinessCalendar, day: date, shift: Shift) -> date:
    """The day itself if open or `shift` is none, else the previous or next open day.

    A calendar without any open day on that side leaves the day as it is.
    """
    if shift.value == "none" or is_open(calendar, day):
        return day
    found = count_days(calendar, day, -1 if shift.value == "previous" else 1)
    return day if found is None else found


def count_days(calendar: BusinessCalendar, day: date, count: int) -> date | None:
    """The open day `count` open days after `day` (before it where negative), which itself is not counted.

    Count 0 is `day`. None where the calendar has no such day, or it lies outside the years 1 to 9999.
    """
    if count == 0 or abs(count) > date.max.toordinal():
        return None if count else day
    step = 1 if count > 0 else -1
    left, empty_count, year = abs(count), 0, day.year
    days = _side(open_days(calendar, year), day, step)
    while left > len(days):
        left -= len(days)
        empty_count = 0 if days else empty_count + 1
        year += step
        if not 1 <= year <= 9999 or empty_count > _CLOSED_YEARS_LIMIT:
            return None
        days = open_days(calendar, year)
    return days[left - 1] if step > 0 else days[-left]


def open_days(calendar: BusinessCalendar, year: int) -> tuple[date, ...]:
    """The open days of a year, in order."""
    return _open_days(calendar, calendar.is_holiday, year)


@lru_cache(maxsize=4096)
def _open_days(calendar: BusinessCalendar, is_holiday: Callable[[date], bool], year: int) -> tuple[date, ...]:
    """As `open_days`; `is_holiday` is no part of a calendar's equality, but of the answer."""
    first = date(year, 1, 1)
    length = date(year, 12, 31).toordinal() - first.toordinal()
    days = (first + timedelta(days=n) for n in range(length + 1))
    return tuple(day for day in days if is_open(calendar, day))


def _side(days: tuple[date, ...], day: date, step: int) -> tuple[date, ...]:
    """The days after `day`, or those before it."""
    return days[bisect_right(days, day) :] if step > 0 else days[: bisect_left(days, day)]


def _check_code(code: str) -> None:
    """Refuse an unknown code here and now."""
    from holidays.registry import EntityLoader  # noqa: PLC0415 - much code, of use only where there are holidays

    if code not in EntityLoader.get_country_codes(include_aliases=True):
        _load_rules(code)


@lru_cache(maxsize=256)
def _load_rules(code: str) -> HolidayBase:
    """The library's rules for a code; they fill in years as they are asked for."""
    from holidays import country_holidays, financial_holidays  # noqa: PLC0415 - as above
    from holidays.registry import EntityLoader  # noqa: PLC0415 - as above

    country, dash, subdivision = code.partition("-")
    try:
        if not dash and code in EntityLoader.get_financial_codes(include_aliases=True):
            return financial_holidays(code)
        if country in EntityLoader.get_country_codes(include_aliases=True) and bool(dash) == bool(subdivision):
            return country_holidays(country, subdiv=subdivision or None)
    except NotImplementedError as error:
        raise _unknown(code) from error
    raise _unknown(code)


def _unknown(code: str) -> UnknownHolidays:
    return UnknownHolidays(
        f"no holidays are known for {code!r}: give a country (US), a subdivision (US-NY) or a market (XNYS)"
    )


@lru_cache(maxsize=4096)
def _holidays_of(code: str, year: int) -> frozenset[date]:
    """The holidays of one year, observed ones too, which the year before or after may bring in."""
    rules = _load_rules(code)
    for near in range(max(year - 1, 1), min(year + 1, 9999) + 1):
        rules.get(date(near, 1, 1))
    return frozenset(day for day in list(rules) if day.year == year)  # another thread may add a year to them
