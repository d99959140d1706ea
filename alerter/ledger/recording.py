"""Recording: what became of attempts is written where the row is still leased under the claim's token.

So of two holders at most one is believed. A yes from the other side is always believed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnClause,
    Connection,
    Insert,
    Text,
    Update,
    bindparam,
    column,
    func,
    insert,
    select,
    update,
)
from sqlalchemy import Row as SqlRow

from alerter.domain.notices.notice import State
from alerter.ledger import sql, tables, threads
from alerter.ledger.columns import raw, to_micros
from alerter.ledger.states import FINISHED, OPEN, can_move
from alerter.ledger.values import Result

N = tables.notice.c

JUDGED: tuple[Column[Any], ...] = (
    N.id, N.deadline, N.channel, N.state, N.reason, N.token, N.attempt_count, N.is_ambiguous, N.fallback_at,
    N.late_by, N.accepted, N.refused, N.recipients, N.subject, N.text,
)  # fmt: skip

TRIED = select(*JUDGED).where(sql.among(N.id)).order_by(N.id).with_for_update()

Ended = tuple[Result, SqlRow[Any]]  # the end of an attempt, and the row as it was just before


class Unlike(Exception):
    """Of these attempts each has to be looked at: a row is no longer leased to us, or has more to it."""


def record(connection: Connection, results: Sequence[Result]) -> list[str]:
    """Write the ends of attempts; returns the ids whose lease was lost. See `Ledger.record`.

    Raises Unlike where `record_each` is to be asked instead, in another transaction.
    """
    if sql.is_repeat(connection):
        return record_each(connection, results)
    plain: list[Result] = []
    others: list[Result] = []
    for result in results:
        (plain if _is_plain(result) else others).append(result)
    if plain:
        _deliver(connection, plain)
    return record_each(connection, others)


def record_each(connection: Connection, results: Sequence[Result]) -> list[str]:
    """As `record`, whatever the results and their rows are like."""
    if sql.is_repeat(connection):
        written_before = _read_written(connection, results)
        results = [result for result in results if (result.id, result.at) not in written_before]
    if not results:
        return []
    leased, lost = _split_by_lease(connection, results)
    late = [(result, row) for result, row in lost if _is_late_delivery(result, row)]
    written = [*leased, *late]
    if written:
        connection.execute(
            update(tables.notice).where(N.id == bindparam("b_id"), N.state != State.DELIVERED),
            [_changes(result, row) for result, row in written],
        )
    _write_attempts(connection, [result for result, _ in written if result.state is not State.QUEUED])
    _write_threads(connection, written)
    known = {result.id for result, _ in (*leased, *lost)}
    return [result.id for result, _ in lost] + [result.id for result in results if result.id not in known]


def _deliver(connection: Connection, results: Sequence[Result]) -> None:
    """Write plain deliveries to rows that are as plain and still leased to us. Raises Unlike where one is not.

    One statement for all, and one for their attempts, neither of which gives back rows: when many go out at once
    this is what happens, and in SQLite's thread each row that is read waits for its turn with the loop.
    """
    in_sqlite = sql.is_sqlite(connection)
    given = {"given": json.dumps([_as_given(each) for each in results], ensure_ascii=False)}
    which = {} if in_sqlite else {"ids": [each.id for each in results]}
    if connection.execute(_delivery(in_sqlite=in_sqlite), given | which).rowcount < len(results):
        raise Unlike
    connection.execute(_deliveries(in_sqlite=in_sqlite), given)


def _is_plain(result: Result) -> bool:
    """Whether it says that all went well, and nothing besides."""
    has_words = result.subject is not None and result.text is not None
    has_more = result.accepted or result.refused or result.is_ambiguous or result.reference is not None
    return result.state is State.DELIVERED and has_words and not has_more


def _as_given(result: Result) -> dict[str, Any]:
    return {
        "id": result.id,
        "token": result.token,
        "reason": result.reason,
        "at": to_micros(result.at),
        "late_by": result.late_by,
        "recipients": json.dumps(result.to),
        "subject": result.subject,
        "text": result.text,
        "outcome": result.outcome or result.state,
        "detail": result.detail,
    }


WORDS = ("id", "token", "reason", "recipients", "subject", "text", "outcome", "detail")
NUMBERS = ("at", "late_by")
GIVEN: tuple[ColumnClause[Any], ...] = (
    *(column(name, Text()) for name in WORDS),
    *(column(name, BigInteger()) for name in NUMBERS),
)


@cache
def _delivery(*, in_sqlite: bool) -> Update:
    G = sql.given(*GIVEN, in_sqlite=in_sqlite).c
    nobody = [raw(each) == "[]" for each in (N.accepted, N.recipients)]
    which = [] if in_sqlite else [sql.among(N.id)]  # PostgreSQL expects so few in that state that it would look at all
    return (
        update(tables.notice)
        .where(N.id == G.id, N.state == State.SENDING, N.token == G.token, *nobody, *which)
        .values(
            state=State.DELIVERED,
            reason=func.coalesce(G.reason, N.reason),
            next_at=None,
            fallback_at=None,
            token=None,
            lease_until=None,
            delivered_at=G.at,
            late_by=G.late_by,
            recipients=G.recipients,
            subject=G.subject,
            text=G.text,
        )
    )


@cache
def _deliveries(*, in_sqlite: bool) -> Insert:
    """The attempts that ended so."""
    G = sql.given(*GIVEN, in_sqlite=in_sqlite).c
    A = tables.attempt.c
    columns = [A.notice, A.at, A.outcome, A.detail]
    return insert(tables.attempt).from_select(columns, select(G.id, G.at, G.outcome, G.detail))


def _split_by_lease(connection: Connection, results: Sequence[Result]) -> tuple[list[Ended], list[Ended]]:
    """The results whose row is still leased under their token, and those whose lease was lost."""
    found = connection.execute(TRIED, {"ids": [result.id for result in results]})
    rows = {row.id: row for row in found}
    leased: list[Ended] = []
    lost: list[Ended] = []
    for result in results:
        row = rows.get(result.id)
        if row is not None:
            (leased if _is_leased(result, row) else lost).append((result, row))
    return leased, lost


def _read_written(connection: Connection, results: Sequence[Result]) -> set[tuple[str, datetime]]:
    """Which of these results an earlier run has written, by notice and instant."""
    A = tables.attempt.c
    query = select(A.notice, A.at).where(sql.among(A.notice, [result.id for result in results]))
    return {(row.notice, row.at) for row in connection.execute(query)}


def _is_leased(result: Result, row: SqlRow[Any]) -> bool:
    if not can_move(State.SENDING, result.state):
        raise ValueError(f"an attempt cannot end in {result.state}")
    return bool(row.state is State.SENDING and row.token == result.token)


def _is_late_delivery(result: Result, row: SqlRow[Any]) -> bool:
    return result.state is State.DELIVERED and row.state is not State.DELIVERED


def _changes(result: Result, row: SqlRow[Any]) -> dict[str, Any]:
    """What the end of an attempt makes of the row."""
    is_untried = result.state is State.QUEUED
    is_delivered = result.state is State.DELIVERED
    is_first = row.attempt_count <= 1
    return {
        "b_id": result.id,
        "state": State.RETRYING if is_untried and not is_first else result.state,
        "reason": result.reason or (None if is_delivered and row.state in FINISHED else row.reason),
        "next_at": (result.next_at or result.at) if result.state in OPEN else None,
        "fallback_at": _next_fallback_at(result, row.fallback_at),
        "token": None,
        "lease_until": None,
        "attempt_count": row.attempt_count - is_untried,
        "is_ambiguous": row.is_ambiguous or result.is_ambiguous,
        "delivered_at": result.at if is_delivered else None,
        "late_by": result.late_by if result.state in FINISHED else row.late_by,
        "accepted": _joined(row.accepted, result.accepted),
        "refused": {**row.refused, **result.refused},
        "recipients": _joined(row.recipients, result.accepted, result.to),
        "subject": result.subject if result.subject is not None else row.subject,
        "text": result.text if result.text is not None else row.text,
    }


def _next_fallback_at(result: Result, fallback_at: datetime | None) -> datetime | None:
    """A dead notice is told through the fallback at once, a delivered one never."""
    if fallback_at is None or result.state is State.DELIVERED:
        return None
    return min(fallback_at, result.at) if result.state is State.DEAD else fallback_at


def _joined(*groups: tuple[str, ...]) -> tuple[str, ...]:
    """All of them, each once, in order."""
    return tuple(dict.fromkeys(each for group in groups for each in group))


def _write_attempts(connection: Connection, results: Sequence[Result]) -> None:
    if results:
        values = [
            {"notice": result.id, "at": result.at, "outcome": result.outcome or result.state, "detail": result.detail}
            for result in results
        ]
        connection.execute(insert(tables.attempt), values)


def _write_threads(connection: Connection, written: Sequence[Ended]) -> None:
    """Keep the first reference of each deadline and channel: what follows belongs below it."""
    values = [kept for result, row in written for kept in threads.rows_of(result, row)]
    if values:
        connection.execute(sql.insert(connection, tables.thread).on_conflict_do_nothing(), values)
