"""What the daemon does about a clock that cannot be right: says so, holds what cannot be undone, mends the ledger."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from alerter.engine.clock import Clock
from alerter.engine.engine import Engine
from alerter.engine.ops import Ops
from alerter.engine.trust import FARTHEST_STEP, Doubt
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
        await self._ops.report(f"clock {doubt.shown_at:%Y-%m-%d}", "The clock cannot be trusted", _text(doubt))

    async def _set_back(self, before: datetime, now: datetime) -> None:
        told_early = await self._ledger.set_back(now)
        self._latest = now
        if self._engine.watch_list is not None:
            await self._engine.take(self._engine.watch_list)
        log.warning("clock.went_back", before=before.isoformat(), told_early=told_early)
        text = f"It had been at {_show(before)} and is at {_show(now)}. What is to come is planned anew."
        if told_early:
            named = "; ".join(told_early[:MOST_NAMED])
            text += f" {len(told_early)} notices went out before their time and are not repeated: {named}."
        await self._ops.report(f"clock back {now:%Y-%m-%d}", "The clock went back", text)


def _text(doubt: Doubt) -> str:
    shown = f"The clock shows {_show(doubt.shown_at)}"
    if doubt.expected_at is not None:
        shown += f", a moment after {_show(doubt.expected_at)}."
    elif doubt.known_until is not None:
        shown += f", and the ledger knows of {_show(doubt.known_until)}."
    else:
        shown += "."
    until = "until it is set right" if doubt.believed_after is None else "until then"
    if doubt.believed_after is not None:
        shown += f" If it still does in {_spell(doubt.believed_after)} it is believed."
    if doubt.stops_all:
        return f"{shown} No notice goes out {until}."
    return f"{shown} Notices go out by the time it showed before and what has passed since, {until}."


def _spell(length: timedelta) -> str:
    minutes = length // timedelta(minutes=1)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"


def _show(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
