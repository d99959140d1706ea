"""Claims, leases and what is recorded of attempts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from alerter.domain.dates.zone import load_zone
from alerter.domain.notices.notice import QUIET, Held, Kind, Reason, State
from alerter.domain.planning.channel import Channel, Quiet
from alerter.ledger.ledger import Attempt, Ledger, Thread
from tests.contract.ledger.making import (
    LEASE,
    START,
    after,
    claim_all,
    ended,
    hand_over,
    make_entry,
    read_states,
)

SOON = timedelta(seconds=1)


async def test_a_claim_is_a_lease(ledger: Ledger) -> None:
    """A claimed notice is in one pair of hands until the lease is over."""
    await hand_over(ledger, make_entry())
    [claim] = await claim_all(ledger)
    assert (
        claim.attempt,
        claim.lease_until,
        claim.attempted_ambiguously,
        claim.thread,
    ) == (1, START + LEASE, False, None)
    assert await claim_all(ledger) == []


async def test_nothing_is_claimed_before_its_time(ledger: Ledger) -> None:
    """Claims reach up to `until` and not a microsecond further."""
    await hand_over(ledger, make_entry(at=after(seconds=1)))
    just_before = after(seconds=1) - timedelta(microseconds=1)
    assert (await ledger.claim(START, just_before, {"desk": 9}, LEASE)).claims == []
    assert len((await ledger.claim(START, after(seconds=1), {"desk": 9}, LEASE)).claims) == 1


async def test_what_quiet_hours_hold_goes_back_untried_until_they_end(ledger: Ledger) -> None:
    """No attempt is counted; what was tried before is retried then; it is not overdue meanwhile, nor after a crash."""
    await hand_over(ledger, make_entry("7d"), make_entry("1d", replaces=False))
    tried = next(one for one in await claim_all(ledger) if one.entry.notice.lead == "1d")
    await ledger.record([ended(tried, State.RETRYING, next_at=START)])
    await ledger.release(START, all_leases=True)
    claims = await claim_all(ledger)
    await ledger.hold(claims, after(hours=9))
    assert await claim_all(ledger, after(hours=9) - SOON) == []
    assert await ledger.next_claim_at(["desk"]) == after(hours=9)
    assert await ledger.overdue_unsent(after(hours=9)) == 0
    again = await claim_all(ledger, after(hours=9))
    assert {one.id: one.attempt for one in again} == {one.id: one.attempt for one in claims}
    assert {one.entry.send_at for one in again} == {after(hours=9)}
    assert {one.entry.notice.held for one in again} == {Held(START, QUIET)}


async def test_only_what_is_still_in_hand_is_held(ledger: Ledger) -> None:
    """Another has it by then."""
    await hand_over(ledger, make_entry())
    lost = await claim_all(ledger)
    await ledger.release(START, all_leases=True)
    [now_leased] = await claim_all(ledger)
    await ledger.hold(lost, after(hours=9))
    assert await ledger.record([ended(now_leased, State.DELIVERED)]) == []


async def test_what_waits_for_a_quiet_channel_is_held_at_once(ledger: Ledger) -> None:
    """What is to be tried again meanwhile too; not what is critical, cannot wait, is bundled, in hand or elsewhere."""
    night = Channel(name="desk", type="console", zone=load_zone("UTC"), quiet=Quiet(start=time(22), end=time(9)))
    await hand_over(ledger, make_entry("retried", replaces=False), make_entry("in hand", replaces=False))
    retried, _ = await claim_all(ledger)
    await ledger.record([ended(retried, State.RETRYING, next_at=after(hours=1))])
    await ledger.enqueue(
        [
            make_entry("waiting"),
            make_entry("critical", severity="critical"),
            make_entry("soon due", notice={"due_at": after(hours=2)}),
            make_entry("bundled", bundle="ntc_bundle"),
            make_entry("elsewhere", channel="legal"),
            make_entry("ahead", at=after(hours=1)),
        ]
    )
    held = await ledger.hold_waiting(night, START, after(hours=9))
    quiet = Held(START, QUIET)
    expected = [("retried", quiet, after(hours=9)), ("waiting", quiet, after(hours=9))]
    assert sorted((one.notice.lead, one.notice.held, one.send_at) for one in held) == expected
    assert await ledger.hold_waiting(night, START, after(hours=9)) == []
    still = {"critical", "soon due", "bundled", "ahead"}
    assert {one.entry.notice.lead for one in await claim_all(ledger, after(hours=8))} == still
    again = {one.entry.notice.lead: one.attempt for one in await claim_all(ledger, after(hours=9))}
    assert again == {"retried": 2, "waiting": 1}


async def test_what_is_held_past_its_instant_can_be_let_go(ledger: Ledger) -> None:
    """Not what is held on another channel, what waits for something else, or what has its instant ahead."""
    await hand_over(ledger, *(make_entry(channel=name) for name in ("desk", "legal")))
    await ledger.hold([*await claim_all(ledger), *await claim_all(ledger, channel="legal")], after(hours=9))
    ahead = {"held": Held(START, QUIET), "kind": Kind.MOVED}
    await ledger.enqueue([make_entry("other", at=after(hours=9)), make_entry("ahead", at=after(hours=9), notice=ahead)])
    await ledger.let_go_held("desk", after(hours=1))
    [free] = await claim_all(ledger, after(hours=1))
    assert (free.entry.notice.lead, free.entry.send_at) == ("7d", after(hours=1))
    await ledger.record([ended(free, State.RETRYING, at=after(hours=1), next_at=after(hours=2))])
    await ledger.let_go_held("desk", after(hours=1))
    assert await claim_all(ledger, after(hours=1)) == []
    assert await claim_all(ledger, after(hours=1), channel="legal") == []


async def test_the_soonest_and_most_severe_go_first(ledger: Ledger) -> None:
    """Within a channel's capacity rows come by instant, then severity."""
    await hand_over(
        ledger,
        make_entry("later", at=after(minutes=1), severity="critical"),
        make_entry("low", severity="low"),
        make_entry("critical", severity="critical"),
        make_entry("high", severity="high"),
    )
    claims = await claim_all(ledger, after(minutes=1), room=3)
    assert [claim.entry.notice.lead for claim in claims] == ["critical", "high", "low"]
    assert [claim.entry.notice.lead for claim in await claim_all(ledger, after(minutes=1))] == ["later"]


async def test_capacity_is_by_channel(ledger: Ledger) -> None:
    """A channel without capacity keeps its rows, and the others are not held up by it."""
    await hand_over(ledger, *(make_entry(str(n), channel=c) for n in range(3) for c in ("desk", "legal", "ops")))
    claims = (await ledger.claim(START, START, {"desk": 2, "legal": 0}, LEASE)).claims
    assert [claim.entry.notice.channel for claim in claims] == ["desk", "desk"]
    assert await ledger.queue_depth() == {"desk": 1, "legal": 3, "ops": 3}


async def test_tasks_that_claim_at_once_share_the_queue(ledger: Ledger) -> None:
    """No notice is claimed twice and none is left, however many tasks ask."""
    await hand_over(ledger, *(make_entry(str(number)) for number in range(50)))
    claims = await asyncio.gather(*(claim_all(ledger, room=10) for _ in range(8)))
    ids = [claim.id for batch in claims for claim in batch]
    assert (len(ids), len(set(ids))) == (50, 50)


async def test_a_bundle_comes_whole_and_counts_as_one(ledger: Ledger) -> None:
    """Rows of one bundle are claimed together, beside as many others as there is room for."""
    bundled = [make_entry(f"b{number}", bundle="bun_1") for number in range(7)]
    await hand_over(
        ledger, *bundled, make_entry("single", at=after(seconds=1)), make_entry("more", at=after(seconds=2))
    )
    claims = await claim_all(ledger, after(seconds=2), room=2)
    assert {*(f"b{number}" for number in range(7)), "single"} == {claim.entry.notice.lead for claim in claims}


async def test_a_retried_bundle_is_the_same_bundle(ledger: Ledger) -> None:
    """After a failure the rows of the bundle come together again."""
    await hand_over(ledger, *(make_entry(str(number), bundle="bun_1", replaces=False) for number in range(3)))
    claims = await claim_all(ledger)
    await ledger.record([ended(claim, State.RETRYING, next_at=after(seconds=5)) for claim in claims])
    again = await claim_all(ledger, after(seconds=5), room=1)
    assert [(claim.id, 2) for claim in claims] == [(claim.id, claim.attempt) for claim in again]


async def test_a_bundle_in_part_elsewhere_is_not_claimed(ledger: Ledger) -> None:
    """While anybody holds a row of the bundle, nobody gets the rest."""
    await hand_over(ledger, *(make_entry(str(number), bundle="bun_1", replaces=False) for number in range(3)))
    first, *others = await claim_all(ledger)
    await ledger.record([ended(claim, State.RETRYING, next_at=START) for claim in others])
    assert await claim_all(ledger) == []
    await ledger.record([ended(first, State.RETRYING, next_at=START)])
    assert len(await claim_all(ledger)) == 3


async def test_a_delivery_is_kept_word_for_word(ledger: Ledger) -> None:
    """History shows what was told, when, to whom, and the answer."""
    await hand_over(ledger, make_entry())
    [claim] = await claim_all(ledger)
    result = ended(
        claim,
        State.DELIVERED,
        at=after(seconds=61),
        outcome="delivered",
        detail="250 ok",
        late_by=61,
        subject="[7 days]",
        text="The truce…",
        to=("a@example.com", "b@example.com"),
    )
    assert await ledger.record([result]) == []
    [told] = await ledger.history()
    assert (
        State.DELIVERED,
        after(seconds=61),
        61,
        "[7 days]",
        "The truce…",
        ("a@example.com", "b@example.com"),
        None,
    ) == (
        told.state,
        told.delivered_at,
        told.late_by,
        told.subject,
        told.text,
        told.to,
        told.next_at,
    )
    assert (Attempt(at=after(seconds=61), outcome="delivered", detail="250 ok"),) == told.attempts


async def test_a_retry_remembers_what_the_last_attempt_did(ledger: Ledger) -> None:
    """Recipients dealt with and doubt about delivery are there for the next attempt, and add up."""
    await hand_over(ledger, make_entry())
    [claim] = await claim_all(ledger)
    retry = ended(
        claim,
        State.RETRYING,
        next_at=after(seconds=5),
        is_ambiguous=True,
        accepted=("a@example.com",),
        refused={"x@example.com": "550 no"},
    )
    await ledger.record([retry])
    assert await claim_all(ledger, after(seconds=4)) == []
    [again] = await claim_all(ledger, after(seconds=5))
    assert (
        again.attempt,
        again.attempted_ambiguously,
        again.accepted,
        again.refused,
    ) == (2, True, ("a@example.com",), {"x@example.com": "550 no"})
    await ledger.record([ended(again, State.DELIVERED, to=("b@example.com",))])
    assert [told.to for told in await ledger.history()] == [("a@example.com", "b@example.com")]


async def test_an_attempt_cut_short_leaves_no_trace(ledger: Ledger) -> None:
    """Shutdown before anything was sent counts neither as attempt nor as failure."""
    await hand_over(ledger, make_entry())
    [claim] = await claim_all(ledger)
    assert await ledger.record([ended(claim, State.QUEUED)]) == []
    assert [(told.state, told.attempts) for told in await ledger.history()] == [(State.QUEUED, ())]
    assert [claim.attempt for claim in await claim_all(ledger)] == [1]


async def test_a_later_attempt_cut_short_goes_back_to_retrying(ledger: Ledger) -> None:
    """A notice that has failed before stays one that is being retried."""
    await hand_over(ledger, make_entry())
    [claim] = await claim_all(ledger)
    await ledger.record([ended(claim, State.RETRYING, next_at=START)])
    [again] = await claim_all(ledger)
    await ledger.record([ended(again, State.QUEUED)])
    assert await read_states(ledger) == {"7d": (State.RETRYING, None)}


@pytest.mark.parametrize("state", [State.SENDING, State.SKIPPED])
async def test_an_attempt_ends_in_no_other_state(ledger: Ledger, state: State) -> None:
    """A result that no attempt can have is a mistake of the caller."""
    await hand_over(ledger, make_entry())
    [claim] = await claim_all(ledger)
    with pytest.raises(ValueError, match="cannot end in"):
        await ledger.record([ended(claim, state)])
    assert await read_states(ledger) == {"7d": (State.SENDING, None)}


async def test_a_lease_that_ran_out_is_released_in_doubt(ledger: Ledger) -> None:
    """Nobody knows whether it arrived, so the repeat says so; its number goes on."""
    await hand_over(ledger, make_entry())
    await claim_all(ledger)
    assert await ledger.release(START + LEASE - SOON) == 0
    assert await ledger.release(START + LEASE) == 1
    [again] = await claim_all(ledger, START + LEASE)
    assert (again.attempt, again.attempted_ambiguously) == (2, True)


async def test_a_restart_takes_back_every_lease(ledger: Ledger) -> None:
    """Where nobody else can hold a row, no lease is waited for."""
    await hand_over(ledger, make_entry("7d"), make_entry("1d"))
    await claim_all(ledger)
    assert await ledger.release(after(seconds=1), all_leases=True) == 2
    assert len(await claim_all(ledger, after(seconds=1))) == 2


async def test_a_failure_after_the_lease_is_ignored(ledger: Ledger) -> None:
    """Who has lost the lease is told so, and the new holder's row is not touched."""
    await hand_over(ledger, make_entry())
    [zombie] = await claim_all(ledger)
    await ledger.release(START + LEASE)
    [holder] = await claim_all(ledger, START + LEASE)
    assert [zombie.id] == await ledger.record([ended(zombie, State.DEAD)])
    assert await read_states(ledger) == {"7d": (State.SENDING, None)}
    assert await ledger.record([ended(holder, State.DELIVERED)]) == []


async def test_a_delivery_after_the_lease_is_believed(ledger: Ledger) -> None:
    """The other side's yes counts, however late; the new holder's no does not undo it."""
    await hand_over(ledger, make_entry())
    [zombie] = await claim_all(ledger)
    await ledger.release(START + LEASE)
    [holder] = await claim_all(ledger, START + LEASE)
    assert [zombie.id] == await ledger.record([ended(zombie, State.DELIVERED, at=after(minutes=2))])
    assert [holder.id] == await ledger.record([ended(holder, State.RETRYING, next_at=START)])
    assert [(State.DELIVERED, after(minutes=2))] == [(told.state, told.delivered_at) for told in await ledger.history()]


async def test_what_was_given_up_and_arrived_after_all_bears_no_reason_for_that(ledger: Ledger) -> None:
    """The history would say that it was delivered, since it was given up."""
    await hand_over(ledger, make_entry())
    [zombie] = await claim_all(ledger)
    await ledger.release(START + LEASE)
    [holder] = await claim_all(ledger, START + LEASE)
    await ledger.record([ended(holder, State.DEAD, reason="gave-up")])
    await ledger.record([ended(zombie, State.DELIVERED, at=after(minutes=2))])
    assert await read_states(ledger) == {"7d": (State.DELIVERED, None)}


async def test_a_second_delivery_does_not_overwrite_the_first(ledger: Ledger) -> None:
    """When both holders delivered, the first stays on record, and the second is told."""
    await hand_over(ledger, make_entry())
    [zombie] = await claim_all(ledger)
    await ledger.release(START + LEASE)
    [holder] = await claim_all(ledger, START + LEASE)
    await ledger.record([ended(zombie, State.DELIVERED, at=after(minutes=2))])
    assert [holder.id] == await ledger.record([ended(holder, State.DELIVERED, at=after(minutes=3))])
    assert [after(minutes=2)] == [told.delivered_at for told in await ledger.history()]


async def test_one_of_many_deliveries_whose_row_has_gone_on_is_told_apart(ledger: Ledger) -> None:
    """The others are written as if it were not among them, each once."""
    await hand_over(ledger, *(make_entry(str(number), replaces=False) for number in range(3)))
    zombies = await claim_all(ledger)
    await ledger.release(START + LEASE)
    holders = await claim_all(ledger, START + LEASE)
    words: dict[str, Any] = {"subject": "[7 days]", "text": "The truce…", "outcome": "delivered"}
    await ledger.record([ended(zombies[0], State.DELIVERED, **words)])
    assert await ledger.record([ended(claim, State.DELIVERED, **words) for claim in holders]) == [zombies[0].id]
    told = await ledger.history()
    assert [each.state for each in told] == [State.DELIVERED] * 3
    assert [[attempt.outcome for attempt in each.attempts] for each in told] == [["unknown", "delivered"]] * 3


async def test_a_result_for_an_unknown_notice_is_lost(ledger: Ledger) -> None:
    """A row that is not there any more is nobody's."""
    await hand_over(ledger, make_entry())
    [claim] = await claim_all(ledger)
    assert await ledger.record([replace(ended(claim, State.DELIVERED), id="ntc_gone")]) == ["ntc_gone"]


async def test_a_tighter_lead_replaces_what_is_being_retried(ledger: Ledger) -> None:
    """Once the tighter one has been handed over, the looser is skipped instead of tried again."""
    await hand_over(ledger, make_entry("7d"), make_entry("1d", at=after(days=6)))
    [claim] = await claim_all(ledger)
    await ledger.record([ended(claim, State.RETRYING, next_at=after(days=6))])
    claimed = await ledger.claim(after(days=6), after(days=6), {"desk": 9}, LEASE)
    assert [claim.entry.notice.lead for claim in claimed.claims] == ["1d"]
    assert [(row.lead, row.reason) for row in claimed.superseded] == [("7d", Reason.SUPERSEDED)]
    assert await read_states(ledger) == {"7d": (State.SKIPPED, Reason.SUPERSEDED), "1d": (State.SENDING, None)}


async def test_a_tighter_lead_still_to_come_replaces_nothing(ledger: Ledger) -> None:
    """Until its time the looser one goes on being tried."""
    await hand_over(ledger, make_entry("7d"), make_entry("1d", at=after(days=6)))
    [claim] = await claim_all(ledger)
    await ledger.record([ended(claim, State.RETRYING, next_at=after(days=5))])
    assert [claim.entry.notice.lead for claim in await claim_all(ledger, after(days=5))] == ["7d"]


@pytest.mark.parametrize(
    "tighter",
    [
        {"channel": "legal"},
        {"deadline": "other"},
        {"state": State.SKIPPED, "reason": Reason.MISSED},
        {"replaces": False},
        {"action": 1},
        {"notice": {"kind": Kind.MOVED}},
        {"notice": {"due_key": "2026-04-01"}},
    ],
)
async def test_only_a_tighter_lead_of_the_same_replaces(ledger: Ledger, tighter: dict[str, Any]) -> None:
    """Another channel, deadline or due key, a skipped lead or another kind of message takes nobody's place."""
    await hand_over(ledger, make_entry("7d"), make_entry("1d", at=after(seconds=1), **tighter))
    [claim] = await claim_all(ledger)
    await ledger.record([ended(claim, State.RETRYING, next_at=after(days=6))])
    assert "7d" in [claim.entry.notice.lead for claim in await claim_all(ledger, after(days=6))]


async def test_replaced_rows_take_no_capacity(ledger: Ledger) -> None:
    """However many are skipped on the way, the room goes to what is to be sent."""
    leads = [make_entry(f"{number}d", at=after(days=-number)) for number in range(1, 6)]
    await hand_over(ledger, *leads)
    claims = await claim_all(ledger)
    await ledger.record([ended(claim, State.RETRYING, next_at=after(seconds=claim.attempt)) for claim in claims])
    assert [claim.entry.notice.lead for claim in await claim_all(ledger, after(seconds=1), room=1)] == ["1d"]


async def test_the_first_reference_makes_the_thread(ledger: Ledger) -> None:
    """What follows on the same deadline and channel goes below the first message."""
    await hand_over(
        ledger,
        make_entry("7d"),
        make_entry("1d", at=after(seconds=1)),
        make_entry("2h", at=after(seconds=2)),
        make_entry("7d", channel="legal"),
    )
    seen = []
    for second in range(3):
        [claim] = await claim_all(ledger, after(seconds=second))
        seen.append(claim.thread)
        await ledger.record([ended(claim, State.DELIVERED, reference=f"ts{second}")])
    assert seen == [None, "ts0", "ts0"]
    assert [claim.thread for claim in await claim_all(ledger, channel="legal")] == [None]


async def test_a_thread_can_be_changed_from_when_its_place_is_known(ledger: Ledger) -> None:
    """The first message stays the head; where it stands may be learned of a later one, and stays too."""
    await hand_over(ledger, *(make_entry(f"{number}d", at=after(seconds=number)) for number in range(3)))
    await hand_over(ledger, make_entry("7d", deadline="other"), deadline="other")
    found = []
    for second, place in enumerate([None, "C1", "C2"]):
        for claim in await claim_all(ledger, after(seconds=second)):
            is_other = claim.entry.notice.deadline == "other"
            told = {"reference": "ts", "place": "C9"} if is_other else {"reference": f"ts{second}", "place": place}
            await ledger.record([ended(claim, State.DELIVERED, **told)])
        found.append(await ledger.threads("truce"))
    thread = Thread(channel="desk", reference="ts0", place="C1")
    assert found == [[], [thread], [thread]]


async def test_the_next_claim_is_the_earliest_instant_of_these_channels(ledger: Ledger) -> None:
    """Open rows count by when they are due, leased ones by when the lease is over."""
    await hand_over(
        ledger, make_entry("7d"), make_entry("1d", at=after(days=1)), make_entry(channel="legal", at=after(days=-1))
    )
    assert await ledger.next_claim_at(["desk"]) == START
    await claim_all(ledger)
    assert await ledger.next_claim_at(["desk"]) == START + LEASE
    assert after(days=-1) == await ledger.next_claim_at(["desk", "legal"])


async def test_an_empty_ledger_has_nothing_to_claim(ledger: Ledger) -> None:
    """Without rows there is no instant and no claim."""
    assert None is await ledger.next_claim_at(["desk"])
    assert await claim_all(ledger) == []


async def test_a_renewed_lease_holds_longer(ledger: Ledger) -> None:
    """Renewing keeps a notice from others until the new end, and no longer."""
    await hand_over(ledger, make_entry())
    [claim] = await claim_all(ledger)
    renewed = await ledger.renew([claim.token, "unknown"], START + 2 * LEASE)
    released = [await ledger.release(START + LEASE + SOON), await ledger.release(START + 2 * LEASE)]
    assert (renewed, released) == ([claim.id], [0, 1])


async def test_of_the_ends_recorded_together_each_is_written_for_itself(ledger: Ledger) -> None:
    """Plain deliveries, one after a retry that some had accepted, one whose lease was lost, and one that failed."""
    leads = ("7d", "3d", "2d", "1d")
    await hand_over(ledger, *(make_entry(lead) for lead in leads))
    first = {claim.entry.notice.lead: claim for claim in await claim_all(ledger)}
    again = ended(first["3d"], State.RETRYING, next_at=START, outcome="retry", accepted=("ann@example.com",))
    assert await ledger.record([again]) == []
    (second,) = await claim_all(ledger)
    words: dict[str, Any] = {"subject": 'To "él"', "text": "Uno\nde los 3 \\ ☃"}
    plain, partly, late = (
        ended(claim, State.DELIVERED, to=("bob@example.com",), **words) for claim in (first["7d"], second, first["2d"])
    )
    late = replace(late, token="another")
    failed = ended(first["1d"], State.DEAD, **words)
    assert await ledger.record([plain, partly, late, failed]) == [late.id]
    told = {row.lead: row for row in await ledger.history()}
    assert [told[lead].state for lead in leads] == [State.DELIVERED] * 3 + [State.DEAD]
    bob = ("bob@example.com",)
    assert [told[lead].to for lead in leads] == [bob, ("ann@example.com", *bob), bob, ()]
    assert {(row.subject, row.text) for row in told.values()} == {(words["subject"], words["text"])}
    assert [len(told[lead].attempts) for lead in leads] == [1, 2, 1, 1]
