"""Claims what is due, sends it through its channel, and records what became of it.

The ledger decides what is claimed and what a result changes; memory only knows what is in flight.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog

from alerter.channels.port import Sender
from alerter.domain.decisions.record import Known
from alerter.domain.messages.message import Message
from alerter.domain.notices.notice import Kind, State
from alerter.domain.notices.outcome import Delivered
from alerter.domain.planning.watchlist import WatchList
from alerter.engine.agenda import AHEAD_FOR
from alerter.engine.delivery.attempt import Sent, broken_off, not_tried, result_of, told_before, try_once, verdict_on
from alerter.engine.delivery.compose import facts_needed
from alerter.engine.delivery.lane import Job, Lane
from alerter.engine.delivery.lanes import Lanes
from alerter.engine.delivery.leases import LEASE_FOR, Leases
from alerter.engine.delivery.preparing import Prepared, Preparing
from alerter.engine.delivery.recorder import Recorder
from alerter.engine.delivery.telling import Telling
from alerter.engine.delivery.thread_heads import FollowUp, ignore
from alerter.engine.happening import Observer
from alerter.engine.ops.ops import Ops
from alerter.engine.ops.outage import Outage
from alerter.engine.time.clock import Clock
from alerter.ledger.ledger import ChannelHealth, Claim, Ledger, LedgerError, Result

log = structlog.get_logger(__name__)

MOST_REMEMBERED = 50_000
"""The latest deliveries that are known without the ledger."""

DECIDED_WITHIN = timedelta(seconds=1)
"""So soon after its deadline changed it is decided on again what of it is still to go."""

LEAST_WAIT = timedelta(seconds=0.25)
"""Between two looks at a queue that has something due which may not be claimed."""


class Dispatcher:
    """The way from the ledger through the lanes and back."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        clock: Clock,
        ops: Ops,
        observe: Observer,
        wake: Callable[[], None],
        follow_up: FollowUp = ignore,
        look_again: Callable[[str | None], None] = lambda deadline: None,
        add_links: Callable[[Message], Message] = lambda message: message,
        ahead_for: timedelta = AHEAD_FOR,
        lease_for: timedelta = LEASE_FOR,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._leases = Leases(ledger, clock, lease_for)
        self._ops = ops
        self._telling = Telling(ops, observe, follow_up)
        self._wake = wake
        self._look_again = look_again
        self._ahead_for = ahead_for
        self._lanes = Lanes(ledger, clock, self._send, self._give_back)
        self._watch_list: WatchList | None = None
        self._preparing = Preparing(ops, add_links)
        self._sent: dict[str, Sent] = {}
        self.told: dict[str, datetime] = {}
        self.may_claim = True
        self._seen: object = None  # the ledger's generation at the last look at the queue
        self._claimable_at: datetime | None = None
        self._recorder = Recorder(self._write, self._share)
        self._unshared: set[str] = set()
        self._returning = Outage("claims.unreturned")
        self._exchanging = asyncio.Lock()  # what is claimed goes to lanes that there are

    def start(self) -> None:
        """Begin to record in the background."""
        self._recorder.start()

    @property
    def health(self) -> dict[str, ChannelHealth]:
        """How each channel is, by name."""
        return {lane.channel.name: lane.health for lane in self._lanes}

    @property
    def watch_list(self) -> WatchList | None:
        """What was taken last, be it in part: `senders` are those of its channels."""
        return self._watch_list

    @property
    def senders(self) -> dict[str, Sender]:
        """What each channel sends through."""
        return {lane.channel.name: lane.sender for lane in self._lanes}

    @property
    def recent(self) -> Mapping[str, datetime]:
        """What was claimed within the last minutes, and when."""
        return self._leases.recent

    @property
    def is_busy(self) -> bool:
        """Whether anything waits to be sent, is being sent or has yet to be recorded."""
        return bool(self._sent) or any(lane.busy_count for lane in self._lanes)

    async def take(self, watch_list: WatchList, senders: Mapping[str, Sender]) -> None:
        """Send through these from now on; lanes of channels that did not change go on undisturbed."""
        async with self._exchanging:
            health = await self._lanes.prepare(watch_list.channels)
            self._watch_list, self._seen = watch_list, None
            self._lanes.exchange(watch_list.channels, senders, health)
            await self._lanes.settle()
            await self._withdraw(self._lanes.take_back(self._is_outdated))

    async def pump(self) -> datetime | None:
        """Claim what is due and hand it to the lanes. Returns when there is more to claim."""
        if self._watch_list is None:
            return None
        await self._leases.keep()
        await self._ops.tell_or_keep()
        if not self.may_claim:  # replicas with a newer watch list send
            return None
        if not self._is_as_seen:
            async with self._exchanging:
                await self._look(self._watch_list)
        return self._next_at()

    async def _look(self, watch_list: WatchList) -> None:
        generation = self._ledger.generation
        await self._lanes.learn()
        await self._claim_all(watch_list)
        self._claimable_at = await self._read_claimable_at()
        self._seen = generation  # only now: a look that failed has seen nothing

    @property
    def _is_as_seen(self) -> bool:
        """Whether another look at the queue would find what the last one did: nothing to do yet."""
        if self._seen is None or self._seen != self._ledger.generation or self._is_stopped:
            return False
        is_early = self._claimable_at is None or self._clock.now() < self._claimable_at - self._ahead_for
        return is_early and not self._sent and all(lane.is_at_rest for lane in self._lanes)

    async def _claim_all(self, watch_list: WatchList) -> None:
        while claims := await self._claim():
            self._leases.take(claims)
            try:
                names = facts_needed(claims, watch_list)
                facts = await self._ledger.facts(names) if names else {}
            except BaseException:  # nobody sends them now: they come back when their leases are over
                self._leases.let_go(*(claim.id for claim in claims))
                raise
            jobs = _jobs(claims, facts, self._leases.ends, watch_list)
            for job in jobs:
                self._lanes.put(job)
            await self._prepare_ahead(jobs, watch_list)

    async def _prepare_ahead(self, jobs: Iterable[Job], watch_list: WatchList) -> None:
        """Put into words what has its instant still to come."""
        for job in jobs:
            lane = self._lanes.find(job.channel)
            if lane is not None and job.send_at > self._clock.now():
                self._preparing.make_ready(lane, job, watch_list)
                await asyncio.sleep(0)  # what is due goes first

    async def _claim(self) -> list[Claim]:
        now = self._clock.now()
        capacities = {lane.channel.name: lane.capacity(now, self._ahead_for) for lane in self._lanes}
        room = {name: count for name, count in capacities.items() if count > 0}
        if not room:
            return []
        only = Kind.PROBLEM if self._is_stopped else None
        claimed = await self._ledger.claim(now, now + self._ahead_for, room, self._leases.lasting, only=only)
        self._telling.superseded(claimed.superseded, now)
        return [claim for claim in claimed.claims if claim.id not in self._sent]

    async def _read_claimable_at(self) -> datetime | None:
        now = self._clock.now()
        ready, turns = [], []
        for lane in self._lanes:
            if lane.capacity(now, self._ahead_for) > 0 and not lane.is_well_filled:
                ready.append(lane.channel.name)
            elif (turn_at := lane.turn_at(now)) > now:
                turns.append(turn_at)
        found = await self._ledger.next_claim_at(ready) if ready or not self._lanes else None
        return min(turns if found is None else [found, *turns], default=None)

    def _next_at(self) -> datetime | None:
        now, at = self._clock.now(), self._claimable_at
        instants = [max(at - self._ahead_for, now + LEAST_WAIT)] if at is not None else []
        instants += [until for lane in self._lanes if (until := lane.opens_at(now)) is not None]
        if (told_at := self._ops.next_at()) is not None:
            instants.append(max(told_at, now + LEAST_WAIT))
        return min(instants, default=None)

    async def _send(self, lane: Lane, job: Job) -> None:
        """One worker's turn: wait for the instant, try once, hand in the result."""
        has_begun = False
        try:
            turn = lane.take_turn(job.send_at)
            await self._clock.sleep_until(turn)
            await self._recorder.wait_for_room(lane)
            lane.under_way += 1
            has_begun = True
            if not await self._send_now(lane, job):
                lane.leave_turn(turn)
        except asyncio.CancelledError:
            await asyncio.shield(self._give_back([job], has_begun=has_begun))
            raise
        except Exception:  # it is not tried again before its lease is over
            self._leases.let_go(*(claim.id for claim in job.claims))
            raise
        finally:
            lane.under_way -= has_begun
            self._preparing.drop(job)

    async def _send_now(self, lane: Lane, job: Job) -> bool:
        """Returns whether there was an attempt."""
        now = self._clock.now()
        if self._must_wait(lane, job, now):
            await self._give_back([job])
            return False
        if self._is_outdated(job):
            await self._withdraw([job])
            return False
        until = job.held_until(lane.channel, now)
        if until is not None:
            others = lane.take_back(lambda each: each.held_until(lane.channel, now) == until)
            await self._hold(lane, [job, *others], until, now)
            return False
        assert self._watch_list is not None  # noqa: S101 -- nothing is claimed before a watch list is taken
        told_at = self._told_at(job)
        if told_at is not None:
            prepared = self._preparing.prepare(lane, job, self._watch_list, told_at)
            self._hand_in(lane, told_before(job, prepared.message, prepared.rendered, told_at))
        else:
            prepared = self._preparing.find(lane, job, self._watch_list, now)
            self._hand_in(lane, await self._attempt(lane, job, prepared))
        return True

    def _told_at(self, job: Job) -> datetime | None:
        """When this process told all of it, though nothing says so in the ledger; None where it did not."""
        instants = [self.told[claim.id] for claim in job.claims if claim.id in self.told]
        return max(instants) if len(instants) == len(job.claims) else None

    def _must_wait(self, lane: Lane, job: Job, now: datetime) -> bool:
        is_closed = lane.is_closing or lane.opens_at(now) is not None
        return self._leases.is_stale(job) or is_closed or (self._is_stopped and not job.is_problem)

    @property
    def _is_stopped(self) -> bool:
        """Whether the clock is doubted, so that nothing may go out but word of problems."""
        return self._clock.doubt is not None and self._clock.doubt.stops_all

    async def _attempt(self, lane: Lane, job: Job, prepared: Prepared) -> Sent:
        now, began = self._clock.now(), self._clock.monotonic()
        message, rendered = prepared.message, prepared.rendered
        outcome = await try_once(lane, message, rendered)
        ended_at, took_for = self._clock.now(), self._clock.monotonic() - began
        verdict = verdict_on(job, outcome, ended_at, ended_at - now - timedelta(seconds=took_for))
        return Sent(job, message, rendered, outcome, verdict, ended_at, took_for)

    def _hand_in(self, lane: Lane, sent: Sent) -> None:
        detail = sent.outcome.detail
        lane.heed(sent.verdict, detail, sent.at, sent.job.claims[0].entry.notice.due_at)
        results = [result_of(claim, sent) for claim in sent.job.claims]
        if isinstance(sent.outcome, Delivered):
            self._keep_told([claim.id for claim in sent.job.claims], sent.at)
        for claim in sent.job.claims:
            self._sent[claim.id] = sent
        self._recorder.put(lane.channel, results)

    def _keep_told(self, ids: Iterable[str], now: datetime) -> None:
        """Whatever becomes of the ledger, this process sends none of these again."""
        self.told.update((name, now) for name in ids)
        while len(self.told) > MOST_REMEMBERED:
            del self.told[next(iter(self.told))]

    async def _write(self, results: Sequence[Result]) -> None:
        """Record a batch, then say what became of each notice."""
        names = {sent.job.channel for result in results if (sent := self._sent.get(result.id)) is not None}
        lost = set(await self._ledger.record(results))
        self._unshared |= names
        if lost:  # this process stood still, and another has taken them over
            log.warning("lease.lost", notices=sorted(lost))
        for result in results:
            self._leases.let_go(result.id)
            sent = self._sent.pop(result.id, None)
            if sent is not None and result.id not in lost:
                self._telling.tell(result, sent, self._watch_list)
        if lost or not self._has_enough(results, names):
            self._wake()

    async def _share(self) -> None:
        """Write how the channels are whose answers have been recorded since the last time."""
        names = set(self._unshared)
        lanes = [self._lanes.find(name) for name in names]
        await self._lanes.share([lane for lane in lanes if lane is not None and lane.has_news])
        self._unshared -= names

    def _has_enough(self, results: Sequence[Result], names: Iterable[str]) -> bool:
        """Whether these channels are busy and well, so that nothing is gained by looking at the queue now."""
        lanes = [self._lanes.find(name) for name in names]
        is_plain = all(result.state is State.DELIVERED for result in results)
        return is_plain and all(lane is not None and lane.is_well_filled for lane in lanes)

    async def recall(self, deadlines: Collection[str]) -> None:
        """Give back what is about these and waits for a worker, so that it is decided on like what is in the queue."""
        names = frozenset(deadlines)
        await self._withdraw(self._lanes.take_back(lambda job: bool(job.deadlines & names)))

    def _is_outdated(self, job: Job) -> bool:
        return job.is_outdated(self._watch_list)

    async def _withdraw(self, jobs: Sequence[Job]) -> None:
        """Return what was claimed before its deadline or digest changed: claimable when that has been decided on."""
        await self._give_back(jobs, again_at=self._clock.now() + DECIDED_WITHIN)
        for name in {claim.entry.notice.deadline for job in jobs for claim in job.claims}:
            self._look_again(name)
        if jobs:
            self._wake()

    async def _hold(self, lane: Lane, jobs: Sequence[Job], until: datetime, now: datetime) -> None:
        """Return what quiet hours hold, and all that waits behind it: it is claimable when they end, or change."""
        with self._letting_go(jobs) as claims:
            await self._ledger.hold(claims, until)
            self._telling.held([claim.entry for claim in claims], now)
            self._telling.held(await self._ledger.hold_waiting(lane.channel, now, until), now)
            if not self._lanes.has(lane):  # the channel has other hours by now
                await self._ledger.let_go_held(lane.channel.name, now)
        self._wake()  # a channel that is tried by one message at a time has more to claim

    async def _give_back(
        self, jobs: Sequence[Job], *, has_begun: bool = False, again_at: datetime | None = None
    ) -> None:
        """Return what was not tried, or broken off where it `has_begun`: it is claimable at once, or from then on."""
        if not jobs:
            return
        now = self._clock.now()
        with self._letting_go(jobs) as claims:
            await self._ledger.record(
                [broken_off(claim, now) if has_begun else not_tried(claim, now, again_at) for claim in claims]
            )

    @contextmanager
    def _letting_go(self, jobs: Sequence[Job]) -> Iterator[list[Claim]]:
        """Have the claims of these returned; where that fails they are not renewed, and come back with their leases."""
        claims = [claim for job in jobs for claim in job.claims]
        try:
            yield claims
            self._returning.over()
        except Exception as error:  # noqa: BLE001 -- whatever it is, they are out of our hands
            self._returning.note(error, notices=len(claims))
        finally:
            for job in jobs:
                self._preparing.drop(job)
            self._leases.let_go(*(claim.id for claim in claims))

    async def idle(self) -> None:
        """Wait until nothing is in flight and everything is recorded."""
        await self._lanes.idle()
        await self._recorder.flush()

    def hurry(self) -> None:
        """Break off what is in flight; it is given back."""
        self._lanes.hurry()

    async def stop(self) -> None:
        """Take nothing more, let attempts finish for a moment, give the rest back, and let go of the channels."""
        await self._lanes.close()
        try:
            await self._recorder.stop()
        except LedgerError as error:  # the next daemon finds them claimed, and takes them over
            self._returning.note(error)
        await self._ops.tell_or_keep(is_last=True)


def _jobs(claims: Sequence[Claim], facts: Mapping[str, Known], lease_ends: float, watch_list: WatchList) -> list[Job]:
    """Claims of one bundle make one job; `lease_ends` is on the monotonic clock."""
    jobs: dict[str, list[Claim]] = {}
    for claim in claims:
        jobs.setdefault(claim.entry.bundle or claim.id, []).append(claim)
    return [Job(tuple(group), lease_ends, facts, watch_list) for group in jobs.values()]
