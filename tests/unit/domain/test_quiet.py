"""Quiet hours."""

from __future__ import annotations

from datetime import UTC, datetime, time
from functools import partial

import pytest

from alerter.domain.dates.zone import load_zone
from alerter.domain.planning.channel import Channel, Quiet
from alerter.domain.planning.plan import quiet_until
from alerter.domain.planning.quiet import quiet_spans

at = partial(datetime, tzinfo=UTC)
NIGHT_AND_WEEKEND = Quiet(start=time(22), end=time(7), days=frozenset({5, 6}))


def channel(quiet: Quiet | None, zone: str = "UTC") -> Channel:
    """A channel with these quiet hours."""
    return Channel(name="a", type="console", zone=load_zone(zone), quiet=quiet)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (at(2026, 6, 3, 21, 59), at(2026, 6, 3, 21, 59)),
        (at(2026, 6, 3, 22, 0), at(2026, 6, 4, 7, 0)),
        (at(2026, 6, 4, 6, 59), at(2026, 6, 4, 7, 0)),
        (at(2026, 6, 4, 7, 0), at(2026, 6, 4, 7, 0)),
        (at(2026, 6, 5, 23, 0), at(2026, 6, 8, 7, 0)),  # Friday night, the weekend and Sunday night join
        (at(2026, 6, 6, 12, 0), at(2026, 6, 8, 7, 0)),
    ],
)
def test_nights_and_days_hold_and_join(wanted: datetime, expected: datetime) -> None:
    """A night that spans midnight holds until the morning, and adjoining spans are one."""
    assert expected == quiet_until(channel(NIGHT_AND_WEEKEND), wanted)


def test_quiet_hours_are_the_channels_own() -> None:
    """22:30 in Madrid is quiet there."""
    expected = at(2026, 6, 4, 5, 0)
    assert expected == quiet_until(channel(NIGHT_AND_WEEKEND, "Europe/Madrid"), at(2026, 6, 3, 20, 30))


def test_a_span_within_a_day_holds_within_it() -> None:
    """`until` later than `from` spans no midnight."""
    siesta = channel(Quiet(start=time(14), end=time(16)))
    assert at(2026, 6, 3, 16) == quiet_until(siesta, at(2026, 6, 3, 15))
    assert at(2026, 6, 3, 13) == quiet_until(siesta, at(2026, 6, 3, 13))


@pytest.mark.parametrize(
    "quiet",
    [
        None,
        Quiet(),
        Quiet(days=frozenset(range(7))),
        Quiet(start=time(8), end=time(8)),
        Quiet(start=time(7), end=time(6), days=frozenset({0, 1, 2, 3, 4, 5, 6})),
    ],
)
def test_quiet_hours_without_beginning_or_end_hold_nothing(quiet: Quiet | None) -> None:
    """Nothing waits for ever."""
    assert at(2026, 6, 3, 3) == quiet_until(channel(quiet), at(2026, 6, 3, 3))


def test_quiet_hours_that_end_in_a_gap_end_with_it() -> None:
    """02:30 on the day New York springs forward is 03:30 EDT."""
    night = channel(Quiet(start=time(22), end=time(2, 30)), "America/New_York")
    assert at(2027, 3, 14, 7, 30) == quiet_until(night, at(2027, 3, 14, 6, 0))


def test_adjoining_spans_are_one_stretch_from_the_first_beginning_to_the_last_end() -> None:
    """Friday's night, the weekend and Sunday's night; and the night before, which the stretch asked for touches."""
    found = quiet_spans(channel(NIGHT_AND_WEEKEND), at(2026, 6, 5, 6), at(2026, 6, 8, 12))
    assert found == [(at(2026, 6, 4, 22), at(2026, 6, 5, 7)), (at(2026, 6, 5, 22), at(2026, 6, 8, 7))]
