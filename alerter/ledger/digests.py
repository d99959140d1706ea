"""Up to which instant each digest has been handed over, and what waits beside the deadlines: digests and problems."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from alerter.domain.decisions.record import Row
from alerter.ledger import sql, tables
from alerter.ledger.handover import ROW_COLUMNS
from alerter.ledger.rows import row_of

N = tables.notice.c
OPEN = select(*ROW_COLUMNS).where(N.next_at.is_not(None), N.deadline.is_(None))


def read_cursors(connection: Connection) -> dict[str, datetime]:
    """The cursors by digest name."""
    return {row.name: row.planned_until for row in connection.execute(select(tables.digest))}


def read_open(connection: Connection) -> list[Row]:
    """The rows about no deadline that wait for their first or next attempt."""
    return [row_of(row) for row in connection.execute(OPEN)]


def write_cursors(connection: Connection, cursors: Mapping[str, datetime]) -> None:
    """Set these cursors."""
    if not cursors:
        return
    statement = sql.insert(connection, tables.digest)
    changed = {"planned_until": statement.excluded.planned_until}
    values = [{"name": name, "planned_until": at} for name, at in sorted(cursors.items())]
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changed), values)
