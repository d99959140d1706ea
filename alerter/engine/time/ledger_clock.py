"""The database's clock as the engine's, so that replicas whose own clocks differ act as one.

Between two measurements time goes on by the machine's monotonic clock; its wall clock is never read. What the
database says is believed no more readily than a machine's own clock is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from alerter.engine.time.clock import SystemClock


class LedgerClock(SystemClock):
    """Shows what `read` says (`Ledger.now`), as of the last `measure`; never ahead of it, unless it is in doubt."""

    def __init__(self, read: Callable[[], Awaitable[datetime]]) -> None:
        super().__init__()
        self._read = read
        self._ahead_by = datetime.now(UTC) - self._zero()

    def _shown(self) -> datetime:
        """By the database's clock; before the first measurement by the machine's."""
        return self._zero() + self._ahead_by

    async def measure(self) -> timedelta:
        """Ask the database; returns by how much time has jumped against what was shown. Raises what `read` does.

        To be called at each cycle. The answer is taken as of its arrival, so that its way makes this
        clock late by that much, and never early.
        """
        at = await self._read()
        before, self._ahead_by = self._ahead_by, at - self._zero()
        return self._ahead_by - before

    def _zero(self) -> datetime:
        return datetime.min.replace(tzinfo=UTC) + timedelta(seconds=self.monotonic())
