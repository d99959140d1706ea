"""Messages in words: subject, one line, full text. Plain text, in English, the same on every channel.

Pure: the time is `message.now`, and nothing here knows of any channel's markup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import groupby

from alerter.domain.deadline import Certainty, Deadline
from alerter.domain.facts import (
    About,
    Fact,
    about,
    action_line,
    facts,
    how_far,
    is_date_only,
    move_line,
    remarks,
    times_moved,
)
from alerter.domain.message import Message
from alerter.domain.notice import Kind, Reason
from alerter.domain.plain_text import cut, lines, one_line
from alerter.domain.spoken_time import calendar_days, countdown, counted, day, distance, when

__all__ = ["countdown", "headline", "line", "links", "subject", "tag", "text", "title", "when"]

TITLE_LIMIT = 200
"""Characters of a title in a subject or a single line; the full text has all of it."""

LINKS = {"ack": "Acknowledge", "snooze": "Snooze", "close": "Close", "page": "Details"}
_ACTION_REASONS = (Reason.ACKNOWLEDGED, Reason.SNOOZED)


def subject(message: Message) -> str:
    """`[7 days] Title - Mon 10 Nov 2025, 00:01 EST`: what a mail program lists; one line, bounded."""
    topic = about(message)
    if topic is None:
        return f"[{tag(message)}] {cut(headline(message), TITLE_LIMIT)}"
    return f"[{tag(message)}] {title(message)} - {when(topic.due, topic.deadline.zone)}"


def title(message: Message) -> str:
    """The deadline's title, or the message's own, on one line and bounded."""
    words = message.deadline.title if message.deadline else message.title
    return cut(one_line(words[: 10 * TITLE_LIMIT]), TITLE_LIMIT)


def tag(message: Message) -> str:
    """What stands in the subject's brackets: `7 days`, `due today`, `overdue by 2 days`, `moved`, `3 deadlines`."""
    if message.kind in _FIXED_TAGS:
        return _FIXED_TAGS[message.kind]
    if message.kind is Kind.CLOSED:
        return f"closed: {one_line(message.closed_as or 'no more notices')}"
    if message.kind is Kind.BUNDLE:
        return counted(len(message.items), "deadline")
    if message.kind is Kind.DIGEST:
        return title(message) or "digest"
    if is_about_action(message):
        return str(message.reason)
    topic = about(message)
    return "reminder" if topic is None else _time_tag(message, topic)


def line(message: Message) -> str:
    """The message as one line a person can read."""
    extras = [*_likely(message.deadline), *remarks(message)]
    return " ".join([_ended(headline(message)), *extras])


def headline(message: Message) -> str:
    """The message in one sentence, without a full stop."""
    topic = about(message)
    if topic is not None:
        return _about_deadline(message, topic)
    return _HEADLINES.get(message.kind, title)(message) or "A deadline"


def text(message: Message) -> str:
    """The whole message as plain text, one fact a line, ending without a line break."""
    parts = [_ended(headline(message)), _body(message), "\n".join(remarks(message)), _link_lines(message)]
    return "\n\n".join(part for part in parts if part)


def links(message: Message) -> list[Fact]:
    """The message's own links, labelled, in the order they are offered."""
    return [Fact(LINKS[name], address, url=True) for name, address in message.links.offered().items()]


def agenda(items: Iterable[Message]) -> list[tuple[str, list[Message]]]:
    """The items of a bundle or digest under headings: what has passed first, then day by day."""
    ordered = sorted(items, key=_agenda_key)
    return [(heading, list(group)) for heading, group in groupby(ordered, key=_agenda_heading)]


def is_about_action(message: Message) -> bool:
    """Whether the message tells the other channels what somebody did."""
    return message.reason in _ACTION_REASONS and message.kind in (Kind.UPCOMING, Kind.DUE, Kind.OVERDUE)


def _time_tag(message: Message, topic: About) -> str:
    due, zone, now = topic.due, topic.deadline.zone, message.now
    apart = distance(due.at, now, zone, is_date_only=is_date_only(due))
    if now > due.at:
        return "due now" if how_far(message, topic) == "now" else f"overdue by {apart}"
    if is_date_only(due):
        return apart if calendar_days(due.at, now, zone) else "due today"
    return "due now" if how_far(message, topic) == "now" else apart


def _about_deadline(message: Message, topic: About) -> str:
    if is_about_action(message) and message.actions:
        return f"{title(message)}: {action_line(message.actions[-1], topic.deadline.zone)}"
    sentence = _SENTENCES.get(message.kind, _due_sentence)
    return f"{title(message)} {sentence(message, topic)}"


def _due_sentence(message: Message, topic: About) -> str:
    verb = "was" if message.now > topic.due.at and how_far(message, topic) not in ("now", "today") else "is"
    return f"{verb} due {how_far(message, topic)}: {when(topic.due, topic.deadline.zone)}"


def _moved_sentence(message: Message, topic: About) -> str:
    times = f", {times_moved(message.moves)}" if message.moves else ""
    return f"has moved {move_line(message) or 'to ' + when(topic.due, topic.deadline.zone)}{times}"


def _closed_sentence(message: Message, topic: About) -> str:
    by = f" ({action_line(message.actions[-1], topic.deadline.zone)})" if message.actions else ""
    return f"is closed: {one_line(message.closed_as or 'no more notices')}{by}"


def _opens_sentence(message: Message, topic: About) -> str:
    opened = f" on {day(topic.deadline.opens)}" if topic.deadline.opens else ""
    return f"opens{opened} and is due {how_far(message, topic)}: {when(topic.due, topic.deadline.zone)}"


def _recheck_sentence(message: Message, topic: About) -> str:
    checked = f" (last checked {day(topic.deadline.checked)})" if topic.deadline.checked else ""
    return f"- please check that the date still holds{checked}: {when(topic.due, topic.deadline.zone)}"


def _bundle_headline(message: Message) -> str:
    return f"{counted(len(message.items), 'deadline')}: {_titles(message)}"


def _digest_headline(message: Message) -> str:
    if not message.items:
        return "Nothing is due"
    return f"{counted(len(message.items), 'deadline')}: {_titles(message)}"


def _test_headline(message: Message) -> str:
    return title(message) or f'This is a test of the channel "{one_line(message.channel)}"; nothing is due'


def _problem_headline(message: Message) -> str:
    first = lines(message.text).partition("\n")[0]
    return title(message) or first or "The alerter has a problem"


def _titles(message: Message) -> str:
    shown = [title(item) for _, group in agenda(message.items) for item in group]
    more = f" and {len(shown) - 3} more" if len(shown) > 3 else ""
    return "; ".join(shown[:3]) + more


def _body(message: Message) -> str:
    if message.kind in (Kind.BUNDLE, Kind.DIGEST):
        return "\n\n".join(_agenda_lines(heading, group) for heading, group in agenda(message.items))
    if message.deadline is None:
        body = lines(message.text)
        return "" if body == headline(message) else body
    return "\n".join(f"{fact.label}: {fact.value}" for fact in [*_full_title(message), *facts(message)])


def _full_title(message: Message) -> list[Fact]:
    full = one_line(message.deadline.title) if message.deadline else ""
    return [Fact("Title", full)] if full != title(message) else []


def _agenda_lines(heading: str, group: list[Message]) -> str:
    return "\n".join([heading, *(f"- {_item(item)}" for item in group)])


def _item(item: Message) -> str:
    offered = "".join(f"\n  {link.label}: {link.value}" for link in links(item)[:1])
    zone = item.deadline.zone if item.deadline else item.zone
    said = f" ({action_line(item.actions[-1], zone)})" if item.actions else ""
    return f"{subject(item)}{said}{offered}"


def _agenda_key(item: Message) -> tuple[int, str, str]:
    heading = _agenda_heading(item)
    rank = _AGENDA_ORDER.index(heading) if heading in _AGENDA_ORDER else _BY_DAY
    return (rank, item.due.at.isoformat() if item.due else "", item.id)


def _agenda_heading(item: Message) -> str:
    if item.kind is Kind.CLOSED:
        return _CLOSED
    if item.due is None:
        return _WITHOUT_DATE
    if item.due.at > item.now - timedelta(minutes=1):
        return day(item.due.local)
    return _PASSED_SEEN if item.actions else _PASSED


def _link_lines(message: Message) -> str:
    return "\n".join(f"{link.label}: {link.value}" for link in links(message))


def _likely(deadline: Deadline | None) -> list[str]:
    if deadline is None or deadline.certainty is Certainty.CONFIRMED:
        return []
    return ["Likely to be extended again." if deadline.certainty is Certainty.LIKELY_EXTENDED else "Tentative."]


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence}."


_PASSED, _PASSED_SEEN = "Passed, nobody said it was met", "Passed"
_WITHOUT_DATE, _CLOSED = "Without a date", "Closed"
_AGENDA_ORDER = (_PASSED, _PASSED_SEEN, "", _WITHOUT_DATE, _CLOSED)
_BY_DAY = _AGENDA_ORDER.index("")
_FIXED_TAGS = {
    Kind.OPENS: "opens",
    Kind.MOVED: "moved",
    Kind.RECHECK: "please re-check",
    Kind.TEST: "test",
    Kind.PROBLEM: "problem",
}
_SENTENCES: dict[Kind, Callable[[Message, About], str]] = {
    Kind.MOVED: _moved_sentence,
    Kind.CLOSED: _closed_sentence,
    Kind.OPENS: _opens_sentence,
    Kind.RECHECK: _recheck_sentence,
}
_HEADLINES: dict[Kind, Callable[[Message], str]] = {
    Kind.BUNDLE: _bundle_headline,
    Kind.DIGEST: _digest_headline,
    Kind.TEST: _test_headline,
    Kind.PROBLEM: _problem_headline,
}
