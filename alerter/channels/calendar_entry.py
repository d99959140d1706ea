"""The calendar entry that goes with a mail: one event for each due date, the same one however often it is told."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from alerter.domain.messages.message import Message
from alerter.domain.messages.wording import title
from alerter.domain.planning.deadline import Certainty, Deadline, Status
from alerter.domain.planning.due import Due
from alerter.domain.words.language import speak
from alerter.domain.words.plain_text import cut, lines, one_line, web_address

if TYPE_CHECKING:
    from icalendar import Event

_NOTE_LIMIT = 4_000


def calendar_entry(message: Message) -> bytes | None:
    """An iCalendar file with the due dates of the message and its items; None where it has none."""
    from icalendar import Calendar  # noqa: PLC0415 - takes long: only who writes mails needs it

    events = [event for told in (message, *message.items) if (event := _event(told)) is not None]
    if not events:
        return None
    calendar = Calendar()
    calendar.add("prodid", "-//alerter//deadlines//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _event(message: Message) -> Event | None:
    deadline, due = message.deadline, message.due
    if deadline is None or due is None:
        return None
    from icalendar import Event  # noqa: PLC0415 - as above

    event = Event()
    event.add("uid", _uid(deadline, due))
    event.add("dtstamp", message.planned_at)
    event.add("sequence", message.moves)
    event.add("summary", title(message))
    _place(event, due)
    event.add("transp", "TRANSPARENT")
    event.add("status", _status(message, deadline))
    if note := _description(deadline, message.language):
        event.add("description", note)
    if link := web_address(deadline.link):
        event.add("url", link)
    return event


def _uid(deadline: Deadline, due: Due) -> str:
    # As in the feed. A date that moves keeps it, and SEQUENCE rises: calendars change the entry they have.
    return f"{deadline.id}.{due.day:%Y%m%d}@alerter" if deadline.repeat else f"{deadline.id}@alerter"


def _status(message: Message, deadline: Deadline) -> str:
    if Status.VOID in (message.closed_as, deadline.status):
        return "CANCELLED"
    return "CONFIRMED" if deadline.certainty is Certainty.CONFIRMED else "TENTATIVE"


def _place(event: Event, due: Due) -> None:
    if isinstance(due.local, datetime):
        event.add("dtstart", due.at)
        return
    day: date = due.local
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))


def _description(deadline: Deadline, language: str) -> str:
    speech = speak(language)
    owner = f"{speech.say('label', 'Owner')}: {one_line(deadline.owner)}" if deadline.owner.strip() else ""
    return "\n".join(filter(None, [cut(lines(deadline.note), _NOTE_LIMIT), owner]))
