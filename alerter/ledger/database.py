"""The connection to SQLite or PostgreSQL, and its transactions.

On SQLite there is one connection and a lock in front of it: tasks take turns, each in a transaction
of its own, and other processes are waited for (`busy_timeout`). On PostgreSQL there is a pool.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, StaticPool, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DataError, IntegrityError, InterfaceError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from alerter.ledger import schema
from alerter.ledger.errors import LedgerUnwritable
from alerter.ledger.lock import FileLock

BUSY_MILLISECONDS = 5000
OURS = (IntegrityError, ProgrammingError, DataError)  # mistakes of this program, not trouble with the database
POSTGRES_ARGUMENTS = {"connect_timeout": 5, "keepalives_idle": 5, "keepalives_interval": 2, "tcp_user_timeout": 5000}


class Database:
    """One database by its URL; see `Ledger`."""

    def __init__(self, url: str, *, exclusive: bool) -> None:
        self._url = _parse(url)
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        self.path = Path(self._url.database) if self.is_sqlite and self._url.database else None
        self._lock = FileLock(self.path) if exclusive and self.path else None
        self._is_exclusive = exclusive
        self._engine: AsyncEngine | None = None
        self._data_version: int | None = None
        self._turn: AbstractAsyncContextManager[Any] = asyncio.Lock() if self.is_sqlite else nullcontext()

    async def open(self) -> None:
        """Take the lock, connect, and bring the schema up to date; lets go of everything if that fails."""
        try:
            self._prepare_file()
            self._engine = _make_engine(self._url)
            await self._bring_up_to_date()
        except OSError as error:
            await self.close()
            raise self._unwritable(error.strerror or type(error).__name__) from None
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close the connections and let go of the lock."""
        if self._engine is not None:
            async with self._turn:
                engine, self._engine = self._engine, None
                await engine.dispose()
        if self._lock is not None:
            self._lock.release()

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction that writes nothing."""
        return self._transaction(writes=False)

    def write(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction that is committed on leaving, or rolled back on an error."""
        return self._transaction(writes=True)

    async def has_changed(self) -> bool:
        """Whether another connection has committed since this was last asked (SQLite); else True."""
        if not self.is_sqlite:
            return True
        async with self.read() as connection:
            version = (await connection.exec_driver_sql("PRAGMA data_version")).scalar()
        before, self._data_version = self._data_version, version
        return before != version

    @asynccontextmanager
    async def _transaction(self, *, writes: bool) -> AsyncIterator[AsyncConnection]:
        async with self._turn:
            if self._engine is None:
                raise LedgerUnwritable(f"the ledger {self._name} is not open")
            try:
                async with self._engine.execution_options(writes=writes).begin() as connection:
                    yield connection
            except OURS:
                raise
            except (DatabaseError, InterfaceError) as error:
                raise self._unwritable(str(error.orig)) from None

    def _prepare_file(self) -> None:
        """Make the folders and an empty file that only we can read."""
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self._lock is not None:
            self._lock.acquire()
        if self.path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not self.path.exists():
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))

    async def _bring_up_to_date(self) -> None:
        async with self.read() as connection:
            is_current = await connection.run_sync(schema.is_current)
        if self.is_sqlite:
            await self._set_journal()
        if self._is_exclusive or not is_current:  # the daemon finds out at once that it cannot write
            async with self.write() as connection:
                await connection.run_sync(schema.upgrade)

    async def _set_journal(self) -> None:
        """Choose the safest journal; only now, since it may write, and a newer program's file is left alone."""
        assert self._engine is not None  # noqa: S101 - called by open() alone
        async with self._engine.connect() as connection:
            raw = await connection.get_raw_connection()
            await connection.run_sync(lambda _: raw.cursor().execute("PRAGMA journal_mode = DELETE"))

    @property
    def _name(self) -> str:
        return str(self.path) if self.path else self._url.render_as_string(hide_password=True)

    def _unwritable(self, reason: str) -> LedgerUnwritable:
        if self._url.password:
            reason = reason.replace(str(self._url.password), "***")
        return LedgerUnwritable(f"cannot use the ledger {self._name} as uid {os.getuid()}: {' '.join(reason.split())}")


def _parse(text: str) -> URL:
    """The URL with the driver of ours; raises LedgerUnwritable, without repeating what may hold a password."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise LedgerUnwritable(
            "the ledger's URL cannot be read; write sqlite:///PATH or postgresql://HOST/NAME"
        ) from None
    backend = url.get_backend_name()
    if backend == "sqlite":
        return url.set(drivername="sqlite+aiosqlite", database=None if url.database == ":memory:" else url.database)
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise LedgerUnwritable(f"no ledger on {backend!r}; write sqlite:///PATH or postgresql://HOST/NAME")


def _make_engine(url: URL) -> AsyncEngine:
    if url.get_backend_name() != "sqlite":
        return create_async_engine(url, connect_args=POSTGRES_ARGUMENTS, pool_pre_ping=True)
    engine = create_async_engine(url, poolclass=StaticPool)
    event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    event.listen(engine.sync_engine, "handle_error", _keep_connection)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver thinks
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    cursor.execute("PRAGMA synchronous = EXTRA")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Begin; a writer takes the file's lock now, since one that reads first may be refused later."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _keep_connection(context: ExceptionContext) -> None:
    """Roll back when a task is cancelled, and keep the connection: in memory it is the database."""
    if context.sqlalchemy_exception is None:
        context.is_disconnect = False
