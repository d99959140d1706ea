"""Messages in words: subject, one line, full text. Plain text, in the message's language, the same on every channel.

Pure: the time is `message.now`, and nothing here knows of any channel's markup.
"""

from __future__ import annotations

from textwrap import indent

from alerter.domain.messages.agenda import agenda
from alerter.domain.messages.deeds import LINKS, acknowledging, action_line, status_word
from alerter.domain.messages.facts import About, Fact, about, due_words, facts, is_date_only, remarks
from alerter.domain.messages.message import Message
from alerter.domain.messages.sentences import (
    TITLE_LIMIT,
    full_title,
    heading,
    headline,
    is_about_action,
    lead,
    standing_line,
    title,
    titles,
)
from alerter.domain.notices.notice import Kind, Reason
from alerter.domain.planning.deadline import Certainty
from alerter.domain.words.language import Speech, marked, speak
from alerter.domain.words.plain_text import cut, lines, one_line
from alerter.domain.words.spoken_time import calendar_days, countdown, distance, is_now, when

__all__ = [
    "agenda",
    "countdown",
    "full_title",
    "heading",
    "headline",
    "hint",
    "is_about_action",
    "item_link",
    "item_words",
    "lead",
    "line",
    "links",
    "paragraphs",
    "standing_line",
    "subject",
    "tag",
    "text",
    "title",
    "when",
]

_ACKNOWLEDGEABLE = (Kind.UPCOMING, Kind.DUE, Kind.OVERDUE, Kind.MOVED, Kind.OPENS, Kind.RECHECK)


def subject(message: Message) -> str:
    """`[7 days] Title - Mon 10 Nov 2025, 00:01 EST`: what a mail program lists; one line, bounded."""
    topic = about(message)
    if topic is None:
        said = titles(message) if message.kind is Kind.BUNDLE else headline(message)
        return f"[{tag(message)}] {cut(said, TITLE_LIMIT)}"
    return f"[{tag(message)}] {title(message)} - {due_words(message, topic)}"


def tag(message: Message) -> str:
    """What stands in the subject's brackets: `7 days`, `due today`, `overdue by 2 days`, `moved`, `3 deadlines`."""
    speech = speak(message.language)
    if message.kind in _FIXED_TAGS:
        return speech.say(*_FIXED_TAGS[message.kind])
    if message.kind is Kind.CLOSED:
        status = message.closed_as
        told = status_word(status, speech) if status else speech.say("status", "no more notices")
        return speech.say("tag", "closed: {status}", status=told)
    if message.kind is Kind.BUNDLE:
        return heading(message)
    if message.kind is Kind.DIGEST:
        return title(message) or speech.say("tag", "digest")
    if is_about_action(message):
        return speech.say(*_ACTION_TAGS[message.reason or ""])
    topic = about(message)
    return speech.say("tag", "reminder") if topic is None else _time_tag(message, topic, speech)


def line(message: Message) -> str:
    """The message as one line a person can read."""
    extras = [*_deeds(message), *_likely(message, speak(message.language)), *remarks(message)]
    return " ".join([_ended(headline(message)), *extras])


def text(message: Message) -> str:
    """The whole message as plain text, one fact a line, ending without a line break."""
    parts = [_ended(heading(message)), _body(message), "\n".join(remarks(message)), _offers(message)]
    return "\n\n".join(part for part in parts if part)


def links(message: Message) -> list[Fact]:
    """The message's own links, labelled, in the order they are offered."""
    speech = speak(message.language)
    return [Fact(speech.say(*LINKS[name]), address, url=True) for name, address in message.links.offered().items()]


def item_link(item: Message) -> Fact | None:
    """The one link beside an entry of a bundle or digest: to acknowledge, or where that is not offered to its page."""
    found = links(item)
    return next(iter(found if item.links.ack else reversed(found)), None)


def hint(message: Message) -> str:
    """What acknowledging would stop, where the message offers it; else empty."""
    is_answered = any(action.action in ("ack", "close") for action in message.actions)
    is_offered = bool(message.links.ack) and message.kind in _ACKNOWLEDGEABLE and not is_answered
    return acknowledging(message.deadline, speak(message.language)) if message.deadline and is_offered else ""


def item_words(item: Message) -> str:
    """One entry of a bundle or digest on one line: how it moved, or who did something about it."""
    if item.deadline is not None and item.moved is not None:
        note = cut(one_line(item.deadline.note), TITLE_LIMIT)
        return " ".join(filter(None, [f"[{tag(item)}] {title(item)} - {_ended(lead(item))}", note]))
    zone = item.deadline.zone if item.deadline else item.zone
    said = f" ({action_line(item.actions[-1], zone, speak(item.language))})" if item.actions else ""
    return f"{subject(item)}{said}"


def paragraphs(message: Message) -> str:
    """The message's own text, of a test or a problem; empty where the headline has said it."""
    body = lines(message.text)
    return "" if body == headline(message) else body


def _time_tag(message: Message, topic: About, speech: Speech) -> str:
    due, zone, now = topic.due, topic.deadline.zone, message.now
    is_day = is_date_only(due)
    apart = distance(due.at, now, zone, is_date_only=is_day, language=speech.code)
    if is_day and due.at >= now and not calendar_days(due.at, now, zone):
        return speech.say("tag", "due today")
    if is_now(due.at, now) and not is_day:
        return speech.say("tag", "due now")
    return speech.say("tag", "overdue by {time}", time=apart) if now > due.at else apart


def _body(message: Message) -> str:
    if message.kind in (Kind.BUNDLE, Kind.DIGEST):
        return "\n\n".join(_agenda_lines(heading, group) for heading, group in agenda(message.items))
    if message.deadline is None:
        return paragraphs(message)
    return "\n".join(_labelled(fact) for fact in [*_uncut(message), *facts(message)])


def _labelled(fact: Fact) -> str:
    """`Note: one line`; where it has several, each on a line of its own below."""
    is_long = "\n" in fact.value
    return f"{fact.label}:\n{indent(fact.value, '  ')}" if is_long else f"{fact.label}: {fact.value}"


def _uncut(message: Message) -> list[Fact]:
    """The whole title, where the headline has a part of it."""
    full = full_title(message)
    return [Fact(speak(message.language).say("label", "Title"), full)] if full != title(message) else []


def _agenda_lines(heading: str, group: list[Message]) -> str:
    return "\n".join([heading, *(f"- {_item(item)}" for item in group)])


def _item(item: Message) -> str:
    link = item_link(item)
    return item_words(item) if link is None else f"{item_words(item)}\n  {link.label}: {link.value}"


def _offers(message: Message) -> str:
    offered = [f"{link.label}: {link.value}" for link in links(message)]
    return "\n".join([*offered, *filter(None, [hint(message)])])


def _deeds(message: Message) -> list[str]:
    """Who did what, but for what the headline says of it."""
    if message.deadline is None:
        return []
    zone, speech = message.deadline.zone, speak(message.language)
    is_last_told = message.kind is Kind.CLOSED or is_about_action(message)
    untold = message.actions[:-1] if is_last_told else message.actions
    return [_ended(action_line(action, zone, speech)) for action in untold]


def _likely(message: Message, speech: Speech) -> list[str]:
    deadline = message.deadline
    if deadline is None or deadline.certainty is Certainty.CONFIRMED or message.kind is Kind.CLOSED:
        return []
    if deadline.certainty is Certainty.LIKELY_EXTENDED:
        return [speech.say("certainty", "Likely to be extended again.")]
    return [speech.say("certainty", "Tentative.")]


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence}."


_FIXED_TAGS = {
    Kind.OPENS: marked("tag", "opens"),
    Kind.MOVED: marked("tag", "moved"),
    Kind.RECHECK: marked("tag", "please re-check"),
    Kind.TEST: marked("tag", "test"),
    Kind.PROBLEM: marked("tag", "problem"),
}
_ACTION_TAGS: dict[str, tuple[str, str]] = {
    Reason.ACKNOWLEDGED: marked("tag", "acknowledged"),
    Reason.SNOOZED: marked("tag", "snoozed"),
}
