"""Dates, times and distances in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from alerter.domain.dates.zone import Zone
from alerter.domain.planning.due import Due
from alerter.domain.words.spoken_time import city, countdown, distance, lasting, ordinal, when, zone_name
from tests.messages import NEW_YORK, TIKTOK, TRUCE, instant, wall


def test_date_time_names_weekday_and_zone() -> None:
    """A date-time is shown on its zone's wall clock with the abbreviation in force."""
    assert when(TRUCE, NEW_YORK) == "Mon 10 Nov 2025, 00:01 EST"


def test_date_only_names_no_time() -> None:
    """A date-only deadline is shown as a day."""
    assert when(TIKTOK, NEW_YORK) == "Wed 17 Sep 2025"


def test_seconds_show_only_where_there_are_any() -> None:
    """A due time with seconds keeps them."""
    due = Due("k", wall("2025-11-10T00:01:30"), datetime(2025, 11, 10, 5, 1, 30, tzinfo=UTC))
    assert when(due, NEW_YORK) == "Mon 10 Nov 2025, 00:01:30 EST"


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (Zone("Asia/Singapore", ZoneInfo("Asia/Singapore")), "UTC+8"),
        (Zone("America/Sao_Paulo", ZoneInfo("America/Sao_Paulo")), "UTC-3"),
        (Zone("Asia/Kathmandu", ZoneInfo("Asia/Kathmandu")), "UTC+5:45"),
        (Zone("AoE", timezone(timedelta(hours=-12))), "AoE"),
        (Zone("UTC", ZoneInfo("UTC")), "UTC"),
        (Zone("Asia/Shanghai", ZoneInfo("Asia/Shanghai")), "CST"),
    ],
)
def test_zone_has_a_readable_name(zone: Zone, expected: str) -> None:
    """Numeric abbreviations are shown as distances from UTC, anywhere on earth as AoE."""
    assert zone_name(instant("2025-11-10T05:01"), zone) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2025-11-03T05:01:00.2", "in 7 days"),
        ("2025-11-03T05:02", "in 6 days"),
        ("2025-10-11T04:01", "in 30 days"),
        ("2025-11-08T17:01", "in 36 hours"),
        ("2025-11-09T13:30", "tomorrow at 00:01"),
        ("2025-11-10T02:01", "in 3 hours"),
        ("2025-11-10T03:31", "in 90 minutes"),
        ("2025-11-10T04:01", "in 1 hour"),
        ("2025-11-10T04:46", "in 15 minutes"),
        ("2025-11-10T05:01", "now"),
        ("2025-11-10T05:01:20", "now"),
        ("2025-11-10T05:06", "5 minutes ago"),
        ("2025-11-10T08:01", "3 hours ago"),
        ("2025-11-12T05:01", "2 days ago"),
    ],
)
def test_countdown_of_a_date_time(now: str, expected: str) -> None:
    """The distance is what is really left, in days of the wall clock, and never rounded up to a day."""
    assert countdown(TRUCE.at, instant(now), NEW_YORK) == expected


def test_late_hour_of_the_same_day_is_today() -> None:
    """More than half a day ahead but on the same date, the time of day is the clearest."""
    assert countdown(TIKTOK.at, instant("2025-09-17T13:00"), NEW_YORK) == "today at 23:59"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2025-09-10T13:00", "in 7 days"),
        ("2025-09-16T13:00", "tomorrow"),
        ("2025-09-17T13:00", "today"),
        ("2025-09-18T13:00", "yesterday"),
        ("2025-09-19T13:00", "2 days ago"),
    ],
)
def test_countdown_of_a_date(now: str, expected: str) -> None:
    """A date-only deadline is counted on the calendar of its zone."""
    assert countdown(TIKTOK.at, instant(now), NEW_YORK, is_date_only=True) == expected


def test_change_of_the_clocks_adds_no_hour() -> None:
    """A week over the end of summer time is seven days, though it has 169 hours."""
    due_at = datetime(2025, 11, 3, 9, tzinfo=NEW_YORK.info).astimezone(UTC)
    now = datetime(2025, 10, 27, 9, tzinfo=NEW_YORK.info).astimezone(UTC)
    assert distance(due_at, now, NEW_YORK) == "7 days"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (3600, "1 hour"), (10_800, "3 hours"), (259_200, "3 days")],
)
def test_length_is_told_in_its_largest_unit(seconds: int, expected: str) -> None:
    """Lengths of time use one unit."""
    assert lasting(timedelta(seconds=seconds)) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (21, "21st"), (113, "113th")],
)
def test_ordinals_end_as_spoken(number: int, expected: str) -> None:
    """Ordinals carry their English endings."""
    assert ordinal(number) == expected


def test_earliest_dates_do_not_fail() -> None:
    """A year before 1000 is written as it is."""
    due = Due("k", date(999, 1, 1), datetime(999, 1, 2, tzinfo=UTC))
    assert when(due, NEW_YORK) == "Tue 1 Jan 999"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2025-11-03T05:01", "dentro de 7 días"),
        ("2025-11-09T13:30", "mañana a las 00:01"),
        ("2025-11-10T02:01", "dentro de 3 horas"),
        ("2025-11-10T05:01", "ahora"),
        ("2025-11-10T08:01", "hace 3 horas"),
        ("2025-11-11T08:01", "ayer a las 00:01"),
    ],
)
def test_countdown_is_spoken_in_the_readers_language(now: str, expected: str) -> None:
    """CLDR gives the words and plurals of lengths of time."""
    assert countdown(TRUCE.at, instant(now), NEW_YORK, language="es") == expected


def test_one_o_clock_is_spoken_in_the_singular() -> None:
    """Spanish says `a la` for one o'clock and `a las` for the others."""
    due_at = datetime(2025, 11, 10, 1, 30, tzinfo=NEW_YORK.info).astimezone(UTC)
    assert countdown(due_at, instant("2025-11-09T13:00"), NEW_YORK, language="es") == "mañana a la 01:30"


def test_dates_are_spoken_in_the_readers_language() -> None:
    """Days and months have CLDR's names; the zone keeps its abbreviation."""
    assert when(TRUCE, NEW_YORK, "es") == "lun 10 nov 2025, 00:01 EST"
    assert [ordinal(number, "es") for number in (1, 2, 4)] == ["1.ª", "2.ª", "4.ª"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("America/New_York", "Nueva York"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires"),
        ("UTC", ""),
        ("Etc/GMT+5", ""),
        ("EST", ""),
    ],
)
def test_zone_is_named_by_its_city(name: str, expected: str) -> None:
    """Whose clocks they are, where the zone means a place."""
    assert city(Zone(name, ZoneInfo(name)), "es") == expected
