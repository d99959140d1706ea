"""Which times are believed, and what time it is meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alerter.engine.time.trust import ABSURD_DOUBT_FOR, DOUBT_FOR, Trust

START = datetime(2026, 3, 1, tzinfo=UTC)
DAYS_3 = timedelta(days=3)
STOOD = DOUBT_FOR.total_seconds()


def believing() -> Trust:
    """One that has seen START at second 0."""
    trust = Trust()
    trust.judge(START, 0)
    return trust


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1)])
def test_a_step_of_up_to_a_day_is_believed_at_once(step: timedelta) -> None:
    """Daylight saving done wrong, a network clock that corrects, a machine that slept over night."""
    trust = believing()
    assert START + step == trust.judge(START + step, 0)
    assert trust.doubt is None


@pytest.mark.parametrize("jump", [DAYS_3, -DAYS_3])
def test_a_farther_jump_is_believed_once_it_has_stood(jump: timedelta) -> None:
    """Until then our own time goes on and everything stops."""
    trust = believing()
    just_before = timedelta(seconds=STOOD - 1)
    assert trust.judge(START + jump, 0) == START
    assert START + just_before == trust.judge(START + jump + just_before, STOOD - 1)
    assert trust.doubt is not None
    assert trust.doubt.stops_all
    assert START + jump + DOUBT_FOR == trust.judge(START + jump + DOUBT_FOR, STOOD)
    assert trust.doubt is None


def test_a_jump_that_is_taken_back_was_nothing() -> None:
    """The time goes on as if it had never been."""
    trust = believing()
    trust.judge(START + DAYS_3, 0)
    assert START + timedelta(seconds=9) == trust.judge(START + timedelta(seconds=9), 9)
    assert trust.doubt is None


@pytest.mark.parametrize("year", [1970, 2000, 2019])
def test_e4_a_time_too_early_is_never_believed_and_stops_nothing(year: int) -> None:
    """However long it stands: notices go by our own time."""
    trust = believing()
    early = START.replace(year=year)
    trust.judge(early, 0)
    assert trust.judge(early + DAYS_3, DAYS_3.total_seconds()) == START + DAYS_3
    assert trust.doubt is not None
    assert not trust.doubt.stops_all


def test_e4_a_time_far_ahead_is_believed_after_a_day_and_stops_nothing() -> None:
    """Until then our own time goes on; what still stands then is right, as after an old snapshot is resumed."""
    trust = believing()
    ahead, just_before = START.replace(year=2082), ABSURD_DOUBT_FOR - timedelta(seconds=1)
    trust.judge(ahead, 0)
    assert trust.judge(ahead + just_before, just_before.total_seconds()) == START + just_before
    assert trust.doubt is not None
    assert not trust.doubt.stops_all
    assert trust.judge(ahead + ABSURD_DOUBT_FOR, ABSURD_DOUBT_FOR.total_seconds()) == ahead + ABSURD_DOUBT_FOR
    assert trust.doubt is None


def test_e4_a_start_after_more_than_five_years_waits_to_be_believed() -> None:
    """A daemon that was off for so long goes on after ten minutes; sooner where the clock is set right."""
    later = START.replace(year=2032)
    trust = Trust()
    trust.begin(START)
    trust.judge(later, 0)
    assert trust.doubt is not None
    assert trust.doubt.stops_all
    assert trust.judge(later + DOUBT_FOR, STOOD) == later + DOUBT_FOR
    assert trust.doubt is None


@pytest.mark.parametrize("year", [1970, 2000])
def test_e4_a_clock_that_was_never_set_is_never_believed_at_a_start(year: int) -> None:
    """Whether or not there is a ledger, however long it stands."""
    for known_until in (None, START):
        trust = Trust()
        trust.begin(known_until)
        trust.judge(datetime(year, 1, 1, tzinfo=UTC), 0)
        trust.judge(datetime(year, 1, 4, tzinfo=UTC), DAYS_3.total_seconds())
        assert trust.doubt is not None
        assert trust.doubt.stops_all


def test_e4_a_start_in_1970_waits_for_the_right_time() -> None:
    """There is nothing to go by; the right time is believed as soon as it comes."""
    trust = Trust()
    trust.begin(START)
    trust.judge(datetime(1970, 1, 1, tzinfo=UTC), 0)
    assert trust.doubt is not None
    assert trust.doubt.stops_all
    assert trust.judge(START + DAYS_3, 5) == START + DAYS_3
    assert trust.doubt is None


def test_a_start_before_what_the_ledger_knows_waits_to_be_believed() -> None:
    """One of the two was wrong; after a while it is the ledger."""
    trust = Trust()
    trust.begin(START)
    trust.judge(START - DAYS_3, 0)
    assert trust.doubt is not None
    assert trust.judge(START - DAYS_3 + DOUBT_FOR, STOOD) == START - DAYS_3 + DOUBT_FOR
    assert trust.doubt is None
