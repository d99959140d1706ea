"""Bringing dead notices back, and forgetting what is long finished."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    type_coerce,
    update,
)

from alerter.domain.notices.notice import Reason, State
from alerter.domain.planning.deadline import Status
from alerter.ledger import replicas, sql, tables
from alerter.ledger.columns import to_micros
from alerter.ledger.states import FINISHED, OPEN

N = tables.notice.c
D = tables.deadline.c
A = tables.action.c

STILL_NEWS_FOR = timedelta(days=1)

NOT_BY_PLAN = case((and_(N.late_by == 0, N.send_at > N.planned_at), Reason.REPLANNED.value), else_=None)
"""The reason of what is brought back: what went when it could, and was not late when it died, is not late for that."""


def revive(connection: Connection, now: datetime, *, ids: Sequence[str] | None, channel: str | None) -> list[str]:
    """Queue dead notices again, all or those named; each gets as long as it had at first, at a channel that is open.

    Of a `channel` (its address changed) only those that still matter: the due date is ahead, or they are of today.
    What is being retried there waits no longer either: it failed at another address, or under another password. What
    quiet hours hold stays held.
    """
    query = (
        update(tables.notice)
        .where(N.state == State.DEAD)
        .values(state=State.QUEUED, reason=NOT_BY_PLAN, late_by=0, next_at=now, give_up_at=_give_up_again_at(now))
        .returning(N.id, N.channel)
    )
    if ids is not None:
        query = query.where(sql.among(N.id, ids))
    if channel is not None:
        still_matters = or_(N.due_at >= now, N.planned_at >= now - STILL_NEWS_FOR)
        query = query.where(N.channel == channel, still_matters)
    revived = connection.execute(query).all()
    if channel is None:
        _reopen(connection, {row.channel for row in revived})
    else:
        _hasten(connection, channel, now)
    return sorted(row.id for row in revived)


def extend(connection: Connection, now: datetime) -> None:
    """Give what is under way, and would be given up by now, as long as it had at first: that time has not been."""
    is_under_way = N.state.in_((*OPEN, State.SENDING))
    query = update(tables.notice).where(is_under_way, N.give_up_at < now)
    connection.execute(query.values(give_up_at=_give_up_again_at(now)))


def purge_notices(connection: Connection, before: datetime, at_most: int) -> int:
    """Delete so many finished notices of due dates before the instant, with their attempts; returns how many.

    Kept is what still bears on a deadline: its present due key and, while it is open, the earlier ones.
    """
    sql.take_turns(connection)
    query = select(N.id).where(N.state.in_(FINISHED), _is_forgotten(connection, before)).limit(at_most)
    ids = connection.scalars(query).all()
    connection.execute(delete(tables.attempt).where(sql.among(tables.attempt.c.notice, ids)))
    connection.execute(delete(tables.notice).where(sql.among(N.id, ids)))
    return len(ids)


def purge_deadlines(connection: Connection, before: datetime) -> None:
    """Delete the records of deadlines removed before the instant: what was told of them bears on nothing any more."""
    sql.take_turns(connection)
    connection.execute(delete(tables.deadline).where(D.removed_at < before))


def purge_actions(connection: Connection, before: datetime) -> None:
    """Delete what was done before the instant, threads of what is gone, and watch lists that nobody holds.

    What was done about a date of a series that is younger still ends its notices, however long ago it was done.
    """
    sql.take_turns(connection)
    _delete_actions(connection, before, _read_kept(connection))
    _delete_threads(connection)
    replicas.forget(connection, before)


def _reopen(connection: Connection, names: Iterable[str]) -> None:
    """Try these channels again although they were gone for good: somebody thinks that they are back."""
    C = tables.channel.c
    query = update(tables.channel).where(sql.among(C.name, sorted(names)), C.is_closed)
    connection.execute(query.values(is_closed=False, failures=0, paused_until=None))


def _hasten(connection: Connection, channel: str, now: datetime) -> None:
    is_waiting = and_(N.channel == channel, N.state == State.RETRYING, N.next_at > now, N.send_at <= now)
    connection.execute(update(tables.notice).where(is_waiting).values(next_at=now))


def _give_up_again_at(now: datetime) -> ColumnElement[Any]:
    """The patience it had, from now on."""
    give_up_at, planned_at, due_at = (type_coerce(each, BigInteger) for each in (N.give_up_at, N.planned_at, N.due_at))
    start = case((due_at > planned_at, due_at), else_=planned_at)
    return case((start < to_micros(now), give_up_at - start + to_micros(now)), else_=give_up_at)


def _read_kept(connection: Connection) -> set[tuple[str, str]]:
    """The due dates, by deadline and key, that are to be remembered however old."""
    kept: set[tuple[str, str]] = set()
    for row in connection.execute(select(D.deadline, D.due_key, D.earlier_keys, D.status)):
        keys = (row.due_key, *row.earlier_keys) if row.status is Status.OPEN else (row.due_key,)
        kept.update((row.deadline, key) for key in keys)
    return kept


def _is_forgotten(connection: Connection, before: datetime) -> ColumnElement[bool]:
    is_present = exists().where(D.deadline == N.deadline, D.due_key == N.due_key)
    moved = select(D.deadline, D.earlier_keys).where(D.status == Status.OPEN, D.earlier_keys != ())
    earlier = [f"{row.deadline}\n{key}" for row in connection.execute(moved) for key in row.earlier_keys]
    is_earlier = sql.among(N.deadline + "\n" + func.coalesce(N.due_key, ""), earlier)
    of_deadline = and_(N.deadline.is_not(None), N.due_at < before, ~is_present, ~is_earlier)
    return or_(of_deadline, and_(N.deadline.is_(None), N.planned_at < before))


def _delete_actions(connection: Connection, before: datetime, kept: Iterable[tuple[str, str]]) -> None:
    remembered = set(kept)
    known, day = {name for name, _ in remembered}, before.date().isoformat()
    old = connection.execute(select(A.ordinal, A.deadline, A.due_key).where(A.at < before))
    past = [row for row in old if row.deadline not in known or row.due_key[:10] < day]
    gone = [{"b_ordinal": row.ordinal} for row in past if (row.deadline, row.due_key) not in remembered]
    if gone:
        connection.execute(delete(tables.action).where(A.ordinal == bindparam("b_ordinal")), gone)


def _delete_threads(connection: Connection) -> None:
    T = tables.thread.c
    is_alive = or_(
        T.deadline.in_(select(D.deadline)), T.deadline.in_(select(N.deadline).where(N.deadline.is_not(None)))
    )
    connection.execute(delete(tables.thread).where(~is_alive))
