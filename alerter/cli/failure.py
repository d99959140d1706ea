"""How a command says that it cannot do what was asked."""

from __future__ import annotations

NO = 1
UNUSABLE = 2


class Failure(Exception):
    """Ends the command: one sentence for standard error, and the exit code."""

    def __init__(self, message: str, code: int = NO) -> None:
        super().__init__(message)
        self.code = code
