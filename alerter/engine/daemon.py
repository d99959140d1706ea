"""The daemon's own loop: cycle, claim, wait; and stopping in good order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import structlog

from alerter.channels.port import Sender
from alerter.domain.planning.watchlist import WatchList
from alerter.domain.words.statement import Statement, stated
from alerter.engine.delivery.dispatch import Dispatcher
from alerter.engine.handover.engine import Engine
from alerter.engine.handover.timekeeper import Timekeeper
from alerter.engine.hardship.emergency import BEGINS_AFTER, Emergency
from alerter.engine.ops.ops import Ops
from alerter.engine.ops.outage import Outage
from alerter.engine.replica import BEAT_WAITING_SECONDS, Replica
from alerter.engine.time.clock import Clock
from alerter.engine.time.scheduler import Scheduler
from alerter.engine.time.watchdog import Watchdog
from alerter.ledger.ledger import LedgerLost, LedgerOutrun

LONGEST_WAIT = timedelta(seconds=10)
"""No step of the wall clock can put the daemon to sleep for longer."""

SHARED_WAIT = timedelta(seconds=2)
"""The same where other replicas share the ledger: what they do, and that it is silent, is seen soon."""

AFTER_FAILURE = timedelta(seconds=1)

WAITING = timedelta(seconds=BEAT_WAITING_SECONDS)

log = structlog.get_logger(__name__)


class Daemon:
    """Engine and dispatcher driven by one loop, with the timers that wake it."""

    def __init__(
        self,
        *,
        clock: Clock,
        engine: Engine,
        dispatcher: Dispatcher,
        ops: Ops,
        wake: asyncio.Event,
        emergency: Emergency,
        replica: Replica,
        timekeeper: Timekeeper,
        watchdog: Watchdog | None = None,
        longest_wait: timedelta = LONGEST_WAIT,
    ) -> None:
        self._longest_wait = longest_wait
        self._clock = clock
        self._engine = engine
        self._dispatcher = dispatcher
        self._ops = ops
        self._wake = wake
        self._emergency = emergency
        self._replica = replica
        self._timekeeper = timekeeper
        self._failing_since: float | None = None
        self._watchdog = watchdog
        self._stopping = asyncio.Event()
        self._scheduler = Scheduler()
        self._taking = asyncio.Lock()
        self.last_cycle_at: datetime | None = None
        self.failure: Statement | None = None
        self._outage = Outage("cycle.failed")
        self._is_stale = False

    async def take(self, watch_list: WatchList, senders: Mapping[str, Sender]) -> None:
        """Watch this list from now on, through these senders."""
        async with self._taking:
            for sender in senders.values():
                await sender.open()
            await self._dispatcher.take(watch_list, senders)
            await self._engine.take(watch_list)
        self._wake.set()

    def every(self, name: str, interval: timedelta, body: Callable[[], Awaitable[None]]) -> None:
        """Have something done regularly while the daemon runs."""
        self._scheduler.every(name, interval, body)

    def stop(self) -> None:
        """Ask the daemon to end; asked again, it waits no longer for attempts in flight."""
        if self._watchdog is not None:
            self._watchdog.expect_end()
        log.info("daemon.stopping", in_a_hurry=self._stopping.is_set())
        if self._stopping.is_set():
            self._dispatcher.hurry()
        self._stopping.set()
        self._wake.set()

    def cannot_start(self, reason: Statement) -> None:
        """Say why there are no cycles yet."""
        self.failure = reason

    @property
    def stopping(self) -> asyncio.Event:
        """Set once the daemon has been asked to end."""
        return self._stopping

    async def run(self) -> None:
        """Hand over and dispatch until asked to stop; then end in good order."""
        self._scheduler.start()
        self._dispatcher.start()
        try:
            while not self._stopping.is_set():
                await self._turn()
        finally:
            self._scheduler.stop()
            await asyncio.gather(self._replica.leave(), self._dispatcher.stop())

    async def _turn(self) -> None:
        """One turn of the loop; a failing database ends no daemon."""
        self._wake.clear()
        began = self._clock.monotonic()
        self._scheduler.heed_clock()
        try:
            await self._timekeeper.heed()
            instants = [await self._plan(), await self._dispatcher.pump()]
            await self._ops.tell()  # what could not be told by the ledger says that it is out of use
            await self._succeed()
        except LedgerLost:  # to begin with another one is not for this loop
            if self._stopping.is_set():
                return
            raise
        except MemoryError:  # whatever else is tried may fail halfway: begin again
            raise
        except Exception as error:  # noqa: BLE001 -- the loop outlives whatever the database does
            name = type(error).__name__
            self.failure = stated("trouble", "{error}: the ledger could not be read or written", error=name)
            self._is_stale = True  # what was kept last may not have been
            self._outage.note(error)
            await self._tell_unrecorded(began)
            instants = [self._clock.now() + AFTER_FAILURE]
        next_at = min((at for at in instants if at is not None), default=None)
        if next_at is not None and next_at > self._clock.now() and not self._stopping.is_set():
            self._scheduler.after("agenda", self._clock.until(next_at), self._wake.set)
        await self._clock.wait(self._wake, next_at, self._longest_wait)

    async def _plan(self) -> datetime | None:
        """Hand over what is due, if this replica is one of those that plan."""
        async with self._taking:  # what plans is the list that the beat was about
            watch_list = self._engine.watch_list
            if watch_list is None:
                return None
            self._dispatcher.may_claim = await self._replica.beat(watch_list.fingerprint)
            if not self._dispatcher.may_claim:
                self._is_stale = True  # another list plans: nothing will be as it was left
                return self._clock.now() + WAITING
            if self._timekeeper.stops_all:
                return self._clock.now() + AFTER_FAILURE
            try:
                return await self._hand_over(watch_list)
            except LedgerOutrun:  # somebody brought a newer watch list since
                self._replica.outrun()
                return self._clock.now()

    async def _hand_over(self, watch_list: WatchList) -> datetime | None:
        if self._engine.has_been_cut_off() or self._is_stale:
            self._is_stale = True  # until it has been read again
            await self._engine.take_afresh(watch_list)
            self._is_stale = False
        return await self._engine.cycle()

    async def _succeed(self) -> None:
        """The turn went well; where others before it did not, it may have had nothing to write."""
        if self._failing_since is not None:
            await self._emergency.prove_over()
            self._failing_since = None
        self.failure, self.last_cycle_at = None, self._clock.now()
        self._outage.over()

    async def _tell_unrecorded(self, began: float) -> None:
        """Once the ledger has refused for a while, tell what falls due all the same.

        The turn `began` then: a ledger that others lock may take long to refuse.
        """
        now = self._clock.monotonic()
        watch_list = self._dispatcher.watch_list  # that of the senders: the engine may not have it yet
        if self._failing_since is None:
            self._failing_since = began
        if watch_list is None or now - self._failing_since < BEGINS_AFTER.total_seconds() or self._timekeeper.stops_all:
            return
        since = self.last_cycle_at or self._clock.now()
        await self._emergency.tell(watch_list, self._dispatcher.senders, since, self._dispatcher.recent)
