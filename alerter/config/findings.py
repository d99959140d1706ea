"""What is wrong and with which key, before anybody has looked up the line.

A path leads from the top of the merged configuration to a key: `("deadline", 3, "leads", 0)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

Path = tuple[str | int, ...]


class Spot(Enum):
    """Which end of `key = value` to point at; a header is where a table begins."""

    KEY = auto()
    VALUE = auto()
    HEADER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One mistake at a path. `file` where the path is that of one file and not of the merged whole.

    `first` is the path of another place (in `first_file`) that the message names at its end.
    """

    path: Path
    code: str
    message: str
    spot: Spot = Spot.VALUE
    file: int | None = None
    first: Path | None = None
    first_file: int | None = None


def dotted(path: Path) -> str:
    """The path as a person writes it, on one line: `deadline[3].leads[0]`, counted from 1."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text if text.isprintable() else repr(text)
