"""Rows that cannot be read: put in order as far as can be, so that they keep nothing else from being read.

A notice stays, with something legible in place of what is not, and is dead if it was still to go: its fallback
tells it, and a person may bring it back. Any other row is removed, and what it was about begins anew. What was
done is noted for `ops`, with the values as they lay there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    RowMapping,
    Table,
    and_,
    delete,
    insert,
    or_,
    select,
    update,
)

from alerter.domain.notices.notice import Kind, State
from alerter.ledger import keys, sql, tables
from alerter.ledger.columns import Checked, Illegible, Instant, Json, Rank, raw
from alerter.ledger.states import FINISHED

NOTED = "illegible"
"""The key under which it is noted what was found and has yet to be told."""

MOST_NOTED = 20
LONGEST_SHOWN = 80
"""Characters of a value."""

OUTCOME = "unreadable"
N = tables.notice.c


def mend(connection: Connection, met: Illegible) -> int:
    """Put every row in order that holds what was met, and those like it; returns how many. In a transaction."""
    sql.take_turns(connection)
    found = [line for table in tables.metadata.sorted_tables for line in _mend_table(connection, table, met)]
    if found:
        noted = read_noted(connection)
        _note(connection, [*noted, *found])
    return len(found)


def read_noted(connection: Connection) -> list[str]:
    """What was found and has yet to be told, a line for each row."""
    return list(json.loads(keys.read_value(connection, NOTED) or "[]"))


def forget_noted(connection: Connection, lines: Iterable[str]) -> None:
    """These have been told."""
    sql.take_turns(connection)
    told = set(lines)
    _note(connection, [line for line in read_noted(connection) if line not in told])


def _note(connection: Connection, lines: list[str]) -> None:
    """Keep these; beyond a number they are all alike to a reader."""
    M = tables.meta.c
    connection.execute(delete(tables.meta).where(M.key == NOTED))
    if lines:
        value = json.dumps(lines[:MOST_NOTED])
        connection.execute(insert(tables.meta).values(key=NOTED, value=value))


def _mend_table(connection: Connection, table: Table, met: Illegible) -> list[str]:
    checked = {column.name: column.type for column in table.columns if isinstance(column.type, Checked)}
    if not checked:
        return []
    raws = {column.name: raw(column) for column in table.columns}
    suspect = or_(*(form.is_illegible(raws[name], met.value) for name, form in checked.items()))
    query = select(*(as_it_lies.label(name) for name, as_it_lies in raws.items())).where(suspect)
    lines = []
    for row in connection.execute(query).mappings().all():
        bad = {name: row[name] for name, form in checked.items() if not _is_legible(form, row[name], connection)}
        if bad:
            _put_in_order(connection, table, row, bad)
            lines.append(_describe(table, row, bad))
    return lines


def _put_in_order(connection: Connection, table: Table, row: RowMapping, bad: Mapping[str, object]) -> None:
    is_it = and_(*(raw(column) == row[column.name] for column in table.primary_key))
    if table is not tables.notice:
        connection.execute(delete(table).where(is_it))
        return
    now = datetime.now(UTC)
    connection.execute(update(table).where(is_it).values(_mended(row, bad, now)))
    lost = {"notice": row["id"], "at": now, "outcome": OUTCOME, "detail": _show(bad)}
    connection.execute(insert(tables.attempt).values(lost))


def _mended(row: RowMapping, bad: Mapping[str, object], now: datetime) -> dict[str, Any]:
    """What to write into a notice's row. One that still was to go, or of which that is not known, is dead."""
    values = {name: _stand_in(N[name], row, now) for name in bad}
    is_delivered = row["delivered_at"] is not None  # set exactly on what was delivered
    if row["state"] not in FINISHED:
        values |= {"state": State.DELIVERED if is_delivered else State.DEAD, "token": None, "lease_until": None}
        values |= {"next_at": None, "fallback_at": None if is_delivered or row["fallback_at"] is None else now}
    if "delivered_at" in bad and values.get("state", row["state"]) == State.DELIVERED:
        values["delivered_at"] = now
    return values


def _stand_in(column: Column[Any], row: RowMapping, now: datetime) -> Any:
    """What is put where nothing can be read."""
    if column is N.kind:
        return Kind.PROBLEM if row["deadline"] is None else Kind.UPCOMING
    if column.nullable or isinstance(column.type, Json):
        return None if column.nullable else ()
    return {Instant: now, Rank: "normal"}.get(type(column.type))


def _is_legible(form: Checked[Any], value: Any, connection: Connection) -> bool:
    try:
        form.process_result_value(value, connection.dialect)
    except Illegible:
        return False
    return True


def _describe(table: Table, row: RowMapping, bad: Mapping[str, object]) -> str:
    key = " ".join(str(row[column.name]) for column in table.primary_key)
    about = "".join(_about(row)) if table is tables.notice else ""
    return f"{table.name} {key}{about}: {_show(bad)}"


def _about(row: RowMapping) -> Iterator[str]:
    told = [str(row[name]) for name in ("deadline", "lead", "title") if row[name]]
    yield f" ({', '.join(told)} through {row['channel']})"


def _show(bad: Mapping[str, object]) -> str:
    return ", ".join(f"{name} holds {str(value)[:LONGEST_SHOWN]!r}" for name, value in bad.items())
