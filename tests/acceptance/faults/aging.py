"""A ledger as the first version left it: at revision 0001, with the rows of a daemon that was killed, in every state.

What the columns of today add is left out; the rows are otherwise the daemon's own.
"""

from __future__ import annotations

import signal
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import (
    Connection,
    MetaData,
    NullPool,
    Table,
    column,
    create_engine,
    func,
    insert,
    make_url,
    select,
    table,
    text,
)

from alerter.ledger import schema
from tests.acceptance.faults.remains import copy_of, read_left
from tests.acceptance.harness import Bench, deadline, soon
from tests.acceptance.waiting import until
from tests.servers import Reply

FIRST = "0001"
STATES = {"told": "delivered", "flying": "sending", "failing": "retrying", "refused": "dead", "next": "queued"}
PENDING = {"flying": "slow", "failing": "busy", "next": "busy"}  # what is still to be sent, and by which channel
WANTED = ("ops told upcoming 1h", *(f"{channel} {name} upcoming 1h" for name, channel in PENDING.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is in an SQLite ledger: its revision (None before the first), its tables and indexes, its notices."""

    revision: str | None
    schema: frozenset[str]
    notices: tuple[tuple[object, ...], ...]


async def live(bench: Bench) -> None:
    """Run a daemon until it has a notice in every state, and kill it; one is queued as its channel has to wait."""
    slow, busy, gone = [await bench.webhook(name) for name in ("slow", "busy", "gone")]
    await bench.webhook("ops")
    slow.answer(Reply(ending="hang"))
    busy.answer(Reply(status=503, headers=(("Retry-After", "6"),)))
    gone.answer(Reply(status=410))
    bench.faults |= {"notice.dead", "channel.closed"}
    due = soon(minutes=50)
    channels = {"told": "ops", "flying": "slow", "failing": "busy", "refused": "gone"}
    tables = [deadline(name, due, ["1h"], channels=f'["{channel}"]') for name, channel in channels.items()]
    bench.write(*tables)
    daemon = await bench.start()
    await slow.until(1, within=60.0)
    for event in ("delivered", "dead", "retried"):
        await daemon.says(f"notice.{event}", within=60.0)
    bench.write(*tables, deadline("next", due, ["1h"], channels='["busy"]'))
    await until(lambda: _states_of(bench.store) == STATES, f"{STATES}\n{daemon.said}")
    await daemon.end(signal.SIGKILL)
    assert {name: left.state for name, left in read_left(bench).items()} == STATES


def _states_of(url: str) -> dict[str, str]:
    with _connect(url) as connection:
        return {row.deadline: row.state for row in connection.execute(text("SELECT deadline, state FROM notice"))}


def age(young: str, old: str) -> None:
    """Give an empty database the first schema, and the rows that another, of today, has for it; both are URLs."""
    with _connect(young) as source, _connect(old) as target:
        config = Config()
        config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
        config.attributes["connection"] = target
        command.upgrade(config, FIRST)
        tables = MetaData()
        tables.reflect(target)
        for known in tables.sorted_tables:
            if known.name != "alembic_version":
                _copy(known, source, target)
        target.commit()


def _copy(known: Table, source: Connection, target: Connection) -> None:
    names = list(known.columns.keys())
    rows = source.execute(select(*map(column, names)).select_from(table(known.name))).mappings().all()
    if rows:
        target.execute(insert(known), [dict(row) for row in rows])
    if rows and known.name == "attempt" and target.dialect.name == "postgresql":
        last = select(func.max(known.c.id)).scalar_subquery()
        target.execute(select(func.setval(func.pg_get_serial_sequence("attempt", "id"), last)))


def _connect(url: str) -> closing[Connection]:
    made = make_url(url)
    if made.drivername == "postgresql":
        made = made.set(drivername="postgresql+psycopg")
    return closing(create_engine(made, poolclass=NullPool).connect())


def revision_of(url: str) -> str:
    """The revision of a ledger."""
    with _connect(url) as connection:
        return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


def read_held(database: Path) -> Held:
    """What an SQLite file holds, once its journal is rolled back; as if there were no file, nothing."""
    with copy_of(database) as connection:
        made = frozenset(
            f"{name}: {words}" for name, words in connection.execute("SELECT name, sql FROM sqlite_master")
        )
        if not made:
            return Held(revision=None, schema=made, notices=())
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        notices = connection.execute("SELECT * FROM notice ORDER BY id").fetchall()
        return Held(revision=str(revision), schema=made, notices=tuple(notices))
