"""What people did, and what it ends."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from alerter.domain.decisions.record import Action, Decision
from alerter.domain.notices.notice import Kind, Reason, State
from alerter.domain.planning.deadline import Status
from alerter.ledger.ledger import ChannelHealth, Ledger
from tests.contract.ledger.making import (
    DUE_KEY,
    LEASE,
    START,
    after,
    claim_all,
    ended,
    hand_over,
    make_action,
    make_entry,
    make_record,
)

QUEUED = (State.QUEUED, None)


async def hand_over_all_kinds(ledger: Ledger) -> None:
    """One open notice of each sort; its lead, or else its ordinal, names it."""
    await hand_over(
        ledger,
        make_entry("7d"),
        make_entry("0", notice={"kind": Kind.DUE}),
        make_entry("+1d", notice={"kind": Kind.OVERDUE}),
        make_entry("1d", channel="boss", notice={"is_escalation": True}),
        *(
            make_entry(None, notice={"id": f"ntc_{kind}", "kind": kind, "ordinal": kind.value})
            for kind in (Kind.OVERDUE, Kind.OPENS, Kind.RECHECK, Kind.MOVED, Kind.CLOSED)
        ),
        make_entry(None, notice={"id": "ntc_line", "ordinal": "line"}, action=1),
        make_entry("30d", notice={"due_key": "2026-04-01"}),
    )


async def read_open(ledger: Ledger) -> set[str]:
    """What is still to go."""
    return {told.lead or told.ordinal for told in await ledger.history() if told.next_at is not None}


async def read_reasons(ledger: Ledger) -> set[str | None]:
    """Why things were skipped."""
    return {told.reason for told in await ledger.history(state=State.SKIPPED)}


ALWAYS = {"deadline.moved", "deadline.closed", "line", "30d"}


async def test_an_ack_that_stops_ends_all_of_the_due_date(ledger: Ledger) -> None:
    """Moved and closed messages, lines about actions and other due dates still go."""
    await hand_over_all_kinds(ledger)
    await ledger.act(make_action("ack"), ends=True, ends_leads=True)
    assert await read_open(ledger) == ALWAYS
    assert {Reason.ACKNOWLEDGED} == await read_reasons(ledger)


async def test_an_ack_that_leaves_leads_ends_repeats_and_escalation(ledger: Ledger) -> None:
    """The leads themselves, those after the due instant included, still go."""
    await hand_over_all_kinds(ledger)
    await ledger.act(make_action("ack"), ends=True, ends_leads=False)
    assert ALWAYS | {"7d", "0", "+1d", "deadline.opens", "deadline.recheck"} == await read_open(ledger)


@pytest.mark.parametrize(("action", "reason"), [("snooze", Reason.SNOOZED), ("close", Reason.CLOSED)])
async def test_snooze_and_close_end_all_of_the_due_date(ledger: Ledger, action: str, reason: Reason) -> None:
    """They end every sort that an acknowledgement could, for a reason of their own."""
    await hand_over_all_kinds(ledger)
    await ledger.act(make_action(action), ends=True, ends_leads=False)
    assert await read_open(ledger) == ALWAYS
    assert {reason} == await read_reasons(ledger)


async def test_an_action_that_ends_nothing_is_kept_all_the_same(ledger: Ledger) -> None:
    """The row is there, and everything still goes."""
    await hand_over(ledger, make_entry())
    action = await ledger.act(make_action("ack"), ends=False, ends_leads=True)
    assert [action] == await ledger.actions()
    assert {"7d"} == await read_open(ledger)


async def test_an_action_comes_back_as_it_was(ledger: Ledger) -> None:
    """Every field survives; the ordinal is the ledger's."""
    action = Action(
        ordinal=0,
        at=after(seconds=0.25),
        deadline="truce",
        due_key=DUE_KEY,
        action="close",
        by="Zoë",
        note="filed; see 'docket'",
        until=after(days=1),
        status=Status.MET,
        channel="desk",
    )
    kept = await ledger.act(action, ends=False, ends_leads=False)
    assert [kept] == await ledger.actions("truce")
    assert action == replace(kept, ordinal=0)
    assert await ledger.actions("other") == []


async def test_actions_are_numbered_in_order(ledger: Ledger) -> None:
    """Each action has a higher ordinal than those before, so that a reader can go on from where it was."""
    made = await asyncio.gather(*(ledger.act(make_action(by=str(n)), ends=True, ends_leads=True) for n in range(5)))
    ordinals = sorted(action.ordinal for action in made)
    assert len(set(ordinals)) == 5
    assert ordinals[2:] == [action.ordinal for action in await ledger.actions_after(ordinals[1])]


async def test_an_action_makes_a_hand_over_under_way_decide_again(ledger: Ledger) -> None:
    """The deadline's version goes up with each action, so a decision made before is lost."""
    await hand_over(ledger)
    record = (await ledger.records())["truce"]
    await ledger.act(make_action(), ends=True, ends_leads=True)
    assert await ledger.commit([Decision(record=record, entries=(make_entry(),))]) == ["truce"]
    assert await ledger.history() == []


async def test_a_notice_being_retried_is_ended_too(ledger: Ledger) -> None:
    """Retrying rows are open; what is being sent is left to its end."""
    await hand_over(ledger, make_entry("7d"), make_entry("1d", at=after(seconds=1)))
    [claim] = await claim_all(ledger)
    await ledger.record([ended(claim, State.RETRYING, next_at=after(hours=1))])
    [other] = await claim_all(ledger, after(seconds=1))
    await ledger.act(make_action(), ends=True, ends_leads=True)
    assert {told.lead: told.state for told in await ledger.history()} == {"7d": State.SKIPPED, "1d": State.SENDING}
    assert other.entry.notice.lead == "1d"


async def die(ledger: Ledger, *leads: str, **changes: object) -> list[str]:
    """Hand over notices and let them all die; returns their ids."""
    entries = [make_entry(lead, give_up_at=after(hours=24), notice={"due_at": after(hours=-1)}) for lead in leads]
    await hand_over(ledger, *entries)
    claims = await claim_all(ledger)
    await ledger.record([ended(claim, State.DEAD, outcome="refused") for claim in claims])
    return sorted(claim.id for claim in claims)


async def test_retry_brings_the_dead_back(ledger: Ledger) -> None:
    """All of them, or those named; each is queued for now."""
    ids = await die(ledger, "7d", "1d", "2h")
    assert ids[:1] == await ledger.retry([ids[0], "ntc_none"], after(days=3))
    assert ids[1:] == await ledger.retry(None, after(days=3))
    assert {(State.QUEUED, after(days=3))} == {(told.state, told.next_at) for told in await ledger.history()}
    assert await ledger.retry(None, after(days=3)) == []


async def test_retry_opens_the_channel_that_was_gone(ledger: Ledger) -> None:
    """The channel of what is retried is tried again; one that has nothing retried stays closed."""
    await ledger.put_channels([ChannelHealth(name=name, is_closed=True, address="x") for name in ("desk", "legal")])
    await die(ledger, "7d")
    await ledger.retry(None, START)
    assert {name: one.is_closed for name, one in (await ledger.channels()).items()} == {"desk": False, "legal": True}


async def test_a_retried_notice_has_its_patience_again(ledger: Ledger) -> None:
    """It is given up as long after now as it would have been after its time."""
    await die(ledger, "7d")
    await ledger.retry(None, after(days=3))
    [claim] = await claim_all(ledger, after(days=3))
    assert (after(days=4), 2) == (claim.entry.give_up_at, claim.attempt)


@pytest.mark.parametrize(
    ("planned_at", "late_by", "reason"),
    [(after(days=-20), 0, Reason.REPLANNED), (after(days=-20), 61, None), (START, 0, None)],
    ids=["first seen", "late", "in time"],
)
async def test_what_was_not_late_when_it_died_does_not_become_so(
    ledger: Ledger, planned_at: datetime, late_by: int, reason: Reason | None
) -> None:
    """Its lead had passed when the deadline was met; what was late, or went by its plan, is as late as it is."""
    await hand_over(ledger, make_entry(at=planned_at, send_at=START, reason=Reason.FIRST_SEEN))
    [claim] = await claim_all(ledger)
    await ledger.record([ended(claim, State.DEAD, late_by=late_by, reason="refused")])
    await ledger.retry(None, after(days=3))
    [again] = await claim_all(ledger, after(days=3))
    assert again.entry.reason is reason


async def test_only_the_dead_are_retried(ledger: Ledger) -> None:
    """A delivered notice is never sent again."""
    await hand_over(ledger, make_entry())
    [claim] = await claim_all(ledger)
    await ledger.record([ended(claim, State.DELIVERED)])
    assert await ledger.retry([claim.id], START) == []


async def test_a_new_address_brings_a_channels_dead_back(ledger: Ledger) -> None:
    """Other channels' dead stay dead."""
    ids = await die(ledger, "7d")
    assert await ledger.requeue_channel("legal", START) == []
    assert ids == await ledger.requeue_channel("desk", START)


async def test_a_new_address_brings_back_nothing_that_is_long_past(ledger: Ledger) -> None:
    """What was due days ago and died then is no news to whoever hears at the new address."""
    await die(ledger, "7d")
    [told] = await ledger.history()
    assert told.due_at is not None
    assert await ledger.requeue_channel("desk", told.due_at + timedelta(days=2)) == []


async def test_what_is_retried_at_a_channel_with_a_new_address_is_tried_now(ledger: Ledger) -> None:
    """What has yet to come at all stays where it is, and so does another channel's."""
    entries = [make_entry("1d", channel=name) for name in ("desk", "legal")]
    await hand_over(ledger, *entries, make_entry("1h", at=after(days=1)))
    claims = (await ledger.claim(START, START, {"desk": 9, "legal": 9}, LEASE)).claims
    await ledger.record([ended(claim, State.RETRYING, next_at=after(minutes=15)) for claim in claims])
    assert await ledger.requeue_channel("desk", after(seconds=1)) == []
    again = (await ledger.claim(after(seconds=1), after(seconds=1), {"desk": 9, "legal": 9}, LEASE)).claims
    assert [(claim.entry.notice.channel, claim.entry.notice.lead) for claim in again] == [("desk", "1d")]


async def test_what_a_move_ended_is_no_longer_known(ledger: Ledger) -> None:
    """Nor where the date has come back since: a new acknowledgement counts, and a closing always; all are kept."""
    came_back = {"earlier_keys": ("2025-12-01", DUE_KEY), "since": after(days=2)}
    await hand_over(ledger, **came_back)
    made = [make_action(), make_action("snooze"), make_action("close"), make_action(at=after(days=3))]
    done = [await ledger.act(each, ends=False, ends_leads=False) for each in made]
    for read in (ledger.known, ledger.facts):
        assert [each.ordinal for each in (await read(["truce"]))["truce"].actions] == [
            each.ordinal for each in done[2:]
        ]
    assert await ledger.actions("truce") == done


async def test_an_action_on_a_deadline_never_seen_is_kept(ledger: Ledger) -> None:
    """It waits for the deadline's first hand-over."""
    action = await ledger.act(make_action(), ends=True, ends_leads=True)
    await ledger.commit([Decision(record=make_record())])
    assert (action,) == (await ledger.known(["truce"]))["truce"].actions
