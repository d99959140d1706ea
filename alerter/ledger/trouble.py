"""What an error of a database driver means for the transaction that met it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from enum import Enum
from itertools import islice

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

RETRY_COUNT = 5
FIRST_PAUSE = 0.05
LONGEST_PAUSE = 1.0

SQLITE_ERROR, SQLITE_BUSY, SQLITE_LOCKED, SQLITE_READONLY, SQLITE_IOERR = 1, 5, 6, 8, 10
SQLITE_CORRUPT, SQLITE_FULL, SQLITE_CANTOPEN, SQLITE_NOTADB = 11, 13, 14, 26
SERIALIZATION_FAILURE, DEADLOCK, LOCK_NOT_AVAILABLE, QUERY_CANCELED = "40001", "40P01", "55P03", "57014"
AGAIN = (SERIALIZATION_FAILURE, DEADLOCK, LOCK_NOT_AVAILABLE, QUERY_CANCELED)
READ_ONLY, TOO_MANY_CONNECTIONS, NOT_ALLOWED = "25006", "53300", "42501"
GONE = ("08", "57P0", READ_ONLY, TOO_MANY_CONNECTIONS)  # how such codes begin
OURS = (IntegrityError, ProgrammingError, DataError)

DENIALS = (
    "authentication failed",
    "authentication is required",
    "no password supplied",
    "no pg_hba.conf entry",
    "does not exist",  # the role, the database, or a file named in the URL
    "is not permitted to log in",
    "permission denied for database",
    "invalid connection option",
    "invalid connection parameter",
    "for connection option",
    "bad value for",
    "invalid sslmode value",
    "unrecognized configuration parameter",
    "invalid value for parameter",
    "certificate verify failed",
    "server does not support SSL",
)
"""How PostgreSQL says at the door that waiting would not help; it gives no code there."""


class Trouble(Enum):
    """The classes of errors; see RETRIED for which are tried again."""

    CROWDED = "somebody else was in the way: the same transaction may pass now"
    SHAKY = "the disk failed: it may not the next time"
    FULL = "the disk has no room left"
    DAMAGED = "what is in the file is no database, or not ours"
    LOST = "there is no connection, or not to the right server: another may do"
    REFUSED = "the database cannot or may not do it"
    OURS = "a mistake of this program"


RETRIED = (Trouble.CROWDED, Trouble.SHAKY, Trouble.LOST)
PASSING = (Trouble.CROWDED, Trouble.SHAKY, Trouble.FULL)
"""On a file, what may pass or be mended while one waits for it."""

OF_SQLITE = {
    SQLITE_BUSY: Trouble.CROWDED,
    SQLITE_LOCKED: Trouble.CROWDED,
    SQLITE_IOERR: Trouble.SHAKY,
    SQLITE_FULL: Trouble.FULL,
    SQLITE_CORRUPT: Trouble.DAMAGED,
    SQLITE_NOTADB: Trouble.DAMAGED,
}


def trouble_of(error: DBAPIError | PoolTimeoutError) -> Trouble:
    """What kind of trouble the error is."""
    if isinstance(error, PoolTimeoutError):
        return Trouble.LOST
    return _of_sqlite(error.orig) or _of_postgres(error)


def is_refusal(error: BaseException | None) -> bool:
    """Whether SQLite may not write where it should."""
    return _sqlite_code(error) in (SQLITE_READONLY, SQLITE_CANTOPEN)


def is_gone(error: BaseException | None) -> bool:
    """Whether PostgreSQL's error means that this connection is of no more use."""
    code = code_of(error)
    if code is None:
        return type(error).__module__.startswith("psycopg") and type(error).__name__ == "OperationalError"
    return code.startswith(GONE)


def is_denied(error: BaseException | None) -> bool:
    """Whether a connection was refused for what the URL says, not for the state the server is in.

    In a language that is not known here it counts as a server that cannot be reached.
    """
    is_psycopg = type(error).__module__.startswith("psycopg")
    return is_psycopg and code_of(error) is None and any(each in str(error) for each in DENIALS)


def code_of(error: BaseException | None) -> str | None:
    """PostgreSQL's code of the error, if it has said one."""
    return getattr(error, "sqlstate", None)


def pauses() -> Iterator[float]:
    """Seconds to wait before each further try of a transaction."""
    return islice(growing_pauses(FIRST_PAUSE, LONGEST_PAUSE), RETRY_COUNT)


def growing_pauses(first: float, longest: float) -> Iterator[float]:
    """Seconds before each further try, doubling, without end, with jitter so that replicas do not meet again."""
    while True:
        yield random.uniform(0.5, 1.0) * first  # noqa: S311 - no secret
        first = min(longest, first * 2)


def _of_postgres(error: DBAPIError) -> Trouble:
    if is_denied(error.orig):
        return Trouble.REFUSED
    code = code_of(error.orig)
    if code in AGAIN:
        return Trouble.CROWDED
    if error.connection_invalidated or is_gone(error.orig):
        return Trouble.LOST
    return Trouble.OURS if isinstance(error, OURS) and code != NOT_ALLOWED else Trouble.REFUSED


def _of_sqlite(error: BaseException | None) -> Trouble | None:
    """What SQLite's error code says; a table that is not there was there when the ledger was opened."""
    code = _sqlite_code(error)
    if code == SQLITE_ERROR and str(error).startswith("no such table"):
        return Trouble.DAMAGED
    return OF_SQLITE.get(code)


def _sqlite_code(error: BaseException | None) -> int:
    """The primary code; 0 where it is no error of SQLite."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
