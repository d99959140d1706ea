"""What comes of a POST: an answer, or none. Apart from the client, which takes long to import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from alerter.channels.classify import Failing

LIMIT = timedelta(seconds=30)
"""The total time of an attempt."""


class HeaderLines(Protocol):
    """The headers of an answer."""

    def get_list(self, key: str) -> list[str]:
        """The lines of that name, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer whose headers came whole. `body` is its first 16 KiB (or what the client reads) as sent.

    `is_whole` says whether that is all.
    """

    status: int
    headers: HeaderLines
    body: bytes
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """No answer; `detail` says why in our own words."""

    failing: Failing
    detail: str
