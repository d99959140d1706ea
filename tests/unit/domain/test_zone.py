"""Zones by name, and local times that never come or come twice."""

# Local times without zone are what is tested here.
# ruff: noqa: DTZ001

from __future__ import annotations

import os
import time as clock
from datetime import UTC, date, datetime, time, timedelta

import pytest

from alerter.domain.dates.alias import canonical_name
from alerter.domain.dates.zone import (
    LocalTime,
    UnknownZone,
    forget_zones,
    known_names,
    load_zone,
    local_time,
    on_day,
    to_local,
    to_utc,
)

NEW_YORK = load_zone("America/New_York")


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "America",
        "localtime",
        "posixrules",
        "Factory",
        "utc",
        "europe/madrid",
        "Europe/Madrid ",
        "../../etc/passwd",
        "Europe/../Europe/Madrid",
        "/usr/share/zoneinfo/UTC",
        "right/UTC",
        "posix/UTC",
        "zone.tab",
        "tzdata.zi",
        "UTC\0",
        "Mars/Olympus",
        "aoe",
    ],
)
def test_e19_names_that_are_no_zone_are_refused(name: str) -> None:
    """Folders, the machine's own zone, path tricks, other cases and other files are no zones."""
    with pytest.raises(UnknownZone, match="unknown time zone"):
        load_zone(name)


@pytest.mark.parametrize("name", ["UTC", "Etc/GMT+5", "EST5EDT", "America/Argentina/Buenos_Aires", "GMT0", "AoE"])
def test_names_of_the_zone_data_are_zones(name: str) -> None:
    """What IANA lists is taken under its own name, and AoE with it."""
    assert name == load_zone(name).name
    assert name in known_names()


def test_anywhere_on_earth_is_twelve_hours_behind() -> None:
    """The day ends last at UTC-12."""
    assert datetime(2026, 1, 2, 11, 59, tzinfo=UTC) == on_day(date(2026, 1, 1), time(23, 59), load_zone("AoE"))


def test_e7_a_time_in_the_gap_has_the_offset_before_it() -> None:
    """02:30 on the day New York springs forward is 03:30 EDT, whichever fold is asked for."""
    local = datetime(2027, 3, 14, 2, 30)
    assert local_time(local, NEW_YORK) == LocalTime.GAP
    assert datetime(2027, 3, 14, 7, 30, tzinfo=UTC) == to_utc(local, NEW_YORK)
    assert datetime(2027, 3, 14, 7, 30, tzinfo=UTC) == to_utc(local.replace(fold=1), NEW_YORK)
    assert datetime(2027, 3, 14, 3, 30) == to_local(to_utc(local, NEW_YORK), NEW_YORK)


def test_e8_a_time_that_comes_twice_is_the_first_unless_said() -> None:
    """01:30 on the day New York falls back is EDT; with fold it is EST."""
    local = datetime(2027, 11, 7, 1, 30)
    assert local_time(local, NEW_YORK) == LocalTime.FOLD
    assert datetime(2027, 11, 7, 5, 30, tzinfo=UTC) == to_utc(local, NEW_YORK)
    assert datetime(2027, 11, 7, 6, 30, tzinfo=UTC) == to_utc(local.replace(fold=1), NEW_YORK)
    assert to_local(datetime(2027, 11, 7, 6, 30, tzinfo=UTC), NEW_YORK).fold == 1


def test_fold_on_a_time_that_comes_once_means_nothing() -> None:
    """Only where a time comes twice does fold choose."""
    local = datetime(2027, 6, 1, 9)
    assert local_time(local, NEW_YORK) == LocalTime.ONCE
    assert to_utc(local, NEW_YORK) == to_utc(local.replace(fold=1), NEW_YORK)


@pytest.mark.parametrize(
    ("name", "local", "expected"),
    [
        ("Australia/Lord_Howe", datetime(2027, 10, 3, 2, 15), datetime(2027, 10, 2, 15, 45)),
        ("Pacific/Apia", datetime(2011, 12, 30, 12), datetime(2011, 12, 30, 22)),
        ("Atlantic/Azores", datetime(2027, 3, 28, 0, 30), datetime(2027, 3, 28, 1, 30)),
    ],
)
def test_e10_odd_gaps_have_a_defined_result(name: str, local: datetime, expected: datetime) -> None:
    """Half an hour, a whole day and midnight are skipped somewhere."""
    zone = load_zone(name)
    assert local_time(local, zone) == LocalTime.GAP
    assert expected.replace(tzinfo=UTC) == to_utc(local, zone)


def test_e20_the_machines_own_zone_has_no_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    """TZ may be anything."""
    local = datetime(2026, 7, 1, 12)
    expected = to_utc(local, NEW_YORK)
    monkeypatch.setitem(os.environ, "TZ", "Asia/Tokyo")
    clock.tzset()
    try:
        forget_zones()
        assert expected == to_utc(local, load_zone("America/New_York"))
    finally:
        monkeypatch.undo()
        clock.tzset()


def test_forgotten_zones_are_read_afresh_and_equal() -> None:
    """Reading the same rules again gives an equal zone, with the same fingerprint of its rules."""
    before = load_zone("Europe/Madrid")
    forget_zones()
    after = load_zone("Europe/Madrid")
    assert before is not after
    assert before == after
    assert timedelta(hours=1) == datetime(2026, 1, 1, tzinfo=after.info).utcoffset()


def test_older_names_stand_for_todays() -> None:
    """Renamed zones have one name; zones of their own, and legacy abbreviations, keep theirs."""
    names = ["US/Eastern", "Asia/Calcutta", "Etc/UTC", "Zulu", "Europe/Amsterdam", "EST", "America/New_York", "AoE"]
    expected = ["America/New_York", "Asia/Kolkata", "UTC", "UTC", "Europe/Amsterdam", "EST", "America/New_York", "AoE"]
    assert expected == [canonical_name(name) for name in names]
