"""What people did about deadlines, and the notices that this ends."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, and_, insert, or_, select, update

from alerter.domain.decisions.record import Action
from alerter.domain.notices.notice import Kind, Reason
from alerter.ledger import sql, tables
from alerter.ledger.rows import action_of
from alerter.ledger.skipping import as_skipped
from alerter.ledger.states import OPEN

A = tables.action.c
D = tables.deadline.c
N = tables.notice.c

ENDED_KINDS = (Kind.UPCOMING, Kind.DUE, Kind.OVERDUE, Kind.OPENS, Kind.RECHECK)
REASONS = {"ack": Reason.ACKNOWLEDGED, "snooze": Reason.SNOOZED, "close": Reason.CLOSED}


def write_action(connection: Connection, action: Action, *, ends: bool, ends_leads: bool) -> Action:
    """Add the action, and skip what it ends; see `Ledger.act`."""
    sql.take_turns(connection)
    if sql.is_repeat(connection) and (before := _read_same(connection, action)) is not None:
        return before
    values = {column.name: getattr(action, column.name) for column in tables.action.columns if column is not A.ordinal}
    ordinal = connection.scalar(insert(tables.action).values(values).returning(A.ordinal))
    assert ordinal is not None  # noqa: S101 - RETURNING of one inserted row
    changed = update(tables.deadline).where(D.deadline == action.deadline).values(version=D.version + 1)
    connection.execute(changed)
    if ends:
        _skip(connection, action, is_all=ends_leads or action.action != "ack")
    return replace(action, ordinal=ordinal)


def read_actions(connection: Connection, deadline: str | None, after: int) -> list[Action]:
    """The actions on a deadline, or on all, with ordinals above `after`, in order."""
    query = select(tables.action).where(A.ordinal > after).order_by(A.ordinal)
    if deadline is not None:
        query = query.where(A.deadline == deadline)
    return [action_of(row) for row in connection.execute(query).mappings()]


def _read_same(connection: Connection, action: Action) -> Action | None:
    """The action, where an earlier run has written it."""
    written = read_actions(connection, action.deadline, after=0)
    return next((each for each in written if replace(each, ordinal=action.ordinal) == action), None)


def _skip(connection: Connection, action: Action, *, is_all: bool) -> None:
    """Skip the open notices of the occurrence; messages that tell of actions still go."""
    query = (
        update(tables.notice)
        .where(N.deadline == action.deadline, N.due_key == action.due_key, N.state.in_(OPEN))
        .where(N.kind.in_(ENDED_KINDS), N.action.is_(None))
        .values(as_skipped(REASONS[action.action]))
    )
    connection.execute(query if is_all else query.where(_only_unanswered()))


def _only_unanswered() -> ColumnElement[bool]:
    """What goes only while nobody has acknowledged: escalations, and repeats after the due instant."""
    return or_(N.is_escalation, and_(N.kind == Kind.OVERDUE, N.lead.is_(None)))
