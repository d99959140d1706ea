"""A notice: one message about one due date to one channel, and its identity."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from alerter.domain.value import value


class Kind(StrEnum):
    """What a message is about."""

    UPCOMING = "deadline.upcoming"
    DUE = "deadline.due"
    OVERDUE = "deadline.overdue"
    OPENS = "deadline.opens"
    MOVED = "deadline.moved"
    CLOSED = "deadline.closed"
    RECHECK = "deadline.recheck"
    BUNDLE = "bundle"
    DIGEST = "digest"
    TEST = "alerter.test"
    PROBLEM = "alerter.problem"


LEAD_KINDS = (Kind.UPCOMING, Kind.DUE, Kind.OVERDUE)
"""Kinds of which the tightest speaks for all."""

PLANNED_KINDS = (*LEAD_KINDS, Kind.OPENS, Kind.RECHECK)
"""Kinds that follow from the plan; the others tell of something that happened."""


def is_repeat(kind: Kind | str, lead: str | None) -> bool:
    """Whether a planned notice is an overdue one that comes again, and no lead after the due instant."""
    return kind == Kind.OVERDUE and lead is None


class State(StrEnum):
    """What the ledger says became of a notice. `DESIGN` of the transitions: ledger/states."""

    QUEUED = "queued"
    SENDING = "sending"
    RETRYING = "retrying"
    DELIVERED = "delivered"
    SKIPPED = "skipped"
    DEAD = "dead"


class Reason(StrEnum):
    """Why a notice was skipped, or why it goes out other than by its plan."""

    # skipped
    SUPERSEDED = "superseded"
    MISSED = "missed"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    CLOSED = "closed"
    MOVED = "moved"
    REMOVED = "removed"
    # sent for another reason than its plan
    FIRST_SEEN = "first-seen"
    REPLANNED = "replanned"
    CATCH_UP = "catch-up"
    FALLBACK = "fallback"


QUIET = "quiet"
"""The reason of what quiet hours hold."""


@dataclass(frozen=True, slots=True)
class Held:
    """Kept back from `since` (its own instant) until the notice's `at`."""

    since: datetime
    reason: str


def held_by_quiet(since: datetime, until: datetime) -> Held | None:
    """What quiet hours hold from one instant until another; None where they hold nothing."""
    return Held(since=since, reason=QUIET) if until > since else None


@value(frozen=True, slots=True, kw_only=True)
class Notice:
    """One planned message. `at` is when it goes out, `nominal_at` before quiet hours.

    `lead` is the lead as written, or None; `ordinal` numbers what has no lead (overdue, recheck,
    moves, actions). `deadline`, `due_key` and `due_at` are None on digests and problems.
    """

    id: str
    deadline: str | None
    due_key: str | None
    due_at: datetime | None
    kind: Kind
    channel: str
    at: datetime
    nominal_at: datetime
    lead: str | None = None
    ordinal: str = ""
    held: Held | None = None
    is_escalation: bool = False


def notice_id(*parts: str) -> str:
    """The id that follows from a notice's identity: `ntc_` and 26 base32 characters.

    For a deadline's notice: deadline, due key, kind, lead or ordinal, channel.
    """
    digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).digest()
    return "ntc_" + base64.b32encode(digest).decode().rstrip("=").lower()
