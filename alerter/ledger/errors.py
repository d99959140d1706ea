"""What can go wrong with a ledger as a whole; what a query finds is a value, never an error."""

from __future__ import annotations


class LedgerError(Exception):
    """The base of what goes wrong with a ledger."""


class LedgerTooNew(LedgerError):  # noqa: N818 - named for what is wrong
    """The database was written by a newer program; it has not been touched."""


class LedgerBusy(LedgerError):  # noqa: N818 - named for what is wrong
    """Another daemon holds the database."""


class LedgerUnwritable(LedgerError):  # noqa: N818 - named for what is wrong
    """The database cannot be opened, read or written; the message says which and why, never a password."""
