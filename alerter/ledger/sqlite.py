"""How SQLite is connected to: one connection, and transactions that begin where we say."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Connection, StaticPool, event
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

BUSY_MILLISECONDS = 1500
"""How long another process is waited for, in each of the tries that a transaction has."""


def make_engine(url: URL) -> AsyncEngine:
    """One connection for all. Raises sqlite3.Error where the file cannot be opened."""
    if url.database:
        sqlite3.connect(url.database).close()  # a failed connect of aiosqlite would leave a thread behind
    engine = create_async_engine(url, poolclass=StaticPool)
    event.listen(engine.sync_engine, "connect", _set_up)
    event.listen(engine.sync_engine, "begin", _begin)
    event.listen(engine.sync_engine, "handle_error", _keep_connection)
    return engine


def _set_up(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver thinks
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    cursor.execute("PRAGMA synchronous = EXTRA")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Begin; a writer takes the file's lock now, since one that reads first may be refused later."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _keep_connection(context: ExceptionContext) -> None:
    """Roll back when a task is cancelled, and keep the connection: in memory it is the database."""
    if context.sqlalchemy_exception is None:
        context.is_disconnect = False
