"""Says that something fails over and over: at once, then now and then, so that an outage does not fill the log."""

from __future__ import annotations

import time

import structlog

from alerter.ledger.ledger import LedgerError

AGAIN_AFTER_SECONDS = 60.0

log = structlog.get_logger(__name__)


class Outage:
    """One thing that is tried again and again; `event` is how its failure is called in the log."""

    def __init__(self, event: str) -> None:
        self._event = event
        self._count = 0
        self._error = ""
        self._said_at = 0.0

    def note(self, error: Exception, **facts: object) -> None:
        """It failed: in a line where it is the ledger's trouble, else with where it happened."""
        now, name = time.monotonic(), type(error).__name__
        self._count += 1
        if name == self._error and now - self._said_at < AGAIN_AFTER_SECONDS:
            return
        is_fault = name != self._error and not isinstance(error, LedgerError)
        self._error, self._said_at = name, now
        reason = str(error) if isinstance(error, LedgerError) else None
        log.error(self._event, error=name, reason=reason, count=self._count, exc_info=is_fault, **facts)

    def over(self) -> None:
        """It has passed again."""
        self._count, self._error = 0, ""
