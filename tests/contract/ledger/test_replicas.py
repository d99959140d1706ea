"""Several daemons on one PostgreSQL: whose watch list plans, and whose clock decides."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

import pytest

from alerter.domain.decisions.record import Decision
from alerter.ledger.ledger import Ledger, LedgerOutrun
from tests.contract.ledger.making import START, after, claim_all, hand_over, make_entry, make_record

MINUTES = timedelta(minutes=5)


@pytest.fixture
async def pair(postgres_url: str) -> AsyncIterator[tuple[Ledger, Ledger]]:
    """Two daemons on one database whose clock decides."""
    async with AsyncExitStack() as stack:
        ledgers = Ledger(postgres_url, exclusive=True), Ledger(postgres_url, exclusive=True)
        for ledger in ledgers:
            await ledger.open()
            stack.push_async_callback(ledger.close)
        yield ledgers


@pytest.fixture
async def shared(postgres_url: str) -> AsyncIterator[Ledger]:
    """A ledger on PostgreSQL that believes the instants it is given."""
    ledger = Ledger(postgres_url, clock=lambda: START)
    await ledger.open()
    yield ledger
    await ledger.close()


async def test_a_skewed_clock_claims_neither_early_nor_late(pair: tuple[Ledger, Ledger]) -> None:
    """What is due by the database's clock is claimed, and nothing else, whatever the caller thinks."""
    true, skewed = pair
    now = await true.now()
    await hand_over(true, make_entry("1d", at=now - MINUTES / 10), make_entry("2h", at=now + MINUTES / 2))
    assert [claim.entry.notice.lead for claim in await claim_all(skewed, now + MINUTES)] == ["1d"]
    assert await claim_all(true, now) == []


async def test_a_clock_behind_claims_in_time(pair: tuple[Ledger, Ledger]) -> None:
    """A replica five minutes behind sends what is due all the same."""
    true, skewed = pair
    now = await true.now()
    await hand_over(true, make_entry(at=now))
    assert len(await claim_all(skewed, now - MINUTES)) == 1


async def test_a_skewed_clock_takes_over_no_lease(pair: tuple[Ledger, Ledger]) -> None:
    """A lease lasts as long as it was given for, by the database's clock."""
    true, skewed = pair
    now = await true.now()
    await hand_over(true, make_entry(at=now))
    [claim] = await claim_all(true, now)
    assert await skewed.release(now + MINUTES) == 0
    assert await claim_all(skewed, now + MINUTES) == []
    assert claim.lease_until >= now + timedelta(seconds=90)


async def test_a_lease_given_by_a_clock_behind_lasts(pair: tuple[Ledger, Ledger]) -> None:
    """Nobody takes what a replica has just claimed whose clock is behind."""
    true, skewed = pair
    now = await true.now()
    await hand_over(true, make_entry(at=now))
    assert len(await claim_all(skewed, now - MINUTES)) == 1
    assert await true.release(await true.now()) == 0


async def test_one_notice_is_claimed_by_one_replica(pair: tuple[Ledger, Ledger]) -> None:
    """Twenty notices and two replicas that claim at once: each is in one pair of hands."""
    now = await pair[0].now()
    await hand_over(pair[0], *(make_entry(f"{count}h", at=now) for count in range(20)))
    both = await asyncio.gather(*(claim_all(ledger, now, room=10) for ledger in pair))
    ids = [claim.id for claims in both for claim in claims]
    assert sorted(set(ids)) == sorted(ids)
    assert len(ids) == 20


async def test_the_newest_list_plans_while_its_holder_lives(shared: Ledger) -> None:
    """A new file takes over at once, and one that dies leaves the plan to the older."""
    assert await shared.beat("a", "old", START)
    assert await shared.beat("b", "new", after(seconds=1))
    assert not await shared.beat("a", "old", after(seconds=2))
    assert await shared.beat("b", "new", after(seconds=3))
    assert not await shared.beat("a", "old", after(seconds=32))
    assert await shared.beat("a", "old", after(seconds=33))


async def test_one_that_leaves_is_not_waited_for(shared: Ledger) -> None:
    """A replica that ends in good order holds nobody up."""
    await shared.beat("a", "old", START)
    await shared.beat("b", "new", after(seconds=1))
    await shared.leave("b")
    assert await shared.beat("a", "old", after(seconds=2))


async def test_an_old_file_started_again_does_not_pass_for_new(shared: Ledger) -> None:
    """A list is as old as its first sight, though all who held it were dead meanwhile."""
    await shared.beat("a", "old", START)
    await shared.beat("b", "new", after(seconds=60))
    assert not await shared.beat("c", "old", after(seconds=61))
    assert await shared.beat("b", "new", after(seconds=62))


async def test_equal_lists_plan_together(shared: Ledger) -> None:
    """Replicas with the same file share the work."""
    assert await shared.beat("a", "same", START)
    assert await shared.beat("b", "same", after(seconds=1))
    assert await shared.beat("a", "same", after(seconds=2))


async def test_a_revert_to_an_earlier_file_works(shared: Ledger) -> None:
    """Once nobody holds the newer file the earlier one plans; until then its holder does."""
    for replica in ("a", "b"):
        await shared.beat(replica, "old", START)
        await shared.beat(replica, "new", after(seconds=1))
    assert not await shared.beat("a", "old", after(seconds=2))
    assert await shared.beat("b", "new", after(seconds=3))
    assert await shared.beat("b", "old", after(seconds=4))
    assert await shared.beat("a", "old", after(seconds=5))


async def test_a_reload_that_was_asked_for_makes_an_old_list_the_newest(shared: Ledger) -> None:
    """One replica stuck with a newer file cannot keep the reverted one from planning."""
    await shared.beat("a", "old", START)
    await shared.beat("b", "new", after(seconds=1))
    assert await shared.beat("a", "old", after(seconds=2), forced=True)
    assert not await shared.beat("b", "new", after(seconds=3))
    assert await shared.beat("a", "old", after(seconds=4))


async def test_a_clock_set_back_makes_no_new_list_old(shared: Ledger) -> None:
    """Newest is what came last, be the database's clock as it may."""
    await shared.beat("a", "old", after(days=1))
    assert await shared.beat("b", "new", START)
    assert not await shared.beat("a", "old", after(seconds=1))


async def test_somebody_always_plans(shared: Ledger) -> None:
    """In every mix of three replicas and lists, right after its beats some live replica plans."""
    for step in range(40):
        beats = {}
        for place, replica in enumerate("abc"):
            if (step >> place) % 3 == 0:
                continue
            name = f"list {(step * 7 + place * 3) % 5}"
            await shared.beat(replica, name, after(minutes=step), forced=step % 11 == place)
            beats[replica] = name
        plans = [await shared.beat(replica, name, after(minutes=step)) for replica, name in beats.items()]
        assert any(plans) or not beats


async def test_what_an_older_list_planned_is_refused(pair: tuple[Ledger, Ledger]) -> None:
    """Between two beats of the older a newer may come, and from then on it alone writes."""
    old, new = pair
    now = await old.now()
    assert await old.beat("a", "old", now)
    assert await new.beat("b", "new", now)
    decision = Decision(record=make_record(), entries=(make_entry(),))
    with pytest.raises(LedgerOutrun):
        await old.commit([decision])
    assert await new.commit([decision]) == []


async def test_what_an_older_list_has_to_tell_beside_its_deadlines_is_refused(pair: tuple[Ledger, Ledger]) -> None:
    """Digests and fallbacks are planned too: an older list writes none and settles none."""
    old, new = pair
    now = await old.now()
    await old.beat("a", "old", now)
    await new.beat("b", "new", now)
    with pytest.raises(LedgerOutrun):
        await old.enqueue([make_entry()], {"monday": now}, is_planned=True)
    with pytest.raises(LedgerOutrun):
        await old.settle_fallbacks(["ntc_any"])
    assert (await old.digest_cursors(), await old.waiting()) == ({}, [])


async def test_any_replica_tells_of_problems(pair: tuple[Ledger, Ledger]) -> None:
    """Whoever meets a problem says so, whatever its list."""
    old, new = pair
    now = await old.now()
    await old.beat("a", "old", now)
    await new.beat("b", "new", now)
    assert await old.enqueue([make_entry()]) == 1


async def test_lists_are_forgotten_when_old_and_unused(shared: Ledger) -> None:
    """After a purge a list that nobody holds counts as new again; one that is held does not."""
    await shared.beat("a", "old", START)
    await shared.beat("a", "new", after(seconds=1))
    await shared.purge(after(days=1))
    await shared.beat("b", "old", after(seconds=2))
    assert not await shared.beat("a", "new", after(seconds=3))


async def test_on_sqlite_everybody_plans() -> None:
    """There is one daemon, and nobody to wait for."""
    ledger = Ledger("sqlite://", exclusive=True)
    await ledger.open()
    assert await ledger.beat("a", "new", START)
    assert await ledger.beat("b", "old", START)
    await ledger.leave("a")
    await ledger.close()


async def test_the_time_is_the_databases(pair: tuple[Ledger, Ledger]) -> None:
    """Both ask the same clock, which goes on."""
    first: datetime = await pair[0].now()
    second = await pair[1].now()
    assert timedelta(0) < second - first < timedelta(seconds=10)
