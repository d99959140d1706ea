"""Business days: which days are open, and counting them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessCalendar:
    """Open days: not in `weekend` (Monday 0), not a holiday, not in `closed`; `opened` overrules all.

    `is_holiday` answers for one date; `holidays` names where it comes from, for comparison.
    """

    name: str
    weekend: frozenset[int] = frozenset({5, 6})
    holidays: str = ""
    closed: frozenset[date] = frozenset()
    opened: frozenset[date] = frozenset()
    is_holiday: Callable[[date], bool] = field(default=lambda day: False, compare=False, repr=False)
