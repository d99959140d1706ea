"""When a deadline falls due: keys, instants and the occurrences of a series."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alerter.domain.deadline import Deadline


@dataclass(frozen=True, slots=True)
class Due:
    """One due date. `key` identifies it: `2025-09-17`, or `2025-11-10T00:01:00[America/New_York]`.

    `local` is the rolled date (date-only) or naive local date-time; `at` the due instant in UTC.
    """

    key: str
    local: date | datetime
    at: datetime


def occurrences(deadline: Deadline, start: datetime, end: datetime) -> Iterator[Due]:
    """The due dates with start <= at < end, rolled, in order of `at`; at most one unless it repeats."""
    raise NotImplementedError


def next_due(deadline: Deadline, after: datetime) -> Due | None:
    """The first due date with at >= after; None where there is none left.

    For a deadline that does not repeat, its only due date whenever it is (also past).
    """
    raise NotImplementedError
