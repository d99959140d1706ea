"""Recurrence rules (RFC 5545 RRULE) on a naive wall clock.

Parsing and expansion are dateutil's; here is what it would take wrongly or never finish.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta

from dateutil.rrule import rrule, rrulestr

from alerter.domain.dates.zone import Zone, to_local

_DATE_PARTS = frozenset({"BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYDAY", "BYSETPOS", "WKST"})
_TIME_PARTS = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})
_PARTS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL"}) | _DATE_PARTS | _TIME_PARTS
_FREQUENCIES = ("HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_CYCLE = 400  # years
_LATEST_ASKED = MAXYEAR - 60  # 29 February on a certain day of the week comes every 40 years at least
_UNTIL = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")


class RuleError(ValueError):
    """The recurrence rule cannot be used; the message says why in one sentence."""


def check_rule(rule: str, due: date | datetime, zone: Zone) -> None:
    """Raise RuleError unless the rule can be expanded and its first date is `due`."""
    found = first_date(rule, due, zone)
    if found != _start_of(due):
        first = "it never comes" if found is None else f"its first date from then on is {found:%Y-%m-%d %H:%M}"
        raise RuleError(f"the rule does not hit the due date {due}: {first}")


def first_date(rule: str, due: date | datetime, zone: Zone) -> datetime | None:
    """The first date of the rule from `due` on, None where there is none for centuries. Raises RuleError.

    dateutil searches a rule that never comes up to the year 9999, so it is asked as late as the calendar, which
    repeats every 400 years, allows.
    """
    expand(rule, due, zone)  # refuses what is no rule
    parts, begin = _read(rule, due, zone)
    until = parts.pop("UNTIL", None)
    parts.pop("COUNT", None)  # it is at least one
    later = (_LATEST_ASKED - begin.year) // _CYCLE * _CYCLE
    found = next(_dates(parts, begin.replace(year=begin.year + later), rule), None)
    if found is None or found.year - later > MAXYEAR:
        return None
    first = found.replace(year=found.year - later)
    return first if until is None or f"{first:%Y%m%dT%H%M%S}" <= until else None


def expand(rule: str, due: date | datetime, zone: Zone, start: date = date.min) -> Iterator[datetime]:
    """The dates of the rule from `due` on, as naive local date-times (midnight for a plain date).

    Dates before `start` are left out where that saves expanding them. Raises RuleError.
    """
    parts, begin = _read(rule, due, zone)
    if start > begin.date() and "COUNT" not in parts:
        _spell_out(parts, begin)
        begin = _period_before(begin, start, parts)
    return _dates(parts, begin, rule)


def _read(rule: str, due: date | datetime, zone: Zone) -> tuple[dict[str, str], datetime]:
    """The parts of the rule, UNTIL on the local clock, and where it begins; raises RuleError."""
    is_date_only = not isinstance(due, datetime)
    parts = _split(rule)
    _check_parts(parts, is_date_only)
    if "BYWEEKNO" in parts and {"BYDAY", "BYMONTHDAY", "BYYEARDAY"}.isdisjoint(parts):
        parts["BYDAY"] = _WEEKDAYS[due.weekday()]  # dateutil takes the whole week
    if "UNTIL" in parts:
        parts["UNTIL"] = _local_until(parts["UNTIL"], is_date_only, zone)
    return parts, _start_of(due)


def _dates(parts: dict[str, str], begin: datetime, rule: str) -> Iterator[datetime]:
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        expanded = rrulestr(text, dtstart=begin)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise RuleError(f"{rule!r} is no recurrence rule: {error}") from error
    if not isinstance(expanded, rrule):
        raise RuleError(f"{rule!r} is not one recurrence rule")
    return _until_the_end(iter(expanded))


def _spell_out(parts: dict[str, str], begin: datetime) -> None:
    """Write down what the rule takes from its first date, so that it can be expanded from a later one."""
    if not {"BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYDAY"}.isdisjoint(parts):
        return
    if parts["FREQ"] == "YEARLY":
        parts.setdefault("BYMONTH", str(begin.month))
    if parts["FREQ"] in ("YEARLY", "MONTHLY"):
        parts["BYMONTHDAY"] = str(begin.day)
    if parts["FREQ"] == "WEEKLY":
        parts["BYDAY"] = _WEEKDAYS[begin.weekday()]


def _period_before(begin: datetime, start: date, parts: dict[str, str]) -> datetime:
    """The start of a period of the rule (see INTERVAL) that is not after `start`, or `begin` where there is none."""
    interval = int(parts.get("INTERVAL", "1"))
    unit = {"HOURLY": timedelta(hours=1), "DAILY": timedelta(days=1), "WEEKLY": timedelta(weeks=1)}.get(parts["FREQ"])
    if unit is not None:
        # A week's first day may lie before the day of the week that the rule began on.
        periods = (datetime.combine(start, begin.time()) - begin) // (unit * interval) - 1
        return begin + unit * interval * max(periods, 0)
    months = interval * (12 if parts["FREQ"] == "YEARLY" else 1)
    passed = (start.year - begin.year) * 12 + start.month - begin.month
    periods = passed // months - (1 if parts["FREQ"] == "YEARLY" else 0)
    if periods <= 0:
        return begin
    year, month = divmod(begin.year * 12 + begin.month - 1 + periods * months, 12)
    return begin.replace(year=year, month=1 if parts["FREQ"] == "YEARLY" else month + 1, day=1)


def _until_the_end(dates: Iterator[datetime]) -> Iterator[datetime]:
    """The dates, up to the end of the calendar."""
    try:
        yield from dates
    except (OverflowError, ValueError):  # there is no year 10000
        return


def _start_of(due: date | datetime) -> datetime:
    return due.replace(fold=0) if isinstance(due, datetime) else datetime.combine(due, time())


def _split(rule: str) -> dict[str, str]:
    """The parts of the rule by name; raises RuleError."""
    parts: dict[str, str] = {}
    for part in rule.strip().upper().removeprefix("RRULE:").removesuffix(";").split(";"):
        name, has_value, value = part.partition("=")
        if name not in _PARTS or not has_value or not re.fullmatch(r"[A-Z0-9,+-]{1,500}", value):
            raise RuleError(f"{rule!r} is no recurrence rule: {part!r} is not understood")
        if name in parts:
            raise RuleError(f"{rule!r} is no recurrence rule: it says {name} twice")
        parts[name] = value
    return parts


def _check_parts(parts: dict[str, str], is_date_only: bool) -> None:
    """Refuse what makes no sense for deadlines, or would never end."""
    frequencies = _FREQUENCIES[1:] if is_date_only else _FREQUENCIES
    if parts.get("FREQ") not in frequencies:
        raise RuleError(f"a rule needs FREQ, one of {', '.join(frequencies)}")
    if is_date_only and not _TIME_PARTS.isdisjoint(parts):
        raise RuleError("a rule with BYHOUR, BYMINUTE or BYSECOND needs a due date with a time")
    if "COUNT" in parts and "UNTIL" in parts:
        raise RuleError("a rule takes COUNT or UNTIL, not both")
    for name in ("INTERVAL", "COUNT"):
        if name in parts and not re.fullmatch(r"0*[1-9][0-9]{0,5}", parts[name]):
            raise RuleError(f"{name} must be a number from 1 to 999999")


def _local_until(text: str, is_date_only: bool, zone: Zone) -> str:
    """UNTIL on the local clock: RFC 5545 writes it in UTC; a plain date includes all of that day."""
    found = _UNTIL.fullmatch(text)
    if found is None:
        raise RuleError("UNTIL must be like 20261231 or 20261231T235900Z")
    day, clock, is_utc = found.groups()
    if clock is None or is_date_only:
        return f"{day}T235959"
    try:
        local = datetime.strptime(day + clock, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        return (to_local(local, zone) if is_utc else local).strftime("%Y%m%dT%H%M%S")
    except (ValueError, OverflowError) as error:
        raise RuleError(f"there is no time {text}") from error
