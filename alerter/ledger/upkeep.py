"""Bringing dead notices back, and forgetting what is long finished."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, case, delete, or_, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerter.domain.deadline import Status
from alerter.domain.notice import State
from alerter.ledger import replicas, sql, tables
from alerter.ledger.columns import to_micros
from alerter.ledger.states import FINISHED, OPEN

N = tables.notice.c
D = tables.deadline.c
A = tables.action.c

STILL_NEWS_FOR = timedelta(days=1)


async def revive(
    connection: AsyncConnection, now: datetime, *, ids: Sequence[str] | None, channel: str | None
) -> list[str]:
    """Queue dead notices again, all or those named; each gets as long as it had at first.

    Of a `channel` (its address changed) only those that still matter: the due date is ahead, or they are of today.
    """
    query = (
        update(tables.notice)
        .where(N.state == State.DEAD)
        .values(state=State.QUEUED, reason=None, next_at=now, give_up_at=_give_up_again_at(now))
        .returning(N.id)
    )
    if ids is not None:
        query = query.where(sql.among(connection, N.id, ids))
    if channel is not None:
        still_matters = or_(N.due_at >= now, N.planned_at >= now - STILL_NEWS_FOR)
        query = query.where(N.channel == channel, still_matters)
    return sorted((await connection.execute(query)).scalars())


async def extend(connection: AsyncConnection, now: datetime) -> None:
    """Give what is under way, and would be given up by now, as long as it had at first: that time has not been."""
    is_under_way = N.state.in_((*OPEN, State.SENDING))
    query = update(tables.notice).where(is_under_way, N.give_up_at < now)
    await connection.execute(query.values(give_up_at=_give_up_again_at(now)))


async def purge(connection: AsyncConnection, before: datetime) -> int:
    """Delete finished notices of due dates before the instant, with their attempts, and older actions.

    Kept is what still bears on a deadline: its present due key and, while it is open, the earlier ones.
    Records of deadlines removed before the instant go too. Returns how many notices were deleted.
    """
    await sql.take_turns(connection)
    await connection.execute(delete(tables.deadline).where(D.removed_at < before))
    kept = await _read_kept(connection)
    count = 0
    for deadline, due_key in await _read_old(connection, before):
        if (deadline, due_key) not in kept:
            count += await _delete_notices(connection, and_(N.deadline == deadline, N.due_key == due_key))
    count += await _delete_notices(connection, and_(N.deadline.is_(None), N.planned_at < before))
    await _delete_actions(connection, before, kept)
    await _delete_threads(connection)
    await replicas.forget(connection, before)
    return count


def _give_up_again_at(now: datetime) -> ColumnElement[Any]:
    """The patience it had, from now on."""
    give_up_at, planned_at, due_at = (type_coerce(each, BigInteger) for each in (N.give_up_at, N.planned_at, N.due_at))
    start = case((due_at > planned_at, due_at), else_=planned_at)
    return case((start < to_micros(now), give_up_at - start + to_micros(now)), else_=give_up_at)


async def _read_kept(connection: AsyncConnection) -> set[tuple[str, str]]:
    """The due dates, by deadline and key, that are to be remembered however old."""
    kept: set[tuple[str, str]] = set()
    for row in await connection.execute(select(D.deadline, D.due_key, D.earlier_keys, D.status)):
        keys = (row.due_key, *row.earlier_keys) if row.status is Status.OPEN else (row.due_key,)
        kept.update((row.deadline, key) for key in keys)
    return kept


async def _read_old(connection: AsyncConnection, before: datetime) -> Sequence[tuple[str, str]]:
    query = select(N.deadline, N.due_key).where(N.due_at < before, N.deadline.is_not(None)).distinct()
    return [(row.deadline, row.due_key) for row in await connection.execute(query)]


async def _delete_notices(connection: AsyncConnection, which: ColumnElement[bool]) -> int:
    finished = and_(which, N.state.in_(FINISHED))
    of_them = tables.attempt.c.notice.in_(select(N.id).where(finished))
    await connection.execute(delete(tables.attempt).where(of_them))
    return (await connection.execute(delete(tables.notice).where(finished))).rowcount


async def _delete_actions(connection: AsyncConnection, before: datetime, kept: Iterable[tuple[str, str]]) -> None:
    remembered = set(kept)
    old = await connection.execute(select(A.ordinal, A.deadline, A.due_key).where(A.at < before))
    gone = [{"b_ordinal": row.ordinal} for row in old if (row.deadline, row.due_key) not in remembered]
    if gone:
        await connection.execute(delete(tables.action).where(A.ordinal == bindparam("b_ordinal")), gone)


async def _delete_threads(connection: AsyncConnection) -> None:
    T = tables.thread.c  # noqa: N806 - as N
    is_alive = or_(
        T.deadline.in_(select(D.deadline)), T.deadline.in_(select(N.deadline).where(N.deadline.is_not(None)))
    )
    await connection.execute(delete(tables.thread).where(~is_alive))
