"""Ticks of cron expressions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alerter.domain.dates.cron import CronError, check_cron, ticks
from alerter.domain.dates.zone import load_zone

NEW_YORK = load_zone("America/New_York")


def test_mondays_at_half_past_eight_follow_the_local_clock() -> None:
    """Across the change of the clocks the local time stays."""
    expected = [datetime(2027, 3, 8, 13, 30, tzinfo=UTC), datetime(2027, 3, 15, 12, 30, tzinfo=UTC)]
    start, end = datetime(2027, 3, 8, 13, 30, tzinfo=UTC), datetime(2027, 3, 22, 12, 30, tzinfo=UTC)
    assert expected == ticks("30 8 * * mon", NEW_YORK, start, end)


def test_the_start_counts_and_the_end_does_not() -> None:
    """Start <= tick < end, to the microsecond."""
    nine = datetime(2026, 1, 1, 9, tzinfo=UTC)
    utc = load_zone("UTC")
    assert [nine] == ticks("0 9 * * *", utc, nine, nine.replace(microsecond=1))
    assert ticks("0 9 * * *", utc, nine.replace(microsecond=1), nine.replace(hour=10)) == []
    assert ticks("0 9 * * *", utc, nine.replace(hour=8), nine) == []


def test_a_tick_in_a_gap_is_read_with_the_offset_before_it() -> None:
    """02:30 does not exist that day: it is 03:30 on the clocks that have been put forward."""
    found = ticks("30 2 * * *", NEW_YORK, datetime(2027, 3, 14, 5, tzinfo=UTC), datetime(2027, 3, 15, 4, tzinfo=UTC))
    assert [datetime(2027, 3, 14, 7, 30, tzinfo=UTC)] == found


def test_a_tick_that_falls_on_another_through_a_gap_comes_once() -> None:
    """02:00 is 03:00 that day, and 03:00 is as well; 02:30 comes after it."""
    found = ticks("*/30 2,3 * * *", NEW_YORK, datetime(2027, 3, 14, 7, tzinfo=UTC), datetime(2027, 3, 15, tzinfo=UTC))
    assert [datetime(2027, 3, 14, 7, tzinfo=UTC), datetime(2027, 3, 14, 7, 30, tzinfo=UTC)] == found


def test_a_tick_that_could_come_twice_comes_once() -> None:
    """01:30 comes twice that day."""
    found = ticks("30 1 * * *", NEW_YORK, datetime(2027, 11, 7, 4, tzinfo=UTC), datetime(2027, 11, 8, 5, tzinfo=UTC))
    assert [datetime(2027, 11, 7, 5, 30, tzinfo=UTC)] == found


def test_anywhere_on_earth_has_ticks() -> None:
    """A fixed offset is a zone like others."""
    found = ticks("0 9 1 1 *", load_zone("AoE"), datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
    assert [datetime(2026, 1, 1, 21, tzinfo=UTC)] == found


@pytest.mark.parametrize("text", ["", "* * * *", "0 0 9 * * mon", "61 * * * *", "0 9 * * someday", "0 0 30 2 *"])
def test_what_is_no_cron_expression_is_refused(text: str) -> None:
    """Five fields that some day matches."""
    with pytest.raises(CronError):
        check_cron(text)


def test_names_of_days_and_months_are_understood() -> None:
    """In either case."""
    for text in ("30 8 * * mon", "0 9 * jan-mar MON,fri", "*/15 * * * *"):
        check_cron(text)
    assert ticks("30 8 * * sun", NEW_YORK, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)) == []
