"""How SQLite is connected to: one connection, and transactions that begin where we say."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable
from functools import partial
from typing import Any

import aiosqlite
from sqlalchemy import Connection, StaticPool, event
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

BUSY_MILLISECONDS = 1500
"""How long another process is waited for, in each of the tries that a transaction has."""


THREAD_SECONDS = 5.0

LENIENT = partial(str, encoding="utf-8", errors="replace")


def make_engine(url: URL, opened: list[aiosqlite.Connection]) -> AsyncEngine:
    """One connection for all, kept in `opened`. Raises sqlite3.Error where the file cannot be opened."""
    if url.database:
        sqlite3.connect(url.database).close()

    def connect(*arguments: Any, **named: Any) -> aiosqlite.Connection:
        connection = aiosqlite.connect(*arguments, **named)
        connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does where it connects
        opened.append(connection)
        return connection

    engine = create_async_engine(url, poolclass=StaticPool, connect_args={"async_creator_fn": connect})
    event.listen(engine.sync_engine, "connect", _set_up)
    event.listen(engine.sync_engine, "begin", _begin)
    event.listen(engine.sync_engine, "handle_error", _keep_connection)
    return engine


async def end_threads(opened: Iterable[aiosqlite.Connection]) -> None:
    """Wait for the threads behind these connections, which must be closed or stopped.

    Where connecting failed or was cancelled nobody else does, and a thread that outlives the event loop
    ends with an error that nobody can catch.
    """
    for connection in opened:
        connection.stop()
    give_up_at = asyncio.get_running_loop().time() + THREAD_SECONDS
    while any(each._thread.is_alive() for each in opened):  # noqa: SLF001 - a thread sets no event
        if asyncio.get_running_loop().time() > give_up_at:
            return
        await asyncio.sleep(0.001)


def _set_up(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver thinks
    connection.driver_connection.text_factory = LENIENT  # else one wrong byte keeps all rows from being read
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
