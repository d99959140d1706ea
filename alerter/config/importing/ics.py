"""Reads iCalendar files (RFC 5545): events by their start, to-dos by their due date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from icalendar import Calendar, Component

from alerter.config.importing.alarms import leads_of
from alerter.config.importing.draft import Draft, ImportProblem, find_zone, spell_due
from alerter.config.importing.properties import drop_broken, end, every, first, moment, number
from alerter.domain.dates.recurrence import RuleError, check_rule, first_date
from alerter.domain.dates.zone import Zone, load_zone, to_local

_KINDS = ("VEVENT", "VTODO")
_STATUSES = {"CANCELLED": "void", "COMPLETED": "met"}
_OWN_STATUSES = ("met", "lapsed")


def read_ics(content: bytes) -> list[Draft]:
    """All events and to-dos, in the order of the file; of one UID the newest version. Raises ImportProblem."""
    try:
        calendars = Calendar.from_ical(content, multiple=True)
    except (ValueError, IndexError, KeyError) as error:
        raise ImportProblem(f"it is no iCalendar file: {error}") from error
    drafts = [draft for one in calendars for draft in _read_calendar(one)]
    if not drafts and not calendars:
        raise ImportProblem("it is no iCalendar file: it holds no VCALENDAR")
    return drafts


def _read_calendar(calendar: Component) -> Iterator[Draft]:
    cancelled = str(calendar.get("METHOD", "")).upper() == "CANCEL"
    zone = find_zone(str(calendar.get("X-WR-TIMEZONE", "")))
    for component in _newest([drop_broken(one) for one in calendar.walk() if one.name in _KINDS]):
        yield _read(component, zone, cancelled=cancelled)


def _newest(components: Sequence[Component]) -> list[Component]:
    """Of several versions of one thing the one with the highest SEQUENCE, in the place of the first."""
    kept: dict[Any, Component] = {}
    for place, one in enumerate(components):
        uid = str(one.get("UID", "")) or place
        exception = first(one, "RECURRENCE-ID")
        key = (uid, exception.to_ical() if exception is not None else None)
        if key not in kept or number(one, "SEQUENCE") >= number(kept[key], "SEQUENCE"):
            kept[key] = one
    return list(kept.values())


@dataclass(frozen=True, slots=True)
class _When:
    """The due date as it will be written, its zone (None: the configuration's), and remarks on both."""

    due: date | datetime | None
    zone: Zone | None
    remarks: tuple[str, ...] = ()


def _read(component: Component, zone: Zone | None, *, cancelled: bool) -> Draft:
    when = _when(component, zone)
    repeat, due, series_remarks = _series(component, when)
    leads, alarm_remarks = leads_of(component, due, when.zone) if due is not None else ((), ())
    own_status = _own_status(component)
    status = "void" if cancelled else own_status or _STATUSES.get(_word(component, "STATUS"), "")
    return Draft(
        id=_word(component, "X-ALERTER-ID").lower() or "",
        title=_string(component, "SUMMARY").removesuffix(f" ({own_status})") or "Untitled",
        due=due,
        timezone=when.zone.name if when.zone is not None else "",
        due_time=_due_time(component),
        severity=_severity(component),
        status=status,
        certainty="tentative" if _word(component, "STATUS") == "TENTATIVE" else "",
        tags=_tags(component),
        note=_string(component, "DESCRIPTION"),
        link=_string(component, "URL"),
        owner=_owner(component),
        leads=leads,
        repeat=repeat,
        remarks=(*_remarks(component), *when.remarks, *series_remarks, *alarm_remarks),
    )


# -- when it is -------------------------------------------------------------------------------------


def _when(component: Component, zone: Zone | None) -> _When:
    name = "DUE" if component.name == "VTODO" and "DUE" in component else "DTSTART"
    is_by_end = component.name == "VTODO" and ("DUE" in component or "DURATION" in component)
    at = end(component) if is_by_end else moment(component, name)
    if at is None:
        return _When(None, zone)
    own = find_zone(_word(component, "X-ALERTER-TIMEZONE", upper=False))
    if not isinstance(at, datetime):
        return _When(at, own or zone, _lasting(component, at))
    params = first(component, name).params
    if at.tzinfo is None:
        return _When(at, own or zone, _zoneless(str(params.get("TZID", "")), own or zone))
    return _zoned(at, params, own, zone)


def _zoneless(written: str, zone: Zone | None) -> tuple[str, ...]:
    counts = f"that of the calendar, {zone.name}, counts." if zone else "the configuration's counts."
    if written:
        return (f"The source's zone, {written}, is not known here: {counts}",)
    return () if zone else (f"The source names no zone: {counts}",)


def _zoned(at: datetime, params: Mapping[str, Any], own: Zone | None, zone: Zone | None) -> _When:
    written = str(params.get("TZID", ""))
    found = find_zone(written) if written else own
    if found is not None:
        return _When(spell_due(to_local(at.astimezone(UTC), found), found), found)
    instant = at.astimezone(UTC)
    remark = (f"The source's zone, {written}, is not known here: this is the same instant.",) if written else ()
    return _When(instant, zone or load_zone("UTC"), remark)


def _lasting(component: Component, day: date) -> tuple[str, ...]:
    last = end(component)
    if last is None or isinstance(last, datetime) or last <= day + timedelta(days=1):
        return ()
    return (f"It lasts until {last - timedelta(days=1)}; due is its first day.",)


def _due_time(component: Component) -> time | None:
    with suppress(ValueError):
        return time.fromisoformat(_word(component, "X-ALERTER-DUE-TIME")).replace(tzinfo=None)
    return None


# -- how often --------------------------------------------------------------------------------------


def _series(component: Component, when: _When) -> tuple[str, date | datetime | None, tuple[str, ...]]:
    """The rule, the due date (the rule's first), and remarks on what a series here cannot say."""
    due, remarks = when.due, list(_exceptions(component))
    rules = every(component, "RRULE")
    if not rules or due is None:
        return "", due, tuple(remarks)
    rule = rules[0].to_ical().decode()
    if len(rules) > 1:
        remarks.append("The source has more than one rule; this is the first.")
    zone = when.zone or load_zone("UTC")
    if isinstance(due, datetime) and due.tzinfo is not None:
        due = to_local(due, zone)
    try:
        start = _first(rule, due, zone)
    except RuleError as error:
        return "", when.due, (*remarks, f"The source repeats it by {rule}, which cannot be followed: {error}.")
    if start != due:
        remarks.append(f"The source's first date, {due}, is none of its rule's: a series here begins with the rule.")
    return rule, start, tuple(remarks)


def _first(rule: str, due: date | datetime, zone: Zone) -> date | datetime:
    """The first date of the rule; raises RuleError where there is none."""
    begin = first_date(rule, due, zone)
    if begin is None:
        raise RuleError("the rule has no date")
    start = begin if isinstance(due, datetime) else begin.date()
    check_rule(rule, start, zone)
    return start


def _exceptions(component: Component) -> Iterator[str]:
    for name, sentence in (("EXDATE", "leaves out"), ("RDATE", "adds")):
        days = [str(one.dt) for one in _dates(component, name)]
        if days:
            yield f"The source {sentence} {', '.join(days)}, which a series here cannot say."
    exception = moment(component, "RECURRENCE-ID")
    if exception is not None:
        yield f"It stands in the place of the occurrence of {exception} of a series."


def _dates(component: Component, name: str) -> list[Any]:
    return [one for each in every(component, name) for one in each.dts]


# -- what else it says ------------------------------------------------------------------------------


def _remarks(component: Component) -> Iterator[str]:
    for name, word in (("UID", "UID"), ("LOCATION", "Place"), ("COMMENT", "Comment")):
        for one in every(component, name):
            yield f"{word}: {one}"
    for error in component.errors:
        yield f"Not understood in the source: {error[0]}."


def _own_status(component: Component) -> str:
    """What alerter's feed says became of it, there also behind the title; empty where it says nothing."""
    word = _word(component, "X-ALERTER-STATUS").lower()
    return word if word in _OWN_STATUSES else ""


def _severity(component: Component) -> str:
    """RFC 5545: 1 is the highest, 5 the middle, 9 the lowest, 0 undefined."""
    priority = number(component, "PRIORITY")
    return "high" if 1 <= priority <= 4 else "low" if priority >= 6 else ""


def _tags(component: Component) -> tuple[str, ...]:
    names = (str(name).strip()[:200] for each in every(component, "CATEGORIES") for name in each.cats)
    return tuple(dict.fromkeys(name for name in names if name))


def _owner(component: Component) -> str:
    organizer = first(component, "ORGANIZER")
    if organizer is None:
        return ""
    return str(organizer.params.get("CN", "")) or str(organizer).removeprefix("mailto:").removeprefix("MAILTO:")


def _string(component: Component, name: str) -> str:
    value = first(component, name)
    return str(value).strip() if value is not None else ""


def _word(component: Component, name: str, *, upper: bool = True) -> str:
    text = _string(component, name)
    return text.upper() if upper else text
