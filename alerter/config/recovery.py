"""Reading on behind a mistake that TOML itself refuses, so that it hides no other.

What is defined twice is a duplicate, and a value that is none (a word without quotes, a day that does
not exist) costs its own line only, with those that it goes on in. Anything else ends the reading of that file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tree_sitter import Node

from alerter.config import toml
from alerter.config.findings import Path
from alerter.config.places import Places, find_places, keys_of

_PLACE = re.compile(r"(.*?) ?\(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_ASSIGNMENT = re.compile(r'\s*("[^"\\]*"|[A-Za-z0-9_-]+)\s*=')
_STATEMENT = re.compile(r'["\'A-Za-z0-9_.\s-]+=|\s*(?:\[|#|$)')
_SPANNING = re.compile(r'\s*("""|\'\'\'|\[|\{)')
MOST_MISTAKES = 100


@dataclass(frozen=True, slots=True)
class Repeat:
    """A path defined again: the place of the second definition, and of the first."""

    path: Path
    line: int
    column: int
    first: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Flaw:
    """A place that is not TOML."""

    line: int
    column: int
    message: str


@dataclass(slots=True)
class Reading:
    """The tables as far as they can be read (None: not at all), and what is wrong.

    `text` is what they were read from, mistakes blanked out; `lost` the paths of keys whose values could not be read.
    """

    text: str
    tables: dict[str, Any] | None = None
    repeats: list[Repeat] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    lost: list[Path] = field(default_factory=list)


def read_toml(text: str) -> Reading:
    """The tables of a text; never raises."""
    reading = Reading(text)
    reading.tables, flaw = _loads(text)
    if flaw is None:
        return reading
    reading.text, reading.repeats = _without_repeats(text)
    while len(reading.flaws) < MOST_MISTAKES:
        reading.tables, flaw = _loads(reading.text)
        if flaw is None:
            return reading
        reading.flaws.append(flaw)
        path = _path_of_line(reading.text, flaw)
        if path is None:
            return reading
        reading.lost.append(path)
        reading.text = _without_line(reading.text, flaw)
    return reading


def _loads(text: str) -> tuple[dict[str, Any] | None, Flaw | None]:
    try:
        return toml.loads(text), None
    except RecursionError:
        return None, Flaw(1, 1, "tables or arrays are nested too deeply")
    except ValueError as error:  # TOMLDecodeError, and numbers of thousands of digits
        return None, _flaw(text, str(error))


def _flaw(text: str, sentence: str) -> Flaw:
    match = _PLACE.fullmatch(sentence)
    if match is None:
        found = re.search(r"[0-9_]{4000,}", text)
        return Flaw(*line_column(text[: found.start() if found else 0]), "a number is too long")
    line, column = (int(match[2]), int(match[3])) if match[2] else line_column(text)
    return Flaw(line, column, match[1][:1].lower() + match[1][1:])


def line_column(before: str) -> tuple[int, int]:
    """The place right behind this text."""
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _without_repeats(text: str) -> tuple[str, list[Repeat]]:
    """The text with every second definition of a key or table blanked out."""
    places = find_places(text)
    content = bytearray(text.encode())
    first: dict[Path, Node] = {}
    repeats = []
    for path, node in _definitions(places):
        if path in first:
            repeats.append(Repeat(path, *places.point(node), places.point(first[path])))
            content[node.start_byte : node.end_byte] = re.sub(rb"[^\n]", b" ", content[node.start_byte : node.end_byte])
        else:
            first[path] = node
    return content.decode(), repeats


def _definitions(places: Places) -> Iterator[tuple[Path, Node]]:
    """Every header and pair with its path; what a repeated table holds is left out."""
    seen: set[Path] = set()
    for header in places.headers:
        if header.path:
            yield header.path, header.node
        if header.path not in seen:
            for pair in header.node.named_children:
                if pair.type == "pair" and (keys := keys_of(pair)):
                    yield (*header.path, *keys), pair
        seen.add(header.path)


def _path_of_line(text: str, flaw: Flaw) -> Path | None:
    """The path of the key on the flaw's line, if a bad value there is all that is wrong."""
    line = text.split("\n")[flaw.line - 1]
    match = _ASSIGNMENT.match(line)
    if match is None or match.end() >= flaw.column or _SPANNING.match(line, match.end()):
        return None
    above = find_places("\n".join(text.split("\n")[: flaw.line - 1]) + "\n")
    return (*above.headers[-1].path, match[1].strip('"'))


def _without_line(text: str, flaw: Flaw) -> str:
    """The text without the flaw's line; where that is broken off, without what it goes on with, either."""
    lines = text.split("\n")
    first = flaw.line - 1
    end = first + 1
    if flaw.column > len(lines[first]):
        end = next((at for at in range(end, len(lines)) if _STATEMENT.match(lines[at])), len(lines))
    lines[first:end] = [""] * (end - first)
    return "\n".join(lines)
