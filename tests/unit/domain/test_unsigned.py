"""What signs a link is not shown, and nothing else is left out."""

from __future__ import annotations

import json
from urllib.parse import quote

from alerter.domain.words.unsigned import unsigned
from alerter.web.signed.links import Link, Linker

BASE = "https://deadlines.example.com"
TOKEN = Linker("a-key", BASE).write(Link(action="ack", deadline="truce", due_key="2025-11-10", channel="desk"))


def test_a_signed_link_is_shown_without_its_token() -> None:
    """In plain words, in brackets, and where an answer has escaped or quoted it."""
    address = f"{BASE}/a/{TOKEN}"
    assert (
        unsigned(f"Acknowledge: {address}\nSnooze: <{address}>.") == f"Acknowledge: {BASE}/a/…\nSnooze: <{BASE}/a/…>."
    )
    for echo in (quote(address, safe=""), json.dumps(address).replace("/", "\\/")):
        assert TOKEN not in unsigned(echo)


def test_other_addresses_stay_as_they_are() -> None:
    """A source whose path looks a little like ours, the page of the deadline, and a token that somebody has cut."""
    text = f"https://news.example/a/WyJ-a-very-long-name.of-some-story-or-other {BASE}/deadlines/truce {BASE}/a/WyJh.x"
    assert unsigned(text) == text
