"""What people may do about a deadline, and what they did, in words: who acknowledged it, until when it sleeps.

Pure; names and notes from outside come out as harmless single lines.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from alerter.domain.dates.zone import Zone
from alerter.domain.decisions.acting import ends_leads
from alerter.domain.decisions.record import Action
from alerter.domain.messages.message import ActionTaken, Message
from alerter.domain.notices.notice import Kind
from alerter.domain.planning.deadline import Deadline, Status
from alerter.domain.words.language import Speech, marked
from alerter.domain.words.names import status_name
from alerter.domain.words.plain_text import one_line
from alerter.domain.words.spoken_time import moment
from alerter.domain.words.statement import spoken

LINKS = {
    "ack": marked("button", "Acknowledge"),
    "snooze": marked("button", "Snooze"),
    "close": marked("button", "Close"),
    "page": marked("button", "Details"),
}
"""What the links of a message are called, by name."""


def actions_offered(message: Message) -> Collection[str]:
    """What a reader of the message may want to do: nothing more about what is closed, no snooze of what is due."""
    deadline, due = message.deadline, message.due
    if deadline is None or due is None or deadline.status is not Status.OPEN or message.kind is Kind.CLOSED:
        return ()
    done = {action.action for action in message.actions}
    if "close" in done:
        return ()
    offered = {"ack", "close"} if due.at <= message.now else {"ack", "snooze", "close"}
    return offered - (done & {"ack"})


def taken(action: Action) -> ActionTaken:
    """What the ledger keeps of an action, as messages tell it."""
    detail = action.until.isoformat() if action.until else action.status.value if action.status else ""
    return ActionTaken(at=action.at, action=action.action, by=action.by, note=action.note, detail=detail)


def deed(action: ActionTaken, zone: Zone, speech: Speech) -> str:
    """`Acknowledged by Ana`, `Snoozed until Tue 4 Nov 2025, 09:00 EST by Ana`, `Closed as met`."""
    by, detail = one_line(action.by), _detail(action, zone, speech)
    words = _DEEDS.get((action.action, bool(detail), bool(by)))
    if words is None:
        return one_line(action.action).capitalize()
    return speech.say(*words, name=by, detail=detail)


def action_line(action: ActionTaken, zone: Zone, speech: Speech) -> str:
    """`Acknowledged by Ana: note`; times in the zone."""
    note = one_line(action.note)
    return f"{deed(action, zone, speech)}: {note}" if note else deed(action, zone, speech)


def status_word(status: str, speech: Speech) -> str:
    """`met`, `lapsed`, `void`; any other word as it is."""
    return spoken(status_name(one_line(status)), speech)


def acknowledging(deadline: Deadline, speech: Speech) -> str:
    """What acknowledging would stop, in a sentence."""
    if ends_leads(deadline):
        return speech.say("hint", "Acknowledging ends all further reminders of this date.")
    return speech.say("hint", "Acknowledging ends the overdue reminders and the escalation; the others still come.")


def _detail(action: ActionTaken, zone: Zone, speech: Speech) -> str:
    detail = one_line(action.detail)
    if action.action == "snooze":
        return _spoken(detail, zone, speech)
    return status_word(detail, speech) if action.action == "close" else ""


def _spoken(text: str, zone: Zone, speech: Speech) -> str:
    """An instant in ISO form as a moment in the zone; anything else as it is."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment(at, zone, speech.code) if at.tzinfo is not None else text


# By action, whether there is a time or a status, and whether there is a name.
_DEEDS = {
    ("ack", False, False): marked("deed", "Acknowledged"),
    ("ack", False, True): marked("deed", "Acknowledged by {name}"),
    ("snooze", False, False): marked("deed", "Snoozed"),
    ("snooze", False, True): marked("deed", "Snoozed by {name}"),
    ("snooze", True, False): marked("deed; detail is a time", "Snoozed until {detail}"),
    ("snooze", True, True): marked("deed; detail is a time", "Snoozed until {detail} by {name}"),
    ("close", False, False): marked("deed", "Closed"),
    ("close", False, True): marked("deed", "Closed by {name}"),
    ("close", True, False): marked("deed; detail is met, lapsed or void", "Closed as {detail}"),
    ("close", True, True): marked("deed; detail is met, lapsed or void", "Closed as {detail} by {name}"),
}
