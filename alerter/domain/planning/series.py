"""The due dates of a series, in order, expanded round the time that is asked about.

What has been expanded is kept for the next question, which may come from another thread.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from threading import Lock

from alerter.domain.dates.calendar import Shift, count_days, is_open
from alerter.domain.dates.recurrence import expand
from alerter.domain.planning.deadline import Deadline
from alerter.domain.planning.duedate import Due, Reading, just_after, reading

# Clocks skip a day at most, and zones lie within two of UTC.
_SLACK = timedelta(days=4)


def dues_from(deadline: Deadline, start: datetime) -> Iterator[Due]:
    """The due dates of a series with at >= start, in order, without end where the rule has none."""
    return _stretch(deadline, _anchor(deadline, start.date())).starting(start)


def latest_due(deadline: Deadline, until: datetime) -> Due | None:
    """The last due date of a series with at <= until; None where there is none."""
    day, back = until.date(), 100
    while True:
        anchor = _anchor(deadline, day)
        found = _stretch(deadline, anchor).latest(until)
        if anchor == _first_day(deadline) or (found is not None and found.day > anchor):
            return found
        day = date.fromordinal(max(day.toordinal() - back, 1))
        back *= 2


class _Stretch:
    """The due dates of one rule from some day on, as far as anyone has asked for."""

    def __init__(self, dues: Iterator[Due]) -> None:
        self._more = dues
        self._known: list[Due] = []
        self._expanding = Lock()

    def starting(self, start: datetime) -> Iterator[Due]:
        """The due dates with at >= start."""
        while (not self._known or self._known[-1].at < start) and self._reach(len(self._known)):
            pass
        index = bisect_left(self._known, start, key=_at)
        while index < len(self._known) or self._reach(index):
            yield self._known[index]
            index += 1

    def latest(self, until: datetime) -> Due | None:
        """The last due date with at <= until."""
        next(self.starting(just_after(until)), None)  # expands that far
        index = bisect_right(self._known, until, key=_at)
        return self._known[index - 1] if index else None

    def _reach(self, index: int) -> bool:
        """Whether there are more due dates than `index`; expands as far as that."""
        with self._expanding:
            while len(self._known) <= index:
                due = next(self._more, None)
                if due is None:
                    return False
                self._known.append(due)
        return True


def _at(due: Due) -> datetime:
    return due.at


def _first_day(deadline: Deadline) -> date:
    return deadline.due.date() if isinstance(deadline.due, datetime) else deadline.due


def _anchor(deadline: Deadline, start: date) -> date:
    """A day some way before `start`, the same for a quarter of a year, on which nothing rolls; else the first day.

    Rolling keeps order and leaves open days alone, so no date before the anchor rolls beyond it.
    """
    first = _first_day(deadline)
    quarter = date(start.year, (start.month - 1) // 3 * 3 + 1, 1)
    if quarter <= first + _SLACK or "COUNT" in (deadline.repeat or "").upper():
        return first
    day: date | None = quarter - _SLACK
    if deadline.roll is not Shift.NONE and not is_open(deadline.calendar, quarter - _SLACK):
        day = count_days(deadline.calendar, quarter - _SLACK, -1)
    return first if day is None else max(first, day)


def _stretch(deadline: Deadline, anchor: date) -> _Stretch:
    """The due dates after the anchor; equal rules share one."""
    fold = getattr(deadline.due, "fold", 0)
    return _cached_stretch(deadline.repeat or "", deadline.due, fold, reading(deadline), anchor)


@lru_cache(maxsize=8192)
def _cached_stretch(rule: str, due: date | datetime, _fold: int, how: Reading, anchor: date) -> _Stretch:
    """One stretch for equal arguments; equal date-times may differ in their fold."""
    return _Stretch(_in_order(_expand(rule, due, how, anchor)))


def _expand(rule: str, due: date | datetime, how: Reading, anchor: date) -> Iterator[tuple[date, Due]]:
    """The due dates of a rule from the anchor on as it gives them, each with its day before the clocks were asked."""
    is_date_only = not isinstance(due, datetime)
    for found in expand(rule, due, how.zone, anchor):
        if found.date() < anchor:
            continue
        value = found.date() if is_date_only else found
        if value == due:
            value = due  # keeps the fold of the first
        yield how.rolled(found.date()), how.due(value)


def _in_order(dues: Iterator[tuple[date, Due]]) -> Iterator[Due]:
    """The same in order of `at`, each key once: rolling and gaps bring together or swap neighbours."""
    waiting: list[tuple[datetime, str, Due]] = []
    last = ""
    for day, due in dues:
        while waiting and day - waiting[0][2].day > _SLACK:
            first = heapq.heappop(waiting)[2]
            if first.key != last:
                yield first
            last = first.key
        heapq.heappush(waiting, (due.at, due.key, due))
    for _, key, due in sorted(waiting, key=lambda each: each[:2]):
        if key != last:
            yield due
        last = key
