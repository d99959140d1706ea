"""Messages as Slack's Block Kit: escaped so that they can ping nobody, and within Slack's limits. Pure."""

from __future__ import annotations

from typing import Any

from alerter.domain.facts import Fact, about, facts, how_far, remarks
from alerter.domain.message import Message
from alerter.domain.notice import Kind
from alerter.domain.plain_text import cut
from alerter.domain.spoken_time import when
from alerter.domain.wording import agenda, headline, is_about_action, line, links, subject, text, title

SECTION_LIMIT = 2900
"""Characters of one section, under Slack's 3000."""

BLOCK_LIMIT = 45
"""Blocks of one message, under Slack's 50."""

TEXT_LIMIT = 2900
_HEADER_LIMIT = 150
_URL_LIMIT = 3000
_CUT_MARK = "…(cut)"
_CALL_BACKS = {"Acknowledge": "ack", "Snooze": "snooze"}
_ABOUT_TIME = (Kind.UPCOMING, Kind.DUE, Kind.OVERDUE)
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

Block = dict[str, Any]


def payload(message: Message, *, is_interactive: bool = False) -> dict[str, Any]:
    """The message for Slack: `text` for notifications, `blocks` for reading.

    With `is_interactive` the buttons call the alerter back; otherwise they are links.
    """
    blocks = _blocks(message, is_interactive=is_interactive)
    return {**plain_payload(line(message)), "blocks": blocks[:BLOCK_LIMIT]}


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
        return [_header(subject(message)), *_agenda(message), *_footer(message)]
    topic = about(message)
    if topic is None:
        return [_header(subject(message)), _section(text(message)), *_footer(message)]
    is_about_time = message.kind in _ABOUT_TIME and not is_about_action(message)
    lead = (
        f"Due {how_far(message, topic)}: {when(topic.due, topic.deadline.zone)}" if is_about_time else headline(message)
    )
    return [
        _header(title(message)),
        {"type": "section", "text": _markdown(f"*{escape(lead, SECTION_LIMIT - 2)}*")},
        *_fact_blocks([fact for fact in facts(message) if not (is_about_time and fact.label == "Due")]),
        *_buttons(message, is_interactive=is_interactive),
        *_footer(message),
    ]


def _agenda(message: Message) -> list[Block]:
    days = [(heading, [_item(item) for item in group]) for heading, group in agenda(message.items)]
    blocks = []
    for heading, items in days or [("Nothing is due", [])]:
        blocks.append({"type": "section", "text": _markdown(f"*{escape(heading)}*")})
        blocks.extend({"type": "section", "text": _markdown(part)} for part in _packed(items))
    return blocks


def _item(item: Message) -> str:
    offered = "".join(f" {_link(fact)}" for fact in links(item)[:1])
    return f"• {escape(subject(item), 600)}{offered}"


def _packed(items: list[str]) -> list[str]:
    """The lines joined into as few texts as the limit of a section allows."""
    parts: list[str] = []
    for item in items:
        if parts and len(parts[-1]) + 1 + len(item) <= SECTION_LIMIT:
            parts[-1] += f"\n{item}"
        else:
            parts.append(item)
    return parts


def _fact_blocks(found: list[Fact]) -> list[Block]:
    lines = [f"{escape(fact.label, 300)}: {_link(fact) if fact.url else escape(fact.value, 2000)}" for fact in found]
    return [{"type": "section", "text": _markdown(part)} for part in _packed(lines)]


def _link(fact: Fact) -> str:
    # Slack reads | and > inside <…> as its own marks.
    if not fact.value.startswith(("https://", "http://")) or set(fact.value) & set("|<>\n "):
        return escape(fact.value, 2000)
    address = escape(fact.value, _URL_LIMIT)
    return escape(fact.value, 2000) if address.endswith(_CUT_MARK) else f"<{address}|{escape(fact.label, 300)}>"


def _buttons(message: Message, *, is_interactive: bool) -> list[Block]:
    offered = [_button(fact, message, is_interactive=is_interactive) for fact in links(message)]
    return [{"type": "actions", "elements": offered}] if offered else []


def _button(fact: Fact, message: Message, *, is_interactive: bool) -> Block:
    token = message.links.token(_CALL_BACKS.get(fact.label, "")) if is_interactive else ""
    if token:
        return {"type": "button", "text": _plain(fact.label, 75), "action_id": _CALL_BACKS[fact.label], "value": token}
    action = f"open_{fact.label.lower()}"
    return {"type": "button", "text": _plain(fact.label, 75), "action_id": action, "url": fact.value[:_URL_LIMIT]}


def _footer(message: Message) -> list[Block]:
    said = [*remarks(message), message.id]
    return [{"type": "context", "elements": [_markdown(escape(" ".join(said)))]}]


def _header(words: str) -> Block:
    return {"type": "header", "text": _plain(words or "Deadline", _HEADER_LIMIT)}


def _section(words: str) -> Block:
    return {"type": "section", "text": _markdown(escape(words))}


def _markdown(words: str) -> Block:
    return {"type": "mrkdwn", "text": words, "verbatim": True}


def _plain(words: str, limit: int) -> Block:
    # Plain text, yet Slack wants the entities here too; half an emoji name must not become one.
    return {"type": "plain_text", "text": escape(cut(words, limit - 30), limit), "emoji": False}
