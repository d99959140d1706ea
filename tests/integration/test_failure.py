"""Channels that do not work: retries, replacement, giving up, fallbacks, and a channel that is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest

from alerter.domain.decisions.acting import Deed
from alerter.domain.decisions.retry import backoff
from alerter.domain.notices.notice import notice_id
from alerter.domain.notices.outcome import Cause, Outcome, Refused, Retry
from alerter.domain.planning.channel import Channel, Quiet
from alerter.domain.planning.deadline import CatchUp, OnAck, Overdue, Status
from tests.watching import (
    at,
    channel,
    deadline,
    digest,
    down,
    escalation,
    fails,
    happenings,
    line,
    noon,
    rehearsed,
    watch_list,
    without_time,
)

REFUSED = Refused(detail="no such thing")
GONE = Refused(detail="410 Gone", closes_channel=True)
WEEK = watch_list(deadline(leads=("7d",)))


def told(lines: list[str]) -> list[str]:
    """All but the single attempts that failed."""
    return [without_time(each) for each in lines if " retried " not in each]


async def test_a_failed_notice_is_delivered_when_the_channel_works_again() -> None:
    """It is tried until it arrives, under one id."""
    found = await happenings(WEEK, answers=[fails("desk", "11-03 00:00", "11-03 13:00")])
    assert (found[-1].event, len({each.notice for each in found})) == ("delivered", 1)


async def test_waits_between_attempts_stay_within_bounds() -> None:
    """No attempt comes later than a quarter of an hour after the one before it."""
    found = await happenings(WEEK, answers=[fails("desk", "11-03 00:00", "11-03 18:00")])
    waits = [later.at - sooner.at for sooner, later in pairwise(found)]
    assert max(waits) <= timedelta(minutes=15)


async def test_a_short_outage_makes_a_notice_late_by_little_more_than_itself() -> None:
    """A channel that comes back after two minutes is found out of its rest within as long again."""
    found = await happenings(WEEK, answers=[fails("desk", "11-03 00:00", "11-03 12:02")])
    assert found[-1].at <= at("11-03 12:04")


async def test_a_channel_that_a_person_must_mend_rests_the_longest_at_once() -> None:
    """Trying a refused login again soon mends nothing."""
    found = await happenings(WEEK, answers=[fails("desk", "11-03 00:00", "11-03 13:00", Cause.NEEDS_PERSON)])
    assert {later.at - sooner.at for sooner, later in pairwise(found[:-1])} == {timedelta(minutes=15)}


async def test_a_rehearsal_of_failures_is_the_same_each_time() -> None:
    """Jitter follows from the notice's id."""
    script = [fails("desk", "11-03 00:00", "11-03 18:00")]
    assert await rehearsed(WEEK, answers=script) == await rehearsed(WEEK, answers=script)


async def test_a_tighter_lead_replaces_one_still_being_retried() -> None:
    """A channel out of order over two leads hears of the tighter one only."""
    taken = watch_list(deadline(leads=("168h", "167h")))
    lines = await rehearsed(taken, answers=[fails("desk", "11-03 00:00", "11-03 15:00")])
    assert told(lines) == ["skipped truce upcoming 168h desk superseded", "delivered truce upcoming 167h desk"]


async def test_under_all_nothing_replaces_what_is_being_retried() -> None:
    """With `catch_up = "all"` both arrive."""
    taken = watch_list(deadline(leads=("168h", "167h"), catch_up=CatchUp.ALL))
    lines = await rehearsed(taken, answers=[fails("desk", "11-03 00:00", "11-03 15:00")])
    assert sorted(told(lines)) == ["delivered truce upcoming 167h desk", "delivered truce upcoming 168h desk"]


async def test_one_channels_trouble_delays_no_other() -> None:
    """Legal hears on time while the desk is out of order."""
    taken = watch_list(deadline(leads=("7d",), channels=("desk", "legal")))
    lines = await rehearsed(taken, answers=[fails("desk", "11-01 00:00", "11-20 00:00")], end=at("11-03 13:00"))
    assert "11-03 12:00 delivered truce upcoming 7d legal" in lines


async def test_a_notice_is_given_up_some_time_after_its_due_instant() -> None:
    """`give_up_after` counts from the due instant where that is later than the planned one."""
    impatient = channel("desk", give_up_after=timedelta(minutes=10))
    taken = watch_list(deadline(leads=("5m",)), channels=[impatient])
    found = await happenings(taken, answers=[fails("desk", "11-01 00:00", "11-20 00:00")])
    dead = [each for each in found if each.event == "dead"]
    assert [(each.reason, at("11-10 12:09") < each.at <= at("11-10 12:11")) for each in dead] == [("gave-up", True)]


async def test_a_refused_notice_is_dead_at_once_and_ops_hear_of_it() -> None:
    """A refusal for good is not tried again."""
    taken = watch_list(deadline(leads=("7d",), channels=("desk", "legal")), ops=["pager"])
    lines = await rehearsed(taken, answers=[("desk", at("11-01 00:00"), at("11-20 00:00"), REFUSED)])
    assert sorted(lines) == [
        "11-03 12:00 dead truce upcoming 7d desk refused",
        "11-03 12:00 delivered - problem - pager",
        "11-03 12:00 delivered truce upcoming 7d legal",
    ]


async def test_without_ops_the_deadlines_other_channels_hear_of_a_dead_notice() -> None:
    """Nobody to run it: whoever else is told of the deadline learns that the desk was not."""
    taken = watch_list(deadline(leads=("7d",), channels=("desk", "legal")))
    lines = await rehearsed(taken, answers=[("desk", at("11-01 00:00"), at("11-20 00:00"), REFUSED)])
    assert "11-03 12:00 delivered - problem - legal" in lines


async def test_the_deadlines_other_channels_hear_of_it_where_ops_is_the_one_that_failed() -> None:
    """An `ops` channel that cannot be told of its own trouble is as none."""
    taken = watch_list(deadline(leads=("7d",), channels=("desk", "legal")), ops=["desk"])
    lines = await rehearsed(taken, answers=[("desk", at("11-01 00:00"), at("11-20 00:00"), REFUSED)])
    assert "11-03 12:00 delivered - problem - legal" in lines


async def test_ops_hear_at_once_of_what_a_person_must_mend() -> None:
    """A refused login is retried slowly and told at the first failure, once an hour at most."""
    mend = Retry(detail="401", cause=Cause.NEEDS_PERSON)
    taken = watch_list(deadline(leads=("7d",)), ops=["pager"])
    lines = await rehearsed(
        taken, answers=[("desk", at("11-01 00:00"), at("11-03 12:50"), mend)], end=at("11-03 14:00")
    )
    assert [each for each in lines if "pager" in each] == ["11-03 12:00 delivered - problem - pager"]


async def test_a_late_notice_is_also_told_through_the_fallback() -> None:
    """After `fallback_after` the other channel is told; the original goes on being tried."""
    taken = watch_list(deadline(leads=("7d",)), channels=[channel("desk", fallback="legal")])
    lines = await rehearsed(taken, answers=[fails("desk", "11-03 00:00", "11-03 13:00")])
    assert [each for each in lines if "legal" in each] == ["11-03 12:15 delivered truce upcoming 7d legal fallback"]
    assert told(lines)[-1] == "delivered truce upcoming 7d desk"


async def test_a_dead_notice_is_told_through_the_fallback_at_once() -> None:
    """There is nothing to wait for."""
    taken = watch_list(deadline(leads=("7d",)), channels=[channel("desk", fallback="legal")])
    lines = await rehearsed(taken, answers=[("desk", at("11-01 00:00"), at("11-20 00:00"), REFUSED)])
    assert "11-03 12:00 delivered truce upcoming 7d legal fallback" in lines


async def test_a_fallback_is_as_late_as_the_other_channel_was() -> None:
    """What was just learned of counts from then, not from its lead, which had passed."""
    known, new = deadline("known", leads=("7d",)), deadline("new", leads=("30d",))
    taken = watch_list(known, new, channels=[channel("desk", fallback="legal")])
    found = await happenings(
        taken, answers=[fails("desk", "11-03 00:00", "11-04 00:00")], start=at("11-03 11:00"), end=at("11-03 13:00")
    )
    late = {each.deadline: each.late_by for each in found if each.reason == "fallback"}
    assert late == {"known": 15 * 60, "new": 15 * 60}


async def test_the_fallback_of_a_dead_notice_is_as_late_as_that_was() -> None:
    """What was first seen or planned anew is never late for that; what a downtime made late stays so."""
    new, known = deadline("new", leads=("30d",)), deadline("known", leads=("7d",))
    replanned, as_it_was = deadline("replanned", leads=("8d",)), deadline("replanned", leads=("1d",))
    channels = [channel("desk", fallback="legal")]
    found = await happenings(
        watch_list(known, as_it_was, channels=channels),
        start=at("11-01 00:00"),
        end=at("11-04 00:00"),
        downs=[down("11-03 11:00", "11-03 15:00")],
        reloads=[(at("11-03 16:00"), watch_list(known, replanned, new, channels=channels))],
        answers=[
            ("desk", at("11-01 00:00"), at("11-03 16:00"), REFUSED),
            fails("desk", "11-03 16:00", "11-03 16:01"),
            ("desk", at("11-03 16:01"), at("11-04 00:00"), REFUSED),
        ],
    )
    late = {each.deadline: each.late_by for each in found if each.reason == "fallback"}
    assert (late.pop("known"), set(late)) == (3 * 3600, {"new", "replanned"})
    assert all(60 <= seconds < 300 for seconds in late.values())


async def test_under_all_too_a_fallback_is_never_late_from_a_lead_that_had_passed() -> None:
    """What was first seen or planned anew counts from then, whether its own channel waits or refused it."""
    new = deadline("new", leads=("30d",), catch_up=CatchUp.ALL)
    replanned, as_it_was = (deadline("replanned", leads=(lead,), catch_up=CatchUp.ALL) for lead in ("8d", "1d"))
    channels = [channel("desk", fallback="legal")]
    always = at("11-01 00:00"), at("11-04 00:00")
    for answer, seconds in ((fails("desk", "11-01 00:00", "11-04 00:00"), 15 * 60), (("desk", *always, REFUSED), 0)):
        found = await happenings(
            watch_list(as_it_was, channels=channels),
            end=always[1],
            reloads=[(at("11-03 12:00"), watch_list(replanned, new, channels=channels))],
            answers=[answer],
        )
        late = {each.deadline: each.late_by for each in found if each.reason == "fallback"}
        assert late == {"new": seconds, "replanned": seconds}


async def test_under_all_a_missed_notice_stays_late_through_the_fallback() -> None:
    """A downtime of three hours, and a quarter of an hour until the fallback."""
    known = deadline(leads=("7d",), catch_up=CatchUp.ALL)
    found = await happenings(
        watch_list(known, channels=[channel("desk", fallback="legal")]),
        end=at("11-04 00:00"),
        downs=[down("11-03 11:00", "11-03 15:00")],
        answers=[fails("desk", "11-01 00:00", "11-04 00:00")],
    )
    assert [each.late_by for each in found if each.reason == "fallback"] == [3 * 3600 + 15 * 60]


async def test_a_fallbacks_id_follows_from_the_originals_and_the_channel() -> None:
    """It is a notice of its own."""
    taken = watch_list(deadline(leads=("7d",)), channels=[channel("desk", fallback="legal")])
    found = await happenings(taken, answers=[("desk", at("11-01 00:00"), at("11-20 00:00"), REFUSED)])
    original = next(each.notice for each in found if each.event == "dead")
    assert [notice_id(original, "legal")] == [each.notice for each in found if each.reason == "fallback"]


async def test_a_fallback_that_has_the_lead_anyway_is_not_told_twice() -> None:
    """Legal is a channel of the deadline itself."""
    taken = watch_list(
        deadline(leads=("7d",), channels=("desk", "legal")), channels=[channel("desk", fallback="legal")]
    )
    lines = await rehearsed(taken, answers=[fails("desk", "11-03 00:00", "11-03 13:00")])
    assert [each for each in lines if "legal" in each] == ["11-03 12:00 delivered truce upcoming 7d legal"]


async def test_a_fallback_that_only_has_another_lead_is_told() -> None:
    """Legal hears of the last day by escalation, and of the week by fallback."""
    taken = watch_list(
        deadline(leads=("7d",), escalate=(escalation("1d", "legal"),)), channels=[channel("desk", fallback="legal")]
    )
    lines = await rehearsed(taken, answers=[fails("desk", "11-03 00:00", "11-03 13:00")])
    assert [each for each in lines if "legal" in each] == [
        "11-03 12:15 delivered truce upcoming 7d legal fallback",
        "11-09 12:00 delivered truce upcoming 1d legal",
    ]


@pytest.mark.parametrize("acknowledged_at", ["11-08 12:00", "11-09 12:05"])
async def test_a_fallback_whose_escalation_an_acknowledgement_ended_is_told(acknowledged_at: str) -> None:
    """Before the lead, or while both channels are still trying: the lead itself goes on, and only there."""
    taken = watch_list(
        deadline(leads=("7d", "1d"), on_ack=OnAck.LEADS, escalate=(escalation("1d", "legal"),)),
        channels=[channel("desk", fallback="legal")],
    )
    lines = await rehearsed(
        taken,
        answers=[fails("desk", "11-09 00:00", "11-11 00:00"), fails("legal", "11-09 00:00", "11-09 12:14:59")],
        deeds=[(at(acknowledged_at), "truce", Deed(action="ack", by="Ada"))],
        end=at("11-10 00:00"),
    )
    heard = [each for each in lines if "delivered truce upcoming 1d legal" in each]
    assert heard == ["11-09 12:15 delivered truce upcoming 1d legal fallback"]


async def test_a_fallback_taken_away_is_no_endless_search() -> None:
    """Where the other channel is gone by then, nothing is told and the original goes on."""
    first = watch_list(deadline(leads=("7d",)), channels=[channel("desk", fallback="legal")])
    then = watch_list(deadline(leads=("7d",)), channels=[channel("desk")])
    lines = await rehearsed(
        first, reloads=[(at("11-03 12:10"), then)], answers=[fails("desk", "11-03 00:00", "11-03 13:00")]
    )
    assert told(lines) == ["delivered truce upcoming 7d desk"]


async def test_a_tighter_notice_replaces_one_that_a_fallback_still_tries() -> None:
    """After an outage of both it tells how things stand, once; the other is said to be replaced."""
    taken = watch_list(deadline(leads=("7d", "1d")), channels=[channel("desk", fallback="legal")])
    lines = await rehearsed(
        taken, answers=[("desk", *ALWAYS, REFUSED), fails("legal", "11-03 00:00", "11-09 13:00")], end=at("11-10 00:00")
    )
    assert [each for each in told(lines) if " legal " in each] == [
        "skipped truce upcoming 7d legal superseded",
        "delivered truce upcoming 1d legal fallback",
    ]


CHAIN = [channel("desk", fallback="legal"), channel("legal", fallback="pager")]
ALWAYS = at("11-01 00:00"), at("11-20 00:00")


async def test_a_fallback_that_fails_too_has_its_own_fallback() -> None:
    """Along the chain each waits for its own time, or not at all where the one before it is dead."""
    taken = watch_list(deadline(leads=("7d",)), channels=CHAIN)
    late = [fails(name, "11-03 00:00", "11-03 13:00") for name in ("desk", "legal")]
    dead = [(name, *ALWAYS, REFUSED) for name in ("desk", "legal")]
    for answers, minute in ((late, 30), (dead, 0)):
        lines = await rehearsed(taken, answers=answers)
        delivered = f"11-03 12:{minute:02} delivered truce upcoming 7d pager fallback"
        assert [each for each in lines if "truce" in each and "pager" in each] == [delivered]


async def test_each_link_of_a_chain_is_called_after_the_one_before_it() -> None:
    """Each is a notice of its own, of its original's id and its channel."""
    taken = watch_list(deadline(leads=("7d",)), channels=CHAIN)
    found = await happenings(taken, answers=[(name, *ALWAYS, REFUSED) for name in ("desk", "legal")])
    ids = {each.channel: each.notice for each in found if each.deadline}
    assert ids["legal"] == notice_id(ids["desk"], "legal")
    assert ids["pager"] == notice_id(ids["legal"], "pager")


async def test_channels_that_stand_in_for_each_other_are_asked_once_each() -> None:
    """A circle of fallbacks ends where it began."""
    circle = [*CHAIN, channel("pager", fallback="desk")]
    taken = watch_list(deadline(leads=("7d",)), channels=circle, digests=[digest(cron="0 8 1 * *")], ops=["desk"])
    found = await happenings(taken, answers=[(each.name, *ALWAYS, REFUSED) for each in circle])
    dead = Counter((each.kind, each.channel) for each in found if each.event == "dead")
    assert [dead[kind, each.name] for kind in ("deadline.upcoming", "digest") for each in circle] == [1] * 6
    assert {each.event for each in found} == {"dead"}


@pytest.mark.parametrize(
    ("has_it", "told_as"),
    [
        ({"leads": ("7d",), "channels": ("desk", "pager")}, "11-03 14:00 delivered truce upcoming 7d pager"),
        ({"leads": ("7d",), "escalate": (escalation("7d", "pager"),)}, "11-03 14:00 delivered truce upcoming 7d pager"),
        (
            {"leads": (), "channels": ("desk", "pager"), "overdue": Overdue(every=timedelta(days=1), times=1)},
            "11-11 14:00 delivered truce overdue - pager",
        ),
    ],
)
async def test_the_end_of_a_chain_that_has_the_lead_anyway_is_not_told_twice(
    has_it: dict[str, Any], told_as: str
) -> None:
    """Its own notice may still be held by quiet hours when the one before it fails."""
    quiet = channel("pager", quiet=Quiet(start=time(11), end=time(14)))
    taken = watch_list(deadline(**has_it), channels=[*CHAIN, quiet])
    lines = await rehearsed(
        taken, answers=[(name, *ALWAYS, REFUSED) for name in ("desk", "legal")], end=at("11-12 00:00")
    )
    assert [each for each in lines if "truce" in each and "pager" in each and "delivered" in each] == [told_as]


async def test_a_fallback_of_several_channels_is_told_a_thing_once() -> None:
    """Two that are dead at once, or one after the other, have the same to tell."""
    channels = [channel(name, fallback="pager") for name in ("desk", "legal")]
    taken = watch_list(deadline(leads=("7d",), channels=("desk", "legal")), channels=channels)
    for answer in (("legal", *ALWAYS, REFUSED), fails("legal", "11-03 00:00", "11-03 13:00")):
        lines = await rehearsed(taken, answers=[("desk", *ALWAYS, REFUSED), answer])
        assert [each for each in lines if "upcoming" in each and "pager" in each] == [
            "11-03 12:00 delivered truce upcoming 7d pager fallback"
        ]


async def test_who_was_told_at_the_end_of_a_chain_hears_once_what_became_of_it() -> None:
    """Of an acknowledgement and of a closing, in its own right: not from those that fail as well."""
    taken = watch_list(deadline(leads=("7d",)), channels=CHAIN)
    lines = await rehearsed(
        taken,
        answers=[(name, *ALWAYS, REFUSED) for name in ("desk", "legal")],
        deeds=[
            (at("11-04 12:00"), "truce", Deed(action="ack", by="Ada")),
            (at("11-05 12:00"), "truce", Deed(action="close", by="Ada", status=Status.MET)),
        ],
    )
    heard = [each for each in lines if "pager" in each and "problem" not in each]
    assert heard[0] == "11-03 12:00 delivered truce upcoming 7d pager fallback"
    assert [each[:11] for each in heard[1:]] == ["11-04 12:00", "11-05 12:00"]


async def test_a_channel_that_is_gone_is_closed_for_what_follows() -> None:
    """After a 410 the next notice is dead without being sent there, also when the receiver would answer."""
    taken = watch_list(deadline(leads=("7d", "6d")))
    lines = await rehearsed(taken, answers=[("desk", at("11-03 12:00"), at("11-03 13:00"), GONE)])
    assert lines == [
        "11-03 12:00 dead truce upcoming 7d desk refused",
        "11-04 12:00 dead truce upcoming 6d desk refused",
    ]


async def test_c7_a_channel_that_was_gone_opens_with_its_new_address() -> None:
    """The dead notice comes back, and goes to the new address."""
    before = watch_list(deadline(leads=("7d",)), channels=[channel("desk", address="old")])
    after = watch_list(deadline(leads=("7d",)), channels=[channel("desk", address="new")])
    lines = await rehearsed(
        before,
        reloads=[(at("11-05 00:00"), after)],
        answers=[("desk", at("11-03 12:00"), at("11-03 13:00"), GONE)],
    )
    assert told(lines) == ["dead truce upcoming 7d desk refused", "delivered truce upcoming 7d desk"]


async def test_what_was_new_when_the_address_was_wrong_is_not_late_at_the_right_one() -> None:
    """The first mistake that people make is not to tell them that their first message is weeks late."""
    before = watch_list(deadline(leads=("30d",)), channels=[channel("desk", address="old")])
    after = watch_list(deadline(leads=("30d",)), channels=[channel("desk", address="new")])
    found = await happenings(
        before,
        start=at("11-01 00:00"),
        reloads=[(at("11-01 09:00"), after)],
        answers=[("desk", at("11-01 00:00"), at("11-01 09:00"), REFUSED)],
    )
    assert [(each.event, each.late_by) for each in found] == [("dead", 0), ("delivered", 0)]


async def test_a_new_address_or_password_is_tried_at_once() -> None:
    """Neither the notice nor the channel waits out what the old one brought on it."""
    before = watch_list(deadline(leads=("7d",)), channels=[channel("desk", address="old")])
    after = watch_list(deadline(leads=("7d",)), channels=[channel("desk", address="new")])
    found = await happenings(
        before,
        reloads=[(at("11-03 12:20"), after)],
        answers=[fails("desk", "11-03 12:00", "11-03 12:20", Cause.NEEDS_PERSON)],
    )
    assert [(each.at, each.event) for each in found] == [
        (at("11-03 12:00"), "retried"),
        (at("11-03 12:15"), "retried"),
        (at("11-03 12:20"), "delivered"),
    ]


async def test_b12_a_name_that_was_unknown_for_a_while_costs_a_quarter_of_an_hour_at_most() -> None:
    """What a person must mend is tried at the cap: ten minutes of it are over within the next quarter of an hour."""
    unknown = Retry(detail="the host name is not known", cause=Cause.NEEDS_PERSON)
    found = await happenings(WEEK, answers=[("desk", at("11-03 12:00"), at("11-03 12:10"), unknown)])
    delivered = [each.at for each in found if each.event == "delivered"]
    assert [at("11-03 12:10") <= each <= at("11-03 12:25") for each in delivered] == [True]


async def test_b17_a_flapping_receiver_gets_it_once_within_the_bounds_of_jitter() -> None:
    """Two failures, then yes: the second attempt within 5 s of the first, the third within 10 s of that."""
    answers = [fails("desk", "11-03 12:00:00", "11-03 12:00:00.000001")]
    first, second = await happenings(WEEK, answers=answers)
    third = first.at + (second.at - first.at) / 2, second.at + timedelta(microseconds=1)
    again = [*answers, ("desk", *third, Retry(detail="502", is_ambiguous=True))]
    found = await happenings(WEEK, answers=again)
    waits = [later.at - sooner.at for sooner, later in pairwise(found)]
    assert [each.event for each in found] == ["retried", "retried", "delivered"]
    assert [
        wait <= bound for wait, bound in zip(waits, (timedelta(seconds=5), timedelta(seconds=10)), strict=True)
    ] == [
        True,
        True,
    ]


async def test_b18_an_outage_over_three_leads_ends_in_the_tightest() -> None:
    """Three days without the desk: one message when it is back, the most imminent; the others are replaced by it."""
    taken = watch_list(deadline(leads=("4d", "3d", "2d")))
    lines = await rehearsed(taken, answers=[fails("desk", "11-06 00:00", "11-08 18:00")], end=at("11-10 00:00"))
    assert told(lines) == [
        "skipped truce upcoming 4d desk superseded",
        "skipped truce upcoming 3d desk superseded",
        "delivered truce upcoming 2d desk",
    ]


async def test_d1_a_greylisted_mail_waits_a_minute() -> None:
    """A server that asks for patience is not asked again within the minute."""
    grey = Retry(detail="451 4.7.1", retry_after=timedelta(seconds=60))
    found = await happenings(WEEK, answers=[("desk", at("11-03 12:00"), at("11-03 12:00:01"), grey)])
    assert [each.event for each in found] == ["retried", "delivered"]
    assert timedelta(seconds=60) <= found[1].at - found[0].at <= timedelta(seconds=65)


def test_j5_retries_of_many_spread_evenly() -> None:
    """Two hundred that failed together come back all over their bound: the Kolmogorov-Smirnov test finds no period."""
    count, bound = 200, timedelta(minutes=15)
    now = at("11-03 12:00")
    for attempt in (9, 10):
        waits = sorted(backoff(f"ntc_{number}", attempt, None, now) / bound for number in range(count))
        distance = max(max((n + 1) / count - wait, wait - n / count) for n, wait in enumerate(waits))
        assert distance < 1.63 / count**0.5  # the bound of the test at 1 %


async def test_j6_a_thousand_dead_notices_delay_no_live_one() -> None:
    """A channel that refused a thousand notices for their content delivers the next at its instant."""
    dead = [deadline(f"d{number:04}", leads=("7d",)) for number in range(1000)]
    taken = watch_list(*dead, deadline("live", leads=("6d",)))
    found = await happenings(
        taken, answers=[("desk", at("11-03 12:00"), at("11-03 13:00"), REFUSED)], end=at("11-05 00:00")
    )
    assert sum(each.event == "dead" for each in found) == 1000
    assert [each.at for each in found if each.event == "delivered"] == [at("11-04 12:00")]


async def test_j2_a_herd_after_a_day_is_one_notice_each() -> None:
    """Three missed leads of two hundred deadlines become one notice each, about the tightest."""
    dues = [noon(10) - timedelta(minutes=number) for number in range(200)]
    herd = [
        deadline(
            f"d{n:03}",
            due,
            leads=("164h", "154h", "144h"),
        )
        for n, due in enumerate(dues)
    ]
    found = await happenings(watch_list(*herd), downs=[down("11-02 23:00", "11-04 13:00")], end=at("11-05 00:00"))
    delivered = [each for each in found if each.event == "delivered"]
    assert sorted(each.deadline or "" for each in delivered) == [each.id for each in herd]
    assert {each.lead for each in delivered} == {"144h"}


async def test_it_is_tried_a_last_time_when_it_is_given_up() -> None:
    """A channel that comes back just before has its message, however long the next wait would have been."""
    taken = watch_list(digests=[digest(cron="0 8 1 11 *")])
    lines = await rehearsed(taken, answers=[fails("desk", "11-01 00:00", "11-02 07:59:50")], end=at("11-02 09:00"))
    assert {without_time(each) for each in lines} == {"retried - digest - desk", "delivered - digest - desk"}


STANDS_IN = [channel("desk", fallback="legal")]
LATE = fails("desk", "11-03 00:00", "11-06 00:00"), fails("legal", "11-03 00:00", "11-03 12:59")
DEAD = ("desk", *ALWAYS, REFUSED), LATE[1]


async def stood_in(
    answers: Sequence[tuple[str, datetime, datetime, Outcome]], channels: Sequence[Channel] = STANDS_IN, **script: Any
) -> list[str]:
    """What was delivered of the lead in place of another channel, the fallback's notice being still open at 12:50."""
    taken = watch_list(deadline(leads=("7d",)), channels=channels)
    if back_at := script.pop("back_at", None):
        away = watch_list(deadline(due=noon(17), leads=("7d",)), channels=channels)
        script["reloads"] = [(at("11-03 12:50"), away), (at(back_at), taken)]
    found = await happenings(taken, answers=answers, end=at("11-05 00:00"), **script)
    return [line(each) for each in found if each.deadline and each.event == "delivered" and each.reason == "fallback"]


SNOOZED = [(at("11-03 12:50"), "truce", Deed(action="snooze", by="Ada", snooze_for=timedelta(days=1)))]


async def test_a_fallback_put_off_by_a_snooze_is_told_when_that_ends() -> None:
    """In place of what is dead at once, else when the original, tried again, is late again."""
    assert await stood_in(DEAD, deeds=SNOOZED) == ["11-04 12:50 delivered truce upcoming 7d legal fallback"]
    assert await stood_in(LATE, deeds=SNOOZED) == ["11-04 13:05 delivered truce upcoming 7d legal fallback"]


async def test_a_fallback_whose_escalation_was_acknowledged_is_told_when_a_snooze_ends() -> None:
    """It has the lead in no other way."""
    taken = watch_list(
        deadline(leads=("7d",), on_ack=OnAck.LEADS, escalate=(escalation("7d", "legal"),)), channels=STANDS_IN
    )
    acknowledged = at("11-02 12:00"), "truce", Deed(action="ack", by="Ada")
    lines = await rehearsed(taken, answers=DEAD, deeds=[acknowledged, *SNOOZED], end=at("11-05 00:00"))
    heard = [each for each in lines if "delivered truce upcoming 7d" in each]
    assert heard == ["11-04 12:50 delivered truce upcoming 7d legal fallback"]


async def test_a_fallback_put_off_by_a_snooze_is_not_told_where_the_original_arrives() -> None:
    """The channel works again by the time that the snooze ends."""
    assert await stood_in([fails("desk", "11-03 00:00", "11-04 00:00"), LATE[1]], deeds=SNOOZED) == []


async def test_each_of_a_chain_put_off_by_a_snooze_is_told_in_its_time() -> None:
    """The end of it at once where all before it are dead, else a quarter of an hour after the one before."""
    pager = fails("pager", "11-03 00:00", "11-03 12:59")
    legal = fails("legal", "11-03 00:00", "11-05 00:00")
    for answers, instant in (([("legal", *ALWAYS, REFUSED), pager], "12:50"), ([legal, pager], "13:05")):
        lines = await stood_in([DEAD[0], *answers], CHAIN, deeds=SNOOZED)
        assert [each for each in lines if "pager" in each] == [
            f"11-04 {instant} delivered truce upcoming 7d pager fallback"
        ]


async def test_a_fallback_that_its_own_quiet_hours_held_is_held_by_them_after_a_snooze_too() -> None:
    """The snooze ends within them."""
    quiet = channel("legal", quiet=Quiet(start=time(11), end=time(14)))
    lines = await stood_in(DEAD[:1], [*STANDS_IN, quiet], deeds=SNOOZED)
    assert lines == ["11-04 14:00 delivered truce upcoming 7d legal fallback"]


@pytest.mark.parametrize(
    ("back_at", "again_at"), [("11-03 12:50:30", "11-03 12:50:30"), ("11-03 15:00", "11-03 15:01")]
)
async def test_a_fallback_taken_back_for_a_date_that_came_back_is_told(back_at: str, again_at: str) -> None:
    """Within `settle` and after it: once, and not late for that."""
    quiet = channel("legal", quiet=Quiet(start=time(11), end=time(12, 55)))
    for answers, after in ((DEAD[:1], timedelta(0)), (LATE[:1], timedelta(minutes=15))):
        instant = max(at(again_at) + after, at("11-03 12:55"))
        lines = await stood_in(answers, [*STANDS_IN, quiet], back_at=back_at)
        when = f"{instant:%m-%d %H:%M:%S}".removesuffix(":00")
        assert lines == [f"{when} delivered truce upcoming 7d legal fallback"]


async def test_a_fallback_that_hears_of_the_date_that_came_back_is_not_told_the_lead_as_well() -> None:
    """It was told of the deadline before, and so hears that it moved, both times."""
    quiet = channel("legal", quiet=Quiet(start=time(11, 55), end=time(12, 55)))
    here, away = (
        watch_list(deadline(due=due, leads=("8d", "168h")), channels=[*STANDS_IN, quiet])
        for due in (noon(10), noon(17))
    )
    lines = await rehearsed(
        here,
        answers=DEAD[:1],
        reloads=[(at("11-03 12:50"), away), (at("11-03 15:00"), here)],
        end=at("11-05 00:00"),
    )
    heard = [each for each in lines if " legal" in each and "delivered truce" in each]
    assert [without_time(each) for each in heard] == [
        "delivered truce upcoming 8d legal fallback",
        "delivered truce moved - legal",
        "delivered truce moved - legal",
    ]


async def test_a_fallback_put_off_by_a_snooze_gives_way_to_the_tighter_lead() -> None:
    """Of two leads whose originals are dead it hears the tighter, once."""
    quiet = channel("legal", quiet=Quiet(start=time(11), end=time(14)))
    taken = watch_list(deadline(leads=("168h", "10079m")), channels=[*STANDS_IN, quiet])
    lines = await rehearsed(taken, answers=DEAD[:1], deeds=SNOOZED, end=at("11-08 00:00"))
    heard = [each for each in lines if "legal" in each and "delivered" in each and " - " not in each]
    assert heard == ["11-04 14:00 delivered truce upcoming 10079m legal fallback"]
