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

from alerter.ledger.sqlite_cursor import Cursor

BUSY_MILLISECONDS = 1500
"""How long another process is waited for, in each of the tries that a transaction has."""


THREAD_SECONDS = 5.0

LENIENT = partial(str, encoding="utf-8", errors="replace")


class Opened(aiosqlite.Connection):
    """A connection that can be ended wherever its opening was cut off; the library forgets what was then on its way."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(self._make, iter_chunk_size=64)
        self._how = partial(sqlite3.connect, *arguments, **{**named, "check_same_thread": False})
        self._made: sqlite3.Connection | None = None
        self._thread.daemon = True  # as SQLAlchemy does where it connects

    def cursor(self) -> Cursor:  # type: ignore[override]  # SQLAlchemy enters it, and needs no more
        """A place for the results of one statement; nothing is done yet."""
        return Cursor(self)

    @property
    def is_ended(self) -> bool:
        """Whether its thread has come to an end."""
        return not self._thread.is_alive()

    def let_go(self) -> None:
        """Close what was made, once its thread has ended; again that does nothing."""
        if self._made is not None:
            self._made.close()

    def _make(self) -> sqlite3.Connection:
        self._made = self._how()
        return self._made


def make_engine(url: URL, opened: list[Opened]) -> AsyncEngine:
    """One connection for all, kept in `opened`. Raises sqlite3.Error where the file cannot be opened."""
    if url.database:
        sqlite3.connect(url.database).close()

    def connect(*arguments: Any, **named: Any) -> aiosqlite.Connection:
        opened.append(Opened(*arguments, **named))
        return opened[-1]

    engine = create_async_engine(url, poolclass=StaticPool, connect_args={"async_creator_fn": connect})
    event.listen(engine.sync_engine, "connect", _set_up)
    event.listen(engine.sync_engine, "begin", _begin)
    event.listen(engine.sync_engine, "handle_error", _keep_connection)
    return engine


async def end_threads(opened: Iterable[Opened]) -> None:
    """Wait for the threads behind these connections, which must be closed or stopped.

    Where connecting failed or was cancelled nobody else does, and a thread that outlives the event loop
    ends with an error that nobody can catch.
    """
    for connection in opened:
        connection.stop()
    give_up_at = asyncio.get_running_loop().time() + THREAD_SECONDS
    while not all(each.is_ended for each in opened):  # a thread sets no event
        if asyncio.get_running_loop().time() > give_up_at:
            return
        await asyncio.sleep(0.001)
    for connection in opened:
        connection.let_go()


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
