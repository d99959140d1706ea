"""A ledger that is out of reach at the start is waited for, and a stop is not."""

from __future__ import annotations

import asyncio
from itertools import islice

import pytest

from alerter.domain.words.statement import Statement
from alerter.engine.hardship.opening import LONGEST_PAUSE, pauses, when_reachable
from alerter.ledger.ledger import LedgerHindered, LedgerTooNew, LedgerUnreachable


async def test_it_is_tried_until_it_can_be_reached() -> None:
    """Each reason is said, and what began at last has begun once."""
    errors = [LedgerUnreachable("away"), LedgerUnreachable("away")]
    said: list[Statement] = []

    async def begin() -> None:
        if errors:
            raise errors.pop()

    assert await when_reachable(begin, asyncio.Event(), said.append)
    assert (errors, list(map(str, said))) == ([], ["the ledger cannot be reached"] * 2)


async def test_a_stop_ends_the_wait_for_an_answer() -> None:
    """An opening under way is broken off."""
    stopping, ended = asyncio.Event(), asyncio.Event()

    async def begin() -> None:
        stopping.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    assert not await when_reachable(begin, stopping, print)
    assert ended.is_set()


async def test_a_stop_ends_the_pause() -> None:
    """Nothing is tried any more."""
    stopping = asyncio.Event()
    tries: list[int] = []

    async def begin() -> None:
        tries.append(1)
        stopping.set()
        raise LedgerUnreachable("away")

    assert not await when_reachable(begin, stopping, print)
    assert tries == [1]


async def test_what_waiting_does_not_mend_is_raised() -> None:
    """A newer schema stays newer."""

    async def begin() -> None:
        raise LedgerTooNew("newer")

    with pytest.raises(LedgerTooNew):
        await when_reachable(begin, asyncio.Event(), print)


def test_pauses_grow_to_five_seconds_with_jitter() -> None:
    """Replicas that lost one database do not all come back at one moment."""
    tries = [list(islice(pauses(), 20)) for _ in range(20)]
    assert all(0.2 <= pause <= LONGEST_PAUSE for each in tries for pause in each)
    assert all(each[-1] >= LONGEST_PAUSE / 2 for each in tries)
    assert len({each[-1] for each in tries}) > 1


async def test_f3_a_hindered_ledger_is_waited_for_and_told_round() -> None:
    """Before each pause there is a chance to tell what falls due."""
    errors = [LedgerHindered("full"), LedgerHindered("full")]
    said: list[Statement] = []
    told: list[int] = []

    async def begin() -> None:
        if errors:
            raise errors.pop()

    async def meanwhile() -> None:
        told.append(len(errors))

    assert await when_reachable(begin, asyncio.Event(), said.append, meanwhile)
    assert (told, list(map(str, said))) == ([1, 0], ["the ledger cannot be used"] * 2)
