"""What the other side answered, as far as it may be kept: short, on one line, and without our own secrets.

A server may echo an address or a header back; whatever is ours and secret is taken out before anything is cut.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from alerter.domain.words.plain_text import cut, one_line
from alerter.domain.words.unsigned import unsigned

EXCERPT_LIMIT = 200
"""Characters of an answer that are kept."""

_SHORTEST = 6
_HIDDEN = "[hidden]"


def excerpt(answer: str | bytes, secrets: Iterable[str] = ()) -> str:
    """At most 200 harmless characters of an answer, with every secret replaced and no link that works."""
    said = one_line(answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer)
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        said = said.replace(secret, _HIDDEN)
    return cut(unsigned(said), EXCERPT_LIMIT)


def secrets_of_header(value: str) -> set[str]:
    """The value of a header, and the credentials alone where a scheme stands before them: `Bearer …`."""
    return {value, *(piece for piece in value.split()[1:] if len(piece) >= _SHORTEST)}


def secrets_of_url(url: str) -> set[str]:
    """The parts of an address that would give it away: the whole, its path, its query and its password."""
    parts = urlsplit(url)
    path = parts.path.strip("/")
    pieces = {url, path, *path.split("/"), parts.query, *parts.query.split("&"), parts.username, parts.password}
    found = {piece for piece in pieces if piece and len(piece) >= _SHORTEST}
    return found | {unquote(piece) for piece in found}
