"""While replicas are replaced one by one, a program and the version after it work on one schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, inspect, make_url

from alerter.ledger import migrations


@pytest.fixture
def database(ledger_url: str) -> Iterator[Connection]:
    """The same place as somebody else sees it."""
    url = make_url(ledger_url)
    engine = create_engine(
        url.set(drivername=url.drivername.replace("postgresql", "postgresql+psycopg")), poolclass=NullPool
    )
    with engine.connect() as connection:
        yield connection


@pytest.mark.parametrize("ledger_url", ["sqlite-file", "postgresql"], indirect=True)
def test_each_revision_only_adds_to_the_one_before(database: Connection) -> None:
    """Tables, or columns that nobody has to fill; so what the program before writes is still taken."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__path__[0])))
    config.attributes["connection"] = database
    before: dict[str, dict[str, str]] = {}
    for script in reversed([*ScriptDirectory.from_config(config).walk_revisions()]):
        command.upgrade(config, script.revision)
        now = _columns(database)
        for table, columns in before.items():
            added = {name: kind for name, kind in now[table].items() if name not in columns}
            assert now[table] == columns | added
            assert [name for name, kind in added.items() if "must be given" in kind] == []
        before = now
    assert before["notice"]["id"] == "TEXT, must be given"


def _columns(database: Connection) -> dict[str, dict[str, str]]:
    """Of each table each column: its type, and whether a row needs it."""
    found = inspect(database).get_multi_columns()
    return {table: {column["name"]: _kind(column) for column in columns} for (_, table), columns in found.items()}


def _kind(column: Any) -> str:
    is_needed = not column["nullable"] and column["default"] is None
    return f"{column['type']}{', must be given' if is_needed else ''}"
