"""Waits for a ledger that cannot be used yet: a daemon may well start before its database, or on a full disk.

Meanwhile nothing is to be silent: what falls due is told without a record.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator

import structlog

from alerter.domain.words.statement import Statement, stated
from alerter.ledger.ledger import LedgerHindered, LedgerUnreachable
from alerter.ledger.trouble import growing_pauses

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 5.0

log = structlog.get_logger(__name__)


async def when_reachable(
    begin: Callable[[], Awaitable[None]],
    stopping: asyncio.Event,
    say: Callable[[Statement], object],
    meanwhile: Callable[[], Awaitable[None]] | None = None,
) -> bool:
    """Run `begin` until it has passed, with pauses while the ledger is out of use; False if `stopping` came first.

    `say` is told why it has to wait, and `meanwhile` is run before each pause. Whatever else `begin` raises is raised.
    """
    said = ""
    for pause in pauses():
        try:
            return await _unless(stopping, begin)
        except (LedgerUnreachable, LedgerHindered) as error:
            reason, is_hindered = str(error), isinstance(error, LedgerHindered)
        say(_UNUSABLE if is_hindered else _UNREACHABLE)
        if reason != said:
            log.warning("ledger.hindered" if is_hindered else "ledger.unreachable", reason=reason)
        said = reason
        if meanwhile is not None and not await _unless(stopping, meanwhile):
            return False
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), pause)
    raise AssertionError  # there is always one more pause


_UNUSABLE = stated("trouble", "the ledger cannot be used")
_UNREACHABLE = stated("trouble", "the ledger cannot be reached")


def pauses() -> Iterator[float]:
    """Seconds before each further try, for ever."""
    return growing_pauses(FIRST_PAUSE, LONGEST_PAUSE)


async def _unless(stopping: asyncio.Event, begin: Callable[[], Awaitable[None]]) -> bool:
    """Whether it could be done before the stop; where it could not it is broken off."""
    doing = asyncio.ensure_future(begin())
    waiting = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({doing, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        if not doing.done():
            doing.cancel()
            await asyncio.wait({doing})
    if stopping.is_set():
        return False
    await doing
    return True
