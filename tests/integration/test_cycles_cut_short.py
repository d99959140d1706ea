"""A ledger that fails, or changes, in the middle of a cycle: what that leaves undone is done all the same."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from alerter.domain.decisions.record import Action, Decision
from alerter.domain.planning.deadline import Status
from alerter.engine.handover.engine import Engine
from alerter.engine.handover.timekeeper import Timekeeper
from alerter.engine.ops.ops import Ops
from alerter.engine.time.clock import VirtualClock
from alerter.ledger.ledger import Ledger, LedgerUnwritable
from tests.contract.ledger.making import make_action, read_states
from tests.watching import at, deadline, digest, noon, watch_list


class Failing(Ledger):
    """A ledger that cannot be used while somebody says so, or in which somebody acts just before a commit."""

    is_out_of_use = False
    fails_once_set_back = False
    acts_first: Action | None = None

    async def commit(self, decisions: Sequence[Decision]) -> list[str]:
        self._fail()
        if self.acts_first is not None:
            action, self.acts_first = self.acts_first, None
            await self.act(action, ends=False, ends_leads=False)
        return await super().commit(decisions)

    async def set_back(self, now: datetime) -> list[str]:
        told_early = await super().set_back(now)
        self.is_out_of_use = self.fails_once_set_back
        return told_early

    async def digest_cursors(self) -> dict[str, datetime]:
        self._fail()
        return await super().digest_cursors()

    async def actions_after(self, ordinal: int) -> list[Action]:
        self._fail()
        return await super().actions_after(ordinal)

    def _fail(self) -> None:
        if self.is_out_of_use:
            raise LedgerUnwritable("disk full")


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Failing]:
    """An empty ledger in a file."""
    made = Failing(f"sqlite:///{tmp_path / 'ledger.db'}")
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def engine(ledger: Failing) -> Engine:
    """One that watches `truce`, whose first notice is in the queue."""
    clock = VirtualClock(at("11-05 12:00"))
    made = Engine(ledger=ledger, clock=clock, ops=Ops(ledger, clock), observe=lambda _: None)
    await made.take(watch_list(deadline("truce")))
    await made.cycle()
    return made


async def cut_short(engine: Engine, ledger: Failing) -> None:
    """One cycle without a ledger."""
    ledger.is_out_of_use = True
    with pytest.raises(LedgerUnwritable):
        await engine.cycle()
    ledger.is_out_of_use = False


async def test_what_was_removed_is_ended_by_the_next_cycle(engine: Engine, ledger: Failing) -> None:
    """Else its notices would still be in the queue."""
    assert {state for state, _ in (await read_states(ledger)).values()} == {"queued"}
    await engine.take(watch_list(deadline("other")))
    await cut_short(engine, ledger)
    await engine.cycle()
    assert (await read_states(ledger))["7d"] == ("skipped", "removed")


async def test_what_was_removed_while_somebody_acted_is_ended_too(engine: Engine, ledger: Failing) -> None:
    """The record was another one by then, and is read again."""
    due_key = (await ledger.known(["truce"]))["truce"].record.due_key
    ledger.acts_first = make_action(due_key=due_key)
    await engine.take(watch_list(deadline("other")))
    await engine.cycle()
    assert (await read_states(ledger))["7d"] == ("skipped", "removed")


async def test_what_somebody_did_is_heeded_by_the_next_cycle(engine: Engine, ledger: Failing, tmp_path: Path) -> None:
    """That the database changed is seen once."""
    await engine.cycle()
    beside = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    await beside.open()
    due_key = (await beside.known(["truce"]))["truce"].record.due_key
    await beside.act(make_action("close", due_key=due_key, status=Status.MET), ends=True, ends_leads=True)
    await beside.close()
    await cut_short(engine, ledger)
    assert engine.count_statuses()[Status.MET] == 0
    await engine.cycle()
    assert engine.count_statuses()[Status.MET] == 1


async def test_what_is_derived_from_a_void_date_stays_over_though_a_load_was_cut_short(ledger: Failing) -> None:
    """The deadlines of the new list were known, and what people did had yet to be read again."""
    clock = VirtualClock(at("11-05 12:00"))
    engine = Engine(ledger=ledger, clock=clock, ops=Ops(ledger, clock), observe=lambda _: None)
    source, child = deadline("source"), deadline("child", noon(11), derived_from="source")
    await engine.take(watch_list(source, child))
    await engine.cycle()
    due_key = (await ledger.known(["source"]))["source"].record.due_key
    closing = make_action("close", deadline="source", due_key=due_key, status=Status.VOID)
    await ledger.act(closing, ends=True, ends_leads=True)
    await engine.cycle()
    before = (await ledger.records())["child"].status
    ledger.is_out_of_use = True
    with pytest.raises(LedgerUnwritable):
        await engine.take(watch_list(source, deadline("child", noon(11), derived_from="source", note="changed")))
    ledger.is_out_of_use = False
    await engine.cycle()
    assert (before, (await ledger.records())["child"].status) == (Status.VOID, Status.VOID)


async def test_a_digest_that_is_gone_is_not_missed_though_a_load_was_cut_short(ledger: Failing) -> None:
    """Its next tick comes before the load is tried again."""
    clock = VirtualClock(at("11-05 12:00"))
    engine = Engine(ledger=ledger, clock=clock, ops=Ops(ledger, clock), observe=lambda _: None)
    await engine.take(watch_list(deadline(), digests=[digest()]))
    await engine.cycle()
    ledger.is_out_of_use = True
    with pytest.raises(LedgerUnwritable):
        await engine.take(watch_list(deadline()))
    ledger.is_out_of_use = False
    clock.set(at("11-06 09:00"))
    await engine.cycle()
    assert [told.kind for told in await ledger.history() if told.kind == "digest"] == []


class SettableClock(VirtualClock):
    """A clock that goes back too."""

    @override
    def set(self, at: datetime) -> None:
        self._now = at


async def test_ops_hear_that_the_clock_went_back_though_the_ledger_failed_then(ledger: Failing) -> None:
    """What was ahead is set back by then, and is not found again."""
    clock = SettableClock(at("11-05 12:00"))
    ops = Ops(ledger, clock)
    engine = Engine(ledger=ledger, clock=clock, ops=ops, observe=lambda _: None)
    timekeeper = Timekeeper(clock, ledger, ops, engine)
    await engine.take(watch_list(deadline("truce"), ops=["pager"]))
    await engine.cycle()
    await timekeeper.begin()
    clock.set(at("11-01 12:00"))
    ledger.fails_once_set_back = True
    with pytest.raises(LedgerUnwritable):
        await timekeeper.heed()
    ledger.is_out_of_use = False
    await timekeeper.heed()
    await ops.tell()
    claims = (await ledger.claim(clock.now(), clock.now(), {"pager": 9}, timedelta(minutes=1))).claims
    assert [claim.entry.title for claim in claims] == ["The clock went back"]
