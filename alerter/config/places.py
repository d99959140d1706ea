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
    """Finds paths in one text."""

    lines: list[bytes]
    headers: list[Header] = field(default_factory=list)

    def place(self, path: Path, spot: Spot) -> tuple[int, int]:
        """Line and column of the key, value or header at the path; of what holds it where it is not there."""
        for length in range(len(path), -1, -1):
            found = self._find(path[:length], spot if length == len(path) else Spot.VALUE)
            if found is not None:
                return self.point(found)
        return 1, 1

    def _find(self, path: Path, spot: Spot) -> Node | None:
        implied: Node | None = None
        for header in self.headers:
            if header.path == path and header.node.type != "document":
                return header.node
            if header.path == path[: len(header.path)] and (found := _find_in(header.node, path[len(header.path) :])):
                return found[0] if spot is Spot.KEY else found[1]
            if implied is None and path and header.path[: len(path)] == path:
                implied = header.node
        return implied

    def point(self, node: Node) -> tuple[int, int]:
        """Line and column where a node begins."""
        row, column = node.start_point
        return row + 1, len(self.lines[row][:column].decode(errors="replace")) + 1 if row < len(self.lines) else 1


def find_places(text: str) -> Places:
    """Read the text's syntax tree; mistakes in the text leave gaps and nothing worse."""
    content = text.encode()
    root = Parser(_LANGUAGE).parse(content).root_node
    places = Places(content.split(b"\n"), [Header((), root)])
    counts: dict[Path, int] = {}
    for node in root.named_children:
        if node.type in ("table", "table_array_element"):
            keys = keys_of(node)
            if node.type == "table":
                places.headers.append(Header(_indexed(keys, counts), node))
            elif keys:
                path = (*_indexed(keys[:-1], counts), keys[-1])
                counts[path] = counts.get(path, -1) + 1
                places.headers.append(Header((*path, counts[path]), node))
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
    if node.type == "dotted_key":
        for child in node.named_children:
            yield from _parts(child)
        return
    text = (node.text or b"").decode(errors="replace")
    yield text if node.type == "bare_key" else _unquote(text)


def _unquote(text: str) -> str:
    try:
        return next(iter(tomllib.loads(f"{text} = 0")))
    except (tomllib.TOMLDecodeError, StopIteration):
        return text


def _find_in(node: Node, path: Path) -> tuple[Node, Node] | None:
    """The nodes of key and value at a path below a table, inline table or array; both alike in an array."""
    if not path:
        return None
    if isinstance(path[0], int):
        return _find_element(node, path)
    nearest: tuple[Node, Node] | None = None
    for pair in node.named_children:
        keys = keys_of(pair) if pair.type == "pair" else ()
        if not keys or keys != path[: len(keys)]:
            if keys and keys[: len(path)] == path:
                nearest = nearest or (pair, pair)  # a table that dotted keys imply
            continue
        value = pair.named_children[-1]
        if len(keys) == len(path):
            return pair, value
        return _find_in(value, path[len(keys) :])
    return nearest


def _find_element(node: Node, path: Path) -> tuple[Node, Node] | None:
    elements = [child for child in node.named_children if child.type != "comment"]
    index = path[0]
    if node.type != "array" or not isinstance(index, int) or index >= len(elements):
        return None
    element = elements[index]
    return (element, element) if len(path) == 1 else _find_in(element, path[1:])
