"""The ledger: every query the rest of the program may ask, on SQLite and PostgreSQL alike.

One code for both databases (SQLAlchemy Core). No transaction is ever open while a notice is sent,
every UPDATE guards the state it starts from, and everything takes and returns batches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerter.domain.deadline import Status
from alerter.domain.notice import State
from alerter.domain.record import Action, Decision, Entry, Known, Record, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A notice in our hands until `lease_until`, with what dispatch needs to send and judge it.

    `attempt` counts from 1. `accepted` and `refused` are e-mail recipients dealt with before.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The end of one attempt on one claim. `state` is delivered, retrying or dead, or queued
    where the attempt was cut short (then no attempt is recorded).

    `next_at` goes with retrying; `outcome` is the word kept with the attempt (delivered, retry,
    rate-limited, needs-person, refused), `detail` the other side's answer.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelHealth:
    """How a channel is, shared by replicas and kept over restarts.

    While `paused_until` is ahead nothing is sent; after failures a single probe goes first.
    """

    name: str
    failures: int = 0
    paused_until: datetime | None = None
    is_probing: bool = False
    last_error: str = ""
    last_delivered_at: datetime | None = None
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt as `history` shows it."""

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


class LedgerError(Exception):
    """The base of what goes wrong with a ledger."""


class LedgerTooNew(LedgerError):
    """The database was written by a newer program; it has not been touched."""


class LedgerBusy(LedgerError):
    """Another daemon holds the database."""


class LedgerUnwritable(LedgerError):
    """The database cannot be opened or written; the message says which and why, never a password."""


class Ledger:
    """One open ledger. `url` is `sqlite:///path`, `sqlite://` (in memory) or `postgresql://…`.

    `exclusive` (the daemon) takes the lock that refuses a second daemon on the same SQLite file.
    """

    def __init__(self, url: str, *, exclusive: bool = False) -> None: ...

    async def open(self) -> None:
        """Connect and bring the schema up to date. Raises LedgerTooNew, LedgerBusy, LedgerUnwritable."""

    async def close(self) -> None: ...

    # -- hand-over ------------------------------------------------------------------------------

    async def records(self) -> dict[str, Record]:
        """All deadline rows, by id; removed ones too."""

    async def known(self, deadlines: Sequence[str]) -> dict[str, Known]:
        """What bears on the next hand-over of these deadlines; ids without a row are left out."""

    async def rows(self, ids: Sequence[str]) -> dict[str, Row]:
        """The rows that these notice ids already have."""

    async def commit(self, decisions: Sequence[Decision]) -> list[str]:
        """Write hand-overs, one transaction. Returns the deadlines whose version no longer held (nothing of those is written).

        Entries whose id has a row are passed over, unless that row `can_return` (then it becomes the entry).
        """

    async def enqueue(self, entries: Sequence[Entry]) -> int:
        """Write notices that belong to no deadline's cursor (digests, problems, fallbacks); known ids are passed over. Returns how many were new."""

    # -- dispatch -------------------------------------------------------------------------------

    async def claim(self, now: datetime, until: datetime, capacity: Mapping[str, int], lease_for: timedelta) -> list[Claim]:
        """Take up to `capacity[channel]` rows per channel with next_at <= until, soonest first.

        Bundled rows come whole or not at all (a bundle counts as one). Rows in `retrying` that a tighter row of the same deadline,
        due key and channel has replaced become skipped (superseded) instead, unless their catch-up is `all`.
        """

    async def record(self, results: Sequence[Result]) -> list[str]:
        """Write outcomes, one transaction; returns ids whose lease was lost (a delivery is written even then)."""

    async def release(self, now: datetime, all_leases: bool = False) -> int:
        """Make rows claimable again whose lease has run out, or every leased row (at start, on SQLite)."""

    async def next_claim_at(self, channels: Iterable[str]) -> datetime | None:
        """The earliest next_at among open rows of these channels, or lease_until among leased ones."""
        ...
