"""Short hashes of what shapes a plan, so that a changed plan is noticed without planning."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache

from alerter.domain.calendar import HOLIDAYS_VERSION, BusinessCalendar
from alerter.domain.channel import Channel, Quiet
from alerter.domain.deadline import Deadline, Severity
from alerter.domain.lead import Lead
from alerter.domain.remembered import Remembered


def plan_fingerprint(deadline: Deadline, channels: Mapping[str, Channel]) -> str:
    """A short hash of everything that shapes the plan, zone rules and holidays included.

    Changes exactly when `plan` could answer differently; the status, title and note are not in it.
    """
    return _hash(
        _rule_text(deadline),
        _leads_text(deadline.leads),
        ",".join(sorted(deadline.channels)),
        ";".join(sorted(f"{each.lead.text}:{','.join(sorted(each.channels))}" for each in deadline.escalate)),
        f"{deadline.notify_at} {deadline.due_time} {deadline.day_shift.value} {deadline.zone.rules}",
        f"{deadline.opens} {deadline.checked} {deadline.recheck_after} {deadline.overdue}",
        str(deadline.severity is Severity.CRITICAL),
        *[_channel_text(channels[name]) for name in _hearers(deadline) if name in channels],
    )


def plan_rule(deadline: Deadline) -> str:
    """A short hash of only what decides the due dates of a series: a change of it may move its next date."""
    return _hash(_rule_text(deadline))


def _hearers(deadline: Deadline) -> list[str]:
    """The names of all channels of the deadline, each once, in order."""
    return sorted({*deadline.channels, *(name for each in deadline.escalate for name in each.channels)})


def _sorted_texts(leads: tuple[Lead, ...]) -> str:
    return ",".join(sorted(lead.text for lead in leads))


_leads_text = Remembered(_sorted_texts)  # deadlines that say nothing else share one tuple


def _rule_text(deadline: Deadline) -> str:
    due = deadline.due
    fold = getattr(due, "fold", 0)
    calendar = _calendar_text(deadline.calendar)
    return f"{due}+{fold} {deadline.zone.name} {deadline.roll.value} {deadline.repeat} {calendar}"


@lru_cache(maxsize=1024)
def _calendar_text(calendar: BusinessCalendar) -> str:
    days = [sorted(calendar.weekend), sorted(map(str, calendar.closed)), sorted(map(str, calendar.opened))]
    return f"{days} {calendar.holidays} {HOLIDAYS_VERSION if calendar.holidays else ''}"


def _channel_text(channel: Channel) -> str:
    return _quiet_text(channel.name, channel.zone.name, channel.zone.rules, channel.quiet)


@lru_cache(maxsize=4096)
def _quiet_text(name: str, zone: str, rules: str, quiet: Quiet | None) -> str:
    if quiet is None:
        return name
    return f"{name} {zone} {rules} {quiet.start} {quiet.end} {sorted(quiet.days)}"


def _hash(*parts: str) -> str:
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=12).hexdigest()
