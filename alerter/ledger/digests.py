"""Up to which instant each digest has been handed over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from alerter.ledger import sql, tables


def read_cursors(connection: Connection) -> dict[str, datetime]:
    """The cursors by digest name."""
    return {row.name: row.planned_until for row in connection.execute(select(tables.digest))}


def write_cursors(connection: Connection, cursors: Mapping[str, datetime]) -> None:
    """Set these cursors."""
    if not cursors:
        return
    statement = sql.insert(connection, tables.digest)
    changed = {"planned_until": statement.excluded.planned_until}
    values = [{"name": name, "planned_until": at} for name, at in sorted(cursors.items())]
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changed), values)
