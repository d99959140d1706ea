"""A changed plan: what now lies in the past goes once, what was taken away goes no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

from alerter.domain.dates.zone import Zone
from alerter.domain.planning.channel import Quiet
from alerter.domain.planning.deadline import CatchUp, Overdue, Status
from alerter.domain.planning.lead import parse_lead
from alerter.domain.planning.watchlist import WatchList
from tests.watching import (
    at,
    channel,
    deadline,
    escalation,
    fails,
    happenings,
    noon,
    rehearsed,
    watch_list,
    without_time,
)

SEVEN = watch_list(deadline(leads=("7d", "1d")))
NOON = "11-03 12:00 delivered truce upcoming 7d desk"
LAST = "11-09 12:00 delivered truce upcoming 1d desk"
NIGHT = Quiet(start=time(22), end=time(7))


async def test_a_new_lead_already_past_goes_at_once() -> None:
    """Of two leads added too late the tightest goes, as replanned and not late."""
    after = watch_list(deadline(leads=("7d", "6d", "5d", "1d")))
    assert sorted(await rehearsed(SEVEN, reloads=[(at("11-06 00:00"), after)])) == [
        NOON,
        "11-06 00:00 delivered truce upcoming 5d desk replanned",
        "11-06 00:00 skipped truce upcoming 6d desk superseded",
        LAST,
    ]


async def test_what_is_replanned_is_not_late() -> None:
    """A replanned notice counts no lateness."""
    after = watch_list(deadline(leads=("7d", "5d", "1d")))
    found = await happenings(SEVEN, reloads=[(at("11-06 00:00"), after)])
    assert [each.late_by for each in found] == [0, 0, 0]


async def test_a_new_lead_looser_than_the_last_told_is_not_sent() -> None:
    """The channel had a tighter one."""
    after = watch_list(deadline(leads=("9d", "7d", "1d")))
    assert await rehearsed(SEVEN, start=at("10-20 00:00"), reloads=[(at("11-06 00:00"), after)]) == [NOON, LAST]


async def test_a_lead_added_for_a_time_before_the_deadline_was_known_goes_too() -> None:
    """It lies in the past, it was not handed over, and the channel had nothing tighter."""
    before, after = watch_list(deadline(leads=("1d",))), watch_list(deadline(leads=("10d", "1d")))
    lines = await rehearsed(before, reloads=[(at("11-05 00:00"), after)])
    assert lines == ["11-05 00:00 delivered truce upcoming 10d desk replanned", LAST]


async def test_a_plain_dates_time_of_day_may_come_too_late() -> None:
    """`notify_at` moved to an hour that has passed sends today's notice at once."""
    day = deadline(due=date(2025, 11, 10), leads=("7d",), notify_at=time(18))
    lines = await rehearsed(watch_list(day), reloads=[(at("11-03 12:00"), watch_list(replace(day, notify_at=time(9))))])
    assert lines == ["11-03 12:00 delivered truce upcoming 7d desk replanned"]


async def test_quiet_hours_that_end_earlier_free_what_they_held() -> None:
    """A notice that waited for seven goes at once when quiet hours now end at six."""
    subject = deadline(leads=("7d @ 23:00",))
    before = watch_list(subject, channels=[channel("desk", quiet=NIGHT)])
    after = watch_list(subject, channels=[channel("desk", quiet=Quiet(start=time(22), end=time(6)))])
    lines = await rehearsed(before, reloads=[(at("11-04 06:30"), after)])
    assert lines == [
        "11-03 23:00 held truce upcoming 7d @ 23:00 desk quiet",
        "11-04 06:30 delivered truce upcoming 7d @ 23:00 desk replanned",
    ]


async def test_new_zone_rules_shift_instants_and_repeat_nothing() -> None:
    """The same zone under newer rules is a changed plan and no new date."""
    newer = Zone("UTC", deadline().zone.info, "newer")
    after = watch_list(replace(deadline(leads=("7d", "1d")), zone=newer))
    assert await rehearsed(SEVEN, reloads=[(at("11-06 00:00"), after)]) == [NOON, LAST]


async def test_a_lead_taken_away_is_not_sent() -> None:
    """What the plan no longer has does not go."""
    assert await rehearsed(SEVEN, reloads=[(at("11-06 00:00"), watch_list(deadline(leads=("7d",))))]) == [NOON]


async def test_a_retrying_notice_that_was_taken_away_is_skipped() -> None:
    """Removed while it was being retried."""
    lines = await rehearsed(
        SEVEN,
        reloads=[(at("11-04 00:00"), watch_list(deadline(leads=("1d",))))],
        answers=[fails("desk", "11-03 00:00", "11-05 00:00")],
    )
    assert [without_time(each) for each in lines if " retried " not in each] == [
        "skipped truce upcoming 7d desk removed",
        "delivered truce upcoming 1d desk",
    ]


async def test_notices_of_a_channel_taken_away_are_skipped() -> None:
    """A channel that a deadline no longer names hears nothing more of it."""
    both = watch_list(deadline(leads=("7d", "1d"), channels=("desk", "legal")))
    lines = await rehearsed(
        both, reloads=[(at("11-04 00:00"), SEVEN)], answers=[fails("legal", "11-03 00:00", "11-05 00:00")]
    )
    assert [without_time(each) for each in lines if "legal" in each and " retried " not in each] == [
        "skipped truce upcoming 7d legal removed"
    ]


async def test_a_lead_put_back_is_sent_if_nothing_tighter_was() -> None:
    """Taken away while it was being retried and put back: it goes."""
    lines = await rehearsed(
        SEVEN,
        reloads=[(at("11-04 00:00"), watch_list(deadline(leads=("1d",)))), (at("11-05 00:00"), SEVEN)],
        answers=[fails("desk", "11-03 00:00", "11-04 12:00")],
    )
    assert [without_time(each) for each in lines if " retried " not in each] == [
        "skipped truce upcoming 7d desk removed",
        "delivered truce upcoming 7d desk replanned",
        "delivered truce upcoming 1d desk",
    ]


async def test_a_lead_put_back_after_a_tighter_one_is_not_sent() -> None:
    """What the channel knows by a tighter notice it is not told again."""
    short = watch_list(deadline(leads=("1d",)))
    lines = await rehearsed(
        SEVEN,
        reloads=[(at("11-04 00:00"), short), (at("11-09 18:00"), SEVEN)],
        answers=[fails("desk", "11-03 00:00", "11-04 12:00")],
    )
    assert [without_time(each) for each in lines if " retried " not in each] == [
        "skipped truce upcoming 7d desk removed",
        "delivered truce upcoming 1d desk",
    ]


async def test_overdue_notices_added_after_the_date_start_with_the_latest() -> None:
    """Of the repeats that would have gone by now one goes."""
    before = watch_list(deadline(leads=("0",)))
    after = watch_list(deadline(leads=("0",), overdue=Overdue(every=timedelta(days=1), times=3)))
    assert sorted(await rehearsed(before, reloads=[(at("11-13 00:00"), after)])) == [
        "11-10 12:00 delivered truce due 0 desk",
        "11-13 00:00 delivered truce overdue - desk replanned",
        "11-13 00:00 skipped truce overdue - desk superseded",
        "11-13 12:00 delivered truce overdue - desk",
    ]


async def test_a_new_escalation_of_a_passed_lead_goes_to_a_channel_that_had_less() -> None:
    """The channel had the week's lead; the escalation of five days is tighter."""
    before = watch_list(deadline(leads=("7d",), channels=("desk", "legal")))
    after = watch_list(deadline(leads=("7d",), channels=("desk", "legal"), escalate=(escalation("5d", "legal"),)))
    lines = await rehearsed(before, reloads=[(at("11-06 00:00"), after)])
    assert lines[-1] == "11-06 00:00 delivered truce upcoming 5d legal replanned"


async def test_a_deadline_taken_out_stops() -> None:
    """Nothing of it goes any more."""
    other = deadline("other", due=date(2025, 12, 24), leads=())
    both = watch_list(*SEVEN.deadlines.values(), other)
    assert await rehearsed(both, reloads=[(at("11-06 00:00"), watch_list(other))]) == [NOON]


async def test_ops_hear_of_a_deadline_taken_out_that_anyone_was_told_of() -> None:
    """A line to the people who run it, since somebody counts on the date."""
    before, after = watch_list(*SEVEN.deadlines.values(), ops=["pager"]), watch_list(ops=["pager"])
    lines = await rehearsed(before, reloads=[(at("11-06 00:00"), after)])
    assert lines == [NOON, "11-06 00:00 delivered - problem - pager"]


async def test_nobody_hears_of_a_deadline_taken_out_before_anyone_was_told() -> None:
    """What nobody knows of nobody misses."""
    before, after = watch_list(*SEVEN.deadlines.values(), ops=["pager"]), watch_list(ops=["pager"])
    assert await rehearsed(before, reloads=[(at("11-02 00:00"), after)]) == []


async def test_a_deadline_put_back_repeats_nothing() -> None:
    """What was told was told; what it missed meanwhile goes once, as replanned."""
    reloads = [(at("11-04 00:00"), watch_list()), (at("11-09 18:00"), SEVEN)]
    assert await rehearsed(SEVEN, reloads=reloads) == [NOON, "11-09 18:00 delivered truce upcoming 1d desk replanned"]


async def test_a_deadline_put_back_with_another_date_has_moved() -> None:
    """Who was told of the old date hears of the new one."""
    later = watch_list(deadline(due=date(2025, 12, 24), leads=("7d",)))
    reloads = [(at("11-04 00:00"), watch_list()), (at("11-05 00:00"), later)]
    assert await rehearsed(SEVEN, reloads=reloads) == [NOON, "11-05 00:01 delivered truce moved - desk"]


async def test_a_deadline_that_was_closed_and_is_open_again_goes_on() -> None:
    """What it missed while closed goes once, the tightest."""
    closed = watch_list(deadline(leads=("7d", "1d"), status=Status.MET))
    reloads = [(at("11-04 00:00"), closed), (at("11-09 18:00"), SEVEN)]
    assert await rehearsed(SEVEN, reloads=reloads) == [
        NOON,
        "11-04 00:00 delivered truce closed - desk",
        "11-09 18:00 delivered truce upcoming 1d desk replanned",
    ]


async def test_a_change_found_at_start_counts_as_one() -> None:
    """Config edited while the daemon was down: what the new plan missed and the old never had is replanned."""
    after = watch_list(deadline(leads=("7d", "5d", "1d"), catch_up=CatchUp.SKIP))
    lines = await rehearsed(SEVEN, downs=[(at("11-06 00:00"), at("11-06 12:00"))], reloads=[(at("11-06 06:00"), after)])
    assert lines == [NOON, "11-06 12:00 delivered truce upcoming 5d desk replanned", LAST]


async def test_a_longer_period_takes_effect_at_once() -> None:
    """Who was told each hour and asks for each day hears the day after, not when there have been as many days."""
    hourly = deadline(leads=(), overdue=Overdue(every=timedelta(hours=1), times=None))
    daily = replace(hourly, overdue=Overdue(every=timedelta(days=1), times=None))
    lines = await rehearsed(watch_list(hourly), reloads=[(at("11-12 12:30"), watch_list(daily))], end=at("11-15 00:00"))
    assert len(lines) == 48 + 2
    assert lines[-2:] == ["11-13 12:00 delivered truce overdue - desk", "11-14 12:00 delivered truce overdue - desk"]


async def test_a_longer_recheck_takes_effect_at_once() -> None:
    """The same with the date to be checked."""
    often = deadline(leads=(), checked=date(2025, 10, 20), recheck_after=timedelta(days=3))
    seldom = replace(often, recheck_after=timedelta(days=7))
    reloads = [(at("11-02 00:00"), watch_list(seldom))]
    lines = await rehearsed(watch_list(often), reloads=reloads, start=at("10-20 00:00"))
    assert lines[-2:] == ["11-01 12:00 delivered truce recheck - desk", "11-03 12:00 delivered truce recheck - desk"]


async def test_a_channel_that_joined_late_is_told_nothing_of_before_by_a_later_change() -> None:
    """What lay behind when it joined stays so: the date, its overdue notices, the requests to check it."""
    old = deadline(leads=("1d",), overdue=Overdue(every=timedelta(days=1), times=5))
    checked = deadline("checked", date(2025, 12, 1), checked=date(2025, 11, 1), recheck_after=timedelta(days=10))
    series = deadline("series", date(2025, 11, 5), leads=("1d",), repeat="FREQ=WEEKLY", overdue=old.overdue)

    def edition(names: tuple[str, ...], *more: str) -> WatchList:
        leads = tuple(map(parse_lead, ("1d", *more)))
        subjects = [replace(each, channels=names, leads=leads) for each in (old, checked, series)]
        return watch_list(*subjects, channels=[channel("desk"), channel("late")])

    lines = await rehearsed(
        edition(("desk",)),
        reloads=[
            (at("11-16 00:00"), edition(("desk", "late"))),
            (at("11-16 06:00"), edition(("desk", "late"), "2h")),
        ],
        end=at("11-16 08:00"),
    )
    assert [each for each in lines if "late" in each.split()] == []


async def test_a_window_that_opens_later_is_told_again() -> None:
    """The day that was told is no longer true."""
    early = deadline(leads=(), opens=date(2025, 11, 2))
    later = replace(early, opens=date(2025, 11, 6))
    lines = await rehearsed(watch_list(early), reloads=[(at("11-03 00:00"), watch_list(later))])
    assert lines == ["11-02 12:00 delivered truce opens - desk", "11-06 12:00 delivered truce opens - desk"]


async def test_an_opening_of_a_series_stays_when_its_leads_change() -> None:
    """What is being retried is still asked for: the window before the first date has opened."""
    series = deadline(due=noon(20), leads=("1d",), opens=date(2025, 11, 5), repeat="FREQ=WEEKLY")
    lines = await rehearsed(
        watch_list(series),
        reloads=[(at("11-06 00:00"), watch_list(replace(series, leads=(parse_lead("2h"),))))],
        answers=[fails("desk", "11-05 00:00", "11-06 06:00")],
        end=at("11-07 00:00"),
    )
    ends = [without_time(each) for each in lines if " retried " not in each]
    assert ends == ["delivered truce opens - desk"]


async def test_a_lead_written_otherwise_takes_nothing_away() -> None:
    """What is being retried says the same, and goes on."""
    after = watch_list(deadline(leads=("168h", "1d")))
    lines = await rehearsed(
        SEVEN, reloads=[(at("11-03 12:30"), after)], answers=[fails("desk", "11-03 00:00", "11-03 13:00")]
    )
    assert {without_time(each) for each in lines} == {
        "retried truce upcoming 7d desk",
        "delivered truce upcoming 7d desk",
        "delivered truce upcoming 1d desk",
    }
