"""A cursor of aiosqlite that goes to the connection's thread once for each statement.

The way to the thread and back costs more than a small statement, and while the loop is busy it may wait for
Python's lock each time: cursor, execution, rows and closing make one way here instead of four.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Self

import aiosqlite


class Cursor:
    """What SQLAlchemy wants of a cursor; rows are fetched whole, as it does anyway."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run the statement and fetch what it yields. Raises sqlite3.Error."""
        await self._run(lambda cursor: cursor.execute(sql, parameters))

    async def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> None:
        """Run the statement with each of these parameters. Raises sqlite3.Error."""
        await self._run(lambda cursor: cursor.executemany(sql, parameters))

    async def fetchall(self) -> list[Any]:
        """The rows, once."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """There is nothing left to close."""

    async def _run(self, work: Callable[[sqlite3.Cursor], object]) -> None:
        in_thread: Any = self._connection._execute  # noqa: SLF001 - the driver's own way to its thread
        done = await in_thread(_run, self._connection._conn, work)  # noqa: SLF001 - as above
        self._rows, self.description, self.rowcount, self.lastrowid = done


def _run(
    connection: sqlite3.Connection, work: Callable[[sqlite3.Cursor], object]
) -> tuple[list[Any], Any, int, int | None]:
    cursor = connection.cursor()
    try:
        work(cursor)
        rows = cursor.fetchall() if cursor.description else []
        return rows, cursor.description, cursor.rowcount, cursor.lastrowid
    finally:
        cursor.close()
