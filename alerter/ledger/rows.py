"""Between the domain's values and the ledger's rows."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import RowMapping

from alerter.domain.notice import Held, Notice, Reason, State
from alerter.domain.record import Action, Entry, Record, Row
from alerter.ledger import tables

RECORD_FIELDS = tuple(column.name for column in tables.deadline.columns)
_read_record = attrgetter(*RECORD_FIELDS)
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


def record_of(row: RowMapping) -> Record:
    """A deadline's row as its value."""
    return Record(**row)


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
    )
