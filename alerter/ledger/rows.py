"""Between the domain's values and the ledger's rows."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import RowMapping

from alerter.domain.decisions.record import Action, Entry, Record, Row, Standing
from alerter.domain.notices.notice import Held, Notice, Reason, State
from alerter.domain.planning.deadline import Status
from alerter.ledger import tables
from alerter.ledger.columns import Instant, InstantMap, Strings, Word, to_micros

RECORD_FIELDS = tuple(column.name for column in tables.deadline.columns)
_read_record = attrgetter(*RECORD_FIELDS)
_STATUS, _INSTANT, _INSTANTS, _STRINGS = Word(Status), Instant(), InstantMap(), Strings()
_NO_DIALECT: Any = None  # our types do not look at it
REASONS = {reason.value: reason for reason in Reason}

NEVER_TRIED: dict[str, Any] = {
    "token": None,
    "lease_until": None,
    "attempt_count": 0,
    "is_ambiguous": False,
    "late_by": 0,
    "delivered_at": None,
    "accepted": (),
    "refused": {},
    "recipients": (),
    "subject": None,
    "text": None,
}


def record_values(record: Record) -> dict[str, Any]:
    """The columns of a deadline's row."""
    return dict(zip(RECORD_FIELDS, _read_record(record), strict=True))


def record_row(record: Record) -> tuple[Any, ...]:
    """The columns of a deadline's row, in order, as they lie there: what `record_values` and the types make of them."""
    removed_at, pending_at = record.removed_at, record.pending_at
    return (
        record.deadline,
        record.title,
        record.status.value,
        record.due_key,
        to_micros(record.due_at),
        to_micros(record.first_seen_at),
        to_micros(record.since),
        to_micros(record.planned_until),
        record.fingerprint,
        record.rule,
        _INSTANTS.process_bind_param(record.channels, _NO_DIALECT),
        _STRINGS.process_bind_param(record.earlier_keys, _NO_DIALECT),
        record.move_count,
        record.pending_key,
        None if pending_at is None else to_micros(pending_at),
        None if removed_at is None else to_micros(removed_at),
        record.action_ordinal,
        record.version,
    )


def standing_of(row: Sequence[Any]) -> Standing:
    """How a deadline stands, from the columns of `Standing` as they lie there; raises Illegible."""
    status, fingerprint, due_at, planned_until, pending_key, pending_at, removed_at = row
    read = _INSTANT.process_result_value
    return Standing(
        _STATUS.process_result_value(status, _NO_DIALECT),  # type: ignore[arg-type]  # the column holds no null
        fingerprint,
        read(due_at, _NO_DIALECT),
        read(planned_until, _NO_DIALECT),  # type: ignore[arg-type]  # nor does this one
        pending_key,
        None if pending_at is None else read(pending_at, _NO_DIALECT),
        None if removed_at is None else read(removed_at, _NO_DIALECT),
    )


def record_of(row: Sequence[Any]) -> Record:
    """A deadline's row, all of its columns in order, as its value."""
    return Record(**dict(zip(RECORD_FIELDS, row, strict=True)))


def action_of(row: RowMapping) -> Action:
    """An action's row as its value."""
    return Action(**row)


def entry_values(entry: Entry) -> dict[str, Any]:
    """The columns that an entry fills; those of `NEVER_TRIED` make the row complete."""
    notice, held = entry.notice, entry.notice.held
    is_queued = entry.state is State.QUEUED
    return {
        "id": notice.id,
        "deadline": notice.deadline,
        "due_key": notice.due_key,
        "due_at": notice.due_at,
        "kind": notice.kind,
        "channel": notice.channel,
        "planned_at": notice.at,
        "nominal_at": notice.nominal_at,
        "lead": notice.lead,
        "ordinal": notice.ordinal,
        "held_since": held.since if held else None,
        "held_reason": held.reason if held else None,
        "is_escalation": notice.is_escalation,
        "state": entry.state,
        "reason": entry.reason,
        "send_at": entry.send_at,
        "give_up_at": entry.give_up_at,
        "fallback_at": entry.fallback_at if is_queued else None,
        "severity": entry.severity,
        "replaces": entry.replaces,
        "moved_from": entry.moved_from,
        "bundle": entry.bundle,
        "action": entry.action,
        "status": entry.status,
        "fallback_of": entry.fallback_of,
        "title": entry.title,
        "body": entry.text,
        "next_at": entry.send_at if is_queued else None,
    }


def entry_of(row: SqlRow[Any]) -> Entry:
    """What was handed over, from its row; `state` and `reason` are those of now."""
    return Entry(
        notice=_notice_of(row),
        state=row.state,
        reason=REASONS.get(row.reason),
        send_at=row.send_at,
        give_up_at=row.give_up_at,
        severity=row.severity,
        moved_from=row.moved_from,
        bundle=row.bundle,
        action=row.action,
        status=row.status,
        replaces=row.replaces,
        fallback_at=row.fallback_at,
        fallback_of=row.fallback_of,
        title=row.title,
        text=row.body,
    )


def _notice_of(row: SqlRow[Any]) -> Notice:
    return Notice(
        id=row.id,
        deadline=row.deadline,
        due_key=row.due_key,
        due_at=row.due_at,
        kind=row.kind,
        channel=row.channel,
        at=row.planned_at,
        nominal_at=row.nominal_at,
        lead=row.lead,
        ordinal=row.ordinal,
        held=None if row.held_since is None else Held(row.held_since, row.held_reason),
        is_escalation=row.is_escalation,
    )


def row_of(row: SqlRow[Any]) -> Row:
    """A notice's row as far as a hand-over minds it."""
    return Row(
        id=row.id,
        deadline=row.deadline,
        due_key=row.due_key,
        channel=row.channel,
        lead=row.lead,
        ordinal=row.ordinal,
        kind=str(row.kind),
        state=row.state,
        reason=row.reason,
        nominal_at=row.nominal_at,
        planned_at=row.planned_at,
        moved_from=row.moved_from,
        is_escalation=row.is_escalation,
        due_at=row.due_at,
        has_reached_some=bool(row.accepted),
        may_have_arrived=row.is_ambiguous,
        fallback_of=row.fallback_of,
        original_state=row.original_state,
    )
