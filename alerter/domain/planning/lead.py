"""Leads: how long before or after the due instant a notice goes out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from functools import lru_cache

# Longer counts leave the years 1 to 9999 in any unit, so nothing is lost by not telling them apart.
_COUNT_LIMIT = 10**10

_LEAD = re.compile(
    r"(?P<after>\+?)(?P<count>[0-9]+)(?P<unit>mo|bd|[mhdwy])(?:\s*@\s*(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2}))?"
)

_BY_CLOCK, _BY_DAY = "[mh]", "(mo|bd|[dwy])"
_AT = r"(\s*@\s*([01]?[0-9]|2[0-3]):[0-5][0-9])?"
LEAD_PATTERN = rf"^\s*(0|\+?[0-9]+({_BY_CLOCK}|{_BY_DAY}{_AT}))\s*$"
OFFSET_PATTERN = rf"^\s*(0|[0-9]+({_BY_CLOCK}|{_BY_DAY}))\s*$"
"""What `parse_lead` and `parse_offset` take, for those who cannot ask them (as in JSON Schema)."""


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


# How long a unit is at least and at most; open days may be any distance apart.
_SECONDS = {
    Unit.MINUTES: (60.0, 60.0),
    Unit.HOURS: (3600.0, 3600.0),
    Unit.DAYS: (86400.0, 86400.0),
    Unit.WEEKS: (7 * 86400.0, 7 * 86400.0),
    Unit.MONTHS: (28 * 86400.0, 31 * 86400.0),
    Unit.YEARS: (365 * 86400.0, 366 * 86400.0),
    Unit.BUSINESS_DAYS: (86400.0, float("inf")),
}


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead: `count` units before the due instant, or after it; `count` 0 is the due instant itself.

    `text` is the lead as written, spaces normalised (`1d @ 08:30`). `at` is the local time of day asked for.
    `earliest` and `latest` are bounds on how many seconds after the due instant it lies (before: negative),
    days moved by `day_shift` apart; they save working out what cannot matter. `is_zero` is the due instant itself;
    what `is_day_grained` moves the calendar date and keeps a local time of day.
    """

    text: str
    count: int
    unit: Unit
    after: bool = False
    at: time | None = None
    earliest: float = field(init=False, compare=False, repr=False)
    latest: float = field(init=False, compare=False, repr=False)
    is_zero: bool = field(init=False, compare=False, repr=False)
    is_day_grained: bool = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_zero", self.count == 0 and self.at is None)
        object.__setattr__(self, "is_day_grained", self.unit not in (Unit.MINUTES, Unit.HOURS))
        near, far = (each * self.count if self.count else 0.0 for each in _SECONDS[self.unit])
        slack = 2 * 86400.0 if self.is_day_grained else 0.0  # other times of day, and what clocks skip
        bounds = (near - slack, far + slack) if self.after else (-far - slack, -near + slack)
        object.__setattr__(self, "earliest", max(bounds[0], 0.0) if self.after else bounds[0])
        object.__setattr__(self, "latest", bounds[1] if self.after else min(bounds[1], 0.0))

    @property
    def distance(self) -> float | None:
        """Roughly how many seconds after the due instant it lies as written (before: negative); None of open days."""
        if self.unit is Unit.BUSINESS_DAYS:
            return None
        seconds = _SECONDS[self.unit][0] * self.count
        return seconds if self.after else -seconds


@lru_cache(maxsize=4096)
def parse_lead(text: str) -> Lead:
    """Read `30d`, `3bd`, `1d @ 08:30`, `0`, `+1d`; raises LeadError. Equal texts give the same object."""
    stripped = text.strip()
    if stripped == "0":
        return Lead("0", 0, Unit.DAYS)
    found = _LEAD.fullmatch(stripped)
    if found is None:
        raise LeadError(
            f"{_shorten(text)} is no lead: write a number with m, h, d, w, mo, y or bd, such as 7d, 3bd or 2h, "
            "with + in front for after, `@ HH:MM` behind days for a time of day, or 0"
        )
    unit = Unit(found["unit"])
    at = _time_of_day(text, unit, found["hour"], found["minute"])
    shown = f"{found['after']}{found['count']}{unit}" + (f" @ {at:%H:%M}" if at is not None else "")
    return Lead(shown, _count(found["count"]), unit, found["after"] == "+", at)


def parse_offset(text: str) -> Lead:
    """Read the offset of a derived deadline: a lead without `+` and `@`; raises LeadError."""
    offset = parse_lead(text)
    if offset.at is not None or offset.after:
        raise LeadError(f"{_shorten(text)} is no offset: write a number with m, h, d, w, mo, y or bd, such as 20d")
    return offset


def _count(digits: str) -> int:
    """The number, at most the limit; texts of any length are fine."""
    significant = digits.lstrip("0")
    return _COUNT_LIMIT if len(significant) > 10 else int(significant or "0")


def _time_of_day(text: str, unit: Unit, hour: str | None, minute: str | None) -> time | None:
    """The time of day behind `@`; raises LeadError where there is none such or the unit has no days."""
    if hour is None or minute is None:
        return None
    if unit in (Unit.MINUTES, Unit.HOURS):
        raise LeadError(f"{_shorten(text)}: a time of day goes with d, w, mo, y or bd; m and h are elapsed time")
    try:
        return time(int(hour), int(minute))
    except ValueError as error:
        raise LeadError(f"{_shorten(text)}: there is no time of day {hour}:{minute}") from error


def _shorten(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
