"""After downtime: what was missed is told once, by the deadline's policy."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from alerter.domain.planning.deadline import CatchUp, Overdue
from tests.watching import at, deadline, down, happenings, rehearsed, watch_list

LEADS = ("7d", "6d", "5d", "1d")


async def test_the_latest_missed_notice_goes_and_the_others_are_superseded() -> None:
    """Three leads missed make one message, the tightest."""
    lines = await rehearsed(watch_list(deadline(leads=LEADS)), downs=[down("11-02 00:00", "11-06 00:00")])
    assert sorted(lines) == [
        "11-06 00:00 delivered truce upcoming 5d desk catch-up",
        "11-06 00:00 skipped truce upcoming 6d desk superseded",
        "11-06 00:00 skipped truce upcoming 7d desk superseded",
        "11-09 12:00 delivered truce upcoming 1d desk",
    ]


async def test_a_caught_up_notice_says_how_late_it_is() -> None:
    """Twelve hours late, counted from its planned instant."""
    found = await happenings(watch_list(deadline(leads=("5d",))), downs=[down("11-02 00:00", "11-06 00:00")])
    assert [(each.late_by, each.reason) for each in found] == [(12 * 3600, "catch-up")]


async def test_due_and_overdue_notices_are_caught_up_too() -> None:
    """The latest in time goes, however long ago and after the due instant too."""
    nagging = Overdue(every=timedelta(days=1), times=2)
    taken = watch_list(deadline(leads=("1d", "0"), overdue=nagging))
    assert sorted(await rehearsed(taken, downs=[down("11-02 00:00", "11-18 00:00")])) == [
        "11-18 00:00 delivered truce overdue - desk catch-up",
        "11-18 00:00 skipped truce due 0 desk superseded",
        "11-18 00:00 skipped truce overdue - desk superseded",
        "11-18 00:00 skipped truce upcoming 1d desk superseded",
    ]


async def test_all_sends_each_oldest_first() -> None:
    """Under `all` nothing is superseded by time."""
    taken = watch_list(deadline(leads=LEADS, catch_up=CatchUp.ALL))
    assert await rehearsed(taken, downs=[down("11-02 00:00", "11-06 00:00")]) == [
        "11-06 00:00 delivered truce upcoming 7d desk catch-up",
        "11-06 00:00 delivered truce upcoming 6d desk catch-up",
        "11-06 00:00 delivered truce upcoming 5d desk catch-up",
        "11-09 12:00 delivered truce upcoming 1d desk",
    ]


async def test_skip_skips_what_was_missed() -> None:
    """Under `skip` missed notices are recorded and not sent."""
    taken = watch_list(deadline(leads=LEADS, catch_up=CatchUp.SKIP))
    assert sorted(await rehearsed(taken, downs=[down("11-02 00:00", "11-06 00:00")])) == [
        "11-06 00:00 skipped truce upcoming 5d desk missed",
        "11-06 00:00 skipped truce upcoming 6d desk missed",
        "11-06 00:00 skipped truce upcoming 7d desk missed",
        "11-09 12:00 delivered truce upcoming 1d desk",
    ]


@pytest.mark.parametrize("policy", list(CatchUp))
async def test_five_minutes_late_is_not_missed(policy: CatchUp) -> None:
    """Whatever the policy, a notice up to five minutes late just goes."""
    taken = watch_list(deadline(leads=("7d",), catch_up=policy))
    lines = await rehearsed(taken, downs=[down("11-03 11:00", "11-03 12:05")])
    assert lines == ["11-03 12:05 delivered truce upcoming 7d desk"]


async def test_more_than_five_minutes_late_is_missed() -> None:
    """A second more and the policy decides."""
    taken = watch_list(deadline(leads=("7d",), catch_up=CatchUp.SKIP))
    lines = await rehearsed(taken, downs=[down("11-03 11:00", "11-03 12:05:01")])
    assert lines == ["11-03 12:05:01 skipped truce upcoming 7d desk missed"]


async def test_a_tighter_lead_just_due_makes_the_missed_one_needless() -> None:
    """Of what goes at one instant to one channel only the tightest does."""
    taken = watch_list(deadline(leads=("7d", "1d")))
    assert sorted(await rehearsed(taken, downs=[down("11-02 00:00", "11-09 12:01")])) == [
        "11-09 12:01 delivered truce upcoming 1d desk",
        "11-09 12:01 skipped truce upcoming 7d desk superseded",
    ]


async def test_each_channel_catches_up_for_itself() -> None:
    """The tightest missed notice goes to every channel of the deadline."""
    taken = watch_list(deadline(leads=("7d",), channels=("desk", "legal")))
    assert sorted(await rehearsed(taken, downs=[down("11-02 00:00", "11-05 00:00")])) == [
        "11-05 00:00 delivered truce upcoming 7d desk catch-up",
        "11-05 00:00 delivered truce upcoming 7d legal catch-up",
    ]


async def test_a_series_sends_one_for_its_latest_occurrence() -> None:
    """Three weeks down: the last Monday's notice goes, those of the others are superseded."""
    weekly = deadline(due=date(2025, 10, 6), leads=("0",), repeat="FREQ=WEEKLY;BYDAY=MO")
    assert sorted(await rehearsed(watch_list(weekly), downs=[down("11-02 00:00", "11-18 00:00")])) == [
        "11-18 00:00 delivered truce due 0 desk catch-up",
        "11-18 00:00 skipped truce due 0 desk superseded",
        "11-18 00:00 skipped truce due 0 desk superseded",
    ]


async def test_the_latest_occurrence_is_the_one_told() -> None:
    """The message that goes is about the 17th."""
    weekly = deadline(due=date(2025, 10, 6), leads=("0",), repeat="FREQ=WEEKLY;BYDAY=MO")
    found = await happenings(watch_list(weekly), downs=[down("11-02 00:00", "11-18 00:00")])
    assert [at("11-17 23:59")] == [each.due_at for each in found if each.event == "delivered"]


async def test_a_missed_date_is_not_hidden_by_the_next_one_of_its_series() -> None:
    """A lead of the next occurrence that just goes leaves the missed one of the last to be told."""
    weekly = deadline(due=date(2025, 10, 6), leads=("5d", "0"), repeat="FREQ=WEEKLY;BYDAY=MO")
    lines = await rehearsed(watch_list(weekly), downs=[down("11-09 00:00", "11-12 09:01")], end=at("11-13 00:00"))
    assert sorted(lines[-2:]) == [
        "11-12 09:01 delivered truce due 0 desk catch-up",
        "11-12 09:01 delivered truce upcoming 5d desk",
    ]


async def test_a_deadline_that_fell_due_while_nobody_watched_is_told() -> None:
    """Once seen, a date that passes during downtime is not passed over in silence."""
    lines = await rehearsed(watch_list(deadline(leads=("0",))), downs=[down("11-02 00:00", "11-15 00:00")])
    assert lines == ["11-15 00:00 delivered truce due 0 desk catch-up"]


async def test_stretches_without_a_daemon_may_overlap() -> None:
    """Each holds to its end, whichever is given first."""
    taken = watch_list(deadline(leads=("7d",)))
    outer, inner, after = (
        down("11-02 00:00", "11-04 00:00"),
        down("11-02 12:00", "11-03 00:00"),
        down("11-03 12:00", "11-05 00:00"),
    )
    expected = ["11-05 00:00 delivered truce upcoming 7d desk catch-up"]
    assert [await rehearsed(taken, downs=given) for given in ([outer, inner, after], [after, inner, outer])] == [
        expected
    ] * 2
