"""What a message has to say, as short labelled facts that every channel puts into its own form.

Pure and free of markup; every value is one harmless line (of the note: its own lines), in the language of the message.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from alerter.domain.dates.zone import Zone
from alerter.domain.messages.deeds import deed, status_word
from alerter.domain.messages.message import Message
from alerter.domain.notices.notice import Kind, Reason
from alerter.domain.planning.deadline import Certainty, Deadline, Severity
from alerter.domain.planning.due import Due
from alerter.domain.value import value
from alerter.domain.words.language import Speech, marked, speak
from alerter.domain.words.plain_text import lines, one_line, web_address
from alerter.domain.words.spoken_time import city, countdown, day, lasting, moment, ordinal, when, zone_name

LATE_FROM = 60
"""Seconds from which a late message says so."""


class Topic(StrEnum):
    """What a fact is about, for forms that give some a place of their own."""

    DUE = "due"
    READERS_TIME = "readers-time"
    MOVED = "moved"
    CERTAINTY = "certainty"
    SEVERITY = "severity"
    NOTE = "note"
    LINK = "link"
    DEED = "deed"
    NEXT = "next"
    OTHER = "other"


@value(frozen=True, slots=True)
class Fact:
    """One line of a message: a label and what it says; `url` where the value is an address."""

    label: str
    value: str
    url: bool = False
    topic: Topic = Topic.OTHER


@value(frozen=True, slots=True)
class About:
    """The deadline of a message together with its due date."""

    deadline: Deadline
    due: Due


def about(message: Message) -> About | None:
    """The deadline and due date of the message, None where it is about none."""
    if message.deadline is None or message.due is None:
        return None
    return About(message.deadline, message.due)


def facts(message: Message) -> list[Fact]:
    """The facts of a message about one deadline, in the order of reading; empty for any other."""
    subject = about(message)
    if subject is None:
        return []
    speech = speak(message.language)
    return [
        *_dates(message, subject, speech),
        *_moves(message, speech),
        *_certainty(message, subject.deadline, speech),
        *_matter(subject.deadline, speech),
        *_history(message, subject.deadline.zone, speech),
        *_next(message, speech),
    ]


def remarks(message: Message) -> list[str]:
    """What is to be said of the message itself: late, perhaps a repeat, sent in place of another."""
    speech = speak(message.language)
    found = []
    if message.late_by >= LATE_FROM:
        late = lasting(timedelta(seconds=message.late_by), message.language)
        found.append(speech.say("remark", "This message is {time} late.", time=late))
    if message.is_repeat_possible:
        found.append(speech.say("remark", "Repeat possible: you may already have had this message."))
    if message.reason == Reason.FALLBACK:
        found.append(speech.say("remark", "Sent here because another channel could not deliver it."))
    return found


def how_far(message: Message, subject: About) -> str:
    """The countdown to the due date of the message."""
    return countdown(
        subject.due.at,
        message.now,
        subject.deadline.zone,
        is_date_only=is_date_only(subject.due),
        language=message.language,
    )


def is_date_only(due: Due) -> bool:
    """Whether the due date names a day and no time."""
    return not isinstance(due.local, datetime)


def due_words(message: Message, subject: About) -> str:
    """`Mon 10 Nov 2025, 00:01 EST`: the due date on the deadline's own clock."""
    return when(subject.due, subject.deadline.zone, message.language)


def move_line(message: Message) -> str | None:
    """`from Wed 17 Sep 2025 to Tue 16 Dec 2025`, where the message tells of a move."""
    ends = move_ends(message)
    return (
        None if ends is None else speak(message.language).say("move", "from {old} to {new}", old=ends[0], new=ends[1])
    )


def move_ends(message: Message) -> tuple[str, str] | None:
    """The old date and the new one, in words."""
    if message.moved is None or message.deadline is None:
        return None
    moved, zone, language = message.moved, message.deadline.zone, message.language
    return when(moved.before, zone, language), when(moved.after, zone, language)


def times_moved(moves: int, language: str) -> str:
    """`moved for the 4th time`."""
    return speak(language).say("move", "moved for the {nth} time", nth=ordinal(moves, language))


def _dates(message: Message, subject: About, speech: Speech) -> Iterator[Fact]:
    deadline, due = subject.deadline, subject.due
    theirs = _readers_time(due, deadline.zone, message.zone, speech)
    place = _place(due, deadline.zone, speech) if theirs else ""
    exact = speech.say(
        "due", "{when} ({countdown})", when=due_words(message, subject), countdown=how_far(message, subject)
    )
    label = speech.say("label", "Due ({city})", city=place) if place else speech.say("label", "Due")
    yield Fact(label, exact, topic=Topic.DUE)
    if theirs is not None:
        place = city(message.zone, speech.code)
        own = speech.say("label", "Your time ({city})", city=place) if place else speech.say("label", "Your time")
        yield Fact(own, theirs, topic=Topic.READERS_TIME)
    if message.kind is Kind.OPENS and deadline.opens is not None:
        yield Fact(speech.say("label", "Opens"), day(deadline.opens, speech.code))


def _place(due: Due, zone: Zone, speech: Speech) -> str:
    """Where the due date is meant; the name of its zone where there is no city and none stands behind the date."""
    is_named = not is_date_only(due) or zone.is_anywhere
    return city(zone, speech.code) or ("" if is_named else zone_name(due.at, zone))


def _readers_time(due: Due, zone: Zone, readers: Zone, speech: Speech) -> str | None:
    # A date-only deadline ends at another hour, often on another date, elsewhere.
    if due.at.astimezone(zone.info).utcoffset() == due.at.astimezone(readers.info).utcoffset():
        return None
    theirs = moment(due.at, readers, speech.code)
    return speech.say("end of a day", "until {moment}", moment=theirs) if is_date_only(due) else theirs


def _moves(message: Message, speech: Speech) -> Iterator[Fact]:
    label = speech.say("label", "Moved")
    if (move := move_line(message)) is not None:
        times = f", {times_moved(message.moves, speech.code)}" if message.moves else ""
        yield Fact(label, f"{move}{times}", topic=Topic.MOVED)
    elif message.moves == 1:
        yield Fact(label, speech.say("move", "once so far"), topic=Topic.MOVED)
    elif message.moves:
        said = speech.count("move", "{n} time so far", "{n} times so far", message.moves)
        yield Fact(label, said, topic=Topic.MOVED)


def _certainty(message: Message, deadline: Deadline, speech: Speech) -> Iterator[Fact]:
    if message.kind is Kind.CLOSED:  # nobody plans for it any more
        return
    if deadline.certainty in _CERTAINTY:
        said = speech.say(*_CERTAINTY[deadline.certainty])
        yield Fact(speech.say("label", "Certainty"), said, topic=Topic.CERTAINTY)
    if deadline.checked is not None:
        yield Fact(speech.say("label", "Last checked"), day(deadline.checked, speech.code), topic=Topic.CERTAINTY)


def _matter(deadline: Deadline, speech: Speech) -> Iterator[Fact]:
    if deadline.severity in _SEVERITY:
        said = speech.say(*_SEVERITY[deadline.severity])
        yield Fact(speech.say("label", "Severity"), said, topic=Topic.SEVERITY)
    if deadline.note.strip():
        yield Fact(speech.say("label", "Note"), lines(deadline.note), topic=Topic.NOTE)
    if deadline.owner.strip():
        yield Fact(speech.say("label", "Owner"), one_line(deadline.owner))
    if link := one_line(deadline.link):
        yield Fact(speech.say("label", "Link"), link, url=bool(web_address(link)), topic=Topic.LINK)


def _history(message: Message, zone: Zone, speech: Speech) -> Iterator[Fact]:
    if message.kind is Kind.CLOSED and message.closed_as:
        yield Fact(speech.say("label", "Closed as"), status_word(message.closed_as, speech))
    for action in message.actions:
        note, at = one_line(action.note), moment(action.at, zone, speech.code)
        yield Fact(deed(action, zone, speech), f"{note} ({at})" if note else at, topic=Topic.DEED)


def _next(message: Message, speech: Speech) -> Iterator[Fact]:
    if message.next_at is not None:
        said = moment(message.next_at, message.zone, speech.code)
        yield Fact(speech.say("label", "Next notice"), said, topic=Topic.NEXT)


_CERTAINTY = {
    Certainty.TENTATIVE: marked("certainty", "Tentative - the date may still change"),
    Certainty.LIKELY_EXTENDED: marked("certainty", "Likely to be extended again - plan for both"),
}
_SEVERITY = {Severity.HIGH: marked("severity", "high"), Severity.CRITICAL: marked("severity", "critical")}
