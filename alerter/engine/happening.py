"""What the engine reports: one value for logs, metrics and `simulate` alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Literal

import structlog

from alerter.domain.decisions.record import Entry, Row, Skip
from alerter.domain.notices.notice import Held, Notice, Reason, State
from alerter.domain.value import value

EventName = Literal["delivered", "skipped", "held", "retried", "dead"]

_STATES = {"retried": "retrying"}
_LOUDNESS = {"retried": "warning", "dead": "error"}

log = structlog.get_logger("alerter")


@value(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something became of a notice at `at`. `detail` is the other side's answer.

    `late_by` and `took_for` (from sending to the answer) are in seconds.
    """

    at: datetime
    event: EventName
    notice: str
    deadline: str | None
    kind: str
    lead: str | None
    channel: str
    due_at: datetime | None
    late_by: int = 0
    reason: str | None = None
    subject: str | None = None
    text: str | None = None
    detail: str = ""
    took_for: float | None = None

    @property
    def state(self) -> str:
        """The state in which it leaves the notice; `held` counts as one."""
        return _STATES.get(self.event, self.event)


Observer = Callable[[Happening], None]
"""Hears of every happening; must not raise and must not wait."""


def log_happening(happening: Happening) -> None:
    """Write one line about it, as loud as it is bad."""
    facts = {
        "notice": happening.notice,
        "deadline": happening.deadline,
        "kind": happening.kind,
        "lead": happening.lead,
        "channel": happening.channel,
        "reason": happening.reason,
        "late_by": happening.late_by or None,
        "detail": happening.detail or None,
    }
    write = getattr(log, _LOUDNESS.get(happening.event, "info"))
    write(f"notice.{happening.event}", **{key: value for key, value in facts.items() if value is not None})


def from_entry(entry: Entry, event: EventName, at: datetime, **facts: object) -> Happening:
    """A happening of this entry's notice."""
    return _from_notice(entry.notice, event, at, **{"reason": entry.reason.value if entry.reason else None, **facts})


def _from_notice(notice: Notice, event: EventName, at: datetime, **facts: object) -> Happening:
    values: dict[str, object] = {
        "at": at,
        "event": event,
        "notice": notice.id,
        "deadline": notice.deadline,
        "kind": notice.kind.value,
        "lead": notice.lead,
        "channel": notice.channel,
        "due_at": notice.due_at,
    }
    return Happening(**{**values, **facts})  # type: ignore[arg-type]  # keywords of the class above


def of_entries(entries: Iterable[Entry], now: datetime) -> list[Happening]:
    """What a hand-over made of its entries: held ones (from their own instant on) and skipped ones."""
    found = []
    for entry in entries:
        held = entry.notice.held
        if held is not None and held.reason != Reason.SNOOZED:
            found.append(from_entry(entry, "held", held.since, reason=held.reason))
        if entry.state is State.SKIPPED:
            event: EventName = "held" if entry.reason is Reason.SNOOZED else "skipped"
            found.append(from_entry(entry, event, now))
    return found


def still_held(notice: Notice, held: Held) -> Happening:
    """A notice that quiet hours keep back, and that has not been handed over yet."""
    return _from_notice(notice, "held", held.since, reason=held.reason)


def of_skips(rows: Iterable[Row], skips: Iterable[Skip], now: datetime) -> list[Happening]:
    """Open rows that a hand-over took back."""
    reasons = {skip.id: skip.reason for skip in skips}
    return [skipped(row, reasons[row.id], now) for row in rows if row.id in reasons]


def skipped(row: Row, reason: Reason, now: datetime) -> Happening:
    """An open row that is not to go for this reason, or not for now."""
    event: EventName = "held" if reason is Reason.SNOOZED else "skipped"
    return Happening(
        at=now,
        event="delivered" if row.has_reached_some else event,
        notice=row.id,
        deadline=row.deadline,
        kind=row.kind,
        lead=row.lead,
        channel=row.channel,
        due_at=row.due_at,
        reason=reason.value,
    )
