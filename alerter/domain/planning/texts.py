"""What shapes a plan, as texts to make fingerprints of: another plan has other texts.

Ledgers hold such fingerprints: with other words for the same all deadlines would be looked at anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from alerter.domain.dates.calendar import HOLIDAYS_VERSION, BusinessCalendar
from alerter.domain.dates.remembered import Remembered
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import Deadline, Severity

_SEPARATOR = "\x1f"
_NOTHING, _NO_WINDOW = (None,) * 4, "None None None None"


def write_due(deadline: Deadline) -> str:
    """The due date, or the first of a series."""
    due = deadline.due
    return f"{due.isoformat(' ')}+{due.fold}" if isinstance(due, datetime) else f"{due.isoformat()}+0"


def write_rule(deadline: Deadline) -> str:
    """What makes due dates of it."""
    calendar = _write_calendar(deadline.calendar)
    return f" {deadline.zone.name} {deadline.roll.value} {deadline.repeat} {calendar}"


def write_window(deadline: Deadline) -> str:
    """What else it says of days."""
    parts = deadline.opens, deadline.checked, deadline.recheck_after, deadline.overdue
    return _NO_WINDOW if parts == _NOTHING else f"{parts[0]} {parts[1]} {parts[2]} {parts[3]}"


def write_shared(deadline: Deadline, channels: Mapping[str, Channel]) -> tuple[bytes, bytes]:
    """All other texts of a plan, which many deadlines share: those in front of the window, and those behind it."""
    leads = (
        ",".join(sorted(lead.text for lead in deadline.leads)),
        ",".join(sorted(deadline.channels)),
        ";".join(sorted(f"{each.lead.text}:{','.join(sorted(each.channels))}" for each in deadline.escalate)),
        f"{deadline.notify_at} {deadline.due_time} {deadline.day_shift.value} {deadline.zone.rules}",
    )
    names = sorted({*deadline.channels, *(name for each in deadline.escalate for name in each.channels)})
    heard = [_write_channel(channels[name]) for name in names if name in channels]
    before = _SEPARATOR.join([write_rule(deadline), *leads, ""])
    behind = _SEPARATOR.join(["", str(deadline.severity is Severity.CRITICAL), *heard])
    return before.encode(), behind.encode()


def _calendar_text(calendar: BusinessCalendar) -> str:
    days = [sorted(calendar.weekend), sorted(map(str, calendar.closed)), sorted(map(str, calendar.opened))]
    return f"{days} {calendar.holidays} {HOLIDAYS_VERSION if calendar.holidays else ''}"


_write_calendar = Remembered(_calendar_text)


def _write_channel(channel: Channel) -> str:
    quiet = channel.quiet
    if quiet is None:
        return channel.name
    zone = channel.zone
    return f"{channel.name} {zone.name} {zone.rules} {quiet.start} {quiet.end} {sorted(quiet.days)}"
