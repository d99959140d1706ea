"""When a deadline falls due: keys, instants and the occurrences of a series."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from alerter.domain.calendar import BusinessCalendar, roll
from alerter.domain.recurrence import RuleError, check_rule, expand
from alerter.domain.zone import LocalTime, Zone, local_time, on_day, to_local, to_utc

if TYPE_CHECKING:
    from alerter.domain.deadline import Deadline, Shift

__all__ = ["Due", "RuleError", "check_rule", "due_key", "next_due", "normalise_due", "occurrences"]

EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Due:
    """One due date. `key` identifies it: `2025-09-17`, or `2025-11-10T00:01:00[America/New_York]`.

    `local` is the rolled date (date-only) or naive local date-time; `at` the due instant in UTC.
    """

    key: str
    local: date | datetime
    at: datetime

    @property
    def day(self) -> date:
        """The local date it falls on."""
        return self.local.date() if isinstance(self.local, datetime) else self.local


def normalise_due(value: date | datetime, zone: Zone) -> date | datetime:
    """A due date as the domain keeps it: a plain date, or a naive local date-time in whole seconds.

    An aware value becomes the zone's local time; a naive one in a gap the time the clocks then show.
    Raises ValueError where the zone has no such time within the years 1 to 9999.
    """
    if not isinstance(value, datetime):
        return value
    value = value.replace(microsecond=0)
    try:
        if value.tzinfo is not None:
            return to_local(value, zone)
        return _out_of_gap(value, zone)
    except OverflowError as error:
        raise ValueError(f"{value} lies outside the years 1 to 9999") from error


def due_key(local: date | datetime, zone: Zone) -> str:
    """The key of a rolled due date: the local date, or local time and zone; `+fold` marks the second of two."""
    if not isinstance(local, datetime):
        return local.isoformat()
    is_second = local.fold and local_time(local, zone) is LocalTime.FOLD
    return f"{local.isoformat(timespec='seconds')}[{zone.name}]{'+fold' if is_second else ''}"


def occurrences(deadline: Deadline, start: datetime, end: datetime) -> Iterator[Due]:
    """The due dates with start <= at < end, rolled, in order of `at`; at most one unless it repeats."""
    if deadline.repeat is None:
        due = sole_due(deadline)
        if start <= due.at < end:
            yield due
        return
    for due in dues_from(deadline, start):
        if due.at >= end:
            return
        yield due


def next_due(deadline: Deadline, after: datetime) -> Due | None:
    """The first due date with at >= after; None where there is none left.

    For a deadline that does not repeat, its only due date whenever it is (also past).
    """
    if deadline.repeat is None:
        return sole_due(deadline)
    return next(dues_from(deadline, after), None)


def latest_due(deadline: Deadline, until: datetime) -> Due | None:
    """The last due date with at <= until; None where it has not fallen due yet."""
    if deadline.repeat is None:
        due = sole_due(deadline)
        return due if due.at <= until else None
    return _series(deadline).latest(until)


def dues_from(deadline: Deadline, start: datetime) -> Iterator[Due]:
    """The due dates of a series with at >= start, in order, without end where the rule has none."""
    return _series(deadline).starting(start)


def sole_due(deadline: Deadline) -> Due:
    """The due date of a deadline that does not repeat."""
    return _due(deadline.due, _clock(deadline))


class _Clock(NamedTuple):
    """What turns an unrolled date into an instant. `is_holiday` is no part of a calendar's equality."""

    zone: Zone
    due_time: time
    shift: Shift
    calendar: BusinessCalendar
    is_holiday: Callable[[date], bool]


def _clock(deadline: Deadline) -> _Clock:
    calendar = deadline.calendar
    return _Clock(deadline.zone, deadline.due_time, deadline.roll, calendar, calendar.is_holiday)


def _due(value: date | datetime, clock: _Clock) -> Due:
    """The due date for an unrolled one. Instants outside the years 1 to 9999 become the nearest within."""
    zone = clock.zone
    try:
        if isinstance(value, datetime):
            local = _out_of_gap(_roll_time(value, clock), zone)
            return Due(due_key(local, zone), local, to_utc(local, zone))
        day = roll(clock.calendar, value, clock.shift)
        return Due(day.isoformat(), day, on_day(day, clock.due_time, zone))
    except OverflowError:
        return Due(due_key(value, zone), value, LATEST if value.year > 5000 else EARLIEST)


def _roll_time(value: datetime, clock: _Clock) -> datetime:
    day = roll(clock.calendar, value.date(), clock.shift)
    return value if day == value.date() else datetime.combine(day, value.time())


def _out_of_gap(local: datetime, zone: Zone) -> datetime:
    """The naive time itself, or what the clocks show at that instant where it is skipped; `fold` only if it matters."""
    kind = local_time(local, zone)
    if kind is LocalTime.GAP:
        return to_local(to_utc(local, zone), zone)
    return local if kind is LocalTime.FOLD or not local.fold else local.replace(fold=0)


class _Series:
    """The due dates of one rule, expanded as far as anyone has asked for."""

    def __init__(self, dues: Iterator[Due]) -> None:
        self._more = dues
        self._known: list[Due] = []

    def starting(self, start: datetime) -> Iterator[Due]:
        """The due dates with at >= start."""
        while (not self._known or self._known[-1].at < start) and self._extend():
            pass
        index = bisect_left(self._known, start, key=lambda due: due.at)
        while index < len(self._known) or self._extend():
            yield self._known[index]
            index += 1

    def latest(self, until: datetime) -> Due | None:
        """The last due date with at <= until."""
        next(self.starting(until + timedelta(microseconds=1)), None)  # expands that far
        index = bisect_right(self._known, until, key=lambda due: due.at)
        return self._known[index - 1] if index else None

    def _extend(self) -> bool:
        due = next(self._more, None)
        if due is not None:
            self._known.append(due)
        return due is not None


def _series(deadline: Deadline) -> _Series:
    """The series of a deadline; equal rules share one."""
    assert deadline.repeat is not None  # noqa: S101 - the callers have looked
    return _cached_series(deadline.repeat, deadline.due, getattr(deadline.due, "fold", 0), _clock(deadline))


@lru_cache(maxsize=16384)
def _cached_series(rule: str, due: date | datetime, _fold: int, clock: _Clock) -> _Series:
    """One series for equal arguments; equal date-times may differ in their fold."""
    return _Series(_in_order(_expand_dues(rule, due, clock)))


def _expand_dues(rule: str, due: date | datetime, clock: _Clock) -> Iterator[tuple[date, Due]]:
    """The due dates of a rule as it gives them, each with its date before the clocks were asked."""
    is_date_only = not isinstance(due, datetime)
    for found in expand(rule, due, clock.zone):
        value = found.date() if is_date_only else found
        if value == due:
            value = due  # keeps the fold of the first
        yield roll(clock.calendar, found.date(), clock.shift), _due(value, clock)


def _in_order(dues: Iterator[tuple[date, Due]]) -> Iterator[Due]:
    """The same in order of `at`, each key once: rolling and gaps may bring together or swap neighbours."""
    waiting: list[tuple[datetime, str, Due]] = []
    last = ""
    for day, due in dues:
        # Clocks skip a day at most, so nothing to come is earlier than what lies two days back.
        while waiting and (day - waiting[0][2].day).days > 2:
            last, each = _pop(waiting, last)
            if each is not None:
                yield each
        heapq.heappush(waiting, (due.at, due.key, due))
    while waiting:
        last, each = _pop(waiting, last)
        if each is not None:
            yield each


def _pop(waiting: list[tuple[datetime, str, Due]], last: str) -> tuple[str, Due | None]:
    """Take the first; None for one with the key of the last."""
    due = heapq.heappop(waiting)[2]
    return due.key, (None if due.key == last else due)
