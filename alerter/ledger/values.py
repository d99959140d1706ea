"""What the ledger hands out and takes in besides the domain's own values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from alerter.domain.decisions.record import Entry, Row
from alerter.domain.notices.notice import State
from alerter.domain.value import value


@value(frozen=True, slots=True, kw_only=True)
class Claim:
    """A notice in our hands until `lease_until`, with what dispatch needs to send and judge it.

    `attempt` counts from 1. `attempted_ambiguously` where an earlier attempt may have arrived.
    `accepted` and `refused` are e-mail recipients dealt with before.
    `thread` is the reference kept for this deadline and channel.
    """

    id: str
    token: str
    lease_until: datetime
    entry: Entry
    attempt: int
    attempted_ambiguously: bool = False
    accepted: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    thread: str | None = None


@value(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What one claim took, and what it skipped since a tighter notice of the same has been handed over."""

    claims: list[Claim]
    superseded: list[Row]


@value(frozen=True, slots=True, kw_only=True)
class Result:
    """The end of one attempt on one claim.

    `state` is delivered, retrying or dead, or queued where there was no attempt after all (then
    none is recorded). `next_at` goes with retrying; `outcome` is the word kept with the attempt
    (delivered, retry, rate-limited, needs-person, refused, unknown), `detail` the other side's answer.
    `late_by` is in seconds. `accepted`, `refused` and `to` add to what earlier attempts left.
    `reference` is kept per deadline and channel for `Claim.thread`, `place` beside it for `Thread`; the first
    ones stay.
    """

    id: str
    token: str
    state: State
    at: datetime
    outcome: str = ""
    detail: str = ""
    is_ambiguous: bool = False
    next_at: datetime | None = None
    late_by: int = 0
    reason: str | None = None
    subject: str | None = None
    text: str | None = None
    to: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    reference: str | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """The first message about a deadline on a channel: its `reference`, and the `place` where it stands."""

    channel: str
    reference: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelHealth:
    """How a channel is, shared by replicas and kept over restarts.

    While `paused_until` is ahead nothing is sent; after failures a single probe goes first. One that
    `is_closed` is gone for good, until its `address` changes or somebody retries a notice that died there.
    """

    name: str
    failures: int = 0
    paused_until: datetime | None = None
    is_closed: bool = False
    last_error: str = ""
    last_delivered_at: datetime | None = None
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """A notice that is to be told through its channel's fallback: what was handed over, as it stands now.

    `late_by` is by how many seconds it was late when it died, and 0 while it is open. Why a dead one went at all,
    its reason no longer says: it says why it is dead. `asked` are the other channels that have the same to tell or
    told it, in their own right or in place of another.
    """

    entry: Entry
    late_by: int = 0
    asked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt as `history` shows it; `unknown` where its holder ended before it could record an answer."""

    at: datetime
    outcome: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One notice as `history` shows it: what was told, word for word, to whom, and the answers."""

    id: str
    deadline: str | None
    due_key: str | None
    due_at: datetime | None
    kind: str
    lead: str | None
    ordinal: str
    channel: str
    planned_at: datetime
    state: State
    reason: str | None
    attempts: tuple[Attempt, ...]
    delivered_at: datetime | None
    late_by: int
    to: tuple[str, ...]
    subject: str | None
    text: str | None
    bundle: str | None
    next_at: datetime | None
