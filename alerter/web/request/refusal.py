"""Requests that cannot be met: told in English to programs, and to people in their own language."""

from __future__ import annotations

from starlette.exceptions import HTTPException

from alerter.domain.words.statement import Statement, stated

NOT_NOW = stated("refusal", "This cannot be done at the moment. Please try again soon.")
"""What people read while the daemon is not ready, or its ledger does not answer."""


class Refusal(HTTPException):
    """Why not, for people; for programs the same in English, or `detail` where that says more to them."""

    def __init__(self, status: int, why: Statement, detail: str | None = None) -> None:
        super().__init__(status, detail or str(why))
        self.why = why
