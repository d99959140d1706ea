"""The threads of deadlines: of each channel what the first message is called, and where it stands.

The place has a row of its own, which an older version passes over and forgets with the deadline as any other.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select
from sqlalchemy import Row as SqlRow

from alerter.ledger import tables
from alerter.ledger.values import Result, Thread

T = tables.thread.c

_PLACE = " place"  # after the name of the channel, which has no spaces


def rows_of(result: Result, row: SqlRow[tuple[object, ...]]) -> Iterator[dict[str, str]]:
    """What is to be kept of a delivery to this row, for those that follow."""
    if row.deadline is not None and result.reference is not None:
        yield {"deadline": row.deadline, "channel": row.channel, "reference": result.reference}
        if result.place is not None:
            yield {"deadline": row.deadline, "channel": row.channel + _PLACE, "reference": result.place}


def read_threads(connection: Connection, deadline: str) -> list[Thread]:
    """The threads of the deadline of which it is known where they stand."""
    query = select(T.channel, T.reference).where(T.deadline == deadline).order_by(T.channel)
    kept = {row.channel: row.reference for row in connection.execute(query)}
    return [
        Thread(channel=name, reference=reference, place=kept[name + _PLACE])
        for name, reference in kept.items()
        if name + _PLACE in kept
    ]
