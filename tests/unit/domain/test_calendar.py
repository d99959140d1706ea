"""Business days."""

from __future__ import annotations

from datetime import date

import pytest

from alerter.domain.dates.calendar import (
    WEEKDAYS,
    BusinessCalendar,
    Shift,
    UnknownHolidays,
    count_days,
    is_open,
    make_calendar,
    roll,
)
from alerter.domain.planning.daystep import move_day
from alerter.domain.planning.lead import Unit

US = make_calendar("us", "US", weekend=[5, 6], closed=[date(2025, 11, 28)], opened=[date(2025, 11, 29)])
NEVER = BusinessCalendar(name="never", weekend=frozenset(range(7)))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 11, 26), True),
        (date(2025, 11, 27), False),  # Thanksgiving
        (date(2025, 11, 28), False),  # closed
        (date(2025, 11, 29), True),  # a Saturday, opened
        (date(2025, 11, 30), False),
        (date(2026, 7, 3), False),  # Independence Day, observed
        (date(2027, 12, 31), False),  # New Year's Day of 2028, observed
        (date(2028, 1, 3), True),
    ],
)
def test_a_day_is_open_or_not(day: date, expected: bool) -> None:
    """Weekends, holidays (observed ones too) and extra days off are closed; make-up days overrule all."""
    assert expected == is_open(US, day)


@pytest.mark.parametrize("code", ["US", "US-NY", "XNYS", "NYSE", "ECB", "DE-BY", "CN"])
def test_countries_subdivisions_and_markets_are_known(code: str) -> None:
    """Christmas or New Year is a holiday in each of them."""
    assert not is_open(make_calendar("one", code), date(2026, 1, 1))


@pytest.mark.parametrize("code", ["ZZ", "us", "US-ZZ", "US-", "XXXX", "HolidayBase", "..", "U", "-"])
def test_unknown_codes_are_refused(code: str) -> None:
    """The message names the code."""
    with pytest.raises(UnknownHolidays, match="no holidays are known"):
        make_calendar("one", code)


def test_subdivisions_have_holidays_of_their_own() -> None:
    """Lincoln's birthday is one in New York, not in the whole country."""
    day = date(2026, 2, 12)
    assert [is_open(make_calendar("one", code), day) for code in ("US", "US-NY")] == [True, False]


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (-3, date(2025, 11, 24)),
        (-1, date(2025, 11, 26)),
        (0, date(2025, 11, 27)),
        (1, date(2025, 11, 29)),
        (2, date(2025, 12, 1)),
    ],
)
def test_the_first_day_is_not_counted(count: int, expected: date) -> None:
    """Open days are counted from the day after (or before), whether or not the day itself is open."""
    assert expected == count_days(US, date(2025, 11, 27), count)


@pytest.mark.parametrize("count", [1, -1, 10**10])
def test_counting_in_a_calendar_that_never_opens_ends(count: int) -> None:
    """There is no such day."""
    assert count_days(NEVER, date(2025, 1, 1), count) is None


def test_counting_beyond_the_end_of_time_ends() -> None:
    """Ten thousand million open days are more than there are."""
    assert count_days(WEEKDAYS, date(2025, 1, 1), -(10**10)) is None


@pytest.mark.parametrize(
    ("shift", "expected"),
    [(Shift.NONE, date(2026, 5, 31)), (Shift.PREVIOUS, date(2026, 5, 29)), (Shift.NEXT, date(2026, 6, 1))],
)
def test_a_closed_day_rolls(shift: Shift, expected: date) -> None:
    """A Sunday goes to the Friday before or the Monday after."""
    assert expected == roll(WEEKDAYS, date(2026, 5, 31), shift)


def test_open_days_and_calendars_that_never_open_do_not_roll() -> None:
    """There is nowhere else to go."""
    assert date(2026, 5, 29) == roll(WEEKDAYS, date(2026, 5, 29), Shift.NEXT)
    assert date(2026, 5, 29) == roll(NEVER, date(2026, 5, 29), Shift.NEXT)


def test_calendars_that_differ_only_in_their_holidays_do_not_mix() -> None:
    """The same name with another set of holidays gives other answers."""
    day = date(2026, 3, 3)
    one = BusinessCalendar(name="x", is_holiday=lambda each: each == day)
    other = BusinessCalendar(name="x")
    assert [date(2026, 3, 4), day] == [count_days(each, date(2026, 3, 2), 1) for each in (one, other)]


@pytest.mark.parametrize(
    ("day", "count", "unit", "expected"),
    [
        (date(2028, 2, 29), -1, Unit.YEARS, date(2027, 2, 28)),
        (date(2028, 2, 29), -1, Unit.MONTHS, date(2028, 1, 29)),
        (date(2025, 3, 31), -1, Unit.MONTHS, date(2025, 2, 28)),
        (date(2025, 1, 31), 13, Unit.MONTHS, date(2026, 2, 28)),
        (date(2025, 1, 1), -2, Unit.WEEKS, date(2024, 12, 18)),
        (date(1, 1, 5), -5, Unit.DAYS, None),
        (date(9999, 12, 1), 1, Unit.MONTHS, None),
        (date(2025, 1, 1), -(10**10), Unit.YEARS, None),
    ],
)
def test_e13_e17_months_and_years_clamp(day: date, count: int, unit: Unit, expected: date | None) -> None:
    """The end of a shorter month stands for what it lacks; beyond the calendar there is nothing."""
    assert expected == move_day(day, count, unit, WEEKDAYS)
