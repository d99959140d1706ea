"""Which replicas plan: those whose watch list is the newest that any live replica holds.

A list is as old as its first sight by any replica, and that is remembered, so that an old replica that
starts again does not pass for new. The list that plans is always held by somebody alive: when the last
holder dies or takes another, the next newest of the living follows, and nobody waits for the dead.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from alerter.domain.planning.duedate import just_after
from alerter.ledger import sql, tables

R = tables.replica.c
W = tables.watch_list.c


def beat(
    connection: Connection, replica: str, watch_list: str, *, now: datetime, alive_until: datetime, forced: bool
) -> bool:
    """Say that the replica lives and holds this list; returns whether it plans. See `Ledger.beat`."""
    sql.take_turns(connection)
    _date(connection, watch_list, now, forced=forced)
    statement = sql.insert(connection, tables.replica)
    values = {"id": replica, "hash": watch_list, "alive_until": alive_until}
    changed = {name: statement.excluded[name] for name in ("hash", "alive_until")}
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed), [values])
    connection.execute(delete(tables.replica).where(R.alive_until <= now))
    return is_planning(connection, watch_list, now)


def is_planning(connection: Connection, watch_list: str, now: datetime) -> bool:
    """Whether this is the newest list that a live replica holds."""
    newest = (
        select(W.hash)
        .join(tables.replica, R.hash == W.hash)
        .where(R.alive_until > now)
        .order_by(W.since.desc())
        .limit(1)
    )
    return connection.scalar(newest) == watch_list


def count_alive(connection: Connection, now: datetime) -> int:
    """How many replicas have said that they live, and neither left nor fell silent since."""
    return connection.scalar(select(func.count()).where(R.alive_until > now)) or 0


def leave(connection: Connection, replica: str) -> None:
    """The replica ends in good order: nobody has to wait until it is counted as dead."""
    connection.execute(delete(tables.replica).where(R.id == replica))


def forget_ahead(connection: Connection, until: datetime) -> None:
    """Forget replicas that count as alive beyond that instant: they said so by a clock that was ahead."""
    connection.execute(delete(tables.replica).where(R.alive_until > until))


def forget(connection: Connection, before: datetime) -> None:
    """Forget lists first seen before the instant that no replica holds."""
    is_held = select(R.id).where(R.hash == W.hash).exists()
    connection.execute(delete(tables.watch_list).where(W.since < before, ~is_held))


def _date(connection: Connection, watch_list: str, now: datetime, *, forced: bool) -> None:
    """Remember since when the list is known; a new or forced one is newer than all others, whatever the clock says."""
    since = connection.scalar(select(W.since).where(W.hash == watch_list))
    newest = connection.scalar(select(func.max(W.since)))
    if since is not None and (since == newest or not forced):
        return
    statement = sql.insert(connection, tables.watch_list)
    changed = {"since": statement.excluded.since}
    values = {"hash": watch_list, "since": now if newest is None else max(now, just_after(newest))}
    connection.execute(statement.on_conflict_do_update(index_elements=["hash"], set_=changed), [values])
