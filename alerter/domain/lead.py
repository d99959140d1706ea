"""Leads: how long before or after the due instant a notice goes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from enum import StrEnum


class LeadError(ValueError):
    """The text is no lead; the message says what one looks like."""


class Unit(StrEnum):
    """m and h are elapsed time; the others move the calendar date."""

    MINUTES = "m"
    HOURS = "h"
    DAYS = "d"
    WEEKS = "w"
    MONTHS = "mo"
    YEARS = "y"
    BUSINESS_DAYS = "bd"


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead: `count` units before the due instant, or after it; `count` 0 is the due instant itself.

    `text` is the lead as written, spaces normalised (`1d @ 08:30`). `at` is the local time of day asked for.
    """

    text: str
    count: int
    unit: Unit
    after: bool = False
    at: time | None = None

    @property
    def is_zero(self) -> bool:
        """Whether this is the due instant itself."""
        return self.count == 0 and self.at is None

    @property
    def is_day_grained(self) -> bool:
        """Whether the lead moves the calendar date and keeps a local time of day."""
        return self.unit not in (Unit.MINUTES, Unit.HOURS)


def parse_lead(text: str) -> Lead:
    """Read `30d`, `3bd`, `1d @ 08:30`, `0`, `+1d`; raises LeadError."""
    raise NotImplementedError
