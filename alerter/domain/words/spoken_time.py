"""Dates, times and distances in words a person can read, in the reader's language by CLDR.

A date is `Wed 17 Sep 2025`, a date-time `Mon 10 Nov 2025, 00:01 EST`. `language` is a code that `speak` knows.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal

from alerter.domain.dates.zone import Zone
from alerter.domain.planning.due import Due
from alerter.domain.planning.due_keys import zone_of
from alerter.domain.words.language import ENGLISH, marked, speak

_NUMERIC = re.compile(r"([+-])(\d\d)(?::?(\d\d))?")
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_ALWAYS_THIS_UNIT = 1e9

Unit = Literal["day", "hour", "minute", "second"]
_ORDINALS = {
    "one": marked("ordinal: 1st, 21st", "{n}st"),
    "two": marked("ordinal: 2nd, 22nd", "{n}nd"),
    "few": marked("ordinal: 3rd, 23rd", "{n}rd"),
    "other": marked("ordinal: 4th, 11th", "{n}th"),
}


def day(local: date, language: str = ENGLISH) -> str:
    """`Wed 17 Sep 2025`."""
    return _day(date(local.year, local.month, local.day), language)


def clock(at: datetime, zone: Zone) -> str:
    """`00:01 EST`: the time of day of an instant in the zone; seconds only where there are any."""
    local = at.astimezone(zone.info)
    return f"{_time_of_day(local)} {zone_name(at, zone)}"


@lru_cache(maxsize=1024)  # a herd has its instants in common
def moment(at: datetime, zone: Zone, language: str = ENGLISH) -> str:
    """`Mon 10 Nov 2025, 00:01 EST`: an instant on the wall clock of the zone."""
    spoken = day(at.astimezone(zone.info), language)
    return speak(language).say("day and time", "{day}, {clock}", day=spoken, clock=clock(at, zone))


def dated(local: date | datetime, at: datetime, zone: Zone, language: str = ENGLISH) -> str:
    """A date in words: the day where `local` is a plain date (with `AoE` if it is that), else the moment `at`."""
    if isinstance(local, datetime):
        return moment(at, zone, language)
    spoken = day(local, language)
    if not zone.is_anywhere:
        return spoken
    return speak(language).say("day and time", "{day}, {clock}", day=spoken, clock=zone_name(at, zone))


def when(due: Due, zone: Zone, language: str = ENGLISH) -> str:
    """`Mon 10 Nov 2025, 00:01 EST`; date-only `Wed 17 Sep 2025`, or `Wed 17 Sep 2025, AoE` anywhere on earth.

    `zone` is the deadline's; an earlier date may stand in another.
    """
    return dated(due.local, due.at, zone_of(due, zone), language)


def zone_name(at: datetime, zone: Zone) -> str:
    """The zone's abbreviation at the instant: `EST`, `UTC+8` for a numeric one, `AoE`."""
    if zone.is_anywhere:
        return zone.name
    name = at.astimezone(zone.info).tzname() or zone.name
    match = _NUMERIC.fullmatch(name)
    if match is None:
        return name
    sign, hours, minutes = match.groups()
    return f"UTC{sign}{int(hours)}" + (f":{minutes}" if minutes and minutes != "00" else "")


@lru_cache(maxsize=512)
def city(zone: Zone, language: str = ENGLISH) -> str:
    """`New York`: whose clocks the zone means, since an abbreviation can mean several; empty for UTC and its like."""
    from babel.dates import get_timezone_location  # noqa: PLC0415 - takes long: only words need it

    if "/" not in zone.name or zone.name.startswith("Etc/"):
        return ""
    return get_timezone_location(zone.info, locale=speak(language).locale, return_city=True).rpartition("/")[2]


@lru_cache(maxsize=1024)
def countdown(
    due_at: datetime, now: datetime, zone: Zone, *, is_date_only: bool = False, language: str = ENGLISH
) -> str:
    """How far the due instant is: `in 7 days`, `tomorrow at 00:01`, `today at 23:59`, `in 3 hours`, `2 days ago`.

    Days are counted on the zone's calendar and never rounded up; date-only ones name no time of day.
    """
    days = calendar_days(due_at, now, zone)
    if is_date_only:
        return _near_day(days, language) or _span(days, "day", language, is_directed=True)
    if is_now(due_at, now):
        return speak(language).say("how far", "now")
    if abs(_whole_minutes(due_at - now)) > 12 * _HOUR and -1 <= days <= 1:
        return _near_time(days, due_at.astimezone(zone.info), language)
    number, unit = _measure(due_at, now, zone)
    return _span(number if due_at > now else -number, unit, language, is_directed=True)


def is_now(due_at: datetime, now: datetime) -> bool:
    """Whether the two are the same to the minute."""
    return abs(_whole_minutes(due_at - now)) < _MINUTE


@lru_cache(maxsize=1024)
def distance(
    due_at: datetime, now: datetime, zone: Zone, *, is_date_only: bool = False, language: str = ENGLISH
) -> str:
    """The time between the two, either way round: `7 days`, `36 hours`, `90 minutes`.

    Wall-clock days where there are two or more (or one exactly), so that a change of the clocks adds no hour.
    """
    if is_date_only and (days := abs(calendar_days(due_at, now, zone))):
        return _span(days, "day", language)
    return _span(*_measure(due_at, now, zone), language)


def lasting(length: timedelta, language: str = ENGLISH) -> str:
    """A length of time in its largest fitting unit: `3 hours`, `2 days`, `45 seconds`."""
    return _span(*_length(length), language)


def calendar_days(at: datetime, now: datetime, zone: Zone) -> int:
    """How many dates `at` lies after `now` on the zone's calendar."""
    return (_wall(at, zone).date() - _wall(now, zone).date()).days


def ordinal(number: int, language: str = ENGLISH) -> str:
    """`1st`, `2nd`, `3rd`, `4th`, `11th`."""
    speech = speak(language)
    return speech.say(*_ORDINALS.get(speech.locale.ordinal_form(number), _ORDINALS["other"]), n=number)


@lru_cache(maxsize=4096)
def _day(local: date, language: str) -> str:
    from babel.dates import format_date  # noqa: PLC0415 - takes long: only words need it

    speech = speak(language)
    return format_date(local, speech.say("pattern of a day, by CLDR", "EEE d MMM y"), locale=speech.locale)


@lru_cache(maxsize=4096)
def _span(number: int, unit: Unit, language: str, *, is_directed: bool = False) -> str:
    """`7 days`; directed `in 7 days`, or `7 days ago` where the number is negative."""
    from babel.dates import format_timedelta  # noqa: PLC0415 - as above

    length = timedelta(**{f"{unit}s": number})
    locale = speak(language).locale
    return format_timedelta(
        length, granularity=unit, threshold=_ALWAYS_THIS_UNIT, add_direction=is_directed, locale=locale
    )


def _near_day(days: int, language: str) -> str:
    speech = speak(language)
    near = {
        -1: marked("how far", "yesterday"),
        0: marked("how far", "today"),
        1: marked("how far", "tomorrow"),
    }
    return speech.say(*near[days]) if days in near else ""


def _near_time(days: int, local: datetime, language: str) -> str:
    # Some languages say "at" in another way when it is one o'clock: hence the plural forms.
    speech, time, hour = speak(language), _time_of_day(local), local.hour
    if days == 0:
        return speech.count("how far; n is the hour", "today at {time}", "today at {time}", hour, time=time)
    if days == 1:
        return speech.count("how far; n is the hour", "tomorrow at {time}", "tomorrow at {time}", hour, time=time)
    return speech.count("how far; n is the hour", "yesterday at {time}", "yesterday at {time}", hour, time=time)


def _measure(due_at: datetime, now: datetime, zone: Zone) -> tuple[int, Unit]:
    wall = _whole_minutes(abs(_wall(due_at, zone) - _wall(now, zone)))
    if wall >= 2 * _DAY or wall == _DAY:
        return wall // _DAY, "day"
    return _length(abs(due_at - now))


def _length(length: timedelta) -> tuple[int, Unit]:
    if length < _MINUTE:
        return round(length.total_seconds()), "second"
    minutes = _whole_minutes(length) // _MINUTE
    if minutes < 120 and minutes != 60:
        return minutes, "minute"
    hours = (minutes + 30) // 60
    return (hours, "hour") if hours < 48 else (length // _DAY, "day")


def _time_of_day(local: datetime) -> str:
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"


def _wall(at: datetime, zone: Zone) -> datetime:
    return at.astimezone(zone.info).replace(tzinfo=None)


def _whole_minutes(length: timedelta) -> timedelta:
    return timedelta(minutes=round(length / _MINUTE))
