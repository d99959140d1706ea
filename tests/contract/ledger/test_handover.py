"""Handing over: what a commit writes, and what it leaves alone."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from alerter.domain.decisions.record import Decision, Known, Record, Skip, Standing
from alerter.domain.notices.notice import Held, Kind, Reason, State
from alerter.domain.planning.deadline import Status
from alerter.ledger.ledger import Ledger, Untold
from tests.contract.ledger.making import (
    DUE_KEY,
    START,
    after,
    claim_all,
    ended,
    hand_over,
    make_action,
    make_entry,
    make_record,
    read_states,
)


async def test_a_record_comes_back_as_it_was_committed(ledger: Ledger) -> None:
    """Every field of a record survives, and its version has gone up by one."""
    record = Record(
        deadline="truce",
        title="Zölle & Fristen ⏰",
        status=Status.LAPSED,
        due_key="2025-11-10T00:01:00[America/New_York]",
        due_at=after(days=3, microseconds=1),
        first_seen_at=after(days=-400),
        since=after(days=-3),
        planned_until=after(seconds=0.5),
        fingerprint="abc",
        rule="FREQ=DAILY",
        channels={"desk": after(days=-400), "legal": after(days=-1)},
        earlier_keys=("2025-08-12", "2025-10-01"),
        move_count=2,
        pending_key="2026-01-01",
        pending_at=after(minutes=1),
        removed_at=after(minutes=2),
        action_ordinal=7,
    )
    assert await ledger.commit([Decision(record=record)]) == []
    assert {"truce": replace(record, version=1)} == await ledger.records()


async def test_an_entry_comes_back_in_its_claim(ledger: Ledger) -> None:
    """Every field of an entry survives until dispatch gets it."""
    entry = make_entry(
        "1d @ 08:30",
        notice={
            "held": Held(after(hours=-9), "quiet"),
            "ordinal": "2",
            "is_escalation": True,
            "kind": Kind.MOVED,
            "nominal_at": after(hours=-9),
        },
        reason=Reason.FIRST_SEEN,
        severity="critical",
        moved_from="2026-02-01",
        action=3,
        status="met",
        fallback_of="ntc_other",
        fallback_at=after(minutes=15),
        replaces=False,
        title="Title",
        text="Text",
    )
    await hand_over(ledger, entry)
    [claim] = await claim_all(ledger)
    assert replace(entry, state=State.SENDING) == claim.entry


async def test_a_commit_on_an_old_version_writes_nothing(ledger: Ledger) -> None:
    """Who lost the race is named, and neither record nor entries of that decision are there; the others' are."""
    await hand_over(ledger)
    stale = Decision(record=make_record(title="stale"), entries=(make_entry(),))
    fresh = Decision(record=make_record("other"), entries=(make_entry("1d", deadline="other"),))
    assert await ledger.commit([stale, fresh]) == ["truce"]
    assert {name: record.title for name, record in (await ledger.records()).items()} == {
        "truce": "The truce expires",
        "other": "The truce expires",
    }
    assert await read_states(ledger) == {"1d": (State.QUEUED, None)}


async def test_a_commit_on_the_present_version_updates(ledger: Ledger) -> None:
    """The next hand-over replaces the record, and its version goes on."""
    await hand_over(ledger)
    record = (await ledger.records())["truce"]
    assert await ledger.commit([Decision(record=replace(record, planned_until=after(days=1)))]) == []
    assert (after(days=1), 2) == (
        (await ledger.records())["truce"].planned_until,
        (await ledger.records())["truce"].version,
    )


async def test_a_version_that_was_never_stored_is_lost(ledger: Ledger) -> None:
    """A record that somebody deleted meanwhile does not come back by an update."""
    assert await ledger.commit([Decision(record=make_record(version=3))]) == ["truce"]
    assert await ledger.records() == {}


async def test_of_commits_at_once_one_wins(ledger: Ledger) -> None:
    """Of ten tasks that commit the same first version, nine are told that they lost."""
    decisions = [Decision(record=make_record(title=str(number))) for number in range(10)]
    outcomes = await asyncio.gather(*(ledger.commit([decision]) for decision in decisions))
    assert outcomes.count(["truce"]) == 9


@pytest.mark.parametrize("turns", [1, 3, 9, 27, 81])
async def test_a_cancelled_commit_writes_all_or_nothing(ledger: Ledger, turns: int) -> None:
    """Wherever a task is cut short, the next transaction finds the ledger whole and ready."""
    decisions = [Decision(record=make_record(f"d{number}")) for number in range(50)]
    task = asyncio.create_task(ledger.commit(decisions))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert len(await ledger.records()) in {0, 50}
    assert await ledger.commit([Decision(record=make_record("next"))]) == []


async def test_a_notice_handed_over_twice_is_one_row(ledger: Ledger) -> None:
    """A second hand-over of the same id changes nothing, in one commit or in two."""
    entry = make_entry()
    await hand_over(ledger, entry, entry)
    record = (await ledger.records())["truce"]
    await ledger.commit([Decision(record=record, entries=(replace(entry, send_at=after(days=1)),))])
    assert [told.next_at for told in await ledger.history()] == [START]


@pytest.mark.parametrize("reason", [Reason.REMOVED, Reason.MOVED, Reason.SNOOZED, Reason.CLOSED])
async def test_a_notice_taken_back_returns(ledger: Ledger, reason: Reason) -> None:
    """What was taken back before it was told becomes the entry that asks for it again."""
    entry = make_entry()
    await hand_over(ledger, entry)
    record = (await ledger.records())["truce"]
    await ledger.commit([Decision(record=record, skips=(Skip(id=entry.notice.id, reason=reason),))])
    assert {"7d": (State.SKIPPED, reason)} == await read_states(ledger)
    record = (await ledger.records())["truce"]
    await ledger.commit([Decision(record=record, entries=(replace(entry, reason=Reason.REPLANNED),))])
    assert await read_states(ledger) == {"7d": (State.QUEUED, Reason.REPLANNED)}


@pytest.mark.parametrize("reason", [Reason.SUPERSEDED, Reason.MISSED, Reason.ACKNOWLEDGED])
async def test_a_notice_decided_on_stays_skipped(ledger: Ledger, reason: Reason) -> None:
    """What was skipped for good does not return."""
    entry = make_entry(state=State.SKIPPED, reason=reason)
    await hand_over(ledger, entry)
    record = (await ledger.records())["truce"]
    await ledger.commit([Decision(record=record, entries=(make_entry(),))])
    assert {"7d": (State.SKIPPED, reason)} == await read_states(ledger)


async def test_a_skip_leaves_alone_what_is_being_sent(ledger: Ledger) -> None:
    """Only open rows are taken back: what is in somebody's hands may have gone out."""
    await hand_over(ledger, make_entry("7d"), make_entry("1d", at=after(days=1)))
    [claim] = await claim_all(ledger)
    skips = tuple(Skip(id=told.id, reason=Reason.REMOVED) for told in await ledger.history())
    await ledger.commit([Decision(record=(await ledger.records())["truce"], skips=skips)])
    assert await read_states(ledger) == {"7d": (State.SENDING, None), "1d": (State.SKIPPED, Reason.REMOVED)}
    assert await ledger.record([ended(claim, State.DELIVERED)]) == []


async def test_what_some_recipients_have_was_told_and_is_delivered_when_it_ends(ledger: Ledger) -> None:
    """Of a mail to two one has it and the other is tried again: who has it hears of a move, the rest is not sent."""
    await hand_over(ledger, make_entry())
    [claim] = await claim_all(ledger)
    in_part = ended(claim, State.RETRYING, at=after(hours=1), next_at=after(hours=2), accepted=("ann@example.org",))
    assert await ledger.record([in_part]) == []
    known = (await ledger.known(["truce"]))["truce"]
    assert known.told == {"desk"}
    await ledger.commit([Decision(record=known.record, skips=(Skip(id=claim.id, reason=Reason.MOVED),))])
    [told] = await ledger.history()
    assert (told.state, told.reason) == (State.DELIVERED, "delivered-in-part")
    assert (told.delivered_at, told.to) == (after(hours=1), ("ann@example.org",))
    assert (await ledger.known(["truce"]))["truce"].told == {"desk"}
    assert await claim_all(ledger, after(days=1)) == []


async def test_what_some_recipients_have_is_delivered_when_a_person_ends_it(ledger: Ledger) -> None:
    """A person's action ends the tries as a move does, and what nobody has is skipped as ever."""
    await hand_over(ledger, make_entry("7d"), make_entry("1d", at=after(days=6)))
    [claim] = await claim_all(ledger)
    await ledger.record([ended(claim, State.RETRYING, next_at=START, accepted=("ann@example.org",))])
    await ledger.act(make_action(), ends=True, ends_leads=True)
    states = await read_states(ledger)
    assert states["7d"] == (State.DELIVERED, "delivered-in-part")
    assert states["1d"] == (State.SKIPPED, Reason.ACKNOWLEDGED)


async def test_what_is_known_of_a_deadline(ledger: Ledger) -> None:
    """The channels told, the latest lead of each, the open rows and the actions come with the record."""
    early, late = make_entry("7d"), make_entry("1d", at=after(days=6))
    gone = make_entry("2h", at=after(days=7), state=State.SKIPPED, reason=Reason.REMOVED)
    old = make_entry("30d", notice={"id": "ntc_old", "due_key": "2025-12-01", "nominal_at": after(days=30)})
    await hand_over(ledger, early, late, gone, old, earlier_keys=("2025-12-01",))
    await ledger.record([ended(claim, State.DELIVERED) for claim in await claim_all(ledger)])
    action = await ledger.act(make_action(), ends=False, ends_leads=False)
    known = (await ledger.known(["truce", "unheard-of"]))["truce"]
    rows = await ledger.rows([late.notice.id, gone.notice.id])
    assert known == Known(
        record=(await ledger.records())["truce"],
        told=frozenset({"desk"}),
        latest={("desk", Kind.UPCOMING): after(days=6)},
        rows=(rows[late.notice.id], rows[gone.notice.id]),
        actions=(action,),
    )


async def test_known_leaves_out_deadlines_without_a_record(ledger: Ledger) -> None:
    """Nothing is made up for an id that the ledger has never seen."""
    assert await ledger.known(["unheard-of"]) == {}


async def test_rows_say_what_became_of_ids(ledger: Ledger) -> None:
    """Known ids come with state, key and instants; the others are left out."""
    entry = make_entry()
    await hand_over(ledger, entry)
    row = (await ledger.rows([entry.notice.id, "ntc_none"]))[entry.notice.id]
    assert ("truce", DUE_KEY, State.QUEUED, START, after(days=59)) == (
        row.deadline,
        row.due_key,
        row.state,
        row.planned_at,
        row.due_at,
    )


async def test_known_answers_for_many_ids(ledger: Ledger) -> None:
    """Thousands of ids in one question are one question."""
    names = [f"d{number}" for number in range(3000)]
    assert await ledger.commit([Decision(record=make_record(name)) for name in names]) == []
    assert set(names) == set(await ledger.known(names))


async def test_enqueue_counts_what_is_new_and_moves_the_cursor(ledger: Ledger) -> None:
    """A digest and its cursor are written together; the same digest again is none."""
    digest = make_entry(None, deadline=None, notice={"kind": Kind.DIGEST, "due_key": None, "due_at": None})
    assert await ledger.enqueue([digest], {"monday": START}) == 1
    assert await ledger.enqueue([digest], {"monday": after(days=7), "friday": START}) == 0
    assert {"monday": after(days=7), "friday": START} == await ledger.digest_cursors()


async def test_what_waits_besides_the_deadlines_can_be_skipped(ledger: Ledger) -> None:
    """What is in somebody's hands is not listed, and not skipped; a problem is listed as well."""
    nothing = {"due_key": None, "due_at": None}
    digest, problem = {**nothing, "kind": Kind.DIGEST}, {**nothing, "kind": Kind.PROBLEM}
    made = [
        make_entry("held", deadline=None, notice={**digest, "ordinal": "monday"}, at=after(hours=1)),
        make_entry("other", deadline=None, notice=digest, at=after(hours=1), fallback_of="ntc_other"),
        make_entry("claimed", deadline=None, notice=digest),
        make_entry("problem", deadline=None, notice=problem, at=after(hours=1)),
    ]
    await ledger.enqueue(made)
    await claim_all(ledger)
    waiting = await ledger.open_besides()
    assert {(row.kind, row.ordinal, row.is_fallback) for row in waiting} == {
        (Kind.DIGEST, "monday", False),
        (Kind.DIGEST, "", True),
        (Kind.PROBLEM, "", False),
    }
    await ledger.skip([Skip(id=entry.notice.id, reason=Reason.REMOVED) for entry in made[:3]])
    assert await read_states(ledger) == {
        "held": (State.SKIPPED, Reason.REMOVED),
        "other": (State.SKIPPED, Reason.REMOVED),
        "claimed": (State.SENDING, None),
        "problem": (State.QUEUED, None),
    }


async def test_enqueue_brings_nothing_back(ledger: Ledger) -> None:
    """A known id is passed over even where a hand-over could have it again."""
    await hand_over(ledger, make_entry(state=State.SKIPPED, reason=Reason.REMOVED))
    assert await ledger.enqueue([make_entry()]) == 0
    assert await read_states(ledger) == {"7d": (State.SKIPPED, Reason.REMOVED)}


async def test_a_fallback_is_due_at_its_time(ledger: Ledger) -> None:
    """An undelivered notice is listed from `fallback_at` on, until its fallback is enqueued."""
    entry = make_entry(fallback_at=after(minutes=15))
    await hand_over(ledger, entry)
    assert after(minutes=15) == await ledger.next_fallback_at()
    assert await ledger.fallback_due(after(minutes=15) - timedelta(microseconds=1)) == []
    assert [Untold(entry=entry)] == await ledger.fallback_due(after(minutes=15))
    await ledger.enqueue([make_entry(channel="legal", fallback_of=entry.notice.id, reason=Reason.FALLBACK)])
    assert await ledger.fallback_due(after(minutes=15)) == []
    assert None is await ledger.next_fallback_at()


async def test_a_dead_notice_is_told_through_its_fallback_at_once(ledger: Ledger) -> None:
    """What was given up does not wait for the fallback's time, and says how late it was by then."""
    await hand_over(ledger, make_entry(fallback_at=after(minutes=15)))
    [claim] = await claim_all(ledger)
    assert None is await ledger.next_fallback_at()
    await ledger.record([ended(claim, State.DEAD, at=after(seconds=1), late_by=61)])
    [untold] = await ledger.fallback_due(after(seconds=1))
    assert (untold.entry.notice.id, untold.entry.state, untold.late_by) == (claim.id, State.DEAD, 61)


async def test_a_delivered_notice_needs_no_fallback(ledger: Ledger) -> None:
    """What was told in time is told once."""
    await hand_over(ledger, make_entry(fallback_at=after(minutes=15)))
    await ledger.record([ended(claim, State.DELIVERED) for claim in await claim_all(ledger)])
    assert await ledger.fallback_due(after(days=1)) == []


async def test_a_settled_fallback_is_not_due(ledger: Ledger) -> None:
    """Where the fallback channel has the lead anyway, the question does not come again."""
    entry = make_entry(fallback_at=START)
    await hand_over(ledger, entry)
    await ledger.settle_fallbacks([entry.notice.id])
    assert await ledger.fallback_due(after(days=1)) == []


async def test_a_fallback_has_a_fallback_of_its_own_and_says_who_was_asked(ledger: Ledger) -> None:
    """Known with it are the channels that have the same to tell, but for what was skipped."""
    original = make_entry()
    link = make_entry(channel="legal", fallback_of=original.notice.id, fallback_at=after(minutes=15))
    skipped = make_entry(channel="pager", state=State.SKIPPED, reason=Reason.REMOVED)
    others = [make_entry("1d", channel="phone"), make_entry(channel="screen", deadline="another")]
    await ledger.enqueue([original, link, skipped, *others])
    assert [Untold(entry=link, asked=frozenset({"desk"}))] == await ledger.fallback_due(after(minutes=15))


async def test_a_fallback_that_was_taken_back_may_be_asked_again(ledger: Ledger) -> None:
    """Its row becomes the new entry; what became of the original is known with it."""
    original = make_entry()
    link = make_entry(channel="legal", fallback_of=original.notice.id, reason=Reason.FALLBACK)
    await hand_over(ledger, original)
    await ledger.enqueue([link])
    await ledger.skip([Skip(id=link.notice.id, reason=Reason.SNOOZED)])
    [row] = (await ledger.rows([link.notice.id])).values()
    assert (row.can_return, row.fallback_of, row.original_state) == (True, original.notice.id, State.QUEUED)
    await ledger.enqueue([link])
    [row] = (await ledger.rows([link.notice.id])).values()
    assert (row.state, row.reason) == (State.QUEUED, Reason.FALLBACK)


async def test_of_what_is_about_no_deadline_only_the_same_instant_is_the_same(ledger: Ledger) -> None:
    """The digest of another day is another."""
    digest = {"kind": Kind.DIGEST, "due_key": None, "due_at": None, "ordinal": "monday"}
    entries = [
        make_entry(None, deadline=None, notice={**digest, "id": "ntc_1"}, fallback_at=after(minutes=15)),
        make_entry(None, deadline=None, notice={**digest, "id": "ntc_2"}, channel="legal"),
        make_entry(None, deadline=None, notice={**digest, "id": "ntc_3"}, channel="pager", at=after(days=7)),
    ]
    await ledger.enqueue(entries)
    assert [one.asked for one in await ledger.fallback_due(after(minutes=15))] == [{"legal"}]


async def test_a_channel_being_told_is_known(ledger: Ledger) -> None:
    """From the claim to the end of the attempt; a yes makes it one that was told."""
    await hand_over(ledger, make_entry(), make_entry(channel="legal"))
    [claim] = await claim_all(ledger)
    before = (await ledger.known(["truce"]))["truce"]
    await ledger.record([ended(claim, State.DELIVERED)])
    now = (await ledger.known(["truce"]))["truce"]
    assert [(set(), {"desk"}), ({"desk"}, set())] == [(set(one.told), set(one.being_told)) for one in (before, now)]
    assert [[row.channel for row in one.rows] for one in (before, now)] == [["legal"], ["legal"]]


async def test_standings_are_what_the_records_say(ledger: Ledger) -> None:
    """All of them or those asked for, with the due instant of a series alone."""
    await hand_over(ledger, pending_key="2027-01-01", pending_at=START)
    await hand_over(ledger, deadline="series", rule="weekly", removed_at=START)
    records, found = await ledger.records(), await ledger.standings()
    assert {name: standing._replace(due_at=None) for name, standing in found.items()} == {
        name: Standing(
            record.status,
            record.fingerprint,
            None,
            record.planned_until,
            record.pending_key,
            record.pending_at,
            record.removed_at,
        )
        for name, record in records.items()
    }
    assert [found[name].due_at for name in ("truce", "series")] == [None, records["series"].due_at]
    assert await ledger.standings(["series", "none"]) == {"series": found["series"]}


async def test_all_standings_come_some_at_a_time(ledger: Ledger) -> None:
    """Each once, however many there are in a part."""
    for number in range(5):
        await hand_over(ledger, deadline=f"d{number}")
    whole = await ledger.standings()
    for count in (1, 2, 5, 6):
        parts = [part async for part in ledger.all_standings(count)]
        assert sorted(name for part in parts for name in part) == sorted(whole)
        assert {name: standing for part in parts for name, standing in part.items()} == whole
