"""What was taken from the queue and has not begun to be sent, while its deadline or its channel changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from alerter.channels.console import ConsoleSender
from alerter.channels.port import Rendered, Sender
from alerter.domain.decisions.record import Entry, Known, Row
from alerter.domain.messages.message import Message
from alerter.domain.notices.outcome import Delivered, Outcome
from alerter.domain.planning.channel import Channel, Quiet
from alerter.domain.planning.deadline import Status
from alerter.domain.planning.watchlist import WatchList
from alerter.engine.delivery.dispatch import Dispatcher
from alerter.engine.delivery.lane import MOST_FOR_A_WORKER
from alerter.engine.handover.engine import Engine
from alerter.engine.happening import Happening
from alerter.engine.ops.ops import Ops
from alerter.engine.time.clock import VirtualClock
from alerter.ledger.ledger import ChannelHealth, Claim, Ledger, LedgerUnwritable, Result
from tests.contract.ledger.making import make_action
from tests.watching import at, channel, deadline, digest, watch_list

NOW = at("11-05 12:00")
NAMES = ("a", "b", "c")
NIGHT = Quiet(start=time(22), end=time(6))


class Slow:
    """A channel that answers when it may."""

    def __init__(self) -> None:
        self.form = ConsoleSender("desk")
        self.may_answer = asyncio.Event()
        self.sent: list[str] = []
        self.seen: list[str] = []

    async def open(self) -> None:
        """There is nothing to connect to."""

    def render(self, message: Message) -> Rendered:
        """As the console would show it."""
        return self.form.render(message)

    async def send(self, message: Message, rendered: Rendered) -> Outcome:
        """Delivered, once it may be."""
        self.sent.append(rendered.subject)
        await self.may_answer.wait()
        self.seen.append("answered")
        return Delivered(detail="ok")

    async def close(self) -> None:
        """There is nothing to let go of."""
        self.seen.append("closed")


class Broken(Slow):
    """A channel whose first answer is none."""

    async def send(self, message: Message, rendered: Rendered) -> Outcome:
        """Delivered, but for the first."""
        self.sent.append(rendered.subject)
        return Delivered(detail="ok") if len(self.sent) > 1 else cast("Outcome", None)


class Gate:
    """Where whoever comes waits until it is opened."""

    def __init__(self) -> None:
        self.is_reached, self.is_open = asyncio.Event(), asyncio.Event()


class Gated(Ledger):
    """A ledger that fails once where it is told to, or waits at a gate before it answers."""

    def __init__(self, url: str) -> None:
        super().__init__(url, exclusive=True)
        self.fails_in = ""
        self.gates: dict[str, Gate] = {}

    async def facts(self, deadlines: Sequence[str]) -> dict[str, Known]:
        await self._pass("facts")
        return await super().facts(deadlines)

    async def record(self, results: Sequence[Result]) -> list[str]:
        await self._pass("record")
        return await super().record(results)

    async def let_go_held(self, channel: str, now: datetime) -> None:
        await self._pass("let_go_held")
        await super().let_go_held(channel, now)

    async def put_channels(self, channels: Sequence[ChannelHealth]) -> None:
        await self._pass("put_channels")
        await super().put_channels(channels)

    async def requeue_channel(self, name: str, now: datetime) -> list[str]:
        await self._pass("requeue_channel")
        return await super().requeue_channel(name, now)

    async def hold(self, claims: Sequence[Claim], until: datetime) -> None:
        await self._pass("hold")
        await super().hold(claims, until)

    async def hold_waiting(self, channel: Channel, now: datetime, until: datetime) -> list[Entry]:
        await self._pass("hold_waiting")
        return await super().hold_waiting(channel, now, until)

    async def open_besides(self) -> list[Row]:
        await self._pass("open_besides")
        return await super().open_besides()

    async def _pass(self, gate: str) -> None:
        if gate in self.gates:
            self.gates[gate].is_reached.set()
            await self.gates[gate].is_open.wait()
        if gate == self.fails_in:
            self.fails_in = ""
            raise LedgerUnwritable("disk full")


class Moving(VirtualClock):
    """One on which leases run out."""

    def monotonic(self) -> float:
        return (self.now() - NOW).total_seconds()


class Working:
    """Engine and dispatcher on a virtual clock, turn by turn as the daemon has them."""

    def __init__(self, ledger: Gated) -> None:
        self.ledger, self.clock, self.slow = ledger, Moving(NOW), Slow()
        self.happenings: list[Happening] = []
        ops = Ops(ledger, self.clock)
        nothing = timedelta(0)
        self.engine = Engine(
            ledger=ledger, clock=self.clock, ops=ops, observe=lambda _: None, recall=self.recall, ahead_for=nothing
        )
        self.dispatcher = Dispatcher(
            ledger=ledger,
            clock=self.clock,
            ops=ops,
            observe=self.happenings.append,
            wake=lambda: None,
            look_again=self.engine.look_again,
            ahead_for=nothing,
        )

    async def recall(self, deadlines: Collection[str]) -> None:
        """As the daemon has the one ask the other."""
        await self.dispatcher.recall(deadlines)

    async def take(self, taken: WatchList, more: Mapping[str, Sender] | None = None) -> None:
        """As at a load."""
        senders: dict[str, Sender] = {name: ConsoleSender(name) for name in taken.channels}
        await self.dispatcher.take(taken, senders | {"desk": self.slow} | dict(more or {}))
        await self.engine.take(taken)

    async def turn(self) -> None:
        """Hand over and claim; what was claimed is on its way."""
        await self.engine.cycle()
        await self.dispatcher.pump()
        await asyncio.sleep(0)

    async def rest(self) -> dict[str | None, tuple[str, str | None]]:
        """What became of each deadline's notice when nothing is on its way any more."""
        self.slow.may_answer.set()
        for _ in range(3):
            await self.dispatcher.idle()
            self.clock.set(self.clock.now() + timedelta(seconds=1))
            await self.turn()
        await self.dispatcher.idle()
        return await self.states()

    async def outlast(self) -> set[str]:
        """What states the reminders are in when leases that nobody renews have ended."""
        self.slow.may_answer.set()
        for _ in range(12):
            self.clock.set(self.clock.now() + timedelta(seconds=10))
            await self.turn()
            await self.dispatcher.idle()
        return {state for state, _ in (await self.states()).values()}

    async def states(self) -> dict[str | None, tuple[str, str | None]]:
        """State and reason of each deadline's reminder."""
        return {one.deadline: (one.state, one.reason) for one in await self.ledger.history() if one.lead}


@pytest.fixture
async def working(tmp_path: Path) -> AsyncIterator[Working]:
    """With an empty ledger in a file."""
    ledger = Gated(f"sqlite:///{tmp_path / 'ledger.db'}")
    await ledger.open()
    made = Working(ledger)
    made.dispatcher.start()
    yield made
    made.slow.may_answer.set()
    await made.dispatcher.stop()
    await ledger.close()


def listed(*names: str, **desk: Any) -> WatchList:
    """Deadlines with one lead that has passed, for a desk that takes one message at a time."""
    one_by_one = channel("desk", concurrency=1, **desk)
    return watch_list(*(deadline(name, leads=("7d",)) for name in names), channels=[one_by_one])


async def test_what_waits_for_a_worker_is_not_sent_once_its_deadline_is_gone(working: Working) -> None:
    """The one that had begun was told of a date that was true then."""
    await working.take(listed(*NAMES))
    await working.turn()
    assert sorted(state for state, _ in (await working.states()).values()) == ["sending"] * 3
    before = listed(*NAMES)
    begun = next(name for name in NAMES if name.title() in working.slow.sent[0])
    await working.take(replace(before, deadlines={begun: before.deadlines[begun]}))
    states = await working.rest()
    assert states.pop(begun) == ("delivered", "first-seen")
    assert set(states.values()) == {("skipped", "removed")}
    assert len(working.slow.sent) == 1


async def test_what_is_claimed_before_its_removal_was_decided_is_not_sent(working: Working) -> None:
    """The channels have the new list a moment before the plan has."""
    before = listed(*NAMES)
    await working.take(before)
    await working.engine.cycle()
    after = replace(before, deadlines={"a": before.deadlines["a"]})
    await working.dispatcher.take(
        after, {"desk": working.slow, "legal": ConsoleSender("l"), "pager": ConsoleSender("p")}
    )
    await working.dispatcher.pump()
    working.slow.may_answer.set()
    await working.dispatcher.idle()
    await working.engine.take(after)
    states = await working.rest()
    assert states == {"a": ("delivered", "first-seen"), "b": ("skipped", "removed"), "c": ("skipped", "removed")}
    assert len(working.slow.sent) == 1


async def test_what_was_claimed_for_nobody_comes_back(working: Working) -> None:
    """The ledger failed before it was known what to say; the leases are not renewed for ever."""
    await working.take(listed(*NAMES))
    await working.engine.cycle()
    working.ledger.fails_in = "facts"
    with pytest.raises(LedgerUnwritable):
        await working.dispatcher.pump()
    assert {state for state, _ in (await working.states()).values()} == {"sending"}
    assert await working.outlast() == {"delivered"}


async def test_what_a_changed_channel_cannot_give_back_comes_back(working: Working) -> None:
    """The log says why it is late."""
    taken = listed(*NAMES)
    await working.take(taken)
    await working.turn()
    now = Slow()
    now.may_answer.set()
    working.ledger.fails_in = "record"
    with capture_logs() as lines:
        await working.take(listed(*NAMES, rate=3.0), {"desk": now})
        assert await working.outlast() == {"delivered"}
    said = [(line["event"], line["reason"], line["notices"]) for line in lines if line["log_level"] == "error"]
    assert said == [("claims.unreturned", "disk full", 2)]
    assert (len(working.slow.sent), len(now.sent)) == (1, 2)


async def test_what_cannot_be_given_back_when_its_deadline_changes_comes_back(working: Working) -> None:
    """It is not leased for as long as the daemon runs."""
    await working.take(listed(*NAMES))
    await working.turn()
    working.ledger.fails_in = "record"
    await working.dispatcher.recall(NAMES)
    assert await working.outlast() == {"delivered"}


@pytest.mark.parametrize("step", ["requeue_channel", "put_channels", "let_go_held"])
async def test_a_load_in_which_the_ledger_fails_is_taken_whole_the_next_time(working: Working, step: str) -> None:
    """What quiet hours held is let go, all goes through the channel as it is now, and none of its senders is left."""
    quiet = Quiet(start=time(12, 0, 10), end=time(13))
    await working.take(listed(*NAMES, quiet=quiet))
    await working.turn()
    working.clock.set(NOW + timedelta(seconds=20))
    working.slow.may_answer.set()
    await working.dispatcher.idle()
    assert sorted(state for state, _ in (await working.states()).values()) == ["delivered", "queued", "queued"]
    now = Slow()
    now.may_answer.set()
    working.ledger.fails_in = step
    with pytest.raises(LedgerUnwritable):
        await working.take(listed(*NAMES, address="another"), {"desk": now})
    await working.take(listed(*NAMES, address="another"), {"desk": now})
    assert {state for state, _ in (await working.rest()).values()} == {"delivered"}
    assert (len(working.slow.sent), len(now.sent)) == (1, 2)
    await working.dispatcher.stop()
    assert (working.slow.seen, now.seen[-1:]) == (["answered", "closed"], ["closed"])


async def test_what_is_recorded_is_told_though_the_ledger_fails_beside_it(working: Working) -> None:
    """How the channel is could not be written at first."""
    await working.take(listed("a"))
    await working.turn()
    working.ledger.fails_in = "put_channels"
    working.slow.may_answer.set()
    with suppress(LedgerUnwritable):
        await working.dispatcher.idle()
    await working.dispatcher.idle()
    assert await working.states() == {"a": ("delivered", "first-seen")}
    assert [each.event for each in working.happenings] == ["delivered"]


async def test_what_a_channel_breaks_at_comes_back(working: Working) -> None:
    """Its fault is in the log, and holds no message for ever."""
    await working.take(listed("a"), {"desk": Broken()})
    with capture_logs() as lines:
        await working.turn()
        assert await working.outlast() == {"delivered"}
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["lane.failed"]


async def test_what_cannot_be_held_comes_back(working: Working) -> None:
    """Quiet hours begin while the ledger cannot be written."""
    await working.take(listed(*NAMES, quiet=Quiet(start=time(12, 1), end=time(12, 2))))
    await working.turn()
    working.ledger.fails_in = "hold"
    working.clock.set(at("11-05 12:01:30"))
    assert await working.outlast() == {"delivered"}


async def test_what_is_claimed_while_a_load_is_taken_has_its_lane(working: Working) -> None:
    """The load waits until what was claimed is in the lanes that there are."""
    await working.take(listed(*NAMES, quiet=NIGHT))
    await working.engine.cycle()
    facts, letting_go = Gate(), Gate()
    working.ledger.gates = {"facts": facts, "let_go_held": letting_go}
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(working.dispatcher.pump())
        await facts.is_reached.wait()
        tasks.create_task(working.take(listed(*NAMES)))
        await asyncio.sleep(0.1)  # for what must not happen yet
        assert not letting_go.is_reached.is_set()
        facts.is_open.set()
        await letting_go.is_reached.wait()
        letting_go.is_open.set()
    assert {state for state, _ in (await working.rest()).values()} == {"delivered"}


@pytest.mark.parametrize("changes", [False, True])
async def test_what_waits_in_the_ledger_is_held_with_the_first(working: Working, changes: bool) -> None:
    """More than a lane has room for; nothing stays held by hours that a load takes away meanwhile."""
    names = [f"d{number}" for number in range(MOST_FOR_A_WORKER + 20)]
    quiet = Quiet(start=time(12, 0, 10), end=time(13))
    await working.take(listed(*names, quiet=quiet))
    await working.turn()
    holding = Gate()
    working.ledger.gates = {"hold_waiting": holding}
    working.clock.set(NOW + timedelta(seconds=20))
    working.slow.may_answer.set()
    if changes:
        await holding.is_reached.wait()
        await working.take(listed(*names))
    holding.is_open.set()
    await working.dispatcher.idle()
    if changes:
        assert {state for state, _ in (await working.rest()).values()} == {"delivered"}
    else:
        assert await working.ledger.next_claim_at(["desk"]) == NOW + timedelta(hours=1)


async def test_a_digest_that_is_gone_is_not_sent_though_the_ledger_failed_meanwhile(working: Working) -> None:
    """What could not be skipped in one cycle is in the next."""
    before = replace(listed("a"), digests={"daily": digest(cron="0 12 * * *")})
    await working.take(before)
    await working.engine.cycle()
    await working.take(replace(before, digests={}))
    working.ledger.fails_in = "open_besides"
    with pytest.raises(LedgerUnwritable):
        await working.engine.cycle()
    await working.engine.cycle()
    digests = [(one.state, one.reason) for one in await working.ledger.history() if one.kind == "digest"]
    assert digests == [("skipped", "removed")]


async def test_what_waits_for_a_worker_is_not_sent_once_its_digest_is_gone(working: Working) -> None:
    """Nobody is told that nothing is due."""
    everywhere = listed("a")
    before = replace(everywhere, digests={each: digest(each, cron="0 12 * * *") for each in NAMES})
    await working.take(before)
    await working.turn()
    await working.take(replace(before, digests={"b": before.digests["b"]}))
    await working.rest()
    digests = {one.ordinal: (one.state, one.reason) for one in await working.ledger.history() if one.kind == "digest"}
    assert digests == {"a": ("skipped", "removed"), "b": ("delivered", None), "c": ("skipped", "removed")}


async def test_what_waits_for_a_worker_goes_through_the_channel_as_it_is_now(working: Working) -> None:
    """Not to the address of before."""
    taken = listed(*NAMES)
    await working.take(taken)
    await working.turn()
    moved = replace(taken, channels={**taken.channels, "desk": replace(taken.channels["desk"], address="another")})
    now = Slow()
    now.may_answer.set()
    await working.take(moved, {"desk": now})
    assert set((await working.rest()).values()) == {("delivered", "first-seen")}
    assert (len(working.slow.sent), len(now.sent)) == (1, 2)


@pytest.mark.parametrize("keeps_sender", [True, False])
async def test_what_has_begun_as_its_channel_changes_ends_well_in_a_stop(working: Working, keeps_sender: bool) -> None:
    """Each sender is let go of once, when nothing goes through it any more."""
    await working.take(listed("a"))
    await working.turn()
    now = working.slow if keeps_sender else Slow()
    await working.take(listed("a", rate=3.0), {"desk": now})
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(working.dispatcher.stop())
        await asyncio.sleep(0.1)
        working.slow.may_answer.set()
    assert await working.states() == {"a": ("delivered", "first-seen")}
    assert (working.slow.seen, now.seen[-1:]) == (["answered", "closed"], ["closed"])


@pytest.mark.parametrize("keeps_sender", [True, False])
async def test_a_second_stop_breaks_off_what_has_begun_as_its_channel_changed(
    working: Working, keeps_sender: bool
) -> None:
    """However often it is asked for, what was broken off is given back."""
    await working.take(listed("a"))
    await working.turn()
    now = working.slow if keeps_sender else Slow()
    await working.take(listed("a", rate=3.0), {"desk": now})
    async with asyncio.TaskGroup() as tasks:
        stopping = tasks.create_task(working.dispatcher.stop())
        while not stopping.done():
            await asyncio.sleep(0)
            working.dispatcher.hurry()
    assert await working.states() == {"a": ("retrying", "first-seen")}
    assert (working.slow.seen, now.seen[-1:]) == (["closed"], ["closed"])


@pytest.mark.parametrize("noticed_by", ["turn", "load"])
async def test_what_waits_for_a_worker_is_not_sent_once_somebody_has_closed_it(
    working: Working, noticed_by: str
) -> None:
    """Nor what waits for the line that says so, whether a turn or a load is the first to see it."""
    taken = listed(*NAMES)
    await working.take(taken)
    await working.turn()
    begun = next(name for name in NAMES if name.title() in working.slow.sent[0])
    for name, facts in (await working.ledger.known(NAMES)).items():
        closing = make_action("close", deadline=name, due_key=facts.record.due_key, status=Status.MET)
        await working.ledger.act(closing, ends=True, ends_leads=True)
        working.engine.acted_on(name)
    await (working.turn() if noticed_by == "turn" else working.take(taken))
    working.slow.may_answer.set()
    await working.dispatcher.idle()
    states = await working.rest()
    assert states.pop(begun) == ("delivered", "first-seen")
    assert set(states.values()) == {("skipped", "closed")}


async def test_what_waits_for_a_worker_is_held_once_quiet_hours_have_begun(working: Working) -> None:
    """It goes when they end; a queue of what is held is looked at once."""
    await working.take(listed(*NAMES, quiet=Quiet(start=time(12, 1), end=time(13))))
    await working.turn()
    working.clock.set(at("11-05 12:02"))
    states = (await working.rest()).values()
    assert sorted(state for state, _ in states) == ["delivered", "queued", "queued"]
    assert [await working.dispatcher.pump(), len(working.slow.sent)] == [at("11-05 13:00"), 1]
    working.clock.set(at("11-05 13:00"))
    await working.turn()
    assert {state for state, _ in (await working.rest()).values()} == {"delivered"}
    assert len(working.slow.sent) == 3


async def test_a_rate_leaves_in_the_queue_what_does_not_have_its_turn_yet(working: Working) -> None:
    """There it is ended like all others when somebody acts."""
    working.slow.may_answer.set()
    await working.take(listed(*NAMES, rate=1 / 15))
    seen = []
    for _ in range(5):
        await working.turn()
        await working.dispatcher.idle()
        seen.append(sorted(state for state, _ in (await working.states()).values()))
        working.clock.set(working.clock.now() + timedelta(seconds=10))
    assert [states.count("delivered") for states in seen] == [1, 1, 2, 2, 3]
    assert {state for states in seen for state in states} == {"delivered", "queued"}


async def test_a_restart_keeps_the_pace(working: Working) -> None:
    """The last delivery is in the ledger."""
    working.slow.may_answer.set()
    await working.take(listed("a", rate=1 / 15))
    await working.turn()
    await working.dispatcher.stop()
    again = Working(working.ledger)
    again.slow.may_answer.set()
    again.clock.set(NOW + timedelta(seconds=10))
    again.dispatcher.start()
    await again.take(listed("a", "b", rate=1 / 15))
    await again.turn()
    await again.dispatcher.idle()
    assert (await again.states())["b"][0] == "queued"
    again.clock.set(NOW + timedelta(seconds=15))
    await again.turn()
    await again.dispatcher.idle()
    assert (await again.states())["b"][0] == "delivered"
    await again.dispatcher.stop()
