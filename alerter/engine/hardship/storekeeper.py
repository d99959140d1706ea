"""Looks after what the ledger is kept in: tells of a loss or a lack of room, and keeps until when it was well."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from alerter.domain.words.language import marked
from alerter.domain.words.names import as_it_is
from alerter.domain.words.statement import Fact, Statement, stated
from alerter.engine.handover.engine import Engine
from alerter.engine.ops.ops import Ops
from alerter.engine.time.clock import Clock
from alerter.ledger.bystanders import LongTransaction
from alerter.ledger.ledger import Ledger

LONG_TRANSACTION = timedelta(minutes=10)
"""Somebody else's, on the same PostgreSQL: from then on it is warned of."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What a daemon still knows that lost its ledger: why, until when it was well, and what it has told by whose id.

    `loss_count` is how often that has happened to its process; `keys` are those that sign links and open the calendar.
    """

    reason: Fact | None = None
    loss_count: int = 0
    well_at: datetime | None = None
    told: dict[str, datetime] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict, repr=False)


class Storekeeper:
    """Begins with the ledger that is there, and looks after it now and then."""

    def __init__(self, ledger: Ledger, clock: Clock, ops: Ops, engine: Engine, before: Before) -> None:
        self._ledger = ledger
        self._clock = clock
        self._ops = ops
        self._engine = engine
        self._before = before
        self._patience = LONG_TRANSACTION
        self._warned_of: LongTransaction | None = None
        self.shortage: Statement | None = None

    def begin(self) -> None:
        """The ledger has been opened: where it remembers nothing, the next load is met as when it was last well."""
        self._engine.was_well_at(self._before.well_at or self._ledger.well_before)
        loss = self._ledger.loss
        if loss is not None:
            kept = [path.name for path in loss.kept]
            log.error(
                "ledger.lost", ledger=str(loss.path), reason=str(loss.reason), kept=kept, hint=str(loss.restoring)
            )

    async def report(self) -> None:
        """Tell `ops` of a loss, once the watch list is known. Raises LedgerError."""
        loss = self._ledger.loss
        if loss is not None:
            why = stated("problem", "{path}: {reason}.", path=str(loss.path), reason=loss.reason)
            kept = [stated("problem", "What was left of it is {name}.", name=path.name) for path in loss.kept[:1]]
            await self._report(why, *kept, _MEANING, loss.restoring)
        elif self._before.reason is not None:
            words = marked("problem", "It was lost in use: {reason}. The one that is there now was taken up.")
            await self._report(stated(*words, reason=self._before.reason))

    async def tend(self, well_at: datetime | None) -> None:
        """Keep until when the ledger was well, and its reserve; tell of what is wrong and new. Raises LedgerError."""
        await self._tell_illegible()
        await self._look_at_bystanders()
        before, self.shortage = self.shortage, self._ledger.tend(well_at)
        if self.shortage is not None and before is None:
            log.warning("ledger.short_of_room", reason=str(self.shortage))
            await self._ops.report("ledger room", *_short_of_room(self.shortage))
        elif self.shortage is None and before is not None:
            log.info("ledger.has_room")

    async def _tell_illegible(self) -> None:
        lines = await self._ledger.illegible()
        if not lines:
            return
        log.error("ledger.illegible", rows=lines)
        title, rows = stated("problem", "Rows of the ledger could not be read"), as_it_is("\n".join(lines) + "\n")
        await self._ops.report(f"illegible {lines[0]}", title, rows, _MEANING_OF_ROW)
        await self._ledger.told_illegible(lines)

    async def _look_at_bystanders(self) -> None:
        """Warn once of each transaction that makes every query slower the longer it stays open."""
        found = await self._ledger.long_transaction(self._patience)
        if found is not None and found != self._warned_of:
            hint = "rows that are gone cannot be cleared away while it is open: commit or end it"
            facts = {"pid": found.pid, "application": found.application, "since": found.since.isoformat()}
            log.warning("ledger.long_transaction", **facts, hint=hint)
        self._warned_of = found

    async def _report(self, *text: Statement) -> None:
        title = stated("problem", "The ledger was lost, and a new one begun")
        await self._ops.report(f"ledger lost {self._before.loss_count}", title, *text)


def _short_of_room(shortage: Statement) -> tuple[Statement, Statement]:
    words = marked("problem", "{reason}. Make room: when nothing is left, notices go out without being recorded.")
    return stated("problem", "The ledger is short of room"), stated(*words, reason=shortage)


_MEANING = stated(
    "problem",
    "Who was told of what is not known any more: each open deadline tells each of its channels once more what was "
    "last due to it, and what people acknowledged, snoozed or closed has to be said again.",
)

_MEANING_OF_ROW = stated(
    "problem",
    "Nothing else has to wait for it. A notice that was still to go is dead now, and its fallback tells it; "
    "`alerter retry` brings it back. Any other row was removed: a deadline is met as if first seen, and what a "
    "person did has to be said again.",
)
