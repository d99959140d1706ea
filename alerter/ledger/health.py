"""How the channels are: one row each, shared by replicas and kept over restarts."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from alerter.ledger import sql, tables
from alerter.ledger.values import ChannelHealth

FIELDS = tuple(column.name for column in tables.channel.columns)


def read_channels(connection: Connection) -> dict[str, ChannelHealth]:
    """All channels' rows, by name."""
    rows = connection.execute(select(tables.channel)).mappings()
    return {row["name"]: ChannelHealth(**row) for row in rows}


def write_channels(connection: Connection, channels: Sequence[ChannelHealth]) -> None:
    """Add or replace the rows of these channels."""
    if not channels:
        return
    statement = sql.insert(connection, tables.channel)
    changed = {name: statement.excluded[name] for name in FIELDS if name != "name"}
    ordered = sorted(channels, key=lambda channel: channel.name)  # replicas lock rows in one order
    values = [{name: getattr(channel, name) for name in FIELDS} for channel in ordered]
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changed), values)
