"""Line and column of every key and value of a TOML text, from its concrete syntax tree.

Only asked for when there are problems: the fast path needs no places. Lines and columns count
from 1, columns in characters.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from alerter.config.findings import Path, Spot

_LANGUAGE = Language(tree_sitter_toml.language())
_KEYS = ("bare_key", "quoted_key", "dotted_key")


@dataclass(frozen=True, slots=True)
class Header:
    """A `[table]` or `[[table]]` with its path, or the top of the file."""

    path: Path
    node: Node


@dataclass(slots=True)
class Places:
    """Finds paths in one text. `nodes` has the first header of each path, `implied` one below it."""

    lines: list[bytes]
    headers: list[Header] = field(default_factory=list)
    nodes: dict[Path, Node] = field(default_factory=dict)
    implied: dict[Path, Node] = field(default_factory=dict)

    def place(self, path: Path, spot: Spot) -> tuple[int, int]:
        """Line and column of the key, value or header at the path; of what holds it where it is not there."""
        for length in range(len(path), -1, -1):
            found = self._find(path[:length], spot if length == len(path) else Spot.VALUE)
            if found is not None:
                return self.point(found)
        return 1, 1

    def point(self, node: Node) -> tuple[int, int]:
        """Line and column where a node begins."""
        row, column = node.start_point
        return row + 1, len(self.lines[row][:column].decode(errors="replace")) + 1 if row < len(self.lines) else 1

    def add(self, header: Header) -> None:
        """Take in the next header."""
        self.headers.append(header)
        self.nodes.setdefault(header.path, header.node)
        for length in range(1, len(header.path)):
            self.implied.setdefault(header.path[:length], header.node)

    def _find(self, path: Path, spot: Spot) -> Node | None:
        if path in self.nodes and path:
            return self.nodes[path]
        for length in range(len(path) - 1, -1, -1):
            node = self.nodes.get(path[:length])
            found = None if node is None else _find_in(_pairs(node), path[length:])
            if found is not None:
                return found[0] if spot is Spot.KEY else found[1]
        return self.implied.get(path)


def find_places(text: str) -> Places:
    """Read the text's syntax tree; mistakes in the text leave gaps and nothing worse."""
    content = text.encode()
    root = Parser(_LANGUAGE).parse(content).root_node
    places = Places(content.split(b"\n"))
    places.add(Header((), root))
    counts: dict[Path, int] = {}
    for node in root.named_children:
        if node.type in ("table", "table_array_element"):
            keys = keys_of(node)
            if node.type == "table":
                places.add(Header(_indexed(keys, counts), node))
            elif keys:
                path = (*_indexed(keys[:-1], counts), keys[-1])
                counts[path] = counts.get(path, -1) + 1
                places.add(Header((*path, counts[path]), node))
    return places


def _indexed(keys: Path, counts: dict[Path, int]) -> Path:
    """The path of a header: behind an array of tables it means the latest element."""
    path: Path = ()
    for key in keys:
        path = (*path, key)
        if path in counts:
            path = (*path, counts[path])
    return path


def keys_of(node: Node) -> Path:
    """The key of a pair or header, part by part."""
    key = next((child for child in node.named_children if child.type in _KEYS), None)
    return tuple(_parts(key)) if key is not None else ()


def _parts(node: Node) -> Iterator[str]:
    waiting = [node]  # a key of thousands of parts is as many nodes deep
    while waiting:
        part = waiting.pop()
        if part.type == "dotted_key":
            waiting += reversed(part.named_children)
        else:
            text = (part.text or b"").decode(errors="replace")
            yield text if part.type == "bare_key" else _unquote(text)


def _unquote(text: str) -> str:
    try:
        return next(iter(tomllib.loads(f"{text} = 0")))
    except (tomllib.TOMLDecodeError, StopIteration):
        return text


def _pairs(node: Node) -> list[Node]:
    """The pairs directly in a table; at the top of a file those in front of the first header."""
    if node.type != "document":
        return node.named_children
    found = []
    for child in node.named_children:
        if child.type in ("table", "table_array_element"):
            break
        found.append(child)
    return found


def _content(node: Node) -> list[Node]:
    """Key and value of a pair, or the elements of an array: the comments between and behind them belong to neither."""
    return [child for child in node.named_children if child.type != "comment"]


def _find_in(pairs: list[Node], path: Path) -> tuple[Node, Node] | None:
    """The nodes of key and value at a path below these pairs; both alike in an array, or where dotted keys imply it."""
    nearest: tuple[Node, Node] | None = None
    for pair in pairs:
        keys = keys_of(pair) if pair.type == "pair" else ()
        if keys and keys == path[: len(keys)]:
            value = _content(pair)[-1]
            return (pair, value) if len(keys) == len(path) else _find_below(value, path[len(keys) :])
        if keys and keys[: len(path)] == path:
            nearest = nearest or (pair, pair)
    return nearest


def _find_below(value: Node, path: Path) -> tuple[Node, Node] | None:
    """As `_find_in`, inside a value."""
    index = path[0]
    if isinstance(index, str):
        return _find_in(value.named_children, path)
    elements = _content(value)
    if value.type != "array" or index >= len(elements):
        return None
    element = elements[index]
    return (element, element) if len(path) == 1 else _find_below(element, path[1:])
