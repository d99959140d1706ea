"""Times in options: ISO 8601, or relative to now.

`2025-09-10` (its 00:00), `2025-09-10T09:00`, either with an offset for the latter; without one they are
in the config's zone. `now`, `+14d`, `-2h`: units as in leads (m, h, d, w, mo, y).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from dateutil.relativedelta import relativedelta

from alerter.cli.failure import UNUSABLE, Failure
from alerter.domain.dates.zone import Zone, to_utc

_RELATIVE = re.compile(r"([+-])([0-9]{1,6}) ?(s|m|h|d|w|mo|y)")
_DURATION = re.compile(r"([0-9]{1,6}) ?([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DATES = {"d": "days", "w": "weeks", "mo": "months", "y": "years"}
_FORMS = "such as 2025-09-10, 2025-09-10T09:00, now or +14d"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, start <= t < end, in UTC."""

    start: datetime
    end: datetime


def parse_time(text: str, *, option: str, zone: Zone, now: datetime) -> datetime:
    """The instant meant, in UTC; raises Failure naming the option."""
    try:
        return _parse_relative(text, zone, now) if text == "now" or text[:1] in "+-" else _parse_iso(text, zone)
    except (ValueError, OverflowError):
        raise Failure(f"{option}: {text!r} is no time {_FORMS}", UNUSABLE) from None


def parse_span(text: str, *, option: str, zone: Zone, now: datetime) -> Span:
    """A stretch written `T..T`; raises Failure naming the option."""
    start, dots, end = text.partition("..")
    if not dots:
        raise Failure(f"{option}: {text!r} is no stretch of time: write START..END", UNUSABLE)
    span = Span(
        parse_time(start, option=option, zone=zone, now=now), parse_time(end, option=option, zone=zone, now=now)
    )
    if span.end <= span.start:
        raise Failure(f"{option}: {text!r} ends before it starts", UNUSABLE)
    return span


def parse_duration(text: str, *, option: str) -> timedelta:
    """A length of time: one number with s, m, h, d or w; raises Failure naming the option."""
    found = _DURATION.fullmatch(text.strip())
    if not found or not int(found[1]):
        raise Failure(f"{option}: {text!r} is no length of time such as 30m, 4h or 2d", UNUSABLE)
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]])


def split_assignment(text: str, *, option: str, form: str) -> tuple[str, str]:
    """Both sides of the first `=`; raises Failure saying what the option looks like."""
    left, sign, right = text.partition("=")
    if not (left and sign and right):
        raise Failure(f"{option}: {text!r} should be {form}", UNUSABLE)
    return left, right


def _parse_relative(text: str, zone: Zone, now: datetime) -> datetime:
    if text == "now":
        return now
    found = _RELATIVE.fullmatch(text)
    if not found:
        raise ValueError(text)
    count = int(found[2]) * (1 if found[1] == "+" else -1)
    if found[3] not in _DATES:
        return now + timedelta(seconds=count * _SECONDS[found[3]])
    moved = now.astimezone(zone.info).replace(tzinfo=None) + relativedelta(**{_DATES[found[3]]: count})  # type: ignore[arg-type]  # the stubs know no keyword chosen at run time
    return to_utc(moved, zone)


def _parse_iso(text: str, zone: Zone) -> datetime:
    if len(text) <= len("2025-09-10"):
        return to_utc(datetime.combine(date.fromisoformat(text), time()), zone)
    at = datetime.fromisoformat(text)
    return at.astimezone(UTC) if at.tzinfo else to_utc(at, zone)
