"""Tells what falls due while a daemon cannot begin, because its ledger cannot be used yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from alerter.channels.port import Sender
from alerter.domain.planning.watchlist import WatchList
from alerter.engine.hardship.emergency import BEGINS_AFTER, Emergency
from alerter.engine.time.clock import Clock


class Standby:
    """The emergency of a daemon that has not begun: from when its ledger was last well, or else its own start."""

    def __init__(self, emergency: Emergency, clock: Clock) -> None:
        self._emergency = emergency
        self._clock = clock
        self._waiting_since: float | None = None
        self._began_at: datetime | None = None

    async def tell(
        self, watch_list: WatchList, senders: Mapping[str, Sender], well_at: datetime | None, *, may_tell: bool
    ) -> None:
        """Once it has waited for long enough, send what fell due since; `may_tell` is False while no clock is sure."""
        if self._waiting_since is None:
            self._waiting_since, self._began_at = self._clock.monotonic(), self._clock.now()
        waited_for = self._clock.monotonic() - self._waiting_since
        if waited_for < BEGINS_AFTER.total_seconds() or not may_tell:
            return
        for sender in senders.values():
            await sender.open()
        await self._emergency.tell(watch_list, senders, well_at or self._began_at or self._clock.now(), {})
