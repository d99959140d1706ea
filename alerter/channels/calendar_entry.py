"""The calendar entry that goes with a mail: one event for each due date, the same one however often it is told."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from alerter.domain.deadline import Deadline
from alerter.domain.due import Due
from alerter.domain.message import Message
from alerter.domain.notice import notice_id
from alerter.domain.plain_text import cut, one_line
from alerter.domain.wording import title

if TYPE_CHECKING:
    from icalendar import Event

_NOTE_LIMIT = 4_000


def calendar_entry(message: Message, domain: str) -> bytes | None:
    """An iCalendar file with the due dates of the message and its items; None where it has none."""
    from icalendar import Calendar  # noqa: PLC0415 - takes long: only who writes mails needs it

    events = [event for told in (message, *message.items) if (event := _event(told, domain)) is not None]
    if not events:
        return None
    calendar = Calendar()
    calendar.add("prodid", "-//alerter//deadlines//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _event(message: Message, domain: str) -> Event | None:
    deadline, due = message.deadline, message.due
    if deadline is None or due is None:
        return None
    from icalendar import Event  # noqa: PLC0415 - as above

    event = Event()
    event.add("uid", f"{deadline.id}.{notice_id('calendar', deadline.id, due.key)[4:]}@{domain}")
    event.add("dtstamp", message.planned_at)
    event.add("sequence", message.moves)
    event.add("summary", title(message))
    _place(event, due)
    event.add("transp", "TRANSPARENT")
    if note := _description(deadline):
        event.add("description", note)
    if link := one_line(deadline.link):
        event.add("url", link)
    return event


def _place(event: Event, due: Due) -> None:
    if isinstance(due.local, datetime):
        event.add("dtstart", due.at)
        return
    day: date = due.local
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))


def _description(deadline: Deadline) -> str:
    owner = f"Owner: {one_line(deadline.owner)}" if deadline.owner.strip() else ""
    return "\n".join(filter(None, [cut(one_line(deadline.note), _NOTE_LIMIT), owner]))
