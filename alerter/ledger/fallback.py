"""Which notices are to be told through their channel's fallback.

`fallback_at` of a row is when; it is null once the fallback has been told or has no point any more,
so there are only ever few such rows and one index finds them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, func, select, union_all, update

from alerter.domain.notices.notice import State
from alerter.ledger import sql, tables
from alerter.ledger.rows import entry_of
from alerter.ledger.states import OPEN
from alerter.ledger.values import Untold

N = tables.notice.c
WAITING = (N.fallback_at.is_not(None), N.state.in_((*OPEN, State.DEAD)))
DUE = select(tables.notice).where(*WAITING, N.fallback_at <= bindparam("now")).order_by(N.fallback_at, N.id)
NEXT_AT = select(func.min(N.fallback_at)).where(*WAITING)

OTHER = tables.notice.alias("other").c
SAME = and_(
    OTHER.kind == N.kind, OTHER.ordinal == N.ordinal, func.coalesce(OTHER.lead, "") == func.coalesce(N.lead, "")
)
OTHERS = select(N.id, OTHER.channel).where(sql.among(N.id), SAME, OTHER.id != N.id, OTHER.state != State.SKIPPED)
ASKED = union_all(
    OTHERS.where(OTHER.deadline == N.deadline, OTHER.due_key == N.due_key),
    OTHERS.where(  # by the index of instants, and not by that of deadlines, of which all of these have none
        func.coalesce(OTHER.deadline, "") == "",
        func.coalesce(N.deadline, "") == "",
        OTHER.nominal_at == N.nominal_at,
        OTHER.planned_at >= N.nominal_at,
    ),
)


def read_due(connection: Connection, now: datetime) -> list[Untold]:
    """Undelivered notices whose fallback is to be told by now, longest waiting first."""
    due = connection.execute(DUE, {"now": now}).all()
    asked = _read_asked(connection, [row.id for row in due])
    return [Untold(entry=entry_of(row), late_by=row.late_by, asked=frozenset(asked[row.id])) for row in due]


def read_next_at(connection: Connection) -> datetime | None:
    """When the next fallback is to be told, if all stays as it is."""
    at: datetime | None = connection.scalar(NEXT_AT)
    return at


def settle(connection: Connection, ids: Sequence[str]) -> None:
    """Say that the fallback of these notices has been told, or is not to be."""
    if ids:
        statement = update(tables.notice).where(sql.among(N.id, ids)).values(fallback_at=None)
        connection.execute(statement)


def _read_asked(connection: Connection, ids: Sequence[str]) -> defaultdict[str, set[str]]:
    """By notice the other channels that have been asked to tell the same, be it in place of another."""
    asked: defaultdict[str, set[str]] = defaultdict(set)
    if ids:
        for row in connection.execute(ASKED, {"ids": ids}):
            asked[row.id].add(row.channel)
    return asked
