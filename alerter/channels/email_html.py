"""The HTML of a mail: a template filled with the same facts as the plain text, all escaped; it loads nothing."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from alerter.domain.messages.facts import Topic, facts, remarks
from alerter.domain.messages.message import Message
from alerter.domain.messages.wording import (
    agenda,
    heading,
    headline,
    hint,
    item_link,
    item_words,
    lead,
    line,
    links,
    subject,
    tag,
)
from alerter.domain.notices.notice import Kind
from alerter.domain.planning.deadline import Severity
from alerter.domain.words.plain_text import cut, lines, one_line

if TYPE_CHECKING:
    from jinja2 import Template

_ACCENTS = {Severity.CRITICAL: "#c5221f", Severity.HIGH: "#d56e0c", Severity.NORMAL: "#0b57d0", Severity.LOW: "#7b8494"}
_CLOCKS = (Topic.DUE, Topic.READERS_TIME)
"""What stands side by side: the deadline's own clock and the readers'."""

_PREVIEW_LIMIT = 150
"""Characters that a mail program may show beside the subject."""

_PARAGRAPH_LIMIT = 20_000


def html(message: Message) -> str:
    """The message as one self-contained page."""
    return template().render(**_values(message))


@cache
def template() -> Template:
    """The template, parsed once; asking for it early spares the first mail the wait."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - takes long: only mails need it

    loader = PackageLoader("alerter.channels", "templates")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("email.html")


def _values(message: Message) -> dict[str, Any]:
    is_collection = message.kind in (Kind.BUNDLE, Kind.DIGEST)
    found = facts(message)
    return {
        "language": message.language,
        "subject": subject(message),
        "preview": cut(line(message), _PREVIEW_LIMIT),
        "id": message.id,
        "tag": tag(message),
        "title": one_line(message.deadline.title) if message.deadline else heading(message),
        "lead": lead(message),
        "accent": _ACCENTS[message.deadline.severity if message.deadline else Severity.NORMAL],
        "clocks": [fact for fact in found if fact.topic in _CLOCKS],
        "note": [each for fact in found if fact.topic is Topic.NOTE for each in fact.value.split("\n")],
        "facts": [fact for fact in found if fact.topic not in (*_CLOCKS, Topic.NOTE)],
        "agenda": _agenda(message) if is_collection else [],
        "paragraphs": [] if is_collection or message.deadline else _paragraphs(message),
        "buttons": links(message),
        "hint": hint(message),
        "remarks": remarks(message),
    }


def _agenda(message: Message) -> list[tuple[str, list[dict[str, Any]]]]:
    return [(heading, [_item(item) for item in group]) for heading, group in agenda(message.items)]


def _item(item: Message) -> dict[str, Any]:
    return {"words": item_words(item), "link": item_link(item)}


def _paragraphs(message: Message) -> list[str]:
    body = cut(lines(message.text), _PARAGRAPH_LIMIT)
    return [line for line in body.split("\n") if line and line != headline(message)]
