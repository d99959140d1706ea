"""Other users of the same PostgreSQL: a transaction that stays open keeps dead rows in everybody's way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

OLDEST = text(
    "SELECT pid, application_name, xact_start FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND xact_start < clock_timestamp() - make_interval(secs => :seconds) ORDER BY xact_start LIMIT 1"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LongTransaction:
    """A transaction that has been open since then: the process of the server, and what its program calls itself."""

    pid: int
    application: str
    since: datetime


def read_oldest(connection: Connection, longer_than: timedelta) -> LongTransaction | None:
    """The oldest that has been open for so long, of those that our role may see."""
    row = connection.execute(OLDEST, {"seconds": longer_than.total_seconds()}).first()
    if row is None:
        return None
    return LongTransaction(pid=row.pid, application=row.application_name or "", since=row.xact_start.astimezone(UTC))
