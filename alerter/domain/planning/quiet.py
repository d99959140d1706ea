"""Quiet hours of a channel: when a message that wants to go may go."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from alerter.domain.dates.zone import Zone, on_day, to_local
from alerter.domain.planning.channel import Channel, Quiet

# Quiet hours come again every week: whoever is held for longer is held for ever.
LONGEST_HOLD = timedelta(days=9)
_DAY = timedelta(days=1)
_Span = tuple[datetime, datetime]


def quiet_until(channel: Channel, at: datetime) -> datetime:
    """When a message that wants to go at `at` may: `at` itself, or the end of the quiet hours round it.

    Adjoining spans join. Quiet hours without an end hold nothing.
    """
    if channel.quiet is None:
        return at
    try:
        return _end_of_quiet(channel.quiet, channel.zone, at)
    except OverflowError:  # at the very ends of the calendar
        return at


def quiet_spans(channel: Channel, start: datetime, end: datetime) -> list[_Span]:
    """The quiet hours of the channel that touch the stretch, in order; those that adjoin or overlap are one."""
    if channel.quiet is None:
        return []
    days = range(
        to_local(start, channel.zone).date().toordinal() - 1, to_local(end, channel.zone).date().toordinal() + 1
    )
    spans = sorted(span for day in days for span in _spans_of(channel.quiet, channel.zone, date.fromordinal(day)))
    joined: list[_Span] = []
    for span in spans:
        if joined and span[0] <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], span[1]))
        elif span[1] > start and span[0] < end:
            joined.append(span)
    return joined


def _end_of_quiet(quiet: Quiet, zone: Zone, at: datetime) -> datetime:
    until = at
    while until - at <= LONGEST_HOLD:
        end = max((end for start, end in _spans(quiet, zone, until) if start <= until < end), default=until)
        if end == until:
            return until
        until = end
    return at


def _spans(quiet: Quiet, zone: Zone, at: datetime) -> tuple[_Span, ...]:
    """The quiet spans that may hold `at`, as instants."""
    today = to_local(at, zone).date()
    return _spans_of(quiet, zone, today - _DAY) + _spans_of(quiet, zone, today)


@lru_cache(maxsize=16384)
def _spans_of(quiet: Quiet, zone: Zone, day: date) -> tuple[_Span, ...]:
    """The quiet spans that begin on a local day."""
    spans: list[_Span] = []
    if quiet.start is not None and quiet.end is not None and quiet.start != quiet.end:
        spans.append(_night(quiet.start, quiet.end, day, zone))
    if day.weekday() in quiet.days:
        spans.append((on_day(day, time(), zone), on_day(day + _DAY, time(), zone)))
    return tuple(spans)


def _night(start: time, end: time, day: date, zone: Zone) -> _Span:
    last = day if start < end else day + _DAY
    return on_day(day, start, zone), on_day(last, end, zone)
