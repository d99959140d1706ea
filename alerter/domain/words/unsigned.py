"""Words with links in them, but for what signs these: who may read is not to act in another's name."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"((?:/|%2F|\\/)a(?:/|%2F|\\/))(?:WyJ[\w-]*|\.[\w-]+)\.[\w-]{43}(?![\w-])", re.IGNORECASE)
"""A link's token: a list in base64 that begins with a string (or packed, after a dot), and a signature of 256 bits."""


def unsigned(text: str) -> str:
    """The text with each signed token shown as `…`; also where the slashes before it are escaped or quoted."""
    return _TOKEN.sub(r"\1…", text)
