"""The one sentence of a message: with the title in it for a line alone, or without where the title stands above.

Whole sentences, never pieces put together: other languages order them otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from alerter.domain.messages.agenda import ordered
from alerter.domain.messages.deeds import action_line, status_word
from alerter.domain.messages.facts import About, about, due_words, how_far, move_ends
from alerter.domain.messages.message import Message
from alerter.domain.notices.notice import Kind, Reason
from alerter.domain.words.language import Speech, marked, speak
from alerter.domain.words.plain_text import cut, lines, one_line
from alerter.domain.words.spoken_time import day, is_now, ordinal

TITLE_LIMIT = 200
"""Characters of a title in a subject or a single line; the full text has all of it."""

_ACTION_REASONS = (Reason.ACKNOWLEDGED, Reason.SNOOZED)


@dataclass(frozen=True, slots=True)
class _Case:
    """What a sentence about a deadline is made from."""

    message: Message
    topic: About
    speech: Speech
    title: str

    @property
    def where(self) -> dict[str, str]:
        """What most sentences have places for."""
        due = due_words(self.message, self.topic)
        return {"title": self.title, "countdown": how_far(self.message, self.topic), "when": due}

    @property
    def is_past(self) -> bool:
        """Whether one speaks of the due date in the past tense."""
        due, now = self.topic.due, self.message.now
        return due.at < now and not is_now(due.at, now)


def title(message: Message) -> str:
    """The deadline's title, or the message's own, on one line and bounded."""
    words = message.deadline.title if message.deadline else message.title
    return cut(one_line(words[: 10 * TITLE_LIMIT]), TITLE_LIMIT)


def full_title(message: Message) -> str:
    """The deadline's title on one line, however long; without a deadline as `title`."""
    return one_line(message.deadline.title) if message.deadline else title(message)


def headline(message: Message) -> str:
    """The message in one sentence, without a full stop."""
    topic, speech = about(message), speak(message.language)
    if topic is None:
        return _without_deadline(message, speech) or speech.say("headline", "A deadline")
    return _whole(_Case(message, topic, speech, title(message)))


def heading(message: Message) -> str:
    """What stands above the whole message: the headline, but of what lists deadlines only how many there are."""
    is_list = message.kind in (Kind.BUNDLE, Kind.DIGEST) and bool(message.items)
    return _how_many(message) if is_list else headline(message)


def lead(message: Message) -> str:
    """The same where the title stands above: `Due in 7 days: Mon 10 Nov 2025, 00:01 EST`; empty without a deadline."""
    topic = about(message)
    return "" if topic is None else _short(_Case(message, topic, speak(message.language), title(message)))


def standing_line(message: Message) -> str:
    """How the deadline stands, whatever the time: `Due Mon 10 Nov 2025, 00:01 EST`, `Closed: met`."""
    topic, speech = about(message), speak(message.language)
    if topic is None:
        return headline(message)
    case = _Case(message, topic, speech, title(message))
    if message.kind is Kind.CLOSED:
        return _closed_short(case)
    return speech.say("headline", "Due {when}", when=due_words(message, topic))


def is_about_action(message: Message) -> bool:
    """Whether the message tells the other channels what somebody did; what a snooze put off has a lead."""
    is_of_date = message.kind in (Kind.UPCOMING, Kind.DUE, Kind.OVERDUE) and message.lead is None
    return is_of_date and message.reason in _ACTION_REASONS


def _whole(case: _Case) -> str:
    if is_about_action(case.message) and case.message.actions:
        return f"{case.title}: {_last_action(case)}"
    return _WHOLE.get(case.message.kind, _due)(case)


def _short(case: _Case) -> str:
    if is_about_action(case.message) and case.message.actions:
        return _last_action(case)
    return _SHORT.get(case.message.kind, _due_short)(case)


def _last_action(case: _Case) -> str:
    return action_line(case.message.actions[-1], case.topic.deadline.zone, case.speech)


def _due(case: _Case) -> str:
    if case.is_past:
        return case.speech.say("headline", "{title} was due {countdown}: {when}", **case.where)
    return case.speech.say("headline", "{title} is due {countdown}: {when}", **case.where)


def _due_short(case: _Case) -> str:
    if case.is_past:
        return case.speech.say("headline", "Was due {countdown}: {when}", **case.where)
    return case.speech.say("headline", "Due {countdown}: {when}", **case.where)


def _moved(case: _Case) -> str:
    ends, speech = move_ends(case.message), case.speech
    if ends is None:
        return speech.say("headline", "{title} has moved to {when}", **case.where)
    old, new = ends
    if not case.message.moves:
        return speech.say("headline", "{title} has moved from {old} to {new}", title=case.title, old=old, new=new)
    words = marked("headline", "{title} has moved from {old} to {new}, moved for the {nth} time")
    return speech.say(*words, title=case.title, old=old, new=new, nth=_nth(case))


def _moved_short(case: _Case) -> str:
    ends, speech = move_ends(case.message), case.speech
    if ends is None:
        return speech.say("headline", "Moved to {when}", **case.where)
    old, new = ends
    if not case.message.moves:
        return speech.say("headline", "Moved from {old} to {new}", old=old, new=new)
    return speech.say("headline", "Moved from {old} to {new}, for the {nth} time", old=old, new=new, nth=_nth(case))


def _nth(case: _Case) -> str:
    return ordinal(case.message.moves, case.speech.code)


def _closed(case: _Case) -> str:
    known = {"title": case.title, "status": _closed_as(case)}
    if not case.message.actions:
        return case.speech.say("headline", "{title} is closed: {status}", **known)
    return case.speech.say("headline", "{title} is closed: {status} ({deed})", **known, deed=_last_action(case))


def _closed_short(case: _Case) -> str:
    if not case.message.actions:
        return case.speech.say("headline", "Closed: {status}", status=_closed_as(case))
    return case.speech.say("headline", "Closed: {status} ({deed})", status=_closed_as(case), deed=_last_action(case))


def _closed_as(case: _Case) -> str:
    status = case.message.closed_as
    return status_word(status, case.speech) if status else case.speech.say("status", "no more notices")


def _opens(case: _Case) -> str:
    opens = case.topic.deadline.opens
    if opens is None:
        return case.speech.say("headline", "{title} opens and is due {countdown}: {when}", **case.where)
    words = marked("headline", "{title} opens on {day} and is due {countdown}: {when}")
    return case.speech.say(*words, **case.where, day=day(opens, case.speech.code))


def _opens_short(case: _Case) -> str:
    opens = case.topic.deadline.opens
    if opens is None:
        return case.speech.say("headline", "Opens now; due {countdown}: {when}", **case.where)
    words = marked("headline", "Opens on {day}; due {countdown}: {when}")
    return case.speech.say(*words, **case.where, day=day(opens, case.speech.code))


def _recheck(case: _Case) -> str:
    checked = case.topic.deadline.checked
    if checked is None:
        return case.speech.say("headline", "{title} - please check that the date still holds: {when}", **case.where)
    words = marked("headline", "{title} - please check that the date still holds (last checked {day}): {when}")
    return case.speech.say(*words, **case.where, day=day(checked, case.speech.code))


def _recheck_short(case: _Case) -> str:
    return case.speech.say("headline", "Please check that this date still holds: {when}", **case.where)


def _without_deadline(message: Message, speech: Speech) -> str:
    if message.kind is Kind.DIGEST and not message.items:
        return speech.say("headline", "Nothing is due")
    if message.kind in (Kind.BUNDLE, Kind.DIGEST):
        return speech.say("headline", "{number}: {titles}", number=_how_many(message), titles=titles(message))
    if title(message):
        return title(message)
    if message.kind is Kind.TEST:
        words = marked("headline", 'This is a test of the channel "{channel}"; nothing is due')
        return speech.say(*words, channel=one_line(message.channel))
    if message.kind is Kind.PROBLEM:
        return lines(message.text).partition("\n")[0] or speech.say("headline", "The alerter has a problem")
    return ""


def titles(message: Message) -> str:
    """What a bundle or digest is about: the first three, and how many more."""
    names = [title(item) for item in _listed(message)]
    shown, rest = "; ".join(names[:3]), len(names) - 3
    if rest <= 0:
        return shown
    speech = speak(message.language)
    return speech.count("headline", "{titles} and {n} more", "{titles} and {n} more", rest, titles=shown)


def _listed(message: Message) -> list[Message]:
    """Its items in the order of reading, the first about each deadline: of a series it may list several dates."""
    firsts: dict[str, Message] = {}
    for item in ordered(message.items):
        firsts.setdefault(item.deadline.id if item.deadline else item.id, item)
    return list(firsts.values())


def _how_many(message: Message) -> str:
    """How many deadlines it lists, and what has become of them where that is the same of all."""
    number, speech = len(_listed(message)), speak(message.language)
    kinds = {item.kind for item in message.items}
    if kinds == {Kind.MOVED}:
        return speech.count("number", "{n} deadline has moved", "{n} deadlines have moved", number)
    if kinds == {Kind.CLOSED}:
        return speech.count("number", "{n} deadline is closed", "{n} deadlines are closed", number)
    return deadlines(number, speech)


def deadlines(number: int, speech: Speech) -> str:
    """`1 deadline`, `3 deadlines`."""
    return speech.count("number", "{n} deadline", "{n} deadlines", number)


_WHOLE: dict[Kind, Callable[[_Case], str]] = {
    Kind.MOVED: _moved,
    Kind.CLOSED: _closed,
    Kind.OPENS: _opens,
    Kind.RECHECK: _recheck,
}
_SHORT: dict[Kind, Callable[[_Case], str]] = {
    Kind.MOVED: _moved_short,
    Kind.CLOSED: _closed_short,
    Kind.OPENS: _opens_short,
    Kind.RECHECK: _recheck_short,
}
