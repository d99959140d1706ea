"""Dates, times and distances in words a person can read (English; independent of any locale).

A date is `Wed 17 Sep 2025`, a date-time `Mon 10 Nov 2025, 00:01 EST`.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from alerter.domain.due import Due
from alerter.domain.zone import Zone

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NUMERIC = re.compile(r"([+-])(\d\d)(?::?(\d\d))?")
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def day(local: date) -> str:
    """`Wed 17 Sep 2025`."""
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}"


def clock(at: datetime, zone: Zone) -> str:
    """`00:01 EST`: the time of day of an instant in the zone; seconds only where there are any."""
    local = at.astimezone(zone.info)
    return f"{_time_of_day(local)} {zone_name(at, zone)}"


def moment(at: datetime, zone: Zone) -> str:
    """`Mon 10 Nov 2025, 00:01 EST`: an instant on the wall clock of the zone."""
    return f"{day(at.astimezone(zone.info))}, {clock(at, zone)}"


def dated(local: date | datetime, at: datetime, zone: Zone) -> str:
    """A due date in words: the day alone where `local` is a plain date, else the moment `at`."""
    return moment(at, zone) if isinstance(local, datetime) else day(local)


def when(due: Due, zone: Zone) -> str:
    """`Mon 10 Nov 2025, 00:01 EST`, or `Wed 17 Sep 2025` for a date-only deadline."""
    return dated(due.local, due.at, zone)


def zone_name(at: datetime, zone: Zone) -> str:
    """The zone's abbreviation at the instant: `EST`, `UTC+8` for a numeric one, `AoE`."""
    if zone.name.casefold() == "aoe":
        return "AoE"
    name = at.astimezone(zone.info).tzname() or zone.name
    match = _NUMERIC.fullmatch(name)
    if match is None:
        return name
    sign, hours, minutes = match.groups()
    return f"UTC{sign}{int(hours)}" + (f":{minutes}" if minutes and minutes != "00" else "")


def countdown(due_at: datetime, now: datetime, zone: Zone, *, is_date_only: bool = False) -> str:
    """How far the due instant is: `in 7 days`, `tomorrow at 00:01`, `today at 23:59`, `in 3 hours`, `2 days ago`.

    Days are counted on the zone's calendar and never rounded up; date-only ones name no time of day.
    """
    if is_date_only:
        return _day_countdown(due_at, now, zone)
    left = _whole_minutes(due_at - now)
    if abs(left) < _MINUTE:
        return "now"
    if left < timedelta(0):
        return f"{distance(due_at, now, zone)} ago"
    if left > 12 * _HOUR and (days := calendar_days(due_at, now, zone)) <= 1:
        return f"{('today', 'tomorrow')[days]} at {_time_of_day(due_at.astimezone(zone.info))}"
    return f"in {distance(due_at, now, zone)}"


def distance(due_at: datetime, now: datetime, zone: Zone, *, is_date_only: bool = False) -> str:
    """The time between the two, either way round: `7 days`, `36 hours`, `90 minutes`.

    Wall-clock days where there are two or more (or one exactly), so that a change of the clocks adds no hour.
    """
    if is_date_only and (days := abs(calendar_days(due_at, now, zone))):
        return counted(days, "day")
    wall = _whole_minutes(abs(_wall(due_at, zone) - _wall(now, zone)))
    if wall >= 2 * _DAY or wall == _DAY:
        return counted(wall // _DAY, "day")
    return lasting(abs(due_at - now))


def lasting(length: timedelta) -> str:
    """A length of time in its largest fitting unit: `3 hours`, `2 days`, `45 seconds`."""
    if length < _MINUTE:
        return counted(round(length.total_seconds()), "second")
    minutes = _whole_minutes(length) // _MINUTE
    if minutes < 120 and minutes != 60:
        return counted(minutes, "minute")
    hours = (minutes + 30) // 60
    return counted(hours, "hour") if hours < 48 else counted(length // _DAY, "day")


def calendar_days(at: datetime, now: datetime, zone: Zone) -> int:
    """How many dates `at` lies after `now` on the zone's calendar."""
    return (_wall(at, zone).date() - _wall(now, zone).date()).days


def counted(number: int, noun: str) -> str:
    """`1 day`, `2 days`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `4th`, `11th`."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _day_countdown(due_at: datetime, now: datetime, zone: Zone) -> str:
    days = calendar_days(due_at, now, zone)
    if days in (0, 1):
        return ("today", "tomorrow")[days]
    return f"in {counted(days, 'day')}" if days > 0 else f"{counted(-days, 'day')} ago"


def _time_of_day(local: datetime) -> str:
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"


def _wall(at: datetime, zone: Zone) -> datetime:
    return at.astimezone(zone.info).replace(tzinfo=None)


def _whole_minutes(length: timedelta) -> timedelta:
    return timedelta(minutes=round(length / _MINUTE))
