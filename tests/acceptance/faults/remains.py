"""What a killed daemon left behind: the rows of its ledger, read without changing a byte of it."""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg.errors import UndefinedTable

from tests.acceptance.harness import STORE, Bench
from tests.acceptance.oracle import describe, read_ledger

QUERY = "SELECT id, deadline, state FROM notice"


class Left(NamedTuple):
    """A notice in the ledger of a daemon that was killed."""

    id: str
    deadline: str
    state: str


def read_states(database: Path) -> list[str]:
    """The states of all notices in an SQLite ledger."""
    return [left.state for left in _read_file(database)]


def read_left(bench: Bench) -> dict[str, Left]:
    """The notices in the ledger of a bench, by their deadline, which has one each."""
    is_file = bench.store.startswith("sqlite")
    found = _read_file(bench.folder / STORE) if is_file else _read_server(bench.store)
    return {left.deadline: left for left in found}


def end_leases(bench: Bench) -> None:
    """On PostgreSQL leases end as if their time had passed, so that nobody waits for it; on a file none holds."""
    if not bench.store.startswith("sqlite"):
        with psycopg.connect(bench.store, autocommit=True) as connection:
            connection.execute("UPDATE notice SET lease_until = 1 WHERE lease_until IS NOT NULL")


@contextmanager
def copy_of(database: Path) -> Iterator[sqlite3.Connection]:
    """A copy of an SQLite file and its journal, opened: what is rolled back there is still to be, for the daemon."""
    with tempfile.TemporaryDirectory() as folder:
        for path in database.parent.glob(f"{database.name}*"):
            shutil.copy(path, folder)
        with closing(sqlite3.connect(Path(folder) / database.name)) as connection:
            yield connection


def _read_file(database: Path) -> list[Left]:
    """The next daemon may be at work on it: only what is cut off, and so cannot be read as it is, stands still."""
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            return _read_notices(connection)
    except sqlite3.OperationalError:
        with copy_of(database) as connection:
            return _read_notices(connection)


def _read_notices(connection: sqlite3.Connection) -> list[Left]:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    return [Left(*row) for row in connection.execute(QUERY)] if "notice" in tables else []


def _read_server(store: str) -> list[Left]:
    with psycopg.connect(store, autocommit=True) as connection:
        try:
            return [Left(*row) for row in connection.execute(QUERY).fetchall()]
        except UndefinedTable:
            return []


def storage_calls(traced: str) -> str:
    """In words and in order: each fdatasync and unlink when it has completed, each connect when begun, the answer."""
    found = re.finditer(r"(fdatasync|unlink)(?:\(| resumed).*= 0$|(connect)\(|\"HTTP/1.1 200", traced, re.MULTILINE)
    return " ".join(one[1] or one[2] or "answer" for one in found)


async def unknown(bench: Bench) -> set[str]:
    """The notices of which the ledger says that an attempt ended unseen."""
    rows = await read_ledger(bench.store)
    return {describe(row) for row in rows if any(one.outcome == "unknown" for one in row.attempts)}


async def find_unexplained(bench: Bench) -> list[str]:
    """Notices that came more often than their history explains: once for each attempt, those of unknown end too."""
    came: Counter[str] = Counter(arrival.id for arrival in bench.arrivals())
    told = {row.id: len(row.attempts) for row in await read_ledger(bench.store)}
    return [name for name, count in came.items() if count > told[name]]
