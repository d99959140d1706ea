"""Deadlines, notices and hand-overs for the ledger's tests; all instants count from `START`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from alerter.domain.decisions.record import Action, Decision, Entry, Record
from alerter.domain.notices.notice import Kind, Notice, State, notice_id
from alerter.domain.planning.deadline import Status
from alerter.ledger.ledger import Claim, Ledger, Result

START = datetime(2026, 1, 1, tzinfo=UTC)
LEASE = timedelta(seconds=90)
DUE_KEY = "2026-03-01"


def after(**parts: float) -> datetime:
    """An instant so many days, hours, minutes or seconds after `START`."""
    return START + timedelta(**parts)


def make_record(deadline: str = "truce", **changes: Any) -> Record:
    """A deadline that has just been seen."""
    values: dict[str, Any] = {
        "deadline": deadline,
        "title": "The truce expires",
        "status": Status.OPEN,
        "due_key": DUE_KEY,
        "due_at": after(days=59),
        "first_seen_at": START,
        "since": START,
        "planned_until": START,
        "fingerprint": "f00d",
        "channels": {"desk": START},
    }
    return Record(**{**values, **changes})


def make_entry(
    lead: str | None = "7d",
    *,
    deadline: str | None = "truce",
    channel: str = "desk",
    at: datetime = START,
    notice: dict[str, Any] | None = None,
    **changes: Any,
) -> Entry:
    """A notice handed over to go out at `at`."""
    values: dict[str, Any] = {
        "id": notice_id(deadline or "", DUE_KEY, lead or "", channel),
        "deadline": deadline,
        "due_key": DUE_KEY,
        "due_at": after(days=59),
        "kind": Kind.UPCOMING,
        "channel": channel,
        "at": at,
        "nominal_at": at,
        "lead": lead,
    }
    made = Notice(**{**values, **(notice or {})})
    return Entry(notice=made, **{"state": State.QUEUED, "send_at": at, "give_up_at": after(days=60), **changes})


def make_action(action: str = "ack", **changes: Any) -> Action:
    """Something that Ann did."""
    values: dict[str, Any] = {"ordinal": 0, "at": START, "deadline": "truce", "due_key": DUE_KEY, "by": "Ann"}
    return Action(action=action, **{**values, **changes})


def ended(claim: Claim, state: State, at: datetime = START, **changes: Any) -> Result:
    """The end of an attempt on the claim."""
    return Result(id=claim.id, token=claim.token, state=state, at=at, **changes)


async def hand_over(ledger: Ledger, *entries: Entry, **changes: Any) -> None:
    """Commit a first hand-over of the deadline `truce` with these notices."""
    lost = await ledger.commit([Decision(record=make_record(**changes), entries=entries)])
    assert lost == []


async def claim_all(ledger: Ledger, now: datetime = START, room: int = 100, channel: str = "desk") -> list[Claim]:
    """Claim what is due on the channel."""
    return (await ledger.claim(now, now, {channel: room}, LEASE)).claims


async def read_states(ledger: Ledger) -> dict[str | None, tuple[State, str | None]]:
    """State and reason of every notice, by lead."""
    return {told.lead: (told.state, told.reason) for told in await ledger.history()}
