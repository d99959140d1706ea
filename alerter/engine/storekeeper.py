"""Looks after what the ledger is kept in: tells of a loss or a lack of room, and keeps until when it was well."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import structlog

from alerter.engine.clock import Clock
from alerter.engine.engine import Engine
from alerter.engine.ops import Ops
from alerter.ledger.ledger import Ledger

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What a daemon still knows that lost its ledger: why, until when it was well, and what it has told by whose id."""

    reason: str = ""
    well_at: datetime | None = None
    told: dict[str, datetime] = field(default_factory=dict)


class Storekeeper:
    """Begins with the ledger that is there, and looks after it now and then."""

    def __init__(self, ledger: Ledger, clock: Clock, ops: Ops, engine: Engine, before: Before) -> None:
        self._ledger = ledger
        self._clock = clock
        self._ops = ops
        self._engine = engine
        self._before = before
        self.shortage: str | None = None

    def begin(self) -> None:
        """The ledger has been opened: where it remembers nothing, the next load is met as when it was last well."""
        self._engine.well_at = self._before.well_at or self._ledger.well_before
        loss = self._ledger.loss
        if loss is not None:
            kept = [path.name for path in loss.kept]
            log.error("ledger.lost", ledger=str(loss.path), reason=loss.reason, kept=kept, hint=loss.restoring)

    async def report(self) -> None:
        """Tell `ops` of a loss, once the watch list is known. Raises LedgerError."""
        loss = self._ledger.loss
        if loss is not None:
            kept = f"What was left of it is {loss.kept[0].name}. " if loss.kept else ""
            await self._report(f"{loss.path}: {loss.reason}. {kept}{_MEANING} {loss.restoring}")
        elif self._before.reason:
            await self._report(f"{self._before.reason}. The one that is there now was taken up.")

    async def tend(self, well_at: datetime | None) -> None:
        """Keep until when the ledger was well, and its reserve; tell of what is wrong and new. Raises LedgerError."""
        await self._tell_illegible()
        before, self.shortage = self.shortage, self._ledger.tend(well_at)
        if self.shortage is not None and before is None:
            log.warning("ledger.short_of_room", reason=self.shortage)
            text = f"{self.shortage}. Make room: when nothing is left, notices go out without being recorded."
            await self._ops.report("ledger room", "The ledger is short of room", text)
        elif self.shortage is None and before is not None:
            log.info("ledger.has_room")

    async def _tell_illegible(self) -> None:
        lines = await self._ledger.illegible()
        if not lines:
            return
        log.error("ledger.illegible", rows=lines)
        text = "\n".join([*lines, _MEANING_OF_ROW])
        await self._ops.report("illegible " + lines[0], "Rows of the ledger could not be read", text)
        await self._ledger.told_illegible(lines)

    async def _report(self, text: str) -> None:
        await self._ops.report("ledger lost", "The ledger was lost, and a new one begun", text)


_MEANING = (
    "Who was told of what is not known any more: each open deadline tells each of its channels once more what was "
    "last due to it, and what people acknowledged, snoozed or closed has to be said again."
)

_MEANING_OF_ROW = (
    "Nothing else has to wait for it. A notice that was still to go is dead now, and its fallback tells it; "
    "`alerter retry` brings it back. Any other row was removed: a deadline is met as if first seen, and what a "
    "person did has to be said again."
)
