"""How SQLite is worked with: one connection, to a file in its own thread, and transactions that begin where we say."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError
from functools import partial
from threading import Event
from typing import Any, TypeVar

from sqlalchemy import Connection, StaticPool, create_engine, event
from sqlalchemy.engine import URL

from alerter.ledger.cutoff import Cutoff
from alerter.ledger.worker import Here, Worker

BUSY_MILLISECONDS = 1500
"""How long another process is waited for, in each of the tries that a transaction has."""

LENIENT = partial(str, encoding="utf-8", errors="replace")

T = TypeVar("T")


class Sqlite:
    """A database in a file or in memory. Raises sqlite3.Error where the file cannot be opened.

    `check` is called before each transaction, in its thread, and keeps it from beginning by what it raises.
    """

    def __init__(self, url: URL, check: Callable[[], None]) -> None:
        if url.database:
            sqlite3.connect(url.database).close()
        self._check = check
        self._loop = asyncio.get_running_loop()
        self._engine = create_engine(url, poolclass=StaticPool)
        self._worker = Worker("ledger") if url.database else Here()
        self.change_count = 0
        """How many rows have been changed here, by transactions that are over."""
        event.listen(self._engine, "connect", _set_up)
        event.listen(self._engine, "begin", _begin)
        self._engines = {
            (writes, is_repeat): self._engine.execution_options(writes=writes, is_repeat=is_repeat)
            for writes in (False, True)
            for is_repeat in (False, True)
        }

    async def run(self, work: Callable[[Connection], T], _limit: Cutoff, *, writes: bool, is_repeat: bool) -> T:
        """Run the work in a transaction, which is rolled back if the task is cancelled before its end.

        Nothing limits the time that a disk takes.
        """
        is_unwanted = Event()
        try:
            return await self._worker.run(partial(self._transact, work, is_unwanted, writes, is_repeat))
        except asyncio.CancelledError:
            is_unwanted.set()
            raise

    def wait_for(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """What comes of it, for the work of a transaction."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    async def set_journal(self) -> None:
        """Choose the safest journal. Raises sqlite3.Error and DBAPIError."""
        await self._worker.run(self._set_journal)

    async def close(self) -> None:
        """Close the connection, and end the thread."""
        await self._worker.end(by=self._engine.dispose)

    def _transact(self, work: Callable[[Connection], T], is_unwanted: Event, writes: bool, is_repeat: bool) -> T:
        self._check()
        with self._engines[writes, is_repeat].connect() as connection:
            try:
                with connection.begin():
                    done = work(connection)
                    if is_unwanted.is_set():
                        raise CancelledError
                return done
            finally:
                self.change_count = _driver_of(connection).total_changes

    def _set_journal(self) -> None:
        with self._engine.connect() as connection:
            _driver_of(connection).execute("PRAGMA journal_mode = DELETE")


def _driver_of(connection: Connection) -> sqlite3.Connection:
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]  # as of this dialect
    return driver


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver thinks
    connection.text_factory = LENIENT  # else one wrong byte keeps all rows from being read
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    connection.execute("PRAGMA synchronous = EXTRA")


def _begin(connection: Connection) -> None:
    """Begin; a writer takes the file's lock now, since one that reads first may be refused later."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
