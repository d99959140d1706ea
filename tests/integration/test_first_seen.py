"""A deadline, or a channel, that comes late hears where things stand."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from alerter.domain.planning.deadline import Overdue
from tests.watching import at, deadline, escalation, happenings, rehearsed, watch_list

LATE = at("11-05 00:00")


async def test_a_deadline_first_seen_inside_its_leads_gets_the_tightest_passed_one() -> None:
    """Of two leads already passed the tightest goes at once, the other is superseded."""
    taken = watch_list(deadline(leads=("30d", "7d", "1d")))
    assert sorted(await rehearsed(taken, start=LATE)) == [
        "11-05 00:00 delivered truce upcoming 7d desk first-seen",
        "11-05 00:00 skipped truce upcoming 30d desk superseded",
        "11-09 12:00 delivered truce upcoming 1d desk",
    ]


async def test_what_goes_because_it_was_first_seen_is_not_late() -> None:
    """A first-seen notice counts no lateness."""
    found = await happenings(watch_list(deadline(leads=("7d",))), start=LATE)
    assert [(each.event, each.late_by) for each in found] == [("delivered", 0)]


async def test_a_deadline_first_seen_before_its_leads_gets_nothing_yet() -> None:
    """Nothing passed, nothing said."""
    lines = await rehearsed(watch_list(deadline(leads=("1d",))), start=LATE)
    assert lines == ["11-09 12:00 delivered truce upcoming 1d desk"]


async def test_e15_a_deadline_already_past_when_first_seen_sends_nothing() -> None:
    """Not even what its plan has after the due instant."""
    nagging = Overdue(every=timedelta(days=1), times=None)
    taken = watch_list(deadline(leads=("7d", "0", "+3d"), overdue=nagging))
    assert await rehearsed(taken, start=at("11-11 00:00")) == []


async def test_a_channel_that_joins_gets_the_tightest_passed_lead() -> None:
    """Whoever is added later hears at once; the others hear nothing again."""
    before, after = watch_list(deadline()), watch_list(deadline(channels=("desk", "legal")))
    assert sorted(await rehearsed(before, reloads=[(LATE, after)])) == [
        "11-03 12:00 delivered truce upcoming 7d desk",
        "11-05 00:00 delivered truce upcoming 7d legal first-seen",
        "11-09 12:00 delivered truce upcoming 1d desk",
        "11-09 12:00 delivered truce upcoming 1d legal",
        "11-10 12:00 delivered truce due 0 desk",
        "11-10 12:00 delivered truce due 0 legal",
    ]


async def test_a_channel_that_joins_by_escalation_gets_that_lead_only() -> None:
    """An escalation whose lead has passed goes to its channel at once."""
    before = watch_list(deadline(leads=("7d",)))
    after = watch_list(deadline(leads=("7d",), escalate=(escalation("6d", "pager"),)))
    assert await rehearsed(before, reloads=[(LATE, after)]) == [
        "11-03 12:00 delivered truce upcoming 7d desk",
        "11-05 00:00 delivered truce upcoming 6d pager first-seen",
    ]


async def test_a_channel_that_joins_after_the_due_instant_hears_only_what_comes() -> None:
    """Nothing is told late of a date already past."""
    nagging = Overdue(every=timedelta(days=1), times=2)
    before = watch_list(deadline(leads=("0",), overdue=nagging))
    after = watch_list(deadline(leads=("0",), channels=("desk", "legal"), overdue=nagging))
    assert sorted(await rehearsed(before, reloads=[(at("11-12 00:00"), after)])) == [
        "11-10 12:00 delivered truce due 0 desk",
        "11-11 12:00 delivered truce overdue - desk",
        "11-12 12:00 delivered truce overdue - desk",
        "11-12 12:00 delivered truce overdue - legal",
    ]


async def test_a_channel_that_leaves_and_comes_back_is_told_nothing_twice() -> None:
    """What it had it has; what it missed goes once, the tightest."""
    both, one = watch_list(deadline(channels=("desk", "legal"))), watch_list(deadline())
    lines = await rehearsed(both, reloads=[(at("11-04 00:00"), one), (at("11-09 18:00"), both)])
    assert [each for each in lines if "legal" in each] == [
        "11-03 12:00 delivered truce upcoming 7d legal",
        "11-09 18:00 delivered truce upcoming 1d legal replanned",
        "11-10 12:00 delivered truce due 0 legal",
    ]


async def test_a_series_first_seen_tells_of_its_next_occurrence_only() -> None:
    """Occurrences before it was known, and their aftermath, are nobody's business."""
    monthly = deadline(due=date(2025, 8, 10), leads=("7d", "+1d"), repeat="FREQ=MONTHLY;BYMONTHDAY=10")
    assert await rehearsed(watch_list(monthly), start=LATE) == [
        "11-05 00:00 delivered truce upcoming 7d desk first-seen",
        "11-11 09:00 delivered truce overdue +1d desk",
    ]


async def test_a_series_that_has_ended_sends_nothing() -> None:
    """A rule whose last date is past is as a deadline already past."""
    ended = deadline(due=datetime.fromisoformat("2025-01-10T09:00"), leads=("7d", "+1d"), repeat="FREQ=MONTHLY;COUNT=2")
    assert await rehearsed(watch_list(ended)) == []
