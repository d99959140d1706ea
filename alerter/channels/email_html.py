"""The HTML of a mail: a template filled with the same facts as the plain text, all escaped; it loads nothing."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from alerter.domain.deadline import Severity
from alerter.domain.facts import about, facts, remarks
from alerter.domain.message import Message
from alerter.domain.notice import Kind
from alerter.domain.plain_text import cut, lines, one_line
from alerter.domain.wording import agenda, headline, links, subject, tag

if TYPE_CHECKING:
    from jinja2 import Template

_ACCENTS = {Severity.CRITICAL: "#c5221f", Severity.HIGH: "#d56e0c", Severity.NORMAL: "#0b57d0", Severity.LOW: "#7b8494"}
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
    return {
        "subject": subject(message),
        "id": message.id,
        "tag": tag(message),
        "title": one_line(message.deadline.title) if message.deadline else headline(message),
        "lead": headline(message) if about(message) else "",
        "accent": _ACCENTS[message.deadline.severity if message.deadline else Severity.NORMAL],
        "facts": facts(message),
        "agenda": _agenda(message) if is_collection else [],
        "paragraphs": [] if is_collection or message.deadline else _paragraphs(message),
        "links": links(message),
        "remarks": remarks(message),
    }


def _agenda(message: Message) -> list[tuple[str, list[dict[str, Any]]]]:
    return [(heading, [_item(item) for item in group]) for heading, group in agenda(message.items)]


def _item(item: Message) -> dict[str, Any]:
    return {"words": subject(item), "link": next(iter(links(item)), None)}


def _paragraphs(message: Message) -> list[str]:
    body = cut(lines(message.text), _PARAGRAPH_LIMIT)
    return [line for line in body.split("\n") if line and line != headline(message)]
