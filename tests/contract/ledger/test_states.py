"""Every way a notice may go, and that there is no other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from alerter.domain.decisions.record import Decision, Skip
from alerter.domain.notices.notice import Reason, State
from alerter.ledger.ledger import Ledger, Result
from alerter.ledger.states import EDGES, can_move
from tests.contract.ledger.making import LEASE, START, claim_all, ended, hand_over, make_action, make_entry

ENTRY = make_entry(replaces=False)
ID = ENTRY.notice.id


async def bring_to(ledger: Ledger, state: State) -> None:
    """Make one notice and take it to the state."""
    await hand_over(ledger, ENTRY)
    if state is State.QUEUED:
        return
    if state is State.SKIPPED:
        await take_back(ledger)
        return
    [claim] = await claim_all(ledger)
    if state is not State.SENDING:
        await ledger.record([ended(claim, state, next_at=START)])


async def read_state(ledger: Ledger) -> State:
    """Where it is now."""
    return (await ledger.rows([ID]))[ID].state


async def take_back(ledger: Ledger) -> None:
    """A hand-over without it."""
    record = (await ledger.records())["truce"]
    await ledger.commit([Decision(record=record, skips=(Skip(id=ID, reason=Reason.REMOVED),))])


async def hand_over_again(ledger: Ledger) -> None:
    """A hand-over with it."""
    record = (await ledger.records())["truce"]
    await ledger.commit([Decision(record=record, entries=(ENTRY,))])


async def acknowledge(ledger: Ledger) -> None:
    """A person's action."""
    await ledger.act(make_action(), ends=True, ends_leads=True)


async def deliver_late(ledger: Ledger) -> None:
    """A yes under a lease that nobody knows."""
    await ledger.record([Result(id=ID, token="lost", state=State.DELIVERED, at=START)])


async def fail_late(ledger: Ledger) -> None:
    """A no under a lease that nobody knows."""
    await ledger.record([Result(id=ID, token="lost", state=State.DEAD, at=START)])


async def claim(ledger: Ledger) -> None:
    """Dispatch."""
    await claim_all(ledger)


async def release(ledger: Ledger) -> None:
    """The lease is over."""
    await ledger.release(START + LEASE)


async def retry(ledger: Ledger) -> None:
    """A person brings back the dead."""
    await ledger.retry([ID], START)


Q, S, R, D, K, X = State.QUEUED, State.SENDING, State.RETRYING, State.DELIVERED, State.SKIPPED, State.DEAD
CASES: list[tuple[Callable[[Ledger], Awaitable[None]], dict[State, State]]] = [
    (claim, {Q: S, R: S}),
    (take_back, {Q: K, R: K}),
    (acknowledge, {Q: K, R: K}),
    (hand_over_again, {K: Q}),
    (release, {S: R}),
    (retry, {X: Q}),
    (deliver_late, {Q: D, S: D, R: D, K: D, X: D}),
    (fail_late, {}),
]


@pytest.mark.parametrize("before", list(State))
@pytest.mark.parametrize(("event", "moves"), CASES)
async def test_an_event_moves_a_notice_only_along_its_edges(
    ledger: Ledger, before: State, event: Callable[[Ledger], Awaitable[None]], moves: dict[State, State]
) -> None:
    """From each state each event leads where it should, and from all others nowhere."""
    await bring_to(ledger, before)
    await event(ledger)
    assert await read_state(ledger) == moves.get(before, before)


@pytest.mark.parametrize("after", list(State))
async def test_an_attempt_ends_where_it_may(ledger: Ledger, after: State) -> None:
    """What is being sent becomes what the result says, where that is an end of an attempt at all."""
    await hand_over(ledger, ENTRY)
    [claimed] = await claim_all(ledger)
    if can_move(State.SENDING, after):
        await ledger.record([ended(claimed, after)])
        assert await read_state(ledger) is after
    else:
        with pytest.raises(ValueError, match="cannot end in"):
            await ledger.record([ended(claimed, after)])


def test_every_edge_is_walked_by_some_event() -> None:
    """The list of edges says neither more nor less than what the events do."""
    walked = {(before, after) for _, moves in CASES for before, after in moves.items()}
    ends = {(State.SENDING, after) for after in (State.DELIVERED, State.RETRYING, State.DEAD, State.QUEUED)}
    edges = {(before, after) for before, afters in EDGES.items() for after in afters}
    assert edges == walked | ends | {(State.SKIPPED, State.SKIPPED)}


def test_nothing_leaves_delivered() -> None:
    """What was told cannot be untold."""
    assert EDGES[State.DELIVERED] == frozenset()
