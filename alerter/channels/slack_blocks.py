"""Messages as Slack's Block Kit: escaped so that they can ping nobody, and within Slack's limits. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from alerter.domain.messages.facts import Fact, Topic, about, facts, remarks
from alerter.domain.messages.message import Message
from alerter.domain.messages.sentences import is_about_action
from alerter.domain.messages.wording import (
    agenda,
    full_title,
    heading,
    headline,
    hint,
    item_link,
    item_words,
    lead,
    line,
    links,
    standing_line,
    subject,
    tag,
    text,
    title,
)
from alerter.domain.notices.notice import Kind
from alerter.domain.words.language import speak
from alerter.domain.words.plain_text import cut, web_address

SECTION_LIMIT = 2900
"""Characters of one section, under Slack's 3000."""

BLOCK_LIMIT = 45
"""Blocks of one message, under Slack's 50."""

TEXT_LIMIT = 2900
FIELD_LIMIT = 1900
"""Characters of one field, under Slack's 2000; a section has at most ten."""

FIELDS_LIMIT = 10
_HEADER_LIMIT = 150
_BUTTON_LIMIT = 75
_ITEM_LIMIT = 600
_URL_LIMIT = 3000
_BULLET = "• "
_CUT_MARK = "…(cut)"
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_CALLED_BACK = ("ack", "snooze")
_IN_FULL = (Topic.NOTE, Topic.LINK, Topic.DEED)
"""What may be too long for half a line."""

Block = dict[str, Any]


def payload(message: Message, *, is_interactive: bool = False) -> dict[str, Any]:
    """The message for Slack: `text` for notifications, `blocks` for reading.

    With `is_interactive` the buttons call the alerter back; otherwise they are links.
    """
    blocks = _blocks(message, is_interactive=is_interactive)
    return {**plain_payload(line(message)), "blocks": blocks[:BLOCK_LIMIT]}


def thread_payload(message: Message, *, is_interactive: bool = False) -> dict[str, Any]:
    """How the deadline of the message stands now, for the first message of its thread; it says nothing that ages."""
    speech, now_so = speak(message.language), standing_line(message)
    blocks = [
        *_head(full_title(message)),
        _section(_bold(now_so)),
        *_fact_blocks([fact for fact in facts(message) if fact.topic is not Topic.DUE]),
        *_buttons(message, is_interactive=is_interactive),
        _context([speech.say("thread", "This message is kept up to date; the notices follow in its thread.")]),
    ]
    return {**plain_payload(f"{title(message)}: {now_so}"), "blocks": blocks[:BLOCK_LIMIT]}


def plain_payload(words: str) -> dict[str, Any]:
    """The plainest message there is: text alone, escaped, without previews of links."""
    return {"text": escape(words, TEXT_LIMIT), "unfurl_links": False, "unfurl_media": False}


def escape(words: str, limit: int = SECTION_LIMIT) -> str:
    """The text with &, < and > as entities, within `limit` characters, never cut inside an entity."""
    escaped = "".join(_ENTITIES.get(character, character) for character in words)
    if len(escaped) <= limit:
        return escaped
    kept = escaped[: limit - len(_CUT_MARK)]
    start = kept.rfind("&")
    if start > kept.rfind(";"):
        kept = kept[:start]
    return kept + _CUT_MARK


def _blocks(message: Message, *, is_interactive: bool) -> list[Block]:
    if message.kind in (Kind.BUNDLE, Kind.DIGEST):
        head, footer = _head(_caption(message)), _footer(message)
        return [*head, *_agenda(message, BLOCK_LIMIT - len(head) - len(footer)), *footer]
    if about(message) is None:
        return [*_head(subject(message)), _section(escape(text(message))), *_footer(message)]
    return [
        *_head(full_title(message)),
        _section(_bold(lead(message))),
        *_fact_blocks(_beside(message)),
        *_buttons(message, is_interactive=is_interactive),
        *_footer(message),
    ]


def _beside(message: Message) -> list[Fact]:
    """The facts beside the first sentence.

    The due date stands there once more only where the sentence does not say how far off it is, or where the readers'
    own time stands next to it.
    """
    found, sentence = facts(message), lead(message)
    has_two_zones = any(fact.topic is Topic.READERS_TIME for fact in found)
    is_wanted = has_two_zones or message.kind is Kind.MOVED or is_about_action(message)
    return [fact for fact in found if fact.topic is not Topic.DUE or is_wanted or not _says(sentence, fact)]


def _says(sentence: str, fact: Fact) -> bool:
    """Whether the sentence names the fact's date already: `Mon 10 Nov 2025, 00:01 EST (in 7 days)`."""
    return fact.value.partition(" (")[0] in sentence


def _caption(message: Message) -> str:
    """`[monday] 3 deadlines`; a bundle's number is said once."""
    name, words = tag(message), heading(message)
    return words if name == words else f"[{name}] {words}"


def _agenda(message: Message, room: int) -> list[Block]:
    """The list in at most so many blocks: each day apart, else close together, and of the rest how many they are."""
    days = [(_bold(day), [_item(item) for item in group]) for day, group in agenda(message.items)]
    apart = [part for day, items in days or [(_bold(headline(message)), [])] for part in (day, *_packed(items))]
    if len(apart) <= room:
        return list(map(_section, apart))
    close = _packed(line for day, items in days for line in (day, *items))
    if len(close) <= room:
        return list(map(_section, close))
    shown = close[: room - 1]
    rest = len(message.items) - sum(line.startswith(_BULLET) for part in shown for line in part.split("\n"))
    return [*map(_section, shown), _section(_more(rest, message))]


def _more(number: int, message: Message) -> str:
    return escape(speak(message.language).count("problem", "and {n} more", "and {n} more", number))


def _item(item: Message) -> str:
    words, link = escape(item_words(item), _ITEM_LIMIT), item_link(item)
    return f"{_BULLET}{words}" if link is None else f"{_BULLET}{words} {_link(link)}"


def _packed(items: Iterable[str]) -> list[str]:
    """The lines joined into as few texts as the limit of a section allows."""
    parts: list[str] = []
    for item in items:
        if parts and len(parts[-1]) + 1 + len(item) <= SECTION_LIMIT:
            parts[-1] += f"\n{item}"
        else:
            parts.append(item)
    return parts


def _fact_blocks(found: list[Fact]) -> list[Block]:
    """Short facts side by side, then those that may be long, each on a line."""
    short = [fact for fact in found if fact.topic not in _IN_FULL]
    rows = [short[start : start + FIELDS_LIMIT] for start in range(0, len(short), FIELDS_LIMIT)]
    fields = [{"type": "section", "fields": [_markdown(_field(fact)) for fact in row]} for row in rows]
    return [*fields, *map(_section, _packed(_line(fact) for fact in found if fact.topic in _IN_FULL))]


def _field(fact: Fact) -> str:
    return f"{_bold(fact.label, 300)}\n{_value(fact, FIELD_LIMIT - 310)}"


def _line(fact: Fact) -> str:
    return _value(fact) if fact.topic is Topic.NOTE else f"{escape(fact.label, 300)}: {_value(fact)}"


def _value(fact: Fact, limit: int = 2000) -> str:
    return _link(fact) if fact.url else escape(fact.value, limit)


def _link(fact: Fact) -> str:
    # Slack reads | and > inside <…> as its own marks.
    if not web_address(fact.value) or set(fact.value) & set("|<>\n "):
        return escape(fact.value, 2000)
    address = escape(fact.value, _URL_LIMIT)
    name = fact.value if fact.topic is Topic.LINK else fact.label
    return escape(fact.value, 2000) if address.endswith(_CUT_MARK) else f"<{address}|{escape(cut(name, 80), 300)}>"


def _buttons(message: Message, *, is_interactive: bool) -> list[Block]:
    offered = zip(message.links.offered(), links(message), strict=True)
    buttons = [_button(name, fact, message, is_interactive=is_interactive) for name, fact in offered]
    return [{"type": "actions", "elements": buttons}] if buttons else []


def _button(name: str, fact: Fact, message: Message, *, is_interactive: bool) -> Block:
    token = message.links.token(name) if is_interactive and name in _CALLED_BACK else ""
    leads_to = {"action_id": name, "value": token} if token else {"action_id": f"open_{name}", "url": fact.value}
    style = {"style": "primary"} if name == "ack" else {}
    return {"type": "button", "text": _plain(fact.label, _BUTTON_LIMIT), **style, **leads_to}


def _footer(message: Message) -> list[Block]:
    blocks = [_context([said]) for said in (hint(message), *remarks(message)) if said]
    name = [message.deadline.id] if message.deadline is not None else []
    return [*blocks, _context([*name, message.id])]


def _context(said: Iterable[str]) -> Block:
    return {"type": "context", "elements": [_markdown(escape(" · ".join(said)))]}


def _head(words: str) -> list[Block]:
    """The words as a header; where they are too long for one, all of them below it."""
    header = {"type": "header", "text": _plain(words or "Deadline", _HEADER_LIMIT)}
    return [header] if _fits(words, _HEADER_LIMIT) else [header, _section(escape(words))]


def _section(marked: str) -> Block:
    return {"type": "section", "text": _markdown(marked)}


def _bold(words: str, limit: int = SECTION_LIMIT - 2) -> str:
    return f"*{escape(words, limit)}*"


def _markdown(words: str) -> Block:
    return {"type": "mrkdwn", "text": words, "verbatim": True}


def _plain(words: str, limit: int) -> Block:
    # Plain text, yet Slack wants the entities here too; half an emoji name must not become one.
    shown = words if _fits(words, limit) else cut(words, limit - 30)
    return {"type": "plain_text", "text": escape(shown, limit), "emoji": False}


def _fits(words: str, limit: int) -> bool:
    return len(escape(words)) <= limit
