"""What the daemon does about a clock that cannot be right: says so, holds what cannot be undone, mends the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import structlog

from alerter.domain.words.language import marked
from alerter.domain.words.statement import Statement, counted, stated
from alerter.engine.handover.engine import Engine
from alerter.engine.ops.ops import Ops
from alerter.engine.ops.problems import Problem
from alerter.engine.time.clock import Clock
from alerter.engine.time.trust import FARTHEST_STEP, Doubt
from alerter.ledger.ledger import Ledger

MOST_NAMED = 20
"""More notices than this are not named one by one."""

log = structlog.get_logger(__name__)


class Timekeeper:
    """Looks at the clock once a turn."""

    def __init__(self, clock: Clock, ledger: Ledger, ops: Ops, engine: Engine) -> None:
        self._clock = clock
        self._ledger = ledger
        self._ops = ops
        self._engine = engine
        self._latest: datetime | None = None
        self._told: Doubt | None = None

    @property
    def stops_all(self) -> bool:
        """Whether nothing may be handed over or sent now."""
        self._clock.now()
        return self._clock.doubt is not None and self._clock.doubt.stops_all

    async def begin(self) -> None:
        """Judge the clock by what the ledger knows. Raises LedgerError."""
        self._latest = await self._ledger.known_until()
        self._clock.begin(self._latest)

    async def heed(self) -> None:
        """Tell of a doubt that is new; once a time is believed, set back what is ahead of it. Raises LedgerError."""
        now, doubt = self._clock.now(), self._clock.doubt
        if doubt is not None and doubt is not self._told:
            await self._tell(doubt)
        if doubt is None and self._told is not None:
            log.warning("clock.believed", now=now.isoformat())
            await self._ledger.set_forward(now)
        self._told = doubt
        if doubt is not None and doubt.stops_all:
            return
        if self._latest is not None and self._latest - now > FARTHEST_STEP:
            await self._set_back(self._latest, now)
        self._latest = now if self._latest is None else max(self._latest, now)

    async def _tell(self, doubt: Doubt) -> None:
        log.warning(
            "clock.doubted",
            shown=doubt.shown_at.isoformat(),
            expected=doubt.expected_at.isoformat() if doubt.expected_at is not None else None,
            stops_all=doubt.stops_all,
        )
        title = stated("problem", "The clock cannot be trusted")
        await self._ops.report(f"clock {doubt.shown_at:%Y-%m-%d}", title, *_doubted(doubt))

    async def _set_back(self, before: datetime, now: datetime) -> None:
        told_early = await self._ledger.set_back(now)
        self._latest = now
        log.warning("clock.went_back", before=before.isoformat(), told_early=told_early)
        title, text = stated("problem", "The clock went back"), tuple(_went_back(before, now, told_early))
        self._ops.note(Problem(key=f"clock back {now:%Y-%m-%d}", title=title, text=text))  # before anything can fail
        if self._engine.watch_list is not None:
            await self._engine.take_afresh(self._engine.watch_list)
        await self._ops.tell()


def _went_back(before: datetime, now: datetime, told_early: Sequence[str]) -> Iterator[Statement]:
    words = marked("problem", "It had been at {before} and is at {now}. What is to come is planned anew.")
    yield stated(*words, before=before, now=now)
    if told_early:
        yield counted(
            "problem",
            "{n} notice went out before its time and is not repeated: {names}.",
            "{n} notices went out before their time and are not repeated: {names}.",
            len(told_early),
            names="; ".join(told_early[:MOST_NAMED]),
        )


def _doubted(doubt: Doubt) -> Iterator[Statement]:
    """What the clock shows, what would make it believed, and what is done until then."""
    yield _shown(doubt)
    if doubt.believed_after is not None:
        yield stated("problem", "If it still does in {time} it is believed.", time=doubt.believed_after)
    yield _MEANWHILE[doubt.stops_all, doubt.believed_after is not None]


def _shown(doubt: Doubt) -> Statement:
    if doubt.expected_at is not None:
        words = marked("problem", "The clock shows {shown}, a moment after {expected}.")
        return stated(*words, shown=doubt.shown_at, expected=doubt.expected_at)
    if doubt.known_until is not None:
        words = marked("problem", "The clock shows {shown}, and the ledger knows of {known}.")
        return stated(*words, shown=doubt.shown_at, known=doubt.known_until)
    return stated("problem", "The clock shows {shown}.", shown=doubt.shown_at)


# By whether nothing goes out, and whether the time shown will be believed in the end.
_MEANWHILE = {
    (True, True): stated("problem", "No notice goes out until then."),
    (True, False): stated("problem", "No notice goes out until it is set right."),
    (False, True): stated(
        "problem", "Until then notices go out by the time it showed before and what has passed since."
    ),
    (False, False): stated(
        "problem", "Until it is set right notices go out by the time it showed before and what has passed since."
    ),
}
