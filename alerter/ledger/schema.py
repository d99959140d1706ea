"""Brings a database's schema up to date, or refuses one that a newer program has written.

All in the transaction of the connection given: a crash half way leaves the schema as it was.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from alerter.ledger.errors import LedgerTooNew

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0002"  # the newest revision below migrations/versions


def is_current(connection: Connection) -> bool:
    """Whether the schema is this program's; raises LedgerTooNew where it is a newer one's. Writes nothing."""
    revision = _revision(connection)
    if revision is not None and revision != HEAD and revision not in _revisions():
        raise LedgerTooNew(f"the ledger is at schema {revision}, and this program knows them up to {HEAD}: update it")
    return revision == HEAD


def is_foreign(connection: Connection) -> bool:
    """Whether another program's tables are in it, and none of ours."""
    tables = inspect(connection).get_table_names()
    return bool(tables) and "alembic_version" not in tables


def upgrade(connection: Connection) -> None:
    """Run the revisions that are missing."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(4275030)"))  # replicas start together
    if not is_current(connection):
        from alembic import command  # noqa: PLC0415 - slow to import, and seldom needed

        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)


def _revisions() -> set[str]:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - slow to import, and seldom needed

    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config
