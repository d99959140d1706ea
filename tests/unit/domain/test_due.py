"""When deadlines fall due: keys, instants and series."""

# Local times without zone are what is tested here.
# ruff: noqa: DTZ001

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import partial

import pytest

from alerter.domain.dates.calendar import WEEKDAYS, BusinessCalendar, Shift, make_calendar
from alerter.domain.dates.zone import load_zone
from alerter.domain.planning.deadline import Deadline
from alerter.domain.planning.due import (
    Due,
    RuleError,
    check_rule,
    due_key,
    latest_due,
    next_due,
    normalise_due,
    occurrences,
    out_of_gap,
    sole_due,
)

at = partial(datetime, tzinfo=UTC)
NEW_YORK = load_zone("America/New_York")
UTC_ZONE = load_zone("UTC")


def deadline(
    due: date | datetime,
    *,
    repeat: str | None = None,
    zone: str = "America/New_York",
    roll: Shift = Shift.NONE,
    calendar: BusinessCalendar = WEEKDAYS,
    due_time: time = time(23, 59),
) -> Deadline:
    """A deadline without leads."""
    return Deadline(
        id="one",
        title="One",
        due=due,
        zone=load_zone(zone),
        leads=(),
        channels=(),
        calendar=calendar,
        repeat=repeat,
        roll=roll,
        due_time=due_time,
    )


def keys(series: Deadline, start: datetime, end: datetime) -> list[str]:
    """The keys of the due dates within a stretch of time."""
    return [due.key for due in occurrences(series, start, end)]


def test_a_date_falls_due_at_due_time() -> None:
    """23:59 on the day, in the deadline's zone; the key is the date alone."""
    expected = Due("2025-09-17", date(2025, 9, 17), at(2025, 9, 18, 3, 59))
    assert expected == sole_due(deadline(date(2025, 9, 17)))


def test_a_date_time_falls_due_at_itself() -> None:
    """The key names the zone."""
    local = datetime(2025, 11, 10, 0, 1)
    expected = Due("2025-11-10T00:01:00[America/New_York]", local, at(2025, 11, 10, 5, 1))
    assert expected == sole_due(deadline(local))


def test_e7_a_time_in_a_gap_is_the_one_the_clocks_show() -> None:
    """02:30 is 03:30, with the same key as if it had been written so."""
    skipped, shown = datetime(2027, 3, 14, 2, 30), datetime(2027, 3, 14, 3, 30)
    assert (shown, skipped) == (out_of_gap(skipped, NEW_YORK), normalise_due(skipped, NEW_YORK))
    assert sole_due(deadline(shown)) == sole_due(deadline(skipped))
    assert at(2027, 3, 14, 7, 30) == sole_due(deadline(skipped)).at


def test_a_time_in_a_gap_is_as_written_on_all_other_days() -> None:
    """On the day it rolls to, and in a series on all but that one."""
    skipped = datetime(2027, 3, 14, 2, 30)
    rolled = sole_due(deadline(skipped, roll=Shift.PREVIOUS))
    assert rolled.key == "2027-03-12T02:30:00[America/New_York]"
    series = deadline(skipped, repeat="FREQ=WEEKLY")
    check_rule("FREQ=WEEKLY", skipped, NEW_YORK)
    assert keys(series, at(2027, 3, 14), at(2027, 3, 28)) == [
        "2027-03-14T03:30:00[America/New_York]",
        "2027-03-21T02:30:00[America/New_York]",
    ]


def test_e8_only_the_second_of_two_is_marked() -> None:
    """The first of two times is the plain one; fold elsewhere means nothing."""
    first = datetime(2027, 11, 7, 1, 30)
    assert due_key(first, NEW_YORK) == "2027-11-07T01:30:00[America/New_York]"
    assert due_key(first.replace(fold=1), NEW_YORK) == "2027-11-07T01:30:00[America/New_York]+fold"
    assert due_key(datetime(2027, 11, 8, 1, 30, fold=1), NEW_YORK) == "2027-11-08T01:30:00[America/New_York]"
    assert at(2027, 11, 7, 6, 30) == sole_due(deadline(first.replace(fold=1))).at


@pytest.mark.parametrize(
    "value",
    [
        datetime(2025, 11, 10, 0, 1),
        at(2025, 11, 10, 5, 1),
        datetime(2025, 11, 10, 6, 1, tzinfo=timezone(timedelta(hours=1))),
        datetime(2025, 11, 10, 0, 1, 0, 999, tzinfo=timezone(timedelta(hours=-5))),
    ],
)
def test_other_spellings_of_a_time_have_one_key(value: datetime) -> None:
    """With an offset it is an exact instant, read in the zone."""
    assert due_key(normalise_due(value, NEW_YORK), NEW_YORK) == "2025-11-10T00:01:00[America/New_York]"


def test_other_names_of_a_zone_have_one_key() -> None:
    """`US/Eastern` is America/New_York."""
    local = datetime(2025, 11, 10, 0, 1)
    assert sole_due(deadline(local)) == sole_due(deadline(local, zone="US/Eastern"))


def test_e10_a_day_that_a_zone_skipped_has_an_instant() -> None:
    """Samoa had no 30 December 2011."""
    expected = [at(2011, 12, 31, 9, 59), at(2011, 12, 30, 9, 59)]
    days = [date(2011, 12, 30), date(2011, 12, 29)]
    assert expected == [sole_due(deadline(day, zone="Pacific/Apia")).at for day in days]


def test_e17_the_ends_of_the_calendar_overflow_nowhere() -> None:
    """What would lie beyond is the nearest instant there is."""
    with pytest.raises(ValueError, match="years 1 to 9999"):
        normalise_due(datetime(1, 1, 1, tzinfo=UTC), NEW_YORK)
    assert sole_due(deadline(date(9999, 12, 31))).at.year == 9999
    assert sole_due(deadline(date(1, 1, 1), zone="Asia/Tokyo", due_time=time(1))).at.year == 1


def test_a_due_date_rolls_off_closed_days() -> None:
    """The key is of the rolled date; a date-time keeps its local time."""
    sunday = date(2026, 5, 31)
    assert sole_due(deadline(sunday, roll=Shift.PREVIOUS)).key == "2026-05-29"
    rolled = sole_due(deadline(datetime(2026, 5, 31, 12), roll=Shift.NEXT))
    assert ("2026-06-01T12:00:00[America/New_York]", at(2026, 6, 1, 16)) == (rolled.key, rolled.at)


def test_what_does_not_repeat_is_due_once() -> None:
    """Its next due date is its only one, also when past; a stretch holds it or not."""
    one = deadline(date(2025, 9, 17))
    due = sole_due(one)
    assert due == next_due(one, at(2030, 1, 1))
    assert [due] == list(occurrences(one, due.at, due.at + timedelta(seconds=1)))
    assert list(occurrences(one, due.at - timedelta(days=1), due.at)) == []
    assert latest_due(one, due.at - timedelta(seconds=1)) is None
    assert due == latest_due(one, due.at)


def test_a_series_comes_by_its_rule_and_rolls() -> None:
    """The last day of each quarter, or the open day before."""
    series = deadline(date(2025, 10, 31), repeat="FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-1", roll=Shift.PREVIOUS)
    expected = ["2025-10-31", "2026-01-30", "2026-04-30", "2026-07-31", "2026-10-30"]
    assert expected == keys(series, at(2025, 1, 1), at(2027, 1, 1))


def test_a_rule_by_week_numbers_comes_on_the_day_of_the_week_of_its_first_date() -> None:
    """What the rule leaves open is taken from the due date (RFC 5545): one day of the week, not all seven."""
    one = deadline(date(2026, 5, 12), repeat="FREQ=YEARLY;BYWEEKNO=20")
    assert [due.key for due in occurrences(one, at(2026, 1, 1), at(2028, 12, 31))] == [
        "2026-05-12",
        "2027-05-18",
        "2028-05-16",
    ]


def test_a_series_keeps_its_local_time_over_a_change_of_the_clocks() -> None:
    """09:00 in New York is 14:00 or 13:00 UTC."""
    series = deadline(datetime(2027, 3, 13, 9), repeat="FREQ=DAILY")
    expected = [at(2027, 3, 13, 14), at(2027, 3, 14, 13), at(2027, 3, 15, 13)]
    assert expected == [due.at for due in occurrences(series, at(2027, 3, 13), at(2027, 3, 16))]


def test_two_that_roll_onto_one_day_are_one() -> None:
    """Saturday, Sunday and Monday all fall on Monday."""
    series = deadline(date(2026, 5, 29), repeat="FREQ=DAILY", roll=Shift.NEXT)
    assert keys(series, at(2026, 5, 29), at(2026, 6, 3, 12)) == ["2026-05-29", "2026-06-01", "2026-06-02"]


def test_hours_that_a_gap_brings_together_are_one() -> None:
    """02:00 and 03:00 are one instant on the day the clocks go forward."""
    series = deadline(datetime(2027, 3, 14, 0), repeat="FREQ=HOURLY")
    found = [due.at for due in occurrences(series, at(2027, 3, 14, 5), at(2027, 3, 14, 9))]
    assert [at(2027, 3, 14, hour) for hour in (5, 6, 7, 8)] == found


@pytest.mark.parametrize("until", ["20251231T140000Z", "20251231", "20251231T090000"])
def test_until_includes_its_own_instant(until: str) -> None:
    """RFC 5545 writes UNTIL in UTC; a plain date means all of that day."""
    series = deadline(datetime(2025, 12, 29, 9), repeat=f"FREQ=DAILY;UNTIL={until}")
    expected = [f"2025-12-{day}T09:00:00[America/New_York]" for day in (29, 30, 31)]
    assert expected == keys(series, at(2025, 1, 1), at(2027, 1, 1))
    assert next_due(series, at(2026, 1, 1)) is None


def test_the_next_and_the_latest_of_a_series_are_found_far_away() -> None:
    """A series that began long ago, and one whose dates lie decades apart."""
    daily = deadline(date(1990, 1, 1), repeat="FREQ=DAILY", zone="UTC")
    rare = deadline(date(1990, 1, 1), repeat="FREQ=YEARLY;INTERVAL=40", zone="UTC")
    found = [each and each.key for each in (next_due(daily, at(2060, 3, 1)), latest_due(daily, at(2060, 3, 1)))]
    assert found == ["2060-03-01", "2060-02-29"]
    found = [each and each.key for each in (next_due(rare, at(2029, 3, 1)), latest_due(rare, at(2029, 3, 1)))]
    assert found == ["2030-01-01", "1990-01-01"]
    assert latest_due(rare, at(1980, 1, 1)) is None


def test_a_closure_of_months_loses_no_due_date() -> None:
    """Dates that roll over a long closure all fall on the first open day."""
    closed = [date(2026, 3, 1) + timedelta(days=each) for each in range(150)]
    calendar = make_calendar("closed", closed=closed)
    series = deadline(date(2026, 1, 5), repeat="FREQ=WEEKLY", roll=Shift.NEXT, calendar=calendar, zone="UTC")
    expected = ["2026-02-23", "2026-07-29", "2026-08-03"]
    assert expected == keys(series, at(2026, 2, 20), at(2026, 8, 4))
    assert getattr(next_due(series, at(2026, 7, 1)), "key", None) == "2026-07-29"


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("", "not understood"),
        ("FREQ=SECONDLY", "FREQ"),
        ("FREQ=MINUTELY", "FREQ"),
        ("FREQ=FORTNIGHTLY", "FREQ"),
        ("INTERVAL=2", "FREQ"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=99999999999999999999", "INTERVAL"),
        ("FREQ=DAILY;COUNT=0", "COUNT"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20300101", "not both"),
        ("FREQ=DAILY;FREQ=DAILY", "twice"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL"),
        ("FREQ=DAILY;UNTIL=20301399", "no recurrence rule"),
        ("FREQ=DAILY;BYDAY=XX", "no recurrence rule"),
        ("FREQ=DAILY;BYHOUR=99", "no recurrence rule"),
        ("FREQ=DAILY;BYEASTER=1", "not understood"),
        ("FREQ=DAILY\nRRULE:FREQ=WEEKLY", "not understood"),
        ("DTSTART:20250101", "not understood"),
        ("FREQ=WEEKLY;BYDAY=MO", "does not hit"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never comes"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "never comes"),
        ("FREQ=DAILY;UNTIL=20200101", "never comes"),
    ],
)
def test_rules_that_cannot_be_used_are_refused(rule: str, message: str) -> None:
    """Each with a sentence that says why."""
    with pytest.raises(RuleError, match=message):
        check_rule(rule, datetime(2025, 10, 31, 9), UTC_ZONE)


def test_a_rule_that_first_comes_after_the_calendar_never_comes() -> None:
    """There is no January after the last December."""
    with pytest.raises(RuleError, match="never comes"):
        check_rule("FREQ=YEARLY;BYMONTH=1", datetime(9999, 12, 31, 9), UTC_ZONE)


def test_two_threads_may_ask_for_the_same_series_at_once() -> None:
    """The calendar is made beside the loop, which plans meanwhile; what has been expanded serves both."""
    begun = [deadline(date(2024, 1, day), repeat="FREQ=DAILY") for day in range(1, 29)]
    start, end = at(2024, 2, 1), at(2025, 2, 1)
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.0001)
    try:
        with ThreadPoolExecutor(2) as threads:
            found = list(
                threads.map(lambda series: keys(series, start, end), [each for one in begun for each in (one, one)])
            )
    finally:
        sys.setswitchinterval(before)
    assert [len(each) for each in found] == [366] * 56


def test_a_date_repeats_by_days_and_longer() -> None:
    """Hours need a time to start from."""
    for rule in ("FREQ=HOURLY", "FREQ=DAILY;BYHOUR=9"):
        with pytest.raises(RuleError):
            check_rule(rule, date(2025, 10, 31), UTC_ZONE)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-1",
        "RRULE:FREQ=WEEKLY;BYDAY=FR",
        "freq=yearly",
        "FREQ=DAILY;COUNT=3;WKST=SU",
    ],
)
def test_rules_that_hit_the_due_date_are_fine(rule: str) -> None:
    """With or without the property's name, in either case."""
    check_rule(rule, date(2025, 10, 31), UTC_ZONE)
    check_rule(rule, datetime(2025, 10, 31, 9), NEW_YORK)
    assert next_due(deadline(date(2025, 10, 31), repeat=rule), at(2025, 1, 1)) is not None
