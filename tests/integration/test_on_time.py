"""What goes out when all is well: on time, once, under ids that follow from what a notice is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

from alerter.domain.dates.calendar import Shift
from alerter.domain.decisions.forecast import forecast
from alerter.domain.notices.notice import notice_id
from alerter.domain.planning.channel import Quiet
from alerter.domain.planning.deadline import Overdue, Severity
from tests.watching import at, channel, deadline, down, escalation, happenings, noon, rehearsed, watch_list

NIGHT = Quiet(start=time(22), end=time(7))


async def test_each_lead_goes_to_each_channel_at_its_own_instant() -> None:
    """Leads before, at and after the due instant go out to every channel, exactly then."""
    taken = watch_list(deadline(leads=("7d", "2h", "0", "+1d"), channels=("desk", "legal")))
    expected = [
        f"{when} delivered truce {kind} {lead} {name}"
        for when, kind, lead in (
            ("11-03 12:00", "upcoming", "7d"),
            ("11-10 10:00", "upcoming", "2h"),
            ("11-10 12:00", "due", "0"),
            ("11-11 12:00", "overdue", "+1d"),
        )
        for name in ("desk", "legal")
    ]
    assert expected == sorted(await rehearsed(taken))


async def test_an_id_follows_from_what_the_notice_is() -> None:
    """The id is made of deadline, due key, kind, lead and channel, and of nothing else."""
    found = await happenings(watch_list(deadline(leads=("1d",))))
    expected = notice_id("truce", "2025-11-10T12:00:00[UTC]", "deadline.upcoming", "1d", "desk")
    assert [expected] == [each.notice for each in found]


async def test_an_empty_database_agrees_on_ids() -> None:
    """Whoever starts later, with nothing in the ledger, names the same notice alike."""
    taken = watch_list(deadline(leads=("7d", "1d")))
    early = await happenings(taken)
    late = await happenings(taken, start=at("11-05 00:00"))
    assert [each.notice for each in early] == [each.notice for each in late]


async def test_a_changed_address_makes_no_new_notice() -> None:
    """A channel that sends elsewhere from now on repeats nothing."""
    before = watch_list(deadline(leads=("7d",)), channels=[channel("desk", address="old")])
    after = watch_list(deadline(leads=("7d",)), channels=[channel("desk", address="new")])
    lines = await rehearsed(before, reloads=[(at("11-05 00:00"), after)])
    assert lines == ["11-03 12:00 delivered truce upcoming 7d desk"]


async def test_a_restart_repeats_nothing() -> None:
    """Stopping and starting again between two notices leaves each to be told once."""
    lines = await rehearsed(watch_list(deadline(leads=("7d", "1d"))), downs=[down("11-03 12:00:01", "11-04 00:00")])
    assert lines == ["11-03 12:00 delivered truce upcoming 7d desk", "11-09 12:00 delivered truce upcoming 1d desk"]


async def test_of_two_leads_at_one_instant_only_the_tightest_goes() -> None:
    """Quiet hours bring two leads to one instant: the looser is superseded."""
    taken = watch_list(
        deadline(due=at("11-10 09:00").replace(tzinfo=None), leads=("1d @ 23:00", "4h")),
        channels=[channel("desk", quiet=NIGHT)],
    )
    assert sorted_lines(await rehearsed(taken)) == [
        "11-09 23:00 held truce upcoming 1d @ 23:00 desk quiet",
        "11-10 05:00 held truce upcoming 4h desk quiet",
        "11-10 07:00 skipped truce upcoming 1d @ 23:00 desk superseded",
        "11-10 07:00 delivered truce upcoming 4h desk",
    ]


async def test_leads_written_differently_for_one_instant_go_once() -> None:
    """`24h` and `1d` are the same instant here, and one message is enough."""
    lines = await rehearsed(watch_list(deadline(leads=("24h", "1d"))))
    assert sorted(each.split()[2] for each in lines) == ["delivered", "skipped"]


async def test_an_overdue_repeat_and_a_lead_of_the_next_occurrence_both_go() -> None:
    """At one instant nobody has said that last Monday's was met, and next Monday's comes near; the forecast says so."""
    weekly = deadline(
        due=noon(3),
        leads=("6d", "0"),
        repeat="FREQ=WEEKLY;BYDAY=MO",
        overdue=Overdue(every=timedelta(days=1), times=3),
    )
    lines = await rehearsed(watch_list(weekly), start=at("11-03 00:00"), end=at("11-11 00:00"))
    expected = [
        "11-03 12:00 delivered truce due 0 desk",
        "11-04 12:00 delivered truce overdue - desk",
        "11-04 12:00 delivered truce upcoming 6d desk",
        "11-05 12:00 delivered truce overdue - desk",
        "11-06 12:00 delivered truce overdue - desk",
        "11-10 12:00 delivered truce due 0 desk",
    ]
    assert expected == sorted(each for each in lines if "first-seen" not in each)
    foreseen = forecast(watch_list(weekly), at("11-03 00:00"), at("11-11 00:00"))
    assert [each[:11] for each in expected] == [f"{one.at:%m-%d %H:%M}" for one in foreseen]


async def test_an_overdue_repeat_and_a_lead_after_one_due_date_are_one_message() -> None:
    """`+1d` and a repeat each day say the same on the day after."""
    taken = watch_list(deadline(leads=("+1d",), overdue=Overdue(every=timedelta(days=1), times=2)))
    assert sorted(await rehearsed(taken)) == [
        "11-11 12:00 delivered truce overdue - desk",
        "11-11 12:00 skipped truce overdue +1d desk superseded",
        "11-12 12:00 delivered truce overdue - desk",
    ]


async def test_leads_of_several_occurrences_at_one_instant_are_one_message() -> None:
    """A daily series with three leads tells each noon of the nearest of its dates, and not of three."""
    daily = deadline(due=noon(2), leads=("2d", "1d", "0"), repeat="FREQ=DAILY")
    lines = await rehearsed(watch_list(daily), start=at("11-04 00:00"), end=at("11-07 00:00"))
    assert [each for each in lines if " delivered " in each and "first-seen" not in each] == [
        f"11-{day:02} 12:00 delivered truce due 0 desk" for day in (4, 5, 6)
    ]


async def test_quiet_hours_hold_a_notice_until_they_end() -> None:
    """A notice that wants to go at night is reported as held once, and goes in the morning, not late."""
    taken = watch_list(deadline(leads=("7d @ 23:30",)), channels=[channel("desk", quiet=NIGHT)])
    found = await happenings(taken)
    assert [(at("11-03 23:30"), "held", 0), (at("11-04 07:00"), "delivered", 0)] == [
        (each.at, each.event, each.late_by) for each in found
    ]


async def test_what_is_still_held_at_the_end_has_been_reported() -> None:
    """A rehearsal that ends during quiet hours says what waits for their end."""
    taken = watch_list(deadline(leads=("7d @ 23:30",)), channels=[channel("desk", quiet=NIGHT)])
    assert await rehearsed(taken, end=at("11-04 00:00")) == ["11-03 23:30 held truce upcoming 7d @ 23:30 desk quiet"]


async def test_a_critical_notice_is_never_held() -> None:
    """Quiet hours do not concern what is critical."""
    taken = watch_list(
        deadline(leads=("7d @ 23:30",), severity=Severity.CRITICAL), channels=[channel("desk", quiet=NIGHT)]
    )
    assert await rehearsed(taken) == ["11-03 23:30 delivered truce upcoming 7d @ 23:30 desk"]


async def test_a_notice_before_the_due_instant_is_never_held_past_it() -> None:
    """What quiet hours would make too late goes at its own time."""
    due = at("11-10 06:00").replace(tzinfo=None)
    taken = watch_list(deadline(due=due, leads=("2h",)), channels=[channel("desk", quiet=NIGHT)])
    assert await rehearsed(taken) == ["11-10 04:00 delivered truce upcoming 2h desk"]


async def test_a_notice_is_never_held_to_the_due_instant_itself() -> None:
    """Quiet hours that end as the deadline falls due hold nothing either."""
    due = at("11-10 07:00").replace(tzinfo=None)
    taken = watch_list(deadline(due=due, leads=("2h",)), channels=[channel("desk", quiet=NIGHT)])
    assert await rehearsed(taken) == ["11-10 05:00 delivered truce upcoming 2h desk"]


async def test_quiet_hours_hold_what_just_happened_too() -> None:
    """A date moved at night is told in the morning."""
    desk = [channel("desk", quiet=NIGHT)]
    before = watch_list(deadline(leads=("7d",)), channels=desk)
    after = watch_list(deadline(due=date(2025, 12, 1), leads=("7d",)), channels=desk)
    assert await rehearsed(before, reloads=[(at("11-04 23:00"), after)]) == [
        "11-03 12:00 delivered truce upcoming 7d desk",
        "11-04 23:01 held truce moved - desk quiet",
        "11-05 07:00 delivered truce moved - desk",
    ]


async def test_late_by_counts_from_the_planned_instant() -> None:
    """A notice handed over two minutes late just goes, and says by how much."""
    found = await happenings(watch_list(deadline(leads=("7d",))), downs=[down("11-03 11:00", "11-03 12:02")])
    assert [(each.event, each.late_by, each.reason) for each in found] == [("delivered", 120, None)]


async def test_overdue_notices_come_until_they_are_used_up() -> None:
    """After the due instant one notice each `every`, `times` times."""
    taken = watch_list(deadline(leads=("0",), overdue=Overdue(every=timedelta(days=1), times=2)))
    assert await rehearsed(taken) == [
        "11-10 12:00 delivered truce due 0 desk",
        "11-11 12:00 delivered truce overdue - desk",
        "11-12 12:00 delivered truce overdue - desk",
    ]


async def test_an_escalation_goes_while_nobody_has_acknowledged() -> None:
    """A lead that nobody has answered goes further up."""
    taken = watch_list(deadline(leads=("7d",), escalate=(escalation("1d", "pager"),)))
    assert await rehearsed(taken) == [
        "11-03 12:00 delivered truce upcoming 7d desk",
        "11-09 12:00 delivered truce upcoming 1d pager",
    ]


async def test_the_opening_of_a_window_is_told_once() -> None:
    """`opens` makes one notice, at the due date's own time of day."""
    taken = watch_list(deadline(leads=("1d",), opens=date(2025, 11, 5)))
    assert await rehearsed(taken) == [
        "11-05 12:00 delivered truce opens - desk",
        "11-09 12:00 delivered truce upcoming 1d desk",
    ]


async def test_a_recheck_comes_each_period_but_not_for_those_before_first_seen() -> None:
    """A date verified in September and known since November asks again in November only."""
    subject = deadline(leads=("0",), checked=date(2025, 9, 2), recheck_after=timedelta(days=14))
    later = replace(subject, due=at("12-01 12:00").replace(tzinfo=None))
    assert await rehearsed(watch_list(later)) == ["11-11 12:00 delivered truce recheck - desk"]


async def test_a_shifted_notice_goes_on_the_open_day_before() -> None:
    """`day_shift = "previous"` brings a Sunday's notice to Friday."""
    taken = watch_list(deadline(leads=("1d",), day_shift=Shift.PREVIOUS))
    assert await rehearsed(taken) == ["11-07 12:00 delivered truce upcoming 1d desk"]


def sorted_lines(lines: list[str]) -> list[str]:
    """By instant, what was held or skipped before what was delivered."""
    return sorted(lines, key=lambda each: (each[:11], each.split()[2] == "delivered", each))


async def test_a_series_says_one_thing_at_an_instant() -> None:
    """Where one occurrence falls due as the lead of the next comes up, only the nearer is told."""
    weekly = deadline("look", noon(3), ("7d", "0"), repeat="FREQ=WEEKLY;COUNT=3")
    lines = await rehearsed(watch_list(weekly), end=at("11-11 00:00"))
    assert sorted(line for line in lines if line.startswith("11-10")) == [
        "11-10 12:00 delivered look due 0 desk",
        "11-10 12:00 skipped look upcoming 7d desk superseded",
    ]
