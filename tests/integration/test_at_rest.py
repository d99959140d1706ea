"""A dispatcher that has nothing to do: the queue is not asked again and again, and whatever is new is found."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from alerter.domain.notices.notice import State
from alerter.engine.delivery.dispatch import Dispatcher
from alerter.engine.ops.ops import Ops
from alerter.engine.time.clock import VirtualClock
from alerter.ledger.ledger import Claimed, Ledger, LedgerUnwritable
from tests.contract.ledger.making import START, hand_over, make_entry, read_states
from tests.watching import deadline, edition, watch_list

LOOK = timedelta(seconds=10)


class Counted(Ledger):
    """A ledger that knows how often it was asked for what is due, and may be unable to say."""

    asked_count = 0
    is_out_of_use = False

    async def claim(self, *arguments: Any, **named: Any) -> Claimed:
        self.asked_count += 1
        if self.is_out_of_use:
            raise LedgerUnwritable("disk full")
        return await super().claim(*arguments, **named)


class Sending:
    """A dispatcher on a virtual clock, with the channel `desk`."""

    def __init__(self, ledger: Counted) -> None:
        self.ledger, self.clock = ledger, VirtualClock(START)
        self.dispatcher = Dispatcher(
            ledger=ledger,
            clock=self.clock,
            ops=Ops(ledger, self.clock),
            observe=lambda _: None,
            wake=lambda: None,
            ahead_for=timedelta(seconds=1),
        )

    async def begin(self) -> None:
        taken = edition(watch_list(deadline()))
        await self.dispatcher.take(taken.watch_list, taken.senders)
        self.dispatcher.start()

    async def turn(self) -> int:
        """What the daemon does each ten seconds; returns how often the queue was asked."""
        before = self.ledger.asked_count
        await self.ledger.changed()
        await self.dispatcher.pump()
        await self.dispatcher.idle()
        self.clock.set(self.clock.now() + LOOK)
        return self.ledger.asked_count - before


@pytest.fixture
async def sending(tmp_path: Path) -> AsyncIterator[Sending]:
    """With an empty ledger in a file."""
    ledger = Counted(f"sqlite:///{tmp_path / 'ledger.db'}", exclusive=True)
    await ledger.open()
    made = Sending(ledger)
    await made.begin()
    yield made
    await made.dispatcher.stop()
    await ledger.close()


async def test_the_queue_is_asked_once_while_nothing_happens(sending: Sending) -> None:
    """However many turns there are."""
    assert await sending.turn() > 0
    assert [await sending.turn() for _ in range(5)] == [0] * 5


async def test_what_another_process_queues_is_found_and_sent(sending: Sending, tmp_path: Path) -> None:
    """As `alerter retry` does, and whoever else writes."""
    await sending.turn()
    assert await sending.turn() == 0
    command = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    await command.open()
    await hand_over(command, make_entry())
    await command.close()
    assert await sending.turn() > 0
    assert await read_states(sending.ledger) == {"7d": (State.DELIVERED, None)}


async def test_what_waits_for_its_instant_is_asked_for_then_and_not_before(sending: Sending) -> None:
    """A look at the queue says when the next is worth it."""
    await hand_over(sending.ledger, make_entry(at=START + 5 * LOOK))
    asked = [await sending.turn() for _ in range(6)]
    assert [count > 0 for count in asked] == [True, False, False, False, False, True]
    assert await read_states(sending.ledger) == {"7d": (State.DELIVERED, None)}


async def test_a_look_that_failed_is_made_again_though_nothing_has_changed_since(sending: Sending) -> None:
    """What was queued before it is not left lying there."""
    await sending.turn()
    await hand_over(sending.ledger, make_entry())
    sending.ledger.is_out_of_use = True
    with pytest.raises(LedgerUnwritable):
        await sending.turn()
    sending.ledger.is_out_of_use = False
    assert await sending.turn() > 0
    assert await read_states(sending.ledger) == {"7d": (State.DELIVERED, None)}
