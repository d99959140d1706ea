"""What can go wrong with a ledger as a whole; what a query finds is a value, never an error.

LedgerError
├── LedgerTooNew
├── LedgerBusy
├── LedgerOutrun
└── LedgerUnwritable        the database says no, or cannot be opened
    ├── LedgerLost          its file is damaged, gone, or another one's
    ├── LedgerHindered      its disk is full, read-only or fails, or somebody holds the file
    └── LedgerUnreachable   it says nothing: no connection, a lost one, or no answer in time
"""

from __future__ import annotations

from alerter.domain.words.statement import Fact


class LedgerError(Exception):
    """The base of what goes wrong with a ledger."""


class LedgerTooNew(LedgerError):
    """The database was written by a newer program; it has not been touched."""


class LedgerBusy(LedgerError):
    """Another daemon holds the database."""


class LedgerOutrun(LedgerError):
    """Another replica plans by a newer watch list; nothing has been written, and the next beat says the same."""


class LedgerUnwritable(LedgerError):
    """The database cannot be opened, read or written; the message says which and why, never a password."""


class LedgerLost(LedgerUnwritable):
    """What was in the database is not to be had any more, for `reason`; opened anew it begins with what is there."""

    def __init__(self, message: str, reason: Fact) -> None:
        super().__init__(message)
        self.reason = reason


class LedgerHindered(LedgerUnwritable):
    """The file cannot be read or written now, for what may pass or be mended while one waits."""


class LedgerUnreachable(LedgerUnwritable):
    """There is no connection to the database, or no answer; whether the last transaction was kept is unknown."""
