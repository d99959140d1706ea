"""One process among those that share a ledger: whether it plans, by whose clock, and that it lives.

All replicas send; only those plan that hold the newest watch list of all that are alive. On SQLite there
is nobody else, and it always plans.
"""

from __future__ import annotations

import uuid

import structlog

from alerter.engine.clock import Clock
from alerter.engine.ledger_clock import LedgerClock
from alerter.ledger.ledger import Ledger

BEAT_EVERY_SECONDS = 8.0

log = structlog.get_logger(__name__)


class Replica:
    """A name that no other process has, and what the ledger last said to it."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._name = uuid.uuid4().hex
        self._last: tuple[str, float] | None = None
        self._is_forced = False
        self.is_planning = True

    def force(self) -> None:
        """Somebody asked this replica for a reload: what it holds then counts as the newest."""
        self._is_forced = True
        self._last = None

    def outrun(self) -> None:
        """The ledger refused what this replica planned: ask again at once."""
        self._last = None

    async def measure(self) -> None:
        """Take over the database's time, where it decides. Raises LedgerError."""
        if isinstance(self._clock, LedgerClock):
            await self._clock.measure()

    async def beat(self, watch_list: str) -> bool:
        """Say that this replica lives and holds the watch list of this hash; whether it plans. Raises LedgerError."""
        now = self._clock.monotonic()
        if self._last is not None and self._last[0] == watch_list and now - self._last[1] < BEAT_EVERY_SECONDS:
            return self.is_planning
        await self.measure()
        was_planning = self.is_planning
        self.is_planning = await self._ledger.beat(self._name, watch_list, self._clock.now(), forced=self._is_forced)
        self._is_forced, self._last = False, (watch_list, now)
        if self.is_planning != was_planning:
            log.info("replica.planning" if self.is_planning else "replica.waiting")
        return self.is_planning

    async def leave(self) -> None:
        """Say that this replica ends. Raises LedgerError."""
        await self._ledger.leave(self._name)
