"""Brings a database's schema up to date, or refuses one that a newer program has written.

All in the transaction of the connection given: a crash half way leaves the schema as it was.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, insert, inspect, select, text
from sqlalchemy.schema import CreateIndex, CreateTable

from alerter.ledger import tables
from alerter.ledger.errors import LedgerTooNew
from alerter.ledger.sql import is_sqlite

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0002"  # the newest revision below migrations/versions

revisions = Table(  # as Alembic makes it
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def is_current(connection: Connection) -> bool:
    """Whether the schema is this program's; raises LedgerTooNew where it is a newer one's. Writes nothing."""
    revision = _revision(connection)
    if revision is not None and revision != HEAD and revision not in _revisions():
        raise LedgerTooNew(f"the ledger is at schema {revision}, and this program knows them up to {HEAD}: update it")
    return revision == HEAD


def is_there(connection: Connection) -> bool:
    """Whether the database holds a ledger, of whatever version."""
    return _revision(connection) is not None


def is_foreign(connection: Connection) -> bool:
    """Whether another program's tables are in it, and none of ours."""
    found = inspect(connection).get_table_names()
    return bool(found) and revisions.name not in found


def upgrade(connection: Connection) -> None:
    """Make the tables where there are none, or run the revisions that are missing."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(4275030)"))  # replicas start together
    if is_current(connection):
        return
    if is_sqlite(connection) and not inspect(connection).get_table_names():
        _make(connection)
    else:
        run_revisions(connection)


def run_revisions(connection: Connection) -> None:
    """Run those that are missing, one after the other."""
    from alembic import command  # noqa: PLC0415 - slow to import, and seldom needed

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _make(connection: Connection) -> None:
    """Make all tables at once, as the revisions would: without them, which would be 13 MB for as long as we run.

    The indexes in one order everywhere: of two that seem as good SQLite takes the one that was made last.
    """
    for table in tables.metadata.sorted_tables:
        connection.execute(CreateTable(table))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            connection.execute(CreateIndex(index))
    revisions.create(connection)
    connection.execute(insert(revisions).values(version_num=HEAD))


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(revisions.name):
        return None
    revision = connection.execute(select(revisions.c.version_num)).scalar()
    return None if revision is None else str(revision)


def _revisions() -> set[str]:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - slow to import, and seldom needed

    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config
