"""The JSON documents that the API answers with and commands print: one maker and one shape for each.

All instants are `2025-09-10T13:00:00Z`; what there is none of is null.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from alerter.domain.dates.instants import instant
from alerter.domain.words.unsigned import unsigned

if TYPE_CHECKING:
    from alerter.domain.decisions.record import Action
    from alerter.domain.notices.notice import Notice
    from alerter.ledger.values import Attempt, ChannelHealth, Told


HeldDocument = TypedDict("HeldDocument", {"from": str, "reason": str})
"""Since when a planned notice is held, and why."""


class PlannedDocument(TypedDict):
    """A notice that is planned; `at` is when it will go out."""

    id: str
    deadline: str | None
    title: str
    kind: str
    lead: str | None
    channel: str
    at: str
    due: str | None
    held: HeldDocument | None


class AttemptDocument(TypedDict):
    """One attempt, and what the other side answered."""

    at: str
    outcome: str
    detail: str


class NoticeDocument(TypedDict):
    """What became of a notice: what was told, word for word but for what signs its links, to whom, and the answers."""

    id: str
    deadline: str | None
    kind: str
    lead: str | None
    channel: str
    due: str | None
    planned_at: str
    state: str
    attempts: list[AttemptDocument]
    delivered_at: str | None
    late_by: int
    reason: str | None
    to: list[str]
    subject: str | None
    text: str | None


class ActionDocument(TypedDict):
    """What a person did."""

    at: str
    deadline: str
    action: str
    by: str
    note: str


class ChannelDocument(TypedDict):
    """How a channel is."""

    name: str
    type: str
    queued: int
    failures: int
    paused_until: str | None
    is_closed: bool
    last_error: str
    last_delivered_at: str | None


def format_instant(at: datetime | None) -> str | None:
    """`2025-09-10T13:00:00Z`, or None."""
    return None if at is None else instant(at)


def planned_document(notice: Notice, title: str) -> PlannedDocument:
    """The documented fields of a planned notice."""
    held = notice.held
    return {
        "id": notice.id,
        "deadline": notice.deadline,
        "title": title,
        "kind": str(notice.kind),
        "lead": notice.lead,
        "channel": notice.channel,
        "at": instant(notice.at),
        "due": format_instant(notice.due_at),
        "held": {"from": instant(held.since), "reason": held.reason} if held else None,
    }


def notice_document(told: Told) -> NoticeDocument:
    """The documented fields of a notice in the ledger."""
    return {
        "id": told.id,
        "deadline": told.deadline,
        "kind": told.kind,
        "lead": told.lead,
        "channel": told.channel,
        "due": format_instant(told.due_at),
        "planned_at": instant(told.planned_at),
        "state": str(told.state),
        "attempts": [_attempt(one) for one in told.attempts],
        "delivered_at": format_instant(told.delivered_at),
        "late_by": told.late_by,
        "reason": told.reason,
        "to": list(told.to),
        "subject": _unsigned(told.subject),
        "text": _unsigned(told.text),
    }


def action_document(action: Action) -> ActionDocument:
    """The documented fields of what a person did."""
    return {
        "at": instant(action.at),
        "deadline": action.deadline,
        "action": action.action,
        "by": action.by,
        "note": action.note,
    }


def channel_document(name: str, form: str, health: ChannelHealth | None, queued: int) -> ChannelDocument:
    """How a channel is; one never heard of has done nothing yet."""
    return {
        "name": name,
        "type": form,
        "queued": queued,
        "failures": health.failures if health else 0,
        "paused_until": format_instant(health.paused_until if health else None),
        "is_closed": health.is_closed if health else False,
        "last_error": health.last_error if health else "",
        "last_delivered_at": format_instant(health.last_delivered_at if health else None),
    }


def _attempt(attempt: Attempt) -> AttemptDocument:
    return {"at": instant(attempt.at), "outcome": attempt.outcome, "detail": attempt.detail}


def _unsigned(text: str | None) -> str | None:
    return None if text is None else unsigned(text)
