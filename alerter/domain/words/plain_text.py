"""Text from outside, made harmless: one line, no control characters, a bounded length.

Every word of the configuration and of the other side passes here before it is shown.
"""

from __future__ import annotations

import re

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_HALVES = re.compile(r"[\ud800-\udfff]")
_DIRECTIONS = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def one_line(text: str) -> str:
    """The text on one line: control characters become spaces, runs of spaces one, half characters U+FFFD.

    Marks that change the direction of writing are dropped: they can make a text look like another.
    """
    if not (text.isascii() and text.isprintable()):
        text = _DIRECTIONS.sub("", _HALVES.sub("\ufffd", _CONTROLS.sub(" ", text)))
    return " ".join(text.split())


def lines(text: str) -> str:
    """The same, line by line: line breaks stay, empty lines at either end go."""
    return "\n".join(one_line(line) for line in text.splitlines()).strip("\n")


def web_address(text: str) -> str:
    """The text as an address that may be followed: http or https, on one line; empty where it is none."""
    address = one_line(text)
    return address if address.lower().startswith(("https://", "http://")) else ""


def cut(text: str, limit: int, mark: str = "…") -> str:
    """The text within `limit` characters, ending in `mark` where something was cut off."""
    return text if len(text) <= limit else text[: limit - len(mark)].rstrip() + mark
