"""Time zones by IANA name, and local times that do not exist or exist twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum


class UnknownZone(ValueError):
    """No such zone, or a name that means the machine's own zone."""


class LocalTime(StrEnum):
    """How often a local time occurs: once, never (gap) or twice (fold)."""

    ONCE = "once"
    GAP = "gap"
    FOLD = "fold"


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone under the name it was given by (`AoE` is UTC-12)."""

    name: str
    info: tzinfo


def load_zone(name: str) -> Zone:
    """The zone of that name; raises UnknownZone."""
    raise NotImplementedError


def to_utc(local: datetime, zone: Zone) -> datetime:
    """The instant of a naive local time: in a gap by the offset before it, in a fold by `local.fold`."""
    raise NotImplementedError


def local_time(local: datetime, zone: Zone) -> LocalTime:
    """Whether the naive local time occurs once, never or twice."""
    raise NotImplementedError
