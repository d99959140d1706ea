"""Quiet hours hold what could not be delivered before they began, however it came to wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from alerter.domain.notices.outcome import Cause, Retry
from alerter.domain.planning.channel import Channel, Quiet
from alerter.domain.planning.deadline import Severity
from alerter.domain.planning.watchlist import WatchList
from tests.watching import (
    at,
    channel,
    deadline,
    digest,
    fails,
    happenings,
    line,
    rehearsed,
    watch_list,
    without_time,
)

NIGHT = Quiet(start=time(22), end=time(7))
DESK = channel("desk", quiet=NIGHT)
EVENING = deadline(leads=("7d @ 21:50",))
OUT = fails("desk", "11-03 21:00", "11-04 03:00")


def quietly(*deadlines: Any, desk: Channel = DESK, **more: Any) -> WatchList:
    """A watch list for a desk where nights are quiet."""
    return watch_list(*deadlines, channels=[desk], **more)


def but_retries(lines: Sequence[str]) -> list[str]:
    """What became of each notice in the end, and where it was held, without the attempts that failed."""
    return [each for each in lines if " retried " not in each]


async def test_what_is_refused_in_the_evening_waits_for_the_morning() -> None:
    """It is held once, from when it would have been tried again; late it is from its planned instant."""
    found = await happenings(quietly(EVENING), answers=[OUT], end=at("11-05 00:00"))
    held, delivered = [each for each in found if each.event != "retried"]
    assert at("11-03 22:00") <= held.at < at("11-03 22:15")
    assert without_time(line(held)) == "held truce upcoming 7d @ 21:50 desk quiet"
    assert line(delivered) == "11-04 07:00 delivered truce upcoming 7d @ 21:50 desk"
    assert delivered.late_by == (9 * 60 + 10) * 60
    assert all(each.at < at("11-03 22:00") for each in found if each.event == "retried")


async def test_what_waited_for_a_failing_channel_does_not_go_when_it_opens_at_night() -> None:
    """None of it was ever tried: the channel was paused by what came before."""
    waiting = [deadline(f"d{number}", leads=("7d @ 21:55",)) for number in range(7)]
    lines = await rehearsed(quietly(EVENING, *waiting), answers=[OUT], end=at("11-05 00:00"))
    found = [each for each in but_retries(lines) if "21:55" in each]
    assert {each for each in found if "delivered" in each} == {
        f"11-04 07:00 delivered {one.id} upcoming 7d @ 21:55 desk" for one in waiting
    }
    assert len([each for each in found if "held" in each]) == len(waiting)


async def test_what_a_channel_asked_to_hold_does_not_go_at_night() -> None:
    """An hour's Retry-After ends in quiet hours."""
    later = Retry(detail="429", cause=Cause.RATE_LIMITED, retry_after=timedelta(hours=1))
    other = deadline("other", leads=("7d @ 21:55",))
    lines = await rehearsed(
        quietly(EVENING, other), answers=[("desk", at("11-03 21:50"), at("11-03 21:51"), later)], end=at("11-05 00:00")
    )
    assert but_retries(lines) == [
        "11-03 22:50 held other upcoming 7d @ 21:55 desk quiet",
        "11-03 22:50 held truce upcoming 7d @ 21:50 desk quiet",
        "11-04 07:00 delivered other upcoming 7d @ 21:55 desk",
        "11-04 07:00 delivered truce upcoming 7d @ 21:50 desk",
    ]


@pytest.mark.parametrize(
    ("subject", "last"),
    [
        (replace(EVENING, severity=Severity.CRITICAL), "7d @ 21:50"),
        (deadline(due=datetime.fromisoformat("2025-11-04T06:30"), leads=("520m",)), "520m"),
    ],
    ids=["critical", "due before they end"],
)
async def test_what_quiet_hours_never_hold_is_tried_all_night(subject: Any, last: str) -> None:
    """Within a quarter of an hour of the channel being back it is there."""
    found = await happenings(quietly(subject), answers=[OUT], end=at("11-05 00:00"))
    delivered = [each for each in found if each.event == "delivered" and each.lead == last]
    assert [at("11-04 03:00") <= each.at < at("11-04 03:15") for each in delivered] == [True]
    assert [each for each in found if each.event == "held"] == []


async def test_what_its_due_instant_was_to_save_from_quiet_hours_is_held_once_that_has_passed() -> None:
    """The channel is back too late: nothing is lost by the morning."""
    due = datetime.fromisoformat("2025-11-04T02:00")
    lines = await rehearsed(quietly(deadline(due=due, leads=("4h",))), answers=[OUT], end=at("11-05 00:00"))
    held, delivered = but_retries(lines)
    assert without_time(held) == "held truce upcoming 4h desk quiet"
    assert "11-04 02:00" <= held < "11-04 02:15"
    assert delivered == "11-04 07:00 delivered truce upcoming 4h desk"


async def test_a_move_that_could_not_be_told_waits_for_the_morning() -> None:
    """What tells of something that happened is as quiet."""
    moved = deadline(due=datetime.fromisoformat("2025-11-20T12:00"), leads=("7d",))
    lines = await rehearsed(
        quietly(deadline(leads=("7d",))),
        reloads=[(at("11-03 21:49"), quietly(moved))],
        answers=[fails("desk", "11-03 21:00", "11-04 03:00")],
        end=at("11-05 00:00"),
    )
    assert [without_time(each) for each in but_retries(lines)[1:]] == [
        "held truce moved - desk quiet",
        "delivered truce moved - desk",
    ]
    assert lines[-1].startswith("11-04 07:00")


async def test_a_digest_that_could_not_be_sent_waits_for_the_morning() -> None:
    """It is as late as it is."""
    found = await happenings(
        quietly(digests=[digest(cron="50 21 3 11 *")]), answers=[OUT], start=at("11-03 12:00"), end=at("11-05 00:00")
    )
    assert (line(found[-1]), found[-1].late_by) == ("11-04 07:00 delivered - digest - desk", (9 * 60 + 10) * 60)


async def test_a_problem_is_told_at_night() -> None:
    """As it is where it can be told at once."""
    taken = watch_list(
        deadline(leads=("7d @ 21:50",), channels=("legal",)), channels=[channel("pager", quiet=NIGHT)], ops=["pager"]
    )
    mend = fails("legal", "11-03 21:00", "11-04 12:00", Cause.NEEDS_PERSON)
    lines = await rehearsed(taken, answers=[mend, fails("pager", "11-03 21:00", "11-04 03:00")], end=at("11-04 04:00"))
    told = [each for each in but_retries(lines) if "pager" in each]
    assert {without_time(each) for each in told} == {"delivered - problem - pager"}
    assert "11-04 03:00" <= told[0] < "11-04 03:15"


async def test_what_quiet_hours_hold_is_not_given_up_unheard() -> None:
    """A weekend is longer than the day it would have been tried for: on Monday it is tried once more."""
    weekend = channel("desk", quiet=Quiet(start=time(22), end=time(7), days=frozenset({5, 6})))
    friday = watch_list(digests=[digest(cron="50 21 7 11 *")], channels=[weekend])
    for until, last in (("11-08 12:00", "delivered - digest - desk"), ("11-12 00:00", "dead - digest - desk gave-up")):
        lines = await rehearsed(friday, answers=[fails("desk", "11-07 21:00", until)], end=at("11-12 00:00"))
        held, end = but_retries(lines)
        assert (without_time(held), end) == ("held - digest - desk quiet", f"11-10 07:00 {last}")


async def test_a_bundle_waits_unless_a_part_of_it_may_not() -> None:
    """What falls due at six in the morning takes the others along."""
    desk = replace(DESK, bundle_over=2)
    soon = deadline("soon", due=datetime.fromisoformat("2025-11-04T06:00"), leads=("490m",))
    others = [deadline(f"d{number}", leads=("7d @ 21:50",)) for number in range(3)]
    for taken, hour in ((others, "11-04 07:00"), ([*others, soon], "11-04 03:")):
        found = await happenings(quietly(*taken, desk=desk), answers=[OUT], end=at("11-05 00:00"))
        delivered = [each for each in found if each.event == "delivered"]
        assert len(delivered) == len(taken)
        assert len({each.subject for each in delivered}) == 1
        assert all(line(each).startswith(hour) for each in delivered)


@pytest.mark.parametrize(
    ("until", "reloaded", "delivered"),
    [
        (time(6), "11-03 23:30", "11-04 06:00"),
        (time(6), "11-04 06:30", "11-04 06:30"),
        (time(8), "11-03 23:30", "11-04 08:00"),
        (None, "11-03 23:30", "11-03 23:30"),
    ],
)
async def test_quiet_hours_that_change_count_for_what_they_hold(
    until: time | None, reloaded: str, delivered: str
) -> None:
    """What would be too early now is held on, and what may go goes."""
    desk = replace(DESK, quiet=replace(NIGHT, end=until) if until is not None else None)
    lines = await rehearsed(
        quietly(EVENING),
        reloads=[(at(reloaded), quietly(EVENING, desk=desk))],
        answers=[fails("desk", "11-03 21:00", "11-03 22:00")],
        end=at("11-05 00:00"),
    )
    assert lines[-1] == f"{delivered} delivered truce upcoming 7d @ 21:50 desk"


async def test_what_quiet_hours_hold_stays_held_through_a_change_of_address() -> None:
    """The new address is tried in the morning."""
    moved = quietly(EVENING, desk=replace(DESK, address="another"))
    lines = await rehearsed(
        quietly(EVENING), reloads=[(at("11-03 23:30"), moved)], answers=[OUT], end=at("11-05 00:00")
    )
    assert lines[-1] == "11-04 07:00 delivered truce upcoming 7d @ 21:50 desk"


async def test_the_fallback_of_what_quiet_hours_hold_is_late_from_when_that_could_go() -> None:
    """What was first seen a quarter of an hour before, and what was planned then."""
    new = deadline("new", leads=("30d",))
    desk = replace(DESK, fallback="legal")
    found = await happenings(
        quietly(EVENING, desk=desk),
        reloads=[(at("11-03 21:50"), quietly(EVENING, new, desk=desk))],
        answers=[OUT],
        end=at("11-05 00:00"),
    )
    told = {each.deadline: (each.at, each.late_by) for each in found if each.channel == "legal"}
    assert told == dict.fromkeys(("truce", "new"), (at("11-03 22:05"), 15 * 60))
    assert [each.late_by for each in found if each.event == "delivered" and each.channel == "desk"] == [
        0,
        (9 * 60 + 10) * 60,
    ]
