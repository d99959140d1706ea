"""What a process has claimed it sends only while it is known to be in its hands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from typing_extensions import override

from alerter.engine.delivery.lane import Job
from alerter.engine.delivery.leases import Leases
from alerter.engine.time.clock import VirtualClock
from alerter.ledger.ledger import Claim, Ledger, LedgerUnwritable
from tests.contract.ledger.making import LEASE, START, claim_all, hand_over, make_entry
from tests.watching import watch_list


class PassingClock(VirtualClock):
    """One on which leases run out as time is set forward."""

    @override
    def monotonic(self) -> float:
        return (self.now() - START).total_seconds()

    def wait_for(self, time: timedelta) -> None:
        """Nothing happens for so long."""
        self.set(self.now() + time)


async def claimed(ledger: Ledger, leases: Leases) -> list[Job]:
    """Two reminders in hand, each a message."""
    await hand_over(ledger, *(make_entry(lead, replaces=False) for lead in ("7d", "1d")))
    claims: list[Claim] = await claim_all(ledger)
    leases.take(claims)
    return [Job((claim,), leases.ends, {}, watch_list()) for claim in claims]


async def test_what_was_taken_over_while_the_process_stood_still_is_not_sent(ledger: Ledger) -> None:
    """Neither what another has claimed since, nor what it has let go; the process goes on by renewing its leases."""
    clock = PassingClock(START)
    leases = Leases(ledger, clock, LEASE)
    jobs = await claimed(ledger, leases)
    clock.wait_for(2 * LEASE)
    await ledger.release(clock.now())
    assert len(await claim_all(ledger, clock.now(), room=1)) == 1
    await leases.keep()
    assert [leases.is_stale(job) for job in jobs] == [True, True]


async def test_what_is_renewed_is_sent_however_long_it_waits(ledger: Ledger) -> None:
    """A channel that takes one message a second has some wait for longer than a lease."""
    clock = PassingClock(START)
    leases = Leases(ledger, clock, LEASE)
    jobs = await claimed(ledger, leases)
    for _ in range(6):
        clock.wait_for(LEASE / 3)
        await leases.keep()
    assert [leases.is_stale(job) for job in jobs] == [False, False]


async def test_what_cannot_be_renewed_runs_out(ledger: Ledger) -> None:
    """That it was tried makes no lease longer."""
    clock = PassingClock(START)
    leases = Leases(ledger, clock, LEASE)
    jobs = await claimed(ledger, leases)
    await ledger.close()
    for _ in range(3):
        clock.wait_for(LEASE / 5)
        with pytest.raises(LedgerUnwritable):
            await leases.keep()
    assert [leases.is_stale(job) for job in jobs] == [True, True]
