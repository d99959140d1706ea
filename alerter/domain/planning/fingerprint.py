"""Short hashes of what shapes a plan, so that a changed plan is noticed without planning."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from alerter.domain.dates.calendar import HOLIDAYS_VERSION, BusinessCalendar
from alerter.domain.dates.remembered import Remembered
from alerter.domain.planning.channel import Channel
from alerter.domain.planning.deadline import Deadline, Severity

_SEPARATOR = "\x1f"
_NOTHING, _NO_WINDOW = (None,) * 4, "None None None None"


def plan_fingerprint(deadline: Deadline, channels: Mapping[str, Channel]) -> str:
    """A short hash of everything that shapes the plan, zone rules and holidays included.

    Changes exactly when `plan` could answer differently; the status, title and note are not in it.
    """
    rule, leads, channels_text = _shared_texts(deadline, channels)
    return _hash(_due_text(deadline) + rule, leads, _window_text(deadline), channels_text)


def plan_rule(deadline: Deadline) -> str:
    """A short hash of only what decides the due dates of a series: a change of it may move its next date."""
    return _hash(_due_text(deadline) + _rule_text(deadline))


class _Texts:
    """What many deadlines have in common, as text: worked out once for the very objects that they share."""

    def __init__(self, count: int = 4096) -> None:
        self._known: dict[tuple[object, ...], tuple[tuple[object, ...], tuple[str, str, str]]] = {}
        self._count = count

    def __call__(self, deadline: Deadline, channels: Mapping[str, Channel]) -> tuple[str, str, str]:
        """The parts of the text between those that are the deadline's own."""
        parts = (
            deadline.leads, deadline.channels, deadline.escalate, deadline.notify_at, deadline.due_time,
            deadline.day_shift, deadline.zone, deadline.severity, deadline.roll, deadline.repeat,
            deadline.calendar, channels,
        )  # fmt: skip
        key = tuple(map(id, parts))
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= self._count:
                self._known.clear()
            known = self._known[key] = parts, _write_shared(deadline, channels)  # no other can have their identities
        return known[1]


_shared_texts = _Texts()


def _write_shared(deadline: Deadline, channels: Mapping[str, Channel]) -> tuple[str, str, str]:
    leads = (
        ",".join(sorted(lead.text for lead in deadline.leads)),
        ",".join(sorted(deadline.channels)),
        ";".join(sorted(f"{each.lead.text}:{','.join(sorted(each.channels))}" for each in deadline.escalate)),
        f"{deadline.notify_at} {deadline.due_time} {deadline.day_shift.value} {deadline.zone.rules}",
    )
    heard = [_channel_text(channels[name]) for name in _hearers(deadline) if name in channels]
    channels_text = _SEPARATOR.join([str(deadline.severity is Severity.CRITICAL), *heard])
    return _rule_text(deadline), _SEPARATOR.join(leads), channels_text


def _hearers(deadline: Deadline) -> list[str]:
    """The names of all channels of the deadline, each once, in order."""
    return sorted({*deadline.channels, *(name for each in deadline.escalate for name in each.channels)})


def _due_text(deadline: Deadline) -> str:
    due = deadline.due
    return f"{due}+{getattr(due, 'fold', 0)}"


def _rule_text(deadline: Deadline) -> str:
    calendar = _calendar_text(deadline.calendar)
    return f" {deadline.zone.name} {deadline.roll.value} {deadline.repeat} {calendar}"


def _window_text(deadline: Deadline) -> str:
    parts = deadline.opens, deadline.checked, deadline.recheck_after, deadline.overdue
    return _NO_WINDOW if parts == _NOTHING else f"{parts[0]} {parts[1]} {parts[2]} {parts[3]}"


def _write_calendar(calendar: BusinessCalendar) -> str:
    days = [sorted(calendar.weekend), sorted(map(str, calendar.closed)), sorted(map(str, calendar.opened))]
    return f"{days} {calendar.holidays} {HOLIDAYS_VERSION if calendar.holidays else ''}"


_calendar_text = Remembered(_write_calendar)


def _channel_text(channel: Channel) -> str:
    quiet = channel.quiet
    if quiet is None:
        return channel.name
    zone = channel.zone
    return f"{channel.name} {zone.name} {zone.rules} {quiet.start} {quiet.end} {sorted(quiet.days)}"


def _hash(*parts: str) -> str:
    return hashlib.blake2b(_SEPARATOR.join(parts).encode(), digest_size=12).hexdigest()
