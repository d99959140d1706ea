"""Putting right what was written while the clock was ahead: nothing may wait for an instant that only it had reached.

What was delivered stays delivered. What was skipped, or handed over, before its time is asked for again at its time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, literal, or_, select, update

from alerter.domain.notices.notice import Kind, Reason, State
from alerter.ledger import replicas, sql, tables
from alerter.ledger.states import OPEN

N = tables.notice.c
D = tables.deadline.c
G = tables.digest.c
C = tables.channel.c

SLACK = timedelta(minutes=1)
"""Notices are handed over a moment before their time; that is not ahead."""

LONGEST_WAIT = timedelta(hours=2)
"""No retry, pause or lease is longer."""

BY_PLAN = (Kind.UPCOMING, Kind.DUE, Kind.OVERDUE, Kind.OPENS, Kind.RECHECK)


def read_known_until(connection: Connection) -> datetime | None:
    """The latest instant that must have passed by what is written; None where nothing is.

    Word to `ops` does not count: it goes out while the clock is in doubt.
    """
    notices = select(func.max(N.nominal_at)).where(N.kind != Kind.PROBLEM)
    queries = (notices, select(func.max(D.first_seen_at)), select(func.max(D.since)))
    found = [connection.scalar(query) for query in queries]
    return max((at for at in found if at is not None), default=None)


def set_back(connection: Connection, now: datetime) -> list[str]:
    """Set all that is ahead of now back to now; returns what was told before its time, a line for each."""
    sql.take_turns(connection)
    _set_back_deadlines(connection, now)
    connection.execute(update(tables.digest).where(G.planned_until > now).values(planned_until=now))
    _take_back(connection, now)
    far = now + LONGEST_WAIT
    _let_go(connection, N.lease_until > far, now)
    connection.execute(update(tables.channel).where(C.paused_until > far).values(paused_until=None))
    replicas.forget_ahead(connection, far)
    return _read_told_early(connection, now)


def _set_back_deadlines(connection: Connection, now: datetime) -> None:
    settles_late = and_(D.pending_at.is_not(None), D.pending_at > now + LONGEST_WAIT)
    connection.execute(update(tables.deadline).where(settles_late).values(pending_key=None, pending_at=None))
    for column in (D.first_seen_at, D.since, D.planned_until, D.removed_at):
        values: dict[str, Any] = {column.name: now, "version": D.version + 1}
        connection.execute(update(tables.deadline).where(column > now).values(values))


def _take_back(connection: Connection, now: datetime) -> None:
    """The plan asks for these again in their time; what tells of something that happened goes at once."""
    is_planned = and_(N.kind.in_(BY_PLAN), N.action.is_(None), N.fallback_of.is_(None))
    by_clock = N.reason.in_((Reason.SUPERSEDED, Reason.MISSED))
    is_taken = or_(N.state.in_(OPEN), and_(N.state == State.SKIPPED, by_clock))
    connection.execute(
        update(tables.notice)
        .where(is_planned, is_taken, N.planned_at > now + SLACK)
        .values(state=State.SKIPPED, reason=Reason.REMOVED, next_at=None, fallback_at=None)
    )
    goes_late = and_(N.state.in_(OPEN), N.next_at > now + LONGEST_WAIT)
    waits = and_(goes_late, ~is_planned, N.planned_at > now + SLACK)
    connection.execute(update(tables.notice).where(waits).values(next_at=now, send_at=now, planned_at=now))
    earlier = case((N.send_at > now, literal(now, N.send_at.type)), else_=N.send_at)
    connection.execute(update(tables.notice).where(goes_late).values(next_at=now, send_at=earlier))


def _let_go(connection: Connection, which: ColumnElement[bool], now: datetime) -> None:
    freed = {"state": State.RETRYING, "next_at": now, "token": None, "lease_until": None, "is_ambiguous": True}
    connection.execute(update(tables.notice).where(N.state == State.SENDING, which).values(freed))


def _read_told_early(connection: Connection, now: datetime) -> list[str]:
    early = select(N.title, N.lead, N.ordinal, N.channel).where(
        N.delivered_at.is_not(None), N.deadline.is_not(None), N.planned_at > now + SLACK
    )
    rows: Sequence[Any] = connection.execute(early.order_by(N.planned_at, N.id)).all()
    return [f"{row.title} ({row.lead or row.ordinal}) to {row.channel}" for row in rows]
