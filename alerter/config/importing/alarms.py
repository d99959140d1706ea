"""Alarms of a calendar entry as leads: the same instants, in the words of the configuration."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from icalendar import Component

from alerter.config.importing.properties import end, first, moment
from alerter.domain.dates.zone import Zone, load_zone, to_local, to_utc

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


def leads_of(component: Component, due: date | datetime, zone: Zone | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The leads of all alarms, and remarks on those that have none. `zone` None: the configuration's, unknown here."""
    leads, remarks = [], []
    for alarm in component.walk("VALARM"):
        trigger = first(alarm, "TRIGGER")
        lead = _lead(component, trigger, due, zone) if trigger is not None else None
        if lead is None:
            remarks.append(f"An alarm could not be taken: {trigger.to_ical().decode() if trigger else 'no trigger'}.")
        else:
            leads.append(lead)
    return tuple(dict.fromkeys(leads)), tuple(remarks)


def _lead(component: Component, trigger: Any, due: date | datetime, zone: Zone | None) -> str | None:
    value = trigger.dt
    if isinstance(value, datetime):
        return _absolute(value, due, zone)
    if not isinstance(value, timedelta):
        return None
    value += _base(component, str(trigger.params.get("RELATED", "START")).upper())
    return spell(value, by_days=True) if isinstance(due, datetime) else by_day(value)


def _base(component: Component, related: str) -> timedelta:
    """How far what a trigger counts from, START or END, is from what falls due: an event's start, a to-do's end."""
    start, finish = moment(component, "DTSTART"), end(component)
    if (related == "END") is (component.name == "VTODO") or start is None or finish is None:
        return timedelta(0)
    try:
        length = timedelta(seconds=(finish - start).total_seconds())
    except TypeError:  # a day and a time
        return timedelta(0)
    return length if related == "END" else -length


def _absolute(at: datetime, due: date | datetime, zone: Zone | None) -> str | None:
    known = zone or load_zone("UTC")
    instant = at.astimezone(UTC) if at.tzinfo is not None else to_utc(at, known)
    if not isinstance(due, datetime):
        return by_day(to_local(instant, known) - datetime.combine(due, datetime.min.time()))
    due_at = due.astimezone(UTC) if due.tzinfo is not None else to_utc(due, known)
    return spell(instant - due_at, by_days=False)


def spell(distance: timedelta, *, by_days: bool) -> str:
    """A distance from the due instant (before it: negative) in the largest unit; `by_days`: days move the date."""
    minutes = round(abs(distance) / _MINUTE)
    if minutes == 0:
        return "0"
    sign = "+" if distance > timedelta(0) else ""
    units = ((60 * 24, "d"), (60, "h")) if by_days else ((60, "h"),)
    size, unit = next((one for one in units if minutes % one[0] == 0), (1, "m"))
    return f"{sign}{minutes // size}{unit}"


def by_day(distance: timedelta) -> str:
    """A distance from the start of a day as a lead of a deadline that has no time: so many days, at that time."""
    days = distance // _DAY
    clock = distance - days * _DAY
    at = f"{clock // timedelta(hours=1):02}:{clock % timedelta(hours=1) // _MINUTE:02}"
    return f"{-days}d @ {at}" if days <= 0 else f"+{days}d @ {at}"
