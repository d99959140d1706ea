"""One due date: its key, its local form and its instant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from alerter.domain.dates.alias import canonical_name
from alerter.domain.dates.calendar import BusinessCalendar, Shift, roll
from alerter.domain.dates.zone import LocalTime, Zone, local_time, on_day, to_local, to_utc
from alerter.domain.planning.deadline import Deadline
from alerter.domain.value import value

EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)


@value(frozen=True, slots=True)
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


class Reading(NamedTuple):
    """How a deadline reads an unrolled date. `is_holiday` is no part of a calendar's equality, but of this one's."""

    zone: Zone
    due_time: time
    shift: Shift
    calendar: BusinessCalendar
    is_holiday: Callable[[date], bool]

    def due(self, value: date | datetime) -> Due:
        """The due date for an unrolled one. Instants outside the years 1 to 9999 become the nearest within."""
        try:
            if isinstance(value, datetime):
                return self._due_time(value)
            day = self.rolled(value)
            return Due(day.isoformat(), day, on_day(day, self.due_time, self.zone))
        except OverflowError:
            return Due(due_key(value, self.zone), value, LATEST if value.year > 5000 else EARLIEST)

    def rolled(self, day: date) -> date:
        """The day, or the open one that it rolls to."""
        return day if self.shift is Shift.NONE else roll(self.calendar, day, self.shift)

    def _due_time(self, value: datetime) -> Due:
        local = value
        if self.shift is not Shift.NONE and (day := self.rolled(value.date())) != value.date():
            local = datetime.combine(day, value.time())
        local = out_of_gap(local, self.zone)
        return Due(due_key(local, self.zone), local, to_utc(local, self.zone))


def reading(deadline: Deadline) -> Reading:
    """How the deadline reads its dates."""
    calendar = deadline.calendar
    return Reading(deadline.zone, deadline.due_time, deadline.roll, calendar, calendar.is_holiday)


def normalise_due(value: date | datetime, zone: Zone) -> date | datetime:
    """A due date as the domain keeps it: a plain date, or a naive local date-time in whole seconds.

    An aware value becomes the zone's local time; a naive one stays as written, also in a gap: it may roll to a day
    without one, or repeat. Raises ValueError where the zone has no such time within the years 1 to 9999.
    """
    if not isinstance(value, datetime):
        return value
    if value.microsecond:
        value = value.replace(microsecond=0)
    try:
        return value if value.tzinfo is None else to_local(value, zone)
    except OverflowError as error:
        raise ValueError(f"{value} lies outside the years 1 to 9999") from error


def out_of_gap(local: datetime, zone: Zone) -> datetime:
    """The naive local time, or what the clocks show at that instant where it is skipped; `fold` only if it matters."""
    kind = local_time(local, zone)
    if kind is LocalTime.GAP:
        return to_local(to_utc(local, zone), zone)
    return local if kind is LocalTime.FOLD or not local.fold else local.replace(fold=0)


def due_key(local: date | datetime, zone: Zone) -> str:
    """The key of a rolled due date: the local date, or local time and zone; `+fold` marks the second of two."""
    if not isinstance(local, datetime):
        return local.isoformat()
    is_second = local.fold and local_time(local, zone) is LocalTime.FOLD
    text = local.isoformat(timespec="seconds") if local.microsecond else local.isoformat()  # the latter takes a third
    return f"{text}[{canonical_name(zone.name)}]{'+fold' if is_second else ''}"


def just_after(at: datetime) -> datetime:
    """The next instant there is."""
    return at if at == LATEST else at + timedelta(microseconds=1)
