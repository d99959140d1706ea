"""The calendar that other programs subscribe to: due dates, and the notices ahead for those who ask.

A UID never changes while a date moves, and SEQUENCE rises with each move: calendar programs follow.
Zone and due time of a deadline, and what became of it, stand in properties of our own, so that `alerter import` reads
back the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from alerter import __version__
from alerter.domain.dates.zone import on_day
from alerter.domain.decisions.record import Known
from alerter.domain.notices.notice import Notice
from alerter.domain.planning.deadline import Certainty, Deadline, Severity, Status
from alerter.domain.planning.due import Due, latest_due, occurrences, sole_due
from alerter.domain.planning.moments import lead_at
from alerter.domain.planning.watchlist import WatchList
from alerter.domain.words.plain_text import web_address
from alerter.domain.words.spoken_time import moment
from alerter.web.desk.lines import Line

if TYPE_CHECKING:
    from icalendar import Alarm, Calendar, Event

MEDIA_TYPE = "text/calendar; charset=utf-8"
BEHIND = timedelta(days=92)
AHEAD = timedelta(days=731)
"""How far back what is closed is listed, and how far ahead a series."""

MOST_OF_SERIES = 60
"""So many occurrences behind, and as many ahead."""

_PRIORITIES = {Severity.CRITICAL: 1, Severity.HIGH: 3, Severity.NORMAL: 5, Severity.LOW: 9}
_CLOSED = {Status.MET: "met", Status.LAPSED: "lapsed"}


def make_feed(
    deadlines: Iterable[Deadline], known: Mapping[str, Known], now: datetime, events: Iterable[Event] = ()
) -> bytes:
    """The bytes of an RFC 5545 calendar with the due dates about `now`, and further events.

    `known` is what the ledger says of the deadlines.
    """
    calendar = _calendar()
    calendar.add("name", "Deadlines")
    calendar.add("x-wr-calname", "Deadlines")
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for deadline in deadlines:
        _filled(calendar, _events(deadline, known.get(deadline.id), now))
    days = [(now - BEHIND).date(), (now + AHEAD).date(), *(event.start for event in calendar.events)]
    calendar.add_missing_timezones(*_range(days))
    return bytes(_filled(calendar, events).to_ical())


def make_notices_file(notices: Sequence[Notice], watch_list: WatchList) -> bytes:
    """A calendar of planned notices alone; importing it twice makes no doubles."""
    return bytes(_filled(_calendar(), notice_events(notices, watch_list)).to_ical())


def notice_events(notices: Iterable[Notice], watch_list: WatchList) -> Iterator[Event]:
    """One event for each notice, at the instant it goes out; UIDs are the notices' ids."""
    from icalendar import Event  # noqa: PLC0415 - much code, of use only to those who subscribe

    for notice in notices:
        deadline = watch_list.deadlines.get(notice.deadline or "")
        event = Event()
        event.add("uid", notice.id)
        event.add("dtstamp", notice.at)
        event.add("dtstart", notice.at)
        title = deadline.title if deadline else str(notice.kind)
        event.add("summary", f"{title} ({notice.lead or str(notice.kind).removeprefix('deadline.')})")
        if deadline and notice.due_at:
            event.add("description", f"Due {moment(notice.due_at, deadline.zone)}; goes to {notice.channel}.")
        event.add("transp", "TRANSPARENT")
        yield event


def _range(days: Iterable[date]) -> tuple[date, date]:
    """The first and the last of days and times, and a day beyond."""
    plain = [day.date() if isinstance(day, datetime) else day for day in days]
    return min(plain) - timedelta(days=1), max(plain) + timedelta(days=1)


def is_listed(deadline: Deadline, now: datetime) -> bool:
    """Whether the feed has an event of it, as far as that can be said quickly."""
    if deadline.repeat is not None:
        return True
    due = sole_due(deadline)
    return due.at >= now - BEHIND or deadline.status is Status.OPEN


def _calendar() -> Calendar:
    from icalendar import Calendar  # noqa: PLC0415 - much code, of use only to those who subscribe

    calendar = Calendar()
    calendar.add("prodid", f"-//alerter//{__version__}//EN")
    calendar.add("version", "2.0")
    return calendar


def _filled(calendar: Calendar, events: Iterable[Event]) -> Calendar:
    for event in events:
        calendar.add_component(event)
    return calendar


def _events(deadline: Deadline, known: Known | None, now: datetime) -> Iterator[Event]:
    if deadline.repeat is None:
        if is_listed(deadline, now):
            yield _event(deadline, sole_due(deadline), f"{deadline.id}@alerter", known, now)
        return
    behind = deque(occurrences(deadline, now - BEHIND, now), MOST_OF_SERIES)
    ahead = islice(occurrences(deadline, now, now + AHEAD), MOST_OF_SERIES)
    for due in (*behind, *ahead):
        yield _event(deadline, due, f"{deadline.id}.{_name(deadline, due)}@alerter", known, now)


def _name(deadline: Deadline, due: Due) -> str:
    """What names one occurrence: its day, which another hour leaves as it is, the second of a day with the time."""
    before = latest_due(deadline, due.at - timedelta(microseconds=1))
    is_first = before is None or before.day != due.day
    return f"{due.day:%Y%m%d}" if is_first else f"{due.local:%Y%m%dT%H%M%S}"


def _event(deadline: Deadline, due: Due, uid: str, known: Known | None, now: datetime) -> Event:
    from icalendar import Event  # noqa: PLC0415 - much code, of use only to those who subscribe

    status = _line(deadline, due, known).status
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", known.record.since if known is not None else now)
    event.add("sequence", len(deadline.history) + (known.record.move_count if known is not None else 0))
    event.add("summary", deadline.title + (f" ({_CLOSED[status]})" if status in _CLOSED else ""))
    event.add("status", _word(deadline, status))
    if status in _CLOSED:  # of which iCalendar has no word for events
        event.add("x-alerter-status", _CLOSED[status])
    event.add("priority", _PRIORITIES[deadline.severity])
    event.add("transp", "TRANSPARENT")
    _place(event, deadline, due)
    _describe(event, deadline)
    if status is Status.OPEN:
        for trigger in _triggers(deadline, due):
            event.add_component(_alarm(deadline.title, trigger))
    return event


def _line(deadline: Deadline, due: Due, known: Known | None) -> Line:
    done = known.actions if known is not None else ()
    return Line(deadline=deadline, due=due, actions=tuple(one for one in done if one.due_key == due.key))


def _word(deadline: Deadline, status: Status) -> str:
    if status is Status.VOID:
        return "CANCELLED"
    return "CONFIRMED" if deadline.certainty is Certainty.CONFIRMED else "TENTATIVE"


def _place(event: Event, deadline: Deadline, due: Due) -> None:
    local = due.local
    if not isinstance(local, datetime):
        event.add("dtstart", local)
        event.add("dtend", local + timedelta(days=1))
        event.add("x-alerter-due-time", deadline.due_time.isoformat())
    elif isinstance(deadline.zone.info, ZoneInfo) and deadline.zone.name != "UTC" and not local.fold:
        event.add("dtstart", local.replace(tzinfo=ZoneInfo(deadline.zone.name)))
    else:
        event.add("dtstart", due.at)
    event.add("x-alerter-timezone", deadline.zone.name)
    event.add("x-alerter-id", deadline.id)


def _describe(event: Event, deadline: Deadline) -> None:
    address = web_address(deadline.link)
    lines = [deadline.note.strip(), f"Owner: {deadline.owner}" if deadline.owner else ""]
    lines += [f"Link: {deadline.link}"] if deadline.link and not address else []
    lines += [f"Earlier: {past.local:%Y-%m-%d} {past.note}".rstrip() for past in deadline.history]
    if text := "\n".join(filter(None, lines)):
        event.add("description", text)
    if deadline.tags:
        event.add("categories", list(deadline.tags))
    if address:
        event.add("url", address)


def _triggers(deadline: Deadline, due: Due) -> list[timedelta]:
    """How long from the event's start each lead before the due instant goes out."""
    start = due.at if isinstance(due.local, datetime) else on_day(due.day, time(), deadline.zone)
    instants = (lead_at(deadline, due, lead) for lead in deadline.leads if not lead.after)
    return sorted({at - start for at in instants if at is not None})


def _alarm(title: str, trigger: timedelta) -> Alarm:
    from icalendar import Alarm  # noqa: PLC0415 - much code, of use only to those who subscribe

    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", trigger)
    return alarm
