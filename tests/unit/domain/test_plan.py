"""The plan of a deadline: which notices go out, when, and under which id."""

# Local times without zone are what deadlines hold.
# ruff: noqa: DTZ001

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from alerter.domain.dates.calendar import WEEKDAYS, Shift, make_calendar
from alerter.domain.dates.zone import load_zone
from alerter.domain.notices.notice import Held, Kind, Notice, notice_id
from alerter.domain.planning.channel import Channel, Quiet
from alerter.domain.planning.deadline import Deadline, Escalation, Overdue, Severity, Status
from alerter.domain.planning.due import occurrences
from alerter.domain.planning.lead import parse_lead
from alerter.domain.planning.plan import (
    is_lead_after_due,
    next_at,
    notices_of,
    plan,
    plan_fingerprint,
    plan_rule,
    tightest,
)

at = partial(datetime, tzinfo=UTC)
NIGHT = Quiet(start=time(22), end=time(7))
WEEK = timedelta(weeks=1)


def channel(name: str, quiet: Quiet | None = None, zone: str = "UTC") -> Channel:
    """A channel of that name."""
    return Channel(name=name, type="console", zone=load_zone(zone), quiet=quiet)


CHANNELS: Mapping[str, Channel] = {name: channel(name) for name in ("desk", "legal")}
QUIET: Mapping[str, Channel] = {"desk": channel("desk", NIGHT)}


def deadline(due: date | datetime, *leads: str, zone: str = "America/New_York", **settings: Any) -> Deadline:
    """A deadline for `desk` with these leads."""
    given: dict[str, Any] = {"channels": ("desk",), "calendar": WEEKDAYS, **settings}
    return Deadline(
        id="truce", title="Truce", due=due, zone=load_zone(zone), leads=tuple(map(parse_lead, leads)), **given
    )


def planned(one: Deadline, channels: Mapping[str, Channel] = CHANNELS) -> list[Notice]:
    """The whole plan of a century."""
    return plan(one, channels, at(1950, 1, 1), at(2050, 1, 1))


def instants(one: Deadline, channels: Mapping[str, Channel] = CHANNELS) -> list[tuple[str, datetime]]:
    """Lead or ordinal and instant of each notice."""
    return [(notice.lead or notice.ordinal, notice.at) for notice in planned(one, channels)]


def test_each_lead_of_a_date_time_has_its_instant() -> None:
    """Days keep 00:01 New York, before and after the clocks change; hours are elapsed."""
    one = deadline(datetime(2025, 11, 10, 0, 1), "30d", "7d", "3bd", "1d @ 08:30", "2h", "0", "+1d")
    expected = [
        ("30d", at(2025, 10, 11, 4, 1)),
        ("7d", at(2025, 11, 3, 5, 1)),
        ("3bd", at(2025, 11, 5, 5, 1)),
        ("1d @ 08:30", at(2025, 11, 9, 13, 30)),
        ("2h", at(2025, 11, 10, 3, 1)),
        ("0", at(2025, 11, 10, 5, 1)),
        ("+1d", at(2025, 11, 11, 5, 1)),
    ]
    assert expected == instants(one)


def test_each_lead_of_a_date_has_its_instant() -> None:
    """Days go at `notify_at`, hours count from `due_time`, and 0 is `notify_at` of the day."""
    one = deadline(date(2025, 9, 17), "1w", "1d", "0", "2h", "+1d", zone="UTC")
    expected = [
        ("1w", at(2025, 9, 10, 9)),
        ("1d", at(2025, 9, 16, 9)),
        ("0", at(2025, 9, 17, 9)),
        ("2h", at(2025, 9, 17, 21, 59)),
        ("+1d", at(2025, 9, 18, 9)),
    ]
    assert expected == instants(one)


def test_zero_of_a_date_is_never_later_than_its_due_instant() -> None:
    """Where the day ends before `notify_at`, 0 goes at its end."""
    assert [("0", at(2025, 9, 17, 8))] == instants(deadline(date(2025, 9, 17), "0", zone="UTC", due_time=time(8)))


def test_e9_a_day_and_twenty_four_hours_differ_over_a_change_of_the_clocks() -> None:
    """09:00 is 23 hours before on the day New York springs forward."""
    one = deadline(datetime(2027, 3, 14, 9), "1d", "24h")
    assert [("24h", at(2027, 3, 13, 13)), ("1d", at(2027, 3, 13, 14))] == instants(one)


def test_e7_a_due_time_in_a_gap_is_the_one_the_clocks_show() -> None:
    """02:30 on that day is 03:30 EDT, and a day before is 03:30 too."""
    one = deadline(datetime(2027, 3, 14, 2, 30), "1d", "0")
    assert [("1d", at(2027, 3, 13, 8, 30)), ("0", at(2027, 3, 14, 7, 30))] == instants(one)


def test_e8_a_due_time_that_comes_twice_is_told_once() -> None:
    """At the first of the two."""
    assert [("0", at(2027, 11, 7, 5, 30))] == instants(deadline(datetime(2027, 11, 7, 1, 30), "0"))


def test_e10_odd_changes_of_the_clocks_have_defined_results() -> None:
    """Half an hour, a skipped day, midnight; what says before stays before."""
    howe = deadline(datetime(2027, 10, 4, 2, 15), "1d", zone="Australia/Lord_Howe")
    apia = deadline(datetime(2011, 12, 31, 9), "1d", "1d @ 10:00", "24h", zone="Pacific/Apia")
    azores = deadline(datetime(2027, 3, 29, 0, 30), "1d", zone="Atlantic/Azores")
    assert [("1d", at(2027, 10, 2, 15, 45))] == instants(howe)
    expected = {"24h": at(2011, 12, 29, 19), "1d": at(2011, 12, 30, 19), "1d @ 10:00": at(2011, 12, 30, 19)}
    assert expected == dict(instants(apia))
    assert [("1d", at(2027, 3, 28, 1, 30))] == instants(azores)


def test_e13_leap_days_clamp() -> None:
    """A year before 29 February is 28 February."""
    one = deadline(date(2028, 2, 29), "1y", "1mo", zone="UTC")
    assert [("1y", at(2027, 2, 28, 9)), ("1mo", at(2028, 1, 29, 9))] == instants(one)


def test_e16_two_leads_at_one_instant_are_both_planned_and_one_is_tightest() -> None:
    """`1d` and `24h` are one message, the same one each time."""
    notices = planned(deadline(datetime(2025, 6, 10, 9), "1d", "24h", "2h"))
    going, superseded = tightest(notices)
    assert [notice.lead for notice in going if notice.at == at(2025, 6, 10, 11)] == ["2h"]
    assert (len(going), len(superseded)) == (2, 1)
    assert (going, superseded) == (tightest(going)[0], superseded)
    assert {notice.id for notice in going} == {notice.id for notice in tightest(notices[::-1])[0]}


@pytest.mark.parametrize(
    ("quiet", "leads", "expected"),
    [
        (None, ("6d",), ["10 1d", "17 6d"]),
        (None, ("6d", "+1d"), ["10 1d", "17 6d"]),
        (NIGHT, ("6d @ 06:00", "+1d @ 05:00"), ["10 1d", "17 6d @ 06:00"]),
        (None, ("6d", "13d"), ["10 1d", "17 6d"]),
    ],
)
def test_an_overdue_repeat_takes_the_place_of_leads_of_its_own_due_date_alone(
    quiet: Quiet | None, leads: tuple[str, ...], expected: list[str]
) -> None:
    """Of all leads there is one, about whichever occurrence: unless the repeat says it already."""
    daily = Overdue(every=timedelta(days=1), times=1)
    due = datetime(2025, 11, 3, 2 if quiet else 9)
    weekly = deadline(due, *leads, zone="UTC", repeat="FREQ=WEEKLY", overdue=daily)
    notices = plan(weekly, {"desk": channel("desk", quiet)}, at(2025, 11, 11), at(2025, 11, 12))
    for given in (notices, notices[::-1]):
        going, superseded = tightest(given)
        told = sorted(f"{str(one.due_key)[8:10]} {one.lead or one.ordinal}" for one in going)
        assert (told, len(going) + len(superseded)) == (expected, len(notices))


def test_an_opening_goes_beside_a_lead_at_its_instant() -> None:
    """It says what the lead does not, and the lead what it does not."""
    one = deadline(date(2025, 9, 17), "16d", "2w", zone="UTC", opens=date(2025, 9, 1))
    going, superseded = tightest(planned(one))
    assert [each.lead for each in going if each.at == at(2025, 9, 1, 9)] == ["16d", None]
    assert superseded == []


def test_the_due_notice_is_the_tightest_at_its_instant() -> None:
    """`0` tells more than a lead that falls on it."""
    notices = planned(deadline(datetime(2025, 6, 10, 9), "0", "0d @ 09:00"))
    assert [notice.kind for notice in tightest(notices)[0]] == [Kind.DUE]


@pytest.mark.parametrize(
    ("due", "shift", "leads", "tight"),
    [
        (date(2025, 6, 16), Shift.PREVIOUS, ("1d", "2d", "3d", "72h", "1bd"), "1d"),
        (date(2025, 6, 16), Shift.NONE, ("3d", "1bd"), "3d"),
        (date(2025, 6, 24), Shift.NEXT, ("8d", "9d", "10d"), "8d"),
        (date(2025, 6, 13), Shift.NEXT, ("+1d", "+2d", "+3d"), "+3d"),
    ],
)
def test_of_leads_brought_to_one_open_day_the_nearest_as_written_is_tightest(
    due: date, shift: Shift, leads: tuple[str, ...], tight: str
) -> None:
    """Over a weekend `3d`, `2d` and `1d` before a Monday are one message, that of `1d`."""
    one = deadline(due, *leads, day_shift=shift, notify_at=time(23, 59))
    assert [notice.lead for notice in tightest(planned(one))[0]] == [tight]


def test_e17_leads_that_leave_the_calendar_give_no_notice() -> None:
    """However long they are."""
    assert planned(deadline(datetime(2025, 6, 10, 9), "9999y", "99999999999h", "10000000d", "+9999999999bd")) == []
    assert planned(deadline(date(9999, 12, 31), "1h", zone="AoE")) == []


def test_e18_a_stretch_has_its_start_and_not_its_end() -> None:
    """Start <= at < end, at midnight and the end of a month too."""
    one = deadline(datetime(2025, 10, 31, 0, 0), "0", "1mo", zone="UTC")
    midnight = at(2025, 10, 31)
    assert len(plan(one, CHANNELS, midnight, midnight + timedelta(microseconds=1))) == 1
    assert plan(one, CHANNELS, at(2025, 10, 1), midnight) == []
    assert midnight == next_at(one, CHANNELS, midnight)
    assert next_at(one, CHANNELS, midnight + timedelta(microseconds=1)) is None
    assert at(2025, 9, 30) == next_at(one, CHANNELS, at(2025, 1, 1))


def test_a_notice_is_identified_by_what_it_is_about() -> None:
    """Its id follows from deadline, due key, kind, lead and channel."""
    notice = planned(deadline(date(2025, 9, 17), "7d"))[0]
    expected = Notice(
        id=notice_id("truce", "2025-09-17", "deadline.upcoming", "7d", "desk"),
        deadline="truce",
        due_key="2025-09-17",
        due_at=at(2025, 9, 18, 3, 59),
        kind=Kind.UPCOMING,
        channel="desk",
        at=at(2025, 9, 10, 13),
        nominal_at=at(2025, 9, 10, 13),
        lead="7d",
    )
    assert expected == notice


def test_another_time_of_day_makes_no_other_notice() -> None:
    """`notify_at`, `due_time` and quiet hours shift instants, never ids."""
    one = deadline(date(2025, 9, 17), "7d")
    other = replace(one, notify_at=time(23), due_time=time(12))
    assert [each.id for each in planned(one)] == [each.id for each in planned(other, QUIET)]


def test_unknown_channels_and_repeated_leads_are_passed_over() -> None:
    """The same lead twice is one notice."""
    one = deadline(date(2025, 9, 17), "7d", "7d", channels=("desk", "nobody"))
    assert [each.channel for each in planned(one)] == ["desk"]
    assert next_at(replace(one, channels=("nobody",)), CHANNELS, at(2020, 1, 1)) is None


def test_kinds_follow_from_the_lead() -> None:
    """0 is due, + is overdue, all else upcoming."""
    one = deadline(datetime(2025, 9, 17, 9), "1d", "0", "+1h")
    assert [each.kind for each in planned(one)] == [Kind.UPCOMING, Kind.DUE, Kind.OVERDUE]


def test_overdue_notices_come_each_period_after_the_due_instant() -> None:
    """Of a date at `notify_at` of later days, of a date-time by its own clock; hours are elapsed."""
    daily = Overdue(every=timedelta(days=1), times=2)
    dated = deadline(date(2025, 10, 31), zone="Europe/Madrid", overdue=daily)
    assert [("1d", at(2025, 11, 1, 8)), ("2d", at(2025, 11, 2, 8))] == instants(dated)
    timed = deadline(datetime(2025, 10, 25, 9), zone="Europe/Madrid", overdue=daily)
    assert [("1d", at(2025, 10, 26, 8)), ("2d", at(2025, 10, 27, 8))] == instants(timed)
    hourly = replace(timed, overdue=Overdue(every=timedelta(hours=12), times=3))
    assert [at(2025, 10, 25, 19), at(2025, 10, 26, 7), at(2025, 10, 26, 19)] == [each for _, each in instants(hourly)]


def test_overdue_notices_without_times_do_not_end() -> None:
    """Nor do those that are planned from far ahead take long."""
    one = deadline(date(2025, 10, 31), zone="UTC", overdue=Overdue(every=timedelta(hours=1), times=None))
    assert len(plan(one, CHANNELS, at(2045, 1, 1), at(2045, 1, 2))) == 24
    assert at(2045, 1, 1, 0, 59) == next_at(one, CHANNELS, at(2045, 1, 1))


def test_overdue_notices_of_a_series_end_when_the_next_falls_due() -> None:
    """Then that one is overdue."""
    overdue = Overdue(every=timedelta(days=3), times=None)
    one = deadline(date(2025, 6, 1), zone="UTC", repeat="FREQ=WEEKLY;COUNT=2", overdue=overdue)
    found = plan(one, CHANNELS, at(2025, 6, 1), at(2025, 6, 16))
    expected = [("2025-06-01", 4), ("2025-06-01", 7), ("2025-06-08", 11), ("2025-06-08", 14)]
    assert expected == [(each.due_key, each.at.day) for each in found]


def test_what_a_date_of_a_series_has_is_what_the_series_has_of_it() -> None:
    """The opening belongs to the first date alone, each recheck to the next date, and overdue notices end in time."""
    one = deadline(
        date(2025, 6, 8),
        "1d",
        zone="UTC",
        repeat="FREQ=WEEKLY",
        opens=date(2025, 6, 5),
        checked=date(2025, 6, 1),
        recheck_after=timedelta(days=3),
        overdue=Overdue(every=timedelta(days=2), times=None),
    )
    whole = plan(one, CHANNELS, at(2025, 1, 1), at(2025, 6, 30))
    for due in occurrences(one, at(2025, 1, 1), at(2025, 6, 20)):
        expected = [each for each in whole if each.due_key == due.key]
        assert expected == notices_of(one, CHANNELS, due, at(2025, 6, 30))


def test_repeats_are_told_apart_by_the_time_passed() -> None:
    """With another `every` what comes after the same time is the same notice, and nothing else is."""

    def ids(**every: int) -> dict[datetime, str]:
        one = deadline(
            date(2025, 10, 31),
            zone="UTC",
            overdue=Overdue(every=timedelta(**every), times=8),
            checked=date(2025, 10, 1),
            recheck_after=timedelta(**every) * 3,
        )
        return {each.at: each.id for each in planned(one)}

    days, hours = ids(days=1), ids(hours=12)
    for often, seldom in ((days, ids(days=2)), (hours, ids(hours=36))):
        shared = set(often.values()) & set(seldom.values())
        assert len(shared) > 2
        assert [at for at in often if often[at] in shared] == [at for at in seldom if seldom[at] in shared]
    assert set(days.values()).isdisjoint(hours.values())


def test_a_recheck_period_that_is_not_whole_days_is_elapsed_time() -> None:
    """All of it: no shift of a day makes one period longer than another."""
    one = deadline(
        date(2025, 11, 10),
        zone="Europe/Madrid",
        checked=date(2025, 10, 20),
        recheck_after=timedelta(hours=36),
        day_shift=Shift.NEXT,
    )
    found = [each.at for each in planned(one)]
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(hours=36)}


def test_an_escalation_is_a_lead_for_more_channels() -> None:
    """A channel that gets the lead anyway gets one notice, which is no escalation."""
    escalate = (Escalation(lead=parse_lead("1d"), channels=("legal", "desk")),)
    one = deadline(date(2025, 9, 17), "1d", escalate=escalate)
    assert [(each.channel, each.is_escalation) for each in planned(one)] == [("desk", False), ("legal", True)]
    apart = deadline(date(2025, 9, 17), "2d", escalate=escalate)
    expected = [("2d", "desk", False), ("1d", "desk", True), ("1d", "legal", True)]
    assert expected == [(each.lead, each.channel, each.is_escalation) for each in planned(apart)]
    assert {Kind.UPCOMING} == {each.kind for each in planned(apart)}


def test_the_opening_of_the_window_is_told_once() -> None:
    """At `notify_at`, or the due time's own clock; not when it opens too late."""
    dated = deadline(date(2025, 9, 17), zone="UTC", opens=date(2025, 9, 1))
    assert [(Kind.OPENS, at(2025, 9, 1, 9))] == [(each.kind, each.at) for each in planned(dated)]
    timed = deadline(datetime(2025, 9, 17, 16, 30), zone="UTC", opens=date(2025, 9, 1))
    assert [("2025-09-01", at(2025, 9, 1, 16, 30))] == instants(timed)
    assert planned(replace(dated, opens=date(2025, 9, 18))) == []


def test_the_opening_belongs_to_the_first_due_date_after_it() -> None:
    """Of a series."""
    one = deadline(date(2025, 6, 1), zone="UTC", repeat="FREQ=WEEKLY", opens=date(2025, 6, 10))
    assert [each.due_key for each in planned(one)] == ["2025-06-15"]


def test_a_recheck_comes_each_period_until_the_due_instant() -> None:
    """Counted from the day of the last check, which is part of its identity."""
    one = deadline(date(2025, 11, 10), zone="UTC", checked=date(2025, 9, 14), recheck_after=timedelta(days=14))
    days = [date(2025, 9, 28), date(2025, 10, 12), date(2025, 10, 26), date(2025, 11, 9)]
    expected = [(f"2025-09-14:{each * 14}d", at(day.year, day.month, day.day, 9)) for each, day in enumerate(days, 1)]
    assert expected == instants(one)
    later = replace(one, checked=date(2025, 9, 28))
    assert {each.id for each in planned(one)}.isdisjoint(each.id for each in planned(later))


def test_a_recheck_of_a_series_belongs_to_its_next_due_date() -> None:
    """And goes on as long as the series does."""
    one = deadline(
        date(2025, 6, 1), zone="UTC", repeat="FREQ=MONTHLY;COUNT=3", checked=date(2025, 5, 20), recheck_after=3 * WEEK
    )
    assert [each.due_key for each in planned(one)] == ["2025-07-01", "2025-07-01", "2025-08-01"]


@pytest.mark.parametrize(
    ("shift", "expected"),
    [(Shift.NONE, at(2025, 9, 14, 9)), (Shift.PREVIOUS, at(2025, 9, 12, 9)), (Shift.NEXT, at(2025, 9, 15, 9))],
)
def test_a_notice_on_a_closed_day_shifts(shift: Shift, expected: datetime) -> None:
    """Three days before a Wednesday is a Sunday."""
    assert [("3d", expected)] == instants(deadline(date(2025, 9, 17), "3d", zone="UTC", day_shift=shift))


def test_a_shift_stays_on_its_side_of_the_due_instant() -> None:
    """Neither to or past it from before, nor to or before it from after; `0` and hours stay where they are."""
    monday = datetime(2025, 9, 15, 9)
    before = deadline(monday, "1d", "24h", "0", zone="UTC", day_shift=Shift.NEXT)
    expected = {"1d": at(2025, 9, 14, 9), "24h": at(2025, 9, 14, 9), "0": at(2025, 9, 15, 9)}
    assert expected == dict(instants(before))
    friday = deadline(datetime(2025, 9, 12, 9), "+1d", "0", zone="UTC", day_shift=Shift.PREVIOUS)
    assert [("0", at(2025, 9, 12, 9)), ("+1d", at(2025, 9, 13, 9))] == instants(friday)
    sunday = deadline(date(2025, 9, 14), "0", zone="UTC", day_shift=Shift.PREVIOUS)
    assert [("0", at(2025, 9, 14, 9))] == instants(sunday)


def test_business_days_count_from_the_rolled_date() -> None:
    """Thanksgiving is none of them."""
    one = deadline(date(2025, 11, 30), "2bd", zone="UTC", roll=Shift.NEXT, calendar=make_calendar("us", "US"))
    assert [("2bd", at(2025, 11, 26, 9))] == instants(one)


def test_quiet_hours_hold_until_they_end() -> None:
    """And the notice says so."""
    notice = planned(deadline(datetime(2025, 9, 17, 23), "2d", zone="UTC"), QUIET)[0]
    since = at(2025, 9, 15, 23)
    assert (at(2025, 9, 16, 7), since, Held(since, "quiet")) == (notice.at, notice.nominal_at, notice.held)


def test_nothing_is_held_to_its_due_instant_or_past_it() -> None:
    """Such a notice goes at its own time; what comes with the due instant or after it waits."""
    one = deadline(datetime(2025, 9, 18, 7), "1h", "0", "+16h", zone="UTC")
    expected = [("1h", at(2025, 9, 18, 6)), ("0", at(2025, 9, 18, 7)), ("+16h", at(2025, 9, 19, 7))]
    assert expected == instants(one, QUIET)
    assert [each.held is not None for each in planned(one, QUIET)] == [False, False, True]


def test_the_critical_is_never_held() -> None:
    """Not even overnight."""
    one = deadline(datetime(2025, 9, 17, 23), "2d", "0", zone="UTC", severity=Severity.CRITICAL)
    assert [at(2025, 9, 15, 23), at(2025, 9, 17, 23)] == [each.at for each in planned(one, QUIET)]


def test_what_is_held_across_the_start_of_a_stretch_belongs_to_it() -> None:
    """A plan is by when notices go, not by when they wanted to."""
    one = deadline(datetime(2025, 9, 17, 23), "2d", zone="UTC")
    found = plan(one, QUIET, at(2025, 9, 16), at(2025, 9, 17))
    assert [at(2025, 9, 16, 7)] == [each.at for each in found]
    assert at(2025, 9, 16, 7) == next_at(one, QUIET, at(2025, 9, 16))


def test_each_due_date_of_a_series_has_its_leads() -> None:
    """Under keys of their own."""
    one = deadline(
        date(2025, 10, 31), "7d", zone="UTC", repeat="FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-1", roll=Shift.PREVIOUS
    )
    found = plan(one, CHANNELS, at(2025, 10, 1), at(2026, 5, 1))
    expected = [
        ("2025-10-31", at(2025, 10, 24, 9)),
        ("2026-01-30", at(2026, 1, 23, 9)),
        ("2026-04-30", at(2026, 4, 23, 9)),
    ]
    assert expected == [(each.due_key, each.at) for each in found]


def test_leads_longer_than_a_period_overlap() -> None:
    """Those of later due dates come before earlier ones fall due."""
    one = deadline(date(2025, 6, 1), "30d", "+20d", zone="UTC", repeat="FREQ=WEEKLY")
    found = plan(one, CHANNELS, at(2025, 8, 4), at(2025, 8, 11))
    assert sorted((each.lead or "", each.due_key) for each in found) == [("+20d", "2025-07-20"), ("30d", "2025-09-07")]


def test_a_series_whose_leads_all_leave_the_calendar_has_no_next_instant() -> None:
    """Looking for one ends."""
    one = deadline(date(2025, 6, 1), "99999y", "+99999y", zone="UTC", repeat="FREQ=DAILY")
    assert next_at(one, CHANNELS, at(2025, 6, 1)) is None
    assert next_at(replace(one, leads=()), CHANNELS, at(2025, 6, 1)) is None


def test_a_lead_that_says_before_and_is_not_is_told_apart() -> None:
    """`0d @ 18:00` for noon; that of a date is by `due_time`."""
    noon = deadline(datetime(2025, 6, 10, 12))
    expected = [True, True, False, False, False]
    leads = ["0d @ 18:00", "0d @ 12:00", "0d @ 11:59", "0", "+0d @ 18:00"]
    assert expected == [is_lead_after_due(noon, parse_lead(each)) for each in leads]
    assert not is_lead_after_due(deadline(date(2025, 6, 10)), parse_lead("0d @ 18:00"))


BASE = deadline(
    date(2025, 9, 17),
    "7d",
    "1d",
    overdue=Overdue(every=WEEK, times=2),
    escalate=(Escalation(lead=parse_lead("1d"), channels=("legal",)),),
    opens=date(2025, 9, 1),
    checked=date(2025, 8, 1),
    recheck_after=WEEK,
)


@pytest.mark.parametrize(
    "change",
    [
        {"due": date(2025, 9, 18)},
        {"due": datetime(2025, 9, 17, 9)},
        {"zone": load_zone("UTC")},
        {"leads": (parse_lead("7d"),)},
        {"channels": ("desk", "legal")},
        {"calendar": make_calendar("weekdays", "US")},
        {"calendar": make_calendar("weekdays", closed=[date(2025, 9, 10)])},
        {"notify_at": time(10)},
        {"due_time": time(12)},
        {"severity": Severity.CRITICAL},
        {"roll": Shift.NEXT},
        {"day_shift": Shift.NEXT},
        {"repeat": "FREQ=WEEKLY"},
        {"opens": None},
        {"checked": date(2025, 8, 2)},
        {"recheck_after": 2 * WEEK},
        {"overdue": None},
        {"escalate": ()},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_fingerprint_minds_what_shapes_the_plan(change: dict[str, Any]) -> None:
    """Each such setting gives another one."""
    assert plan_fingerprint(BASE, CHANNELS) != plan_fingerprint(replace(BASE, **change), CHANNELS)


def test_the_fingerprint_minds_channels_and_zone_rules() -> None:
    """Quiet hours, a channel's presence and an update of the zone data."""
    rules = replace(BASE, zone=replace(BASE.zone, rules="newer"))
    others = [
        plan_fingerprint(BASE, {**CHANNELS, "desk": channel("desk", NIGHT)}),
        plan_fingerprint(BASE, {**CHANNELS, "desk": channel("desk", NIGHT, "Asia/Tokyo")}),
        plan_fingerprint(BASE, {"desk": CHANNELS["desk"]}),
        plan_fingerprint(rules, CHANNELS),
        plan_fingerprint(BASE, CHANNELS),
    ]
    assert len(set(others)) == 5


def test_the_fingerprint_minds_nothing_else() -> None:
    """Words, status and other channels leave the plan alone."""
    other = replace(BASE, title="Other", note="changed", status=Status.MET, owner="me", tags=("x",), link="https://x")
    assert plan_fingerprint(BASE, CHANNELS) == plan_fingerprint(other, {**CHANNELS, "ops": channel("ops", NIGHT)})


def test_fingerprints_are_those_that_ledgers_hold() -> None:
    """With other ones an update would have every deadline looked at anew."""
    york, utc = replace(BASE.zone, rules="rules"), replace(load_zone("UTC"), rules="rules")
    one = replace(BASE, zone=york)
    series = deadline(datetime(2025, 11, 2, 1, 30, fold=1), "7d", repeat="FREQ=WEEKLY")
    series = replace(series, zone=york)
    quiet = {"desk": replace(QUIET["desk"], zone=utc)}
    assert plan_fingerprint(one, CHANNELS) == "aec534e272b73ddb45950e63"
    assert plan_fingerprint(series, quiet) == "5f13781f24b75513b2faf55b"
    assert plan_rule(series) == "9ee2810e502e9dbfcc2a6d35"


def test_the_rule_of_a_series_minds_only_its_due_dates() -> None:
    """Leads and channels are no part of it."""
    other = replace(BASE, leads=(), channels=(), notify_at=time(10), due_time=time(3), title="x")
    assert plan_rule(BASE) == plan_rule(other)
    changes: list[dict[str, Any]] = [{"repeat": "FREQ=DAILY"}, {"due": date(2025, 9, 18)}, {"roll": Shift.NEXT}]
    assert len({plan_rule(BASE), *(plan_rule(replace(BASE, **each)) for each in changes)}) == 4
