"""Deadlines that follow from others."""

# Local times without zone are what is tested here.
# ruff: noqa: DTZ001

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from alerter.domain.dates.calendar import WEEKDAYS, make_calendar
from alerter.domain.dates.zone import load_zone, on_day, to_utc
from alerter.domain.planning.derive import DeriveError, derive, order_chain
from alerter.domain.planning.due import Due
from alerter.domain.planning.lead import parse_offset

NEW_YORK = load_zone("America/New_York")
SHANGHAI = load_zone("Asia/Shanghai")
DAY = Due("2026-01-30", date(2026, 1, 30), on_day(date(2026, 1, 30), time(23, 59), NEW_YORK))
LOCAL = datetime(2025, 11, 10, 0, 1)
MOMENT = Due("2025-11-10T00:01:00[America/New_York]", LOCAL, to_utc(LOCAL, NEW_YORK))


@pytest.mark.parametrize(
    ("offset", "after", "expected"),
    [
        ("20d", True, date(2026, 2, 19)),
        ("1mo", True, date(2026, 2, 28)),
        ("2w", False, date(2026, 1, 16)),
        ("1bd", True, date(2026, 2, 2)),
        ("0", True, date(2026, 1, 30)),
        ("1h", True, datetime(2026, 1, 31, 0, 59)),
        ("90m", False, datetime(2026, 1, 30, 22, 29)),
    ],
)
def test_days_from_a_date_give_a_date_and_hours_a_time(offset: str, after: bool, expected: date | datetime) -> None:
    """Hours are elapsed from the due instant of the parent."""
    found = derive(DAY, parse_offset(offset), after=after, zone=NEW_YORK, calendar=WEEKDAYS)
    assert (type(expected), expected) == (type(found), found)


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        ("0", datetime(2025, 11, 10, 13, 1)),
        ("1d", datetime(2025, 11, 11, 13, 1)),
        ("24h", datetime(2025, 11, 11, 13, 1)),
    ],
)
def test_a_time_is_read_on_the_childs_clock(offset: str, expected: datetime) -> None:
    """00:01 in New York is 13:01 in Shanghai, and days keep that."""
    assert expected == derive(MOMENT, parse_offset(offset), after=True, zone=SHANGHAI, calendar=WEEKDAYS)


def test_days_before_a_time_keep_it_over_a_change_of_the_clocks() -> None:
    """Hours do not."""
    expected = [datetime(2025, 11, 1, 0, 1), datetime(2025, 11, 1, 1, 1)]
    offsets = ["9d", "216h"]
    assert expected == [
        derive(MOMENT, parse_offset(each), after=False, zone=NEW_YORK, calendar=WEEKDAYS) for each in offsets
    ]


def test_a_derived_time_keeps_its_clock_into_a_gap() -> None:
    """02:30 falls due at 03:30 on that day, but may roll to another."""
    local = datetime(2027, 3, 13, 2, 30)
    parent = Due("", local, to_utc(local, NEW_YORK))
    assert datetime(2027, 3, 14, 2, 30) == derive(
        parent, parse_offset("1d"), after=True, zone=NEW_YORK, calendar=WEEKDAYS
    )


@pytest.mark.parametrize("offset", ["9999y", "99999999999999h", "99999999999d", "10000000bd"])
def test_e17_a_date_beyond_the_calendar_is_refused(offset: str) -> None:
    """There is no such date."""
    with pytest.raises(DeriveError):
        derive(MOMENT, parse_offset(offset), after=False, zone=NEW_YORK, calendar=WEEKDAYS)
    with pytest.raises(DeriveError):
        derive(DAY, parse_offset(offset), after=True, zone=NEW_YORK, calendar=WEEKDAYS)


def test_open_days_need_a_calendar_that_opens() -> None:
    """Otherwise there is no date."""
    never = make_calendar("never", weekend=range(7))
    with pytest.raises(DeriveError):
        derive(DAY, parse_offset("1bd"), after=True, zone=NEW_YORK, calendar=never)


def test_parents_come_before_children() -> None:
    """Whatever the order they are written in."""
    parents = {"d": "c", "c": "b", "b": "root", "e": "b"}
    order, cycles = order_chain(parents)
    assert cycles == []
    assert sorted(parents) == sorted(order)
    assert all(parents[child] not in order[place:] for place, child in enumerate(order))


def test_cycles_are_named_once_and_what_hangs_on_them_has_no_place() -> None:
    """Each starts with its smallest id."""
    parents = {"z": "b", "b": "c", "c": "a", "a": "b", "self": "self", "fine": "root", "finer": "fine"}
    order, cycles = order_chain(parents)
    assert sorted(cycles) == [["a", "b", "c"], ["self"]]
    assert order == ["fine", "finer"]
