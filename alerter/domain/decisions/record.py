"""What the ledger knows of a deadline, and what a hand-over asks it to write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from alerter.domain.notices.notice import Kind, Notice, Reason, State
from alerter.domain.planning.deadline import Status
from alerter.domain.value import value
from alerter.domain.words.statement import Statement


@value(frozen=True, slots=True, kw_only=True)
class Record:
    """One deadline's row.

    `planned_until` is the cursor: by the plan of `fingerprint` all notices with at < planned_until have been
    handed over, and the next is at that instant; the end of all time where there is none.
    `since` is first seen or the last move, whichever is later: leads count afresh from there.
    `channels` maps each channel the deadline has had to the instant it joined. `earlier_keys` are
    the due keys it had before `due_key`, oldest first. `pending_key` is a new date that has yet to
    settle (from `pending_at` on). `rule` is `plan_rule` of a series. Actions up to `action_ordinal` have
    been told to the channels. `version` guards every write (compare-and-set), 0: not stored yet.
    """

    deadline: str
    title: str
    status: Status
    due_key: str
    due_at: datetime
    first_seen_at: datetime
    since: datetime
    planned_until: datetime
    fingerprint: str
    rule: str = ""
    channels: Mapping[str, datetime] = field(default_factory=dict)
    earlier_keys: tuple[str, ...] = ()
    move_count: int = 0
    pending_key: str | None = None
    pending_at: datetime | None = None
    removed_at: datetime | None = None
    action_ordinal: int = 0
    version: int = 0


class Standing(NamedTuple):
    """As much of a deadline's row as says when to look at it again; `due_at` is that of a series, else None."""

    status: Status
    fingerprint: str
    due_at: datetime | None
    planned_until: datetime
    pending_key: str | None
    pending_at: datetime | None
    removed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What a person did: `action` is ack, snooze or close, on the occurrence `due_key`.

    `until` goes with snooze, `status` with close. `channel` is where they acted from, if from a
    message. `ordinal` numbers the actions of the ledger.
    """

    ordinal: int
    at: datetime
    deadline: str
    due_key: str
    action: str
    by: str = ""
    note: str = ""
    until: datetime | None = None
    status: Status | None = None
    channel: str | None = None


ACTION_LINE = "action "
"""How the ordinals begin of notices that tell of an action; its own ordinal follows."""

RETURNING = (Reason.REMOVED, Reason.MOVED, Reason.SNOOZED, Reason.CLOSED)
"""Reasons for which a notice was taken back before anyone was told: the plan may ask for it again."""


@value(frozen=True, slots=True, kw_only=True)
class Row:
    """What the ledger holds of one notice, as far as a hand-over minds it.

    `fallback_of` is the notice in whose place it goes, and `original_state` what became of that.
    """

    id: str
    deadline: str | None
    due_key: str | None
    channel: str
    lead: str | None
    ordinal: str
    kind: str
    state: State
    reason: str | None
    nominal_at: datetime
    planned_at: datetime
    moved_from: str | None = None
    is_escalation: bool = False
    due_at: datetime | None = None
    has_reached_some: bool = False
    may_have_arrived: bool = False
    fallback_of: str | None = None
    original_state: State | None = None

    @property
    def is_fallback(self) -> bool:
        """Whether it goes in place of another channel's."""
        return self.fallback_of is not None

    @property
    def is_line(self) -> bool:
        """Whether it tells of what a person did, rather than of the plan."""
        return self.ordinal.startswith(ACTION_LINE)

    @property
    def is_open(self) -> bool:
        """Whether it waits for its first or next attempt."""
        return self.state in (State.QUEUED, State.RETRYING)

    @property
    def can_return(self) -> bool:
        """Whether it was taken back before it was told, so that the plan may ask for it again."""
        return self.state is State.SKIPPED and self.reason in RETURNING


@value(frozen=True, slots=True, kw_only=True)
class Known:
    """A deadline's record with all that bears on its next hand-over.

    `told` are the channels that got any notice of it, under any due key, or may have, its answer being lost;
    `being_told` those to which one is on its way in this moment. `latest` maps each channel
    and kind of notice to the latest nominal_at among its rows of the present `due_key`s that were handed over and not
    taken back. `rows` are its open rows and those that can return. `actions` are those that still count (`standing`).
    """

    record: Record
    told: frozenset[str] = frozenset()
    being_told: frozenset[str] = frozenset()
    latest: Mapping[tuple[str, Kind], datetime] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    actions: tuple[Action, ...] = ()

    @property
    def new_actions(self) -> list[Action]:
        """What people did that no hand-over has minded yet."""
        return [action for action in self.actions if action.ordinal > self.record.action_ordinal]


@value(frozen=True, slots=True, kw_only=True)
class Entry:
    """A notice handed over: queued to go at `send_at`, or skipped with the reason.

    `moved_from` is the due key before, on moved notices; `bundle` the id of the message it goes in;
    `action` is the ordinal of the action it tells of, `status` what the deadline was closed as.
    `title` and `text` are those of a problem or test. `replaces` where it takes the place of looser ones
    still being tried, and tighter ones take its. From `fallback_at` on it is told through the fallback.
    """

    notice: Notice
    state: State
    reason: Reason | None = None
    send_at: datetime
    give_up_at: datetime
    severity: str = "normal"
    moved_from: str | None = None
    bundle: str | None = None
    action: int | None = None
    status: str | None = None
    fallback_of: str | None = None
    text: str | None = None
    title: str = ""
    replaces: bool = True
    fallback_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """An open row that is not to go any more; guarded by its state still being open."""

    id: str
    reason: Reason


@value(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one hand-over of one deadline writes, in one transaction, if `record.version` still holds."""

    record: Record
    entries: tuple[Entry, ...] = ()
    skips: tuple[Skip, ...] = ()
    told_ops: tuple[Statement, ...] = ()
