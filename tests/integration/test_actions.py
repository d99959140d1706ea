"""What people do about a deadline, and what closing it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from alerter.domain.decisions.acting import Deed, Deeds
from alerter.domain.decisions.forecast import forecast
from alerter.domain.planning.channel import Quiet
from alerter.domain.planning.deadline import OnAck, Overdue, Status
from alerter.domain.planning.due_keys import parse_key
from alerter.domain.planning.watchlist import WatchList
from alerter.engine.rehearsal import Script, rehearse_on
from alerter.ledger.doing import do
from alerter.ledger.ledger import Ledger
from tests.watching import (
    END,
    START,
    at,
    channel,
    deadline,
    edition,
    escalation,
    fails,
    happenings,
    line,
    noon,
    rehearsed,
    watch_list,
    without_time,
)

NAGGING = Overdue(every=timedelta(days=1), times=2)
STOPPING = watch_list(deadline(leads=("7d", "1d", "0"), overdue=NAGGING))
GOING_ON = watch_list(
    deadline(
        leads=("7d", "1d", "0", "+1d"),
        overdue=Overdue(every=timedelta(days=2), times=1),
        on_ack=OnAck.LEADS,
        escalate=(escalation("2d", "pager"),),
    )
)
TOLD = "11-03 12:00 delivered truce upcoming 7d desk"
BOTH = watch_list(deadline(leads=("7d", "1d"), channels=("desk", "legal")))


def snooze(until: timedelta, channel: str | None = None) -> Deed:
    """Nothing for a while."""
    return Deed(action="snooze", by="Ann", snooze_for=until, channel=channel)


def closing(status: Status = Status.MET) -> Deed:
    """A person says it is over."""
    return Deed(action="close", by="Ann", status=status)


async def dues_of(taken: WatchList, deeds: Sequence[tuple[str, Deed]]) -> list[str]:
    """The due dates of which the desk hears that something was done, as `MM-DD`."""
    script = [(at(when), "truce", deed) for when, deed in deeds]
    found = await happenings(taken, deeds=script, end=at("12-06 00:00"))
    told = [each for each in found if each.event == "delivered" and each.lead is None]
    return [f"{each.due_at:%m-%d}" for each in told if each.due_at]


async def test_an_acknowledgement_ends_all_further_notices() -> None:
    """With `on_ack = "stop"` neither leads nor overdue notices follow, and the channels told hear who did it."""
    assert await rehearsed(STOPPING, acks=[(at("11-04 00:00"), "truce")]) == [
        TOLD,
        "11-04 00:00 delivered truce upcoming - desk acknowledged",
        "11-09 12:00 skipped truce upcoming 1d desk acknowledged",
        "11-10 12:00 skipped truce due 0 desk acknowledged",
        "11-11 12:00 skipped truce overdue - desk acknowledged",
        "11-12 12:00 skipped truce overdue - desk acknowledged",
    ]


async def test_an_acknowledgement_counts_though_no_daemon_has_met_the_deadline() -> None:
    """Acknowledged by command before the daemon has read it: its leads do not go, nor the one already passed."""
    ledger = Ledger("sqlite://")
    await ledger.open()
    try:
        acknowledged = Deed(action="ack", by="Ann", note="")
        await do(ledger, deadline(), {}, acknowledged, at("11-04 00:00"))
        found = await rehearse_on(ledger, edition(watch_list(deadline())), Script(start=at("11-05 00:00"), end=END))
    finally:
        await ledger.close()
    assert {(each.event, each.reason) for each in found} == {("skipped", "acknowledged")}


@pytest.mark.parametrize("key", [None, "2025-11-10T12:00:00[UTC]", "2025-11-12T12:00:00[UTC]"])
@pytest.mark.parametrize(("action", "days"), [("ack", [10]), ("snooze", [10]), ("close", [10, 12])])
async def test_what_is_done_while_a_date_settles_is_about_the_date_told_however_it_is_named(
    key: str | None, action: Deeds, days: list[int]
) -> None:
    """By neither key, by that of the message, or by that which nobody can have from one; a closing is about both."""
    later, status = deadline(due=noon(12)), Status.MET if action == "close" else None
    script = Script(start=START, end=at("11-05 00:00:30"), reloads=[(at("11-05 00:00"), edition(watch_list(later)))])
    ledger = Ledger("sqlite://")
    await ledger.open()
    try:
        await rehearse_on(ledger, edition(watch_list(deadline())), script)
        deed = Deed(action=action, by="Ann", due_key=key, snooze_for=timedelta(days=1), status=status)
        done = [await do(ledger, later, {}, deed, at("11-05 00:00:30")) for _ in range(2)]
        written = [parse_key(each.due_key, later).day.day for each in await ledger.actions("truce")]
    finally:
        await ledger.close()
    assert (written, [each.due.day.day for each in done]) == (days, [days[-1]] * 2)
    assert [each.is_repeat for each in done] == [False, True]


async def test_an_acknowledgement_may_end_overdue_and_escalation_only() -> None:
    """With `on_ack = "leads"` the leads go on, those after the due instant too."""
    assert await rehearsed(GOING_ON, acks=[(at("11-04 00:00"), "truce")]) == [
        TOLD,
        "11-04 00:00 delivered truce upcoming - desk acknowledged",
        "11-08 12:00 skipped truce upcoming 2d pager acknowledged",
        "11-09 12:00 delivered truce upcoming 1d desk",
        "11-10 12:00 delivered truce due 0 desk",
        "11-11 12:00 delivered truce overdue +1d desk",
        "11-12 12:00 skipped truce overdue - desk acknowledged",
    ]


async def test_overdue_notices_stop_at_an_acknowledgement() -> None:
    """After the date has passed an acknowledgement ends the repeats."""
    assert (await rehearsed(STOPPING, acks=[(at("11-12 00:00"), "truce")]))[-3:] == [
        "11-11 12:00 delivered truce overdue - desk",
        "11-12 00:00 delivered truce overdue - desk acknowledged",
        "11-12 12:00 skipped truce overdue - desk acknowledged",
    ]


async def test_an_acknowledgement_before_anyone_was_told_makes_no_line() -> None:
    """Nobody knows of the deadline, so nobody needs to hear that it is dealt with."""
    lines = await rehearsed(STOPPING, acks=[(at("11-02 00:00"), "truce")], end=at("11-04 00:00"))
    assert lines == ["11-03 12:00 skipped truce upcoming 7d desk acknowledged"]


async def test_the_other_channels_told_hear_of_an_action() -> None:
    """Who acted from the desk need not be told at the desk."""
    deeds = [(at("11-04 00:00"), "truce", Deed(action="ack", by="Ann", channel="desk"))]
    lines = await rehearsed(BOTH, deeds=deeds, end=at("11-05 00:00"))
    assert lines[-1] == "11-04 00:00 delivered truce upcoming - legal acknowledged"


async def test_what_is_acknowledged_twice_is_told_once() -> None:
    """The second time nothing changes."""
    acks = [(at("11-04 00:00"), "truce"), (at("11-05 00:00"), "truce")]
    assert await rehearsed(BOTH, acks=acks) == await rehearsed(BOTH, acks=acks[:1])


async def test_what_is_over_cannot_be_acknowledged() -> None:
    """By a person or by the configuration: nothing changes."""
    over = watch_list(deadline(leads=("7d",), status=Status.MET))
    script = {"deeds": [(at("11-04 00:00"), "truce", closing())], "acks": [(at("11-05 00:00"), "truce")]}
    assert (await rehearsed(BOTH, **script, end=at("11-06 00:00")))[4:] == []
    assert await rehearsed(over, **script) == []


async def test_the_next_message_says_who_acted() -> None:
    """The lead that goes on after an acknowledgement names it."""
    found = await happenings(GOING_ON, acks=[(at("11-04 00:00"), "truce")], end=at("11-10 00:00"))
    assert (found[-1].lead, "rehearsal" in (found[-1].text or "")) == ("1d", True)


async def test_a_retrying_notice_ends_with_an_acknowledgement() -> None:
    """What the desk could not be told is not told once somebody else has dealt with it."""
    lines = await rehearsed(
        BOTH,
        acks=[(at("11-04 00:00"), "truce")],
        answers=[fails("desk", "11-03 00:00", "11-06 00:00")],
        end=at("11-07 00:00"),
    )
    assert [
        TOLD.replace("desk", "legal"),
        "11-04 00:00 skipped truce upcoming 7d desk acknowledged",
        "11-04 00:00 delivered truce upcoming - legal acknowledged",
    ] == [each for each in lines if " retried " not in each]


async def test_nothing_goes_while_snoozed_and_the_tightest_missed_goes_after() -> None:
    """Two leads fall into a snooze: when it ends the tighter goes once, and is not late."""
    taken = watch_list(deadline(leads=("7d", "6d", "5d", "1d")))
    found = await happenings(taken, deeds=[(at("11-03 18:00"), "truce", snooze(timedelta(days=3)))])
    assert [
        (at("11-03 12:00"), "delivered", "7d", None, 0),
        (at("11-03 18:00"), "delivered", None, "snoozed", 0),
        (at("11-04 12:00"), "held", "6d", "snoozed", 0),
        (at("11-05 12:00"), "held", "5d", "snoozed", 0),
        (at("11-06 18:00"), "delivered", "5d", "snoozed", 0),
        (at("11-06 18:00"), "skipped", "6d", "superseded", 0),
        (at("11-09 12:00"), "delivered", "1d", None, 0),
    ] == sorted((each.at, each.event, each.lead, each.reason, each.late_by) for each in found)


async def test_a_snooze_lasts_at_most_until_the_due_instant() -> None:
    """At the due instant the notice of it goes, and what was snoozed before it does not."""
    taken = watch_list(deadline(leads=("7d", "1d", "0")))
    assert sorted((await rehearsed(taken, deeds=[(at("11-08 00:00"), "truce", snooze(timedelta(days=30)))]))[2:]) == [
        "11-09 12:00 held truce upcoming 1d desk snoozed",
        "11-10 12:00 delivered truce due 0 desk",
        "11-10 12:00 skipped truce upcoming 1d desk superseded",
    ]


async def test_the_last_snooze_counts_though_it_be_shorter() -> None:
    """What the longer one had put off goes when the shorter one ends, and then everything in its time."""
    taken = watch_list(deadline(leads=("7d", "6d", "5d")))
    deeds = [
        (at("11-03 18:00"), "truce", snooze(timedelta(days=5), "desk")),
        (at("11-04 18:00"), "truce", snooze(timedelta(hours=4), "desk")),
    ]
    assert await rehearsed(taken, deeds=deeds, end=at("11-06 00:00")) == [
        TOLD,
        "11-04 12:00 held truce upcoming 6d desk snoozed",
        "11-04 22:00 delivered truce upcoming 6d desk snoozed",
        "11-05 12:00 delivered truce upcoming 5d desk",
    ]


async def test_a_snooze_in_which_nothing_fell_due_ends_silently() -> None:
    """Nothing missed, nothing said."""
    deeds = [(at("11-04 00:00"), "truce", snooze(timedelta(days=1), channel="desk"))]
    assert await rehearsed(watch_list(deadline(leads=("7d",))), deeds=deeds) == [TOLD]


async def test_a_snooze_that_ends_at_night_is_planned_as_it_goes() -> None:
    """What it put off goes when the quiet hours round its end are over, and no plan says that it goes before."""
    sleeping = channel("desk", quiet=Quiet(start=time(22), end=time(7)))
    taken = watch_list(deadline(leads=("7d", "6d")), channels=[sleeping])
    deeds = [(at("11-03 18:00"), "truce", snooze(timedelta(hours=29)))]
    ledger = Ledger("sqlite://")
    await ledger.open()
    try:
        await rehearse_on(ledger, edition(taken), Script(start=START, end=at("11-04 00:00"), deeds=deeds))
        planned = forecast(taken, at("11-04 00:00"), END, await ledger.known(["truce"]))
    finally:
        await ledger.close()
    found = await happenings(taken, deeds=deeds)
    assert [(one.at, one.lead) for one in planned] == [(at("11-05 07:00"), "6d")]
    assert [(one.at, one.lead) for one in found if one.event == "delivered"][-1] == (at("11-05 07:00"), "6d")


async def test_a_snooze_puts_off_the_opening_of_a_series_too() -> None:
    """The window before the first date opens while snoozed, and is told when the snooze ends."""
    series = deadline(due=noon(20), leads=("17d",), opens=date(2025, 11, 5), repeat="FREQ=MONTHLY")
    deeds = [(at("11-04 00:00"), "truce", snooze(timedelta(days=3), channel="desk"))]
    assert await rehearsed(watch_list(series), deeds=deeds, end=at("11-10 00:00")) == [
        "11-03 12:00 delivered truce upcoming 17d desk",
        "11-05 12:00 held truce opens - desk snoozed",
        "11-07 00:00 delivered truce opens - desk snoozed",
    ]


async def test_a_snooze_takes_back_what_is_being_retried() -> None:
    """A notice that failed waits for the end of the snooze too."""
    lines = await rehearsed(
        BOTH,
        deeds=[(at("11-04 00:00"), "truce", snooze(timedelta(days=1), channel="legal"))],
        answers=[fails("desk", "11-03 00:00", "11-04 06:00")],
        end=at("11-06 00:00"),
    )
    assert [each for each in lines if "desk" in each and " retried " not in each] == [
        "11-04 00:00 held truce upcoming 7d desk snoozed",
        "11-05 00:00 delivered truce upcoming 7d desk snoozed",
    ]


async def test_what_people_did_is_told_in_its_order() -> None:
    """Who snoozes and closes within the same moment is not told of as if it were snoozed after all."""
    names = [f"truce{number}" for number in range(6)]
    taken = watch_list(*(replace(deadline(leads=("7d",)), id=name) for name in names))
    deeds = [(at("11-04 00:00"), name, deed) for deed in (snooze(timedelta(days=1)), closing()) for name in names]
    found = await happenings(taken, deeds=deeds)
    lines = {name: [each.reason for each in found if each.deadline == name and each.lead is None] for name in names}
    assert list(lines.values()) == [["snoozed", None]] * len(names)


async def test_moving_the_date_ends_a_snooze() -> None:
    """The new date is nobody's to be quiet about."""
    later = watch_list(deadline(due=noon(12), leads=("7d", "1d", "0")))
    lines = await rehearsed(
        watch_list(deadline()),
        deeds=[(at("11-04 00:00"), "truce", snooze(timedelta(days=6), channel="desk"))],
        reloads=[(at("11-04 12:00"), later)],
    )
    assert lines == [
        TOLD,
        "11-04 12:01 delivered truce moved - desk",
        "11-05 12:00 delivered truce upcoming 7d desk",
        "11-11 12:00 delivered truce upcoming 1d desk",
        "11-12 12:00 delivered truce due 0 desk",
    ]


async def test_a_snooze_outlasts_a_restart() -> None:
    """The end of a snooze is not forgotten when the daemon is."""
    taken = watch_list(deadline(leads=("7d", "6d", "1d")))
    lines = await rehearsed(
        taken,
        deeds=[(at("11-03 18:00"), "truce", snooze(timedelta(days=2), channel="desk"))],
        downs=[(at("11-04 18:00"), at("11-04 19:00"))],
        end=at("11-06 00:00"),
    )
    assert lines == [
        TOLD,
        "11-04 12:00 held truce upcoming 6d desk snoozed",
        "11-05 18:00 delivered truce upcoming 6d desk snoozed",
    ]


async def test_a_status_that_leaves_open_is_told_once() -> None:
    """Every channel told gets one closed notice, and the rest of the plan ends."""
    met = watch_list(deadline(leads=("7d", "1d"), channels=("desk", "legal"), status=Status.MET))
    lines = await rehearsed(BOTH, reloads=[(at("11-04 00:00"), met), (at("11-05 00:00"), met)])
    assert sorted(lines[2:]) == [
        "11-04 00:00 delivered truce closed - desk",
        "11-04 00:00 delivered truce closed - legal",
    ]


async def test_nobody_told_means_nobody_hears_of_the_closing() -> None:
    """Closed before its first lead, silently."""
    met = watch_list(deadline(leads=("7d", "1d"), status=Status.MET))
    assert await rehearsed(watch_list(deadline(leads=("7d", "1d"))), reloads=[(at("11-02 00:00"), met)]) == []


async def test_a_deadline_first_seen_closed_says_nothing() -> None:
    """It was over before anyone heard of it."""
    assert await rehearsed(watch_list(deadline(status=Status.LAPSED))) == []


async def test_a_retrying_notice_ends_when_the_status_leaves_open() -> None:
    """What could not be told has no point any more."""
    lines = await rehearsed(
        watch_list(deadline(leads=("7d",))),
        reloads=[(at("11-04 00:00"), watch_list(deadline(leads=("7d",), status=Status.MET)))],
        answers=[fails("desk", "11-03 00:00", "11-06 00:00")],
    )
    assert [without_time(each) for each in lines if " retried " not in each] == [
        "skipped truce upcoming 7d desk closed"
    ]


async def test_a_deadline_opened_again_and_closed_again_is_told_again() -> None:
    """Each time the status leaves open is a closing of its own."""
    one, met = watch_list(deadline(leads=("7d",))), watch_list(deadline(leads=("7d",), status=Status.MET))
    reloads = [(at("11-04 00:00"), met), (at("11-05 00:00"), one), (at("11-06 00:00"), met)]
    assert await rehearsed(one, reloads=reloads) == [
        TOLD,
        "11-04 00:00 delivered truce closed - desk",
        "11-06 00:00 delivered truce closed - desk",
    ]


NIGHT = Quiet(start=time(22), end=time(7))
HELD = "11-04 23:00 held truce closed - desk quiet"


def at_night(*statuses: Status) -> tuple[WatchList, list[tuple[datetime, WatchList]]]:
    """A deadline told the day before, and loads with these statuses, one every hour, while the desk sleeps."""
    one, desk = deadline(leads=("7d", "1d")), channel("desk", quiet=NIGHT)
    first, *later = (watch_list(replace(one, status=each), channels=[desk]) for each in (Status.OPEN, *statuses))
    return first, [(at("11-04 23:00") + timedelta(hours=hour), each) for hour, each in enumerate(later)]


async def test_a_closing_not_told_yet_is_taken_back_when_the_deadline_is_open_again() -> None:
    """Nobody hears of it, and the plan goes on."""
    first, reloads = at_night(Status.MET, Status.OPEN)
    assert await rehearsed(first, reloads=reloads) == [
        TOLD,
        HELD,
        "11-05 00:00 skipped truce closed - desk removed",
        "11-09 12:00 delivered truce upcoming 1d desk",
    ]


async def test_a_closing_being_retried_is_taken_back_when_the_deadline_is_open_again() -> None:
    """What the desk could not be told is true no more when it can."""
    one, met = watch_list(deadline(leads=("7d",))), watch_list(deadline(leads=("7d",), status=Status.MET))
    lines = await rehearsed(
        one,
        reloads=[(at("11-04 00:00"), met), (at("11-04 06:00"), one)],
        answers=[fails("desk", "11-04 00:00", "11-04 12:00")],
    )
    assert [each for each in lines if " retried " not in each] == [
        TOLD,
        "11-04 06:00 skipped truce closed - desk removed",
    ]


async def test_a_closing_taken_back_is_told_when_the_deadline_is_closed_after_all() -> None:
    """Closed, opened and closed again before anybody heard: that is told once, as what it is now."""
    first, reloads = at_night(Status.MET, Status.OPEN, Status.LAPSED)
    found = await happenings(first, reloads=reloads)
    assert [line(each) for each in found if each.event != "held"] == [
        TOLD,
        "11-05 00:00 skipped truce closed - desk removed",
        "11-05 07:00 delivered truce closed - desk",
    ]
    assert "closed: lapsed" in (found[-1].text or "")


async def test_a_closing_for_a_channel_that_is_gone_is_skipped() -> None:
    """The desk could not be told, and is not there any more: nobody would ever look at it again."""
    met = watch_list(deadline(leads=("7d",), status=Status.MET))
    without_desk = replace(met, channels={name: one for name, one in met.channels.items() if name != "desk"})
    lines = await rehearsed(
        watch_list(deadline(leads=("7d",))),
        reloads=[(at("11-04 00:00"), met), (at("11-04 06:00"), without_desk)],
        answers=[fails("desk", "11-04 00:00", "11-20 00:00")],
    )
    assert [each for each in lines if " retried " not in each] == [
        TOLD,
        "11-04 06:00 skipped truce closed - desk removed",
    ]


async def test_a_status_that_changes_before_the_closing_was_told_is_told_as_it_is() -> None:
    """Met, then void after all: the desk hears of one closing, and that it is void."""
    first, reloads = at_night(Status.MET, Status.VOID)
    found = await happenings(first, reloads=reloads)
    assert [line(each) for each in found] == [TOLD, HELD, "11-05 07:00 delivered truce closed - desk"]
    assert "closed: void" in (found[-1].text or "")


async def test_a_status_that_changes_after_the_closing_was_told_is_not_told() -> None:
    """Who heard that it is closed needs no second notice of it."""
    one, *others = (watch_list(deadline(leads=("7d",), status=each)) for each in (Status.OPEN, Status.MET, Status.VOID))
    lines = await rehearsed(one, reloads=[*zip((at("11-04 00:00"), at("11-05 00:00")), others, strict=True)])
    assert lines == [TOLD, "11-04 00:00 delivered truce closed - desk"]


async def test_a_person_closing_it_is_told_to_every_channel_told() -> None:
    """The channel they acted from too: it shows what became of the deadline."""
    lines = await rehearsed(BOTH, deeds=[(at("11-04 00:00"), "truce", replace(closing(), channel="desk"))])
    assert sorted(lines[2:]) == [
        "11-04 00:00 delivered truce closed - desk",
        "11-04 00:00 delivered truce closed - legal",
        "11-09 12:00 skipped truce upcoming 1d desk closed",
        "11-09 12:00 skipped truce upcoming 1d legal closed",
    ]


async def test_a_status_set_after_a_person_closed_it_is_not_told_again() -> None:
    """One closing, one notice, however it is written down afterwards."""
    one, met = watch_list(deadline(leads=("7d",))), watch_list(deadline(leads=("7d",), status=Status.MET))
    lines = await rehearsed(one, deeds=[(at("11-04 00:00"), "truce", closing())], reloads=[(at("11-05 00:00"), met)])
    assert lines == [TOLD, "11-04 00:00 delivered truce closed - desk"]


async def test_closing_a_series_concerns_one_occurrence() -> None:
    """The December one goes on as planned."""
    monthly = deadline(due=date(2025, 9, 10), leads=("7d", "0"), repeat="FREQ=MONTHLY;BYMONTHDAY=10")
    lines = await rehearsed(watch_list(monthly), deeds=[(at("11-04 00:00"), "truce", closing())], end=at("12-05 00:00"))
    assert lines == [
        "11-03 09:00 delivered truce upcoming 7d desk",
        "11-04 00:00 delivered truce closed - desk",
        "11-10 09:00 skipped truce due 0 desk closed",
        "12-03 09:00 delivered truce upcoming 7d desk",
    ]


async def test_an_acknowledgement_of_a_series_concerns_the_earliest_told_and_open() -> None:
    """November's passes unanswered: the first acknowledgement is about it, the second about December's."""
    monthly = deadline(due=date(2025, 9, 10), leads=("7d", "0"), repeat="FREQ=MONTHLY;BYMONTHDAY=10")
    acks = [(at("12-04 00:00"), "truce"), (at("12-05 00:00"), "truce")]
    found = await happenings(watch_list(monthly), acks=acks, end=at("12-06 00:00"))
    lines = [each for each in found if each.reason == "acknowledged"]
    assert [date(2025, 11, 10), date(2025, 12, 10)] == [each.due_at.date() for each in lines if each.due_at]


async def test_what_is_done_twice_in_a_hurry_does_not_go_on_to_a_date_nobody_was_told_of() -> None:
    """A retry a moment later is about November's too; later, or by somebody else, it is about December's."""
    monthly = watch_list(deadline(due=date(2025, 9, 10), leads=("7d",), repeat="FREQ=MONTHLY;BYMONTHDAY=10"))
    ack, bob = Deed(action="ack", by="Ann"), replace(closing(), by="Bob")
    assert await dues_of(monthly, [("11-12 00:00", closing()), ("11-12 00:00:40", closing())]) == ["11-10"]
    assert await dues_of(monthly, [("11-12 00:00", ack), ("11-12 00:00:40", ack)]) == ["11-10"]
    assert await dues_of(monthly, [("11-12 00:00", closing()), ("11-12 00:02", closing())]) == ["11-10", "12-10"]
    assert await dues_of(monthly, [("11-12 00:00", closing()), ("11-12 00:00:40", bob)]) == ["11-10", "12-10"]


async def test_what_was_acknowledged_can_be_closed_when_it_has_passed() -> None:
    """Of a series: the next date, of which nobody was told, keeps its reminders until it is closed as well."""
    monthly = watch_list(deadline(due=date(2025, 9, 10), leads=("7d",), repeat="FREQ=MONTHLY;BYMONTHDAY=10"))
    ack = Deed(action="ack", by="Ann")
    assert await dues_of(monthly, [("11-04 00:00", ack), ("11-12 00:00", closing())]) == ["11-10", "11-10"]
    deeds = [("11-04 00:00", ack), ("12-04 00:00", closing()), ("12-04 00:05", closing())]
    assert await dues_of(monthly, deeds) == ["11-10", "12-10", "01-10"]


async def test_dates_that_were_told_can_be_closed_in_a_hurry() -> None:
    """One after the other, the earliest first."""
    monthly = watch_list(deadline(due=date(2025, 9, 10), leads=("7d",), repeat="FREQ=MONTHLY;BYMONTHDAY=10"))
    assert await dues_of(monthly, [("12-04 00:00", closing()), ("12-04 00:00:05", closing())]) == ["11-10", "12-10"]


async def test_a_snooze_of_a_series_concerns_what_can_still_be_snoozed() -> None:
    """November's passed unanswered, yet a snooze puts off December's, of which they had just been told."""
    monthly = deadline(due=date(2025, 9, 10), leads=("7d", "6d", "0"), repeat="FREQ=MONTHLY;BYMONTHDAY=10")
    deeds = [(at("12-03 12:00"), "truce", snooze(timedelta(days=2)))]
    lines = await rehearsed(watch_list(monthly), deeds=deeds, end=at("12-06 00:00"))
    assert lines[-3:] == [
        "12-03 12:00 delivered truce upcoming - desk snoozed",
        "12-04 09:00 held truce upcoming 6d desk snoozed",
        "12-05 12:00 delivered truce upcoming 6d desk snoozed",
    ]


async def test_status_concerns_all_of_a_series() -> None:
    """A series that is over sends nothing for any occurrence."""
    monthly = deadline(due=date(2025, 9, 10), leads=("7d",), repeat="FREQ=MONTHLY;BYMONTHDAY=10")
    over = watch_list(replace(monthly, status=Status.LAPSED))
    lines = await rehearsed(watch_list(monthly), reloads=[(at("11-04 00:00"), over)], end=at("12-31 00:00"))
    assert lines == ["11-03 09:00 delivered truce upcoming 7d desk", "11-04 00:00 delivered truce closed - desk"]


async def test_what_is_derived_from_a_deadline_closed_as_void_ends_with_it() -> None:
    """A person says the source is void: its follow-up is closed too, and who was told of it hears so."""
    taken = watch_list(
        deadline("source", leads=("7d", "0")),
        deadline("child", due=noon(11), leads=("8d", "0"), derived_from="source"),
        deadline("grandchild", due=noon(12), leads=("9d", "0"), derived_from="child"),
    )
    lines = await rehearsed(taken, deeds=[(at("11-04 00:00"), "source", closing(Status.VOID))])
    assert sorted(lines[3:]) == [
        "11-04 00:00 delivered child closed - desk",
        "11-04 00:00 delivered grandchild closed - desk",
        "11-04 00:00 delivered source closed - desk",
        "11-10 12:00 skipped source due 0 desk closed",
    ]


async def test_what_is_derived_from_a_deadline_that_was_met_goes_on() -> None:
    """Only a void source takes its follow-ups with it."""
    taken = watch_list(
        deadline("source", leads=("7d",)),
        deadline("child", due=noon(11), leads=("0",), derived_from="source"),
    )
    lines = await rehearsed(taken, deeds=[(at("11-04 00:00"), "source", closing(Status.MET))])
    assert lines[-1] == "11-11 12:00 delivered child due 0 desk"


async def test_what_is_derived_from_a_void_source_stays_closed_over_a_restart() -> None:
    """The ledger remembers why."""
    taken = watch_list(
        deadline("source", leads=("7d",)),
        deadline("child", due=noon(11), leads=("8d", "0"), derived_from="source"),
    )
    lines = await rehearsed(
        taken,
        deeds=[(at("11-04 00:00"), "source", closing(Status.VOID))],
        downs=[(at("11-05 00:00"), at("11-06 00:00"))],
    )
    assert sorted(lines[2:]) == [
        "11-04 00:00 delivered child closed - desk",
        "11-04 00:00 delivered source closed - desk",
    ]
