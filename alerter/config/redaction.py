"""Known secrets, and taking them out of text.

Whoever reads a secret registers it here; every log line and every unforeseen error passes through
`redacted` before anybody sees it. Registered secrets stay registered: old ones can still turn up.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

MASK = "***"
SHORTEST = 4  # anything shorter would blot out ordinary words


class _Known:
    """The secrets registered in this process, as one pattern, longest first."""

    def __init__(self) -> None:
        self.values: set[str] = set()
        self.pattern: re.Pattern[str] | None = None

    def add(self, values: Iterable[str]) -> None:
        self.values.update(value for value in values if len(value) >= SHORTEST)
        ordered = sorted(self.values, key=lambda value: (-len(value), value))
        self.pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None


_known = _Known()


def redact(values: Iterable[str]) -> None:
    """Register secrets: from now on they (also as URLs, Python and JSON write them) and what URLs tell are masked."""
    _known.add(form for value in values for form in _forms(value))


def redacted(text: str) -> str:
    """The text with every registered secret masked."""
    return _known.pattern.sub(MASK, text) if _known.pattern else text


def has_secret(text: str) -> bool:
    """Whether a registered secret stands in it."""
    return _known.pattern is not None and _known.pattern.search(text) is not None


def find_secrets(*values: Any) -> Iterator[str]:
    """Every secret held by these settings, however deep: pydantic models, mappings, sequences."""
    for value in values:
        if hasattr(value, "get_secret_value"):
            yield str(value.get_secret_value())
        elif hasattr(type(value), "model_fields"):
            yield from find_secrets(*(getattr(value, name) for name in type(value).model_fields))
        elif isinstance(value, Mapping):
            yield from find_secrets(*value.values())
        elif isinstance(value, list | tuple | set | frozenset):
            yield from find_secrets(*value)


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield secret.strip()
    yield quote(secret, safe="")
    yield from (repr(secret)[1:-1], repr(secret.encode(errors="replace"))[2:-1], json.dumps(secret)[1:-1])
    if "://" in secret:
        yield from _url_parts(secret)


def _url_parts(url: str) -> Iterator[str]:
    """What may show without the rest: the path with the query, the path, its telling pieces, user and password."""
    try:
        parts = urlsplit(url)
        password = parts.password or ""
    except ValueError:
        return
    yield from (password, unquote(password), quote(password, safe=""))
    if parts.scheme not in ("http", "https"):  # what stands in a host's place may be a token
        yield from (parts.netloc, parts.username or "")
    for piece in filter(_is_telling, parts.path.split("/")):
        yield from (piece, unquote(piece))
    if len(parts.path) > len("/services"):  # a short path tells nothing and may be an ordinary word
        yield parts.path
        yield f"{parts.path}?{parts.query}"
    if parts.query:
        yield parts.query


def _is_telling(piece: str) -> bool:
    """Whether a piece of a path looks made up by a machine rather than like a word."""
    return len(piece) >= len("services") and (len(piece) >= 20 or any(map(str.isdigit, piece)))
