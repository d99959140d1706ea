"""A clock that was ahead, or behind, is put right: nothing waits for an instant that only it had reached."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerter.domain.notices.notice import Kind, Reason, State
from alerter.ledger.ledger import Ledger
from tests.contract.ledger.making import LEASE, after, claim_all, ended, hand_over, make_entry, read_states

AHEAD = after(days=30)
NOW = after(days=1)


async def test_the_deadline_comes_back_to_now(ledger: Ledger) -> None:
    """Cursor, first sight and the rest are at now, and a hand-over under way decides again."""
    await hand_over(ledger, planned_until=after(days=31), first_seen_at=AHEAD, since=AHEAD)
    before = (await ledger.records())["truce"]
    await ledger.set_back(NOW)
    record = (await ledger.records())["truce"]
    assert [record.planned_until, record.first_seen_at, record.since] == [NOW, NOW, NOW]
    assert record.version > before.version


async def test_what_was_ahead_is_asked_for_again_and_what_was_not_stays(ledger: Ledger) -> None:
    """Queued, missed or superseded before its time: the plan may ask for it again. What was in its time stays."""
    await hand_over(
        ledger,
        make_entry("9d", at=after(days=20)),
        make_entry("8d", at=after(days=20), state=State.SKIPPED, reason=Reason.MISSED),
        make_entry("7d", at=after(days=20), state=State.SKIPPED, reason=Reason.ACKNOWLEDGED),
        make_entry("60d", at=after(hours=1), state=State.SKIPPED, reason=Reason.SUPERSEDED),
        make_entry("59d", at=after(hours=2)),
    )
    assert await ledger.set_back(NOW) == []
    assert await read_states(ledger) == {
        "9d": (State.SKIPPED, Reason.REMOVED),
        "8d": (State.SKIPPED, Reason.REMOVED),
        "7d": (State.SKIPPED, Reason.ACKNOWLEDGED),
        "60d": (State.SKIPPED, Reason.SUPERSEDED),
        "59d": (State.QUEUED, None),
    }


async def test_what_was_told_early_stays_told_and_is_named(ledger: Ledger) -> None:
    """What was told in its time is not named."""
    await hand_over(ledger, make_entry("9d", at=after(days=20), title="Truce"), make_entry("59d", at=after(hours=2)))
    await ledger.record([ended(one, State.DELIVERED, at=AHEAD) for one in await claim_all(ledger, AHEAD)])
    assert await ledger.set_back(NOW) == ["Truce (9d) to desk"]
    assert await read_states(ledger) == {"9d": (State.DELIVERED, None), "59d": (State.DELIVERED, None)}


async def test_retries_and_leases_of_the_time_ahead_are_over(ledger: Ledger) -> None:
    """What was being tried may be claimed now."""
    both = [make_entry(f"{59 - hour}d", at=after(hours=hour), replaces=False) for hour in (0, 1)]
    await hand_over(ledger, *both)
    first, _ = await claim_all(ledger, AHEAD)
    await ledger.record([ended(first, State.RETRYING, at=AHEAD, next_at=AHEAD)])
    assert await claim_all(ledger, NOW) == []
    await ledger.set_back(NOW)
    assert sorted(str(one.entry.notice.lead) for one in await claim_all(ledger, NOW)) == ["58d", "59d"]


async def test_what_was_held_by_the_time_ahead_goes_now(ledger: Ledger) -> None:
    """Whether there are quiet hours now is seen when it is to go."""
    await hand_over(ledger, make_entry("59d"))
    await ledger.hold(await claim_all(ledger, AHEAD), after(days=31))
    await ledger.set_back(NOW)
    assert [one.entry.send_at for one in await claim_all(ledger, NOW)] == [NOW]


async def test_what_only_a_person_or_the_past_brought_goes_now(ledger: Ledger) -> None:
    """A line on what somebody did has no other time to be asked for."""
    closed = make_entry(None, at=after(days=20), notice={"kind": Kind.CLOSED, "ordinal": "met"})
    await hand_over(ledger, closed)
    await ledger.set_back(NOW)
    assert [one.id for one in await claim_all(ledger, NOW)] == [closed.notice.id]


@pytest.mark.parametrize("early", [False, True], ids=["in time", "early"])
async def test_only_a_tighter_notice_told_in_its_time_ends_a_retry(ledger: Ledger, early: bool) -> None:
    """One that a wrong clock told early says nothing of what is to be told first."""
    tighter_at = after(days=20) if early else after(hours=5)
    await hand_over(ledger, make_entry("2d", at=tighter_at))
    await ledger.record([ended(one, State.DELIVERED, at=AHEAD) for one in await claim_all(ledger, AHEAD)])
    await ledger.enqueue([make_entry("7d", at=after(hours=4))])
    [first] = await claim_all(ledger, after(hours=4))
    await ledger.record([ended(first, State.RETRYING, at=after(hours=4), next_at=after(hours=6))])
    assert len(await claim_all(ledger, NOW)) == (1 if early else 0)


async def test_the_latest_instant_known_is_that_of_what_happened(ledger: Ledger) -> None:
    """Word to `ops` goes out by a clock in doubt and says nothing of the time."""
    assert await ledger.known_until() is None
    await hand_over(ledger, make_entry("59d", at=after(hours=2)))
    await ledger.enqueue([make_entry(None, deadline=None, at=AHEAD, notice={"kind": Kind.PROBLEM})])
    assert await ledger.known_until() == after(hours=2)


async def test_what_was_tried_by_a_clock_behind_has_its_patience_anew(ledger: Ledger) -> None:
    """Its time to give up passed in a jump; what is still ahead stays."""
    day = timedelta(days=1)
    problem = {"kind": Kind.PROBLEM, "due_key": None, "due_at": None}
    await ledger.enqueue([make_entry(None, deadline=None, notice=problem, give_up_at=after(days=1))])
    await hand_over(ledger, make_entry("59d"))
    await ledger.set_forward(AHEAD)
    claims = (await ledger.claim(AHEAD, AHEAD, {"desk": 9}, LEASE)).claims
    assert {one.entry.notice.lead: one.entry.give_up_at for one in claims} == {None: AHEAD + day, "59d": after(days=60)}
