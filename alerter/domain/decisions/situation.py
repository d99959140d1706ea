"""Everything that one decision about one deadline looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from alerter.domain.decisions.record import Known, Record
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import Deadline
from alerter.domain.planning.due import Due
from alerter.domain.planning.fingerprint import plan_rule
from alerter.domain.planning.manner import manner_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A deadline as it stands at `now`; `until` (exclusive) is up to where notices are handed over.

    `blocked` are ids that have a row already and may not be asked for again.
    """

    deadline: Deadline
    channels: Mapping[str, Channel]
    known: Known
    due: Due
    now: datetime
    until: datetime
    fingerprint: str
    blocked: frozenset[str] = frozenset()

    @property
    def record(self) -> Record:
        """The deadline's row as it is before the decision."""
        return self.known.record

    @property
    def hearers(self) -> tuple[str, ...]:
        """Every channel the plan may speak to, escalations included."""
        return hearers(self.deadline, self.channels)

    @property
    def told(self) -> tuple[str, ...]:
        """Every channel there is that got any notice of the deadline, or is getting one: it is to hear what follows."""
        return tuple(name for name in sorted(self.known.told | self.known.being_told) if name in self.channels)

    @property
    def rule(self) -> str:
        """What decides the dates of a series; empty where there is none."""
        return plan_rule(self.deadline) if self.deadline.repeat else ""

    @property
    def handed_over_until(self) -> datetime:
        """Up to when (exclusive) the plan of the last hand-over has nothing that was not handed over."""
        return min(self.record.planned_until, self.now)

    @property
    def has_changed(self) -> bool:
        """Whether the plan is another one than at the last hand-over."""
        return self.record.fingerprint != self.fingerprint


def hearers(deadline: Deadline, channels: Mapping[str, Channel]) -> tuple[str, ...]:
    """Every channel the plan of the deadline may speak to, escalations included, each once."""
    return manner_of(deadline, channels).hearers
