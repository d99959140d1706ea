"""What was told, word for word, and how much waits: reading for people and metrics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select
from sqlalchemy import Row as SqlRow

from alerter.domain.notices.notice import State
from alerter.ledger import sql, tables
from alerter.ledger.values import Attempt, Told

N = tables.notice.c
A = tables.attempt.c

OVERDUE_AFTER = timedelta(seconds=60)


def read_history(
    connection: Connection,
    *,
    deadline: str | None,
    since: datetime | None,
    state: State | None,
    channel: str | None,
    limit: int | None,
    among: Sequence[str] | None = None,
    before: tuple[datetime, str] | None = None,
    is_told: bool = False,
) -> list[Told]:
    """The last `limit` notices that match, by planned instant; see `Ledger.history`."""
    query = select(tables.notice).order_by(N.planned_at.desc(), N.id.desc()).limit(limit)
    if deadline is not None:
        query = query.where(N.deadline == deadline)
    if since is not None:
        is_undelivered = state is not None and state is not State.DELIVERED  # then the index alone answers
        query = query.where(
            N.planned_at >= since if is_undelivered else or_(N.planned_at >= since, N.delivered_at >= since)
        )
    if state is not None:
        query = query.where(N.state == state)
    if channel is not None:
        query = query.where(N.channel == channel)
    if among is not None:
        query = query.where(sql.among(N.deadline, among))
    if before is not None:
        query = query.where(or_(N.planned_at < before[0], and_(N.planned_at == before[0], N.id < before[1])))
    if is_told:
        query = query.where(N.state != State.SKIPPED)
    rows = connection.execute(query).all()
    attempts = _read_attempts(connection, [row.id for row in rows])
    return [_told_of(row, attempts.get(row.id, [])) for row in reversed(rows)]


def count_states(connection: Connection) -> dict[tuple[str, State], int]:
    """How many notices each channel has in each state."""
    query = select(N.channel, N.state, func.count().label("total")).group_by(N.channel, N.state)
    return {(row.channel, row.state): row.total for row in connection.execute(query)}


def count_overdue(connection: Connection, now: datetime) -> int:
    """How many open notices should have gone out more than a minute ago; what quiet hours hold need not yet."""
    query = select(func.count()).where(N.next_at.is_not(None), N.send_at < now - OVERDUE_AFTER)
    return connection.scalar(query) or 0


def read_waiting(connection: Connection) -> list[str]:
    """The deadlines with open notices."""
    query = select(N.deadline).where(N.next_at.is_not(None), N.deadline.is_not(None)).distinct()
    return [str(name) for name in connection.scalars(query)]


def count_open(connection: Connection) -> dict[str, int]:
    """How many notices wait on each channel; those with none are left out."""
    query = select(N.channel, func.count().label("total")).where(N.next_at.is_not(None)).group_by(N.channel)
    return {row.channel: row.total for row in connection.execute(query)}


def _read_attempts(connection: Connection, ids: Sequence[str]) -> dict[str, list[Attempt]]:
    query = select(tables.attempt).where(sql.among(A.notice, ids)).order_by(A.id)
    attempts: dict[str, list[Attempt]] = defaultdict(list)
    for row in connection.execute(query):
        attempts[row.notice].append(Attempt(at=row.at, outcome=row.outcome, detail=row.detail))
    return attempts


def _told_of(row: SqlRow[Any], attempts: Sequence[Attempt]) -> Told:
    return Told(
        id=row.id,
        deadline=row.deadline,
        due_key=row.due_key,
        due_at=row.due_at,
        kind=str(row.kind),
        lead=row.lead,
        ordinal=row.ordinal,
        channel=row.channel,
        planned_at=row.planned_at,
        state=row.state,
        reason=row.reason,
        attempts=tuple(attempts),
        delivered_at=row.delivered_at,
        late_by=row.late_by,
        to=row.recipients,
        subject=row.subject,
        text=row.text,
        bundle=row.bundle,
        next_at=row.next_at,
    )
