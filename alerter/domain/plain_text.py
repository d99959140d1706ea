"""Text from outside, made harmless: one line, no control characters, a bounded length.

Every word of the configuration and of the other side passes here before it is shown.
"""

from __future__ import annotations

import unicodedata

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BREAKS = frozenset({"Cc", "Zl", "Zp", "Zs"})


def one_line(text: str) -> str:
    """The text on one line: control characters become spaces, runs of spaces one, half characters U+FFFD.

    Marks that change the direction of writing are dropped: they can make a text look like another.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split(" ")) if "  " not in text else " ".join(text.split())
    return " ".join("".join(map(_harmless, text)).split())


def lines(text: str) -> str:
    """The same, line by line: line breaks stay, empty lines at either end go."""
    return "\n".join(one_line(line) for line in text.splitlines()).strip("\n")


def cut(text: str, limit: int, mark: str = "…") -> str:
    """The text within `limit` characters, ending in `mark` where something was cut off."""
    return text if len(text) <= limit else text[: limit - len(mark)].rstrip() + mark


def _harmless(character: str) -> str:
    category = unicodedata.category(character)
    if category in _BREAKS:
        return " "
    if category == "Cs":
        return "\ufffd"
    return "" if character in _BIDI or character == "\ufeff" else character
