"""One process among those that share a ledger: whether it plans, by whose clock, and that it lives.

Those plan and send that hold the newest watch list of all that are alive; the others finish what they have
begun, and wait. On SQLite there is nobody else, and it always plans.
"""

from __future__ import annotations

import uuid

import structlog

from alerter.engine.time.clock import Clock
from alerter.engine.time.ledger_clock import LedgerClock
from alerter.ledger.ledger import Ledger, LedgerError

BEAT_EVERY_SECONDS = 8.0

BEAT_WAITING_SECONDS = 2.0
"""The same for one that waits, so that nobody misses it when the last of the others leaves."""

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
        """Somebody asked this replica for the reload that it has taken: what it holds now counts as the newest."""
        self._is_forced = True

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
        if not self._is_due(watch_list, now):
            return self.is_planning
        await self.measure()
        was_planning, forced = self.is_planning, self._is_forced
        self._is_forced = False  # who asks from now on means what is held then
        try:
            self.is_planning = await self._ledger.beat(self._name, watch_list, self._clock.now(), forced=forced)
        except BaseException:
            self._is_forced |= forced
            raise
        self._last = (watch_list, now)
        if self.is_planning != was_planning:
            log.info("replica.planning" if self.is_planning else "replica.waiting")
        return self.is_planning

    def _is_due(self, watch_list: str, now: float) -> bool:
        if self._is_forced or self._last is None or self._last[0] != watch_list:
            return True
        return now - self._last[1] >= (BEAT_EVERY_SECONDS if self.is_planning else BEAT_WAITING_SECONDS)

    async def leave(self) -> None:
        """Say that this replica ends."""
        try:
            await self._ledger.leave(self._name)
        except LedgerError as error:  # the others will see it in time
            log.warning("replica.left_unsaid", reason=str(error))
