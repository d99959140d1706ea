"""Hand-over: what is known of deadlines, and writing what the planner decided.

A deadline's record is written only if its version is still the one that was decided on, so two
hand-overs of one deadline never mix; notices have ids that follow from what they are, so a second
hand-over of the same notice changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, or_, select, update

from alerter.domain.decisions.record import RETURNING, Action, Decision, Entry, Known, Record, Row, Skip, Standing
from alerter.domain.decisions.standing import standing
from alerter.domain.notices.notice import PLANNED_KINDS, Kind, Reason, State
from alerter.ledger import fallback, sql, tables
from alerter.ledger.columns import raw
from alerter.ledger.rows import (
    NEVER_TRIED,
    action_of,
    entry_values,
    record_of,
    record_row,
    record_values,
    row_of,
    standing_of,
)
from alerter.ledger.skipping import as_skipped
from alerter.ledger.states import OPEN

N = tables.notice.c
D = tables.deadline.c
ORIGINAL = tables.notice.alias("original").c
ROW_COLUMNS: tuple[ColumnElement[Any], ...] = (
    N.id, N.deadline, N.due_key, N.channel, N.lead, N.ordinal, N.kind, N.state, N.reason,
    N.nominal_at, N.planned_at, N.moved_from, N.is_escalation, N.due_at, N.accepted, N.is_ambiguous,
    N.fallback_of, select(ORIGINAL.state).where(ORIGINAL.id == N.fallback_of).scalar_subquery().label("original_state"),
)  # fmt: skip

STANDING_COLUMNS: tuple[ColumnElement[Any], ...] = (
    D.deadline, raw(D.status), D.fingerprint, case((D.rule != "", raw(D.due_at))), raw(D.planned_until), D.pending_key,
    raw(D.pending_at), raw(D.removed_at),
)  # fmt: skip

RECORDS = select(tables.deadline)
THESE_RECORDS = RECORDS.where(sql.among(D.deadline))
VERSIONS = select(D.deadline, D.version).where(sql.among(D.deadline))
ACTIONS = select(tables.action).where(sql.among(tables.action.c.deadline)).order_by(tables.action.c.ordinal)
ROWS = select(*ROW_COLUMNS).where(sql.among(N.id))
STATES = select(N.id, N.state, N.reason).where(sql.among(N.id))
TOLD = select(N.deadline, N.channel).where(sql.among(N.deadline), N.delivered_at.is_not(None)).distinct()

CAN_RETURN = and_(N.state == State.SKIPPED, N.reason.in_(RETURNING))
PENDING = (
    select(*ROW_COLUMNS)
    .where(sql.among(N.deadline), or_(N.state.in_((*OPEN, State.SENDING)), CAN_RETURN))
    .order_by(N.planned_at, N.id)
)
LATEST = (
    select(N.deadline, N.due_key, N.channel, N.kind, func.max(N.nominal_at).label("latest"))
    .where(sql.among(N.deadline), N.kind.in_(PLANNED_KINDS), N.action.is_(None), ~CAN_RETURN)
    .group_by(N.deadline, N.due_key, N.channel, N.kind)
)


def read_records(connection: Connection, ids: Sequence[str] | None = None) -> dict[str, Record]:
    """The deadline rows by id, all of them or these."""
    rows = connection.execute(RECORDS) if ids is None else sql.fetch(connection, THESE_RECORDS, {"ids": ids})
    return {row.deadline: record_of(row) for row in rows}


def read_standings(connection: Connection, ids: Sequence[str] | None = None) -> dict[str, Standing]:
    """How the deadlines stand, by id, all of them or these."""
    query = select(*STANDING_COLUMNS)
    if ids is not None:
        query = query.where(sql.among(D.deadline, ids))
    return {name: standing_of(rest) for name, *rest in connection.execute(query)}


def read_standings_after(connection: Connection, name: str, count: int) -> dict[str, Standing]:
    """How so many deadlines stand whose ids come after that one, by id and in order."""
    query = select(*STANDING_COLUMNS).where(D.deadline > name).order_by(D.deadline).limit(count)
    return {name: standing_of(rest) for name, *rest in connection.execute(query)}


def read_removed(connection: Connection, since: datetime) -> list[Record]:
    """The records of deadlines removed since then, the last removed first."""
    query = select(tables.deadline).where(D.removed_at >= since).order_by(D.removed_at.desc(), D.deadline)
    return [record_of(row) for row in connection.execute(query)]


def read_known(connection: Connection, ids: Sequence[str]) -> dict[str, Known]:
    """The records of these deadlines with all that bears on their next hand-over."""
    records = read_records(connection, ids)
    if not records:
        return {}
    told = _read_told(connection, ids)
    latest = _read_latest(connection, ids, records)
    rows = _read_pending(connection, ids)
    actions = _read_actions(connection, ids)
    return {
        deadline: Known(
            record=record,
            told=frozenset([*told.get(deadline, ()), *_reached(rows.get(deadline, ()))]),
            being_told=frozenset(row.channel for row in rows.get(deadline, ()) if row.state is State.SENDING),
            latest=latest.get(deadline, {}),
            rows=tuple(row for row in rows.get(deadline, ()) if row.state is not State.SENDING),
            actions=standing(record, actions.get(deadline, ())),
        )
        for deadline, record in records.items()
    }


def _reached(rows: Iterable[Row]) -> Iterator[str]:
    """The channels where some of several recipients have it, or it may have arrived though no answer came."""
    return (row.channel for row in rows if row.has_reached_some or row.may_have_arrived)


def read_facts(connection: Connection, ids: Sequence[str]) -> dict[str, Known]:
    """The records of these deadlines with what people did about them."""
    records, actions = read_records(connection, ids), _read_actions(connection, ids)
    return {
        name: Known(record=record, actions=standing(record, actions.get(name, ()))) for name, record in records.items()
    }


def read_rows(connection: Connection, ids: Sequence[str]) -> dict[str, Row]:
    """The rows that these notice ids have."""
    return {row.id: row_of(row) for row in connection.execute(ROWS, {"ids": ids})}


def write_decisions(connection: Connection, decisions: Sequence[Decision]) -> list[str]:
    """Write those decisions whose record is still the one decided on; returns the deadlines of the others.

    The connection must have its turn (`sql.take_turns`).
    """
    ids = [decision.record.deadline for decision in decisions]
    versions = {row.deadline: row.version for row in connection.execute(VERSIONS, {"ids": ids})}
    held = [each for each in decisions if versions.get(each.record.deadline, 0) == each.record.version]
    _write_records(connection, [decision.record for decision in held])
    write_skips(connection, [skip for decision in held for skip in decision.skips])
    write_entries(connection, [entry for decision in held for entry in decision.entries], may_return=True)
    lost = set(ids) - {decision.record.deadline for decision in held}
    return [deadline for deadline in ids if deadline in lost]


def write_entries(connection: Connection, entries: Sequence[Entry], *, may_return: bool) -> int:
    """Add notices; a known id is passed over, unless it was taken back and `may_return`, or goes in place of another.

    Returns how many are new.
    """
    if not entries:
        return 0
    known = _read_states(connection, [entry.notice.id for entry in entries])
    fresh = {entry.notice.id: entry for entry in entries if entry.notice.id not in known}
    if fresh:
        values = [{**entry_values(entry), **NEVER_TRIED} for entry in fresh.values()]
        connection.execute(sql.insert(connection, tables.notice).on_conflict_do_nothing(), values)
    wanted = [entry for entry in entries if may_return or entry.fallback_of is not None]
    _bring_back(connection, [entry for entry in wanted if _can_return(known.get(entry.notice.id))])
    fallback.settle(connection, [entry.fallback_of for entry in entries if entry.fallback_of is not None])
    return len(fresh)


def write_skips(connection: Connection, skips: Iterable[Skip]) -> None:
    """Skip these notices where they are open."""
    by_reason: dict[Reason, list[str]] = defaultdict(list)
    for skip in skips:
        by_reason[skip.reason].append(skip.id)
    for reason, ids in by_reason.items():
        connection.execute(
            update(tables.notice).where(sql.among(N.id, ids), N.state.in_(OPEN)).values(as_skipped(reason))
        )


def _read_told(connection: Connection, ids: Sequence[str]) -> dict[str, set[str]]:
    told: dict[str, set[str]] = defaultdict(set)
    for row in connection.execute(TOLD, {"ids": ids}):
        told[row.deadline].add(row.channel)
    return told


def _read_latest(
    connection: Connection, ids: Sequence[str], records: Mapping[str, Record]
) -> dict[str, dict[tuple[str, Kind], datetime]]:
    """Per deadline, channel and kind the latest handed over and not taken back, of no earlier due key."""
    latest: dict[str, dict[tuple[str, Kind], datetime]] = defaultdict(dict)
    for row in connection.execute(LATEST, {"ids": ids}):
        record = records.get(row.deadline)
        if record is not None and (row.due_key == record.due_key or row.due_key not in record.earlier_keys):
            of, which = latest[row.deadline], (row.channel, row.kind)
            of[which] = max(row.latest, of.get(which, row.latest))
    return latest


def _read_pending(connection: Connection, ids: Sequence[str]) -> dict[str, list[Row]]:
    """Open rows, those in somebody's hands and those that can return, per deadline."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in connection.execute(PENDING, {"ids": ids}):
        rows[row.deadline].append(row_of(row))
    return rows


def _read_actions(connection: Connection, ids: Sequence[str]) -> dict[str, list[Action]]:
    actions: dict[str, list[Action]] = defaultdict(list)
    for row in connection.execute(ACTIONS, {"ids": ids}).mappings():
        actions[row["deadline"]].append(action_of(row))
    return actions


def _write_records(connection: Connection, records: Sequence[Record]) -> None:
    fresh = [(*record_row(record)[:-1], 1) for record in records if not record.version]
    changed = [record_values(record) | {"version": record.version + 1} for record in records if record.version]
    if fresh:
        connection.exec_driver_sql(sql.plain_insert(connection, tables.deadline), fresh)
    if changed:
        keyed = [{**values, "b_deadline": values.pop("deadline")} for values in changed]
        connection.execute(update(tables.deadline).where(D.deadline == bindparam("b_deadline")), keyed)


def _read_states(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[State, str | None]]:
    return {row.id: (row.state, row.reason) for row in connection.execute(STATES, {"ids": ids})}


def _can_return(known: tuple[State, str | None] | None) -> bool:
    return known is not None and known[0] is State.SKIPPED and known[1] in RETURNING


def _bring_back(connection: Connection, entries: Sequence[Entry]) -> None:
    """Make rows that were taken back into these entries; what their attempts left behind stays."""
    values: list[dict[str, Any]] = [entry_values(entry) for entry in entries]
    keyed = [{**each, "b_id": each.pop("id")} for each in values]
    if keyed:
        connection.execute(update(tables.notice).where(N.id == bindparam("b_id"), N.state == State.SKIPPED), keyed)
