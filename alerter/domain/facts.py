"""What a message has to say, as short labelled facts that every channel puts into its own form.

Pure and free of markup; every value is one harmless line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerter.domain.deadline import Certainty, Deadline, Severity
from alerter.domain.due import Due
from alerter.domain.message import ActionTaken, Message
from alerter.domain.notice import Kind, Reason
from alerter.domain.plain_text import one_line
from alerter.domain.spoken_time import countdown, dated, day, lasting, moment, ordinal, when
from alerter.domain.zone import Zone

LATE_FROM = 60
"""Seconds from which a late message says so."""

CERTAINTY = {
    Certainty.TENTATIVE: "Tentative - the date may still change",
    Certainty.LIKELY_EXTENDED: "Likely to be extended again - plan for both",
}
_DONE = {"ack": "Acknowledged", "snooze": "Snoozed", "close": "Closed"}


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a message: a label and what it says; `url` where the value is an address."""

    label: str
    value: str
    url: bool = False


@dataclass(frozen=True, slots=True)
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
    return [*_dates(message, subject), *_circumstances(subject.deadline), *_history(message, subject.deadline.zone)]


def remarks(message: Message) -> list[str]:
    """What is to be said of the message itself: late, perhaps a repeat, sent in place of another."""
    found = []
    if message.late_by >= LATE_FROM:
        found.append(f"This message is {lasting(timedelta(seconds=message.late_by))} late.")
    if message.is_repeat_possible:
        found.append("Repeat possible: you may already have had this message.")
    if message.reason == Reason.FALLBACK:
        found.append("Sent here because another channel could not deliver it.")
    return found


def how_far(message: Message, subject: About) -> str:
    """The countdown to the due date of the message."""
    return countdown(subject.due.at, message.now, subject.deadline.zone, is_date_only=is_date_only(subject.due))


def is_date_only(due: Due) -> bool:
    """Whether the due date names a day and no time."""
    return not isinstance(due.local, datetime)


def move_line(message: Message) -> str | None:
    """`from Wed 17 Sep 2025 to Tue 16 Dec 2025`, where the message tells of a move."""
    if message.moved is None or message.deadline is None:
        return None
    moved, zone = message.moved, message.deadline.zone
    return f"from {dated(moved.before, moved.before_at, zone)} to {dated(moved.after, moved.after_at, zone)}"


def times_moved(moves: int) -> str:
    """`moved for the 4th time`."""
    return f"moved for the {ordinal(moves)} time"


def action_line(action: ActionTaken, zone: Zone) -> str:
    """`Acknowledged by Ana: note`; times in the zone."""
    note = one_line(action.note)
    return f"{_deed(action, zone)}: {note}" if note else _deed(action, zone)


def _dates(message: Message, subject: About) -> Iterator[Fact]:
    deadline, due = subject.deadline, subject.due
    if (move := move_line(message)) is not None:
        yield Fact("Moved", f"{move}{', ' + times_moved(message.moves) if message.moves else ''}")
    yield Fact("Due", f"{when(due, deadline.zone)} ({how_far(message, subject)})")
    if (theirs := _readers_time(due, deadline.zone, message.zone)) is not None:
        yield Fact("Your time", theirs)
    if message.kind is Kind.OPENS and deadline.opens is not None:
        yield Fact("Opens", day(deadline.opens))
    if message.kind is Kind.RECHECK and deadline.checked is not None:
        yield Fact("Last checked", day(deadline.checked))
    if message.moves and message.moved is None:
        yield Fact("Moved", "once so far" if message.moves == 1 else f"{message.moves} times so far")


def _readers_time(due: Due, zone: Zone, readers: Zone) -> str | None:
    # A date-only deadline ends at another hour, often on another date, elsewhere.
    if due.at.astimezone(zone.info).utcoffset() == due.at.astimezone(readers.info).utcoffset():
        return None
    theirs = moment(due.at, readers)
    return f"until {theirs}" if is_date_only(due) else theirs


def _circumstances(deadline: Deadline) -> Iterator[Fact]:
    if deadline.certainty in CERTAINTY:
        yield Fact("Certainty", CERTAINTY[deadline.certainty])
    if deadline.severity in (Severity.HIGH, Severity.CRITICAL):
        yield Fact("Severity", str(deadline.severity))
    for label, value in (("Note", deadline.note), ("Owner", deadline.owner)):
        if value.strip():
            yield Fact(label, one_line(value))
    if link := one_line(deadline.link):
        yield Fact("Link", link, url=link.startswith(("https://", "http://")))


def _history(message: Message, zone: Zone) -> Iterator[Fact]:
    if message.kind is Kind.CLOSED and message.closed_as:
        yield Fact("Closed as", one_line(message.closed_as))
    for action in message.actions:
        note = one_line(action.note)
        yield Fact(_deed(action, zone), f"{note} ({moment(action.at, zone)})" if note else moment(action.at, zone))


def _deed(action: ActionTaken, zone: Zone) -> str:
    done = _DONE.get(action.action, one_line(action.action).capitalize())
    by = one_line(action.by)
    return f"{done}{_detail(action, zone)} by {by}" if by else f"{done}{_detail(action, zone)}"


def _detail(action: ActionTaken, zone: Zone) -> str:
    detail = one_line(action.detail)
    if not detail:
        return ""
    return f" until {_spoken(detail, zone)}" if action.action == "snooze" else f" as {detail}"


def _spoken(text: str, zone: Zone) -> str:
    """An instant in ISO form as a moment in the zone; anything else as it is."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment(at, zone) if at.tzinfo is not None else text
