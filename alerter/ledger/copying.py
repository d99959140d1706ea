"""Copies a whole ledger into an empty one, from SQLite to PostgreSQL or back, in one transaction.

What only says which daemons run (`replica`, `watch_list`) stays behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from sqlalchemy import Column, Connection, Table, func, insert, select, text, tuple_

from alerter.ledger import replicas, sql, tables
from alerter.ledger.database import Database, Work
from alerter.ledger.errors import LedgerBusy, LedgerLost, LedgerUnwritable
from alerter.ledger.quarantine import find_loss

COPIED = (
    tables.meta,
    tables.deadline,
    tables.notice,
    tables.attempt,
    tables.action,
    tables.channel,
    tables.thread,
    tables.digest,
)
BATCH = 1_000  # rows: few enough for PostgreSQL's limit on the time of one statement
LONGEST_SECONDS = 7200.0

Rows = list[dict[str, Any]]
Read = Callable[[Work[Rows]], Rows]


async def copy_ledger(source_url: str, target_url: str) -> Mapping[str, int]:
    """Copy all rows; returns how many of each table.

    Raises LedgerError: LedgerBusy where a daemon runs on either, LedgerLost where one is damaged, or the source is
    none. The target must hold nothing yet, and holds nothing still where this fails.
    """
    source = Database(source_url, exclusive=True, renews=False, makes=False)
    target = Database(target_url, exclusive=True, renews=False)
    try:
        _refuse_lost(source)
        await source.open()
        await target.open()
        for database in (source, target):
            await database.read(_refuse_running)

        def read(work: Work[Rows]) -> Rows:
            return target.wait_for(source.read(work))

        def copy(connection: Connection) -> Mapping[str, int]:
            counts = _fill(connection, read)
            target.wait_for(source.read(_refuse_running))  # one that came meanwhile may send what is not in the copy
            return counts

        return await target.write(copy, within=LONGEST_SECONDS)
    finally:
        await target.close()
        await source.close()


def _refuse_lost(source: Database) -> None:
    """An empty file is a new ledger to all others; here it is one that was."""
    reason = find_loss(source.path) if source.path is not None else None
    if reason is not None:
        raise LedgerLost(f"there is no ledger at {source.path}: {reason}", reason)


def _refuse_running(connection: Connection) -> None:
    """On PostgreSQL no lock says that a daemon runs; its heartbeat does."""
    if connection.dialect.name == "sqlite":
        return  # the lock of the file was free
    now = sql.read_clock(connection)
    if replicas.count_alive(connection, now):
        raise LedgerBusy("a daemon runs on that ledger: stop it, and wait half a minute if it was killed")


def _fill(target: Connection, read: Read) -> Mapping[str, int]:
    if not sql.is_repeat(target):
        _refuse_filled(target)
    counts = {}
    for table in COPIED:
        counts[table.name] = _count(target, table)
        if counts[table.name]:
            continue  # this was committed before, and its answer was lost
        for rows in _batches(read, table):
            target.execute(insert(table), rows)
            counts[table.name] += len(rows)
    _set_counters(target)
    return counts


def _refuse_filled(target: Connection) -> None:
    for table in COPIED:
        if _count(target, table):
            raise LedgerUnwritable(f"the ledger to copy to is not empty: its table {table.name} has rows")


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _batches(read: Read, table: Table) -> Iterator[Rows]:
    """All rows in the order of their key, some at a time."""
    keys = list(table.primary_key.columns)
    last: tuple[Any, ...] | None = None
    while True:
        rows = read(partial(_read, table, keys, last))
        if not rows:
            return
        yield rows
        last = tuple(rows[-1][key.name] for key in keys)


def _read(table: Table, keys: list[Any], last: tuple[Any, ...] | None, connection: Connection) -> Rows:
    query = select(table).order_by(*keys).limit(BATCH)
    if last is not None:
        query = query.where(_beyond(keys, last))
    return [dict(row) for row in connection.execute(query).mappings()]


def _beyond(keys: list[Any], last: tuple[Any, ...]) -> Any:
    return keys[0] > last[0] if len(keys) == 1 else tuple_(*keys) > tuple_(*last)


def _set_counters(target: Connection) -> None:
    """Have numbers go on above all that are borne: the action itself may be purged, of which others have the number.

    SQLite counts on from the rows by itself, but for that; PostgreSQL from its own sequences alone.
    """
    bearers = (tables.action.c.ordinal, tables.deadline.c.action_ordinal, tables.notice.c.action)
    _count_on(target, tables.action.c.ordinal, max(_highest(target, each) for each in bearers))
    if not sql.is_sqlite(target):
        _count_on(target, tables.attempt.c.id, _highest(target, tables.attempt.c.id))


def _highest(target: Connection, column: Column[int]) -> int:
    return int(target.scalar(select(func.max(column))) or 0)


def _count_on(target: Connection, column: Column[int], highest: int) -> None:
    values = {"table": column.table.name, "column": column.name, "value": highest}
    if not highest:
        return
    if sql.is_sqlite(target):
        target.execute(text("DELETE FROM sqlite_sequence WHERE name = :table"), values)
        target.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :value)"), values)
    elif target.scalar(text("SELECT setval(pg_get_serial_sequence(:table, :column), :value)"), values) is None:
        raise LedgerUnwritable(f"the counter of {column.table.name}.{column.name} cannot be set")
