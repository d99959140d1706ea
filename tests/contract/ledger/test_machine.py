"""Any order of hand-overs, claims, results, crashes, actions and hours: what must hold all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from alerter.domain.decisions.record import Decision, Skip
from alerter.domain.notices.notice import Reason, State
from alerter.ledger.ledger import Claim, Ledger
from alerter.ledger.states import can_move
from tests.contract.ledger.making import LEASE, START, ended, make_action, make_entry, make_record
from tests.postgres import empty_schema

T = TypeVar("T")

DEADLINES = ("a", "b")
CHANNELS = ("desk", "legal")
NUMBERS = st.integers(min_value=0, max_value=5)


class LedgerMachine(RuleBasedStateMachine):
    """A ledger beside the little that must be remembered to judge it."""

    claims = Bundle("claims")

    def __init__(self, database: AbstractContextManager[str]) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.closing = ExitStack()
        self.ledger = Ledger(self.closing.enter_context(database), clock=lambda: self.now)
        self.now: datetime = START
        self.handed_over: set[str] = set()
        self.leased: dict[str, Claim] = {}
        self.delivered: dict[str, datetime] = {}
        self.states: dict[str, State] = {}

    def run(self, work: Awaitable[T]) -> T:
        """Wait for the ledger."""

        async def wait() -> T:
            return await work

        return self.runner.run(wait())

    @initialize()
    def open(self) -> None:
        """Start with two deadlines and nothing told."""
        self.run(self.ledger.open())
        assert self.run(self.ledger.commit([Decision(record=make_record(each)) for each in DEADLINES])) == []

    def teardown(self) -> None:
        """Close what was opened."""
        self.run(self.ledger.close())
        self.closing.close()
        self.runner.close()

    @rule(
        deadline=st.sampled_from(DEADLINES),
        channel=st.sampled_from(CHANNELS),
        numbers=st.sets(NUMBERS, min_size=1),
        bundle=st.sampled_from([None, None, "bun_1", "bun_2"]),
        replaces=st.booleans(),
    )
    def hand_over(self, deadline: str, channel: str, numbers: set[int], bundle: str | None, replaces: bool) -> None:
        """Leads come due; some of them have been handed over before."""
        record = self.run(self.ledger.records())[deadline]
        entries = tuple(
            make_entry(
                str(number),
                deadline=deadline,
                channel=channel,
                at=self.now + timedelta(minutes=number),
                bundle=f"{bundle}{channel}{deadline}" if bundle else None,
                replaces=replaces,
            )
            for number in sorted(numbers)
        )
        assert self.run(self.ledger.commit([Decision(record=record, entries=entries)])) == []
        self.handed_over |= {entry.notice.id for entry in entries}

    @rule(deadline=st.sampled_from(DEADLINES), reason=st.sampled_from([Reason.REMOVED, Reason.MOVED]))
    def take_back(self, deadline: str, reason: Reason) -> None:
        """The plan changes, and what is open goes."""
        known = self.run(self.ledger.known([deadline]))[deadline]
        skips = tuple(Skip(id=row.id, reason=reason) for row in known.rows if row.is_open)
        assert self.run(self.ledger.commit([Decision(record=known.record, skips=skips)])) == []

    @rule(target=claims, room=st.integers(min_value=0, max_value=4))
    def claim(self, room: int) -> object:
        """Dispatch takes what is due; nobody else may hold any of it, and none of it may have been told."""
        claims = self.run(self.ledger.claim(self.now, self.now, dict.fromkeys(CHANNELS, room), LEASE)).claims
        for claim in claims:
            assert claim.id not in self.leased
            assert claim.id not in self.delivered
            assert self.now >= claim.entry.send_at
            self.leased[claim.id] = claim
        self._check_bundles(claims)
        return multiple(*claims)

    def _check_bundles(self, claims: list[Claim]) -> None:
        """No open row of a claimed bundle was left behind."""
        claimed = {claim.entry.bundle for claim in claims} - {None}
        left = [told.id for told in self.run(self.ledger.history()) if told.bundle in claimed and told.next_at]
        assert left == []

    @rule(
        claim=consumes(claims),
        state=st.sampled_from([State.DELIVERED, State.RETRYING, State.DEAD, State.QUEUED]),
        wait_for=st.integers(min_value=0, max_value=120),
    )
    def record(self, claim: Claim, state: State, wait_for: int) -> None:
        """An attempt ends, perhaps long after its lease."""
        result = ended(claim, state, at=self.now, next_at=self.now + timedelta(seconds=wait_for))
        lost = self.run(self.ledger.record([result]))
        is_leased = self.leased.get(claim.id) is claim
        assert ([] if is_leased else [claim.id]) == lost
        if state is State.DELIVERED:
            self.delivered.setdefault(claim.id, self.now)
        if is_leased or state is State.DELIVERED:
            self.leased.pop(claim.id, None)

    @rule(seconds=st.integers(min_value=1, max_value=200))
    def advance(self, seconds: int) -> None:
        """Time passes."""
        self.now += timedelta(seconds=seconds)

    @rule(all_leases=st.booleans())
    def crash(self, all_leases: bool) -> None:
        """A restart takes back all leases; the daemon's rounds only those that ran out."""
        over = {each for each, claim in self.leased.items() if all_leases or claim.lease_until <= self.now}
        assert len(over) == self.run(self.ledger.release(self.now, all_leases=all_leases))
        for each in over:
            del self.leased[each]

    @rule(
        deadline=st.sampled_from(DEADLINES),
        action=st.sampled_from(["ack", "snooze", "close"]),
        ends_leads=st.booleans(),
    )
    def act(self, deadline: str, action: str, ends_leads: bool) -> None:
        """Somebody says that they have seen it."""
        made = make_action(action, deadline=deadline, at=self.now)
        self.run(self.ledger.act(made, ends=True, ends_leads=ends_leads))

    @rule()
    def retry(self) -> None:
        """Somebody brings the dead back."""
        self.run(self.ledger.retry(None, self.now))

    @invariant()
    def nothing_is_lost(self) -> None:
        """Every notice handed over has its row, and goes only the ways that there are."""
        history = {told.id: told for told in self.run(self.ledger.history())} if self.handed_over else {}
        assert self.handed_over == set(history)
        for each, told in history.items():
            before = self.states.get(each, told.state)
            assert told.state in (before, State.SENDING, State.RETRYING, State.QUEUED) or can_move(before, told.state)
            assert (told.state is State.SENDING) == (each in self.leased)
            assert (told.state in (State.QUEUED, State.RETRYING)) == (told.next_at is not None)
            assert self.delivered.get(each) == told.delivered_at
            assert (told.state is State.DELIVERED) == (each in self.delivered)
            self.states[each] = told.state


@contextmanager
def file_of(folder: Path) -> Iterator[str]:
    """A new database file."""
    with TemporaryDirectory(dir=folder) as name:
        yield f"sqlite:///{name}/alerter.db"


@pytest.mark.parametrize(("backend", "examples"), [("memory", 40), ("file", 10), ("postgresql", 10)])
def test_any_order_of_events_keeps_the_promises(
    backend: str, examples: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """No two live leases on one notice, nothing lost, and nothing delivered is sent again."""
    databases: dict[str, Callable[[], AbstractContextManager[str]]] = {
        "memory": lambda: nullcontext("sqlite://"),
        "file": lambda: file_of(tmp_path),
        "postgresql": lambda: empty_schema(request.getfixturevalue("postgres_server")),
    }

    class OnDatabase(LedgerMachine):
        def __init__(self) -> None:
            super().__init__(databases[backend]())

    steps = settings(max_examples=examples, stateful_step_count=30)
    run_state_machine_as_test(OnDatabase, settings=steps)
