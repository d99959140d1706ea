"""The engine on a virtual clock: what would be told, when, by the same code that does it for real.

Sending takes no time and succeeds, except where it is asked to fail. The ledger is in memory and empty at
the start; nothing here knows the network.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import count

from alerter.channels.port import Rendered, Sender
from alerter.domain.decisions.acting import CannotDo, Deed
from alerter.domain.decisions.handover import upcoming
from alerter.domain.decisions.record import Row, Skip
from alerter.domain.messages.message import Message
from alerter.domain.notices.notice import Reason, State
from alerter.domain.notices.outcome import Delivered, Outcome, Retry
from alerter.domain.planning.quiet import LONGEST_HOLD
from alerter.domain.planning.watchlist import WatchList
from alerter.engine.delivery.dispatch import Dispatcher
from alerter.engine.handover.engine import Engine
from alerter.engine.happening import Happening, of_skips, still_held
from alerter.engine.intake.judging import HeldBack, Intake, held_back
from alerter.engine.intake.standing import Standing
from alerter.engine.ops.ops import Ops
from alerter.engine.time.clock import VirtualClock
from alerter.ledger.doing import do
from alerter.ledger.ledger import Ledger

Stretch = tuple[datetime, datetime]
"""From an instant (inclusive) to another (exclusive)."""

NO_TIME = timedelta(0)
ACKNOWLEDGEMENT = Deed(action="ack", by="rehearsal")
FAILURE = Retry(detail="the rehearsal makes this channel fail")


class UnknownDeadlineError(ValueError):
    """An acknowledgement names a deadline that the watch list of that moment does not have."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A watch list and what puts its messages into form."""

    watch_list: WatchList
    senders: Mapping[str, Sender]


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What happens besides the passing of time.

    `downs` are stretches without a daemon, `reloads` what is taken when, `acks` the deadlines acknowledged,
    `deeds` what else people do, and about which, `fails` the channels that answer nothing, and when, `answers` those
    that answer something of their own.
    """

    start: datetime
    end: datetime
    downs: Sequence[Stretch] = ()
    reloads: Sequence[tuple[datetime, Edition]] = ()
    acks: Sequence[tuple[datetime, str]] = ()
    deeds: Sequence[tuple[datetime, str, Deed]] = ()
    fails: Sequence[tuple[str, Stretch]] = ()
    answers: Sequence[tuple[str, Stretch, Outcome]] = ()


class Pretender:
    """Puts messages into a channel's own form, and delivers them to nobody."""

    def __init__(self, sender: Sender, answers: Sequence[tuple[Stretch, Outcome]]) -> None:
        self._sender = sender
        self._answers = answers

    async def open(self) -> None:
        """There is nothing to connect to."""

    def render(self, message: Message) -> Rendered:
        """The message in the channel's form."""
        return self._sender.render(message)

    async def send(self, message: Message, rendered: Rendered) -> Outcome:
        """Delivered, or what the script says."""
        for (start, end), outcome in self._answers:
            if start <= message.now < end:
                return outcome
        return Delivered(detail="delivered in rehearsal", reference=message.thread or message.id)

    async def close(self) -> None:
        """There is nothing to let go of."""


def _as_it_is(message: Message) -> Message:
    return message


async def rehearse(edition: Edition, script: Script) -> list[Happening]:
    """Run the script on an empty ledger; returns what happened, in order of time. Raises UnknownDeadlineError."""
    ledger = Ledger("sqlite://")
    await ledger.open()
    try:
        return await rehearse_on(ledger, edition, script)
    finally:
        await ledger.close()


async def rehearse_on(
    ledger: Ledger, edition: Edition, script: Script, *, add_links: Callable[[Message], Message] = _as_it_is
) -> list[Happening]:
    """The same on an open ledger, which is kept, with links in the messages."""
    stage = _Stage(edition, script, ledger, add_links)
    await stage.play()
    return sorted((one for one in stage.happenings if one.at < script.end), key=_order)


def _order(one: Happening) -> tuple[datetime, str, str]:
    return one.at, one.deadline or "", one.channel


class _Stage:
    """Everything a rehearsal moves."""

    def __init__(
        self, edition: Edition, script: Script, ledger: Ledger, add_links: Callable[[Message], Message]
    ) -> None:
        self.happenings: list[Happening] = []
        self._script = script
        self._ledger = ledger
        self._clock = VirtualClock(script.start)
        self._ops = Ops(ledger, self._clock)
        self._intake = Intake()
        self._standing = Standing(self._ops)
        self._current: Edition | None = None
        self._on_disk = edition
        self._cues: list[tuple[datetime, int, Callable[[], Awaitable[None]]]] = []
        self._numbers = count()
        observe = self.happenings.append  # nobody acts while something is on its way
        self._engine = Engine(ledger=ledger, clock=self._clock, ops=self._ops, observe=observe, ahead_for=NO_TIME)
        self._dispatcher = Dispatcher(
            ledger=ledger,
            clock=self._clock,
            ops=self._ops,
            observe=observe,
            look_again=self._engine.look_again,
            wake=lambda: None,
            add_links=add_links,
            ahead_for=NO_TIME,
        )

    async def play(self) -> None:
        """Jump from each instant at which something happens to the next."""
        self._set_cues()
        self._dispatcher.start()
        now = self._script.start
        while now < self._script.end:
            self._clock.set(now)
            while self._cues and self._cues[0][0] <= now:
                await heapq.heappop(self._cues)[2]()
            next_at = await self._settle() if self._current is not None else None
            cue_at = self._cues[0][0] if self._cues else None
            ahead = [at for at in (next_at, cue_at, self._script.end) if at is not None]
            now = max(min(ahead), now + timedelta(microseconds=1))
        await self._dispatcher.stop()
        await self._report_held()

    async def _report_held(self) -> None:
        """Report what quiet hours keep back beyond the end."""
        watch_list = self._on_disk.watch_list
        start, end = self._script.start, self._script.end
        known = await self._ledger.known(list(watch_list.deadlines))
        for name, facts in known.items():
            for notice in upcoming(watch_list.deadlines[name], watch_list.channels, facts, end, end + LONGEST_HOLD):
                if notice.held is not None and start <= notice.held.since < end:
                    self.happenings.append(still_held(notice, notice.held))

    async def _settle(self) -> datetime | None:
        """Let everything happen that happens now; returns when something happens next."""
        while True:
            engine_at = await self._engine.cycle()
            dispatch_at = await self._dispatcher.pump()
            if not self._dispatcher.is_busy:
                return min((at for at in (engine_at, dispatch_at) if at is not None), default=None)
            await self._dispatcher.idle()

    def _cue(self, at: datetime, body: Callable[[], Awaitable[None]]) -> None:
        heapq.heappush(self._cues, (at, next(self._numbers), body))

    def _set_cues(self) -> None:
        script = self._script
        downs = _joined(script.downs)
        if not any(start <= script.start < end for start, end in downs):
            self._cue(script.start, self._start)
        for start, end in downs:
            self._cue(start, self._stop)
            self._cue(end, self._start)
        for at, edition in script.reloads:
            self._cue(at, partial(self._reload, edition))
        acks = [(at, name, ACKNOWLEDGEMENT) for at, name in script.acks]
        for at, name, deed in (*acks, *script.deeds):
            self._cue(at, partial(self._act, name, deed))

    async def _start(self) -> None:
        """A daemon starts: it takes what it finds, at once."""
        await self._take(self._on_disk)

    async def _stop(self) -> None:
        self._current = None

    async def _reload(self, edition: Edition) -> None:
        self._on_disk = edition
        if self._current is None:
            return
        now = self._clock.now()
        judged = self._intake.judge(self._current.watch_list, edition.watch_list, now)
        if isinstance(judged, HeldBack):
            self._cue(judged.until, partial(self._reload_held, edition))
            await self._standing.report(held_back(judged, edition.watch_list.fingerprint))
            return
        await self._take(edition)

    async def _reload_held(self, edition: Edition) -> None:
        if edition is self._on_disk:
            await self._reload(edition)

    async def _take(self, edition: Edition) -> None:
        watch_list = _unhurried(edition.watch_list)
        self._current = edition
        answers: dict[str, list[tuple[Stretch, Outcome]]] = defaultdict(list)
        for name, stretch, outcome in (
            *((name, stretch, FAILURE) for name, stretch in self._script.fails),
            *self._script.answers,
        ):
            answers[name].append((stretch, outcome))
        senders = {name: Pretender(sender, answers[name]) for name, sender in edition.senders.items()}
        await self._dispatcher.take(watch_list, senders)
        await self._engine.take(watch_list)
        self._intake.forget()
        self._standing.over()

    async def _act(self, name: str, deed: Deed) -> None:
        """What cannot be done, or has been done already, changes nothing."""
        deadlines = self._on_disk.watch_list.deadlines
        deadline = deadlines.get(name)
        if deadline is None:
            raise UnknownDeadlineError(name)
        before = (await self._ledger.known([name])).get(name)
        try:
            done = await do(self._ledger, deadline, deadlines, deed, self._clock.now())
        except CannotDo:
            return
        if done.is_repeat:
            return
        if before is not None:
            await self._report_ended([row for row in before.rows if row.is_open])
        self._engine.acted_on(name)

    async def _report_ended(self, rows: Sequence[Row]) -> None:
        """Report those of these open rows that an action has ended."""
        after = await self._ledger.rows([row.id for row in rows])
        skips = [
            Skip(id=row.id, reason=Reason(row.reason))
            for row in after.values()
            if row.state is State.SKIPPED and row.reason is not None
        ]
        self.happenings += of_skips(after.values(), skips, self._clock.now())


def _unhurried(watch_list: WatchList) -> WatchList:
    """The same, without limits of rate: in a rehearsal sending takes no time."""
    channels = {name: replace(channel, rate=None) for name, channel in watch_list.channels.items()}
    return replace(watch_list, channels=channels)


def _joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same time in stretches that neither overlap nor touch."""
    joined: list[Stretch] = []
    for start, end in sorted(stretches):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined
