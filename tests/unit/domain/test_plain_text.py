"""Text from outside is made harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerter.domain.words.plain_text import cut, lines, one_line, web_address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("a\r\nBcc: x@example.com", "a Bcc: x@example.com"),
        ("a\u2028b\u2029c\x85d\x0be\x00f", "a b c d e f"),
        ("\x1b[2Jcleared", "[2Jcleared"),
        ("half \ud800 character", "half \ufffd character"),
        ("\u202egnp.exe", "gnp.exe"),
        ("family \U0001f468\u200d\U0001f469", "family \U0001f468\u200d\U0001f469"),
        ("  two  spaces ", "two spaces"),
    ],
)
def test_one_line_is_harmless(text: str, expected: str) -> None:
    """Control characters become spaces, direction marks go, joined emoji stay."""
    assert one_line(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("HTTP://example.org", "HTTP://example.org"),
        (" https://example.org/a\n", "https://example.org/a"),
        ("javascript:alert(1)", ""),
        ("mailto:a@example.org", ""),
        ("binder 3, https://example.org", ""),
        ("", ""),
    ],
)
def test_only_the_web_can_be_followed(text: str, expected: str) -> None:
    """Whatever else somebody writes for a link is a text."""
    assert web_address(text) == expected


def test_line_breaks_can_be_kept() -> None:
    """Text of several lines keeps them and nothing else of control."""
    assert lines("\none\r\ntwo\x07\n\n") == "one\ntwo"


@given(st.text())
def test_any_text_becomes_one_printable_line(text: str) -> None:
    """Whatever comes in, one encodable line comes out, and cleaning it again changes nothing."""
    cleaned = one_line(text)
    cleaned.encode()
    assert (cleaned.splitlines() or [""]) == [cleaned]
    assert one_line(cleaned) == cleaned


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_cut_text_is_within_the_limit(text: str, limit: int) -> None:
    """A cut text is no longer than asked, and whole where it fits."""
    assert len(cut(text, limit)) <= limit
    assert len(text) > limit or cut(text, limit) == text
