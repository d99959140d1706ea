"""Small values that are made once and kept, such as the key that signs links."""

from __future__ import annotations

from sqlalchemy import Connection, select

from alerter.ledger import sql, tables

LINK_KEY = "link_key"
"""What signs links, where the configuration names no key."""

CALENDAR_KEY = "calendar_key"
"""What opens the calendar feed, likewise."""

WRITTEN = "written"
"""What is changed to see whether anything can be."""

M = tables.meta.c


def read_value(connection: Connection, key: str) -> str | None:
    """The value kept under the key."""
    value: str | None = connection.scalar(select(M.value).where(M.key == key))
    return value


def write_default(connection: Connection, key: str, value: str) -> str:
    """Keep the value unless there is one already; returns the one that is kept."""
    statement = sql.insert(connection, tables.meta).on_conflict_do_nothing()
    connection.execute(statement, [{"key": key, "value": value}])
    kept = read_value(connection, key)
    return value if kept is None else kept


def write_over(connection: Connection, key: str, value: str) -> None:
    """Keep the value in the place of whatever there is."""
    statement = sql.insert(connection, tables.meta)
    changed = {"value": statement.excluded.value}
    values = [{"key": key, "value": value}]
    connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=changed), values)
