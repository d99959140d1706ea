"""How long a failing channel is left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from alerter.domain.decisions.retry import PAUSE_AFTER_FAILURES, rest

NOW = datetime(2025, 11, 3, 12, tzinfo=UTC)


def test_a_rest_doubles_from_half_a_minute_to_a_quarter_of_an_hour() -> None:
    """A channel back after a short outage is soon found out; one that stays away is seldom asked."""
    far = NOW + timedelta(days=7)
    rests = [rest(PAUSE_AFTER_FAILURES + n, far, NOW, needs_person=False).total_seconds() for n in range(7)]
    assert rests == [30, 60, 120, 240, 480, 900, 900]


def test_a_rest_is_never_longer_than_a_tenth_of_the_time_left() -> None:
    """Ten minutes before the due instant a minute is the longest."""
    assert rest(99, NOW + timedelta(minutes=10), NOW, needs_person=False) == timedelta(minutes=1)


def test_what_a_person_must_mend_rests_the_longest_at_once() -> None:
    """A refused login is not mended by trying it again."""
    assert rest(PAUSE_AFTER_FAILURES, NOW + timedelta(days=7), NOW, needs_person=True) == timedelta(minutes=15)
