"""Planned notices as an iCalendar file: one event per notice, at the instant it goes out."""

from __future__ import annotations

from collections.abc import Sequence

from icalendar import Calendar, Event

from alerter import __version__
from alerter.domain.notice import Notice
from alerter.domain.spoken_time import moment
from alerter.domain.watchlist import WatchList


def make_calendar_file(notices: Sequence[Notice], watch_list: WatchList) -> bytes:
    """The bytes of an RFC 5545 calendar; UIDs are the notices' ids, so that importing twice makes no doubles."""
    calendar = Calendar()
    calendar.add("prodid", f"-//alerter//{__version__}//EN")
    calendar.add("version", "2.0")
    for notice in notices:
        calendar.add_component(_make_event(notice, watch_list))
    return bytes(calendar.to_ical())


def _make_event(notice: Notice, watch_list: WatchList) -> Event:
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
    return event
