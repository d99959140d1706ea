"""One channel's own queue, workers, rate and health: its trouble stays its own."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from alerter.channels.port import Sender
from alerter.domain.decisions.entries import hold
from alerter.domain.decisions.record import Entry, Known
from alerter.domain.decisions.retry import PAUSE_AFTER_FAILURES, Verdict, rest
from alerter.domain.notices.notice import Kind
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.watchlist import WatchList
from alerter.domain.value import value
from alerter.engine.time.clock import Clock
from alerter.ledger.ledger import ChannelHealth, Claim

log = structlog.get_logger(__name__)

MOST_FOR_A_WORKER = 160
"""Messages taken from the ledger ahead of each worker of a channel: a few seconds' work where answers come fast."""

MOST_AT_ONCE = 256
"""Of these so many in one go, so that replicas share a herd and nothing else has to wait for long."""

LONGEST_AHEAD = timedelta(seconds=5)
"""No worker takes a turn so long before its message may go."""

LONGEST_PAUSE = timedelta(hours=2)
"""A pause that seems longer was begun by a clock that was ahead."""


@value(frozen=True, slots=True)
class Job:
    """What one worker sends in one go: a notice, or all notices of a bundle.

    `lease_ends` is on the monotonic clock; `facts` are what the ledger knew of the deadlines at the claim, and
    `watch_list` what was watched then.
    """

    claims: tuple[Claim, ...]
    lease_ends: float
    facts: Mapping[str, Known]
    watch_list: WatchList

    @property
    def name(self) -> str:
        """What its message is called: the id of its notice, or of the bundle."""
        first = self.claims[0]
        return first.entry.bundle or first.id

    @property
    def channel(self) -> str:
        """Where it goes."""
        return self.claims[0].entry.notice.channel

    @property
    def deadlines(self) -> frozenset[str]:
        """What it is about."""
        names = (claim.entry.notice.deadline for claim in self.claims)
        return frozenset(name for name in names if name is not None)

    def is_outdated(self, watch_list: WatchList | None) -> bool:
        """Whether a deadline of it has changed since, or is known and not watched any more; or a digest is gone."""
        return watch_list is not None and (
            any(self._differs(name, watch_list) for name in self.deadlines)
            or any(_is_gone(claim.entry, watch_list) for claim in self.claims)
        )

    def _differs(self, name: str, watch_list: WatchList) -> bool:
        now = watch_list.deadlines.get(name)
        return name in self.facts if now is None else now is not self.watch_list.deadlines.get(name)

    @property
    def in_turn(self) -> frozenset[str]:
        """The deadlines whose notices all go, one after the other, of which this holds one."""
        notices = (claim.entry.notice for claim in self.claims if not claim.entry.replaces)
        return frozenset(notice.deadline for notice in notices if notice.deadline is not None)

    @property
    def is_problem(self) -> bool:
        """Whether it tells of the alerter's own problems."""
        return all(claim.entry.notice.kind is Kind.PROBLEM for claim in self.claims)

    @property
    def send_at(self) -> datetime:
        """The instant before which it may not go."""
        return max(claim.entry.send_at for claim in self.claims)

    def held_until(self, channel: Channel, now: datetime) -> datetime | None:
        """When the channel's quiet hours end that hold it; None where there are none, or a part of it may not wait."""
        if channel.quiet is None:
            return None
        at = max(now, self.send_at)
        entries = (claim.entry for claim in self.claims)
        goes_at = min(hold(entry.severity, channel, at, entry.notice.due_at) for entry in entries)
        return goes_at if goes_at > at else None


def _is_gone(entry: Entry, watch_list: WatchList) -> bool:
    """Whether it is a digest that there is no more, or none for this channel."""
    notice, is_fallback = entry.notice, entry.fallback_of is not None
    return notice.kind is Kind.DIGEST and not watch_list.has_digest(
        notice.ordinal, notice.channel, is_fallback=is_fallback
    )


Work = Callable[["Lane", Job], Awaitable[None]]


class Lane:
    """The messages of one channel on their way, at most `concurrency` at once and `rate` a second."""

    def __init__(
        self,
        channel: Channel,
        sender: Sender,
        health: ChannelHealth,
        clock: Clock,
        work: Work,
        *,
        before: Lane | None = None,
    ) -> None:
        self.channel = channel
        self.sender = sender
        self.health = self._shared = health
        self.under_way = 0
        """Sendings that have begun, and of which nothing is known yet."""
        self._clock = clock
        self._work = work
        self._waiting: deque[Job] = deque()
        self._in_turn: set[str] = set()
        self._workers: set[asyncio.Task[None]] = set()
        self.last_turn_at: datetime | None = before.last_turn_at if before is not None else health.last_delivered_at
        """The last turn that a message took by the channel's rate, which may be still to come."""
        self.is_closing = False
        """Whether it takes nothing more."""

    @property
    def busy_count(self) -> int:
        """Messages waiting or being sent."""
        return len(self._waiting) + len(self._workers)

    @property
    def is_at_rest(self) -> bool:
        """Whether it is well, and has nothing to do."""
        is_well = not (self.health.failures or self.health.is_closed) and self.health.paused_until is None
        return is_well and not self.busy_count

    def capacity(self, now: datetime, ahead_for: timedelta) -> int:
        """How many more messages may be taken from the ledger now; none rather than a few while there are enough.

        Where there is a rate as many as have their turn by `ahead_for` from now: in the queue it is seen what
        becomes of their deadlines.
        """
        if self.is_closing or self.opens_at(now) is not None:
            return 0
        if self.health.failures >= PAUSE_AFTER_FAILURES:
            return 0 if self.busy_count else 1
        if self.channel.rate is not None:
            left = (now + ahead_for - self.turn_at(now)).total_seconds()
            return min(MOST_AT_ONCE, int(left * self.channel.rate) + 1) if left >= 0 else 0
        room = max(0, MOST_FOR_A_WORKER * self.channel.concurrency - len(self._waiting))
        return min(MOST_AT_ONCE, room) if room >= MOST_AT_ONCE or not self.is_well_filled else 0

    @property
    def is_well_filled(self) -> bool:
        """Whether the workers have enough to do for a while: it does not pay yet to ask the ledger for more."""
        return len(self._waiting) > 2 * self.channel.concurrency

    def opens_at(self, now: datetime) -> datetime | None:
        """Until when the channel is paused; None where it is open."""
        until = self.health.paused_until
        return until if until is not None and now < until <= now + LONGEST_PAUSE else None

    def put(self, job: Job) -> None:
        """Send this as soon as a worker is free."""
        self._waiting.append(job)
        if sum(not worker.done() for worker in self._workers) < self.channel.concurrency:
            worker = asyncio.create_task(self._run(), name=f"lane {self.channel.name}")
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)

    def take_back(self, which: Callable[[Job], bool] = lambda _: True) -> list[Job]:
        """Those of the messages that wait for a worker, all of them unless some are asked for."""
        back: list[Job] = []
        kept: deque[Job] = deque()
        for job in self._waiting:
            (back if which(job) else kept).append(job)
        self._waiting = kept
        return back

    def turn_at(self, now: datetime) -> datetime:
        """When the channel's rate allows a message after all that wait."""
        return self._free_at(now) + self._interval * len(self._waiting)

    def _free_at(self, now: datetime) -> datetime:
        """When the next turn is to be had; one that seems far off was reckoned by a clock that was ahead."""
        farthest = now + LONGEST_AHEAD + self._interval * (self.channel.concurrency + 1)
        at = self.last_turn_at + self._interval if self.last_turn_at is not None else now
        return at if now < at <= farthest else now

    @property
    def _interval(self) -> timedelta:
        return timedelta(seconds=1 / self.channel.rate) if self.channel.rate is not None else timedelta(0)

    def take_turn(self, send_at: datetime) -> datetime:
        """When a message may go that may not before that instant: in its turn by the channel's rate, which it takes."""
        if self.channel.rate is None or self.health.is_closed:  # nothing goes to a closed one
            return send_at
        turn = max(send_at, self._free_at(self._clock.now()))
        self.last_turn_at = turn
        return turn

    def leave_turn(self, turn: datetime) -> None:
        """It was not used: the next message may have it, unless another has one after it already."""
        if turn == self.last_turn_at:
            self.last_turn_at = turn - self._interval

    def heed(self, verdict: Verdict, detail: str, now: datetime, due_at: datetime | None) -> None:
        """Learn from an attempt about what is due then how the channel is."""
        before = self.health
        if verdict.outcome == "delivered":
            held = self.opens_at(now) if before.failures < PAUSE_AFTER_FAILURES else None  # it asked for a rest since
            error = before.last_error if held else ""
            self.health = replace(before, failures=0, paused_until=held, last_error=error, last_delivered_at=now)
        elif verdict.closes_channel:
            self.health = before if before.is_closed else replace(before, is_closed=True, last_error=detail)
        elif verdict.hold_until is not None:
            self._pause(verdict.hold_until, detail)
        elif verdict.is_channel_failure and not self._is_resting(now):
            failures = before.failures + 1
            self.health = replace(before, failures=failures, last_error=detail)
            if failures >= PAUSE_AFTER_FAILURES:
                self._pause(now + rest(failures, due_at, now, needs_person=verdict.for_ops is not None), detail)

    def _is_resting(self, now: datetime) -> bool:
        """Whether failures have stopped it already: what was on its way by then says nothing new."""
        return self.health.failures >= PAUSE_AFTER_FAILURES and self.opens_at(now) is not None

    @property
    def has_news(self) -> bool:
        """Whether others should hear how it is: not each time that all is well, while it is busy."""
        is_same = replace(self._shared, last_delivered_at=None) == replace(self.health, last_delivered_at=None)
        return not (is_same and self.is_well_filled)

    def shared(self, written: ChannelHealth) -> None:
        """Keep in mind what has been written for other replicas to read."""
        self._shared = written

    def learn(self, stored: ChannelHealth) -> None:
        """What another replica has found out since counts here too, unless we have something newer to write."""
        if stored.address == self.channel.address:
            self.health = stored if self.health == self._shared else self.health
            self._shared = stored

    def _pause(self, until: datetime, detail: str) -> None:
        self.health = replace(self.health, paused_until=until, last_error=detail)

    async def close(self, grace_for: float) -> None:
        """Take nothing more, let the workers finish for `grace_for` seconds, then stop them."""
        self.is_closing = True
        if self._workers:
            await asyncio.wait(set(self._workers), timeout=grace_for)
            self.hurry()
            await asyncio.gather(*self._workers, return_exceptions=True)

    def hurry(self) -> None:
        """Stop the workers now, but for those that were stopped already and are giving back what they had."""
        for worker in self._workers:
            if not worker.cancelling():
                worker.cancel()

    async def idle(self) -> None:
        """Wait until nothing waits and nothing is being sent."""
        while self._workers:
            await asyncio.wait(set(self._workers))

    async def _run(self) -> None:
        while not self.is_closing and (job := self._next()) is not None:
            self._in_turn |= job.in_turn
            try:
                await self._work(self, job)
            except Exception as error:  # the next message is not to suffer; this one comes back with its lease
                log.exception("lane.failed", channel=self.channel.name, error=type(error).__name__)
            finally:
                self._in_turn -= job.in_turn

    def _next(self) -> Job | None:
        """Take out the first that waits for none of its own deadline; who sends that one comes back for it."""
        found = next((job for job in self._waiting if not job.in_turn & self._in_turn), None)
        if found is not None:
            self._waiting.remove(found)
        return found
